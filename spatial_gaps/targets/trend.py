"""What changed in each area between two periods, and whether sampling error could have done it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import (
    Array,
    as_floats,
    check_choice,
    check_direction,
    check_share,
    check_unique,
)
from spatial_gaps.errors import InputError
from spatial_gaps.measure.cohort import start_years
from spatial_gaps.measure.common_errors import ErrorCorrelation, error_correlation
from spatial_gaps.measure.multiple import adjust
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.metrics.panels import window_overlap

WITHIN, UNKNOWN = "within sampling error", "not assessable"
VERDICTS = ("better", "worse", WITHIN, UNKNOWN)
RELATIVE_VERDICTS = ("gained", "lost", WITHIN, UNKNOWN)
NO_ERROR = "no error published"


def trend(
    panel: pd.DataFrame,
    se: pd.DataFrame | None = None,
    *,
    higher_is: str | None,
    correlation: float | ErrorCorrelation | None = None,
    nation: pd.DataFrame | None = None,
    scale: str = "ratio",
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Say of every area whether it changed from the first to the last period, beyond sampling error.

    ``change = y1 - y0`` with ``Var = se0^2 + se1^2 - 2 rho se0 se1``, where `rho` is the correlation
    of the errors of one area in the two periods.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures indexed by code; columns are periods in time order, as `panel` returns them. Periods
        between the first and the last only help to estimate the correlation.
    se : DataFrame, shape (areas, periods), optional
        Standard errors in the unit of the figures. An area without one in the first or the last
        period gets no verdict.
    higher_is : {"better", "worse"}
        Which way is up; required.
    correlation : float or ErrorCorrelation, optional
        `rho`, 0 to 1; of an estimate, its `lower`. Unless given it is estimated from all pairs of
        periods as far apart. It is never taken below the share of months that the two periods have
        in common.
    nation : DataFrame, optional
        Indexed by period: value and se (missing ones count as 0) of the nation's published figure.
    scale : {"ratio", "bounded", "interval"}
        Only on a ratio scale is a change also a percentage.
    alpha : float
        Share of false verdicts, among all verdicts but "within sampling error", that is accepted.

    Returns
    -------
    DataFrame
        On the index of `panel`:

        - first, last, change, per_year: in the unit of the figures, the change with its sign; percent
          (nan but on a ratio scale).
        - se, lower, upper: standard error and 95 % limits of the change; p, p_adjusted: that there
          was no change, by itself and after Benjamini and Hochberg over the areas that have one.
        - verdict: "better", "worse", "within sampling error", "not assessable", by p_adjusted;
          verdict_alone by p.
        - relative_to_nation: percent by which the area grew more than the nation, or off a ratio scale
          its change less the nation's, with relative_se, relative_p_adjusted and relative_verdict
          ("gained", "lost", ...).
        - rank_first, rank_last: 1 for the best-off, among areas with both figures; rank_change: places
          climbed.
        - reason: why an area is not assessable, else "".

    Raises
    ------
    InputError
        If the panel is none, the direction is missing, `se` or `nation` lack a period, a standard
        error is negative, or an option is out of range.
    JoinError
        If codes repeat.
    StatisticUndefined
        If the correlation is to be estimated and no pair of periods has errors of three areas.

    See Also
    --------
    change_since : The same out of a metric, with its breaks and codes looked after.
    error_correlation : The correlation, and how it is estimated.

    Notes
    -----
    The estimated correlation takes all areas to have changed alike in truth. Where they have not it is
    too low, and verdicts err on the side of "within sampling error"; so they do because its lower 95 %
    limit is taken, without which false verdicts on 340 areas were 7 to 10 % and not 5. What all
    areas have in common is found none the less; an area that did better than the others only where it
    stands out from the spread of all changes. An area's error is taken as independent of
    the nation's, of which it is a small part. On a ratio scale the area and the nation are compared by
    logarithms: ``z = [ln(y1 / y0) - ln(N1 / N0)] / relative_se``, `relative_se` in percent.

    References
    ----------
    Benjamini & Hochberg (1995), Controlling the false discovery rate. Wood (2004), Comparing
    estimates over time from samples that overlap (the covariance term).

    Examples
    --------
    Errors of 3 and 4 that are independent make one of 5 for the change:

    >>> pay = pd.DataFrame({"2015": [100.0, 100.0], "2019": [120.0, 104.0]}, index=["a", "b"])
    >>> errors = pd.DataFrame({"2015": [3.0, 3.0], "2019": [4.0, 4.0]}, index=["a", "b"])
    >>> trend(pay, errors, higher_is="better", correlation=0)[["change", "per_year", "se", "verdict"]]
       change  per_year   se                verdict
    a    20.0       5.0  5.0                 better
    b     4.0       1.0  5.0  within sampling error
    """
    direction = check_direction(higher_is)
    check_choice(scale, ("ratio", "bounded", "interval"), "scale")
    check_share(alpha, "alpha")
    years = _check_panel(panel, se)
    names = [str(period) for period in panel.columns[[0, -1]]]
    y = np.column_stack([as_floats(panel[each], "figures") for each in panel.columns[[0, -1]]])
    errors = _errors(panel, se)
    rho = np.nan if np.isnan(errors).all() else _rho(panel, se, correlation, years, names)
    ratio = scale == "ratio" and not (y <= 0).any()
    change, noise = y[:, 1] - y[:, 0], _noise(errors, rho)
    table = pd.DataFrame(
        {
            "first": y[:, 0],
            "last": y[:, 1],
            "change": change,
            "per_year": change / (years[-1] - years[0]),
            "percent": 100 * change / y[:, 0] if ratio else np.nan,
            "se": noise,
            "lower": change - Z95 * noise,
            "upper": change + Z95 * noise,
        },
        index=panel.index,
    )
    good = change if direction == "better" else -change
    table["p"], table["p_adjusted"] = _tested(change, noise)
    table["verdict"] = _verdicts(good, table["p_adjusted"], alpha, VERDICTS)
    table["verdict_alone"] = _verdicts(good, table["p"], alpha, VERDICTS)
    own = (y, errors, rho)
    relative = _against_nation(own, _ends(nation, names), ratio, direction, alpha)
    table = table.assign(**relative, **_ranks(y, direction))
    return table.assign(reason=_reasons(y, noise, names))


def _check_panel(panel: pd.DataFrame, se: pd.DataFrame | None) -> Array:
    """Check figures and errors, and return when each period starts."""
    if not isinstance(panel, pd.DataFrame) or panel.shape[1] < 2:
        raise InputError(
            "change needs a panel of at least two periods",
            hint="Give a DataFrame, areas by periods, as panel() returns it.",
        )
    check_unique(panel.index, "the panel")
    years = start_years(panel.columns)
    if se is None:
        return years
    if not isinstance(se, pd.DataFrame):
        raise InputError("standard errors have to be a panel as the figures are")
    check_unique(se.index, "the standard errors")
    lacking = [str(period) for period in panel.columns if period not in se.columns]
    if lacking:
        raise InputError("se lacks periods that the panel has", offenders=lacking)
    negative = (se.reindex_like(panel) < 0).any(axis=1)
    if negative.any():
        raise InputError("standard errors are negative", offenders=list(se.index[negative]))
    return years


def _errors(panel: pd.DataFrame, se: pd.DataFrame | None) -> Array:
    """Return the standard errors of the first and the last period, shape (areas, 2)."""
    if se is None:
        return np.full((len(panel), 2), np.nan)
    ends = se.reindex(panel.index)
    return np.column_stack(
        [as_floats(ends[each], "standard errors") for each in panel.columns[[0, -1]]]
    )


def _rho(
    panel: pd.DataFrame,
    se: pd.DataFrame | None,
    given: float | ErrorCorrelation | None,
    years: Array,
    names: list[str],
) -> float:
    """Return the correlation of errors to reckon with."""
    overlap = window_overlap(*names)
    if given is None and se is not None:
        # In the order of the codes, so that sums do not depend on that of the rows.
        figures = panel.sort_index()
        given = error_correlation(figures, se, lag=years[-1] - years[0], overlap=overlap)
    if isinstance(given, ErrorCorrelation):
        return max(given.lower, overlap)
    rho = float(given if given is not None else 0)
    if not 0 <= rho <= 1:
        raise InputError("an error correlation has to lie between 0 and 1", value=rho)
    return max(rho, overlap)


def _noise(errors: Array, rho: float) -> Array:
    """Return the standard error of the change; 0 would be no error at all, and is nan."""
    one, other = errors[:, 0], errors[:, 1]
    variance = one**2 + other**2 - 2 * rho * one * other
    return np.sqrt(np.where(variance > 0, variance, np.nan))


def _tested(change: Array, noise: Array) -> tuple[Array, Array]:
    """Return two-sided p of no change, as they are and adjusted for the number of areas."""
    z = np.abs(change / noise)
    # erfc reaches 0 where z is beyond 38; p is above 0.
    p = np.array([max(math.erfc(each / math.sqrt(2)), 5e-324) for each in z])
    p[np.isnan(z)] = np.nan
    known = ~np.isnan(p)
    adjusted = p.copy()
    adjusted[known] = adjust(p[known], "fdr")
    return p, adjusted


def _verdicts(
    good: Array, p: pd.Series[float] | Array, alpha: float, words: tuple[str, ...]
) -> np.ndarray:
    p = np.asarray(p, dtype=float)
    up, down, within, unknown = words
    sure = np.where(good > 0, up, down)
    return np.where(np.isnan(p), unknown, np.where(p <= alpha, sure, within)).astype(object)


def _ends(nation: pd.DataFrame | None, names: list[str]) -> Array:
    """Return value (first row) and standard error of the nation in both periods; nan if unknown."""
    if nation is None:
        return np.full((2, 2), np.nan)
    own = nation.set_axis(nation.index.map(str))
    lacking = [name for name in names if name not in own.index]
    if lacking or not {"value", "se"} <= set(own):
        raise InputError(
            "nation has to hold value and se by period", offenders=lacking or list(own.columns)
        )
    return own.loc[names, ["value", "se"]].assign(se=own["se"].fillna(0)).to_numpy(float).T


def _against_nation(
    own: tuple[Array, Array, float], nation: Array, ratio: bool, direction: str, alpha: float
) -> dict[str, Any]:
    """Hold the change of every area against the nation's."""
    y, errors, rho = own
    value, error = nation
    if ratio:
        gained = np.log(y[:, 1] / y[:, 0]) - np.log(value[1] / value[0])
        errors, error = errors / y, error / value
    else:
        gained = y[:, 1] - y[:, 0] - (value[1] - value[0])
    both = error[0] ** 2 + error[1] ** 2 - 2 * np.nan_to_num(rho) * error[0] * error[1]
    noise = np.sqrt(_noise(errors, rho) ** 2 + both)
    _, adjusted = _tested(gained, noise)
    good = gained if direction == "better" else -gained
    return {
        "relative_to_nation": 100 * np.expm1(gained) if ratio else gained,
        "relative_se": 100 * noise if ratio else noise,
        "relative_p_adjusted": adjusted,
        "relative_verdict": _verdicts(good, adjusted, alpha, RELATIVE_VERDICTS),
    }


def _ranks(y: Array, direction: str) -> dict[str, Any]:
    """Rank areas in both periods; who has one figure only would move all others."""
    lacking = np.isnan(y).any(axis=1, keepdims=True)
    both = pd.DataFrame(np.where(lacking, np.nan, y))
    rank = both.rank(method="min", ascending=direction == "worse")
    return {
        "rank_first": rank[0].to_numpy(),
        "rank_last": rank[1].to_numpy(),
        "rank_change": (rank[0] - rank[1]).to_numpy(),
    }


def _reasons(y: Array, noise: Array, names: list[str]) -> list[str]:
    """Say why an area cannot be assessed."""
    found = []
    for figures, error in zip(y, noise, strict=True):
        absent = [name for name, figure in zip(names, figures, strict=True) if np.isnan(figure)]
        if absent:
            found.append(f"no figure in {' and '.join(absent)}")
        else:
            found.append(NO_ERROR if np.isnan(error) else "")
    return found
