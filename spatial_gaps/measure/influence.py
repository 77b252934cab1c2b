"""How much one area makes of a gap: every index again without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice
from spatial_gaps.errors import InputError
from spatial_gaps.measure.decomposition import ORDERS, check_domain, degree_of, sorted_values
from spatial_gaps.measure.forms import belongings
from spatial_gaps.measure.indices import INDICES
from spatial_gaps.measure.tiers import Pieces, cut_pieces

# What is left of an index below this share of it is rounding.
ROUNDING = 1e-12


def influence(
    values: pd.Series[Any],
    regions: Sequence[pd.Series[Any]] = (),
    weights: pd.Series[Any] | None = None,
    se: pd.Series[Any] | None = None,
    *,
    index: str = "theil",
    order: float | None = None,
) -> pd.DataFrame:
    """Leave out one area at a time: what it adds to an index, and to what averages hide.

    Exact: nothing is approximated. An index that splits into tiers takes one pass over the areas,
    any other is computed anew for every area.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    regions : sequence of Series, optional
        Tiers, outermost first, as for `decompose`; only for an index that splits.
    weights : Series, shape (n,), optional
        People per area; the others' shares grow when an area is left out.
    se : Series, shape (n,), optional
        Standard errors, for "variance" only: their noise is taken out, as in `masking`.
    index : str
        "theil", "mld", "variance", "ge", or a name from the index of `gap_indices`.
    order : float, optional
        Of "ge" only, 2 unless given.

    Returns
    -------
    DataFrame
        On the index of `values`, nan for areas without a figure: without (the index over the
        others), influence (the index less that: positive where the area widens the gap), and per
        tier hidden_<tier>: the share of the index that lies inside the tier, less the same share
        without the area.

    Raises
    ------
    InputError
        If the index does not split, or has no exact correction, and one is asked for.
    StatisticUndefined
        If fewer than three areas have a figure, or a value is outside the index's domain.

    References
    ----------
    Tukey (1958), Bias and confidence in not-quite large samples: the jackknife's leave-one-out.

    Examples
    --------
    >>> pay = pd.Series([1.0, 3.0, 5.0, 7.0], index=list("abcd"))
    >>> influence(pay, index="variance").round(3)
       without  influence
    a    2.667      2.333
    b    6.222     -1.222
    c    6.222     -1.222
    d    2.667      2.333
    """
    splits = index in ORDERS or index == "ge"
    check_choice(index, dict.fromkeys([*ORDERS, "ge", *INDICES]), "index")
    if (regions and not splits) or (se is not None and index != "variance"):
        raise InputError(
            f"{index} {'has no exact noise correction' if splits else 'does not split into tiers'}",
            hint='Use index="variance", or leave out se' + ("." if splits else " and regions."),
        )
    codes, y, n, error = sorted_values(values, weights, se, least=3)
    if not splits:
        check_domain(codes, y, {"any": np.nan, ">=0": 1.0, ">0": 0.0}[INDICES[index].domain], index)
        table = _one_by_one(y, n, index)
    else:
        degree = degree_of(index, order)
        check_domain(codes, y, degree, index)
        pieces = cut_pieces(regions, codes) if regions else None
        table = _in_one_pass(y, n, error, pieces, degree)
    return pd.DataFrame(table, index=codes).reindex(values.index)


def _one_by_one(y: Array, n: Array, index: str) -> dict[str, Array]:
    kernel = INDICES[index].kernel
    numbers = np.arange(len(y))
    with np.errstate(invalid="ignore", divide="ignore"):
        without = np.array(
            [float(kernel(y[numbers != i], n[numbers != i] / (1 - n[i]))) for i in numbers]
        )
    return {"without": without, "influence": float(kernel(y, n)) - without}


def _in_one_pass(
    y: Array, n: Array, se: Array | None, pieces: Pieces | None, degree: float
) -> dict[str, Array]:
    """Take each area out of the sums over its own groups; all others stay as they are."""
    mu = y @ n
    # Both leave the index as it is, and keep what is subtracted below small.
    y = y - mu if np.isnan(degree) else y / mu
    error = np.zeros(len(y)) if se is None else se**2
    areas = np.arange(len(y))
    tiers = [(areas, areas * 0, n), (areas, areas, n)]
    for belonging in belongings(pieces, len(y))[1:-1] if pieces else ():
        rows = belonging.tocoo()
        tiers.insert(-1, (*rows.coords, n[rows.coords[0]] * rows.data))
    sums = [_left_out(y, weight, error, area, group, degree) for area, group, weight in tiers]
    whole = np.array([each[0] for each in sums])
    out = np.array([each[1] for each in sums])
    power = 0.0 if np.isnan(degree) else degree
    factor = power * (power - 1) or 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        left = (out - out[0]) / ((1 - n) * ((y @ n - n * y) / (1 - n)) ** power * factor)
    whole = (whole - whole[0]) / factor
    left[:, ~(left[-1] > ROUNDING * whole[-1])] = 0.0
    table = {"without": left[-1], "influence": whole[-1] - left[-1]}
    for number, tier in enumerate(pieces.tiers if pieces else (), start=1):
        table[f"hidden_{tier}"] = _hidden(whole, number) - _hidden(left, number)
    return table


def _hidden(sums: Array, tier: int) -> Array:
    """Return the share of the index that is not between the groups of a tier, kept to 0..1."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.clip(1 - sums[tier] / sums[-1], 0.0, 1.0))


def _left_out(
    y: Array, weight: Array, error: Array, area: np.ndarray, group: np.ndarray, degree: float
) -> tuple[float, Array]:
    """Return the sum over groups of N f(m), and the same without each area.

    f is ``-ln m``, ``m ln m`` or ``m^degree``; for the variance m^2 less its noise.
    """
    parts = np.stack([weight, weight * y[area], weight**2 * error[area]])
    held = np.array([np.bincount(group, part) for part in parts], float)
    alone = np.bincount(group)[group] == 1
    here = _group_terms(held, degree)
    there = np.where(alone, 0.0, _group_terms(held[:, group] - parts, degree))
    lost = np.bincount(area, here[group] - there, len(y))
    return float(here.sum()), here.sum() - lost


def _group_terms(held: Array, degree: float) -> Array:
    weight, total, noise = held
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / weight
        if np.isnan(degree):
            return np.asarray((total**2 - noise) / weight)
        if degree == 0:
            return np.asarray(-weight * np.log(mean))
        if degree == 1:
            return np.asarray(total * np.log(np.where(mean <= 0, 1.0, mean)))
        return np.asarray(weight * np.maximum(mean, 0.0) ** degree)
