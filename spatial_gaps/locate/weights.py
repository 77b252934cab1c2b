"""Values on a graph: aligned by code, missing areas taken out, islands under a named policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_choice, check_unique
from spatial_gaps.errors import InputError, JoinError

if TYPE_CHECKING:
    from libpysal.graph import Graph
    from libpysal.weights import W
    from scipy.sparse import csr_array

    GraphLike: TypeAlias = Graph | W | pd.Series

POLICIES = ("drop", "adjust", "keep")


@dataclass(frozen=True)
class Links:
    """Weights between n areas as three arrays of positions; no area links to itself."""

    n: int
    focal: np.ndarray
    other: np.ndarray
    weight: Array

    def matrix(self) -> csr_array:
        """Return the weights as a sparse matrix, shape (n, n)."""
        from scipy.sparse import csr_array

        return csr_array((self.weight, (self.focal, self.other)), shape=(self.n, self.n))

    def touching(self) -> Array:
        """Return 1 for pairs of areas of which at least one links to the other, shape (n, n)."""
        linked = np.zeros((self.n, self.n))
        linked[self.focal, self.other] = 1.0
        return np.maximum(linked, linked.T)

    def lag(self, y: Array) -> Array:
        """Return the weighted sums of neighbours' values, of the shape of `y`, (..., n)."""
        return np.ascontiguousarray((self.matrix() @ y.T).T)

    def degree(self) -> np.ndarray:
        """Return the number of neighbours, shape (n,)."""
        return np.bincount(self.focal, minlength=self.n)

    def row_sums(self) -> Array:
        """Return the sum of weights of each row, 1 where there is none, shape (n,)."""
        sums = np.bincount(self.focal, self.weight, self.n)
        return np.where(sums > 0, sums, 1.0)

    def has_even_rows(self) -> bool:
        """Say whether the weights within each row are all equal."""
        even = (self.row_sums() / np.maximum(self.degree(), 1))[self.focal]
        return bool((np.abs(self.weight - even) <= 1e-12 * even).all())

    def standardised(self) -> Links:
        """Return weights that sum to 1 in every row that has any."""
        return Links(self.n, self.focal, self.other, self.weight / self.row_sums()[self.focal])

    def components(self) -> np.ndarray:
        """Return the number of the component that each area hangs together with, shape (n,)."""
        from scipy.sparse.csgraph import connected_components

        return np.asarray(connected_components(self.matrix(), directed=False)[1])

    def only(self, keep: np.ndarray) -> Links:
        """Return the links among the areas kept, renumbered."""
        if keep.all():
            return self
        place = np.cumsum(keep) - 1
        inside = keep[self.focal] & keep[self.other]
        return Links(
            int(keep.sum()),
            place[self.focal[inside]],
            place[self.other[inside]],
            self.weight[inside],
        )

    def products(self, z: Array) -> Array:
        """Return z'Wz for each column of z, from shape (n, draws) to (draws,)."""
        return np.asarray(np.einsum("ij,ij->j", z, self.matrix() @ z))

    def totals(self) -> Array:
        """Return the sum of weights from and to each area, shape (n,)."""
        rows = np.bincount(self.focal, self.weight, self.n)
        return np.asarray(rows + np.bincount(self.other, self.weight, self.n))

    def sums(self) -> tuple[float, float, float]:
        """Return S0, S1 and S2 of Cliff and Ord."""
        matrix = self.matrix()
        both = matrix + matrix.T
        return (
            float(matrix.sum()),
            float((both.data**2).sum() / 2),
            float((self.totals() ** 2).sum()),
        )


@dataclass(frozen=True)
class OnGraph:
    """Values with their links: `codes` of every area, and which of them are used.

    `y`, shape (used,) or (variables, used), and `links` belong to the areas in `used`; `alone` have
    a value but no neighbour with one.
    """

    codes: pd.Index
    order: np.ndarray
    missing: np.ndarray
    alone: np.ndarray
    used: np.ndarray
    y: Array
    links: Links


def on_graph(values: pd.Series, graph: GraphLike, policy: str, transform: str = "row") -> OnGraph:
    """Align values with a graph, in the order of the codes.

    Parameters
    ----------
    values : Series, shape (n,)
        Indexed by code; missing values are taken out before anything else, with their links.
    graph : Graph or Series
        libpysal Graph of the same areas, or its adjacency.
    policy : {"drop", "adjust", "keep"}
        Under "drop", areas without a neighbour that has a value are not used at all.
    transform : {"row", "binary", "given"}
        Weights per row sum to 1, are all 1, or stay as they are.

    Returns
    -------
    OnGraph
        Sorted by code, so that the order of rows never matters; `order` leads back.

    Raises
    ------
    JoinError
        If the graph and the values are not of the same areas.
    InputError
        If the policy is unknown, or values are not a Series.
    """
    if not isinstance(values, pd.Series):
        raise InputError("values have to be a Series indexed by area code")
    codes, order, every = _aligned(values.index, graph, policy, transform)
    y = as_floats(values.iloc[order], "values")
    return _without_missing(codes, order, every, y, policy, transform)


def columns_on_graph(
    frame: pd.DataFrame, graph: GraphLike, policy: str, transform: str = "row"
) -> Iterator[tuple[np.ndarray, OnGraph]]:
    """Align a frame with a graph, and yield together the columns that lack the same areas.

    Parameters
    ----------
    frame : DataFrame, shape (n, variables)
        Indexed by code.
    graph, policy, transform
        As for `on_graph`.

    Yields
    ------
    columns : ndarray of int, shape (some,)
        Places of the columns.
    placed : OnGraph
        With `y` of shape (some, areas used).
    """
    codes, order, every = _aligned(frame.index, graph, policy, transform)
    rows = [as_floats(frame.iloc[order, at], str(name)) for at, name in enumerate(frame.columns)]
    figures = np.array(rows).reshape(len(rows), len(codes))
    lacking: dict[bytes, list[int]] = {}
    for at, missing in enumerate(np.packbits(np.isnan(figures), axis=1)):
        lacking.setdefault(missing.tobytes(), []).append(at)
    for alike in lacking.values():
        columns = np.array(alike)
        yield columns, _without_missing(codes, order, every, figures[columns], policy, transform)


def _aligned(
    index: pd.Index, graph: GraphLike, policy: str, transform: str
) -> tuple[pd.Index, np.ndarray, Links]:
    """Return the codes in order, the order that sorts them, and the links between them."""
    check_choice(policy, POLICIES, "islands policy of the statistic")
    check_choice(transform, ("row", "binary", "given"), "transform")
    check_unique(index, "values")
    order = np.arange(len(index))
    if not index.is_monotonic_increasing:
        order = np.argsort(index.to_numpy(), kind="stable")
    codes = index[order]
    every = _links(_adjacency(graph), codes)
    if transform == "binary":
        every = Links(every.n, every.focal, every.other, np.ones(len(every.focal)))
    return codes, order, every


def _without_missing(
    codes: pd.Index, order: np.ndarray, every: Links, y: Array, policy: str, transform: str
) -> OnGraph:
    """Take out areas without a figure, all rows of `y` lacking the same, and then islands."""
    missing = np.isnan(y[0] if y.ndim == 2 else y)
    within = every.only(~missing)
    alone = np.zeros(len(codes), bool)
    alone[~missing] = within.degree() == 0
    used = ~missing & ~alone if policy == "drop" else ~missing
    kept = every.only(used)
    return OnGraph(
        codes,
        order,
        missing,
        alone,
        used,
        y[..., used],
        kept.standardised() if transform == "row" else kept,
    )


def _adjacency(graph: Any) -> pd.Series:
    """Return weights indexed by focal and neighbour; an area alone has one row, to itself, of 0."""
    links = graph if isinstance(graph, pd.Series) else getattr(graph, "adjacency", None)
    if links is None and hasattr(graph, "neighbors") and hasattr(graph, "weights"):
        rows = {
            (focal, other): weight
            for focal, others in graph.neighbors.items()
            for other, weight in zip(others or [focal], graph.weights[focal] or [0], strict=True)
        }
        links = pd.Series(rows, dtype=float)
    if not isinstance(links, pd.Series) or links.index.nlevels != 2:
        raise InputError("the graph has to be a libpysal Graph or W, or a graph's adjacency")
    return links


def _links(adjacency: pd.Series, codes: pd.Index) -> Links:
    """Return the links between areas in the order of their codes, none to itself."""
    index: Any = adjacency.index
    # Codes are looked up once per area and not once per link.
    places, unknown, named = [], [], np.zeros(len(codes), bool)
    for level, at in zip(index.levels, index.codes, strict=True):
        here = codes.get_indexer(level)
        used = np.bincount(at, minlength=len(level)) > 0
        unknown += list(level[used & (here < 0)])
        named[here[used & (here >= 0)]] = True
        places.append(here[at])
    strange = sorted({str(code) for code in (*unknown, *codes[~named])})
    if strange:
        raise JoinError(
            "the graph and the values are not of the same areas",
            offenders=strange,
            hint="Build the graph from the areas that the values belong to.",
        )
    weight = adjacency.to_numpy(float)
    apart = (weight != 0) & (places[0] != places[1])
    focal, other = places
    if not apart.all():
        focal, other, weight = focal[apart], other[apart], weight[apart]
    # In one order, so that sums of uneven weights are the same to the last bit.
    pair = focal * len(codes) + other
    if (pair[1:] < pair[:-1]).any():
        ordered = np.argsort(pair, kind="stable")
        focal, other, weight = focal[ordered], other[ordered], weight[ordered]
    return Links(len(codes), focal, other, weight)
