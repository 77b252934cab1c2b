"""Lines, nations, neighbourhoods and parents that are not there; what may never change a flag."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.flag.pockets import find_pockets

CODES = [f"a{i:02d}" for i in range(12)]
REGION = pd.Series(["rich"] * 6 + ["poor"] * 6, index=CODES, name="itl1")
VALUES = pd.Series([600.0, 610, 590, 605, 595, 450, 450, 440, 460, 455, 445, 560], index=CODES)
EVEN = pd.Series(1.0, index=CODES)
RING = pd.Series(
    1.0,
    index=pd.MultiIndex.from_tuples(
        sorted((CODES[i], CODES[(i + step) % 12]) for i in range(12) for step in (-1, 1)),
        names=["focal", "neighbor"],
    ),
)


def found(values=VALUES, region=REGION, **options):
    return find_pockets(values, region, **({"higher_is": "better", "weights": EVEN} | options))


def test_a_stated_line_is_for_areas_and_the_benchmark_for_parents():
    table = found(threshold=452.0, benchmark=500.0)
    assert table["benchmark"].eq(452).all()
    assert table["national"].eq(500).all()
    assert table.index[table["below"]].tolist() == ["a05"]
    assert "the line of 452" in table.loc["a05", "sentence"]
    assert not found(threshold=449.0, benchmark=500.0)["below"].any()


def test_a_share_of_people_closes_with_the_area_that_reaches_it():
    # Sorted: 440, 445, 450, 450, 455: a quarter of twelve is the third, a third the fourth.
    assert found(bottom_share=0.25)["benchmark"].iloc[0] == 450
    assert found(bottom_share=0.25)["deprived"].sum() == 4
    assert found(bottom_share=0.1)["benchmark"].iloc[0] == 445
    heavy = EVEN.where(EVEN.index != "a07", 100.0)
    assert found(bottom_share=0.5, weights=heavy)["benchmark"].iloc[0] == 440


def test_a_share_of_the_median_lies_on_the_bad_side():
    # The median over people, the smallest figure that half live at or below, is the sixth: 460.
    assert found(median_share=0.97)["benchmark"].iloc[0] == pytest.approx(0.97 * 460)
    turned = found(1000 - VALUES, higher_is="worse", median_share=1.2)
    # Worse is higher: the median from the good end, 390 to 405 .. 440, 540: the sixth is 440.
    assert turned["benchmark"].iloc[0] == pytest.approx(1.2 * 540)
    with pytest.raises(InputError, match="between 0 and 1"):
        found(median_share=1.2)
    with pytest.raises(InputError, match="above 1"):
        found(higher_is="worse", median_share=0.6)
    with pytest.raises(InputError, match="one line only"):
        found(median_share=0.6, bottom_share=0.2)


def test_nations_have_lines_of_their_own():
    nation = pd.Series(["N"] * 6 + ["S"] * 6, index=CODES)
    table = found(nation=nation, bottom_share=0.4)
    assert table["benchmark"].iloc[0] == 595
    assert table["benchmark"].iloc[-1] == 450
    held = found(nation=nation, benchmark=pd.Series({"N": 580.0, "S": 430.0}))
    assert held["national"].unique().tolist() == [580.0, 430.0]
    assert held.index[held["deprived"]].tolist() == ["a05"]
    with pytest.raises(JoinError, match="S"):
        found(nation=nation, benchmark=pd.Series({"N": 580.0}))
    with pytest.raises(JoinError, match="nation"):
        found(nation=nation.where(nation.index != "a03"))


def test_a_neighbourhood_is_all_areas_within_so_many_steps():
    table = found(graph=RING, order=2, benchmark=500.0)
    # Two steps from a05 on the ring: a03, a04, a06 and a07.
    assert table.loc["a05", "contrast"] == pytest.approx(450 - (605 + 595 + 450 + 440) / 4)
    assert table.loc["a05", "parent_value"] == pytest.approx((605 + 595 + 450 + 440 + 450) / 5)
    assert table["parent"].eq("neighbourhood").all()
    assert table.loc["a05", "parent_source"] == "derived"
    one = found(graph=RING, order=1, benchmark=500.0)
    assert one["reason"].eq("its parent has fewer than 3 other areas").all()
    with pytest.raises(InputError, match="needs a graph"):
        found(order=2)


def test_neighbours_are_evidence():
    table = found(graph=RING, benchmark=500.0, se=EVEN * 4)
    # a05 lies between 595 and 450: its error and half the squares of theirs, over two squared.
    assert table.loc["a05", "z_border"] == pytest.approx((450 - 522.5) / np.sqrt(16 + 32 / 4))
    # From 440 no way leads lower; the ring's highest is 610. From a10's 445 the pass is 460.
    assert table.loc["a07", "sink_depth"] == 170
    assert table.loc["a10", "sink_depth"] == 15


def test_an_area_said_to_have_no_parent_is_not_assessable_and_still_counts():
    region = REGION.where(~REGION.index.isin(["a00", "a11"]))
    table = found(region=region, bottom_share=0.25)
    assert table.loc[["a00", "a11"], "reason"].eq("it has no parent").all()
    assert table.loc["a00", "parent"] == ""
    assert table["benchmark"].iloc[0] == 450
    assert table.loc["a05", "contrast"] == pytest.approx(450 - np.mean([610, 590, 605, 595]))


figures = st.lists(st.integers(300, 900), min_size=12, max_size=12)


@settings(max_examples=25, deadline=None)
@given(figures, st.integers(1, 40), st.randoms(use_true_random=False))
def test_order_names_unit_and_origin_never_change_a_flag(drawn, error, shuffle):
    values = pd.Series(drawn, index=CODES, dtype=float)
    options = {"se": EVEN * error, "graph": RING, "seed": 2, "bottom_share": 0.3}
    table = found(values, **options)
    order = list(CODES)
    shuffle.shuffle(order)
    mixed = found(values[order], **options)
    pd.testing.assert_frame_equal(mixed.loc[CODES], table)
    scaled = found(values * 64, **(options | {"se": EVEN * error * 64}))
    moved = found(values + 4096, **options)
    assert (scaled["verdict"] == table["verdict"]).all()
    np.testing.assert_allclose(scaled["p_pocket"], table["p_pocket"], atol=1e-9)
    held = table["reason"] != "its coefficient of variation is over 20 %"
    assert (moved["is_pocket"] == table["is_pocket"])[held].all()


@settings(max_examples=25, deadline=None)
@given(figures, st.sets(st.integers(0, 11), max_size=8))
def test_what_has_no_figure_is_never_flagged_and_p_is_a_probability(drawn, lost):
    values = pd.Series(drawn, index=CODES, dtype=float)
    values.iloc[list(lost)] = np.nan
    table = found(values, se=EVEN * 30)
    gone = table.iloc[list(lost)]
    assert gone["verdict"].eq("not assessable").all()
    assert gone["reason"].eq("it has no figure").all()
    assert not gone["is_pocket"].any()
    assert table["p_pocket"].dropna().between(0, 1).all()
    low = np.minimum(table["p_deprived"], table["p_affluent"]) + 1e-12
    assert (table["p_pocket"] <= low)[table["p_pocket"].notna()].all()
    assert table.loc[table["se"] > 0.2 * table["value"], "verdict"].eq("not assessable").all()
