"""Three models against hand arithmetic and slow definitions, on gaps and uneven years."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spatial_gaps.targets.forecasting import (
    GRID,
    MODELS,
    USUAL,
    Damping,
    choose_damping,
    damped_years,
    forecast,
    own_errors,
)

YEARS = np.array([2010.0, 2011, 2013, 2014, 2017, 2018, 2019])
PANELS = arrays(float, (3, 7), elements=st.floats(-50, 50).map(lambda v: round(v, 3)))
AHEAD = np.array([1.0, 4.5])


def slow_damped(row, years, damping, ahead):
    """The definition, figure by figure."""
    known = [(year, value) for year, value in zip(years, row, strict=True) if not np.isnan(value)]
    first = known[:5]
    if len(first) > 1:
        slope, cut = np.polyfit(*zip(*first, strict=True), 1)
    else:
        slope, cut = 0.0, first[0][1]
    last, level, trend = known[0][0], slope * known[0][0] + cut, slope

    def added(years):
        if damping.phi == 1:
            return years
        return damping.phi * (1 - damping.phi**years) / (1 - damping.phi)

    for place, (year, value) in enumerate(known):
        gap = year - last
        told = level + added(gap) * trend
        error = value - told
        level = told + damping.level * error
        trend = damping.phi**gap * trend + damping.trend * error / (gap if place else 1)
        last = year
    return [level + added(years[-1] - last + each) * trend for each in ahead]


def holed(z, seed):
    """Take a third of the figures out, but leave each row one."""
    rng = np.random.default_rng(seed)
    out = rng.random(z.shape) < 0.33
    out[:, 2] = False
    return np.where(out, np.nan, z)


def test_the_drift_goes_on_from_first_to_last():
    z = np.array([[10.0, np.nan, 14.0, 20.0], [5.0, 6.0, 7.0, np.nan]])
    years = np.array([2015.0, 2016, 2017, 2020])
    # 10 in 5 years; 2 in 2 years and then 3 years that are not there
    assert forecast(z, years, np.array([1.0, 3.0]), "drift").tolist() == [[22, 26], [11, 13]]


def test_the_line_is_that_of_least_squares():
    z = holed(np.random.default_rng(0).normal(size=(20, 7)), 1)
    found = forecast(z, YEARS, AHEAD, "line")
    for row, told in zip(z, found, strict=True):
        known = ~np.isnan(row)
        if known.sum() > 1:
            line = np.polyfit(YEARS[known] - 2019, row[known], 1)
            assert told == pytest.approx(np.polyval(line, AHEAD))


@pytest.mark.parametrize(
    "damping", [USUAL, Damping(0.5, 0.2, 1.0), Damping(1.0, 0.0, 0.7), GRID[7]]
)
def test_the_damped_trend_is_its_definition(damping):
    z = holed(np.random.default_rng(2).normal(size=(20, 7)), 3)
    found = forecast(z, YEARS, AHEAD, "damped", damping)
    for row, told in zip(z, found, strict=True):
        assert told == pytest.approx(slow_damped(row, YEARS, damping, AHEAD))


def test_a_trend_that_is_not_damped_goes_straight_on():
    z = 3.0 + 2.0 * (YEARS - 2010)[None, :]
    assert forecast(z, YEARS, AHEAD, "damped", Damping(0.7, 0.3, 1.0))[0] == pytest.approx([23, 30])


def test_a_damped_trend_never_gets_further_than_its_limit():
    assert damped_years(0.5, np.array([1.0, 2, 100])) == pytest.approx([0.5, 0.75, 1.0])
    assert damped_years(1.0, 3.0) == pytest.approx(3.0)


@pytest.mark.parametrize("model", MODELS)
def test_rows_without_figures_stay_without_and_do_not_disturb(model):
    z = np.vstack([np.arange(7.0), np.full(7, np.nan)])
    found = forecast(z, YEARS, AHEAD, model)
    assert np.isnan(found[1]).all()
    assert found[0] == pytest.approx(forecast(z[:1], YEARS, AHEAD, model)[0])


@settings(max_examples=25)
@given(PANELS, st.integers(0, 99), st.sampled_from(MODELS), st.floats(-9, 9), st.floats(0.1, 9))
def test_forecasts_move_and_stretch_with_the_figures(z, seed, model, move, stretch):
    z = holed(z, seed)
    plain = forecast(z, YEARS, AHEAD, model)
    assert forecast(move + stretch * z, YEARS, AHEAD, model) == pytest.approx(
        move + stretch * plain, abs=1e-6
    )
    assert forecast(-z, YEARS, AHEAD, model) == pytest.approx(-plain, abs=1e-9)


@settings(max_examples=25)
@given(PANELS, st.integers(0, 99), st.sampled_from(MODELS), st.permutations(range(3)))
def test_shuffling_rows_shuffles_forecasts(z, seed, model, order):
    z = holed(z, seed)
    found = forecast(z[list(order)], YEARS, AHEAD, model)
    assert found == pytest.approx(forecast(z, YEARS, AHEAD, model)[list(order)], abs=1e-9)


def test_parameters_are_chosen_only_with_errors_enough_and_look_at_the_past_alone():
    rng = np.random.default_rng(5)
    years = np.arange(2000.0, 2020)
    z = np.cumsum(rng.normal(size=(10, 20)), axis=1)
    chosen = choose_damping(z, years)
    assert chosen[:7] == [USUAL] * 7  # 10 areas: 30 errors by the eighth figure
    assert all(each in GRID for each in chosen[7:])
    assert choose_damping(z[:, :12], years[:12]) == chosen[:12]
    assert choose_damping(z[:1], years) == [USUAL] * 20


def test_steady_growth_asks_for_a_trend_that_lasts():
    rng = np.random.default_rng(6)
    years = np.arange(2000.0, 2020)
    z = np.cumsum(1 + 0.01 * rng.normal(size=(20, 20)), axis=1)
    assert choose_damping(z, years)[-1].phi == max(each.phi for each in GRID)


def test_own_errors_are_those_of_steps_and_of_the_line():
    z, years = np.array([[0.0, 3.0, 4.0, 9.0]]), np.array([2010.0, 2011, 2012, 2013])
    # steps 3, 1, 5 about 3: 0 + 4 + 4, with four figures less two
    assert own_errors(z, years, "drift")[0] == pytest.approx([2.0])
    residuals = np.polyfit(years - 2010, z[0], 1, full=True)[1][0]
    assert own_errors(z, years, "line")[0] == pytest.approx([np.sqrt(residuals / 2)])
    # a step over four years, four times its share off, counts half per root of a year
    wide, apart = np.array([[0.0, 1.0, 9.0]]), np.array([2010.0, 2011, 2015])
    drift = 9 / 5
    steps = np.array([1 - drift, (8 - 4 * drift) / 2])
    spread, freedom = own_errors(wide, apart, "drift")
    assert (spread[0], freedom[0]) == (pytest.approx(np.sqrt((steps**2).sum())), 1.0)
    assert np.isnan(own_errors(wide[:, :2], apart[:2], "drift")[0]).all()


def test_own_errors_of_the_damped_trend_are_its_one_step_errors():
    z = np.array([[1.0, 2.0, 2.0, 5.0]])
    years = np.array([2010.0, 2011, 2012, 2014])
    errors = []
    slope, cut = np.polyfit(years - 2010, z[0], 1)
    level, trend = cut, slope
    for gap, value in zip([0.0, 1.0, 1.0, 2.0], z[0], strict=True):
        phi, root = USUAL.phi, max(gap, 1.0)
        told = level + trend * phi * (1 - phi**gap) / (1 - phi)
        errors.append((value - told) / np.sqrt(root))
        level = told + USUAL.level * (value - told)
        trend = phi**gap * trend + USUAL.trend * (value - told) / root
    assert own_errors(z, years, "damped")[0] == pytest.approx(
        [np.sqrt(np.square(errors).sum() / 2)]
    )
