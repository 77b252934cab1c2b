"""The same figures on the real map and as hexagons, side by side: `draw_beside`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np
import shapely

from spatial_gaps.checks import as_floats, check_direction
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.geography.insets import arrange
from spatial_gaps.measure.classes import NO_DATA, class_breaks, class_of
from spatial_gaps.show import outlines
from spatial_gaps.show.plate import (
    HATCH,
    Entry,
    Plate,
    draw_insets,
    draw_key,
    draw_region_outlines,
    no_data,
    paint,
)
from spatial_gaps.show.style import Caption, Sheet, new_sheet

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.figure import Figure

    from spatial_gaps.records import Breaks

SIZE, KEY, GAP = (12.5, 9.2), 2.15, 0.25


def draw_beside(
    areas: gpd.GeoDataFrame,
    hexagons: gpd.GeoDataFrame,
    column: str = "value",
    *,
    unit: str = "",
    higher_is: str | None = None,
    breaks: Breaks | None = None,
    **caption: Unpack[Caption],
) -> Figure:
    """Draw one column on the real map and on hexagons, with one key: land on the left, places right.

    Parameters
    ----------
    areas : GeoDataFrame
        Indexed by code, with name, geometry and `column`.
    hexagons : GeoDataFrame
        `cartogram` of the same level and vintage; areas that are not drawn are left out.
    column : str
        What to show.
    unit : str
        Unit of the figures, for the key.
    higher_is : {"better", "worse"}, optional
        The worst-off class gets the darkest colour. Needed unless `breaks` are given.
    breaks : Breaks, optional
        Classes; fifths of the areas unless given.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        12.5 by 9.2 inches; every area once on each side. Ready for `save_figure`.

    Raises
    ------
    InputError
        If the column is lacking or not numeric, or the direction is not known.
    JoinError
        If an area has no hexagon.
    """
    if column not in areas.columns:
        raise InputError("the areas have no such column", column=column)
    absent = areas.index.difference(hexagons.index)
    if len(absent):
        raise JoinError("areas have no hexagon", offenders=[str(code) for code in absent])
    outlines.check_areas(areas)
    ordered = areas.sort_index()
    values = as_floats(ordered[column], f"figures of '{column}'")
    if breaks is None:
        breaks = class_breaks(values, higher_is=check_direction(higher_is), unit=unit)
    classes, missing = class_of(values, breaks), np.isnan(values)
    colours = np.array([*breaks.colours, NO_DATA], dtype=object)[classes]
    sheet = new_sheet(caption, SIZE[1], SIZE)
    half = (sheet.width - KEY - 2 * GAP) / 2
    cells = hexagons.loc[ordered.index].drop(columns=["itl1", "itl1_name"], errors="ignore")
    both = [name for name in ("itl1", "itl1_name") if name in ordered]
    for number, shapes in enumerate((ordered, cells.join(ordered[both]))):
        plate = _part(sheet, shapes, sheet.left + number * (half + GAP), half)
        paint(plate, colours, np.where(missing, HATCH, ""))
        draw_region_outlines(plate)
    counts = [int((classes == number).sum()) for number in range(len(breaks.colours))]
    rows = zip(breaks.labels, breaks.colours, counts, strict=True)
    entries = [*[Entry(*row) for row in rows][::-1], no_data(int(missing.sum()))]
    note = "Left: land. Right: every area one hexagon, near its true place."
    draw_key(plate, sheet.top, "Areas by class", entries, note)
    return sheet.figure


def _part(sheet: Sheet, areas: gpd.GeoDataFrame, left: float, width: float) -> Plate:
    """Return a plate in one half of a sheet, as large as fits, from the top down."""
    laid = arrange(areas)
    boxes = [box for _, box in laid.frames]
    low_x, low_y, high_x, high_y = shapely.total_bounds(
        np.array([*laid.areas.geometry, *boxes], dtype=object)
    )
    above = 0.2 if boxes else 0.0
    high = sheet.height - above
    scale = max((high_x - low_x) / width, (high_y - low_y) / high) * 1.005
    inches = sheet.figure.get_size_inches()
    box = (left / inches[0], sheet.bottom / inches[1], width / inches[0], high / inches[1])
    axes = sheet.figure.add_axes(box)
    axes.set_axis_off()
    axes.set_xlim(low_x, low_x + width * scale)
    axes.set_ylim(high_y - high * scale, high_y)
    plate = Plate(sheet, axes, laid.areas, sheet.right - KEY, KEY)
    draw_insets(plate, laid.frames, laid.ghosts)
    return plate
