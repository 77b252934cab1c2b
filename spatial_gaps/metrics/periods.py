"""One grammar for periods: 2021, 2018/19, 2020-2022, 2014/15-2016/17, 2026-01, 2022-Q4."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import pandas as pd

from spatial_gaps.errors import InputError

GRAMMAR = re.compile(
    r"\d{4}"  # calendar year
    r"|\d{4}/\d{2}"  # financial or academic year
    r"|\d{4}-\d{4}"  # several calendar years
    r"|\d{4}/\d{2}-\d{4}/\d{2}"  # several financial years
    r"|\d{4}-(0[1-9]|1[0-2])"  # snapshot month
    r"|\d{4}-Q[1-4]"  # quarter
)
MONTHLY = re.compile(r"\d\d(\d\d)-(\d\d)")
DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T[\d:.]+Z?)?")
INTERVAL = re.compile(DATE.pattern + r"/P(\d+)([YM])")
MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}
MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*"
YEAR = r"(?:19|20)\d{2}"
# Words that stand beside a period and do not change what it covers.
BESIDE = re.compile(
    r"\b(?:provisional|revised|estimates?|final|r|p|as of|at|on|years?|12 months|calendar|"
    r"academic|financial|tax|year|to|ending|ended)\b|\[[^\]]*\]|[()*]"
)
ENDING = re.compile(
    r"(?:financial year|academic year|year|12 months)\s+(?:ending|ended|to)\s+(?:in\s+)?$", re.I
)
PART = re.compile(
    rf"(?P<span>\d{{1,2}}/{YEAR}\s*[-–]\s*\d{{1,2}}/{YEAR})"
    rf"|(?P<days>\d{{1,2}}/\d{{1,2}}/{YEAR}\s*[-–]\s*\d{{1,2}}/\d{{1,2}}/{YEAR})"
    rf"|(?P<fiscal>{YEAR}\s?[/-]\s?\d{{2}}(?!\d)(?:\s?(?:-|to|–)\s?{YEAR}\s?[/-]\s?\d{{2}}(?!\d))?)"
    rf"|(?P<years>{YEAR}\s?(?:-|to|–)\s?{YEAR})"
    rf"|(?P<months>{MONTH}\s*(?:-|–|to)\s*{MONTH}\s+{YEAR})"
    rf"|(?P<quarter>{YEAR}\s?-?q[1-4]|q[1-4]\s?{YEAR})"
    rf"|(?P<numbered>(?<!\d)(?:0?[1-9]|1[0-2])/{YEAR})"
    rf"|(?P<month>{MONTH}[\s-]+{YEAR}|{YEAR}\s+{MONTH})"
    rf"|(?P<year>(?<![\d.,]){YEAR}(?![\d]))"
)


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
        length = int(interval[4]) * (12 if interval[5] == "Y" else 1)
        return _window(int(interval[1]), int(interval[2]), length)
    date = DATE.fullmatch(text)
    if date:
        return date[1]
    number = re.fullmatch(r"(\d{4})\.0", text)
    text = number[1] if number else text
    return text if GRAMMAR.fullmatch(text) else None


def _window(year: int, month: int, length: int) -> str | None:
    """Return the period of so many months that starts in this one."""
    if length == 1:
        return f"{year}-{month:02d}"
    if length == 3 and month % 3 == 1:
        return f"{year}-Q{(month + 2) // 3}"
    if length % 12 or not length:
        return None
    last = year + length // 12 - 1
    if month == 1:
        return str(year) if last == year else f"{year}-{last}"
    first, final = (f"{start}/{(start + 1) % 100:02d}" for start in (year, last))
    return first if last == year else f"{first}-{final}"


@cache
def split_period(text: str) -> tuple[str | None, str]:
    """Return the one period that words contain, in the grammar, and the words without it.

    Parameters
    ----------
    text : str
        A heading or a line such as "Pounds_2004" or "Date: 04/2020 - 03/2021".

    Returns
    -------
    period : str or None
        None if there is no period, or more than one.
    rest : str
        What is left of the text.

    Examples
    --------
    >>> split_period("Pounds_2004"), split_period("Year ending Sep 1997")
    (('2004', 'Pounds'), ('1997', ''))
    >>> split_period("04/2020 - 03/2021")[0], split_period("October to December 2022")[0]
    ('2020/21', '2022-Q4')
    >>> split_period("2019-20")[0], split_period("Financial year ending 2021")[0]
    ('2019/20', '2020/21')
    """
    plain = plain_period(text)
    if plain:
        return plain, ""
    spread = text.replace("_", " ")
    lowered = spread.lower()
    found = list(PART.finditer(lowered))
    if len(found) != 1:
        return None, text
    match = found[0]
    before, after = spread[: match.start()], spread[match.end() :]
    ending = ENDING.search(before)
    period = _ending(match) if ending else _period_of(match)
    rest = " ".join(BESIDE.sub(" ", f"{before} {after}".lower()).split()).strip(" -–:,.")
    if ending or re.fullmatch(rf"(?:{MONTH}|\d{{1,2}})?", rest):
        return period, ""
    return period, " ".join(f"{before} {after}".split()).strip(" -–:,.") if rest else ""


def _ending(match: re.Match[str]) -> str | None:
    """Return the twelve months that end in a month, or in the financial year that ends in a year."""
    year = int(re.findall(YEAR, match[0])[-1])
    month = re.search(MONTH, match[0])
    crossing = MONTHS[month[0][:3]] in (3, 7, 8) if month else True
    return f"{year - 1}/{year % 100:02d}" if crossing else str(year)


def _period_of(match: re.Match[str]) -> str | None:
    """Return the period in the grammar that a match of `PART` stands for."""
    kind, part = str(match.lastgroup), match[0]
    years = [int(year) for year in re.findall(YEAR, part)]
    if kind in ("span", "days"):
        months = [int(month) for month in re.findall(rf"(\d{{1,2}})/{YEAR}", part)]
        length = (years[1] - years[0]) * 12 + months[1] - months[0] + (kind == "span")
        if kind == "days":
            length = max(1, length)
        exact = _window(years[0], months[0], length)
        return exact or (str(years[0]) if years[0] == years[1] else None)
    if kind == "fiscal":
        starts = re.findall(rf"({YEAR})\s?[/-]\s?(\d{{2}})(?!\d)", part)
        gaps = {(int(last) - int(first)) % 100 for first, last in starts}
        if gaps == {1}:
            return "-".join(f"{first}/{last}" for first, last in starts)
        if len(starts) == 1 and max(gaps) < 10:
            return f"{starts[0][0]}-{int(starts[0][0]) + max(gaps)}"
        return plain_period(part.replace(" ", ""))
    if kind == "years":
        return f"{years[0]}-{years[1]}"
    if kind == "numbered":
        return _window(years[0], int(part.split("/")[0]), 1)
    if kind in ("months", "month"):
        named = [MONTHS[name[:3]] for name in re.findall(MONTH, part)]
        return _window(years[0], named[0], named[-1] - named[0] + 1)
    if kind == "quarter":
        return f"{years[0]}-Q{re.search(r'q([1-4])', part)[1]}"  # type: ignore[index]
    return str(years[0])


def _short_ranges(texts: list[str]) -> dict[str, str | None]:
    """Read 2010-12, 2011-13 as three years each: a column of months would not keep one distance."""
    short = {text: re.fullmatch(r"(\d{4})-(\d{2})", text.strip()) for text in texts}
    distances = {(int(m[2]) - int(m[1])) % 100 for m in short.values() if m}
    if (
        len(texts) < 2
        or not all(short.values())
        or len(distances) != 1
        or not 0 < min(distances) < 10
    ):
        return {}
    years = min(distances)
    return {
        text: f"{m[1]}/{m[2]}" if years == 1 else f"{m[1]}-{int(m[1]) + years}"
        for text, m in short.items()
        if m
    }


def years_not_months(values: dict[str, int], headings: Sequence[str]) -> dict[str, int]:
    """Return columns by period, 2010-11 among headings like it being a year across two.

    Parameters
    ----------
    values : dict of int
        Positions by the period that each heading stands for on its own.
    headings : sequence of str
        Of all columns.
    """
    years = _short_ranges([headings[at] for at in values.values()])
    return {years.get(headings[at]) or period: at for period, at in values.items()}


def _check_short(plain: dict[str, str | None], texts: pd.Series, file: str, column: str) -> None:
    """Raise `InputError` where 2010-11 may be November 2010 as well as the year 2010/11."""
    months = [text for text, period in plain.items() if period and MONTHLY.fullmatch(period)]
    doubtful = [
        text
        for text in months
        if (short := MONTHLY.fullmatch(text.strip())) and 0 < int(short[2]) - int(short[1]) < 10
    ]
    if not doubtful or len(doubtful) < len(months) or 1 < len(doubtful) == len(plain):
        return
    raise InputError(
        "this may be a month or a span of years",
        file=file,
        row=int(texts.index[texts == doubtful[0]][0]),
        column=column,
        value=doubtful[0],
        hint="Write a year across two as 2010/11, three years as 2010-2012, a month as "
        "2010-11-01/P1M; or name the one period of the file with period=.",
    )


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
        Naming the row of the first text that is no period, or that may be two.
    """
    unique = [str(text) for text in texts.unique()]
    plain = {text: plain_period(text) or split_period(text.strip())[0] for text in unique}
    plain |= _short_ranges(unique)
    _check_short(plain, texts, file, column)
    for text, period in plain.items():
        if period is None:
            row = int(texts.index[texts == text][0])
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
