"""Two figures on one map: `draw_bivariate`, thirds of one against thirds of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from matplotlib.patches import Rectangle

from spatial_gaps.checks import Array, as_floats
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.classes import BIVARIATE, NO_DATA
from spatial_gaps.measure.wording import format_value
from spatial_gaps.show.plate import (
    HATCH,
    Plate,
    draw_key,
    draw_region_outlines,
    lay_out,
    no_data,
    paint,
)
from spatial_gaps.show.style import BODY, SMALL, Caption, plain, wrap, write, write_lines

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.figure import Figure

CELL = 0.42


def draw_bivariate(
    areas: gpd.GeoDataFrame,
    first: str,
    second: str,
    *,
    titles: tuple[str, str],
    units: tuple[str, str] = ("", ""),
    size: tuple[float, float] | None = None,
    **caption: Unpack[Caption],
) -> Figure:
    """Draw a map of two columns at once, such as a figure and its uncertainty, or homes and jobs.

    Parameters
    ----------
    areas : GeoDataFrame
        Indexed by code, with name, geometry and both columns.
    first, second : str
        Columns; each is cut into thirds of the areas.
    titles : tuple of str
        What they are, for the key: the first grows upwards, the second to the right.
    units : tuple of str
        Their units.
    size : tuple of float, optional
        Width and height in inches; 8 wide and as high as needed unless given.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Areas without either figure are hatched. Ready for `save_figure`.

    Raises
    ------
    InputError
        If a column is lacking or not numeric.
    StatisticUndefined
        If no area has both figures.

    References
    ----------
    Trumbo (1981), A theory for coloring bivariate statistical maps, The American Statistician 35.
    """
    lacking = [column for column in (first, second) if column not in areas.columns]
    if lacking:
        raise InputError("the areas have no such columns", offenders=lacking)
    plate = lay_out(areas, caption, key=(2.15, 2.6), size=size)
    figures = [as_floats(plate.areas[each], f"figures of '{each}'") for each in (first, second)]
    known = ~np.isnan(figures[0]) & ~np.isnan(figures[1])
    if not known.any():
        raise StatisticUndefined("no area has both figures, so there is nothing to draw")
    edges = [np.quantile(each[known], [1 / 3, 2 / 3]) for each in figures]
    thirds = [
        np.where(known, np.searchsorted(limits, each, side="right"), 0)
        for limits, each in zip(edges, figures, strict=True)
    ]
    palette = np.array(BIVARIATE, dtype=object)
    colours = np.where(known, palette[thirds[0], thirds[1]], NO_DATA)
    paint(plate, colours, np.where(known, "", HATCH))
    draw_region_outlines(plate)
    counts = np.zeros((3, 3), dtype=int)
    np.add.at(counts, (thirds[0][known], thirds[1][known]), 1)
    below = _draw_square(plate, edges, counts, titles, units)
    draw_key(plate, below - 0.15, "Areas", [no_data(int((~known).sum()))])
    return plate.sheet.figure


def _draw_square(
    plate: Plate,
    edges: list[Array],
    counts: np.ndarray[Any, Any],
    titles: tuple[str, str],
    units: tuple[str, str],
) -> float:
    """Draw the key, a square of nine colours with the number of areas in each; return its foot."""
    figure, left, width = plate.sheet.figure, plate.key_left, plate.key_width
    heading = wrap(f"{plain(titles[0])} (upwards)", width, BODY, bold=True)
    top = write_lines(figure, (left, plate.sheet.top), heading, size=BODY, bold=True, gid="key")
    top -= 0.05
    side = left + 0.62
    for row in range(3):
        for column in range(3):
            corner = (side + column * CELL, top - (3 - row) * CELL)
            box = Rectangle(
                corner,
                CELL,
                CELL,
                facecolor=BIVARIATE[row][column],
                edgecolor="white",
                linewidth=0.8,
            )
            box.set_transform(figure.dpi_scale_trans)
            figure.add_artist(box)
            middle = (corner[0] + CELL / 2, corner[1] + CELL / 2 - 0.04)
            write(
                figure, middle, str(counts[row, column]), size=SMALL, ha="center", gid="count",
                halo=True,
            )  # fmt: skip
    look: dict[str, Any] = {"size": SMALL, "gid": "scale"}
    for number in (0, 1):
        height = top - (2 - number) * CELL - 0.04
        words = format_value(float(edges[0][number]), units[0], float(edges[0][1]))
        write(figure, (side - 0.06, height), words, ha="right", **look)
        words = format_value(float(edges[1][number]), units[1], float(edges[1][1]))
        place = (side + (number + 1) * CELL, top - 3 * CELL - 0.15)
        write(figure, place, words, ha="center", **look)
    across = wrap(f"{plain(titles[1])} (to the right)", width, BODY, bold=True)
    return write_lines(
        figure, (left, top - 3 * CELL - 0.25), across, size=BODY, bold=True, gid="key"
    )
