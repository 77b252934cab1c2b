"""Figures that can hardly be right: the published error that started it, by hand, and few false alarms."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spatial_gaps import find_implausible, read_metric
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.geography.register import areas
from spatial_gaps.records import Metric

# The five districts of East Sussex, E10000011.
EAST_SUSSEX = ["E07000061", "E07000062", "E07000063", "E07000064", "E07000065"]
TWELVE = [f"E060000{number}" for number in range(30, 42)]


def of(rows, **facts) -> Metric:
    """Return a metric of rows (code, level, period, value[, se])."""
    table = pd.DataFrame([(*row, math.nan)[:5] for row in rows])
    table = table.set_axis(["code", "level", "period", "value", "se"], axis=1)
    known = {"key": "x", "title": "X", "unit": "%", "higher_is": "worse", "statistic": "rate"}
    known |= {"scale": "bounded", "basis": "", "default_weight": "", "source": "", "licence": ""}
    return Metric(**(known | facts), table=table.assign(name="Somewhere", status=""))


def county(figure, children=(10.0, 20.0, 30.0, 40.0, 50.0), se=math.nan, **facts) -> Metric:
    rows = [
        (code, "lad", "2021", value, se) for code, value in zip(EAST_SUSSEX, children, strict=True)
    ]
    return of([*rows, ("E10000011", "county", "2021", figure, se)], **facts)


def years(changed=None, periods=("2019", "2020", "2021", "2022"), **facts) -> Metric:
    """Return twelve areas from 10 to 21, one more each period; `changed` maps (code, period)."""
    rows = [
        (code, "lad", period, (changed or {}).get((code, period), 10.0 + at + step))
        for at, code in enumerate(TWELVE)
        for step, period in enumerate(periods)
    ]
    return of(rows, **facts)


@pytest.fixture(scope="module")
def homicide(shared):
    """Return the edition with the error, and the one before."""
    raw = shared / "data/metrics/raw"
    workbook = raw / "subnational_indicators_ninth_release_2024.xlsx"
    late = read_metric(raw / "explore_local_statistics/homicide-offences.csv")
    return late, read_metric(workbook, sheet="Homicide")


@pytest.fixture(scope="module")
def tidy(shared):
    def read(name, indicator=None):
        return read_metric(shared / f"data/metrics/tidy/{name}.csv", indicator=indicator)

    return read


def test_south_yorkshire_is_the_one_figure_that_changed_between_editions(homicide):
    late, early = homicide
    found = find_implausible(late, earlier=early).query("check == 'edition'")
    assert found[["code", "name", "period"]].to_numpy().tolist() == [
        ["E23000011", "South Yorkshire", "2020/21-2022/23"]
    ]
    row = found.iloc[0]
    # Published: 31.3 now, 13.2 in 2024, 2.4 times as much.
    assert row["value"] == pytest.approx(31.3, abs=0.05)
    assert row["expected"] == pytest.approx(13.2, abs=0.1)
    assert row["high"] < 20
    assert "31.3 against 13.2 in the earlier edition: 2.37 times" in row["why"]


def test_its_ratio_is_that_of_a_denominator_without_the_renumbered_authorities(homicide):
    found = find_implausible(homicide[0], earlier=homicide[1])
    why = found.loc[found["check"] == "edition", "why"].item()
    assert "E08000016 became E08000038 on 2025-04-01" in why
    assert "E08000019 became E08000039 on 2025-04-01" in why
    assert "in E47000002, the combined authority of that name" in why
    # Census 2021, thousands: Barnsley 244.6, Doncaster 308.1, Rotherham 265.8, Sheffield 556.5.
    without = (244.6 + 308.1 + 265.8 + 556.5) / (308.1 + 265.8)
    said = float(re.search(r"a rate is ([\d.]+) times as high without", why)[1])
    assert said == pytest.approx(without, rel=0.01)


def test_whole_above_both_of_its_countries_is_found(homicide):
    # England and Wales is published as 9.97, 10.99, 11.38; England as 9.96, 10.94, 11.34, Wales below.
    found = find_implausible(homicide[0])
    assert found["check"].tolist() == ["parent"] * 3
    assert set(found["code"]) == {"K04000001"}
    assert found["value"].round(2).tolist() == [9.97, 10.99, 11.38]
    assert found["high"].round(2).tolist() == [9.96, 10.94, 11.34]
    assert set(found["others"]) == {"E92000001"}


@pytest.mark.parametrize(("figure", "word"), [(8.0, "below"), (52.0, "above"), (500.0, "above")])
def test_parent_outside_the_range_of_its_areas(figure, word):
    [row] = find_implausible(county(figure)).to_dict("records")
    assert (row["code"], row["level"], row["period"]) == ("E10000011", "county", "2021")
    assert (row["low"], row["high"]) == (10, 50)
    assert row["others"] == {"below": EAST_SUSSEX[0], "above": EAST_SUSSEX[-1]}[word]
    expected = f"{figure:g} lies {word} all 5 local authorities in it, 10 to 50"
    assert row["why"] == expected


@pytest.mark.parametrize(
    "metric",
    [
        county(30.0),
        # In whole numbers both may be rounded by half a unit: 50.5 as 51 and as 50.
        county(51.0),
        county(9.0),
        county(500.0, statistic="count"),
        county(500.0, unit="ratio", statistic="median"),
        # Of the people of Rother, a sixth, nothing is known.
        county(60.0, children=(10, 20, 30, math.nan, 50.0)),
        # 60 - 50 is 2.4 of its standard errors, sqrt(3^2 + 3^2) = 4.2.
        county(60.0, se=3.0),
    ],
)
def test_parent_that_may_be_right_is_passed_over(metric):
    assert find_implausible(metric).empty


def test_parent_is_found_beyond_three_standard_errors():
    # 60 - 50 = 10 less a unit of rounding is above 3 * sqrt(2^2 + 2^2) = 8.5.
    assert find_implausible(county(60.0, se=2.0))["code"].tolist() == ["E10000011"]


def test_wrong_combined_authority_is_found_in_a_real_series(tidy):
    metric = tidy("child_relative_poverty", "child_poverty_bhc")
    wrong = (metric.table["code"] == "E47000002") & (metric.table["period"] == "2023/24")
    value = metric.table["value"].where(~wrong, metric.table["value"] * 2.39)
    found = find_implausible(replace(metric, table=metric.table.assign(value=value)))
    assert found.loc[found["check"] == "parent", ["code", "period"]].to_numpy().tolist() == [
        ["E47000002", "2023/24"]
    ]


def test_jump_names_the_change_and_what_was_to_be_expected():
    # 15 then 16, 60, 18: up by 44, down by 42; all others rise by 1.
    found = find_implausible(years({("E06000035", "2021"): 60.0})).sort_values("period")
    assert found[["check", "code", "period", "value"]].to_numpy().tolist() == [
        ["jump", "E06000035", "2021", 60.0],
        ["jump", "E06000035", "2022", 18.0],
    ]
    assert found["expected"].tolist() == [17.0, 61.0]
    assert found["why"].iloc[0] == "60 against 16 in 2020: +44; of the other areas +1 to +1"


def test_no_jump_is_seen_across_a_break_of_the_series():
    changed = {("E06000035", period): 60.0 for period in ("2021", "2022")}
    assert find_implausible(years(changed))["period"].tolist() == ["2021"]
    assert find_implausible(years(changed, breaks=("2021",))).empty


def test_windows_that_share_months_are_not_held_against_each_other():
    periods = ("2011-2013", "2012-2014", "2013-2015", "2014-2016")
    changed = {("E06000035", "2012-2014"): 60.0}
    assert find_implausible(years(changed, periods)).empty
    changed = {("E06000035", "2014-2016"): 60.0}
    found = find_implausible(years(changed, periods))
    assert found["why"].str.contains("in 2011-2013: ").tolist() == [True]


def test_jump_within_its_standard_error_is_none():
    metric = years({("E06000035", "2022"): 60.0})
    uncertain = metric.table.assign(se=np.where(metric.table["code"] == "E06000035", 5.0, 0.1))
    # The change of 42 is below 8 * sqrt(5^2 + 5^2) = 56.6.
    assert find_implausible(replace(metric, table=uncertain)).empty
    assert len(find_implausible(metric)) == 1


def metropolitan(code, jump, first=2023, **facts) -> Metric:
    """Return metropolitan districts of 2025 and South Yorkshire over three years; one jumps at last."""
    codes = [key for key in areas("lad", 2025).index if key.startswith("E08")]
    rows = [
        (key, "lad", str(first + step), 50.0 + at + (jump if (key, step) == (code, 2) else 0))
        for at, key in enumerate(codes)
        for step in range(3)
    ]
    south_yorkshire = [
        ("E47000002", "combined_authority", str(first + step), 60.0 + (jump if step == 2 else 0))
        for step in range(3)
    ]
    return of(rows if code != "E47000002" else rows + south_yorkshire, **facts)


@pytest.mark.parametrize(("first", "said"), [(2023, True), (2022, True), (2021, False)])
def test_jump_says_which_areas_changed_code_within_a_year_of_it(first, said):
    [why] = find_implausible(metropolitan("E08000039", 500.0, first))["why"]
    # All of its people changed code with it: no denominator is left to suspect.
    ending = "; it coincides with new codes: E08000019 became E08000039 on 2025-04-01"
    assert why.endswith(ending) == said
    assert ("new codes" in why) == said


@pytest.mark.parametrize(("jump", "said"), [(900.0, True), (-900.0, False)])
def test_denominator_is_suspected_where_a_rate_has_risen(jump, said):
    [why] = find_implausible(metropolitan("E47000002", jump)).query("check == 'jump'")["why"]
    assert "E08000016 became E08000038 on 2025-04-01, E08000019 became" in why
    assert ("as high without their people" in why) == said
    [why] = find_implausible(metropolitan("E47000002", jump, statistic="count"))["why"]
    assert "as high" not in why


def test_new_name_is_no_new_code():
    # Shepway became Folkestone and Hythe on 1 April 2018, and kept its code.
    rows = [
        (f"E070001{at:02d}", "lad", year, 10.0 + at + (500 if (at, year) == (12, "2018") else 0))
        for at in range(5, 17)
        for year in ("2017", "2018")
    ]
    [why] = find_implausible(of(rows))["why"]
    assert "new codes" not in why


def test_years_are_not_held_against_windows_of_three():
    changed = {(code, "2013-2015"): 500.0 for code in TWELVE[:1]}
    assert find_implausible(years(changed, ("2011", "2012", "2013-2015"))).empty
    assert len(find_implausible(years(changed, ("2007-2009", "2010-2012", "2013-2015")))) == 1


def test_editions_of_renumbered_areas_are_the_same_areas():
    codes = list(areas("lad", 2025).index[areas("lad", 2025).index.str.startswith("E08")])
    late = of([(code, "lad", "2021", 10.0 + at) for at, code in enumerate(codes)])
    old = {"E08000038": "E08000016", "E08000039": "E08000019"}
    rows = [(old.get(code, code), "lad", "2021", 10.0 + at) for at, code in enumerate(codes)]
    assert find_implausible(late, earlier=of(rows)).empty
    rows = [(*row[:3], 99.0 if row[0] == "E08000016" else row[3]) for row in rows]
    assert find_implausible(late, earlier=of(rows))["code"].tolist() == ["E08000038"]
    # Where the earlier edition has both codes, the new one is compared with itself.
    both = of(
        [*rows, ("E08000038", "lad", "2021", late.table["value"].iloc[codes.index("E08000038")])]
    )
    assert find_implausible(late, earlier=both).empty


def test_editions_give_one_row_per_area_with_its_greatest_change():
    late = years({("E06000035", "2020"): 60.0, ("E06000035", "2021"): 80.0})
    found = find_implausible(late, earlier=years()).query("check == 'edition'")
    assert found[["code", "period", "value", "expected"]].to_numpy().tolist() == [
        ["E06000035", "2021", 80.0, 17.0]
    ]
    assert (
        found["why"]
        .item()
        .startswith(
            "80 against 17 in the earlier edition: +63; of the other areas +0 to +0; likewise in 2020"
        )
    )


def test_more_digits_than_before_are_no_revision():
    late = years({("E06000035", "2021"): 17.4})
    assert find_implausible(late, earlier=years()).query("check == 'edition'").empty


def test_editions_have_to_measure_alike_and_to_meet():
    with pytest.raises(InputError, match="do not measure alike"):
        find_implausible(years(), earlier=years(unit="£"))
    with pytest.raises(JoinError, match="no figure of the same area and period"):
        find_implausible(years(), earlier=years(periods=("2011", "2012")))


def test_wales_has_four_figures_of_crime_those_of_its_police_forces(tidy):
    for name in ("crime_personal", "crime_low_level"):
        found = find_implausible(tidy(name, f"{name}_wales"))
        assert set(found["check"]) == {"repeated"}
        forces = {row.code: row.others.split() for row in found.itertuples()}
        # North Wales, Dyfed-Powys, South Wales and Gwent.
        assert {code: len(others) + 1 for code, others in forces.items()} == {
            "W06000001": 6, "W06000008": 4, "W06000011": 7, "W06000018": 5,
        }  # fmt: skip
        assert forces["W06000008"] == ["W06000009", "W06000010", "W06000023"]


@pytest.mark.parametrize(
    ("values", "facts", "count"),
    [
        ([1.234567] * 6 + [2.345678] * 6, {}, 2),
        ([1.234567] * 6 + [2.345678 + at for at in range(6)], {}, 0),
        # Seven figures of which three are alike.
        ([1.234567] * 3 + [2.345678 + at for at in range(9)], {}, 0),
        ([1.234567] * 4, {}, 0),
        # To whole numbers, twelve areas cannot all differ between 1 and 9.
        ([1.0] * 6 + [9.0] * 6, {}, 0),
        # All have 4G: that is the end of the scale.
        ([100.0] * 8 + [91.2345, 92.3456, 93.4567, 94.5678], {}, 0),
        ([1.234567] * 6 + [2.345678] * 6, {"statistic": "index"}, 0),
    ],
)
def test_repeated_figures(values, facts, count):
    rows = [(code, "lad", "2021", value) for code, value in zip(TWELVE, values, strict=False)]
    rows.append(("S12000033", "lad", "2021", 7.0))
    assert find_implausible(of(rows, **facts))["check"].tolist() == ["repeated"] * count


def test_repeated_figures_of_several_periods_are_one_finding():
    rows = [
        (code, "lad", period, 1.234567 + (at >= 6) + step)
        for at, code in enumerate(TWELVE)
        for step, period in enumerate(("2020", "2021"))
    ]
    found = find_implausible(of(rows))
    assert found["period"].tolist() == ["2021", "2021"]
    assert found["why"].str.endswith("; likewise in 2020").all()


@pytest.mark.parametrize(
    ("name", "indicator", "named"),
    [
        ("earnings_weekly_median_residence", None, set()),
        ("employment_rate_16_64", None, set()),
        ("gva_per_hour_lad_els", None, set()),
        ("gva_per_hour_itl", "gva_per_hour_smoothed", set()),
        ("gva_per_hour_itl", "gva_per_hour_unsmoothed", set()),
        # 11,271 in 2007, 14,281 in 2008.
        ("gdhi_per_head", None, {"Moray"}),
        # 33 %, 16 %, 7 % of a few dozen children.
        ("child_relative_poverty", "child_poverty_bhc", {"City of London"}),
        ("coverage_4g", None, set()),
    ],
)
def test_alarms_on_published_series_are_few(tidy, name, indicator, named):
    assert set(find_implausible(tidy(name, indicator))["name"]) == named


@pytest.mark.parametrize("sheet", ["A1", "A2", "A3", "A4", "A5"])
def test_editions_of_productivity_differ_beyond_reason_in_southampton_only(shared, sheet):
    raw = shared / "data/metrics/raw"
    late = read_metric(raw / "labourproductivityitls_2004_2022.xls", sheet=sheet)
    early = read_metric(raw / "itlproductivity_2004_2021.xlsx", sheet=sheet)
    found = find_implausible(late, earlier=early).query("check == 'edition'")
    # Printed in A4 for 2020: 35.79 before, 47.1 now; other areas changed by 11 % at most.
    assert set(found["code"]) <= {"TLJ32"}
    assert len(found) == (sheet != "A5")
    if sheet == "A4":
        assert found[["period", "value"]].to_numpy().tolist() == [["2020", 47.1]]


def test_result_has_its_columns_even_without_figures_and_the_input_stays():
    metric = years()
    before = metric.table.copy()
    found = find_implausible(metric, earlier=metric)
    assert found.empty
    assert found.columns.tolist() == [
        "check", "code", "name", "level", "period", "value", "expected", "low", "high", "others",
        "why",
    ]  # fmt: skip
    pd.testing.assert_frame_equal(metric.table, before)
    blank = replace(metric, table=metric.table.assign(value=math.nan))
    assert find_implausible(blank).empty
