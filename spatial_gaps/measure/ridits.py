"""Places of areas on a social line from 0 to 1, and the line that is fitted to their figures.

The fits use the figures only through two sums: their mean ``sum_i n_i y_i`` and their moment
``sum_i n_i u_i y_i``, with u the place on the line less a half. (For the log and logit links these
are the sufficient statistics of the Poisson and the binomial likelihood.) Whatever is made of the
two sums has its standard error from their exact covariance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, align, as_floats, check_choice, check_direction, check_values
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.inequality import Values
from spatial_gaps.measure.uncertainty import Z95, complete_se

LINKS = ("linear", "log", "logit")
Ranking = pd.Series | Sequence[float] | np.ndarray
Bounds = tuple[float, float]
# The two ends of the line, from its middle.
ENDS = np.array([-0.5, 0.5])
ROUNDS, SETTLED = 100, 1e-9


@dataclass(frozen=True)
class Ranked:
    """Areas on the line, `u` from its middle, with the two sums and their covariance.

    The covariance is nan without standard errors; `sign` is -1 where higher figures are worse.
    """

    codes: pd.Index[Any]
    y: Array
    n: Array
    u: Array
    sums: Array
    covariance: Array
    name: str
    sign: int
    weighted: bool

    @property
    def higher_is(self) -> str:
        """The direction of the figures."""
        return "better" if self.sign > 0 else "worse"

    def limits(self, value: float, gradient: Array) -> tuple[float, float]:
        """Return the 95 % limits of a function of the two sums, turned so that bigger is worse."""
        variance = gradient @ self.covariance @ gradient
        half = Z95 * float(np.sqrt(np.maximum(variance, 0.0)))
        return self.sign * value - half, self.sign * value + half

    def check_domain(self, what: str, low: float, high: float) -> None:
        """Raise `StatisticUndefined` naming the areas whose figures are outside the domain."""
        bad = (self.y < low) | (self.y > high)
        if bad.any():
            pairs = zip(self.codes[bad], self.y[bad], strict=True)
            rule = f"is {low:g} or more" if high == np.inf else f"is from {low:g} to {high:g}"
            raise StatisticUndefined(
                f"{what} exists only where every value {rule}",
                offenders=[f"{code} {value:g}" for code, value in pairs],
                hint="No figure is moved. Correct them, or leave these areas out.",
            )


def ridits(place: Array, n: Array) -> Array:
    """Return the middle of each area's stretch of the line; equal places share one middle.

    Parameters
    ----------
    place : ndarray, shape (m,)
        What the areas are ranked by, least advantaged lowest.
    n : ndarray, shape (m,)
        Shares of the weight, sum 1.

    References
    ----------
    Bross (1958), How to use ridit analysis.
    """
    _, group = np.unique(place, return_inverse=True)
    held = np.bincount(group, n)
    return np.asarray((np.cumsum(held) - held / 2)[group])


def rank_areas(
    values: Values,
    ranking: Ranking | None,
    higher_is: str | None,
    ranking_higher_is: str | None,
    weights: pd.Series | Array | None,
    se: pd.Series | Array | None,
) -> Ranked:
    """Check everything, and put the areas on the line from the least to the most advantaged.

    Raises
    ------
    InputError
        If a direction or the ranking is missing, or is that of the figures themselves.
    StatisticUndefined
        If fewer than two values are left, or all areas share one rank.
    """
    direction = check_direction(higher_is)
    if ranking is None:
        raise InputError(
            "a social gradient needs a ranking by another measure",
            hint="Give one, such as income deprivation. In the order of the figures themselves "
            "every figure has a slope: that is spread, which gap and gini measure.",
        )
    if ranking_higher_is is None:
        raise InputError(
            "it is not known which end of the ranking is advantaged, and it is never guessed",
            hint='Say ranking_higher_is="worse" for a deprivation rate, "better" for deciles that '
            "count from the most deprived.",
        )
    check_choice(ranking_higher_is, ("better", "worse"), "direction of the ranking")
    codes, y, n, error = check_values(values, weights, se)
    place = _places(values, ranking, codes, y)
    u = ridits(place if ranking_higher_is == "better" else -place, n) - 0.5
    mean = float(n @ y)
    # The slope of copies of 0.1 * 3 and 0.3 would be one of rounding.
    level = np.ptp(y) <= 1e-12 * np.abs(y).max()
    parts = np.array([n, n * u])
    full = complete_se(y, error)
    variance = np.full(len(y), np.nan) if full is None else full**2
    name = getattr(ranking, "name", None)
    return Ranked(
        codes,
        y,
        n,
        u,
        np.array([mean, 0.0 if level else float(parts[1] @ (y - mean))]),
        (parts * variance) @ parts.T,
        "the ranking" if name in (None, "value") else str(name),
        1 if direction == "better" else -1,
        weights is not None,
    )


def _places(values: Values, ranking: Ranking, codes: pd.Index[Any], y: Array) -> Array:
    """Return the ranking of the areas that have a figure."""
    _, (_, aligned) = align(values, ranking, names=("ranking",))
    place = as_floats(aligned.reindex(codes), "the ranks")
    lacking = np.isnan(place)
    if lacking.any():
        raise InputError(
            "areas have a value but no place in the ranking",
            offenders=[str(code) for code in codes[lacking]],
            hint="Rank them too, or leave them out of values.",
        )
    if np.array_equal(place, y):
        raise InputError(
            "the areas are ranked by the figures themselves",
            hint="A social gradient needs another measure; gap and gini measure spread.",
        )
    if np.ptp(place) == 0:
        raise StatisticUndefined("every area has the same rank, so there is no line between them")
    return place


def check_bounds(bounds: Bounds | None, wanted: bool, by: str) -> tuple[float, float]:
    """Return the bounds, infinite where none are wanted, or raise `InputError`."""
    if not wanted and bounds is None:
        return -np.inf, np.inf
    if bounds is None:
        raise InputError(
            f"{by} needs the least and the greatest possible figure",
            hint="Say bounds=(0, 100) for percentages, bounds=(0, 1) for proportions.",
        )
    if not wanted:
        raise InputError(f"bounds serve only {by}", hint="Ask for it, or leave bounds out.")
    if len(bounds) != 2 or not -np.inf < bounds[0] < bounds[1] < np.inf:
        raise InputError("bounds have to be two numbers, the lower one first", value=bounds)
    return float(bounds[0]), float(bounds[1])


def fit_line(ranked: Ranked, link: str, bounds: Bounds | None) -> tuple[Array, Array]:
    """Fit the line, weighted by people.

    Parameters
    ----------
    ranked : Ranked
        Areas on the line.
    link : {"linear", "log", "logit"}
        Least squares, or quasi-likelihood with that link.
    bounds : (float, float), optional
        For the logit link.

    Returns
    -------
    ends : ndarray, shape (2,)
        Fitted figures at 0 and 1.
    gradients : ndarray, shape (2, 2)
        Of each end by each of the two sums.

    Raises
    ------
    InputError, StatisticUndefined
        If an option does not fit, a figure is outside the link's domain, or no line fits.
    """
    check_choice(link, LINKS, "link")
    low, high = check_bounds(bounds, link == "logit", "the logit link")
    mean, moment = ranked.sums
    if link == "linear":
        by_moment = ENDS / (ranked.n @ ranked.u**2)
        return mean + by_moment * moment, np.column_stack([np.ones(2), by_moment])
    low = 0.0 if link == "log" else low
    ranked.check_domain(f"the {link} fit", low, high)
    if not low < mean < high:
        raise StatisticUndefined(f"there is no {link} fit where every figure is {mean:g}")
    # In units of the mean, or of the width between the bounds, all numbers are about 1.
    width = mean if link == "log" else high - low
    ends, gradients = quasi_fit((mean - low) / width, moment / width, ranked.u, ranked.n, link)
    return low + width * ends, gradients


def quasi_fit(mean: float, moment: float, u: Array, n: Array, link: str) -> tuple[Array, Array]:
    """Solve ``sum_i n_i m_i = mean, sum_i n_i u_i m_i = moment`` for m = g^-1(a + b u).

    Newton's method on the (convex) deviance, with shorter steps where it would rise.

    Parameters
    ----------
    mean, moment : float
        The two sums, of figures about 1 for the log and between 0 and 1 for the logit link.
    u, n : ndarray, shape (m,)
        Places and weights.
    link : {"log", "logit"}
        The link g.

    Returns
    -------
    ends, gradients
        As `fit_line`.

    Raises
    ------
    StatisticUndefined
        If the best line is all but infinitely steep.
    """
    sums, powers = np.array([mean, moment]), np.array([np.ones(len(u)), u])

    def curve(eta: Array) -> Array:
        return np.exp(eta) if link == "log" else 1 / (1 + np.exp(-eta))

    def loss(at: Array) -> float:
        eta = at @ powers
        return float(n @ (np.exp(eta) if link == "log" else np.logaddexp(0, eta)) - at @ sums)

    def slope(fitted: Array) -> Array:
        return fitted if link == "log" else fitted * (1 - fitted)

    at = np.array([np.log(mean if link == "log" else mean / (1 - mean)), 0.0])
    with np.errstate(over="ignore"):
        for _ in range(ROUNDS):
            fitted = curve(at @ powers)
            information = (powers * n * slope(fitted)) @ powers.T
            if np.linalg.cond(information) > 1e12:
                break
            step = np.linalg.solve(information, sums - powers @ (n * fitted))
            while loss(at + step) > loss(at) + 1e-12:
                step = step / 2
            at = at + step
            if np.abs(step).max() < SETTLED:
                ends = curve(at[0] + at[1] * ENDS)
                lines = np.column_stack([np.ones(2), ENDS]) * slope(ends)[:, None]
                return ends, np.asarray(np.linalg.solve(information, lines.T).T)
    raise StatisticUndefined(
        f"there is no {link} fit: it would be all but infinitely steep",
        hint='Figures are at a bound except at one end of the ranking. Use link="linear".',
    )
