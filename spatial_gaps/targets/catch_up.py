"""When the rest would be where the top is, at present growth.

Membership (`top_and_rest`) is chosen by figures with errors, so those of the base period flatter the
top: the trend is read off the periods after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_direction, check_share
from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.measure.cohort import Cohort, follow
from spatial_gaps.measure.shares import ratio_ends
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.measure.wording import format_value
from spatial_gaps.targets.top_areas import top_and_rest
from spatial_gaps.targets.working_scale import Bounds, WorkingScale, working_scale

# A line needs a period more than its two numbers; the base period chooses only.
FEWEST = 4
LEVEL = 0.975


@dataclass(frozen=True)
class CatchUp:
    """Years until the rest reaches the top at present growth.

    Attributes
    ----------
    years : float
        From the last period; infinite where the gap does not close, 0 where there is none.
    lower, upper : float
        95 % interval; `upper` is infinite where the gap may never close, and `lower` too where it
        surely does not.
    gap : float
        Today's, on the working scale (of logarithms on a ratio scale), positive if the top leads.
    closing : float
        What a year takes off that.
    top, rest : float
        Means in the last period.
    top_growth, rest_growth : float
        What a year adds: relative on a ratio scale, log odds on a bounded one, else units.
    base, first, last : str
        Period that membership is of; first and last of the trend.
    share : float
        Of people in the top.
    weighted : bool
        Whether areas count by their people, or equally.
    n : int
        Areas with a figure in every period.
    left_out : tuple of str
        Areas without.
    scale : {"ratio", "bounded", "interval"}
        The working scale.
    """

    years: float
    lower: float
    upper: float
    gap: float
    closing: float
    top: float
    rest: float
    top_growth: float
    rest_growth: float
    base: str
    first: str
    last: str
    share: float
    weighted: bool
    n: int
    left_out: tuple[str, ...]
    scale: str

    def __str__(self) -> str:
        whom = "people" if self.weighted else "areas"
        lead = (
            f"The best-off {self.share:.0%} of {whom} in {self.base} are at {format_value(self.top)} in "
            f"{self.last}, the rest at {format_value(self.rest)}"
        )
        if self.years == 0:
            return f"{lead}: there is no gap to close."
        if np.isinf(self.lower):
            return f"{lead}: at present growth the gap never closes."
        when = "never closes" if np.isinf(self.years) else f"closes in {self.years:,.0f} years"
        most = "any number of years" if np.isinf(self.upper) else f"{self.upper:,.0f}"
        return (
            f"{lead}: at present growth the gap {when} (95 % interval {self.lower:,.0f} to {most})."
        )


def catch_up_time(
    panel: pd.DataFrame,
    se: pd.DataFrame | None = None,
    weights: pd.Series[Any] | pd.DataFrame | None = None,
    *,
    higher_is: str | None = None,
    scale: str,
    bounds: Bounds | None = None,
    share: float = 0.1,
) -> CatchUp:
    """Return when the rest would reach the top if both go on as they do.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures by code; the first column is the base period. Areas without a figure in some period
        are left out and named.
    se : DataFrame, optional
        Standard errors: the trend is taken to be no surer than they allow.
    weights : Series or DataFrame, optional
        People; of the base period where they change. Equal unless given.
    higher_is : {"better", "worse"}
        Which way is better; never guessed.
    scale : {"ratio", "bounded", "interval"}
        Growth is relative, of log odds between the bounds, or in units.
    bounds : tuple of float, optional
        Of a bounded scale.
    share : float
        Of people in the top.

    Returns
    -------
    CatchUp
        See there.

    Raises
    ------
    InputError, JoinError, WeightsError
        If the direction is missing, or the panel, errors or weights do not fit.
    StatisticUndefined
        If there are fewer than four periods.

    See Also
    --------
    top_target : What the top itself would reach.
    convergence : Speed at which all areas close up, errors taken out.

    Notes
    -----
    With ``G(t) = a - v t`` the least-squares line through the gap of the two means on the working
    scale in the periods after the base, ``years = G(last) / v``. The interval is Fieller's for the
    rate ``v / G``, turned round: an end of no more than 0 is an infinite number of years. The
    variance about the line is no less than the mean sampling variance of the gap, and Student's t
    has two degrees of freedom fewer than there are periods.

    References
    ----------
    Fieller (1954), Some problems in interval estimation.

    Examples
    --------
    The best area stands at 20, the other gains 1 a year and is at 13 by 2019:

    >>> panel = pd.DataFrame(
    ...     {"2016": [20.0, 10.0], "2017": [20.0, 11.0], "2018": [20.0, 12.0], "2019": [20.0, 13.0]},
    ...     index=["a", "b"],
    ... )
    >>> found = catch_up_time(panel, higher_is="better", scale="interval", share=0.5)
    >>> round(found.years, 6), round(found.upper, 6)
    (7.0, 7.0)
    """
    sign = 1.0 if check_direction(higher_is) == "better" else -1.0
    working = working_scale(scale, bounds)
    cohort = follow(panel, se, weights, least=2)
    if len(cohort.periods) < FEWEST:
        raise StatisticUndefined(
            f"a catch-up time needs {FEWEST} periods, one to choose the top and three for a trend",
            hint=f"There are {', '.join(cohort.periods)}.",
        )
    top, rest = top_and_rest(cohort, sign, check_share(share, "share"))
    means = np.array([top @ cohort.y, rest @ cohort.y])
    z = working.to(means)
    since = cohort.years[1:] - cohort.years[-1]
    gap, closing, cov = _trend(
        sign * (z[0] - z[1])[1:], since, _noise(cohort, top, rest, means, working)
    )
    years, lower, upper = _years(gap, closing, cov)
    growth = [np.polyfit(since, row[1:], 1)[0] for row in z]
    grown = np.expm1(growth) if scale == "ratio" else np.array(growth)
    return CatchUp(
        years=years,
        lower=lower,
        upper=upper,
        gap=gap,
        closing=closing,
        top=float(means[0, -1]),
        rest=float(means[1, -1]),
        top_growth=float(grown[0]),
        rest_growth=float(grown[1]),
        base=cohort.periods[0],
        first=cohort.periods[1],
        last=cohort.periods[-1],
        share=share,
        weighted=weights is not None,
        n=len(cohort.codes),
        left_out=cohort.left_out,
        scale=scale,
    )


def _noise(cohort: Cohort, top: Array, rest: Array, means: Array, working: WorkingScale) -> float:
    """Return the mean sampling variance of the gap after the base period; 0 without errors."""
    if cohort.se is None:
        return 0.0
    error = np.sqrt(np.array([top**2 @ cohort.se**2, rest**2 @ cohort.se**2]))
    squared = np.asarray(working.error(means, error)) ** 2
    return float(squared[:, 1:].sum(axis=0).mean())


def _trend(gap: Array, since: Array, noise: float) -> tuple[float, float, Array]:
    """Return today's gap on its line, what a year takes off it, and their covariance.

    The covariance is scaled so that 1.96 standard errors are Student's t of them.
    """
    from scipy.special import stdtrit

    design = np.column_stack([np.ones(len(since)), -since])
    inverse = np.linalg.inv(design.T @ design)
    level, closing = inverse @ design.T @ gap
    freedom = len(gap) - 2
    about = float(((gap - design @ [level, closing]) ** 2).sum()) / freedom
    wide = (stdtrit(freedom, LEVEL) / Z95) ** 2
    return float(level), float(closing), np.asarray(max(about, noise) * wide * inverse)


def _years(gap: float, closing: float, cov: Array) -> tuple[float, float, float]:
    """Return years until the gap is closed, and Fieller's interval."""
    if gap <= 0:
        return 0.0, 0.0, 0.0
    rate = closing / gap
    off = cov[1, 1] - 2 * rate * cov[0, 1] + rate**2 * cov[0, 0]
    slow, fast = ratio_ends(rate, gap, float(off), float(cov[0, 1] - rate * cov[0, 0]), cov[0, 0])
    return _inverse(rate), _inverse(fast), _inverse(slow)


def _inverse(rate: float) -> float:
    """Return years at a rate of closing: none at an infinite one, infinitely many at none."""
    return float(1 / rate) if rate > 0 else float("inf")
