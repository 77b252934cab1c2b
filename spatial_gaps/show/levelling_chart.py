"""Who moved: `draw_levelling`, the top, the rest and the bottom through time, and their gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from spatial_gaps.checks import Array, check_choice
from spatial_gaps.errors import InputError
from spatial_gaps.measure.classes import BETTER, INK, POCKET
from spatial_gaps.measure.cohort import start_years
from spatial_gaps.measure.wording import format_value
from spatial_gaps.show.lines import End, Frame, draw_axes, draw_line, span_of, write_names
from spatial_gaps.show.style import (
    BODY,
    QUIET,
    SMALL,
    Caption,
    Sheet,
    new_sheet,
    plain,
    rule,
    wrap,
    write,
    write_lines,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UPPER, LOWER, FOREST = 2.9, 1.7, 1.0
SCALE, NAMES, FOOT, HEADING = 0.6, 2.1, 0.3, 0.3
GROUPS = {
    "top": ("best-off places", BETTER[2]),
    "rest": ("everyone else", "#4f7f3a"),
    "bottom": ("worst-off places", POCKET),
}
GAPS = {"gap": ("same places", INK), "gap_anew": ("top of each year", "#7a8b98")}


def draw_levelling(
    periods: pd.DataFrame,
    groups: pd.DataFrame,
    *,
    base: str,
    scale: str = "interval",
    unit: str = "",
    **caption: Unpack[Caption],
) -> Figure:
    """Draw the means of the best-off, the worst-off and the rest, their gap, and the true changes.

    Parameters
    ----------
    periods, groups : DataFrame
        Those of `levelling`.
    base : str
        The period in which the groups were chosen.
    scale : {"interval", "ratio", "bounded"}
        As `levelling` was told: on a ratio scale its figures are logarithms, drawn as figures and
        the gap in per cent.
    unit : str
        Unit of the figures.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Three parts: levels, gaps, and changes since the base with the luck of the chosen taken out,
        with 95 % intervals. Ready for `save_figure`.

    Raises
    ------
    InputError
        If a column is missing, there is one period only, or the base is none of them.
    """
    lacking = [name for name in (*GROUPS, *GAPS) if name not in periods]
    if lacking or len(periods) < 2:
        raise InputError(
            f"the periods lack {lacking or 'a second row'}", hint="Give levelling(...).periods."
        )
    check_choice(base, [str(each) for each in periods.index], "base period", "the periods")
    ratio = scale == "ratio"
    levels = periods[list(GROUPS)].apply(np.exp) if ratio else periods[list(GROUPS)]
    gaps = periods[list(GAPS)].apply(np.expm1) * 100 if ratio else periods[list(GAPS)]
    sheet = new_sheet(caption, UPPER + LOWER + FOREST + 3 * HEADING)
    at = int(np.flatnonzero([str(each) == base for each in periods.index])[0])
    top = sheet.top
    for heading, frame, looks, height, kind in (
        ("Mean of each group", levels, GROUPS, UPPER, unit),
        ("Gap between the top and everyone else", gaps, GAPS, LOWER, "%" if ratio else unit),
    ):
        write(sheet.figure, (sheet.left, top - 0.13), heading, size=BODY, bold=True)
        _draw_lines(sheet, frame, (top - HEADING, height), looks, kind, at)
        top -= HEADING + height
    _draw_forest(sheet, groups, top, base, ratio, unit)
    return sheet.figure


def _draw_lines(
    sheet: Sheet,
    figures: pd.DataFrame,
    place: tuple[float, float],
    looks: dict[str, tuple[str, str]],
    unit: str,
    at: int,
) -> None:
    """Draw the lines of one part, with a mark at the base."""
    top, height = place
    span = span_of(figures.to_numpy(dtype=float).ravel())
    frame = Frame(
        (sheet.left + SCALE, sheet.right - NAMES),
        (top - height + FOOT, top),
        start_years([str(each) for each in figures.index]),
        span,
    )
    draw_axes(sheet, frame, figures.index, unit)
    ends = []
    across = frame.across
    rule(sheet.figure, (across[at], frame.high[0]), (across[at], top), color=QUIET, linestyle=":")
    for name, (words, colour) in looks.items():
        up = frame.up(figures[name].to_numpy(dtype=float))
        draw_line(sheet, across, up, {"color": colour, "linewidth": 2.0, "zorder": 5})
        figure = format_value(float(figures[name].iloc[-1]), unit, max(map(abs, span)))
        ends.append(End((float(across[-1]), float(up[-1])), words, figure, colour))
    write_names(sheet, frame, ends)


def _draw_forest(
    sheet: Sheet, groups: pd.DataFrame, top: float, base: str, ratio: bool, unit: str
) -> None:
    """Draw the changes of top, rest and gap without the luck of the chosen, with intervals."""
    heading = f"Change since {plain(base, 20)}, without the luck of places chosen by their figures"
    write(sheet.figure, (sheet.left, top - 0.13), heading, size=BODY, bold=True)
    rows = groups.loc[["top", "rest", "gap"], ["true_change", "lower", "upper"]]
    ends = rows.to_numpy(dtype=float)
    ends = 100 * np.expm1(ends) if ratio else ends
    if np.isnan(ends).any():
        words = "Not assessable: without standard errors luck cannot be told from change."
        lines = wrap(words, sheet.width, SMALL)
        write_lines(sheet.figure, (sheet.left, top - HEADING), lines, size=SMALL, color=QUIET)
        return
    span = span_of(np.append(ends.ravel(), 0.0))
    wide = (sheet.left + 1.4, sheet.right - NAMES)

    def across(values: Array) -> Array:
        share = (values - span[0]) / (span[1] - span[0])
        return np.asarray(wide[0] + share * (wide[1] - wide[0]))

    zero = float(across(np.array([0.0]))[0])
    low = top - HEADING - 0.15 - 0.28 * 2 - 0.12
    rule(sheet.figure, (zero, low), (zero, top - HEADING), color=QUIET)
    colours = {"top": GROUPS["top"][1], "rest": GROUPS["rest"][1], "gap": INK}
    for number, (name, row) in enumerate(zip(rows.index, ends, strict=True)):
        level = top - HEADING - 0.15 - 0.28 * number
        _draw_change(sheet, level, across(row), colours[name])
        label = "gap" if name == "gap" else GROUPS[str(name)][0]
        write(sheet.figure, (sheet.left, level - 0.04), label, size=SMALL)
        most = float(np.abs(row).max())
        said = [_signed(each, "%" if ratio else unit, most) for each in row]
        text = f"{said[0]} ({said[1]} to {said[2]})"
        write(sheet.figure, (sheet.right, level - 0.04), text, size=SMALL, ha="right")


def _draw_change(sheet: Sheet, level: float, ends: Array, colour: str) -> None:
    middle, low, high = map(float, ends)
    look: dict[str, Any] = {"transform": sheet.figure.dpi_scale_trans, "color": colour}
    sheet.figure.add_artist(Line2D([low, high], [level, level], linewidth=1.6, **look))
    sheet.figure.add_artist(Line2D([middle], [level], marker="o", markersize=6, **look))


def _signed(value: float, unit: str, largest: float) -> str:
    text = format_value(value, unit, largest)
    return f"+{text}" if value > 0 else text
