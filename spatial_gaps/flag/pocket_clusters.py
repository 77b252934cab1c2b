"""Pockets that touch each other are one place: clusters, with name, people and extent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_share
from spatial_gaps.errors import InputError
from spatial_gaps.geography.levels import level_of
from spatial_gaps.geography.register import areas, register
from spatial_gaps.geography.vintages import detect_vintage
from spatial_gaps.locate.weights import on_graph

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

NEEDED = ("is_pocket", "p_pocket", "parent", "people")


def pocket_clusters(
    pockets: pd.DataFrame,
    graph: GraphLike,
    *,
    names: pd.Series | None = None,
    least: float | None = None,
) -> pd.DataFrame:
    """Merge pockets that touch each other.

    Parameters
    ----------
    pockets : DataFrame, shape (n, ...)
        As `find_pockets` returns it.
    graph : Graph or Series
        Neighbours. Bridges and ferries join pockets only if the graph holds them
        (``neighbours(areas, islands="link")``).
    names : Series, optional
        Names by code; those of the packaged register unless given, else codes.
    least : float, optional
        Areas with at least this probability are merged, in place of likely and confirmed ones.

    Returns
    -------
    DataFrame
        One row per cluster, single pockets too, most people first (most areas where people are not
        known), numbered from 1: name (after its largest area), n, members (tuple of codes, largest
        first), people (nan if those of a member are not known), extent_km (greatest distance
        between members' centroids) and area_km2 (both nan for codes that the packaged register does
        not know), parents (tuple), highest and lowest (p_pocket), expected (sum of p_pocket: how
        many members truly are pockets).

    Raises
    ------
    InputError
        If columns are missing.
    JoinError
        If the graph is of other areas.

    Examples
    --------
    >>> codes = list("abcd")
    >>> links = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")]
    >>> index = pd.MultiIndex.from_tuples(links, names=["focal", "neighbor"])
    >>> table = pd.DataFrame({"is_pocket": [True, True, False, True], "p_pocket": 0.8,
    ...     "parent": "r", "people": [5.0, 9, 1, 3]}, index=codes)
    >>> pocket_clusters(table, pd.Series(1.0, index=index))["name"].to_dict()
    {1: 'b and 1 other', 2: 'd'}
    """
    number = pocket_cluster_of(pockets, graph, least=least).dropna()
    pockets = pockets.loc[number.index]
    facts = _facts(number.index)
    titles = facts["name"] if names is None else names
    titles = titles.reindex(number.index).fillna(pd.Series(number.index, index=number.index))
    rows = {
        cluster: _row(pockets.loc[number == cluster], facts.loc[number == cluster], titles)
        for cluster in sorted(number.unique().astype(int))
    }
    columns = list(_row(pockets.iloc[:0], facts.iloc[:0], titles))
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("cluster")


def pocket_cluster_of(
    pockets: pd.DataFrame, graph: GraphLike, *, least: float | None = None
) -> pd.Series[Any]:
    """Return the number that `pocket_clusters` gives to each area's cluster, nan outside of any.

    Parameters
    ----------
    pockets, graph, least
        As for `pocket_clusters`.

    Returns
    -------
    Series of float, shape (n,)
        On the index of `pockets`.

    Raises
    ------
    InputError, JoinError
        As `pocket_clusters`.
    """
    lacking = [column for column in NEEDED if column not in pockets]
    if lacking:
        raise InputError(f"the table lacks {lacking}", hint="Give what find_pockets returned.")
    inside = pockets["is_pocket"].astype(bool)
    if least is not None:
        inside = pockets["p_pocket"] >= check_share(least, "least")
    # Areas out of any cluster count as missing: their links go.
    placed = on_graph(pd.Series(1.0, index=pockets.index).where(inside), graph, "keep", "binary")
    codes = placed.codes[placed.used]
    if not len(codes):
        return pd.Series(np.nan, index=pockets.index, name="cluster")
    from scipy.sparse.csgraph import connected_components

    part = connected_components(placed.links.matrix(), directed=False)[1]
    members = pd.DataFrame(
        {"people": pockets.loc[codes, "people"].to_numpy(float), "code": codes.to_numpy()}
    )
    size = members.groupby(part).agg(
        people=("people", lambda people: people.sum(skipna=False)),
        n=("people", "size"),
        first=("code", "min"),
    )
    ordered = size.sort_values(["people", "n", "first"], ascending=[False, False, True])
    rank = pd.Series(np.arange(1, len(ordered) + 1), index=ordered.index)
    found = pd.Series(rank[part].to_numpy(float), index=codes, name="cluster")
    return found.reindex(pockets.index)


def _facts(codes: pd.Index) -> pd.DataFrame:
    """Return name, centroid and area out of the packaged register, nan for unknown codes."""
    columns = ["name", "easting", "northing", "area_km2"]
    known = codes[codes.isin(register().index)]
    if not len(known):
        return pd.DataFrame(index=codes, columns=columns)
    level = level_of(known[:1]).iloc[0]
    found = areas(level, detect_vintage(known).first_year)
    return found.reindex(codes).reindex(columns=columns)


def _row(members: pd.DataFrame, facts: pd.DataFrame, titles: pd.Series[Any]) -> dict[str, Any]:
    order = members.sort_index().sort_values("people", ascending=False, kind="stable")
    codes = tuple(str(code) for code in order.index)
    rest = len(codes) - 1
    name = str(titles[codes[0]]) if codes else ""
    suffix = f" and {rest} other{'s' if rest > 1 else ''}" if rest > 0 else ""
    where = facts[["easting", "northing"]].to_numpy(float)
    apart = where[:, None] - where[None, :]
    p = members["p_pocket"]
    return {
        "name": name + suffix,
        "n": len(codes),
        "members": codes,
        "people": float(members["people"].sum(skipna=False)),
        "extent_km": float(np.hypot(apart[..., 0], apart[..., 1]).max(initial=0.0)) / 1000,
        "area_km2": float(facts["area_km2"].sum(skipna=False)),
        "parents": tuple(sorted({str(parent) for parent in members["parent"]})),
        "highest": float(p.max()),
        "lowest": float(p.min()),
        "expected": float(p.sum()),
    }
