"""Local Moran: which areas stand among others like them, which stand alone, and how sure."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_count, check_share
from spatial_gaps.errors import SpatialGapsWarning
from spatial_gaps.locate.autocorrelation import undefined
from spatial_gaps.locate.permutation import conditional_counts, two_sided
from spatial_gaps.locate.weights import Links, OnGraph, on_graph
from spatial_gaps.measure.multiple import CORRECTIONS, adjust

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

LABELS = (
    "high-high",
    "low-low",
    "low-high",
    "high-low",
    "not significant",
    "no neighbours",
    "undefined",
)
UNSURE, ALONE, UNDEFINED = (
    LABELS.index(label) for label in ("not significant", "no neighbours", "undefined")
)
MEASURES = ("I", "expected", "variance", "z", "p")
MOST_DRAWS = 9_999_999


def draws_needed(tests: int, alpha: float) -> int:
    """Return how many draws let one lone area survive the correction: ``2 tests / alpha - 1``."""
    return math.ceil(2 * tests / alpha) - 1


def local_moran(
    values: pd.Series,
    graph: GraphLike,
    *,
    permutations: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
    correction: str = "fdr",
    policy: str = "drop",
    workers: int = 1,
) -> pd.DataFrame:
    """Measure local spatial autocorrelation, with labels that survive many tests.

    ``I_i = z_i sum_j w_ij z_j / (sum_k z_k^2 / n)``, rows of w summing to 1: the mean of local I is
    global I.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency).
    permutations : int, optional
        Conditional draws; by default as many as the correction needs for a lone area, at least
        9 999 and at most 9 999 999 (250 000 areas).
    seed : int
        Seed of the draws.
    alpha : float
        Level of the labels after correction.
    correction : {"fdr", "holm", "bonferroni", "none"}
        Over the areas that have a figure and a neighbour with one.
    policy : {"drop", "keep"}
        Whether areas without a neighbour count in the mean and the spread.
    workers : int
        Threads; the answer does not depend on them.

    Returns
    -------
    DataFrame
        On the index of `values`: I, expected, variance (conditional randomisation), z, p
        (two-sided, in (0, 1]), p_adjusted, quadrant, cluster (a label of `LABELS`). Areas without a
        neighbour are "no neighbours", areas without a figure "undefined", both with p nan.

    Raises
    ------
    JoinError
        If graph and values are not of the same areas.
    InputError
        If an option is unknown.

    Warns
    -----
    SpatialGapsWarning
        If the draws are too few for a lone area to survive the correction.

    References
    ----------
    Anselin (1995), Local indicators of spatial association; Sokal, Oden & Thomson (1998) for the
    moments; Benjamini & Hochberg (1995).
    """
    check_share(alpha, "alpha")
    check_count(seed, "the seed", 0)
    check_count(workers, "workers", 1)
    check_choice(correction, CORRECTIONS, "correction")
    check_choice(policy, ("drop", "keep"), "islands policy of the statistic")
    placed = on_graph(values, graph, policy)
    table = empty_table(placed)
    if not undefined(placed.y, len(placed.links.focal)):
        tested = placed.links.degree() > 0
        draws = draws_for(permutations, int(tested.sum()), alpha, correction)
        found = local_arrays(placed.y[None], placed.links, draws, seed, workers)
        place = np.flatnonzero(placed.used)[tested]
        for name in MEASURES:
            table[name][place] = found[name][0, tested]
        table["p_adjusted"][place] = adjust(table["p"][place], correction)
        table["quadrant"][place] = found["quadrant"][0, tested]
        sure = table["p_adjusted"][place] <= alpha
        table["cluster"][place] = np.where(sure, table["quadrant"][place], UNSURE)
    words = np.array([*LABELS, ""], dtype=object)
    back = np.argsort(placed.order) if (np.diff(placed.order) < 0).any() else slice(None)
    return pd.DataFrame(
        {
            name: (words[column] if column.dtype.kind == "i" else column)[back]
            for name, column in table.items()
        },
        index=values.index,
    )


def empty_table(placed: OnGraph) -> dict[str, np.ndarray]:
    """Return the columns of `local_moran` before anything is tested; words as places in `LABELS`."""
    n = len(placed.codes)
    # Without a neighbour that is used, an area has none, also where its links lead one way only.
    linked = np.zeros(n, bool)
    linked[placed.used] = placed.links.degree() > 0
    return {
        **{name: np.full(n, np.nan) for name in (*MEASURES, "p_adjusted")},
        "quadrant": np.full(n, len(LABELS)),
        "cluster": np.where(placed.missing | linked, UNDEFINED, ALONE),
    }


def draws_for(permutations: int | None, tests: int, alpha: float, correction: str) -> int:
    """Choose the number of draws, or check the given one and warn when it is too small."""
    needed = draws_needed(tests if correction != "none" else 1, alpha)
    if permutations is None:
        draws = min(max(9999, math.ceil((needed + 1) / 1000) * 1000 - 1), MOST_DRAWS)
    else:
        draws = check_count(permutations, "permutations", 1, 10_000_000)
    if draws < needed:
        warnings.warn(
            f"{draws} draws are too few for a single area among {tests} to survive the correction "
            f"({correction}) at {alpha:g}: that takes {needed}. Clusters of many areas still can.",
            SpatialGapsWarning,
            stacklevel=3,
        )
    return draws


def local_arrays(
    y: Array, links: Links, draws: int, seed: int, workers: int
) -> dict[str, np.ndarray]:
    """Compute statistic, conditional moments, permutation p and quadrant, each of the shape of `y`.

    Parameters
    ----------
    y : ndarray, shape (variables, n)
        Complete.
    links : Links
        Weights, rows summing to 1.
    draws, seed, workers : int
        As for `local_moran`.
    """
    n = links.n
    z = y - y.mean(axis=1, keepdims=True)
    spread = (z**2).sum(axis=1, keepdims=True) / n
    lag = links.lag(z)
    total = np.bincount(links.focal, links.weight, n)
    squares = np.bincount(links.focal, links.weight**2, n)
    index = z * lag / spread
    expected = -(z**2) * total / ((n - 1) * spread)
    variance = (z / spread) ** 2 * (n / (n - 2)) * (squares - total**2 / (n - 1))
    variance = variance * (spread - z**2 / (n - 1))
    greater, less = conditional_counts(z, links, draws, seed, workers)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (index - expected) / np.sqrt(variance)
    # high-high, low-low, low-high, high-low, as in LABELS.
    quadrant = np.where(z > 0, np.where(lag > 0, 0, 3), np.where(lag > 0, 2, 1))
    return {
        "I": index,
        "expected": expected,
        "variance": variance,
        "z": score,
        "p": two_sided(greater, less, draws),
        "quadrant": quadrant,
    }
