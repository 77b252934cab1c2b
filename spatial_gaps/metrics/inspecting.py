"""What the codes of a file are, in plain words: levels, vintages, doubles, and whom they cover."""

from __future__ import annotations

import pandas as pd

from spatial_gaps.errors import InputError, first_of
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.geography.register import LATEST
from spatial_gaps.geography.successors import describe_unknown
from spatial_gaps.geography.vintages import detect_vintage
from spatial_gaps.metrics.tiling import TILINGS, best_tiling, rows_of_level, tilings
from spatial_gaps.records import Metric, Vintage


def inspect_codes(metric: Metric, period: str | int) -> list[str]:
    """Say what the codes of one period of a file are, and how they differ from other periods.

    Parameters
    ----------
    metric : Metric
        As read.
    period : str or int
        Which period.

    Returns
    -------
    list of str
        Sentences: levels in the file, vintage per level, codes that had ended or stand beside
        their successors, vintages of other periods, and the people that each tiling covers.

    Raises
    ------
    InputError
        If the metric has no such period.
    """
    rows = metric.at(period)
    lines = [_levels(rows, str(period))]
    for level in TILINGS:
        own = rows.index[rows_of_level(rows, level)]
        if level != "utla" and len(own):
            lines += _vintage(level, own)
    return [*lines, *_other_periods(metric, str(period)), *_covered(metric, period)]


def _levels(rows: pd.DataFrame, period: str) -> str:
    counted = rows["level"].value_counts()
    named = [
        f"{count} {noun_of(str(level))[0 if count == 1 else 1]}"
        for level, count in counted.items()
        if level
    ]
    opening = "The file" if period == "all" else f"In {period} the file"
    text = f"{opening} has rows for {', '.join(named)}."
    odd = rows.index[rows["level"] == ""]
    return (
        f"{text} Of no known level: {first_of(describe_unknown(odd, LATEST))}."
        if len(odd)
        else text
    )


def _vintage(level: str, codes: pd.Index) -> list[str]:
    """Say which years the codes of one level fit, and which of them do not."""
    plural = noun_of(level)[1]
    try:
        found = detect_vintage(codes)
    except InputError as error:
        return [f"Codes of {plural}: {error}"]
    lines = [f"The codes of {plural} are those of {_years(found)}."]
    ended = [code for code in found.retired if code not in found.doubled]
    for listed, what in (
        (found.doubled, "stand beside their successors, so the same people are there twice"),
        (ended, "had ended by then"),
        (found.unknown, "are in no register"),
    ):
        if listed:
            said = first_of(describe_unknown(listed, found.year))
            lines.append(f"{len(listed)} codes {what}: {said}.")
    return lines


def _years(found: Vintage) -> str:
    return (
        str(found.first_year)
        if found.first_year == found.last_year
        else f"{found.first_year} to {found.last_year}"
    )


def _other_periods(metric: Metric, period: str) -> list[str]:
    """Say if other periods have local authorities of other vintages."""
    table = metric.table[metric.table["level"] == "lad"]
    fits: dict[str, list[str]] = {}
    for each, rows in table.groupby("period"):
        try:
            years = _years(detect_vintage(rows["code"]))
        except InputError:
            years = "mixed vintages"
        fits.setdefault(years, []).append(str(each))
    if len(fits) < 2:
        return []
    named = [f"{years} in {first_of(periods)}" for years, periods in fits.items()]
    return [f"The file mixes vintages of local authorities: {'; '.join(named)}."]


def _covered(metric: Metric, period: str | int) -> list[str]:
    """Say how many people each tiling covers, and which one is taken."""
    found = tilings(metric, period)
    if found.empty:
        return []
    parts = [
        f"{row.people:.0%} as {noun_of(str(row.Index))[1]} ({row.Index} {row.vintage})"
        for row in found.itertuples()
    ]
    level, vintage = best_tiling(metric, period)
    return [
        f"With a figure it covers this share of the UK's people: {', '.join(parts)}; "
        f"--level auto takes {level} {vintage}."
    ]
