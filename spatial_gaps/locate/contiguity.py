"""Which areas touch, as a plain adjacency: from shapes by shared vertices, or from packaged facts.

An adjacency is a Series of weights on (focal, neighbor), the form of `Graph.adjacency`: both
directions are listed, and an area without neighbours stands as (code, code) with weight 0. Working
on it directly spares the import of libpysal, which costs more than the whole analysis.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice, check_unique
from spatial_gaps.errors import GeometryError, InputError
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.register import areas as register
from spatial_gaps.geography.register import detect_vintage

RULES = ("queen", "rook")
ISLANDS = ("keep", "link", "nearest")
GRID = 0.001  # metres: published ITL3 vertices differ by less than a millimetre


def contiguity(areas: pd.DataFrame, rule: str = "queen", islands: str = "keep") -> pd.Series:
    """Return the adjacency of areas.

    Parameters
    ----------
    areas : GeoDataFrame or DataFrame, n rows
        Indexed by code. Shapes decide, except on a cartogram (columns q and r) or a frame without
        geometry: there the packaged true neighbours of that level and vintage are used.
    rule : {"queen", "rook"}
        Neighbours share a point, or a line.
    islands : {"keep", "link", "nearest"}
        Leave areas without neighbours alone, join them by the real bridges and ferries of
        boundaries/links.csv, or to the area whose centroid is nearest.

    Returns
    -------
    Series
        1.0 on (focal, neighbor), 0.0 on (code, code) of an area without neighbours.

    Raises
    ------
    InputError
        If the rule or policy is unknown.
    GeometryError
        If a shape is missing or empty.
    JoinError
        If codes repeat, or fit no packaged vintage.
    """
    check_choice(rule, RULES, "contiguity rule")
    check_choice(islands, ISLANDS, "islands policy")
    check_unique(areas.index, "areas")
    codes = areas.index.astype(str)
    drawn = "geometry" in areas and not {"q", "r"} <= set(areas.columns)
    pairs = _pairs_of_shapes(areas, rule) if drawn else _packaged_pairs(codes, rule)
    if islands == "link":
        pairs = np.vstack([pairs, _known(codes, table("links"))])
    elif islands == "nearest":
        pairs = np.vstack([pairs, _nearest(areas, codes, pairs)])
    return _adjacency(codes, pairs)


def _adjacency(codes: pd.Index, pairs: np.ndarray) -> pd.Series:
    """List pairs in both directions, then the areas that have none."""
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    alone = np.setdiff1d(np.arange(len(codes)), pairs)
    focal = np.concatenate([pairs[:, 0], pairs[:, 1], alone])
    other = np.concatenate([pairs[:, 1], pairs[:, 0], alone])
    weight = np.concatenate([np.ones(2 * len(pairs)), np.zeros(len(alone))])
    order = np.lexsort((other, focal))
    index = pd.MultiIndex.from_arrays(
        [codes[focal[order]], codes[other[order]]], names=["focal", "neighbor"]
    )
    return pd.Series(weight[order], index=index, name="weight")


def _pairs_of_shapes(areas: pd.DataFrame, rule: str) -> np.ndarray:
    """Find areas that share a vertex (queen) or an edge (rook), on a grid of a millimetre."""
    import shapely

    shapes = areas["geometry"].to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if empty.any():
        raise GeometryError("areas have no shape", offenders=list(areas.index[empty]))
    rings, owner = shapely.get_parts(shapely.boundary(shapes), return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    grid = np.round(points / GRID).astype(np.int64)
    _, vertex = np.unique(grid[:, 0] * 2**32 + grid[:, 1], return_inverse=True)
    if rule == "queen":
        return _sharing(vertex, owner[ring])
    inside = ring[1:] == ring[:-1]
    ends = np.sort(np.column_stack([vertex[:-1], vertex[1:]])[inside], axis=1)
    return _sharing(ends[:, 0] * (vertex.max() + 1) + ends[:, 1], owner[ring[1:][inside]])


def _sharing(key: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return the pairs of owners that hold the same key."""
    held = np.unique(np.column_stack([key, owner]), axis=0)
    found = [np.empty((0, 2), dtype=int)]
    for shift in range(1, len(held)):
        same = held[shift:, 0] == held[:-shift, 0]
        if not same.any():
            break
        found.append(np.column_stack([held[:-shift, 1], held[shift:, 1]])[same])
    return np.vstack(found)


def _packaged_pairs(codes: pd.Index, rule: str) -> np.ndarray:
    """Look up the true neighbours of the codes' own level and vintage."""
    vintage = detect_vintage(codes)
    facts = table("neighbours")
    years = facts["vintage"].astype(int)
    fitting = (facts["level"] == vintage.level) & years.between(
        vintage.first_year, vintage.last_year
    )
    # Codes that never changed fit several vintages: one layer's borders, the latest.
    facts = facts[fitting & (years == years[fitting].max())]
    if facts.empty:
        raise InputError(
            f"no neighbours are packaged for level {vintage.level}, vintage {vintage.year}",
            hint="Give boundaries with shapes (--boundaries FILE).",
        )
    if rule == "rook":
        facts = facts[facts["border_m"].astype(float) > 0]
    return _known(codes, facts)


def _known(codes: pd.Index, facts: pd.DataFrame) -> np.ndarray:
    """Return positions of the pairs a, b of which both are among the codes."""
    pairs = np.column_stack([codes.get_indexer(pd.Index(facts[name])) for name in ("a", "b")])
    return np.asarray(pairs[(pairs >= 0).all(axis=1)])


def _nearest(areas: pd.DataFrame, codes: pd.Index, pairs: np.ndarray) -> np.ndarray:
    """Pair each area without neighbours with the one whose centroid is nearest."""
    from scipy.spatial import KDTree

    if "geometry" in areas and not {"q", "r"} <= set(areas.columns):
        import shapely

        points = shapely.get_coordinates(shapely.centroid(areas["geometry"].to_numpy()))
    else:
        vintage = detect_vintage(codes)
        facts = register(vintage.level, vintage.year).reindex(codes)
        points = facts[["easting", "northing"]].to_numpy(dtype=float)
    alone = np.setdiff1d(np.arange(len(codes)), pairs)
    if not len(alone) or len(codes) < 2:
        return np.empty((0, 2), dtype=int)
    _, near = KDTree(points).query(points[alone], k=2)
    return np.column_stack([alone, np.where(near[:, 0] == alone, near[:, 1], near[:, 0])])
