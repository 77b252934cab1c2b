"""Many periods side by side, in one scale with one key: `draw_small_multiples`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd
import shapely
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path

from spatial_gaps.checks import as_floats, check_direction
from spatial_gaps.errors import InputError
from spatial_gaps.geography.insets import Arrangement, arrange
from spatial_gaps.measure.classes import NO_DATA, NO_DATA_HATCH, class_breaks, class_of
from spatial_gaps.show import outlines
from spatial_gaps.show.plate import HATCH, OUTLINE, on_areas
from spatial_gaps.show.style import (
    BODY,
    MARGIN,
    QUIET,
    SMALL,
    WIDTH,
    Caption,
    Sheet,
    check_size,
    new_sheet,
    shorten,
    text_width,
    write,
)

if TYPE_CHECKING:
    import geopandas as gpd

    from spatial_gaps.records import Breaks

MOST = 9
GAP, LABEL, KEY = 0.15, 0.22, 0.5
SHADOW, FRAME = "#d9d9d9", "#8c8c8c"
NOTE = "One scale for all periods. Dark is worst off."


def draw_small_multiples(
    areas: gpd.GeoDataFrame,
    panel: pd.DataFrame,
    *,
    unit: str = "",
    higher_is: str,
    breaks: Breaks | None = None,
    size: tuple[float, float] | None = None,
    **caption: Unpack[Caption],
) -> Figure:
    """Draw the same map for several periods, in the same classes, so that they can be compared.

    Parameters
    ----------
    areas : GeoDataFrame
        Indexed by code, with name and geometry.
    panel : DataFrame, shape (areas, periods)
        Figures indexed by code, at least of these areas. Of more than nine periods nine are drawn,
        evenly chosen, the first and the last among them.
    unit : str
        Unit of the figures, for the key.
    higher_is : {"better", "worse"}
        The worst-off class gets the darkest colour.
    breaks : Breaks, optional
        Classes from `class_breaks`; fifths of all figures of the periods drawn unless given.
    size : tuple of float, optional
        Width and height in inches; 8 wide and as high as needed unless given.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Ready for `save_figure`. Areas without a figure are hatched.

    Raises
    ------
    InputError
        If there is no period, figures are no numbers, or the direction is lacking.
    JoinError
        If an area has no row in the panel.
    """
    direction = check_direction(higher_is)
    check_size(size)
    outlines.check_areas(areas)
    if not isinstance(panel, pd.DataFrame) or not panel.shape[1]:
        raise InputError("small multiples need a panel, areas by periods")
    chosen = evenly(list(panel.columns))
    laid = arrange(areas.sort_index())
    frame = on_areas(laid.areas, panel[chosen], "figures", *chosen)
    figures = np.column_stack([as_floats(frame[each], f"figures of {each}") for each in chosen])
    if breaks is None and not np.isnan(figures).all():
        breaks = class_breaks(figures.ravel(), higher_is=direction, unit=unit)
    frames = [box for _, box in laid.frames]
    shapes = laid.areas.geometry.to_numpy()
    bounds = np.asarray(shapely.total_bounds(np.array([*shapes, *frames], dtype=object)))
    sheet, boxes = _lay_out(caption, len(chosen), bounds, size)
    paths = np.empty(len(shapes), dtype=object)
    paths[:] = outlines.to_paths(shapes)
    around = _surroundings(laid)
    for number, (period, box) in enumerate(zip(chosen, boxes, strict=True)):
        axes = _draw_axes(sheet, box, bounds)
        _paint(axes, paths, figures[:, number], breaks)
        for lines, look in around:
            axes.add_collection(PathCollection(lines, linewidths=0.35, **look), autolim=False)
        title = shorten(period, box[2], BODY, bold=True)
        write(sheet.figure, (box[0], box[1] + box[3] + 0.05), title, bold=True, gid="period")
    _draw_key(sheet, breaks, bool(np.isnan(figures).any()))
    return sheet.figure


def _surroundings(laid: Arrangement) -> list[tuple[list[Path], dict[str, Any]]]:
    """Return borders of regions, boxes of insets and shadows of what was moved, with their looks."""
    regions = [] if "itl1" not in laid.areas else outlines.dissolve(laid.areas, "itl1").to_list()
    parts = (
        (list(laid.ghosts), {"facecolors": SHADOW, "edgecolors": FRAME, "gid": "ghosts"}),
        (regions, {"facecolors": "none", "edgecolors": OUTLINE, "gid": "regions"}),
        (
            [box for _, box in laid.frames],
            {"facecolors": "none", "edgecolors": FRAME, "gid": "frame"},
        ),
    )
    return [
        (outlines.to_paths(np.array(shapes, dtype=object)), look)
        for shapes, look in parts
        if shapes
    ]


def evenly(periods: list[Any], most: int = MOST) -> list[Any]:
    """Return at most so many periods, evenly chosen, the first and the last among them.

    Examples
    --------
    >>> evenly(list(range(2008, 2026)), 4)
    [2008, 2014, 2019, 2025]
    """
    if len(periods) <= most:
        return periods
    picks = np.linspace(0, len(periods) - 1, most).round().astype(int)
    return [periods[pick] for pick in picks]


def _lay_out(
    caption: Caption, count: int, bounds: np.ndarray[Any, Any], size: tuple[float, float] | None
) -> tuple[Sheet, list[tuple[float, float, float, float]]]:
    """Return the sheet and the box of every map, in inches, row by row."""
    columns = count if count <= 3 else math.ceil(count / 2) if count <= 4 else 3
    rows = math.ceil(count / columns)
    wide, tall = np.maximum(bounds[2:] - bounds[:2], 1e-9)
    page = (WIDTH if size is None else size[0]) - 2 * MARGIN
    each = (page - GAP * (columns - 1)) / columns
    high = min(each * tall / wide, 9.0 / rows)
    sheet = new_sheet(caption, rows * (high + LABEL + GAP) + KEY, size)
    high = (sheet.height - KEY) / rows - LABEL - GAP
    boxes = []
    for number in range(count):
        row, column = divmod(number, columns)
        top = sheet.top - KEY - row * (high + LABEL + GAP) - LABEL
        boxes.append((sheet.left + column * (each + GAP), top - high, each, high))
    return sheet, boxes


def _draw_axes(
    sheet: Sheet, box: tuple[float, float, float, float], bounds: np.ndarray[Any, Any]
) -> Any:
    """Return axes in a box, in map coordinates of one scale."""
    left, bottom, width, height = box
    inches = sheet.figure.get_size_inches()
    axes = sheet.figure.add_axes(
        (left / inches[0], bottom / inches[1], width / inches[0], height / inches[1])
    )
    axes.set_axis_off()
    span = bounds[2:] - bounds[:2]
    scale = max(span[0] / width, span[1] / height) * 1.01
    middle = (bounds[2:] + bounds[:2]) / 2
    axes.set_xlim(middle[0] - width * scale / 2, middle[0] + width * scale / 2)
    axes.set_ylim(middle[1] - height * scale / 2, middle[1] + height * scale / 2)
    return axes


def _paint(
    axes: Any,
    paths: np.ndarray[Any, Any],
    figures: np.ndarray[Any, Any],
    breaks: Breaks | None,
) -> None:
    """Draw every area once, in the colour of its class or hatched."""
    missing = np.isnan(figures)
    for hatched in (False, True):
        here = missing == hatched
        if not here.any():
            continue
        colours: Any = NO_DATA
        if not hatched and breaks is not None:
            colours = list(np.array(breaks.colours, dtype=object)[class_of(figures[here], breaks)])
        collection = PathCollection(
            list(paths[here]),
            facecolors=colours,
            edgecolors=NO_DATA_HATCH if hatched else "#ffffff",
            linewidths=0.2 if hatched else 0.1,
            hatch=HATCH if hatched else None,
            gid="areas",
        )
        axes.add_collection(collection, autolim=False)


def _draw_key(sheet: Sheet, breaks: Breaks | None, missing: bool) -> None:
    """Write one key above all maps, from low to high in a row."""
    figure, left, top = sheet.figure, sheet.left, sheet.top
    entries = [] if breaks is None else list(zip(breaks.labels, breaks.colours, strict=True))
    entries += [("No data", NO_DATA)] if missing else []
    for label, colour in entries:
        hatched = colour == NO_DATA
        swatch = Rectangle(
            (left, top - 0.155),
            0.24,
            0.145,
            facecolor=colour,
            edgecolor="#8a8a8a",
            hatch=HATCH if hatched else None,
            linewidth=0.5,
            transform=figure.dpi_scale_trans,
            gid="swatch",
        )
        figure.add_artist(swatch)
        write(figure, (left + 0.3, top - 0.125), label, size=SMALL, gid="key")
        left += 0.3 + text_width(label, SMALL) + 0.16
    write(figure, (sheet.left, top - 0.34), NOTE, size=SMALL, color=QUIET, gid="key")
