"""A gap through time with its interval: `draw_gap`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd
from matplotlib.patches import Polygon

from spatial_gaps.checks import as_floats
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.cohort import start_years
from spatial_gaps.measure.wording import format_value
from spatial_gaps.show.lines import (
    End,
    Frame,
    draw_axes,
    draw_line,
    scale_width,
    span_of,
    write_names,
)
from spatial_gaps.show.style import Caption, new_sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BODY_HEIGHT, NAMES, FOOT = 4.0, 2.6, 0.3
TRUE, PUBLISHED, BAND = "#24527f", "#9fb3c4", "#dbe8ee"


def draw_gap(gaps: pd.DataFrame, *, unit: str = "", **caption: Unpack[Caption]) -> Figure:
    """Draw one index of inequality through time: published, and without sampling noise.

    Parameters
    ----------
    gaps : DataFrame
        Indexed by period in time order: value (published), and where standard errors are known
        corrected, lower and upper, as the rows of one index from `gap_panel` are.
    unit : str
        Unit of the index; most have none.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        A pale line for the published index, a dark one for that of the true figures within its 95 %
        interval. Ready for `save_figure`.

    Raises
    ------
    InputError
        If there is no column value, there are fewer than two periods, or they are out of order.
    StatisticUndefined
        If no period has a value.
    """
    if "value" not in gaps or len(gaps) < 2:
        raise InputError(
            "a gap through time needs a column value and at least two periods",
            hint="Give the rows of one index from gap_panel, indexed by period.",
        )
    periods = [str(period) for period in gaps.index]
    columns = [name for name in ("value", "corrected", "lower", "upper") if name in gaps]
    figures = {name: as_floats(gaps[name], name) for name in columns}
    shown = np.concatenate(list(figures.values()))
    if np.isnan(figures["value"]).all():
        raise StatisticUndefined("no period has a value, so there is nothing to draw")
    span = span_of(shown)
    sheet = new_sheet(caption, BODY_HEIGHT)
    frame = Frame(
        (sheet.left + scale_width(span, unit), sheet.right - NAMES),
        (sheet.bottom + FOOT, sheet.top - 0.1),
        start_years(periods),
        span,
    )
    draw_axes(sheet, frame, pd.Index(periods), unit)
    if {"lower", "upper"} <= set(figures):
        known = ~np.isnan(figures["lower"]) & ~np.isnan(figures["upper"])
        edges = [frame.up(figures[name][known]) for name in ("lower", "upper")]
        across = frame.across[known]
        corners = np.column_stack(
            [np.append(across, across[::-1]), np.append(edges[0], edges[1][::-1])]
        )
        band = Polygon(corners, facecolor=BAND, edgecolor="none", zorder=1, gid="interval")
        band.set_transform(sheet.figure.dpi_scale_trans)
        sheet.figure.add_artist(band)
    ends = []
    for name, words, colour in (
        ("value", "as published", PUBLISHED),
        ("corrected", "without sampling noise", TRUE),
    ):
        if name not in figures or np.isnan(figures[name]).all():
            continue
        up = frame.up(figures[name])
        draw_line(sheet, frame.across, up, {"color": colour, "linewidth": 2.2, "zorder": 5})
        last = np.flatnonzero(~np.isnan(up))[-1]
        text = format_value(float(figures[name][last]), unit, max(map(abs, span)))
        spot = (float(frame.across[last]), float(up[last]))
        ends.append(End(spot, words, text, colour))
    write_names(sheet, frame, ends)
    return sheet.figure
