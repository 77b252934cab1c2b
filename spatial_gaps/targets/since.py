"""Change of a metric since an earlier period: breaks, codes and errors of the series looked after."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice, check_direction, words
from spatial_gaps.errors import InputError, StatisticUndefined, first_of
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.geography.recodes import ADDED, AVERAGED
from spatial_gaps.join_audit import JoinAudit
from spatial_gaps.measure.cohort import start_years
from spatial_gaps.measure.common_errors import ErrorCorrelation, error_correlation
from spatial_gaps.metrics.joining import REPLACED, audit_join
from spatial_gaps.metrics.panels import months_of, segment_of, window_overlap, windows_of
from spatial_gaps.metrics.published import benchmark_of
from spatial_gaps.records import Comparison, Estimate, Metric, Notice
from spatial_gaps.targets.trend import NO_ERROR, UNKNOWN, trend


def change_since(
    areas: pd.DataFrame,
    metric: Metric,
    *,
    period: str | int,
    since: str | int,
    higher_is: str | None = None,
    correlation: float | ErrorCorrelation | None = None,
) -> Comparison:
    """Compare every area with itself at an earlier period of the same series.

    Parameters
    ----------
    areas : DataFrame or GeoDataFrame, n rows
        Indexed by code, with name.
    metric : Metric
        As read.
    period : str or int
        The last period.
    since : str or int
        The first one, or the year it starts in: 2015 finds "2015-2017". If the series starts anew in
        between, the first period after the break is taken instead.
    higher_is : {"better", "worse"}, optional
        Needed only where the metric does not know its direction.
    correlation : float or ErrorCorrelation, optional
        Of the errors of one area in the two periods. Estimated from all periods as far apart unless
        given, and never taken below the share of months that the two have in common.

    Returns
    -------
    Comparison
        Its `table` has the columns of `trend`, and every one of the areas.

    Raises
    ------
    InputError
        If there is no such period, `since` is not before it, or the series starts anew in `period`
        itself; the message lists the periods there are.
    JoinError
        If the areas' codes repeat or fit no vintage.

    See Also
    --------
    trend : The same for a panel of your own.
    recode : Carries older figures to the areas of today.

    Notes
    -----
    Nothing is recoded. An area without a figure of the first period stays, "not assessable", and is
    named in `left_out` with the reason.

    Examples
    --------
    >>> from spatial_gaps import areas, read_metric, sample_path
    >>> pay = read_metric(sample_path("gross-median-weekly-pay"))
    >>> found = change_since(areas("lad", 2023), pay, period=2023, since=2015)
    >>> found.first, found.last, found.years, found.rho_source
    ('2015', '2023', 8.0, 'estimated')
    """
    direction = check_direction(higher_is or metric.higher_is)
    last = str(period)
    check_choice(last, metric.periods, "period", metric.file or metric.title)
    alike, periods, broken = _periods(metric, str(since), last)
    audits = [audit_join(areas, metric, period=each) for each in (periods[0], last)]
    figures, errors = (_panel(metric, areas.index, alike, column) for column in ("value", "se"))
    nation = _nation(metric, periods, audits[1])
    rho, source = _correlation(figures, errors, [periods[0], last], correlation)
    table = trend(
        figures[periods],
        errors[periods],
        higher_is=direction,
        correlation=0.0 if np.isnan(rho) else rho,
        nation=nation,
        scale=metric.scale,
    )
    years = start_years([periods[0], last])
    overlap = window_overlap(periods[0], last)
    left_out = _left_out(table, areas, audits)
    return Comparison(
        table=table,
        first=periods[0],
        last=last,
        years=float(years[1] - years[0]),
        figures=figures[periods],
        rho=rho,
        rho_source=source,
        overlap=overlap,
        breaks=broken,
        nation=_moved(nation, rho, audits[1].coverage),
        left_out=left_out,
        unit=metric.unit,
        notices=(
            *_broken(metric, str(since), periods[0], broken),
            *_overlapping(periods, overlap),
            *_lacking(left_out, periods[0], metric, audits),
            *_in_cash(metric),
        ),
    )


def _periods(metric: Metric, since: str, last: str) -> tuple[list[str], list[str], tuple[str, ...]]:
    """Return all periods that compare with the last, those of them from `since` to it, and breaks."""
    windows = windows_of(metric)
    end = windows[last]
    alike = [
        each
        for each, window in windows.items()
        # Months and quarters are of one kind; years only if they begin in the same month.
        if len(window) == len(end) and (len(end) % 12 or (window.start - end.start) % 12 == 0)
    ]
    first = _first(metric, since, last, alike, windows)
    if first is None:
        raise InputError(
            f"'{metric.title}' has no period '{since}' to compare '{last}' with",
            file=metric.file or None,
            hint=f"Of that kind there are: {', '.join(alike)}.",
        )
    if windows[first].start >= end.start:
        raise InputError(
            f"`since` has to be before the period: '{since}' is not before '{last}'",
            hint=f"Periods before it are: {', '.join(_before(alike, last)) or 'none'}.",
        )
    between = alike[alike.index(first) : alike.index(last) + 1]
    segments = {each: segment_of(metric, windows[each]) for each in alike}
    broken = tuple(b for a, b in pairwise(between) if segments[a] != segments[b])
    unbroken = [each for each in alike if segments[each] == segments[last]]
    kept = [each for each in between if each in unbroken]
    if len(kept) < 2:
        raise InputError(
            f"'{metric.title}' starts anew in {last}, and does not compare with what was before",
            file=metric.file or None,
            hint=f"Take a later period, or compare up to {_before(alike, last)[-1]}.",
        )
    return unbroken, kept, broken


def _first(
    metric: Metric, since: str, last: str, alike: list[str], windows: dict[str, range]
) -> str | None:
    """Return the period that is called `since`, or the first that starts in it."""
    if since in alike:
        return since
    if since.isdigit() and len(since) == 4:
        # All months of the year, whatever part of it the figures are of.
        within = range(12 * int(since), 12 * int(since) + 12)
    else:
        within = months_of(since, metric.period_type)[:1]
    found = [each for each in alike if windows[each].start in within]
    # The same month of that year, where a series has several.
    season = windows[last].start % 12
    found.sort(key=lambda each: windows[each].start % 12 != season)
    return found[0] if found else None


def _before(alike: list[str], last: str) -> list[str]:
    return alike[: alike.index(last)]


def _panel(metric: Metric, codes: pd.Index, periods: list[str], column: str) -> pd.DataFrame:
    """Return the areas by periods, whatever level their rows are called; what is lacking is nan."""
    rows = metric.table[metric.table["period"].isin(periods)]
    wide = rows.pivot(index="code", columns="period", values=column)
    return wide.reindex(index=codes, columns=periods)


def _nation(metric: Metric, periods: list[str], audit: JoinAudit) -> pd.DataFrame | None:
    """Return the nation's published figures in the first and the last period."""
    nothing = pd.Series([np.nan])
    rows = {}
    for each in (periods[0], periods[-1]):
        own = benchmark_of(metric, each, audit.coverage, nothing.fillna(0), None)
        if own.source != "published":
            return None
        rows[each] = {"value": own.value, "se": own.se}
    return pd.DataFrame.from_dict(rows, orient="index")


def _moved(nation: pd.DataFrame | None, rho: float, name: str) -> Estimate | None:
    """Return the change of the nation's figure."""
    if nation is None:
        return None
    (one, se), (other, later) = nation[["value", "se"]].to_numpy()
    variance = se**2 + later**2 - 2 * np.nan_to_num(rho) * se * later
    return Estimate("", name, float(other - one), float(np.sqrt(max(variance, 0.0))), "published")


def _correlation(
    figures: pd.DataFrame,
    errors: pd.DataFrame,
    ends: list[str],
    given: float | ErrorCorrelation | None,
) -> tuple[float, str]:
    """Return the correlation to reckon with, and where it comes from."""
    overlap = window_overlap(*ends)
    both = errors[ends].notna().all(axis=1) & figures[ends].notna().all(axis=1)
    if not both.any():
        return float("nan"), ""
    if given is not None:
        rho = given.lower if isinstance(given, ErrorCorrelation) else float(given)
        return (overlap, "overlap") if rho < overlap else (rho, "given")
    years = start_years(ends)
    try:
        found = error_correlation(
            figures.sort_index(), errors.sort_index(), lag=years[1] - years[0], overlap=overlap
        )
    except StatisticUndefined:
        # Too few areas to estimate it from: the overlap is what is known.
        return overlap, "overlap"
    return found.lower, "overlap" if found.lower == overlap > 0 else "estimated"


def _left_out(table: pd.DataFrame, areas: pd.DataFrame, audits: list[JoinAudit]) -> pd.DataFrame:
    """List the areas without a verdict; the publisher's own reasons come before ours."""
    lacking = table[table["verdict"] == UNKNOWN].sort_index()
    said = [
        dict(zip(audit.missing["code"], audit.missing["reason"], strict=True)) for audit in audits
    ]
    reasons = []
    for code, reason in lacking["reason"].items():
        parts = [
            f"{audit.period}: {own[code]}"
            for audit, own in zip(audits, said, strict=True)
            if code in own
        ]
        reasons.append("; ".join(parts) or reason)
    names = areas["name"].reindex(lacking.index) if "name" in areas else lacking.index
    return pd.DataFrame({"code": lacking.index, "name": list(names), "reason": reasons})


def _broken(metric: Metric, since: str, first: str, broken: tuple[str, ...]) -> tuple[Notice, ...]:
    if not broken:
        return ()
    message = (
        f"'{metric.title}' starts anew in {words(broken)}: change is measured from {first}, the first "
        f"period that compares, and not from {since}"
    )
    return (Notice("since-break", message),)


def _overlapping(periods: list[str], overlap: float) -> tuple[Notice, ...]:
    if not overlap:
        return ()
    message = (
        f"{periods[0]} and {periods[-1]} have {overlap:.0%} of their months in common: what changed "
        "is in the others only"
    )
    return (Notice("since-overlap", message),)


def _lacking(
    left_out: pd.DataFrame, first: str, metric: Metric, audits: list[JoinAudit]
) -> tuple[Notice, ...]:
    """Name the areas without a verdict: whose codes are newer, without a figure, without an error."""
    if left_out.empty:
        return ()
    nouns = noun_of(audits[1].level)
    recoded = left_out["reason"].str.contains(f"{first}: {REPLACED}", regex=False)
    notices = []
    if recoded.any():
        adds = metric.statistic in (*ADDED, *AVERAGED)
        remedy = (
            "recode() carries the older figures over"
            if adds
            else f"a {metric.statistic} of areas put together cannot be found from those of the parts"
        )
        message = (
            f"{_counted(left_out[recoded], nouns)} did not exist in {first}, where the file has what "
            f"they replaced: {_named(left_out[recoded])}; {remedy}"
        )
        notices.append(Notice("since-codes", message, tuple(left_out["code"][recoded])))
    bare = left_out["reason"] == NO_ERROR
    lacking = left_out[~recoded & ~bare]
    if len(lacking):
        message = f"{_counted(lacking, nouns)} lack a figure of {first} or of {audits[1].period}"
        message += f", so that their change is not known: {_named(lacking)}"
        notices.append(Notice("since-left-out", message, tuple(lacking["code"])))
    if bare.any():
        message = (
            f"no standard errors are published for {_counted(left_out[bare], nouns)}: their change "
        )
        message += f"cannot be told from sampling error: {_named(left_out[bare])}"
        notices.append(Notice("since-no-errors", message, tuple(left_out["code"][bare])))
    return tuple(notices)


def _counted(frame: pd.DataFrame, nouns: tuple[str, str]) -> str:
    return f"{len(frame)} {nouns[len(frame) != 1]}"


def _named(frame: pd.DataFrame) -> str:
    return first_of([str(name) for name in frame["name"]])


def _in_cash(metric: Metric) -> tuple[Notice, ...]:
    if metric.price_basis != "current":
        return ()
    message = (
        f"'{metric.title}' is in current prices: a rise may be no more than that of all prices; how "
        "an area moved against the nation does not depend on them"
    )
    return (Notice("since-prices", message),)
