"""The small areas of one authority over the nation's tenths: `draw_profile`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from spatial_gaps.checks import as_floats, check_direction
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.measure.classes import INK, POCKET
from spatial_gaps.show.style import BODY, QUIET, SMALL, Caption, Sheet, new_sheet, rule, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT, HEAD, FOOT, GAP = 3.2, 0.3, 0.55, 0.08
OTHERS = "#9fb3c4"


def draw_profile(
    values: pd.Series[Any],
    authority: pd.Series[Any],
    code: str,
    *,
    higher_is: str | None,
    **caption: Unpack[Caption],
) -> Figure:
    """Draw how the small areas of one authority spread over the tenths of all small areas.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per small area, indexed by code; those without one are left out.
    authority : Series, shape (n,)
        Authority of each, by code.
    code : str
        Which authority.
    higher_is : {"better", "worse"}
        Direction; required: the worst-off tenth is on the left.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        A bar per tenth with its share and number; the line is what an authority like the nation has,
        a tenth in each. Ready for `save_figure`.

    Raises
    ------
    InputError
        If the direction is missing, or no small area is of that authority.
    JoinError
        If a small area has no authority.
    StatisticUndefined
        If there are fewer than ten figures.
    """
    counts = tenth_counts(values, authority, code, higher_is)
    sheet = new_sheet(caption, HEIGHT + HEAD + FOOT)
    low = sheet.top - HEAD - HEIGHT
    _draw_bars(sheet, low, counts)
    words = f"{counts.sum()} small areas; dashed: a tenth in each, as in all areas together"
    write(sheet.figure, (sheet.left, sheet.top - 0.12), words, size=SMALL, color=QUIET, gid="key")
    ends = (("worst-off tenth", sheet.left, "left"), ("best-off tenth", sheet.right, "right"))
    for text, x, side in ends:
        write(sheet.figure, (x, low - 0.42), text, size=BODY, ha=side)
    return sheet.figure


def tenth_counts(
    values: pd.Series[Any], authority: pd.Series[Any], code: str, higher_is: str | None
) -> np.ndarray[Any, Any]:
    """Return how many small areas of an authority lie in each tenth of all, the worst-off first.

    Parameters
    ----------
    values, authority, code, higher_is
        As for `draw_profile`.

    Returns
    -------
    ndarray of int, shape (10,)
        Equal figures are put in the order of their codes.
    """
    better = check_direction(higher_is) == "better"
    figures = pd.Series(as_floats(values, "values"), values.index).dropna().sort_index()
    if len(figures) < 10:
        raise StatisticUndefined("tenths need at least ten small areas with a figure")
    own = authority.reindex(figures.index)
    if own.isna().any():
        raise JoinError("small areas have no authority", offenders=list(own.index[own.isna()]))
    here = (own == code).to_numpy()
    if not here.any():
        raise InputError("no small area with a figure is of this authority", value=code)
    ranks = figures.rank(ascending=better, method="first").to_numpy()
    tenth = np.ceil(10 * ranks / len(ranks)).astype(int) - 1
    return np.bincount(tenth[here], minlength=10)


def _draw_bars(sheet: Sheet, low: float, counts: np.ndarray[Any, Any]) -> None:
    """Draw a bar per tenth with its share, and what an even spread would be."""
    shares = counts / counts.sum()
    wide, most = sheet.width / 10, max(float(shares.max()), 0.2)
    heights = HEIGHT * 0.9 * shares / most
    for number, (count, share, height) in enumerate(zip(counts, shares, heights, strict=True)):
        left = sheet.left + number * wide + GAP / 2
        box = Rectangle((left, low), wide - GAP, float(height), gid="bar")
        box.set(facecolor=OTHERS if number else POCKET, transform=sheet.figure.dpi_scale_trans)
        sheet.figure.add_artist(box)
        middle = left + (wide - GAP) / 2
        text = f"{share:.0%} ({count})" if count else "0"
        spot = (middle, low + float(height) + 0.06)
        write(sheet.figure, spot, text, size=SMALL, ha="center", gid="value")
        name = f"{number + 1}"
        write(sheet.figure, (middle, low - 0.17), name, size=SMALL, ha="center", color=QUIET)
    even = low + HEIGHT * 0.09 / most
    rule(sheet.figure, (sheet.left, even), (sheet.right, even), color=INK, linestyle=(0, (4, 2)))
