"""Metrics of one mission that move apart: where one rises for certain while the other falls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_direction, check_share
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.cohort import Cohort, follow_ends
from spatial_gaps.measure.common_errors import ErrorCorrelation
from spatial_gaps.measure.multiple import adjust

# Where noise makes up more of the spread of changes than this, their correlation is not told.
MOST_NOISE = 0.6
NOT_ASSESSABLE = "not assessable"


@dataclass(frozen=True)
class MovingApart:
    """How far two metrics of the same areas move apart.

    Attributes
    ----------
    table : DataFrame
        Indexed as the first panel: one, other (changes from the first to the last period, turned so
        that a rise is better), one_se, other_se, p, p_adjusted, verdict ("one up, other down",
        "one down, other up", "not certain" or "not assessable").
    n : int
        Areas assessed.
    apart : int
        Areas in which the metrics move apart for certain.
    people : float
        Share of the weight of the areas assessed that lives in these.
    opposite : int
        Areas with changes of opposite sign by point estimate, among all with both changes.
    correlation : float
        Of the true changes over areas; nan where noise makes up over 60 % of a side's spread, or
        its errors are not known.
    raw_correlation : float
        Of the published changes.
    """

    table: pd.DataFrame
    n: int
    apart: int
    people: float
    opposite: int
    correlation: float
    raw_correlation: float

    def __str__(self) -> str:
        changes = int(self.table[["one", "other"]].notna().all(axis=1).sum())
        true = (
            "that of the true changes cannot be told from noise"
            if math.isnan(self.correlation)
            else f"that of the true changes is {self.correlation:.2f}"
        )
        return (
            f"In {self.apart} of {self.n} areas assessed one metric gets better and the other worse "
            f"for certain, in {self.opposite} of {changes} by point estimate; published changes "
            f"correlate by {self.raw_correlation:.2f}, {true}."
        )


def moving_apart(
    one: pd.DataFrame,
    other: pd.DataFrame,
    *,
    higher_is: Sequence[str],
    se: Sequence[pd.DataFrame | None] = (None, None),
    correlation: Sequence[float | ErrorCorrelation | None] = (None, None),
    weights: pd.Series[Any] | None = None,
    alpha: float = 0.05,
) -> MovingApart:
    """Find the areas in which two metrics move apart, from the first to the last period of each.

    Two metrics of one mission can be met at each other's cost: employment by jobs that pay less,
    pay by fewer people in work. An area counts if one change is better and the other worse, both
    for certain.

    Parameters
    ----------
    one, other : DataFrame, shape (areas, periods)
        Figures indexed by code, as `panel` returns them.
    higher_is : pair of {"better", "worse"}
        Directions of the two metrics.
    se : pair of DataFrame or None
        Standard errors of each. Without them a change is never certain.
    correlation : pair of float or ErrorCorrelation
        Of the errors of an area at both ends of each metric, as `error_correlation` estimates it;
        needed beside `se`.
    weights : Series, optional
        People per area; equal unless given.
    alpha : float
        False discovery rate among the areas named.

    Returns
    -------
    MovingApart
        The areas, how many, and how the changes correlate.

    Raises
    ------
    InputError
        If a direction or the correlation of errors is missing, or a panel has one period.
    StatisticUndefined
        If fewer than three areas have figures at both ends of both.

    See Also
    --------
    missions : Which metrics are of one mission.

    Notes
    -----
    ``z = change / sqrt(se0^2 + se1^2 - 2 rho se0 se1)`` of each metric. That an area's changes are
    opposite is tested by intersection and union: p is the larger of the two one-sided p, doubled
    because it may be either way round. It is valid however the errors of the two metrics go
    together. Then Benjamini and Hochberg over the areas assessed.

    The correlation of true changes is ``cov / sqrt(v_one v_other)`` with ``v`` the variance of a
    metric's changes less the mean square of their errors, and takes errors of the two metrics as
    independent. An error correlation estimated from the same changes puts all of their spread down
    to noise, and then it cannot be told.

    References
    ----------
    Berger (1982), Multiparameter hypothesis testing and acceptance sampling. Benjamini and Hochberg
    (1995), Controlling the false discovery rate.

    Examples
    --------
    >>> pay = pd.DataFrame({"2015": [1.0, 1, 1], "2020": [9.0, 9, 1]}, index=list("abc"))
    >>> jobs = pd.DataFrame({"2015": [9.0, 5, 5], "2020": [1.0, 9, 5]}, index=list("abc"))
    >>> error = pay * 0 + 0.5
    >>> found = moving_apart(pay, jobs, higher_is=("better", "better"), se=(error, error),
    ...                      correlation=(0, 0))
    >>> found.table["verdict"].tolist()
    ['one up, other down', 'not certain', 'not certain']
    """
    if len(higher_is) != 2 or len(se) != 2 or len(correlation) != 2 or isinstance(higher_is, str):
        raise InputError("two metrics need a pair of directions, of errors and of correlations")
    signs = [1.0 if check_direction(way) == "better" else -1.0 for way in higher_is]
    check_share(alpha, "alpha")
    sides = [
        _change(follow_ends(panel, error, None, rho), sign, rho)
        for panel, error, rho, sign in zip((one, other), se, correlation, signs, strict=True)
    ]
    both = pd.concat(sides, axis=1, join="inner")
    if len(both) < 3:
        raise StatisticUndefined(
            f"only {len(both)} areas have figures at both ends of both metrics"
        )
    table = both.set_axis(["one", "one_se", "other", "other_se"], axis=1)
    known = table[["one_se", "other_se"]].notna().all(axis=1).to_numpy()
    table["p"] = _p_opposite(table)
    table["p_adjusted"] = np.nan
    table.loc[known, "p_adjusted"] = adjust(table.loc[known, "p"].to_numpy(), "fdr")
    table["verdict"] = _verdicts(table, known, alpha)
    apart = table["verdict"].isin(["one up, other down", "one down, other up"]).to_numpy()
    people = np.ones(len(table)) if weights is None else _people(weights, table.index)
    result = table.reindex(one.index)
    return MovingApart(
        table=result.assign(verdict=result["verdict"].fillna(NOT_ASSESSABLE)),
        n=int(known.sum()),
        apart=int(apart.sum()),
        people=float(people[apart].sum() / people[known].sum()) if known.any() else float("nan"),
        opposite=int((table["one"] * table["other"] < 0).sum()),
        correlation=_true_correlation(table),
        raw_correlation=_ratio(_cov(table), table["one"].var() * table["other"].var()),
    )


def _change(ends: Cohort, sign: float, rho: float | ErrorCorrelation | None) -> pd.DataFrame:
    """Return each area's change for the better and its standard error."""
    change = sign * (ends.y[:, 1] - ends.y[:, 0])
    error = np.full(len(change), np.nan)
    if ends.se is not None:
        first, last = ends.se.T
        error = np.sqrt(np.maximum(first**2 + last**2 - 2 * float(rho or 0) * first * last, 0.0))
    return pd.DataFrame({"change": change, "se": error}, index=ends.codes)


def _p_opposite(table: pd.DataFrame) -> Array:
    """Return the p of the changes being opposite; nan where an error is not known."""
    z = [_z(table[side].to_numpy(), table[f"{side}_se"].to_numpy()) for side in ("one", "other")]
    up = [np.array([math.erfc(score / math.sqrt(2)) / 2 for score in side]) for side in z]
    apart = np.maximum(up[0], 1 - up[1]), np.maximum(1 - up[0], up[1])
    return np.asarray(np.minimum(2 * np.minimum(*apart), 1.0))


def _z(change: Array, se: Array) -> Array:
    """Return change over error: endless where a change has no error, 0 where there is no change."""
    exact = se == 0
    z = change / np.where(exact, 1.0, se)
    return np.where(exact, np.where(change == 0, 0.0, np.copysign(np.inf, change)), z)


def _verdicts(table: pd.DataFrame, known: np.ndarray[Any, Any], alpha: float) -> list[str]:
    """Return in words which way round each area moves apart, if it does."""
    certain = (table["p_adjusted"] <= alpha).to_numpy()
    up = (table["one"] > 0).to_numpy()
    words = np.where(up, "one up, other down", "one down, other up")
    verdicts = np.where(~known, NOT_ASSESSABLE, np.where(certain, words, "not certain"))
    return [str(verdict) for verdict in verdicts]


def _people(weights: pd.Series[Any], index: pd.Index[Any]) -> Array:
    """Return the weight of every area assessed."""
    people = as_floats(weights.reindex(index), "weights")
    lacking = ~(people > 0)
    if lacking.any():
        raise InputError(
            "areas with figures have no positive weight", offenders=list(index[lacking])
        )
    return people


def _true_correlation(table: pd.DataFrame) -> float:
    """Return the correlation of the changes with their errors taken out."""
    signal = 1.0
    for side in ("one", "other"):
        spread, noise = table[side].var(), (table[f"{side}_se"] ** 2).mean()
        # Not known is not told either.
        if not noise <= MOST_NOISE * spread:
            return float("nan")
        signal *= spread - noise
    return float(np.clip(_ratio(_cov(table), signal), -1.0, 1.0))


def _cov(table: pd.DataFrame) -> float:
    return float(np.cov(table["one"], table["other"])[0, 1])


def _ratio(covariance: float, product: float) -> float:
    return covariance / math.sqrt(product) if product > 0 else float("nan")
