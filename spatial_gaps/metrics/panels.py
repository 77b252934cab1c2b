"""Many periods of one series: which months each covers, which overlap, and areas by periods."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from spatial_gaps.checks import check_choice, words
from spatial_gaps.errors import InputError, SpatialGapsWarning, first_of
from spatial_gaps.metrics.periods import GRAMMAR
from spatial_gaps.metrics.tiling import rows_of_level
from spatial_gaps.records import Metric

# Where a label such as 2021 or 2020/21 stands for other months than its grammar says: how many
# months later it starts, and how many it lasts if not as long as it looks.
MEANT = {
    "academic year": (5, 0),
    "year ending September": (-3, 0),
    "year ending April": (-8, 0),
    "April pay period": (3, 1),
    "mid-year": (5, 1),
}


def months_of(period: str | int, period_type: str = "") -> range:
    """Return the months that a period covers, counted from January of the year 0.

    Parameters
    ----------
    period : str or int
        In the grammar: 2021, 2018/19, 2020-2022, 2014/15-2016/17, 2026-01, 2022-Q4.
    period_type : str
        That of the metric. It moves years that end in September, academic years (from September;
        other years across two start in April) and the like to their months.

    Returns
    -------
    range
        Of whole months.

    Raises
    ------
    InputError
        If it is no period, or one that ends before it starts.

    Examples
    --------
    >>> months = months_of("2020-2022")
    >>> len(months), divmod(months[0], 12)
    (36, (2020, 0))
    """
    text = str(period)
    starts, length = _read(text) if GRAMMAR.fullmatch(text) else ([], 0)
    if not starts or starts[-1] < starts[0]:
        raise InputError(
            "this is not a period",
            value=text,
            hint="Periods look like 2021, 2018/19, 2020-2022, 2014/15-2016/17, 2026-01 or 2022-Q4.",
        )
    whole = starts[-1] - starts[0] + length
    # Only a year can stand for other months; across two years, only an academic one.
    meant = whole == 12 and ("/" in text) == (period_type == "academic year")
    later, lasting = MEANT.get(period_type, (0, 0)) if meant else (0, 0)
    first = starts[0] + later
    return range(first, first + (lasting or whole))


def _read(text: str) -> tuple[list[int], int]:
    """Return the first month of each year (or the month, or quarter) named, and their length."""
    quarter = re.fullmatch(r"(\d{4})-Q(\d)", text)
    if quarter:
        return [int(quarter[1]) * 12 + 3 * int(quarter[2]) - 3], 3
    month = re.fullmatch(r"(\d{4})-(\d{2})", text)
    if month:
        return [int(month[1]) * 12 + int(month[2]) - 1], 1
    years = re.findall(r"(\d{4})(?:/(\d{2}))?", text)
    if any(last and (int(first) + 1) % 100 != int(last) for first, last in years):
        return [], 0
    return [int(first) * 12 + (3 if last else 0) for first, last in years], 12


def window_overlap(first: str | int, second: str | int) -> float:
    """Return how far two periods share their months, 0 to 1.

    Parameters
    ----------
    first, second : str or int
        Periods in the grammar, such as "2011-2013" or 2021. Years across two start in April.

    Returns
    -------
    float
        1 only for the same months, 0 if none is shared.

    Raises
    ------
    InputError
        If either is no period.

    See Also
    --------
    periods_of : The overlaps of all periods of a metric.

    Notes
    -----
    ``shared / sqrt(months of first * months of second)``, which is the correlation of two means over
    months whose errors are independent and alike. For windows of one length it is the share of
    months in common: a lower bound for the correlation of the errors of two overlapping figures.

    Examples
    --------
    >>> round(window_overlap("2011-2013", "2012-2014"), 4), window_overlap(2011, "2011-2014")
    (0.6667, 0.5)
    >>> window_overlap("2011-2013", "2014-2016")
    0.0
    """
    return _share(months_of(first), months_of(second))


def _share(one: range, other: range) -> float:
    if one == other:
        return 1.0
    shared = min(one.stop, other.stop) - max(one.start, other.start)
    return max(shared, 0) / math.sqrt(len(one) * len(other))


def independent_periods(windows: dict[str, range]) -> list[str]:
    """Return the greatest set of periods that share no month, counted back from the latest.

    Parameters
    ----------
    windows : dict of range
        Months by period, as `months_of` gives them.

    Returns
    -------
    list of str
        In time order.

    Notes
    -----
    Interval scheduling (Kleinberg and Tardos, Algorithm Design, section 4.1) from the end: take the
    period that starts last, then the one that starts last of those that end before it.

    Examples
    --------
    >>> independent_periods({p: months_of(p) for p in ("2011-2013", "2012-2014", "2014-2016")})
    ['2011-2013', '2014-2016']
    """
    kept: list[str] = []
    for period in sorted(windows, key=lambda key: (-windows[key].start, windows[key].stop)):
        if not kept or windows[period].stop <= windows[kept[-1]].start:
            kept.append(period)
    return kept[::-1]


def windows_of(metric: Metric) -> dict[str, range]:
    """Return the months of every period of a metric, in time order."""
    windows = {period: months_of(period, metric.period_type) for period in metric.periods}
    return dict(sorted(windows.items(), key=lambda item: (item[1].start, item[1].stop)))


def segment_of(metric: Metric, window: range) -> int:
    """Return how often the series has started anew by the first month of a window."""
    starts = [months_of(period, metric.period_type).start for period in metric.breaks]
    return sum(start <= window.start for start in starts)


def periods_of(metric: Metric, level: str | None = None) -> pd.DataFrame:
    """Return what each period of a metric covers, and which may be compared as if independent.

    Parameters
    ----------
    metric : Metric
        As read.
    level : str, optional
        Level whose areas are counted; every level unless given.

    Returns
    -------
    DataFrame
        Indexed by period, in time order: start and end (first and last month, "2011-01"), months,
        overlap (with the period before, as `window_overlap` defines it; 0 for the first),
        independent (in the greatest set of periods that share no month, counted back from the
        latest), segment (0, and one more at each break of the series: figures of two segments do
        not compare) and areas (with a figure).

    Raises
    ------
    InputError
        If the level has no row, or a period or a break is no period.

    See Also
    --------
    panel : The figures, areas by periods.

    Examples
    --------
    >>> from spatial_gaps import read_metric, sample_path
    >>> periods_of(read_metric(sample_path("gross-median-weekly-pay")), "lad").tail(1).T
    period          2025
    start        2025-04
    end          2025-04
    months             1
    overlap          0.0
    independent     True
    segment            0
    areas            359
    """
    rows = _rows(metric, level)
    windows = windows_of(metric)
    alone = independent_periods(windows)
    figures = rows.loc[rows["value"].notna()].groupby("period").size()
    pairs = pairwise(windows.values())
    return pd.DataFrame(
        {
            "start": [_month(window[0]) for window in windows.values()],
            "end": [_month(window[-1]) for window in windows.values()],
            "months": [len(window) for window in windows.values()],
            "overlap": [0.0, *(_share(before, after) for before, after in pairs)],
            "independent": [period in alone for period in windows],
            "segment": [segment_of(metric, window) for window in windows.values()],
            "areas": [int(figures.get(period, 0)) for period in windows],
        },
        index=pd.Index(windows, name="period"),
    )


def panel(
    metric: Metric,
    level: str = "lad",
    *,
    periods: Sequence[str | int] | None = None,
    since: str | int | None = None,
    independent: bool = False,
    mixed: bool = False,
    column: str = "value",
) -> pd.DataFrame:
    """Return the figures of a metric, or their standard errors, areas by periods.

    Parameters
    ----------
    metric : Metric
        As read.
    level : str
        Key of a level; "utla" takes counties and the authorities that lie in none.
    periods : sequence of str or int, optional
        Which; all unless given.
    since : str or int, optional
        Leave out the periods that start before this one does.
    independent : bool
        Keep only the greatest set of these periods that share no month, counted from the latest.
    mixed : bool
        Allow periods of different kinds, such as calendar and financial years.
    column : {"value", "se", "lower", "upper"}
        What to return; with "se" it is the frame that `convergence` takes beside the values.

    Returns
    -------
    DataFrame
        Figures indexed by code, sorted; columns are periods in time order. An area without a figure
        in some period stays, with nan there. `periods_of` says what its columns cover.

    Raises
    ------
    InputError
        If there is no such level or period, none is left, or kinds are mixed unasked.

    Warns
    -----
    SpatialGapsWarning
        If areas lack a figure in some periods, if windows overlap, or if the series starts anew.

    See Also
    --------
    periods_of : Months, overlap, independence and segment of each period.

    Examples
    --------
    >>> from spatial_gaps import read_metric, sample_path
    >>> pay = read_metric(sample_path("gross-median-weekly-pay"))
    >>> panel(pay, "uk", since=2024).loc["K02000001"].to_dict()
    {'2024': 613.5, '2025': 642.5}
    """
    check_choice(column, ("value", "se", "lower", "upper"), "column")
    rows = _rows(metric, level)
    windows = windows_of(metric)
    for period in periods or ():
        check_choice(period, windows, "period", metric.file or metric.title)
    named = None if periods is None else {str(period) for period in periods}
    start = None if since is None else months_of(since, metric.period_type).start
    chosen = {
        period: window
        for period, window in windows.items()
        if (named is None or period in named) and (start is None or window.start >= start)
    }
    if not chosen:
        raise InputError(
            f"no period of '{metric.title}' is left", hint=f"There are: {', '.join(windows)}."
        )
    if not mixed:
        _check_kinds(metric, chosen)
    kept = independent_periods(chosen) if independent else list(chosen)
    wide = rows.reset_index().pivot(index="code", columns="period", values=column)
    figures = wide.reindex(columns=pd.Index(kept, name="period")).sort_index()
    if column == "value":
        _warn(metric, figures, {period: chosen[period] for period in kept})
    return figures


def _rows(metric: Metric, level: str | None) -> pd.DataFrame:
    """Return the rows of a level, indexed by code."""
    rows = metric.table.set_index("code")
    if level is None:
        return rows
    known = sorted(set(rows["level"]) - {""})
    upper = {"utla"} if "county" in known else set()
    check_choice(level, [*known, *sorted(upper)], "level", metric.file or metric.title)
    return rows[rows_of_level(rows, level)]


def _month(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def _kind(window: range) -> str:
    """Say what kind of window it is: windows of one kind can be told apart by their start alone."""
    length = len(window)
    years, rest = divmod(length, 12)
    if rest:
        return "1 month" if length == 1 else f"{length} months"
    name = "1 year" if years == 1 else f"{years} years"
    return f"{name} from {pd.Timestamp(2000, window.start % 12 + 1, 1):%B}"


def _check_kinds(metric: Metric, windows: dict[str, range]) -> None:
    kinds: dict[str, list[str]] = {}
    for period, window in windows.items():
        kinds.setdefault(_kind(window), []).append(period)
    if len(kinds) > 1:
        raise InputError(
            f"the periods of '{metric.title}' are of {len(kinds)} kinds, which do not make one panel",
            offenders=[f"{kind} ({first_of(found)})" for kind, found in kinds.items()],
            hint="Name periods of one kind, or say mixed=True.",
        )


def _warn(metric: Metric, figures: pd.DataFrame, windows: dict[str, range]) -> None:
    """Say once all that makes a panel less than it seems."""
    said = []
    lacking = figures.isna()
    partly = figures.index[lacking.any(axis=1)]
    if len(partly):
        listed = [f"{code} (in {lacking.loc[code].sum()})" for code in partly]
        said.append(
            f"{len(partly)} of {len(figures)} areas have no figure in some of the {len(windows)} "
            f"periods: {first_of(listed)}"
        )
    alone = independent_periods(windows)
    if len(alone) < len(windows):
        said.append(
            f"periods overlap, so that {len(windows)} of them are no more than {len(alone)} "
            f"independent ones ({', '.join(alone)}): independent=True keeps these"
        )
    segments = {period: segment_of(metric, window) for period, window in windows.items()}
    anew = [after for before, after in pairwise(windows) if segments[before] != segments[after]]
    if anew:
        said.append(f"the series starts anew in {words(anew)}, and does not compare across that")
    if said:
        message = f"panel of '{metric.title}': {'; '.join(said)}."
        warnings.warn(message, SpatialGapsWarning, stacklevel=3)
