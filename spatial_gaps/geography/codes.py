"""Codes as they come out of files, made plain; what cannot be made plain is named."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import pandas as pd

from spatial_gaps.errors import InputError
from spatial_gaps.records import Notice

# Zero-width characters, the byte order mark, the soft hyphen, and direction marks.
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")


def clean_codes(
    series: pd.Series[Any], file: str | os.PathLike[str] | None = None, first_row: int = 2
) -> tuple[pd.Series[Any], tuple[Notice, ...]]:
    """Return codes without stray spaces, invisible characters and lower case.

    Parameters
    ----------
    series : Series, shape (n,)
        Codes as read, as text. An integer index other than 0..n-1 is taken as line numbers.
    file : path, optional
        Named in errors.
    first_row : int
        Line number of the first code, where the index does not say it.

    Returns
    -------
    codes : Series of str, shape (n,)
        On the same index.
    notices : tuple of Notice
        What was repaired, with counts; empty if nothing was.

    Raises
    ------
    InputError
        If a code is missing or blank, is a number, or holds a character that only looks like a
        letter or digit; with the rows.

    Examples
    --------
    >>> codes, notices = clean_codes(pd.Series(["E06000001\\xa0", "e06000002"]))
    >>> codes.tolist(), len(notices)
    (['E06000001', 'E06000002'], 2)
    """
    column = None if series.name is None else str(series.name)
    if pd.api.types.is_numeric_dtype(series) and len(series):
        raise InputError(
            "the codes are numbers, but codes of UK areas start with a letter",
            file=file,
            column=column,
            hint="Choose the column that holds the codes, and read it as text.",
        )
    text = series.where(series.notna(), "").astype(str)
    # Millions of rows repeat a few hundred codes, which are nearly always plain.
    if all(code and code.isascii() and code == code.strip().upper() for code in text.unique()):
        return text, ()
    rows = _row_numbers(series, first_row)
    visible = text.map(lambda code: INVISIBLE.sub("", code).strip())
    blank = visible == ""
    if blank.any():
        raise InputError(
            "rows have no code",
            file=file,
            column=column,
            offenders=[f"row {row}" for row, empty in zip(rows, blank, strict=True) if empty],
            hint="Give each row its code, or remove the row (a title, a total or a footnote).",
        )
    codes = visible.str.upper()
    _check_alphabet(visible, rows, file, column)
    return codes, _notices(text, visible, codes)


def _row_numbers(series: pd.Series[Any], first_row: int) -> Sequence[int]:
    positions = range(len(series))
    numbered = pd.api.types.is_integer_dtype(series.index)
    if numbered and list(series.index) != list(positions):
        return [int(row) for row in series.index]
    return [first_row + position for position in positions]


def _check_alphabet(
    visible: pd.Series[Any],
    rows: Sequence[int],
    file: str | os.PathLike[str] | None,
    column: str | None,
) -> None:
    """Raise `InputError` at the first look-alike, and list the rows of all of them."""
    odd = [(row, code) for row, code in zip(rows, visible, strict=True) if not code.isascii()]
    if not odd:
        return
    row, code = odd[0]
    character = next(letter for letter in code if ord(letter) > 127)
    name = unicodedata.name(character, "unnamed")
    raise InputError(
        f"codes hold letters or digits of another alphabet, the first one character "
        f"U+{ord(character):04X} ({name})",
        file=file,
        row=row,
        column=column,
        value=code,
        offenders=[f"row {number} {text!r}" for number, text in odd],
        hint="Type the code again with plain letters and digits.",
    )


def _notices(
    text: pd.Series[Any], visible: pd.Series[Any], codes: pd.Series[Any]
) -> tuple[Notice, ...]:
    repairs = (
        ("codes-spaces", text != visible, "had spaces or invisible characters, which were removed"),
        ("codes-case", visible != codes, "had lower-case letters, which were made capitals"),
    )
    return tuple(
        Notice(kind, f"{int(changed.sum())} codes {what}", tuple(codes[changed].unique()))
        for kind, changed, what in repairs
        if changed.any()
    )
