"""Read a published CSV as it is: find its columns, keep its markers, its limits and every row."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice, check_direction, check_file
from spatial_gaps.errors import InputError
from spatial_gaps.geography.codes import clean_codes
from spatial_gaps.geography.levels import find_level, level_of
from spatial_gaps.measure.uncertainty import se_from_limits
from spatial_gaps.metrics.catalogue import OGL, Known, find_known, slug
from spatial_gaps.metrics.markers import parse_numbers, reason_of
from spatial_gaps.metrics.matching import match_names
from spatial_gaps.metrics.periods import plain_periods
from spatial_gaps.records import Metric, Notice

MAGIC = {
    b"PK\x03\x04": "a zip or Excel (.xlsx) file",
    b"\xd0\xcf\x11\xe0": "an old Excel (.xls) file",
    b"SQLite format 3": "a database or GeoPackage",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip file",
}
# Names under which publishers print the same thing; the first that is there is taken.
COLUMNS = {
    "code": ("areacd", "area_code", "code", "geography_code", "lad_code", "area code"),
    "name": ("areanm", "area_name", "name", "geography_name", "area name"),
    "indicator": ("indicator", "metric"),
    "period": ("period", "year", "date", "time"),
    "value": ("observation", "value"),
    "lower": ("lci_95", "lower", "lower_ci", "lower_95"),
    "upper": ("uci_95", "upper", "upper_ci", "upper_95"),
    "se": ("se", "standard_error"),
    "cv": ("cv",),
    "status": ("status", "marker"),
    "unit": ("unit",),
    "source": ("source",),
    "note": ("notes", "note"),
}
LARGEST = 2 * 2**30


@dataclass(frozen=True)
class _Sheet:
    """Text cells, indexed by the line that each row stands on."""

    file: str
    cells: pd.DataFrame

    def column(self, role: str, given: str | None = None) -> str | None:
        """Return the column of a role: the one named, else the usual one, else None."""
        if given is not None:
            check_choice(given, self.cells.columns, "column", self.file)
            return given
        lowered = {str(name).strip().lower(): str(name) for name in self.cells.columns}
        return next((lowered[name] for name in COLUMNS[role] if name in lowered), None)


def read_metric(
    path: str | os.PathLike[str],
    *,
    indicator: str | None = None,
    code: str | None = None,
    value: str | None = None,
    period: str | None = None,
    higher_is: str | None = None,
    names: tuple[str, int] | None = None,
) -> Metric:
    """Read a published CSV file of figures for areas.

    Understood are the layout of ONS "Explore local statistics" (areacd, areanm, period,
    observation, lci_95, uci_95, status, notes) and any tidy CSV with one row per area and period.

    Parameters
    ----------
    path : path
        A local CSV file.
    indicator : str, optional
        Which indicator, where the file holds several.
    code, value, period : str, optional
        Names of the columns, where they are not the usual ones. Without a period column every row
        belongs to the period "all".
    higher_is : {"better", "worse"}, optional
        Direction; taken from the catalogue where it knows the indicator.
    names : (str, int), optional
        Level and vintage, such as ("lad", 2023), of areas that the file names and gives no codes
        for: the column of codes, else the usual one of names, is matched by `match_names`, which
        is exact. Never done unless asked.

    Returns
    -------
    Metric
        Every row of the indicator, all levels and periods; markers as reasons in `status`;
        standard errors from published limits or coefficients of variation.

    Raises
    ------
    InputError
        If the file is missing, empty, not a CSV, cut off, has no code or value column, holds text
        where numbers belong, or the same area twice in one period. The message names file, row and
        column.
    JoinError
        If `names` is given and a name is not that of one area; with what is known of each.
    """
    sheet = _one_indicator(_read_csv(Path(path)), indicator)
    columns = {role: sheet.column(role) for role in COLUMNS}
    columns["code"] = _needed(sheet, "name" if names else "code", code)
    if names:
        columns["name"] = columns["code"]
    columns["value"] = _needed(sheet, "value", value)
    columns["period"] = sheet.column("period", period)
    title = _constant(sheet, columns["indicator"]) or Path(path).stem.replace("-", " ")
    known = find_known(title) or find_known(Path(path).stem)
    table, notices = _table(sheet, columns, names)
    if higher_is is not None:
        check_direction(higher_is)
    return Metric(
        key=known.key if known else slug(title),
        title=_title(title, known),
        unit=known.unit if known else _constant(sheet, columns["unit"]),
        higher_is=higher_is or (known.higher_is if known else None),
        statistic=known.statistic if known else "",
        scale=known.scale if known else "ratio",
        basis=known.basis if known else "",
        default_weight=known.default_weight if known else "people",
        source=known.source if known else _constant(sheet, columns["source"]) or Path(path).name,
        licence=OGL if known else "",
        table=table,
        file=Path(path).name,
        notices=notices,
    )


def _title(printed: str, known: Known | None) -> str:
    """Return a title for readers: the published one, else words instead of a key."""
    if known:
        plain = known.title or known.noun
        return plain[:1].upper() + plain[1:]
    words = printed.replace("_", " ")
    return words[:1].upper() + words[1:]


def _read_csv(path: Path) -> _Sheet:
    """Read a CSV as text, and refuse what is none or is cut off."""
    check_file(path)
    if path.stat().st_size > LARGEST:
        raise InputError("the file is larger than 2 GB", file=path, hint="Split it by indicator.")
    content = path.read_bytes()
    for magic, kind in MAGIC.items():
        if content.startswith(magic):
            raise InputError(
                f"this is {kind}, not a CSV, whatever its name says",
                file=path,
                hint="Open it in a spreadsheet and save the sheet as CSV (UTF-8).",
            )
    if content[:200].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise InputError(
            "this is a web page, not a CSV", file=path, hint="Download the file itself again."
        )
    rows = list(csv.reader(io.StringIO(_decoded(path, content), newline="")))
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    if len(rows) < 2:
        raise InputError("there is a header but no row, or nothing at all", file=path)
    width = len(rows[0])
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != width:
            last = number == len(rows)
            raise InputError(
                f"this row has {len(row)} fields where the header has {width}"
                + (", and it is the last one: the file looks cut off" if last else ""),
                file=path,
                row=number,
                hint="Download the file again."
                if last
                else "Correct the row, or quote its commas.",
            )
    names = [name.strip() for name in rows[0]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("column names occur more than once", file=path, row=1, offenders=twice)
    cells = pd.DataFrame(rows[1:], columns=names, index=np.arange(2, len(rows) + 1), dtype=str)
    return _Sheet(path.name, cells)


def _decoded(path: Path, content: bytes) -> str:
    if b"\x00" in content[:4096]:
        raise InputError(
            "the file holds NUL bytes: it is binary, or UTF-16 text",
            file=path,
            hint="Save it as CSV (UTF-8).",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {content[error.start]:#x} is not UTF-8 text",
            file=path,
            row=content[: error.start].count(b"\n") + 1,
            hint="Save it as CSV (UTF-8).",
        ) from None


def _needed(sheet: _Sheet, role: str, given: str | None) -> str:
    """Return the column of a role that every file has to have."""
    found = sheet.column(role, given)
    if found is None:
        option = "code" if role == "name" else role
        raise InputError(
            f"no column of {role}s was found; looked for {', '.join(COLUMNS[role])}",
            file=sheet.file,
            row=1,
            hint=f"Name it with {option}=. The columns are: {', '.join(sheet.cells.columns)}.",
        )
    return found


def _constant(sheet: _Sheet, column: str | None) -> str:
    """Return what a column says in its first filled row, or ""."""
    if column is None:
        return ""
    filled = sheet.cells[column][sheet.cells[column].str.strip() != ""]
    return str(filled.iloc[0]).strip() if len(filled) else ""


def _one_indicator(sheet: _Sheet, indicator: str | None) -> _Sheet:
    """Keep the rows of one indicator; list them where the choice is open."""
    column = sheet.column("indicator")
    if column is None:
        if indicator is not None:
            raise InputError(
                "the file has no column of indicators", file=sheet.file, value=indicator
            )
        return sheet
    names = sheet.cells[column].str.strip()
    if indicator is None:
        if names.nunique() > 1:
            raise InputError(
                "the file holds several indicators and none was named",
                file=sheet.file,
                offenders=list(names.unique()),
                hint="Name one with indicator= (--indicator).",
            )
        return sheet
    check_choice(indicator, names.unique(), "indicator", sheet.file)
    return _Sheet(sheet.file, sheet.cells[names == indicator])


def _table(
    sheet: _Sheet, columns: dict[str, str | None], names: tuple[str, int] | None
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Build the table of `Metric` out of text cells."""
    cells, file = sheet.cells, sheet.file
    printed = cells[columns["code"]]
    codes, notices = _named(printed, names, file) if names else clean_codes(printed, file)
    blank = pd.Series("", index=cells.index)
    text = {role: cells[name].str.strip() if name else blank for role, name in columns.items()}
    values, reasons = parse_numbers(text["value"], file, str(columns["value"]))
    numbers = {
        role: parse_numbers(text[role], file, str(columns[role]))[0]
        for role in ("lower", "upper", "se", "cv")
    }
    periods = (
        plain_periods(text["period"], file, str(columns["period"]))
        if columns["period"]
        else pd.Series("all", index=cells.index)
    )
    se, odd = _standard_errors(values, numbers, codes)
    marked = text["status"].map(lambda marker: reason_of(marker) or marker)
    table = pd.DataFrame(
        {
            "code": codes,
            "period": periods,
            "name": text["name"],
            "level": level_of(codes).to_numpy(),
            "value": values,
            "lower": numbers["lower"],
            "upper": numbers["upper"],
            "se": se,
            "status": marked.where(marked != "", reasons).where(values.isna(), ""),
            "note": text["note"],
            "period_raw": text["period"],
            "row": cells.index,
        }
    )
    table = table.reset_index(drop=True)
    _check_once(table, file)
    return table, (*notices, *odd)


def _named(
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


def _standard_errors(
    values: pd.Series, numbers: dict[str, pd.Series], codes: pd.Series
) -> tuple[pd.Series, tuple[Notice, ...]]:
    """Return one standard error per row, from the best that was published, and odd limits."""
    se = numbers["se"]
    se = se.fillna(se_from_limits(numbers["lower"], numbers["upper"]))
    se = se.fillna(numbers["cv"] / 100 * values.abs())
    reversed_ = numbers["upper"] < numbers["lower"]
    outside = (values < numbers["lower"]) | (values > numbers["upper"])
    odd = reversed_ | outside
    if not odd.any():
        return se, ()
    named = tuple(codes[odd].unique())
    message = (
        f"{int(odd.sum())} rows have limits that are reversed or do not hold the figure; "
        "their standard error is left out"
    )
    return se.where(~odd), (Notice("limits", message, named),)


def _check_once(table: pd.DataFrame, file: str) -> None:
    """Raise `InputError` if an area has two rows in one period, naming both lines."""
    twice = table[table.duplicated(["code", "period"], keep=False)]
    if twice.empty:
        return
    groups = twice.groupby(["code", "period"], sort=False)["row"]
    raise InputError(
        "areas have more than one row in a period",
        file=file,
        offenders=[
            f"{code} {period} (rows {', '.join(map(str, rows))})" for (code, period), rows in groups
        ],
        hint="Keep one of them, or name the indicator if the rows are of different ones.",
    )
