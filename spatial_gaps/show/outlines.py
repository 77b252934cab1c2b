"""Shapes as matplotlib paths, region outlines, and places where a name fits: geometry for drawing."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.path import Path

from spatial_gaps.checks import check_unique
from spatial_gaps.errors import CRSError, GeometryError, InputError

if TYPE_CHECKING:
    import geopandas as gpd

POLYGON, MULTIPOLYGON = 3, 6


def check_areas(areas: gpd.GeoDataFrame, columns: tuple[str, ...] = ("name",)) -> None:
    """Raise unless every area is a non-empty polygon, stands there once, and has the columns."""
    lacking = [column for column in columns if column not in areas.columns]
    if lacking:
        raise InputError("the areas lack columns", offenders=lacking)
    if not len(areas):
        raise InputError("there is no area to draw")
    check_unique(areas.index, "areas")
    if areas.crs is not None and areas.crs.is_geographic:
        raise CRSError(
            "areas are drawn in metres, and these are in degrees",
            hint="Reproject them first: areas.to_crs(27700).",
        )
    shapes = areas.geometry.to_numpy()
    kinds = shapely.get_type_id(shapes)
    bad = ~np.isin(kinds, (POLYGON, MULTIPOLYGON)) | shapely.is_empty(shapes)
    if bad.any():
        raise GeometryError(
            "only polygons can be drawn",
            offenders=[str(code) for code in areas.index[bad]],
            hint="Give every area a polygon, or leave it out and say so.",
        )


def to_paths(shapes: np.ndarray[Any, Any]) -> list[Path]:
    """Return one path per polygon, its holes turned so that they stay open.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        Not empty.

    Returns
    -------
    list of Path
        In the same order; closed rings, all parts of an area in one path.
    """
    turned = shapely.orient_polygons(shapely.force_2d(shapes))
    parts, of_shape = shapely.get_parts(turned, return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(points), Path.LINETO, dtype=Path.code_type)
    codes[np.flatnonzero(np.diff(of_ring, prepend=-1))] = Path.MOVETO
    codes[np.flatnonzero(np.diff(of_ring, append=len(rings)))] = Path.CLOSEPOLY
    owner = of_shape[of_part[of_ring]]
    limits = np.searchsorted(owner, np.arange(len(shapes) + 1))
    return [Path(points[start:stop], codes[start:stop]) for start, stop in pairwise(limits)]


def _joined(shapes: np.ndarray[Any, Any]) -> Any:
    """Join touching shapes: the fast way where borders fit exactly, else on a fine grid.

    The grid, a millionth of the extent, closes the hairline gaps of rounded coordinates, which
    would be drawn as borders.
    """
    if shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    left, bottom, right, top = shapely.total_bounds(shapes)
    grid = max(right - left, top - bottom) * 1e-6
    return shapely.union_all(shapely.make_valid(shapes), grid_size=grid)


def dissolve(areas: gpd.GeoDataFrame, by: str) -> pd.Series[Any]:
    """Return the outline of each group of areas, indexed by group, sorted.

    Parameters
    ----------
    areas : GeoDataFrame
        Areas with geometry.
    by : str
        Column with the group of each area; areas without one are left out.

    Returns
    -------
    Series
        Polygons and multipolygons.
    """
    shapes = areas.geometry.to_numpy()
    places = areas[by].reset_index(drop=True).groupby(areas[by].to_numpy(), sort=True).indices
    return pd.Series({group: _joined(shapes[rows]) for group, rows in places.items()}, dtype=object)


def is_cartogram(areas: gpd.GeoDataFrame) -> bool:
    """Tell whether all areas are simple shapes of one size, as on a cartogram."""
    shapes = areas.geometry.to_numpy()
    sizes = shapely.area(shapes)
    simple = bool((shapely.get_num_coordinates(shapes) <= 7).all())
    return simple and bool(np.ptp(sizes) <= 0.01 * sizes.max())


def middles(shapes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return x, y and radius of the largest circle inside each shape's largest part."""
    found = np.empty((len(shapes), 3))
    for row, shape in enumerate(shapes):
        parts = shapely.get_parts(shape)
        part = parts[int(np.argmax(shapely.area(parts)))]
        spoke = shapely.maximum_inscribed_circle(part, tolerance=np.sqrt(part.area) / 50)
        (found[row, 0], found[row, 1]), found[row, 2] = spoke.coords[0], spoke.length
    return found
