"""Who rose and who fell in the order: `draw_ranks`, a line per area between two periods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from spatial_gaps.checks import align, as_floats, check_direction
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.classes import BETTER, POCKET
from spatial_gaps.show.style import BODY, QUIET, SMALL, Caption, new_sheet, shorten, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT, NAMES, HEAD, STEP = 6.5, 2.3, 0.35, 0.16
OTHERS = "#c3cdd6"


def draw_ranks(
    before: pd.Series[Any],
    after: pd.Series[Any],
    *,
    higher_is: str | None,
    periods: tuple[str, str],
    names: pd.Series[Any] | None = None,
    highlight: Sequence[str] = (),
    **caption: Unpack[Caption],
) -> Figure:
    """Draw the rank of every area in two periods, joined by a line, the best-off on top.

    Parameters
    ----------
    before, after : Series, shape (n,)
        Figures of the two periods, indexed by code; areas that lack either are left out.
    higher_is : {"better", "worse"}
        Direction; required.
    periods : tuple of str
        What the two are called.
    names : Series, optional
        Names by code; codes are written unless given.
    highlight : sequence of str
        Areas that are named and coloured, blue if they rose and orange if they fell; the five that
        rose and the five that fell most unless given.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Ready for `save_figure`. Ranks are those of published figures: most moves are sampling error
        (`ranks` has intervals).

    Raises
    ------
    InputError
        If the direction is missing, or an area to highlight has not both figures.
    JoinError
        If the second lacks an area of the first.
    StatisticUndefined
        If fewer than two areas have both figures.
    """
    better = check_direction(higher_is) == "better"
    align(before, after, names=("after",))
    both = pd.DataFrame(
        {"before": as_floats(before, "before"), "after": as_floats(after.reindex(before.index), "after")},
        index=before.index,
    ).dropna().sort_index()  # fmt: skip
    if len(both) < 2:
        raise StatisticUndefined("fewer than two areas have both figures")
    ranks = both.rank(ascending=not better, method="first")
    moved = (ranks["before"] - ranks["after"]).sort_values(kind="stable")
    marked = list(highlight) or [*moved.index[-5:][::-1], *moved.index[:5]]
    absent = [code for code in marked if code not in both.index]
    if absent:
        raise InputError("areas to highlight have not both figures", offenders=absent)
    sheet = new_sheet(caption, HEIGHT)
    wide = (sheet.left + NAMES, sheet.right - NAMES)
    high = (sheet.bottom + 0.1, sheet.top - HEAD)
    levels = high[1] - (ranks - 1) / (len(ranks) - 1) * (high[1] - high[0])
    look: dict[str, Any] = {"transform": sheet.figure.dpi_scale_trans, "solid_capstyle": "round"}
    rose = set(moved.index[moved > 0])
    for code, row in levels.iterrows():
        colour = OTHERS if code not in marked else BETTER[2] if code in rose else POCKET
        line = Line2D(wide, row.to_numpy(), color=colour, gid="area", **look)
        line.set(linewidth=2.0 if code in marked else 0.5, zorder=4 if code in marked else 2)
        sheet.figure.add_artist(line)
    for x, period in zip(wide, periods, strict=True):
        write(sheet.figure, (x, sheet.top - 0.15), str(period), size=BODY, bold=True, ha="center")
    words = "rank 1 is best-off; published figures"
    write(sheet.figure, (sheet.left, sheet.top - 0.15), words, size=SMALL, color=QUIET, gid="key")
    for side, column in enumerate(("before", "after")):
        spots = levels.loc[marked, column].sort_values()
        places = _apart(spots.to_numpy(), high)
        for code, place in zip(map(str, spots.index), places, strict=True):
            title = code if names is None else str(names.get(code, code))
            name = shorten(title, NAMES - 0.6, SMALL)
            rank = f"{float(ranks[column][code]):.0f}"
            text = f"{rank}  {name}" if side else f"{name}  {rank}"
            x = wide[side] + (0.1 if side else -0.1)
            colour = BETTER[2] if code in rose else POCKET
            write(sheet.figure, (x, place - 0.035), text, size=SMALL, color=colour,
                  ha="left" if side else "right", gid="name")  # fmt: skip
    return sheet.figure


def _apart(spots: np.ndarray, high: tuple[float, float]) -> list[float]:
    """Return heights a line of text apart, as near to `spots` (rising) as pushing up allows."""
    placed: list[float] = []
    for spot in spots:
        placed.append(max(float(spot), placed[-1] + STEP if placed else high[0]))
    # What was pushed over the top comes down again, and pushes the others.
    for at in range(len(placed) - 1, -1, -1):
        limit = high[1] if at == len(placed) - 1 else placed[at + 1] - STEP
        placed[at] = min(placed[at], limit)
    return placed
