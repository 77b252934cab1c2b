"""The term of one group in an index that splits exactly: entropy of any order, or the variance."""

from __future__ import annotations

import numpy as np

from spatial_gaps.checks import Array
from spatial_gaps.measure.tiers import Pieces

# The variance has no order: it is absolute.
VARIANCE = float("nan")


def terms(weight: Array, mean: Array, mu: Array | float, degree: float) -> Array:
    """Return what each group adds to the index, for groups in which everyone has the mean.

    ``N ln(mu / m)`` of degree 0, ``N (m / mu) ln(m / mu)`` of degree 1, ``N (m - mu)^2`` for the
    variance, else ``N ((m / mu)^a - 1) / (a (a - 1))``. Summed over groups it is the index.

    Parameters
    ----------
    weight, mean : ndarray, shape (..., groups)
        Share of the weight, and mean, of each group; the mean may be complex.
    mu : ndarray, shape (..., 1), or float
        Overall mean.
    degree : float
        Order of the entropy index, `VARIANCE` for the variance.

    Returns
    -------
    ndarray, shape (..., groups)
        Signed.
    """
    if np.isnan(degree):
        return np.asarray(weight * (mean - mu) ** 2)
    # Figures that are all 0 are all alike.
    relative = mean / np.where(mu == 0, 1.0, mu) + (mu == 0)
    if degree == 0:
        return np.asarray(-weight * np.log(relative))
    if degree == 1:
        return np.asarray(weight * relative * np.log(np.where(relative == 0, 1.0, relative)))
    return np.asarray(weight * (relative**degree - 1) / (degree * (degree - 1)))


def between(
    weight: Array, total: Array, mu: Array | float, pieces: Pieces, tier: int, degree: float
) -> Array:
    """Return the index if everyone had the mean of their group of one tier.

    Parameters
    ----------
    weight, total : ndarray, shape (..., pieces)
        Weight of each piece, and weight times figure.
    mu : ndarray, shape (..., 1), or float
        Overall mean.
    pieces : Pieces
        Tiers over the areas.
    tier : int
        Which, outermost 0.
    degree : float
        As for `terms`.

    Returns
    -------
    ndarray, shape (...)
        0 or more for real figures.
    """
    held = pieces.sums(weight, tier)
    return np.asarray(terms(held, pieces.sums(total, tier) / held, mu, degree).sum(axis=-1))
