"""How clusters change over time: which areas stay in one, enter one or leave it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.errors import InputError
from spatial_gaps.locate.clusters import LABELS, UNSURE

CHANGES = ("persistent", "emerging", "fading", "moving", "passing", "never")


def cluster_changes(clusters: pd.DataFrame) -> pd.DataFrame:
    """Say of each area whether it stays in a cluster, enters one or leaves it.

    Parameters
    ----------
    clusters : DataFrame
        As `local_moran_panel` returns it, its last two index levels the period (in time order) and
        the code.

    Returns
    -------
    DataFrame
        Indexed by the levels before the period, if any, and the code: periods (in which the area
        was tested), first and last (its labels in the first and last of them), label (the cluster
        it was in most often, the later one on a tie; "" if in none), times (how often it was in
        that), run (tested periods in a row, up to the last, with the last label), change:
        "persistent" (one cluster throughout), "emerging" (in one at the end only), "fading" (at the
        start only), "moving" (in another at the end, or in the same with a break), "passing" (in
        between only), "never".

    Raises
    ------
    InputError
        If there is no period level or no column of clusters.

    Notes
    -----
    A label may come and go by chance: near the limit of significance an area is in a cluster in
    some years only. `cluster_stability` tells how sure one year's label is.

    References
    ----------
    Rey (2001), Spatial empirics for economic growth and convergence, for transitions of labels.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["2021", "2022"], ["a", "b"]], names=["period", "code"])
    >>> labels = ["low-low", "not significant", "low-low", "high-low"]
    >>> cluster_changes(pd.DataFrame({"cluster": labels}, index=index))["change"].to_dict()
    {'a': 'persistent', 'b': 'emerging'}
    """
    wide = _by_period(clusters)
    rows = wide.to_numpy()
    tested, inside = rows <= UNSURE, rows < UNSURE
    found = pd.DataFrame(index=wide.index)
    found["periods"] = tested.sum(axis=1)
    last = rows.shape[1] - 1 - tested[:, ::-1].argmax(axis=1)
    ends = [tested.argmax(axis=1), last]
    words = np.array([*LABELS, ""], dtype=object)
    none = ~tested.any(axis=1)
    start, end = (np.where(none, -1, rows[np.arange(len(rows)), at]) for at in ends)
    starts, stays = (np.isin(label, np.arange(UNSURE)) for label in (start, end))
    found["first"], found["last"] = words[start], words[end]
    often = np.stack([(rows == label).sum(axis=1) for label in range(UNSURE)], axis=1)
    # On a tie the label that was seen last.
    latest = np.stack(
        [
            ((rows == label) * np.arange(1, rows.shape[1] + 1)).max(axis=1)
            for label in range(UNSURE)
        ],
        axis=1,
    )
    most = (often * (rows.shape[1] + 1) + latest).argmax(axis=1)
    ever = inside.any(axis=1)
    found["label"] = words[np.where(ever, most, -1)]
    found["times"] = often.max(axis=1)
    found["run"] = _run(rows, tested, end)
    # In the order of CHANGES: the first that holds.
    throughout = ever & (often.max(axis=1) == tested.sum(axis=1))
    kinds = [throughout, stays & ~starts, starts & ~stays, starts & stays, ever]
    place = np.argmax([*kinds, np.ones(len(rows), bool)], axis=0)
    found["change"] = np.array(CHANGES, dtype=object)[place]
    return found


def cluster_transitions(clusters: pd.DataFrame) -> pd.DataFrame:
    """Count moves between labels from one period to the next.

    Parameters
    ----------
    clusters : DataFrame
        As for `cluster_changes`; several variables are counted together.

    Returns
    -------
    DataFrame
        Areas by label in one period (rows) and in the next (columns), over all pairs of periods.

    Raises
    ------
    InputError
        As `cluster_changes`.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["2021", "2022"], ["a", "b"]], names=["period", "code"])
    >>> labels = ["low-low", "not significant", "low-low", "high-low"]
    >>> moves = cluster_transitions(pd.DataFrame({"cluster": labels}, index=index))
    >>> int(moves.loc["not significant", "high-low"]), int(moves.to_numpy().sum())
    (1, 2)
    """
    rows = _by_period(clusters).to_numpy()
    k = len(LABELS)
    pairs = rows[:, :-1].ravel() * k + rows[:, 1:].ravel()
    counts = np.bincount(pairs, minlength=k * k).reshape(k, k)
    return pd.DataFrame(
        counts,
        index=pd.Index(LABELS, name="from"),
        columns=pd.Index(LABELS, name="to"),
    )


def _by_period(clusters: pd.DataFrame) -> pd.DataFrame:
    """Return places in `LABELS`, one row per area and one column per period in their order."""
    if "cluster" not in clusters or clusters.index.nlevels < 2:
        raise InputError(
            "clusters by period are needed",
            hint="Give what local_moran_panel returns for a frame of periods.",
        )
    place = pd.Index(LABELS).get_indexer(pd.Index(clusters["cluster"].astype(object)))
    if (place < 0).any():
        raise InputError("there are labels that local_moran does not give")
    index: Any = clusters.index
    order = pd.unique(index.get_level_values(-2))
    wide = pd.Series(place, index, dtype=int).unstack(-2)
    if wide.isna().to_numpy().any():
        raise InputError("an area is missing in some period", hint="Give every area in every one.")
    rest = index.droplevel(-2).unique()
    return pd.DataFrame(wide.loc[rest, order]).astype(int)


def _run(rows: np.ndarray, tested: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Count tested periods in a row, from the last one back, with the label of the last one."""
    run = np.zeros(len(rows), int)
    going = end >= 0
    for column in range(rows.shape[1] - 1, -1, -1):
        going &= ~tested[:, column] | (rows[:, column] == end)
        run += going & tested[:, column]
    return run
