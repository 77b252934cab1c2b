"""At which level inequality lives: `draw_decomposition`, a bar per tier with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from spatial_gaps.checks import Array
from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.measure.classes import INK
from spatial_gaps.show.style import (
    BODY,
    LEADING,
    QUIET,
    RULE,
    SMALL,
    Caption,
    Sheet,
    new_sheet,
    rule,
    wrap,
    write,
    write_lines,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spatial_gaps.records import Decomposition

ROW, NAMES, VALUES, HEAD, FOOT = 0.62, 2.1, 1.35, 0.35, 0.45
TRUE, PUBLISHED = "#24527f", "#b9cbd6"


def draw_decomposition(
    decomposition: Decomposition, *, areas: str = "lad", **caption: Unpack[Caption]
) -> Figure:
    """Draw which share of inequality lies at each tier: published, and without sampling noise.

    Parameters
    ----------
    decomposition : Decomposition
        As `decompose` returns it.
    areas : str
        Level of the areas, for the name of the last bar.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        A row per tier: a pale bar for the published share, and with standard errors a dark one for
        that of the true figures with its 95 % interval. Ready for `save_figure`.

    Raises
    ------
    StatisticUndefined
        If there is no inequality to split.
    """
    parts = decomposition.parts
    shares = parts[["share", "corrected", "lower", "upper"]].to_numpy(dtype=float)
    if np.isnan(shares[:, 0]).any():
        raise StatisticUndefined("all areas have the same figure, so there is nothing to draw")
    known = not np.isnan(shares[:, 1]).any()
    sheet = new_sheet(caption, HEAD + ROW * len(parts) + FOOT)
    low, high = min(0.0, float(np.nanmin(shares))), max(1.0, float(np.nanmax(shares)))
    wide = (sheet.left + NAMES, sheet.right - VALUES)
    _draw_scale(sheet, wide, (low, high), len(parts))
    for number, (name, row) in enumerate(zip(parts.index, shares, strict=True)):
        middle = sheet.top - HEAD - ROW * (number + 0.5)
        title = wrap(_title(str(name), number, list(parts.index), areas), NAMES - 0.15, BODY)
        top = middle + len(title) * BODY * LEADING / 144
        write_lines(sheet.figure, (sheet.left, top), title, size=BODY)
        _draw_bars(sheet, middle, _across(row, wide, (low, high)), wide, (low, high), known)
        write(
            sheet.figure,
            (sheet.right, middle - 0.04),
            _words(row, known),
            size=SMALL,
            ha="right",
            gid="value",
        )
    note = "Dark: without sampling noise, with 95 % interval. Pale: published figures."
    quiet = "Published figures, sampling noise in them." if not known else note
    write(sheet.figure, (sheet.left, sheet.top - 0.12), quiet, size=SMALL, color=QUIET, gid="key")
    return sheet.figure


def _title(name: str, number: int, tiers: list[str], areas: str) -> str:
    """Return what a part is called: between these, inside those."""
    if name == "within":
        return f"between {noun_of(areas)[1]}, inside {noun_of(tiers[number - 1])[1]}"
    inside = f", inside {noun_of(tiers[number - 1])[1]}" if number else ""
    return f"between {noun_of(name)[1]}{inside}"


def _across(shares: Array, wide: tuple[float, float], span: tuple[float, float]) -> Array:
    """Return inches from the left for shares."""
    along = (shares - span[0]) / (span[1] - span[0])
    return np.asarray(wide[0] + along * (wide[1] - wide[0]))


def _draw_scale(
    sheet: Sheet, wide: tuple[float, float], span: tuple[float, float], rows: int
) -> None:
    low = sheet.top - HEAD - ROW * rows
    ticks = np.arange(np.ceil(span[0] * 5), np.floor(span[1] * 5) + 1) / 5
    for share, x in zip(ticks, _across(ticks, wide, span), strict=True):
        rule(sheet.figure, (x, low), (x, sheet.top - HEAD), color=RULE, linewidth=0.4)
        look: dict[str, Any] = {"size": SMALL, "color": QUIET, "ha": "center"}
        write(sheet.figure, (float(x), low - 0.18), f"{share:.0%}", **look)


def _draw_bars(
    sheet: Sheet,
    middle: float,
    ends: Array,
    wide: tuple[float, float],
    span: tuple[float, float],
    known: bool,
) -> None:
    """Draw the published share pale, and the true one over it with its interval."""
    zero = float(_across(np.array([0.0]), wide, span)[0])
    look: dict[str, Any] = {"transform": sheet.figure.dpi_scale_trans}
    for end, height, colour in ((ends[0], 0.4, PUBLISHED), (ends[1], 0.2, TRUE))[: 1 + known]:
        left, right = sorted((zero, float(end)))
        box = Rectangle(
            (left, middle - height / 2), right - left, height, facecolor=colour, zorder=2, **look
        )
        box.set_gid("bar")
        sheet.figure.add_artist(box)
    if known:
        line = Line2D(ends[2:], [middle, middle], color=INK, linewidth=1.3, zorder=3, **look)
        sheet.figure.add_artist(line)


def _words(row: Array, known: bool) -> str:
    share, corrected, lower, upper = row
    return f"{corrected:.0%} ({lower:.0%} to {upper:.0%})" if known else f"{share:.0%}"
