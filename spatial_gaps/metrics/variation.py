"""Standard errors out of the publisher's separate workbook of coefficients of variation."""

from __future__ import annotations

import dataclasses

import numpy as np

from spatial_gaps.errors import InputError, first_of
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.records import Metric, Notice


def add_cv(metric: Metric, cv: Metric) -> Metric:
    """Give a series the standard errors of its workbook of coefficients of variation.

    Parameters
    ----------
    metric : Metric
        The figures.
    cv : Metric
        Coefficients of variation in percent, of the same sheet and column.

    Returns
    -------
    Metric
        With ``se = CV / 100 * |value|`` and limits of ``value -/+ 1.96 se`` where the figure has no
        published error of its own; a notice says how many figures have one, and what did not pair.

    Raises
    ------
    InputError
        If the two workbooks have no area and period in common, or a coefficient is negative.
    """
    keys = ["code", "period"]
    table, other = metric.table, cv.table
    found = table[keys].merge(other[[*keys, "value", "status"]], on=keys, how="left")
    pairs = table.merge(other[keys], on=keys)
    if pairs.empty:
        raise InputError(
            f"'{cv.file}' has no area and period in common with '{metric.file}'",
            file=cv.file,
            hint=f"It is of {first_of(list(cv.periods))}, the figures of "
            f"{first_of(list(metric.periods))}: give the workbook of the same table and year.",
        )
    negative = other["value"] < 0
    if negative.any():
        raise InputError(
            "coefficients of variation are negative, which cannot be",
            file=cv.file,
            offenders=[f"row {row}" for row in other.loc[negative, "row"]],
            hint="Is this the workbook of coefficients (table b beside table a)?",
        )
    value = table["value"]
    error = found["value"].to_numpy() / 100 * value.abs()
    new = table["se"].isna() & error.notna()
    half = Z95 * error
    paired = table.assign(
        se=table["se"].mask(new, error),
        lower=table["lower"].mask(new, value - half),
        upper=table["upper"].mask(new, value + half),
        se_source=table["se_source"].mask(new, "cv"),
    )
    lacking = value.notna() & paired["se"].isna()
    message = f"{int(new.sum())} figures have a standard error from the CV in {cv.file}"
    if lacking.any():
        why = found.loc[lacking.to_numpy(), "status"].replace("", np.nan).fillna("no row there")
        reasons = [f"{count} {reason}" for reason, count in why.value_counts().items()]
        message += f"; {int(lacking.sum())} have none: {first_of(reasons)}"
    unused = len(other) - len(pairs)
    if unused:
        message += f"; {unused} of its rows are of no figure here"
    notice = Notice("cv", message, tuple(table.loc[lacking, "code"].unique()))
    return dataclasses.replace(metric, table=paired, notices=(*metric.notices, notice))
