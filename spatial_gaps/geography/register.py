"""Every area ever in force: its facts, the vintage a list of codes fits, what replaced what."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice
from spatial_gaps.errors import InputError
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.levels import find_level, level_of
from spatial_gaps.records import Vintage

LATEST = 2025
# The register is complete for the United Kingdom from these years on.
COMPLETE = {"lad": 2015, "region": 2015, "country": 2015, "itl1": 2021, "itl2": 2021, "itl3": 2021}
EARLIEST = 2011
MOST_RETIRED = 0.05
COLUMNS = [
    "name",
    "easting",
    "northing",
    "area_km2",
    "population",
    "first",
    "last",
    "population_source",
]
# Letters that are typed or read in place of a digit.
MISREAD = str.maketrans("OQIL", "0011")


def areas(level: str, vintage: int = 2023) -> pd.DataFrame:
    """Return the areas of a level that were in force at the end of a year.

    Parameters
    ----------
    level : str
        lad (2015 to 2025), itl1, itl2, itl3 (2021 to 2025), region or country.
    vintage : int
        Year; ITL areas of 2021 were in force to the end of 2024.

    Returns
    -------
    DataFrame
        Indexed by code, sorted: name, easting and northing of the centroid (m, EPSG:27700),
        area_km2 (generalised), population (mid-2021), first and last day (ISO, "" if still in
        force), population_source.

    Raises
    ------
    InputError
        If the level or the vintage is not in the register.

    Examples
    --------
    >>> len(areas("lad", 2021)), len(areas("lad"))
    (374, 361)
    >>> areas("itl1").loc["TLI", "name"]
    'London'
    """
    key = find_level(level).key
    check_choice(key, COMPLETE, "level", "the register of areas")
    check_choice(vintage, range(COMPLETE[key], LATEST + 1), "vintage", f"level {key}")
    known = _register(key)
    return known.loc[_in_force(key)[int(vintage)], COLUMNS].copy()


def detect_vintage(codes: Iterable[str]) -> Vintage:
    """Find the level and the years that a list of codes fits.

    Parameters
    ----------
    codes : iterable of str
        Clean codes; repeats do not count.

    Returns
    -------
    Vintage
        With the latest run of years in which most of the codes were in force. A few codes
        (up to 5 %) that had ended before are listed as retired.

    Raises
    ------
    InputError
        If no code is in the register, or the codes mix vintages.

    Notes
    -----
    Years before 2015 (before 2021 for ITL) are considered only if more codes fit there, because
    the register is not complete for the United Kingdom then.

    Examples
    --------
    >>> str(detect_vintage(areas("lad", 2023).index))
    '361 codes of level lad, vintage 2023-2024'
    """
    unique = pd.Index(pd.unique(pd.Series(list(codes), dtype=str)))
    keys = level_of(unique)
    counted = keys[keys.isin(list(COMPLETE))].value_counts(sort=False)
    if counted.empty:
        raise InputError(
            "none of the codes belongs to a level in the register",
            offenders=list(unique[:3]),
            hint=f"The register holds {', '.join(COMPLETE)}.",
        )
    key = str(counted.idxmax())
    years = _in_force(key)
    known = years[years.index.isin(unique)]
    if known.empty:
        raise InputError(f"no {find_level(key).title} has such codes", offenders=list(unique[:3]))
    first, last = _best_run(known, COMPLETE[key])
    left = known.index[~known[first]]
    starts = _register(key)["first"]
    retired_codes = left[starts[left] <= f"{first}-12-31"]
    if len(retired_codes) < len(left) or len(left) > MOST_RETIRED * len(known):
        raise _mixed(key, known, first, left)
    return Vintage(
        level=key,
        first_year=first,
        last_year=last,
        matched=int(known[first].sum()),
        unknown=tuple(unique[~unique.isin(known.index)]),
        retired=tuple(retired_codes),
    )


def _best_run(known: pd.DataFrame, complete: int) -> tuple[int, int]:
    """Return the latest run of years with the same, largest number of codes in force."""
    counts = known.sum()
    late = counts[counts.index >= complete]
    counts = late if late.max() == counts.max() else counts
    last = int(counts[counts == counts.max()].index[-1])
    same = known.eq(known[last], axis=0).all()
    first = last
    while first - 1 in counts.index and same[first - 1]:
        first -= 1
    return first, last


def _mixed(key: str, known: pd.DataFrame, first: int, left: pd.Index[Any]) -> InputError:
    """Say how many codes fit the best year, and how many only another one."""
    counts = known.loc[left].sum()
    other = int(counts[counts == counts.max()].index[0])
    title = key.upper()
    return InputError(
        f"the codes mix vintages: {int(known[first].sum())} codes fit {title} {first}, "
        f"{int(counts.max())} only {title} {other}",
        offenders=list(left),
        hint="Keep the rows of one vintage.",
    )


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
    known = _register("")
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
    known = _register("")
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


def describe_unknown(codes: Iterable[str], vintage: int) -> list[str]:
    """Return each code with what is known about it: its successor or the nearest valid code."""
    listed = list(codes)
    texts: dict[str, str] = {}
    for code, name, new, date in retired(listed, vintage).itertuples(index=False, name=None):
        change = f"replaced by {new} on" if new else "ended on" if date <= f"{vintage}" else "from"
        texts[code] = f"{code} {name} ({change} {date})"
    for code in listed:
        near = "" if code in texts else suggest(code)
        texts.setdefault(code, f"{code} (did you mean {near}?)" if near else code)
    return [texts[code] for code in listed]


def vintage_hint(codes: Iterable[str]) -> str:
    """Return what to do about codes that do not fit, as a sentence; "" if nothing can be said."""
    try:
        own = detect_vintage(codes)
    except InputError as error:
        return str(error)
    return f"The codes are those of {own.level} {own.year}: use vintage={own.year}."


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


@cache
def _register(level: str) -> pd.DataFrame:
    """Return the register of one level, or of all for ""; by code, sorted. Not to be changed."""
    known = table("areas").set_index("code").sort_index()
    return known[known["level"] == level] if level else known


@cache
def _in_force(level: str) -> pd.DataFrame:
    """Return a frame of booleans, code by year: in force on the last day of the year."""
    known = _register(level)
    ends = [f"{year}-12-31" for year in range(EARLIEST, LATEST + 1)]
    began = np.column_stack([known["first"] <= end for end in ends])
    lasted = np.column_stack([(known["last"] == "") | (known["last"] >= end) for end in ends])
    return pd.DataFrame(began & lasted, index=known.index, columns=range(EARLIEST, LATEST + 1))
