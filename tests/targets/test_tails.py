"""Tails beside means: hand values, who is worst off by one alone, and what changes nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps import compare_tail
from spatial_gaps.errors import InputError, StatisticUndefined

CODES = list("abcdefghij")
MEAN = pd.Series(np.arange(10.0), index=CODES)
TAIL = pd.Series([9.0, 1, 8, 7, 6, 5, 4, 3, 2, 0], index=CODES)
WAYS = {"higher_is": "better", "tail_higher_is": "worse"}


def test_hand_values():
    found = compare_tail(MEAN, TAIL, **WAYS)
    # Ranks differ by 7 once and by 1 seven times: 1 - 6 * 56 / (10 * 99).
    assert found.rank_correlation == pytest.approx(1 - 6 * 56 / 990)
    assert (found.both, found.only_mean, found.only_tail) == (("a",), ("b",), ("c",))
    assert "1 of the 2 worst off by the mean" in str(found)


def test_worst_fifth_is_of_people():
    people = pd.Series([3.0, *[1.0] * 9], index=CODES)
    found = compare_tail(MEAN, TAIL, weights=people, **WAYS)
    # 12 people, a fifth is 2.4: the first area holds them all.
    assert (found.both, found.only_mean, found.only_tail) == (("a",), (), ())


def test_areas_without_both_are_left_out():
    found = compare_tail(MEAN.drop("j"), TAIL.where(TAIL != 1), **WAYS)
    assert found.n == 8
    assert found.rank_correlation == pytest.approx(1.0)


@given(st.permutations(range(10)), st.floats(0.1, 10), st.floats(-5, 5))
def test_order_unit_and_any_rising_scale_change_nothing(order, unit, shift):
    told = compare_tail(MEAN, TAIL, **WAYS)
    again = compare_tail(np.exp(MEAN.iloc[order] / 10) * unit + shift, TAIL[::-1] * unit, **WAYS)
    assert again == told


def test_bad_input_is_refused():
    with pytest.raises(StatisticUndefined, match="equal"):
        compare_tail(MEAN * 0, TAIL, **WAYS)
    with pytest.raises(StatisticUndefined, match="only 2"):
        compare_tail(MEAN[:2], TAIL, **WAYS)
    with pytest.raises(InputError, match="Series"):
        compare_tail([1.0, 2.0], TAIL, **WAYS)
