"""What became of a code: its successors, the code that was meant, and how to say so."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache

import pandas as pd

from spatial_gaps.geography.facts import table
from spatial_gaps.geography.register import LATEST, register

# Letters that are typed or read in place of a digit.
MISREAD = str.maketrans("OQIL", "0011")
BEFORE_2009 = re.compile(r"\d{2}[A-Z]{0,2}|\d{2}[A-Z]{2}[0-9A-Z]+")
NUTS = re.compile(r"UK[C-N][0-9A-Z]{0,2}")


def retired(codes: Iterable[str], vintage: int) -> pd.DataFrame:
    """List the codes that are in the register but not in force in a vintage.

    Parameters
    ----------
    codes : iterable of str
        Clean codes.
    vintage : int
        Year.

    Returns
    -------
    DataFrame
        code, name, replaced_by (codes in force in `vintage`, joined by spaces) and date, the day
        of the first change. A code that came into force later has a blank replaced_by and the day
        it began. In the order of `codes`, each once.

    Examples
    --------
    >>> retired(["E06000028", "E06000001"], 2023)["replaced_by"].tolist()
    ['E06000058']
    """
    known = register()
    end = f"{int(vintage)}-12-31"
    rows = []
    for code in dict.fromkeys(codes):
        if code not in known.index:
            continue
        name, first, last = (str(known.at[code, key]) for key in ("name", "first", "last"))
        if first > end:
            rows.append((code, name, "", first))
        elif last and last < end:
            new, date = _successors(code, end)
            rows.append((code, name, " ".join(new), date or last))
    return pd.DataFrame(rows, columns=["code", "name", "replaced_by", "date"])


def suggest(code: str) -> str:
    """Return the valid code nearest to one that no register knows, or "" if none is near.

    Parameters
    ----------
    code : str
        An unknown code.

    Returns
    -------
    str
        NUTS codes give their ITL code; misread letters give their digits. "" for a code that is
        in the register.

    Examples
    --------
    >>> suggest("E0600000O1"), suggest("UKC11"), suggest("E06000001")
    ('E06000001', 'TLC11', '')
    """
    known = register()
    if code in known.index:
        return ""
    guesses = [code[:1] + code[1:].translate(MISREAD), "TL" + code[2:] if code[:2] == "UK" else ""]
    for guess in guesses:
        if guess in known.index:
            return guess
    current = list(known.index[known["last"] == ""])
    for pool in (current, list(known.index)):
        near: list[str] = difflib.get_close_matches(guesses[0], pool, n=1, cutoff=0.85)
        if near:
            return near[0]
    return ""


def explain_unknown(code: str) -> str:
    """Return what a code that no register knows may be, "" if nothing can be said.

    Examples
    --------
    >>> explain_unknown("UKC11"), explain_unknown("00MA")
    ('a NUTS code, TLC11 as ITL', 'a code of before 2009')
    >>> explain_unknown("E06000067")
    'newer than the register, which ends in 2025, or mistyped'
    """
    near = suggest(code)
    if NUTS.fullmatch(code):
        return f"a NUTS code, {near} as ITL" if near else "a NUTS code of an older edition"
    if BEFORE_2009.fullmatch(code):
        return "a code of before 2009"
    last = _last_numbers().get(code[:3])
    if last is not None and code[3:].isdigit() and last < int(code[3:]) <= last + 50:
        return f"newer than the register, which ends in {LATEST}, or mistyped"
    return f"did you mean {near}?" if near else ""


def describe_unknown(codes: Iterable[str], vintage: int) -> list[str]:
    """Return each code with what is known about it: its successor or the nearest valid code."""
    listed = list(codes)
    texts: dict[str, str] = {}
    for code, name, new, date in retired(listed, vintage).itertuples(index=False, name=None):
        change = f"replaced by {new} on" if new else "ended on" if date <= f"{vintage}" else "from"
        texts[code] = f"{code} {name} ({change} {date})"
    for code in listed:
        said = "" if code in texts else explain_unknown(code)
        texts.setdefault(code, f"{code} ({said})" if said else code)
    return [texts[code] for code in listed]


@cache
def _last_numbers() -> dict[str, int]:
    """Return the highest number given out so far, by the three characters before it."""
    codes = register().index
    gss = codes[codes.str.fullmatch(r"[A-Z]\d{8}")]
    numbers = pd.Series(gss.str[3:].astype(int), index=gss.str[:3])
    return {str(prefix): int(last) for prefix, last in numbers.groupby(level=0).max().items()}


def _successors(code: str, end: str) -> tuple[list[str], str]:
    """Follow the changes of a code up to a day; return the codes then and the first change."""
    changes = _changes()
    current, date = [code], ""
    while True:
        step: list[str] = []
        for old in current:
            new = [(to, day) for to, day in changes.get(old, []) if day <= end]
            date = date or (new[0][1] if new else "")
            step += [to for to, _ in new] or [old]
        if step == current:
            return ([] if current == [code] else list(dict.fromkeys(current))), date
        current = step


@cache
def _changes() -> dict[str, list[tuple[str, str]]]:
    changes: dict[str, list[tuple[str, str]]] = {}
    rows = table("recodes")[["old", "new", "date"]]
    for old, new, date in rows.itertuples(index=False, name=None):
        if old != new:
            changes.setdefault(old, []).append((new, date))
    return changes
