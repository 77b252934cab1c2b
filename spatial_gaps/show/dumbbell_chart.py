"""Two figures per area, joined by a line: `draw_dumbbell`, such as what jobs pay and residents earn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from spatial_gaps.checks import Array, align, as_floats, check_count
from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.measure.classes import BETTER, POCKET
from spatial_gaps.measure.wording import format_value
from spatial_gaps.show.charts import round_steps
from spatial_gaps.show.lines import span_of
from spatial_gaps.show.style import (
    BODY,
    QUIET,
    RULE,
    SMALL,
    Caption,
    Sheet,
    new_sheet,
    plain,
    rule,
    shorten,
    text_width,
    write,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW, HEAD, FOOT, NAMES = 0.23, 0.4, 0.3, 2.2
COLOURS = (BETTER[2], POCKET)


def draw_dumbbell(
    first: pd.Series[Any],
    second: pd.Series[Any],
    *,
    labels: tuple[str, str],
    names: pd.Series[Any] | None = None,
    unit: str = "",
    most: int = 25,
    **caption: Unpack[Caption],
) -> Figure:
    """Draw two figures of every area on one scale, the areas where they differ most on top.

    Parameters
    ----------
    first, second : Series, shape (n,)
        Figures in one unit, indexed by code; areas that lack either are left out, and counted.
    labels : tuple of str
        What they are, such as ("jobs there", "residents").
    names : Series, optional
        Names by code; codes are written unless given.
    unit : str
        Unit of the figures.
    most : int
        Areas drawn; how many more there are is said.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        A row per area, in the order of ``|first - second|``. Ready for `save_figure`.

    Raises
    ------
    JoinError
        If the second lacks an area of the first.
    StatisticUndefined
        If no area has both figures.
    """
    most = check_count(most, "the number of areas drawn", 1)
    align(first, second, names=("second",))
    one = pd.Series(as_floats(first, "first"), first.index)
    pairs = pd.DataFrame({"one": one, "other": as_floats(second.reindex(first.index), "second")})
    pairs = pairs.sort_index()
    known = pairs.dropna()
    if known.empty:
        raise StatisticUndefined("no area has both figures, so there is nothing to draw")
    order = (known["one"] - known["other"]).abs().sort_values(ascending=False, kind="stable").index
    shown = known.loc[order[:most]]
    sheet = new_sheet(caption, HEAD + ROW * len(shown) + FOOT)
    span = span_of(shown.to_numpy(dtype=float).ravel())
    wide = (sheet.left + NAMES, sheet.right - 0.1)
    _draw_scale(sheet, wide, span, len(shown), unit)
    _write_key(sheet, labels, len(known) - len(shown), len(pairs) - len(known))
    for number, (code, row) in enumerate(shown.iterrows()):
        level = sheet.top - HEAD - ROW * (number + 0.5)
        name = shorten(code if names is None else names.get(code, code), NAMES - 0.15, SMALL)
        write(sheet.figure, (sheet.left, level - 0.035), name, size=SMALL, gid="name")
        _draw_pair(sheet, level, _across(row.to_numpy(dtype=float), wide, span))
    return sheet.figure


def _across(figures: Array, wide: tuple[float, float], span: tuple[float, float]) -> Array:
    along = (figures - span[0]) / (span[1] - span[0])
    return np.asarray(wide[0] + along * (wide[1] - wide[0]))


def _draw_scale(
    sheet: Sheet, wide: tuple[float, float], span: tuple[float, float], rows: int, unit: str
) -> None:
    """Draw faint lines at round figures."""
    low, steps = sheet.top - HEAD - ROW * rows, round_steps(span)
    for figure, x in zip(steps, _across(steps, wide, span), strict=True):
        rule(sheet.figure, (x, low), (x, sheet.top - HEAD), color=RULE, linewidth=0.4)
        text = format_value(float(figure), unit, max(map(abs, span)))
        write(sheet.figure, (float(x), low - 0.16), text, size=SMALL, ha="center", color=QUIET)


def _write_key(sheet: Sheet, labels: tuple[str, str], more: int, lacking: int) -> None:
    """Say which dot is which, and how many areas are not drawn."""
    left, level = sheet.left, sheet.top - 0.1
    for label, colour in zip(labels, COLOURS, strict=True):
        dot = Line2D([left + 0.06], [level], marker="o", markersize=6, color=colour)
        dot.set_transform(sheet.figure.dpi_scale_trans)
        sheet.figure.add_artist(dot)
        text = plain(label, 60)
        write(sheet.figure, (left + 0.16, level - 0.04), text, size=BODY, gid="key")
        left += 0.16 + text_width(text, BODY) + 0.3
    rest = [f"{more} more areas" if more else "", f"{lacking} lack a figure" if lacking else ""]
    said = ", ".join(filter(None, rest))
    if said:
        write(
            sheet.figure,
            (sheet.right, level - 0.04),
            said,
            size=SMALL,
            color=QUIET,
            ha="right",
            gid="key",
        )


def _draw_pair(sheet: Sheet, level: float, ends: Array) -> None:
    look: dict[str, Any] = {"transform": sheet.figure.dpi_scale_trans}
    line = Line2D(ends, [level, level], color="#9fb3c4", linewidth=2.0, zorder=3, **look)
    sheet.figure.add_artist(line)
    for end, colour, gid in zip(ends, COLOURS, ("first", "second"), strict=True):
        dot = Line2D([end], [level], marker="o", markersize=6.5, color=colour, zorder=4, **look)
        dot.set_gid(gid)
        sheet.figure.add_artist(dot)
