"""The profile of an authority: how its small areas spread over the nation's tenths.

The four classes, and their names, are those that the Office for National Statistics gives each
authority in Exploring local income deprivation (2021). Its rule is not published; the one here
gives the same class to 314 of 317 authorities.
"""

from __future__ import annotations

import numpy as np

from spatial_gaps.checks import Array
from spatial_gaps.flag.small_areas import ROUNDING, SmallAreas

TENTHS = 10
# Share of small areas in each tenth of the nation, the most deprived first.
PROFILES = {
    "flat": np.full(TENTHS, 0.1),
    "left": np.linspace(0.2, 0.0, TENTHS),
    "right": np.linspace(0.0, 0.2, TENTHS),
    "nshape": np.array([0.05, 0.075, 0.1, 0.125, 0.15, 0.15, 0.125, 0.1, 0.075, 0.05]),
}


def tenths(areas: SmallAreas) -> Array:
    """Return how many of each authority's small areas lie in each tenth, the most deprived first.

    Parameters
    ----------
    areas : SmallAreas
        Of k authorities.

    Returns
    -------
    ndarray, shape (k, 10)
        The tenth is ``ceil(10 place / out_of)``; equal figures share the most deprived place, so
        that the first tenth are the small areas that `SmallAreas.most_deprived` finds.
    """
    tenth = np.ceil(TENTHS * areas.from_top / areas.out_of - ROUNDING).astype(int)
    k = len(areas.authorities)
    cells = np.bincount(areas.group * TENTHS + tenth - 1, minlength=k * TENTHS)
    return cells.reshape(k, TENTHS).astype(float)


def profiles(counts: Array) -> np.ndarray:
    """Return the class whose pattern the shares of an authority's small areas are nearest to.

    Parameters
    ----------
    counts : ndarray, shape (k, 10)
        As `tenths` returns them.

    Returns
    -------
    ndarray of str, shape (k,)
        The pattern with the smallest sum of squared differences: "flat" (a tenth in each), "left"
        (falls evenly from 20 % in the most deprived tenth to none in the least), "right" (rises so),
        "nshape" (rises evenly from 5 % to 15 % in the middle and falls again); "" without a figure.

    Examples
    --------
    >>> profiles(np.array([[9, 8, 7, 5, 4, 3, 2, 1, 0, 0], [4, 4, 4, 4, 4, 4, 4, 4, 4, 4]])).tolist()
    ['left', 'flat']
    """
    total = counts.sum(axis=1, keepdims=True)
    shares = counts / np.where(total > 0, total, 1.0)
    patterns = np.stack(list(PROFILES.values()))
    apart = ((shares[:, None] - patterns) ** 2).sum(axis=2).round(12)
    return np.where(total[:, 0] > 0, np.array(list(PROFILES))[apart.argmin(axis=1)], "")
