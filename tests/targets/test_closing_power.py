"""How often the tests of closing find what is there, and say what is not."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.targets.closing import contrast, members_of
from spatial_gaps.targets.closing_power import (
    BOUND,
    cases_of,
    closing_power,
    correlated_errors,
    estimated_rho,
    has_closed,
    z_scores,
)

M, PANELS = 300, 400
YEARS = np.array([2015.0, 2023.0, 2008.0])


def setting(rho, noise, seed=1):
    rng = np.random.default_rng(seed)
    s = noise * rng.uniform(0.5, 1.3, (M, 3))
    n = np.repeat(rng.dirichlet(np.full(M, 3.0))[:, None], 3, 1)
    return rng, s, n, rho + (1 - rho) * np.eye(3)


def test_errors_have_their_size_and_correlation():
    rng, s, _, rho = setting(0.6, 1.0)
    errors = correlated_errors(s, rho, 4000, rng) / s
    assert errors.std() == pytest.approx(1, abs=0.01)
    pairs = (errors[..., 0] * errors[..., 2]).mean()
    assert pairs == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("rho", [0.0, 0.75])
@pytest.mark.parametrize("swap", [0, M // 3])
def test_what_does_not_close_is_seldom_said_to(rho, swap):
    rng, s, n, correlation = setting(rho, 0.5)
    theta = rng.standard_normal((PANELS, M))
    later = theta.copy()
    for row in later:
        places = rng.permutation(M)[:swap]
        row[places] = np.roll(row[places], 1)
    truth = np.stack([theta, later, theta], -1)
    x = truth + correlated_errors(s, correlation, PANELS, rng)
    z = z_scores(x, s, n, YEARS, 0.1)
    assert has_closed(z).mean() <= 0.05
    top, _ = members_of(x[..., 0], n[:, 0], 0.1)
    published = (contrast(top, n[:, 0]) * (x[..., 1] - x[..., 0])).sum(-1)
    assert (published < 0).mean() > 0.8  # the trap
    if not swap:
        for name in ("same places", "top", "trend"):
            assert (np.abs(z[name]) > Z95).mean() <= 0.09, name


def test_four_standard_errors_of_closing_are_found():
    _, s, n, rho = setting(0.5, 0.45)
    x = np.random.default_rng(0).normal(0, 1, (M, 3))
    power = closing_power(x, s, n, rho, YEARS, share=0.1, replicates=300, seed=0)
    assert list(power.index) == [
        "all converge",
        "the bottom rises",
        "the top falls",
        "the top stalls",
    ]
    assert power.loc["all converge", "found"] >= 0.85
    assert (power["bound"] == BOUND).all()
    assert BOUND == pytest.approx(0.9793, abs=1e-4)  # P(N(4, 1) > 1.96)
    again = closing_power(x, s, n, rho, YEARS, share=0.1, replicates=300, seed=0)
    assert power.equals(again)


def test_a_change_is_four_standard_errors_of_what_it_moves():
    rng, s, n, rho = setting(0.5, 0.5)
    theta = rng.standard_normal((5, M))
    cases = cases_of(theta, s, n, rho, YEARS, 0.1)
    top, _ = members_of(theta, n[:, 0], 0.1)
    gap = contrast(top, n[:, 0])
    case = cases["all converge"]
    moved = (gap * case.change).sum(-1)
    assert moved.mean() == pytest.approx(-case.size)
    # Written out: errors of each area's change, by their factors.
    own = s[:, 0] ** 2 + s[:, 1] ** 2 - 2 * 0.5 * s[:, 0] * s[:, 1]
    assert case.size == pytest.approx(4 * np.sqrt((gap**2 * own).sum(-1)).mean())


def test_the_correlation_is_found_in_every_panel():
    rng, s, _, rho = setting(0.6, 1.0)
    x = rng.standard_normal((200, M, 1)) + correlated_errors(s, rho, 200, rng)
    found = estimated_rho(x, s)
    assert found[:, 0, 1].mean() == pytest.approx(0.6, abs=0.03)
    assert (np.diagonal(found, axis1=1, axis2=2) == 1).all()
