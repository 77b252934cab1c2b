"""Shapes that share borders: checked for overlaps, merged and simplified together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_region, check_unique
from spatial_gaps.errors import GeometryError, InputError, first_of
from spatial_gaps.geography.register import register
from spatial_gaps.geography.shapes import MOST_CHANGE, Path, warn
from spatial_gaps.geography.snapping import SNAP

if TYPE_CHECKING:
    import geopandas as gpd

# Square metres. Rounding alone makes overlaps below the first; a gap inside a region below the
# second is a sliver between borders, not a lake or an enclave.
LEAST_OVERLAP = 1.0
SLIVER = 10_000.0


def merge_rows(shapes: gpd.GeoSeries, file: Path | None = None) -> gpd.GeoSeries:
    """Unite the valid shapes that stand under the same code.

    Parameters
    ----------
    shapes : GeoSeries, shape (n,)
        Indexed by code, codes may repeat.
    file : path, optional
        Named in the warning.

    Returns
    -------
    GeoSeries, shape (m,)
        Each code once, in the order in which they first occur.

    Warns
    -----
    SpatialGapsWarning
        If codes occurred more than once, with them and the number of their rows.
    """
    import shapely

    index = shapes.index
    if index.is_unique:
        return shapes
    given = np.asarray(shapes.to_numpy())
    rows = pd.Series(range(len(index)), index=index).groupby(level=0, sort=False)
    merged = [
        given[at.iloc[0]] if len(at) == 1 else shapely.union_all(given[at.to_numpy()])
        for _, at in rows
    ]
    counts = rows.size()
    named = [f"{code} ({count} rows)" for code, count in counts[counts > 1].items()]
    warn(f"rows with the same code were merged: {first_of(named)}", file)
    oriented = shapely.orient_polygons(np.array(merged, dtype=object), exterior_cw=False)
    return type(shapes)(oriented, index=counts.index, crs=shapes.crs)


def check_overlaps(shapes: gpd.GeoSeries, file: Path | None = None) -> None:
    """Raise `GeometryError` for areas that overlap, and warn of slivers along their borders.

    Parameters
    ----------
    shapes : GeoSeries, shape (n,)
        Valid polygons in metres, indexed by code, each code once.
    file : path, optional
        Named in the error.

    Raises
    ------
    GeometryError
        If two areas have more than 0.1 % of the smaller one in common.

    Warns
    -----
    SpatialGapsWarning
        If smaller overlaps of more than a square metre are there: they are left as they are.
    """
    import shapely

    given = np.asarray(shapes.to_numpy())
    suspect = _misfits(given)
    if not len(suspect):
        return
    one, other = shapely.STRtree(given).query(given[suspect], predicate="intersects")
    pairs = np.unique(np.sort(np.column_stack([suspect[one], other]), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    common = shapely.area(shapely.intersection(*given[pairs].T))
    share = common / shapely.area(given)[pairs].min(axis=1)
    order = np.argsort(-common, kind="stable")
    named = [
        f"{shapes.index[one]} and {shapes.index[other]} by {_size(common[at])}"
        for at, (one, other) in zip(order, pairs[order], strict=True)
    ]
    large = share[order] > MOST_CHANGE
    if large.any():
        raise GeometryError(
            "areas overlap",
            file=file,
            offenders=[text for text, big in zip(named, large, strict=True) if big],
            hint="Every place may belong to one area: take out what stands there twice.",
        )
    slivers = int((common > LEAST_OVERLAP).sum())
    if slivers:
        warn(
            f"slivers along borders, where areas overlap, were left: {first_of(named[:slivers])}",
            file,
        )


def _size(square_metres: float) -> str:
    if square_metres >= 1e5:
        return f"{square_metres / 1e6:,.4g} km2"
    return f"{square_metres:,.0f} m2" if square_metres >= 10 else f"{square_metres:.2g} m2"


def _misfits(shapes: Any) -> Any:
    """Return the positions of shapes whose borders do not fit those of the others."""
    import shapely

    return np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))


def dissolve_boundaries(areas: gpd.GeoDataFrame, region: pd.Series[Any]) -> gpd.GeoDataFrame:
    """Merge areas into the regions that they belong to.

    Parameters
    ----------
    areas : GeoDataFrame, n rows
        Boundaries indexed by code, as `read_boundaries` gives them.
    region : Series
        Label of the region of each area, indexed by code, such as `parents` gives it. Labels of
        other codes do not matter.

    Returns
    -------
    GeoDataFrame, one row per region
        Indexed by label, sorted: name (of the register where the label is a code, else the label)
        and geometry, in the coordinate system of `areas`.

    Raises
    ------
    JoinError
        If areas have no region, or codes repeat.
    InputError
        If areas are split between regions: shapes cannot be.
    GeometryError
        If the area of a region differs by more than 0.1 % from the sum of its areas, because they
        overlap.

    Warns
    -----
    SpatialGapsWarning
        If slivers were filled: holes of less than a hectare that belong to none of the areas.
        Larger holes and enclaves of other regions stay.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> squares = [shapely.box(x, 0, x + 1, 1) for x in range(3)]
    >>> areas = gpd.GeoDataFrame(geometry=squares, index=["a", "b", "c"], crs=27700)
    >>> merged = dissolve_boundaries(areas, pd.Series({"a": "west", "b": "west", "c": "east"}))
    >>> merged.area.to_dict()
    {'east': 1.0, 'west': 2.0}
    """
    import shapely

    check_unique(areas.index, "areas")
    labels = _labels(region, areas.index)
    given = np.asarray(areas.geometry.to_numpy())
    tree = shapely.STRtree(given)
    regions = labels.groupby(labels).indices
    merged = np.array([_union(given[rows]) for rows in regions.values()], dtype=object)
    own = np.array([shapely.area(given[rows]).sum() for rows in regions.values()])
    off = np.abs(shapely.area(merged) - own) > MOST_CHANGE * own
    if off.any():
        raise GeometryError(
            "areas of a region overlap, so that it is smaller than the sum of them",
            offenders=[str(label) for label, bad in zip(regions, off, strict=True) if bad],
            hint="Read the boundaries with read_boundaries(), which names overlaps.",
        )
    # The holes of an area that was not merged are its own.
    filled = merged.copy()
    for place, rows in enumerate(regions.values()):
        if len(rows) > 1:
            filled[place] = _without_slivers(merged[place], tree)
    gained = shapely.area(filled) - shapely.area(merged)
    if gained.any():
        told = [
            f"{label} {_size(gain)}" for label, gain in zip(regions, gained, strict=True) if gain
        ]
        warn(f"slivers along borders inside regions were filled: {first_of(told)}", None)
    known = register()["name"]
    index = pd.Index(list(regions), name="code")
    oriented = shapely.orient_polygons(filled, exterior_cw=False)
    names = known.reindex(index).fillna(index.to_series()).to_numpy()
    made = type(areas)({"name": names}, geometry=oriented, index=index, crs=areas.crs)
    return made.sort_index()


def _labels(region: pd.Series[Any], codes: pd.Index[Any]) -> pd.Series[Any]:
    """Return the one region of each area."""
    shares = check_region(region, codes)
    split = shares.index.get_level_values(0)
    several = split[split.duplicated()].unique()
    if len(several):
        raise InputError(
            "areas are split between regions, but a shape belongs to one",
            offenders=[str(code) for code in several],
            hint="Give one label per area: parents() takes the region with most of the people.",
        )
    found = pd.Series(shares.index.get_level_values(1), index=split)
    return found.reindex(codes)


def _union(shapes: Any) -> Any:
    """Unite shapes: fast where their borders fit, safely where they do not."""
    import shapely

    if shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapes)


def _without_slivers(shape: Any, areas: Any) -> Any:
    """Fill the holes below a hectare that lie in none of the areas (a tree of all of them)."""
    import shapely

    parts = []
    for part in shapely.get_parts(shape):
        holes = np.array([shapely.Polygon(ring) for ring in part.interiors], dtype=object)
        small = shapely.area(holes) < SLIVER
        # Whether a point of a hole as thin as a hair lies inside a neighbour is up to rounding.
        wide = np.flatnonzero(small & (shapely.area(holes) > SNAP * shapely.length(holes)))
        taken, _ = areas.query(shapely.point_on_surface(holes[wide]), predicate="within")
        small[wide[taken]] = False
        rings = [ring for ring, gone in zip(part.interiors, small, strict=True) if not gone]
        parts.append(shapely.Polygon(part.exterior, rings) if small.any() else part)
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def simplify_boundaries(areas: gpd.GeoDataFrame, tolerance: float) -> gpd.GeoDataFrame:
    """Draw boundaries with fewer vertices, for display: borders stay shared.

    Parameters
    ----------
    areas : GeoDataFrame, n rows
        Boundaries indexed by code, as `read_boundaries` gives them.
    tolerance : float
        Metres: corners that span a triangle of less than the square of this may go.

    Returns
    -------
    GeoDataFrame, n rows
        `areas` with simpler shapes, and the column area_change: the area gained or lost, as a
        share of the area before. Use it for maps only, not for measuring.

    Raises
    ------
    InputError
        If the tolerance is not a positive number.

    Warns
    -----
    SpatialGapsWarning
        If borders of areas do not fit together: these are simplified one by one.

    Notes
    -----
    Visvalingam and Whyatt's method on all borders at once (GEOS, CoverageSimplifier): areas that
    touched still do, and no area is lost.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> crooked = shapely.Polygon([(0, 0), (5, 0.1), (10, 0), (10, 10), (0, 10)])
    >>> areas = gpd.GeoDataFrame(geometry=[crooked], index=["a"], crs=27700)
    >>> simplify_boundaries(areas, 1)["area_change"].round(3).to_dict()
    {'a': 0.005}
    """
    import shapely

    if not (0 < tolerance < math.inf):
        raise InputError("the tolerance has to be a positive number of metres", value=tolerance)
    check_unique(areas.index, "areas")
    given = np.asarray(areas.geometry.to_numpy())
    misfits = _misfits(given)
    if len(misfits):
        codes = [str(code) for code in areas.index[misfits]]
        warn(f"borders that do not fit together are simplified one by one: {first_of(codes)}", None)
    made = shapely.orient_polygons(shapely.coverage_simplify(given, tolerance), exterior_cw=False)
    change = shapely.area(made) / shapely.area(given) - 1
    simpler = type(areas.geometry)(made, index=areas.index, crs=areas.crs)
    return areas.set_geometry(simpler).assign(area_change=change)
