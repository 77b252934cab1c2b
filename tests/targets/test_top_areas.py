"""What the top would reach at its own growth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

import spatial_gaps as sg
from spatial_gaps.errors import InputError

PANEL = pd.DataFrame(
    {"2015": [100.0, 90.0, 50.0], "2016": [104.0, 91.0, 60.0], "2018": [121.0, 99.0, 95.0]},
    index=["a", "b", "c"],
)


def goal_of(**options):
    return sg.top_target(
        PANEL,
        **({"target_year": 2021, "higher_is": "better", "scale": "ratio", "share": 0.5} | options),
    )


def test_membership_is_of_the_first_period_and_split_on_the_edge():
    found = goal_of()
    assert found.areas["share"].to_dict() == {"a": pytest.approx(1.0), "b": pytest.approx(0.5)}
    assert found.now == pytest.approx((2 * 121 + 99) / 3)


def test_areas_and_mean_go_on_at_their_own_growth():
    found = goal_of()
    assert found.areas.loc["a", "goal"] == pytest.approx(
        121 * 1.21
    )  # three years as the three before
    first, last = (2 * 100 + 90) / 3, (2 * 121 + 99) / 3
    assert found.goal == pytest.approx(last**2 / first)
    assert found.growth == pytest.approx((last / first) ** (1 / 3) - 1)


def test_the_interval_is_that_of_its_own_steps():
    found = goal_of(scale="interval", share=0.2)
    drift = 7.0
    steps = np.array([4 - drift, (17 - 2 * drift) / np.sqrt(2)])
    half = student.ppf(0.975, 1) * np.sqrt((steps**2).sum()) * np.sqrt(3 + 9 / 3)
    assert (found.goal, found.upper) == (pytest.approx(142), pytest.approx(142 + half))


def test_a_few_periods_have_a_goal_but_no_interval():
    found = sg.top_target(
        PANEL[["2015", "2018"]], target_year=2021, higher_is="better", scale="interval", share=0.2
    )
    assert found.goal == pytest.approx(142)
    assert np.isnan(found.lower)
    assert "stagnation" in str(found)


def test_lower_may_be_better():
    found = goal_of(higher_is="worse", share=0.2)
    assert list(found.areas.index) == ["c"]


def test_a_year_that_has_passed_is_refused():
    with pytest.raises(InputError, match="no whole year"):
        goal_of(target_year=2018)
