"""Packaged facts on which areas share a border, for every level that they are known of."""

from __future__ import annotations

import pandas as pd

from spatial_gaps.geography.facts import table
from spatial_gaps.geography.pieces import upper_tier_of


def shared_borders(level: str) -> pd.DataFrame:
    """Return the pairs of areas that share a border, in every packaged vintage of a level.

    Parameters
    ----------
    level : str
        Key of a level: lad, itl3, itl2 or itl1 from their own layers; utla from the borders of the
        districts that its areas are made of.

    Returns
    -------
    DataFrame
        One row per vintage and pair: vintage, a, b (a < b), border_m (0 where they meet in points
        only) and source, the official layer; empty if none is packaged.

    Examples
    --------
    >>> int((shared_borders("lad")["vintage"] == 2023).sum())
    906
    """
    facts = table("neighbours")
    if level != "utla":
        return facts[facts["level"] == level].drop(columns="level")
    lads = facts[facts["level"] == "lad"].drop(columns="level")
    years = [int(year) for year in lads["vintage"].unique()]
    merged = [_merged(lads[lads["vintage"] == year], year) for year in years]
    return pd.concat(merged, ignore_index=True)


def _merged(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """Put districts together to upper-tier authorities, and add up the borders between them."""
    upper = upper_tier_of(year)
    pairs = rows.assign(a=rows["a"].map(upper), b=rows["b"].map(upper))
    pairs = pairs[pairs["a"] != pairs["b"]]
    pairs["a"], pairs["b"] = pairs[["a", "b"]].min(axis=1), pairs[["a", "b"]].max(axis=1)
    keys = ["vintage", "a", "b", "source"]
    return pairs.groupby(keys)["border_m"].sum().reset_index()
