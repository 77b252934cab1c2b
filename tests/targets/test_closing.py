"""The arithmetic of a closing gap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps.targets.closing import (
    closing_tests,
    contrast,
    group_share,
    members_of,
    membership,
    moved,
    narrowing,
    true_variance,
)

figures = st.lists(st.integers(0, 6), min_size=3, max_size=12)


@given(figures, st.floats(0.05, 0.95), st.integers(0, 10))
def test_the_top_holds_exactly_its_share_and_like_figures_are_alike(values, share, seed):
    y = np.array(values, float)
    n = np.random.default_rng(seed).dirichlet(np.ones(len(y)))
    member = membership(y, n, share)
    assert n @ member == pytest.approx(share)
    assert ((member >= 0) & (member <= 1)).all()
    for i in range(len(y)):
        assert (member[y > y[i]] >= member[i] - 1e-12).all()
        assert np.ptp(member[y == y[i]]) == 0
    order = np.random.default_rng(seed + 1).permutation(len(y))
    np.testing.assert_allclose(membership(y[order], n[order], share), member[order], atol=1e-9)


def test_contrast_is_the_mean_of_a_group_less_that_of_the_others():
    n = np.array([0.2, 0.3, 0.5])
    member = np.array([1.0, 0.5, 0.0])
    y = np.array([10.0, 8.0, 2.0])
    top = (0.2 * 10 + 0.15 * 8) / 0.35
    rest = (0.15 * 8 + 0.5 * 2) / 0.65
    assert contrast(member, n) @ y == pytest.approx(top - rest)
    assert group_share(member, n) @ y == pytest.approx(top)


def test_variance_without_noise_by_hand():
    # Mean 2, squares 1 and 1, of which half of .25 and of .75 is noise.
    value, own = true_variance(np.array([1.0, 3.0]), np.sqrt([0.25, 0.75]), np.array([0.5, 0.5]))
    assert value == pytest.approx(1 - 0.25)
    assert own == pytest.approx([1 - 0.125, 1 - 0.375])


def test_regression_to_the_mean_by_hand():
    """Without noise in the mean: m = 0, tau^2 = variance 5 less noise, all errors 1."""
    base = np.array([-3.0, -1.0, 1.0, 3.0])
    x = np.stack([base, base], -1)
    s, n = np.ones((4, 2)), np.full(4, 0.25)
    tau = 5 - 0.75
    by = contrast(membership(base, n, 0.25), n)  # 3 against the mean of -3, -1, 1, that is -1
    found = moved(x, s, np.eye(2), n, by, np.array([-1.0, 1.0]))
    # Published: no change. Expected by luck alone: the gap of 4 loses 1 / (1 + tau^2) of itself.
    assert found.regression == pytest.approx(-4 / (1 + tau))
    assert found.value == pytest.approx(4 / (1 + tau))
    together = moved(x, s, np.full((2, 2), 1.0), n, by, np.array([-1.0, 1.0]))
    assert together.regression == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_places_chosen_by_luck_are_expected_to_fall_back_just_as_they_do(rho):
    """Mean over many panels in which no area changes: the correction leaves nothing."""
    rng = np.random.default_rng(5)
    panels, m = 4000, 60
    s = rng.uniform(0.5, 1.5, (m, 2))
    n = rng.dirichlet(np.full(m, 4.0))
    theta = rng.normal(0, 1.5, (panels, m))
    e = rng.standard_normal((2, panels, m))
    first = theta + s[:, 0] * e[0]
    last = theta + s[:, 1] * (rho * e[0] + np.sqrt(1 - rho**2) * e[1]) + 7
    x = np.stack([first, last], -1)
    matrix = np.array([[1, rho], [rho, 1]])
    top, _ = members_of(first, n, 0.1)
    found = moved(x, s, matrix, n, contrast(top, n), np.array([-1.0, 1.0]))
    mean_error = found.value.std() / np.sqrt(panels)
    assert abs(found.value.mean()) < 4 * mean_error + 0.02
    assert found.value.std() == pytest.approx(found.se.mean(), rel=0.12)
    assert found.regression.mean() < -0.2  # what would have been taken for closing


def test_the_variance_narrows_by_as_much_as_true_figures_do():
    rng = np.random.default_rng(2)
    theta = rng.normal(0, 1, (3000, 80))
    s, n = np.full((80, 2), 0.5), np.full((80, 2), 1 / 80)
    x = np.stack([theta, 0.5 * theta], -1) + 0.5 * rng.standard_normal((3000, 80, 2))
    change, se = narrowing(x, s, n)
    assert change.mean() == pytest.approx(-0.75 * 79 / 80, abs=0.02)
    assert change.std() == pytest.approx(se.mean(), rel=0.1)


@given(st.integers(0, 500), st.floats(0.1, 10), st.floats(-50, 50))
def test_order_unit_and_a_common_shift_change_no_z(seed, factor, shift):
    rng = np.random.default_rng(seed)
    m = 30
    x = rng.normal(0, 1, (m, 3)) + 2 * rng.normal(0, 1, (m, 1))
    s, n = rng.uniform(0.5, 1, (m, 3)), rng.dirichlet(np.full(m, 3.0), 3).T
    rho = np.array([[1, 0.4, 0.3], [0.4, 1, 0.2], [0.3, 0.2, 1]])
    years = np.array([2015.0, 2023.0, 2010.0])

    def z(x, s, n):
        members = members_of(x[:, 0], n[:, 0], 0.1)
        return {k: v / e for k, (v, e) in closing_tests(x, s, n, rho, members, years).items()}

    plain = z(x, s, n)
    order = rng.permutation(m)
    for other in (z(x[order], s[order], n[order]), z(factor * x + shift, factor * s, n)):
        for name, value in plain.items():
            assert other[name] == pytest.approx(value, rel=1e-6, abs=1e-6), name


def test_growth_below_the_earlier_trend_is_seen_in_the_right_unit():
    """No noise to speak of: the top grew by 2 a year for five years, then by 1 for ten."""
    base = np.arange(20.0)
    x = np.stack([base, base + 10, base - 10], -1)
    s, n = np.full((20, 3), 1e-6), np.full((20, 3), 0.05)
    years = np.array([2010.0, 2020.0, 2005.0])
    tests = closing_tests(x, s, n, np.eye(3), members_of(base, n[:, 0], 0.1), years)
    assert tests["trend"][0] == pytest.approx(1 - 2, abs=1e-3)
    assert tests["top"][0] == pytest.approx(10, abs=1e-3)
    assert tests["same places"][0] == pytest.approx(0, abs=1e-3)
