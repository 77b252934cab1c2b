"""Denominators of rates and means: those of the same period, else of the nearest, which is noted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from spatial_gaps.checks import as_floats, check_unique
from spatial_gaps.errors import InputError, WeightsError, first_of
from spatial_gaps.geography.recodes import ADDED
from spatial_gaps.geography.vintages import detect_vintage
from spatial_gaps.records import Metric, Notice

Weights = pd.Series | Metric


def check_weights(weights: Weights) -> None:
    """Raise `InputError` unless weights are a Series by code, each once, or a Metric of counts."""
    if isinstance(weights, pd.Series):
        check_unique(weights.index, "weights")
    elif not isinstance(weights, Metric):
        raise InputError("weights have to be a Series by code, or a Metric of counts")
    elif weights.statistic not in ADDED:
        raise InputError(
            f"weights have to be counts, and the statistic of '{weights.title}' is not",
            value=weights.statistic,
            hint="Give the denominators, such as people, pupils or hours.",
        )


def weights_at(weights: Weights, period: str, codes: pd.Index[Any]) -> tuple[str, pd.Series[Any]]:
    """Return the weights of areas for one period, and which period they are of.

    Parameters
    ----------
    weights : Series or Metric
        As `check_weights` wants them.
    period : str
        In the grammar of periods; one of several years stands for the year in its middle.
    codes : Index, shape (n,)
        Areas with a figure.

    Returns
    -------
    period : str
        Of the weights, the earlier one of two that are equally near; "" for a Series.
    weights : Series, shape (n,)
        nan where an area has none.

    Raises
    ------
    WeightsError
        If one is zero or negative.
    """
    if isinstance(weights, Metric):
        year = _middle(period)
        nearest = min(weights.periods, key=lambda own: (own != period, abs(_middle(own) - year)))
        given = weights.at(nearest)["value"]
    else:
        nearest, given = "", weights
    found = pd.Series(as_floats(given.reindex(codes), "weights"), index=codes)
    bad = found.index[found <= 0]
    if len(bad):
        raise WeightsError(
            f"weights for {period} are zero or negative",
            offenders=list(bad),
            hint="An area that has a figure has people (pupils, hours ...) too.",
        )
    return nearest, found


def _middle(period: str) -> int:
    """Return the year in the middle of a period, the earlier one of two."""
    years = [int(year) for year in re.findall(r"\d{4}", period)]
    return (years[0] + years[-1]) // 2


def weighting(
    metric: Metric, weights: Weights, used: dict[str, str], lacking: Sequence[str]
) -> Iterator[Notice]:
    """Say what figures were averaged with, of which other years, and which areas have none.

    Parameters
    ----------
    metric : Metric
        Whose figures were averaged.
    weights : Series or Metric
        Its denominators.
    used : dict of str
        Period of the weights by period of the metric, as `weights_at` returned them.
    lacking : sequence of str
        Areas with a figure and no weight.

    Yields
    ------
    Notice
        One for each of the three.
    """
    title = f"'{weights.title}'" if isinstance(weights, Metric) else "the same weights every period"
    asked = f"; the catalogue asks for {metric.default_weight}" if metric.default_weight else ""
    yield Notice("weights", f"averaged over areas with {title}{asked}")
    off = [
        f"{period} with those of {own}"
        for period, own in used.items()
        if own and _middle(own) != _middle(period)
    ]
    if off:
        yield Notice("weights-year", f"weights are of another year: {first_of(off)}")
    if lacking:
        message = f"{len(lacking)} areas have a figure and no weight: {first_of(lacking)}"
        yield Notice("weights-lacking", f"{message}. {described(weights)}", tuple(lacking))


def described(weights: Weights) -> str:
    """Return of which level and vintage weights are, which may be why areas have none."""
    codes = weights.index if isinstance(weights, pd.Series) else weights.table["code"]
    try:
        found = detect_vintage(codes)
        return f"The weights have {found}: recode() carries them to another year or level."
    except InputError as error:
        return str(error)
