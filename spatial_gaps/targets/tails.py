"""Tails beside means: whether those worst off on average are where most people are badly off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, align, as_floats, check_direction, check_share, check_values
from spatial_gaps.errors import InputError, StatisticUndefined


@dataclass(frozen=True)
class TailBesideMean:
    """How far a mean and a share below a line tell different stories of the same areas.

    Attributes
    ----------
    rank_correlation : float
        Spearman's, both turned so that bigger is worse: 1 if they order the areas alike.
    n : int
        Areas with both.
    worst_share : float
        Share of people that makes the worst off.
    both, only_mean, only_tail : tuple of str
        Areas among the worst off by both, by the mean alone, and by the share below the line alone.
    """

    rank_correlation: float
    n: int
    worst_share: float
    both: tuple[str, ...]
    only_mean: tuple[str, ...]
    only_tail: tuple[str, ...]

    def __str__(self) -> str:
        worst = len(self.both) + len(self.only_mean)
        return (
            f"The mean and the tail order {self.n} areas with a rank correlation of "
            f"{self.rank_correlation:.2f}: {len(self.both)} of the {worst} worst off by the mean are "
            f"so by the tail, and {len(self.only_tail)} are by the tail alone."
        )


def compare_tail(
    mean: pd.Series[Any],
    tail: pd.Series[Any],
    *,
    higher_is: str | None,
    tail_higher_is: str | None,
    weights: pd.Series[Any] | None = None,
    worst_share: float = 0.2,
) -> TailBesideMean:
    """Say how far a mean hides the tail: average life satisfaction and the share below 4 of 10.

    Parameters
    ----------
    mean, tail : Series
        Figures indexed by code: the mean or median, and the share beyond a line.
    higher_is, tail_higher_is : {"better", "worse"}
        Direction of each.
    weights : Series, optional
        People per area; equal unless given.
    worst_share : float
        The worst off are the fewest areas that hold this share of people.

    Returns
    -------
    TailBesideMean
        Rank correlation, and who is among the worst off by one alone.

    Raises
    ------
    StatisticUndefined
        If fewer than three areas have both figures, or all figures of one are equal.

    Notes
    -----
    Areas with both figures are compared. Both are taken as published: sampling noise lowers the
    correlation, so a low one is no proof that true figures differ. Equal figures are cut by code.

    Examples
    --------
    >>> mean = pd.Series([5.0, 6.0, 7.0, 8.0, 9.0], index=list("abcde"))
    >>> below = pd.Series([10.0, 20.0, 5.0, 4.0, 3.0], index=list("abcde"))
    >>> found = compare_tail(mean, below, higher_is="better", tail_higher_is="worse")
    >>> found.rank_correlation, found.only_mean, found.only_tail
    (0.9, ('a',), ('b',))
    """
    signs = [
        -1.0 if check_direction(way) == "better" else 1.0 for way in (higher_is, tail_higher_is)
    ]
    check_share(worst_share, "worst_share")
    for figures, what in ((mean, "mean"), (tail, "tail")):
        if not isinstance(figures, pd.Series):
            raise InputError(f"{what} has to be a Series indexed by area code")
    held = mean.index.intersection(tail.index).sort_values()
    _, (one, other) = align(mean.reindex(held), tail.reindex(held), names=("tail",))
    here = ~np.isnan(as_floats(one, "means")) & ~np.isnan(as_floats(other, "tails"))
    index, y, n, _ = check_values(one[here], weights, least=3)
    worse = np.stack([signs[0] * y, signs[1] * as_floats(other[here], "tails")])
    rank = np.stack([pd.Series(side).rank().to_numpy() for side in worse])
    if (np.ptp(rank, axis=1) == 0).any():
        raise StatisticUndefined("all figures are equal, so there is no order to compare")
    by_mean, by_tail = (_worst(side, n, worst_share) for side in worse)
    parts = by_mean & by_tail, by_mean & ~by_tail, by_tail & ~by_mean
    both, only_mean, only_tail = (tuple(str(code) for code in index[part]) for part in parts)
    correlation = round(float(np.asarray(np.corrcoef(rank))[0, 1]), 12)
    return TailBesideMean(correlation, len(y), worst_share, both, only_mean, only_tail)


def _worst(worse: Array, n: Array, share: float) -> np.ndarray[Any, Any]:
    """Return the fewest areas, the worst first, that hold a share of people."""
    order = np.argsort(-worse, kind="stable")
    before = np.cumsum(n[order]) - n[order]
    worst = np.zeros(len(n), bool)
    worst[order[before < share * (1 - 1e-12)]] = True
    return worst
