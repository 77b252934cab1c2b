"""Changes that are far from those of the other areas, by a rule that outliers cannot bend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array

TIMES, LEAST, HISTORY = 8.0, 10, 5
NORMAL = 1.4826  # median absolute deviation to standard deviation, of a normal distribution


@dataclass(frozen=True)
class Outlier:
    """One change: where it is, what was to be expected, and the change in words.

    `far` is its deviation from the median change over what is allowed, `rise` the deviation itself
    (of logs on a ratio scale); `expected`, `low` and `high` are figures.
    """

    row: int
    column: int
    far: float
    rise: float
    expected: float
    low: float
    high: float
    said: str


def deviation(figures: Array) -> float:
    """Return the median absolute deviation, scaled to the standard deviation of a normal one.

    Examples
    --------
    >>> round(deviation(np.array([1.0, 2.0, 3.0, 4.0, 100.0])), 4)
    1.4826
    """
    return float(NORMAL * np.median(np.abs(figures - np.median(figures))))


def find_outliers(
    old: Array, new: Array, noise: Array, *, log: bool, history: bool = False
) -> list[Outlier]:
    """Return the changes that are far from those of the other areas, farthest first.

    Parameters
    ----------
    old, new : ndarray, shape (areas, columns)
        Figures before and after; nan where there is none.
    noise : ndarray, shape (areas, columns)
        Standard error of the difference, not 0.
    log : bool
        Take changes as ratios; figures of 0 or less are passed over.
    history : bool
        Allow an area that has five changes or more as much as they usually vary.

    Returns
    -------
    list of Outlier
        None from columns with under ten areas.

    Notes
    -----
    With d the change (of logs) and m its median over the areas of a column, it is an outlier where
    ``|d - m| > max(8 s, t)``: s is the largest of 1.4826 MAD(d), the noise, and 1.4826 MAD of the
    area's own d - m over the columns; t is 1.4826 MAD of the figures themselves. The second bound
    keeps out what is rare only because hardly anything else changed.

    Examples
    --------
    >>> old = np.arange(10.0, 21.0).reshape(-1, 1)
    >>> new = old * 1.1
    >>> new[3] *= 2.4
    >>> [found] = find_outliers(old, new, np.full((11, 1), 0.01), log=True)
    >>> found.row, round(found.expected, 1), found.said
    (3, 14.3, '2.64 times; of the other areas 1.10 to 1.10 times')
    """
    if log:
        old, new = (np.where(figures > 0, figures, np.nan) for figures in (old, new))
        noise, old, new = noise / new, np.log(old), np.log(new)
    shift = new - old
    least = _history(shift) if history else np.zeros(len(shift))
    found = []
    for column in np.flatnonzero((~np.isnan(shift)).sum(axis=0) >= LEAST).tolist():
        rows = np.flatnonzero(~np.isnan(shift[:, column]))
        move = shift[rows, column]
        rise = move - np.median(move)
        error = np.maximum(np.maximum(noise[rows, column], least[rows]), deviation(move))
        allowed = np.maximum(TIMES * error, deviation(new[rows, column]))
        far = np.abs(rise) / allowed
        calm = move[far <= 1]
        for at in np.flatnonzero(far > 1):
            middle = old[rows[at], column] + np.median(move)
            limits = middle + np.array([0.0, -allowed[at], allowed[at]])
            expected, low, high = (np.exp(limits) if log else limits).tolist()
            said = _said(np.array([move[at], calm.min(), calm.max()]), log)
            place = int(rows[at]), column, float(far[at]), float(rise[at])
            found.append(Outlier(*place, expected, low, high, said))
    return sorted(found, key=lambda item: -item.far)


def _history(shift: Array) -> Array:
    """Return how much the changes of each area vary, beyond those of all; 0 where it has under five."""
    off = pd.DataFrame(shift)
    off = off - off.median()
    usual = off.sub(off.median(axis=1), axis=0).abs().median(axis=1)
    return np.asarray(NORMAL * usual.where(off.count(axis=1) >= HISTORY, 0.0), dtype=float)


def _said(moves: Array, log: bool) -> str:
    """Say a change, and between which those of the other areas lie."""
    if log:
        return "{:.2f} times; of the other areas {:.2f} to {:.2f} times".format(*np.exp(moves))
    return "{:+.3g}; of the other areas {:+.3g} to {:+.3g}".format(*moves)
