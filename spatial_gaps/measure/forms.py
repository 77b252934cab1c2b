"""Sums of squares of noisy figures by tier: what noise adds to them, and how sure they are.

With ``q_k = sum_r N_r m_r^2`` over the groups of tier k, m_r their weighted means, the variance
between groups and that inside them are differences of two q. All are quadratic forms of the
figures, so with normal errors of known size their mean and covariance have exact formulas.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from spatial_gaps.checks import Array
from spatial_gaps.measure.tiers import Pieces


class Forms(NamedTuple):
    """Sums of squares over everybody together, each tier's groups (outermost first) and the areas.

    Attributes
    ----------
    value : ndarray, shape (tiers + 2,)
        Of the true figures: what sampling error adds on average is taken off.
    covariance : ndarray, shape (tiers + 2, tiers + 2)
        Over repeated errors, unbiased.
    """

    value: Array
    covariance: Array


def belongings(pieces: Pieces, areas: int) -> list[Any]:
    """Return the share of every area in the groups: everybody, tier by tier, the areas themselves.

    Parameters
    ----------
    pieces : Pieces
        Tiers over the areas.
    areas : int
        How many areas.

    Returns
    -------
    list of sparse array, shape (areas, groups)
        Rows sum to 1.
    """
    tiers = [
        sparse.csr_array(
            (pieces.share, (pieces.area, pieces.group(tier))), (areas, len(pieces.starts[tier]))
        )
        for tier in range(len(pieces.tiers))
    ]
    return [sparse.csr_array(np.ones((areas, 1))), *tiers, sparse.eye_array(areas, format="csr")]


def roots(belonging: Any, n: Array) -> Any:
    """Return the sparse U with ``q = |U' y|^2``: ``u_ir = n_ir / sqrt(N_r)``."""
    weight = sparse.diags_array(n) @ belonging
    return (weight @ sparse.diags_array(weight.sum(axis=0) ** -0.5)).tocsr()


def overlap(one: Any, other: Any) -> float:
    """Return the sum of the squares of ``one' other``: the trace of two forms' product."""
    return float((one.T @ other).power(2).sum())


def sums_of_squares(y: Array, n: Array, se: Array, pieces: Pieces) -> Forms:
    """Return the sums of squares of every tier in the true figures, and their covariance.

    Noise adds ``sum_i se_i^2 sum_r u_ir^2``. With P_a the matrix of a form and S the diagonal of
    se^2, ``cov(q_a, q_b) = 4 t' P_a S P_b t + 2 tr(P_a S P_b S)`` at the true figures t; published
    ones in their place add ``4 tr``, so that trace is taken off twice instead.

    Parameters
    ----------
    y, n, se : ndarray, shape (m,)
        Figures, shares of the weight, standard errors.
    pieces : Pieces
        Tiers over the areas.

    Returns
    -------
    Forms
        See there.

    References
    ----------
    Searle (1971), Linear Models, section 2.5: cumulants of quadratic forms.
    """
    centred, error = y - y @ n, se**2
    tiers = [roots(each, n) for each in belongings(pieces, len(y))]
    value = [((root.T @ centred) ** 2).sum() - root.power(2).sum(axis=1) @ error for root in tiers]
    pulled = np.array([root @ (root.T @ centred) for root in tiers])
    spread = [sparse.diags_array(se) @ root for root in tiers]
    traces = np.array([[overlap(one, other) for other in spread] for one in spread])
    return Forms(np.array(value), 4 * (pulled * error) @ pulled.T - 2 * traces)
