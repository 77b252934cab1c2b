"""Many tests at once: p values adjusted for their number."""

from __future__ import annotations

import numpy as np

from spatial_gaps.checks import Array, check_choice

CORRECTIONS = ("fdr", "holm", "bonferroni", "none")


def adjust(p: Array, correction: str) -> Array:
    """Adjust p values for the number of tests.

    Parameters
    ----------
    p : ndarray, shape (m,)
        Complete.
    correction : {"fdr", "holm", "bonferroni", "none"}
        Benjamini and Hochberg's false discovery rate, Holm's procedure, Bonferroni, or nothing.

    Returns
    -------
    ndarray, shape (m,)
        In (0, 1].

    References
    ----------
    Benjamini & Hochberg (1995), Controlling the false discovery rate.
    Holm (1979), A simple sequentially rejective multiple test procedure.

    Examples
    --------
    >>> p = np.array([0.01, 0.04, 0.03])
    >>> adjust(p, "holm").round(3).tolist(), adjust(p, "fdr").round(3).tolist()
    ([0.03, 0.06, 0.06], [0.03, 0.04, 0.04])
    """
    check_choice(correction, CORRECTIONS, "correction")
    if correction == "none" or not len(p):
        return p
    if correction == "bonferroni":
        return np.minimum(p * len(p), 1.0)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    if correction == "holm":
        left = np.arange(len(p), 0, -1)
        adjusted[order] = np.maximum.accumulate(p[order] * left)
        return np.minimum(adjusted, 1.0)
    # Equal p get one adjusted p in any order of them.
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return np.minimum(adjusted, 1.0)
