"""One better figure per area out of several years: correlated errors and drifting truths allowed for.

Five years of a survey know more about a place than one. How much more hangs on two things that the
figures alone cannot tell apart: errors that repeat from year to year, and truths that move. Taking
either for naught makes a place look surer than it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, align, as_floats, check_choice, check_unique
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.cohort import start_years
from spatial_gaps.measure.common_errors import error_correlation

DRIFT = 0.15
MOST_CORRELATION = 0.98


@dataclass(frozen=True)
class Pooled:
    """Pooled figures, and what was assumed.

    Attributes
    ----------
    table : DataFrame, shape (n, 3)
        On the areas' index: value (in the year `at`), se, n_years (figures used).
    at : str
        The year that the figures are of.
    correlation : Series
        Correlation of the errors of one area, by lag in years.
    drift : float
        Standard deviation of the true movement of an area against the nation in a year, in the unit
        of the figures (in shares of the national figure under ``scale="ratio"``).
    gain : float
        Median of the year's own standard error over the pooled one.
    """

    table: pd.DataFrame
    at: str
    correlation: pd.Series[Any]
    drift: float
    gain: float

    def __str__(self) -> str:
        """Say it in one sentence."""
        lag = self.correlation.iloc[0] if len(self.correlation) else 0.0
        return (
            f"Pooled figures of {self.at} are {self.gain:.2f} times as precise as its own: errors of "
            f"neighbouring years correlate by {lag:.2f}, truths drift by {self.drift:.3g} a year."
        )


def pool_years(
    panel: pd.DataFrame,
    se: pd.DataFrame,
    *,
    at: object = None,
    weights: pd.Series[Any] | None = None,
    national: pd.Series[Any] | None = None,
    scale: str = "difference",
    drift: float | None = None,
    correlation: float | None = None,
    overlap: float = 0.0,
) -> Pooled:
    """Estimate each area's true figure in one year from the figures of several.

    Model: ``y_it = m_t + theta_it + e_it``, m_t the nation's, theta_i a random walk of variance
    ``drift^2`` a year, ``Var(e_it) = se_it^2``, ``Corr(e_is, e_it) = rho(|s - t|)``. Generalised least
    squares for theta_i in the year `at`, without any shrinking: value and standard error can go on
    to `find_pockets`.

    Parameters
    ----------
    panel, se : DataFrame, shape (areas, years)
        Figures and standard errors indexed by code; columns are periods in time order. A year
        without a figure or standard error is left out for that area.
    at : period, optional
        One of the columns; the last unless given.
    weights : Series, shape (areas,), optional
        People, for the national means.
    national : Series, shape (years,), optional
        Published national figures; the weighted mean of areas that have all years unless given.
    scale : {"difference", "ratio"}
        Whether areas keep their distance from the nation or their ratio to it while it moves.
    drift : float, optional
        In standard deviations of true figures (of the year `at`, noise taken out) a year. Unless
        given .15, or more where changes vary more than independent errors let them.
    correlation : float, optional
        Of errors in any two years. Estimated for each lag unless given: what `error_correlation` finds,
        plus what the drift explains of the changes.
    overlap : float
        Share of months, 0 to below 1, that a period has in common with the next one of its length:
        windows of three years 2/3. The correlation is not less: 2/3, then 1/3, then 0.

    Returns
    -------
    Pooled
        Areas without any figure have nan.

    Raises
    ------
    InputError
        If `at` is no column, an option is out of range or a national figure is missing.
    StatisticUndefined
        If fewer than three areas have a figure in the year `at`.

    Notes
    -----
    The variance of changes over L years is ``2 se^2 (1 - rho) + L drift^2``. The larger the drift
    that is assumed, the larger the correlation that is left, and both make the pooled figure less
    sure: to assume much is to be careful (docs/validation/pooling-years.md).

    Examples
    --------
    >>> years = pd.DataFrame({"2020": [4.0, 6, 8], "2021": [6.0, 6, 6]}, index=list("abc"))
    >>> found = pool_years(years, years * 0 + 1.0, drift=0, correlation=0)
    >>> found.table["value"].tolist(), found.table["se"].round(4).tolist()
    ([5.0, 6.0, 7.0], [0.7071, 0.7071, 0.7071])
    """
    check_choice(scale, ("difference", "ratio"), "scale")
    if not 0 <= overlap < 1:
        raise InputError("an overlap has to lie between 0 and 1", value=overlap)
    check_unique(panel.index, "the panel")
    years, labels = start_years(panel.columns), [str(column) for column in panel.columns]
    target = len(labels) - 1 if at is None else _place(str(at), labels)
    figures = np.column_stack([as_floats(panel[column], str(column)) for column in panel])
    errors = se.reindex(index=panel.index, columns=panel.columns).to_numpy(float)
    known = np.isfinite(figures) & (errors > 0)
    if known[:, target].sum() < 3:
        raise StatisticUndefined(
            f"fewer than three areas have a figure and an error in {labels[target]}"
        )
    middle = _middles(panel, known, weights, national)
    if scale == "ratio":
        if not (middle > 0).all():
            raise InputError('scale="ratio" needs national figures above zero')
        away, noise = figures / middle - 1, errors / middle
    else:
        away, noise = figures - middle, errors
    away, noise = np.where(known, away, np.nan), np.where(known, noise, np.nan)
    step, rho = _movement(away, noise, panel, target, drift, correlation, overlap)
    value, error = _least_squares(away, noise, years, target, step, rho)
    back = middle[target]
    value, error = (back * (1 + value), back * error) if scale == "ratio" else (back + value, error)
    table = pd.DataFrame(
        {"value": value, "se": error, "n_years": known.sum(axis=1)}, index=panel.index
    )
    gain = float(np.nanmedian(np.where(known[:, target], errors[:, target], np.nan) / error))
    by_lag = pd.Series(rho, dtype=float).rename_axis("lag")
    return Pooled(table, labels[target], by_lag, step, gain)


def _place(at: str, labels: list[str]) -> int:
    check_choice(at, labels, "period", "the panel")
    return labels.index(at)


def _middles(
    panel: pd.DataFrame,
    known: np.ndarray,
    weights: pd.Series[Any] | None,
    national: pd.Series[Any] | None,
) -> Array:
    """Return the national figure of each year."""
    if national is not None:
        figures = as_floats(national.reindex(panel.columns), "national figures")
        if np.isnan(figures).any():
            raise InputError("national figures are needed for every year of the panel")
        return figures
    people = np.ones(len(panel))
    if weights is not None:
        people = as_floats(align(panel.iloc[:, 0], weights, names=["weights"])[1][1], "weights")
    throughout = known.all(axis=1)
    if throughout.sum() < 3:
        raise StatisticUndefined(
            "fewer than three areas have figures in every year, so years cannot be compared",
            hint="Give national figures, or fewer years.",
        )
    return np.asarray(
        people[throughout] @ panel.to_numpy(float)[throughout] / people[throughout].sum()
    )


def _movement(
    away: Array,
    noise: Array,
    panel: pd.DataFrame,
    target: int,
    drift: float | None,
    correlation: float | None,
    overlap: float,
) -> tuple[float, dict[float, float]]:
    """Return the drift a year in the unit of the figures, and the correlation of errors by lag."""
    years = start_years(panel.columns)
    lags = sorted({float(round(b - a, 6)) for i, a in enumerate(years) for b in years[i + 1 :]})
    raw = _raw_correlations(away, noise, panel, lags) if correlation is None else {}
    step = _step(away[:, target], noise[:, target], DRIFT if drift is None else drift)
    if drift is None:
        step = max(step, _least_step(noise, raw))
    return step, _correlations(noise, raw, lags, step, correlation, overlap)


def _step(away: Array, noise: Array, drift: float) -> float:
    """Return the drift a year in the unit of the figures."""
    if not (isinstance(drift, (int, float)) and math.isfinite(drift) and drift >= 0):
        raise InputError("drift has to be zero or more, in standard deviations a year", value=drift)
    held = np.isfinite(away)
    total = float(np.var(away[held]))
    true = max(total - float(np.mean(noise[held] ** 2)), 0.1 * total)
    return float(drift * math.sqrt(true))


def _raw_correlations(
    away: Array, noise: Array, panel: pd.DataFrame, lags: list[float]
) -> dict[float, float]:
    """Return what would be the correlation of errors by lag if no truth moved."""
    frame, errors = (
        pd.DataFrame(array, index=panel.index, columns=panel.columns) for array in (away, noise)
    )
    return {lag: error_correlation(frame, errors, lag=lag).raw for lag in lags}


def _least_step(noise: Array, raw: dict[float, float]) -> float:
    """Return the least drift a year: what changes vary more than independent errors let them.

    Fitted through the origin over lags L: ``Var(change) - 2 se^2 = L drift^2``.
    """
    if not raw:
        return 0.0
    lags, excess = np.array(list(raw)), -2 * np.nanmean(noise**2) * np.array(list(raw.values()))
    return math.sqrt(max(float(lags @ excess / (lags @ lags)), 0.0))


def _correlations(
    noise: Array,
    raw: dict[float, float],
    lags: list[float],
    step: float,
    given: float | None,
    overlap: float,
) -> dict[float, float]:
    """Return the correlation of errors for each number of years apart."""
    if given is not None:
        if not 0 <= given < 1:
            raise InputError("a correlation has to lie between 0 and 1", value=given)
        return dict.fromkeys(lags, float(given))
    common = float(np.nanmean(noise**2))
    out = {}
    for lag in lags:
        # What the drift explains of the changes is no sign of independent errors.
        raised = raw[lag] + lag * step**2 / (2 * common)
        # Windows of one length share less the further apart they start.
        least = max(1 - (1 - overlap) * lag / lags[0], 0.0)
        out[lag] = float(min(max(raised, least), MOST_CORRELATION))
    return out


def _least_squares(
    away: Array, noise: Array, years: Array, target: int, step: float, rho: dict[float, float]
) -> tuple[Array, Array]:
    """Return estimate and standard error of each area's distance from the nation in the year."""
    apart = np.abs(years[:, None] - years[None, :])
    correlation = np.eye(len(years))
    for lag, common in rho.items():
        correlation[np.isclose(apart, lag)] = common
    roots, vectors = np.linalg.eigh(correlation)
    correlation = (vectors * np.maximum(roots, 1e-3)) @ vectors.T
    scale = np.sqrt(np.diag(correlation))
    correlation /= np.outer(scale, scale)
    # A random walk seen from the target: years on one side share the way to the nearer of them.
    since = years - years[target]
    shared = np.where(
        np.outer(since, since) > 0, np.minimum(np.abs(since)[:, None], np.abs(since)[None, :]), 0.0
    )
    value, error = np.full(len(away), np.nan), np.full(len(away), np.nan)
    known = np.isfinite(away)
    for pattern in np.unique(known, axis=0):
        if not pattern.any():
            continue
        rows = np.flatnonzero((known == pattern).all(axis=1))
        noisy = noise[np.ix_(rows, pattern)]
        inside = np.ix_(pattern, pattern)
        total = (
            noisy[:, :, None] * noisy[:, None, :] * correlation[inside] + step**2 * shared[inside]
        )
        weight = np.linalg.solve(total, np.ones((len(rows), pattern.sum(), 1)))[..., 0]
        held = weight.sum(axis=1)
        value[rows] = (weight * away[np.ix_(rows, pattern)]).sum(axis=1) / held
        error[rows] = 1 / np.sqrt(held)
    return value, error
