"""Rates of small populations: autocorrelation of how unusual they are, and rates made steadier."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, align, as_floats
from spatial_gaps.errors import InputError, SpatialGapsWarning, first_of
from spatial_gaps.locate.autocorrelation import moran, undefined
from spatial_gaps.locate.clusters import local_moran
from spatial_gaps.locate.pairs import shuffled_p
from spatial_gaps.locate.weights import OnGraph, on_graph

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

NAN = float("nan")


@dataclass(frozen=True)
class MoranRates:
    """Moran's I of empirical-Bayes standardised rates.

    `rate` is that of all areas together, `between` the variance of the true rates (negative where
    rates differ less than chance makes them), `floored` the areas whose variance would be negative
    and is that of chance alone; the rest is as in `Moran`.
    """

    I: float  # noqa: E741
    expected: float
    variance: float
    z: float
    p: float
    rate: float
    between: float
    floored: tuple[str, ...]
    mean_subtracted: bool
    permutations: int
    seed: int
    n: int
    components: int
    islands: tuple[str, ...]
    policy: str
    status: str = ""

    def __str__(self) -> str:
        if self.status:
            return f"Moran's I of the rates is undefined: {self.status}."
        return (
            f"Moran's I of the standardised rates {self.I:.3f} (expected {self.expected:.3f} by "
            f"chance, p {self.p:.2g}) over {self.n} areas with {self.rate:.4g} events a head."
        )


@dataclass(frozen=True)
class Standardised:
    """Standardised rates of every area that has one, by parameters of the areas used."""

    z: pd.Series
    rate: float
    between: float
    floored: tuple[str, ...]


def moran_rates(
    events: pd.Series,
    population: pd.Series,
    graph: GraphLike,
    *,
    permutations: int = 9999,
    seed: int = 0,
    policy: str = "drop",
    transform: str = "row",
    mean_subtracted: bool = True,
    within_components: bool = False,
    workers: int = 1,
) -> MoranRates:
    """Measure spatial autocorrelation of rates whose populations differ.

    Moran's I of ``z_i = (r_i - b) / sqrt(a + b / n_i)``, with r = events over population n, b the rate
    of all, and ``a = sum_i n_i (r_i - b)^2 / sum_i n_i - b / mean n`` the variance of the true rates.
    Where ``a + b / n_i`` is not positive, ``b / n_i`` stands instead.

    Parameters
    ----------
    events, population : Series, shape (n,)
        Counts per area, indexed by code. An area that lacks either is taken out first.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency).
    permutations : int
        Draws for p, which shuffle the standardised rates; 0 for none.
    seed : int
        Seed of the draws: one seed, one answer, for any number of workers.
    policy : {"drop", "adjust", "keep"}
        What becomes of areas without a neighbour, as for `moran`; those that leave are not in a and
        b either.
    transform : {"row", "binary", "given"}
        Weights per row sum to 1, are all 1, or stay as given.
    mean_subtracted : bool
        Take the mean off z, as Moran's I does; the paper does not, for it is near 0.
    within_components : bool
        Shuffle only among areas that hang together.
    workers : int
        Threads.

    Returns
    -------
    MoranRates
        With a two-sided permutation p in (0, 1]; `variance` and `z` are under randomisation, and nan
        unless `mean_subtracted`. Undefined (constant rates, fewer than 3 areas, no links): nan, with
        `status` in words.

    Raises
    ------
    JoinError
        If graph and events are not of the same areas, or `population` lacks some.
    InputError
        If a population is not positive, a number of events negative, or an option unknown.

    Warns
    -----
    SpatialGapsWarning
        If an area has more events than people.

    References
    ----------
    Assuncao & Reis (1999), A new proposal to adjust Moran's I for population density.

    Examples
    --------
    Four areas of 100 people in a row; z is -1, -1, 1, 1 times a constant.

    >>> row = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")]
    >>> graph = pd.Series(1, index=pd.MultiIndex.from_tuples(row))
    >>> ill, people = pd.Series([10, 10, 30, 30], list("abcd")), pd.Series(100, list("abcd"))
    >>> found = moran_rates(ill, people, graph)
    >>> round(found.I, 9), found.rate
    (0.5, 0.2)
    """
    made = _standardised(events, population, graph, policy)
    found = moran(
        made.z,
        graph,
        permutations=permutations if mean_subtracted else 0,
        seed=seed,
        policy=policy,
        transform=transform,
        within_components=within_components,
        workers=workers,
    )
    placed = on_graph(made.z, graph, policy, transform)
    strata = placed.links.components()
    same = ("I", "expected", "variance", "z", "p", "n", "islands", "status")
    fields = {name: getattr(found, name) for name in same}
    if not mean_subtracted and not found.status:
        index, expected, quadratic = _around_zero(placed, found.n)
        p = shuffled_p(
            placed.y, quadratic, permutations, seed, workers, strata if within_components else None
        )
        fields |= {"I": index, "expected": expected, "variance": NAN, "z": NAN, "p": p}
    return MoranRates(
        rate=made.rate,
        between=made.between,
        floored=made.floored,
        mean_subtracted=mean_subtracted,
        permutations=permutations,
        seed=seed,
        components=len(np.unique(strata)),
        policy=policy,
        **fields,
    )


def local_moran_rates(
    events: pd.Series,
    population: pd.Series,
    graph: GraphLike,
    *,
    permutations: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
    correction: str = "fdr",
    policy: str = "drop",
    workers: int = 1,
) -> pd.DataFrame:
    """Say where unusual rates cluster, when populations differ: `local_moran` of `moran_rates`' z.

    Parameters
    ----------
    events, population : Series, shape (n,)
        Counts per area, indexed by code. An area that lacks either is taken out first.
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
        Over the areas that have a rate and a neighbour with one.
    policy : {"drop", "keep"}
        Whether areas without a neighbour count in the mean, the spread, a and b.
    workers : int
        Threads; the answer does not depend on them.

    Returns
    -------
    DataFrame
        On the index of `events`, with the columns and labels of `local_moran`; their mean is
        `moran_rates`.

    Raises
    ------
    JoinError
        If graph and events are not of the same areas, or `population` lacks some.
    InputError
        If a population is not positive, a number of events negative, or an option unknown.

    Warns
    -----
    SpatialGapsWarning
        If an area has more events than people, or the draws are too few for a lone area to survive
        the correction.

    References
    ----------
    Assuncao & Reis (1999), A new proposal to adjust Moran's I for population density; Anselin (1995).

    Examples
    --------
    >>> row = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")]
    >>> graph = pd.Series(1, index=pd.MultiIndex.from_tuples(row))
    >>> ill, people = pd.Series([10, 10, 30, 30], list("abcd")), pd.Series(100, list("abcd"))
    >>> local_moran_rates(ill, people, graph)["I"].abs().round(9).tolist()
    [1.0, 0.0, 0.0, 1.0]
    """
    return local_moran(
        _standardised(events, population, graph, policy).z,
        graph,
        permutations=permutations,
        seed=seed,
        alpha=alpha,
        correction=correction,
        policy=policy,
        workers=workers,
    )


def smooth_rates(
    events: pd.Series, population: pd.Series, graph: GraphLike | None = None
) -> pd.Series:
    """Draw rates of small populations towards the rate of all areas, or of the areas around.

    ``b + a / (a + b / n_i) (r_i - b)``: empirical Bayes, with r = events over population n, b the rate
    of all, and ``a = max(0, sum_i n_i (r_i - b)^2 / sum_i n_i - b / mean n)``. With a graph, a and b
    are those of each area and its neighbours.

    Parameters
    ----------
    events, population : Series, shape (n,)
        Counts per area, indexed by code.
    graph : Graph or Series, optional
        Neighbours of the same areas (or a graph's adjacency); who links to whom, not the weights.

    Returns
    -------
    Series, shape (n,)
        Rates on the index of `events`, nan where either count is missing. With a graph, an area
        without a neighbour keeps its own rate.

    Raises
    ------
    JoinError
        If graph and events are not of the same areas, or `population` lacks some.
    InputError
        If a population is not positive, or a number of events negative.

    Warns
    -----
    SpatialGapsWarning
        If an area has more events than people.

    References
    ----------
    Marshall (1991), Mapping disease and mortality rates using empirical Bayes estimators.

    Examples
    --------
    b is 0.2 and a is 0.01 - 0.002, so that 0.008 / (0.008 + 0.002) of each difference stays.

    >>> ill, people = pd.Series([10, 30], list("ab")), pd.Series([100, 100], list("ab"))
    >>> smooth_rates(ill, people).round(9).tolist()
    [0.12, 0.28]
    """
    table = _rates(events, population)
    known = table.dropna()
    e, n, r = known.to_numpy().T
    if graph is None:
        rate, between = _rate_and_between(e, n)
        b, a = np.full(len(e), rate), np.full(len(e), between)
    else:
        links = on_graph(table["rate"], graph, "keep", "binary").links
        focal, other = np.r_[links.focal, np.arange(len(e))], np.r_[links.other, np.arange(len(e))]

        def around(each: Array) -> Array:
            return np.asarray(np.bincount(focal, each, len(e)), float)

        people = around(n[other])
        b = around(e[other]) / people
        a = around(n[other] * (r[other] - b[focal]) ** 2) / people
        a -= b * around(np.ones(len(focal))) / people
    a = np.maximum(a, 0.0)
    kept = np.divide(a, a + b / n, out=np.zeros(len(e)), where=b > 0)
    smooth = pd.Series(b + kept * (r - b), index=known.index, name="rate")
    return smooth.reindex(events.index)


def _rates(events: pd.Series, population: pd.Series) -> pd.DataFrame:
    """Return events, population and rate in the order of the codes, nan where either is missing."""
    if not isinstance(events, pd.Series):
        raise InputError("events have to be a Series indexed by area code")
    index, (_, people) = align(events, population, names=("population",))
    e, n = as_floats(events, "events"), as_floats(people, "population")
    known = ~np.isnan(e) & ~np.isnan(n)
    rules = (
        (n <= 0, "the population has to be positive wherever there is a number of events"),
        (e < 0, "events cannot be negative"),
    )
    for broken, rule in rules:
        if (known & broken).any():
            raise InputError(
                rule,
                offenders=[str(code) for code in index[known & broken]],
                hint="Put the figure right, or leave it missing so that the area is taken out.",
            )
    more = [str(code) for code in index[known & (e > n)]]
    if more:
        warnings.warn(
            f"there are more events than people in {first_of(more)}; is the population of the "
            "same areas and unit?",
            SpatialGapsWarning,
            stacklevel=4,
        )
    table = pd.DataFrame({"events": e, "population": n}, index=index)
    table[~known] = np.nan
    table["rate"] = table["events"] / table["population"]
    return table.sort_index(kind="stable")


def _rate_and_between(e: Array, n: Array) -> tuple[float, float]:
    """Return the rate of all, and the variance of the true rates, which may come out negative."""
    rate = float(e.sum() / n.sum())
    return rate, float(n @ (e / n - rate) ** 2 / n.sum() - rate / n.mean())


def _standardised(
    events: pd.Series, population: pd.Series, graph: GraphLike, policy: str
) -> Standardised:
    """Standardise all rates by a and b of the areas used; 0 where all rates are the same."""
    table = _rates(events, population)
    placed = on_graph(table["rate"], graph, policy)
    e, n, r = table.to_numpy().T
    if undefined(placed.y, len(placed.links.focal)):
        return Standardised(table["rate"] * 0.0, NAN, NAN, ())
    rate, between = _rate_and_between(e[placed.used], n[placed.used])
    floored = between + rate / n <= 0
    z = (r - rate) / np.sqrt(np.where(floored, rate / n, between + rate / n))
    names = tuple(str(code) for code in placed.codes[floored & placed.used])
    return Standardised(pd.Series(z, index=table.index), rate, between, names)


def _around_zero(placed: OnGraph, n: int) -> tuple[float, float, Callable[[Array], Array]]:
    """Return I of values that keep their mean, its mean over all placements, and how to shuffle."""
    y, matrix = placed.y, placed.links.matrix()
    total = placed.links.sums()[0]
    scale = n / (total * float(((y - y.mean()) ** 2).sum()))

    def quadratic(drawn: Array) -> Array:
        return np.asarray(np.einsum("ij,ij->j", drawn, matrix @ drawn))

    apart = (y.sum() ** 2 - y @ y) / (len(y) * (len(y) - 1))
    return scale * float(y @ (matrix @ y)), scale * total * float(apart), quadratic
