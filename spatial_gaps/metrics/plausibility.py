"""Figures that can hardly be right, against their parts, an earlier edition, other years and areas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array
from spatial_gaps.errors import JoinError, first_of
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.geography.pieces import TIERS, codes_of
from spatial_gaps.geography.register import EARLIEST, LATEST, register
from spatial_gaps.metrics.guards import check_same
from spatial_gaps.metrics.outliers import Outlier, find_outliers
from spatial_gaps.metrics.panels import segment_of, windows_of
from spatial_gaps.metrics.tiling import rows_of_level
from spatial_gaps.metrics.units import parse_unit
from spatial_gaps.records import Metric

COLUMNS = [
    "check", "code", "name", "level", "period", "value", "expected", "low", "high", "others", "why",
]  # fmt: skip
# What the thresholds mean is in the notes of find_implausible.
SIGMAS, COVERED = 3.0, 0.99
CROWD, CELLS = 5, 20
PART = 0.05  # of the people of an area: a new code of fewer explains no jump
FINEST = 1e-9
# Codes of the wholes, and the first letters of the countries in them.
WHOLES = {"K02000001": "EWSN", "UKX": "EWSN", "K03000001": "EWS", "K04000001": "EW", "TLB": "E"}
Mask = np.ndarray[Any, np.dtype[np.bool_]]


def find_implausible(metric: Metric, *, earlier: Metric | None = None) -> pd.DataFrame:
    """List the figures of a series that can hardly be right, and say why.

    Parameters
    ----------
    metric : Metric
        As read, with all its levels and periods.
    earlier : Metric, optional
        An earlier edition of the same series.

    Returns
    -------
    DataFrame
        One row per finding: check ("edition", "parent", "jump" or "repeated"), code, name, level,
        period, value, expected, low and high (what the figure should be, and between which it would
        pass; missing where nothing can be said), others (codes of other areas concerned, with
        spaces between) and why, a sentence. No row where there is nothing to say; of editions and
        of jumps, what is farthest out comes first.

    Raises
    ------
    InputError
        If the editions do not measure alike, or a period is none.
    JoinError
        If the editions have no figure of the same area and period.

    See Also
    --------
    periods_of : Which periods overlap, and where the series starts anew.

    Notes
    -----
    There are four checks. Their thresholds find 40 of 522,000 figures in 153 published series.

    * parent: a rate, mean or median lies outside the range of the figures of the areas inside it, of
      any level of the register that covers 99 % of its people, by more than the last printed digit
      and 3 standard errors of the two figures. A median of ratios need not lie inside.
    * edition: against the earlier edition, the change of one area differs from the median change of
      at least 10 areas by more than 8 robust standard deviations (1.4826 MAD) of the changes, and
      by more than one of the figures themselves. Codes that were only renumbered count as the same.
      One row per area, with the period that changed most.
    * jump: the same for the change from each period to the next that shares no month with it, is as
      long, and has no break of the series between. The deviation is at least the standard error of
      the change, and that of the area's other changes where it has five.
    * repeated: of at least 5 areas of a level and nation, half or fewer have a figure of their own,
      though there is room for 20 different ones per area: the figure is that of a larger area.

    Changes are ratios on a ratio scale, else differences.

    Examples
    --------
    >>> from spatial_gaps import read_metric, sample_path
    >>> pay = read_metric(sample_path("gross-median-weekly-pay"))
    >>> from dataclasses import replace
    >>> london = (pay.table["code"] == "E12000007") & (pay.table["period"] == "2025")
    >>> wrong = pay.table.assign(value=pay.table["value"].mask(london, 300.0))
    >>> found = find_implausible(replace(pay, table=wrong))
    >>> found.loc[found["check"] == "parent", "why"].item()
    '300 lies below all 32 local authorities in it, 663 to 955'
    """
    own = _series(metric)
    found = [] if earlier is None else list(_editions(metric, own, earlier))
    found += [*_parents(metric, own), *_jumps(metric, own), *_repeats(metric, own)]
    return pd.DataFrame(found, columns=COLUMNS)


@dataclass(frozen=True)
class _Series:
    """Figures and standard errors (0 where unknown), areas by periods, and what the areas are.

    `step` is the unit in which nearly all figures of a level are printed in a period.
    """

    facts: pd.DataFrame
    periods: list[str]
    value: Array
    error: Array
    step: Array

    def finding(self, check: str, row: int, period: str, **rest: Any) -> dict[str, Any]:
        """Return a row of the result."""
        found = {"check": check, "code": self.facts.index[row], "period": period, "others": ""}
        found |= {name: self.facts[name].iloc[row] for name in ("name", "level")}
        return found | {"value": self.value[row, self.periods.index(period)]} | rest

    def only(self, codes: pd.Index[Any], periods: list[str]) -> _Series:
        """Return these areas and periods, in this order."""
        rows = self.facts.index.get_indexer(codes)
        columns = [self.periods.index(period) for period in periods]
        cells = np.ix_(rows, np.array(columns, dtype=int))
        facts = self.facts.iloc[rows]
        return _Series(facts, periods, self.value[cells], self.error[cells], self.step[cells])


def _series(metric: Metric) -> _Series:
    rows = metric.table[metric.table["value"].notna()]
    facts = rows.drop_duplicates("code", keep="last").set_index("code")[["name", "level"]]
    held = list(rows["period"].unique())
    # A file of one period need not say which: "all" has no place in time.
    periods = held if len(held) < 2 else [each for each in windows_of(metric) if each in held]
    wide = rows.pivot(index="code", columns="period", values=["value", "se"]).astype(float)
    wide = wide.reindex(facts.index)
    value, error = (wide[[(name, at) for at in periods]].to_numpy() for name in ("value", "se"))
    levels, step = facts["level"].to_numpy(), np.zeros_like(value)
    for level in facts["level"].unique():
        own = levels == level
        step[own] = [_step(figures[~np.isnan(figures)]) for figures in value[own].T]
    return _Series(facts, periods, value, np.nan_to_num(error), step)


def _step(held: Array) -> float:
    """Return the power of ten in which 95 % of figures are printed."""
    for digits in range(9):
        if (np.abs(held - held.round(digits)) > 10.0 ** -(digits + 3)).sum() <= len(held) / 20:
            return float(10.0**-digits)
    return FINEST


def _shown(figure: float) -> str:
    """Return a figure with at least three digits that count, and thousands separated."""
    digits = 0 if figure == 0 else max(0, 2 - int(np.floor(np.log10(abs(figure)))))
    text = f"{figure:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@cache
def _places() -> dict[str, Mask]:
    """Return which pieces of the country each code of the register stands for, in any year."""
    held: dict[str, Mask] = {}
    for level in TIERS:
        for year in range(EARLIEST, LATEST + 1):
            codes = codes_of(level, year).to_numpy(dtype=str)
            for code in np.unique(codes[codes != ""]).tolist():
                held[code] = (codes == code) | held.get(code, np.False_)
    nation = codes_of("country", LATEST).str[0]
    return held | {code: nation.isin(list(parts)).to_numpy() for code, parts in WHOLES.items()}


@cache
def _people() -> Array:
    people: Array = table("lookup")["people"].to_numpy(dtype=float)
    return people


def _parents(metric: Metric, own: _Series) -> Iterator[dict[str, Any]]:
    """Find figures outside the range of the figures of the areas inside."""
    if metric.statistic not in ("rate", "mean", "median") or metric.unit == "ratio":
        return
    places, codes = _places(), own.facts.index
    pieces = np.array([places.get(code, _people() < 0) for code in codes])
    pieces = pieces.reshape(len(codes), len(_people()))
    said = set()
    for level in reversed(TIERS):
        child = rows_of_level(own.facts, level).to_numpy() & pieces.any(axis=1)
        finer = own.facts["level"].isin(TIERS[: TIERS.index(level) + 1]).to_numpy()
        for parent in np.flatnonzero(~child & ~finer & pieces.any(axis=1)).tolist():
            inside = np.flatnonzero(child & ~(pieces & ~pieces[parent]).any(axis=1))
            for period, rest in _outside(own, parent, inside, pieces):
                if (parent, period) not in said:
                    said.add((parent, period))
                    yield own.finding("parent", parent, period, **rest)


def _outside(
    own: _Series, parent: int, inside: Any, pieces: Mask
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the periods in which a parent leaves the range of the areas of one level inside it."""
    if not len(inside):
        return
    value, mine = own.value[inside], own.value[parent]
    held = ~np.isnan(value)
    reached = (pieces[inside].T.astype(float) @ held.astype(float)) > 0
    covered = _people() @ reached >= COVERED * _people()[pieces[parent]].sum()
    periods = np.arange(len(mine))
    lowest = np.where(held, value, np.inf).argmin(axis=0)
    highest = np.where(held, value, -np.inf).argmax(axis=0)
    low, high = value[lowest, periods], value[highest, periods]
    one, many = noun_of(str(own.facts["level"].iloc[inside[0]]))
    for sign, end, word in ((-1, lowest, "below"), (1, highest, "above")):
        errors = np.hypot(own.error[parent], own.error[inside][end, periods])
        rounding = (own.step[parent] + own.step[inside][end, periods]) / 2
        beyond = sign * (mine - value[end, periods]) > rounding + SIGMAS * errors
        for at in np.flatnonzero(covered & beyond):
            count = held[:, at].sum()
            whose = f"all {count} {many}" if count > 1 else f"the only {one}"
            why = f"{_shown(mine[at])} lies {word} {whose} in it, "
            why += f"{_shown(low[at])} to {_shown(high[at])}"
            others = own.facts.index[inside[end[at]]]
            limits = {"low": low[at], "high": high[at], "others": others, "why": why}
            yield own.periods[at], limits


def _editions(metric: Metric, own: _Series, earlier: Metric) -> Iterator[dict[str, Any]]:
    """Find areas whose figures changed between editions as those of no other area did."""
    # An index of another base year differs by one factor per area, near 1, as if it were revised.
    indices = parse_unit(metric.unit).kind == parse_unit(earlier.unit).kind == "index"
    check_same(metric, earlier, despite=("unit",) * indices)
    first = _series(earlier)
    # A code that was only renumbered since is the same area.
    changes = table("recodes")
    new_code = changes[changes["kind"] == "recode"].set_index("old")["new"]
    new_code = new_code[~new_code.index.isin(own.facts.index) & ~new_code.isin(first.facts.index)]
    first = replace(first, facts=first.facts.rename(index=new_code.to_dict()))
    codes = own.facts.index.intersection(first.facts.index)
    periods = [period for period in own.periods if period in first.periods]
    old, new = first.only(codes, periods), own.only(codes, periods)
    if not (~np.isnan(old.value) & ~np.isnan(new.value)).any():
        raise JoinError(
            f"'{metric.title}' and its earlier edition have no figure of the same area and period",
            hint="Check the codes and the periods of both.",
        )
    rounding = np.hypot(old.step, new.step) / 12**0.5
    since = range(max(window.stop for window in windows_of(earlier).values()), LATEST * 12 + 12)
    found = find_outliers(old.value, new.value, rounding, log=metric.scale == "ratio")
    for row in dict.fromkeys(item.row for item in found):
        worst, *rest = (item for item in found if item.row == row)
        why = f"{_figures(old, new, worst)} in the earlier edition: {worst.said}"
        why += f"; likewise in {first_of([periods[item.column] for item in rest])}" if rest else ""
        why += _coinciding(metric, new, worst, since)
        yield _found("edition", new, worst, why)


def _figures(old: _Series, new: _Series, found: Outlier) -> str:
    at = found.row, found.column
    return f"{_shown(new.value[at])} against {_shown(old.value[at])}"


def _found(check: str, new: _Series, found: Outlier, why: str) -> dict[str, Any]:
    limits = {"expected": found.expected, "low": found.low, "high": found.high}
    return new.finding(check, found.row, new.periods[found.column], **limits, why=why)


def _jumps(metric: Metric, own: _Series) -> Iterator[dict[str, Any]]:
    """Find changes over time that are far from those of other areas, and from the area's others."""
    if len(own.periods) < 2:
        return
    windows = windows_of(metric)
    pairs = _neighbouring(metric, own.periods)
    if not pairs:
        return
    codes = own.facts.index
    old, new = own.only(codes, list(pairs)), own.only(codes, list(pairs.values()))
    rounding = np.hypot(old.step, new.step) / 12**0.5
    noise = np.hypot(np.hypot(old.error, new.error), rounding)
    ratio = metric.scale == "ratio"
    for found in find_outliers(old.value, new.value, noise, log=ratio, history=True):
        first, second = old.periods[found.column], new.periods[found.column]
        months = range(windows[first].start, windows[second].stop + 12)
        why = f"{_figures(old, new, found)} in {first}: {found.said}"
        yield _found("jump", new, found, why + _coinciding(metric, new, found, months))


def _neighbouring(metric: Metric, periods: list[str]) -> dict[str, str]:
    """Return for each period the next that shares no month with it, where a change to it counts."""
    windows, pairs = windows_of(metric), {}
    for at, first in enumerate(periods):
        one = windows[first]
        later = [period for period in periods[at + 1 :] if windows[period].start >= one.stop]
        other = windows[later[0]] if later else range(0)
        if len(one) == len(other) and segment_of(metric, one) == segment_of(metric, other):
            pairs[first] = later[0]
    return pairs


def _coinciding(metric: Metric, own: _Series, found: Outlier, months: range) -> str:
    """Say which areas in or around an area changed code in these months, "" if hardly any did."""
    places, people = _places(), _people()
    code, name = own.facts.index[found.row], own.facts["name"].iloc[found.row]
    place, where = _place(str(code), str(name))
    changes = table("recodes")
    changes = changes[changes["kind"] != "rename"]
    day = changes["date"].str[:4].astype(int) * 12 + changes["date"].str[5:7].astype(int) - 1
    near = np.array([(places[old] & place).any() for old in changes["old"]])
    changes = changes[day.isin(months) & near]
    lost = np.any([places[old] & place for old in changes["old"]], axis=0)
    share = people[lost].sum() / people[place].sum() if len(changes) else 0.0
    if share < PART:
        return ""
    listed = (changes["old"] + " became " + changes["new"] + " on " + changes["date"]).tolist()
    said = f"; it coincides with new codes{where}: {first_of(listed)}"
    if metric.statistic == "rate" and found.rise > 0 and share < 1:
        said += f"; a rate is {1 / (1 - share):.2f} times as high without their people"
    return said


def _place(code: str, name: str) -> tuple[Mask, str]:
    """Return the pieces of an area, or of the largest one of the register that has its name."""
    places, people = _places(), _people()
    if code in places:
        return places[code], ""
    known = register()
    alike = [other for other in known.index[known["name"] == name] if other in places]
    if not alike:
        return people < 0, ""
    largest = max(alike, key=lambda other: people[places[other]].sum())
    noun = noun_of(str(known.at[largest, "level"]))[0]
    return places[largest], f" in {largest}, the {noun} of that name"


def _repeats(metric: Metric, own: _Series) -> Iterator[dict[str, Any]]:
    """Find figures that several areas share, where most areas of a nation have none of their own."""
    if metric.statistic in ("index", "rank"):
        return
    # Many areas may well be at the end of a scale.
    ends = (0.0, 1.0, 100.0) if metric.scale == "bounded" else (0.0,)
    said: dict[tuple[int, ...], list[str]] = {}
    for column, period in enumerate(own.periods):
        figures = pd.Series(own.value[:, column])
        figures = figures[figures.notna() & ~figures.isin(ends)]
        levels = own.facts["level"].iloc[figures.index].to_numpy()
        nations = own.facts.index[figures.index].str[0]
        for level, peers in figures.groupby(levels):
            room = (peers.max() - peers.min()) / own.step[peers.index[0], column]
            for _, group in peers.groupby(nations[levels == level]):
                if len(group) < max(CROWD, 2 * group.nunique()) or room < CELLS * len(group):
                    continue
                for _, alike in group[group.duplicated(keep=False)].groupby(group):
                    said.setdefault(tuple(alike.index), []).append(period)
    for rows, periods in said.items():
        codes = list(own.facts.index[list(rows)])
        why = f"{len(codes)} areas, {first_of(codes)}, have the one figure of a larger area"
        why += f"; likewise in {first_of(periods[:-1])}" if len(periods) > 1 else ""
        yield own.finding("repeated", rows[0], periods[-1], others=" ".join(codes[1:]), why=why)
