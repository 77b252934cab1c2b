"""When the rest would be where the top is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import spatial_gaps as sg
from spatial_gaps.errors import InputError, StatisticUndefined

YEARS = [str(year) for year in range(2012, 2022)]


def panel(top=0.0, rest=1.0, noise=0.0, areas=10, seed=0):
    """The first area starts at 100, the others at 80; each grows by so much a year."""
    rng = np.random.default_rng(seed)
    start = np.r_[100.0, np.full(areas - 1, 80.0)]
    growth = np.r_[top, np.full(areas - 1, rest)]
    y = start[:, None] + growth[:, None] * np.arange(10) + noise * rng.standard_normal((areas, 10))
    return pd.DataFrame(y, index=[f"a{k:02d}" for k in range(areas)], columns=YEARS)


def found_of(figures, **options):
    return sg.catch_up_time(figures, **({"higher_is": "better", "scale": "interval"} | options))


def test_a_gap_of_eleven_that_closes_by_one_a_year():
    found = found_of(panel())
    assert (found.top, found.rest) == (pytest.approx(100), pytest.approx(89))
    assert (found.years, found.gap, found.closing) == (
        pytest.approx(11),
        pytest.approx(11),
        pytest.approx(1),
    )
    assert (found.base, found.first, found.last) == ("2012", "2013", "2021")


def test_growth_is_relative_on_a_ratio_scale():
    figures = panel()
    for row, growth in zip(figures.index, [1.01, *[1.03] * 9], strict=True):
        figures.loc[row] = figures.loc[row, "2012"] * growth ** np.arange(10)
    found = found_of(figures, scale="ratio")
    assert (found.top_growth, found.rest_growth) == (pytest.approx(0.01), pytest.approx(0.03))
    assert found.years == pytest.approx(np.log(100 / 80) / np.log(1.03 / 1.01) - 9)


def test_the_area_on_the_edge_belongs_to_both():
    # 15 % of people in a00: a tenth is the top, the rest of it counts with everyone else
    people = pd.Series([15.0, *[85 / 9] * 9], index=panel().index)
    found = found_of(panel(), weights=people)
    assert found.top == pytest.approx(100)
    assert found.rest == pytest.approx((5 * 100 + 85 * 89) / 90)


def test_a_gap_that_widens_never_closes():
    found = found_of(panel(top=2.0, noise=0.01))
    assert np.isinf([found.years, found.lower, found.upper]).all()
    assert "never closes" in str(found)


def test_a_gap_in_doubt_has_no_upper_end():
    found = found_of(panel(top=1.0, rest=1.05, noise=1.0))
    assert np.isinf(found.upper)
    assert 0 < found.lower < found.years
    assert "any number of years" in str(found)


def test_no_gap_is_closed():
    figures = panel(rest=5.0)
    found = found_of(figures)
    assert (found.years, found.lower, found.upper) == (0, 0, 0)
    assert "no gap" in str(found)


def test_standard_errors_widen_the_interval():
    figures = panel(noise=0.1)
    sure = found_of(figures)
    unsure = found_of(figures, se=figures * 0 + 1.0)
    assert unsure.years == pytest.approx(sure.years)
    assert unsure.upper - unsure.lower > 2 * (sure.upper - sure.lower)


def test_the_interval_holds_the_true_time():
    """Nine points about the line with known errors: 95 % of the intervals hold 11 years."""
    held = []
    for seed in range(400):
        found = found_of(panel(noise=0.5, seed=seed))
        held.append(found.lower <= 11 <= found.upper)
    assert 0.925 <= np.mean(held) <= 0.975


def test_errors_of_the_base_period_do_not_close_the_gap():
    """All areas are alike and only noise parts them: the top of 2012 is level right after."""
    closing = [
        found_of(
            pd.DataFrame(np.random.default_rng(seed).normal(50, 1, (40, 10)), columns=YEARS)
        ).closing
        for seed in range(100)
    ]
    assert np.mean(closing) == pytest.approx(0, abs=0.02)  # with 2012 in the trend: about .08


def test_shuffled_areas_and_other_units_give_the_same():
    figures = panel(noise=1.0)
    plain = found_of(figures, scale="ratio")
    other = found_of(figures.sample(frac=1, random_state=1) * 3, scale="ratio")
    assert (other.years, other.lower) == (pytest.approx(plain.years), pytest.approx(plain.lower))


def test_lower_may_be_better():
    plain, mirror = found_of(panel(noise=0.5)), found_of(-panel(noise=0.5), higher_is="worse")
    assert (mirror.years, mirror.upper) == (pytest.approx(plain.years), pytest.approx(plain.upper))


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda: found_of(panel().iloc[:, :3]), StatisticUndefined, "needs 4 periods"),
        (lambda: sg.catch_up_time(panel(), scale="ratio"), InputError, "never guessed"),
        (lambda: found_of(panel(), share=1.5), InputError, "share"),
    ],
)
def test_what_is_wrong_is_said(change, error, said):
    with pytest.raises(error, match=said):
        change()
