"""Get the cells out of a file: CSV in any usual encoding, .xlsx, .xls and .ods, always as text.

Cells come out as printed, row by row under the line numbers of the file, nothing interpreted: the
rest of the room works on text whatever the container was. Workbooks are opened by python-calamine,
which neither evaluates formulas nor follows links nor expands entities.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice, check_file
from spatial_gaps.errors import InputError
from spatial_gaps.metrics.jsonstat import jsonstat_cells
from spatial_gaps.metrics.old_excel import check_old_excel
from spatial_gaps.metrics.zip_limits import check_zip, locked
from spatial_gaps.records import Notice

LARGEST = 2 * 2**30
MOST_COLUMNS = 16_384
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
OTHERS = {
    b"SQLite format 3": "a database or GeoPackage",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip file",
    b"PAR1": "a Parquet file",
}
PAGES = (b"<!doctype", b"<html", b"<?xml")
DELIMITERS = ",;\t|"
UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
TYPOGRAPHIC = "£€–—‘’“”…•°²³½"


@dataclass(frozen=True)
class Sheet:
    """Cells of one sheet as stripped text, "" where empty, indexed by line number from 1."""

    file: str
    name: str
    cells: pd.DataFrame
    notices: tuple[Notice, ...] = ()
    widths: np.ndarray | None = None  # fields per line of a CSV, before they were filled up

    @cached_property
    def grid(self) -> np.ndarray:
        """The cells as an array of str, rows by columns."""
        return self.cells.to_numpy(dtype=object)


@dataclass(frozen=True)
class Book:
    """A file of one or several sheets, each read when it is asked for."""

    file: str
    names: tuple[str, ...]
    _opened: Any = field(repr=False, default=None)
    _only: Sheet | None = None

    def sheet(self, name: str) -> Sheet:
        """Return one sheet by its exact name."""
        return self._only or _sheet(self._opened, name, self.file)

    def sheets(self) -> Iterator[Sheet]:
        """Go through all sheets that hold anything."""
        for name in self.names:
            sheet = self.sheet(name)
            if len(sheet.cells):
                yield sheet

    def find(self, given: str) -> str:
        """Return the name of a sheet, whatever its case and spaces; list them if there is none."""
        plain = {" ".join(name.split()).casefold(): name for name in self.names}
        wanted = " ".join(str(given).split()).casefold()
        if wanted not in plain:
            check_choice(given, self.names, "sheet", self.file)
        return plain[wanted]


def open_book(path: Path) -> Book:
    """Open a local file, whatever its ending says: the first bytes decide.

    Parameters
    ----------
    path : Path
        A CSV, .xlsx, .xls or .ods file.

    Returns
    -------
    Book
        Its sheets; a CSV has one without a name.

    Raises
    ------
    InputError
        If it is missing, empty, none of these, damaged, locked, cut off, or unpacks to more than
        it may.
    """
    check_file(path)
    if path.stat().st_size > LARGEST:
        raise InputError("the file is larger than 2 GB", file=path, hint="Split it by indicator.")
    content = path.read_bytes()
    if content.startswith(ZIP):
        check_zip(content, path)
        return _workbook(content, path)
    if content.startswith(OLD_EXCEL):
        check_old_excel(content, path)
        return _workbook(content, path)
    for magic, kind in OTHERS.items():
        if content.startswith(magic):
            raise InputError(
                f"this is {kind}, not a CSV or spreadsheet, whatever its name says",
                file=path,
                hint="Give a .csv, .xlsx, .xls or .ods file.",
            )
    if content[:200].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(PAGES):
        raise InputError(
            "this is a web page, not a CSV", file=path, hint="Download the file itself again."
        )
    if content[:200].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return Book(path.name, ("",), _only=Sheet(path.name, "", jsonstat_cells(content, path)))
    return Book(path.name, ("",), _only=_csv(content, path))


# Workbooks ----------------------------------------------------------------------------------------


def _failures() -> tuple[type[BaseException], ...]:
    """Return what the reader of workbooks raises: its errors, and panics where it is at a loss.

    No module exports the class of panics, and it exists only once one was raised.
    """
    from python_calamine import CalamineError

    panics = [each for each in BaseException.__subclasses__() if each.__module__ == "pyo3_runtime"]
    return (CalamineError, OSError, ValueError, *panics)


def _workbook(content: bytes, path: Path) -> Book:
    from python_calamine import CalamineWorkbook, PasswordError

    try:
        opened = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError:
        raise locked(path) from None
    except _failures() as error:
        if content.startswith(ZIP):
            raise InputError(
                "this zip is no workbook that can be read",
                file=path,
                hint="Give an .xlsx or .ods file, or unpack the zip and give the file inside.",
            ) from None
        raise InputError(
            f"this is an old Office file, but no workbook that can be read: {error}",
            file=path,
            hint="Open it in a spreadsheet, and save it as .xlsx or CSV.",
        ) from None
    # Sheets named after other files are copies of linked cells that LibreOffice keeps.
    names = [name for name in opened.sheet_names if not name.startswith("'file:")]
    return Book(path.name, tuple(names), opened)


def _sheet(opened: Any, name: str, file: str) -> Sheet:
    try:
        rows = opened.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except _failures() as error:
        raise InputError(
            f"the sheet '{name}' cannot be read: {error}", file=file, hint="Download it again."
        ) from None
    texts = [[cell if type(cell) is str else _text(cell) for cell in row] for row in rows]
    cells = pd.DataFrame(texts, index=range(1, len(texts) + 1), dtype=object)
    return Sheet(file, name, cells)


def _text(cell: object) -> str:
    """Return a cell as it would be printed in full."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


# CSV ----------------------------------------------------------------------------------------------


def _csv(content: bytes, path: Path) -> Sheet:
    text, notices = decode(content, path)
    delimiter = _delimiter(text)
    columns, widths = _plain_columns(text, delimiter) or _quoted_columns(text, delimiter, path)
    if len(widths) < 2:
        raise InputError("there is a header but no row, or nothing at all", file=path)
    cells = pd.DataFrame(
        {at: np.array(column, dtype=object) for at, column in enumerate(columns)},
        index=range(1, len(widths) + 1),
    )
    return Sheet(path.name, "", cells, notices, widths)


def _plain_columns(text: str, delimiter: str) -> tuple[list[list[str]], np.ndarray] | None:
    """Split text without quotes whose lines all have as many fields: three times as fast."""
    plain = text.replace("\r\n", "\n").rstrip("\n")
    width = plain.split("\n", 1)[0].count(delimiter) + 1
    if '"' in plain or "\r" in plain or not 1 < width <= MOST_COLUMNS:
        return None
    counts = [line.count(delimiter) + 1 for line in plain.split("\n")]
    blank_end = not plain.rpartition("\n")[2].strip(f"{delimiter} ")
    if len(set(counts)) > 1 or blank_end:
        return None
    flat = plain.replace("\n", delimiter).split(delimiter)
    return [flat[at::width] for at in range(width)], np.array(counts)


def _quoted_columns(
    text: str, delimiter: str, path: Path
) -> tuple[list[tuple[str, ...]], np.ndarray]:
    """Split any CSV; the columns of short lines are filled up."""
    # Strict: a quotation mark where none belongs would swallow all rows up to the next one.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
    except csv.Error as error:
        raise InputError(
            f"the quotation marks from here on do not fit: {error}"
            if "limit" not in str(error)
            else f"this row is no table's: {error}",
            file=path,
            row=len(rows) + 1,
            hint="Download the file again, or correct the row.",
        ) from None
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    widths = np.array([len(row) for row in rows])
    if len(rows) and widths.max() > MOST_COLUMNS:
        raise InputError(
            f"a row has {widths.max():,} fields, more than {MOST_COLUMNS:,}",
            file=path,
            row=int(widths.argmax()) + 1,
        )
    return list(zip_longest(*rows, fillvalue="")), widths


def frame_book(frame: pd.DataFrame, name: str = "the frame") -> Book:
    """Return a frame, tidy or wide, as a book of one sheet with its headings in the first line."""
    named = frame.index.names != [None]
    whole = frame.reset_index() if named else frame
    columns = (
        [whole[column] for column in whole.columns]
        if whole.columns.is_unique
        else [whole.iloc[:, at] for at in range(whole.shape[1])]
    )
    cells = pd.DataFrame(
        {
            at: [
                str(column.name),
                *(
                    "" if missing else _text(cell)
                    for cell, missing in zip(column.tolist(), column.isna(), strict=True)
                ),
            ]
            for at, column in enumerate(columns)
        },
        index=range(1, len(whole) + 2),
        dtype=object,
    )
    return Book(name, ("",), _only=Sheet(name, "", cells))


def decode(content: bytes, path: Path) -> tuple[str, tuple[Notice, ...]]:
    """Return bytes as text: UTF-8, UTF-16 with its mark, or Windows-1252, which is noted.

    Parameters
    ----------
    content : bytes
        Of a text file.
    path : Path
        Named in errors.

    Raises
    ------
    InputError
        If they are none of these; the byte and its row are named.
    """
    coding = UTF16.get(content[:2])
    if coding:
        try:
            text = content.decode(coding)
        except UnicodeDecodeError as error:
            raise _undecoded(content, error.start, path, "UTF-16") from None
        if "\x00" in text:
            raise _nul(path, 2 + 2 * text.index("\x00"), text, "the file is UTF-32, or damaged")
        return text, (Notice("encoding", "the file is UTF-16 text"),)
    nul = content.find(b"\x00")
    if nul >= 0:
        why = "the file is binary, or UTF-16 text without its mark"
        raise _nul(path, nul, content.decode("latin-1"), why)
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        return _windows(content, error.start, path)


def _windows(content: bytes, start: int, path: Path) -> tuple[str, tuple[Notice, ...]]:
    """Read Windows-1252 where every byte beyond ASCII is a letter or sign that tables use."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise _undecoded(content, start, path, "UTF-8") from None
    beyond = {letter for letter in text if not letter.isascii()}
    usual = all(letter.isalpha() or letter in TYPOGRAPHIC + "\u00a0" for letter in beyond)
    utf8_too = re.search(r"[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac", text)
    if not usual or utf8_too:
        raise _undecoded(content, start, path, "UTF-8")
    rows = content[:start].count(b"\n") + 1
    message = f"the text is not UTF-8 (first in row {rows}) and was read as Windows-1252"
    return text, (Notice("encoding", message),)


def _nul(path: Path, byte: int, text: str, why: str) -> InputError:
    return InputError(
        f"byte {byte} is NUL: {why}",
        file=path,
        row=text[: text.index("\x00")].count("\n") + 1,
        hint="Save it as CSV (UTF-8).",
    )


def _undecoded(content: bytes, start: int, path: Path, coding: str) -> InputError:
    return InputError(
        f"byte {start} ({content[start]:#x}) is not {coding} text",
        file=path,
        row=content[:start].count(b"\n") + 1,
        hint="Save it as CSV (UTF-8).",
    )


def _delimiter(text: str) -> str:
    """Return the mark that splits most of the first lines into the most fields."""
    lines = [line for line in text[:20_000].splitlines()[:40] if line.strip()]
    counts = {mark: sorted(line.count(mark) for line in lines) for mark in DELIMITERS}
    middle = {mark: numbers[len(numbers) // 2] for mark, numbers in counts.items() if numbers}
    best = max(DELIMITERS, key=lambda mark: middle.get(mark, 0))
    return best if middle.get(best, 0) else ","
