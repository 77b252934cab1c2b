"""Areas and their parents as arrays, turned so that more is better and sorted by code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import (
    Array,
    align,
    as_floats,
    check_count,
    check_unique,
    check_values,
    main_parent,
)
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.locate.weights import Links, on_graph
from spatial_gaps.measure.uncertainty import complete_se

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

NOWHERE = ""


@dataclass(frozen=True)
class Places:
    """Areas with a figure, more is better.

    Attributes
    ----------
    index : Index, shape (m,)
        Codes, sorted.
    sign : float
        1 if higher is better, -1 if worse: what turned the figures.
    good, share, se : ndarray, shape (m,)
        Figures, shares of people, standard errors (zero where nothing is known of any).
    imputed : ndarray of bool, shape (m,)
        Whose standard error was filled in.
    known_se : bool
        Whether any standard error is known.
    parent : ndarray of object, shape (m,)
        Parents, "" where an area has none.
    group : ndarray of int, shape (m,)
        Number of the parent.
    nation : ndarray of int, shape (m,)
        Number of the nation within which lines are drawn; all 0 unless nations are told apart.
    nations : tuple of str
        Their labels.
    links : Links or None
        Neighbours among these areas.
    """

    index: pd.Index
    sign: float
    good: Array
    share: Array
    se: Array
    imputed: np.ndarray
    known_se: bool
    parent: np.ndarray
    group: np.ndarray
    nation: np.ndarray
    nations: tuple[str, ...]
    links: Links | None


@dataclass(frozen=True)
class Parents:
    """What each area's parent is, more is better; arrays of shape (m,).

    Attributes
    ----------
    label : ndarray of object
        The parent, or "neighbourhood".
    others : ndarray of int
        How many other areas with a figure the parent has.
    sum_others : callable
        From figures, shape (..., m), to their sums over the other areas of each one's parent.
    good, se : ndarray
        The parent's figure and its standard error: published, else derived.
    whole : ndarray
        The published figure, else the weighted mean of all its areas.
    published : ndarray of bool
        Whether it was published.
    """

    label: np.ndarray
    others: np.ndarray
    sum_others: Callable[[Array], Array]
    good: Array
    se: Array
    whole: Array
    published: np.ndarray

    def means(self, figures: Array, share: Array) -> tuple[Array, Array]:
        """Return the weighted means of each parent's areas, without and with the area itself.

        `figures` has shape (..., m); so have the results, nan where there is no other area.
        """
        sums, people = self.sum_others(figures * share), self.sum_others(share)
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = np.where(self.others > 0, sums / people, np.nan)
            whole = np.where(self.others > 0, (sums + figures * share) / (people + share), np.nan)
        return rest, whole


def place_areas(
    values: pd.Series,
    region: pd.Series,
    weights: pd.Series | None,
    se: pd.Series | None,
    nation: pd.Series | None,
    graph: GraphLike | None,
    sign: float,
) -> Places:
    """Check and align the areas; those without a figure are left out.

    Raises
    ------
    InputError, JoinError, WeightsError, StatisticUndefined
        As `find_pockets` says.
    """
    if not isinstance(values, pd.Series):
        raise InputError("values have to be a Series indexed by area code")
    values = values.sort_index()
    index, y, share, error = check_values(values, weights, se)
    complete = complete_se(y, error)
    labels = parents_of(region, index)["parent"].to_numpy()
    nations = pd.Series("", index=index) if nation is None else align(values, nation)[1][1][index]
    if nations.isna().any():
        raise JoinError("nation names none", offenders=list(index[nations.isna()]))
    number, names = pd.factorize(nations, sort=True)
    return Places(
        index,
        sign,
        sign * y,
        share,
        np.zeros(len(y)) if complete is None else complete,
        np.zeros(len(y), bool) if error is None or complete is None else np.isnan(error),
        complete is not None,
        labels,
        pd.factorize(labels, sort=True)[0],
        number,
        tuple(str(name) for name in names),
        None if graph is None else on_graph(values, graph, "keep", "binary").links,
    )


def parents_of(region: pd.Series, index: pd.Index) -> pd.DataFrame:
    """Return each area's main parent and its share; "" where the region says that there is none."""
    blank = region.index[region.isna()] if isinstance(region, pd.Series) else index[:0]
    found = main_parent(region, index.difference(blank)).reindex(index)
    found["parent"] = found["parent"].astype(object).fillna(NOWHERE)
    return found


def place_parents(
    places: Places,
    parent_values: pd.Series | None,
    parent_se: pd.Series | None,
    order: int | None,
) -> Parents:
    """Return the parents of the areas: their regions, or all areas within `order` steps.

    Raises
    ------
    InputError
        If a neighbourhood is asked for without a graph or together with published figures.
    """
    m = len(places.index)
    if order is None:
        label, group = places.parent, places.group
        others = np.where(label != NOWHERE, np.bincount(group)[group] - 1, 0)
        sum_others = _sum_others_of_group(group)
    elif places.links is None or parent_values is not None:
        raise InputError(
            "a neighbourhood needs a graph, and has no published figure",
            hint="Give graph, and leave parent_values out.",
        )
    else:
        label = np.full(m, "neighbourhood", dtype=object)
        others, sum_others = _within_steps(places.links, check_count(order, "order", 1))
    own, noise = np.full(m, np.nan), np.zeros(m)
    if parent_values is not None:
        own = _reindexed(parent_values, label, "parent_values") * places.sign
    if parent_se is not None:
        noise = np.nan_to_num(_reindexed(parent_se, label, "parent_se"))
    published = ~np.isnan(own)
    parents = Parents(label, others, sum_others, own, noise, own, published)
    rest, whole = parents.means(places.good, places.share)
    return replace(
        parents,
        # Affluent means above the line both with and without the area: taking out a poor place must
        # not lift its region over a line that the region itself does not reach.
        good=np.where(published, own, np.fmin(whole, rest)),
        se=np.where(published, noise, 0.0),
        whole=np.where(published, own, whole),
    )


def group_sums(group: np.ndarray) -> Callable[[Array], Array]:
    """Return the function from figures, shape (..., m), to the sums over each area's group."""
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))

    def sums_of(figures: Array) -> Array:
        return np.asarray(np.add.reduceat(figures[..., order], starts, axis=-1)[..., group])

    return sums_of


def _sum_others_of_group(group: np.ndarray) -> Callable[[Array], Array]:
    """Return the function that sums over the other areas of the same group."""
    sums_of = group_sums(group)
    return lambda figures: sums_of(figures) - figures


def _within_steps(links: Links, order: int) -> tuple[np.ndarray, Callable[[Array], Array]]:
    """Return how many other areas lie within so many steps of each, and what sums over them."""
    step = links.matrix()
    reached = step
    for _ in range(order - 1):
        reached = reached + reached @ step
    reached.setdiag(0)
    reached.eliminate_zeros()
    reached.data[:] = 1.0
    return np.diff(reached.indptr), lambda figures: np.ascontiguousarray((reached @ figures.T).T)


def _reindexed(figures: pd.Series, label: np.ndarray, what: str) -> Array:
    if not isinstance(figures, pd.Series):
        raise InputError(f"{what} has to be a Series indexed by parent code")
    check_unique(figures.index, what)
    return as_floats(figures.reindex(label), what)


def quantile_of(figures: Array, share: Array, at: float) -> Array:
    """Return the smallest figure whose cumulative share of people reaches `at`, along the last axis."""
    order = np.argsort(figures, axis=-1, kind="stable")
    reached = np.cumsum(share[order], axis=-1) >= at * (1 - 1e-12) * share.sum()
    first = np.argmax(reached, axis=-1)[..., None]
    return np.take_along_axis(figures, np.take_along_axis(order, first, -1), -1)[..., 0]


def percentile_of(places: Places, at: Array) -> Array:
    """Return the mid-cumulative share of people living below each of `at`, nan where it is nan."""
    order = np.argsort(places.good, kind="stable")
    ordered = places.good[order]
    people = np.concatenate([[0.0], np.cumsum(places.share[order])])
    below = people[np.searchsorted(ordered, at, side="left")]
    upto = people[np.searchsorted(ordered, at, side="right")]
    return np.where(np.isnan(at), np.nan, (below + upto) / 2)
