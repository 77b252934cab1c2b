"""Variance partition: at which tier places differ, if the groups are draws from more such groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, random_stream
from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.measure.decomposition import ROUNDING, sorted_values
from spatial_gaps.measure.forms import belongings, overlap, roots
from spatial_gaps.measure.tiers import Pieces, cut_pieces

# Simulated data sets behind the interval, and how many numbers are held at once.
DRAWS, BATCH = 1000, 1_000_000
# One would do but for straddling areas, whose effects reach the sums of squares inside their groups.
SWEEPS = 50


def variance_partition(
    values: pd.Series[Any],
    regions: Sequence[pd.Series[Any]],
    se: pd.Series[Any] | None = None,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Split the variance of areas into random effects of nested tiers (intraclass correlation).

    ``y_i = mu + a_r(i) + b_t(i) + ... + e_i + noise_i``, each effect with a variance of its own,
    estimated by the method of moments: the sums of squares between the groups of each tier, inside
    the tier above, equal their expectations. Every area counts once: for shares among people see
    `decompose` with ``index="variance"``, which describes these very groups and no others.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    regions : sequence of Series
        Outermost first; labels by code, or shares on (code, parent): a straddling area has the
        effects of its groups in those shares. Their names become the tiers.
    se : Series, shape (n,), optional
        Standard errors: their noise is taken out of the variances; missing ones take the median
        coefficient of variation.
    seed : int
        Seed of the interval's draws.

    Returns
    -------
    DataFrame
        Indexed by tier, outermost first, "within" last: component (variance, in squared units, 0
        where the estimate is negative), share (of all components), lower, upper (95 % interval of
        the share for normal effects, over other draws of groups, areas and errors), raw_share (of
        the published figures, includes sampling noise).

    Raises
    ------
    JoinError
        If an area has no group, or the tiers do not nest.
    StatisticUndefined
        If a tier has no more groups than the tier above: its variance cannot be told from that.

    References
    ----------
    Henderson (1953), Estimation of variance and covariance components, method 1. Searle, Casella &
    McCulloch (1992), Variance Components, section 5.3. The interval: Weerahandi (1993), Generalized
    confidence intervals, with the sums of squares drawn under the estimate.

    Examples
    --------
    >>> pay = pd.Series([1.0, 3.0, 5.0, 7.0], index=list("abcd"))
    >>> side = pd.Series(["n", "n", "s", "s"], index=list("abcd"), name="side")
    >>> variance_partition(pay, [side])["component"].round(6).to_dict()
    {'side': 7.0, 'within': 2.0}
    """
    codes, y, _, error = sorted_values(values, None, se)
    pieces = cut_pieces(regions, codes)
    counts = [len(each) for each in pieces.labels]
    for tier, fewer, more in zip(
        [*pieces.tiers, "the areas"], [1, *counts], [*counts, len(y)], strict=True
    ):
        if more <= fewer:
            raise StatisticUndefined(
                f"{tier} has {more} groups, no more than the tier above: the two cannot be told apart",
                hint="Leave that tier out, or give areas with a finer grouping.",
            )
    equal = np.full(len(y), 1 / len(y))
    effects = belongings(pieces, len(y))
    forms = [roots(effect, equal) for effect in effects]
    expected = np.diff(
        [[overlap(form, effect) for effect in effects[1:]] for form in forms], axis=0
    )
    squared = np.zeros(len(y)) if error is None else error**2
    noise = np.diff([float(np.sum(form.power(2).sum(axis=1) * squared)) for form in forms])
    alike = np.ptp(y) <= ROUNDING * np.abs(y).max()
    found = _sums((y - y.mean()) * (not alike), pieces)
    raw = _components(found, expected)
    component = _components(found - noise, expected)
    lower, upper = np.full((2, len(found)), np.nan)
    likely = expected @ component + noise
    if (likely > 0).all():
        # The data are as far off their expectation as the draws are: solve for what would be true.
        drawn = _simulate(component, effects[1:], np.sqrt(squared), pieces, seed)
        pivots = _shares(_components(found * likely / drawn - noise, expected))
        told = pivots[~np.isnan(pivots[:, 0])]
        lower, upper = np.percentile(told, [2.5, 97.5], axis=0) if len(told) else (lower, upper)
    table = {"component": component, "share": _shares(component), "lower": lower, "upper": upper}
    return pd.DataFrame(
        table | {"raw_share": _shares(raw)}, index=pd.Index([*pieces.tiers, "within"], name="tier")
    )


def _sums(y: Array, pieces: Pieces) -> Array:
    """Return the sum of squares of each tier inside the tier above, over the number of areas."""
    weight = pieces.share / y.shape[-1]
    spread, sums = y[..., pieces.area] * weight, [y.mean(axis=-1) ** 2]
    for tier in range(len(pieces.tiers)):
        held = pieces.sums(weight, tier)
        sums.append((pieces.sums(spread, tier) ** 2 / held).sum(axis=-1))
    return np.asarray(np.diff([*sums, (y**2).mean(axis=-1)], axis=0).T)


def _components(sums: Array, expected: Array) -> Array:
    """Solve for variances of 0 or more, innermost first, that give the sums of squares expected."""
    found = np.zeros_like(sums)
    for _ in range(SWEEPS):
        for tier in reversed(range(len(expected))):
            rest = found @ expected[tier] - found[..., tier] * expected[tier, tier]
            found[..., tier] = np.maximum((sums[..., tier] - rest) / expected[tier, tier], 0.0)
    return found


def _shares(component: Array) -> Array:
    total = component.sum(axis=-1, keepdims=True)
    shares = np.full_like(component, np.nan)
    np.divide(component, total, out=shares, where=total > 0)
    return shares


def _simulate(
    component: Array, effects: list[Any], error: Array, pieces: Pieces, seed: int
) -> Array:
    """Return sums of squares of data sets drawn with the estimated variances and the errors."""
    rng = random_stream(seed)
    scale = np.sqrt(component)
    found = []
    for start in range(0, DRAWS, batch := max(BATCH // len(error), 1)):
        draws = min(batch, DRAWS - start)
        y = rng.standard_normal((draws, len(error))) * np.hypot(scale[-1], error)
        for size, effect in zip(scale, effects[:-1], strict=False):
            y += size * (rng.standard_normal((draws, effect.shape[1])) @ effect.T)
        found.append(_sums(y, pieces))
    return np.concatenate(found)
