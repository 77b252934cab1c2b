"""Shares of a whole in the true figures: what is left of a part and of the whole without noise.

Both are estimated with the same errors, and the whole may be little more than noise. The interval
is therefore Fieller's: all shares H for which ``part - H whole`` is within 1.96 of its standard
errors of nought. It holds the estimate, and it widens to 0..1 where noise leaves all possible.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from spatial_gaps.checks import Array
from spatial_gaps.measure.correction import DRAWS, UNKNOWN, Corrected, score
from spatial_gaps.measure.uncertainty import Z95


def ratio_ends(ratio: float, below: float, off: float, shared: float, own: float) -> Array:
    """Return the ends of Fieller's 95 % interval for above / below, infinite where it has none.

    Parameters
    ----------
    ratio, below : float
        Estimates of the ratio and of its denominator.
    off, shared, own : float
        Variance of ``above - ratio below``, its covariance with the denominator, and the variance
        of that.
    """
    # Roots of below^2 x^2 = z^2 (off - 2 shared x + own x^2), x being how far the ratio is off.
    bend, slope = below**2 - Z95**2 * own, -2 * Z95**2 * shared
    if bend <= 0:
        return np.array([-np.inf, np.inf])
    half = np.sqrt(slope**2 + 4 * bend * Z95**2 * max(off, 0.0))
    return ratio + (slope + np.array([-half, half])) / (2 * bend)


def fieller(part: Array, whole: Array, value: Array, covariance: Array) -> Corrected:
    """Return the share of one part in the whole, with its 95 % interval.

    Parameters
    ----------
    part, whole : ndarray, shape (k,)
        Factors of the estimates that make the part and the whole.
    value : ndarray, shape (k,)
        Estimates without noise.
    covariance : ndarray, shape (k, k)
        Their covariance over repeated errors.

    Returns
    -------
    Corrected
        Kept to 0..1; nan where noise is all there is.

    References
    ----------
    Fieller (1954), Some problems in interval estimation.
    """
    top, bottom = float(part @ value), float(whole @ value)
    if not bottom > 0:
        return UNKNOWN
    share = top / bottom
    off = part - share * whole
    moments = (off @ covariance @ off, off @ covariance @ whole, whole @ covariance @ whole)
    ends = ratio_ends(share, bottom, *map(float, moments))
    lower, upper = np.clip(ends, 0.0, 1.0)
    return Corrected(float(np.clip(share, 0.0, 1.0)), float(lower), float(upper))


def scored_shares(
    kernel: Callable[[Array], Array], y: Array, se: Array, *, seed: int = 0
) -> list[Corrected]:
    """Return the share of every part of an analytic index, by corrected scores (`correction`).

    Parameters
    ----------
    kernel : callable
        From figures, complex on the last axis, to the parts of the index on the last axis.
    y, se : ndarray, shape (m,)
        Figures and standard errors.
    seed : int
        Seed of the draws.

    Returns
    -------
    list of Corrected
        Part by part.
    """
    found = score(kernel, y, se, DRAWS, seed)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        value = found.real.mean(axis=0)
        apart = found - value
        own = np.cov(found.real, rowvar=False) / DRAWS
        covariance = own - (apart.T @ apart).real / DRAWS
    whole = np.ones(len(value))
    return [fieller(part, whole, value, covariance) for part in np.eye(len(value))]
