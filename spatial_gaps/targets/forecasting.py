"""Where series go if they go on as they did: three models, many areas at once.

All work on the scale of `working_scale`, on years that need not be evenly spaced, and on areas that
lack figures in some periods. None of them looks beyond the last column that it is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spatial_gaps.checks import Array

MODELS = ("damped", "drift", "line")
# A trend is not told from fewer figures; the damped trend starts from so many.
FEWEST = 5
# With fewer one-step errors the parameters of the damped trend are not chosen, but taken as given.
ENOUGH = 30


@dataclass(frozen=True)
class Damping:
    """Parameters of the damped trend: weight of the last error in level and in trend, and how much of
    the trend is left after a year (`phi`).
    """

    level: float
    trend: float
    phi: float


USUAL = Damping(0.8, 0.1, 0.85)
GRID = tuple(
    Damping(level, trend, phi)
    for level in (0.3, 0.5, 0.7, 0.9, 1.0)
    for trend in (0.0, 0.05, 0.1, 0.2, 0.4)
    for phi in (0.7, 0.8, 0.9, 0.95)
)


def first_figures(z: Array, count: int = FEWEST) -> np.ndarray:
    """Return where each row has its first `count` figures."""
    known = ~np.isnan(z)
    return known & (np.cumsum(known, axis=-1) <= count)


def fit_line(z: Array, years: Array, used: np.ndarray) -> tuple[Array, Array, Array]:
    """Return the middle year, mean and slope of the least-squares line of each row.

    Parameters
    ----------
    z : ndarray, shape (m, periods)
        Figures, nan where there is none.
    years : ndarray, shape (periods,)
        When.
    used : ndarray of bool, shape (m, periods)
        Which figures count; the slope of a row with one is 0.
    """
    count = np.maximum(used.sum(axis=1), 1)
    figures = np.where(used, z, 0.0)
    middle = (used * years).sum(axis=1) / count
    mean = figures.sum(axis=1) / count
    off = used * (years - middle[:, None])
    spread = (off**2).sum(axis=1)
    slope = (off * figures).sum(axis=1) / np.where(spread > 0, spread, 1.0)
    return middle, mean, slope


def ends_of(z: Array, years: Array) -> tuple[Array, Array, Array, Array]:
    """Return first and last year with a figure, and these figures, of each row (nan without any)."""
    known = ~np.isnan(z)
    rows = np.arange(len(z))
    start, stop = known.argmax(axis=1), known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    return years[start], years[stop], z[rows, start], z[rows, stop]


def forecast(z: Array, years: Array, ahead: Array, model: str, damping: Damping = USUAL) -> Array:
    """Return forecasts so many years after the last column.

    Parameters
    ----------
    z : ndarray, shape (m, periods)
        Figures on the working scale, nan where there is none.
    years : ndarray, shape (periods,)
        When each period starts, ascending.
    ahead : ndarray, shape (k,)
        Years after the last of them.
    model : {"damped", "drift", "line"}
        "drift": the last figure, and on by the mean annual change from the first to the last.
        "line": the least-squares line through all figures. "damped": see Notes.
    damping : Damping
        Parameters of the damped trend.

    Returns
    -------
    ndarray, shape (m, k)
        On the working scale; nan for rows without a figure.

    Notes
    -----
    Damped trend in its error-correction form, d years after the figure before, with
    ``S(d) = phi + ... + phi^d = phi (1 - phi^d) / (1 - phi)``:
    ``e = z - (l + S(d) b)``, ``l <- l + S(d) b + level e``, ``b <- phi^d b + trend e / d``; the
    forecast is ``l + S(h) b``. Level and trend start on the least-squares line through the first five
    figures, at the first of them.

    References
    ----------
    Gardner & McKenzie (1985), Forecasting trends in time series, Management Science 31(10).

    Examples
    --------
    From 10 to 14 in four years is 1 a year:

    >>> forecast(np.array([[10.0, np.nan, 14.0]]), np.array([2015.0, 2017, 2019]), np.array([3.0]), "drift")
    array([[17.]])
    """
    if model == "drift":
        start, stop, first, last = ends_of(z, years)
        span = np.where(stop > start, stop - start, 1.0)
        since = years[-1] - stop
        return np.asarray(
            last[:, None] + ((last - first) / span)[:, None] * (since[:, None] + ahead)
        )
    if model == "line":
        known = ~np.isnan(z)
        middle, mean, slope = fit_line(z, years, known)
        found = mean[:, None] + slope[:, None] * (years[-1] + ahead - middle[:, None])
        return np.where(known.any(axis=1, keepdims=True), found, np.nan)
    level, slope, stop, _ = damp(z, years, (damping,))
    steps = (years[-1] - stop)[:, None] + ahead
    return np.asarray(level[0][:, None] + slope[0][:, None] * damped_years(damping.phi, steps))


def damped_years(phi: Array | float, years: Array | float) -> Array:
    """Return ``phi + phi^2 + ... + phi^d``: what a damped trend adds in d years, in years of it."""
    phi, years = np.asarray(phi, float), np.asarray(years, float)
    near = np.where(phi < 1, phi, 0.5)
    return np.where(phi < 1, near * (1 - near**years) / (1 - near), years)


def damp(
    z: Array, years: Array, settings: tuple[Damping, ...]
) -> tuple[Array, Array, Array, Array]:
    """Run the damped trend over all rows under each of the settings.

    Returns
    -------
    level, slope : ndarray, shape (settings, m)
        At the last figure of each row; nan for rows without one.
    stop : ndarray, shape (m,)
        The year of that.
    errors : ndarray, shape (periods, settings, m)
        One-step errors; nan where a row has no figure.
    """
    gain, push, phi = (
        np.array([[getattr(each, name)] for each in settings]) for name in ("level", "trend", "phi")
    )
    known = ~np.isnan(z)
    middle, mean, slope = fit_line(z, years, first_figures(z))
    at = ends_of(z, years)[0]
    shape = (len(settings), len(z))
    level = np.broadcast_to(mean + slope * (at - middle), shape).copy()
    trend = np.broadcast_to(slope, shape).copy()
    level[:, ~known.any(axis=1)] = np.nan
    errors = np.full((len(years), *shape), np.nan)
    for t in range(len(years)):
        begun = known[:, t] & (years[t] >= at)
        step = np.where(years[t] > at, years[t] - at, 1.0)
        ahead = np.where(years[t] > at, damped_years(phi, step), 0.0)
        told = level + ahead * trend
        error = np.where(begun, z[:, t] - told, 0.0)
        kept = np.where(years[t] > at, phi**step, 1.0)
        level = np.where(begun, told + gain * error, level)
        trend = np.where(begun, kept * trend + push * error / step, trend)
        errors[t] = np.where(begun, error, np.nan)
        at = np.where(begun, years[t], at)
    return level, trend, at, errors


def choose_damping(z: Array, years: Array) -> list[Damping]:
    """Return for every period the parameters that had done best by then, over all areas.

    Best is the least mean absolute one-step error after the first five figures of each area. With
    fewer than 30 such errors `USUAL` is taken: nothing is fitted to a handful of figures.
    """
    errors = damp(z, years, GRID)[-1]
    known = ~np.isnan(errors) & ~first_figures(z).T[:, None]
    total = np.cumsum(np.where(known, np.abs(errors), 0.0).sum(axis=2), axis=0)
    count = np.cumsum(known[:, 0].sum(axis=1))
    best = total.argmin(axis=1)
    return [GRID[b] if n >= ENOUGH else USUAL for b, n in zip(best, count, strict=True)]


def own_errors(z: Array, years: Array, model: str, damping: Damping = USUAL) -> tuple[Array, Array]:
    """Return how far each row is off its own model within its figures, and the degrees of freedom.

    Steps of the drift about their mean and one-step errors of the damped trend count per square root
    of the years between two figures; those of the line are what lies off it. Two degrees of freedom
    go to the start and the trend.

    Returns
    -------
    spread : ndarray, shape (m,)
        Root of the sum of squares over the degrees of freedom; nan for fewer than three figures.
    freedom : ndarray, shape (m,)
        Figures less two.
    """
    known = ~np.isnan(z)
    freedom = known.sum(axis=1) - 2.0
    if model == "line":
        middle, mean, slope = fit_line(z, years, known)
        off = z - mean[:, None] - slope[:, None] * (years - middle[:, None])
    elif model == "damped":
        off = damp(z, years, (damping,))[-1][:, 0].T / np.sqrt(_steps(known, years))
    else:
        start, stop, first, last = ends_of(z, years)
        drift = (last - first) / np.where(stop > start, stop - start, 1.0)
        steps = _steps(known, years)
        before = np.full(len(z), np.nan)
        off = np.full(z.shape, np.nan)
        for t in range(len(years)):
            off[:, t] = (z[:, t] - before - drift * steps[:, t]) / np.sqrt(steps[:, t])
            before = np.where(known[:, t], z[:, t], before)
    squares = np.where(np.isnan(off), 0.0, off**2).sum(axis=1)
    return np.sqrt(np.where(freedom > 0, squares / np.maximum(freedom, 1), np.nan)), freedom


def _steps(known: np.ndarray, years: Array) -> Array:
    """Return the years since the figure before, 1 where there is none."""
    last = np.maximum.accumulate(np.where(known, years, -np.inf), axis=1)
    before = np.column_stack([np.full(len(known), -np.inf), last[:, :-1]])
    return np.where(np.isfinite(before), years - before, 1.0)
