"""Ratings of the missions' targets: the trap of Key stage 2, what is not assessable, the paper beside."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from spatial_gaps import rate_missions, read_metric, sample_path
from spatial_gaps.errors import InputError


@pytest.fixture(scope="module")
def then(mission_metrics):
    return rate_missions(mission_metrics, as_of="2022-03")


@pytest.fixture(scope="module")
def now(mission_metrics):
    return rate_missions(mission_metrics)


def test_three_figures_decide_nothing_whatever_a_straight_line_says(then, now):
    """Methods, section 5: on 2016-19 alone a straight line gives .81, a damped one the opposite."""
    row = then.loc["ks2_expected_standard"]
    assert (row["rating"], row["n"], row["last"]) == ("not assessable", 3, "2018/19")
    assert round(row["p_naive_line"], 2) == 0.81
    assert row["p_naive_damped"] < 0.2
    # With the figures since, both rated models call it what the paper called it.
    row = now.loc["ks2_expected_standard"]
    assert (row["rating"], row["ifg_rating"], row["agrees"]) == ("unrealistic", "high", "yes")
    assert max(row["p_damped"], row["p_drift"]) < 0.2
    # Three figures quoted in the paper, of which 2018/19 is in the series, and four later ones.
    assert row["n"] == 7


def test_pay_asks_for_what_comes_anyway_and_years_of_health_do_not_come(then):
    pay, men = (
        then.loc[key]
        for key in ("earnings_weekly_median_residence", "healthy_life_expectancy_male")
    )
    assert (pay["rating"], pay["last"], pay["base"]) == ("low ambition", "2021", "2021")
    assert pay["regions"].startswith("11 low ambition")
    # Five years more by 2035: in the UK men gained less than half a year from 2011-13 to 2017-19.
    assert (men["rating"], men["goal"], men["goal_year"]) == ("unrealistic", "+5", 2035)
    assert men["agrees"] == "no"


def test_nothing_is_looked_at_that_was_not_known(mission_metrics, then):
    pay = next(each for each in mission_metrics if each.key == "earnings_weekly_median_residence")
    early = pay.table[pay.table["period"].astype(int) <= 2021]
    cut = rate_missions([dataclasses.replace(pay, table=early)], as_of="2022-03")
    columns = ["rating", "p_damped", "p_drift", "regions"]
    assert cut.loc[pay.key, columns].tolist() == then.loc[pay.key, columns].tolist()


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("rd_public_funded", "the target is not put in figures"),
        ("gva_per_hour_smoothed", "a smoothed series"),
        ("fe_skills_achievements_19plus", "1 figure known by 2022-03"),
        ("homicide_rate", "4 figures known by 2022-03"),
    ],
)
def test_what_cannot_be_assessed_says_why_and_is_no_agreement(then, key, reason):
    row = then.loc[key]
    assert row["rating"] == "not assessable"
    assert row["reason"].startswith(reason)
    assert row["agrees"] == ""
    assert row["sentence"].startswith("Not assessable")


def test_agreement_is_that_of_ratings_with_the_paper(now):
    """Methods, section 6: too low is low ambition, about right is stretching, too high unrealistic."""
    words = {"low": "low ambition", "right": "stretching", "high": "unrealistic"}
    assessed = now[now["rating"] != "not assessable"]
    assert len(assessed) >= 10
    for _, row in assessed.iterrows():
        same = words[row["ifg_rating"]] == row["rating"]
        undecided = row["rating"] == "model-dependent"
        assert row["agrees"] == ("undecided" if undecided else "yes" if same else "no")


def test_order_and_shorter_series_change_nothing(mission_metrics, then):
    mixed = [*mission_metrics[::-1], read_metric(sample_path("population-total"))]
    assert rate_missions(mixed, as_of="2022-03").equals(then)


def test_what_is_refused():
    assert rate_missions([]).empty
    with pytest.raises(InputError, match="no Metric"):
        rate_missions(["pay"])
    pay = read_metric(sample_path("gross-median-weekly-pay"))
    with pytest.raises(InputError):
        rate_missions([pay], as_of="spring")


def test_the_annex_is_what_is_computed(then, now):
    """Every row of docs/validation/missions-2022.md, both days, and the counts in its words."""
    page = (Path(__file__).parents[2] / "docs/validation/missions-2022.md").read_text("utf-8")
    for title, table in (("As of March 2022", then), ("Now", now)):
        text = page.split(f"## {title}\n")[1].split("\n## ")[0]
        cells = [[each.strip() for each in line.split("|")[1:-1]] for line in text.splitlines()]
        told = {row[1].strip("`"): row for row in cells if len(row) == 10 and row[0].isdigit()}
        assert set(told) == set(table.index)
        for key, row in told.items():
            own = table.loc[key]
            assert row[7:] == [own["rating"], own["ifg_rating"], own["agrees"]]
            for shown, model in zip(row[4:7], ("p_damped", "p_drift", "p_naive_line"), strict=True):
                assert shown == ("" if pd.isna(own[model]) else f"{own[model]:.2f}")
    counted = {
        title: table[table["agrees"] != ""].groupby("headline_metric")["agrees"].unique()
        for title, table in (("then", then), ("now", now))
    }
    agreed = {
        title: (len(each), sum(list(word) == ["yes"] for word in each))
        for title, each in counted.items()
    }
    assert agreed == {"then": (9, 3), "now": (12, 4)}
    assert "nine of 22 headline metrics can be assessed: three agree" in page
    assert "Now twelve can: four agree" in page
