"""The catalogue of missions: row by row what the shared table states, and the counts of the paper."""

from __future__ import annotations

import pandas as pd
import pytest

from spatial_gaps import catalogue, missions
from spatial_gaps.metrics.panels import months_of


def test_it_is_the_shared_table_row_by_row(shared):
    stated = pd.read_csv(shared / "missions.csv", dtype=str, keep_default_na=False)
    own = missions()[list(stated)].astype(str)
    pd.testing.assert_frame_equal(own, stated)


def test_the_counts_are_those_of_the_paper():
    table = missions()
    measured = table[table["headline_metric"] != ""]
    assert sorted(table["mission"].unique()) == list(range(1, 13))
    assert (len(measured), measured["headline_metric"].nunique()) == (22, 22)
    assert (measured["too_coarse"] == "yes").sum() == 6
    each = table.drop_duplicates("mission").set_index("focus_area")
    assert each["ifg_rating"].value_counts().to_dict() == {
        "low": 5,
        "high": 2,
        "right": 3,
        "unknown": 2,
    }
    assert (each["ifg_rating_part"] != "").sum() == 1
    assert "high" in each.at["Living standards", "ifg_rating_part"]
    # Methods, section 6: which missions are unclear, too narrow, misaligned.
    named = {
        column: sorted(each.index[each[column] == "yes"])
        for column in ("unclear", "too_narrow", "misaligned")
    }
    assert named == {
        "unclear": [
            "Living standards",
            "Pride in place",
            "Transport infrastructure",
            "Wellbeing",
        ],
        "too_narrow": ["Education", "Skills"],
        "misaligned": ["Research and development"],
    }


def test_missions_are_told_once_and_in_full():
    table = missions()
    for column in ("focus_area", "statement", "ifg_rating", "objective_without_metric"):
        assert (table.groupby("mission")[column].nunique() == 1).all()
    assert table["statement"].str.endswith(".").all()
    assert set(table["status"]) == {"headline", "exploratory"}
    assert table.loc[table["status"] == "exploratory", "focus_area"].tolist() == ["Pride in place"]


def test_objectives_without_a_metric_are_those_of_the_methods():
    each = missions().drop_duplicates("mission").set_index("focus_area")["objective_without_metric"]
    told = each[each != ""]
    assert "fares" in told["Transport infrastructure"]
    assert "ticketing" in told["Transport infrastructure"]
    assert "funding" in told["Local leadership"]
    assert "competitive city" in told["Living standards"]
    assert list(told.index[-2:]) == ["Pride in place", "Local leadership"]
    assert len(told) == 4


def test_directions_and_levels_agree_with_the_catalogue():
    table = missions()
    known = table[table["higher_is"] != ""]
    assert len(known) == 22
    assert (
        known["higher_is"].map({"better": "higher", "worse": "lower"}) == known["direction"]
    ).all()
    assert set(known["scale"]) == {"ratio", "bounded", "interval"}
    # Wherever the paper finds a level too coarse, the right one is stated, and why.
    assert (table.loc[table["too_coarse"] == "yes", "right_level"] != "").all()
    assert ((table["right_level"] == "") == (table["level_reason"] == "")).all()
    research = table[table["mission"] == 2]
    assert set(research["right_level"]) == {"itl1"}


def test_keys_are_of_the_catalogue_and_of_files_that_are_there(shared):
    table, known = missions(), catalogue()
    tidy = {path.name for path in (shared / "data/metrics/tidy").iterdir()}
    for row in table.itertuples():
        assert set(row.keys) | set(row.stand_ins) <= set(known.index)
        files = [text.split(" (")[0] for text in row.series.split("; ") if text]
        assert set(files) <= tidy
        assert bool(row.keys or row.stand_ins) == bool(files)
        assert {known.at[key, "headline"] for key in row.keys} <= {row.headline_metric}


@pytest.mark.parametrize(
    ("metric", "period", "after", "kind"),
    [
        ("GVA per hour worked", "2019", "2020", "calendar year"),
        ("Gross median weekly pay", "2021", "2022", "April pay period"),
        ("Employment rate 16-64", "2020", "2021", "twelve months"),
        ("Healthy life expectancy", "2017-2019", "2018-2020", "three calendar years"),
        ("Average life satisfaction", "2020/21", "2021/22", "financial year"),
        ("Premises with gigabit-capable broadband", "2021-05", None, "snapshot"),
    ],
)
def test_lags_are_those_of_the_first_release(metric, period, after, kind):
    """What the README of the data says was public on 2 February 2022, and no later period in March."""
    row = missions().set_index("headline_metric").loc[metric]
    end, released, asked = (months_of(text, kind)[-1] for text in (period, "2022-02", "2022-03"))
    assert row["baseline_period"] == period
    assert row["lag_most"] == months_of("2022-02")[-1] - end == released - end
    assert row["lag_least"] <= row["lag_most"]
    for lag in (row["lag_least"], row["lag_most"]):
        assert end + lag <= asked
        assert after is None or months_of(after, kind)[-1] + lag > asked


def test_a_copy_is_returned():
    spoilt = missions()
    spoilt["focus_area"] = "spoilt"
    assert missions().at[0, "focus_area"] == "Living standards"
