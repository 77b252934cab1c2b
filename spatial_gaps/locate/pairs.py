"""Two variables on one graph: aligned and standardised, and shuffled with each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, align, as_floats, check_choice, check_count
from spatial_gaps.errors import InputError
from spatial_gaps.locate.autocorrelation import undefined
from spatial_gaps.locate.permutation import global_counts, two_sided
from spatial_gaps.locate.weights import OnGraph, on_graph

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from spatial_gaps.locate.weights import GraphLike


def pairs_on_graph(
    values: pd.Series, other: pd.Series, what: str, graph: GraphLike, policy: str, transform: str
) -> tuple[OnGraph, Array, str]:
    """Return both variables on the graph, mean 0 and variance 1, or why that cannot be.

    Where the status is empty, z has shape (n, 2) and rows in the order of `placed.y`.
    """
    check_choice(policy, ("drop", "keep"), "islands policy of a statistic of two variables")
    if not isinstance(values, pd.Series):
        raise InputError("values have to be a Series indexed by area code")
    index, (_, second) = align(values, other, names=(what,))
    x, y = as_floats(values, "values"), as_floats(second, what)
    placed = on_graph(pd.Series(np.where(np.isnan(y), y, x), index), graph, policy, transform)
    z = np.column_stack([placed.y, y[placed.order][placed.used]])
    for name, column in (("values", z[:, 0]), (what, z[:, 1])):
        status = undefined(column, len(placed.links.focal))
        if status:
            return placed, z, f"{status} ({name})" if "constant" in status else status
    z = z - z.mean(axis=0)
    return placed, z / np.sqrt((z**2).mean(axis=0)), ""


def what_was_done(placed: OnGraph, permutations: int, seed: int, policy: str) -> dict[str, Any]:
    """Return the fields that say what was done."""
    return {
        "permutations": check_count(permutations, "permutations", 0, 10_000_000),
        "seed": check_count(seed, "the seed", 0),
        "n": len(placed.y),
        "components": len(np.unique(placed.links.components())),
        "islands": tuple(str(code) for code in placed.codes[placed.alone]),
        "policy": policy,
    }


def cross_product(matrix: csr_array, drawn: Array) -> Array:
    """Return ``sum_ij m_ij x_i y_j`` of each draw of pairs, shape (n, 2, draws)."""
    return np.asarray(np.einsum("ij,ij->j", drawn[:, 0], matrix @ drawn[:, 1]))


def shuffled_p(
    z: Array,
    statistic: Callable[[Array], Array],
    permutations: int,
    seed: int,
    workers: int,
    strata: np.ndarray | None,
) -> float:
    """Return the two-sided p of a statistic of shuffled values or pairs; nan without draws."""
    if not permutations:
        return float("nan")
    greater, less = global_counts(z, statistic, permutations, seed, workers, strata)
    return float(two_sided(greater, less, permutations))
