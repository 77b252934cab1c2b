"""Chances of weighted sums of chi-square terms, against elementary cases and Imhof's own integral."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from spatial_gaps.locate.quadratic_forms import exceed_by_saddlepoint, exceed_exactly

BOTH = [exceed_exactly, exceed_by_saddlepoint]


def imhof(weights: np.ndarray, counts: np.ndarray) -> float:
    """Imhof (1961), equation 3.2, with x = 0, along the axis."""
    scale = 1 / np.sqrt(counts @ weights**2)

    def height(u: float) -> float:
        angle = counts @ np.arctan(weights * u) / 2
        size = np.exp(counts @ np.log1p(weights**2 * u**2) / 4)
        return float(np.sin(angle) / (u * size))

    ends = scale * np.array([0, 1, 10, 100, 1e4])
    parts = [
        integrate.quad(height, *pair, epsabs=1e-13, epsrel=1e-12, limit=500)[0]
        for pair in zip(ends, [*ends[1:], np.inf], strict=True)
    ]
    return 0.5 + sum(parts) / np.pi


@pytest.mark.parametrize(("first", "second"), [(1, 1), (1, 4), (2, 2), (3, 5), (4, 1), (6, 40)])
@pytest.mark.parametrize("ratio", [1e-6, 0.01, 0.3, 1.0, 4.0, 50.0])
def test_two_terms_are_an_f_distribution(first, second, ratio):
    """P(X_a > ratio X_b) is the tail of F with a and b degrees of freedom."""
    chance = exceed_exactly(np.array([[1.0, -ratio]]), np.array([first, second]))[0]
    expected = stats.f.sf(ratio * second / first, first, second)
    assert chance == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_exact_equals_imhof():
    rng = np.random.default_rng(0)
    for terms in (4, 6, 12, 40):
        weights = rng.standard_normal(terms) - 0.3
        weights[:2] = 1.0, -1.0
        counts = np.ones(terms)
        expected = imhof(weights, counts)
        assert exceed_exactly(weights[None], counts)[0] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("exceed", BOTH)
def test_settled_sums(exceed):
    weights = np.array([[1.0, 0.0], [0.0, 0.0], [-1.0, 0.0], [-1.0, -2.0], [0.5, 1.0]])
    assert exceed(weights, np.ones(2)).tolist() == [1.0, 1.0, 0.0, 0.0, 1.0]


@settings(max_examples=100, deadline=None)
@given(
    weights=st.lists(st.floats(-10, 10), min_size=3, max_size=12),
    scale=st.sampled_from([1e-8, 0.1, 1.0, 1e8]),
)
def test_chances_lie_in_zero_one_and_both_sides_sum_to_one(weights, scale):
    row = np.array([[*weights, 1.0, -1.0]])
    counts = np.ones(row.shape[1])
    for exceed in BOTH:
        chance, other = exceed(row, counts)[0], exceed(-row, counts)[0]
        assert 0 <= chance <= 1
        assert chance + other == pytest.approx(1, abs=1e-9)
        assert exceed(scale * row, counts)[0] == pytest.approx(chance, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("exceed", BOTH)
@pytest.mark.parametrize("terms", [4, 11, 60])
def test_smooth_and_falling_through_the_mean(exceed, terms):
    """The naive formula is 0/0 at the mean, and rounding makes it jump nearby.

    Of three terms the middle one is the mean itself, where the density truly has no bound.
    """
    eigenvalues = np.linspace(-0.6, 1.0, terms)
    mean = eigenvalues.mean()
    for width in (0.1, 1e-3, 1e-5):
        at = mean + width * np.linspace(-1, 1, 201)
        chance = exceed(eigenvalues - at[:, None], np.ones(terms))
        steps = np.diff(chance)
        assert (steps < 0).all()
        bend = np.abs(np.diff(steps)).max()
        assert bend < 0.1 * np.abs(steps).max() + 1e-11
    series = exceed(np.append(eigenvalues - mean, [])[None], np.ones(terms))[0]
    assert exceed((eigenvalues - mean - 1e-9)[None], np.ones(terms))[0] == pytest.approx(
        series, abs=1e-7
    )


def test_saddlepoint_at_the_mean_is_the_limit_of_the_formula():
    """There P = 1/2 - k3 / (6 sqrt(2 pi) k2^1.5), the cumulants 2 sum w^2 and 8 sum w^3."""
    weights = np.array([2.0, 1.0, 0.5, -1.5, -2.0])
    expected = 0.5 - 8 * (weights**3).sum() / (
        6 * np.sqrt(2 * np.pi) * (2 * (weights**2).sum()) ** 1.5
    )
    assert exceed_by_saddlepoint(weights[None], np.ones(5))[0] == pytest.approx(expected, rel=1e-9)


def test_saddlepoint_equals_the_plain_formula_far_from_the_mean():
    weights, counts = np.array([1.0, 0.4, -0.5, -0.9, -1.2]), np.array([1.0, 2, 3, 4, 2])
    low, high = -1 / 2.4, 0.5
    for _ in range(200):
        s = (low + high) / 2
        rising = sum(c * w / (1 - 2 * s * w) for c, w in zip(counts, weights, strict=True)) > 0
        low, high = (low, s) if rising else (s, high)
    k = -0.5 * sum(c * np.log(1 - 2 * s * w) for c, w in zip(counts, weights, strict=True))
    k2 = sum(2 * c * (w / (1 - 2 * s * w)) ** 2 for c, w in zip(counts, weights, strict=True))
    w, v = np.sign(s) * np.sqrt(-2 * k), s * np.sqrt(k2)
    expected = stats.norm.sf(w) + stats.norm.pdf(w) * (1 / v - 1 / w)
    assert exceed_by_saddlepoint(weights[None], counts)[0] == pytest.approx(expected, rel=1e-9)


def test_tiny_chances_keep_their_digits():
    """P(X_1 > 100 X_20) from the F distribution is 5e-22: no integral along the axis finds it."""
    for counts in ((1, 20), (2, 20), (5, 60)):
        expected = stats.f.sf(100 * counts[1] / counts[0], *counts)
        chance = exceed_exactly(np.array([[1.0, -100.0]]), np.array(counts))[0]
        assert expected < 1e-15
        assert chance == pytest.approx(expected, rel=1e-9)
