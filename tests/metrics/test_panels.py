"""Periods of one series: their months, overlaps, breaks, and areas by periods."""

from __future__ import annotations

import math
import warnings

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps import panel, periods_of, read_metric, sample_path, window_overlap
from spatial_gaps.errors import InputError, SpatialGapsWarning
from spatial_gaps.metrics.panels import independent_periods, months_of
from spatial_gaps.records import Metric

YEARS = st.integers(1990, 2030)


@st.composite
def labels(draw):
    """Draw any period of the grammar."""
    year, more = draw(YEARS), draw(st.integers(1, 6))
    across = [f"{start}/{(start + 1) % 100:02d}" for start in (year, year + more)]
    return draw(
        st.sampled_from(
            [
                str(year),
                across[0],
                f"{year}-{year + more}",
                "-".join(across),
                f"{year}-{draw(st.integers(1, 12)):02d}",
                f"{year}-Q{draw(st.integers(1, 4))}",
            ]
        )
    )


def of(rows, **facts) -> Metric:
    """Return a metric of rows (code, period, value)."""
    table = pd.DataFrame(rows, columns=["code", "period", "value"]).assign(
        name="A", level="lad", se=math.nan, status=""
    )
    known = {"key": "x", "title": "X", "unit": "%", "higher_is": "worse", "statistic": "rate"}
    known |= {"scale": "bounded", "basis": "", "default_weight": "", "source": "", "licence": ""}
    return Metric(**(known | facts), table=table)


def series(*periods, **facts) -> Metric:
    return of([("E06000001", period, 1.0) for period in periods], **facts)


@pytest.mark.parametrize(
    ("period", "period_type", "first", "last"),
    [
        ("2021", "", "2021-01", "2021-12"),
        (2021, "calendar year", "2021-01", "2021-12"),
        ("2018/19", "financial year", "2018-04", "2019-03"),
        ("1999/00", "", "1999-04", "2000-03"),
        ("2018/19", "academic year", "2018-09", "2019-08"),
        ("2011-2013", "three calendar years", "2011-01", "2013-12"),
        ("2014/15-2016/17", "three financial years", "2014-04", "2017-03"),
        ("2026-01", "snapshot", "2026-01", "2026-01"),
        ("2022-Q4", "", "2022-10", "2022-12"),
        ("2021", "year ending September", "2020-10", "2021-09"),
        ("2021", "year ending April", "2020-05", "2021-04"),
        ("2021", "April pay period", "2021-04", "2021-04"),
        ("2021", "mid-year", "2021-06", "2021-06"),
        # What its label says itself is not moved.
        ("2021", "academic year", "2021-01", "2021-12"),
        ("2018/19", "year ending September", "2018-04", "2019-03"),
        ("2011-2013", "year ending September", "2011-01", "2013-12"),
    ],
)
def test_months_of_every_kind_of_period(period, period_type, first, last):
    months = months_of(period, period_type)
    assert [f"{month // 12}-{month % 12 + 1:02d}" for month in (months[0], months[-1])] == [
        first,
        last,
    ]


@pytest.mark.parametrize("period", ["spring", "2018/20", "2013-2011", "2021-13", ""])
def test_what_is_no_period_is_refused(period):
    with pytest.raises(InputError, match="this is not a period"):
        months_of(period)


def test_overlap_of_rolling_windows_is_the_share_in_common():
    # The example of the methods: two of three years.
    assert window_overlap("2011-2013", "2012-2014") == pytest.approx(2 / 3)
    assert window_overlap("2011-2013", "2013-2015") == pytest.approx(1 / 3)
    assert window_overlap("2011-2013", "2014-2016") == 0
    # Nine of twelve months, and one year out of four: 12 / sqrt(12 * 48).
    assert window_overlap("2018", "2018/19") == pytest.approx(9 / 12)
    assert window_overlap(2011, "2011-2014") == pytest.approx(0.5)


@given(labels(), labels())
def test_overlap_is_symmetric_and_whole_only_for_the_same_months(first, second):
    overlap = window_overlap(first, second)
    assert overlap == window_overlap(second, first)
    assert 0 <= overlap <= 1
    assert (overlap == 1) == (months_of(first) == months_of(second))
    assert (overlap > 0) == bool(set(months_of(first)) & set(months_of(second)))


@given(st.lists(labels(), min_size=1, max_size=9, unique=True))
def test_independent_periods_share_no_month_and_no_larger_set_does(periods):
    windows = {period: months_of(period) for period in periods}
    kept = independent_periods(windows)
    months = [month for period in kept for month in windows[period]]
    assert len(months) == len(set(months))
    assert max(windows.values(), key=lambda window: window.start).start == windows[kept[-1]].start

    def most(left):
        """Return the size of the largest set without overlap, by trying all of them."""
        if not left:
            return 0
        clear = [other for other in left[1:] if not set(other) & set(left[0])]
        return max(most(left[1:]), 1 + most(clear))

    assert len(kept) == most(list(windows.values()))


def test_twelve_rolling_periods_are_four_independent_ones(shared):
    path = shared / "data/metrics/tidy/healthy_life_expectancy.csv"
    metric = read_metric(path, indicator="healthy_life_expectancy_female")
    periods = periods_of(metric, "utla")
    assert len(periods) == 12
    alone = ["2013-2015", "2016-2018", "2019-2021", "2022-2024"]
    assert periods.index[periods["independent"]].tolist() == alone
    assert periods["overlap"].tolist() == pytest.approx([0, *[2 / 3] * 11])
    assert periods.loc["2022-2024", ["start", "end", "months"]].tolist() == [
        "2022-01",
        "2024-12",
        36,
    ]
    # The README: 195 authorities and 21 counties, those of Northern Ireland from 2014-2016.
    assert periods["areas"].tolist() == [205] * 3 + [216] * 9
    with pytest.warns(SpatialGapsWarning, match=r"11 of 216 areas .* N09000001 \(in 1\)") as said:
        figures = panel(metric, "utla", independent=True)
    assert figures.columns.tolist() == alone
    assert figures.shape == (216, 4)
    assert "overlap" not in str(said[0].message)
    with pytest.warns(SpatialGapsWarning, match="12 of them are no more than 4 independent ones"):
        assert panel(metric, "utla").shape == (216, 12)


def test_panel_is_sorted_in_time_and_by_code():
    metric = of([("E06000002", "2021", 4.0), ("E06000001", "2022", 1.0), ("E06000001", "2021", 2.0),
                 ("E06000002", "2022", 3.0)])  # fmt: skip
    before = metric.table.copy()
    figures = panel(metric)
    assert figures.to_dict("split") == {
        "index": ["E06000001", "E06000002"],
        "columns": ["2021", "2022"],
        "data": [[2.0, 1.0], [4.0, 3.0]],
    }
    assert (figures.index.name, figures.columns.name) == ("code", "period")
    pd.testing.assert_frame_equal(metric.table, before)


def test_standard_errors_come_as_a_panel_of_the_same_shape():
    pay = read_metric(sample_path("gross-median-weekly-pay"))
    figures, errors = (panel(pay, "uk", since=2024, column=column) for column in ("value", "se"))
    assert errors.columns.tolist() == figures.columns.tolist()
    shown = pay.at(2024, "uk")["se"].to_dict()
    assert errors["2024"].to_dict() == shown
    with pytest.raises(InputError, match="no column 'error'"):
        panel(pay, column="error")


def test_months_and_quarters_stand_in_time_order():
    metric = series("2022-Q4", "2023-Q1", "2022-Q2")
    assert panel(metric).columns.tolist() == ["2022-Q2", "2022-Q4", "2023-Q1"]


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({"since": 2015}, ["2015/16", "2016/17"]),
        ({"since": "2014/15"}, ["2014/15", "2015/16", "2016/17"]),
        ({"periods": ["2016/17", "2014/15"]}, ["2014/15", "2016/17"]),
        ({"periods": ["2014/15", "2016/17"], "since": 2016}, ["2016/17"]),
    ],
)
def test_periods_are_chosen_by_name_or_by_their_start(options, kept):
    metric = series("2014/15", "2015/16", "2016/17")
    assert panel(metric, **options).columns.tolist() == kept


def test_no_period_left_or_unknown_is_an_error():
    metric = series("2014", "2015")
    with pytest.raises(InputError, match=r"no period of 'X' is left.* 2014, 2015"):
        panel(metric, since=2016)
    with pytest.raises(InputError, match="there is no period '2016'"):
        panel(metric, periods=[2015, 2016])
    with pytest.raises(InputError, match="there is no level 'itl1'"):
        panel(metric, "itl1")


@pytest.mark.parametrize(
    "periods", [("2021", "2021/22"), ("2019", "2011-2013"), ("2021", "2021-01")]
)
def test_kinds_of_period_are_not_mixed_unasked(periods):
    metric = series(*periods)
    with pytest.raises(InputError, match=r"are of 2 kinds.*mixed=True"):
        panel(metric)
    assert panel(metric, periods=periods[:1]).shape == (1, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpatialGapsWarning)
        assert panel(metric, mixed=True).shape == (1, 2)


def test_area_without_a_figure_in_some_period_stays_and_is_named():
    metric = of(
        [("E06000001", "2021", 1.0), ("E06000001", "2022", 2.0), ("E06000002", "2022", 3.0)]
    )
    with pytest.warns(SpatialGapsWarning, match=r"1 of 2 areas .* E06000002 \(in 1\)"):
        figures = panel(metric)
    assert math.isnan(figures.at["E06000002", "2021"])
    assert periods_of(metric)["areas"].to_dict() == {"2021": 1, "2022": 2}


def test_break_starts_a_new_segment():
    metric = series("2018/19", "2020/21", "2021/22", "2022/23", breaks=("2021/22",))
    assert periods_of(metric)["segment"].tolist() == [0, 0, 1, 1]
    with pytest.warns(SpatialGapsWarning, match="starts anew in 2021/22"):
        panel(metric)
    assert panel(metric, since=2021).shape == (1, 2)


def test_break_that_the_catalogue_knows_is_honoured(shared):
    workbook = shared / "data/metrics/raw/subnational_indicators_ninth_release_2024.xlsx"
    metric = read_metric(workbook, sheet="Early years maths")
    assert metric.breaks == ("2021/22",)
    assert periods_of(metric)["segment"].tolist() == [1]
