"""Join counts: do neighbours belong to the same class more often than chance would have it?"""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_count
from spatial_gaps.errors import InputError
from spatial_gaps.locate.autocorrelation import ROUNDING, undefined
from spatial_gaps.locate.permutation import CELLS, _shuffled, in_blocks, two_sided
from spatial_gaps.locate.weights import Links, on_graph

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

MOST_CLASSES = 50
UNLIKE = ("all", "unlike")


def join_counts(
    labels: pd.Series,
    graph: GraphLike,
    *,
    permutations: int = 9999,
    seed: int = 0,
    policy: str = "drop",
    within_components: bool = False,
    workers: int = 1,
) -> pd.DataFrame:
    """Count links between areas of each pair of classes, beside what chance would make of them.

    ``J_rs = 1/2 sum_ij w_ij`` over the links between an area of class r and one of class s, w 1 for
    each link: pairs of neighbours, where a link one way counts half.

    Parameters
    ----------
    labels : Series, shape (n,)
        Class of each area (text, bool or numbers), indexed by code; missing ones are taken out first.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency); only who links to whom counts.
    permutations : int
        Draws for p; 0 for none.
    seed : int
        Seed of the draws: one seed, one answer, for any number of workers.
    policy : {"drop", "keep"}
        Areas without a neighbour leave the numbers of their classes, or stay.
    within_components : bool
        Shuffle classes only among areas that hang together.
    workers : int
        Threads.

    Returns
    -------
    DataFrame
        Indexed by class (first, second), each pair once in the order of the classes, and
        ("all", "unlike") for links between different classes together: count, expected and
        variance (non-free sampling: the number of areas of each class is fixed), z, p (two-sided,
        in (0, 1]) and status. z is nan where all arrangements have the same count. Where nothing
        can be said (one class, fewer than 3 areas, no links) p is nan too, and status says why.

    Raises
    ------
    JoinError
        If graph and labels are not of the same areas.
    InputError
        If an option is unknown, or there are more than 50 classes.

    References
    ----------
    Cliff & Ord (1981), Spatial Processes.

    Examples
    --------
    >>> rich = pd.Series([True, True, False], index=["a", "b", "c"])
    >>> pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]
    >>> graph = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    >>> join_counts(rich, graph, permutations=0)["count"].to_dict()
    {(False, False): 0.0, (False, True): 1.0, (True, True): 1.0, ('all', 'unlike'): 1.0}
    """
    permutations = check_count(permutations, "permutations", 0, 10_000_000)
    check_count(seed, "the seed", 0)
    check_count(workers, "workers", 1)
    check_choice(policy, ("drop", "keep"), "islands policy of join counts")
    if not isinstance(labels, pd.Series):
        raise InputError("labels have to be a Series indexed by area code")
    numbers, classes = pd.factorize(labels, sort=True)
    coded = pd.Series(np.where(numbers < 0, np.nan, numbers), index=labels.index)
    placed = on_graph(coded, graph, policy, "binary")
    # Classes whose areas have all left are no classes.
    held, own = np.unique(placed.y.astype(int), return_inverse=True)
    if len(held) > MOST_CLASSES:
        raise InputError(
            f"labels have {len(held)} classes, more than {MOST_CLASSES}",
            hint="Join counts are for classes; for figures there are moran and geary.",
        )
    pairs = np.array(list(combinations_with_replacement(range(len(held)), 2)), int).reshape(-1, 2)
    named = pd.Index(classes)[held].tolist()
    index = pd.MultiIndex.from_tuples(
        [*((named[first], named[second]) for first, second in pairs), UNLIKE],
        names=["first", "second"],
    )
    count = _count(own[None], placed.links, pairs)[0]
    expected, variance = _moments(np.bincount(own), placed.links, pairs)
    table = pd.DataFrame({"count": count, "expected": expected, "variance": variance}, index=index)
    # nan where all arrangements have the same count but for rounding.
    spread = table["variance"].where(variance > ROUNDING * expected**2)
    table["z"] = (table["count"] - table["expected"]) / spread**0.5
    table["p"] = np.nan
    table["status"] = undefined(placed.y, len(placed.links.focal)).replace("figure", "class")
    if permutations and not table["status"].any():
        strata = placed.links.components() if within_components else None
        table["p"] = _p(own, placed.links, pairs, permutations, seed, workers, strata)
    return table


def _count(own: np.ndarray, links: Links, pairs: np.ndarray) -> Array:
    """Count the links of each pair of classes, unlike ones together last, for each draw.

    From classes, shape (draws, n), to counts, shape (draws, pairs + 1).
    """
    draws, k = len(own), pairs.max(initial=-1) + 1
    key = (own[:, links.focal] * k + own[:, links.other]) + k * k * np.arange(draws)[:, None]
    table = np.bincount(key.ravel(), minlength=draws * k * k).reshape(draws, k, k)
    first, second = pairs.T
    alike = first == second
    counts = table[:, first, second] + np.where(alike, 0, table[:, second, first])
    return np.column_stack([counts, counts[:, ~alike].sum(axis=1)]) / 2


def _moments(sizes: np.ndarray, links: Links, pairs: np.ndarray) -> tuple[Array, Array]:
    """Return expectation and variance of each count, unlike classes together last.

    With f = 1 for a pair of areas that counts, all that is needed is the number of ways in which f
    holds for one pair (ab), for two that share an area (ab, ac) and for two that do not (ab, cd).
    """
    n, c = float(sizes.sum()), sizes.astype(float)
    n2, n3, n4 = n * (n - 1), n * (n - 1) * (n - 2), n * (n - 1) * (n - 2) * (n - 3)
    c2, c3, c4 = c * (c - 1), c * (c - 1) * (c - 2), c * (c - 1) * (c - 2) * (c - 3)
    first, second = pairs.T
    alike, both = first == second, c[first] * c[second]
    like2 = c2.sum()
    like4 = c4.sum() + like2**2 - (c2**2).sum()
    one = np.append(np.where(alike, c2[first], 2 * both), n2 - like2)
    shared = np.append(
        np.where(alike, c3[first], both * (c[first] + c[second] - 2)),
        n3 - 2 * like2 * (n - 2) + c3.sum(),
    )
    apart = np.append(
        np.where(alike, c4[first], 4 * c2[first] * c2[second]),
        n4 - 2 * like2 * (n - 2) * (n - 3) + like4,
    )
    s0, s1, s2 = links.sums()
    # With fewer than 4 areas there are no two pairs apart: 0 of 0.
    one, shared, apart = (
        ways / max(of, 1.0) for ways, of in zip((one, shared, apart), (n2, n3, n4), strict=True)
    )
    expected = s0 * one / 2
    second_moment = (s1 * one + (s2 - 2 * s1) * shared + (s0**2 + s1 - s2) * apart) / 4
    return expected, np.maximum(second_moment - expected**2, 0.0)


def _p(
    own: np.ndarray,
    links: Links,
    pairs: np.ndarray,
    permutations: int,
    seed: int,
    workers: int,
    strata: np.ndarray | None,
) -> Array:
    """Return the two-sided p of each count; they are whole or half numbers, so ties are exact."""
    observed = _count(own[None], links, pairs)
    batch = max(1, CELLS // max(len(links.focal), 2 * len(pairs)))

    def work(rng: np.random.Generator, size: int) -> np.ndarray:
        counts: Any = 0
        for start in range(0, size, batch):
            places = _shuffled(rng, min(batch, size - start), len(own), strata)
            found = _count(own[places], links, pairs)
            counts += np.stack([(found >= observed).sum(axis=0), (found <= observed).sum(axis=0)])
        return np.asarray(counts)

    greater, less = in_blocks(work, permutations, seed, workers)
    return two_sided(greater, less, permutations)
