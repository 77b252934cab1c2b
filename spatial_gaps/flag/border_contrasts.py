"""Cheek by jowl: the most and the least deprived small areas as neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_count, check_share
from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.flag.small_areas import SmallAreas, small_areas
from spatial_gaps.locate.borders import unique_pairs
from spatial_gaps.locate.permutation import CELLS, in_blocks, two_sided
from spatial_gaps.locate.weights import on_graph
from spatial_gaps.measure.multiple import adjust

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

FIFTH = 0.2
# Their product says that one is among the most and the other among the least deprived.
MOST, LEAST, CONTRAST = 1, 2, 2


@dataclass(frozen=True)
class BorderContrasts:
    """Pairs of neighbours of which one is among the most and the other among the least deprived.

    `count` of the `neighbours` (pairs of neighbouring small areas) are such pairs, `expected` if
    each authority's small areas had swapped figures at random, and `p` is two-sided against that
    (nan without draws, or where none could be). `n` small areas have a figure and a neighbour,
    `islands` only the former. `pairs` lists them, the sharpest first: most and least (codes),
    parent_most, parent_least, value_most, value_least, difference, crosses (the border of an
    authority). `authorities` has a row for each: n, most, least (small areas), neighbours, count and
    expected (pairs inside it), ratio (of these two), across (such pairs over its border), p,
    p_adjusted.
    """

    count: int
    expected: float
    p: float
    neighbours: int
    n: int
    islands: tuple[str, ...]
    permutations: int
    seed: int
    pairs: pd.DataFrame
    authorities: pd.DataFrame

    def __str__(self) -> str:
        chance = f", p {self.p:.2g}" if self.p == self.p else ""
        return (
            f"In {self.count:,} of {self.neighbours:,} pairs of neighbouring small areas one is among "
            f"the most and the other among the least deprived; {self.expected:,.1f} would be had each "
            f"authority's small areas been placed at random inside it{chance}."
        )


@dataclass(frozen=True)
class _Neighbours:
    """Small areas with a neighbour, authority by authority, and pairs of places among them.

    `group` is the authority, `label` 0, MOST or LEAST; `inside` says which pairs lie in one.
    """

    codes: pd.Index
    islands: pd.Index
    group: np.ndarray
    label: np.ndarray
    pairs: np.ndarray
    inside: np.ndarray


def border_contrasts(
    values: pd.Series,
    parent: pd.Series,
    graph: GraphLike,
    *,
    higher_is: str | None,
    most: float = FIFTH,
    least: float = FIFTH,
    ranks: pd.Series | None = None,
    out_of: int | None = None,
    permutations: int = 999,
    seed: int = 0,
    workers: int = 1,
    comparable: bool = False,
) -> BorderContrasts:
    """Count neighbours of which one is among the most and the other among the least deprived.

    The null: an authority has the figures it has, and any of its small areas could have any of
    them. With m small areas, a of the most and b of the least deprived, each pair of neighbours
    inside it is a contrast with probability ``2 a b / (m (m - 1))``, and one over the border of two
    authorities with ``(a_1 b_2 + b_1 a_2) / (m_1 m_2)``. So the test is not of how
    divided an authority is, but of where its extremes lie: apart (fewer pairs) or cheek by jowl.

    Parameters
    ----------
    values : Series, shape (n,)
        Score, rate or rank of each small area of one nation, by code; missing ones are left out.
    parent : Series, shape (n,)
        Authority of each small area, by code, or shares as `parent_shares` gives them.
    graph : Graph or Series
        Neighbours of the same small areas (libpysal Graph or W, or an adjacency); a pair counts
        once, also where only one of the two links to the other.
    higher_is : {"better", "worse"}
        "worse" for scores and rates of deprivation, "better" for ranks with 1 the most deprived.
    most, least : float
        Shares of the nation's small areas at the two ends; ties are kept.
    ranks, out_of : Series and int, optional
        Published ranks, 1 for the most deprived, and how many small areas they run over.
    permutations : int
        Draws for p; 0 for none.
    seed : int
        Seed of the draws: one seed, one answer, for any number of workers.
    workers : int
        Threads.
    comparable : bool
        Let several nations stand in one ranking: for one measure that is the same in all of them.

    Returns
    -------
    BorderContrasts
        Overall, by authority, and the list of pairs. ``p = min(1, 2 (min(#>=, #<=) + 1)/(draws + 1))``;
        p_adjusted after Benjamini and Hochberg over the authorities that have both ends and a pair
        of neighbours.

    Raises
    ------
    InputError, JoinError
        As `hidden_small_areas`; or if graph and values are not of the same small areas.
    StatisticUndefined
        If a small area is at both ends, because figures do not differ enough.

    Examples
    --------
    >>> rate = pd.Series([0.5, 0.0, 0.1, 0.2, 0.2], index=list("abcde"))
    >>> town = pd.Series("town", index=rate.index)
    >>> pairs = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")]
    >>> graph = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    >>> found = border_contrasts(rate, town, graph, higher_is="worse", permutations=0)
    >>> found.count, round(found.expected, 6), found.pairs[["most", "least"]].values.tolist()
    (1, 0.4, [['a', 'b']])
    """
    check_share(most, "most")
    check_share(least, "least")
    permutations = check_count(permutations, "permutations", 0, 10_000_000)
    seed, workers = check_count(seed, "the seed", 0), check_count(workers, "workers", 1)
    areas = small_areas(
        values,
        parent,
        higher_is=higher_is,
        ranks=ranks,
        out_of=out_of,
        comparable=comparable,
    )
    beside = _beside(areas, _labels(areas, most, least), graph)
    table, across = _by_authority(areas, beside)
    p = np.full(len(table) + 1, np.nan)
    if permutations:
        p = _p(beside, len(table), permutations, seed, workers)
    told = (table["expected"] > 0).to_numpy()
    table["p"] = np.where(told, p[:-1], np.nan)
    table["p_adjusted"] = np.nan
    if permutations:
        table.loc[told, "p_adjusted"] = adjust(p[:-1][told], "fdr")
    expected = float(table["expected"].sum()) + across
    pairs = _list_pairs(areas, beside)
    return BorderContrasts(
        count=len(pairs),
        expected=expected,
        p=float(p[-1]) if expected > 0 else float("nan"),
        neighbours=len(beside.pairs),
        n=len(beside.codes),
        islands=tuple(str(code) for code in beside.islands),
        permutations=permutations,
        seed=seed,
        pairs=pairs,
        authorities=table,
    )


def _labels(areas: SmallAreas, most: float, least: float) -> pd.Series:
    """Say which end each small area is at, nan for those without a figure."""
    ends = areas.most_deprived(most), areas.least_deprived(least)
    both = ends[0] & ends[1]
    if both.any():
        raise StatisticUndefined(
            "small areas are among the most and among the least deprived",
            offenders=[f"{code} {value:g}" for code, value in zip(areas.codes[both], areas.value[both],
                                                                  strict=True)],
            hint="Too many share one figure: choose smaller shares, or a finer measure.",
        )  # fmt: skip
    label = pd.Series(np.select(ends, [MOST, LEAST], 0), index=areas.codes, dtype=float)
    return label.reindex(areas.parent.index)


def _beside(areas: SmallAreas, label: pd.Series, graph: GraphLike) -> _Neighbours:
    """Return the small areas that have a neighbour, sorted by authority and code."""
    placed = on_graph(label, graph, "keep", "binary")
    codes = placed.codes[placed.used]
    linked = np.unique(both := unique_pairs(placed.links.focal, placed.links.other))
    group = areas.group[areas.codes.get_indexer(codes)]
    order = linked[np.argsort(group[linked], kind="stable")]
    place = np.empty(len(codes), int)
    place[order] = np.arange(len(order))
    pairs = unique_pairs(*place[both].T)
    group = group[order]
    inside = group[pairs[:, 0]] == group[pairs[:, 1]]
    ends = placed.y[order].astype(np.int8)
    islands = codes.delete(linked)
    return _Neighbours(codes[order], islands, group, ends, pairs, inside)


def _by_authority(areas: SmallAreas, beside: _Neighbours) -> tuple[pd.DataFrame, float]:
    """Return the counts of each authority, and the pairs that are expected across borders."""
    k = len(areas.authorities)
    size, most, least = (
        np.bincount(beside.group[rows], minlength=k).astype(float)
        for rows in (slice(None), beside.label == MOST, beside.label == LEAST)
    )
    one, other = beside.group[beside.pairs].T
    inside, over = beside.inside, ~beside.inside
    hits = beside.label[beside.pairs].prod(axis=1) == CONTRAST
    neighbours = np.bincount(one[inside], minlength=k)
    count = np.bincount(one[inside & hits], minlength=k)
    expected = neighbours * 2 * most * least / np.maximum(size * (size - 1), 1)
    one, other, met = one[over], other[over], hits[over]
    chance = (most[one] * least[other] + least[one] * most[other]) / (size[one] * size[other])
    table = pd.DataFrame(
        {
            "n": size.astype(int),
            "most": most.astype(int),
            "least": least.astype(int),
            "neighbours": neighbours,
            "count": count,
            "expected": expected,
            "ratio": np.divide(count, expected, out=np.full(k, np.nan), where=expected > 0),
            "across": np.bincount(np.concatenate([one[met], other[met]]), minlength=k),
        },
        index=areas.authorities,
    )
    return table, float(chance.sum())


def _p(beside: _Neighbours, k: int, permutations: int, seed: int, workers: int) -> Array:
    """Return p of the pairs inside each of k authorities, and of all pairs last."""
    first = np.flatnonzero(np.diff(beside.group, prepend=-1))
    parts = [slice(*ends) for ends in zip(first, [*first[1:], len(beside.group)], strict=True)]
    mixed = [part for part in parts if np.ptp(beside.label[part]) > 0]
    within, over = beside.pairs[beside.inside], beside.pairs[~beside.inside]
    # Pairs are sorted by their first place, and so by authority.
    held = np.bincount(beside.group[within[:, 0]], minlength=k)
    starts, has = (np.cumsum(held) - held)[held > 0], held > 0

    def count(label: np.ndarray) -> np.ndarray:
        found = np.zeros((len(label), k + 1), int)
        if len(within):
            hits = label[:, within[:, 0]] * label[:, within[:, 1]] == CONTRAST
            found[:, np.flatnonzero(has)] = np.add.reduceat(hits, starts, axis=1, dtype=int)
        others = label[:, over[:, 0]] * label[:, over[:, 1]] == CONTRAST
        found[:, k] = found[:, :k].sum(axis=1) + others.sum(axis=1)
        return found

    observed = count(beside.label[None])
    batch = max(1, CELLS // max(len(beside.pairs), 1))

    def work(rng: np.random.Generator, size: int) -> np.ndarray:
        counts = np.zeros((2, k + 1), int)
        for start in range(0, size, batch):
            label = np.tile(beside.label, (min(batch, size - start), 1))
            for part in mixed:
                label[:, part] = rng.permuted(label[:, part], axis=1)
            found = count(label)
            counts += [(found >= observed).sum(axis=0), (found <= observed).sum(axis=0)]
        return counts

    greater, less = in_blocks(work, permutations, seed, workers)
    return two_sided(greater, less, permutations)


def _list_pairs(areas: SmallAreas, beside: _Neighbours) -> pd.DataFrame:
    """Return the pairs with what they are and where, the sharpest contrast first."""
    hits = beside.label[beside.pairs].prod(axis=1) == CONTRAST
    one, other = beside.pairs[hits].T
    turned = beside.label[one] == LEAST
    one, other = np.where(turned, other, one), np.where(turned, one, other)
    figure = areas.value[areas.codes.get_indexer(beside.codes)]
    table = pd.DataFrame(
        {
            "most": beside.codes[one],
            "least": beside.codes[other],
            "parent_most": areas.authorities[beside.group[one]],
            "parent_least": areas.authorities[beside.group[other]],
            "value_most": figure[one],
            "value_least": figure[other],
            "difference": np.abs(figure[one] - figure[other]),
            "crosses": ~beside.inside[hits],
        }
    )
    return table.sort_values(
        ["difference", "most", "least"], ascending=[False, True, True], ignore_index=True
    )
