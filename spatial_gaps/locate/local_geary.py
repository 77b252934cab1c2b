"""Local Geary: which areas resemble their neighbours, and which differ, in one variable or many?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats
from spatial_gaps.errors import InputError
from spatial_gaps.locate.autocorrelation import undefined
from spatial_gaps.locate.clusters import draws_for
from spatial_gaps.locate.local_table import above_rounding, check_options, local_table, scores
from spatial_gaps.locate.permutation import first_of_random_order, in_blocks, two_sided
from spatial_gaps.locate.weights import Links, OnGraph, on_graph

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

LABELS = (
    "high-high",
    "low-low",
    "other positive",
    "positive",
    "negative",
    "not significant",
    "no neighbours",
    "undefined",
)
# Areas times draws compared at a time: what stays in the cache of a core.
CELLS = 2**17


def local_geary(
    values: pd.Series | pd.DataFrame,
    graph: GraphLike,
    *,
    permutations: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
    correction: str = "fdr",
    policy: str = "drop",
    workers: int = 1,
) -> pd.DataFrame:
    """Measure how far areas lie from their neighbours, in one variable or in several at once.

    ``C_i = sum_j w_ij (z_i - z_j)^2``, rows of w summing to 1 and z standardised with the n - 1
    standard deviation, as GeoDa and spdep do (esda divides by n); for several variables the mean of
    their C_i.

    Parameters
    ----------
    values : Series, shape (n,), or DataFrame, shape (n, variables)
        Figures per area, indexed by code. An area that lacks one of several figures is missing.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency).
    permutations : int, optional
        Conditional draws; by default as many as the correction needs for a lone area, at most
        99 999. The figures of an area are drawn together.
    seed : int
        Seed of the draws.
    alpha : float
        Level of the labels after correction.
    correction : {"fdr", "holm", "bonferroni", "none"}
        Over the areas that have a figure and a neighbour with one.
    policy : {"drop", "keep"}
        Whether areas without a neighbour count in the mean and the spread.
    workers : int
        Threads; the answer does not depend on them.

    Returns
    -------
    DataFrame
        On the index of `values`: C, expected, variance (conditional randomisation), z (negative
        among alike neighbours), p (two-sided, in (0, 1]), p_adjusted, cluster (a label of
        `LABELS`). Areas more alike than by chance are "high-high", "low-low" or, where the area
        and its neighbours' mean lie on two sides of the overall mean, "other positive"; of several
        variables just "positive". Areas less alike are "negative". Areas without a neighbour are
        "no neighbours", areas without a figure "undefined", both with p nan.

    Raises
    ------
    JoinError
        If graph and values are not of the same areas.
    InputError
        If an option is unknown, or a table has no columns.

    Warns
    -----
    SpatialGapsWarning
        If the draws are too few for a lone area to survive the correction.

    References
    ----------
    Anselin (1995), Local indicators of spatial association; Anselin (2019), A local indicator of
    multivariate spatial association; Sokal, Oden & Thomson (1998) for the moments.

    Examples
    --------
    In a row a - b - c the figures 1, 2 and 3 have the standard deviation 1.

    >>> values = pd.Series([1.0, 2.0, 3.0], index=list("abc"))
    >>> pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]
    >>> row = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    >>> local_geary(values, row, permutations=999)["C"].tolist()
    [1.0, 1.0, 1.0]
    """
    check_options(alpha, correction, policy, seed, workers)
    placed, y = _on_graph(values, graph, policy)
    found = {}
    if not any(undefined(column, len(placed.links.focal)) for column in y.T):
        tests = int((placed.links.degree() > 0).sum())
        draws = draws_for(permutations, tests, alpha, correction)
        z = (y - y.mean(axis=0)) / y.std(axis=0, ddof=1)
        found = _differences(z, placed.links)
        greater, less = _counts(z, placed.links, found["C"], draws, seed, workers)
        found["p"] = two_sided(greater, less, draws)
        alike = _sides(z[:, 0], placed.links) if isinstance(values, pd.Series) else "positive"
        found["label"] = np.where(less < greater, alike, "negative")
    columns = ("C", "expected", "variance", "z", "p")
    return local_table(columns, found, placed, values.index, alpha=alpha, correction=correction)


def _on_graph(
    values: pd.Series | pd.DataFrame, graph: GraphLike, policy: str
) -> tuple[OnGraph, Array]:
    """Align one variable or several, and return them too, shape (used, variables)."""
    if not isinstance(values, pd.DataFrame):
        placed = on_graph(values, graph, policy)
        return placed, placed.y[:, None]
    if not values.shape[1]:
        raise InputError("the table of values has no columns", hint="Give at least one variable.")
    columns = [as_floats(column, f"values of {name}") for name, column in values.items()]
    y = np.column_stack(columns)
    complete = np.where(np.isnan(y).any(axis=1), np.nan, 0.0)
    placed = on_graph(pd.Series(complete, index=values.index), graph, policy)
    return placed, y[placed.order][placed.used]


def _sides(z: Array, links: Links) -> np.ndarray:
    """Name where an area and the mean of its neighbours lie."""
    lag = links.matrix() @ z
    both = (z > 0) & (lag > 0), (z < 0) & (lag < 0)
    return np.select(both, ["high-high", "low-low"], "other positive")


def _differences(z: Array, links: Links) -> dict[str, Array]:
    """Return C with its conditional moments and z.

    Given z_i, C_i is a weighted sum of squared differences drawn without replacement, so that the
    mean and the variance of those over all j but i give its moments.
    """
    n, variables = z.shape
    matrix = links.matrix().tocsr()
    focal = np.repeat(np.arange(n), np.diff(matrix.indptr))
    apart = ((z[focal] - z[matrix.indices]) ** 2).sum(axis=1)
    index = np.bincount(focal, matrix.data * apart, n)
    weight, squares = matrix.sum(axis=1), matrix.power(2).sum(axis=1)
    # The sums over j of |z_i - z_j|^2 and of its square; those of z are 0.
    own = (z**2).sum(axis=1)
    first = n * own + own.sum()
    second = n * own**2 + (own**2).sum() + 2 * own * own.sum()
    second += 4 * ((z @ (z.T @ z)) * z).sum(axis=1) - 4 * z @ (own @ z)
    mean = first / (n - 1)
    spread = above_rounding(second / (n - 1) - mean**2, mean**2)
    room = above_rounding(squares - weight**2 / (n - 1), squares)
    expected = weight * mean
    variance = spread * room * (n - 1) / (n - 2)
    return {
        "C": index / variables,
        "expected": expected / variables,
        "variance": variance / variables**2,
        "z": scores(index, expected, variance),
    }


def _counts(
    z: Array, links: Links, observed: Array, draws: int, seed: int, workers: int
) -> np.ndarray:
    """Count draws in which C_i reaches, or falls to, the observed one, shape (2, n)."""
    degree = links.degree()
    deepest = int(degree.max()) + 1
    even = links.has_even_rows()
    size = (z**2).sum(axis=1)
    total = observed * z.shape[1]
    edge = 1e-10 * (size + total)

    def work(rng: np.random.Generator, draws: int) -> np.ndarray:
        order = first_of_random_order(rng, draws, len(z), deepest)
        if not even:
            return _count_any(z, links, order, total - edge, total + edge)
        low, high = degree * (total - edge - size), degree * (total + edge - size)
        return _count_even(z, degree, order, low, high)

    return in_blocks(work, draws, seed, workers)


def _count_even(
    z: Array, degree: np.ndarray, order: np.ndarray, low: Array, high: Array
) -> np.ndarray:
    """Count by prefix sums where the k neighbours of an area weigh the same.

    ``sum_j |z_i - z_j|^2 = k |z_i|^2 - 2 z_i . sum_j z_j + sum_j |z_j|^2``: sums over the first k
    of a draw serve all areas of degree k, and limits are less the first term. An area that is among
    its first k gives way to the next one, which takes one term more: it adds nothing itself.
    """
    prefix = np.cumsum(z[order], axis=1)
    squares = np.cumsum((z[order] ** 2).sum(axis=2), axis=1)
    counts = np.zeros((2, len(z)), int)
    batch = max(1, CELLS // len(order))
    for k in np.unique(degree[degree > 0]):
        here = np.flatnonzero(degree == k)
        for part in np.split(here, range(batch, len(here), batch)):
            found = squares[:, k - 1] - 2 * z[part] @ prefix[:, k - 1].T
            counts[0, part] = np.count_nonzero(found >= low[part, None], axis=1)
            counts[1, part] = np.count_nonzero(found <= high[part, None], axis=1)
    draw, place = np.divmod(np.arange(order[:, :-1].size), order.shape[1] - 1)
    area = order[:, :-1].ravel()
    inside = place < degree[area]
    draw, area = draw[inside], area[inside]
    k, own = degree[area], z[area]
    old = squares[draw, k - 1] - 2 * (own * prefix[draw, k - 1]).sum(axis=1)
    new = squares[draw, k] - 2 * (own * prefix[draw, k]).sum(axis=1) + (own**2).sum(axis=1)
    more = (new >= low[area]).astype(int) - (old >= low[area])
    fewer = (new <= high[area]).astype(int) - (old <= high[area])
    counts[0] += np.bincount(area, more, len(z)).astype(int)
    counts[1] += np.bincount(area, fewer, len(z)).astype(int)
    return counts


def _count_any(z: Array, links: Links, order: np.ndarray, low: Array, high: Array) -> np.ndarray:
    """Count area by area where weights differ within a row."""
    counts = np.zeros((2, len(z)), int)
    matrix = links.matrix().tocsr()
    for area in np.flatnonzero(links.degree()):
        weight = matrix.data[matrix.indptr[area] : matrix.indptr[area + 1]]
        drawn = order[:, : len(weight)].copy()
        rows, columns = np.nonzero(drawn == area)
        drawn[rows, columns] = order[rows, len(weight)]
        found = ((z[drawn] - z[area]) ** 2).sum(axis=2) @ weight
        counts[0, area] = (found >= low[area]).sum()
        counts[1, area] = (found <= high[area]).sum()
    return counts
