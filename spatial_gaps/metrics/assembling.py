"""Build the table of a `Metric` out of the cells of one series: one row per area and period."""

from __future__ import annotations

import re
from statistics import NormalDist

import numpy as np
import pandas as pd

from spatial_gaps.checks import words
from spatial_gaps.errors import InputError, first_of
from spatial_gaps.geography.codes import clean_codes
from spatial_gaps.geography.levels import find_level, level_of
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.metrics.choosing import Choice, Series
from spatial_gaps.metrics.columns import ERRORS, Columns, series_of
from spatial_gaps.metrics.markers import is_number, parse_numbers, reason_of
from spatial_gaps.metrics.matching import match_names
from spatial_gaps.metrics.periods import GRAMMAR, plain_periods, split_period
from spatial_gaps.records import Notice

DATED = ("date", "time period", "period", "year", "time", "reference period")
NORMAL = ["A", "Normal Value"]  # the status in SDMX, and so in Nomis, of a figure like any other
GEOGRAPHY_TYPE = re.compile(r"(?:geography|area)[ _]type")
KEYS = ["code", "period"]
FIGURES = ["value", "lower", "upper", "se", "status", "note"]
# Columns of `Metric.table`, in order.
ORDER = [
    "code", "period", "name", "level", "value", "lower", "upper", "se", "se_source", "status",
    "note", "period_raw", "row",
]  # fmt: skip


def assemble(
    series: Series, columns: Columns, choice: Choice, stated: str
) -> tuple[pd.DataFrame, tuple[Notice, ...], str]:
    """Return the rows of a series as `Metric.table`, what was noted, and the sign of the numbers.

    Parameters
    ----------
    series : Series
        Which rows and columns.
    columns : Columns
        What each column is.
    choice : Choice
        What the user said.
    stated : str
        The period that the publication is known to be of, "" if it prints its own.

    Raises
    ------
    InputError, JoinError
        As `read_metric` says.
    """
    file = series.table.sheet.file
    cells, left = _coded(series, choice)
    codes, notices = _codes(cells, series, choice, file)
    names = _names(cells, columns, series, choice)
    level = level_of(codes).to_numpy()
    parts = []
    signs = set()
    for period, at in columns.values.items():
        part, sign, noted = _figures(cells, columns, at, codes, choice.decimal, file)
        signs.add(sign)
        notices = (*notices, *noted)
        raw, plain, said = _periods(cells, columns, series, choice, period, stated)
        notices = (*notices, *said)
        parts.append(
            part.assign(
                code=codes, name=names, level=level, period=plain, period_raw=raw, row=cells.index
            )
        )
    table = pd.concat(parts) if len(parts) > 1 else parts[0]
    if len(parts) > 1:
        table = table.sort_values("row", kind="stable")
    table = table[ORDER].reset_index(drop=True)
    table, repeated = _once(table, series)
    return table, (*dict.fromkeys((*notices, *left, *repeated, *_aside(columns))),), max(signs)


def _coded(series: Series, choice: Choice) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Return the rows of areas, and note those with figures that are of no area.

    The user's list of codes brings rows in whose text is no code, and leaves rows out.
    """
    table, codes = series.table, choice.codes or {}
    cells, grid = table.sheet.cells, table.sheet.grid
    texts = {line: str(cells.at[line, table.code]).strip() for line in table.uncoded}
    brought = [line for line, text in texts.items() if codes.get(text)]
    rows = pd.concat([series.rows, cells.loc[brought]]).sort_index() if brought else series.rows
    notices = []
    if codes:
        printed = _stripped(rows[table.code])
        dropped = printed.map(codes) == ""
        rows = rows[~dropped]
        if dropped.any():
            listed = first_of(list(printed[dropped].unique()))
            message = f"{int(dropped.sum())} rows were left out by the list of codes: {listed}"
            notices.append(Notice("codes-left-out", message))
    lines = [line for line, text in texts.items() if line not in brought and codes.get(text) != ""]
    if lines:
        position = {line: at for at, line in enumerate(cells.index)}
        shown = [next(filter(None, map(_word, grid[position[at]])), "") for at in lines]
        named = [f"{line} '{text}'" for line, text in zip(lines, shown, strict=True)]
        message = (
            f"left out, because there is no area's code beside the figures: row {first_of(named)}"
        )
        notices.append(Notice("uncoded-rows", message))
    return rows, tuple(notices)


def _codes(
    cells: pd.DataFrame, series: Series, choice: Choice, file: str
) -> tuple[pd.Series, tuple[Notice, ...]]:
    """Return the code of each row, by the user's list or by name where asked."""
    printed = cells[series.table.code].rename(series.table.labels[series.table.code])
    if choice.names is not None:
        return _matched(printed, choice.names, file)
    if not choice.codes:
        return clean_codes(printed, file)
    given = _stripped(printed).map(choice.codes)
    codes, notices = clean_codes(printed.where(given.isna(), given), file)
    changed = given.notna() & (given != printed)
    if not changed.any():
        return codes, notices
    listed = first_of([f"{printed[row]} to {given[row]}" for row in cells.index[changed]])
    message = f"{int(changed.sum())} rows have the code of the list in place of their own: {listed}"
    return codes, (*notices, Notice("codes-mended", message, tuple(codes[changed])))


def _matched(
    printed: pd.Series, names: tuple[str, int], file: str
) -> tuple[pd.Series, tuple[Notice, ...]]:
    """Match a column of names, and note that it was done."""
    if not (isinstance(names, tuple) and len(names) == 2):
        raise InputError('names has to be a level and a year, such as ("lad", 2023)', value=names)
    level, vintage = names
    codes = match_names(printed, level, vintage, file=file)
    message = (
        f"{codes.nunique()} areas ({len(codes)} rows) were matched by name, not by code, to level "
        f"{find_level(level).key} of {vintage}"
    )
    return codes, (Notice("matched-by-name", message, tuple(codes.unique())),)


def _names(cells: pd.DataFrame, columns: Columns, series: Series, choice: Choice) -> pd.Series:
    """Return the name of each row: of a hierarchy's columns the one that is filled."""
    where = (series.table.code,) if choice.names else columns.names
    names = pd.Series("", index=cells.index, dtype=object)
    for at in reversed(where):
        texts = _stripped(cells[at])
        filled = texts.ne("") if len(where) == 1 else ~texts.map(_is_blank)
        names = texts.where(filled, names)
    return names


def _is_blank(text: str) -> bool:
    return not text or bool(reason_of(text))


def _word(cell: str) -> str:
    """Return what a cell says, "" if it is blank, a marker or a number."""
    text = cell.strip()
    return "" if _is_blank(text) or is_number(text) else text


def _stripped(texts: pd.Series) -> pd.Series:
    """Strip a column of texts, each different one once."""
    codes, unique = pd.factorize(texts)
    bare = np.array([text.strip() for text in unique], dtype=object)
    return pd.Series(bare[codes], index=texts.index, dtype=object)


def _figures(
    cells: pd.DataFrame, columns: Columns, at: int, codes: pd.Series, decimal: str, file: str
) -> tuple[pd.DataFrame, str, tuple[Notice, ...]]:
    """Return values with their errors, reasons and notes, for one column of figures."""
    parsed = parse_numbers(cells[at], file, columns.headings[at], decimal)
    errors = {
        role: parse_numbers(cells[getattr(columns, role)], file, role, decimal).numbers
        if getattr(columns, role) >= 0
        else pd.Series(np.nan, index=cells.index)
        for role in ERRORS
    }
    value = parsed.numbers
    part, notices = _uncertain(value, errors, columns.level, codes)
    missing = value.isna()
    marks = _stripped(cells[columns.status]) if columns.status >= 0 else None
    if marks is not None and columns.headings[columns.status].lower().startswith("obs_"):
        marks = marks.mask(marks.isin(NORMAL), "")
    status, notes = parsed.reasons, [parsed.notes]
    if marks is not None:
        marked = marks.map(lambda text: reason_of(text) or text)
        status = marked.where(marked != "", status)
        notes.append(marks.where(~missing, ""))
    notes += [_stripped(cells[column]) for column in columns.notes]
    part = part.assign(value=value, status=status.where(missing, ""), note=_joined(notes))
    return part, parsed.sign, notices


def _joined(notes: list[pd.Series]) -> pd.Series:
    """Join what was noted beside a figure, "; " between."""
    whole = notes[0]
    for each in notes[1:]:
        both = (whole != "") & (each != "")
        whole = (whole + each).where(~both, whole + "; " + each)
    return whole


def _uncertain(
    value: pd.Series, errors: dict[str, pd.Series], level: float, codes: pd.Series
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Return 95 % limits and one standard error per figure with its origin, and what is odd."""
    lower, upper = errors["lower"], errors["upper"]
    backwards = upper < lower
    outside = ~backwards & ((value < lower) | (value > upper))
    notices = []
    for rows, what in ((backwards, "are reversed"), (outside, "do not hold the figure")):
        if rows.any():
            message = (
                f"the limits of {int(rows.sum())} rows {what}: {first_of(_listed(codes[rows]))}; "
                "their standard error is left out"
            )
            notices.append(Notice("limits", message, tuple(codes[rows].unique())))
    half = NormalDist().inv_cdf(0.5 + level / 200)
    origins = {
        "published": errors["se"],
        "limits": ((upper - lower) / (2 * half)).mask(backwards | outside),
        "cv": errors["cv"] / 100 * value.abs(),
    }
    se, origin = (
        pd.Series(np.nan, index=value.index),
        pd.Series("", index=value.index, dtype=object),
    )
    for name, found in origins.items():
        new = se.isna() & found.notna() & value.notna() & (found >= 0)
        se, origin = se.mask(new, found), origin.mask(new, name)
    if level != 95.0:
        lower, upper = value - Z95 * origins["limits"], value + Z95 * origins["limits"]
        message = f"limits of {level:g} % were turned into limits of 95 %, taken as normal"
        notices.append(Notice("limits-level", message))
    frame = pd.DataFrame({"lower": lower, "upper": upper, "se": se, "se_source": origin})
    return frame, tuple(notices)


def _listed(codes: pd.Series) -> list[str]:
    return [f"row {line} {code}" for line, code in codes.items()]


def _periods(
    cells: pd.DataFrame,
    columns: Columns,
    series: Series,
    choice: Choice,
    heading: str,
    stated: str,
) -> tuple[pd.Series | str, pd.Series | str, tuple[Notice, ...]]:
    """Return the periods of the rows as printed and in the grammar, from wherever they are stated."""
    table = series.table
    if heading:
        at = columns.values[heading]
        return columns.headings[at], heading, ()
    given = table.find(choice.period) if choice.period is not None else []
    at = given[0] if len(given) == 1 else columns.period if choice.period is None else -1
    if at >= 0:
        raw = _stripped(cells[at])
        return raw, plain_periods(raw, table.sheet.file, table.labels[at]), ()
    if choice.period is not None:
        plain = split_period(choice.period)[0] or (choice.period == "all" and "all")
        if not plain or not (plain == "all" or GRAMMAR.fullmatch(plain)):
            raise InputError(
                f"'{choice.period}' is no column and no period",
                file=table.sheet.file,
                hint=f"The columns are: {words([label for label in table.labels if label])}.",
            )
        return choice.period, plain, ()
    return _stated(series, stated)


def _stated(series: Series, stated: str) -> tuple[str, str, tuple[Notice, ...]]:
    """Return the one period of a table that has no column of them, and note where it stands."""
    table = series.table
    places = [("above the table", table.facts[key]) for key in DATED if table.facts.get(key)]
    places += [("in the title", text) for text in table.title]
    places += [("in the heading", series.label), ("in the name of the sheet", table.sheet.name)]
    places += [("in the known facts of the publication", stated)]
    places += [("in the name of the file", table.sheet.file.rsplit(".", 1)[0])]
    # Beside columns of years, what stands around the table is about those, not about an average.
    if any(len(columns) > 1 for columns in series_of(table).values()):
        places = [("in the heading", series.label)]
    for where, text in places:
        found = split_period(text)[0]
        if found:
            message = f"the period {found} is taken from what stands {where}: {text[:80]}"
            return text, found, (Notice("period", message),)
    return "", "all", ()


def _aside(columns: Columns) -> tuple[Notice, ...]:
    """Note columns of figures beside a wide series that belong to none of its periods."""
    if not columns.left:
        return ()
    message = f"columns that are of no period were left aside: {first_of(list(columns.left))}"
    return (Notice("columns-aside", message),)


def _once(table: pd.DataFrame, series: Series) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Keep one row of an area that the publisher lists twice on purpose with the same figures.

    That is where a column tells two types of geography apart, or a region stands above the list of
    authorities and in the list of regions again.
    """
    twice = table[table.duplicated(KEYS, keep=False)]
    if twice.empty:
        return table, ()
    cells, labels = series.table.sheet.cells, series.table.labels
    types = [at for at, label in enumerate(labels) if GEOGRAPHY_TYPE.fullmatch(label.lower())]
    kind = cells.loc[twice["row"], types].agg("|".join, axis=1).to_numpy()
    apart = ~twice.assign(kind=kind).duplicated([*KEYS, "kind"], keep=False)
    summary = twice["level"] != table["level"].mode()[0]
    again = twice[twice.duplicated([*KEYS, *FIGURES]) & (apart | summary)]
    kept = table.drop(index=again.index).reset_index(drop=True)
    _check_once(kept, series.table.sheet.file)
    message = (
        "left out, because the area stands above with the same figures: "
        f"{first_of(_listed(again.set_index('row')['code']))}"
    )
    return kept, (Notice("repeated-rows", message, tuple(again["code"].unique())),)


def _check_once(table: pd.DataFrame, file: str) -> None:
    """Raise `InputError` if an area has two rows in one period, naming both lines."""
    twice = table[table.duplicated(KEYS, keep=False)]
    if twice.empty:
        return
    groups = twice.groupby(KEYS, sort=False)["row"]
    raise InputError(
        "areas have more than one row in a period",
        file=file,
        offenders=[
            f"{code} {period} (rows {', '.join(map(str, rows))})" for (code, period), rows in groups
        ],
        hint="Keep one of them, or name the indicator if the rows are of different ones.",
    )
