"""Metrics that move apart: hand values, direction, size of the test, and what cannot be told."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps import moving_apart
from spatial_gaps.errors import InputError, StatisticUndefined

BETTER = ("better", "better")


def panel_of(first, last):
    codes = [f"a{number:03}" for number in range(len(first))]
    return pd.DataFrame({"2015": first, "2020": last}, index=codes, dtype=float)


ONE = panel_of([10, 10, 10, 10], [13, 13, 7, 10])
OTHER = panel_of([50, 50, 50, 50], [46, 54, 54, 46])
SE = (ONE * 0 + 0.5, OTHER * 0 + 1.0)


def test_hand_values():
    found = moving_apart(ONE, OTHER, higher_is=BETTER, se=SE, correlation=(0, 0.5))
    table = found.table
    # sqrt(.25 + .25), sqrt(1 + 1 - 2 * .5)
    assert table["one_se"].tolist() == pytest.approx([0.5**0.5] * 4)
    assert table["other_se"].tolist() == pytest.approx([1.0] * 4)
    # The less certain of 3 / .707 = 4.24 and 4, twice; no change in the last.
    p = 2 * (1 - NormalDist().cdf(4.0))
    assert table["p"].tolist() == pytest.approx([p, 1.0, p, 1.0], rel=1e-6)
    assert table["p_adjusted"].tolist() == pytest.approx([2 * p, 1.0, 2 * p, 1.0], rel=1e-6)
    assert table["verdict"].tolist() == [
        "one up, other down",
        "not certain",
        "one down, other up",
        "not certain",
    ]
    assert (found.n, found.apart, found.opposite, found.people) == (4, 2, 2, 0.5)
    weights = pd.Series([3.0, 1, 3, 1], index=ONE.index)
    weighted = moving_apart(
        ONE, OTHER, higher_is=BETTER, se=SE, correlation=(0, 0), weights=weights
    )
    assert weighted.people == 0.75
    # Changes 3, 3, -3, 0 and -4, 4, 4, -4: cov -9 / 3, variances 24.75 / 3 and 64 / 3.
    assert found.raw_correlation == pytest.approx(-12 / np.sqrt(24.75 * 64))
    true = -4 / np.sqrt((8.25 - 0.5) * (64 / 3 - 1))
    assert found.correlation == pytest.approx(true)


def test_direction_turns_the_verdict():
    """More anxiety is worse: where both rise they move apart."""
    found = moving_apart(ONE, OTHER, higher_is=("better", "worse"), se=SE, correlation=(0, 0))
    assert found.table["verdict"].tolist()[:2] == ["not certain", "one up, other down"]


def test_it_names_too_many_in_at_most_the_share_asked_for():
    """One metric rises everywhere, the other nowhere: every area named is named by chance."""
    rng, named = np.random.default_rng(1), 0
    for _ in range(200):
        base = np.zeros((2, 50)), rng.normal(0, 1, (2, 50))
        one = panel_of(base[1][0], 20 + base[1][1])
        other = panel_of(*rng.normal(0, 1, (2, 50)))
        errors = one * 0 + 1, one * 0 + 1
        named += moving_apart(one, other, higher_is=BETTER, se=errors, correlation=(0, 0)).apart > 0
    assert named / 200 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)


def test_the_correlation_of_true_changes_is_found_again():
    rng = np.random.default_rng(2)
    true = rng.multivariate_normal([0, 0], [[1, -0.6], [-0.6, 1]], 20_000).T
    # Noise of sqrt(2) * .5 on changes of 1: a third of the spread.
    one, other = (
        panel_of(rng.normal(0, 0.5, 20_000), side + rng.normal(0, 0.5, 20_000)) for side in true
    )
    errors = one * 0 + 0.5, other * 0 + 0.5
    found = moving_apart(one, other, higher_is=BETTER, se=errors, correlation=(0, 0))
    assert found.raw_correlation == pytest.approx(-0.4, abs=0.02)
    assert found.correlation == pytest.approx(-0.6, abs=0.02)


def test_what_cannot_be_told_is_said():
    bare = moving_apart(ONE, OTHER, higher_is=BETTER)
    assert set(bare.table["verdict"]) == {"not assessable"}
    assert (bare.n, bare.apart, bare.opposite) == (0, 0, 2)
    assert np.isnan(bare.correlation)
    assert "cannot be told" in str(bare)
    noisy = moving_apart(
        ONE, OTHER, higher_is=BETTER, se=(SE[0] * 9, SE[1] * 9), correlation=(0, 0)
    )
    assert np.isnan(noisy.correlation)
    gap = ONE.copy()
    gap.iloc[0, 0] = np.nan
    partial = moving_apart(gap, OTHER, higher_is=BETTER, se=SE, correlation=(0, 0))
    assert partial.table["verdict"].iloc[0] == "not assessable"
    assert partial.n == 3
    with pytest.raises(StatisticUndefined, match="only 2 areas"):
        moving_apart(ONE.iloc[:2], OTHER, higher_is=BETTER, se=SE, correlation=(0, 0))
    with pytest.raises(InputError, match="hang together"):
        moving_apart(ONE, OTHER, higher_is=BETTER, se=SE)
    with pytest.raises(InputError, match="pair"):
        moving_apart(ONE, OTHER, higher_is="better")
    lacking = pd.Series(1.0, index=ONE.index[1:])
    with pytest.raises(InputError, match="a000"):
        moving_apart(ONE, OTHER, higher_is=BETTER, weights=lacking)


@given(st.permutations(range(4)), st.floats(0.01, 100), st.floats(-100, 100))
def test_order_unit_and_shift_change_nothing(order, unit, shift):
    told = moving_apart(ONE, OTHER, higher_is=BETTER, se=SE, correlation=(0, 0))
    again = moving_apart(
        ONE.iloc[order] * unit + shift,
        OTHER.iloc[order[::-1]],
        higher_is=BETTER,
        se=(SE[0] * unit, SE[1]),
        correlation=(0, 0),
    )
    assert list(again.table.index) == list(ONE.index[list(order)])
    back = again.table.loc[ONE.index]
    assert back["verdict"].tolist() == told.table["verdict"].tolist()
    assert np.allclose(back["p"], told.table["p"], atol=1e-9)
    assert again.correlation == pytest.approx(told.correlation)
