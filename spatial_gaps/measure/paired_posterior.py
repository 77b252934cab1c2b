"""True values of two measures of the same areas at once: shrunk together, as they go together.

Shrinking each side by itself forgets that places high in one are mostly high in the other too: a
place that seems high in one and low in the other is then given too good a chance of being both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spatial_gaps.checks import Array
from spatial_gaps.measure.uncertainty import draw_tau

CELLS = 1_000_000
# Correlations of the true values that are considered, all equally likely beforehand.
GRID = np.linspace(-0.98, 0.98, 50)
# Beyond this many standard deviations a normal chance is 0 or 1 in floating point.
FAR = 40.0
FLOOR = 1e-12


@dataclass(frozen=True)
class PairedMoments:
    """Normal moments of both true values of every area in each draw of what the areas share.

    Attributes
    ----------
    one, other : ndarray, shape (draws, m)
        Posterior means.
    one_sd, other_sd : ndarray, shape (draws, m)
        Posterior standard deviations; 0 where a figure is exact.
    correlation : ndarray, shape (draws, m)
        Of the two true values of an area, given its figures.
    between : ndarray, shape (draws,)
        Correlation of the true values over areas.
    """

    one: Array
    other: Array
    one_sd: Array
    other_sd: Array
    correlation: Array
    between: Array

    def draw(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """Draw both true values of every area, each of shape (draws, m)."""
        first, second = rng.standard_normal((2, *self.one.shape))
        rest = np.sqrt(1 - self.correlation**2)
        second = self.correlation * first + rest * second
        return self.one + self.one_sd * first, self.other + self.other_sd * second


def paired_moments(
    y: Array, se: Array, error_correlation: float, draws: int, rng: np.random.Generator
) -> PairedMoments:
    """Draw the posterior moments of two true values per area.

    Model: ``y_i ~ N(theta_i, S_i)``, ``theta_i ~ N(m, T)``, both of two dimensions; S_i has the
    standard errors and `error_correlation`, T the spreads over areas and their correlation. Flat
    priors on m, on both spreads and on the correlation. Each spread is drawn from its posterior given
    its own side (`uncertainty.draw_tau`), the correlation given both spreads and both sides, m given
    all of these; theta_i is then normal with the moments returned.

    Parameters
    ----------
    y, se : ndarray, shape (2, m)
        Published values and standard errors of both sides, complete; 0 where a side is exact.
    error_correlation : float
        Correlation of an area's two errors, above -1 and below 1.
    draws : int
        How many draws of what the areas share.
    rng : Generator
        Source of randomness.

    Returns
    -------
    PairedMoments
        See there.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., sections 5.4 and 15.4.
    """
    if not se.any():
        exact, none = np.tile(y[:, None], (1, draws, 1)), np.zeros((draws, y.shape[1]))
        return PairedMoments(exact[0], exact[1], none, none, none, np.full(draws, np.nan))
    # In units of each side's spread, from its middle, so that nothing cancels.
    middle = y.mean(axis=1, keepdims=True)
    unit = y.std(axis=1, keepdims=True)
    unit[unit == 0] = 1.0
    z, error = (y - middle) / unit, se / unit
    tau = np.stack([draw_tau(z[side], error[side], draws, rng) for side in (0, 1)])
    between = _draw_between(z, error, tau, error_correlation, rng)
    centre, inverse = _centres(z, error, tau, between, error_correlation)
    root = np.linalg.cholesky(inverse)
    centre = centre + np.einsum("dij,dj->di", root, rng.standard_normal((draws, 2)))
    means, deviations, correlation = _moments(z, error, tau, between, centre, error_correlation)
    means = middle[:, None] + unit[:, None] * means
    deviations = unit[:, None] * deviations
    return PairedMoments(means[0], means[1], deviations[0], deviations[1], correlation, between)


def _precisions(
    error: Array, tau: Array, between: Array, rho: float
) -> tuple[Array, Array, Array, Array]:
    """Return the entries (11, 22, 12) and minus the log determinant of each figure's precision.

    `tau` has shape (2, d), `between` any shape that starts with d; areas come last.
    """
    spread = [side.reshape(-1, *[1] * between.ndim) for side in tau]
    first = spread[0] ** 2 + error[0] ** 2 + FLOOR
    second = spread[1] ** 2 + error[1] ** 2 + FLOOR
    both = between[..., None] * spread[0] * spread[1] + rho * error[0] * error[1]
    determinant = first * second - both**2
    return second / determinant, first / determinant, -both / determinant, -np.log(determinant)


def _draw_between(
    z: Array, error: Array, tau: Array, rho: float, rng: np.random.Generator
) -> Array:
    """Draw the correlation over areas on a grid, from its posterior given both spreads."""
    draws = tau.shape[1]
    steps = np.empty(draws, int)
    level = rng.random(draws)
    step = max(1, CELLS // (len(GRID) * z.shape[1]))
    for start in range(0, draws, step):
        here = slice(start, start + step)
        tried = np.broadcast_to(GRID, (tau[:, here].shape[1], len(GRID)))
        a, b, c, logs = _precisions(error, tau[:, here], tried, rho)
        sums = a.sum(-1), b.sum(-1), c.sum(-1)
        pull = (a * z[0] + c * z[1]).sum(-1), (c * z[0] + b * z[1]).sum(-1)
        determinant = sums[0] * sums[1] - sums[2] ** 2
        fit = (a * z[0] ** 2 + b * z[1] ** 2 + 2 * c * z[0] * z[1]).sum(-1)
        fit -= (
            sums[1] * pull[0] ** 2 + sums[0] * pull[1] ** 2 - 2 * sums[2] * pull[0] * pull[1]
        ) / determinant
        chance = 0.5 * (logs.sum(-1) - np.log(determinant) - fit)
        mass = np.cumsum(np.exp(chance - chance.max(axis=1, keepdims=True)), axis=1)
        steps[here] = (mass < level[here, None] * mass[:, -1:]).sum(axis=1)
    return np.asarray(GRID[steps])


def _centres(z: Array, error: Array, tau: Array, between: Array, rho: float) -> tuple[Array, Array]:
    """Return the mean of the true values over areas, (draws, 2), and its covariance."""
    a, b, c, _ = _precisions(error, tau, between, rho)
    total = np.array([[a.sum(-1), c.sum(-1)], [c.sum(-1), b.sum(-1)]]).transpose(2, 0, 1)
    pull = np.stack([(a * z[0] + c * z[1]).sum(-1), (c * z[0] + b * z[1]).sum(-1)], axis=-1)
    inverse = np.linalg.inv(total)
    return np.einsum("dij,dj->di", inverse, pull), inverse


def _moments(
    z: Array, error: Array, tau: Array, between: Array, centre: Array, rho: float
) -> tuple[Array, Array, Array]:
    """Return means and deviations, (2, draws, m), and correlations of the true values."""
    a, b, c, _ = _precisions(error, tau, between, rho)
    away = z[:, None] - centre.T[:, :, None]
    # What the published errors have of the distance from the centre: S V^-1 (y - centre).
    scaled = a * away[0] + c * away[1], c * away[0] + b * away[1]
    cross = rho * error[0] * error[1]
    means = np.stack([
        z[0] - error[0] ** 2 * scaled[0] - cross * scaled[1],
        z[1] - cross * scaled[0] - error[1] ** 2 * scaled[1],
    ])  # fmt: skip
    # S V^-1 T: exactly 0 where a side has no error, and nothing cancels.
    spread, joint = tau[:, :, None] ** 2, (between * tau[0] * tau[1])[:, None]
    to_one = error[0] ** 2 * a + cross * c, error[0] ** 2 * c + cross * b
    to_other = cross * a + error[1] ** 2 * c, cross * c + error[1] ** 2 * b
    one = to_one[0] * spread[0] + to_one[1] * joint
    other = to_other[0] * joint + to_other[1] * spread[1]
    both = to_one[0] * joint + to_one[1] * spread[1]
    deviations = np.sqrt(np.maximum(np.stack([one, other]), 0.0))
    product = deviations[0] * deviations[1]
    known = product > 0
    correlation = np.where(known, both / np.where(known, product, 1.0), 0.0)
    return means, deviations, np.clip(correlation, -0.9999, 0.9999)


def both_below(first: Array, second: Array, correlation: Array) -> Array:
    """Return P(X <= first and Y <= second) of two standard normals with this correlation.

    ``(N(h) + N(k)) / 2 - T(h, a) - T(k, b) - d``, T being Owen's function, ``a = (k / h - r) / s``,
    ``b = (h / k - r) / s``, ``s = sqrt(1 - r^2)``, d one half where h and k differ in sign.

    Parameters
    ----------
    first, second : ndarray
        Limits h and k; infinite ones are allowed.
    correlation : ndarray
        r, between -1 and 1.

    Returns
    -------
    ndarray
        Chances, of the shape of the three together.

    References
    ----------
    Owen (1956), Tables for computing bivariate normal probabilities.

    Examples
    --------
    A quarter if independent, a third if r = 1/2:

    >>> both_below(np.zeros(2), np.zeros(2), np.array([0.0, 0.5])).round(6).tolist()
    [0.25, 0.333333]
    """
    from scipy.special import ndtr, owens_t

    # Owen's function is wanted at 0 too, where k / h has to keep its limit.
    h, k = (np.clip(np.where(side == 0, 1e-300, side), -FAR, FAR) for side in (first, second))
    rest = np.sqrt(1 - correlation**2)
    with np.errstate(over="ignore"):
        slopes = (k / h - correlation) / rest, (h / k - correlation) / rest
    chance = (ndtr(h) + ndtr(k)) / 2 - owens_t(h, slopes[0]) - owens_t(k, slopes[1])
    chance = chance - np.where((h < 0) != (k < 0), 0.5, 0.0)
    return np.asarray(np.clip(chance, 0.0, np.minimum(ndtr(h), ndtr(k))))
