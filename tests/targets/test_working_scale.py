"""Logarithm, logit, or as it is; and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.targets.working_scale import working_scale

PERCENT = working_scale("bounded", (0, 100))


def test_a_percentage_is_its_logit_and_its_mirror_is_the_negative():
    assert PERCENT.to(np.array([50.0, 75.0, 25.0])) == pytest.approx([0, np.log(3), -np.log(3)])


@given(st.floats(0.02, 99.98), st.sampled_from(["ratio", "bounded", "interval"]))
def test_there_and_back(value, scale):
    working = working_scale(scale, (0, 100) if scale == "bounded" else None)
    assert working.back(working.to(np.array([value])))[0] == pytest.approx(value)


@given(st.floats(-40, 40))
def test_what_comes_back_is_inside_the_bounds(z):
    assert 0 <= PERCENT.back(np.array([z]))[0] <= 100


def test_a_figure_on_a_bound_lies_a_ten_thousandth_inside():
    assert PERCENT.back(PERCENT.to(np.array([0.0, 100.0]))) == pytest.approx([0.01, 99.99])


def test_errors_follow_the_slope_of_the_scale():
    one = np.array([1.0])
    assert working_scale("ratio", None).error(np.array([50.0]), one) == pytest.approx([0.02])
    assert working_scale("interval", None).error(np.array([50.0]), one) == pytest.approx([1.0])
    assert PERCENT.error(np.array([50.0]), one) == pytest.approx([1 / 25])  # 100 p (1 - p) = 25


def test_what_cannot_be_reached_is_infinitely_far():
    assert PERCENT.reach(np.array([107.0, -1.0, 50.0])).tolist() == [np.inf, -np.inf, 0.0]
    assert working_scale("ratio", None).reach(np.array([0.0, 1.0])).tolist() == [-np.inf, 0.0]
    assert np.isfinite(PERCENT.reach(np.array([100.0]))).all()


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda: working_scale("percent", None), InputError, "no scale 'percent'"),
        (lambda: working_scale("bounded", None), InputError, "least and the greatest"),
        (lambda: working_scale("ratio", (0, 1)), InputError, "only a bounded"),
        (lambda: working_scale("bounded", (1, 0)), InputError, "lower one first"),
        (lambda: PERCENT.to(np.array([1.0, 107.0])), InputError, "outside the bounds.*107"),
        (
            lambda: working_scale("ratio", None).to(np.array([1.0, 0.0])),
            StatisticUndefined,
            "1 are",
        ),
    ],
)
def test_what_is_wrong_is_said(change, error, said):
    with pytest.raises(error, match=said):
        change()
