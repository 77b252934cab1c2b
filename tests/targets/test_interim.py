"""The way to a target, and whether figures keep up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

import spatial_gaps as sg
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.targets.interim import later, years_until

WAY = sg.interim_path(100, 200, start=2020, target_year=2030, scale="interval")


def test_even_steps_even_growth_even_odds():
    assert WAY.path.to_dict() == {str(2020 + k): pytest.approx(100 + 10 * k) for k in range(11)}
    assert (WAY.interim, WAY.interim_period, WAY.a_year) == (pytest.approx(150), "2025", 10)
    double = sg.interim_path(100, 400, start=2020, target_year=2030, scale="ratio")
    assert double.interim == pytest.approx(200)
    assert double.a_year == pytest.approx(4**0.1 - 1)
    odds = sg.interim_path(50, 90, start=2021, target_year=2029, scale="bounded", bounds=(0, 100))
    assert odds.interim == pytest.approx(75)  # odds 1 to 9: half way is 3


def test_key_stage_2_in_the_interim_year_of_the_paper():
    found = sg.interim_path(
        65,
        90,
        start="2018/19",
        target_year=2030,
        scale="bounded",
        bounds=(0, 100),
        period_type="academic year",
    )
    assert (found.interim_period, found.end) == ("2024/25", "2029/30")
    logits = np.log(65 / 35) + 6 / 11 * (np.log(9) - np.log(65 / 35))
    assert found.interim == pytest.approx(100 / (1 + np.exp(-logits)))
    assert "2024/25 asks for 81.5" in str(found)


@given(st.floats(1, 99), st.floats(1, 99), st.sampled_from(["ratio", "bounded", "interval"]))
def test_paths_go_one_way_from_end_to_end(baseline, target, scale):
    bounds = (0, 100) if scale == "bounded" else None
    found = sg.interim_path(
        baseline, target, start=2019, target_year=2030, scale=scale, bounds=bounds
    )
    assert (found.path.iloc[0], found.path.iloc[-1]) == (baseline, target)
    assert (np.diff(found.path) * np.sign(target - baseline) >= -1e-9).all()


def test_periods_of_every_kind_move_on():
    assert later("2014/15-2016/17", 3) == "2017/18-2019/20"
    assert later("1998/99", 1) == "1999/00"
    assert (
        years_until("2018/19", 2025),
        years_until("2017-2019", 2030),
        years_until("2026-01", 2030),
    ) == (
        6,
        11,
        4,
    )


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(133, "on track"), (132, "cannot tell"), (128, "cannot tell"), (127, "off track")],
)
def test_verdicts_need_nine_in_ten(value, verdict):
    # asked for: 130; 1.2816 standard errors of 2 are 2.56
    found = sg.on_track(
        pd.Series({2023: value}), WAY, higher_is="better", se=pd.Series({2023: 2.0})
    )
    assert found.verdict == verdict
    assert found.p == pytest.approx(norm.cdf((value - 130) / 2))


def test_lower_may_be_better():
    down = sg.interim_path(200, 100, start=2020, target_year=2030, scale="interval")
    found = sg.on_track(
        pd.Series({2023: 160.0}), down, higher_is="worse", se=pd.Series({2023: 4.0})
    )
    assert (found.verdict, found.asked) == ("on track", 170)
    assert found.category == "on track"


def test_without_errors_the_figure_speaks_for_itself():
    found = sg.on_track(pd.Series({2023: 129.9}), WAY, higher_is="better")
    assert found.verdict == "off track"
    assert np.isnan(found.p)


@pytest.mark.parametrize(
    ("share", "category"),
    [
        (1.0, "on track"),
        (0.951, "on track"),
        (0.949, "progress made but acceleration needed"),
        (0.601, "progress made but acceleration needed"),
        (0.599, "limited progress"),
        (0.001, "limited progress"),
        (-0.001, "deterioration"),
    ],
)
def test_categories_of_open_sdg(share, category):
    """Observed over required compound annual growth, thresholds of its methodology page."""
    needed = 2 ** (1 / 10) - 1
    found = sg.on_track(pd.Series({2023: 100 * (1 + share * needed) ** 3}), WAY, higher_is="better")
    assert found.ratio == pytest.approx(share)
    assert found.category == category


def test_a_target_that_is_met_is_achieved():
    assert (
        sg.on_track(pd.Series({2023: 201}), WAY, higher_is="better").category == "target achieved"
    )


def test_growth_of_figures_that_are_not_positive_is_no_ratio():
    way = sg.interim_path(-10, 10, start=2020, target_year=2030, scale="interval")
    found = sg.on_track(pd.Series({2023: 1.0}), way, higher_is="better")
    assert np.isnan(found.ratio)
    assert found.category == ""


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (
            lambda: sg.interim_path(1, 2, start=2026, target_year=2030, scale="ratio"),
            InputError,
            "interim year",
        ),
        (
            lambda: sg.interim_path(1, 2, start=2020, target_year=2024, scale="ratio"),
            InputError,
            "interim year",
        ),
        (
            lambda: sg.interim_path(0, 2, start=2020, target_year=2030, scale="ratio"),
            StatisticUndefined,
            "positive",
        ),
        (
            lambda: sg.interim_path(1, 2, start="now", target_year=2030, scale="ratio"),
            InputError,
            "not a period",
        ),
        (
            lambda: sg.on_track(pd.Series({2020: 1.0}), WAY, higher_is="better"),
            InputError,
            "no figure",
        ),
        (lambda: sg.on_track(pd.Series({2023: 1.0}), WAY), InputError, "never guessed"),
        (
            lambda: sg.on_track(pd.Series({2023: 1.0}), WAY, higher_is="better", sure=0.4),
            InputError,
            "above .5",
        ),
    ],
)
def test_what_is_wrong_is_said(change, error, said):
    with pytest.raises(error, match=said):
        change()
