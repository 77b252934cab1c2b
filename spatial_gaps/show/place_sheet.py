"""One place on a page of A4 for a committee: `draw_place`, finding, map and table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd
import shapely

from spatial_gaps.checks import as_floats
from spatial_gaps.show.focus_map import fill_place, near
from spatial_gaps.show.plate import Plate
from spatial_gaps.show.style import (
    BODY,
    QUIET,
    SMALL,
    Caption,
    Sheet,
    new_sheet,
    plain,
    rule,
    shorten,
    text_width,
    wrap,
    write,
    write_lines,
)

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.figure import Figure

    from spatial_gaps.records import Breaks

A4 = (8.27, 11.69)
KEY, MOST_ROWS, ROW, HEAD = 2.1, 24, 0.185, 0.5


def draw_place(
    areas: gpd.GeoDataFrame,
    codes: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    heads: Sequence[str],
    sentences: Sequence[str],
    breaks: Breaks,
    **caption: Unpack[Caption],
) -> Figure:
    """Draw one place on a page: sentences, its map in the classes of all areas, and its table.

    Parameters
    ----------
    areas : GeoDataFrame
        All areas, indexed by code, with name, geometry and value.
    codes : sequence of str
        Areas of the place.
    rows : sequence of sequence of str
        Cells of the table, ready to print: the first column is written to the left, the others to
        the right. Of more than 24 the page says how many there are.
    heads : sequence of str
        Headings of the columns.
    sentences : sequence of str
        What comes after the title.
    breaks : Breaks
        Classes of all areas.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        A4, upright; ready for `save_figure`.
    """
    sheet = new_sheet(caption, A4[1], A4)
    top = sheet.top
    for sentence in sentences:
        lines = wrap(sentence, sheet.width, BODY, most=6)
        top = write_lines(sheet.figure, (sheet.left, top), lines, size=BODY) - 0.05
    shown = list(rows)[:MOST_ROWS]
    table = HEAD + ROW * (len(shown) + (len(rows) > MOST_ROWS)) + 0.3
    figures = pd.Series(as_floats(areas["value"], "figures"), areas.index)
    plate = _plate(sheet, near(areas, codes), (sheet.bottom + table, top - 0.1))
    key = fill_place(plate, figures, codes, breaks, labels=True)
    low = plate.inches(np.array([[0.0, shapely.total_bounds(plate.areas.geometry)[1]]]))[0, 1]
    _draw_table(sheet, min(float(low), key) - 0.25, shown, heads, len(rows))
    return sheet.figure


def _plate(sheet: Sheet, areas: gpd.GeoDataFrame, span: tuple[float, float]) -> Plate:
    """Return a plate for the areas between two heights, with room for a key at the right."""
    inches = sheet.figure.get_size_inches()
    wide, high = sheet.width - KEY - 0.2, max(span[1] - span[0], 1.0)
    low_x, low_y, high_x, high_y = shapely.total_bounds(areas.geometry.to_numpy())
    scale = max((high_x - low_x) / wide, (high_y - low_y) / high)
    box = (sheet.left / inches[0], span[0] / inches[1], wide / inches[0], high / inches[1])
    axes = sheet.figure.add_axes(box)
    axes.set_axis_off()
    axes.set_xlim(low_x, low_x + wide * scale)
    axes.set_ylim(high_y - high * scale, high_y)
    part = Sheet(sheet.figure, sheet.left, span[0], sheet.width, high)
    return Plate(part, axes, areas.sort_index(), sheet.right - KEY, KEY)


def _draw_table(
    sheet: Sheet, top: float, rows: list[Sequence[str]], heads: Sequence[str], total: int
) -> None:
    """Write the table: names to the left, everything else to the right of its column."""
    wide = _widths(heads, rows)
    others = sum(wide[1:])
    size = SMALL * min(1.0, sheet.width * 0.76 / others)
    edges = sheet.right - np.cumsum([0.0, *wide[:0:-1]])[::-1][1:] * size / SMALL
    first = sheet.width - others * size / SMALL - 0.1
    for column, head in enumerate(heads):
        room = first if not column else wide[column] * size / SMALL - 0.06
        for line, text in enumerate(reversed(wrap(head, room, size, bold=True, most=3))):
            place = (
                sheet.left if not column else float(edges[column - 1]),
                top - HEAD + 0.16 * line,
            )
            write(sheet.figure, place, text, size=size, bold=True,
                  ha="left" if not column else "right", gid="cell")  # fmt: skip
    rule(sheet.figure, (sheet.left, top - HEAD - 0.06), (sheet.right, top - HEAD - 0.06))
    for number, cells in enumerate(rows, 1):
        base = top - HEAD - ROW * number
        name = shorten(cells[0], first, size)
        write(sheet.figure, (sheet.left, base), name, size=size, gid="cell")
        for edge, cell in zip(edges, cells[1:], strict=True):
            write(
                sheet.figure,
                (float(edge), base),
                plain(cell, 40),
                size=size,
                ha="right",
                gid="cell",
            )
        rule(sheet.figure, (sheet.left, base - 0.055), (sheet.right, base - 0.055), linewidth=0.4)
    if total > len(rows):
        place = (sheet.left, top - HEAD - ROW * (len(rows) + 1))
        write(sheet.figure, place, f"and {total - len(rows)} more", size=size, color=QUIET)


def _widths(heads: Sequence[str], rows: list[Sequence[str]]) -> list[float]:
    """Return the inches that every column wants; a heading may break between its words."""
    wide = []
    for column, head in enumerate(heads):
        words = max(text_width(word, SMALL, bold=True) for word in plain(head).split(" "))
        cells = [text_width(plain(row[column], 40), SMALL) for row in rows]
        wide.append(max([words, *cells]) + 0.16)
    return wide
