"""Two variables: is one high where the other is high nearby?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_count, check_share
from spatial_gaps.locate.clusters import draws_for
from spatial_gaps.locate.local_table import moran_table, quadrants
from spatial_gaps.locate.pairs import cross_product, pairs_on_graph, shuffled_p, what_was_done
from spatial_gaps.locate.permutation import conditional_counts, two_sided
from spatial_gaps.locate.weights import Links
from spatial_gaps.measure.multiple import CORRECTIONS

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

NAN = float("nan")


@dataclass(frozen=True)
class BivariateMoran:
    """Bivariate Moran's I: one variable against the other one nearby.

    `expected` is the mean over the placements that `null` allows, `correlation` that of the two in
    place, `components` how many groups of areas hang together.
    """

    I: float  # noqa: E741
    expected: float
    p: float
    correlation: float
    null: str
    permutations: int
    seed: int
    n: int
    components: int
    islands: tuple[str, ...]
    policy: str
    status: str = ""

    def __str__(self) -> str:
        if self.status:
            return f"Bivariate Moran's I is undefined: {self.status}."
        return (
            f"Bivariate Moran's I {self.I:.3f} (expected {self.expected:.3f} by chance, "
            f"p {self.p:.2g}) over {self.n} areas, correlation in place {self.correlation:.3f}."
        )


@dataclass(frozen=True)
class LeesL:
    """Lee's L: the correlation of what surrounds areas in one variable and in the other.

    `expected` is the mean over all placements of the pairs, `correlation` that of the two in place,
    `components` how many groups of areas hang together.
    """

    L: float
    expected: float
    p: float
    correlation: float
    permutations: int
    seed: int
    n: int
    components: int
    islands: tuple[str, ...]
    policy: str
    status: str = ""

    def __str__(self) -> str:
        if self.status:
            return f"Lee's L is undefined: {self.status}."
        return (
            f"Lee's L {self.L:.3f} (expected {self.expected:.3f} by chance, p {self.p:.2g}) over "
            f"{self.n} areas, correlation in place {self.correlation:.3f}."
        )


def bivariate_moran(
    values: pd.Series,
    lagged: pd.Series,
    graph: GraphLike,
    *,
    permutations: int = 9999,
    seed: int = 0,
    null: str = "pairs",
    policy: str = "drop",
    transform: str = "row",
    within_components: bool = False,
    workers: int = 1,
) -> BivariateMoran:
    """Measure whether one variable goes with another one in the areas around.

    ``I_xy = n / S0 * sum_i zx_i sum_j w_ij zy_j / sqrt(sum_i zx_i^2 sum_i zy_i^2)``, z the deviation
    from the mean; y is lagged, and I_xy is not I_yx.

    Parameters
    ----------
    values, lagged : Series, shape (n,)
        One figure per area, indexed by code; `lagged` is the one looked at in the neighbours. An
        area that lacks either is taken out first.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency).
    permutations : int
        Draws for p; 0 for none.
    seed : int
        Seed of the draws: one seed, one answer, for any number of workers.
    null : {"pairs", "lagged"}
        What is shuffled: the areas with both their figures, so that the correlation in place stays
        as it is, or `lagged` against `values` (GeoDa, spdep), which breaks it.
    policy : {"drop", "keep"}
        Whether areas without a neighbour leave everything.
    transform : {"row", "binary", "given"}
        Weights per row sum to 1, are all 1, or stay as given.
    within_components : bool
        Shuffle only among areas that hang together.
    workers : int
        Threads.

    Returns
    -------
    BivariateMoran
        With a two-sided permutation p in (0, 1]. Undefined (either is constant, fewer than 3
        areas, no links): nan, with `status` in words.

    Raises
    ------
    JoinError
        If graph and values are not of the same areas, or `lagged` lacks some.
    InputError
        If an option is unknown.

    Notes
    -----
    The null of "pairs" is that areas hold their places by chance, whatever the correlation in place
    r; then the mean is ``-r / (n - 1)``. The null of "lagged" is that x and y are unrelated, in
    place too; the mean is 0. Under it, r alone makes I_xy significant: its variance is too small
    by up to one half, and at r = 0.9 noise without any pattern is found in about 15 % of tests at
    the 5 % level. Under either null I_xy confounds two things: two variables that correlate in
    place, each of them like its neighbours, have a large I_xy without any influence across
    borders. Compare with r, and with `lees_l`, whose parts tell them apart.

    References
    ----------
    Wartenberg (1985), Multivariate spatial correlation; Lee (2001), Developing a bivariate spatial
    association measure.

    Examples
    --------
    Four areas in a row, the outer ones high in one variable, the inner ones in the other.

    >>> row = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")]
    >>> graph = pd.Series(1, index=pd.MultiIndex.from_tuples(row))
    >>> outer, inner = pd.Series([1, 0, 0, 1], list("abcd")), pd.Series([0, 1, 1, 0], list("abcd"))
    >>> found = bivariate_moran(outer, inner, graph)
    >>> round(found.I, 9), round(found.correlation, 9), round(found.expected, 9)
    (0.5, -1.0, 0.333333333)
    """
    check_choice(null, ("pairs", "lagged"), "null of bivariate Moran")
    check_count(workers, "workers", 1)
    placed, z, status = pairs_on_graph(values, lagged, "lagged", graph, policy, transform)
    fixed = what_was_done(placed, permutations, seed, policy)
    if status:
        return BivariateMoran(NAN, NAN, NAN, NAN, null, status=status, **fixed)
    x, y = z.T
    matrix = placed.links.matrix()
    strata = placed.links.components() if within_components else None
    if null == "pairs":
        p = shuffled_p(z, partial(cross_product, matrix), permutations, seed, workers, strata)
    else:
        p = shuffled_p(y, partial(np.matmul, matrix.T @ x), permutations, seed, workers, strata)
    r = float(x @ y / len(z))
    return BivariateMoran(
        I=float(x @ (matrix @ y)) / placed.links.sums()[0],
        expected=-r / (len(z) - 1) if null == "pairs" else 0.0,
        p=p,
        correlation=r,
        null=null,
        **fixed,
    )


def lees_l(
    values: pd.Series,
    other: pd.Series,
    graph: GraphLike,
    *,
    permutations: int = 9999,
    seed: int = 0,
    policy: str = "drop",
    transform: str = "row",
    within_components: bool = False,
    workers: int = 1,
) -> LeesL:
    """Measure how far the surroundings of areas agree in two variables.

    ``L = n / sum_i (sum_j w_ij)^2 * sum_i (sum_j w_ij zx_j) (sum_j w_ij zy_j)
    / sqrt(sum_i zx_i^2 sum_i zy_i^2)``, z the deviation from the mean. It is the correlation of the
    two smoothed maps, made smaller by what smoothing takes off each.

    Parameters
    ----------
    values, other : Series, shape (n,)
        One figure per area, indexed by code; which comes first does not matter. An area that lacks
        either is taken out first.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency); an area is not among its own.
    permutations : int
        Draws for p; 0 for none.
    seed : int
        Seed of the draws: one seed, one answer, for any number of workers.
    policy : {"drop", "keep"}
        Whether areas without a neighbour leave everything.
    transform : {"row", "binary", "given"}
        Weights per row sum to 1, are all 1, or stay as given.
    within_components : bool
        Shuffle only among areas that hang together.
    workers : int
        Threads.

    Returns
    -------
    LeesL
        With a two-sided permutation p in (0, 1] and the mean over all placements of the pairs,
        ``r (n T - 1) / (n - 1)`` with r the correlation in place and ``T = sum_ij w_ij^2 /
        sum_i (sum_j w_ij)^2``. Undefined (either is constant, fewer than 3 areas, no links): nan,
        with `status` in words.

    Raises
    ------
    JoinError
        If graph and values are not of the same areas, or `other` lacks some.
    InputError
        If an option is unknown.

    Notes
    -----
    Areas are shuffled with both their figures, so that the correlation in place is part of the
    null: L is judged against `expected`, which has the sign of r, not against 0.

    References
    ----------
    Lee (2001), Developing a bivariate spatial association measure: an integration of Pearson's r and
    Moran's I, equation 18; Lee (2004), A generalized significance testing method.

    Examples
    --------
    Four areas in a row, the outer ones high in one variable, the inner ones in the other. The
    smoothed maps are -1, 0, 0, -1 and 1, 0, 0, 1.

    >>> row = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")]
    >>> graph = pd.Series(1, index=pd.MultiIndex.from_tuples(row))
    >>> outer, inner = pd.Series([1, 0, 0, 1], list("abcd")), pd.Series([0, 1, 1, 0], list("abcd"))
    >>> round(lees_l(outer, inner, graph).L, 9)
    -0.5
    """
    check_count(workers, "workers", 1)
    placed, z, status = pairs_on_graph(values, other, "other", graph, policy, transform)
    fixed = what_was_done(placed, permutations, seed, policy)
    if status:
        return LeesL(NAN, NAN, NAN, NAN, status=status, **fixed)
    matrix = placed.links.matrix()
    product = matrix.T @ matrix
    total = float(product.sum())
    strata = placed.links.components() if within_components else None
    n, r = len(z), float(z[:, 0] @ z[:, 1] / len(z))
    return LeesL(
        L=float(z[:, 0] @ (product @ z[:, 1])) / total,
        expected=r * (n * float((placed.links.weight**2).sum()) / total - 1) / (n - 1),
        p=shuffled_p(z, partial(cross_product, product), permutations, seed, workers, strata),
        correlation=r,
        **fixed,
    )


def local_bivariate_moran(
    values: pd.Series,
    lagged: pd.Series,
    graph: GraphLike,
    *,
    permutations: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
    correction: str = "fdr",
    policy: str = "drop",
    workers: int = 1,
) -> pd.DataFrame:
    """Say where one variable goes with another one in the areas around.

    ``I_i = zx_i sum_j w_ij zy_j``, z standardised by the n - 1 standard deviation, as in spdep and
    GeoDa, and rows of w summing to 1: the mean is ``(n - 1) / n`` times `bivariate_moran`.

    Parameters
    ----------
    values, lagged : Series, shape (n,)
        One figure per area, indexed by code; `lagged` is the one looked at in the neighbours. An
        area that lacks either is taken out first.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency).
    permutations : int, optional
        Conditional draws; by default as many as the correction needs for a lone area, at most
        99 999.
    seed : int
        Seed of the draws.
    alpha : float
        Level of the labels after correction.
    correction : {"fdr", "holm", "bonferroni", "none"}
        Over the areas that have both figures and a neighbour with both.
    policy : {"drop", "keep"}
        Whether areas without a neighbour count in means and spreads.
    workers : int
        Threads; the answer does not depend on them.

    Returns
    -------
    DataFrame
        On the index of `values`, with the columns and labels of `local_moran`. "high-low" is an area
        high in `values` among areas low in `lagged`.

    Raises
    ------
    JoinError
        If graph and values are not of the same areas, or `lagged` lacks some.
    InputError
        If an option is unknown.

    Warns
    -----
    SpatialGapsWarning
        If the draws are too few for a lone area to survive the correction.

    Notes
    -----
    The null is conditional: an area keeps both its figures, and its neighbours' figures of `lagged`
    are drawn from all other areas. Its own is never among them, so that a correlation in place is
    no evidence.

    References
    ----------
    Anselin, Syabri & Smirnov (2002), Visualizing multivariate spatial correlation with dynamically
    linked windows.

    Examples
    --------
    >>> row = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")]
    >>> graph = pd.Series(1, index=pd.MultiIndex.from_tuples(row))
    >>> outer, inner = pd.Series([1, 0, 0, 1], list("abcd")), pd.Series([0, 1, 1, 0], list("abcd"))
    >>> found = local_bivariate_moran(outer, inner, graph)
    >>> f"{found.loc['a', 'I']:.2f} {found.loc['a', 'quadrant']}"
    '0.75 high-high'
    """
    check_share(alpha, "alpha")
    check_count(seed, "the seed", 0)
    check_count(workers, "workers", 1)
    check_choice(correction, CORRECTIONS, "correction")
    placed, z, status = pairs_on_graph(values, lagged, "lagged", graph, policy, "row")
    if status:
        return moran_table(None, placed, values.index, alpha=alpha, correction=correction)
    draws = draws_for(permutations, int((placed.links.degree() > 0).sum()), alpha, correction)
    found = _local(z, placed.links)
    greater, less = conditional_counts(z[:, 1], placed.links, draws, seed, workers)
    found["p"] = two_sided(greater, less, draws)
    return moran_table(found, placed, values.index, alpha=alpha, correction=correction)


def _local(z: Array, links: Links) -> pd.DataFrame:
    """Compute statistic, moments over conditional draws and quadrant, shape (n, 5)."""
    n = len(z)
    x, y = z.T * np.sqrt((n - 1) / n)
    lag = links.matrix() @ y
    total = np.bincount(links.focal, links.weight, n)
    squares = np.bincount(links.focal, links.weight**2, n)
    # Of the other areas' y: their mean is -y / (n - 1), their variance (divisor n - 1) this.
    others = 1 - y**2 * n / (n - 1) ** 2
    expected = -x * y * total / (n - 1)
    variance = x**2 * others * (n - 1) / (n - 2) * (squares - total**2 / (n - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (x * lag - expected) / np.sqrt(variance)
    return pd.DataFrame(
        {
            "I": x * lag,
            "expected": expected,
            "variance": variance,
            "z": score,
            "quadrant": quadrants(x, lag),
        }
    )
