"""The best tenth of people, everyone else, and where the former would be at their own growth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_direction, check_share
from spatial_gaps.errors import InputError
from spatial_gaps.measure.cohort import Cohort, follow
from spatial_gaps.measure.wording import format_value
from spatial_gaps.targets.closing import group_share, membership
from spatial_gaps.targets.conformal import look_back, misses
from spatial_gaps.targets.forecasting import forecast
from spatial_gaps.targets.interim import years_until
from spatial_gaps.targets.working_scale import Bounds, working_scale


@dataclass(frozen=True)
class TopTarget:
    """What the top would reach by the target year at its own historic growth.

    Attributes
    ----------
    goal : float
        For the mean of the top.
    lower, upper : float
        95 % interval of what would come, from the top's own past.
    now, growth : float
        Mean in the last period, and what a year added since the base period (as in `CatchUp`).
    base, last : str
        The two periods.
    target_year : int
        By the end of it.
    areas : DataFrame
        The areas of the top, by code: share (of the area that is in the top), now, growth, goal.
    """

    goal: float
    lower: float
    upper: float
    now: float
    growth: float
    base: str
    last: str
    target_year: int
    areas: pd.DataFrame

    def __str__(self) -> str:
        likely = (
            f"{format_value(self.goal)} ({format_value(self.lower)} to {format_value(self.upper)})"
        )
        return (
            f"At its growth from {self.base} to {self.last} the top goes from {format_value(self.now)} "
            f"to {likely} by the end of {self.target_year}: a gap that closes with the top below that "
            "is closed by its stagnation."
        )


def top_and_rest(cohort: Cohort, sign: float, share: float) -> tuple[Array, Array]:
    """Return what each area weighs in the mean of the top and of the rest, both summing to 1.

    The top are the areas that hold the best-off `share` of people in the first period; areas on the
    edge belong to both in part.
    """
    n = cohort.n[:, 0]
    member = membership(sign * cohort.y[:, 0], n, share)
    return group_share(member, n), group_share(1 - member, n)


def top_target(
    panel: pd.DataFrame,
    weights: pd.Series[Any] | pd.DataFrame | None = None,
    *,
    target_year: int,
    higher_is: str | None = None,
    scale: str,
    bounds: Bounds | None = None,
    share: float = 0.1,
    period_type: str = "",
) -> TopTarget:
    """Return what the top areas would reach by the target year at their own historic growth.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures by code; the first column is the base period.
    weights : Series or DataFrame, optional
        People; equal unless given.
    target_year : int
        By the end of it.
    higher_is : {"better", "worse"}
        Which way is better; never guessed.
    scale : {"ratio", "bounded", "interval"}
        Growth is relative, of log odds between the bounds, or in units.
    bounds : tuple of float, optional
        Of a bounded scale.
    share : float
        Of people in the top.
    period_type : str
        What a period stands for, as in `Metric.period_type`.

    Returns
    -------
    TopTarget
        See there.

    Raises
    ------
    InputError, JoinError, WeightsError, StatisticUndefined
        As for `catch_up_time`; if the target year is not after the last period.

    See Also
    --------
    catch_up_time : When the rest would be there.

    Notes
    -----
    Growth is that of a random walk with drift: from the first period to the last, divided by the
    years. The interval is Student's t on the top's own steps (`conformal.misses`).

    Examples
    --------
    >>> panel = pd.DataFrame(
    ...     {"2016": [20.0, 10.0], "2017": [21.0, 11.0], "2018": [22.0, 12.0]}, index=["a", "b"]
    ... )
    >>> top_target(panel, target_year=2028, higher_is="better", scale="interval", share=0.5).goal
    32.0
    """
    sign = 1.0 if check_direction(higher_is) == "better" else -1.0
    working = working_scale(scale, bounds)
    cohort = follow(panel, None, weights, least=2)
    horizon = float(years_until(cohort.periods[-1], target_year, period_type))
    if horizon < 1:
        raise InputError(
            f"no whole year is left from {cohort.periods[-1]} to the end of {target_year}"
        )
    top, _ = top_and_rest(cohort, sign, check_share(share, "share"))
    inside = top > 0
    z = working.to(np.vstack([top @ cohort.y, cohort.y[inside]]))
    told = forecast(z, cohort.years, np.array([horizon]), "drift")[:, 0]
    growth = (z[:, -1] - z[:, 0]) / (cohort.years[-1] - cohort.years[0])
    grown = np.expm1(growth) if scale == "ratio" else growth
    half = misses(look_back(z[:1], cohort.years, "drift"), horizon).half[0]
    areas = pd.DataFrame(
        {
            "share": (top * share / cohort.n[:, 0])[inside],
            "now": cohort.y[inside, -1],
            "growth": grown[1:],
            "goal": working.back(told[1:]),
        },
        index=cohort.codes[inside],
    )
    lower, goal, upper = working.back(told[0] + half * np.array([-1.0, 0.0, 1.0]))
    return TopTarget(
        goal=float(goal) if np.isfinite(goal) else float(working.back(told[:1])[0]),
        lower=float(lower),
        upper=float(upper),
        now=float(top @ cohort.y[:, -1]),
        growth=float(grown[0]),
        base=cohort.periods[0],
        last=cohort.periods[-1],
        target_year=int(target_year),
        areas=areas,
    )
