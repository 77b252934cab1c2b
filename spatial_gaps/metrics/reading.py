"""Read a published table as it is: find it, keep its markers, its limits and every row."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import pandas as pd

from spatial_gaps.checks import check_direction
from spatial_gaps.metrics.assembling import assemble
from spatial_gaps.metrics.choosing import Choice, choose_series, choose_table
from spatial_gaps.metrics.columns import columns_of
from spatial_gaps.metrics.describing import describe
from spatial_gaps.metrics.guards import check_values
from spatial_gaps.metrics.variation import add_cv
from spatial_gaps.records import Metric


def read_metric(
    path: str | os.PathLike[str] | pd.DataFrame,
    *,
    indicator: str | None = None,
    sheet: str | None = None,
    table: int | None = None,
    code: str | None = None,
    value: str | int | None = None,
    period: str | int | None = None,
    higher_is: str | None = None,
    names: tuple[str, int] | None = None,
    codes: Mapping[str, str] | None = None,
    cv: str | os.PathLike[str] | None = None,
    decimal: str = ".",
) -> Metric:
    """Read the figures of areas out of a file as a department published it.

    Understood are .csv, .xlsx, .xls and .ods; JSON-stat 2; extracts of Nomis; ONS "Explore local
    statistics"; tidy tables, with one row per area and period; and wide ones, with a column per
    period. Titles, notes, several rows of headings and footnotes around the table are recognised.

    Parameters
    ----------
    path : path or DataFrame
        A local file, or a frame with a column of codes.
    indicator : str, optional
        Which series, where rows of several stand in one table ("All Ages", or "Male | All Ages"
        where two columns tell them apart).
    sheet : str, optional
        Which sheet of a workbook.
    table : int, optional
        Which table of a sheet that has several, from 1.
    code, value, period : str, or int for a year, optional
        Headings, such as "Rate" or 2023, or letters ("column D"), of the columns, where they are not
        found or several fit. `period` may be the period itself where no column holds it.
    higher_is : {"better", "worse"}, optional
        Direction; taken from the catalogue where it knows the indicator.
    names : (str, int), optional
        Level and vintage, such as ("lad", 2023), of areas that the file names and gives no codes
        for: the column of codes, else the usual one of names, is matched by `match_names`, which
        is exact. Never done unless asked.
    codes : mapping of str to str, optional
        Code to take for a text in the column of codes, as `read_codes` returns it; "" leaves the
        row out.
    cv : path, optional
        The publisher's workbook of coefficients of variation with the same sheets and columns, as
        for ASHE (table 8.1b beside 8.1a).
    decimal : {".", ","}
        The decimal mark of the file.

    Returns
    -------
    Metric
        Every row of the series, all levels and periods; markers as reasons in `status`; one
        standard error per figure, from published ones, limits, or coefficients of variation.

    Raises
    ------
    InputError
        If the file is missing, empty, damaged, none of these or cut off; if no table of areas is
        in it; if several sheets, tables, series or columns fit and none was named (all are
        listed); if text stands where numbers belong, or the same area twice in one period. The
        message names file, row and column.
    JoinError
        If `names` is given and a name is not that of one area; with what is known of each.
    """
    if higher_is is not None:
        check_direction(higher_is)
    value, period = (None if each is None else str(each) for each in (value, period))
    choice = Choice(indicator, sheet, table, code, value, period, names, codes, decimal)
    metric, taken = _read(path, choice, higher_is)
    if cv is None:
        return metric
    return add_cv(metric, _read(cv, dataclasses.replace(choice, sheet=taken), higher_is)[0])


def printed_areas(
    path: str | os.PathLike[str] | pd.DataFrame,
    *,
    sheet: str | None = None,
    table: int | None = None,
    code: str | None = None,
) -> pd.Series[Any]:
    """Return the texts in the column of codes, right and wrong ones, by row of the file.

    Parameters
    ----------
    path, sheet, table, code
        As for `read_metric`.

    Returns
    -------
    Series of str
        Indexed by row: of areas, and of other rows that hold figures.

    Raises
    ------
    InputError
        As `read_metric` raises it for a file without one table of areas.
    """
    found, _ = choose_table(path, Choice(sheet=sheet, table=table, code=code))
    lines = found.rows.index.union(list(found.uncoded))
    return found.sheet.cells.loc[lines, found.code].rename(found.labels[found.code])


def _read(
    path: str | os.PathLike[str] | pd.DataFrame, choice: Choice, higher_is: str | None
) -> tuple[Metric, str | None]:
    """Read one series and say from which sheet, without pairing it with another file."""
    found, noted = choose_table(path, choice)
    series = choose_series(found, choice)
    columns = columns_of(found, series.label, series.values)
    described = describe(series, columns, path)
    table, notices, sign = assemble(series, columns, choice, described.period)
    metric = Metric(
        **described.facts(sign, higher_is),
        table=table,
        file=found.sheet.file,
        notices=(*noted, *described.notices, *notices),
    )
    metric = dataclasses.replace(metric, notices=(*metric.notices, *check_values(metric)))
    return metric, found.sheet.name or None
