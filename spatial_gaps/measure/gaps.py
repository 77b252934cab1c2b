"""How wide the gap is: best-off against worst-off, one row per region, and every index at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_direction, check_region, check_values
from spatial_gaps.measure.correction import UNKNOWN, Corrected, correct
from spatial_gaps.measure.extremes import extreme_indices
from spatial_gaps.measure.indices import FIFTH, INDICES, Index, explain
from spatial_gaps.measure.inequality import Values, tail_means
from spatial_gaps.measure.uncertainty import complete_se, noise_variance
from spatial_gaps.records import Gap

# Share of the published variance that is noise, above which no figure is given, and above which an
# index that sorts the figures was seen to cover a little less than it claims (docs/validation).
HOPELESS, CAREFUL = 0.6, 0.25


def gap(
    values: Values,
    *,
    higher_is: str | None,
    weights: pd.Series | Array | None = None,
    se: pd.Series | Array | None = None,
    seed: int = 0,
) -> Gap:
    """Measure the gap between the best-off and the worst-off fifth of people.

    Parameters
    ----------
    values : Series or array, shape (n,)
        One figure per area; missing ones are left out.
    higher_is : {"better", "worse"}
        Which end is well off; required.
    weights : Series or array, shape (n,), optional
        People per area; equal unless given.
    se : Series or array, shape (n,), optional
        Standard errors; with them come `corrected`, `lower` and `upper`, the difference of the
        true values and its 95 % interval.
    seed : int
        Seed of the interval's draws.

    Returns
    -------
    Gap
        `difference` is 0 or more whichever direction is good; `ratio` is nan unless all values
        are positive.

    Raises
    ------
    InputError
        If the direction is missing or unknown.
    StatisticUndefined
        If fewer than two values are left.

    Examples
    --------
    >>> gap([1.0, 2.0, 3.0, 4.0, 5.0], higher_is="better").difference
    4.0
    """
    direction = check_direction(higher_is)
    index, y, n, error = check_values(values, weights, se)
    low, high = map(float, tail_means(y, n, FIFTH))
    best, worst = (index[int(y.argmax())], index[int(y.argmin())])
    full = complete_se(y, error)
    found = UNKNOWN if full is None else _corrected(INDICES["difference"], y, n, full, seed)
    if direction == "worse":
        best, worst = worst, best
    return Gap(
        top=high if direction == "better" else low,
        bottom=low if direction == "better" else high,
        difference=high - low,
        ratio=high / low if (y > 0).all() else float("nan"),
        best=str(best),
        worst=str(worst),
        range=float(np.ptp(y)),
        n=len(y),
        higher_is=direction,
        weighted=weights is not None,
        corrected=found.estimate,
        lower=found.lower,
        upper=found.upper,
    )


def _corrected(index: Index, y: Array, n: Array, se: Array, seed: int) -> Corrected:
    return correct(
        index.kernel,
        y,
        n,
        se,
        analytic=index.analytic,
        form=index.form,
        floor=index.floor,
        ceiling=index.ceiling,
        seed=seed,
    )


def gap_by(
    values: pd.Series,
    region: pd.Series,
    *,
    higher_is: str | None,
    weights: pd.Series | None = None,
) -> pd.DataFrame:
    """Measure the spread inside each region, widest first.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    region : Series
        Region of each area, or shares as `parent_shares` gives them (an area counts in each of its
        parents with its share).
    higher_is : {"better", "worse"}
        Which end is well off.
    weights : Series, shape (n,), optional
        People per area.

    Returns
    -------
    DataFrame
        Indexed by region: n, mean (weighted), best, best_value, worst, worst_value, range.

    Raises
    ------
    InputError, JoinError
        If the direction is missing, or an area has no region.
    """
    direction = check_direction(higher_is)
    index, y, n, _ = check_values(values, weights, least=1)
    shares = check_region(region, index)
    pieces = pd.DataFrame(
        {
            "code": shares.index.get_level_values("code"),
            "region": shares.index.get_level_values("parent"),
        }
    )
    position = index.get_indexer(pd.Index(pieces["code"]))
    pieces["value"], pieces["weight"] = y[position], n[position] * shares.to_numpy()
    rows: dict[Any, dict[str, Any]] = {}
    for name, part in pieces.groupby("region", sort=True):
        ordered = part.sort_values(["value", "code"])
        low, high = ordered.iloc[0], ordered.iloc[-1]
        best, worst = (high, low) if direction == "better" else (low, high)
        rows[name] = {
            "n": len(part),
            "mean": float(np.average(part["value"], weights=part["weight"])),
            "best": best["code"],
            "best_value": float(best["value"]),
            "worst": worst["code"],
            "worst_value": float(worst["value"]),
            "range": float(high["value"] - low["value"]),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("region")
    return table.sort_values("range", ascending=False, kind="stable")


def gap_indices(
    values: Values,
    weights: pd.Series | Array | None = None,
    se: pd.Series | Array | None = None,
    *,
    higher_is: str | None = None,
    scale: str = "ratio",
    seed: int = 0,
) -> pd.DataFrame:
    """Compute every index that applies, and say why the others do not.

    Parameters
    ----------
    values : Series or array, shape (n,)
        One figure per area; missing ones are left out.
    weights : Series or array, shape (n,), optional
        People per area; equal unless given.
    se : Series or array, shape (n,), optional
        Standard errors. With them comes a 95 % interval for the index of the *true* values: since
        sampling error inflates spread, it may lie wholly below `value`.
    higher_is : {"better", "worse"}, optional
        Which end is well off; only the measures against the best area need it (mdb, par, paf).
    scale : {"ratio", "bounded", "interval"}
        Relative indices are refused on an interval scale (no true zero).
    seed : int
        Seed of the interval's draws.

    Returns
    -------
    DataFrame
        Indexed by index: value (of the published figures), corrected (sampling noise taken out),
        lower, upper, reliability ("assessable", "with care", "not assessable"; "" without standard
        errors), note. All are oriented so that bigger is a wider gap; see `explain`.

    Raises
    ------
    InputError
        If the scale is unknown.
    StatisticUndefined
        If fewer than two values are left.
    """
    check_choice(scale, ("ratio", "bounded", "interval"), "scale")
    _, y, n, error = check_values(values, weights, se)
    full = complete_se(y, error)
    noise = None if full is None else _noise_share(y, n, full)
    rows = {}
    for name, index in INDICES.items():
        refusal = _refusal(y, n, index, scale)
        value, found = float("nan"), UNKNOWN
        if not refusal:
            value = min(max(float(index.kernel(y, n)), index.floor), index.ceiling)
            found = UNKNOWN if full is None else _corrected(index, y, n, full, seed)
        rows[name] = {
            "value": value,
            "corrected": found.estimate,
            "lower": found.lower,
            "upper": found.upper,
            "reliability": _reliability(noise, index, found, refusal),
            "note": refusal or explain(name).meaning,
        }
    rows |= extreme_indices(y, n, full, higher_is, scale=scale, seed=seed)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("index")


def _noise_share(y: Array, n: Array, se: Array) -> float:
    total = float(n @ (y - y @ n) ** 2)
    return noise_variance(n, se) / total if total > 0 else np.inf


def _reliability(noise: float | None, index: Index, found: Corrected, refusal: str) -> str:
    """Say whether an index can be told from the noise; "" where there are no standard errors."""
    if noise is None and not refusal:
        return ""
    if refusal or noise is None or np.isnan(found.estimate):
        return "not assessable"
    if noise > HOPELESS and index.floor > -np.inf:
        return "not assessable"
    return "with care" if noise > CAREFUL and not index.analytic else "assessable"


def _refusal(y: Array, n: Array, index: Index, scale: str) -> str:
    """Say in words why an index does not apply, or return ""."""
    if index.relative and scale == "interval":
        return "undefined: relative to the mean, and this scale has no true zero"
    if index.domain == ">0" and (y <= 0).any():
        return f"undefined: {int((y <= 0).sum())} values are zero or negative"
    if index.domain == ">=0" and (y < 0).any():
        return f"undefined: {int((y < 0).sum())} values are negative"
    if index.relative and y @ n <= 0:
        return "undefined: the mean is not positive"
    return ""
