"""How many pockets there are under other lines, tiers, neighbours and errors: one cell per setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import pandas as pd
from matplotlib.patches import Rectangle

from spatial_gaps.errors import InputError
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.measure.classes import INK
from spatial_gaps.show.style import (
    QUIET,
    SMALL,
    Caption,
    Sheet,
    new_sheet,
    plain,
    rule,
    shorten,
    write,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES, ROW, HEAD = 2.9, 0.36, 0.6
PALE, DARK = (0.96, 0.93, 0.90), (0.70, 0.25, 0.16)
NEEDED = ("line", "tier", "weights", "errors", "n_pockets", "kept")


def draw_sensitivity(settings: pd.DataFrame, **caption: Unpack[Caption]) -> Figure:
    """Draw the number of pockets of every setting, and how many of the first setting's are kept.

    Parameters
    ----------
    settings : DataFrame
        ``pocket_sensitivity(...).settings``.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Rows are lines and errors, columns tiers and neighbours; ready for `save_figure`. The first
        setting is framed. Dimensions with one choice are not named.

    Raises
    ------
    InputError
        If a column is missing.
    """
    lacking = [column for column in NEEDED if column not in settings]
    if lacking or settings.empty:
        raise InputError(
            f"the settings lack {lacking or 'rows'}",
            hint="Give pocket_sensitivity(...).settings.",
        )
    rows, columns = _labels(settings, "line", "errors"), _labels(settings, "tier", "weights")
    across, down = list(dict.fromkeys(columns)), list(dict.fromkeys(rows))
    sheet = new_sheet(caption, HEAD + ROW * len(down) + 0.35)
    wide = (sheet.width - NAMES) / len(across)
    top = sheet.top - HEAD
    for at, name in enumerate(across):
        place = (sheet.left + NAMES + wide * (at + 0.5), top + 0.1)
        write(sheet.figure, place, shorten(plain(name), wide - 0.1, SMALL), size=SMALL, ha="center")
    for at, name in enumerate(down):
        text = shorten(plain(name), NAMES - 0.15, SMALL)
        write(sheet.figure, (sheet.left, top - ROW * (at + 0.62)), text, size=SMALL)
    most = max(int(settings["n_pockets"].max()), 1)
    for number, (row, column, count, kept) in enumerate(
        zip(rows, columns, settings["n_pockets"], settings["kept"], strict=True)
    ):
        corner = (
            sheet.left + NAMES + wide * across.index(column),
            top - ROW * (down.index(row) + 1),
        )
        _draw_cell(sheet, corner, wide, int(count), float(kept), most, number == 0)
    words = "Pockets (probability of a half or more), and how many of the framed setting's are among them."
    write(sheet.figure, (sheet.left, sheet.top - 0.12), words, size=SMALL, color=QUIET, gid="key")
    rule(sheet.figure, (sheet.left, top), (sheet.right, top))
    return sheet.figure


def _labels(settings: pd.DataFrame, first: str, second: str) -> list[str]:
    """Return one label per setting out of two dimensions, the second only if it varies."""
    labels = [_title(first, value) for value in settings[first]]
    if settings[second].nunique() == 1:
        return labels
    extra = [_title(second, value) for value in settings[second]]
    return [f"{one}, {other}" for one, other in zip(labels, extra, strict=True)]


def _title(dimension: str, choice: object) -> str:
    """Return what a choice is called: the tier by its name, errors as a multiple."""
    if dimension == "errors":
        return f"errors × {choice:g}"
    return f"inside {noun_of(str(choice))[1]}" if dimension == "tier" else str(choice)


def _draw_cell(
    sheet: Sheet,
    corner: tuple[float, float],
    wide: float,
    count: int,
    kept: float,
    most: int,
    first: bool,
) -> None:
    """Draw one setting: the darker, the more pockets."""
    share = count / most
    colour = tuple(pale + (dark - pale) * share for pale, dark in zip(PALE, DARK, strict=True))
    cell = Rectangle(
        (corner[0] + 0.02, corner[1] + 0.02), wide - 0.04, ROW - 0.04,
        transform=sheet.figure.dpi_scale_trans, facecolor=colour,
        edgecolor=INK if first else "none", linewidth=1.6 if first else 0,
        gid="cell",
    )  # fmt: skip
    sheet.figure.add_artist(cell)
    text = str(count) if first or pd.isna(kept) else f"{count}  ({kept:.0%} of them)"
    if wide < 1.1:
        text = str(count)
    place = (corner[0] + wide / 2, corner[1] + ROW * 0.35)
    look = "white" if share > 0.6 else INK
    write(sheet.figure, place, text, size=SMALL, ha="center", color=look, gid="count")
