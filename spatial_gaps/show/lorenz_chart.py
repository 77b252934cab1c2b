"""The Lorenz curve: `draw_lorenz`, which share of all those with the least have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from spatial_gaps.checks import Array, check_values
from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.measure.classes import INK
from spatial_gaps.show.style import (
    BODY,
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

SIDE, ROOM, FOOT = 5.0, 0.55, 0.5
CURVE, AREA = "#24527f", "#dbe8ee"


def lorenz_points(values: Array, weights: Array) -> tuple[Array, Array]:
    """Return the corners of the Lorenz curve: shares of people, and of the total, both from 0 to 1.

    Parameters
    ----------
    values, weights : ndarray, shape (n,)
        Figures per head, not negative, and people, positive.

    Returns
    -------
    people, total : ndarray, shape (n + 1,)
        From the lowest figure up.

    Raises
    ------
    StatisticUndefined
        If a figure is negative, or all are nought.

    Examples
    --------
    >>> people, total = lorenz_points(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    >>> people.tolist(), total.tolist()
    ([0.0, 0.5, 1.0], [0.0, 0.25, 1.0])
    """
    if (values < 0).any() or not (values * weights).sum() > 0:
        raise StatisticUndefined(
            "a Lorenz curve needs figures that are not negative, and not all nought",
            hint="Shares of a total exist for amounts only, not for scores or changes.",
        )
    order = np.argsort(values, kind="stable")
    held = [np.cumsum(each[order]) for each in (weights, values * weights)]
    people, total = (np.concatenate([[0.0], each / each[-1]]) for each in held)
    return people, total


def draw_lorenz(
    values: pd.Series[Any], weights: pd.Series[Any] | None = None, **caption: Unpack[Caption]
) -> Figure:
    """Draw which share of the total the people with the lowest figures have, against an even split.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per head and area, indexed by code; areas without one are left out, and counted.
    weights : Series, shape (n,), optional
        People; every area counts alike unless given.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Ready for `save_figure`. The shaded part is half the Gini coefficient of these figures, which
        is larger than that of the true ones by their sampling error (see `gap_indices`).

    Raises
    ------
    JoinError
        If weights lack an area.
    StatisticUndefined
        If a figure is negative, or all are nought.

    See Also
    --------
    gini : The number, with `gap_indices` for its interval.

    References
    ----------
    Lorenz (1905), Methods of measuring the concentration of wealth.
    """
    _, y, n, _ = check_values(values, weights)
    people, total = lorenz_points(y, n)
    gini = 1.0 - float((np.diff(people) * (total[1:] + total[:-1])).sum())
    sheet = new_sheet(caption, SIDE + FOOT + 0.3)
    corner = (sheet.left + ROOM, sheet.top - 0.25 - SIDE)
    _draw_scales(sheet, corner)
    line = np.column_stack([corner[0] + SIDE * people, corner[1] + SIDE * total])
    look: dict[str, Any] = {"transform": sheet.figure.dpi_scale_trans}
    sheet.figure.add_artist(Polygon(line, facecolor=AREA, edgecolor="none", zorder=1, **look))
    rule(
        sheet.figure, corner, (corner[0] + SIDE, corner[1] + SIDE), color=INK, linestyle=(0, (4, 2))
    )
    curve = Line2D(line[:, 0], line[:, 1], color=CURVE, linewidth=2.2, gid="lorenz", zorder=4)
    curve.set_transform(sheet.figure.dpi_scale_trans)
    sheet.figure.add_artist(curve)
    _write_key(sheet, corner, gini, people, total, len(values) - len(y))
    return sheet.figure


def _draw_scales(sheet: Sheet, corner: tuple[float, float]) -> None:
    """Draw faint lines at every fifth, and say what the axes are."""
    left, low = corner
    for share in np.linspace(0, 1, 6):
        x, y = left + SIDE * share, low + SIDE * share
        rule(sheet.figure, (x, low), (x, low + SIDE), color=RULE, linewidth=0.4)
        rule(sheet.figure, (left, y), (left + SIDE, y), color=RULE, linewidth=0.4)
        look: dict[str, Any] = {"size": SMALL, "color": QUIET}
        write(sheet.figure, (float(x), float(low) - 0.17), f"{share:.0%}", ha="center", **look)
        write(sheet.figure, (left - 0.08, y - 0.04), f"{share:.0%}", ha="right", **look)
    axis = (left + SIDE / 2, low - 0.38)
    write(sheet.figure, axis, "people, the lowest figures first", size=SMALL, ha="center")
    write(sheet.figure, (left, low + SIDE + 0.1), "their share of the total", size=SMALL)


def _write_key(
    sheet: Sheet,
    corner: tuple[float, float],
    gini: float,
    people: Array,
    total: Array,
    left_out: int,
) -> None:
    """Write the coefficient, and what the curve says at a fifth and at a half, beside it."""
    left = corner[0] + SIDE + 0.3
    width = sheet.right - left
    words = [
        f"The {share:.0%} of people with the lowest figures have "
        f"{np.interp(share, people, total):.1%} of the total."
        for share in (0.2, 0.5)
    ]
    words.append("Dashed: an even split. Shaded: half the Gini coefficient.")
    if left_out:
        words.append(f"{left_out} areas without a figure are left out.")
    top = write_lines(
        sheet.figure,
        (left, sheet.top - 0.25),
        [f"Gini {gini:.3f}"],
        size=BODY,
        bold=True,
        gid="key",
    )
    for text in words:
        lines = wrap(text, width, SMALL, most=6)
        top = write_lines(sheet.figure, (left, top - 0.08), lines, size=SMALL, gid="key")
