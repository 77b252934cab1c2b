"""What the data lack: `data_gaps`, each headline metric against how it should be tracked."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from spatial_gaps.checks import words
from spatial_gaps.errors import InputError
from spatial_gaps.geography.lookups import region_code
from spatial_gaps.metrics.joining import coverage_of
from spatial_gaps.metrics.panels import months_of
from spatial_gaps.metrics.tiling import rows_of_level
from spatial_gaps.records import Metric
from spatial_gaps.targets.missions import headline_of, missions

# Finest first. A level that is none of these, such as pairs of merged areas, counts as coarsest.
FINEST = (
    "lsoa", "data_zone", "soa", "msoa", "lad", "itl3", "utla", "county", "itl2", "police_force",
    "combined_authority", "itl1", "region", "country", "england_wales", "gb", "uk",
)  # fmt: skip
# Regions and ITL 1 are the same areas under two systems of codes.
ALIKE = {"region": "itl1", "county": "utla"}
LETTERS = {"E": "England", "W": "Wales", "S": "Scotland", "N": "Northern Ireland"}
SCOPES = {"UK": "EWSN", "England and Wales": "EW", "England": "E"}
COLUMNS = [
    "key", "series", "finest_level", "n", "latest_period", "lag", "periods", "coverage", "has_se"
]  # fmt: skip


def data_gaps(metrics: Iterable[Metric], *, as_of: str | None) -> pd.DataFrame:
    """Say for every headline metric of the missions what the series at hand have, and what they lack.

    Parameters
    ----------
    metrics : iterable of Metric
        The series you have, as `read_metric` returns them. Each counts to the headline metric that
        the catalogue says it measures; series of none are left out.
    as_of : str or None
        Month to judge from, such as "2022-03". Ignored are periods that end later, or that were not
        out yet as far as `lag_least` of `missions` tells, which is a lower bound. None takes all
        there is, without a lag: today is never assumed.

    Returns
    -------
    DataFrame, shape (22, 16)
        Indexed by headline metric, in the order of the missions: mission, focus_area, scope, key
        (of the series the row is about: of several, the one of the finest level, then the latest),
        series (how many there are), finest_level, and at that level latest_period, n (areas with a
        figure in it), lag (whole months from its end to `as_of`, missing without either), periods,
        coverage (nations with a figure in the latest), has_se (whether any figure has a standard
        error); tracked_level (by the white paper), right_level (at which it should be tracked, ""
        if the paper does not say), status ("data" or "no data") and lacks (in words, "" if nothing).

    Raises
    ------
    InputError
        If `as_of` is no month, something is no Metric, or a series states no period.

    See Also
    --------
    missions : The headline metrics and the levels at which they should be tracked.

    Notes
    -----
    A level is right if it is as fine as `right_level` or finer; regions count as ITL 1, and so do
    Wales, Scotland and Northern Ireland. Nations are counted where there is a figure at the finest
    level, against the scope of the target: one figure of a nation beside those of authorities
    elsewhere does not make it covered.

    Examples
    --------
    >>> from spatial_gaps import read_metric, sample_path
    >>> pay = read_metric(sample_path("gross-median-weekly-pay"))
    >>> table = data_gaps([pay], as_of="2022-03")
    >>> table.loc["Gross median weekly pay", ["finest_level", "latest_period"]].tolist()
    ['lad', '2021']
    >>> int((table["status"] == "no data").sum())
    21
    """
    month = None if as_of is None else _month(as_of)
    found: dict[str, list[tuple[object, ...]]] = {}
    measured = headline_of()
    table = missions()
    wanted = table[table["headline_metric"] != ""].set_index("headline_metric")
    for metric in metrics:
        if not isinstance(metric, Metric):
            raise InputError("this is no Metric", value=type(metric).__name__)
        headline = measured.get(metric.key)
        if headline is None:
            continue
        row = _row(metric, month, float(wanted["lag_least"].fillna(0)[headline]))
        if row:
            found.setdefault(headline, []).append(row)
    best = {name: _best(rows) for name, rows in found.items()}
    own = pd.DataFrame.from_dict(best, orient="index", columns=COLUMNS).reindex(wanted.index)
    table = wanted[["mission", "focus_area", "scope"]].join(own)
    table[["tracked_level", "right_level"]] = wanted[["tracked_level", "right_level"]]
    table["status"] = table["key"].isna().map({True: "no data", False: "data"})
    for name in ("key", "finest_level", "latest_period", "coverage"):
        table[name] = table[name].fillna("")
    for name in ("series", "n", "periods"):
        table[name] = pd.to_numeric(table[name]).fillna(0).astype(int)
    table["lag"] = table["lag"].astype("Int64")
    if month is None:
        table["lag"] = pd.Series(pd.NA, table.index, dtype="Int64")
    table["has_se"] = table["has_se"].eq(True)
    table["lacks"] = [_lacks(row) for _, row in table.iterrows()]
    return table


def _month(as_of: str) -> int:
    """Return a month as `months_of` counts them."""
    window = months_of(as_of)
    if len(window) != 1:
        raise InputError("as_of has to be one month", value=as_of, hint='Such as "2022-03".')
    return window[0]


def _row(metric: Metric, month: int | None, lag: float) -> tuple[object, ...] | None:
    """Describe a series by the finest level of its latest period; None if it has no figure yet."""
    figures = metric.table[metric.table["value"].notna()]
    periods = figures["period"].unique()
    if "all" in periods:
        raise InputError(
            "the series states no period, so its lag is not known",
            file=metric.file or metric.title,
            hint="Name its column with read_metric(..., period=...).",
        )
    ends = {period: months_of(period, metric.period_type)[-1] for period in periods}
    known = figures if month is None else figures[figures["period"].map(ends) + lag <= month]
    if known.empty:
        return None
    level = min(_levels(known), key=_place)
    rows = known.set_index("code")
    # Wales, Scotland and Northern Ireland are regions too, but filed as countries.
    nations = (level == "region") & rows.index.isin(region_code())
    rows = rows[rows_of_level(rows, level) | nations]
    latest = max(rows["period"].unique(), key=lambda period: ends[period])
    last = rows[rows["period"] == latest]
    return (
        metric.key,
        1,
        level,
        len(last),
        latest,
        (month or 0) - ends[latest],
        rows["period"].nunique(),
        coverage_of(last.index),
        bool(rows["se"].notna().any()),
    )


def _levels(rows: pd.DataFrame) -> set[str]:
    """Return the levels in a file; districts that leave out those of counties are an upper tier."""
    levels = set(rows["level"]) - {""}
    districts = rows.loc[rows["level"] == "lad", "code"]
    if "county" in levels and not districts.str.startswith("E07").any():
        levels = levels - {"lad", "county"} | {"utla"}
    return levels or {""}


def _place(level: str) -> int:
    return FINEST.index(level) if level in FINEST else len(FINEST)


def _best(rows: list[tuple[object, ...]]) -> tuple[object, ...]:
    """Return the row of the finest level, then of the least lag, with the number of series."""
    first = min(rows, key=lambda row: (_place(str(row[2])), row[5], str(row[0])))
    return (first[0], len(rows), *first[2:])


def _lacks(row: pd.Series) -> str:
    """Say in words what is lacking."""
    if row["status"] == "no data":
        return "data"
    lacking = []
    finest, right = (ALIKE.get(level, level) for level in (row["finest_level"], row["right_level"]))
    if right and _place(finest) > _place(right):
        lacking.append(f"figures below {row['finest_level']}")
    covered = {name for name in LETTERS.values() if name in _spelt(row["coverage"])}
    missing = [LETTERS[letter] for letter in SCOPES.get(row["scope"], "E")]
    missing = [name for name in missing if name not in covered]
    if missing:
        lacking.append(f"figures for {words(missing)}")
    if not row["has_se"]:
        lacking.append("standard errors")
    if row["periods"] == 1:
        lacking.append("a second period")
    return "; ".join(lacking)


def _spelt(coverage: str) -> str:
    """Return a coverage with its nations named one by one."""
    everywhere = {"United Kingdom": "EWSN", "Great Britain": "EWS"}
    return words([LETTERS[letter] for letter in everywhere.get(coverage, "")]) or coverage
