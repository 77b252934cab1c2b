"""Where inequality lives: an index split exactly into nested tiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_count, check_values
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.correction import UNKNOWN, Corrected
from spatial_gaps.measure.forms import sums_of_squares
from spatial_gaps.measure.shares import fieller, scored_shares
from spatial_gaps.measure.swaps import permuted_p
from spatial_gaps.measure.terms import VARIANCE, between, terms
from spatial_gaps.measure.tiers import Pieces, cut_pieces
from spatial_gaps.measure.uncertainty import complete_se
from spatial_gaps.records import Decomposition

ORDERS = {"theil": 1.0, "mld": 0.0, "variance": VARIANCE}
# Copies of 0.1 * 3 differ from 0.3 by rounding only, and shares of rounding are no shares.
ROUNDING = 1e-12


def decompose(
    values: pd.Series[Any],
    regions: Sequence[pd.Series[Any]],
    weights: pd.Series[Any] | None = None,
    *,
    index: str = "theil",
    order: float | None = None,
    se: pd.Series[Any] | None = None,
    permutations: int = 0,
    seed: int = 0,
) -> Decomposition:
    """Split an index exactly into nested tiers.

    ``I = I_between(tier 1) + sum_r v_r I_between(tier 2 in r) + ... + within the last tier``, with
    ``v_r = N_r (mu_r / mu)^order`` for the entropy index of that order: shares of people for the
    mean log deviation (0), of the total for Theil's T (1); others do not sum to 1. ``v_r = N_r`` for
    the variance.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    regions : sequence of Series
        Outermost first; labels by code, or shares on (code, parent). Their names become the tiers.
    weights : Series, shape (n,), optional
        People per area; equal unless given.
    index : {"theil", "mld", "variance", "ge"}
        What is split; "ge" is the generalised entropy of `order`.
    order : float, optional
        Of "ge" only, 2 unless given.
    se : Series, shape (n,), optional
        Standard errors, from which the shares in the true figures and their intervals follow;
        missing ones take the median coefficient of variation.
    permutations : int
        Draws for p: areas swap places within the parent, tier by tier. 0 for no p.
    seed : int
        Seed of the draws.

    Returns
    -------
    Decomposition
        `parts` adds up to `total` to 1e-12, no part is negative; "within" comes last.

    Raises
    ------
    JoinError
        If an area has no group, or the tiers do not nest.
    StatisticUndefined
        If a value is outside the index's domain.

    References
    ----------
    Shorrocks (1984), Inequality decomposition by population subgroups. The intervals: `correction`
    and `forms`, and for the ratio Fieller (1954).

    Examples
    --------
    >>> pay = pd.Series([1.0, 3.0, 5.0, 7.0], index=list("abcd"))
    >>> north = pd.Series(["n", "n", "s", "s"], index=list("abcd"), name="side")
    >>> decompose(pay, [north], index="variance").parts["value"].to_dict()
    {'side': 4.0, 'within': 1.0}
    """
    degree = degree_of(index, order)
    permutations = check_count(permutations, "permutations", 0)
    codes, y, n, error = sorted_values(values, weights, se)
    check_domain(codes, y, degree, index)
    pieces = cut_pieces(regions, codes)
    found = parts_of(y, n, pieces, degree)
    total = float(found.sum())
    true = _true_shares(y, n, error, pieces, degree, seed)
    p = permuted_p(y, n, pieces, degree, permutations, seed) if permutations else [np.nan]
    table = pd.DataFrame(
        {
            "value": found,
            "share": found / total if total > 0 else np.nan,
            "corrected": [each.estimate for each in true],
            "lower": [each.lower for each in true],
            "upper": [each.upper for each in true],
            "p": np.resize([*p, np.nan], len(found)),
        },
        index=pd.Index([*pieces.tiers, "within"], name="tier"),
    )
    return Decomposition(index, total, table, _contributions(y, n, pieces, degree))


def degree_of(index: str, order: float | None) -> float:
    """Return the order of an entropy index, `VARIANCE` for the variance."""
    check_choice(index, [*ORDERS, "ge"], "index")
    if index == "ge":
        return 2.0 if order is None else float(order)
    if order is not None:
        raise InputError(f"{index} has no order to choose", value=order, hint='Use index="ge".')
    return ORDERS[index]


def check_domain(codes: pd.Index[Any], y: Array, degree: float, index: str) -> None:
    """Raise `StatisticUndefined` naming the areas for which the index does not exist."""
    if np.isnan(degree):
        return
    bad = (y < 0) if degree > 0 else (y <= 0)
    if bad.any():
        raise StatisticUndefined(
            f"{index} needs {'no negative' if degree > 0 else 'positive'} values",
            offenders=[f"{code} {value:g}" for code, value in zip(codes[bad], y[bad], strict=True)],
            hint='Use index="variance", which exists for every value.',
        )


def sorted_values(
    values: pd.Series[Any],
    weights: pd.Series[Any] | None,
    se: pd.Series[Any] | None,
    least: int = 2,
) -> tuple[pd.Index[Any], Array, Array, Array | None]:
    """Check figures and put them in the order of their codes, so that draws do not depend on rows.

    Returns
    -------
    codes, y, n, se
        As `check_values` returns them, but `se` is complete, or None where there is none at all.
    """
    codes, y, n, error = check_values(values, weights, se, least=least)
    if error is not None and np.isnan(error).any():
        error = complete_se(y, error)
    order = np.argsort(codes.astype(str), kind="stable")
    return codes[order], y[order], n[order], None if error is None else error[order]


def parts_of(y: Array, n: Array, pieces: Pieces, degree: float) -> Array:
    """Return the parts of an index, tier by tier and within the last, on the last axis.

    Parameters
    ----------
    y : ndarray, shape (..., m)
        Figures, real or complex.
    n : ndarray, shape (m,)
        Shares of the weight.
    pieces : Pieces
        Tiers over the areas.
    degree : float
        As `degree_of` gives it.

    Returns
    -------
    ndarray, shape (..., tiers + 1)
        0 throughout for figures that are all alike; none is negative for real figures.
    """
    mu, weight = (y @ n)[..., None], pieces.weight(n)
    total = weight * y[..., pieces.area]
    sums = [between(weight, total, mu, pieces, tier, degree) for tier in range(len(pieces.tiers))]
    sums.append(terms(n, y, mu, degree).sum(axis=-1))
    parts = np.diff(np.stack(sums, axis=-1), axis=-1, prepend=0.0)
    if np.iscomplexobj(parts):
        return parts
    alike = np.ptp(y, axis=-1, keepdims=True) <= ROUNDING * np.abs(y).max(axis=-1, keepdims=True)
    return np.where(alike, 0.0, np.maximum(parts, 0.0))


def _true_shares(
    y: Array, n: Array, se: Array | None, pieces: Pieces, degree: float, seed: int
) -> list[Corrected]:
    """Return the share of every part in the true figures."""
    count = len(pieces.tiers) + 1
    if se is None:
        return [UNKNOWN] * count
    if np.isnan(degree):
        forms = sums_of_squares(y, n, se, pieces)
        steps = np.diff(np.eye(count + 1), axis=0)
        return [fieller(step, steps.sum(axis=0), *forms) for step in steps]
    return scored_shares(lambda given: parts_of(given, n, pieces, degree), y, se, seed=seed or 0)


def _contributions(y: Array, n: Array, pieces: Pieces, degree: float) -> pd.DataFrame:
    """Return each outermost group's within part (>= 0) and signed between part."""
    mu, weight, spread = y @ n, pieces.weight(n), y[pieces.area]
    held = pieces.sums(weight, 0)
    means = pieces.sums(weight * spread, 0) / held
    apart = terms(held, means, mu, degree)
    within = np.maximum(pieces.sums(terms(weight, spread, mu, degree), 0) - apart, 0.0)
    return pd.DataFrame(
        {"weight": held, "mean": means, "within": within, "between": apart},
        index=pd.Index(pieces.labels[0], name=pieces.tiers[0]),
    )
