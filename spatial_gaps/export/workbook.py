"""Tables as one workbook: notes first, then a sheet per table, as accessible spreadsheets are made.

Follows the guidance of the Government Analysis Function on releasing statistics in spreadsheets:
one table per sheet, from A1, without merged cells, marked as a table, with unique headings.
"""

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from spatial_gaps.errors import InputError
from spatial_gaps.export.fields import FIELDS
from spatial_gaps.export.files import replace_file

if TYPE_CHECKING:
    import pandas as pd

Look = Callable[..., Any]

NOTES = "Notes"
# Without a fixed date in the file equal tables would not give equal bytes.
MADE = datetime(2000, 1, 1)
LONGEST_NAME, LONGEST_TEXT, MOST_ROWS, MOST_COLUMNS = 31, 32_767, 1_048_576, 16_384
WIDEST, NOTES_WIDTH = 60, 100
FORBIDDEN, CONTROLS = re.compile(r"[\[\]:*?/\\\x00-\x1f]"), re.compile(r"[\x00-\x1f]")
RISKY = tuple("=+-@\t\r\n＝＋－＠")
CUT = " ... (cut here, the CSV has all of it)"
BLANKS = "A blank figure has its reason in the column 'status' where there is one."
HEADER = {"bold": True, "bg_color": "#DCE3EA", "bottom": 1, "text_wrap": True, "valign": "top"}
TITLE = {"bold": True, "font_size": 14, "text_wrap": True, "valign": "top"}
WRAPPED = {"text_wrap": True, "valign": "top"}
BOLD = {"bold": True}


def write_workbook(
    path: str | os.PathLike[str],
    tables: Mapping[str, pd.DataFrame],
    notes: Sequence[str],
    source: str,
    licence: str,
) -> None:
    """Write tables as an Excel workbook (.xlsx), with a sheet of notes before them.

    Parameters
    ----------
    path : path
        The file to make or to replace.
    tables : mapping of str to DataFrame
        Sheet name to table; the index is written as the first columns if it has a name. Names are
        shortened and cleaned to what a sheet may be called.
    notes : sequence of str
        Title first, then findings and notices, a line each.
    source, licence : str
        Attribution, as it has to be printed.

    Raises
    ------
    InputError
        If a table has the same heading twice, apart from case, or is larger than a sheet can be.
    OutputError
        If the file cannot be written.

    Notes
    -----
    Numbers are written as numbers, with a format by their size; missing ones as blank cells beside
    the reason in another column. Text stays text whatever it starts with. The same tables always
    give the same bytes.
    """
    import xlsxwriter

    frames = [_flat(frame) for frame in tables.values()]
    for name, frame in zip(tables, frames, strict=True):
        _check(name, frame)
    shown = dict(zip(sheet_names(tables), frames, strict=True))
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    title = _heading(notes[0]) if notes else ""
    book.set_properties({"title": title, "comments": _heading(licence), "created": MADE})
    look: Look = cache(lambda **properties: book.add_format(properties))
    _write_notes(book, look, (notes, source, licence), shown)
    for number, (name, frame) in enumerate(shown.items(), start=1):
        _write_table(book.add_worksheet(name), look, frame, f"table_{number}")
    book.close()
    with replace_file(path) as made:
        made.write_bytes(content.getvalue())


def sheet_names(names: Iterable[str]) -> list[str]:
    """Return names that sheets may have: unique, 1 to 31 characters, without ``[]:*?/\\``.

    Examples
    --------
    >>> sheet_names(["areas", "Notes", "a/b", "'x'", "Areas"])
    ['areas', 'Notes 2', 'a b', 'x', 'Areas 2']
    """
    taken = {NOTES.casefold(), "history"}  # Excel keeps the second one for itself
    found = []
    for name in names:
        plain = " ".join(FORBIDDEN.sub(" ", str(name)).split()).strip("' ") or "Table"
        candidate, number = plain[:LONGEST_NAME].strip("' "), 1
        while candidate.casefold() in taken:
            number += 1
            end = f" {number}"
            candidate = plain[: LONGEST_NAME - len(end)].strip("' ") + end
        taken.add(candidate.casefold())
        found.append(candidate)
    return found


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its named index as first columns."""
    named = any(name is not None for name in frame.index.names)
    return frame.reset_index() if named else frame


def _check(name: str, frame: pd.DataFrame) -> None:
    """Raise `InputError` for a table that a sheet cannot hold."""
    headings = [_heading(column).casefold() for column in frame.columns]
    twice = sorted({each for each in headings if headings.count(each) > 1 or not each})
    if twice:
        raise InputError(
            f"the table '{name}' has headings that are blank or the same apart from case",
            offenders=twice,
        )
    if len(frame) >= MOST_ROWS or len(headings) > MOST_COLUMNS or not headings:
        raise InputError(
            f"the table '{name}' has {len(frame)} rows and {len(headings)} columns; a sheet takes "
            f"1 to {MOST_COLUMNS} columns and {MOST_ROWS - 1} rows",
            hint="Write it as CSV.",
        )


def _write_notes(
    book: Any,
    look: Look,
    said: tuple[Sequence[str], str, str],
    sheets: Mapping[str, pd.DataFrame],
) -> None:
    """Write title, notes, attribution, the list of sheets and what the columns mean."""
    notes, source, licence = said
    columns = dict.fromkeys(str(column) for frame in sheets.values() for column in frame.columns)
    known = [f"{column}: {_meaning(column)}" for column in columns if column in FIELDS]
    lines: list[tuple[str, Mapping[str, Any]]] = [
        *((note, WRAPPED if at else TITLE) for at, note in enumerate(notes)),
        *(
            (line, WRAPPED)
            for line in (
                f"Source: {source.removeprefix('Source: ')}",
                f"Licence: {licence.removeprefix('Licensed under the ')}",
                BLANKS,
            )
        ),
        ("Sheets", BOLD),
        *((f"{name}: {len(frame)} rows", WRAPPED) for name, frame in sheets.items()),
        *([("Columns", BOLD)] if known else []),
        *((line, WRAPPED) for line in known),
    ]
    sheet = book.add_worksheet(NOTES)
    sheet.set_column(0, 0, NOTES_WIDTH)
    for row, (line, properties) in enumerate(lines):
        _write_text(sheet, (row, 0), line, look, properties)


def _meaning(column: str) -> str:
    """Return what a column means, in words that fit any metric."""
    about = FIELDS[column][1]
    return about.replace("{metric} ({unit})", "The figure").replace(" ({unit})", "")


def _write_table(sheet: Any, look: Look, frame: pd.DataFrame, name: str) -> None:
    """Write one table from A1, with a frozen heading, and mark it as a table."""
    headings = [_heading(column) for column in frame.columns]
    columns = [{"header": text, "header_format": look(**HEADER)} for text in headings]
    options = {"name": name, "style": "Table Style Light 1", "columns": columns}
    # A table has to have a row, if only a blank one.
    sheet.add_table(0, 0, max(len(frame), 1), len(headings) - 1, options)
    sheet.freeze_panes(1, 1)
    for at, heading in enumerate(headings):
        values = [_plain(value) for value in frame.iloc[:, at].tolist()]
        number = look(num_format=number_format(values, heading))
        width = len(heading) + 3
        for row, value in enumerate(values, start=1):
            if isinstance(value, str):
                _write_text(sheet, (row, at), value, look, {})
            elif isinstance(value, bool):
                sheet.write_boolean(row, at, value)
            elif value is not None:
                sheet.write_number(row, at, value, number)
            shown = value if isinstance(value, str) else f"{value or 0:,.0f}00"
            width = max(width, len(shown) + 2)
        sheet.set_column(at, at, min(width, WIDEST))


def _heading(column: object) -> str:
    return " ".join(CONTROLS.sub(" ", str(column)).split())


def _write_text(
    sheet: Any, cell: tuple[int, int], value: str, look: Look, properties: Mapping[str, Any]
) -> None:
    """Write text as text; what could be taken for a formula is marked, so that editing keeps it."""
    text = value if len(value) <= LONGEST_TEXT else value[: LONGEST_TEXT - len(CUT)] + CUT
    risky = {"quote_prefix": True} if text.startswith(RISKY) else {}
    sheet.write_string(*cell, text, look(**properties, **risky))


def _plain(value: Any) -> str | float | bool | None:
    """Return a cell as a plain text, number or truth value; None where it is missing."""
    import pandas as pd

    if isinstance(value, str):
        # Half a character, as a damaged name may hold, cannot be written.
        return value.encode("utf-8", "replace").decode() or None
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, (bool, int, float)):
        return value if math.isfinite(value) else str(value)
    if hasattr(value, "item"):
        return _plain(value.item())
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def number_format(values: Iterable[object], heading: str = "") -> str:
    """Return the Excel format for a column of numbers, by their size.

    Parameters
    ----------
    values : iterable
        Cells; those that are no numbers do not count.
    heading : str
        Years, ranks and the like take no thousands separator.

    Examples
    --------
    >>> number_format([1204, 15]), number_format([0.031, 0.5]), number_format([2019, 2021], "year")
    ('#,##0', '0.0000', '0')
    """
    numbers = [
        abs(value)
        for value in values
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]
    if re.search(r"year|period|vintage|rank|decile", heading.casefold()):
        return "0" if all(float(number).is_integer() for number in numbers) else "0.00"
    if all(float(number).is_integer() for number in numbers):
        return "#,##0"
    largest = max(numbers)
    return "0.0000" if largest < 1 else "0.00" if largest < 100 else "#,##0.0"
