"""The figures that answer for a headline metric: whose they are, and what was known on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

from spatial_gaps.errors import InputError
from spatial_gaps.geography.lookups import region_code
from spatial_gaps.metrics.catalogue import catalogue
from spatial_gaps.metrics.panels import months_of, segment_of, windows_of
from spatial_gaps.metrics.published import LESS_EXTRA_REGIO, NATIONAL
from spatial_gaps.records import Metric
from spatial_gaps.targets.missions import headline_of, missions

# The paper that rated the targets, and the white paper a month before.
RATED_IN = "2022-03"
# Months from the end of a period to its publication where no release tells.
USUAL_LAG = 12
# Whose figure a target of that scope is about, and who stands in where there is none.
SCOPES = {
    "UK": ("United Kingdom", "Great Britain", "England and Wales", "England"),
    "England and Wales": ("England and Wales", "England"),
    "England": ("England",),
}


@dataclass(frozen=True)
class MissionSeries:
    """One series of a headline metric.

    Attributes
    ----------
    metric : Metric
        As read.
    facts : Series
        The row of `missions`.
    lag : int
        Months to publication, the most that a release took.
    """

    metric: Metric
    facts: pd.Series[Any]
    lag: int

    def known(self, as_of: str | None) -> list[str]:
        """Return the periods known by a month that compare with the last of them, in time order."""
        figures = self.metric.table.loc[self.metric.table["value"].notna(), "period"].unique()
        windows = {p: w for p, w in windows_of(self.metric).items() if p in figures}
        if as_of is not None:
            day = months_of(as_of)[0]
            windows = {p: w for p, w in windows.items() if w.stop + self.lag <= day}
        if not windows:
            return []
        last = windows[list(windows)[-1]]
        return [
            period
            for period, window in windows.items()
            if len(window) == len(last)
            and segment_of(self.metric, window) == segment_of(self.metric, last)
        ]

    def base(self) -> str:
        """Return the last period that was known when the missions were set; "" if none was."""
        known = self.known(RATED_IN)
        return known[-1] if known else ""

    def wide(self, column: str = "value") -> pd.DataFrame:
        """Return all rows by periods, figures quoted by the paper included."""
        own = self.metric.table.pivot(index="code", columns="period", values=column)
        order = list(windows_of(self.metric))
        if column != "value":
            return own[order]
        quoted = _quoted()
        quoted = quoted[quoted["key"] == self.metric.key]
        theirs = quoted.pivot(index="code", columns="period", values="value")
        both = own[order].combine_first(theirs)
        kind = self.metric.period_type
        return both[sorted(both, key=lambda period: months_of(str(period), kind).start)]

    def of_place(self, column: str = "value") -> pd.Series[Any]:
        """Return the figures, by period, of the place that the target is about."""
        return self.wide(column).T[self.place()]

    def bounds(self) -> tuple[float, float] | None:
        """Return the bounds of a bounded scale."""
        if self.metric.scale != "bounded":
            return None
        known = catalogue()
        return float(known["lowest"][self.metric.key]), float(known["highest"][self.metric.key])

    def place(self) -> str:
        """Return the code of the place that the target is about; "" if it has no figure."""
        have: set[str] = set(self.metric.table.loc[self.metric.table["value"].notna(), "code"])
        for name in SCOPES.get(str(self.facts["scope"]), SCOPES["UK"]):
            codes = (NATIONAL[name], *LESS_EXTRA_REGIO.get(NATIONAL[name], ()))
            found = [code for code in codes if code in have]
            if found:
                return str(found[0])
        return ""

    def regions(self) -> list[str]:
        """Return the codes of regions and nations, under either system."""
        links = region_code()
        here = set(self.metric.table["code"])
        pairs = zip(links.index, links, strict=True)
        found = [code if code in here else itl1 for itl1, code in pairs if {code, itl1} & here]
        return list(dict.fromkeys(found))


def series_of_missions(metrics: Iterable[Metric]) -> list[MissionSeries]:
    """Return one series for each key that measures a headline metric: longest, latest, finest.

    Parameters
    ----------
    metrics : iterable of Metric
        Whatever there is; series of no headline metric are left out.

    Returns
    -------
    list of MissionSeries
        In the order of the missions, then of keys.

    Raises
    ------
    InputError
        If something is no Metric.
    """
    table = missions()
    places = {name: at for at, name in zip(table.index, table["headline_metric"], strict=True)}
    best: dict[str, Metric] = {}
    for metric in metrics:
        if not isinstance(metric, Metric):
            raise InputError("this is no Metric", value=type(metric).__name__)
        if metric.key in headline_of() and "all" not in metric.periods:
            rival = best.get(metric.key)
            if rival is None or _rank(metric) > _rank(rival):
                best[metric.key] = metric
    found = [(places[headline_of()[key]], key) for key in best]
    return [_series(best[key], table.loc[at]) for at, key in sorted(found)]


def _rank(metric: Metric) -> tuple[int, str, int, str]:
    """Put longer series, then later, then finer ones last; the name settles what is left."""
    return len(metric.periods), max(metric.periods), len(metric.table), metric.file


def _series(metric: Metric, facts: pd.Series[Any]) -> MissionSeries:
    lag = facts["lag_most"]
    return MissionSeries(metric, facts, USUAL_LAG if pd.isna(lag) else int(lag))


@cache
def _quoted() -> pd.DataFrame:
    """Return national figures that are quoted in the paper and in no series of ours."""
    path = resources.files("spatial_gaps.targets") / "quoted_figures.csv"
    with path.open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype={"period": str})
