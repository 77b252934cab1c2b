"""Figures through time: `draw_trend`, one line per area with its name at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd

from spatial_gaps.checks import as_floats, check_unique
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.classes import INK, POCKET
from spatial_gaps.measure.cohort import start_years
from spatial_gaps.measure.wording import format_value
from spatial_gaps.show.lines import (
    OTHERS,
    End,
    Frame,
    draw_axes,
    draw_line,
    scale_width,
    span_of,
    write_names,
)
from spatial_gaps.show.style import (
    Caption,
    new_sheet,
    plain,
    rule,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BODY_HEIGHT, NAMES, FOOT = 5.0, 2.5, 0.3
MOST_NAMES = 30
NATION = INK
COLOURS = (POCKET, "#24527f", "#4f7f3a", "#8a5a9c")


def draw_trend(
    panel: pd.DataFrame,
    *,
    names: pd.Series[Any] | None = None,
    highlight: Sequence[str] = (),
    nation: str = "",
    line: float | None = None,
    unit: str = "",
    **caption: Unpack[Caption],
) -> Figure:
    """Draw the figures of areas through time as lines, each named at its end.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures indexed by code, as `panel` returns them; a line has a gap where one is missing.
    names : Series, optional
        Names by code; codes are written unless given.
    highlight : sequence of str, at most 4
        Codes of the areas in colour. With more than 30 areas only these and the nation are named.
    nation : str
        Code of the area drawn as a dashed line; it has to be in the panel.
    line : float, optional
        A level to mark, such as 0 for no change.
    unit : str
        Unit of the figures.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Ready for `save_figure`.

    Raises
    ------
    InputError
        If columns are no periods in time order, there are fewer than two, or a code is not in the
        panel.
    StatisticUndefined
        If no area has a figure.
    """
    figures = _check(panel, highlight, nation)
    levels = [] if line is None else [line]
    span = span_of(np.concatenate([figures.to_numpy().ravel(), levels]))
    sheet = new_sheet(caption, BODY_HEIGHT)
    frame = Frame(
        (sheet.left + scale_width(span, unit), sheet.right - NAMES),
        (sheet.bottom + FOOT, sheet.top - 0.1),
        start_years(figures.columns),
        span,
    )
    draw_axes(sheet, frame, figures.columns, unit)
    for level in levels:
        at = float(frame.up(np.array([level]))[0])
        rule(sheet.figure, (frame.wide[0], at), (frame.wide[1], at), color=INK, linewidth=0.9)
    marked, largest = {*highlight, nation}, max(map(abs, span))
    ends = []
    for code, values in figures.iterrows():
        look = _look(str(code), highlight, nation)
        height = frame.up(values.to_numpy(dtype=float))
        draw_line(sheet, frame.across, height, look)
        last = np.flatnonzero(~np.isnan(height))
        if len(last) and (len(figures) <= MOST_NAMES or code in marked):
            name = plain(code if names is None else names.get(code, code))
            figure = format_value(float(values.iloc[last[-1]]), unit, largest)
            spot = float(frame.across[last[-1]]), float(height[last[-1]])
            ends.append(End(spot, name, figure, look["color"]))
    write_names(sheet, frame, ends)
    return sheet.figure


def _check(panel: pd.DataFrame, highlight: Sequence[str], nation: str) -> pd.DataFrame:
    """Return the figures as numbers, sorted by code."""
    if not isinstance(panel, pd.DataFrame) or panel.shape[1] < 2:
        raise InputError(
            "a trend needs a panel of at least two periods",
            hint="Give a DataFrame, areas by periods, as panel() returns it.",
        )
    check_unique(panel.index, "the panel")
    asked = [*highlight, *([nation] if nation else [])]
    strange = [code for code in asked if code not in panel.index]
    if strange:
        raise InputError("areas to mark are not in the panel", offenders=strange)
    if len(highlight) > len(COLOURS):
        raise InputError(
            f"at most {len(COLOURS)} areas can be told by colour", value=len(highlight)
        )
    columns = {period: as_floats(panel[period], "figures") for period in panel}
    figures = pd.DataFrame(columns, index=panel.index).sort_index()
    if not figures.notna().any(axis=None):
        raise StatisticUndefined("no area has a figure, so there is nothing to draw")
    return figures


def _look(code: str, highlight: Sequence[str], nation: str) -> dict[str, Any]:
    """Return colour and weight of a line."""
    if code in highlight:
        return {"color": COLOURS[list(highlight).index(code)], "linewidth": 2.2, "zorder": 6}
    if code == nation:
        return {"color": NATION, "linewidth": 1.6, "linestyle": (0, (4, 2)), "zorder": 5}
    return {"color": OTHERS, "linewidth": 1.2, "zorder": 4}
