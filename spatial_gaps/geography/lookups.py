"""Parents of areas: ITL areas, regions and countries, with shares where an area straddles two."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

import pandas as pd

from spatial_gaps.checks import check_choice, check_unique, main_parent
from spatial_gaps.errors import InputError, JoinError, SpatialGapsWarning, first_of
from spatial_gaps.geography.levels import find_level
from spatial_gaps.geography.pieces import REGIONS, TIERS, shares_between
from spatial_gaps.geography.successors import describe_unknown
from spatial_gaps.geography.vintages import detect_vintage

PARENTS = TIERS[1:]
Codes = pd.Series | pd.Index | Sequence[str]


def parents(
    codes: Codes,
    level: str = "itl1",
    vintage: int = 2023,
    *,
    parent_vintage: int | None = None,
    missing: str = "error",
) -> pd.Series[Any]:
    """Return the parent of each area: the one that holds the largest share of its people.

    Parameters
    ----------
    codes : Index, sequence or Series of str, length n
        Codes of one level of the register; the values of a Series are the codes.
    level : str
        Level of the parents: utla (upper tier), county, combined_authority, itl3, itl2, itl1,
        region (with the countries outside England) or country.
    vintage : int
        Year of the areas.
    parent_vintage : int, optional
        Year of the parents, the areas' own unless given: up to 2024 that is ITL 2021.
    missing : {"error", "blank"}
        What to do with areas that have no parent of this level: combined authorities and counties
        do not cover the country. "blank" leaves them without (nan); `find_pockets` says so of each.

    Returns
    -------
    Series of str, shape (n,)
        Parent codes, indexed by code and named after the level.

    Raises
    ------
    InputError
        If the level or vintage is not known.
    JoinError
        If a code has no parent (unless blanks are wanted), or was not in force.

    Warns
    -----
    SpatialGapsWarning
        If areas straddle several parents; it names them, with the share outside the one returned.

    Examples
    --------
    >>> parents(["E06000001", "S12000033"]).to_dict()
    {'E06000001': 'TLC', 'S12000033': 'TLM'}
    """
    check_choice(missing, ("error", "blank"), "way with missing parents")
    wanted = pd.Index(list(codes), name="code")
    covered = wanted.unique()
    if missing == "blank":
        # Every area in force lies in a region: a code that does not is an error all the same.
        parent_shares(covered, "region", vintage)
        own = _own_level(covered)
        at = vintage if parent_vintage is None else parent_vintage
        covered = covered[covered.isin(_shares(own, vintage, find_level(level).key, at).index)]
    shares = parent_shares(covered, level, vintage, parent_vintage=parent_vintage)
    largest = main_parent(shares, covered)
    straddling = largest[largest["share"] < 1]
    if len(straddling):
        named = [
            f"{code} {share:.0%} in {parent}"
            for code, parent, share in straddling.itertuples(name=None)
        ]
        warnings.warn(
            f"{len(straddling)} areas straddle several areas of level {level} and are counted "
            f"whole to the one with most of their people: {first_of(named)}. "
            "Use parent_shares() to split them.",
            SpatialGapsWarning,
            stacklevel=2,
        )
    return largest["parent"].reindex(wanted).rename(find_level(level).key)


def parent_shares(
    codes: Codes, level: str = "itl3", vintage: int = 2023, *, parent_vintage: int | None = None
) -> pd.Series[Any]:
    """Return the share of each area's people in each of its parents.

    Parameters
    ----------
    codes : Index, sequence or Series of str, length n
        Codes of one level, each once; the values of a Series are the codes.
    level : str
        Level of the parents, as for `parents`.
    vintage : int
        Year of the areas.
    parent_vintage : int, optional
        Year of the parents, as for `parents`.

    Returns
    -------
    Series of float
        On (code, parent), in the order of `codes`; sums to 1 per code.

    Raises
    ------
    InputError
        If the level or vintage is not known.
    JoinError
        If codes repeat, or a code has no parent.

    Examples
    --------
    >>> parent_shares(["E06000063"]).round(3).to_dict()
    {('E06000063', 'TLD11'): 0.597, ('E06000063', 'TLD12'): 0.403}
    """
    key = find_level(level).key
    check_choice(key, PARENTS, "level of parents")
    wanted = pd.Index(list(codes), name="code")
    check_unique(wanted, "codes")
    own = _own_level(wanted)
    known = _shares(own, vintage, key, vintage if parent_vintage is None else parent_vintage)
    lacking = wanted.difference(known.index, sort=False)
    if len(lacking):
        raise JoinError(
            f"codes have no parent of level {key} in vintage {vintage}",
            offenders=describe_unknown(lacking, vintage),
            hint="Check the codes and the vintage.",
        )
    found = known.loc[wanted].set_index("parent", append=True)["share"]
    return found.rename_axis(["code", "parent"])


def region_code() -> pd.Series[Any]:
    """Return the translation between ITL 1 codes and codes of regions and countries, both ways.

    Returns
    -------
    Series of str, shape (24,)
        The other code of the same area, indexed by code. England as a whole has no ITL 1 code.

    Examples
    --------
    >>> region_code()[["TLI", "E12000007", "W92000004"]].tolist()
    ['E12000007', 'TLI', 'TLL']
    """
    both = REGIONS | {region: itl1 for itl1, region in REGIONS.items()}
    return pd.Series(both, name="region_code").rename_axis("code")


def _own_level(codes: pd.Index[Any]) -> str:
    """Return the level of the codes; the countries outside England count as regions."""
    own = detect_vintage(codes).level if len(codes) else "lad"
    return "region" if own == "country" else own


@cache
def _shares(own: str, vintage: int, level: str, parent_vintage: int) -> pd.DataFrame:
    """Return parent and share, indexed by code of level `own`; sorted, not to be changed."""
    if TIERS.index(own) >= TIERS.index(level):
        raise InputError(f"areas of level {own} do not lie in areas of level {level}")
    return shares_between(own, vintage, level, parent_vintage).set_index("code")
