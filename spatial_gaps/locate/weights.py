"""Values on a graph: aligned by code, missing areas taken out, islands under a named policy."""

from __future__ import annotations

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
        return bool(np.allclose(self.weight, even, rtol=1e-12, atol=0))

    def standardised(self) -> Links:
        """Return weights that sum to 1 in every row that has any."""
        return Links(self.n, self.focal, self.other, self.weight / self.row_sums()[self.focal])

    def components(self) -> np.ndarray:
        """Return the number of the component that each area hangs together with, shape (n,)."""
        from scipy.sparse.csgraph import connected_components

        return np.asarray(connected_components(self.matrix(), directed=False)[1])

    def only(self, keep: np.ndarray) -> Links:
        """Return the links among the areas kept, renumbered."""
        place = np.cumsum(keep) - 1
        inside = keep[self.focal] & keep[self.other]
        return Links(
            int(keep.sum()),
            place[self.focal[inside]],
            place[self.other[inside]],
            self.weight[inside],
        )

    def sums(self) -> tuple[float, float, float]:
        """Return S0, S1 and S2 of Cliff and Ord."""
        matrix = self.matrix()
        both = matrix + matrix.T
        columns = np.bincount(self.other, self.weight, self.n)
        rows = np.bincount(self.focal, self.weight, self.n)
        return (
            float(matrix.sum()),
            float((both.data**2).sum() / 2),
            float(((rows + columns) ** 2).sum()),
        )


@dataclass(frozen=True)
class OnGraph:
    """Values with their links: `codes` of every area, and which of them are used.

    `y` and `links` belong to the areas in `used`; `alone` have a value but no neighbour with one.
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
    check_choice(policy, POLICIES, "islands policy of the statistic")
    check_choice(transform, ("row", "binary", "given"), "transform")
    if not isinstance(values, pd.Series):
        raise InputError("values have to be a Series indexed by area code")
    check_unique(values.index, "values")
    links = _adjacency(graph)
    ids = links.index.get_level_values(0).unique()
    strange = ids.symmetric_difference(values.index)
    if len(strange):
        raise JoinError(
            "the graph and the values are not of the same areas",
            offenders=[str(code) for code in strange],
            hint="Build the graph from the areas that the values belong to.",
        )
    order = np.argsort(values.index.to_numpy(), kind="stable")
    codes = values.index[order]
    y = as_floats(values.iloc[order], "values")
    held = links[links != 0]
    every = Links(
        len(codes),
        codes.get_indexer(held.index.get_level_values(0)),
        codes.get_indexer(held.index.get_level_values(1)),
        np.ones(len(held)) if transform == "binary" else held.to_numpy(float),
    )
    every = Links(*_without_self(every))
    missing = np.isnan(y)
    within = every.only(~missing)
    alone = np.zeros(len(y), bool)
    alone[~missing] = within.degree() == 0
    used = ~missing & ~alone if policy == "drop" else ~missing
    kept = every.only(used)
    return OnGraph(
        codes,
        order,
        missing,
        alone,
        used,
        y[used],
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


def _without_self(links: Links) -> tuple[int, np.ndarray, np.ndarray, Array]:
    apart = links.focal != links.other
    return links.n, links.focal[apart], links.other[apart], links.weight[apart]
