"""Two series of the same areas side by side, and one series out of those of several nations."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from spatial_gaps.checks import words
from spatial_gaps.errors import InputError, JoinError, first_of
from spatial_gaps.metrics.catalogue import find_known
from spatial_gaps.metrics.guards import check_same
from spatial_gaps.records import Metric, Notice

if TYPE_CHECKING:
    import pandas as pd


def pair_metrics(
    first: Metric,
    second: Metric,
    *,
    period: str | int,
    level: str | None = None,
    despite: Sequence[str] = (),
) -> pd.DataFrame:
    """Set two series of one period side by side, area by area, such as pay by home and by work.

    Parameters
    ----------
    first, second : Metric
        The second is taken away from the first.
    period : str or int
        A period that both have.
    level : str, optional
        Key of a level, such as "lad"; all levels unless given.
    despite : sequence of str
        Differences that are wanted and no reason to refuse: basis, unit, price_basis, smoothing,
        statistic, direction, series.

    Returns
    -------
    DataFrame
        Indexed by code, sorted: name, first, second, difference (first minus second) and its
        standard error `se`, ratio (missing on a scale without a true zero), and status, which is
        "" where both have a figure and else says why not. Areas that only one has are kept.

    Raises
    ------
    InputError
        If the series do not measure alike (all differences are named), or one lacks the period.
    JoinError
        If they have no area in common.

    See Also
    --------
    convert_unit : Brings two series to one unit.

    Notes
    -----
    se = sqrt(se_first^2 + se_second^2) holds for independent samples; for two tables of one survey,
    whose errors go together, it is an upper bound. It is missing where either is.

    Examples
    --------
    >>> from spatial_gaps import read_metric, sample_path
    >>> pay = read_metric(sample_path("gross-median-weekly-pay"))
    >>> pair_metrics(pay, pay, period=2021).loc["K02000001", ["difference", "ratio"]].tolist()
    [0.0, 1.0]
    """
    check_same(first, second, despite=despite)
    one, other = first.at(period, level), second.at(period, level)
    codes = one.index.union(other.index).rename("code")
    if len(one.index.intersection(other.index)) == 0:
        raise JoinError(
            f"'{first.title}' ({first_of(list(one.index))}) and '{second.title}' "
            f"({first_of(list(other.index))}) have no area in common in {period}",
            hint="Check the level, and that the codes are of the same year.",
        )
    a, b = one.reindex(codes), other.reindex(codes)
    true_zero = first.scale != "interval"
    ratio = a["value"] / b["value"].where((b["value"] != 0) & true_zero)
    reasons = _reasons(a["status"], "first"), _reasons(b["status"], "second")
    return a[["name"]].assign(
        name=a["name"].fillna(b["name"]),
        first=a["value"],
        second=b["value"],
        difference=a["value"] - b["value"],
        se=np.hypot(a["se"], b["se"]),
        ratio=ratio,
        status=reasons[0].str.cat(reasons[1], sep="; ").str.strip("; "),
    )


def _reasons(status: pd.Series[str], which: str) -> pd.Series[str]:
    """Return why one of the two has no figure, "" where it has."""
    given = status.fillna("no row")
    return (f"{which}: " + given).where(given != "", "")


def combine_metrics(*metrics: Metric) -> Metric:
    """Put the series of several nations together into one, such as those of crime.

    Parameters
    ----------
    *metrics : Metric
        Two or more series of the same measure, for different areas or periods.

    Returns
    -------
    Metric
        All rows. What the keys and titles begin with alike is kept of them ("crime_personal");
        everything else is that of the first. A notice names what was put together.

    Raises
    ------
    InputError
        If there are fewer than two, if they do not measure alike, are by the catalogue different
        measures, or if two of them give a figure for the same area and period.

    See Also
    --------
    convert_unit : Brings series to one unit, such as crime per 10,000 people in Scotland.
    """
    if len(metrics) < 2:
        raise InputError(f"{len(metrics)} series were given, and it takes two to put together")
    lead = metrics[0]
    for metric in metrics[1:]:
        _check_measure(lead, metric)
        check_same(lead, metric)
    titles = [metric.title for metric in metrics]
    message = f"put together from {words([_described(metric) for metric in metrics])}"
    notices = [notice for metric in metrics for notice in metric.notices]
    return dataclasses.replace(
        lead,
        key=_shared([metric.key for metric in metrics], "_"),
        title=_shared(titles, " "),
        source="; ".join(dict.fromkeys(metric.source for metric in metrics)),
        file=", ".join(dict.fromkeys(metric.file for metric in metrics if metric.file)),
        table=_stacked(metrics),
        vintage=lead.vintage if len({metric.vintage for metric in metrics}) == 1 else 0,
        breaks=tuple(sorted({period for metric in metrics for period in metric.breaks})),
        notices=(*notices, Notice("combined", message)),
    )


def _check_measure(first: Metric, second: Metric) -> None:
    """Raise `InputError` if the catalogue knows two series as different measures."""
    one, other = find_known(first.key), find_known(second.key)
    if one and other and one.noun != other.noun:
        raise InputError(
            f"'{first.title}' and '{second.title}' are different measures: {one.noun}, {other.noun}",
            hint="Only series of one measure are put together; pair_metrics sets two side by side.",
        )


def _described(metric: Metric) -> str:
    first, last = metric.periods[0], metric.periods[-1]
    years = first if first == last else f"{first} to {last}"
    return f"'{metric.title}' ({len(metric.table)} rows, {years}, {metric.file or metric.source})"


def _stacked(metrics: Sequence[Metric]) -> pd.DataFrame:
    """Return all rows; of two for the same area and period the one that has a figure."""
    import pandas as pd

    table = pd.concat([metric.table for metric in metrics], ignore_index=True)
    figures = table[table["value"].notna()]
    twice = figures[figures.duplicated(["code", "period"])]
    if len(twice):
        raise InputError(
            f"two of {words([metric.title for metric in metrics])} give a figure for the same area "
            "and period",
            offenders=[
                f"{code} {period}"
                for code, period in zip(twice["code"], twice["period"], strict=True)
            ],
            hint="Leave one of them out for these areas, or name the edition that counts.",
        )
    order = table["value"].isna().sort_values(kind="stable").index
    kept = table.loc[order].drop_duplicates(["code", "period"]).sort_index()
    return kept.reset_index(drop=True)


def _shared(texts: Sequence[str], between: str) -> str:
    """Return the words that all texts begin with, else all texts."""
    split = [re.split(r"[\s_,]+", text) for text in dict.fromkeys(texts)]
    alike = []
    for column in zip(*split, strict=False):
        if len(set(column)) > 1:
            break
        alike.append(column[0])
    return between.join(alike) or between.join(dict.fromkeys(texts))
