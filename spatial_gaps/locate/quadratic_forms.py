"""How often a weighted sum of chi-square terms is positive: exactly, and by saddlepoint.

A ratio of quadratic forms of normal values, such as Moran's I, exceeds c where such a sum, with the
eigenvalues less c as its weights, is positive.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from spatial_gaps.checks import Array

# Of the double exponential rule; half of it changes no p by more than 1e-11 of itself.
STEP = 0.025


def exceed_exactly(weights: Array, counts: Array) -> Array:
    """Return ``P(sum_k w_k X_k >= 0)``, X_k independent chi-square with `counts` degrees of freedom.

    Imhof's integral of the characteristic function, taken not along the axis but along the parallel
    through the saddlepoint, so that a small probability is as exact, relative to itself, as a large
    one. Where one term stands alone on its side of 0, the integral over all others is elementary:
    with ``P(X_1 > x) = 2 / pi int_0^(pi / 2) exp(-x / (2 sin^2 t)) dt`` the probability is
    ``2 / pi int_0^(pi / 2) prod_k (1 + |w_k| / (w_1 sin^2 t))^(-counts_k / 2) dt``.

    Parameters
    ----------
    weights : ndarray, shape (m, k)
        One sum per row; zeros count for nothing.
    counts : ndarray, shape (k,)
        Degrees of freedom of each term.

    Returns
    -------
    ndarray, shape (m,)
        In [0, 1]; 0 and 1 where all weights have one sign, 1 where all are zero.

    References
    ----------
    Imhof (1961), Computing the distribution of quadratic forms in normal variables; Rice (1980),
    Distribution of quadratic forms in normal random variables: evaluation by numerical integration;
    Craig (1991), A new, simple and exact result for calculating the probability of error.

    Examples
    --------
    >>> exceed_exactly(np.array([[1.0, -1.0], [1.0, 2.0]]), np.ones(2)).round(9).tolist()
    [0.5, 1.0]
    """
    return _where_open(weights, counts, _craig_or_line)


def exceed_by_saddlepoint(weights: Array, counts: Array) -> Array:
    """Approximate ``P(sum_k w_k X_k >= 0)`` by the formula of Lugannani and Rice.

    ``P = 1 - Phi(w) + phi(w) (1/v - 1/w)``, with K the cumulant function, s its saddlepoint,
    ``w = sign(s) sqrt(-2 K(s))`` and ``v = s sqrt(K''(s))``. The bracket is 0/0 at the mean; here
    it is ``-C / (sqrt(A B) (sqrt(A) + sqrt(B)))``, which is not, with ``A = w^2 / s^2 = 2 int_0^1 t
    K''(ts) dt``, ``B = K''(s)`` and ``C = int_0^1 t^2 K'''(ts) dt``.

    Parameters
    ----------
    weights : ndarray, shape (m, k)
        One sum per row; zeros count for nothing.
    counts : ndarray, shape (k,)
        Degrees of freedom of each term.

    Returns
    -------
    ndarray, shape (m,)
        In [0, 1]; 0 and 1 where all weights have one sign, 1 where all are zero.

    References
    ----------
    Lugannani & Rice (1980), Saddle point approximation for the distribution of the sum of
    independent random variables; Tiefelsdorf (2002), The saddlepoint approximation of Moran's I's
    and local Moran's I_i's reference distributions and their numerical evaluation.
    """
    return _where_open(weights, counts, _lugannani_rice)


def _where_open(weights: Array, counts: Array, chance_of: Callable[[Array, Array], Array]) -> Array:
    """Settle the sums whose sign is certain, and compute the others on weights of scale 1."""
    chance = np.where(weights.min(axis=1) >= 0, 1.0, 0.0)
    unsure = (weights.min(axis=1) < 0) & (weights.max(axis=1) > 0)
    scaled = weights[unsure] / np.abs(weights[unsure]).max(axis=1, keepdims=True)
    chance[unsure] = np.clip(chance_of(scaled, counts), 0.0, 1.0)
    return chance


def _cumulant(weights: Array, counts: Array, s: Array, order: int) -> Array:
    """Return the first or second derivative of K at s, shape (m,)."""
    ratio = weights / (1 - 2 * s[:, None] * weights)
    return np.asarray(order * ratio**order @ counts)


def _root(rising: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Halve the interval until it is as short as numbers allow."""
    for _ in range(100):
        middle = (low + high) / 2
        above = rising(middle) > 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray((low + high) / 2)


def _craig_or_line(weights: Array, counts: Array) -> Array:
    """Use Craig's formula where one chi-square of 1 degree stands alone on its side of 0."""
    chance = np.empty(len(weights))
    above, below = (weights > 0) @ counts == 1, (weights < 0) @ counts == 1
    chance[above] = _craig(weights[above], counts)
    below &= ~above
    chance[below] = 1 - _craig(-weights[below], counts)
    for row in np.flatnonzero(~above & ~below):
        chance[row] = _line_integral(weights[row], counts)
    return chance


def _craig(weights: Array, counts: Array) -> Array:
    """Average over the other terms ``P(X > x) = 2 / pi int_0^(pi / 2) exp(-x / (2 sin^2 t)) dt``."""
    ratios = np.maximum(-weights, 0.0) / weights.max(axis=1, keepdims=True)
    total = np.zeros(len(weights))
    for v in np.arange(-3.2, 3.2, STEP):
        # The double exponential rule on (0, pi / 2): t as a function of v, and its derivative.
        steep = np.pi * np.sinh(v)
        t = np.pi / 2 / (1 + np.exp(-steep))
        speed = np.pi**2 / 8 * np.cosh(v) / np.cosh(steep / 2) ** 2
        total += np.exp(-0.5 * np.log1p(ratios / np.sin(t) ** 2) @ counts) * speed
    return total * STEP * 2 / np.pi


def _line_integral(weights: Array, counts: Array) -> float:
    """Integrate ``exp(K(s)) / (2 pi i s)`` upwards through the saddlepoint beyond the mean."""
    from scipy.integrate import quad

    if weights @ counts > 0:
        return 1 - _line_integral(-weights, counts)
    row = weights[None]
    end = 1 / (2 * row.max(axis=1))
    c = _root(lambda s: _cumulant(row, counts, s, 1) - 1 / s, np.zeros(1), end)
    width = float(1 / np.sqrt(_cumulant(row, counts, c, 2) + 1 / c**2)[0])

    def height(v: float) -> float:
        s = c[0] + 1j * width * np.sinh(np.pi / 2 * np.sinh(v))
        speed = width * np.pi / 2 * np.cosh(v) * np.cosh(np.pi / 2 * np.sinh(v))
        return float((np.exp(-0.5 * np.log(1 - 2 * s * weights) @ counts) / s).real * speed)

    return float(quad(height, 0, 4, epsabs=0, epsrel=1e-11, limit=2000)[0] / np.pi)


def _lugannani_rice(weights: Array, counts: Array) -> Array:
    from scipy.special import ndtr

    ends = 1 / (2 * weights.min(axis=1)), 1 / (2 * weights.max(axis=1))
    s = _root(lambda at: _cumulant(weights, counts, at, 1), *ends)
    x = 2 * s[:, None] * weights
    a = np.sqrt(4 * (weights**2 * _mean_second(x)) @ counts)
    b = np.sqrt(_cumulant(weights, counts, s, 2))
    c = 8 * (weights**3 * _mean_third(x)) @ counts
    w = s * a
    return np.asarray(ndtr(-w) - np.exp(-(w**2) / 2) / np.sqrt(2 * np.pi) * c / (a * b * (a + b)))


def _mean_second(x: Array) -> Array:
    """Return ``int_0^1 t / (1 - t x)^2 dt``, by its series where the closed form cancels."""
    near = np.where(np.abs(x) < 0.1, x, 0.0)
    far = np.where(np.abs(x) < 0.1, 0.5, x)
    series = sum((k + 1) / (k + 2) * near**k for k in range(20))
    closed = (np.log1p(-far) + far / (1 - far)) / far**2
    return np.where(np.abs(x) < 0.1, series, closed)


def _mean_third(x: Array) -> Array:
    """Return ``int_0^1 t^2 / (1 - t x)^3 dt``, by its series where the closed form cancels."""
    near = np.where(np.abs(x) < 0.1, x, 0.0)
    far = np.where(np.abs(x) < 0.1, 0.5, x)
    series = sum((k + 1) * (k + 2) / (2 * (k + 3)) * near**k for k in range(20))
    closed = (((1 - far) ** -2 - 1) / 2 - far * 2 / (1 - far) - np.log1p(-far)) / far**3
    return np.where(np.abs(x) < 0.1, series, closed)
