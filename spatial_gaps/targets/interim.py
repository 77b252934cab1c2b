"""What a target asks for on the way, and whether the figures keep up with that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import as_floats, check_direction, check_share
from spatial_gaps.errors import InputError
from spatial_gaps.measure.wording import format_chance, format_value
from spatial_gaps.metrics.panels import months_of
from spatial_gaps.targets.working_scale import Bounds, working_scale

RULES = {
    "ratio": "the same relative growth every year",
    "bounded": "the same change of the log odds every year",
    "interval": "the same step every year",
}
# Open SDG: least ratio of observed to required growth of each category.
CATEGORIES = {
    0.95: "on track",
    0.6: "progress made but acceleration needed",
    0.0: "limited progress",
    -np.inf: "deterioration",
}


@dataclass(frozen=True)
class InterimPath:
    """The figures that lead evenly from a baseline to a target.

    Attributes
    ----------
    path : Series
        Figure asked for, indexed by period, from the baseline to the target.
    interim : float
        That of the interim year.
    interim_period : str
        The last period that ends by the end of the interim year.
    baseline, target : float
        First and last figure.
    start, end : str
        Their periods.
    a_year : float
        What a year adds: relative growth on a ratio scale, log odds on a bounded one, else units.
    scale : {"ratio", "bounded", "interval"}
        What "evenly" means; `RULES` says it in words.
    """

    path: pd.Series[float]
    interim: float
    interim_period: str
    baseline: float
    target: float
    start: str
    end: str
    a_year: float
    scale: str

    def __str__(self) -> str:
        return (
            f"From {format_value(self.baseline)} in {self.start} to {format_value(self.target)} in "
            f"{self.end}, with {RULES[self.scale]}, {self.interim_period} asks for "
            f"{format_value(self.interim)}."
        )


@dataclass(frozen=True)
class OnTrack:
    """Whether the latest figure keeps up with a path.

    Attributes
    ----------
    verdict : {"on track", "off track", "cannot tell"}
        Whether the true figure is at the path or past it: "cannot tell" if its chance is between
        ``1 - sure`` and `sure`. Without a standard error, what the published figure says.
    p : float
        Chance that the true figure keeps up; nan without a standard error.
    period : str
        Of the figure.
    value, asked : float
        The figure, and what the path asks for.
    ratio : float
        Observed over required compound annual growth, as in Open SDG; nan where figures are not
        positive or the target is the baseline.
    category : str
        What Open SDG makes of that; "" where the ratio is nan.
    """

    verdict: str
    p: float
    period: str
    value: float
    asked: float
    ratio: float
    category: str

    def __str__(self) -> str:
        chance = (
            "" if np.isnan(self.p) else f", keeping up with a chance of {format_chance(self.p)}"
        )
        rule = (
            f" (by two points alone, as Open SDG has it: {self.category})" if self.category else ""
        )
        return (
            f"{self.verdict.capitalize()}: {format_value(self.value)} in {self.period} against "
            f"{format_value(self.asked)} asked for{chance}{rule}."
        )


def later(period: str, years: int) -> str:
    """Return the period of the same kind so many years later.

    Examples
    --------
    >>> later("2018/19", 2), later("2017-2019", 1), later("2026-01", 1)
    ('2020/21', '2018-2020', '2027-01')
    """

    def move(found: re.Match[str]) -> str:
        year = int(found[1]) + years
        return f"{year}/{(year + 1) % 100:02d}" if found[2] else str(year)

    return re.sub(r"(\d{4})(/\d\d)?", move, period)


def years_until(period: str, year: int, period_type: str = "") -> int:
    """Return how many years after a period the last one of its kind ends by the end of `year`."""
    return (12 * (year + 1) - months_of(period, period_type).stop) // 12


def interim_path(
    baseline: float,
    target: float,
    *,
    start: str | int,
    target_year: int,
    interim_year: int = 2025,
    scale: str,
    bounds: Bounds | None = None,
    period_type: str = "",
) -> InterimPath:
    """Return what a target asks for every year on the way from its baseline.

    Parameters
    ----------
    baseline, target : float
        First and last figure.
    start : str or int
        Period of the baseline, such as "2018/19" or 2019.
    target_year, interim_year : int
        The target and the interim figure are of the last period of that kind that ends by the end of
        the year: 2025 is 2024/25 for financial years.
    scale : {"ratio", "bounded", "interval"}
        Even relative growth, even change of log odds between the bounds, or even steps.
    bounds : tuple of float, optional
        Of a bounded scale.
    period_type : str
        What a period stands for, as in `Metric.period_type`.

    Returns
    -------
    InterimPath
        See there.

    Raises
    ------
    InputError
        If years are out of order, the start is no period, or a figure is out of bounds.
    StatisticUndefined
        If a figure on a ratio scale is not positive.

    See Also
    --------
    on_track : Whether figures keep up with it.

    Examples
    --------
    From 100 to 121 in two years is 10 % a year:

    >>> found = interim_path(100, 121, start=2023, target_year=2025, interim_year=2024, scale="ratio")
    >>> round(found.interim, 6), round(found.a_year, 6)
    (110.0, 0.1)
    """
    working = working_scale(scale, bounds)
    first = str(start)
    whole = years_until(first, target_year, period_type)
    some = years_until(first, interim_year, period_type)
    if not 0 < some <= whole:
        raise InputError(
            f"an interim year has to lie between the start and the target year, not {interim_year} "
            f"between {first} and {target_year}",
            hint="Say interim_year=.",
        )
    ends = working.to(np.array([float(baseline), float(target)]))
    step = (ends[1] - ends[0]) / whole
    figures = working.back(ends[0] + step * np.arange(whole + 1))
    figures[[0, -1]] = baseline, target
    periods = pd.Index([later(first, years) for years in range(whole + 1)], name="period")
    return InterimPath(
        path=pd.Series(figures, index=periods, name="asked"),
        interim=float(figures[some]),
        interim_period=periods[some],
        baseline=float(baseline),
        target=float(target),
        start=first,
        end=periods[-1],
        a_year=float(np.expm1(step) if scale == "ratio" else step),
        scale=scale,
    )


def on_track(
    values: pd.Series[Any],
    path: InterimPath,
    *,
    higher_is: str | None = None,
    se: pd.Series[Any] | None = None,
    sure: float = 0.9,
) -> OnTrack:
    """Say whether the latest figure keeps up with the path to a target.

    Parameters
    ----------
    values : Series, shape (periods,)
        Figures by period, of the kind of the path's.
    path : InterimPath
        What is asked for.
    higher_is : {"better", "worse"}
        Which way is better; never guessed.
    se : Series, shape (periods,), optional
        Standard errors by period.
    sure : float
        Chance from which a verdict is given, above .5.

    Returns
    -------
    OnTrack
        For the last period of `values` that is on the path after its start.

    Raises
    ------
    InputError
        If the direction is missing, no period is on the path, or `sure` is out of range.

    Notes
    -----
    ``p = Phi((value - asked) / se)``, turned where lower is better: only sampling error is in it, not
    whether the pace will last (`ambition` asks that). The common reference is Open SDG's ratio of
    observed over required compound annual growth, ``R = d CAGR / |CAGR_T|`` with d = 1 where higher
    is better, else -1: "on track" from .95, "progress made but acceleration needed" from .6, "limited
    progress" from 0, else "deterioration"; "target achieved" if it is. It takes two points as true.

    References
    ----------
    Open SDG, Progress measurement methodology (docs/progress-methodology.md of open-sdg/open-sdg),
    after Statistics Canada and Eurostat.

    Examples
    --------
    >>> path = interim_path(100, 200, start=2020, target_year=2030, scale="interval")
    >>> found = on_track(pd.Series({2022: 118.0}), path, higher_is="better", se=pd.Series({2022: 4.0}))
    >>> found.verdict, found.asked, round(found.p, 3)
    ('cannot tell', 120.0, 0.309)
    """
    from scipy.special import ndtr

    sign = 1 if check_direction(higher_is) == "better" else -1
    if check_share(sure, "sure") <= 0.5:
        raise InputError("sure has to be above .5", value=sure)
    figures = pd.Series(as_floats(values, "values"), index=values.index.astype(str)).dropna()
    shared = [period for period in path.path.index[1:] if period in figures.index]
    if not shared:
        raise InputError(
            f"no figure is of a period from {path.path.index[1]} to {path.end}",
            offenders=list(figures.index),
        )
    period = shared[-1]
    value, asked = float(figures[period]), float(path.path[period])
    error = np.nan if se is None else float(se.set_axis(se.index.astype(str)).get(period, np.nan))
    ahead = sign * (value - asked)
    p = float(ndtr(ahead / error)) if error > 0 else np.nan
    kept = "on track" if ahead >= 0 else "off track"
    ratio = _growth_ratio(path, value, path.path.index.get_loc(period), sign)
    return OnTrack(
        verdict="cannot tell" if 1 - sure < p < sure else kept,
        p=p,
        period=period,
        value=value,
        asked=asked,
        ratio=ratio,
        category=_category(ratio, sign * (value - path.target) >= 0),
    )


def _growth_ratio(path: InterimPath, value: float, years: Any, sign: int) -> float:
    """Return observed over required compound annual growth."""
    if min(path.baseline, path.target, value) <= 0 or path.baseline == path.target:
        return float("nan")
    seen = (value / path.baseline) ** (1 / years) - 1
    asked = (path.target / path.baseline) ** (1 / (len(path.path) - 1)) - 1
    return float(sign * seen / abs(asked))


def _category(ratio: float, met: bool) -> str:
    if np.isnan(ratio):
        return ""
    return (
        "target achieved"
        if met
        else next(said for least, said in CATEGORIES.items() if ratio >= least)
    )
