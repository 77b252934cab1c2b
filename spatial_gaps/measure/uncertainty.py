"""Sampling error: where it comes from, how it inflates spread, and how to take it out again.

A published figure is the truth plus an error of known size. Spread computed from published figures
is therefore too wide, and places at the ends look more extreme than they are. The remedy for places
lives here: draws from the shrunk posterior; that for indices is in `correction`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array
from spatial_gaps.errors import StatisticUndefined

Z95 = 1.959963984540054
UNRELIABLE = "unreliable"
# Upper ends, in percent, of the bands in which ONS states the quality of ASHE estimates.
CV_BANDS = {"precise": 5, "reasonably precise": 10, "acceptable": 20, UNRELIABLE: float("inf")}


def se_from_limits(lower: pd.Series, upper: pd.Series) -> pd.Series:
    """Return standard errors from published 95 % limits, ``(upper - lower) / (2 * 1.96)``."""
    return (upper - lower) / (2 * Z95)


def cv_band(values: pd.Series[Any], se: pd.Series[Any]) -> pd.Series[Any]:
    """Return in the words of ONS how precise each figure is, by its coefficient of variation.

    Parameters
    ----------
    values : Series, shape (n,)
        Figures.
    se : Series, shape (n,)
        Standard errors in the unit of the figures; reindexed by code.

    Returns
    -------
    Series of str, shape (n,)
        "precise", "reasonably precise", "acceptable" or "unreliable"; "" without a figure or a
        standard error, and for a figure of 0 that has no error.

    Notes
    -----
    ``CV = 100 se / |value|``: up to 5 % is precise, up to 10 % reasonably precise, up to 20 %
    acceptable, above that "unreliable for practical purposes" (ONS, Annual Survey of Hours and
    Earnings, guide to sources of data).

    Examples
    --------
    >>> cv_band(pd.Series([100.0, 100.0, 50.0, 10.0]), pd.Series([5.0, 6.0, 10.0, 3.0])).tolist()
    ['precise', 'reasonably precise', 'acceptable', 'unreliable']
    """
    error = se.reindex(values.index).astype(float).abs()
    # A CV of exactly 5 % is not to fall out of its band by the last binary digit.
    cv = (100 * error / values.astype(float).abs()).round(9)
    edges = [-np.inf, *CV_BANDS.values()]
    words = pd.cut(cv, edges, labels=list(CV_BANDS)).astype(object)
    return words.where(cv.notna(), "").astype(str).rename("cv_band")


def impute_se(y: Array, se: Array) -> tuple[Array, np.ndarray]:
    """Fill missing standard errors with the median coefficient of variation times the value.

    Parameters
    ----------
    y, se : ndarray, shape (m,)
        Values and standard errors, nan where none was published.

    Returns
    -------
    se : ndarray, shape (m,)
        Complete.
    imputed : ndarray of bool, shape (m,)
        Where it was filled.

    Raises
    ------
    StatisticUndefined
        If some are missing and no area with a figure other than 0 has one.
    """
    imputed = np.isnan(se)
    if not imputed.any():
        return se, imputed
    known = ~imputed & (y != 0)
    if not known.any():
        raise StatisticUndefined("no area has a standard error beside a figure other than 0")
    cv = float(np.median(se[known] / np.abs(y[known])))
    return np.where(imputed, cv * np.abs(y), se), imputed


def complete_se(y: Array, se: Array | None) -> Array | None:
    """Return standard errors without gaps (`impute_se`), or None where no area has one."""
    return None if se is None or np.isnan(se).all() else impute_se(y, se)[0]


def noise_variance(n: Array, se: Array) -> float:
    """Return what sampling error adds to the weighted variance, ``sum_i n_i (1 - n_i) se_i^2``."""
    return float(np.sum(n * (1 - n) * se**2))


def shrunk_moments(
    y: Array, se: Array, group: np.ndarray, draws: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Draw the posterior mean and standard deviation of every area's true value.

    Model, within each group: ``y_i ~ N(theta_i, se_i^2)``, ``theta_i ~ N(m, tau^2)``, flat priors on
    m and on tau >= 0. tau is drawn from its marginal posterior on a grid, then m given tau; given
    both, theta_i is normal with the moments returned. Groups of fewer than three areas borrow tau
    from all areas.

    Parameters
    ----------
    y, se : ndarray, shape (m,)
        Published values and standard errors, complete.
    group : ndarray of int, shape (m,)
        Group number of each area.
    draws : int
        How many draws of (tau, m).
    rng : Generator
        Source of randomness.

    Returns
    -------
    means, deviations : ndarray, shape (draws, m)
        Normal moments of theta in each draw: averaging over draws keeps tau's own uncertainty.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 5.4.
    """
    means, deviations = np.empty((draws, len(y))), np.empty((draws, len(y)))
    common = draw_tau(y, se, draws, rng)
    for number in np.unique(group):
        here = group == number
        tau = draw_tau(y[here], se[here], draws, rng) if here.sum() >= 3 else common
        precision = 1 / (tau[:, None] ** 2 + np.maximum(se[here], 1e-12) ** 2)
        centre = (precision @ y[here]) / precision.sum(1)
        centre = centre + rng.standard_normal(draws) / np.sqrt(precision.sum(1))
        keep = (tau[:, None] ** 2) * precision
        means[:, here] = centre[:, None] + keep * (y[here] - centre[:, None])
        deviations[:, here] = np.sqrt(keep) * se[here]
    return means, deviations


def draw_tau(y: Array, se: Array, draws: int, rng: np.random.Generator) -> Array:
    """Draw the between-area standard deviation from its marginal posterior, on a grid of 200."""
    spread = float(np.std(y)) if len(y) > 1 else 0.0
    if spread == 0:
        return np.zeros(draws)
    grid, mass = tau_posterior(y, se, 3 * spread, 200)
    steps = np.searchsorted(np.cumsum(mass) / mass.sum(), rng.random(draws))
    return np.asarray(grid[np.minimum(steps, len(grid) - 1)])


def tau_posterior(y: Array, se: Array, most: float, points: int) -> tuple[Array, Array]:
    """Return a grid up to `most` of the between-area standard deviation, and its posterior mass.

    The mean of all areas is integrated out under a flat prior; the mass is not scaled to 1.
    """
    grid = np.linspace(0, most, points + 1)[1:]
    total = grid[:, None] ** 2 + se**2
    centre = (y / total).sum(1) / (1 / total).sum(1)
    logs = -0.5 * (
        np.log((1 / total).sum(1))
        + np.log(total).sum(1)
        + ((y - centre[:, None]) ** 2 / total).sum(1)
    )
    return grid, np.exp(logs - logs.max())
