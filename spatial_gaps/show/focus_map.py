"""A map of one place in colours of the national scale: `draw_focus`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd
import shapely

from spatial_gaps.checks import as_floats, check_direction
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.measure.classes import INK, NO_DATA, class_breaks, class_of
from spatial_gaps.show import outlines
from spatial_gaps.show.plate import (
    HATCH,
    Entry,
    Plate,
    draw_key,
    draw_outlines,
    lay_out,
    no_data,
    paint,
)
from spatial_gaps.show.style import SMALL, Caption, shorten, text_width, write

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.figure import Figure

    from spatial_gaps.records import Breaks

# Neighbours are there to say where it is, not what they have.
AROUND, EDGE, WIDEST = "#ececec", 0.14, 1.6


def draw_focus(
    areas: gpd.GeoDataFrame,
    codes: Sequence[str],
    column: str = "value",
    *,
    unit: str = "",
    higher_is: str | None = None,
    breaks: Breaks | None = None,
    labels: bool = True,
    size: tuple[float, float] | None = None,
    **caption: Unpack[Caption],
) -> Figure:
    """Draw the areas of one place, in the classes of all areas, among their neighbours in grey.

    Parameters
    ----------
    areas : GeoDataFrame
        All areas, indexed by code, with name, geometry and `column`: classes are theirs.
    codes : sequence of str
        Areas of the place, as `find_place` returns them.
    column : str
        What to show.
    unit : str
        Unit of the figures, for the key.
    higher_is : {"better", "worse"}, optional
        The worst-off class gets the darkest colour. Needed unless `breaks` are given.
    breaks : Breaks, optional
        Classes; fifths of all areas unless given.
    labels : bool
        Whether names are written, where they have room.
    size : tuple of float, optional
        Width and height in inches; 8 wide and as high as needed unless given.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Ready for `save_figure`. Numbers in the key count areas of the place.

    Raises
    ------
    InputError
        If the column is lacking, no code is given, or the direction is not known.
    JoinError
        If a code is not among the areas.
    """
    absent = [code for code in codes if code not in areas.index]
    if absent:
        raise JoinError("areas of the place are not among all areas", offenders=absent)
    if column not in areas.columns or not len(codes):
        raise InputError("there is no such column, or no area to show", column=column)
    figures = pd.Series(as_floats(areas[column], f"figures of '{column}'"), areas.index)
    if breaks is None:
        breaks = class_breaks(figures, higher_is=check_direction(higher_is), unit=unit)
    plate = lay_out(near(areas, codes), caption, key=(2.15, 2.2), size=size, insets=False)
    fill_place(plate, figures, codes, breaks, labels)
    return plate.sheet.figure


def fill_place(
    plate: Plate, figures: pd.Series[Any], codes: Sequence[str], breaks: Breaks, labels: bool
) -> float:
    """Paint a place on its plate, with names and key; return where the key ends, in inches."""
    shown = figures.reindex(plate.areas.index)
    own = plate.areas.index.isin(list(codes))
    classes = class_of(shown, breaks)
    colours = np.array([*breaks.colours, NO_DATA], dtype=object)[classes]
    missing = shown.isna().to_numpy()
    paint(plate, np.where(own, colours, AROUND), np.where(own & missing, HATCH, ""))
    together = pd.Series([shapely.union_all(plate.areas.geometry.to_numpy()[own])])
    draw_outlines(plate, together, edgecolors=INK, linewidths=1.1, gid="place")
    if labels:
        _write_names(plate, own)
    counts = [int((own & (classes == number)).sum()) for number in range(len(breaks.colours))]
    rows = zip(breaks.labels, breaks.colours, counts, strict=True)
    entries = [Entry(*row) for row in rows][::-1]
    entries += [no_data(int((own & missing).sum())), Entry("Neighbours", AROUND)]
    note = "Classes of all areas; numbers count those of this place. Dark is worst off."
    return draw_key(plate, plate.sheet.top, "Areas by class", entries, note)


def near(areas: gpd.GeoDataFrame, codes: Sequence[str]) -> gpd.GeoDataFrame:
    """Return what lies in a box around the place, cut off at its edge."""
    own = areas.geometry.loc[list(codes)].to_numpy()
    low_x, low_y, high_x, high_y = shapely.total_bounds(own)
    edge = EDGE * max(high_x - low_x, high_y - low_y)
    box = (low_x - edge, low_y - edge, high_x + edge, high_y + edge)
    cut = shapely.clip_by_rect(areas.geometry.to_numpy(), *box)
    # What only touches the box is cut to a line or nothing.
    here = ~shapely.is_empty(cut) & (shapely.area(cut) > 0)
    found = areas[here].copy()
    found.geometry = [
        shapely.multipolygons(
            [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
        )
        for shape in cut[here]
    ]
    return found


def _write_names(plate: Plate, own: np.ndarray) -> None:
    """Write names of the place's areas, the largest first, where none is written yet."""
    chosen = plate.areas[own]
    shapes = chosen.geometry.to_numpy()
    spots = plate.inches(outlines.middles(shapes)[:, :2])
    taken: list[tuple[float, float, float]] = []
    for at in np.argsort(-shapely.area(shapes), kind="stable"):
        text = shorten(chosen["name"].iloc[at], WIDEST, SMALL)
        half, (x, y) = text_width(text, SMALL) / 2, spots[at]
        if any(abs(y - v) < 0.13 and abs(x - u) < half + width for u, v, width in taken):
            continue
        taken.append((float(x), float(y), half))
        place = (float(x), float(y) - 0.035)
        write(plate.sheet.figure, place, text, size=SMALL, ha="center", halo=True, gid="name")
