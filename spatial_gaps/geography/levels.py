"""Kinds of area: what they are called and what their codes look like."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

import pandas as pd

from spatial_gaps.errors import InputError
from spatial_gaps.geography.facts import table
from spatial_gaps.records import Level

# Upper tier authorities share their codes with districts and counties: a code alone is never utla.
COMPOSITE = ("utla",)
ALIASES = {
    "district": "lad",
    "localauthoritydistrict": "lad",
    "localauthoritydistricts": "lad",
    "la": "lad",
    "localauthority": "lad",
    "localauthorities": "lad",
    "lowertierlocalauthority": "lad",
    "ltla": "lad",
    "nation": "country",
    "nuts1": "itl1",
    "nuts2": "itl2",
    "nuts3": "itl3",
    "rgn": "region",
    "uppertier": "utla",
}


def levels() -> pd.DataFrame:
    """Return every level and vintage that is known.

    Returns
    -------
    DataFrame
        One row per level and vintage: key, title, plural, pattern, parent, vintage, count. Vintage
        and count are missing where the package does not hold the codes of the level.

    Examples
    --------
    >>> levels().query("key == 'lad' and vintage == 2023")["count"].tolist()
    [361]
    """
    return table("levels")


def find_level(name: str | Level) -> Level:
    """Return a level by its key, its title or a name people use for it.

    Parameters
    ----------
    name : str or Level
        Such as "lad", "ITL 1", "local authority"; case, spaces and marks do not count.

    Returns
    -------
    Level
        The record.

    Raises
    ------
    InputError
        If no level has this name; the message lists them.

    Examples
    --------
    >>> find_level("ITL 1").key
    'itl1'
    >>> find_level("Local authorities").counts[2021]
    374
    """
    if isinstance(name, Level):
        return name
    known = _levels()
    plain = re.sub(r"[^a-z0-9]", "", str(name).lower())
    names = _names()
    if plain in names:
        return known[names[plain]]
    near = difflib.get_close_matches(plain, list(names), n=1)
    hint = f"Did you mean '{names[near[0]]}'? " if near else ""
    raise InputError(f"there is no level '{name}'", hint=f"{hint}There are: {', '.join(known)}.")


def noun_of(level: str) -> tuple[str, str]:
    """Return what one area and several areas of a level are called inside a sentence.

    A grouping that is no level is called by its own name.

    Examples
    --------
    >>> noun_of("itl1"), noun_of("lad")[0]
    (('ITL 1 region', 'ITL 1 regions'), 'local authority')
    """
    if level not in _levels():
        own = level.replace("_", " ")
        return f"{own} group", f"{own} groups"
    known = find_level(level)
    proper = known.title[:2].isupper() or known.key in ("uk", "gb", "england_wales")
    title = known.title if proper else known.title[:1].lower() + known.title[1:]
    return title, known.plural


def level_of(codes: pd.Series[Any] | pd.Index[Any] | Sequence[str]) -> pd.Series[Any]:
    """Return the level key of each code.

    Parameters
    ----------
    codes : Series, Index or sequence of str, length n
        Clean codes (see `clean_codes`).

    Returns
    -------
    Series of str, shape (n,)
        On the index of `codes` if that is a Series, else on the codes. "" where no level has such
        codes; codes of Wales, Scotland and Northern Ireland are "country".

    Examples
    --------
    >>> level_of(["E06000001", "TLC11", "W92000004", "rubbish"]).tolist()
    ['lad', 'itl3', 'country', '']
    """
    given = codes if isinstance(codes, pd.Series) else pd.Series(list(codes), index=list(codes))
    text = given.astype(str)
    found = {code: _level_key(code) for code in text.unique()}
    return text.map(found).astype(str).rename("level")


def _level_key(code: str) -> str:
    match = _any_level().fullmatch(code)
    return (match.lastgroup or "") if match else ""


@cache
def _any_level() -> re.Pattern[str]:
    single = [level for key, level in _levels().items() if key not in COMPOSITE]
    return re.compile("|".join(f"(?P<{level.key}>{level.pattern})" for level in single))


@cache
def _levels() -> dict[str, Level]:
    known: dict[str, Level] = {}
    for key, rows in table("levels").groupby("key"):
        counted = rows.dropna(subset=["vintage"])
        years, numbers = counted["vintage"].astype(int), counted["count"].astype(int)
        counts = dict(zip(years.tolist(), numbers.tolist(), strict=True))
        row = rows.iloc[0]
        known[str(key)] = Level(
            key=str(key),
            title=row["title"],
            plural=row["plural"],
            pattern=row["pattern"],
            parent=row["parent"] or None,
            counts=MappingProxyType(counts),
        )
    return known


@cache
def _names() -> dict[str, str]:
    """Return the key by every plain name: lower case, letters and digits only."""
    names = dict(ALIASES)
    for key, level in _levels().items():
        for name in (key, level.title, level.plural):
            names[re.sub(r"[^a-z0-9]", "", name.lower())] = key
    return names
