"""Text in a column of numbers: published markers become reasons, anything else is an error."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from spatial_gaps.errors import InputError

REASONS = {
    "x": "not available or suppressed by the publisher (marked x)",
    "[x]": "not available (marked [x])",
    "u": "unreliable: too few cases (marked u)",
    "[u]": "unreliable: too few cases (marked [u])",
    "[low]": "unreliable (marked [low])",
    "c": "confidential (marked c)",
    "[c]": "confidential (marked [c])",
    "..": "not available (marked ..)",
    ".": "not applicable (marked .)",
    ":": "not available (marked :)",
    "-": "nil or negligible (marked -)",
    "~": "suppressed: below the publisher's threshold (marked ~)",
    "*": "suppressed (marked *)",
    "#": "suppressed (marked #)",
    "!": "unreliable (marked !)",
    "na": "not applicable or not available (marked na)",
    "n/a": "not applicable or not available (marked n/a)",
    "[z]": "not applicable (marked [z])",
}
BLANK = "blank in the file, no reason given"
SPACES = re.compile("[\\s\u00a0\u200b\u202f\ufeff]+")
NUMBER = re.compile(r"[-+]?(?=\.?\d)(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][-+]?\d+)?")


def reason_of(marker: str) -> str:
    """Return the reason that a marker stands for, or "" if it is no known marker."""
    return REASONS.get(marker.strip().lower(), "")


def parse_numbers(texts: pd.Series, file: str, column: str) -> tuple[pd.Series, pd.Series]:
    """Turn printed numbers into floats, and markers into reasons.

    Thousands separators, a pound sign, a percent sign and padding are understood.

    Parameters
    ----------
    texts : Series of str, shape (n,)
        As printed, indexed by line of the file.
    file, column : str
        For the error.

    Returns
    -------
    numbers, reasons : Series, shape (n,)
        Floats, nan where missing; the reason where missing, else "".

    Raises
    ------
    InputError
        Naming row and column of the first text that is neither number nor marker, or is infinite.
    """
    found: dict[str, tuple[float, str]] = {}
    for text in texts.unique():
        bare = SPACES.sub("", text)
        digits = bare.removeprefix("£").removesuffix("%")
        if not bare:
            found[text] = (np.nan, BLANK)
        elif digits and NUMBER.fullmatch(digits):
            found[text] = (float(digits.replace(",", "")), "")
        else:
            found[text] = (np.nan, reason_of(bare))
        number, reason = found[text]
        if np.isinf(number) or (np.isnan(number) and not reason):
            row = int(texts.index[(texts == text).to_numpy().argmax()])
            raise InputError(
                "this is neither a number nor a known marker of a missing one",
                file=file,
                row=row,
                column=column,
                value=text,
                hint=f"Known markers: {' '.join(REASONS)}. Correct the cell, or name another column.",
            )
    numbers = texts.map({text: pair[0] for text, pair in found.items()}).astype(float)
    return numbers, texts.map({text: pair[1] for text, pair in found.items()})
