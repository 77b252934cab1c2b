"""Inequality indices of areas weighted by people: one definition each, no constant added anywhere.

Every index treats the areas as groups of equal people: `n_i` is an area's share of the weight,
`mu` the weighted mean and `s_i = n_i y_i / mu` its share of the total. The kernels work on the last
axis, with one row of shares for all rows of figures, one for each, or many for one row of figures, so
that thousands of draws, or panels in which other areas lack a figure in every row, cost one call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_share, check_values
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.terms import terms

Values = pd.Series | Sequence[float] | np.ndarray
Kernel = Callable[[Array, Array], Array]


def weigh(y: Array, n: Array) -> Array:
    """Return ``sum_i n_i y_i``, shape (...); `n` or `y` may be one row for all of the other."""
    if 1 in (y.ndim, n.ndim):
        return np.asarray(y @ n if n.ndim == 1 else n @ y)
    return np.asarray(np.einsum("...i,...i->...", y, n))


def _in_order(y: Array, n: Array, order: np.ndarray[Any, Any]) -> tuple[Array, Array]:
    """Return figures and shares in the order given, each with its shape."""
    if 1 in (y.ndim, n.ndim):
        return np.take_along_axis(y, order, -1), n[..., order]
    return np.take_along_axis(y, order, -1), np.take_along_axis(n, order, -1)


def _mean_difference(y: Array, n: Array) -> Array:
    # Between two areas next to each other in order, F (1 - F) of all pairs of people differ.
    ordered, shares = _in_order(y, n, np.argsort(y, axis=-1, kind="stable"))
    below = np.cumsum(shares, axis=-1)[..., :-1]
    return 2 * weigh(np.diff(ordered, axis=-1), below * (1 - below))


def _gini(y: Array, n: Array) -> Array:
    return np.asarray(_mean_difference(y, n) / (2 * weigh(y, n)))


def _entropy(y: Array, n: Array, order: float) -> Array:
    return np.asarray(terms(n, y, weigh(y, n)[..., None], order).sum(-1))


def _atkinson(y: Array, n: Array, epsilon: float) -> Array:
    relative = y / weigh(y, n)[..., None]
    if epsilon == 1:
        return np.asarray(1 - np.exp(weigh(np.log(relative), n)))
    return np.asarray(1 - weigh(relative ** (1 - epsilon), n) ** (1 / (1 - epsilon)))


def _variance(y: Array, n: Array) -> Array:
    return weigh((y - weigh(y, n)[..., None]) ** 2, n)


def _weighted_cv(y: Array, n: Array) -> Array:
    return np.asarray(np.sqrt(_variance(y, n)) / weigh(y, n))


def _hoover(y: Array, n: Array) -> Array:
    return weigh(0.5 * np.abs(y / weigh(y, n)[..., None] - 1), n)


def tail_mean(y: Array, n: Array, share: float, *, top: bool) -> Array:
    """Return the weighted mean of the areas holding exactly `share` of the weight at one end.

    The area on the edge counts with the part that is needed to fill the share.

    Parameters
    ----------
    y : ndarray, shape (..., m)
        Values.
    n : ndarray, shape (m,) or (..., m)
        Shares of the weight, sum 1.
    share : float
        Between 0 and 1.
    top : bool
        The highest values if true, else the lowest.

    Returns
    -------
    ndarray, shape (...)
        Means.
    """
    return tail_means(y, n, share)[1 if top else 0]


def tail_means(y: Array, n: Array, share: float) -> tuple[Array, Array]:
    """Return `tail_mean` of the bottom and of the top, with one sort for both."""
    order = np.argsort(y, axis=-1, kind="stable")
    ordered, shares = _in_order(y, n, order)
    below = np.cumsum(shares, axis=-1) - shares
    above = np.cumsum(shares[..., ::-1], axis=-1)[..., ::-1] - shares
    low, high = (np.clip(share - others, 0, shares) for others in (below, above))
    return (
        np.asarray((ordered * low).sum(-1) / low.sum(-1)),
        np.asarray((ordered * high).sum(-1) / high.sum(-1)),
    )


def _share_ratio(y: Array, n: Array, share: float) -> Array:
    low, high = tail_means(y, n, share)
    return high / low


def _index(values: Values, weights: Any, kernel: Kernel, domain: str, name: str) -> float:
    """Check the door, then the domain (">0", ">=0" or "any"), then compute."""
    index, y, n, _ = check_values(values, weights)
    bad = y <= 0 if domain == ">0" else y < 0 if domain == ">=0" else np.zeros(len(y), bool)
    if bad.any():
        rule = "positive" if domain == ">0" else "zero or more"
        raise StatisticUndefined(
            f"{name} exists only where every value is {rule}",
            offenders=[f"{code} {value:g}" for code, value in zip(index[bad], y[bad], strict=True)],
            hint="No constant is added. Use an absolute measure such as the range or the variance.",
        )
    if y @ n == 0:
        raise StatisticUndefined(f"{name} is relative to the mean, and the mean is zero")
    return float(kernel(y, n))


def gini(values: Values, weights: pd.Series | Array | None = None) -> float:
    """Weighted Gini coefficient, population form.

    ``G = sum_i sum_j n_i n_j |y_i - y_j| / (2 mu)``, computed in O(n log n).

    Parameters
    ----------
    values : Series or array, shape (n,)
        One figure per area, zero or more; missing ones are left out.
    weights : Series or array, shape (n,), optional
        People (or jobs, hours) per area, aligned by code; equal unless given.

    Returns
    -------
    float
        0 (all alike) to below 1.

    Raises
    ------
    StatisticUndefined
        If a value is negative, the mean is zero or fewer than two values are left.
    WeightsError
        If a weight is missing, zero or negative.

    References
    ----------
    Lerman & Yitzhaki (1989), Improving the accuracy of estimates of Gini coefficients.

    Examples
    --------
    >>> gini([1.0, 3.0])
    0.25
    """
    return _index(values, weights, _gini, ">=0", "the Gini coefficient")


def generalised_entropy(
    values: Values, weights: pd.Series | Array | None = None, *, order: float = 2
) -> float:
    """Generalised entropy index GE(order): 0 is the mean log deviation, 1 Theil's T.

    ``[sum_i n_i (y_i / mu)^a - 1] / (a (a - 1))`` with a = order, and its limits at 0 and 1.

    Parameters
    ----------
    values, weights
        As for `gini`; values have to be positive where order <= 0.
    order : float
        Sensitivity: the higher, the more the top counts.

    Returns
    -------
    float
        0 or more.

    Raises
    ------
    StatisticUndefined
        If a value is outside the domain.

    References
    ----------
    Shorrocks (1980), The class of additively decomposable inequality measures.

    Examples
    --------
    >>> round(generalised_entropy([1.0, 3.0], order=2), 6)
    0.125
    """
    domain = ">=0" if order > 0 else ">0"
    return _index(
        values,
        weights,
        lambda y, n: _entropy(y, n, order),
        domain,
        f"the entropy index GE({order:g})",
    )


def theil(values: Values, weights: pd.Series | Array | None = None) -> float:
    """Theil's T, ``sum_i s_i ln(s_i / n_i)``, with 0 ln 0 = 0: `generalised_entropy` of order 1.

    Parameters
    ----------
    values, weights
        As for `gini`.

    Returns
    -------
    float
        0 to ln(total weight / smallest weight).

    Raises
    ------
    StatisticUndefined, WeightsError
        As `gini`.

    Examples
    --------
    >>> round(theil([0.0, 2.0]), 6)
    0.693147
    """
    return generalised_entropy(values, weights, order=1)


def mld(values: Values, weights: pd.Series | Array | None = None) -> float:
    """Mean log deviation (Theil's L), ``sum_i n_i ln(n_i / s_i)``: `generalised_entropy` of order 0.

    Parameters
    ----------
    values, weights
        As for `gini`, but values have to be positive.

    Returns
    -------
    float
        0 or more.

    Raises
    ------
    StatisticUndefined, WeightsError
        As `gini`, for zeros too.

    Examples
    --------
    >>> round(mld([1.0, 3.0]), 6)
    0.143841
    """
    return generalised_entropy(values, weights, order=0)


def atkinson(
    values: Values, weights: pd.Series | Array | None = None, *, epsilon: float = 1
) -> float:
    """Atkinson's index: the share of the mean that would be given up for equality.

    ``1 - [sum_i n_i (y_i / mu)^(1 - e)]^(1 / (1 - e))``; with e = 1, ``1 - exp(sum_i n_i ln y_i) / mu``.

    Parameters
    ----------
    values, weights
        As for `gini`; values have to be positive where epsilon >= 1.
    epsilon : float
        Aversion to inequality, above 0.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    InputError
        If epsilon is not positive.
    StatisticUndefined
        If a value is outside the domain.

    References
    ----------
    Atkinson (1970), On the measurement of inequality.

    Examples
    --------
    >>> round(atkinson([1.0, 4.0], epsilon=1), 6)
    0.2
    """
    if epsilon <= 0:
        raise InputError("epsilon has to be positive", value=epsilon)
    domain = ">=0" if epsilon < 1 else ">0"
    return _index(
        values, weights, lambda y, n: _atkinson(y, n, epsilon), domain, f"Atkinson({epsilon:g})"
    )


def weighted_cv(values: Values, weights: pd.Series | Array | None = None) -> float:
    """Williamson's weighted coefficient of variation, ``sqrt(sum_i n_i (y_i - mu)^2) / mu``.

    Parameters
    ----------
    values, weights
        As for `gini`, but values may be negative.

    Returns
    -------
    float
        0 or more where the mean is positive.

    Raises
    ------
    StatisticUndefined, WeightsError
        As `gini`, but only for a mean of zero.

    References
    ----------
    Williamson (1965), Regional inequality and the process of national development.

    Examples
    --------
    >>> weighted_cv([1.0, 3.0])
    0.5
    """
    return _index(values, weights, _weighted_cv, "any", "the weighted CV")


def hoover(values: Values, weights: pd.Series | Array | None = None) -> float:
    """Hoover's index (Schutz, Pietra), ``sum_i |s_i - n_i| / 2``: the share to move for equality.

    Parameters
    ----------
    values, weights
        As for `gini`.

    Returns
    -------
    float
        0 to below 1.

    Raises
    ------
    StatisticUndefined, WeightsError
        As `gini`.

    Examples
    --------
    >>> hoover([1.0, 3.0])
    0.25
    """
    return _index(values, weights, _hoover, ">=0", "Hoover's index")


def share_ratio(
    values: Values, weights: pd.Series | Array | None = None, *, share: float = 0.2
) -> float:
    """Mean of the highest areas holding exactly `share` of the people over that of the lowest.

    The area on the edge is split (the OECD's 20/20 ratio).

    Parameters
    ----------
    values, weights
        As for `gini`; values have to be positive.
    share : float
        Share of people at each end.

    Returns
    -------
    float
        1 or more.

    Raises
    ------
    StatisticUndefined
        If a value is zero or negative.

    References
    ----------
    OECD (2016), Regions at a Glance, annex C.

    Examples
    --------
    >>> share_ratio([1.0, 2.0, 3.0, 4.0, 5.0])
    5.0
    """
    check_share(share, "share")
    return _index(values, weights, lambda y, n: _share_ratio(y, n, share), ">0", "the share ratio")
