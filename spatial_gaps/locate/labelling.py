"""One table for every local statistic: p adjusted for the number of tests, and labels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array
from spatial_gaps.locate.clusters import adjust
from spatial_gaps.locate.weights import OnGraph

NUMBERS = ("I", "expected", "variance", "z", "p", "p_adjusted")


def quadrants(own: Array, around: Array) -> list[str]:
    """Return "high-low" where an area is above the mean and what surrounds it is not, and so on."""
    sides = np.where(own > 0, "high", "low"), np.where(around > 0, "high", "low")
    return [f"{first}-{second}" for first, second in zip(*sides, strict=True)]


def labelled(
    index: pd.Index, placed: OnGraph, found: pd.DataFrame | None, alpha: float, correction: str
) -> pd.DataFrame:
    """Label areas, those without a figure or a neighbour too, in the order of `index`.

    Parameters
    ----------
    index : Index, shape (n,)
        Codes as the caller gave them.
    placed : OnGraph
        The same areas on their graph.
    found : DataFrame, or None
        I, expected, variance, z, p and quadrant of the areas used, in their order; None where the
        statistic is undefined.
    alpha : float
        Level of the labels.
    correction : {"fdr", "bonferroni", "none"}
        Over the areas used that have a neighbour.

    Returns
    -------
    DataFrame
        I, expected, variance, z, p, p_adjusted, quadrant, cluster.
    """
    table = pd.DataFrame(np.nan, index=placed.codes, columns=list(NUMBERS))
    table["quadrant"] = ""
    tested = placed.links.degree() > 0
    linked = np.zeros(len(placed.codes), bool)
    linked[placed.used] = tested
    table["cluster"] = np.where(placed.missing | linked, "undefined", "no neighbours")
    if found is not None:
        rows = found[tested].set_axis(placed.codes[placed.used][tested])
        rows["p_adjusted"] = adjust(rows["p"].to_numpy(), correction)
        rows["cluster"] = rows["quadrant"].where(rows["p_adjusted"] <= alpha, "not significant")
        table.loc[rows.index, rows.columns] = rows
    table.index.name = index.name
    return table.reindex(index)
