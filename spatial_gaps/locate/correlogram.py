"""Correlograms: how far does resemblance reach, by steps between neighbours or by metres?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_choice, check_count, check_unique
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.packaged import packaged_centroids
from spatial_gaps.locate.permutation import global_counts, two_sided
from spatial_gaps.locate.proximity import MOST_LINKS, within
from spatial_gaps.locate.touching import shapes_of
from spatial_gaps.locate.weights import Links, on_graph
from spatial_gaps.measure.multiple import CORRECTIONS, adjust

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

FIELDS = ("n", "I", "expected", "variance", "z", "p")
# What a ring is called in the table, and the positions at both ends of its links.
Ring: TypeAlias = tuple[dict[str, float], np.ndarray, np.ndarray]


def correlogram(
    values: pd.Series,
    graph: GraphLike,
    *,
    orders: int = 5,
    permutations: int = 9999,
    seed: int = 0,
    correction: str = "holm",
    policy: str = "drop",
    transform: str = "row",
    within_components: bool = False,
    workers: int = 1,
) -> pd.DataFrame:
    """Measure Moran's I between areas that are 1, 2, 3 ... steps apart.

    Neighbours of order k are those that the shortest path reaches in exactly k links; each order is
    a graph of its own, and `moran` does the rest.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code; missing ones are taken out first, and no path leads
        through them.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency); only who links to whom counts.
    orders : int
        The longest path.
    permutations, seed
        As for `moran`.
    correction : {"holm", "fdr", "bonferroni", "none"}
        Of p over the orders.
    policy : {"drop", "adjust", "keep"}
        Areas without a neighbour of an order leave that order's statistic, its mean and its shuffles
        included; only its n; or nothing.
    transform : {"row", "binary"}
        Weights per row sum to 1, or are all 1.
    within_components : bool
        Shuffle figures only among areas that hang together in the graph itself, for every order.
    workers : int
        Threads.

    Returns
    -------
    DataFrame
        One row per order: order, pairs (of areas so many steps apart), n, I, expected, variance, z,
        p, p_adjusted, status (in words where I is undefined, such as beyond the longest path).

    Raises
    ------
    JoinError
        If graph and values are not of the same areas.
    InputError
        If an option is unknown.

    References
    ----------
    Cliff & Ord (1981), Spatial Processes; Holm (1979), A simple sequentially rejective multiple
    test procedure.

    Examples
    --------
    >>> pay = pd.Series([1.0, 2.0, 3.0, 4.0], index=["a", "b", "c", "d"])
    >>> pairs = [("a", "b"), ("b", "c"), ("c", "d"), ("b", "a"), ("c", "b"), ("d", "c")]
    >>> graph = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    >>> table = correlogram(pay, graph, orders=3, transform="binary", permutations=99)
    >>> table["pairs"].tolist(), table["I"].round(3).tolist()
    ([3, 2, 1], [0.333, -0.6, nan])
    """
    check_count(orders, "orders", 1)
    check_choice(transform, ("row", "binary"), "transform")
    placed = on_graph(values, graph, "keep", "binary")
    return _table(
        pd.Series(placed.y, placed.codes[placed.used]),
        _by_steps(placed.links, orders),
        placed.links.components() if within_components else None,
        permutations=permutations,
        seed=seed,
        correction=correction,
        policy=policy,
        transform=transform,
        workers=workers,
    )


def distance_correlogram(
    values: pd.Series,
    areas: pd.DataFrame,
    *,
    bands: Sequence[float],
    permutations: int = 9999,
    seed: int = 0,
    correction: str = "holm",
    policy: str = "drop",
    transform: str = "row",
    workers: int = 1,
) -> pd.DataFrame:
    """Measure Moran's I between areas whose centroids are so many metres apart.

    Each band of distance is a graph of its own, and `moran` does the rest.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code; missing ones are taken out first.
    areas : DataFrame or GeoDataFrame
        Indexed by code, with columns `easting` and `northing` in metres, as `areas` gives them, or
        else with points or shapes; on a cartogram the centroids of the register are taken. It may
        hold more areas than `values`.
    bands : sequence of float
        Limits in metres, rising: 0, 20 000, 50 000 makes two bands. A band holds lower < distance
        <= upper; one that starts at 0 holds 0 too, as `neighbours` by distance does.
    permutations, seed
        As for `moran`.
    correction : {"holm", "fdr", "bonferroni", "none"}
        Of p over the bands.
    policy : {"drop", "adjust", "keep"}
        Areas without a neighbour in a band leave that band's statistic, its mean and its shuffles
        included; only its n; or nothing.
    transform : {"row", "binary"}
        Weights per row sum to 1, or are all 1.
    workers : int
        Threads.

    Returns
    -------
    DataFrame
        One row per band: lower, upper (metres), pairs (of areas so far apart), n, I, expected,
        variance, z, p, p_adjusted, status (in words where I is undefined).

    Raises
    ------
    JoinError
        If `areas` lacks areas that `values` has.
    InputError
        If limits do not rise, coordinates are missing, an option is unknown, or there are more than
        20 million links.

    References
    ----------
    Cliff & Ord (1981), Spatial Processes; Holm (1979), A simple sequentially rejective multiple
    test procedure.

    Examples
    --------
    >>> pay = pd.Series([1.0, 2.0, 3.0, 4.0], index=["a", "b", "c", "d"])
    >>> places = pd.DataFrame({"easting": [0, 1e3, 2e3, 3e3], "northing": 0.0}, index=pay.index)
    >>> table = distance_correlogram(
    ...     pay, places, bands=[0, 1e3, 2e3], transform="binary", permutations=99
    ... )
    >>> table["pairs"].tolist(), table["I"].round(3).tolist()
    ([3, 2], [0.333, -0.6])
    """
    check_choice(transform, ("row", "binary"), "transform")
    edges = _edges(bands)
    if not isinstance(values, pd.Series):
        raise InputError("values have to be a Series indexed by area code")
    for given, what in ((values, "values"), (areas, "areas")):
        check_unique(given.index, what)
    held = values[~np.isnan(as_floats(values, "values"))]
    return _table(
        held,
        _by_metres(_points(areas, held.index), edges),
        None,
        permutations=permutations,
        seed=seed,
        correction=correction,
        policy=policy,
        transform=transform,
        workers=workers,
    )


def _by_steps(links: Links, orders: int) -> Iterator[Ring]:
    """Yield the links of each order: to areas that so many steps reach, and fewer do not."""
    from scipy.sparse import eye_array

    step = links.matrix()
    front = seen = eye_array(links.n, format="csr")
    for order in range(1, orders + 1):
        front = front @ step
        # The number of paths does not matter, and would overflow.
        front.data[:] = 1
        front = front - front.multiply(seen)
        front.eliminate_zeros()
        if front.nnz > MOST_LINKS:
            raise InputError(
                f"order {order} makes {front.nnz:,} links, more than {MOST_LINKS:,}",
                hint="Ask for fewer orders.",
            )
        seen = seen + front
        yield {"order": order}, *front.nonzero()


def _edges(bands: Sequence[float]) -> Array:
    """Return the limits of the bands, or raise `InputError`."""
    edges = as_floats(pd.Series(bands), "limits of the bands")
    if len(edges) < 2 or not (edges[0] >= 0 and (np.diff(edges) > 0).all()):
        raise InputError(
            "limits of the bands have to be two or more rising numbers of metres",
            value=bands,
            hint="For example bands=[0, 20_000, 50_000].",
        )
    return edges


def _points(areas: pd.DataFrame, codes: pd.Index) -> Array:
    """Return the centroids of the areas in metres, shape (n, 2)."""
    lacking = codes.difference(areas.index)
    if len(lacking):
        raise JoinError(
            "areas lacks areas that values has",
            offenders=[str(code) for code in lacking],
            hint="Give the areas that the values belong to.",
        )
    areas = areas.loc[codes]
    if {"easting", "northing"} <= set(areas.columns):
        points = np.column_stack([as_floats(areas[c], c) for c in ("easting", "northing")])
        bare = np.asarray(np.isnan(points).any(axis=1))
        if bare.any():
            raise InputError(
                "areas have no easting or northing",
                offenders=[str(code) for code in codes[bare]],
                hint="Fill them in, or leave these areas out of the values.",
            )
        return points
    shapes = shapes_of(areas)
    if shapes is None:
        return packaged_centroids(codes.astype(str))
    import shapely

    return np.asarray(shapely.get_coordinates(shapely.centroid(shapes)))


def _by_metres(points: Array, edges: Array) -> Iterator[Ring]:
    """Yield the links of each band of distance, in both directions."""
    pairs = within(points, edges[-1])
    apart = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    # Centroids in one place are 0 m apart, and belong to a band that starts at 0.
    limits = np.where(edges == 0, -1.0, edges)
    for lower, upper in pairwise(limits):
        one, two = pairs[(lower < apart) & (apart <= upper)].T
        label = {"lower": max(lower, 0.0), "upper": upper}
        yield label, np.concatenate([one, two]), np.concatenate([two, one])


def _table(
    values: pd.Series,
    rings: Iterator[Ring],
    strata: np.ndarray | None,
    *,
    permutations: int,
    seed: int,
    correction: str,
    policy: str,
    transform: str,
    workers: int,
) -> pd.DataFrame:
    """Return one row of Moran's I per ring, whose positions are those in `values`."""
    permutations = check_count(permutations, "permutations", 0, 10_000_000)
    check_count(workers, "workers", 1)
    check_choice(correction, CORRECTIONS, "correction")
    n, every, rows = len(values), np.arange(len(values)), []
    for label, focal, other in rings:
        # Areas link to themselves by 0, so that those alone are in the graph too.
        ends = [values.index[np.concatenate([end, every])] for end in (focal, other)]
        weights = np.repeat([1.0, 0.0], [len(focal), n])
        graph = pd.Series(weights, index=pd.MultiIndex.from_arrays(ends))
        found = moran(values, graph, permutations=0, seed=seed, policy=policy, transform=transform)
        pairs = len(np.unique(np.minimum(focal, other) * n + np.maximum(focal, other)))
        row = label | {"pairs": pairs} | {field: getattr(found, field) for field in FIELDS}
        row |= {"p_adjusted": np.nan, "status": found.status}
        if permutations and not found.status:
            # Not by moran, whose components would be those of this ring.
            placed = on_graph(values, graph, policy, transform)
            parts = None if strata is None else strata[placed.used]
            z = placed.y - placed.y.mean()
            counts = global_counts(z, placed.links.products, permutations, seed, workers, parts)
            row["p"] = float(two_sided(counts[0], counts[1], permutations))
        rows.append(row)
    table = pd.DataFrame(rows)
    table["p_adjusted"] = _adjusted(table["p"].to_numpy(), correction)
    return table


def _adjusted(p: Array, correction: str) -> Array:
    """Adjust p for the number of tests, those left out that have none."""
    adjusted, tested = p.copy(), ~np.isnan(p)
    adjusted[tested] = adjust(p[tested], correction)
    return adjusted
