"""The share of a total outside some places, and whether a target moves it or only keeps it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from spatial_gaps.checks import align, as_floats
from spatial_gaps.errors import InputError, StatisticUndefined

# A share that moves by less than half a percentage point is printed as kept.
KEPT = 0.005


@dataclass(frozen=True)
class ShareOutside:
    """How much of a total lies outside, now and if a target is met.

    Attributes
    ----------
    outside, total : float
        In the unit of the figures.
    share : float
        ``outside / total``, 0 to 1.
    rise_outside, rise_total : float
        Rise outside that the target asks for, and that planned for the total; .4 is 40 %. nan if
        not given.
    share_after : float
        Share if both come about; nan if not given.
    rise_inside : float
        Rise inside that then remains; nan if not given.
    """

    outside: float
    total: float
    share: float
    rise_outside: float = float("nan")
    rise_total: float = float("nan")
    share_after: float = float("nan")
    rise_inside: float = float("nan")

    def __str__(self) -> str:
        now = f"{self.share:.1%} of the total lies outside"
        if math.isnan(self.share_after):
            return f"{now}."
        change = self.share_after - self.share
        moved = "only keeps it" if abs(change) < KEPT else f"makes it {self.share_after:.1%}"
        return (
            f"{now}; {self.rise_outside:+.0%} there while the total rises by {self.rise_total:.0%} "
            f"{moved} ({100 * change:+.1f} points, {self.rise_inside:+.0%} inside)."
        )


def share_outside(
    values: pd.Series[Any],
    inside: pd.Series[Any],
    *,
    rise_outside: float | None = None,
    rise_total: float | None = None,
) -> ShareOutside:
    """Measure the share of a total outside some places, and what a target does to it.

    ``share_after = share (1 + rise_outside) / (1 + rise_total)``: a target that rises no faster
    than the total only keeps the share.

    Parameters
    ----------
    values : Series, shape (n,)
        Amounts that add up (pounds, jobs; no rates), one row per area: leave out rows of totals.
    inside : Series of bool
        Whether each area is inside, by code, such as
        ``groups("greater_south_east", level="region") == "Greater South East"``.
    rise_outside, rise_total : float, optional
        Rises over the same years, as shares: .4 is 40 %. Both or neither.

    Returns
    -------
    ShareOutside
        The share now, and after.

    Raises
    ------
    InputError
        If figures are missing or negative, `inside` is not bool, one rise is given alone or is not
        above -1, or both would leave less than nothing inside.
    JoinError
        If `inside` lacks an area.
    StatisticUndefined
        If the total is 0.

    Examples
    --------
    >>> money = pd.Series([40.0, 60.0], index=["TLI", "TLC"])
    >>> south = pd.Series([True, False], index=["TLI", "TLC"])
    >>> print(share_outside(money, south, rise_outside=0.4, rise_total=0.3))
    60.0% of the total lies outside; +40% there while the total rises by 30% makes it 64.6% \
(+4.6 points, +15% inside).
    >>> print(share_outside(money, south, rise_outside=0.33, rise_total=0.33))
    60.0% of the total lies outside; +33% there while the total rises by 33% only keeps it \
(+0.0 points, +33% inside).
    """
    index, (lead, within) = align(values, inside, names=("inside",))
    y = as_floats(lead, "values")
    bad = ~(y >= 0)
    if bad.any():
        raise InputError(
            "a total needs a figure of every area, none of them negative",
            offenders=list(index[bad]),
        )
    if within is None or within.dtype != bool:
        raise InputError("inside has to say True or False for every area")
    outside, total = float(math.fsum(y[~within.to_numpy()])), float(math.fsum(y))
    if total == 0:
        raise StatisticUndefined("the total is 0, so it has no shares")
    share = outside / total
    if rise_outside is None and rise_total is None:
        return ShareOutside(outside, total, share)
    if rise_outside is None or rise_total is None or not min(rise_outside, rise_total) > -1:
        raise InputError(
            "both rises are needed, as shares above -1", value=(rise_outside, rise_total)
        )
    after = share * (1 + rise_outside) / (1 + rise_total)
    if after > 1 + 1e-12:
        raise InputError(
            "this rise outside is more than the whole total would be",
            value=(rise_outside, rise_total),
        )
    remains = (1 - after) * (1 + rise_total)
    rise_inside = remains / (1 - share) - 1 if share < 1 else float("nan")
    return ShareOutside(outside, total, share, rise_outside, rise_total, after, rise_inside)
