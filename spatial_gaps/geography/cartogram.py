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
        Level of the areas: lad (2019 to 2025) or itl3 (2021 to 2025).
    vintage : int
        Year; years with the same codes have the same layout.

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
    The grid of a level is scaled and moved, not turned, so that the centres of its latest layout
    are as near as possible to the true centroids in the sense of least squares. Cells with the
    same q and r have the same shape in every vintage, and an area that did not change keeps its
    cell where it can: 340 of the 357 districts that are the same in 2021 and 2023 do.

    Examples
    --------
    >>> kent = [cartogram("lad", year).geometry["E07000114"] for year in (2019, 2025)]
    >>> kent[0].equals(kent[1])
    True
    """
    import geopandas as gpd
    import shapely

    key = find_level(level).key
    layouts = table("cartogram")
    check_choice(key, sorted(layouts["level"].unique()), "cartogram of level")
    layouts = layouts[layouts["level"] == key]
    known = areas(key, vintage)
    cells = _packaged(layouts, known.index, int(vintage))
    centres = _centres(cells)
    scale, shift = _placed(layouts, key)
    corners = _plane(centres[:, None, :] + np.array(CORNERS)) * scale + shift
    return gpd.GeoDataFrame(
        {"name": known.loc[cells.index, "name"], "q": cells["q"], "r": cells["r"]},
        geometry=shapely.polygons(corners),
        index=cells.index,
        crs=CRS,
    )


def _packaged(layouts: pd.DataFrame, codes: pd.Index[str], vintage: int) -> pd.DataFrame:
    """Return the cells by code of the latest layout up to `vintage`, which may be older."""
    years = sorted(layouts["vintage"].unique().tolist())
    latest = max((year for year in years if year <= vintage), default=None)
    cells = layouts[layouts["vintage"] == latest].set_index("code").sort_index()
    if cells.empty or not cells.index.isin(codes).all():
        raise InputError(
            f"no hexagon map is packaged for areas of {vintage}, only for {words(years)}",
            hint="Give boundaries of that year (--boundaries FILE), or name another (--vintage).",
        )
    return cells


def _placed(layouts: pd.DataFrame, level: str) -> tuple[float, Array]:
    """Return the scale and shift that bring the latest layout of a level to its true places."""
    latest = int(layouts["vintage"].max())
    cells = layouts[layouts["vintage"] == latest].set_index("code")
    true = areas(level, latest).loc[cells.index, ["easting", "northing"]]
    return _fit(_plane(_centres(cells)), true.to_numpy(dtype=float))


def _centres(cells: pd.DataFrame) -> Lattice:
    """Return centres on the lattice of half widths and half sides, shape (n, 2)."""
    q, r = cells["q"].to_numpy(), cells["r"].to_numpy()
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
