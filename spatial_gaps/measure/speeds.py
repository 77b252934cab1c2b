"""How fast gaps close: the slope of later figures on earlier ones, with errors in both."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, random_stream
from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.measure.cohort import Cohort

# Share of the bootstrap's draws without a slope, above which there is no interval either.
LOST = 0.025

# What is smaller than this, relative to what could be, is nought.
ROUNDING = 1e-9


def speeds(cohort: Cohort, rho: float, relative: bool, replicates: int, seed: int) -> pd.DataFrame:
    """Return slope, speed and half-life for what may be taken of the errors.

    Parameters
    ----------
    cohort : Cohort
        Areas of the first and the last period; the weights are the first period's.
    rho : float
        Correlation of an area's errors in the two.
    relative : bool
        Whether logarithms are compared, or the figures themselves.
    replicates : int
        Resamples of areas for the interval.
    seed : int
        Seed of the resamples.

    Returns
    -------
    DataFrame
        Indexed by "as published" and, with standard errors, "independent" and "correlated": slope,
        b, speed, half_life, lower, upper, status.

    Raises
    ------
    StatisticUndefined
        If all areas are alike in the first period.
    """
    y, n = cohort.y[:, [0, -1]], cohort.n[:, 0]
    se = np.zeros_like(y) if cohort.se is None else cohort.se[:, [0, -1]]
    x, s = (np.log(y), se / y) if relative else (y, se)
    if np.ptp(x[:, 0]) <= 1e-12 * np.abs(x[:, 0]).max():
        raise StatisticUndefined(f"all areas are alike in {cohort.periods[0]}: no gap can close")
    years = float(cohort.years[-1] - cohort.years[0])
    rng = random_stream(seed)
    counts = rng.multinomial(len(n), np.full(len(n), 1 / len(n)), size=replicates)
    drawn = np.vstack([np.ones(len(n)), counts])
    cases: dict[str, tuple[float, float]] = {"as published": (0.0, 0.0)}
    if cohort.se is not None:
        cases |= {"independent": (1.0, 0.0), "correlated": (1.0, rho)}
    found, noise = _moments(x - n @ x, s, n, drawn)
    rows = {name: _row(found - noise * np.array(taken), years) for name, taken in cases.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("errors")


def _moments(x: Array, s: Array, n: Array, counts: Array) -> tuple[Array, Array]:
    """Return var x0 and cov(x0, x1) in each resample of areas, and what errors s make of them.

    Copies of an area are areas of their own, so that the mean of the errors is over ``n (1 - n)``.
    """
    total = (counts * n).sum(1, keepdims=True)
    share, squared = counts * n / total, counts * n**2 / total**2
    mean = share @ x
    return share @ (x * x[:, :1]) - mean * mean[:, :1], (share - squared) @ (s * s[:, :1])


def _row(moments: Array, years: float) -> dict[str, object]:
    """Return what follows from the moments: of all areas in the first row, then of resamples."""
    variance, covariance = moments.T
    # Resamples of areas that are all alike differ by rounding.
    some = variance > ROUNDING * abs(variance[0])
    slopes = np.where(some, covariance / np.where(some, variance, 1.0), np.nan)
    slope, lost = float(slopes[0]), float(np.isnan(slopes[1:]).mean())
    lower = upper = float("nan")
    if lost <= LOST and not np.isnan(slope):
        lower, upper = (
            _half_life(end, years) for end in np.nanquantile(slopes[1:], [0.025, 0.975])
        )
    status = "converging"
    if np.isnan(slope):
        status = "undefined: nothing but sampling error sets areas apart in the first period"
    elif slope <= 0:
        status = "undefined: areas have changed sides"
    elif slope >= 1:
        status = "diverging"
    defined = slope > 0
    return {
        "slope": slope,
        "b": (slope - 1) / years,
        "speed": -float(np.log(slope)) / years if defined else float("nan"),
        "half_life": _half_life(slope, years) if status == "converging" else float("nan"),
        "lower": lower,
        "upper": upper,
        "status": status,
    }


def _half_life(slope: float, years: float) -> float:
    """Return the years in which gaps halve: none at a slope of 0, infinitely many from 1."""
    if slope <= ROUNDING:
        return 0.0
    return float(np.inf if slope >= 1 else -years * np.log(2) / np.log(slope))
