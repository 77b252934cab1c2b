"""Is a gap closing? The estimates and their errors, on plain arrays of one panel or of many at once.

Places that were chosen because they looked best had, on average, luck in that year: later figures
fall back towards the mean although nothing has changed. What their first figure foretells of that is
known from the standard errors, and is taken out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from spatial_gaps.checks import Array

# Errors that go wholly together cannot be told from true differences.
MOST_CORRELATION = 0.999


class Moved(NamedTuple):
    """A change of true figures, what noise alone would have made of the published ones, and its error."""

    value: Array
    regression: Array
    se: Array


def membership(y: Array, n: Array, share: float) -> Array:
    """Return how far each area belongs to the highest ones that hold a share of the weight.

    Parameters
    ----------
    y, n : ndarray, shape (m,)
        Figures, and shares of the weight that sum to 1.
    share : float
        Such as a tenth. The area on the boundary is split; areas with the same figure are split
        alike.

    Returns
    -------
    ndarray, shape (m,)
        0 to 1; ``sum n * membership`` is `share`.

    Examples
    --------
    >>> membership(np.array([1.0, 5.0, 3.0, 3.0]), np.full(4, 0.25), 0.5).tolist()
    [0.0, 1.0, 0.5, 0.5]
    """
    _, place = np.unique(-y, return_inverse=True)
    held = np.bincount(place, n)
    before = np.cumsum(held) - held
    return np.asarray(np.clip((share - before) / held, 0.0, 1.0)[place])


def contrast(member: Array, n: Array) -> Array:
    """Return factors that give the mean of a group minus that of all others, by weight.

    Parameters
    ----------
    member, n : ndarray, shape (..., m)
        As `membership` returns it, and shares of the weight.
    """
    return group_share(member, n) - group_share(1 - member, n)


def group_share(member: Array, n: Array) -> Array:
    """Return factors that give the mean of a group."""
    weight = member * n
    return np.asarray(weight / weight.sum(-1, keepdims=True))


def true_variance(x: Array, s: Array, n: Array) -> tuple[Array, Array]:
    """Return the variance of true figures over areas, and what each area adds to it.

    ``sum_i n_i [(x_i - mu)^2 - (1 - n_i) s_i^2]``: noise is taken out.

    Parameters
    ----------
    x, s, n : ndarray, shape (..., m)
        Figures, standard errors, shares of the weight.

    Returns
    -------
    variance : ndarray, shape (...)
        Below 0 where noise explains more than all.
    own : ndarray, shape (..., m)
        The terms in brackets.
    """
    mean = (n * x).sum(-1, keepdims=True)
    own = (x - mean) ** 2 - (1 - n) * s**2
    return (n * own).sum(-1), own


def narrowing(x: Array, s: Array, n: Array) -> tuple[Array, Array]:
    """Return how the variance of true figures has changed from the first to the last period.

    Parameters
    ----------
    x : ndarray, shape (..., m, periods)
        Figures; the first period is the base.
    s, n : ndarray, shape (m, periods)
        Standard errors and shares of the weight.

    Returns
    -------
    change, se : ndarray, shape (...)
        The error is that over areas, each paired with itself: it holds for errors that go together,
        and for true figures that move about while their distribution stays.
    """
    first, before = true_variance(x[..., 0], s[:, 0], n[:, 0])
    last, after = true_variance(x[..., -1], s[:, -1], n[:, -1])
    own = n[:, -1] * (after - last[..., None]) - n[:, 0] * (before - first[..., None])
    return last - first, np.sqrt((own**2).sum(-1))


def moved(x: Array, s: Array, rho: Array, n: Array, by: Array, times: Array) -> Moved:
    """Estimate a combination of true figures of areas that were chosen by their base figures.

    ``sum_i by_i sum_t times_t theta_it``, where the figures are ``x_it = theta_it + e_it`` and the
    base error to be expected of a base figure is ``s_i0^2 / (tau^2 + s_i0^2) (x_i0 - m)``; of it,
    ``rho_t s_it / s_i0`` is still there in period t.

    Parameters
    ----------
    x : ndarray, shape (..., m, periods)
        Figures, the base first.
    s : ndarray, shape (m, periods)
        Standard errors.
    rho : ndarray, shape (..., periods, periods)
        Correlations of one area's errors.
    n : ndarray, shape (m,)
        Shares of the weight in the base period.
    by : ndarray, shape (..., m)
        Factors of the areas; may depend on base figures only.
    times : ndarray, shape (periods,)
        Factors of the periods, such as (-1, 1).

    Returns
    -------
    Moved
        The value, what noise adds to the published combination, and the standard error under no
        true change of one area against another, with that of the spread and mean of true figures.

    References
    ----------
    Davis (1976), The effect of regression to the mean in epidemiologic and clinical studies.
    Carroll et al. (2006), Measurement error in nonlinear models, chapter 2.
    """
    base, error = x[..., 0], s[:, 0]
    variance, own = true_variance(base, error, n)
    least = 1e-9 * np.maximum((n * error**2).sum(-1), np.finfo(float).tiny)
    tau = np.maximum(variance, least)
    tau_se = np.sqrt(((n * (own - variance[..., None])) ** 2).sum(-1))
    centre = (n * base).sum(-1, keepdims=True)
    shared = np.minimum(rho, MOST_CORRELATION)[..., None, 0, :] * s * error[:, None]
    shared[..., 0] = error**2

    def lead(square: Array) -> Array:
        """Return the expected error of the combination of each area, per unit from the centre."""
        return np.asarray((times * shared).sum(-1) / (square[..., None] + error**2))

    def expected(square: Array) -> Array:
        return np.asarray((by * lead(square) * (base - centre)).sum(-1))

    regression = expected(tau)
    step = 0.05 * tau
    slope = (expected(tau + step) - expected(tau - step)) / (2 * step)
    mean_se = np.sqrt((n**2 * (tau[..., None] + error**2)).sum(-1))
    own_variance = _given_base(s, rho, shared, tau, times)
    square = (by**2 * own_variance).sum(-1) + (slope * tau_se) ** 2
    square = square + ((by * lead(tau)).sum(-1) * mean_se) ** 2
    value = (by * (times * x).sum(-1)).sum(-1) - regression
    return Moved(value, regression, np.sqrt(square))


def _given_base(s: Array, rho: Array, shared: Array, tau: Array, times: Array) -> Array:
    """Return the variance of each area's combination, given its base figure, with theta fixed in time."""
    late = times[1:]
    total = tau[..., None] + s[:, 0] ** 2
    own = (late * s[:, 1:])[..., None, :] @ rho[..., None, 1:, 1:] @ (late * s[:, 1:])[..., None]
    common = late.sum() ** 2 * tau[..., None] + own[..., 0, 0]
    known = late.sum() * tau[..., None] + (late * shared[..., 1:]).sum(-1)
    return np.asarray(np.maximum(common - known**2 / total, 0.0))


def members_of(x: Array, n: Array, share: float) -> tuple[Array, Array]:
    """Return who belongs to the best and to the worst share of the weight, shape (..., m)."""
    rows = x.reshape(-1, x.shape[-1])
    ends = [[membership(sign * row, n, share) for row in rows] for sign in (1, -1)]
    top, bottom = np.array(ends).reshape(2, *x.shape)
    return top, bottom


def closing_tests(
    x: Array, s: Array, n: Array, rho: Array, members: tuple[Array, Array], years: Array
) -> dict[str, tuple[Array, Array]]:
    """Return everything that says whether, and how, a gap has closed: estimate and standard error.

    Parameters
    ----------
    x : ndarray, shape (..., m, periods)
        Figures, higher is better: base, last, and maybe a period before the base.
    s, n : ndarray, shape (m, periods)
        Standard errors and shares of the weight.
    rho : ndarray, shape (..., periods, periods)
        Correlations of one area's errors.
    members : tuple of ndarray, shape (..., m)
        Who belongs to the top and to the bottom in the base period.
    years : ndarray, shape (periods,)
        When the periods start.

    Returns
    -------
    dict
        "same places" (change of the gap between the fixed top and all others), "distribution" (of
        the variance), "bottom" (of the gap between the fixed bottom and all others, so that less is
        better here too), "top" and "rest" (change of their means) and, with an earlier period,
        "trend" (growth of the top a year since the base, less that before).
    """
    top, bottom = members
    ends, later = x[..., :2], np.array([-1.0, 1.0])
    base, both = n[:, 0], (s[:, :2], rho[..., :2, :2])

    def growth(by: Array) -> tuple[Array, Array]:
        found = moved(ends, *both, base, by, later)
        return found.value, found.se

    def mean(factors: Callable[[Array, Array], Array], member: Array) -> Array:
        return (factors(member, base) + factors(member, n[:, 1])) / 2

    found = {
        "same places": growth(mean(contrast, top)),
        "distribution": narrowing(ends, s[:, :2], n[:, :2]),
        "bottom": growth(-mean(contrast, bottom)),
        "top": growth(mean(group_share, top)),
        "rest": growth(mean(group_share, 1 - top)),
    }
    if x.shape[-1] > 2:
        after, before = 1 / (years[1] - years[0]), 1 / (years[0] - years[2])
        times = np.array([-after - before, after, before])
        trend = moved(x, s, rho, base, group_share(top, base), times)
        found["trend"] = trend.value, trend.se
    return found
