"""Change of a metric: periods, breaks and codes of the series, on made files and real ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spatial_gaps import (
    areas,
    cartogram,
    error_correlation,
    read_metric,
    recode,
    sample_path,
)
from spatial_gaps.errors import InputError
from spatial_gaps.records import Comparison, Metric
from spatial_gaps.targets.change_words import change_sentences
from spatial_gaps.targets.since import change_since

CODES = ["E06000001", "E06000002", "E06000003", "E06000004", "E06000005"]
NOUNS = ("area", "areas")


def metric(figures, *, codes=CODES, se=1.0, **facts) -> Metric:
    """A metric with one row per area and period; `figures` gives period -> figure of every area."""
    rows = [
        {
            "code": code, "period": period, "name": code, "level": "lad", "value": value,
            "lower": np.nan, "upper": np.nan, "se": se, "se_source": "published",
            "status": "" if value == value else "suppressed", "note": "", "period_raw": period,
            "row": 1,
        }
        for period, values in figures.items()
        for code, value in zip(codes, values, strict=True)
    ]  # fmt: skip
    known = {
        "key": "k", "title": "Thing", "unit": "", "higher_is": "better", "statistic": "rate",
        "scale": "interval", "basis": "", "default_weight": "", "source": "S", "licence": "L",
        "table": pd.DataFrame(rows),
    }  # fmt: skip
    return Metric(**(known | facts))


@pytest.fixture(scope="module")
def five() -> pd.DataFrame:
    return areas("lad", 2023).loc[CODES]


def test_a_year_finds_the_period_that_starts_in_it(five):
    series = metric({f"{y}-{y + 2}": [60.0 + y - 2011] * 5 for y in range(2011, 2021)})
    found = change_since(five, series, period="2020-2022", since=2015, correlation=0)
    assert (found.first, found.last, found.years) == ("2015-2017", "2020-2022", 5)
    assert list(found.figures) == [f"{y}-{y + 2}" for y in range(2015, 2021)]
    assert found.table["change"].tolist() == [5.0] * 5
    assert found.table["per_year"].tolist() == [1.0] * 5
    assert found.overlap == 0


def test_overlapping_windows_bound_the_correlation_and_are_said(five):
    series = metric({"2019-2021": [60.0] * 5, "2020-2022": [61.0] * 5})
    found = change_since(five, series, period="2020-2022", since=2019, correlation=0.1)
    assert found.rho == pytest.approx(2 / 3)
    assert found.rho_source == "overlap"
    assert found.table["se"].tolist() == pytest.approx([(2 - 4 / 3) ** 0.5] * 5)
    assert any("67% of their months" in str(notice) for notice in found.notices)


def test_nothing_is_compared_across_a_break(five):
    series = metric({str(y): [1.0 * y] * 5 for y in range(2015, 2023)}, breaks=("2020",))
    found = change_since(five, series, period=2022, since=2015, correlation=0)
    assert (found.first, found.breaks) == ("2020", ("2020",))
    assert found.table["change"].tolist() == [2.0] * 5
    (notice,) = [each for each in found.notices if each.kind == "since-break"]
    assert "starts anew in 2020" in str(notice)
    assert "not from 2015" in str(notice)
    with pytest.raises(InputError, match="starts anew in 2020, and does not compare"):
        change_since(five, series, period=2020, since=2015)
    # A break before the period that is asked for does not matter.
    assert change_since(five, series, period=2022, since=2021, correlation=0).breaks == ()


@pytest.mark.parametrize("since", [2023, 2030, 1990, "2014-2016"])
def test_periods_that_are_not_there_are_refused_with_a_list(five, since):
    series = metric({str(y): [1.0] * 5 for y in (2015, 2019, 2022)})
    with pytest.raises(InputError, match=r"has no period.*2015, 2019, 2022"):
        change_since(five, series, period=2022, since=since)


@pytest.mark.parametrize("since", [2022, 2024])
def test_since_has_to_be_before(five, since):
    series = metric({str(y): [1.0] * 5 for y in (2015, 2022, 2024)})
    with pytest.raises(InputError, match=r"is not before '2022'.*2015"):
        change_since(five, series, period=2022, since=since)


def test_only_periods_of_one_kind_are_compared(five):
    series = metric({"2015": [1.0] * 5, "2016-2018": [2.0] * 5, "2022": [3.0] * 5})
    assert list(change_since(five, series, period=2022, since=2015, correlation=0).figures) == [
        "2015",
        "2022",
    ]
    with pytest.raises(InputError, match=r"has no period '2016-2018'.*2015, 2022"):
        change_since(five, series, period=2022, since="2016-2018")


def test_a_month_is_compared_with_the_same_month(five):
    series = metric({f"{y}-{m:02d}": [1.0 * m] * 5 for y in (2019, 2021) for m in (1, 4, 9)})
    found = change_since(five, series, period="2021-09", since=2019, correlation=0)
    assert (found.first, found.years) == ("2019-09", 2.0)
    assert change_since(five, series, period="2021-09", since="2019-04", correlation=0).first == (
        "2019-04"
    )


def test_newer_areas_are_named_and_nothing_is_recoded():
    """Somerset replaced four districts in April 2023."""
    old = ["E06000001", "E06000002", "E07000187", "E07000188", "E07000189", "E07000246"]
    new = ["E06000001", "E06000002", "E06000066"]
    early, late = metric({"2015": [1.0] * 6}, codes=old), metric({"2023": [2.0] * 3}, codes=new)
    series = replace(late, table=pd.concat([early.table, late.table], ignore_index=True))
    found = change_since(
        areas("lad", 2023).loc[new], series, period=2023, since=2015, correlation=0
    )
    assert found.table.loc["E06000066", "verdict"] == "not assessable"
    assert found.left_out["code"].tolist() == ["E06000066"]
    (notice,) = [each for each in found.notices if each.kind == "since-codes"]
    assert notice.codes == ("E06000066",)
    assert "Somerset" in str(notice)
    assert "recode() carries the older figures over" in str(notice)
    # What the notice promises is so.
    carried = recode(series.at(2015)["value"], to=2023, statistic="rate")
    assert carried["E06000066"] == 1.0
    median = change_since(
        areas("lad", 2023).loc[new], replace(series, statistic="median"), period=2023, since=2015,
        correlation=0,
    )  # fmt: skip
    assert "a median of areas put together cannot be found" in str(median.notices[0])


def test_reasons_of_the_publisher_stand_beside_missing_figures(five):
    series = metric({"2015": [1.0, np.nan, 1, 1, 1], "2020": [2.0, 2, 2, 2, np.nan]})
    found = change_since(five, series, period=2020, since=2015, correlation=0)
    assert found.left_out["reason"].tolist() == ["2015: suppressed", "2020: suppressed"]
    assert list(found.table.index) == CODES


def test_no_errors_no_verdicts(five):
    series = metric({"2015": [1.0, 2, 3, 4, 5], "2020": [2.0, 1, 4, 5, 6]}, se=np.nan)
    found = change_since(five, series, period=2020, since=2015)
    assert np.isnan(found.rho)
    assert set(found.table["verdict"]) == {"not assessable"}
    assert str(found) == "No area can be assessed from 2015 to 2020."
    (said,) = change_sentences(found, "the thing", NOUNS, "better")
    assert said.startswith(
        "From 2015 to 2020 the thing rose in 4 of 5 areas and fell in 1 by the pub"
    )
    assert [notice.kind for notice in found.notices] == ["since-no-errors"]


def test_sentences_say_what_rose_and_what_fell(five):
    series = metric({"2015": [1.0, 2, 3, 4, 5], "2020": [9.0, 2, 3, 4, 0]})
    worse = change_since(five, series, period=2020, since=2015, higher_is="worse", correlation=0)
    assert (worse.count("better"), worse.count("worse")) == (1, 1)
    (said,) = change_sentences(worse, "the thing", NOUNS, "worse")
    assert said == (
        "From 2015 to 2020 the thing rose beyond sampling error in 1 of 5 areas and fell in 1; in 3 the "
        "change is within sampling error."
    )
    assert "1 of 5 areas became better beyond sampling error and 1 worse" in str(worse)


def test_the_correlation_is_that_of_all_periods_as_far_apart():
    pay = read_metric(sample_path("gross-median-weekly-pay"))
    found = change_since(areas("lad", 2023), pay, period=2023, since=2015)
    codes = areas("lad", 2023).index
    values, errors = (
        pay.table.pivot(index="code", columns="period", values=column).reindex(codes)
        for column in ("value", "se")
    )
    rho = error_correlation(values, errors, lag=8)
    assert len(rho.pairs) == 10
    assert found.rho == pytest.approx(rho.lower)
    assert rho.lower < rho.rho


def test_most_changes_of_one_year_are_within_sampling_error_and_pay_since_2015_is_not():
    """Counts by an own reckoning: z beyond the Benjamini-Hochberg line, area by area."""
    pay = read_metric(sample_path("gross-median-weekly-pay"))
    lads = areas("lad", 2023)
    one, eight = (change_since(lads, pay, period=2023, since=year) for year in (2022, 2015))
    assert one.count("within sampling error") > 0.5 * (one.table["p"].notna().sum())
    assert eight.count("better") > 300
    assert eight.nation.value == pytest.approx(575.1 - 425.3, abs=0.2)


def test_healthy_life_expectancy_of_the_uk(shared):
    file = shared / "data/metrics/tidy/healthy_life_expectancy.csv"
    hle = read_metric(file, indicator="healthy_life_expectancy_male")
    places = cartogram("utla", 2025)
    found = change_since(places, hle, period="2020-2022", since="2012-2014")
    assert isinstance(found, Comparison)
    row = found.table.loc["E06000001"]
    figures = hle.table.set_index(["code", "period"]).loc["E06000001"]
    first, last = (figures.loc[each, ["value", "se"]] for each in ("2012-2014", "2020-2022"))
    assert row["change"] == pytest.approx(last["value"] - first["value"])
    wanted = first["se"] ** 2 + last["se"] ** 2 - 2 * found.rho * first["se"] * last["se"]
    assert row["se"] == pytest.approx(wanted**0.5)
    assert found.nation.value < 0
    near = change_since(places, hle, period="2020-2022", since=2019)
    assert near.rho >= 2 / 3
    assert near.overlap == pytest.approx(2 / 3)
