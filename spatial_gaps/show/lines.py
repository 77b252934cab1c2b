"""Lines through time on a sheet: frame, axes, lines, and names at their ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from spatial_gaps.checks import Array
from spatial_gaps.measure.wording import format_value
from spatial_gaps.show.charts import round_steps
from spatial_gaps.show.style import (
    BODY,
    QUIET,
    RULE,
    SMALL,
    Sheet,
    plain,
    rule,
    shorten,
    text_width,
    write,
)

LEADER, STEP = 0.14, 0.155
OTHERS = "#9fb3c4"


@dataclass(frozen=True)
class Frame:
    """Where figures and years lie on the sheet: `wide` and `high` are its edges in inches."""

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
class End:
    """The end of a line, and what is written beside it."""

    spot: tuple[float, float]
    name: str
    figure: str
    colour: str


def span_of(shown: Array) -> tuple[float, float]:
    """Return the ends of the scale, a little beyond the figures."""
    low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
    room = (high - low) * 0.04 or 1.0
    return low - room, high + room


def scale_width(span: tuple[float, float], unit: str) -> float:
    """Return how wide the figures of the scale are."""
    largest = max(map(abs, span))
    words = [format_value(float(step), unit, largest) for step in round_steps(span)]
    return max((text_width(text, SMALL) for text in words), default=0.3) + 0.1


def draw_line(sheet: Sheet, across: Array, up: Array, look: dict[str, Any]) -> None:
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


def draw_axes(sheet: Sheet, frame: Frame, periods: pd.Index[Any], unit: str) -> None:
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


def write_names(sheet: Sheet, frame: Frame, ends: list[End]) -> None:
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
