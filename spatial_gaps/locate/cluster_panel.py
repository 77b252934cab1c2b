"""Clusters of many variables and years at once, from one set of draws, and the global figure of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice, check_count, check_share
from spatial_gaps.errors import InputError
from spatial_gaps.locate.autocorrelation import moran_on, undefined
from spatial_gaps.locate.clusters import (
    LABELS,
    MEASURES,
    UNSURE,
    draws_for,
    empty_table,
    local_arrays,
)
from spatial_gaps.locate.weights import columns_on_graph
from spatial_gaps.measure.multiple import CORRECTIONS, adjust

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike


def local_moran_panel(
    frame: pd.DataFrame,
    graph: GraphLike,
    *,
    permutations: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
    correction: str = "fdr",
    policy: str = "drop",
    workers: int = 1,
) -> pd.DataFrame:
    """Measure local spatial autocorrelation of every column, as `local_moran` does of one.

    Parameters
    ----------
    frame : DataFrame, shape (n, variables)
        Areas by variables, or by (variable, period), or by periods as `panel` returns them. Areas
        without a figure are taken out of their column only.
    graph : Graph, W or Series
        Neighbours of the same areas.
    permutations, seed, alpha, correction, policy, workers
        As for `local_moran`. Columns share the draws; the correction is for the areas of a column.

    Returns
    -------
    DataFrame
        One row per column and area, indexed by the column's levels and the code, in the order of
        `frame`: I, expected, variance, z, p, p_adjusted, quadrant and cluster (categories of
        `LABELS`). Each column equals what `local_moran` finds for it alone.

    Raises
    ------
    JoinError
        If graph and frame are not of the same areas.
    InputError
        If an option is unknown, or column names repeat.

    See Also
    --------
    cluster_changes : Which clusters persist, emerge or fade.

    Examples
    --------
    >>> pairs = pd.MultiIndex.from_tuples([("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")])
    >>> frame = pd.DataFrame({"2021": [1.0, 2, 3], "2022": [1.0, 1, 4]}, index=["a", "b", "c"])
    >>> local_moran_panel(frame, pd.Series(1, index=pairs)).loc["2022", "I"].tolist()
    [0.5, -0.25, -1.0]
    """
    check_share(alpha, "alpha")
    check_count(seed, "the seed", 0)
    check_count(workers, "workers", 1)
    check_choice(correction, CORRECTIONS, "correction")
    check_choice(policy, ("drop", "keep"), "islands policy of the statistic")
    index = _index_of(frame)
    names = (*MEASURES, "p_adjusted")
    figures = np.empty((len(names), *frame.shape[::-1]))
    labels = np.empty((2, *frame.shape[::-1]), np.int8)
    table = dict(zip((*names, "quadrant", "cluster"), (*figures, *labels), strict=True))
    for columns, placed in columns_on_graph(frame, graph, policy):
        back = np.argsort(placed.order)
        empty = empty_table(placed)
        for name, part in empty.items():
            table[name][columns] = part[back]
        defined = [not undefined(row, len(placed.links.focal)) for row in placed.y]
        if not any(defined):
            continue
        tested = placed.links.degree() > 0
        draws = draws_for(permutations, int(tested.sum()), alpha, correction)
        found = local_arrays(placed.y[defined], placed.links, draws, seed, workers)
        found["p_adjusted"] = np.full(found["p"].shape, np.nan)
        found["p_adjusted"][:, tested] = [adjust(p, correction) for p in found["p"][:, tested]]
        sure = found["p_adjusted"] <= alpha
        found["cluster"] = np.where(sure, found["quadrant"], UNSURE)
        at = np.ix_(columns[defined], placed.order[placed.used][tested])
        for name, part in found.items():
            table[name][at] = part[:, tested]
    whole = pd.DataFrame(figures.reshape(len(names), -1).T, index=index, columns=names)
    for name, kept in (("quadrant", LABELS[:UNSURE]), ("cluster", LABELS)):
        place = np.where(table[name] < len(kept), table[name], -1)
        whole[name] = pd.Categorical.from_codes(place.ravel(), categories=pd.Index(kept))
    return whole


def moran_panel(
    frame: pd.DataFrame,
    graph: GraphLike,
    *,
    permutations: int = 0,
    seed: int = 0,
    policy: str = "drop",
    transform: str = "row",
    workers: int = 1,
) -> pd.DataFrame:
    """Measure global spatial autocorrelation of every column, as `moran` does of one.

    Parameters
    ----------
    frame, graph
        As for `local_moran_panel`.
    permutations : int
        Draws for p, the same for every column; 0 leaves p nan (z is there without draws).
    seed, policy, transform, workers
        As for `moran`.

    Returns
    -------
    DataFrame
        One row per column: I, expected, variance, variance_normality, z, p, n, islands (how many),
        components, status (why it is undefined, or "").

    Raises
    ------
    JoinError, InputError
        As `local_moran_panel`.

    Examples
    --------
    >>> pairs = pd.MultiIndex.from_tuples([("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")])
    >>> frame = pd.DataFrame({"2021": [1.0, 2, 3]}, index=["a", "b", "c"])
    >>> moran_panel(frame, pd.Series(1, index=pairs))["I"].tolist()
    [0.0]
    """
    check_count(permutations, "permutations", 0, 10_000_000)
    check_count(seed, "the seed", 0)
    check_count(workers, "workers", 1)
    _index_of(frame)
    names = (
        "I",
        "expected",
        "variance",
        "variance_normality",
        "z",
        "p",
        "n",
        "components",
        "status",
    )
    rows: dict[int, dict[str, Any]] = {}
    for columns, placed in columns_on_graph(frame, graph, policy, transform):
        for column, y in zip(columns, placed.y, strict=True):
            found = moran_on(
                y, placed, policy=policy, permutations=permutations, seed=seed, workers=workers
            )
            rows[column] = {name: getattr(found, name) for name in names}
            rows[column]["islands"] = len(found.islands)
    return pd.DataFrame([rows[at] for at in range(frame.shape[1])], index=frame.columns)


def _index_of(frame: pd.DataFrame) -> pd.MultiIndex:
    """Return (levels of the columns, code) for every cell, column by column."""
    if not isinstance(frame, pd.DataFrame) or frame.empty:
        raise InputError(
            "a panel is a DataFrame of areas by variables or periods",
            hint="Use local_moran for one Series.",
        )
    if not frame.columns.is_unique:
        raise InputError(
            "columns of the panel have the same name",
            offenders=[str(name) for name in frame.columns[frame.columns.duplicated()].unique()],
            hint="Give each variable and period one column.",
        )
    columns, codes = frame.columns, frame.index
    levels = [columns.get_level_values(level) for level in range(columns.nlevels)]
    names = [level.name or ("variable" if at == 0 else "period") for at, level in enumerate(levels)]
    whole = [pd.factorize(level) for level in levels]
    places: list[Any] = [place.repeat(len(codes)) for place, _ in whole]
    places.append(np.tile(np.arange(len(codes)), len(columns)))
    kinds: list[Any] = [*(found for _, found in whole), codes]
    return pd.MultiIndex(levels=kinds, codes=places, names=[*names, codes.name or "code"])
