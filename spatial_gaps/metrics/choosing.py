"""Choose the one table and the one series that are meant; where several fit, list them and stop."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice
from spatial_gaps.errors import InputError
from spatial_gaps.metrics.columns import CODE, INDICATOR, NAME, dimensions, pick_series, series_of
from spatial_gaps.metrics.containers import Book, Sheet, frame_book, open_book
from spatial_gaps.metrics.markers import reason_of
from spatial_gaps.metrics.periods import years_not_months
from spatial_gaps.metrics.tables import (
    Table,
    area_codes,
    clean,
    find_tables,
    letter,
    plain,
    table_at,
)
from spatial_gaps.records import Notice

WHOLE = "all"  # the sheet of everyone beside sheets of men, women, full-time ...
SEARCHED = 60
# What is left of a code or figure where a file was cut off.
BROKEN = re.compile(r"[A-Z]|[A-Z]{0,3}\d[\d.]*")


@dataclass(frozen=True)
class Choice:
    """What the user named; None where it is to be found."""

    indicator: str | None = None
    sheet: str | None = None
    table: int | None = None
    code: str | None = None
    value: str | None = None
    period: str | None = None
    names: tuple[str, int] | None = None
    codes: Mapping[str, str] | None = None
    decimal: str = "."


@dataclass(frozen=True)
class Series:
    """One series of a table: its rows, and its columns of figures by period in the heading."""

    table: Table
    rows: pd.DataFrame
    label: str
    values: dict[str, int]
    indicator: str = ""

    @property
    def shown(self) -> str:
        """What tells the series from others of the table."""
        return self.indicator or self.label


def choose_table(
    source: str | os.PathLike[str] | pd.DataFrame, choice: Choice
) -> tuple[Table, tuple[Notice, ...]]:
    """Return the table that is meant, and notices of what was taken.

    Raises
    ------
    InputError
        If there is no table of areas, or several fit and none was named.
    """
    book = _open(source)
    if choice.sheet is not None:
        sheets: Iterable[Sheet] = [book.sheet(book.find(choice.sheet))]
    else:
        sheets = book.sheets()
    found = [table for sheet in sheets for table in _tables(sheet, choice)]
    if not found:
        raise _none(book, choice)
    if choice.value is not None and len(found) > 1:
        fitting = [table for table in found if _has(table, choice.value)]
        if not fitting:
            raise _several(f"no sheet has a column '{choice.value}'", found, book)
        found = fitting
    taken, notices = _one_sheet(found, book)
    table = _one_table(taken, choice, book)
    return table, (*table.sheet.notices, *notices)


def _open(source: str | os.PathLike[str] | pd.DataFrame) -> Book:
    return frame_book(source) if isinstance(source, pd.DataFrame) else open_book(Path(source))


def _tables(sheet: Sheet, choice: Choice) -> list[Table]:
    """Return the tables of a sheet, given what the user said of its columns."""
    if len(sheet.cells) < 2:
        return []
    if not sheet.name:
        position = _flat(sheet, choice)
        if position is not None and not _stacked(sheet, position):
            return [_flat_table(sheet, position)]
    if choice.code is None and choice.names is None:
        return find_tables(sheet)
    named = _named_table(sheet, choice)
    return [] if named is None else [named]


def _flat(sheet: Sheet, choice: Choice) -> int | None:
    """Return the column of codes of a table whose headings are the first line, or None."""
    heads = [clean(cell).lower() for cell in sheet.grid[0]]
    if choice.code is not None:
        wanted = clean(choice.code).lower()
        return heads.index(wanted) if wanted in heads else None
    pattern = NAME if choice.names else CODE
    fitting = [at for at, head in enumerate(heads) if head and pattern.fullmatch(head)]
    if choice.names:
        called = [at for at in fitting if re.search(r"name|nm$", heads[at])]
        return next(iter([*called, *fitting]), None)
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    # Of a region's and an area's code, the one that differs more is the area's.
    sample = sheet.cells.iloc[1:2001]
    coded = [at for at in fitting if area_codes(sample[at]).any()]
    return max(coded or fitting, key=lambda at: (sample[at].nunique(), -at))


def _stacked(sheet: Sheet, code: int) -> bool:
    """Say if headings repeat because a second row of them tells them apart."""
    heads = [head for cell in sheet.grid[0] if (head := clean(cell))]
    return len(set(heads)) < len(heads) and not sheet.grid[1][code].strip()


def _flat_table(sheet: Sheet, code: int) -> Table:
    """Return a table whose headings are the first line and whose rows are all others."""
    heads = [clean(cell) for cell in sheet.grid[0]]
    filled = [head for head in heads if head]
    twice = sorted({head for head in filled if filled.count(head) > 1})
    if twice:
        raise InputError(
            "column names occur more than once", file=sheet.file, row=1, offenders=twice
        )
    _check_widths(sheet, np.arange(len(sheet.cells)), 0)
    coded = tuple(
        at for at, head in enumerate(heads) if at != code and CODE.fullmatch(head.lower())
    )
    tops = tuple((head,) if head else () for head in heads)
    return Table(sheet, (), {}, tops, sheet.cells.iloc[1:], code, (code, *coded))


def _check_widths(sheet: Sheet, rows: np.ndarray, header: int) -> None:
    """Raise `InputError` at the first line of a CSV that has fewer or more fields than its headings."""
    if sheet.widths is None:
        return
    width = sheet.widths[header]
    odd = rows[sheet.widths[rows] != width]
    if not len(odd):
        return
    number, last = int(odd[0]) + 1, odd[0] == len(sheet.widths) - 1
    raise InputError(
        f"this row has {sheet.widths[odd[0]]} fields where the header has {width}"
        + (", and it is the last one: the file looks cut off" if last else ""),
        file=sheet.file,
        row=number,
        hint="Download the file again." if last else "Correct the row, or quote its commas.",
    )


def _named_table(sheet: Sheet, choice: Choice) -> Table | None:
    """Return the table under a heading that the user named, or under one of names."""
    wanted = plain(choice.code) if choice.code is not None else None
    for line, row in enumerate(sheet.grid[:SEARCHED]):
        for at, cell in enumerate(row):
            heading = plain(cell)
            if not heading or (wanted is None and not NAME.fullmatch(heading)):
                continue
            if wanted is None or wanted in (heading, f"column {letter(at)}".lower()):
                below = sheet.cells.iloc[line + 1 :, at].str.strip()
                codes = area_codes(below) if choice.names is None else below.ne("").to_numpy()
                rows = line + 1 + np.flatnonzero(codes if codes.any() else below.ne(""))
                if len(rows):
                    return table_at(sheet, rows, at, (at,))
    return None


def _has(table: Table, value: str) -> bool:
    return any(plain(label) == plain(value) for label in series_of(table)) or bool(
        table.find(value)
    )


def _one_sheet(found: list[Table], book: Book) -> tuple[list[Table], tuple[Notice, ...]]:
    """Keep the tables of one sheet: the only one, or the one of everyone among equal ones."""
    sheets = {table.sheet.name: table for table in found}
    if len(sheets) == 1:
        return found, ()
    whole = next((name for name in sheets if name.strip().lower() == WHOLE), None)
    alike = len({table.labels for table in sheets.values()}) == 1
    if whole is None or not alike:
        raise _several("several sheets hold a table of areas and none was named", found, book)
    others = [name for name in sheets if name != whole]
    message = f"the sheet '{whole}' was taken; there are also {', '.join(others)} (sheet=)"
    return [table for table in found if table.sheet.name == whole], (Notice("sheet", message),)


def _one_table(found: list[Table], choice: Choice, book: Book) -> Table:
    """Return the only table of a sheet, or the one that is named by number."""
    if choice.table is not None:
        check_choice(choice.table, range(1, len(found) + 1), "table", book.file)
        return found[choice.table - 1]
    if len(found) == 1:
        table = found[0]
        _check_widths(table.sheet, _ragged(table), int(table.rows.index[0]) - 1)
        return table
    listed = [
        f"{number}: {' '.join(table.title)[:80] or table.labels[table.code]} (from line "
        f"{table.rows.index[0]})"
        for number, table in enumerate(found, start=1)
    ]
    raise InputError(
        f"the sheet '{found[0].sheet.name}' holds {len(found)} tables of areas and none was named",
        file=book.file,
        hint="Name one with table= (--table)",
        choices=listed,
    )


def _ragged(table: Table) -> np.ndarray:
    """Return where rows of areas, or the headings right above, are not as wide as the first."""
    widths, grid = table.sheet.widths, table.sheet.grid
    if widths is None:
        return np.array([], dtype=int)
    first, last = (int(table.rows.index[at]) - 1 for at in (0, -1))
    start = max(first - 1, 0)
    odd = start + np.flatnonzero(widths[start:] != widths[first])
    return np.array(
        [
            at
            for at in odd
            if BROKEN.fullmatch(grid[at][0]) or (at <= last and any(map(str.strip, grid[at])))
        ],
        dtype=int,
    )


def _several(problem: str, found: list[Table], book: Book) -> InputError:
    """Return the error that lists sheets with what they are about."""
    about = {table.sheet.name: _about(table) for table in reversed(found)}
    listed = [
        f'"{name}"' + (f" ({text})" if text else "") for name, text in reversed(about.items())
    ]
    return InputError(
        problem, file=book.file, hint="Name one with sheet= (--sheet)", choices=listed
    )


def _about(table: Table) -> str:
    facts = table.facts
    text = facts.get("metric") or facts.get("indicator") or " ".join(table.title[:1])
    return text if len(text) <= 90 else text[:87] + "..."


def _none(book: Book, choice: Choice) -> InputError:
    """Return the error for a file without a table of areas, with what it does hold."""
    if choice.code is not None:
        problem = f"no table with a column '{choice.code}' was found"
    elif choice.names is not None:
        problem = "no column of names beside figures was found"
    else:
        problem = "no table of areas was found: no column holds area codes beside figures"
    hint = "Name the column of codes with code= (--code), or of names with names= (--match name)."
    if book.names != ("",):
        where = f"the sheet '{choice.sheet}'" if choice.sheet else f"sheets {', '.join(book.names)}"
        return InputError(f"{problem} in {where}", file=book.file, hint=hint)
    first = [clean(cell) for cell in book.sheet("").grid[0] if cell.strip()]
    return InputError(
        problem, file=book.file, row=1, hint=f"{hint} The columns are: {', '.join(first)}."
    )


def choose_series(table: Table, choice: Choice) -> Series:
    """Return the series of a table that is meant.

    Raises
    ------
    InputError
        If several indicators or columns of figures fit and none was named.
    """
    file = table.sheet.file
    if table.sheet.name:
        file = f"{file}, sheet '{table.sheet.name}'"
    label, values = pick_series(table, choice.value, file)
    values = years_not_months(values, table.labels)
    split = dimensions(table)
    named = table.rows.iloc[:, [at for at in _labelled(table) if at in split]]
    if not split:
        if choice.indicator is not None and not _constant(table, choice.indicator):
            raise InputError(
                "the file has no column of indicators", file=file, value=choice.indicator
            )
        return Series(table, table.rows, label, values)
    joined = named.iloc[:, 0].str.strip()
    for at in range(1, named.shape[1]):
        joined = joined + " | " + named.iloc[:, at].str.strip()
    unique = list(joined.unique())
    if choice.indicator is None:
        raise InputError(
            "the file holds several indicators and none was named",
            file=file,
            hint="Name one with indicator= (--indicator)",
            choices=[f'"{text}"' for text in unique],
        )
    fitting = [text for text in unique if text == choice.indicator] or [
        text for text in unique if choice.indicator in text.split(" | ")
    ]
    if len(fitting) != 1:
        check_choice(choice.indicator, unique, "indicator", file)
        raise InputError(
            f"'{choice.indicator}' is not one indicator but {len(fitting)}",
            file=file,
            offenders=fitting,
            hint="Name one of them in full.",
        )
    return Series(table, table.rows[joined == fitting[0]], label, values, fitting[0])


def _labelled(table: Table) -> list[int]:
    return [at for at, heads in enumerate(table.heads) if heads]


def _constant(table: Table, given: str) -> bool:
    """Say if a column of indicators holds nothing but the one that was named."""
    for at, label in enumerate(table.labels):
        if label.lower() in INDICATOR:
            texts = [text.strip() for text in table.rows.iloc[:, at].unique() if text.strip()]
            if texts == [given]:
                return True
            check_choice(given, texts, "indicator", table.sheet.file)
    return any(given == fact for fact in table.facts.values()) and not reason_of(given)
