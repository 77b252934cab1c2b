"""Every area in force at any time since 2011, with its facts."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.levels import find_level

EARLIEST, LATEST = 2011, 2025
# The first year that the register knows of each level; complete for the United Kingdom from then.
COMPLETE = {
    "lad": 2011,
    "utla": 2011,
    "county": 2011,
    "region": 2011,
    "country": 2011,
    "combined_authority": 2011,
    "london_part": 2011,
    "itl1": 2021,
    "itl2": 2021,
    "itl3": 2021,
}
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


def areas(level: str, vintage: int = 2023) -> pd.DataFrame:
    """Return the areas of a level that were in force at the end of a year.

    Parameters
    ----------
    level : str
        lad, utla (upper tier), county, combined_authority, london_part, region or country (2011 to
        2025); itl1, itl2 or itl3 (2021 to 2025).
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
    >>> len(areas("lad", 2021)), len(areas("lad")), len(areas("utla"))
    (374, 361, 218)
    >>> areas("itl1").loc["TLI", "name"]
    'London'
    """
    key = find_level(level).key
    check_choice(key, COMPLETE, "level", "the register of areas")
    check_choice(vintage, range(COMPLETE[key], LATEST + 1), "vintage", f"level {key}")
    held = in_force(key)[int(vintage)]
    return register().loc[held.index[held], COLUMNS].copy()


@cache
def register() -> pd.DataFrame:
    """Return every area of every level, indexed by code, sorted. Not to be changed."""
    return table("areas").set_index("code").sort_index()


@cache
def in_force(level: str) -> pd.DataFrame:
    """Return booleans by code and year: in force on the last day of the year. Not to be changed.

    Upper-tier authorities are the counties and the authorities that lie in none: in England all
    districts but E07.
    """
    known = register()
    kinds = ["lad", "county"] if level == "utla" else [level]
    known = known[known["level"].isin(kinds)]
    if level == "utla":
        known = known[~known.index.str.startswith("E07")]
    ends = [f"{year}-12-31" for year in range(EARLIEST, LATEST + 1)]
    began = np.column_stack([known["first"] <= end for end in ends])
    lasted = np.column_stack([(known["last"] == "") | (known["last"] >= end) for end in ends])
    return pd.DataFrame(began & lasted, index=known.index, columns=range(EARLIEST, LATEST + 1))
