"""The scorecard: any subset of data, a line for each mission, and what cannot be said is said."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pandas as pd
import pytest

from spatial_gaps import (
    SpatialGapsWarning,
    levelling,
    panel,
    read_metric,
    risen_everywhere,
    sample_path,
    scorecard,
)
from spatial_gaps.errors import InputError
from spatial_gaps.metrics.published import default_weights


@pytest.fixture(scope="module")
def card(mission_metrics):
    return scorecard(mission_metrics)


@pytest.fixture(scope="module")
def pay():
    return read_metric(sample_path("gross-median-weekly-pay"))


def test_there_is_a_line_for_each_mission_even_without_any_data():
    empty = scorecard([])
    assert list(empty.missions.index) == list(range(1, 13))
    assert (empty.missions["with_data"] == 0).all()
    assert empty.missions["line"].str.contains("not assessable: no data").all()
    assert len(str(empty).splitlines()) == len(empty.finding) + 12
    assert "nothing can be assessed" in empty.finding[0]


def test_every_verdict_that_is_lacking_has_a_reason(card):
    rated = card.measures["rating"] != "not assessable"
    assert (card.measures.loc[~rated, "reason"] != "").all()
    told = card.measures["closing"] != "not assessable"
    assert (card.measures.loc[~told, "why_not"] != "").all()
    # What has no standard errors has no verdict on its gap, and no count of places.
    blind = ~card.measures["has_se"]
    assert (card.measures.loc[blind, "closing"] == "not assessable").all()
    assert card.measures.loc[blind, "at_least"].isna().all()


def test_the_share_of_public_research_money_is_that_of_hand_arithmetic(card):
    """363 + 1221 + 751 + 648 + 765 + 1207 + 352 + 1082 + 199 = 6588 of 13447 million pounds."""
    said = card.measures.at["rd_public_funded", "share_sentence"]
    assert f"{6588 / 13447:.1%} of the total lies outside the Greater South East" in said
    assert f"makes it {6588 * 1.4 / (13447 * 1.3):.1%}" in said
    assert said.rstrip(".").split(" (")[0] in card.missions.at[2, "gap"]


def test_it_says_what_the_functions_say_that_it_is_made_of(pay):
    """The gap of pay since 2015, asked for directly."""
    found = scorecard([pay], since=2015).measures.iloc[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpatialGapsWarning)
        y, se = (panel(pay, "lad", column=each) for each in ("value", "se"))
    weights, _ = default_weights(y.index, "2025", "lad", 2023)
    three = ["2008", "2015", "2025"]
    own = levelling(
        y[three], se[three], weights, higher_is="better", base="2015", scale="ratio", unit="£"
    )
    risen = risen_everywhere(y, se, higher_is="better", base="2015")
    assert (found["since"], found["until"]) == ("2015", "2025")
    assert (found["closing"], found["how"], found["bottom"]) == (own.closing, own.how, own.bottom)
    assert (found["at_least"], found["named"]) == (risen.at_least, len(risen.shown))


def test_order_of_series_changes_nothing(mission_metrics, card):
    other = scorecard(mission_metrics[::-1])
    pd.testing.assert_frame_equal(other.missions, card.missions)
    pd.testing.assert_frame_equal(other.measures, card.measures)


def test_series_that_do_not_count_are_named(pay):
    people = read_metric(sample_path("population-total"))
    card = scorecard([pay, pay, people])
    assert len(card.left_out) == 1
    assert "measures no headline metric" in card.left_out[0]
    first = pay.table[pay.table["period"] == "2021"]
    shorter = replace(pay, table=first, file="2021.csv")
    assert scorecard([shorter, pay]).left_out == (
        "2021.csv (earnings_weekly_median_residence): a longer series of this measure counts",
    )


def test_as_of_the_paper_what_came_later_is_not_used(pay):
    row = scorecard([pay], as_of="2022-03").measures.iloc[0]
    assert (row["until"], row["last"]) == ("2021", "2021")
    # Before anything was published there is nothing to say.
    early = scorecard([pay], as_of="2005-01")
    assert early.missions.at[1, "target"].startswith("not assessable")
    assert early.missions.at[1, "gap"].startswith("not assessable")


def test_what_is_refused(pay):
    with pytest.raises(InputError, match="no Metric"):
        scorecard([pay.table])
    with pytest.raises(InputError):
        scorecard([pay], as_of="2022")
