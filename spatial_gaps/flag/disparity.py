"""Internal disparity: is an authority more divided than others like it?

Spread inside an authority grows with how deprived it is (a rate near zero cannot vary much) and
with its number of small areas (a whole city has more kinds of place than a borough of one). Raw
measures of spread therefore find big poor cities. What is measured here is the spread held against
the one that is usual for authorities as deprived and with as many small areas.
"""

from __future__ import annotations

import numpy as np

from spatial_gaps.checks import Array
from spatial_gaps.flag.small_areas import SmallAreas

# With fewer authorities there is nothing usual, and with fewer than BENT no curve can be told.
FEWEST, BENT = 10, 30


def spreads(areas: SmallAreas) -> Array:
    """Return the standard deviation among each authority's small areas, in units of the values.

    ``s^2 = sum p (y - m)^2 / (1 - sum p^2)`` with shares p of the authority's people; without
    weights the usual one with n - 1. nan for a single small area.
    """
    centre = areas.means(areas.bad)
    share = areas.weight / areas.sums(areas.weight)[areas.group]
    squares = areas.sums(share * (areas.bad - centre[areas.group]) ** 2)
    left = 1 - areas.sums(share**2)
    variance = np.full(len(left), np.nan)
    np.divide(squares, left, out=variance, where=areas.sums() > 1)
    # Rounding is no spread.
    scale = 1e-12 * np.abs(areas.bad).max()
    return np.where(np.sqrt(variance) <= scale, 0.0, np.sqrt(variance))


def usual_spreads(spread: Array, mean: Array, n: Array) -> Array:
    """Return the spread that is usual for authorities with such a mean and so many small areas.

    ``exp(a + b m + c m^2 + d ln n + bias(n))``, fitted by least squares to ``ln s - bias(n)`` of all
    authorities with some spread. The bias is that of the log of a standard deviation of n normal
    figures, ``(psi((n-1)/2) - ln((n-1)/2)) / 2``, which makes small authorities look less divided.

    Parameters
    ----------
    spread, mean : ndarray, shape (k,)
        Standard deviation and mean of each authority's small areas.
    n : ndarray, shape (k,)
        Number of its small areas.

    Returns
    -------
    ndarray, shape (k,)
        In the unit of `spread`; nan for fewer than two small areas, and for all where fewer than 10
        authorities have some spread. With fewer than 30 the square is left out.
    """
    from scipy.special import digamma

    usual = np.full(len(spread), np.nan)
    told, used = n > 1, (spread > 0) & (n > 1)
    if used.sum() < FEWEST:
        return usual
    half = (n[told] - 1) / 2
    bias = (digamma(half) - np.log(half)) / 2
    # In units of their own spread, so that those of the figures do not matter.
    level, size = (_scaled(x[told], x[used]) for x in (mean, np.log(np.maximum(n, 1))))
    terms = [np.ones(len(half)), level, size, level**2][: 4 if used.sum() >= BENT else 3]
    design, fitted = np.column_stack(terms), used[told]
    beta = np.linalg.lstsq(design[fitted], np.log(spread[used]) - bias[fitted], rcond=None)[0]
    usual[told] = np.exp(design @ beta + bias)
    return usual


def _scaled(x: Array, used: Array) -> Array:
    """Return x less the mean of those used, over their standard deviation; 0 if all are alike."""
    deviation = used.std()
    alike = deviation <= 1e-12 * np.abs(used).max()
    return np.zeros(len(x)) if alike else (x - used.mean()) / deviation
