"""Text in a column of numbers: published markers become reasons, anything else is an error."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice
from spatial_gaps.errors import InputError

REASONS = {
    "x": "not available or suppressed by the publisher (marked x)",
    "[x]": "not available (marked [x])",
    "u": "unreliable: too few cases (marked u)",
    "[u]": "unreliable or uncertain (marked [u])",
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
    "[w]": "no data recorded (marked [w])",
    "[k]": "low figure (marked [k])",
}
LARGEST = 1e15  # no published figure is larger, and above it floats no longer tell whole numbers
BLANK = "blank in the file, no reason given"
SPACES = re.compile("[\\s\u00a0\u200b\u202f\ufeff]+")
EDGES = "\u00a0\u200b\u202f\ufeff \t\r\n\f\v"
GROUPED = re.compile("(?<=\\d)[ \u00a0\u2009\u202f](?=\\d{3}(?!\\d))")  # 1 204 567
NUMBER = re.compile(r"[-+]?(?=\.?\d)(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][-+]?\d+)?")
# What publishers fuse to a number: [note 3], [r], (a), (p), superscripts, * and daggers.
FOOTNOTE = re.compile(
    r"^(?P<number>.*?[\d%])\s*(?P<mark>(?:\[[^\]]{1,12}\]|\([a-z0-9]{1,2}\)|[*†‡§¹²³⁰⁴-⁹ᵃᵇᶜᵖʳ]"
    r"|(?<=\d)\s?[prez](?![\w]))+)$"
)


class Parsed(NamedTuple):
    """What a column of printed numbers says, on its index.

    `numbers` are floats, nan where missing; `reasons` why one is missing, else ""; `notes` the
    footnote marks that stood beside a number, else ""; `sign` is "%" or "£" where the numbers carry
    it, else "".
    """

    numbers: pd.Series
    reasons: pd.Series
    notes: pd.Series
    sign: str


def reason_of(marker: str) -> str:
    """Return the reason that a marker stands for, or "" if it is no known marker."""
    return REASONS.get(marker.strip(EDGES).lower(), "")


def is_number(text: str) -> bool:
    """Say whether a text is a printed number, marks, signs and all."""
    return not np.isnan(_read(text)[0])


def parse_numbers(texts: pd.Series, file: str, column: str, decimal: str = ".") -> Parsed:
    """Turn printed numbers into floats, and markers into reasons.

    Thousands separators, a pound sign, a percent sign, padding, and footnote marks fused to a
    number are understood.

    Parameters
    ----------
    texts : Series of str, shape (n,)
        As printed, indexed by line of the file.
    file, column : str
        For the error.
    decimal : {".", ","}
        With "," a number such as 1.204,5 is read.

    Returns
    -------
    Parsed
        Numbers, reasons, notes and sign.

    Raises
    ------
    InputError
        Naming row and column of the first text that is neither number nor marker, or is beyond
        1e15; or where some numbers carry a percent sign and others do not.
    """
    check_choice(decimal, (".", ","), "decimal mark", file)
    printed = texts
    if decimal == ",":
        swapped = texts.str.translate(str.maketrans(",.", ".,"))
        texts = texts.where(texts.map(reason_of).ne(""), swapped)
    numbers = pd.to_numeric(texts, errors="coerce").astype(float)
    plain = np.abs(numbers.to_numpy()) <= LARGEST
    odd = texts[~plain]
    read = {text: _read(text) for text in odd.unique()}
    for text, (number, reason, _, _) in read.items():
        if abs(number) > LARGEST or (np.isnan(number) and not reason):
            row = int(odd.index[odd == text][0])
            raise InputError(
                "this number is larger than any figure can be"
                if np.isfinite(number)
                else "this is neither a number nor a known marker of a missing one",
                file=file,
                row=row,
                column=column,
                value=printed[row],
                hint=f"Known markers: {' '.join(REASONS)}. Correct the cell, or name another "
                "column (value=); for decimal commas give decimal=','.",
            )
    reasons, notes = (pd.Series("", index=texts.index, dtype=object) for _ in range(2))
    if len(odd):
        numbers[~plain] = odd.map({text: found[0] for text, found in read.items()}).astype(float)
        reasons[~plain] = odd.map({text: found[1] for text, found in read.items()})
        notes[~plain] = odd.map({text: found[2] for text, found in read.items()})
    signs = {found[3] for found in read.values() if not np.isnan(found[0])}
    _check_percent(odd, read, signs, bool(plain.any()), file, column)
    return Parsed(numbers, reasons, notes, "%" if "%" in signs else "£" if "£" in signs else "")


def _read(text: str) -> tuple[float, str, str, str]:
    """Return number, reason, footnote marks and sign of one printed text."""
    bare = text.strip(EDGES)
    if not bare:
        return np.nan, BLANK, "", ""
    reason = reason_of(SPACES.sub("", bare))
    if reason:
        return np.nan, reason, "", ""
    fused = FOOTNOTE.match(bare)
    mark = fused["mark"] if fused else ""
    digits = GROUPED.sub("", fused["number"].strip(EDGES) if fused else bare)
    sign = "%" if digits.endswith("%") else "£" if "£" in digits[:2] else ""
    digits = digits.removesuffix("%").strip(EDGES).replace("£", "", 1) if sign else digits
    if not NUMBER.fullmatch(digits):
        return np.nan, "", "", ""
    return float(digits.replace(",", "")), "", mark.strip(EDGES), sign


def _check_percent(
    odd: pd.Series,
    read: dict[str, tuple[float, str, str, str]],
    signs: set[str],
    plain: bool,
    file: str,
    column: str,
) -> None:
    """Raise `InputError` where some numbers carry a percent sign and others do not."""
    if "%" not in signs or (signs == {"%"} and not plain):
        return
    first = next(text for text, found in read.items() if found[3] == "%")
    raise InputError(
        "some numbers of this column carry a percent sign and others do not",
        file=file,
        row=int(odd.index[odd == first][0]),
        column=column,
        value=first,
        hint="Write all of them the same way: 45.2% beside 0.45 would mix two units.",
    )
