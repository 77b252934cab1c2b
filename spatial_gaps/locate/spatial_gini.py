"""The spatial Gini: how much of the inequality lies between neighbours, and how much further apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_count, check_values
from spatial_gaps.locate.permutation import in_blocks, two_sided
from spatial_gaps.locate.weights import Links, on_graph
from spatial_gaps.measure.inequality import gini

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike


@dataclass(frozen=True)
class SpatialGini:
    """The Gini coefficient split into pairs of neighbours and pairs of all other areas.

    `neighbours` and `others` add up to `gini`; `share` is that of `others`, `expected` its mean
    were areas placed at random, and p two-sided.
    """

    gini: float
    neighbours: float
    others: float
    share: float
    expected: float
    p: float
    permutations: int
    seed: int
    n: int
    islands: tuple[str, ...]
    policy: str
    status: str = ""

    def __str__(self) -> str:
        if self.status:
            return f"The Gini coefficient cannot be split by neighbours: {self.status}."
        p = f", p {self.p:.2g}" if self.permutations else ""
        return (
            f"{self.share:.1%} of the Gini coefficient of {self.gini:.3f} over {self.n} areas lies "
            f"between areas that are no neighbours ({self.expected:.1%} expected by chance{p})."
        )


def spatial_gini(
    values: pd.Series,
    graph: GraphLike,
    weights: pd.Series | None = None,
    *,
    permutations: int = 0,
    seed: int = 0,
    policy: str = "keep",
    workers: int = 1,
) -> SpatialGini:
    """Split the Gini coefficient into pairs of neighbours and pairs of all other areas.

    ``G = sum_ij a_ij d_ij + sum_ij (1 - a_ij) d_ij`` with ``d_ij = n_i n_j |y_i - y_j| / (2 mu)`` and
    a_ij = 1 where i links to j, else 0. The parts add up to G, and the share is of G.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, zero or more, indexed by code; missing ones are taken out first.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency). Only who links to whom counts, not
        the weights; a link one way counts half.
    weights : Series, shape (n,), optional
        People per area; equal unless given.
    permutations : int
        Draws for p, in which areas change places with their people; 0 for none.
    seed : int
        Seed of the draws: one seed, one answer, for any number of workers.
    policy : {"keep", "drop"}
        Areas without a neighbour stay, so that G is that of `gini` (all their pairs are of no
        neighbours), or leave.
    workers : int
        Threads.

    Returns
    -------
    SpatialGini
        `share` is that of the pairs that are no neighbours, between 0 and 1; `expected` is its mean
        over all placements. Above it, neighbours resemble each other. nan with `status` in words
        where all areas have the same figure.

    Raises
    ------
    JoinError
        If graph and values, or weights, are not of the same areas.
    StatisticUndefined
        If a value is negative, the mean is zero, or fewer than two values are left.

    Notes
    -----
    Time and memory grow with the number of links, not of pairs.

    References
    ----------
    Rey & Smith (2013), A spatial decomposition of the Gini coefficient.

    Examples
    --------
    >>> pay = pd.Series([1.0, 1.0, 4.0], index=["a", "b", "c"])
    >>> pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]
    >>> found = spatial_gini(pay, pd.Series(1, index=pd.MultiIndex.from_tuples(pairs)))
    >>> round(found.gini, 6), round(found.neighbours, 6), round(found.share, 6)
    (0.333333, 0.166667, 0.5)
    """
    permutations = check_count(permutations, "permutations", 0, 10_000_000)
    check_count(seed, "the seed", 0)
    check_count(workers, "workers", 1)
    check_choice(policy, ("keep", "drop"), "islands policy of the spatial Gini")
    placed = on_graph(values, graph, policy, "binary")
    used = pd.Series(placed.y, index=placed.codes[placed.used])
    total = gini(used, weights)
    _, y, n, _ = check_values(used, weights)
    first, second, times = _pairs(placed.links)
    scale = 2 * float(n @ y)
    # Rounding must not make the other part negative.
    near = min(float(_apart(y, n, first, second) @ times) / scale, total)
    share = expected = p = float("nan")
    constant = bool(np.ptp(y) <= 1e-12 * np.abs(y).max())
    if not constant:
        share = (total - near) / total
        expected = 1 - float(times.sum()) / (len(y) * (len(y) - 1))
        if permutations:
            p = _p(y, n, (first, second, times), permutations, seed, workers)
    return SpatialGini(
        gini=total,
        neighbours=near,
        others=total - near,
        share=share,
        expected=expected,
        p=p,
        permutations=permutations,
        seed=seed,
        n=len(y),
        islands=tuple(str(code) for code in placed.codes[placed.alone]),
        policy=policy,
        status="constant: all areas have the same figure" if constant else "",
    )


def _pairs(links: Links) -> tuple[np.ndarray, np.ndarray, Array]:
    """Return each pair of linked areas once, and in how many directions they link."""
    ways = np.unique(links.focal * links.n + links.other)
    focal, other = np.divmod(ways, links.n)
    low, high = np.minimum(focal, other), np.maximum(focal, other)
    keys, times = np.unique(low * links.n + high, return_counts=True)
    return *np.divmod(keys, links.n), times.astype(float)


def _apart(y: Array, n: Array, first: np.ndarray, second: np.ndarray) -> Array:
    return np.asarray(n[first] * n[second] * np.abs(y[first] - y[second]))


def _p(
    y: Array,
    n: Array,
    pairs: tuple[np.ndarray, np.ndarray, Array],
    permutations: int,
    seed: int,
    workers: int,
) -> float:
    """Return the two-sided p of the neighbours' part: G is the same for every placement."""
    first, second, times = pairs
    observed = float(_apart(y, n, first, second) @ times)
    edge = 1e-10 * abs(observed)

    def work(rng: np.random.Generator, size: int) -> np.ndarray:
        drawn = np.empty(size)
        for draw in range(size):
            place = rng.permutation(len(y))
            drawn[draw] = _apart(y, n, place[first], place[second]) @ times
        return np.array([(drawn >= observed - edge).sum(), (drawn <= observed + edge).sum()])

    greater, less = in_blocks(work, permutations, seed, workers)
    return float(two_sided(greater, less, permutations))
