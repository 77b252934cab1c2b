"""Figures through time: `draw_trend`, one line per area with its name at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from spatial_gaps.checks import Array, as_floats, check_unique
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.classes import INK, POCKET, format_value
from spatial_gaps.measure.cohort import start_years
from spatial_gaps.show.charts import round_steps
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

BODY_HEIGHT, NAMES, LEADER, STEP, FOOT = 5.0, 2.5, 0.14, 0.155, 0.3
MOST_NAMES = 30
OTHERS, NATION = "#9fb3c4", INK
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
    span = _span(np.concatenate([figures.to_numpy().ravel(), levels]))
    sheet = new_sheet(caption, BODY_HEIGHT)
    frame = _Frame(
        (sheet.left + _scale_width(span, unit), sheet.right - NAMES),
        (sheet.bottom + FOOT, sheet.top - 0.1),
        start_years(figures.columns),
        span,
    )
    _draw_axes(sheet, frame, figures.columns, unit)
    for level in levels:
        at = float(frame.up(np.array([level]))[0])
        rule(sheet.figure, (frame.wide[0], at), (frame.wide[1], at), color=INK, linewidth=0.9)
    marked, largest = {*highlight, nation}, max(map(abs, span))
    ends = []
    for code, values in figures.iterrows():
        look = _look(str(code), highlight, nation)
        height = frame.up(values.to_numpy(dtype=float))
        _draw_line(sheet, frame.across, height, look)
        last = np.flatnonzero(~np.isnan(height))
        if len(last) and (len(figures) <= MOST_NAMES or code in marked):
            name = plain(code if names is None else names.get(code, code))
            figure = format_value(float(values.iloc[last[-1]]), unit, largest)
            spot = float(frame.across[last[-1]]), float(height[last[-1]])
            ends.append(_End(spot, name, figure, look["color"]))
    _write_names(sheet, frame, ends)
    return sheet.figure


@dataclass(frozen=True)
class _Frame:
    """Where figures and years lie on the sheet, in inches."""

    wide: tuple[float, float]
    high: tuple[float, float]
    years: Array
    span: tuple[float, float]

    @property
    def across(self) -> Array:
        share = (self.years - self.years[0]) / (self.years[-1] - self.years[0])
        return np.asarray(self.wide[0] + share * (self.wide[1] - self.wide[0]))

    def up(self, figures: Array) -> Array:
        share = (figures - self.span[0]) / (self.span[1] - self.span[0])
        return np.asarray(self.high[0] + share * (self.high[1] - self.high[0]))


@dataclass(frozen=True)
class _End:
    """The end of a line, and what is written beside it."""

    spot: tuple[float, float]
    name: str
    figure: str
    colour: str


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


def _span(shown: Array) -> tuple[float, float]:
    """Return the ends of the scale, a little beyond the figures."""
    low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
    room = (high - low) * 0.04 or 1.0
    return low - room, high + room


def _scale_width(span: tuple[float, float], unit: str) -> float:
    """Return how wide the figures of the scale are."""
    largest = max(map(abs, span))
    words = [format_value(float(step), unit, largest) for step in round_steps(span)]
    return max((text_width(text, SMALL) for text in words), default=0.3) + 0.1


def _look(code: str, highlight: Sequence[str], nation: str) -> dict[str, Any]:
    """Return colour and weight of a line."""
    if code in highlight:
        return {"color": COLOURS[list(highlight).index(code)], "linewidth": 2.2, "zorder": 6}
    if code == nation:
        return {"color": NATION, "linewidth": 1.6, "linestyle": (0, (4, 2)), "zorder": 5}
    return {"color": OTHERS, "linewidth": 1.2, "zorder": 4}


def _draw_line(sheet: Sheet, across: Array, up: Array, look: dict[str, Any]) -> None:
    """Draw one area; a figure between two gaps is a dot."""
    artist = Line2D(
        across, up, transform=sheet.figure.dpi_scale_trans, solid_joinstyle="round", gid="area", **look
    )  # fmt: skip
    sheet.figure.add_artist(artist)
    known = np.concatenate([[False], ~np.isnan(up), [False]])
    alone = known[1:-1] & ~known[:-2] & ~known[2:]
    if alone.any():
        dots = look | {"linestyle": "none", "marker": "o", "markersize": look["linewidth"] * 2}
        sheet.figure.add_artist(
            Line2D(across[alone], up[alone], transform=sheet.figure.dpi_scale_trans, **dots)
        )


def _draw_axes(sheet: Sheet, frame: _Frame, periods: pd.Index[Any], unit: str) -> None:
    """Draw faint lines at round figures, and write as many periods as have room."""
    steps = round_steps(frame.span)
    left, right = frame.wide
    for figure, at in zip(steps, frame.up(steps), strict=True):
        rule(sheet.figure, (left, at), (right, at), color=RULE, linewidth=0.4)
        words = format_value(float(figure), unit, max(map(abs, frame.span)))
        place = (left - 0.07, at - 0.035)
        write(sheet.figure, place, words, size=SMALL, ha="right", color=QUIET, gid="scale")
    low, free = frame.high[0], float("inf")
    # From the last period back, so that the latest is always written.
    for period, at in zip(periods[::-1], frame.across[::-1], strict=True):
        words = plain(period, 20)
        half = text_width(words, SMALL) / 2
        if at + half < free:
            rule(sheet.figure, (at, low - 0.05), (at, low), color=RULE)
            place = (float(at), low - 0.18)
            write(sheet.figure, place, words, size=SMALL, ha="center", color=QUIET, gid="period")
            free = at - half - 0.12


def _write_names(sheet: Sheet, frame: _Frame, ends: list[_End]) -> None:
    """Write name and last figure of each line beside its end, apart from each other."""
    ordered = sorted(ends, key=lambda end: (end.spot[1], end.name))
    spots = _apart([end.spot[1] for end in ordered], sheet.bottom + 0.05, sheet.top - 0.05)
    left = frame.wide[1] + LEADER
    for end, at in zip(ordered, spots, strict=True):
        marked = end.colour != OTHERS
        look: dict[str, Any] = {"color": end.colour if marked else QUIET, "bold": marked}
        rule(sheet.figure, end.spot, (left - 0.03, at), color=RULE, linewidth=0.5, zorder=2)
        free = sheet.right - left - text_width(end.figure, BODY, marked) - 0.12
        name = shorten(end.name, free, BODY, marked)
        write(sheet.figure, (left, at - 0.04), name, gid="name", **look)
        write(sheet.figure, (sheet.right, at - 0.04), end.figure, ha="right", gid="value", **look)


def _apart(wanted: list[float], low: float, high: float) -> Array:
    """Return heights as near as can be to those wanted, in their order, a line of text apart.

    Pool adjacent violators: names that would touch share their mean place, as a block.
    """
    step = min(STEP, (high - low) / max(len(wanted) - 1, 1))
    blocks: list[tuple[float, int]] = []  # mean of (wanted - its place in the pile), how many
    for number, height in enumerate(wanted):
        mean, size = height - number * step, 1
        while blocks and blocks[-1][0] > mean:
            other, count = blocks.pop()
            mean, size = (other * count + mean * size) / (count + size), count + size
        blocks.append((mean, size))
    base = np.repeat([mean for mean, _ in blocks], [size for _, size in blocks])
    # Kept inside the sheet: the pile as a whole is as high as its names.
    base = np.clip(base, low, high - (len(wanted) - 1) * step)
    return np.asarray(base + np.arange(len(wanted)) * step)
