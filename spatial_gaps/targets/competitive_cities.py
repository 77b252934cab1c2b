"""A "globally competitive city" as a definition that can be computed, and argued with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from spatial_gaps.checks import align, as_floats, main_parent, words
from spatial_gaps.errors import InputError


@dataclass(frozen=True)
class CompetitiveCities:
    """Which cities are large and productive enough, and which regions have none.

    Attributes
    ----------
    table : DataFrame
        Indexed by city: size, productivity, large, productive, competitive, and region if given.
        False where a figure is missing: see `unknown`.
    regions : DataFrame
        Indexed by region: cities, competitive (how many), nearest (the largest city that is
        productive enough, else the most productive that is large enough, else ""). Empty without
        regions.
    without : tuple of str
        Regions that have none.
    unknown : tuple of str
        Cities with a figure missing.
    min_size, min_productivity : float
        The definition.
    """

    table: pd.DataFrame
    regions: pd.DataFrame
    without: tuple[str, ...]
    unknown: tuple[str, ...]
    min_size: float
    min_productivity: float

    def __str__(self) -> str:
        count = int(self.table["competitive"].sum())
        said = (
            f"{count} of {len(self.table)} cities have a size of {self.min_size:,g} and a "
            f"productivity of {self.min_productivity:,g} or more"
        )
        if self.regions.empty:
            return f"{said}."
        none = f": {words(self.without)}" if self.without else ""
        return f"{said}; {len(self.without)} of {len(self.regions)} regions have none{none}."


def competitive_cities(
    size: pd.Series[Any],
    productivity: pd.Series[Any],
    *,
    min_size: float,
    min_productivity: float,
    region: pd.Series[Any] | None = None,
) -> CompetitiveCities:
    """Say which cities are globally competitive by a stated size and productivity.

    The white paper wants one in every area and defines it nowhere. Both thresholds are yours:
    change them, and see whether the answer does.

    Parameters
    ----------
    size : Series, shape (n,)
        People, jobs or hours worked of each city, indexed by code: of whatever stands for cities,
        such as city regions, ITL 3 areas or authorities.
    productivity : Series, shape (n,)
        Output per hour or per job of the same areas.
    min_size, min_productivity : float
        The least of each that will do, in the unit of each.
    region : Series, optional
        Labels by code, or shares on (code, parent); a city counts to the region of most of it.

    Returns
    -------
    CompetitiveCities
        Cities, and regions without one.

    Raises
    ------
    JoinError
        If an area lacks a productivity row or a region.
    InputError
        If a threshold is no finite number.

    Notes
    -----
    Figures are taken as published; output per hour has no published errors. Administrative borders
    cut through cities: the answer for districts is not that for city regions.

    Examples
    --------
    >>> people = pd.Series([900.0, 500.0, 300.0], index=list("abc"))
    >>> output = pd.Series([50.0, 30.0, 60.0], index=list("abc"))
    >>> north = pd.Series(["s", "n", "n"], index=list("abc"))
    >>> print(competitive_cities(people, output, min_size=400, min_productivity=40, region=north))
    1 of 3 cities have a size of 400 and a productivity of 40 or more; 1 of 2 regions have none: n.
    """
    for threshold, what in ((min_size, "min_size"), (min_productivity, "min_productivity")):
        if not isinstance(threshold, (int, float)) or not math.isfinite(threshold):
            raise InputError(f"{what} has to be a finite number", value=threshold)
    index, (one, other) = align(size, productivity, names=("productivity",))
    table = pd.DataFrame(
        {"size": as_floats(one, "sizes"), "productivity": as_floats(other, "productivities")}, index
    )
    table["large"] = table["size"] >= min_size
    table["productive"] = table["productivity"] >= min_productivity
    table["competitive"] = table["large"] & table["productive"]
    regions = pd.DataFrame({"cities": [], "competitive": [], "nearest": []})
    if region is not None:
        table["region"] = main_parent(region, index)["parent"]
        regions = _by_region(table.sort_index())
    unknown = index[table[["size", "productivity"]].isna().any(axis=1)]
    return CompetitiveCities(
        table=table,
        regions=regions,
        without=tuple(str(name) for name in regions.index[regions["competitive"] == 0]),
        unknown=tuple(str(code) for code in unknown),
        min_size=float(min_size),
        min_productivity=float(min_productivity),
    )


def _by_region(table: pd.DataFrame) -> pd.DataFrame:
    """Count the cities of each region, and name the one that comes nearest where none qualifies."""
    rows = {name: _row(cities) for name, cities in table.groupby("region")}
    columns = ["cities", "competitive", "nearest"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("region")


def _row(cities: pd.DataFrame) -> tuple[int, int, str]:
    count = int(cities["competitive"].sum())
    nearest = ""
    if not count:
        for enough, most in (("productive", "size"), ("large", "productivity")):
            near = cities.loc[cities[enough], most].dropna()
            nearest = nearest or (str(near.idxmax()) if len(near) else "")
    return len(cities), count, nearest
