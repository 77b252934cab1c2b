"""How far off forecasts are, from how far off they were: intervals without a model of the errors.

Every past period serves as an origin: what the model would have said then, against what came. The
errors of all areas are pooled, because one area has too few. Three things keep such intervals
from being too narrow: errors that all areas share in a year are few, however many areas there are;
horizons that the past does not reach need wider ones; and no forecast is surer than a figure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spatial_gaps.checks import Array
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.targets.forecasting import (
    FEWEST,
    USUAL,
    Damping,
    choose_damping,
    ends_of,
    forecast,
    own_errors,
)

LEVEL = 0.95
# Fewer pooled errors at the shortest horizon are none; a longer one is tested if its origins span so
# many windows of its length.
FEWEST_ERRORS, WINDOWS = 20, 2
# An area's own volatility counts as much as that of all areas from so many errors of its own, and one
# error counts for no more than so many times the mean square of its year.
PRIOR, MOST = 5.0, 25.0
# Two horizons are the same if they are this close, in years.
SAME = 1e-3


@dataclass(frozen=True)
class Past:
    """What a model would have said in the past, against what came.

    Attributes
    ----------
    model : str
        One of `forecasting.MODELS`.
    years : ndarray, shape (periods,)
        When.
    errors : ndarray, shape (periods, periods, m)
        By origin, target period and area, on the working scale; nan where there is none.
    volatility : ndarray, shape (periods, m)
        How far an area's errors usually reach, relative to those of all areas, as known at each
        origin.
    damping : Damping
        What the damped trend goes on with.
    spread, freedom : ndarray, shape (m,)
        Each area's own errors within its figures (`own_errors`).
    span : ndarray, shape (m,)
        Years from an area's first figure to its last.
    """

    model: str
    years: Array
    errors: Array
    volatility: Array
    damping: Damping
    spread: Array
    freedom: Array
    span: Array

    @property
    def pooled(self) -> bool:
        """Whether there are errors enough of all areas; else each has its own alone."""
        tested = _tested(self.errors, self.years)
        shortest = tested[min(tested)] if tested else np.empty(0)
        return bool((~np.isnan(shortest)).sum() >= FEWEST_ERRORS)


@dataclass(frozen=True)
class Misses:
    """How far off each area may be at one horizon.

    Attributes
    ----------
    half : ndarray, shape (m,)
        Half the width of the 95 % interval; nan where nothing is known.
    scores : ndarray, shape (n,)
        Past errors in units of the half width, sorted; empty where Student's t serves.
    freedom : ndarray, shape (m,)
        Degrees of freedom of that.
    """

    half: Array
    scores: Array
    freedom: Array

    def above(self, distance: Array) -> Array:
        """Return the chance to come out above a point that lies `distance` below the forecast.

        Errors to either side are taken as alike: with few origins a past bias is no guide.
        """
        from scipy.special import stdtr, stdtrit

        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.abs(distance) / self.half
        reach = np.where((self.half == 0) & (distance == 0), 0.0, reach)
        if len(self.scores):
            inside = np.searchsorted(self.scores, reach, side="right") / (len(self.scores) + 1)
        else:
            freedom = np.maximum(self.freedom, 1.0)
            inside = 2 * stdtr(freedom, reach * stdtrit(freedom, 0.5 + LEVEL / 2)) - 1
        inside = np.where(np.isnan(self.half + distance), np.nan, inside)
        return np.asarray(0.5 + 0.5 * np.sign(distance) * inside)


def look_back(z: Array, years: Array, model: str) -> Past:
    """Forecast every later period from every past one with what was known then.

    Parameters
    ----------
    z : ndarray, shape (m, periods)
        Figures on the working scale, nan where there is none.
    years : ndarray, shape (periods,)
        When each period starts.
    model : {"damped", "drift", "line"}
        See `forecast`.

    Returns
    -------
    Past
        Areas count at an origin where they have a figure, and five by then.
    """
    periods = len(years)
    dampings = choose_damping(z, years) if model == "damped" else [USUAL] * periods
    known = ~np.isnan(z)
    ready = known & (np.cumsum(known, axis=1) >= FEWEST)
    errors = np.full((periods, periods, len(z)), np.nan)
    for origin in range(periods - 1):
        here = ready[:, origin]
        if here.any():
            told = forecast(
                z[here, : origin + 1],
                years[: origin + 1],
                years[origin + 1 :] - years[origin],
                model,
                dampings[origin],
            )
            errors[origin, origin + 1 :, here] = z[here, origin + 1 :] - told
    spread, freedom = own_errors(z, years, model, dampings[-1])
    start, stop, _, _ = ends_of(z, years)
    volatility = _volatility(errors, years)
    return Past(model, years, errors, volatility, dampings[-1], spread, freedom, stop - start)


def misses(past: Past, horizon: float, se: Array | None = None, *, whole: bool = False) -> Misses:
    """Return how far off forecasts may be so many years ahead.

    Parameters
    ----------
    past : Past
        Errors known today.
    horizon : float
        Years from the last figure.
    se : ndarray, shape (m,), optional
        Sampling errors on the working scale: no half width is under 1.96 of them.
    whole : bool
        The answer is for the whole that the areas are parts of: its errors are what they share.

    Returns
    -------
    Misses
        See Notes.

    Notes
    -----
    Errors of an area are divided by its volatility as known at the origin. Of the horizons
    ``g <= h`` that k origins have tested, ``k - 1 >= 2 g``, the longest counts (else the shortest
    there is). The 95 % quantile of the n sizes, taken at ``ceil(.95 (n + 1)) / n``, is multiplied

    * by ``sqrt(1 - c + c (t / 1.96)^2)``, with c the share of their mean square that the areas of one
      origin have in common (1 for the whole), and t Student's for ``1 + (k - 1) / g`` degrees of
      freedom: so many windows of g years do not overlap;
    * by ``sqrt((h + h^2 / T) / (g + g^2 / T))``, the growth of the error of a random walk whose drift
      is read off T years, which is at least ``sqrt(h / g)``.

    With fewer than 20 errors at the shortest horizon, an area has its own alone: Student's t with
    n - 2 degrees of freedom times ``spread sqrt(h + h^2 / T)``.

    The straight line always has the interval that a reader takes from a chart: Student's t times
    the scatter about the line, as wide at any horizon. It is shown, and never rates.

    References
    ----------
    Vovk, Gammerman & Shafer (2005), Algorithmic Learning in a Random World. Lei et al. (2018),
    Distribution-free predictive inference for regression, JASA 113, section 5.2 (locally weighted).
    """
    if past.model == "line":
        half, scores = scatter(past), np.empty(0)
    elif past.pooled:
        widest, scores = _pooled(past, horizon, whole)
        half = widest * past.volatility[-1]
    else:
        half, scores = own_half(past, horizon), np.empty(0)
    if se is not None and past.model != "line":
        half = np.fmax(half, np.where(np.isnan(half), np.nan, Z95 * se))
    return Misses(half, scores, past.freedom)


def scatter(past: Past) -> Array:
    """Return the half width that errors within the figures give, Student's t times their spread."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(np.maximum(past.freedom, 1.0), 0.5 + LEVEL / 2) * past.spread)


def own_half(past: Past, horizon: float) -> Array:
    """Return the half width of a place that has its own errors alone, as it grows with the years."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(scatter(past) * np.sqrt(horizon + horizon**2 / past.span))


def _tested(errors: Array, years: Array) -> dict[float, Array]:
    """Return by horizon the errors of each origin, shape (origins, m)."""
    some = (~np.isnan(errors)).any(axis=2)
    origin, target = np.nonzero(some)
    ahead = np.round(years[target] - years[origin], 3)
    return {
        float(each): errors[origin[ahead == each], target[ahead == each]]
        for each in np.unique(ahead)
    }


def _volatility(errors: Array, years: Array) -> Array:
    """Return at every origin the root of each area's mean square relative to its year's.

    The errors are those of the shortest horizon, with `PRIOR` errors of the usual size beside them.
    """
    found = np.ones((len(years), errors.shape[2]))
    step = np.diff(years).min() if len(years) > 1 else 1.0
    total, count = np.zeros(errors.shape[2]), np.zeros(errors.shape[2])
    for target in range(len(years)):
        for origin in range(target):
            one = errors[origin, target]
            some = ~np.isnan(one)
            if abs(years[target] - years[origin] - step) > SAME or some.sum() < 2:
                continue
            mean = np.mean(one[some] ** 2)
            size = np.minimum(one**2 / mean, MOST) if mean > 0 else np.where(some, 1.0, np.nan)
            total += np.where(some, size, 0.0)
            count += some
        found[target] = np.sqrt((PRIOR + total) / (PRIOR + count))
    return found


def _pooled(past: Past, horizon: float, whole: bool) -> tuple[float, Array]:
    """Return the half width for an area of usual volatility, and errors in units of it."""
    from scipy.special import stdtrit

    span = float(past.years[-1] - past.years[0]) if len(past.years) > 1 else 1.0
    widest, kept = 0.0, np.empty(0)
    with np.errstate(invalid="ignore"):
        tested = _tested(past.errors / past.volatility[:, None], past.years)
    for place, (ahead, found) in enumerate(tested.items()):
        sizes = np.sort(np.abs(found[~np.isnan(found)]))
        if place and (ahead > horizon + SAME or len(found) - 1 < WINDOWS * ahead):
            continue
        square = float(np.mean(sizes**2))
        shared = float(np.mean(np.nanmean(found, axis=1) ** 2)) / square if square > 0 else 0.0
        shared = 1.0 if whole else shared
        few = stdtrit(1 + (len(found) - 1) / ahead, 0.5 + LEVEL / 2) / Z95
        last = min(int(np.ceil(LEVEL * (len(sizes) + 1))), len(sizes)) - 1
        growth = max((horizon + horizon**2 / span) / (ahead + ahead**2 / span), 1.0)
        half = sizes[last] * np.sqrt((1 - shared + shared * few**2) * growth)
        widest, kept = float(half), sizes / sizes[last] if sizes[last] > 0 else sizes
    return widest, kept
