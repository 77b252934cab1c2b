"""Find the tables of areas inside a published sheet: codes first, then what stands above them.

A table is where a column holds area codes. Above its first code are one or several rows of
headings, above those titles, units and notes; rows below and beside without a code are footnotes,
or figures of something that is no area, which are kept apart and named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from spatial_gaps.geography.levels import level_of
from spatial_gaps.metrics.containers import Sheet
from spatial_gaps.metrics.markers import is_number, reason_of
from spatial_gaps.metrics.periods import split_period

ANY_CODE = re.compile(r"[EWSNKLM]\d{8}|UKX")
SAMPLE = 400
LEAST_NUMBERS = 0.8
MOST_BLANK = 4  # empty lines between headings and the first area


@dataclass(frozen=True)
class Table:
    """One table of a sheet.

    Attributes
    ----------
    sheet : Sheet
        Where it stands.
    title : tuple of str
        Lines above it that are no facts.
    facts : dict
        Lines above it such as "Date:" and what follows, with keys in lower case.
    heads : tuple of tuple of str
        The headings of each column, from top to bottom.
    rows : DataFrame
        The cells of areas as text, one column per column of the sheet, indexed by line.
    code : int
        Position of the column of codes.
    coded : tuple of int
        Positions of all columns of codes.
    uncoded : tuple of int
        Lines that hold figures and no code.
    """

    sheet: Sheet
    title: tuple[str, ...]
    facts: dict[str, str]
    heads: tuple[tuple[str, ...], ...]
    rows: pd.DataFrame
    code: int
    coded: tuple[int, ...] = ()
    uncoded: tuple[int, ...] = ()

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """One name per column, never twice: joined headings, or the letter where there are none."""
        joined = [" ".join(dict.fromkeys(texts)) for texts in self.heads]
        return tuple(
            label if label and joined.count(label) == 1 else f"{label} column {letter(at)}".strip()
            for at, label in enumerate(joined)
        )

    @cached_property
    def figures(self) -> tuple[int, ...]:
        """Positions of the columns that hold numbers, other than codes."""
        return tuple(
            at
            for at in range(self.rows.shape[1])
            if at not in self.coded and at != self.code and _holds_numbers(self.rows.iloc[:, at])
        )

    def find(self, given: str) -> list[int]:
        """Return the columns that a user may mean, the closest kind of likeness only.

        The whole label, one of its headings, the letter of the column, or a part of the label that
        no other column has; case, spaces and footnote marks do not count.
        """
        wanted = plain(given)
        alike = [
            [plain(text) for text in (label, *heads)]
            for label, heads in zip(self.labels, self.heads, strict=True)
        ]
        whole = [
            at
            for at, texts in enumerate(alike)
            if wanted in (texts[0], f"column {letter(at)}".lower())
        ]
        heading = [at for at, texts in enumerate(alike) if wanted in texts[1:]]
        return whole or heading or [at for at, texts in enumerate(alike) if wanted in texts[0]]


def letter(position: int) -> str:
    """Return the letters of a column as spreadsheets show them."""
    text = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def plain(text: str) -> str:
    """Return a heading for comparison: lower case, one space, without footnote marks."""
    text = re.sub(r"\[note[^\]]*\]|\((?:note )?[a-z0-9]\)", " ", text.lower())
    text = re.sub(r"(?<=[a-z])\d(?:,\s?\d)*(?=\s|$)", " ", text)
    return " ".join(text.split())


def clean(text: str) -> str:
    """Return a cell as one line."""
    return " ".join(text.split())


def area_codes(texts: pd.Series) -> np.ndarray:
    """Say which texts look like the code of an area, of whatever level and year."""
    unique = pd.Series(texts.unique(), dtype=object)
    bare = unique.str.strip().str.upper()
    known = (level_of(bare).to_numpy() != "") & (
        bare.str.contains(r"\d|^TL", regex=True).to_numpy()
    )
    hits = known | bare.map(lambda code: bool(ANY_CODE.fullmatch(code))).to_numpy()
    return texts.isin(unique[hits]).to_numpy()


def find_tables(sheet: Sheet) -> list[Table]:
    """Return the tables of areas on a sheet, from top to bottom.

    Parameters
    ----------
    sheet : Sheet
        Cells as text.

    Returns
    -------
    list of Table
        Empty if no column holds area codes beside figures.
    """
    cells = sheet.cells
    masks = {int(at): mask for at in cells.columns if (mask := area_codes(cells[at])).any()}
    if not masks:
        return []
    most = max(mask.sum() for mask in masks.values())
    coded = [at for at, mask in masks.items() if mask.sum() >= most / 2]
    # Of a region's and an area's code in each row, the one that differs more is the area's.
    code = max(coded, key=lambda at: (cells.loc[masks[at], at].nunique(), masks[at].sum(), -at))
    tables = [
        table_at(sheet, part, code, tuple(coded)) for part in _parts(sheet.grid, masks[code], code)
    ]
    return [table for table in tables if table.figures]


def table_at(
    sheet: Sheet,
    rows: Sequence[int] | np.ndarray,
    code: int,
    coded: tuple[int, ...],
    above: int = 0,
) -> Table:
    """Build the table whose areas stand in these rows (positions) of a sheet."""
    grid = sheet.grid
    first, last = int(rows[0]), int(rows[-1])
    block = sheet.cells.iloc[list(rows)]
    draft = Table(sheet, (), {}, ((),) * grid.shape[1], block, code, coded)
    start = first
    while start > above and _is_data(grid[start - 1], draft.figures):
        start -= 1
    low = start
    while low > above and low > start - MOST_BLANK and not any(map(str.strip, grid[low - 1])):
        low -= 1
    top = low
    while top > above and _is_heading(grid[top - 1], draft.figures, top == low):
        top -= 1
    spanned = _spanned(grid[top:low], draft.figures)
    heads = tuple(
        tuple(text for cell in spanned[:, at] if (text := clean(cell)))
        for at in range(grid.shape[1])
    )
    title, facts = _above(grid[above:top])
    inside = set(rows)
    end = next(
        (at for at in range(last + 1, len(grid)) if not any(map(str.strip, grid[at]))), len(grid)
    )
    uncoded = tuple(
        int(sheet.cells.index[at])
        for at in range(start, end)
        if at not in inside and any(_is_figure(grid[at, column]) for column in draft.figures)
    )
    return Table(sheet, title, facts, heads, block, code, coded, uncoded)


def _spanned(heads: np.ndarray, figures: tuple[int, ...]) -> np.ndarray:
    """Write the one heading of the top row that has others below it over all columns it spans."""
    over = [at for at in figures if len(heads) > 1 and heads[0, at].strip()]
    if len(over) != 1:
        return heads
    whole = heads.copy()
    right = [at for at in figures if at >= over[0]]
    whole[0, right] = heads[0, over[0]]
    return whole


def _is_figure(cell: str) -> bool:
    """Say if a cell holds a number or a marker of a missing one."""
    return bool(cell.strip()) and (is_number(cell) or bool(reason_of(cell)))


def _is_data(row: np.ndarray, figures: tuple[int, ...]) -> bool:
    """Say if a row above the first area holds figures: a total, or an area with a damaged code."""
    filled = [row[at] for at in figures if row[at].strip()]
    return (
        bool(filled)
        and all(_is_figure(cell) for cell in filled)
        and not any(split_period(cell.strip())[0] for cell in filled)
    )


def _parts(grid: np.ndarray, mask: np.ndarray, code: int) -> list[np.ndarray]:
    """Split the rows with codes where a second row of headings stands between them."""
    rows = np.flatnonzero(mask)
    cuts = [
        at
        for at in range(1, len(rows))
        if any(_is_second_heading(grid[row], code) for row in range(rows[at - 1] + 1, rows[at]))
    ]
    return np.split(rows, cuts)


def _is_second_heading(row: np.ndarray, code: int) -> bool:
    """Say if a row between codes has a heading above the codes and others beside it."""
    filled = [cell for cell in row if cell.strip()]
    words = [cell for cell in filled if not is_number(cell) and not reason_of(cell)]
    own = row[code].strip()
    return bool(own) and not reason_of(own) and len(filled) > 2 and len(words) == len(filled)


def _is_heading(row: np.ndarray, figures: tuple[int, ...], lowest: bool) -> bool:
    """Say if a row above the figures has a heading for any of them."""
    at = next((at for at, cell in enumerate(row) if cell.strip()), 0)
    opening = row[at].strip()
    named = any(row[at].strip() for at in figures)
    return (named or (lowest and sum(bool(cell.strip()) for cell in row) > 1)) and not (
        (opening.endswith(":") and at not in figures)
        or (not lowest and opening.startswith("Table "))
    )


def _above(rows: np.ndarray) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return titles and facts out of the lines above a table."""
    title: list[str] = []
    facts: dict[str, str] = {}
    key = ""
    for row in rows:
        filled = [clean(cell) for cell in row if cell.strip()]
        if not filled:
            continue
        indented = not row[0].strip()
        if (not indented and filled[0].endswith(":")) or filled[0].lower() in ("unit", "units"):
            key = filled[0].rstrip(":").lower()
            facts[key] = filled[1] if len(filled) > 1 else ""
        elif indented and key:
            facts[key] += f"; {filled[0]}"
        elif not filled[0].startswith("(Back to"):
            title.append(" ".join(filled))
    return tuple(title), facts


def _holds_numbers(texts: pd.Series) -> bool:
    """Say if a column holds numbers, markers of missing ones aside."""
    step = max(1, len(texts) // SAMPLE)
    filled = [text for text in texts.iloc[::step] if text.strip() and not reason_of(text)]
    if not filled and step > 1:
        filled = [text for text in texts if text.strip() and not reason_of(text)]
    numbers = sum(is_number(text) for text in filled)
    return numbers > 0 and numbers >= LEAST_NUMBERS * len(filled)
