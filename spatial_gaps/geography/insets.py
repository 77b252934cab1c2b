"""A layout for display: London enlarged, the northern isles moved closer. Not for measuring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely

ENLARGED = 3.5
# Lower left corners of the boxes, in metres of the British National Grid: clear water off the
# coast of Yorkshire and Durham, and east of Aberdeenshire.
LONDON_AT = (505_000.0, 520_000.0)
ISLES_AT = (430_000.0, 805_000.0)
MARGIN = 8_000.0
# Fewer London areas than this are not worth enlarging: they are whole parts of the city.
FEWEST_IN_LONDON = 5
ISLES = (("Shetland", ("S12000027", "TLM66")), ("Orkney", ("S12000023", "TLM65")))
# Areas as equal in size as this are cells of a cartogram.
EQUAL = 1.01


@dataclass(frozen=True)
class Arrangement:
    """Areas moved and enlarged for display.

    Attributes
    ----------
    areas : GeoDataFrame
        Every area exactly once, same index, columns and CRS; only some geometry differs.
    frames : list of (str, Polygon)
        Title and box of each inset.
    ghosts : GeoSeries
        Outlines of enlarged places where they really lie, to be drawn grey.
    """

    areas: gpd.GeoDataFrame
    frames: list[tuple[str, shapely.Polygon]]
    ghosts: gpd.GeoSeries


def arrange(areas: gpd.GeoDataFrame) -> Arrangement:
    """Enlarge London and bring Orkney and Shetland closer, so that a map of the UK reads well.

    Parameters
    ----------
    areas : GeoDataFrame, n rows
        Indexed by code, in EPSG:27700; not changed.

    Returns
    -------
    Arrangement
        Cartograms, and areas without London and the isles, come back as they are.

    Notes
    -----
    London is enlarged 3.5 times into a box in the North Sea, with a ghost at its true place; the
    isles keep their size. Shared corners stay shared.
    """
    import geopandas as gpd

    ghosts = gpd.GeoSeries([], crs=areas.crs)
    if len(areas) < 2 or _is_cartogram(areas):
        return Arrangement(areas.copy(), [], ghosts)
    codes = areas.index.astype(str)
    london = codes.str.startswith("E09") | ((codes.str.startswith("TLI")) & (codes.str.len() > 3))
    isles = {title: np.isin(codes, own) for title, own in ISLES}
    rest = ~np.logical_or.reduce([london, *isles.values()])
    shapes = np.array(areas.geometry.to_numpy(), dtype=object)
    frames: list[tuple[str, Any]] = []
    corner = ISLES_AT
    if rest.any():
        for title, chosen in isles.items():
            if chosen.any() and _saves_height(shapes, chosen, rest):
                shapes[chosen], box = _move(shapes[chosen], corner, 1.0)
                frames.append((title, box))
                corner = (float(box.bounds[2]) + MARGIN, corner[1])
    if london.sum() >= FEWEST_IN_LONDON and (~london).any():
        ghosts = gpd.GeoSeries([_outline(shapes[london])], crs=areas.crs)
        shapes[london], box = _move(shapes[london], LONDON_AT, ENLARGED)
        frames.append(("London", box))
    arranged = areas.set_geometry(gpd.GeoSeries(shapes, index=areas.index, crs=areas.crs))
    return Arrangement(arranged, frames, ghosts)


def _is_cartogram(areas: gpd.GeoDataFrame) -> bool:
    sizes = areas.geometry.area
    return {"q", "r"} <= set(areas.columns) or bool(sizes.max() <= EQUAL * sizes.min())


def _saves_height(shapes: Any, chosen: Any, rest: Any) -> bool:
    """Tell whether areas reach north of everything that stays."""
    import shapely

    return bool(
        shapely.bounds(shapes[chosen])[:, 3].max() > shapely.bounds(shapes[rest])[:, 3].max()
    )


def _move(shapes: Any, corner: tuple[float, float], scale: float) -> tuple[Any, Any]:
    """Return shapes scaled into a box with this lower left corner, and the box."""
    import shapely

    west, south, east, north = shapely.total_bounds(shapes)
    origin = np.array([west, south])
    start = np.array(corner) + MARGIN

    moved = shapely.transform(shapes, lambda points: (points - origin) * scale + start)
    width, height = (east - west) * scale, (north - south) * scale
    right, top = corner[0] + width + 2 * MARGIN, corner[1] + height + 2 * MARGIN
    return moved, shapely.box(corner[0], corner[1], right, top)


def _outline(shapes: Any) -> Any:
    import shapely

    return shapely.union_all(shapes)
