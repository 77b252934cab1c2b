"""Shrinkage towards neighbours or regions: equal to plain algebra, and right about noise."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.locate import neighbour_shrinkage as shrinkage
from spatial_gaps.locate.weights import Links


def grid(side: int) -> tuple[Links, np.ndarray]:
    """Return a square grid of areas by shared edges, and its four quarters as regions."""
    row, column = np.divmod(np.arange(side**2), side)
    steps = abs(row[:, None] - row) + abs(column[:, None] - column)
    focal, other = np.nonzero(steps == 1)
    half = side / 2
    return Links(side**2, focal, other, np.ones(len(focal))), (row >= half) * 2 + (column >= half)


def test_moments_given_the_others_are_those_of_the_normal_with_one_area_left_out():
    links, group = grid(4)
    rng = np.random.default_rng(0)
    se, y = rng.uniform(0.2, 0.6, 16), rng.standard_normal(16)
    model = shrinkage.neighbour_model(se, group, links, 1.0)
    ways, _ = shrinkage._ways(y, model)
    # Structure 3 is r = .5, q = .7; spread number 8.
    place = 3 * len(model.spreads) + 8
    linked = np.zeros((16, 16))
    linked[links.focal, links.other] = 1
    precision = 0.5 * np.eye(16) + 0.5 * (np.diag(linked.sum(1)) - linked)
    roots = np.linalg.eigvalsh(np.diag(linked.sum(1)) - linked)
    local = np.linalg.inv(precision)
    local /= np.sum(1 / (0.5 + 0.5 * roots[roots > 1e-9])) / 16
    prior = model.spreads[8] ** 2 * (local + 0.49 * np.equal.outer(group, group))
    for area in range(16):
        rest = np.arange(16) != area
        total = np.linalg.inv(prior[np.ix_(rest, rest)] + np.diag(se[rest] ** 2))
        mean = total.sum(0) @ y[rest] / total.sum()
        link = prior[area, rest] @ total
        centre = mean + link @ (y[rest] - mean)
        variance = prior[area, area] - link @ prior[rest, area]
        variance += (1 - link.sum()) ** 2 / total.sum()
        assert ways[place][0][area] == pytest.approx(centre, rel=1e-8)
        assert ways[place][1][area] == pytest.approx(variance, rel=1e-7)


def test_region_moments_by_hand():
    y, group = np.array([1.0, 2, 3, 9.0, 9.5]), np.array([0, 0, 0, 1, 1])
    centre, variance = shrinkage.region_moments(y, np.full(5, 0.1), group)
    np.testing.assert_allclose(centre[:3], [2.5, 2.0, 1.5])
    assert np.isnan(centre[3:]).all()
    assert np.isinf(variance[3:]).all()


def test_estimates_are_nearer_the_truth_than_figures_and_as_near_as_they_say():
    links, group = grid(16)
    rng = np.random.default_rng(3)
    row, column = np.divmod(np.arange(256), 16)
    truth = np.sin(row / 4) + np.cos(column / 5)
    se = np.full(256, 0.7)
    y = truth + se * rng.standard_normal(256)
    model = shrinkage.neighbour_model(se, group, links, float(y.std()))
    means, deviations = shrinkage.neighbour_moments(y, model, 400, rng)
    error = means.mean(0) - truth
    said = np.sqrt((deviations**2).mean(0) + means.var(0))
    assert np.sqrt(np.mean(error**2)) < 0.5 * np.sqrt(np.mean((y - truth) ** 2))
    assert np.mean(abs(error) < 1.96 * said) > 0.9


def test_a_lone_pocket_follows_its_region_and_not_its_neighbours():
    links, group = grid(12)
    rng = np.random.default_rng(4)
    row = np.arange(144) // 12
    y = np.sin(row / 3) + 0.1 * rng.standard_normal(144)
    y[40] = y.min()
    se = np.full(144, 0.3)
    both = shrinkage.neighbour_model(se, group, links, float(y.std()))
    alone = shrinkage.neighbour_model(se, group, links, float(y.std()), (0.0,))
    kept, pulled = (
        shrinkage.neighbour_moments(y, model, 400, np.random.default_rng(0))[0].mean(0)[40]
        for model in (both, alone)
    )
    assert y[40] <= kept < pulled


def test_shrinkage_moves_with_unit_and_origin():
    links, group = grid(6)
    rng = np.random.default_rng(5)
    y, se = rng.standard_normal(36), rng.uniform(0.3, 0.8, 36)

    def mean(figures: np.ndarray, errors: np.ndarray) -> np.ndarray:
        model = shrinkage.neighbour_model(errors, group, links, float(figures.std()))
        moments = shrinkage.neighbour_moments(figures, model, 50, np.random.default_rng(1))
        return np.stack(moments)

    one = mean(y, se)
    other = mean(1000 * y + 5, 1000 * se)
    np.testing.assert_allclose(other[0], 1000 * one[0] + 5, rtol=1e-6)
    np.testing.assert_allclose(other[1], 1000 * one[1], rtol=1e-6)


def test_too_many_areas_are_refused_with_a_way_out(monkeypatch):
    links, group = grid(4)
    monkeypatch.setattr(shrinkage, "MOST", 10)
    with pytest.raises(InputError, match="16 areas"):
        shrinkage.neighbour_model(np.ones(16), group, links, 1.0)


def test_regions_of_two_areas_leave_them_to_their_neighbours():
    links, _ = grid(4)
    y = np.random.default_rng(6).standard_normal(16)
    model = shrinkage.neighbour_model(np.full(16, 0.5), np.arange(16) // 2, links, 1.0)
    means, deviations = shrinkage.neighbour_moments(y, model, 60, np.random.default_rng(0))
    assert np.isfinite(means).all()
    assert (deviations > 0).all()
