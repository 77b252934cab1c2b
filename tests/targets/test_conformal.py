"""Intervals out of past errors: against slow definitions, and on walks made to measure."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.targets.conformal import FEWEST_ERRORS, Misses, look_back, misses
from spatial_gaps.targets.forecasting import forecast


def walks(seed, areas=60, periods=16, shared=0.0, se=0.0, scale=1.0):
    """Random walks, a share of whose steps is common to all areas."""
    rng = np.random.default_rng(seed)
    common = np.sqrt(shared) * rng.standard_normal((1, periods))
    own = np.sqrt(1 - shared) * rng.standard_normal((areas, periods))
    truth = np.cumsum(np.asarray(scale).reshape(-1, 1) * (common + own), axis=1)
    return truth + se * rng.standard_normal(truth.shape)


def years_of(z):
    return np.arange(2000.0, 2000 + z.shape[1])


def test_errors_are_those_that_were_made_at_each_origin():
    z = walks(0, areas=4, periods=9)
    z[1, 3] = np.nan
    past = look_back(z, years_of(z), "drift")
    for origin in range(9):
        for target in range(origin + 1, 9):
            told = forecast(
                z[:, : origin + 1], years_of(z)[: origin + 1], np.array([target - origin]), "drift"
            )
            off = z[:, target] - told[:, 0]
            ready = (~np.isnan(z[:, : origin + 1])).sum(axis=1) >= 5
            ready &= ~np.isnan(z[:, origin])
            expected = np.where(ready, off, np.nan)
            assert past.errors[origin, target] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("model", ["damped", "drift"])
def test_nothing_that_came_later_is_used(model):
    z, years = walks(1), years_of(walks(1))
    before = look_back(z[:, :11], years[:11], model)
    after = look_back(z, years, model)
    assert after.errors[:11, :11] == pytest.approx(before.errors, nan_ok=True)
    assert after.volatility[:11] == pytest.approx(before.volatility)


def test_one_step_half_widths_are_the_quantile_of_past_sizes():
    z = walks(2, areas=40, periods=8)
    past = look_back(z, years_of(z), "drift")
    sizes, origins = [], []
    for origin in (4, 5, 6):
        scaled = past.errors[origin, origin + 1] / past.volatility[origin]
        sizes += list(np.abs(scaled))
        origins.append(np.mean(scaled) ** 2)
    sizes = sorted(sizes)
    c = np.mean(origins) / np.mean(np.square(sizes))
    few = student.ppf(0.975, 3) / Z95
    quantile = sizes[int(np.ceil(0.95 * 121)) - 1]
    expected = quantile * np.sqrt(1 - c + c * few**2) * past.volatility[-1]
    assert misses(past, 1.0).half == pytest.approx(expected)
    # three years ahead is not tested by three origins: one year is carried on
    growth = np.sqrt((3 + 9 / 7) / (1 + 1 / 7))
    assert misses(past, 3.0).half == pytest.approx(expected * growth)
    whole = misses(past, 1.0, whole=True).half
    assert whole == pytest.approx(quantile * few * past.volatility[-1])


def test_half_widths_grow_at_least_like_the_root_of_the_years():
    z = walks(3, periods=12)
    past = look_back(z, years_of(z), "damped")
    far = [misses(past, float(h)).half[0] for h in (10, 20, 40)]
    assert far[1] >= np.sqrt(2) * far[0]
    assert far[2] >= np.sqrt(2) * far[1]


def test_volatile_areas_have_wider_intervals():
    z = walks(4, periods=20, scale=np.repeat([1.0, 4.0], 30))
    half = misses(look_back(z, years_of(z), "drift"), 1.0).half
    assert np.median(half[30:]) > 2 * np.median(half[:30])


def test_no_interval_is_surer_than_a_figure():
    z = walks(5, scale=1e-3)
    past = look_back(z, years_of(z), "drift")
    se = np.linspace(0.5, 1.0, 60)
    assert misses(past, 1.0, se).half == pytest.approx(Z95 * se)
    unknown = np.full(60, np.nan)
    assert misses(past, 1.0, unknown).half == pytest.approx(misses(past, 1.0).half)


@pytest.mark.parametrize("model", ["damped", "drift"])
@pytest.mark.parametrize(("shared", "se"), [(0.0, 0.0), (0.0, 1.0), (0.5, 0.0)])
def test_intervals_hold_on_walks(model, shared, se):
    """Of 95 % intervals 92 to 99 % hold over many panels, at tested and untested horizons."""
    held: dict[int, list[float]] = {1: [], 3: [], 6: []}
    for seed in range(60):
        z = walks(seed + 100, areas=30, periods=20, shared=shared, se=se)
        seen, years = z[:, :14], years_of(z)[:14]
        past = look_back(seen, years, model)
        for ahead in held:
            told = forecast(seen, years, np.array([float(ahead)]), model, past.damping)[:, 0]
            off = np.abs(z[:, 13 + ahead] - told)
            held[ahead].append(float(np.mean(off <= misses(past, float(ahead)).half)))
    for ahead, shares in held.items():
        assert 0.92 <= np.mean(shares) <= 0.99, ahead


def test_a_lone_series_has_its_own_errors():
    z = walks(6, areas=1, periods=8)
    past = look_back(z, years_of(z), "drift")
    assert not past.pooled
    steps = np.diff(z[0])
    spread = np.sqrt(((steps - steps.mean()) ** 2).sum() / 6)
    expected = student.ppf(0.975, 6) * spread * np.sqrt(4 + 16 / 7)
    assert misses(past, 4.0).half == pytest.approx([expected])


def test_lone_walks_are_held_too():
    z = walks(7, areas=3000, periods=10)
    held = []
    for row in z:
        past = look_back(row[None, :7], years_of(z)[:7], "drift")
        told = forecast(row[None, :7], years_of(z)[:7], np.array([3.0]), "drift")[0, 0]
        held.append(abs(row[9] - told) <= misses(past, 3.0).half[0])
        if len(held) == 800:
            break
    assert 0.93 <= np.mean(held) <= 0.97


def test_pooling_begins_with_enough_errors():
    z = walks(8, areas=FEWEST_ERRORS, periods=6)
    assert look_back(z, years_of(z), "drift").pooled
    assert not look_back(z[:-1], years_of(z), "drift").pooled


def test_chances_are_shares_of_past_sizes():
    four = Misses(np.array([2.0]), np.array([0.2, 0.4, 0.6, 1.0]), np.array([3.0]))
    # 1.0 is half a half width: two of four sizes are smaller, 2 / 5 lie inside
    assert four.above(np.array([1.0])) == pytest.approx([0.7])
    assert four.above(np.array([-1.0])) == pytest.approx([0.3])
    assert four.above(np.array([0.0])) == pytest.approx([0.5])
    assert four.above(np.array([np.inf])) == pytest.approx([0.9])


def test_chances_of_a_lone_series_are_students():
    lone = Misses(np.array([student.ppf(0.975, 3)]), np.empty(0), np.array([3.0]))
    assert lone.above(np.array([1.2])) == pytest.approx([student.cdf(1.2, 3)])
    assert np.isnan(Misses(np.array([np.nan]), np.empty(0), np.array([0.0])).above(np.array([1.0])))


def test_figures_that_never_move_are_certain_to_stay():
    still = Misses(np.array([0.0]), np.empty(0), np.array([3.0]))
    assert still.above(np.array([0.1])).tolist() == [1.0]
    assert still.above(np.array([0.0])).tolist() == [0.5]
