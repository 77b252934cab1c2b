"""Are places growing alike? Spread over time, and the speed at which a gap closes.

Sampling error spoils both: samples that shrink widen published spread, and errors of the first year
look like gaps that close by the last. Both are taken out, with the correlation between years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice, check_count
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.cohort import Cohort, follow
from spatial_gaps.measure.common_errors import ErrorCorrelation, error_correlation
from spatial_gaps.measure.ridits import Bounds, check_bounds
from spatial_gaps.measure.speeds import speeds
from spatial_gaps.measure.uncertainty import Z95

NAMES = {"weighted_cv": "coefficient of variation", "bgsd": "standard deviation"}
UNSURE, NOISE = "no clear change", "not assessable"


@dataclass(frozen=True)
class Convergence:
    """Whether the same areas grow alike over time.

    Attributes
    ----------
    index : {"weighted_cv", "bgsd"}
        The measure of spread: coefficient of variation, or standard deviation where the scale has
        no true zero.
    trend : {"narrowing", "widening", "no clear change", "not assessable"}
        What the 95 % interval of the change says, or without standard errors its sign.
    change, lower, upper : float
        Change of spread from the first to the last period, sampling noise taken out, and its 95 %
        interval; as published and without interval if there are no standard errors.
    raw_change : float
        The same of the published figures.
    sigma : DataFrame
        Indexed by period: mean, value (spread of published figures), corrected, lower, upper, and
        with bounds mirror (corrected, relative to the distance from the upper bound).
    beta : DataFrame
        Indexed by what is taken of the errors ("as published", "independent", "correlated"): slope
        (of last on first, ``1 + bT``), b (a year), speed (a year), half_life in years with lower and
        upper (infinite where gaps may never halve), status ("converging", "diverging", or why it is
        undefined).
    rho : float
        Correlation of the errors of one area in the first and the last period; nan without errors.
    rho_source : str
        Where it comes from: "given", "estimated" or "".
    first, last : str
        The two periods compared.
    years : float
        Between them.
    n : int
        How many areas have figures in every period.
    left_out : tuple of str
        Areas that have not.
    imputed : tuple of str
        Areas whose standard error was not published in some period.
    weighted : bool
        Whether areas count by weight, or equally.
    """

    index: str
    trend: str
    change: float
    lower: float
    upper: float
    raw_change: float
    sigma: pd.DataFrame
    beta: pd.DataFrame
    rho: float
    rho_source: str
    first: str
    last: str
    years: float
    n: int
    left_out: tuple[str, ...]
    imputed: tuple[str, ...]
    weighted: bool

    @property
    def signs_differ(self) -> bool:
        """Whether published spread moves the other way than spread without sampling noise."""
        return bool(self.change * self.raw_change < 0)

    @property
    def mirror_differs(self) -> bool:
        """Whether spread relative to the distance from the upper bound moves the other way."""
        if "mirror" not in self.sigma:
            return False
        mirror = self.sigma["mirror"]
        return bool((mirror.iloc[-1] - mirror.iloc[0]) * self.change < 0)

    def __str__(self) -> str:
        return f"{_spread_words(self)}; {_speed_words(self)}."


def convergence(
    panel: pd.DataFrame,
    se: pd.DataFrame | None = None,
    weights: pd.Series[Any] | pd.DataFrame | None = None,
    *,
    correlation: float | ErrorCorrelation | None = None,
    overlap: float = 0.0,
    scale: str = "ratio",
    bounds: Bounds | None = None,
    replicates: int = 999,
    seed: int = 0,
) -> Convergence:
    """Measure whether spread shrinks (sigma) and those behind catch up (beta), without the noise.

    Sigma: ``CV = sqrt(V - sum_i n_i (1 - n_i) se_i^2) / mu``, with V the weighted variance, in each
    period. Beta, of the last period on the first, T years apart, with x = ln y and s = se / y:
    ``slope = 1 + bT = (cov(x0, x1) - rho mean(s0 s1)) / (var x0 - mean s0^2)``,
    ``speed = -ln(1 + bT) / T``, ``half_life = ln 2 / speed``.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures indexed by code; columns are periods in time order, as `panel` returns them. Areas
        without a figure in some period are left out of all.
    se : DataFrame, shape (areas, periods), optional
        Standard errors; missing ones take the period's median coefficient of variation. Without
        them nothing is corrected.
    weights : Series or DataFrame, optional
        People per area, of one year or of each period (beta takes the first); equal unless given,
        as theories of growth have it: every area is one case.
    correlation : float or ErrorCorrelation, optional
        Of one area's errors in the first and the last period. Unless given it is estimated with
        `error_correlation` from the pairs of periods in the panel that lie as far apart as these:
        better from a panel of many years than from the two.
    overlap : float
        Share of months that the first and last period have in common: rho is not less.
    scale : {"ratio", "bounded", "interval"}
        Percentages are "bounded", which needs `bounds`: spread relative to the mean of 100 - y is
        then shown as well. On an "interval" scale (no true zero) x = y, and spread is the standard
        deviation.
    bounds : (float, float), optional
        Least and greatest possible figure of a bounded scale.
    replicates : int
        Resamples of areas, both periods together, for the interval of the half-life.
    seed : int
        Seed of the resamples.

    Returns
    -------
    Convergence
        ``str()`` says it in one sentence.

    Raises
    ------
    InputError
        If it is no panel, options contradict each other, or a figure is outside the bounds.
    StatisticUndefined
        If a figure is not positive where the scale is not an interval, all areas are alike in the
        first period, or no error correlation can be estimated.

    See Also
    --------
    error_correlation : How the errors of two periods hang together.

    Notes
    -----
    The interval of the change of spread is about the true figures of these same areas; quadratic
    forms of normal errors give it without simulation. The interval of the half-life (percentile
    bootstrap, rho taken as known) is about places like these. If rho is estimated from the same two
    periods alone, beta says no more than sigma does: slope = (1 + V1 / V0) / 2.

    References
    ----------
    Barro & Sala-i-Martin (1992), Convergence. Fuller (1987), Measurement error models, section 1.2.

    Examples
    --------
    Gaps shrink to a quarter (in logarithms) in ten years, so they halve in five:

    >>> pay = pd.DataFrame({"2010": [1.0, 16.0, 256.0], "2020": [4.0, 8.0, 16.0]}, index=list("abc"))
    >>> found = convergence(pay)
    >>> found.beta.loc["as published", ["slope", "half_life"]].round(6).to_dict()
    {'slope': 0.25, 'half_life': 5.0}
    """
    check_choice(scale, ("ratio", "bounded", "interval"), "scale")
    replicates = check_count(replicates, "replicates", 99)
    floor, ceiling = check_bounds(bounds, scale == "bounded", 'scale="bounded"')
    cohort = follow(panel, se, weights)
    relative = scale != "interval"
    if relative:
        _check_domain(cohort, floor, ceiling)
    years = float(cohort.years[-1] - cohort.years[0])
    rho, source = float("nan"), ""
    if se is not None:
        source = "estimated" if correlation is None else "given"
        if correlation is None:
            correlation = error_correlation(panel, se, lag=years, overlap=overlap)
        rho = _check_rho(float(correlation), overlap)
    sigma, change = _sigma(cohort, rho, relative, ceiling)
    return Convergence(
        index="weighted_cv" if relative else "bgsd",
        **change,
        sigma=sigma,
        beta=speeds(cohort, rho, relative, replicates, seed),
        rho=rho,
        rho_source=source,
        first=cohort.periods[0],
        last=cohort.periods[-1],
        years=years,
        n=len(cohort.codes),
        left_out=cohort.left_out,
        imputed=cohort.imputed,
        weighted=weights is not None,
    )


def _check_domain(cohort: Cohort, floor: float, ceiling: float) -> None:
    bad = (cohort.y <= 0).any(axis=1)
    if bad.any():
        raise StatisticUndefined(
            "growth exists only where every figure is positive",
            offenders=[str(code) for code in cohort.codes[np.flatnonzero(bad)]],
            hint='Say scale="interval" to compare differences instead of ratios.',
        )
    outside = ((cohort.y < floor) | (cohort.y > ceiling)).any(axis=1)
    if outside.any():
        raise InputError(
            f"figures lie outside the bounds {floor:g} and {ceiling:g}",
            offenders=[str(code) for code in cohort.codes[np.flatnonzero(outside)]],
            hint="Percentages go from 0 to 100, proportions from 0 to 1.",
        )


def _check_rho(rho: float, overlap: float) -> float:
    if not -1 <= rho <= 1 or not 0 <= overlap <= 1:
        raise InputError(
            "a correlation lies between -1 and 1, an overlap between 0 and 1", value=(rho, overlap)
        )
    return max(rho, overlap)


def _sigma(
    cohort: Cohort, rho: float, relative: bool, ceiling: float
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return spread by period, and its change from the first to the last."""
    mean = (cohort.n * cohort.y).sum(0)
    variance = (cohort.n * (cohort.y - mean) ** 2).sum(0)
    unit = mean**2 if relative else np.ones(len(mean))
    se = np.zeros_like(cohort.y) if cohort.se is None else cohort.se
    square = (variance - (cohort.n * (1 - cohort.n) * se**2).sum(0)) / unit
    own = [_covariance(cohort, t, t, 1.0, relative) for t in range(len(mean))]
    error = np.sqrt(np.maximum(own, 0))
    known = np.nan if cohort.se is None else 1.0
    table = pd.DataFrame(
        {
            "mean": mean,
            "value": np.sqrt(variance / unit),
            "corrected": known * np.sqrt(np.maximum(square, 0)),
            "lower": known * np.sqrt(np.maximum(square - Z95 * error, 0)),
            "upper": known * np.sqrt(np.maximum(square + Z95 * error, 0)),
        },
        index=pd.Index(cohort.periods, name="period"),
    )
    if ceiling < np.inf:
        best = table["value"] if cohort.se is None else table["corrected"]
        table["mirror"] = best * mean / (ceiling - mean)
    raw = float(table["value"].iloc[-1] - table["value"].iloc[0])
    if cohort.se is None:
        trend = "narrowing" if raw < 0 else "widening" if raw > 0 else UNSURE
        return table, {
            "trend": trend, "change": raw, "lower": np.nan, "upper": np.nan, "raw_change": raw,
        }  # fmt: skip
    first, last = square[[0, -1]]
    change = half = float("nan")
    trend = NOISE
    if first > 0 and last > 0:
        # The delta method on the difference of two roots.
        both = _covariance(cohort, 0, -1, rho, relative)
        parts = error[-1] ** 2 / last + error[0] ** 2 / first - 2 * both / np.sqrt(first * last)
        change, half = (
            float(np.sqrt(last) - np.sqrt(first)),
            Z95 * float(np.sqrt(max(parts, 0)) / 2),
        )
        trend = UNSURE if abs(change) <= half else "narrowing" if change < 0 else "widening"
    return table, {
        "trend": trend, "change": change, "lower": change - half, "upper": change + half,
        "raw_change": raw,
    }  # fmt: skip


def _covariance(cohort: Cohort, a: int, b: int, rho: float, relative: bool) -> float:
    """Return the covariance of the corrected squares of spread in two periods.

    Of the variances ``4 d_a' N_a C N_b d_b - 2 tr(P_a C P_b C)``, with N the shares, d the
    distances from the mean, ``P = N - n n'`` and C the errors' covariance; that of the means
    through the delta method.
    """
    if cohort.se is None:
        return 0.0
    n, y, se = cohort.n, cohort.y, cohort.se
    mean = (n * y).sum(0)
    pull = n * (y - mean)
    own = n * (1 - n)
    both = rho * se[:, a] * se[:, b]
    products = n[:, a] * n[:, b] * both
    trace = (own[:, a] * own[:, b] * both**2).sum() + products.sum() ** 2 - (products**2).sum()
    squares = 4 * (pull[:, a] * pull[:, b] * both).sum() - 2 * trace
    if not relative:
        return float(squares)
    spread = (n * (y - mean) ** 2 - own * se**2).sum(0)
    by_square, by_mean = 1 / mean**2, -2 * spread / mean**3
    crossed = by_square[a] * by_mean[b] * 2 * (pull[:, a] * n[:, b] * both).sum()
    crossed += by_square[b] * by_mean[a] * 2 * (pull[:, b] * n[:, a] * both).sum()
    return float(
        by_square[a] * by_square[b] * squares + crossed + by_mean[a] * by_mean[b] * products.sum()
    )


def _spread_words(found: Convergence) -> str:
    """Say how spread has changed, and whether published figures say otherwise."""
    ends = found.sigma.iloc[[0, -1]]
    clean = not np.isnan(found.rho)
    what = f"the {NAMES[found.index]} of {found.n} areas{', sampling noise taken out,' * clean}"
    span = f"from {found.first} to {found.last} {what}"
    span = f"{span[0].upper()}{span[1:]}"
    if found.trend == NOISE:
        return f"{span} is not assessable, because published spread is no wider than noise"
    text = f"{span} {_move(ends['corrected' if clean else 'value'], found.index)}"
    if clean:
        unit = "points" if found.index == "weighted_cv" else "in their unit"
        low, high = (end * (100 if unit == "points" else 1) for end in (found.lower, found.upper))
        text += f" ({found.trend}; 95 % interval of the change {low:.2g} to {high:.2g} {unit})"
    if found.signs_differ:
        text += f", although that of the published figures {_move(ends['value'], found.index)}"
    if found.mirror_differs:
        moved = _move(ends["mirror"], found.index)
        text += f", and relative to what is missing from the upper bound it {moved}"
    return text


def _move(ends: pd.Series[Any], index: str) -> str:
    first, last = (f"{100 * end:.2f} %" if index == "weighted_cv" else f"{end:.3g}" for end in ends)
    verb = "fell" if ends.iloc[-1] < ends.iloc[0] else "rose"
    return f"stayed at {last}" if first == last else f"{verb} from {first} to {last}"


def _speed_words(found: Convergence) -> str:
    """Say how fast gaps close, and what is taken of the errors."""
    row = found.beta.iloc[-1]
    given = "" if np.isnan(found.rho) else f", errors taken to correlate by {found.rho:.2f}"
    if row["status"] == "diverging":
        return f"areas that were ahead have on average drawn further ahead{given}"
    if row["status"] != "converging":
        return f"the speed at which gaps close is {row['status']}{given}"
    text = f"at the speed seen, gaps between areas halve in {row['half_life']:.0f} years"
    if not np.isnan(row["lower"]):
        upper = "never" if np.isinf(row["upper"]) else f"{row['upper']:.0f}"
        text += f" (95 % interval {row['lower']:.0f} to {upper})"
    return f"{text}{given}"
