"""Extremes: the best area against the worst, with the winner's curse taken out.

The highest published figure is high in part because its error is: so a published range, maximum or
best area overstates, the more so the noisier the figures and the more areas there are. How far the
true extremes reach depends on the tails of the true values, which noisy figures show but dimly.
Hence true values are drawn from their posterior twice, once with tails thinner and once with tails
much heavier than the normal curve's (see `draw_truth`), and the interval spans both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_count, check_direction, check_values
from spatial_gaps.measure.correction import UNKNOWN, Corrected, cached
from spatial_gaps.measure.indices import explain
from spatial_gaps.measure.inequality import Values, weigh
from spatial_gaps.measure.posterior import TAILS, draw_truth
from spatial_gaps.measure.uncertainty import complete_se, noise_variance

# Share of the published variance that is noise, above which an extreme is read with care, and above
# which it is not assessed: its interval would be about as wide as the index itself
# (docs/validation/extremes-coverage.md).
CAREFUL, HOPELESS = 0.05, 0.35
FEWEST = 12
TOP = 5  # areas at each end, unless another number is asked for
EXTREMES = (
    "range",
    "max_min_ratio",
    "top_bottom_difference",
    "top_bottom_ratio",
    "mdb",
    "par",
    "paf",
)
PARTS = ("value", "corrected", "lower", "upper")


def gap_extremes(
    values: Values,
    *,
    higher_is: str | None = None,
    weights: pd.Series | Array | None = None,
    se: pd.Series | Array | None = None,
    k: int = TOP,
    scale: str = "ratio",
    seed: int = 0,
) -> pd.DataFrame:
    """Measure the gaps that rest on the best and the worst areas alone.

    ``PAR = y_best - mu`` where higher is better and ``mu - y_best`` where it is worse;
    ``PAF = 100 PAR / mu``; ``MDB = sum_i n_i |y_best - y_i|``.

    Parameters
    ----------
    values : Series or array, shape (m,)
        One figure per area; missing ones are left out.
    higher_is : {"better", "worse"}, optional
        Which end is the best; mdb, par and paf need it.
    weights : Series or array, shape (m,), optional
        People per area, for the mean; equal unless given. With them comes `par_total`, par times
        their sum: so many pounds, or of a percentage so many people after division by 100.
    se : Series or array, shape (m,), optional
        Standard errors; missing ones take the median coefficient of variation.
    k : int
        How many areas make the top and the bottom.
    scale : {"ratio", "bounded", "interval"}
        Ratios are refused on an interval scale (no true zero).
    seed : int
        Seed of the draws; the order of the areas does not matter.

    Returns
    -------
    DataFrame
        Indexed by index: value (of the published figures), corrected (winner's curse taken out),
        lower, upper, reliability ("" without standard errors), note. Bigger is a wider gap; none
        is negative.

    Raises
    ------
    InputError
        If an option is unknown.
    StatisticUndefined
        If fewer than two values are left.

    Notes
    -----
    Reliability is "assessable" where noise makes up no more than 5 % of the published variance,
    "with care" up to 35 %, and "not assessable" beyond, or among fewer than 12 areas. The interval
    is the hull of two of 95 %, one for each shape of the tails, so it errs on the wide side.

    References
    ----------
    WHO (2013), Handbook on health inequality monitoring, chapter 3.

    Examples
    --------
    >>> table = gap_extremes([1.0, 2.0, 6.0], higher_is="better", k=1)
    >>> table["value"][["range", "max_min_ratio", "par", "paf"]].tolist()
    [5.0, 6.0, 3.0, 100.0]
    """
    index, y, n, error = check_values(values, weights, se)
    full = complete_se(y, error)
    total = None
    if weights is not None:
        given = weights if isinstance(weights, pd.Series) else pd.Series(np.asarray(weights))
        total = float(given.reindex(index).sum())
    rows = extreme_indices(y, n, full, higher_is, k=k, scale=scale, total=total, seed=seed)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("index")


def extreme_indices(
    y: Array,
    n: Array,
    se: Array | None,
    higher_is: str | None = None,
    *,
    k: int = TOP,
    scale: str = "ratio",
    total: float | None = None,
    seed: int = 0,
) -> dict[str, dict[str, Any]]:
    """Return the rows of `gap_extremes` for checked arrays, with the columns of `gap_indices`.

    Parameters
    ----------
    y, n : ndarray, shape (m,)
        Published values and shares of the weight, complete.
    se : ndarray, shape (m,), or None
        Standard errors, complete.
    higher_is, k, scale, seed
        As for `gap_extremes`.
    total : float, optional
        Sum of the weights; with it and a direction comes `par_total`.

    Returns
    -------
    dict of dict
        By index: value, corrected, lower, upper, reliability, note.

    Raises
    ------
    InputError
        If an option is unknown.
    """
    check_choice(scale, ("ratio", "bounded", "interval"), "scale")
    check_count(k, "k", 1)
    direction = None if higher_is is None else check_direction(higher_is)
    published = extremes_of(y, n, k, direction)
    hopeless = "" if se is None else _hopeless(y, n, se)
    found: dict[str, Corrected] = {}
    if se is not None and not hopeless:
        found = _corrected(y, n, se, k, direction, seed)
    rows: dict[str, dict[str, Any]] = {}
    for name in EXTREMES:
        refusal = refusal_of(name, y, n, k, direction, scale)
        value = float("nan") if refusal else float(published[name])
        ends = UNKNOWN if refusal else found.get(name, UNKNOWN)
        reliability, remark = _reliability(y, n, se, hopeless, ends)
        rows[name] = {
            **dict(zip(PARTS, (value, *ends), strict=True)),
            "reliability": "not assessable" if refusal else reliability,
            "note": refusal or f"{explain(name).meaning}; {remark}",
        }
    if total is not None and direction is not None:
        par = rows["par"]
        scaled = {part: par[part] * total for part in PARTS}
        rows["par_total"] = par | scaled | {"note": f"par times the total weight; {par['note']}"}
    return rows


def extremes_of(y: Array, n: Array, k: int, higher_is: str | None) -> dict[str, Array]:
    """Return every index that exists, on the last axis of `y`; a ratio to 0 or less is infinite.

    Shares `n` are one row for all of `y`, or one for each; areas that weigh nothing do not count.
    """
    counted = np.broadcast_to(n > 0, y.shape)
    rising = np.sort(np.where(counted, y, np.inf), axis=-1)
    falling = rising if counted.all() else np.sort(np.where(counted, y, -np.inf), axis=-1)
    highest, lowest, mean = falling[..., -1], rising[..., 0], weigh(y, n)
    found = {"range": highest - lowest, "max_min_ratio": _over(highest, lowest)}
    if 2 * k <= y.shape[-1]:
        top, bottom = falling[..., -k:].mean(-1), rising[..., :k].mean(-1)
        found |= {"top_bottom_difference": top - bottom, "top_bottom_ratio": _over(top, bottom)}
    if higher_is is not None:
        par = highest - mean if higher_is == "better" else mean - lowest
        # The best area is no worse than the mean, but rounding may say so where all are alike.
        par = np.maximum(par, 0.0)
        found |= {"mdb": par, "par": par, "paf": 100 * _over(par, mean)}
    return {name: np.asarray(value) for name, value in found.items()}


def _over(top: Array, bottom: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(bottom > 0, top / bottom, np.inf))


def _noise_share(y: Array, n: Array, se: Array) -> float:
    total = float(n @ (y - y @ n) ** 2)
    return noise_variance(n, se) / total if total > 0 else float("inf" if se.any() else 0)


def _hopeless(y: Array, n: Array, se: Array) -> str:
    """Say in words why extremes are not assessed, or return ""."""
    if len(y) < FEWEST:
        return f"fewer than {FEWEST} areas do not show how far the true values reach"
    noise = _noise_share(y, n, se)
    if noise > HOPELESS:
        return f"noise makes up {min(noise, 1):.0%} of the published variance, over {HOPELESS:.0%}"
    return ""


def refusal_of(name: str, y: Array, n: Array, k: int, higher_is: str | None, scale: str) -> str:
    """Say in words why an index does not apply, or return ""."""
    if name in ("mdb", "par", "paf") and higher_is is None:
        return "undefined: it was not said whether higher is better or worse"
    if name.startswith("top_bottom") and 2 * k > len(y):
        return f"undefined: the {k} highest and the {k} lowest of {len(y)} areas overlap"
    if name in ("max_min_ratio", "top_bottom_ratio", "paf") and scale == "interval":
        return "undefined: a ratio, and this scale has no true zero"
    if name == "paf" and y @ n <= 0:
        return "undefined: the mean is not positive"
    if name.endswith("ratio") and (y <= 0).any():
        return f"undefined: {int((y <= 0).sum())} values are zero or negative"
    return ""


def _corrected(
    y: Array, n: Array, se: Array, k: int, higher_is: str | None, seed: int
) -> dict[str, Corrected]:
    """Return every index of the true values: the mean of both medians, the hull of both intervals."""
    order = np.lexsort((n, se, y))  # one answer for any order of rows
    y, n, se = y[order], n[order], se[order]
    ends: dict[str, list[Array]] = {}
    for tail in TAILS:
        truth = draw_truth(y, se, tail, seed=seed)
        parts = [extremes_of(truth[some], n, k, higher_is) for some in cached(*truth.shape)]
        for name in parts[0]:
            draws = np.concatenate([part[name] for part in parts])
            own = np.quantile(draws, (0.025, 0.5, 0.975), method="nearest")
            ends.setdefault(name, []).append(own)
    found = {}
    for name, each in ends.items():
        lower, middle, upper = np.array(each).T
        # A ratio whose denominator may be zero has no upper end.
        bounded = np.isfinite(upper).all()
        hull = (middle.mean(), lower.min(), upper.max())
        found[name] = Corrected(*map(float, hull)) if bounded else UNKNOWN
    return found


def _reliability(
    y: Array, n: Array, se: Array | None, hopeless: str, found: Corrected
) -> tuple[str, str]:
    """Return how reliable a defined index is, and what is to be said about noise."""
    if se is None:
        return "", "of published figures, which noise drives apart (winner's curse)"
    if hopeless:
        return "not assessable", hopeless
    if np.isnan(found.estimate):
        return "not assessable", "the lowest true value may be zero"
    careful = _noise_share(y, n, se) > CAREFUL
    return (
        "with care" if careful else "assessable",
        "winner's curse taken out, interval spans thin and heavy tails",
    )
