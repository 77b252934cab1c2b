"""Where inequality lives: exact nested decomposition, and what an average hides.

An area that straddles parents enters as pieces: same figure, weight split by its shares. Splitting
changes no index here, so the parts still add up to the total exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_count, check_region, check_values
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.measure.uncertainty import impute_se, noise_variance
from spatial_gaps.records import Decomposition

INDEX_NAMES = ("theil", "mld", "variance")


@dataclass(frozen=True)
class _Pieces:
    """Pieces of areas: which area, which group in each tier (outermost first), share of the area."""

    area: np.ndarray
    groups: list[np.ndarray]
    labels: list[np.ndarray]
    share: Array
    tiers: list[str]


def _pieces(regions: Sequence[pd.Series], index: pd.Index) -> _Pieces:
    """Split areas along every tier; the innermost tier decides the pieces, outer tiers nest."""
    if not isinstance(regions, (list, tuple)) or not all(
        isinstance(region, pd.Series) for region in regions
    ):
        raise InputError("regions have to be a list of Series, outermost first")
    if not len(regions):
        raise JoinError("no grouping was given", hint="Give a list of Series, outermost first.")
    tiers = [str(region.name or f"tier_{i + 1}") for i, region in enumerate(regions)]
    shares = [
        check_region(region, index, tier) for region, tier in zip(regions, tiers, strict=True)
    ]
    inner = shares[-1]
    codes = inner.index.get_level_values("code")
    columns = [pd.Series(inner.index.get_level_values("parent"), index=range(len(inner)))]
    for outer, tier in zip(shares[-2::-1], tiers[-2::-1], strict=True):
        columns.insert(0, _outer_of(columns[0], pd.Index(codes), outer, tier))
    groups, labels = [], []
    for column in columns:
        numbers, names = pd.factorize(column, sort=True)
        groups.append(numbers)
        labels.append(np.asarray(names))
    return _Pieces(index.get_indexer(codes), groups, labels, inner.to_numpy(float), tiers)


def _outer_of(inner: pd.Series, codes: pd.Index, outer: pd.Series, tier: str) -> pd.Series:
    """Find the outer parent of every piece, through the areas that have only one."""
    parents = outer.reset_index(name="share")
    whole = parents[~parents["code"].duplicated(keep=False)].set_index("code")["parent"]
    found = pd.Series(whole.reindex(codes).to_numpy(), index=inner.index)
    known = pd.DataFrame({"inner": inner, "outer": found}).dropna().drop_duplicates()
    unique = known[~known["inner"].duplicated(keep=False)].set_index("inner")["outer"]
    found = found.fillna(inner.map(unique))
    twice = known.loc[known["inner"].duplicated(), "inner"]
    if found.isna().any() or len(twice):
        raise JoinError(
            f"the groups do not nest in '{tier}'",
            offenders=sorted(set(map(str, twice)) | set(map(str, inner[found.isna()]))),
            hint="Give the tiers outermost first, each group inside one group of the tier before.",
        )
    return found


def _between(y: Array, n: Array, group: np.ndarray, count: int, index: str) -> float:
    """Return the index of the distribution in which everyone has their group's mean."""
    weight = np.bincount(group, n, count)
    held = weight > 0
    weight = weight[held]
    mean = np.bincount(group, n * y, count)[held] / weight
    mu = n @ y
    if index == "variance":
        return float(weight @ (mean - mu) ** 2)
    if index == "mld":
        return float(weight @ np.log(mu / mean))
    relative = mean / mu
    return float((weight * relative) @ np.log(np.where(relative > 0, relative, 1.0)))


def decompose(
    values: pd.Series,
    regions: Sequence[pd.Series],
    weights: pd.Series | None = None,
    *,
    index: str = "theil",
    permutations: int = 0,
    seed: int | None = 0,
) -> Decomposition:
    """Split an index exactly into nested tiers.

    ``T = T_between(tier 1) + sum_r s_r T_between(tier 2 in r) + ... + within the last tier``.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    regions : sequence of Series
        Outermost first; labels by code, or shares on (code, parent). Their names become the tiers.
    weights : Series, shape (n,), optional
        People per area; equal unless given.
    index : {"theil", "mld", "variance"}
        What is split.
    permutations : int
        Draws for p: labels are shuffled within the parent, tier by tier. 0 for no p.
    seed : int
        Seed of the draws; None for another answer each time.

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
    Shorrocks (1984), Inequality decomposition by population subgroups.

    Examples
    --------
    >>> pay = pd.Series([1.0, 3.0, 5.0, 7.0], index=list("abcd"))
    >>> north = pd.Series(["n", "n", "s", "s"], index=list("abcd"), name="side")
    >>> decompose(pay, [north], index="variance").parts["value"].to_dict()
    {'side': 4.0, 'within': 1.0}
    """
    check_choice(index, INDEX_NAMES, "index")
    permutations = check_count(permutations, "permutations", 0)
    codes, y, n, _ = check_values(values, weights)
    bad = (y <= 0) if index == "mld" else (y < 0)
    if index != "variance" and bad.any():
        raise StatisticUndefined(
            f"{index} needs {'positive' if index == 'mld' else 'no negative'} values",
            offenders=[f"{code} {value:g}" for code, value in zip(codes[bad], y[bad], strict=True)],
            hint='Use index="variance", which exists for every value.',
        )
    pieces = _pieces(regions, codes)
    cumulative = _cumulative(y, n, pieces, index)
    parts = np.maximum(np.diff(cumulative, prepend=0.0), 0.0)
    total = cumulative[-1]
    p = (
        _permuted_p(y, n, pieces, index, permutations, seed)
        if permutations
        else [np.nan] * len(regions)
    )
    table = pd.DataFrame(
        {
            "value": parts,
            "share": parts / total if total > 0 else np.nan,
            "p": [*p, np.nan],
        },
        index=pd.Index([*pieces.tiers, "within"], name="tier"),
    )
    return Decomposition(index, total, table, _contributions(y, n, pieces, index))


def _cumulative(y: Array, n: Array, pieces: _Pieces, index: str) -> list[float]:
    """Return the between-group index of each tier, then the index over the areas."""
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        # Copies of 0.1 * 3 differ from 0.3 by rounding only, and shares of rounding are no shares.
        return [0.0] * (len(pieces.groups) + 1)
    spread, weight = _spread(y, n, pieces)
    tiers = range(len(pieces.groups))
    between = [_tier_between(spread, weight, pieces, tier, index) for tier in tiers]
    return [*between, _between(y, n, np.arange(len(y)), len(y), index)]


def _spread(y: Array, n: Array, pieces: _Pieces) -> tuple[Array, Array]:
    """Return the figure and the weight of every piece of an area."""
    return y[pieces.area], n[pieces.area] * pieces.share


def _tier_between(spread: Array, weight: Array, pieces: _Pieces, tier: int, index: str) -> float:
    """Return the between-group index of one tier; there is nothing between groups above the first."""
    if tier < 0:
        return 0.0
    return _between(spread, weight, pieces.groups[tier], len(pieces.labels[tier]), index)


def _contributions(y: Array, n: Array, pieces: _Pieces, index: str) -> pd.DataFrame:
    """Return each outermost group's within part (>= 0) and signed between part."""
    group, labels = pieces.groups[0], pieces.labels[0]
    spread, weight = _spread(y, n, pieces)
    mu = n @ y
    rows = []
    for number in range(len(labels)):
        here = group == number
        part = weight[here].sum()
        mean = weight[here] @ spread[here] / part
        inside = _between(
            spread[here], weight[here] / part, np.arange(here.sum()), int(here.sum()), index
        )
        value_share = part * mean / mu
        factor = value_share if index == "theil" else part
        between = {
            "theil": value_share * np.log(mean / mu) if mean > 0 else 0.0,
            "mld": part * np.log(mu / mean) if mean > 0 else np.nan,
            "variance": part * (mean - mu) ** 2,
        }[index]
        rows.append({"weight": part, "mean": mean, "within": factor * inside, "between": between})
    return pd.DataFrame(rows, index=pd.Index(labels, name=pieces.tiers[0]))


def _permuted_p(
    y: Array, n: Array, pieces: _Pieces, index: str, permutations: int, seed: int | None
) -> list[float]:
    """Return p of each tier: areas swap places within their parent of the tier above."""
    first = np.full(len(y), -1)
    first[pieces.area[::-1]] = np.arange(len(pieces.area))[::-1]
    observed = np.diff(_cumulative(y, n, pieces, index), prepend=0.0)
    results = []
    for tier in range(len(pieces.groups)):
        rng = np.random.default_rng(None if seed is None else [seed, tier])
        parent = np.zeros(len(y), int) if tier == 0 else pieces.groups[tier - 1][first]
        places = np.argsort(parent, kind="stable")
        order = np.empty(len(y), int)
        reached = 0
        for _ in range(permutations):
            # Sorting by parent plus noise shuffles all parents' areas at once.
            order[places] = np.argsort(parent + rng.random(len(y)))
            spread, weight = _spread(y[order], n[order], pieces)
            drawn = [
                _tier_between(spread, weight, pieces, outer, index) for outer in (tier - 1, tier)
            ]
            reached += drawn[1] - drawn[0] >= observed[tier] * (1 - 1e-12)
        results.append((reached + 1) / (permutations + 1))
    return results


def masking(
    values: pd.Series,
    regions: Sequence[pd.Series],
    weights: pd.Series | None = None,
    se: pd.Series | None = None,
) -> pd.DataFrame:
    """Say what an average at each tier hides: the share of the spread that lies below the tier.

    ``1 - (B - v_B) / (T - v_T)`` with T the weighted variance over areas, B that between the tier's
    groups, and v what sampling error adds to each: ``v_T = sum_i n_i (1 - n_i) se_i^2``,
    ``v_B = sum_i se_i^2 (sum_r n_ir^2 / N_r - n_i^2)``.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    regions : sequence of Series
        Tiers, in any order; labels by code, or shares on (code, parent).
    weights : Series, shape (n,), optional
        People per area.
    se : Series, shape (n,), optional
        Standard errors; missing ones take the median coefficient of variation. Without any,
        `hidden_share` equals `raw_share`.

    Returns
    -------
    DataFrame
        Indexed by tier: hidden_share (noise-corrected; nan where noise is all there is), raw_share
        (variance of the published figures, includes sampling noise), raw_theil_share.

    Raises
    ------
    JoinError
        If an area has no group.
    """
    codes, y, n, error = check_values(values, weights, se)
    error = np.zeros(len(y)) if error is None or np.isnan(error).all() else impute_se(y, error)[0]
    rows = {}
    for region in regions:
        pieces = _pieces([region], codes)
        between, total = _cumulative(y, n, pieces, "variance")
        part = n[pieces.area] * pieces.share
        held = np.bincount(pieces.groups[0], part, len(pieces.labels[0]))
        lent = np.bincount(pieces.area, part**2 / held[pieces.groups[0]], len(y))
        noise_between = float(np.sum(error**2 * (lent - n**2)))
        spread = total - noise_variance(n, error)
        hidden = 1 - (between - noise_between) / spread if spread > 0 else np.nan
        positive = (y >= 0).all() and y @ n > 0
        theil = _cumulative(y, n, pieces, "theil") if positive else [np.nan, np.nan]
        rows[pieces.tiers[0]] = {
            "hidden_share": float(np.clip(hidden, 0, 1)),
            "raw_share": 1 - between / total if total > 0 else np.nan,
            "raw_theil_share": 1 - theil[0] / theil[1] if theil[1] else np.nan,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("tier")
