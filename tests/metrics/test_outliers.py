"""The rule by which a change is far from the others, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_gaps.metrics.outliers import deviation, find_outliers

LEVELS = np.arange(10.0, 21.0)  # median 15, absolute deviations 0 to 5, their median 3


def found(moves, *, noise=0.01, **options):
    """Return the outliers among moves of eleven areas in one column, on a difference scale."""
    old, new = LEVELS.reshape(-1, 1), (LEVELS + np.asarray(moves, dtype=float)).reshape(-1, 1)
    return find_outliers(old, new, np.full_like(old, noise), log=False, **options)


def test_deviation_is_that_of_the_median():
    assert deviation(LEVELS) == pytest.approx(3 * 1.4826)


def test_change_beyond_eight_deviations_and_the_spread_is_found():
    # All but one by 1, so that only the spread of the levels counts: 3 * 1.4826 = 4.4478.
    moves = np.ones(11)
    moves[5] = 9.0
    [one] = found(moves)
    assert (one.row, one.column, one.rise) == (5, 0, 8.0)
    assert one.expected == 16.0
    # The level that jumped from 15 to 24 widens the spread of the others, 11 to 21: its median is
    # 17, the deviations 6, 5, 4, 3, 2, 7, 0, 1, 2, 3, 4, and their median 3.
    assert (one.low, one.high) == pytest.approx((16 - 4.4478, 16 + 4.4478))
    assert one.said == "+9; of the other areas +1 to +1"


def test_change_within_the_spread_of_the_figures_is_not():
    moves = np.ones(11)
    moves[5] = 4.0
    assert found(moves) == []


def test_change_within_eight_deviations_of_the_changes_is_not():
    # Changes -3 to 3: median absolute deviation 2, so that 8 * 1.4826 * 2 = 23.7 is allowed.
    moves = np.array([-3, -3, -2, -2, -1, 0.0, 1, 2, 2, 3, 20])
    assert found(moves) == []
    moves[-1] = 30
    assert [one.row for one in found(moves)] == [10]


def test_change_within_eight_standard_errors_is_not():
    moves = np.ones(11)
    moves[5] = 9.0
    assert found(moves, noise=0.99)[0].row == 5
    assert found(moves, noise=1.01) == []


def test_ratios_are_taken_on_a_ratio_scale_and_zeros_passed_over():
    old = np.append(LEVELS, 0.0).reshape(-1, 1)
    new = old * 1.1
    new[3] *= 2.4
    [one] = find_outliers(old, new, np.full_like(old, 1e-9), log=True)
    assert one.row == 3
    assert one.expected == pytest.approx(13 * 1.1)
    assert one.said == "2.64 times; of the other areas 1.10 to 1.10 times"


def test_under_ten_areas_say_nothing_of_what_is_typical():
    old = LEVELS[:9].reshape(-1, 1)
    new = old.copy()
    new[0] += 100
    assert find_outliers(old, new, np.full_like(old, 0.01), log=False) == []


def test_area_that_always_varies_is_not_held_to_the_calm_of_the_others():
    old = np.tile(LEVELS.reshape(-1, 1), 6)
    new = old + 1.0
    new[4] = old[4] + np.array([11, -9, 11, -9, 11, -9])
    noise = np.full_like(old, 0.01)
    assert {one.row for one in find_outliers(old, new, noise, log=False)} == {4}
    assert find_outliers(old, new, noise, log=False, history=True) == []
