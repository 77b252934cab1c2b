"""A place by name, code or list: which areas it is made of."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spatial_gaps.errors import InputError
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.geography.pieces import codes_of
from spatial_gaps.geography.register import areas as register

# Names of statistical areas count only where nothing that governs has the name: Essex is the county,
# not the ITL 2 area that Southend and Thurrock belong to as well.
GOVERNED = ("lad", "utla", "combined_authority", "region", "country")
STATISTICAL = ("itl1", "itl2", "itl3")
NEAREST = 5


@dataclass(frozen=True)
class Place:
    """A place, as areas of one level.

    Attributes
    ----------
    name : str
        As officially written, or the name of the file it was listed in.
    code : str
        Its own code; "" for a list.
    level : str
        Its own level; "" for a list.
    areas : tuple of str
        Codes of the areas that it is made of, sorted.
    """

    name: str
    code: str
    level: str
    areas: tuple[str, ...]

    def __str__(self) -> str:
        kind = f" ({noun_of(self.level)[0]})" if self.level else ""
        return f"{self.name}{kind}: {len(self.areas)} areas"


def find_place(given: str | os.PathLike[str], level: str = "lad", vintage: int = 2023) -> Place:
    """Find a place by its name, its code, or a CSV of codes, and return its areas.

    Parameters
    ----------
    given : str or path
        Such as "Essex", "E10000012" or "mine.csv" with codes in its first column. Names are matched
        exactly but for capitals.
    level : str
        Level of the areas wanted.
    vintage : int
        Year of their codes.

    Returns
    -------
    Place
        An area that lies only partly in the place belongs to it if some piece of it does.

    Raises
    ------
    InputError
        If there is no such place, with the nearest names; if several places of different extent have
        the name, with their codes; if its areas are larger than it; or if a file lists codes that
        are none of the level.

    Examples
    --------
    >>> place = find_place("Essex")
    >>> place.code, place.level, len(place.areas)
    ('E10000012', 'utla', 12)
    """
    text = str(given).strip()
    held = register(level, vintage)
    if text.lower().endswith(".csv"):
        return _listed(Path(text), held, level, vintage)
    known = _known(level, vintage)
    fits = known[
        (known["code"] == text.upper()) | (known["name"].str.casefold() == text.casefold())
    ]
    if fits.empty:
        names = list(dict.fromkeys(known["name"]))
        near = difflib.get_close_matches(text, names, NEAREST, 0.6)
        raise InputError(
            f"there is no place called '{text}' in {vintage}",
            offenders=near,
            hint="Nearest names are listed; give a name, a code, or a CSV of codes."
            if near
            else "Give the official name, a code, or a CSV of codes.",
        )
    found = _meant(fits, level, vintage)
    if len(found) > 1:
        raise InputError(
            f"several places are called '{text}'",
            offenders=[f"{each.code} {each.name} ({noun_of(each.level)[0]})" for each in found],
            hint="Give the code of the one that is meant.",
        )
    return found[0]


def _meant(fits: pd.DataFrame, level: str, vintage: int) -> list[Place]:
    """Return the places of one name that are made of different areas, those that govern first."""
    governs = fits["level"].isin([*GOVERNED, level])
    found: dict[tuple[str, ...], Place] = {}
    for row in fits[governs if governs.any() else ~governs].itertuples():
        inside = _inside(str(row.code), str(row.level), level, vintage)
        found.setdefault(inside, Place(str(row.name), str(row.code), str(row.level), inside))
    return list(found.values())


def _known(level: str, vintage: int) -> pd.DataFrame:
    """Return name, code and level of every place there is, in the order in which they are meant."""
    frames = []
    for each in dict.fromkeys([level, *GOVERNED, *STATISTICAL]):
        if each in STATISTICAL and vintage < 2021:
            continue
        names = register(each, vintage)["name"]
        frames.append(pd.DataFrame({"name": names, "code": names.index, "level": each}))
    return pd.concat(frames, ignore_index=True)


def _inside(code: str, own: str, level: str, vintage: int) -> tuple[str, ...]:
    """Return the areas of a level that a place is made of."""
    if own == level:
        return (code,)
    if own == "combined_authority":
        from spatial_gaps.geography.groups import groups

        names = register(own, vintage)["name"]
        member = groups("combined_authority", vintage, level)
        found = member.index[member == names[code]]
    else:
        here = codes_of(own, vintage) == code
        found = pd.Index(codes_of(level, vintage)[here].unique())
    codes = tuple(sorted(set(found) - {""}))
    if not codes:
        raise InputError(f"'{code}' has no areas of level {level} in {vintage}", value=code)
    return codes


def _listed(path: Path, held: pd.DataFrame, level: str, vintage: int) -> Place:
    """Return the place that a file of codes lists."""
    try:
        codes = pd.read_csv(path, dtype=str, keep_default_na=False).iloc[:, 0].str.strip()
    except (OSError, ValueError) as error:
        raise InputError("the list of codes cannot be read", file=path) from error
    unknown = [code for code in codes if code not in held.index]
    if unknown or codes.empty:
        raise InputError(
            f"these are no codes of level {level} in {vintage}" if unknown else "no code is listed",
            file=path,
            offenders=unknown,
            hint="The first column has to hold codes, under a heading.",
        )
    return Place(path.stem, "", "", tuple(sorted(set(codes))))
