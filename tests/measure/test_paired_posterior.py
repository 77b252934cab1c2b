"""Two true values per area: against plain matrix algebra, area by area."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from spatial_gaps.measure.paired_posterior import (
    GRID,
    _centres,
    _draw_between,
    _moments,
    both_below,
    paired_moments,
)

Z = np.array([[1.0, -0.5, 0.3, -0.8], [0.7, -0.9, -0.6, 0.8]])
ERROR = np.array([[0.4, 0.3, 0.6, 0.5], [0.5, 0.2, 0.4, 0.7]])
RHO = 0.3


def matrices(tau, between):
    """Return T and each S_i + T."""
    spread = np.array([[tau[0] ** 2, between * tau[0] * tau[1]], [0, tau[1] ** 2]])
    spread[1, 0] = spread[0, 1]
    errors = [np.array([[a * a, RHO * a * b], [RHO * a * b, b * b]]) for a, b in ERROR.T]
    return spread, errors


@pytest.mark.parametrize(
    ("h", "k", "r"),
    [(0.3, -1.2, 0.5), (-0.7, -0.2, -0.8), (2.0, 0.0, 0.3), (0.0, 0.0, -0.5), (-3.0, 1.0, 0.95),
     (0.0, -1.0, 0.4), (-1.0, 0.0, 0.4)],
)  # fmt: skip
def test_both_below_is_the_bivariate_normal(h, k, r):
    expected = multivariate_normal.cdf([h, k], cov=[[1, r], [r, 1]])
    assert both_below(np.array(h), np.array(k), np.array(r)) == pytest.approx(expected, abs=2e-5)


def test_both_below_with_an_exact_side_is_all_or_nothing():
    h = np.array([np.inf, -np.inf, np.inf, np.inf])
    k = np.array([-1.0, -1.0, np.inf, -np.inf])
    # Phi(-1) = .158655
    np.testing.assert_allclose(both_below(h, k, np.zeros(4)), [0.158655, 0, 1, 0], atol=1e-6)


def test_moments_given_the_spreads_are_those_of_matrix_algebra():
    tau, between = np.array([[0.9], [0.7]]), np.array([0.5])
    spread, errors = matrices(tau[:, 0], between[0])
    inverses = [np.linalg.inv(spread + error) for error in errors]
    total = np.linalg.inv(sum(inverses))
    centre = total @ sum(inverse @ z for inverse, z in zip(inverses, Z.T, strict=True))
    found, covariance = _centres(Z, ERROR, tau, between, RHO)
    np.testing.assert_allclose(found[0], centre, atol=1e-9)
    np.testing.assert_allclose(covariance[0], total, atol=1e-9)
    means, deviations, correlation = _moments(Z, ERROR, tau, between, found, RHO)
    for at, inverse in enumerate(inverses):
        gain = spread @ inverse
        np.testing.assert_allclose(means[:, 0, at], centre + gain @ (Z[:, at] - centre), atol=1e-9)
        left = spread - gain @ spread
        np.testing.assert_allclose(deviations[:, 0, at], np.sqrt(np.diag(left)), atol=1e-9)
        expected = left[0, 1] / np.sqrt(left[0, 0] * left[1, 1])
        assert correlation[0, at] == pytest.approx(expected, abs=1e-9)


def test_the_correlation_over_areas_is_drawn_from_its_likelihood():
    tau = np.array([0.9, 0.7])
    logs = []
    for between in GRID:
        spread, errors = matrices(tau, between)
        inverses = [np.linalg.inv(spread + error) for error in errors]
        total = sum(inverses)
        centre = np.linalg.solve(total, sum(v @ z for v, z in zip(inverses, Z.T, strict=True)))
        fit = sum((z - centre) @ v @ (z - centre) for v, z in zip(inverses, Z.T, strict=True))
        size = sum(np.log(np.linalg.det(v)) for v in inverses) - np.log(np.linalg.det(total))
        logs.append((size - fit) / 2)
    expected = np.exp(np.array(logs) - max(logs))
    expected /= expected.sum()
    draws = 20_000
    drawn = _draw_between(
        Z, ERROR, np.tile(tau[:, None], (1, draws)), RHO, np.random.default_rng(1)
    )
    assert drawn.mean() == pytest.approx(expected @ GRID, abs=0.015)
    seen = np.mean(drawn[:, None] <= GRID, axis=0)
    np.testing.assert_allclose(seen, np.cumsum(expected), atol=0.02)


def test_an_exact_side_stays_where_it_is_and_pulls_the_other():
    rng = np.random.default_rng(3)
    truth = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 200).T
    y = truth + np.stack([rng.normal(0, 0.7, 200), np.zeros(200)])
    se = np.stack([np.full(200, 0.7), np.zeros(200)])
    found = paired_moments(y, se, 0.0, 200, rng)
    np.testing.assert_allclose(found.other, np.tile(y[1], (200, 1)), atol=1e-8)
    assert (found.other_sd == 0).all()
    # Regression on the exact side alone leaves sqrt(1 - .81) = .44, the noisy figure .7.
    error = np.sqrt(np.mean((found.one.mean(axis=0) - truth[0]) ** 2))
    assert error < 0.42
    assert found.between.mean() == pytest.approx(0.9, abs=0.05)


def test_exact_figures_need_no_draws():
    y = np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0]])
    found = paired_moments(y, np.zeros((2, 3)), 0.0, 5, np.random.default_rng(0))
    assert (found.one == y[0]).all()
    assert (found.other == y[1]).all()
    first, second = found.draw(np.random.default_rng(0))
    assert (first == y[0]).all()
    assert (second == y[1]).all()
