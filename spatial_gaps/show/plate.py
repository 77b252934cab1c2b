"""The map itself: areas laid out with their insets on a sheet, each drawn once, and the key beside.

A `Plate` knows where every map coordinate lies in inches, so labels are placed before drawing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import Rectangle

from spatial_gaps.checks import check_unique
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.geography.insets import Arrangement, arrange
from spatial_gaps.measure.classes import NO_DATA, NO_DATA_HATCH
from spatial_gaps.show import outlines
from spatial_gaps.show.style import (
    BODY,
    LEADING,
    MARGIN,
    QUIET,
    SMALL,
    WIDTH,
    Caption,
    Sheet,
    check_size,
    new_sheet,
    plain,
    shorten,
    text_width,
    wrap,
    write,
    write_lines,
)

if TYPE_CHECKING:
    import geopandas as gpd

GAP = 0.2
LOWEST, HIGHEST = 4.6, 9.4
BORDER = "#ffffff"
OUTLINE = "#4a4a4a"
HATCH = "//////"
DOTS = "....."


@dataclass(frozen=True)
class Entry:
    """One line of a key: swatch, label, and a count where one is known."""

    label: str
    colour: str
    count: int | None = None
    hatch: str = ""
    edge: str = "#8a8a8a"


@dataclass(frozen=True)
class Plate:
    """Arranged areas on a sheet.

    Attributes
    ----------
    sheet : Sheet
        Figure with title and source.
    axes : Axes
        Where the areas are drawn, in map coordinates.
    areas : GeoDataFrame
        In the order of their codes, moved into insets where there are any.
    key_left, key_width : float
        Column of the key, in inches.
    """

    sheet: Sheet
    axes: Axes
    areas: gpd.GeoDataFrame
    key_left: float
    key_width: float

    def inches(self, points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return map coordinates, shape (n, 2), as inches on the figure."""
        box = self.axes.get_position()
        size = self.sheet.figure.get_size_inches()
        low = np.array([self.axes.get_xlim()[0], self.axes.get_ylim()[0]])
        return np.asarray((points - low) / self.scale + np.array([box.x0, box.y0]) * size)

    @property
    def scale(self) -> float:
        """Map units per inch."""
        width = self.axes.get_position().width * self.sheet.figure.get_size_inches()[0]
        return float(np.diff(self.axes.get_xlim())[0] / width)


def on_areas(
    areas: gpd.GeoDataFrame, frame: pd.DataFrame, what: str, *columns: str
) -> pd.DataFrame:
    """Return the rows of `frame` in the order of `areas`, by code; raise if one is lacking."""
    lacking = [column for column in columns if column not in frame.columns]
    if lacking:
        raise InputError(f"{what} lack columns", offenders=lacking)
    check_unique(frame.index, what)
    absent = areas.index.difference(frame.index)
    if len(absent):
        raise JoinError(
            f"{what} lack areas that are to be drawn", offenders=[str(code) for code in absent]
        )
    return frame[list(columns)].reindex(areas.index)


def _free_room(shapes: Any, box: tuple[float, ...], key: tuple[float, float], page: float) -> float:
    """Return how many inches wide the map can be without a shape under the key.

    The key stands in the upper right corner, which is sea on a map of the UK: the map may reach
    below it, and beside it on the left, but no shape may lie under it.
    """
    left, bottom, right, top = box
    widest = min(page, HIGHEST * (right - left) / (top - bottom))
    narrowest = page - key[0] - GAP
    for room in np.linspace(widest, narrowest, 12) if widest > narrowest else ():
        unit = (right - left) / room
        corner = shapely.box(
            left + (page - key[0] - GAP) * unit,
            top - (key[1] + GAP) * unit,
            left + page * unit,
            top,
        )
        if not shapely.intersects(shapes, corner).any():
            return float(room)
    return narrowest


def lay_out(
    areas: gpd.GeoDataFrame,
    caption: Caption,
    *,
    key: tuple[float, float],
    size: tuple[float, float] | None = None,
    insets: bool = True,
) -> Plate:
    """Arrange the areas and their insets on a new sheet, in portrait, with room for a key.

    Parameters
    ----------
    areas : GeoDataFrame
        Indexed by code, with name and geometry.
    caption : Caption
        Title, subtitle and source.
    key : tuple of float
        Width and height in inches kept free in the upper right corner.
    size : tuple of float, optional
        Width and height of the figure in inches; as high as the map needs unless given.
    insets : bool
        Whether London is enlarged and the northern isles are brought closer.

    Returns
    -------
    Plate
        Nothing is painted on it yet except the insets' frames.
    """
    check_size(size)
    outlines.check_areas(areas)
    # The order of drawing is the order of codes: the caller's row order never shows.
    ordered = areas.sort_index()
    laid = arrange(ordered) if insets else Arrangement(ordered, [], ordered.geometry.iloc[:0])
    frames = [box for _, box in laid.frames]
    shapes = np.array([*laid.areas.geometry, *frames], dtype=object)
    above = 0.2 if frames else 0.0  # the title of an inset stands on its box
    low, high = np.split(np.asarray(shapely.total_bounds(shapes)), 2)
    wide, tall = np.maximum(high - low, 1e-9)
    page = (WIDTH if size is None else size[0]) - 2 * MARGIN
    room = _free_room(shapes, (*low, *high), (key[0], key[1] - above), page)
    body = np.clip(room * tall / wide + above, max(LOWEST, key[1]), HIGHEST + above)
    sheet = new_sheet(caption, float(body), size)
    scale = max(wide / room, tall / (sheet.height - above)) * 1.005
    inches = sheet.figure.get_size_inches()
    axes = sheet.figure.add_axes(
        (
            sheet.left / inches[0],
            sheet.bottom / inches[1],
            page / inches[0],
            sheet.height / inches[1],
        )
    )
    axes.set_axis_off()
    left = low[0] - (room * scale - wide) / 2
    axes.set_xlim(left, left + page * scale)
    top = high[1] + above * scale
    axes.set_ylim(top - sheet.height * scale, top)
    plate = Plate(sheet, axes, laid.areas, sheet.right - key[0], key[0])
    draw_insets(plate, laid.frames, laid.ghosts)
    return plate


def draw_insets(plate: Plate, frames: Any, ghosts: Any) -> None:
    """Draw the boxes of the insets with their titles, and what was moved as a pale shadow."""
    if len(ghosts):
        shadow = PathCollection(
            outlines.to_paths(ghosts.to_numpy()),
            facecolors="#d9d9d9",
            edgecolors="#8c8c8c",
            linewidths=0.5,
            zorder=1.5,
            gid="ghosts",
        )
        plate.axes.add_collection(shadow, autolim=False)
    for title, box in frames:
        left, bottom, right, top = box.bounds
        frame = Rectangle(
            (left, bottom),
            right - left,
            top - bottom,
            facecolor="none",
            edgecolor="#8c8c8c",
            linewidth=0.7,
            zorder=3,
            gid="frame",
        )
        plate.axes.add_patch(frame)
        corner = plate.inches(np.array([[left, top]]))[0]
        write(
            plate.sheet.figure,
            (corner[0] + 0.03, corner[1] + 0.04),
            shorten(title, 1.8, SMALL),
            size=SMALL,
            color=QUIET,
            gid="inset",
        )


def paint(
    plate: Plate, colours: np.ndarray[Any, Any], hatches: np.ndarray[Any, Any], width: float = 0.25
) -> None:
    """Draw every area once: one collection of plain areas, one more per kind of hatching.

    Parameters
    ----------
    plate : Plate
        Its areas, in their order, get `colours` and `hatches`.
    colours, hatches : ndarray of str, shape (n,)
        Fill, and hatch pattern or "".
    width : float
        Width of the white lines between areas, in points.
    """
    paths = np.empty(len(plate.areas), dtype=object)
    paths[:] = outlines.to_paths(plate.areas.geometry.to_numpy())
    for hatch in sorted(set(hatches)):
        chosen = hatches == hatch
        collection = PathCollection(
            list(paths[chosen]),
            facecolors=list(colours[chosen]),
            edgecolors=NO_DATA_HATCH if hatch else BORDER,
            linewidths=0.35 if hatch else width,
            hatch=hatch or None,
            clip_on=False,  # half of the outermost border lies beyond the frame
            zorder=1,
            gid="areas",
        )
        plate.axes.add_collection(collection, autolim=False)


def draw_outlines(plate: Plate, shapes: pd.Series[Any], **look: Any) -> None:
    """Draw outlines, such as those of regions, without fill."""
    settings: dict[str, Any] = {"edgecolors": OUTLINE, "linewidths": 0.5, "zorder": 2} | look
    collection = PathCollection(
        outlines.to_paths(shapes.to_numpy()),
        facecolors="none",
        joinstyle="round",
        clip_on=False,
        **settings,
    )
    plate.axes.add_collection(collection, autolim=False)


def draw_region_outlines(plate: Plate) -> None:
    """Draw the borders of ITL1 regions if the areas know theirs, named on a cartogram."""
    if "itl1" not in plate.areas.columns or plate.areas["itl1"].isna().all():
        return
    shapes = outlines.dissolve(plate.areas, "itl1")
    cartogram = outlines.is_cartogram(plate.areas)
    if cartogram:
        # Between two dark hexagons a dark line alone would be lost.
        draw_outlines(plate, shapes, edgecolors="#ffffff", linewidths=2.0)
    draw_outlines(plate, shapes, linewidths=0.9 if cartogram else 0.5, gid="regions")
    if cartogram and "itl1_name" in plate.areas.columns:
        titles = plate.areas.groupby("itl1")["itl1_name"].first()
        name_regions(plate, shapes, {code: str(titles[code]) for code in shapes.index})


def region_name(name: object) -> str:
    """Return a region's name without the "(England)" that a map of the UK shows anyway."""
    return plain(name).removesuffix(" (England)")


def name_regions(plate: Plate, shapes: pd.Series[Any], names: dict[Any, str]) -> None:
    """Write the name of each region where it has most room, on a white rim."""
    spots = outlines.middles(shapes.to_numpy())
    places = plate.inches(spots[:, :2])
    for code, place in zip(shapes.index, places, strict=True):
        lines = wrap(region_name(names[code]), 0.95, SMALL, bold=True, most=3)
        top = place[1] + len(lines) * SMALL * LEADING / 144
        write_lines(
            plate.sheet.figure,
            (place[0], top),
            lines,
            size=SMALL,
            bold=True,
            ha="center",
            halo=True,
            gid="region",
        )


def no_data(count: int) -> Entry:
    """Return the key's line for areas without a figure."""
    return Entry("No data", NO_DATA, count, hatch=HATCH, edge=NO_DATA_HATCH)


def draw_key(plate: Plate, top: float, heading: str, entries: list[Entry], note: str = "") -> float:
    """Write a key below `top`, in inches; return where it ends.

    Parameters
    ----------
    plate : Plate
        Where to write.
    top : float
        Upper edge, in inches.
    heading : str
        What the colours mean.
    entries : list of Entry
        Colours, from the top.
    note : str
        A quiet remark below the heading.

    Returns
    -------
    float
        Lower edge, in inches.
    """
    figure, left, width = plate.sheet.figure, plate.key_left, plate.key_width
    top = write_lines(
        figure, (left, top), wrap(heading, width, BODY, bold=True), size=BODY, bold=True, gid="key"
    )
    if note:
        lines = wrap(note, width, SMALL)
        top = write_lines(figure, (left, top), lines, size=SMALL, color=QUIET, gid="key")
    top -= 0.04
    for entry in entries:
        swatch = Rectangle(
            (left, top - 0.155),
            0.27,
            0.145,
            facecolor=entry.colour,
            edgecolor=entry.edge,
            hatch=entry.hatch or None,
            linewidth=0.5,
            transform=figure.dpi_scale_trans,
            gid="swatch",
        )
        figure.add_artist(swatch)
        base = top - 0.125
        counted = "" if entry.count is None else f"{entry.count:,}"
        free = width - 0.36 - text_width(counted, BODY) - 0.06
        write(figure, (left + 0.36, base), shorten(entry.label, free, BODY), gid="key")
        if counted:
            write(figure, (left + width, base), counted, ha="right", color=QUIET, gid="key")
        top -= 0.2
    return top - 0.16
