"""The twelve missions on one page: `draw_scorecard`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import pandas as pd
from matplotlib.patches import Rectangle

from spatial_gaps.errors import InputError
from spatial_gaps.measure.classes import INK, RATING_COLOURS
from spatial_gaps.show.style import (
    LEADING,
    MARGIN,
    QUIET,
    Caption,
    Sheet,
    new_sheet,
    rule,
    wrap,
    write_lines,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEXT, HEAD = 7.2, 7.6
WIDTH, BAR, PAD = 11.7, 0.09, 0.06
MOST_LINES = 8
# Column, heading, share of the width, whether its verdicts have colours.
COLUMNS = (
    ("focus_area", "Mission", 0.13, False),
    ("target", "Was the target ambitious, against its own trend?", 0.25, True),
    ("paper", "Institute for Government, 2022", 0.11, False),
    ("gap", "Is the gap between places closing, and who moved?", 0.24, True),
    ("risen", "In how many places are things better for certain?", 0.15, False),
    ("tracking", "Is it tracked finely enough?", 0.12, False),
)


def draw_scorecard(missions: pd.DataFrame, **caption: Unpack[Caption]) -> Figure:
    """Draw the scorecard of missions as a page in landscape.

    Parameters
    ----------
    missions : DataFrame
        ``scorecard(...).missions``: indexed by number, with focus_area, target, paper, gap, risen,
        tracking.
    **caption : str
        `title` (the finding), `subtitle` (what was known when), `source` (source, licence).

    Returns
    -------
    Figure
        A row per mission; verdicts have a bar of their colours. Ready for `save_figure`.

    Raises
    ------
    InputError
        If a column is missing, or there is no row.
    """
    lacking = [name for name, *_ in COLUMNS if name not in missions]
    if lacking or missions.empty:
        raise InputError(
            f"the missions lack {lacking or 'rows'}", hint="Give scorecard(...).missions."
        )
    inner = WIDTH - 2 * MARGIN
    rows = [
        [
            wrap(text or "–", inner * share - BAR - 2 * PAD, TEXT, most=MOST_LINES)
            for text, (_, _, share, _) in zip(_texts(number, row), COLUMNS, strict=True)
        ]
        for number, row in missions.iterrows()
    ]
    step = TEXT * LEADING / 72
    heights = [max(map(len, cells)) * step + 2 * PAD for cells in rows]
    titles = [wrap(head, inner * share - 2 * PAD, HEAD, bold=True) for _, head, share, _ in COLUMNS]
    head = max(map(len, titles)) * HEAD * LEADING / 72 + PAD
    body = head + sum(heights) + 0.1
    probe = new_sheet(caption, body, (WIDTH, 40.0))
    # A sheet has no less than 4 inches.
    sheet = new_sheet(caption, body, (WIDTH, max(40.0 - probe.height + body, 4.0)))
    top = _draw_head(sheet, titles, head)
    for (_, row), cells, height in zip(missions.iterrows(), rows, heights, strict=True):
        _draw_row(sheet, row, cells, (top, height))
        top -= height
    return sheet.figure


def _texts(number: object, row: pd.Series) -> list[str]:
    """Return the cells of a mission."""
    first, *others = (str(row[name]) for name, *_ in COLUMNS)
    progress = f"; {row['progress']}" if row.get("progress") else ""
    return [f"{number}. {first}", others[0] + progress, *others[1:]]


def _lefts(sheet: Sheet) -> list[float]:
    edges, left = [], sheet.left
    for _, _, share, _ in COLUMNS:
        edges.append(left)
        left += share * sheet.width
    return edges


def _draw_head(sheet: Sheet, titles: list[list[str]], height: float) -> float:
    """Write the headings; return where the first row starts."""
    for left, lines in zip(_lefts(sheet), titles, strict=True):
        write_lines(sheet.figure, (left, sheet.top), lines, size=HEAD, bold=True, color=INK)
    line = sheet.top - height
    rule(sheet.figure, (sheet.left, line), (sheet.right, line), color=INK, linewidth=1.2)
    return line


def _draw_row(
    sheet: Sheet, row: pd.Series, cells: list[list[str]], place: tuple[float, float]
) -> None:
    """Write the cells of one mission, with bars of the colours of its verdicts."""
    top, height = place
    for left, lines, (name, _, _, coloured) in zip(_lefts(sheet), cells, COLUMNS, strict=True):
        at = left + (BAR + PAD if coloured else 0.0)
        if coloured:
            _draw_bar(sheet, (left, top), height, verdicts_in(str(row[name])))
        bold = name == "focus_area"
        look = {"color": QUIET if name in ("paper", "tracking") else INK}
        write_lines(sheet.figure, (at, top - PAD), lines, size=TEXT, bold=bold, **look)
    rule(sheet.figure, (sheet.left, top - height), (sheet.right, top - height))


def verdicts_in(text: str) -> list[str]:
    """Return the verdicts that a cell states, in its order.

    Parameters
    ----------
    text : str
        Verdicts that are parted by semicolons.

    Returns
    -------
    list of str
        Keys of `RATING_COLOURS`.

    Examples
    --------
    >>> verdicts_in("low ambition (pay); not assessable: 3 figures")
    ['low ambition', 'not assessable']
    """
    return [
        verdict
        for part in text.split("; ")
        for verdict in RATING_COLOURS
        if part.startswith(verdict)
    ]


def _draw_bar(
    sheet: Sheet, corner: tuple[float, float], height: float, verdicts: list[str]
) -> None:
    """Draw a bar down a cell, parted between the verdicts."""
    left, top = corner
    each = (height - 2 * PAD) / max(len(verdicts), 1)
    for at, verdict in enumerate(verdicts):
        low = top - PAD - (at + 1) * each
        box = Rectangle(
            (left, low),
            BAR,
            each,
            facecolor=RATING_COLOURS[verdict],
            edgecolor="#8a8a8a",
            linewidth=0.5,
            transform=sheet.figure.dpi_scale_trans,
        )
        sheet.figure.add_artist(box)
