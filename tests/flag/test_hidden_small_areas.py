"""Hidden small areas: as counted on the published figures, by hand, and whatever the order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.flag.hidden_small_areas import hidden_small_areas
from spatial_gaps.flag.inside import inside_authorities

CODES = list("abcdefghijkl")
RATE = pd.Series([0.5, 0.4, 0.3, 0.1, 0.4, 0.1, 0.1, 0.0, 0.3, 0.2, 0.2, 0.1], index=CODES)
TOWN = pd.Series(["poor"] * 4 + ["rich"] * 4 + ["middling"] * 4, index=CODES, name="town")


def test_counts_of_income_deprivation_2019(shared):
    """Counted by others from the same files: 115 in 46 of the 158 less deprived; 2 of the last 63."""
    tidy = shared / "data/metrics/tidy"
    small = pd.read_csv(tidy / "imd2019_income_deprivation_lsoa11_england.csv").set_index(
        "area_code"
    )
    people = pd.read_csv(tidy / "imd2019_population_lsoa11_england.csv").set_index("area_code")
    rates = pd.read_csv(tidy / "income_deprivation_lad19_england.csv")
    rates = rates[rates["metric"] == "income_deprivation_rate"].set_index("area_code")["value"]
    given = {"higher_is": "worse", "weights": people["value"]}
    for published in (rates, None):
        found = hidden_small_areas(
            small["value"], small["parent_code"], parent_values=published, **given
        )
        assert found["deprived"].sum() == 3308
        assert found.loc[found["less_deprived"], "parent"].nunique() == 158
        assert found["is_hidden"].sum() == 115
        assert found.loc[found["is_hidden"], "parent"].nunique() == 46
    found = hidden_small_areas(
        small["value"], small["parent_code"], parent_values=rates, less_deprived=0.2, **given
    )
    assert found.loc[found["less_deprived"], "parent"].nunique() == 63
    assert found.loc[found["is_hidden"], "parent"].nunique() == 2
    table = inside_authorities(
        small["value"], small["parent_code"], parent_values=rates, less_deprived=0.2, **given
    )
    assert ((table["hidden"] > 0).sum(), table["hidden"].sum()) == (2, found["is_hidden"].sum())
    assert table["hidden_people"].sum() == found.loc[found["is_hidden"], "people"].sum()
    assert table["deprived"].sum() == 3308


def test_ties_are_kept_and_both_ends_are_judged_by_hand():
    # A sixth of 12 are 2; the second-worst figure is .4, which two small areas share.
    found = hidden_small_areas(RATE, TOWN, higher_is="worse", deprived=1 / 6, less_deprived=0.34)
    assert found.index[found["deprived"]].tolist() == ["a", "b", "e"]
    assert found.loc[["a", "b", "e", "c"], "place"].tolist() == [1, 2, 2, 4]
    # Means .325, .15 and .2; a third of three authorities is one.
    assert found.index[found["is_hidden"]].tolist() == ["e"]
    assert found.groupby("parent")["parent_place"].first().to_dict() == {
        "poor": 1, "rich": 3, "middling": 2,
    }  # fmt: skip
    assert (found["parent_source"] == "derived").all()
    assert found["people"].isna().all()


def test_published_figures_of_authorities_lead_and_equal_ones_are_told_apart_by_the_means():
    published = pd.Series({"poor": 0.2, "rich": 0.2, "middling": 0.3})
    found = hidden_small_areas(
        RATE, TOWN, higher_is="worse", parent_values=published, deprived=1 / 6, less_deprived=0.34
    )
    assert found.groupby("parent")["parent_place"].first().to_dict() == {
        "poor": 2, "rich": 3, "middling": 1,
    }  # fmt: skip
    assert found.index[found["is_hidden"]].tolist() == ["e"]
    assert set(found["parent_source"]) == {"published"}
    published["rich"] = np.nan
    found = hidden_small_areas(
        RATE, TOWN, higher_is="worse", parent_values=published, deprived=1 / 6, less_deprived=0.34
    )
    assert found.loc["e", "reason"] == "its authority has no figure"
    assert not found.loc["e", "is_hidden"]
    with pytest.raises(JoinError, match="parent_values lacks areas"):
        hidden_small_areas(RATE, TOWN, higher_is="worse", parent_values=published.drop("poor"))


def test_a_small_area_without_a_figure_stays_with_its_reason():
    rate = RATE.copy()
    rate["c"] = np.nan
    found = hidden_small_areas(rate, TOWN, higher_is="worse")
    assert found.index.tolist() == CODES
    assert found.loc["c", "reason"] == "it has no figure"
    assert found.loc["c", "parent"] == "poor"
    assert not found.loc["c", ["deprived", "is_hidden"]].any()
    assert (found["reason"].drop("c") == "").all()


@settings(max_examples=30, deadline=None)
@given(
    rates=st.lists(st.integers(0, 20), min_size=12, max_size=12),
    order=st.permutations(CODES),
    deprived=st.sampled_from([0.1, 0.25, 0.5]),
)
def test_order_unit_and_direction_change_nothing(rates, order, deprived):
    rate = pd.Series(rates, index=CODES, dtype=float)
    found = hidden_small_areas(rate, TOWN, higher_is="worse", deprived=deprived)
    mixed = hidden_small_areas(rate[order], TOWN, higher_is="worse", deprived=deprived)
    pd.testing.assert_frame_equal(mixed.loc[CODES], found)
    assert mixed.index.tolist() == list(order)
    turned = hidden_small_areas(-7 * rate, TOWN, higher_is="better", deprived=deprived)
    for column in ("deprived", "less_deprived", "is_hidden", "place", "parent_place"):
        pd.testing.assert_series_equal(turned[column], found[column])
    assert found["deprived"].sum() >= max(1, int(deprived * 12))
    assert rate[found["deprived"]].min() > rate[~found["deprived"]].max() or found["deprived"].all()


@pytest.mark.parametrize("share", [0, 1, -0.1, 2, "a tenth"])
def test_shares_lie_between_0_and_1(share):
    for name in ("deprived", "less_deprived"):
        with pytest.raises(InputError, match=f"{name} has to lie between 0 and 1"):
            hidden_small_areas(RATE, TOWN, higher_is="worse", **{name: share})
