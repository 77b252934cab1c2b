"""What the data lack: on the real files, against facts of their README."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pandas as pd
import pytest

from spatial_gaps import data_gaps, missions, read_metric, sample_path
from spatial_gaps.errors import InputError, SpatialGapsWarning

FILES = [
    ("gva_per_hour_itl", "gva_per_hour_unsmoothed"),
    ("gva_per_hour_lad", "gva_per_hour_smoothed"),
    ("earnings_weekly_median_residence", None),
    ("employment_rate_16_64", None),
    ("rd_business", None),
    ("ks2_expected_standard", None),
    ("healthy_life_expectancy", "healthy_life_expectancy_male"),
    ("homicide_rate", None),
    ("gigabit_broadband", None),
    ("wellbeing_anxiety", None),
]


@pytest.fixture(scope="module")
def series(shared):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpatialGapsWarning)
        return [
            read_metric(shared / f"data/metrics/tidy/{file}.csv", indicator=indicator)
            for file, indicator in FILES
        ]


def test_the_real_files_have_what_their_readme_says(series):
    table = data_gaps(series, as_of="2026-06")
    columns = ["finest_level", "n", "latest_period", "periods", "coverage", "has_se"]
    told = {
        "GVA per hour worked": ["lad", 361, "2022", 19, "United Kingdom", False],
        "Business expenditure on R&D": ["region", 12, "2024", 3, "United Kingdom", False],
        "Healthy life expectancy": ["utla", 216, "2022-2024", 12, "United Kingdom", True],
        "Homicide": ["police_force", 42, "2022/23-2024/25", 9, "England and Wales", False],
        "Premises with gigabit-capable broadband": ["lad", 361, "2026-01", 1, "United Kingdom", False],
    }  # fmt: skip
    for name, facts in told.items():
        assert table.loc[name, columns].tolist() == facts, name
    # From December 2024 to June 2026; from January.
    assert table.at["Healthy life expectancy", "lag"] == 18
    assert table.at["Premises with gigabit-capable broadband", "lag"] == 5
    assert table.at["GVA per hour worked", "key"] == "gva_per_hour_smoothed"
    assert table.at["GVA per hour worked", "series"] == 2
    lacks = table["lacks"]
    assert lacks["Employment rate 16-64"] == "figures for Northern Ireland"
    assert lacks["Healthy life expectancy"] == ""
    assert lacks["Premises with gigabit-capable broadband"] == "standard errors; a second period"
    assert (table["status"] == "no data").sum() == 22 - 9


def test_as_of_march_2022_the_first_release_is_the_latest(series):
    latest = data_gaps(series, as_of="2022-03")["latest_period"]
    assert latest["GVA per hour worked"] == "2019"
    assert latest["Gross median weekly pay"] == "2021"
    assert latest["Employment rate 16-64"] == "2020"
    assert latest["Healthy life expectancy"] == "2017-2019"
    assert latest["Average anxiety"] == "2020/21"
    assert latest["Premises with gigabit-capable broadband"] == ""


def test_regional_figures_are_too_coarse_where_authorities_are_wanted(series):
    pay = next(metric for metric in series if metric.key == "earnings_weekly_median_residence")
    table = pay.table[pay.table["level"].isin(["region", "country", "uk"])]
    regional = replace(pay, table=table)
    row = data_gaps([regional], as_of="2026-06").loc["Gross median weekly pay"]
    assert row["finest_level"] == "region"
    assert row["lacks"] == "figures below region"


def test_rows_are_the_headline_metrics_in_any_case():
    wanted = missions()
    wanted = wanted[wanted["headline_metric"] != ""]
    nothing = data_gaps([], as_of="2022-03")
    assert list(nothing.index) == list(wanted["headline_metric"])
    assert set(nothing["status"]) == {"no data"}
    pay = read_metric(sample_path("gross-median-weekly-pay"))
    people = read_metric(sample_path("population-total"))
    pd.testing.assert_frame_equal(
        data_gaps([pay, people], as_of="2025-12"), data_gaps([people, pay], as_of="2025-12")
    )


def test_bad_input_is_refused():
    pay = read_metric(sample_path("gross-median-weekly-pay"))
    timeless = replace(pay, table=pay.table.assign(period="all"))
    with pytest.raises(InputError, match="no period"):
        data_gaps([timeless], as_of="2022-03")
    with pytest.raises(InputError, match="one month"):
        data_gaps([], as_of="2022")
    with pytest.raises(InputError, match="not a period"):
        data_gaps([], as_of="March 2022")
    with pytest.raises(InputError, match="no Metric"):
        data_gaps(["pay"], as_of="2022-03")
