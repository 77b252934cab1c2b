"""The table of a local statistic: one check of its options, labels after correction, by code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_count, check_share
from spatial_gaps.locate.clusters import MEASURES
from spatial_gaps.locate.weights import OnGraph
from spatial_gaps.measure.multiple import CORRECTIONS, adjust


def check_options(
    alpha: float, correction: str, policy: str = "drop", seed: int = 0, workers: int = 1
) -> None:
    """Raise `InputError` unless the options of a local statistic are known ones."""
    check_share(alpha, "alpha")
    check_choice(correction, CORRECTIONS, "correction")
    check_choice(policy, ("drop", "keep"), "islands policy of the statistic")
    check_count(seed, "the seed", 0)
    check_count(workers, "workers", 1)


def scores(found: np.ndarray, expected: np.ndarray, variance: np.ndarray) -> Array:
    """Return z, nan where nothing can vary, shape (n,)."""
    z = np.full(len(found), np.nan)
    np.divide(found - expected, np.sqrt(variance), out=z, where=variance > 0)
    return z


def above_rounding(difference: np.ndarray, scale: np.ndarray) -> Array:
    """Return a difference of like numbers, 0 where it is no more than their rounding."""
    return np.where(difference > 1e-12 * scale, difference, 0.0)


def local_table(
    columns: Sequence[str],
    found: Mapping[str, Any],
    placed: OnGraph,
    index: pd.Index,
    *,
    alpha: float,
    correction: str,
) -> pd.DataFrame:
    """Put the figures of a local statistic on the index of its values.

    Parameters
    ----------
    columns : sequence of str
        Names of the figures, "p" among them.
    found : mapping
        An array for each of `columns`, and under "label" what an area is called if it is
        significant or, where p is nan, in any case; shape (used,). Empty if the statistic is
        undefined.
    placed : OnGraph
        What it was found for.
    index : Index, shape (n,)
        Order of the rows.
    alpha : float
        Level of the labels.
    correction : {"fdr", "holm", "bonferroni", "none"}
        Over the areas that have a p.

    Returns
    -------
    DataFrame, shape (n, columns + 2)
        With p_adjusted and cluster. Areas without a neighbour are "no neighbours", missing ones
        "undefined".
    """
    linked = placed.links.degree() > 0
    rows = np.flatnonzero(placed.used)[linked]
    table = {name: np.full(len(placed.codes), np.nan) for name in (*columns, "p_adjusted")}
    cluster = np.where(placed.missing, "undefined", "no neighbours").astype(object)
    cluster[rows] = "undefined"
    if found:
        for name in columns:
            table[name][rows] = found[name][linked]
        tested = rows[~np.isnan(table["p"][rows])]
        table["p_adjusted"][tested] = adjust(table["p"][tested], correction)
        sure = ~(table["p_adjusted"][rows] > alpha)
        cluster[rows] = np.where(sure, found["label"][linked], "not significant")
    codes = placed.codes.rename(index.name)
    return pd.DataFrame(table | {"cluster": cluster}, index=codes).reindex(index)


def moran_table(
    found: pd.DataFrame | None,
    placed: OnGraph,
    index: pd.Index,
    *,
    alpha: float,
    correction: str,
) -> pd.DataFrame:
    """Put a statistic of the kind of local Moran on the index of its values, as `local_moran` does.

    Parameters
    ----------
    found : DataFrame, or None
        I, expected, variance, z, p and quadrant of the areas used, in their order; None where the
        statistic is undefined.
    placed, index, alpha, correction
        As for `local_table`.

    Returns
    -------
    DataFrame
        I, expected, variance, z, p, p_adjusted, quadrant, cluster.
    """
    arrays: dict[str, Any] = {}
    quadrant = pd.Series("", index=placed.codes)
    if found is not None:
        arrays = {name: found[name].to_numpy() for name in MEASURES}
        arrays["label"] = found["quadrant"].to_numpy(dtype=object)
        linked = placed.links.degree() > 0
        quadrant[placed.codes[placed.used][linked]] = arrays["label"][linked]
    table = local_table(MEASURES, arrays, placed, index, alpha=alpha, correction=correction)
    table.insert(len(MEASURES) + 1, "quadrant", quadrant.reindex(index))
    return table


def quadrants(own: Array, around: Array) -> list[str]:
    """Return "high-low" where an area is above the mean and what surrounds it is not, and so on."""
    sides = np.where(own > 0, "high", "low"), np.where(around > 0, "high", "low")
    return [f"{first}-{second}" for first, second in zip(*sides, strict=True)]
