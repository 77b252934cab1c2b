"""League tables that say how little they know: ranks of areas with intervals."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import (
    Array,
    align,
    as_floats,
    check_count,
    check_direction,
    check_values,
    random_stream,
)
from spatial_gaps.errors import InputError
from spatial_gaps.measure.inequality import Values
from spatial_gaps.measure.uncertainty import impute_se, shrunk_moments

LEVEL = 0.95


def ranks(
    values: Values,
    se: pd.Series[Any] | Array,
    *,
    higher_is: str | None,
    region: pd.Series[Any] | None = None,
    draws: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Rank areas, 1 for the best-off, with intervals for the ranks of their true values.

    Two intervals of 95 %, for two questions. `lower` to `upper` is about one area looked up by
    itself: quantiles of its rank in draws from the shrunk posterior (`shrunk_moments`). `joint_lower`
    to `joint_upper` is about the league table as a whole: all of these hold at once, because an area
    is put above another only where intervals of every area, widened for their number, do not touch.

    Parameters
    ----------
    values : Series or array, shape (n,)
        One figure per area.
    se : Series or array, shape (n,)
        Standard errors, taken as independent; missing ones take the median coefficient of variation.
    higher_is : {"better", "worse"}
        Which end ranks first; required.
    region : Series, optional
        Label by code of areas alike, say urban and rural: an area is then shrunk towards its own
        group's mean instead of the mean of all.
    draws : int
        Draws from the posterior.
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        On the index of `values`: value, rank (of the published figure; equal ones share the better
        rank), expected (mean rank of the draws), lower, upper, joint_lower, joint_upper,
        se_imputed, status ("" or "no figure": then the ranks are nan).

    Raises
    ------
    InputError
        If the direction or the standard errors are missing.
    JoinError
        If an area has no standard error entry or no region.
    StatisticUndefined
        If fewer than two values are left, or no area has a standard error.

    Notes
    -----
    The posterior takes true values of areas (of a group) to be normal. On average over the areas its
    intervals hold as often as they claim (.95 on the UK's pay, employment and healthy life
    expectancy), but for the area furthest out much less often: .72 to .81 of the time where noise is
    a third of the true spread, .28 to .66 where it is two thirds. The joint intervals assume nothing
    about the true values, and are wide. They use
    ``y_i +- z se_i`` with z at ``(1 + 0.95^(1/n)) / 2`` of the normal distribution (Sidak), and
    ``joint_lower_i = 1 + #{j: wholly better than i}``.

    References
    ----------
    Goldstein & Spiegelhalter (1996), League tables and their limitations. Klein, Wright & Wieczorek
    (2020), A joint confidence region for an overall ranking of populations.

    Examples
    --------
    The first two cannot be told apart, the third is last for sure:

    >>> table = ranks([9.0, 8.0, 1.0], [1.0, 1.0, 0.1], higher_is="better")
    >>> table[["rank", "joint_lower", "joint_upper"]].astype(int).to_numpy().tolist()
    [[1, 1, 2], [2, 1, 2], [3, 3, 3]]
    """
    direction = check_direction(higher_is)
    draws = check_count(draws, "draws", 100)
    codes, (lead, own) = align(values, se, names=("se",))
    if own is None:
        raise InputError("intervals of ranks need standard errors")
    # Sorted, so that the draws do not depend on the order of the rows.
    index, y, _, error = check_values(lead.sort_index(), se=own)
    error, imputed = impute_se(y, np.full(len(y), np.nan) if error is None else error)
    group = np.zeros(len(y), int)
    if region is not None:
        _, (_, labels) = align(pd.Series(y, index=index), region, names=("region",))
        group = pd.factorize(labels)[0]
    # Small is good from here on.
    cost = -y if direction == "better" else y
    drawn = _draw_ranks(cost, error, group, draws, seed)
    lower, upper = np.quantile(
        drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0, method="inverted_cdf"
    )
    joint_lower, joint_upper = _joint(cost, error)
    table = pd.DataFrame(
        {
            "rank": pd.Series(cost).rank(method="min").to_numpy(),
            "expected": drawn.mean(axis=0),
            "lower": lower,
            "upper": upper,
            "joint_lower": joint_lower,
            "joint_upper": joint_upper,
        },
        index=index,
    ).reindex(codes)
    table.insert(0, "value", as_floats(lead, "values"))
    table["se_imputed"] = pd.Series(imputed, index=index).reindex(codes, fill_value=False)
    return table.assign(status=np.where(table["value"].isna(), "no figure", ""))


def _draw_ranks(cost: Array, se: Array, group: np.ndarray, draws: int, seed: int) -> Array:
    """Return the ranks of all areas in each draw of their true values, shape (draws, m)."""
    rng = random_stream(seed)
    means, deviations = shrunk_moments(cost, se, group, draws, rng)
    truth = means + deviations * rng.standard_normal(means.shape)
    return np.array([np.searchsorted(np.sort(row), row) for row in truth]) + 1.0


def _joint(cost: Array, se: Array) -> tuple[Array, Array]:
    """Return ranks from intervals that hold for all areas at once."""
    half = NormalDist().inv_cdf((1 + LEVEL ** (1 / len(cost))) / 2) * se
    best, worst = np.sort(cost - half), np.sort(cost + half)
    wholly_better = np.searchsorted(worst, cost - half, side="left").astype(float)
    not_wholly_worse = np.searchsorted(best, cost + half, side="right").astype(float)
    return wholly_better + 1, not_wholly_worse
