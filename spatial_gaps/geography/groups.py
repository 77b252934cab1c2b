"""Groups of areas that are no level of the hierarchy: packaged ones, a user's own, and proposals."""

from __future__ import annotations

import os
from typing import Any

import pandas as pd

from spatial_gaps.checks import check_choice, check_file, check_unique
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.geography.codes import clean_codes
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.levels import find_level
from spatial_gaps.geography.pieces import codes_of, members_of
from spatial_gaps.geography.register import areas
from spatial_gaps.geography.successors import describe_unknown

GROUPS = ("greater_south_east", "combined_authority", "core_cities", "london", "urban_rural")
SOUTH_EAST = ("TLH", "TLI", "TLJ")
# Eurostat's classes of the degree of urbanisation, and its thresholds in people per km2.
DENSITIES = {
    "densely populated": ("dense", 1500),
    "intermediate density": ("built", 300),
    "thinly populated": ("", 0),
}


def groups(name: str, vintage: int = 2023, level: str = "lad") -> pd.Series[Any]:
    """Return a packaged grouping of areas, to compare like with like.

    Parameters
    ----------
    name : {"greater_south_east", "combined_authority", "core_cities", "london", "urban_rural"}
        Which grouping.
    vintage : int
        Year of the areas.
    level : str
        Level of the areas, such as lad or itl3.

    Returns
    -------
    Series of str
        Group of every area of the level, indexed by code and named `name`: it serves wherever a
        region does.

    Raises
    ------
    InputError
        If there is no such grouping, level or vintage.

    Notes
    -----
    * greater_south_east: London, the South East and the East of England (TLI, TLJ, TLH), and the
      rest.
    * combined_authority: those in force in the year, by name, and "no combined authority".
    * core_cities: the eleven members of the Core Cities group, and the others.
    * london: inner (TLI3, TLI4) and outer boroughs, and the rest.
    * urban_rural: "densely populated" where at least half of the people live in small areas (LSOA
      or data zone of 2011) of 1,500 people or more per km2, else "intermediate density" where half
      live above 300, else "thinly populated". The thresholds are those of Eurostat's degree of
      urbanisation, applied to small areas instead of grid cells. Northern Ireland, for which no
      small-area populations are packaged, is classed by the density of the whole area.

    An area in several groups counts to the one with most of its people.

    Examples
    --------
    >>> groups("core_cities").value_counts().to_dict()
    {'other': 350, 'core city': 11}
    """
    check_choice(name, GROUPS, "grouping")
    key = find_level(level).key
    codes = codes_of(key, vintage)
    if name == "urban_rural":
        return _settlement(codes, areas(key, vintage)["area_km2"])
    people = table("lookup")["people"]
    shares = people.groupby([codes, _labels(name, vintage)]).sum().rename_axis(["code", name])
    # By rising people, so that the last label of an area is that of most of them.
    found = shares.sort_values(kind="stable").reset_index(name)[name]
    return found[~found.index.duplicated(keep="last")].drop("", errors="ignore").sort_index()


def _labels(name: str, vintage: int) -> pd.Series[Any]:
    """Return the group of every piece."""
    if name == "greater_south_east":
        inside = codes_of("itl1", vintage).isin(SOUTH_EAST)
        return inside.map({True: "Greater South East", False: "rest of the UK"})
    if name == "london":
        parts = codes_of("london_part", vintage)
        return parts.map(areas("london_part", vintage)["name"]).fillna("outside London")
    upper = codes_of("utla", vintage)
    if name == "core_cities":
        core = members_of(name, upper, vintage) != ""
        return core.map({True: "core city", False: "other"})
    named = members_of(name, upper, vintage).map(areas(name, vintage)["name"])
    return named.fillna("no combined authority")


def _settlement(codes: pd.Series[Any], area_km2: pd.Series[Any]) -> pd.Series[Any]:
    """Class areas by where most of their people live, or by density where that is not known."""
    facts = table("lookup")
    total = facts["people"].groupby(codes).sum().drop("", errors="ignore")
    density = total / area_km2.reindex(total.index)
    found = pd.Series("", index=total.index, name="urban_rural")
    for label, (column, least) in DENSITIES.items():
        reached = density >= least
        if column:
            living = (facts["people"] * facts[column]).groupby(codes).sum(min_count=1)
            known = living.reindex(total.index).notna()
            reached = reached.where(~known, living.reindex(total.index) >= total / 2)
        found = found.mask((found == "") & reached, label)
    return found.rename_axis("code")


def read_groups(
    path: str | os.PathLike[str], code: str = "code", group: str = "group"
) -> pd.Series[Any]:
    """Read a grouping of your own, or a published lookup.

    Parameters
    ----------
    path : path
        CSV with one row per area.
    code, group : str
        Names of its columns, such as "LSOA21CD" and "LAD24CD" of an ONS lookup of small areas.

    Returns
    -------
    Series of str
        Group by code, named after the file: it serves wherever a region does.

    Raises
    ------
    InputError
        If the file or a column is missing, or a group is blank.
    JoinError
        If a code is listed twice.
    """
    listed = _read_pairs(path, code, group)
    return listed.rename(os.path.splitext(os.path.basename(path))[0])


def what_if(path: str | os.PathLike[str], vintage: int = 2023) -> pd.Series[Any]:
    """Read a proposal of new authorities built from whole districts.

    Parameters
    ----------
    path : path
        CSV with the columns code (a district in force) and new (code of the proposed authority),
        one row per district that would change. All other districts stay as they are.
    vintage : int
        Year of the districts.

    Returns
    -------
    Series of str
        New code of every district of the vintage, indexed by code. `recode(values, to=proposal)`
        carries figures, `dissolve_boundaries(areas, proposal)` shapes.

    Raises
    ------
    InputError
        If columns are missing, or a new code is blank or that of a district in force.
    JoinError
        If a code is not in force in the vintage, or is listed twice.

    Notes
    -----
    Everything works on the new authorities as on the old: indices, decompositions, neighbours
    (of dissolved shapes), local statistics, pockets.
    """
    listed = _read_pairs(path, "code", "new")
    known = areas("lad", vintage).index
    foreign = listed.index.difference(known, sort=False)
    if len(foreign):
        raise JoinError(
            f"the proposal names districts that are not in force in {vintage}",
            file=path,
            offenders=describe_unknown(foreign, vintage),
            hint="Use the codes of the vintage, or name another.",
        )
    proposal = pd.Series(known, index=known, name="new")
    proposal.update(listed)
    taken = listed[listed.isin(known) & (listed != listed.index)]
    if len(taken):
        raise InputError(
            "new codes must not be those of districts in force: one code, one area",
            file=path,
            offenders=[f"{new} for {old}" for old, new in taken.items()],
            hint="Invent a code for each proposed authority, such as X01.",
        )
    return proposal.rename_axis("code")


def _read_pairs(path: str | os.PathLike[str], code: str, column: str) -> pd.Series[Any]:
    """Read a CSV of codes and one thing to know about each."""
    check_file(path)
    rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    lacking = [name for name in (code, column) if name not in rows.columns]
    if lacking:
        raise InputError(
            f"the columns {code} and {column} are needed, and {' and '.join(lacking)} is missing",
            file=path,
            offenders=list(rows.columns),
        )
    codes, _ = clean_codes(rows[code], path)
    listed = rows[column].str.strip().set_axis(pd.Index(codes, name="code"))
    check_unique(listed.index, f"the rows of {path}")
    if (listed == "").any():
        raise InputError(
            f"rows have a blank {column}", file=path, offenders=list(listed.index[listed == ""])
        )
    return listed
