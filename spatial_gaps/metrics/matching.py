"""Match areas by name, only when asked: exact after normalising, never by likeness."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import pandas as pd

from spatial_gaps.checks import words
from spatial_gaps.errors import JoinError
from spatial_gaps.geography.codes import INVISIBLE
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.levels import find_level, noun_of
from spatial_gaps.geography.register import COMPLETE, areas, in_force, register
from spatial_gaps.geography.successors import retired

NEAREST = 3
LEAST_LIKENESS = 80
DESCRIBED = 100  # more than that is a wrong column or level, and each takes two milliseconds
APOSTROPHES = re.compile("['`´\u2018\u2019\u02bc]")
SAME = {"saint": "st", "upon": "on"}
# Words that say what kind of area it is, as publishers put them before or after its name.
BEFORE = re.compile(
    r"^(?:the )?(?:(?:(?:royal|london|metropolitan|county|city|borough|district|council|and) )+"
    r"of (?:the )?|county )?"
)
AFTER = re.compile(
    r"(?: london borough| (?:ua|md|mb|mbc|mdc|cd|lb|ld|lgd|cc|bc|dc|la|unitary|authority|council|"
    r"corporation|metropolitan|royal|county|city|borough|district|the|of|and)|(?<! of) england)+$"
)
TURNED = re.compile(r"^(.+) (vale|isles?) of$")
SMALL = re.compile(r"\b(?:and|of|the) ")
PARTS = re.compile(r"[/()]| [-\u2013] ")
# "London" in a table of authorities is the region or the sum of the boroughs, never the City.
NEVER_BARE = ("london",)

HINT = (
    "Names are compared exactly, apart from case, accents, punctuation and words like 'City of': "
    "correct them, leave out rows of other levels, give the year of the file, or match by code."
)

Key = tuple[str, str]


def match_names(
    names: pd.Series[Any] | pd.Index[Any] | Sequence[str],
    level: str = "lad",
    vintage: int = 2023,
    *,
    file: str | os.PathLike[str] | None = None,
) -> pd.Series[Any]:
    """Return the code of each area by its name: exact after normalising, never by likeness.

    Parameters
    ----------
    names : Series, Index or sequence of str, length n
        Names as printed.
    level : str
        As for `areas`: lad, itl1, itl2, itl3, region, country ...
    vintage : int
        Year of the areas; a name that ended before, or began later, does not match.
    file : path, optional
        Named in errors.

    Returns
    -------
    Series of str, shape (n,)
        Codes, on the index of `names` if that is a Series, else on the names.

    Raises
    ------
    InputError
        If the level or vintage is not in the register.
    JoinError
        If a name matches no area, or several. The error has every such name with what is known
        of it: when it ended and what replaced it, the level it does belong to, and up to three of
        the nearest names with their codes (rapidfuzz WRatio of at least 80 of 100).

    Notes
    -----
    Not counted are case, accents, punctuation, `&` for and, Saint for St, upon for on, and words for
    the kind of area before or after the name ("City of", "UA", "London Borough of", "Council" ...).
    City and County are not taken for each other. Former names, Welsh, Gaelic and other names in
    use are those of the packaged table names. Where a name is printed in two languages
    ("Newport / Casnewydd") both have to mean the same area.

    Examples
    --------
    >>> match_names(["Bristol UA", "St Helens", "Abertawe", "Rhondda, Cynon, Taff"]).tolist()
    ['E06000023', 'E08000013', 'W06000011', 'W06000016']
    """
    given = names if isinstance(names, pd.Series) else pd.Series(list(names), index=list(names))
    text = given.where(given.notna(), "").astype(str)
    column = None if given.name is None else str(given.name)
    blank = text.str.strip() == ""
    if blank.any():
        rows = given.index if isinstance(names, pd.Series) else range(len(given))
        raise JoinError(
            "rows have no name",
            file=file,
            column=column,
            offenders=[f"row {row}" for row, empty in zip(rows, blank, strict=True) if empty],
            hint="Give each row its name, or remove the row (a title, a total or a footnote).",
        )
    key = find_level(level).key
    known = _in_force(key, vintage)
    found = {name: _codes_of(name, known) for name in text.unique()}
    lost = [name for name, codes in found.items() if len(codes) != 1]
    if lost:
        raise JoinError(
            f"{len(lost)} of {len(found)} names match no {noun_of(key)[0]} of {vintage}",
            file=file,
            column=column,
            offenders=[
                *(_describe(name, key, vintage) for name in lost[:DESCRIBED]),
                *lost[DESCRIBED:],
            ],
            hint=HINT,
        )
    return text.map({name: codes[0] for name, codes in found.items()}).rename("code")


def _plain(name: str) -> str:
    """Return the words of a name: lower case, no accents, no punctuation."""
    bare = APOSTROPHES.sub("", INVISIBLE.sub("", name)).replace("&", " and ")
    letters = unicodedata.normalize("NFKD", bare).casefold()
    found = re.findall(r"[^\W_]+", re.sub("[\u0300-\u036f]", "", letters))
    return " ".join(SAME.get(word, word) for word in found)


def _key(name: str) -> Key:
    """Return the name without words for its kind, and whether those said city or county."""
    plain = TURNED.sub(r"\2 of \1", _plain(name))
    core = BEFORE.sub("", AFTER.sub("", plain))
    kinds = {"city", "county"} & set(plain.replace(core, " ", 1).split())
    return core, kinds.pop() if len(kinds) == 1 else ""


def _codes_of(name: str, known: dict[str, list[Key]]) -> list[str]:
    """Return the codes that a name stands for: none, one, or several if it is ambiguous."""
    whole = _exact(name, known)
    parts = [part for part in PARTS.split(name) if part.strip()]
    if whole or len(parts) < 2:
        return whole
    found = [_exact(part, known) for part in parts]
    return found[0] if all(codes == found[0] for codes in found) else []


def _exact(name: str, known: dict[str, list[Key]]) -> list[str]:
    bare, kind = _key(name)
    strict = bare in NEVER_BARE
    return [
        code
        for code, theirs in known.get(bare, [])
        if kind == theirs or not (strict or (kind and theirs))
    ]


@cache
def _in_force(level: str, vintage: int) -> dict[str, list[Key]]:
    """Return code and kind of the areas of a vintage, by bare name. Not to be changed."""
    return _index(areas(level, vintage)["name"])


@cache
def _ever(level: str) -> dict[str, list[Key]]:
    """Return code and kind of the areas that a level ever had, by bare name."""
    return _index(register().loc[in_force(level).index, "name"])


def _index(names: pd.Series[Any]) -> dict[str, list[Key]]:
    aliases = table("names").set_index("code")["alias"]
    aliases = aliases[aliases.index.isin(names.index)]
    index: dict[str, list[Key]] = {}
    for code, name in [*names.items(), *aliases.items()]:
        bare, kind = _key(name)
        entries = index.setdefault(bare, [])
        if code not in [other for other, _ in entries]:
            entries.append((str(code), kind))
    return index


def _describe(name: str, level: str, vintage: int) -> str:
    """Return a name with what is known about it."""
    names = register()["name"]
    several = _codes_of(name, _in_force(level, vintage))
    if several:
        return f"'{name}' (is {words([f'{names[code]} {code}' for code in several])})"
    past = _codes_of(name, _ever(level))
    if past:
        return f"'{name}' ({words([_lifetime(code, vintage) for code in past])})"
    others = [other for other in COMPLETE if _codes_of(name, _ever(other))]
    notes = [f"is of level {words(others)}"] if others else []
    near = _nearest(name, level, vintage)
    notes += [f"nearest: {', '.join(near)}"] if near else []
    return f"'{name}' ({'; '.join(notes) or 'nothing like it'})"


def _lifetime(code: str, vintage: int) -> str:
    """Return when an area ended and what replaced it, or when it began."""
    known = register()
    change = retired([code], vintage).iloc[0]
    first, last = (str(known.at[code, key]) for key in ("first", "last"))
    if first > f"{vintage}-12-31":
        return f"{code}, from {first}"
    new = [f"{known['name'][each]} {each}" for each in str(change["replaced_by"]).split()]
    return f"{code}, ended {last}" + (f", replaced by {words(new)}" if new else "")


def _nearest(name: str, level: str, vintage: int) -> list[str]:
    """Return up to three areas of similar name, for the error only."""
    from rapidfuzz import fuzz, process

    known = _in_force(level, vintage)
    names = register()["name"]
    # Small words would make everything that has an "and" look alike.
    telling = {bare: SMALL.sub("", bare) for bare in known}
    near = process.extract(
        SMALL.sub("", _key(name)[0]),
        telling,
        scorer=fuzz.WRatio,
        limit=NEAREST,
        score_cutoff=LEAST_LIKENESS,
    )
    codes = dict.fromkeys(code for _, _, bare in near for code, _ in known[bare])
    return [f"{names[code]} {code}" for code in codes]
