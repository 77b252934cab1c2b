"""The recommended level: hand values, order of tiers, certainty, and what belongs to a region."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps import groups, masking, missions, read_metric, right_level
from spatial_gaps.errors import InputError, JoinError

CODES = list("abcdefgh")
# Halves h, quarters q: of the variance 21/4 over 0..7, 16/4 lies between halves, 20/4 between quarters.
PAY = pd.Series(np.arange(8.0), index=CODES)
HALVES = pd.Series(list("llllrrrr"), index=CODES, name="itl1")
QUARTERS = pd.Series(list("llmmnnrr"), index=CODES, name="itl3")


def test_it_is_the_coarsest_tier_that_hides_no_more_than_asked():
    for tiers in ([HALVES, QUARTERS], [QUARTERS, HALVES]):
        found = right_level(PAY, tiers, most_hidden=0.3)
        assert list(found.tiers.index) == ["itl1", "itl3"]
        assert found.tiers["hidden_share"].tolist() == pytest.approx([5 / 21, 1 / 21])
        assert (found.level, found.certainty) == ("itl1", "about")
    assert right_level(PAY, tiers, most_hidden=0.2).level == "itl3"
    nothing = right_level(PAY, tiers, most_hidden=0.04)
    assert nothing.level == "lad"
    assert "more than 4% by estimate" in str(nothing)


def test_intervals_make_it_certain():
    se = pd.Series(0.01, index=CODES)
    sure = right_level(PAY, [HALVES, QUARTERS], se=se, most_hidden=0.2)
    assert (sure.level, sure.certainty) == ("itl3", "certain")
    pd.testing.assert_frame_equal(sure.tiers, masking(PAY, [HALVES, QUARTERS], se=se))
    noisy = right_level(PAY, [HALVES, QUARTERS], se=se * 100, most_hidden=0.2)
    assert noisy.certainty == "about"
    assert right_level(PAY, [HALVES], se=se, most_hidden=0.2).certainty == "certain"


def test_shuffled_rows_and_shares_change_nothing():
    mixed = PAY.sample(frac=1, random_state=1)
    shares = pd.Series(
        1.0, pd.MultiIndex.from_arrays([CODES, HALVES], names=["code", "parent"]), name="itl1"
    )
    one = right_level(PAY, [HALVES, QUARTERS], most_hidden=0.2)
    other = right_level(mixed, [shares, QUARTERS[::-1]], most_hidden=0.2)
    assert str(one) == str(other)


def test_noise_alone_gives_no_level():
    flat = pd.Series([1.0, 1.1, 0.9, 1.0, 1.1, 0.9, 1.0, 1.1], index=CODES)
    found = right_level(flat, [HALVES], se=pd.Series(5.0, index=CODES))
    assert found.level == ""
    assert str(found).startswith("No level can be recommended: ")


def test_what_belongs_to_regions_stays_regional():
    found = right_level(
        PAY, [HALVES], most_hidden=0.1, belongs_to="itl1", reason="innovation systems are regional"
    )
    assert found.level == "itl1"
    assert "because innovation systems are regional" in str(found)
    with pytest.raises(InputError, match="no level 'itl2'"):
        right_level(PAY, [HALVES], belongs_to="itl2", reason="so")
    with pytest.raises(InputError, match="no reason"):
        right_level(PAY, [HALVES], belongs_to="itl1")


def test_public_research_money_stays_regional(shared):
    research = missions().set_index("headline_metric").loc["Government funding for R&D"]
    rows = read_metric(shared / "data/metrics/tidy/rd_public_funded.csv").at("2021/22")
    regions = groups("greater_south_east", level="region")
    nation = pd.Series(regions.index.str[0], index=regions.index, name="country")
    found = right_level(
        rows["value"].reindex(regions.index),
        [nation],
        areas="itl1",
        belongs_to=research["right_level"],
        reason=research["level_reason"],
    )
    assert found.level == "itl1"
    assert str(found).startswith(
        "Track it by ITL 1 region, because innovation systems are regional: averages of countries"
    )


def test_bad_tiers_are_refused():
    with pytest.raises(InputError, match="sequence"):
        right_level(PAY, HALVES)
    with pytest.raises(InputError, match="name of its own"):
        right_level(PAY, [HALVES, QUARTERS.rename("itl1")])
    with pytest.raises(InputError, match="name of its own"):
        right_level(PAY, [HALVES.rename(None)])
    with pytest.raises(JoinError):
        right_level(PAY, [HALVES.drop("a")])
    with pytest.raises(InputError, match="between 0 and 1"):
        right_level(PAY, [HALVES], most_hidden=1.0)
