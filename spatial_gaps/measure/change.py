"""Why inequality has changed: inside groups, by the sizes of groups, or by their means.

The mean log deviation L is the index for that: its parts weigh groups by people alone, so that the
change splits exactly, without a rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.cohort import Cohort, follow_ends
from spatial_gaps.measure.common_errors import ErrorCorrelation
from spatial_gaps.measure.correction import corrected_scores
from spatial_gaps.measure.inequality import _entropy
from spatial_gaps.measure.tiers import Pieces, cut_pieces
from spatial_gaps.measure.uncertainty import Z95

TERMS = ("within", "size_within", "size_between", "means")
# What a term says by its sign.
WORDS = {
    "within": ("less inequality inside them", "more inequality inside them"),
    "size_within": ("fewer people in the more unequal", "more people in the more unequal"),
    "size_between": (
        "more people in those near the mean",
        "more people in those far from the mean",
    ),
    "means": ("their means moving together", "their means moving apart"),
}


@dataclass(frozen=True)
class Change:
    """How much of a change of the mean log deviation comes from where.

    Attributes
    ----------
    tier : str
        Name of the groups.
    first, last : str
        The two periods.
    before, after : float
        The index of the published figures in each.
    terms : DataFrame
        Indexed by term, "total" last: value (of the published figures; the terms add up to the
        total), share, and with standard errors corrected (sampling noise taken out), lower, upper.
    groups : DataFrame
        Indexed by group: what each adds to every term.
    n : int
        How many areas.
    left_out : tuple of str
        Areas without a figure in one of the two.
    rho : float
        Correlation of the errors of one area in the two; nan without errors.
    """

    tier: str
    first: str
    last: str
    before: float
    after: float
    terms: pd.DataFrame
    groups: pd.DataFrame
    n: int
    left_out: tuple[str, ...]
    rho: float

    def __str__(self) -> str:
        clean = "corrected" in self.terms
        best = self.terms["corrected" if clean else "value"]
        total, main = best["total"], str(best.drop("total").abs().idxmax())
        span = f"from {self.first} to {self.last} the mean log deviation of {self.n} areas"
        text = f"{span[0].upper()}{span[1:]}{', sampling noise taken out,' * clean} {_moved(total)}"
        if clean:
            low, high = self.terms.loc["total", ["lower", "upper"]]
            text += f" (95 % interval of the change {low:.2g} to {high:.2g})"
            if total * self.terms.loc["total", "value"] < 0:
                text += f", although that of published figures {_moved(self.after - self.before)}"
        word = WORDS[main][int(best[main] > 0)]
        return f"{text}; of its parts by {self.tier}, {word} is the greatest ({best[main]:+.2g})."


def _moved(change: float) -> str:
    if change == 0:
        return "did not change"
    return f"{'fell' if change < 0 else 'rose'} by {abs(change):.2g}"


def decompose_change(
    panel: pd.DataFrame,
    region: pd.Series[Any],
    weights: pd.Series[Any] | pd.DataFrame | None = None,
    se: pd.DataFrame | None = None,
    *,
    correlation: float | ErrorCorrelation | None = None,
    seed: int = 0,
) -> Change:
    """Split the change of the mean log deviation exactly into what happened to groups of areas.

    With v_g the share of people of a group, m_g its mean, L_g the index inside it, bars for the
    average of the two periods and D for the change between them:
    ``DL = sum_g vbar_g DL_g  (within)  + sum_g Lbar_g Dv_g  (size_within)
    + sum_g (mbar_g / M - 1 - mean ln(m_g / M)) Dv_g  (size_between)
    + sum_g vbar_g (Dm_g / M - D ln m_g)  (means)``,
    where M is the logarithmic mean ``Dm / D ln m`` of the overall mean m.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Positive figures indexed by code; its first and last period are compared, over areas with a
        figure in both.
    region : Series
        Group of each area, or shares on (code, parent); the same in both periods.
    weights : Series or DataFrame, optional
        People per area: of each period for the terms of size, which are 0 with a Series.
    se : DataFrame, optional
        Standard errors, for `corrected` and the interval.
    correlation : float or ErrorCorrelation, optional
        Of one area's errors in the two periods; needed with `se`.
    seed : int
        Seed of the interval's draws.

    Returns
    -------
    Change
        `terms` adds up to its total to 1e-12.

    Raises
    ------
    InputError
        If it is no panel, or `se` comes without `correlation`.
    JoinError
        If an area has no group.
    StatisticUndefined
        If a figure is not positive.

    Notes
    -----
    Mookherjee and Shorrocks split the change of relative means, which leaves the change of the
    overall mean in the size term and the last two terms approximate; the logarithmic mean divides
    it exactly between sizes and means.

    References
    ----------
    Mookherjee & Shorrocks (1982), A decomposition analysis of the trend in UK income inequality.
    Ang (2004), Decomposition analysis for policymaking in energy (the logarithmic mean).

    Examples
    --------
    Two towns of one place each draw apart from 1 and 1 to 1 and 3: ``L = ln 2 - ln(3) / 2``.

    >>> pay = pd.DataFrame({"2010": [1.0, 1.0], "2020": [1.0, 3.0]}, index=["a", "b"])
    >>> found = decompose_change(pay, pd.Series(["x", "y"], index=["a", "b"], name="town"))
    >>> found.terms["value"].round(4).to_dict()
    {'within': 0.0, 'size_within': 0.0, 'size_between': 0.0, 'means': 0.1438, 'total': 0.1438}
    """
    cohort = follow_ends(panel, se, weights, correlation)
    bad = (cohort.y <= 0).any(axis=1)
    if bad.any():
        raise StatisticUndefined(
            "the mean log deviation exists only where every figure is positive",
            offenders=[str(code) for code in cohort.codes[np.flatnonzero(bad)]],
        )
    pieces = cut_pieces([region], cohort.codes)
    by_group = _terms(cohort.y[:, 0], cohort.y[:, 1], cohort.n, pieces)
    before, after = (float(_entropy(cohort.y[:, t], cohort.n[:, t], 0)) for t in (0, 1))
    values = np.append(by_group.sum(-1), after - before)
    index = pd.Index([*TERMS, "total"], name="term")
    terms = pd.DataFrame({"value": values}, index=index)
    terms["share"] = values / values[-1] if abs(values[-1]) > 1e-15 else np.nan
    rho = float("nan")
    if correlation is not None and cohort.se is not None:
        rho = float(correlation)
        terms[["corrected", "lower", "upper"]] = _intervals(cohort, pieces, rho, seed)
    return Change(
        tier=pieces.tiers[0],
        first=cohort.periods[0],
        last=cohort.periods[-1],
        before=before,
        after=after,
        terms=terms,
        groups=pd.DataFrame(
            by_group.T, index=pd.Index(pieces.labels[0], name=pieces.tiers[0]), columns=list(TERMS)
        ),
        n=len(cohort.codes),
        left_out=cohort.left_out,
        rho=rho,
    )


def _terms(y0: Array, y1: Array, n: Array, pieces: Pieces) -> Array:
    """Return what each group adds to each term, shape (terms, ..., groups)."""
    sizes, means, inside = [], [], []
    for y, share in ((y0, n[:, 0]), (y1, n[:, 1])):
        weight = pieces.weight(share)
        size = pieces.sums(weight, 0)
        spread = y[..., pieces.area]
        mean = pieces.sums(weight * spread, 0) / size
        sizes.append(size)
        means.append(mean)
        inside.append(np.log(mean) - pieces.sums(weight * np.log(spread), 0) / size)
    grown, moved = sizes[1] - sizes[0], means[1] - means[0]
    size, mean = (sizes[0] + sizes[1]) / 2, (means[0] + means[1]) / 2
    logs, rise = (np.log(means[0]) + np.log(means[1])) / 2, np.log(means[1] / means[0])
    before, after = ((s * m).sum(-1, keepdims=True) for s, m in zip(sizes, means, strict=True))
    centre = _logarithmic_mean(before, after)
    return np.array(
        [
            size * (inside[1] - inside[0]),
            (inside[0] + inside[1]) / 2 * grown,
            (mean / centre - 1 - logs + np.log(centre)) * grown,
            size * (moved / centre - rise),
        ]
    )


def _logarithmic_mean(before: Array, after: Array) -> Array:
    """Return ``(after - before) / ln(after / before)``, near equality their average."""
    half = (after - before) / (after + before)
    safe = np.where(np.abs(half) < 1e-7, 1e-7, half)
    # ln(after / before) = 2 artanh(half)
    return np.asarray((after + before) / 2 * safe / np.arctanh(safe))


def _intervals(cohort: Cohort, pieces: Pieces, rho: float, seed: int) -> Array:
    """Return each term and the total of the true figures with its interval."""
    if not -1 <= rho <= 1:
        raise InputError("a correlation lies between -1 and 1", value=rho)
    count, se = len(cohort.codes), cohort.se
    if se is None:
        return np.full((len(TERMS) + 1, 3), np.nan)

    def kernel(noise: Array, _: Array) -> Array:
        # Independent noise for either period makes errors that correlate.
        one, other = noise[..., :count], noise[..., count:]
        last = rho * one + np.sqrt(1 - rho**2) * other
        y0, y1 = cohort.y[:, 0] + se[:, 0] * one, cohort.y[:, 1] + se[:, 1] * last
        sums = _terms(y0, y1, cohort.n, pieces).sum(-1)
        return np.asarray(np.append(sums, sums.sum(0, keepdims=True), axis=0).T)

    zeros, ones = np.zeros(2 * count), np.ones(2 * count)
    estimate, variance = corrected_scores(kernel, zeros, ones, ones, seed=seed)
    half = Z95 * np.sqrt(variance)
    found = np.stack([estimate, estimate - half, estimate + half], axis=-1)
    known = np.isfinite(found).all(axis=-1, keepdims=True)
    return np.asarray(np.where(known, found, np.nan))
