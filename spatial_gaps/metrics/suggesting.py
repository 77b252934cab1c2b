"""Propose codes for what is no code in force: a list that the analyst edits and passes back."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from spatial_gaps.checks import check_file, words
from spatial_gaps.errors import InputError, OutputError, first_of
from spatial_gaps.geography.codes import INVISIBLE
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.levels import find_level, level_of, noun_of
from spatial_gaps.geography.register import COMPLETE, areas, in_force, register
from spatial_gaps.geography.successors import MISREAD, NUTS, explain_unknown, retired, suggest
from spatial_gaps.geography.vintages import detect_vintage
from spatial_gaps.metrics.containers import decode
from spatial_gaps.metrics.joining import DEFAULT_VINTAGE
from spatial_gaps.metrics.matching import _codes_of, _ever, _in_force, _key, _nearest

COLUMNS = ["given", "rows", "code", "name", "certainty", "why"]
CERTAIN, LIKELY, POSSIBLE, NONE = "certain", "likely", "possible", "none"
CODE_LIKE = re.compile(r"(?=.*\d)\w{3,12}")
WHOLES = {
    "united kingdom": "K02000001",
    "uk": "K02000001",
    "great britain": "K03000001",
    "england and wales": "K04000001",
}
# Likeness of two names, 0 to 100: one wrong letter in a name of five or more is above it. A second
# name that comes as near makes the first one a guess.
LEAST_LIKENESS, LEAST_LEAD = 88, 4
RISKY = "=+-@\t\r\n＝＋－＠'"


class Proposal(NamedTuple):
    """A code for a text, "" if none is proposed, how certain it is, and why."""

    code: str
    certainty: str
    why: str


def suggest_codes(
    printed: pd.Series[Any], level: str | None = None, vintage: int | None = None
) -> pd.DataFrame:
    """Propose a code for each text in a column of areas that is not a code in force.

    Parameters
    ----------
    printed : Series of str
        Codes or names as printed, indexed by row of the file; blank ones are passed over.
    level : str, optional
        Which kind of area the rows are mostly of; that of most codes unless given, else lad.
    vintage : int, optional
        Year of the areas; found from the codes unless given, else 2023.

    Returns
    -------
    DataFrame
        One row per text, in the order of the file: given; rows; code and name proposed; certainty;
        why. The code is blank where several would do, or nothing is near.

    Raises
    ------
    InputError
        If there is no such level or vintage.

    Notes
    -----
    certain: the same code apart from case and spaces, the same name (`match_names`), or a code that
    was only replaced by another one. likely: a name that differs by a letter or so (rapidfuzz ratio
    of at least 88 of 100, the next one 4 behind), or the only code one character away that has no
    row of its own. possible: a decision is needed, as after a merger. none: nothing is near.

    Examples
    --------
    >>> printed = pd.Series({2: "E06000001", 3: "Middlesborough", 4: "E07000100"})
    >>> found = suggest_codes(printed, vintage=2023)
    >>> found[["given", "code", "certainty"]].to_numpy().tolist()
    [['Middlesborough', 'E06000002', 'likely'], ['E07000100', 'E07000240', 'certain']]
    """
    texts = printed[printed.notna()].astype(str)
    rows: dict[str, list[object]] = {}
    for row, text in texts.items():
        rows.setdefault(text, []).append(row)
    column = _column(rows, level, vintage)
    found = []
    for text, where in rows.items():
        if not _visible(text) or text in column.present:
            continue
        code, certainty, why = _propose(text, column)
        found.append((text, first_of(where), code, _name(code), certainty, why))
    return pd.DataFrame(found, columns=COLUMNS)


@dataclass(frozen=True)
class _Column:
    """What a column of areas holds: its level and year, and the codes there that are right."""

    level: str
    vintage: int
    present: frozenset[str]


def _column(texts: Iterable[str], level: str | None, vintage: int | None) -> _Column:
    """Find level and year of a column, as far as they are not given."""
    plain = [text for text in texts if text.isascii() and " " not in text]
    kinds = level_of(plain)
    coded = [text for text in plain if kinds[text] or CODE_LIKE.fullmatch(text)]
    key = "lad" if level is None else find_level(level).key
    year = DEFAULT_VINTAGE
    if coded and (level is None or vintage is None):
        try:
            found = detect_vintage(coded)
        except InputError:
            found = None
        if found is not None:
            key = found.level if level is None else key
            year = found.fitting(DEFAULT_VINTAGE)
    year = year if vintage is None else vintage
    areas(key, year)  # raises for a level or year that the register does not have
    return _Column(key, year, frozenset(code for code in coded if _may_stay(code, key, year)))


def _is_in_force(code: str, vintage: int) -> bool:
    known, end = register(), f"{vintage}-12-31"
    if code not in known.index:
        return False
    first, last = (str(known.at[code, key]) for key in ("first", "last"))
    return first <= end and (not last or last >= end)


def _may_stay(code: str, level: str, vintage: int) -> bool:
    """Say if a code is right as it is: in force that year, or of a level that is not asked for."""
    kind = level_of([code]).iloc[0]
    if code not in register().index:
        return bool(kind) and kind not in COMPLETE
    asked = ("lad", "county") if level == "utla" else (level,)
    return kind not in asked or _is_in_force(code, vintage)


def _visible(text: str) -> str:
    return INVISIBLE.sub("", text).strip()


def _name(code: str) -> str:
    """Return the name of a code; the United Kingdom and its like are in no register."""
    known = register()["name"]
    wholes = {whole: name for name, whole in WHOLES.items() if name != "uk"}
    return str(known.get(code, wholes.get(code, "").title().replace(" And ", " and ")))


def _named(codes: Iterable[str]) -> str:
    return words([f"{code} {_name(code)}" for code in codes])


def _propose(text: str, column: _Column) -> Proposal:
    """Return the proposal for one text."""
    plain = _visible(text).upper()
    if _may_stay(plain, column.level, column.vintage):
        return Proposal(plain, CERTAIN, "the same code without stray spaces or small letters")
    if plain in register().index:
        return _replaced(plain, column)
    if CODE_LIKE.fullmatch(plain) or NUTS.fullmatch(plain):
        return _mistyped(plain, column)
    return _by_name(text, column)


def _replaced(code: str, column: _Column) -> Proposal:
    """Propose what stands for a code that had ended or had not begun in the year."""
    changes = table("recodes")
    changes = changes[changes["old"] != changes["new"]]
    row = retired([code], column.vintage).iloc[0]
    new = str(row["replaced_by"]).split()
    one, several = f"replaced on {row['date']} by", f"split on {row['date']} between"
    whole = (changes["new"].isin(new)).sum() == 1
    if str(row["date"]) > f"{column.vintage}-12-31":
        before = changes["old"][changes["new"] == code]
        new = [old for old in before if _is_in_force(old, column.vintage)]
        one, several = (
            f"made on {row['date']} from {text}" for text in ("the same area,", "all of")
        )
        whole = True
    if not new:
        return Proposal("", NONE, f"{code} {_name(code)} was not in force in {column.vintage}")
    if len(new) > 1:
        return Proposal("", POSSIBLE, f"{several} {_named(new)}")
    why = f"{one} {_named(new)}"
    if new[0] in column.present:
        return Proposal("", POSSIBLE, f"{why}, which has rows of its own here: {BOTH}")
    if not whole:
        return Proposal(new[0], POSSIBLE, f"{why}, of which it is only a part: {PART}")
    return Proposal(new[0], CERTAIN, why)


BOTH = (
    "left blank, the row is left out; fill in the code only if both never stand in one period, or "
    "the same people count twice"
)
PART = "its figure is not that of the whole, unless the file means the whole"


def _mistyped(code: str, column: _Column) -> Proposal:
    """Propose the code in force that is one character away from one that nobody has."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if NUTS.fullmatch(code):
        near = suggest(code)
        if near and _is_in_force(near, column.vintage):
            return Proposal(near, LIKELY, "a NUTS code; ITL codes start with TL in place of UK")
    misread = code[:1] + code[1:].translate(MISREAD)
    if _is_in_force(misread, column.vintage):
        return Proposal(misread, LIKELY, "letters in place of digits (O for 0, I or L for 1)")
    own = str(level_of([code]).iloc[0])
    held = in_force(own if own in COMPLETE else column.level)[column.vintage]
    near_codes = process.extract(
        code, list(held.index[held]), scorer=OSA.distance, score_cutoff=1, limit=None
    )
    found = sorted(each for each, _, _ in near_codes)
    free = [each for each in found if each not in column.present]
    if len(free) == 1:
        why = f"one character away from {_named(free)}, and no other such code is without a row"
        return Proposal(free[0], LIKELY, why)
    if len(found) == 1:
        why = f"one character away from {_named(found)}, which has rows of its own here: {BOTH}"
        return Proposal("", POSSIBLE, why)
    if found:
        listed = first_of([f"{each} {_name(each)}" for each in free or found])
        return Proposal("", POSSIBLE, f"one character away from several codes: {listed}")
    return Proposal("", NONE, explain_unknown(code) or "no area has a code like it")


def _by_name(text: str, column: _Column) -> Proposal:
    """Propose the area of a name: the same, a former one, one of another level, or the nearest."""
    level, year = column.level, column.vintage
    exact = _codes_of(text, _in_force(level, year))
    if len(exact) == 1:
        same = _name(exact[0]) == text
        why = "the same name" if same else "the same name but for words of its kind, marks or case"
        return Proposal(exact[0], CERTAIN, why)
    if exact:
        return Proposal("", POSSIBLE, f"the name of several areas: {_named(exact)}")
    whole = WHOLES.get(_visible(text).casefold())
    if whole:
        return Proposal(whole, CERTAIN, "the name of the whole")
    past = _codes_of(text, _ever(level))
    if len(past) == 1:
        found = _replaced(past[0], column)
        return found._replace(why=f"{past[0]}, {found.why}")
    for other in COMPLETE:
        codes = _codes_of(text, _in_force(other, year)) if COMPLETE[other] <= year else []
        if len(codes) == 1 and other != "utla":
            why = f"no {noun_of(level)[0]}, but the name of another kind: {noun_of(other)[0]}"
            return Proposal(codes[0], LIKELY, why)
    return _nearest_name(text, column)


def _nearest_name(text: str, column: _Column) -> Proposal:
    """Propose the area whose name is spelt nearly alike."""
    from rapidfuzz import fuzz, process

    known: Mapping[str, list[tuple[str, str]]] = _in_force(column.level, column.vintage)
    best = process.extract(_key(text)[0], list(known), scorer=fuzz.ratio, limit=2)
    (bare, score, _), second = best[0], best[1][1] if len(best) > 1 else 0
    codes = [code for code, _ in known[bare]]
    if score >= LEAST_LIKENESS and score - second >= LEAST_LEAD and len(codes) == 1:
        why = f"the nearest name, alike to {score:.0f} of 100"
        return Proposal(codes[0], LIKELY, why)
    near = _nearest(text, column.level, column.vintage)
    if near:
        return Proposal(
            "", POSSIBLE, f"no {noun_of(column.level)[0]} has this name; nearest: {words(near)}"
        )
    return Proposal("", NONE, "no area has a name like it: a note, a total or another level")


def write_suggestions(path: str | os.PathLike[str], frame: pd.DataFrame) -> None:
    """Write proposals as a CSV that a spreadsheet opens, to be edited and read by `read_codes`.

    Parameters
    ----------
    path : path
        A new file; one that is there may hold edits, and is not replaced.
    frame : DataFrame
        As `suggest_codes` returns it.

    Raises
    ------
    OutputError
        If there is such a file, or it cannot be written.

    Notes
    -----
    UTF-8 with a byte order mark, by which Excel knows it. A quote stands before text that a
    spreadsheet would run as a formula; `read_codes` takes it away again.
    """
    text = io.StringIO()
    safe = frame.map(lambda cell: f"'{cell}" if str(cell)[:1] in RISKY and str(cell) else cell)
    safe.to_csv(text, index=False, lineterminator="\r\n")
    try:
        with Path(path).open("x", encoding="utf-8-sig", newline="") as stream:
            stream.write(text.getvalue())
    except FileExistsError:
        raise OutputError(
            "there is a file of this name, which may hold your edits",
            file=path,
            hint="Choose another name, or delete it first.",
        ) from None
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror or error}", file=path, hint="Choose another place."
        ) from None


def read_codes(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read an edited list of proposals: which code to take for which text.

    Parameters
    ----------
    path : path
        A CSV with the columns given and code, in any order and beside any others; semicolons and
        tabs between the columns, as spreadsheets in other languages write them, are understood.

    Returns
    -------
    dict of str to str
        Code by text as given; "" where the row is to be left out.

    Raises
    ------
    InputError
        If the file is missing or has no such columns, a code is that of no area, or two rows give
        one text different codes; the rows are named.
    """
    check_file(path)
    text, _ = decode(Path(path).read_bytes(), Path(path))
    head = text.split("\n", 1)[0]
    marks = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    lines = [(marks.line_num, line) for line in marks]
    header = [cell.strip().casefold() for cell in lines[0][1]] if lines else []
    if not {"given", "code"} <= set(header):
        raise InputError(
            "this is no list of proposals: it needs the columns 'given' and 'code'",
            file=path,
            row=1,
            hint="Make one with write_suggestions, or check FILE --suggest OUT.csv.",
        )
    at = header.index("given"), header.index("code")
    chosen: dict[str, tuple[int, str]] = {}
    for row, line in lines[1:]:
        given, code = (line[place] if place < len(line) else "" for place in at)
        given = given[1:] if given[:1] == "'" and given[1:2] in tuple(RISKY) else given
        code = _visible(code).upper()
        if not given and not code:
            continue
        before, other = chosen.setdefault(given, (row, code))
        if other != code:
            raise InputError(
                f"'{given}' has two codes, '{other}' in row {before} and '{code}' here",
                file=path,
                row=row,
                hint="Keep one of the rows.",
            )
    _check_codes(chosen, path)
    return {given: code for given, (_, code) in chosen.items()}


def _check_codes(chosen: Mapping[str, tuple[int, str]], path: str | os.PathLike[str]) -> None:
    """Raise `InputError` for rows with a code of no area, or with a code for no text."""
    known = register().index
    odd = []
    for given, (row, code) in chosen.items():
        kind = level_of([code]).iloc[0] if code else ""
        if not given:
            odd.append(f"row {row} has a code but nothing in 'given'")
        elif code and code not in known and (not kind or kind in COMPLETE):
            said = explain_unknown(code)
            odd.append(f"row {row} '{code}' for '{given}'" + (f" ({said})" if said else ""))
    if odd:
        raise InputError(
            f"{len(odd)} rows do not name an area",
            file=path,
            column="code",
            offenders=odd,
            hint="Correct the code, or leave it blank to leave the row out.",
        )
