"""Local G: around which areas do high figures gather, and around which low ones?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array
from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.locate.autocorrelation import undefined
from spatial_gaps.locate.clusters import draws_for
from spatial_gaps.locate.local_table import above_rounding, check_options, local_table, scores
from spatial_gaps.locate.permutation import conditional_counts, two_sided
from spatial_gaps.locate.weights import Links, OnGraph, on_graph

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

LABELS = ("hot", "cold", "not significant", "no neighbours", "undefined")


def local_g(
    values: pd.Series,
    graph: GraphLike,
    *,
    star: bool = False,
    permutations: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
    correction: str = "fdr",
    policy: str = "drop",
    transform: str = "binary",
    workers: int = 1,
) -> pd.DataFrame:
    """Find hot and cold spots: the share of the total that an area's neighbours hold.

    ``G_i = sum_j w_ij y_j / sum_j y_j`` over all j but i. The star version, Gi*, counts the area
    itself too, in both sums.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, zero or more, indexed by code; missing ones are taken out first.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency).
    star : bool
        Whether an area is among its own neighbours, with the weight of its heaviest link: 1 where
        weights are binary, 1 / (k + 1) of the row where k equal ones are standardised.
    permutations : int, optional
        Conditional draws; by default as many as the correction needs for a lone area, at most
        99 999.
    seed : int
        Seed of the draws.
    alpha : float
        Level of the labels after correction.
    correction : {"fdr", "holm", "bonferroni", "none"}
        Over the areas that have a figure and a neighbour with one.
    policy : {"drop", "keep"}
        Whether areas without a neighbour count in the total.
    transform : {"binary", "row", "given"}
        Weights are all 1, sum to 1 per row (with the area itself in the star version), or stay as
        they are.
    workers : int
        Threads; the answer does not depend on them.

    Returns
    -------
    DataFrame
        On the index of `values`: G, expected, variance, z (Ord and Getis), p (two-sided, in
        (0, 1]), p_adjusted, cluster (a label of `LABELS`). Areas without a neighbour are "no
        neighbours" in the star version too, areas without a figure "undefined", both with p nan.

    Raises
    ------
    JoinError
        If graph and values are not of the same areas.
    StatisticUndefined
        If a value is negative, or the sum that G is a share of is zero.
    InputError
        If an option is unknown.

    Warns
    -----
    SpatialGapsWarning
        If the draws are too few for a lone area to survive the correction.

    Notes
    -----
    p draws the neighbours of an area from all others, which leaves the area's own figure as it is:
    p and cluster are the same with and without star, and "hot" means hot around the area. In the
    star version z also counts the area's own figure, so it can have the other sign.

    References
    ----------
    Getis & Ord (1992); Ord & Getis (1995), Local spatial autocorrelation statistics.

    Examples
    --------
    In a row a - b - c - d, the neighbours of b hold 1 + 3 of the 1 + 3 + 4 that is not b's own.

    >>> values = pd.Series([1.0, 2.0, 3.0, 4.0], index=list("abcd"))
    >>> pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")]
    >>> row = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    >>> local_g(values, row, permutations=999)["G"].round(3).tolist()
    [0.222, 0.5, 0.857, 0.5]
    >>> local_g(values, row, permutations=999, star=True)["G"].tolist()
    [0.3, 0.6, 0.9, 0.7]
    """
    check_options(alpha, correction, policy, seed, workers)
    placed = on_graph(values, graph, policy, transform)
    _check_total(placed, star)
    found = {}
    if not undefined(placed.y, len(placed.links.focal)):
        tests = int((placed.links.degree() > 0).sum())
        draws = draws_for(permutations, tests, alpha, correction)
        centred = placed.y - placed.y.mean()
        greater, less = conditional_counts(centred, placed.links, draws, seed, workers)
        found = _shares(placed.y, placed.links, star, transform == "row")
        found["p"] = two_sided(greater, less, draws)
        found["label"] = np.where(greater < less, "hot", "cold")
    columns = ("G", "expected", "variance", "z", "p")
    return local_table(columns, found, placed, values.index, alpha=alpha, correction=correction)


def _check_total(placed: OnGraph, star: bool) -> None:
    """Refuse values of which no share can be taken, naming the areas."""
    codes, y = placed.codes[placed.used], placed.y
    if (y < 0).any():
        raise StatisticUndefined(
            "local G is a share of a total, so figures have to be zero or more",
            offenders=[
                f"{code} {value:g}" for code, value in zip(codes, y, strict=True) if value < 0
            ],
            hint="Use local_moran, which takes figures of any sign.",
        )
    lacking = codes[_totals(y, star) <= 0]
    if len(lacking):
        raise StatisticUndefined(
            f"the figures {'' if star else 'of all other areas '}sum to zero, and G is a share of it",
            offenders=[str(code) for code in lacking],
            hint="Leave these areas out, or choose a measure that is not zero nearly everywhere.",
        )


def _totals(y: Array, star: bool) -> Array:
    """Return the sum of all figures, or of all others."""
    return np.asarray(np.where(star, y.sum(), y.sum() - y))


def _shares(y: Array, links: Links, star: bool, standardise: bool) -> dict[str, Array]:
    """Return G with its moments and z, under random placement of the figures that it sums."""
    matrix = links.matrix()
    own = np.zeros(len(y))
    if star:
        np.maximum.at(own, links.focal, links.weight)
    lag, weight = matrix @ y + own * y, matrix.sum(axis=1) + own
    squares = matrix.power(2).sum(axis=1) + own**2
    if standardise:
        scale = np.where(weight > 0, weight, 1.0)
        lag, weight, squares = lag / scale, weight / scale, squares / scale**2
    n = len(y) if star else len(y) - 1
    apart = (y - y.mean()) ** 2
    left_out = 0 * apart if star else apart * len(y) / n
    spread = above_rounding(apart.sum() - left_out, apart.sum()) / n
    room = above_rounding(n * squares - weight**2, weight**2) / (n - 1)
    total = _totals(y, star)
    index, expected = lag / total, weight / n
    variance = room * spread / total**2
    z = scores(index, expected, variance)
    return {"G": index, "expected": expected, "variance": variance, "z": z}
