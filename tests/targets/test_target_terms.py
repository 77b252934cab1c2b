"""A number, a rise, so much more, so many per cent more."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.targets.target_terms import aim

BASE = np.array([200.0, np.nan])


@pytest.mark.parametrize(
    ("target", "direction", "goal"),
    [
        (90, "better", [90, 90]),
        (np.float64(90), "worse", [90, 90]),
        ("rise", "better", [200, np.nan]),
        ("fall", "worse", [200, np.nan]),
        ("+5", "better", [205, np.nan]),
        ("+ 2.5", "better", [202.5, np.nan]),
        ("+13 %", "better", [226, np.nan]),
        ("-50%", "worse", [100, np.nan]),
        ("−3", "worse", [197, np.nan]),
    ],
)
def test_goals(target, direction, goal):
    assert aim(target, BASE, direction) == pytest.approx(goal, nan_ok=True)


@pytest.mark.parametrize(
    ("target", "direction", "said"),
    [
        ("up", "better", "not a target"),
        ("13 %", "better", "not a target"),
        (True, "better", "not a target"),
        (None, "better", "not a target"),
        (np.inf, "better", "finite"),
        ("fall", "better", "what is worse"),
        ("+5", "worse", "what is worse"),
    ],
)
def test_what_is_wrong_is_said(target, direction, said):
    with pytest.raises(InputError, match=said):
        aim(target, BASE, direction)
