"""One place: figures, ranks and gaps by hand, sentences, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_gaps import find_place, place_table
from spatial_gaps.errors import JoinError
from spatial_gaps.flag.place_table import place_sentences
from spatial_gaps.geography.places import Place


@pytest.fixture(scope="module")
def norfolk():
    return find_place("Norfolk")


def test_ranks_and_gaps_are_those_of_hand_arithmetic(pay, norfolk):
    table = place_table(pay, norfolk)
    values = pay.areas["value"]
    assert list(table["value"]) == sorted(table["value"], reverse=True)
    for code, row in table.iterrows():
        assert row["rank"] == 1 + (values > row["value"]).sum()
        assert row["of"] == values.notna().sum() == 353
        assert row["to_nation"] == pytest.approx(row["value"] - 505.1)
        region = pay.regions.at["TLH", "value"]
        assert row["to_region"] == pytest.approx(row["value"] - region)
        assert row["rank_lower"] <= row["rank"] <= row["rank_upper"]
        assert row["verdict"] == pay.pockets.at[code, "verdict"]
    # The packaged series has no county.
    assert table["to_county"].isna().all()


def test_sentences_say_it_in_numbers_that_are_in_the_table(pay, norfolk):
    table = place_table(pay, norfolk)
    said = place_sentences(pay, norfolk, table)
    assert said[0].startswith(
        "In Norfolk median weekly pay runs from £397 in North Norfolk to £513"
    )
    below = (table["value"] < 505.1).sum()
    se = (table["upper"] - table["lower"]) / (2 * 1.959964)
    sure = (505.1 - table["value"] > 1.959964 * np.hypot(se, pay.benchmark.se)).sum()
    assert f"{below} of 7 local authorities are worse off than the United Kingdom's £505" in said[0]
    assert f", {sure} for certain." in said[0]
    assert "confirmed Breckland, Broadland, Great Yarmouth and North Norfolk" in said[1]


def test_one_area_and_none_with_a_figure(pay):
    one = find_place("Great Yarmouth")
    said = place_sentences(pay, one, place_table(pay, one))
    assert (
        said[0]
        == "In Great Yarmouth median weekly pay is £441, worse than the United Kingdom's £505."
    )
    none = find_place("Cumberland")
    said = place_sentences(pay, none, place_table(pay, none))
    assert said == ("No local authority of Cumberland has a figure in 2021.",)


def test_an_area_that_was_not_assessed_is_named(pay):
    with pytest.raises(JoinError, match="E07000026"):
        place_table(pay, Place("old", "", "", ("E07000026", "E07000144")))
