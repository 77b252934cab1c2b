"""Borders that nearly meet, made to meet: vertices within a tolerance become identical."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spatial_gaps.errors import InputError, first_of
from spatial_gaps.geography.shapes import Path, polygons_of, warn

if TYPE_CHECKING:
    import geopandas as gpd

# Metres. ITL 3 of 2021 as published is out by up to 4 mm; borders drawn to 10 m or more have no
# two vertices within the first.
SNAP = 0.01
MOST_SNAP = 10.0
MOST_PAIRS = 5_000_000


def snap_vertices(
    shapes: gpd.GeoSeries, tolerance: float = SNAP, file: Path | None = None
) -> gpd.GeoSeries:
    """Make vertices of borders that lie within a tolerance of each other identical.

    Parameters
    ----------
    shapes : GeoSeries, shape (n,)
        Indexed by code, in metres.
    tolerance : float
        Metres, at most 10; 0 leaves everything as it is.
    file : path, optional
        Named in the warning.

    Returns
    -------
    GeoSeries, shape (n,)
        On the same index; the same object if no vertex moved. Valid shapes stay valid: where a
        part or a neck is as narrow as the tolerance, it closes.

    Raises
    ------
    InputError
        If the tolerance is negative, not a number or above 10 m, or wide for so many vertices.

    Warns
    -----
    SpatialGapsWarning
        If vertices moved: how many, how far, and the areas that touched no other before.

    Notes
    -----
    Of vertices that lie within the tolerance, the one that is used most often stays (then the one
    furthest west, then south), and the others move onto it. No vertex moves by more than the
    tolerance, whatever chain it stands in, and afterwards no two are that close. Rounding to a
    grid has neither property: it parts neighbours that lie on either side of a line of the grid.
    """
    import shapely

    _check_tolerance(tolerance)
    given = np.asarray(shapes.to_numpy())
    points, owner = shapely.get_coordinates(given, return_index=True)
    places, place, uses = np.unique(
        points[:, 0] + 1j * points[:, 1], return_inverse=True, return_counts=True
    )
    target = _targets(places, uses, tolerance)
    moved = target[place] != place
    if not moved.any():
        return shapes
    way = float(np.abs(places[target] - places).max())
    touched = np.unique(owner[moved])
    new = places[target][place[np.isin(owner, touched)]]
    snapped = given.copy()
    snapped[touched] = _moved(given[touched], np.column_stack([new.real, new.imag]))
    joined = np.setdiff1d(_touching(target[place], owner), _touching(place, owner))
    told = (
        f"so that borders meet, vertices were moved: {moved.sum():,} by up to {way * 1000:.2g} mm"
    )
    if len(joined):
        codes = [str(code) for code in shapes.index[joined]]
        told += f"; {len(joined)} of the areas touched no other before: {first_of(codes)}"
    warn(told, file)
    return type(shapes)(snapped, index=shapes.index, crs=shapes.crs)


def _moved(shapes: Any, points: Any) -> Any:
    """Return shapes with other coordinates, those valid that were so before."""
    import shapely

    made = shapely.set_coordinates(shapes.copy(), points)
    # A neck or a part as narrow as the tolerance closes.
    pinched = shapely.is_valid(shapes) & ~shapely.is_valid(made)
    made[pinched] = polygons_of(shapely.make_valid(made[pinched], method="structure"))
    valid = shapely.is_valid(made)
    made[valid] = shapely.remove_repeated_points(made[valid])
    return np.where(shapely.is_empty(made), shapes, made)


def _check_tolerance(tolerance: float) -> None:
    if not 0 <= tolerance <= MOST_SNAP:
        raise InputError(
            f"borders are snapped within 0 to {MOST_SNAP:g} metres",
            value=tolerance,
            hint="It closes gaps from rounding; wider ones have to be mended by hand.",
        )


def _targets(places: Any, uses: Any, tolerance: float) -> Any:
    """Return, for each of the sorted places, the position of the place that it moves to."""
    target = np.arange(len(places))
    near = _close_pairs(places, tolerance) if tolerance > 0 else np.empty((0, 2), dtype=int)
    if not len(near):
        return target
    order = np.argsort(-uses, kind="stable")
    rank = np.empty_like(order)
    rank[order] = target
    ranked = np.sort(rank[near], axis=1)
    kept = target.tolist()
    # One after the other: whether a place stays depends on all that rank above it.
    for first, second in ranked[np.lexsort(ranked.T[::-1])].tolist():
        if kept[first] == first and kept[second] == second:
            kept[second] = first
    return order[np.array(kept)][rank]


def _close_pairs(places: Any, distance: float) -> Any:
    """Return the pairs of places (complex numbers) that lie within a distance, by cells."""
    # Cells are never smaller than a millimetre, so that their numbers fit into 64 bits.
    size = max(distance, 0.001)
    east, north = (np.floor(axis / size).astype(np.int64) for axis in (places.real, places.imag))
    column = int(north.max() - north.min()) + 3
    cell = (east - east.min()) * column + (north - north.min()) + 1
    order = np.argsort(cell, kind="stable")
    cell, here = cell[order], np.arange(len(cell))
    found = []
    # The rest of the own cell and the one above it, then three cells of the next column.
    for start, end in (
        (here + 1, np.searchsorted(cell, cell + 1, "right")),
        (
            np.searchsorted(cell, cell + column - 1),
            np.searchsorted(cell, cell + column + 1, "right"),
        ),
    ):
        count = np.maximum(end - start, 0)
        if count.sum() > MOST_PAIRS:
            raise InputError(
                f"too many vertices lie within {distance:g} m of each other to snap them",
                hint="Choose a smaller snap, or 0 for none.",
            )
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        found.append(np.column_stack([np.repeat(here, count), np.repeat(start, count) + within]))
    pairs = order[np.vstack(found)]
    return pairs[np.abs(places[pairs[:, 0]] - places[pairs[:, 1]]) <= distance]


def _touching(place: Any, owner: Any) -> Any:
    """Return the owners that hold a place together with another owner."""
    many = int(owner.max()) + 1
    held = np.unique(place * many + owner)
    shared = np.bincount(held // many)[held // many] > 1
    return np.unique(held[shared] % many)
