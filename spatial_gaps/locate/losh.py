"""Local spatial heteroscedasticity: around which areas do figures vary much, and where little?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array
from spatial_gaps.errors import InputError
from spatial_gaps.locate.autocorrelation import undefined
from spatial_gaps.locate.clusters import draws_for
from spatial_gaps.locate.local_table import above_rounding, check_options, local_table
from spatial_gaps.locate.permutation import CELLS, in_blocks, two_sided
from spatial_gaps.locate.weights import Links, OnGraph, on_graph

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

LABELS = ("heterogeneous", "homogeneous", "not significant", "no neighbours", "undefined")


def local_heteroscedasticity(
    values: pd.Series,
    graph: GraphLike,
    *,
    a: float = 2,
    permutations: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
    correction: str = "fdr",
    workers: int = 1,
) -> pd.DataFrame:
    """Measure how much figures vary around an area (LOSH), against the average of all areas.

    ``H_i = sum_j w_ij |e_j|^a / mean_k |e_k|^a`` with ``e_j = y_j - sum_k w_jk y_k``, the distance
    from the mean of the neighbours; rows of w sum to 1 and no area is its own neighbour.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code; missing ones are taken out first, and so are areas
        without a neighbour, which have no local mean.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency).
    a : float
        Power of the residuals: 2 compares variances, 1 absolute deviations.
    permutations : int, optional
        Draws; by default as many as the correction needs for a lone area, at most 99 999.
    seed : int
        Seed of the draws.
    alpha : float
        Level of the labels after correction.
    correction : {"fdr", "holm", "bonferroni", "none"}
        Over the areas that have a figure and a neighbour with one.
    workers : int
        Threads; the answer does not depend on them.

    Returns
    -------
    DataFrame
        On the index of `values`: H, expected (1), variance, p_chi2 (nan unless a is 2), p, both
        two-sided, p_adjusted (of p), cluster (a label of `LABELS`). Areas without a neighbour are
        "no neighbours", areas without a figure "undefined", both with p nan.

    Raises
    ------
    JoinError
        If graph and values are not of the same areas.
    InputError
        If a is not positive, or an option is unknown.

    Warns
    -----
    SpatialGapsWarning
        If the draws are too few for a lone area to survive the correction.

    Notes
    -----
    For p, all figures change places and everything is computed anew, which is exact where areas
    are exchangeable. The chi-square approximation takes residuals for exchangeable, which they are
    not: neighbours share local means, and a mean of few neighbours leaves larger residuals. It is
    there to compare with other tools, whose p is its upper tail alone.

    References
    ----------
    Ord & Getis (2012), Local spatial heteroscedasticity (LOSH); Xu, Mei & Yan (2014), A note on the
    null distribution of the LOSH statistic.

    Examples
    --------
    In a ring a - b - c - d of figures 0, 0, 0, 2 the residuals are -1, 0, -1 and 2, their squares
    1, 0, 1 and 4, and the mean of those 1.5: H of a is (0 + 4) / 2 / 1.5.

    >>> values = pd.Series([0.0, 0.0, 0.0, 2.0], index=list("abcd"))
    >>> pairs = [("a", "b"), ("a", "d"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d")]
    >>> ring = pd.MultiIndex.from_tuples([*pairs, ("d", "a"), ("d", "c")])
    >>> found = local_heteroscedasticity(values, pd.Series(1.0, index=ring), permutations=999)
    >>> found["H"].round(3).tolist()
    [1.333, 0.667, 1.333, 0.667]
    """
    check_options(alpha, correction, seed=seed, workers=workers)
    if not (isinstance(a, (int, float, np.integer)) and 0 < a < np.inf):
        raise InputError("a, the power of the residuals, has to be a positive number", value=a)
    placed = _with_means(on_graph(values, graph, "drop"))
    found = {}
    if not undefined(placed.y, len(placed.links.focal)):
        z = (placed.y - placed.y.mean()) / np.ptp(placed.y)
        residuals = _residuals(z[:, None], placed.links, a)[:, 0]
        # Differing figures all equal to their local means: pieces of the graph, each constant.
        if residuals.max() > 1e-12**a:
            draws = draws_for(permutations, len(z), alpha, correction)
            found = _moments(residuals, placed.links, a)
            greater, less = _counts(z, placed.links, a, found["H"], draws, seed, workers)
            found["p"] = two_sided(greater, less, draws)
            found["label"] = np.where(greater < less, "heterogeneous", "homogeneous")
    columns = ("H", "expected", "variance", "p_chi2", "p")
    return local_table(columns, found, placed, values.index, alpha=alpha, correction=correction)


def _with_means(placed: OnGraph) -> OnGraph:
    """Leave out areas until each has a neighbour left: links of one way can take several rounds."""
    while not (linked := placed.links.degree() > 0).all():
        used = placed.used.copy()
        used[used] = linked
        links = placed.links.only(linked).standardised()
        placed = replace(placed, used=used, y=placed.y[linked], links=links)
    return placed


def _residuals(z: Array, links: Links, a: float) -> Array:
    """Return the power of the distances from local means, shape (n, draws)."""
    return np.asarray(np.abs(z - links.matrix() @ z) ** a)


def _moments(residuals: Array, links: Links, a: float) -> dict[str, Array]:
    """Return H with its moments and the two-sided p of the chi-square approximation."""
    from scipy.special import chdtr, chdtrc

    n, mean = len(residuals), residuals.mean()
    matrix = links.matrix()
    index, squares = matrix @ residuals / mean, matrix.power(2).sum(axis=1)
    spread = above_rounding((residuals**2).mean() - mean**2, mean**2)
    variance = spread / mean**2 * above_rounding(n * squares - 1, n * squares) / (n - 1)
    p = np.full(n, np.nan)
    if a == 2:
        held = variance > 0
        freedom, x = 2 / variance[held], 2 * index[held] / variance[held]
        p[held] = np.minimum(1, 2 * np.minimum(chdtr(freedom, x), chdtrc(freedom, x)))
    return {"H": index, "expected": np.ones(n), "variance": variance, "p_chi2": p}


def _counts(
    z: Array, links: Links, a: float, observed: Array, draws: int, seed: int, workers: int
) -> np.ndarray:
    """Count shuffles in which H_i reaches, or falls to, the observed one, shape (2, n)."""
    matrix = links.matrix()
    batch = max(1, CELLS // len(z))
    # H is about 1 by construction.
    low, high = observed[:, None] - 1e-10, observed[:, None] + 1e-10

    def work(rng: np.random.Generator, size: int) -> np.ndarray:
        counts = np.zeros((2, len(z)), int)
        for start in range(0, size, batch):
            shuffled = rng.permuted(np.tile(z, (min(batch, size - start), 1)), axis=1).T
            residuals = _residuals(shuffled, links, a)
            # Without residuals H is 0 / 0, which is no evidence: nan counts on both sides.
            with np.errstate(invalid="ignore"):
                found = matrix @ residuals / residuals.mean(axis=0)
            counts += [(~(found < low)).sum(axis=1), (~(found > high)).sum(axis=1)]
        return counts

    return in_blocks(work, draws, seed, workers)
