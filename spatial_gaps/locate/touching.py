"""Contiguity of areas from their shapes, and what had to be seen past to find it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from spatial_gaps.errors import CRSError, GeometryError, InputError, first_of
from spatial_gaps.locate.borders import Array, read_borders, unique_pairs
from spatial_gaps.locate.seams import Seams, find_seams
from spatial_gaps.records import Notice

TOLERANCE = 0.01  # metres: published layers differ along shared borders by up to 4 mm


def shapes_of(areas: pd.DataFrame) -> Array | None:
    """Return the true shapes of areas, None on a cartogram (columns q and r) or without geometry.

    Parameters
    ----------
    areas : GeoDataFrame or DataFrame, n rows
        Indexed by code.

    Returns
    -------
    ndarray of geometries, shape (n,), or None
        In the order of the rows.

    Raises
    ------
    GeometryError
        If a shape is missing or empty.
    CRSError
        If the coordinates are degrees.
    """
    import shapely

    name = getattr(areas, "active_geometry_name", "geometry")
    if name not in areas or {"q", "r"} <= set(areas.columns):
        return None
    shapes = areas[name].to_numpy()
    bare = ~shapely.is_geometry(shapes)
    bare[~bare] = shapely.is_empty(shapes[~bare])
    if bare.any():
        raise GeometryError(
            "areas have no shape or an empty one",
            offenders=[str(code) for code in areas.index[bare]],
            hint="Take them out, or download the boundaries again.",
        )
    crs = getattr(areas[name], "crs", None)
    if crs is not None and crs.is_geographic:
        raise CRSError(
            f"the shapes are in degrees ({crs.name}), and neighbours are a matter of metres",
            hint="Read the file with read_boundaries(), or transform: areas.to_crs(27700).",
        )
    return np.asarray(shapes)


def check_tolerance(tolerance: float) -> None:
    """Raise `InputError` unless the tolerance is a number of metres that is not negative."""
    if not isinstance(tolerance, (int, float)) or not 0 <= tolerance < math.inf:
        raise InputError("the tolerance has to be 0 or more metres", value=tolerance)


def touching_pairs(
    shapes: Array, codes: pd.Index, rule: str, tolerance: float
) -> tuple[Array, tuple[Notice, ...]]:
    """Find the areas whose borders touch.

    Parameters
    ----------
    shapes : ndarray of Polygon and MultiPolygon, shape (n,)
        Not missing, not empty, in metres.
    codes : Index, shape (n,)
        Codes of the areas, for messages.
    rule : {"queen", "rook"}
        They come within the tolerance somewhere, or along a line that is longer than it.
    tolerance : float
        Metres.

    Returns
    -------
    pairs : ndarray, shape (m, 2)
        Positions, the smaller first, sorted.
    notices : tuple of Notice
        Pairs that share no vertex (edge), kind "seams"; areas that overlap, kind "overlaps".

    Raises
    ------
    GeometryError
        If a shape is not a polygon, or has undefined coordinates.
    """
    import shapely

    flat = ~np.isin(shapely.get_type_id(shapes), (3, 6))
    if flat.any():
        raise GeometryError(
            "shapes are not polygons",
            offenders=[str(code) for code in codes[flat]],
            hint='Points have neighbours by rule="nearest" and "distance" only.',
        )
    points, area = shapely.get_coordinates(shapes, return_index=True)
    if not np.isfinite(points).all():
        undefined = np.unique(area[~np.isfinite(points).all(axis=1)])
        raise GeometryError(
            "shapes have undefined coordinates",
            offenders=[str(code) for code in codes[undefined]],
            hint="Download the boundaries again.",
        )
    borders = read_borders(shapes, points, area, rule)
    seams = find_seams(shapes, borders, tolerance)
    matched = borders.pairs
    sewn = seams.near if rule == "queen" else seams.along
    sewn = sewn[~_among(sewn, matched, len(codes))]
    notices = _seams_notice(codes, sewn, matched, seams, rule), _overlap_notice(codes, seams)
    pairs = unique_pairs(*np.vstack([matched, sewn]).T) if len(sewn) else matched
    return pairs, tuple(notice for notice in notices if notice)


def _among(pairs: Array, others: Array, n: int) -> Array:
    """Tell of each pair whether it is among others, which are sorted."""
    keys, wanted = others @ [n, 1], pairs @ [n, 1]
    at = np.searchsorted(keys, wanted)
    return np.asarray(np.append(keys, -1)[at] == wanted)


def _seams_notice(
    codes: pd.Index, sewn: Array, matched: Array, seams: Seams, rule: str
) -> Notice | None:
    """Say how many pairs geometry alone found, and which areas have no others."""
    sewn = sewn[~_among(sewn, seams.overlaps, len(codes))]
    if not len(sewn):
        return None
    gap = seams.gap[_among(seams.near, sewn, len(codes))].max(initial=0)
    part = "vertex" if rule == "queen" else "edge"
    how = f"come within {gap:.2g} m of each other" if gap > 0 else "touch"
    text = f"pairs of areas that share no {part}, but {how}, count as neighbours: {len(sewn)}"
    saved = codes[np.setdiff1d(sewn, matched)]
    if len(saved):
        text += f"; otherwise these would be islands: {first_of(sorted(map(str, saved)))}"
    return Notice("seams", text, tuple(sorted(str(code) for code in codes[np.unique(sewn)])))


def _overlap_notice(codes: pd.Index, seams: Seams) -> Notice | None:
    """Name the areas that overlap, the largest overlap first."""
    if not len(seams.overlaps):
        return None
    named = []
    for pair, area in zip(seams.overlaps, seams.overlap_area, strict=True):
        one, other = sorted(str(code) for code in codes[pair])
        named.append((-area, f"{one} and {other} in {area:,.3g} m2"))
    text = (
        f"areas overlap, and count as neighbours: {first_of([told for _, told in sorted(named)])}"
    )
    return Notice("overlaps", text, tuple(sorted(map(str, codes[np.unique(seams.overlaps)]))))
