"""Permutation nulls: seeded by block, so that any number of workers gives the same answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from spatial_gaps.checks import Array
from spatial_gaps.locate.weights import Links

BLOCK = 1000
# Areas times draws in memory at a time.
CELLS = 2**22


def two_sided(greater: np.ndarray, less: np.ndarray, draws: int) -> Array:
    """Return ``min(1, 2 (min(greater, less) + 1) / (draws + 1))``; counts include ties."""
    return np.asarray(np.minimum(1.0, 2 * (np.minimum(greater, less) + 1) / (draws + 1)))


def in_blocks(
    work: Callable[[np.random.Generator, int], np.ndarray], draws: int, seed: int, workers: int
) -> np.ndarray:
    """Sum `work(rng, size)` over blocks of draws, each block with its own child of the seed."""
    sizes = [BLOCK] * (draws // BLOCK) + ([draws % BLOCK] if draws % BLOCK else [])
    children = np.random.SeedSequence(seed).spawn(len(sizes))
    tasks = [
        (np.random.default_rng(child), size) for child, size in zip(children, sizes, strict=True)
    ]
    if workers <= 1:
        return np.asarray(np.sum([work(*task) for task in tasks], axis=0))
    with ThreadPoolExecutor(workers) as pool:
        return np.asarray(np.sum(list(pool.map(lambda task: work(*task), tasks)), axis=0))


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
    others without replacement. One set of draws serves all areas: the first k of a random order,
    and where the area itself is among them, the next one instead. Each area's count is exact in
    distribution; what areas share is the seed.

    Returns
    -------
    ndarray of int, shape (2, n)
        Draws >= observed, draws <= observed, per area.
    """
    degree = links.degree()
    deepest = int(degree.max()) + 1
    observed = links.matrix() @ z
    edge = 1e-10 * max(float(np.abs(z).max()), 1e-300)
    even = links.has_even_rows()

    def work(rng: np.random.Generator, size: int) -> np.ndarray:
        order = _first_of_random_order(rng, size, len(z), deepest)
        if even:
            return _count_even(
                z, observed * np.where(even, degree / links.row_sums(), 1), degree, order, edge
            )
        return _count_any(z, observed, links, order, edge)

    return in_blocks(work, draws, seed, workers)


def _first_of_random_order(rng: np.random.Generator, size: int, n: int, deepest: int) -> np.ndarray:
    """Draw the first `deepest` places of `size` random orders of n areas.

    Where repeats are rare, rows are drawn with replacement and those with a repeat drawn again:
    what is left is uniform over orders, at a fraction of the cost of shuffling n areas.
    """
    if deepest**2 > n:
        return np.asarray(rng.permuted(np.tile(np.arange(n), (size, 1)), axis=1)[:, :deepest])
    order = rng.integers(n, size=(size, deepest))
    while True:
        ordered = np.sort(order, axis=1)
        again = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(again):
            return order
        order[again] = rng.integers(n, size=(len(again), deepest))


def _count_even(
    z: Array, sums: Array, degree: np.ndarray, order: np.ndarray, edge: float
) -> np.ndarray:
    """Count by prefix sums: neighbours of equal weight, so only their number matters."""
    prefix = np.cumsum(z[order], axis=1)
    greater, less = np.zeros(len(z), int), np.zeros(len(z), int)
    for k in np.unique(degree[degree > 0]):
        ranked = np.sort(prefix[:, k - 1])
        here = degree == k
        greater[here] = len(ranked) - np.searchsorted(ranked, sums[here] - edge, side="left")
        less[here] = np.searchsorted(ranked, sums[here] + edge, side="right")
    draw, place = np.divmod(np.arange(order[:, :-1].size), order.shape[1] - 1)
    area = order[:, :-1].ravel()
    inside = place < degree[area]
    draw, area = draw[inside], area[inside]
    old = prefix[draw, degree[area] - 1]
    new = prefix[draw, degree[area]] - z[area]
    low, high = sums[area] - edge, sums[area] + edge
    more = (new >= low).astype(int) - (old >= low)
    fewer = (new <= high).astype(int) - (old <= high)
    greater += np.bincount(area, more, len(z)).astype(int)
    less += np.bincount(area, fewer, len(z)).astype(int)
    return np.stack([greater, less])


def _count_any(
    z: Array, observed: Array, links: Links, order: np.ndarray, edge: float
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
