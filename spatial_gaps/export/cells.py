"""Text that no spreadsheet takes for a formula: one rule for CSV files and workbooks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# OWASP's list (CWE-1236): signs, their full-width forms, and what is skipped before them.
_RUNS = re.compile(r"[=+\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?%?")


def harmless_text(cell: Any) -> Any:
    r"""Return a cell with a quote before text that a spreadsheet would run.

    Parameters
    ----------
    cell : object
        Text that starts with = + - @, a tab, a line break or NUL gets the quote, unless it is a
        number. Carriage returns become line feeds: in a CSV file they would start a row. All that
        is not text is returned as it is.

    Examples
    --------
    >>> harmless_text("=HYPERLINK(1)"), harmless_text("-5.2"), harmless_text(-5.2)
    ("'=HYPERLINK(1)", '-5.2', -5.2)
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if _RUNS.match(cell) and not _NUMBER.fullmatch(cell) else text


def harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame for a spreadsheet: cells, index and headings as by `harmless_text`.

    Parameters
    ----------
    frame : DataFrame
        Any; columns of numbers keep their type.

    Returns
    -------
    DataFrame
        A new frame of the same shape.
    """
    import pandas as pd

    def column(values: pd.Series[Any]) -> pd.Series[Any]:
        if pd.api.types.is_numeric_dtype(values):
            return values
        # A list at a time: text of Arrow is slow to take one by one.
        safe = [harmless_text(cell) for cell in values.tolist()]
        return pd.Series(safe, values.index, dtype=object, name=values.name)

    # On an empty frame `apply` loses the columns.
    safe = frame.apply(column) if frame.size else frame.copy()
    safe.columns = frame.columns.map(harmless_text).rename(frame.columns.name)
    safe.index = frame.index.map(harmless_text).set_names(
        [harmless_text(name) for name in frame.index.names]
    )
    return safe
