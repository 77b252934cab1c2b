"""Which figures count: those known on a day, after the last break, in time order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_unique
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.cohort import start_years
from spatial_gaps.metrics.panels import months_of

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class History:
    """Figures that count, areas by periods.

    Attributes
    ----------
    y : ndarray, shape (m, periods)
        Figures, nan where there is none.
    codes : Index, shape (m,)
        Areas, sorted.
    periods : tuple of str
        In time order.
    years, ends : ndarray, shape (periods,)
        When each starts, in years; the month after it, counted from January of the year 0.
    unpublished, before_break : tuple of str
        Periods left out, because they were not known on the day or lie before a break.
    """

    y: Array
    codes: pd.Index[Any]
    periods: tuple[str, ...]
    years: Array
    ends: Array
    unpublished: tuple[str, ...]
    before_break: tuple[str, ...]

    def lasts(self) -> np.ndarray[Any, Any]:
        """Return the column of each area's last figure, -1 for an area without any."""
        known = ~np.isnan(self.y)
        last = known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
        return np.where(known.any(axis=1), last, -1)

    def horizons(self, target_year: int) -> Array:
        """Return for each period how many whole years later the last one of its kind ends that ends
        by the end of `target_year`.
        """
        return np.asarray((12 * (target_year + 1) - self.ends) // 12, float)


def recall(
    panel: pd.DataFrame,
    *,
    as_of: str | None = None,
    lag: int | None = None,
    period_type: str = "",
    breaks: Sequence[str] = (),
) -> History:
    """Return the figures that count.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures; columns are periods in the grammar, or years as numbers, in any order.
    as_of : str, optional
        A month such as "2022-03": only what was published before it.
    lag : int, optional
        Months from the end of a period to its publication; needed with `as_of`.
    period_type : str
        What a period stands for, as in `Metric.period_type`.
    breaks : sequence of str
        Periods in which the series starts anew: what is before the last of them does not count. One
        that was not known yet is no break yet.

    Returns
    -------
    History
        See there.

    Raises
    ------
    InputError
        If a label is no period, or `as_of` no month, or it stands without `lag`.
    JoinError
        If codes repeat.
    StatisticUndefined
        If no period is left.
    """
    check_unique(panel.index, "the panel")
    windows = {str(period): months_of(period, period_type) for period in panel.columns}
    if len(windows) < panel.shape[1]:
        raise InputError("a period stands twice", offenders=[str(each) for each in panel.columns])
    order = sorted(windows, key=lambda period: (windows[period].start, windows[period].stop))
    day = _day(as_of, lag)
    late = [each for each in order if windows[each].stop + (lag or 0) > day]
    anew = [months_of(each, period_type).start for each in breaks]
    latest = max((windows[each].start for each in order if each not in late), default=0)
    begin = max((start for start in anew if start <= latest), default=0)
    early = [each for each in order if each not in late and windows[each].start < begin]
    kept = [each for each in order if each not in late and each not in early]
    if not kept:
        raise StatisticUndefined(
            f"no period was published by {as_of}", hint=f"There are {', '.join(order)}."
        )
    named = panel.set_axis([str(period) for period in panel.columns], axis=1).sort_index()
    return History(
        y=np.column_stack([as_floats(named[period], "figures") for period in kept]),
        codes=named.index,
        periods=tuple(kept),
        years=start_years(kept),
        ends=np.array([windows[period].stop for period in kept]),
        unpublished=tuple(late),
        before_break=tuple(early),
    )


def _day(as_of: str | None, lag: int | None) -> float:
    """Return the month of `as_of`, counted from January of the year 0; infinite without."""
    if as_of is None:
        return np.inf
    month = MONTH.fullmatch(str(as_of))
    if month is None:
        raise InputError("as_of has to be a month", value=as_of, hint='Say as_of="2022-03".')
    if lag is None:
        raise InputError(
            "as_of needs to know how many months after its end a period is published",
            hint="Say lag=6; lag=0 if figures come out in the month after.",
        )
    return int(month[1]) * 12 + int(month[2]) - 1
