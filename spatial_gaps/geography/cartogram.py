"""The packaged map with one hexagon per area, for work without any boundary file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from spatial_gaps.checks import Array, check_choice, words
from spatial_gaps.errors import InputError
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.levels import find_level
from spatial_gaps.geography.register import areas

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

CRS = "EPSG:27700"
# Corners around a centre, anticlockwise from the top, on a lattice of half a hexagon's width by
# half its side: neighbours compute a shared corner from the same whole numbers.
CORNERS = ((0, 2), (-1, 1), (-1, -1), (0, -2), (1, -1), (1, 1))
ASPECT = 1 / math.sqrt(3)  # half a side in half widths
Lattice = np.ndarray[Any, np.dtype[np.int64]]


def cartogram(level: str = "lad", vintage: int = 2023) -> gpd.GeoDataFrame:
    """Return one hexagon per area, all of one size, roughly where the areas are.

    Parameters
    ----------
    level : str
        Level of the areas; districts are packaged.
    vintage : int
        Year; 2022 has the layout of 2021, and 2024 that of 2023.

    Returns
    -------
    GeoDataFrame
        EPSG:27700, indexed by code, sorted: name, the axial grid coordinates q (east) and r
        (north-east), and geometry. Hexagons have a corner at the top; neighbours share corners
        exactly.

    Raises
    ------
    InputError
        If there is no layout for the level and vintage.

    Notes
    -----
    The grid is scaled and moved, not turned, so that the centres are as near as possible to the
    true centroids in the sense of least squares.
    """
    import geopandas as gpd
    import shapely

    key = find_level(level).key
    layouts = table("cartogram")
    check_choice(key, sorted(layouts["level"].unique()), "cartogram of level")
    layouts = layouts[layouts["level"] == key]
    known = areas(key, vintage)
    cells = layouts[layouts["vintage"] == _packaged(layouts, known, int(vintage))]
    cells = cells.set_index("code").sort_index()
    centres = _centres(cells[["q", "r"]].to_numpy())
    true = known.loc[cells.index, ["easting", "northing"]].to_numpy(dtype=float)
    scale, shift = _fit(_plane(centres), true)
    corners = _plane(centres[:, None, :] + np.array(CORNERS)) * scale + shift
    return gpd.GeoDataFrame(
        {"name": known.loc[cells.index, "name"], "q": cells["q"], "r": cells["r"]},
        geometry=shapely.polygons(corners),
        index=cells.index,
        crs=CRS,
    )


def _packaged(layouts: pd.DataFrame, known: pd.DataFrame, vintage: int) -> int:
    """Return the packaged vintage that has no other codes than those in force in `vintage`."""
    years: list[int] = sorted(layouts["vintage"].unique().tolist())
    fitting = []
    for year in years:
        codes = layouts.loc[layouts["vintage"] == year, "code"]
        if year <= vintage and codes.isin(known.index).all():
            fitting.append(year)
    if not fitting:
        raise InputError(
            f"no hexagon map is packaged for areas of {vintage}, only for {words(years)}",
            hint="Give boundaries of that year (--boundaries FILE), or name another (--vintage).",
        )
    return fitting[-1]


def _centres(axial: Lattice) -> Lattice:
    """Return centres on the lattice of half widths and half sides, shape (n, 2)."""
    q, r = axial[:, 0], axial[:, 1]
    return np.column_stack([2 * q + r, 3 * r])


def _plane(lattice: Lattice) -> Array:
    """Return lattice points in half widths of a hexagon, to scale."""
    return np.asarray(lattice * (1.0, ASPECT), dtype=np.float64)


def _fit(points: Array, true: Array) -> tuple[float, Array]:
    """Return the scale and shift that bring points nearest to their true places."""
    middle, target = points.mean(axis=0), true.mean(axis=0)
    spread = points - middle
    scale = float((spread * (true - target)).sum() / (spread**2).sum())
    return scale, target - scale * middle
