"""Global Getis-Ord G: are neighbours high together, or low together?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_count
from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.locate.autocorrelation import moments, score, undefined
from spatial_gaps.locate.permutation import global_counts, two_sided
from spatial_gaps.locate.weights import OnGraph, on_graph

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike


@dataclass(frozen=True)
class GetisOrd:
    """Global Getis-Ord G with its moments, permutation p and what was done about islands.

    Above `expected` high figures stand together, below it low ones do. `variance` is under
    randomisation, `components` how many parts of the areas hang together, and `within_components`
    whether figures were shuffled within them only.
    """

    G: float
    expected: float
    variance: float
    z: float
    p: float
    permutations: int
    seed: int
    n: int
    islands: tuple[str, ...]
    policy: str
    components: int
    within_components: bool
    status: str = ""

    def __str__(self) -> str:
        if self.status:
            return f"Getis-Ord G is undefined: {self.status}."
        p = f", p {self.p:.2g}" if self.permutations else ""
        return (
            f"Getis-Ord G {self.G:.4g} (expected {self.expected:.4g} by chance{p}) over "
            f"{self.n} areas; {len(self.islands)} without a neighbour."
        )


def getis_ord(
    values: pd.Series,
    graph: GraphLike,
    *,
    permutations: int = 9999,
    seed: int = 0,
    policy: str = "drop",
    transform: str = "binary",
    within_components: bool = False,
    workers: int = 1,
) -> GetisOrd:
    """Measure whether high figures, or low ones, stand together.

    ``G = sum_ij w_ij y_i y_j / sum_{i != j} y_i y_j``, for figures of zero or more with a true zero.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, not negative, indexed by code; missing ones are taken out first.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency).
    permutations : int
        Draws for p; 0 for none.
    seed : int
        Seed of the draws: one seed, one answer, for any number of workers.
    policy : {"drop", "keep"}
        Areas without a neighbour leave everything, or nothing.
    transform : {"binary", "row", "given"}
        Weights are all 1, sum to 1 per row, or stay as given.
    within_components : bool
        Shuffle figures only among areas that hang together.
    workers : int
        Threads.

    Returns
    -------
    GetisOrd
        With moments and z under randomisation, and a two-sided permutation p in (0, 1]. Undefined
        (constant, fewer than 3 areas, no links): nan, with `status` in words.

    Raises
    ------
    StatisticUndefined
        If a figure is negative, or fewer than two are above zero, so that all products are zero.
    JoinError
        If graph and values are not of the same areas.
    InputError
        If an option is unknown.

    Notes
    -----
    The variance is that of Getis & Ord with 6 S0^2 in B1, where the paper of 1992 prints 3 S0^2,
    written in deviations from the mean: raw fourth powers would cancel where the mean is large.

    References
    ----------
    Getis & Ord (1992), The analysis of spatial association by use of distance statistics, and the
    erratum of 1993.

    Examples
    --------
    Three areas in a row: (1 x 2 + 2 x 4) / (1 x 2 + 1 x 4 + 2 x 4), and 2 of 3 pairs are linked.

    >>> pay = pd.Series([1.0, 2.0, 4.0], index=["a", "b", "c"])
    >>> pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]
    >>> graph = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    >>> found = getis_ord(pay, graph, permutations=0)
    >>> round(found.G, 6), round(found.expected, 6)
    (0.714286, 0.666667)
    """
    permutations = check_count(permutations, "permutations", 0, 10_000_000)
    check_count(seed, "the seed", 0)
    check_count(workers, "workers", 1)
    check_choice(policy, ("drop", "keep"), "islands policy of Getis-Ord G")
    placed = on_graph(values, graph, policy, transform)
    links, n = placed.links, len(placed.y)
    _check_figures(placed)
    status = undefined(placed.y, len(links.focal))
    parts = links.components()
    index = expected = variance = z = p = float("nan")
    if not status:
        index, expected, variance, z = _moments(placed)
        if permutations:
            strata = parts if within_components else None
            shifted = placed.y - placed.y.mean()
            found = global_counts(shifted, _excess(placed), permutations, seed, workers, strata)
            p = float(two_sided(found[0], found[1], permutations))
    return GetisOrd(
        G=index,
        expected=expected,
        variance=variance,
        z=z,
        p=p,
        permutations=permutations,
        seed=seed,
        n=n,
        islands=tuple(str(code) for code in placed.codes[placed.alone]),
        policy=policy,
        components=len(np.unique(parts)),
        within_components=within_components,
        status=status,
    )


def _check_figures(placed: OnGraph) -> None:
    """Raise `StatisticUndefined` for negative figures, and where all products are zero."""
    codes = placed.codes[placed.used]
    below = placed.y < 0
    if below.any():
        named = zip(codes[below], placed.y[below], strict=True)
        raise StatisticUndefined(
            "Getis-Ord G does not exist for negative figures",
            offenders=[f"{code} {figure:g}" for code, figure in named],
            hint="Use moran or geary, which need no zero point.",
        )
    zero = placed.y == 0
    if len(zero) - zero.sum() < 2 and zero.any():
        raise StatisticUndefined(
            "Getis-Ord G needs two areas with a figure above zero, and all but one are zero",
            offenders=[str(code) for code in codes[zero]],
            hint="Leave G out for this series: there is nothing that could stand together.",
        )


def _excess(placed: OnGraph) -> Callable[[Array], Array]:
    """Return the function of shuffled deviations that differs from the numerator by a constant.

    With y = m + z the numerator is ``m^2 S0 + m t'z + z'Wz``, t the weights to and from each area;
    the constant is left out because it would drown the rest where m is large.
    """
    mean, total = placed.y.mean(), placed.links.totals()
    return lambda drawn: mean * (total @ drawn) + placed.links.products(drawn)


def _moments(placed: OnGraph) -> tuple[float, float, float, float]:
    """Return G, its expectation, its variance under randomisation, and z."""
    y, n, matrix = placed.y, len(placed.y), placed.links.matrix()
    mean, s0, total = y.mean(), matrix.sum(), placed.links.totals()
    z = y - mean
    square, cube = z @ z, (z**3).sum()
    products = n * (n - 1) * mean**2 - square
    # The variance of m t'z, twice its covariance with z'Wz, and the variance of z'Wz.
    spread = ((total - total.mean()) ** 2).sum() / (n - 1)
    scale = s0 * square / n
    variance = scale**2 * moments(z, n, placed.links)[1]
    variance += spread * mean * (mean * square - 2 * cube / (n - 2))
    excess = _excess(placed)(z[:, None])[0] + scale / (n - 1)
    return (
        float(y @ (matrix @ y) / products),
        float(s0 / (n * (n - 1))),
        float(variance / products**2),
        score(excess / scale, variance / scale**2),
    )
