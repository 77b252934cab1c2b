"""Pay by home and by work, and crime of three nations, as one."""

from __future__ import annotations

import dataclasses
import math
import re

import pandas as pd
import pytest

from spatial_gaps import read_metric
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.metrics.pairing import combine_metrics, pair_metrics
from spatial_gaps.metrics.units import convert_unit
from spatial_gaps.records import Metric

SMALLEST = ("E09000001", "E06000053")  # City of London, Isles of Scilly


def of(codes, values=(10.0, 20.0), scale="bounded") -> Metric:
    """Return percentages of 2021 of these areas."""
    table = pd.DataFrame({"code": codes, "value": values}).assign(
        period="2021", name="A", level="lad", lower=0.0, upper=1.0, se=1.0, status="", note=""
    )
    return Metric(
        key="x",
        title="X",
        unit="%",
        higher_is="worse",
        statistic="rate",
        scale=scale,
        basis="",
        default_weight="people",
        source="",
        licence="",
        table=table,
    )


@pytest.fixture(scope="module")
def pay(shared):
    folder = shared / "data/metrics"
    residence = read_metric(folder / "raw/explore_local_statistics/gross-median-weekly-pay.csv")
    workplace = read_metric(folder / "tidy/earnings_weekly_median_workplace_ashe7_2024.csv")
    return residence, workplace


@pytest.fixture(scope="module")
def crime(shared):
    path = shared / "data/metrics/tidy/crime_personal.csv"
    return [
        read_metric(path, indicator=f"crime_personal_{nation}")
        for nation in ("england", "wales", "scotland")
    ]


def test_pay_by_home_less_pay_by_work_has_the_published_extremes(pay):
    with pytest.raises(InputError, match="residence against workplace"):
        pair_metrics(*pay, period=2024)
    pairs = pair_metrics(*pay, period=2024, level="lad", despite=("basis",))
    spread = pairs["difference"].sort_values().dropna()
    ends = pairs.loc[[spread.index[-1], spread.index[0]]]
    assert ends["name"].tolist() == ["East Dunbartonshire", "Tower Hamlets"]
    assert ends["difference"].tolist() == pytest.approx([277.6, -324.2])
    # ASHE table 7 has no rows for the eleven districts of Northern Ireland.
    lacking = pairs[pairs["status"] == "second: no row"]
    assert len(lacking) == 11
    assert lacking.index.str.startswith("N09").all()
    assert lacking["first"].notna().all()
    assert lacking["difference"].isna().all()


def test_the_files_as_published_pair_in_five_lines(shared):
    raw = shared / "data/metrics/raw"
    home = raw / "explore_local_statistics/gross-median-weekly-pay.csv"
    work = raw / "ashe_table7_1a_weekly_gross_2024_prov.xlsx"
    cv = raw / "ashe_table7_1b_weekly_gross_2024_prov_cv.xlsx"

    residence = read_metric(home)
    workplace = read_metric(work, value="Median", cv=cv)
    pairs = pair_metrics(residence, workplace, period=2024, level="lad", despite=("basis",))
    spread = pairs["difference"]
    ends = pairs.loc[[spread.idxmax(), spread.idxmin()], ["name", "difference"]]

    assert ends["name"].tolist() == ["East Dunbartonshire", "Tower Hamlets"]
    assert ends["difference"].tolist() == pytest.approx([277.6, -324.2])
    with pytest.raises(
        InputError, match=r"basis residence against workplace.*despite=\('basis',\)"
    ):
        pair_metrics(residence, workplace, period=2024)
    # By residence both are marked u; by workplace the City has a figure, the Isles are marked x.
    markers = [re.findall(r"marked (.)", pairs.at[code, "status"]) for code in SMALLEST]
    assert markers == [["u"], ["u", "x"]]


def test_difference_standard_error_and_ratio_by_hand():
    first = of(["E06000001", "E06000002"], (30.0, 20.0))
    second = of(["E06000001", "E06000002"], (24.0, 0.0))
    first.table["se"], second.table["se"] = [3.0, 3.0], [4.0, math.nan]
    pairs = pair_metrics(first, second, period=2021)
    assert pairs["difference"].tolist() == [6.0, 20.0]
    assert pairs["se"].tolist() == pytest.approx([5.0, math.nan], nan_ok=True)
    assert pairs["ratio"].tolist() == pytest.approx([1.25, math.nan], nan_ok=True)
    assert pairs["status"].tolist() == ["", ""]


def test_areas_of_one_series_only_are_kept_with_the_reason():
    first = of(["E06000003", "E06000001"])
    second = of(["E06000001", "E06000002"], (math.nan, 5.0))
    second.table["status"] = ["marked x", ""]
    pairs = pair_metrics(first, second, period=2021)
    assert pairs.index.tolist() == ["E06000001", "E06000002", "E06000003"]
    assert pairs["status"].tolist() == ["second: marked x", "first: no row", "second: no row"]
    assert pairs["difference"].isna().all()
    assert pairs["name"].notna().all()


def test_the_order_of_rows_does_not_matter_and_nothing_is_changed(pay):
    def turned(series):
        return dataclasses.replace(series, table=series.table.iloc[::-1])

    before = [series.table.copy() for series in pay]
    pairs = pair_metrics(*pay, period=2024, despite=("basis",))
    again = pair_metrics(*map(turned, pay), period=2024, despite=("basis",))
    assert pairs.equals(again)
    assert all(series.table.equals(copy) for series, copy in zip(pay, before, strict=True))


def test_a_ratio_needs_a_true_zero():
    scores = of(["E06000001", "E06000002"], scale="interval")
    assert pair_metrics(scores, scores, period=2021)["ratio"].isna().all()


def test_series_without_a_common_area_or_period_are_refused():
    first = of(["E06000001", "E06000002"])
    with pytest.raises(JoinError, match=r"E06000001.*S12000005.*no area in common"):
        pair_metrics(first, of(["S12000005", "S12000006"]), period=2021)
    with pytest.raises(InputError, match="no period '2020'"):
        pair_metrics(first, first, period=2020)


def test_crime_of_three_nations_is_one_series_once_it_is_in_one_unit(crime):
    england, wales, scotland = crime
    with pytest.raises(InputError, match=r"unit.*convert_unit"):
        combine_metrics(england, wales, scotland)
    whole = combine_metrics(england, wales, convert_unit(scotland, "per 1,000 people"))
    assert (whole.key, whole.title, whole.unit) == (
        "crime_personal",
        "Personal crime",
        "per 1,000 people",
    )
    assert whole.table["code"].str[0].value_counts().to_dict() == {"E": 2149, "S": 32, "W": 22}
    assert whole.table.query("code >= 'S' and code < 'T'")["value"].max() == pytest.approx(
        336.905966 / 10
    )
    notice = whole.notices[-1]
    assert notice.kind == "combined"
    assert all(nation in str(notice) for nation in ("England", "Wales", "Scotland"))


def test_great_britain_and_northern_ireland_are_put_together(shared):
    folder = shared / "data/metrics/tidy"
    britain = read_metric(folder / "employment_rate_16_64.csv")
    ireland = read_metric(
        folder / "employment_rate_16_64_ni.csv", indicator="employment_rate_16_64"
    )
    with pytest.raises(InputError, match=r"same area and period: N92000002 2023"):
        combine_metrics(britain, ireland)
    districts = ireland.table[ireland.table["level"] == "lad"]
    whole = combine_metrics(britain, dataclasses.replace(ireland, table=districts))
    assert whole.key == "employment_rate_16_64"
    # Published for 2023: 348 of the 350 districts of Great Britain, all 11 of Northern Ireland.
    assert whole.at(2023, "lad")["value"].notna().sum() == 348 + 11


def test_two_figures_for_one_area_and_period_are_refused():
    first, second = of(["E06000001", "E06000002"]), of(["E06000002", "E06000003"])
    with pytest.raises(InputError, match="same area and period: E06000002 2021"):
        combine_metrics(first, second)


def test_a_figure_goes_before_a_gap():
    first = of(["E06000001", "E06000002"], (1.0, math.nan))
    second = of(["E06000002", "E06000003"], (2.0, math.nan))
    table = combine_metrics(first, second).table.set_index("code")
    assert table["value"].tolist() == pytest.approx([1.0, 2.0, math.nan], nan_ok=True)
    assert table.index.tolist() == ["E06000001", "E06000002", "E06000003"]


def test_other_measures_and_a_single_series_are_refused():
    one = dataclasses.replace(of(["E06000001", "E06000002"]), key="adult_smokers")
    other = dataclasses.replace(of(["E06000003", "E06000004"]), key="obesity_adults")
    with pytest.raises(InputError, match="share of adults who smoke, share of adults with obesity"):
        combine_metrics(one, other)
    with pytest.raises(InputError, match="it takes two"):
        combine_metrics(one)
