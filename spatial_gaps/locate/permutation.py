"""Permutation nulls: seeded by block, so that any number of workers gives the same answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from spatial_gaps.checks import Array, check_count
from spatial_gaps.locate.weights import Links

T = TypeVar("T")
BLOCK = 1000
# Blocks whose neighbours are drawn and sorted together.
TOGETHER = 50
# Areas times draws in memory at a time.
CELLS = 2**22


def two_sided(greater: np.ndarray, less: np.ndarray, draws: int) -> Array:
    """Return ``min(1, 2 (min(greater, less) + 1) / (draws + 1))``; counts include ties."""
    return np.asarray(np.minimum(1.0, 2 * (np.minimum(greater, less) + 1) / (draws + 1)))


def blocks(draws: int, seed: int) -> list[tuple[np.random.Generator, int]]:
    """Return the blocks of draws, each with its own child of the seed, and their sizes."""
    sizes = [BLOCK] * (draws // BLOCK) + ([draws % BLOCK] if draws % BLOCK else [])
    check_count(seed, "the seed", 0)
    children = np.random.SeedSequence(seed).spawn(len(sizes))
    return [
        (np.random.default_rng(child), size) for child, size in zip(children, sizes, strict=True)
    ]


def in_blocks(
    work: Callable[[np.random.Generator, int], np.ndarray], draws: int, seed: int, workers: int
) -> np.ndarray:
    """Sum `work(rng, size)` over blocks of draws."""
    return np.asarray(np.sum(in_threads(lambda task: work(*task), blocks(draws, seed), workers), 0))


def in_threads(work: Callable[[T], np.ndarray], tasks: list[T], workers: int) -> list[np.ndarray]:
    """Return what `work` makes of each task, in their order."""
    if workers <= 1:
        return [work(task) for task in tasks]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, tasks))


def global_counts(
    z: Array,
    statistic: Callable[[Array], Array],
    draws: int,
    seed: int,
    workers: int = 1,
    strata: np.ndarray | None = None,
) -> np.ndarray:
    """Count draws in which a statistic of shuffled values reaches, or falls to, the observed one.

    Parameters
    ----------
    z : ndarray, shape (n,) or (n, variables)
        Values; the rows of several variables are shuffled together.
    statistic : callable
        From values, shape (n, draws) or (n, variables, draws), to one figure per draw.
    draws, seed, workers : int
        How many, their seed, and threads, on which the answer does not depend.
    strata : ndarray of int, shape (n,), optional
        Values are shuffled among areas of the same stratum only.

    Returns
    -------
    ndarray of int, shape (2,)
        Draws >= observed, draws <= observed; draws equal but for rounding are in both.
    """
    observed = float(statistic(z[..., None])[0])
    batch = max(1, CELLS // len(z))

    def work(rng: np.random.Generator, size: int) -> np.ndarray:
        counts = np.zeros(2, int)
        for start in range(0, size, batch):
            places = _shuffled(rng, min(batch, size - start), len(z), strata)
            found = statistic(np.moveaxis(z[places], 0, -1))
            edge = 1e-10 * max(abs(observed), float(np.abs(found).max()))
            counts += [(found >= observed - edge).sum(), (found <= observed + edge).sum()]
        return counts

    return in_blocks(work, draws, seed, workers)


def _shuffled(rng: np.random.Generator, size: int, n: int, strata: np.ndarray | None) -> np.ndarray:
    """Return places in random order, shape (size, n), each within its stratum."""
    places = np.tile(np.arange(n), (size, 1))
    if strata is None:
        return rng.permuted(places, axis=1)
    for stratum in np.unique(strata):
        here = np.flatnonzero(strata == stratum)
        places[:, here] = rng.permuted(places[:, here], axis=1)
    return places


def conditional_counts(
    z: Array, links: Links, draws: int, seed: int, workers: int = 1
) -> np.ndarray:
    """Count draws in which an area's spatial lag reaches, or falls to, the observed one.

    Conditional permutation: an area keeps its own value and its neighbours are drawn from all
    others without replacement. One set of draws serves all areas and all variables: the first k of
    a random order, and where the area itself is among them, the next one instead. Each area's count
    is exact in distribution; what areas share is the seed.

    Parameters
    ----------
    z : ndarray, shape (n,) or (variables, n)
        Values.
    links : Links
        Neighbours.
    draws, seed, workers : int
        How many, their seed, and threads.

    Returns
    -------
    ndarray of int, shape (2, n) or (2, variables, n)
        Draws >= observed, draws <= observed, per area.
    """
    degree = links.degree()
    rows = z.reshape(-1, links.n)
    lags = links.lag(rows)
    edges = 1e-10 * np.maximum(np.abs(rows).max(axis=1), 1e-300)
    even = links.has_even_rows()
    if even:
        # Neighbours of equal weight: only the sum of their values matters.
        lags = lags * (degree / links.row_sums())
    each = blocks(draws, seed)

    def work(some: list[tuple[np.random.Generator, int]]) -> np.ndarray:
        deepest = int(degree.max()) + 1
        order = np.concatenate(
            [first_of_random_order(rng, size, links.n, deepest) for rng, size in some]
        )
        count = (
            partial(_count_even, _Prefixes.of(order, degree))
            if even
            else partial(_count_any, links, order)
        )
        return np.stack([count(*task) for task in zip(rows, lags, edges, strict=True)], axis=1)

    together = [each[start : start + TOGETHER] for start in range(0, len(each), TOGETHER)]
    counts: np.ndarray = sum(in_threads(work, together, workers))  # type: ignore[assignment]
    return counts.reshape(2, *z.shape)


def first_of_random_order(rng: np.random.Generator, size: int, n: int, deepest: int) -> np.ndarray:
    """Draw the first `deepest` places of `size` random orders of n areas.

    Where repeats are rare, rows are drawn with replacement and those with a repeat drawn again:
    what is left is uniform over orders, at a fraction of the cost of shuffling n areas.
    """
    if deepest**2 > n:
        batch = max(1, CELLS // n)
        sizes = [min(batch, size - start) for start in range(0, size, batch)]
        parts = [_shuffled(rng, some, n, None)[:, :deepest].copy() for some in sizes]
        return np.concatenate(parts)
    order = rng.integers(n, size=(size, deepest))
    while True:
        ordered = np.sort(order, axis=1)
        again = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(again):
            return order
        order[again] = rng.integers(n, size=(len(again), deepest))


@dataclass(frozen=True)
class _Prefixes:
    """What all variables share: drawn orders, areas by number of neighbours, and swaps.

    A swap is a draw that holds an area among its own neighbours, for which the next one of the order
    stands in: `area`, and the places `before` and `after` in the prefix sums.
    """

    order: np.ndarray
    by_degree: np.ndarray
    depths: np.ndarray
    parts: list[slice]
    area: np.ndarray
    before: np.ndarray
    after: np.ndarray

    @classmethod
    def of(cls, order: np.ndarray, degree: np.ndarray) -> _Prefixes:
        by_degree = np.argsort(degree, kind="stable")
        depths, first = np.unique(degree[by_degree], return_index=True)
        ends = [*first[1:], len(degree)]
        draw, place = np.divmod(np.arange(order[:, :-1].size), order.shape[1] - 1)
        area = order[:, :-1].ravel()
        inside = place < degree[area]
        draw, area = draw[inside], area[inside]
        after = draw * order.shape[1] + degree[area]
        linked = depths > 0
        parts = [slice(*ends) for ends in zip(first[linked], np.array(ends)[linked], strict=True)]
        return cls(order, by_degree, depths[linked], parts, area, after - 1, after)


def _count_even(shared: _Prefixes, z: Array, sums: Array, edge: float) -> np.ndarray:
    """Count by prefix sums of the drawn order, sorted once per number of neighbours."""
    prefix = np.cumsum(z[shared.order], axis=1)
    ranked = np.sort(prefix.T[shared.depths - 1], axis=1)
    draws = ranked.shape[1]
    low, high = (sums + sign * edge for sign in (-1, 1))
    lows, highs = low[shared.by_degree], high[shared.by_degree]
    below, upto = np.full(len(z), draws), np.zeros(len(z), int)
    for row, part in zip(ranked, shared.parts, strict=True):
        at = np.searchsorted(row, lows[part], side="left")
        below[part] = upto[part] = at
        # Draws as large as the observed are in both counts; without ties there are hardly any.
        same = np.flatnonzero((at < draws) & (row[np.minimum(at, draws - 1)] <= highs[part]))
        if len(same):
            same += part.start
            upto[same] = np.searchsorted(row, highs[same], side="right")
    counts = np.empty((2, len(z)), int)
    counts[:, shared.by_degree] = draws - below, upto
    area = shared.area
    old, new = prefix.ravel()[shared.before], prefix.ravel()[shared.after] - z[area]
    low, high = low[area], high[area]
    more = (new >= low).astype(np.int8) - (old >= low)
    fewer = (new <= high).astype(np.int8) - (old <= high)
    for count, change in zip(counts, (more, fewer), strict=True):
        count += np.bincount(area, change, len(z)).astype(int)
    return counts


def _count_any(
    links: Links, order: np.ndarray, z: Array, observed: Array, edge: float
) -> np.ndarray:
    """Count area by area where weights differ within a row."""
    counts = np.zeros((2, len(z)), int)
    matrix = links.matrix().tocsr()
    for area in np.flatnonzero(links.degree()):
        weight = matrix.data[matrix.indptr[area] : matrix.indptr[area + 1]]
        drawn = order[:, : len(weight)].copy()
        rows, columns = np.nonzero(drawn == area)
        drawn[rows, columns] = order[rows, len(weight)]
        lag = z[drawn] @ weight
        counts[0, area] = (lag >= observed[area] - edge).sum()
        counts[1, area] = (lag <= observed[area] + edge).sum()
    return counts
