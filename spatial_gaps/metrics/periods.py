"""One grammar for periods: 2021, 2018/19, 2020-2022, 2014/15-2016/17, 2026-01."""

from __future__ import annotations

import re

import pandas as pd

from spatial_gaps.errors import InputError

GRAMMAR = re.compile(
    r"\d{4}"  # calendar year
    r"|\d{4}/\d{2}"  # financial or academic year
    r"|\d{4}-\d{4}"  # several calendar years
    r"|\d{4}/\d{2}-\d{4}/\d{2}"  # several financial years
    r"|\d{4}-(0[1-9]|1[0-2])"  # snapshot month
)
DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T[\d:.]+Z?)?")
INTERVAL = re.compile(DATE.pattern + r"/P(\d+)([YM])")


def plain_period(text: str) -> str | None:
    """Return a period in the grammar, or None if the text is none.

    A single survey date stands for its year; an ISO interval for the years it covers, written as
    financial years unless it starts in January.

    Examples
    --------
    >>> plain_period("2021-04-21"), plain_period("2019-01-01/P1Y"), plain_period("2014-04-01/P3Y")
    ('2021', '2019', '2014/15-2016/17')
    """
    text = text.strip()
    interval = INTERVAL.fullmatch(text)
    if interval:
        year, month = int(interval[1]), int(interval[2])
        if interval[5] == "M":
            return f"{year}-{month:02d}" if interval[4] == "1" else None
        last = year + int(interval[4]) - 1
        if month == 1:
            return str(year) if last == year else f"{year}-{last}"
        first, final = (f"{start}/{(start + 1) % 100:02d}" for start in (year, last))
        return first if last == year else f"{first}-{final}"
    date = DATE.fullmatch(text)
    if date:
        return date[1]
    number = re.fullmatch(r"(\d{4})\.0", text)
    text = number[1] if number else text
    return text if GRAMMAR.fullmatch(text) else None


def plain_periods(texts: pd.Series, file: str, column: str) -> pd.Series:
    """Return periods in the grammar; months where a series has several dates in one year.

    Parameters
    ----------
    texts : Series of str
        As printed, indexed by line of the file.
    file, column : str
        For the error.

    Raises
    ------
    InputError
        Naming the row of the first text that is no period.
    """
    plain = {text: plain_period(text) for text in texts.unique()}
    for text, period in plain.items():
        if period is None:
            row = int(texts.index[(texts == text).to_numpy().argmax()])
            raise InputError(
                "this is not a period",
                file=file,
                row=row,
                column=column,
                value=text,
                hint="Periods look like 2021, 2018/19, 2020-2022, 2014/15-2016/17, 2026-01 or 2021-04-21.",
            )
    dates = [text.strip() for text in plain if DATE.fullmatch(text.strip())]
    if len({date[:4] for date in dates}) < len(dates):
        plain |= {text: text.strip()[:7] for text in plain if DATE.fullmatch(text.strip())}
    return texts.map(plain)
