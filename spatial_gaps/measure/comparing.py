"""Like with like: one group of areas against another, and each area against its peers.

Means of areas' figures are linear in the figures, so their intervals are exact where the errors
are normal. Every gap says how far the first is worse off: bigger is worse, negative is better off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spatial_gaps.checks import (
    Array,
    align,
    check_choice,
    check_direction,
    check_unique,
    check_values,
)
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.measure.inequality import Values
from spatial_gaps.measure.shares import ratio_ends
from spatial_gaps.measure.uncertainty import Z95, complete_se

Codes = pd.Series | Iterable[object]


@dataclass(frozen=True)
class GroupGap:
    """How far the mean of one group of areas is worse off than that of another.

    `difference` and `ratio` with their 95 % intervals are oriented so that bigger is worse for the
    first group: a difference below 0 or a ratio below 1 says that it is better off. `shared` counts
    the areas in both groups; `missing` are members without a figure.
    """

    one: float
    other: float
    difference: float
    lower: float
    upper: float
    ratio: float
    ratio_lower: float
    ratio_upper: float
    n_one: int
    n_other: int
    shared: int
    missing: tuple[str, ...]
    higher_is: str
    weighted: bool

    def __str__(self) -> str:
        worse = self.difference >= 0
        # The interval is turned with the sentence, so that it is one of the amount it names.
        ends = (self.lower, self.upper) if worse else (-self.upper, -self.lower)
        known = self.lower == self.lower
        interval = f" ({ends[0]:,.1f} to {ends[1]:,.1f})" if known else ""
        return (
            f"The first group, at {self.one:,.1f}, is {'worse' if worse else 'better'} off than the "
            f"second, at {self.other:,.1f}, by {abs(self.difference):,.1f}{interval}."
        )


def gap_between(
    values: Values,
    one: Codes,
    other: Codes,
    *,
    higher_is: str | None,
    weights: pd.Series | Array | None = None,
    se: pd.Series | Array | None = None,
    scale: str = "ratio",
) -> GroupGap:
    """Measure how far one group of areas is worse off than another, with exact intervals.

    ``difference = M_other - M_one`` where higher is better, else ``M_one - M_other``, of the weighted
    means; ``ratio`` is that of the mean that is taken away from to the other.

    Parameters
    ----------
    values : Series or array, shape (n,)
        One figure per area; missing ones are left out and counted.
    one, other : list of codes, or bool Series by code
        The groups. They may share areas (London and the United Kingdom): what the shared areas'
        errors do to both means is in the intervals.
    higher_is : {"better", "worse"}
        Which end is well off; required.
    weights : Series or array, shape (n,), optional
        People per area; equal unless given.
    se : Series or array, shape (n,), optional
        Standard errors; missing ones take the median coefficient of variation.
    scale : {"ratio", "bounded", "interval"}
        The ratio is nan on an interval scale (no true zero).

    Returns
    -------
    GroupGap
        With 95 % intervals; `ratio` is nan unless both means are positive, its ends are nan where
        the lower mean cannot be told from zero.

    Raises
    ------
    InputError
        If the direction is missing, or a group is neither a list of codes nor a bool Series.
    JoinError
        If a group names areas that `values` does not have.
    StatisticUndefined
        If no area of a group has a figure.

    References
    ----------
    Fieller (1954), Some problems in interval estimation (for the ratio).

    Examples
    --------
    >>> pay = pd.Series([400.0, 440.0, 500.0, 550.0], index=list("abcd"))
    >>> error = pd.Series(10.0, index=list("abcd"))
    >>> print(gap_between(pay, ["a", "b"], ["c", "d"], higher_is="better", se=error))
    The first group, at 420.0, is worse off than the second, at 525.0, by 105.0 (85.4 to 124.6).
    """
    direction = check_direction(higher_is)
    check_choice(scale, ("ratio", "bounded", "interval"), "scale")
    every, _ = align(values)
    index, y, n, error = check_values(values, weights, se, least=1)
    members = [_members(group, every, what) for group, what in ((one, "one"), (other, "other"))]
    shares = []
    for codes, what in zip(members, ("one", "other"), strict=True):
        held = np.where(index.isin(codes), n, 0.0)
        if not held.any():
            raise StatisticUndefined(f"no area of the group '{what}' has a figure")
        shares.append(held / held.sum())
    top, bottom = shares[::-1] if direction == "better" else shares
    above, below = float(top @ y), float(bottom @ y)
    lower = upper = nearest = furthest = float("nan")
    comparable = scale != "interval" and above > 0 and below > 0
    full = complete_se(y, error)
    if full is not None:
        variance = full**2
        half = Z95 * float(np.sqrt((top - bottom) ** 2 @ variance))
        lower, upper = above - below - half, above - below + half
        if comparable:
            off = top - above / below * bottom
            moments = (off**2 @ variance, off * bottom @ variance, bottom**2 @ variance)
            ends = ratio_ends(above / below, below, *map(float, moments))
            nearest, furthest = np.where(np.isfinite(ends), ends, np.nan).tolist()
    return GroupGap(
        one=float(shares[0] @ y),
        other=float(shares[1] @ y),
        difference=above - below,
        lower=lower,
        upper=upper,
        ratio=above / below if comparable else float("nan"),
        ratio_lower=nearest,
        ratio_upper=furthest,
        n_one=int((shares[0] > 0).sum()),
        n_other=int((shares[1] > 0).sum()),
        shared=int(((shares[0] > 0) & (shares[1] > 0)).sum()),
        missing=tuple(str(code) for code in members[0].union(members[1]).difference(index)),
        higher_is=direction,
        weighted=weights is not None,
    )


def _members(group: Codes, index: pd.Index, what: str) -> pd.Index:
    """Return the codes of a group, all of which have to be in `index`."""
    if isinstance(group, pd.Series):
        check_unique(group.index, what)
        if group.dtype != bool:
            raise InputError(
                f"the group '{what}' is a Series, but not one of true and false by code",
                hint='For instance groups("core_cities") == "core city".',
            )
        codes = group.index[group.to_numpy()]
    elif isinstance(group, str) or not isinstance(group, Iterable):
        raise InputError(f"the group '{what}' has to be a list of codes", value=group)
    else:
        codes = pd.Index(list(group)).unique()
    lacking = codes.difference(index)
    if len(lacking):
        raise JoinError(
            f"the group '{what}' names areas that values does not have",
            offenders=[str(code) for code in lacking],
            hint="Leave them out of the group, or give a missing value for them.",
        )
    return codes


def gap_to_peers(
    values: pd.Series,
    peers: pd.Series,
    *,
    higher_is: str | None,
    weights: pd.Series | None = None,
    se: pd.Series | None = None,
    benchmark: float | None = None,
) -> pd.DataFrame:
    """Measure how far each area is worse off than its peers, beside how far than the nation.

    ``gap_i = m_-i - y_i`` where higher is better, else ``y_i - m_-i``, with m_-i the weighted mean of
    the *other* areas of the group, and its exact variance ``se_i^2 + Var(m_-i)``.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    peers : Series of labels
        Group of each area: ``groups("combined_authority")``, a region, or any classification of
        your own. An area whose label is missing has no peers.
    higher_is : {"better", "worse"}
        Which end is well off; required.
    weights : Series, shape (n,), optional
        People per area; equal unless given.
    se : Series, shape (n,), optional
        Standard errors; missing ones take the median coefficient of variation.
    benchmark : float, optional
        Published national figure, taken as exact; the weighted mean of all other areas unless
        given.

    Returns
    -------
    DataFrame
        Indexed as `values`: peer (label), n_peers (others with a figure), value, peer_mean,
        peer_gap, peer_lower, peer_upper (95 %), the same four of national_, and status: "" or why
        there is no gap to the peers.

    Raises
    ------
    InputError
        If the direction is missing, or `peers` is not a Series of labels by code.
    JoinError
        If `peers` or the weights lack an area.

    Notes
    -----
    Residents against workers: set both side by side with ``pair_metrics(..., despite=["basis"])``
    and give its `difference` and `se` as `values` and `se`.

    Examples
    --------
    >>> pay = pd.Series([400.0, 440.0, 500.0, 560.0], index=list("abcd"))
    >>> kind = pd.Series(["rural", "rural", "city", "city"], index=list("abcd"))
    >>> gap_to_peers(pay, kind, higher_is="better")[["peer_gap", "national_gap"]].loc["b"].tolist()
    [-40.0, 46.666666666666686]
    """
    direction = check_direction(higher_is)
    if not isinstance(peers, pd.Series) or isinstance(peers.index, pd.MultiIndex):
        raise InputError("peers have to be a Series of one label per area, indexed by code")
    every, (_, label) = align(values, peers, names=("peers",))
    index, y, n, error = check_values(values, weights, se, least=1)
    full = complete_se(y, error)
    error = np.full(len(y), np.nan) if full is None else full
    group, names = pd.factorize(label.reindex(index))
    # Whoever has no label is a group of one.
    group = np.where(group < 0, len(names) + np.arange(len(y)), group)
    sides = {"peer": _others(y, n, error, group), "national": _others(y, n, error, 0 * group)}
    if benchmark is not None:
        sides["national"] = np.full(len(y), float(benchmark)), np.zeros(len(y))
    columns: dict[str, Array] = {"value": y}
    for side, (mean, variance) in sides.items():
        away = mean - y if direction == "better" else y - mean
        half = Z95 * np.sqrt(error**2 + variance)
        columns |= {f"{side}_mean": mean, f"{side}_gap": away}
        columns |= {f"{side}_lower": away - half, f"{side}_upper": away + half}
    found = pd.DataFrame(columns, index=index).reindex(every)
    others = label.map(label.reindex(index).value_counts()).fillna(0) - found["value"].notna()
    found.insert(0, "n_peers", others.clip(lower=0).astype(int))
    found.insert(0, "peer", label)
    found["status"] = np.select(
        [found["value"].isna(), label.isna(), found["n_peers"] == 0],
        ["no figure", "no peer group", "no other area of its group has a figure"],
        "",
    )
    return found


def _others(y: Array, n: Array, se: Array, group: np.ndarray) -> tuple[Array, Array]:
    """Return the weighted mean of the other areas of each one's group, and its variance."""
    rest = np.bincount(group, n)[group] - n
    alone = np.bincount(group)[group] == 1
    rest[alone] = np.nan
    noise = np.bincount(group, (n * se) ** 2)[group] - (n * se) ** 2
    return (np.bincount(group, n * y)[group] - n * y) / rest, np.maximum(noise, 0.0) / rest**2
