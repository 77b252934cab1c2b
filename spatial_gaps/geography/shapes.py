"""Shapes made fit for measuring: on the British National Grid, whole, valid and polygonal."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spatial_gaps.errors import CRSError, GeometryError, SpatialGapsWarning, first_of

if TYPE_CHECKING:
    import geopandas as gpd

BRITISH_GRID = 27700
# Limits of UK areas with room to spare: metres on the grid, and degrees east and north.
UK_GRID = (-250_000.0, -50_000.0, 750_000.0, 1_300_000.0)
UK_DEGREES = (-14.0, 49.0, 3.0, 62.0)
MOST_CHANGE = 0.001
FAR = 50_000.0
BY_HOW_MUCH = (
    "; where PROJ lacks the OSTN15 grid, this shifts them by metres, and by up to 71 m in Northern "
    "Ireland"
)
POLYGONS = "The boundaries have to be polygons that enclose an area."
Path = str | os.PathLike[str]


def to_british_grid(shapes: gpd.GeoSeries, file: Path | None = None) -> gpd.GeoSeries:
    """Return shapes in EPSG:27700, if their coordinates agree with the system they claim.

    Parameters
    ----------
    shapes : GeoSeries, shape (n,)
        Indexed by code.
    file : path, optional
        Named in errors.

    Returns
    -------
    GeoSeries, shape (n,)
        In metres of the British National Grid.

    Raises
    ------
    CRSError
        If there is no coordinate system, degrees are labelled as metres or metres as degrees, the
        axes are swapped, or the shapes lie outside the United Kingdom.
    GeometryError
        If shapes are missing, empty or have undefined coordinates.

    Warns
    -----
    SpatialGapsWarning
        If shapes were reprojected: it moves them by metres where the OSTN15 grid is not installed,
        in Northern Ireland by up to 71 m.
    """
    _check_present(shapes, file)
    if shapes.crs is None:
        raise CRSError(
            "the boundaries do not say which coordinate system they are in",
            file=file,
            hint="Set it where the file is made: EPSG:27700 for metres, EPSG:4326 for degrees.",
        )
    bounds = tuple(float(limit) for limit in shapes.total_bounds)
    label = shapes.crs.name
    in_degrees = max(abs(limit) for limit in bounds) <= 360
    if shapes.crs.is_geographic and not in_degrees:
        raise CRSError(
            f"the coordinates are metres, but labelled as degrees ({label}): {_shown(bounds)}",
            file=file,
            hint="Set the coordinate system to EPSG:27700 without transforming.",
        )
    if not shapes.crs.is_geographic and in_degrees:
        raise CRSError(
            f"the coordinates are degrees, but labelled as metres ({label}): {_shown(bounds)}",
            file=file,
            hint="Set the coordinate system to EPSG:4326 without transforming.",
        )
    _check_inside(bounds, UK_DEGREES if shapes.crs.is_geographic else None, label, file)
    grid = shapes if shapes.crs.to_epsg() == BRITISH_GRID else shapes.to_crs(BRITISH_GRID)
    after = tuple(float(limit) for limit in grid.total_bounds)
    _check_inside(after, UK_GRID, label, file)
    # The grid under another name, such as one with heights, moves nothing.
    if not np.allclose(after, bounds, rtol=0, atol=1):
        warn(
            f"the shapes were reprojected from {label} to the British National Grid{BY_HOW_MUCH}",
            file,
        )
    return grid


def check_places(shapes: gpd.GeoSeries, true: pd.DataFrame, file: Path | None = None) -> None:
    """Raise `CRSError` for shapes that do not lie where areas of their codes are.

    Parameters
    ----------
    shapes : GeoSeries, shape (n,)
        Indexed by code, in EPSG:27700.
    true : DataFrame
        Easting and northing by code, of the register.
    file : path, optional
        Named in the error.

    Raises
    ------
    CRSError
        If the register's centroid lies over 50 km outside the bounding box of a shape: axes are
        swapped, or coordinates of another grid stand in the file.
    """
    bounds = shapes.bounds.to_numpy()
    places = true[["easting", "northing"]].reindex(shapes.index).to_numpy(dtype=float)
    astray = _distance(bounds, places) > FAR
    if not astray.any():
        return
    swapped = _distance(bounds[:, [1, 0, 3, 2]], places)[astray] <= FAR
    hint = "Coordinates of another system, such as the Irish Grid, may stand in a file of this one."
    if swapped.mean() > 0.5:
        hint = "The axes look swapped: swap axes, so that eastings or longitudes come first."
    raise CRSError(
        f"{astray.sum()} of {len(shapes)} shapes lie over {FAR / 1000:.0f} km from where the areas "
        "of these codes are",
        file=file,
        offenders=[str(code) for code in shapes.index[astray]],
        hint=hint,
    )


def _distance(bounds: Any, places: Any) -> Any:
    """Return how far each place lies outside its box, 0 inside."""
    beyond = np.maximum(bounds[:, :2] - places, places - bounds[:, 2:])
    return np.hypot(*np.maximum(beyond, 0).T)


def repair_shapes(shapes: gpd.GeoSeries, file: Path | None = None) -> gpd.GeoSeries:
    """Return valid polygons without heights and measures, exterior rings anticlockwise.

    Parameters
    ----------
    shapes : GeoSeries, shape (n,)
        Indexed by code, in metres.
    file : path, optional
        Named in errors and warnings.

    Returns
    -------
    GeoSeries, shape (n,)
        Polygons and multipolygons on the same index.

    Raises
    ------
    GeometryError
        If a shape has no polygon in it, or its area changes by more than 0.1 % in the repair.

    Warns
    -----
    SpatialGapsWarning
        If shapes were repaired, or points and lines dropped.
    """
    import shapely

    given = np.asarray(shapes.to_numpy())
    codes = shapes.index
    flat = (shapely.get_coordinate_dimension(given) == 2).all()
    plain = given if flat else shapely.force_2d(given)
    areal = np.isin(shapely.get_type_id(plain), (3, 6))
    dropped = codes[~areal]
    plain = np.where(areal, plain, polygons_of(plain)) if len(dropped) else plain
    bare = shapely.is_missing(plain) | shapely.is_empty(plain)
    if bare.any():
        raise GeometryError(
            "shapes are points or lines", file=file, offenders=list(codes[bare]), hint=POLYGONS
        )
    broken = ~shapely.is_valid(plain)
    if broken.any():
        mended = polygons_of(shapely.make_valid(plain[broken], method="structure"))
        _check_change(codes[broken], plain[broken], mended, file)
        plain = plain.copy()
        plain[broken] = mended
    if len(dropped):
        warn(f"points and lines beside the polygons were dropped: {first_of(list(dropped))}", file)
    oriented = shapely.orient_polygons(plain, exterior_cw=False)
    return type(shapes)(oriented, index=codes, crs=shapes.crs)


def _check_present(shapes: gpd.GeoSeries, file: Path | None) -> None:
    import shapely

    given = np.asarray(shapes.to_numpy())
    bare = shapely.is_missing(given) | shapely.is_empty(given)
    if bare.any():
        raise GeometryError(
            "areas have no shape or an empty one",
            file=file,
            offenders=list(shapes.index[bare]),
            hint="Take them out, or download the boundaries again.",
        )
    points, owner = shapely.get_coordinates(given, return_index=True)
    undefined = np.unique(owner[~np.isfinite(points).all(axis=1)])
    if len(undefined):
        raise GeometryError(
            "shapes have undefined coordinates",
            file=file,
            offenders=list(shapes.index[undefined]),
            hint="Download the boundaries again.",
        )


def _check_inside(
    bounds: tuple[float, ...], limits: tuple[float, ...] | None, label: str, file: Path | None
) -> None:
    """Raise `CRSError` unless bounds lie within limits, with a hint if they do when swapped."""
    if limits is None or _within(bounds, limits):
        return
    west, south, east, north = bounds
    hint = "Check the coordinate system of the file."
    if _within((south, west, north, east), limits):
        hint = "The axes look swapped: swap axes, so that eastings or longitudes come first."
    raise CRSError(
        f"the shapes lie outside the United Kingdom ({label}): {_shown(bounds)}",
        file=file,
        hint=hint,
    )


def _within(bounds: tuple[float, ...], limits: tuple[float, ...]) -> bool:
    west, south, east, north = bounds
    inside = limits[0] <= west <= east <= limits[2] and limits[1] <= south <= north <= limits[3]
    return bool(np.isfinite(bounds).all() and inside)


def _shown(bounds: tuple[float, ...]) -> str:
    west, south, east, north = bounds
    return f"x {west:.6g} to {east:.6g}, y {south:.6g} to {north:.6g}"


def polygons_of(shapes: Any) -> Any:
    """Return the polygons in each shape, as one valid shape; an empty one if there are none."""
    import shapely

    gathered = []
    for shape in shapes:
        parts = shapely.get_parts(shapely.get_parts(shape))
        areal = parts[shapely.get_type_id(parts) == 3]
        whole = areal[0] if len(areal) == 1 else shapely.multipolygons(areal)
        # Parts that make_valid gives may share an edge, which a multipolygon must not.
        gathered.append(whole if shapely.is_valid(whole) else shapely.union_all(areal))
    return np.array(gathered, dtype=object)


def _check_change(codes: pd.Index[Any], before: Any, after: Any, file: Path | None) -> None:
    import shapely

    old, new = shapely.area(before), shapely.area(after)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.abs(new - old) / old
    texts = [
        f"{code} from {one / 1e6:.3f} to {other / 1e6:.3f} km2"
        for code, one, other in zip(codes, old, new, strict=True)
    ]
    # An area of 0 before or after (a bow tie) makes the change infinite or undefined: not small.
    large = ~(change <= MOST_CHANGE)
    if large.any():
        raise GeometryError(
            f"outlines cross themselves, and repairing them changes areas by more than "
            f"{MOST_CHANGE:.1%}",
            file=file,
            offenders=[text for text, big in zip(texts, large, strict=True) if big],
            hint="Download the boundaries again, or mend them by hand.",
        )
    warn(f"outlines that cross themselves were repaired: {first_of(texts)}", file)


def warn(message: str, file: Path | None) -> None:
    """Warn of something that was repaired, left out or assumed in a file."""
    place = f"{file}: " if file is not None else ""
    warnings.warn(f"{place}{message}.", SpatialGapsWarning, stacklevel=4)
