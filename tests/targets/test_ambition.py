"""Ratings: their rule, what may answer the question, and the traps of short series."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

import spatial_gaps as sg
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined

KS2 = pd.Series({2016: 52.0, 2017: 62.0, 2019: 65.0})
PERCENT = {"higher_is": "better", "scale": "bounded", "bounds": (0, 100)}
PLAIN = {"higher_is": "better", "scale": "interval"}
YEARS = [str(year) for year in range(2008, 2022)]


def series(seed=0, periods=14, step=0.5):
    rng = np.random.default_rng(seed)
    return pd.Series(50 + np.cumsum(step + rng.standard_normal(periods)), index=YEARS[:periods])


def areas(seed=1, count=12):
    return pd.DataFrame(
        [series(seed * 100 + k) for k in range(count)], index=list("abcdefghijkl")[:count]
    )


def logit(percent):
    return np.log(percent / (100 - percent))


# The trap of Key stage 2


def test_three_figures_decide_nothing_and_a_straight_line_at_its_word_is_a_trap():
    found = sg.ambition(KS2, 90, target_year=2030, **PERCENT)
    assert found.rating == "not assessable"
    assert found.reason == "3 figures, at least 5 are needed"
    assert (found.horizon, found.n, found.beyond_evidence) == (11.0, 3, True)
    models = found.models
    # the line by hand: logits .0800, .4895, .6190 on 2016, 2017, 2019
    slope, cut = np.polyfit(KS2.index - 2016, logit(KS2), 1)
    off = logit(KS2) - cut - slope * (KS2.index - 2016)
    reach = (cut + 14 * slope - logit(90)) / np.sqrt((off**2).sum())
    assert models.loc["line", "p"] == pytest.approx(student.cdf(reach, 1))
    assert models.loc["line", "p"] == pytest.approx(0.81, abs=0.005)
    # the damped trend, as sure of itself as the line, says nearly the opposite
    assert models.loc["damped", "p_naive"] < 0.1
    assert models.loc["damped", "forecast"] < 80 < 90 < models.loc["line", "forecast"]
    # and with errors that grow with the years none of them knows
    assert models.loc["damped", "p"] == pytest.approx(0.35, abs=0.01)
    assert models.loc["drift", "p"] == pytest.approx(0.56, abs=0.01)
    assert not models.loc["line", "rated"]
    assert "for information" in str(found)


def test_the_drift_of_a_lone_series_is_that_of_the_book():
    """A random walk whose drift is read off T years: variance s^2 (h + h^2 / T), t with n - 2."""
    lone = series()
    found = sg.ambition(lone, 70, target_year=2026, **PLAIN)
    steps = np.diff(lone)
    spread = np.sqrt(((steps - steps.mean()) ** 2).sum() / 12 * (5 + 25 / 13))
    told = lone.iloc[-1] + 5 * steps.mean()
    drift = found.models.loc["drift"]
    assert drift["forecast"] == pytest.approx(told)
    assert drift["upper"] == pytest.approx(told + student.ppf(0.975, 12) * spread)
    assert drift["p"] == pytest.approx(student.cdf((told - 70) / spread, 12))
    assert found.errors == "own"


# The rule


def at_chance(p, **options):
    """Rate a target that the drift of one series meets with a given chance."""
    lone = series()
    drift = sg.ambition(lone, 70, target_year=2026, **PLAIN).models.loc["drift"]
    half = (drift["upper"] - drift["lower"]) / 2 / student.ppf(0.975, 12)
    return sg.ambition(
        lone, drift["forecast"] - half * student.ppf(p, 12), target_year=2026, **PLAIN, **options
    )


@pytest.mark.parametrize(
    ("p", "rating"), [(0.03, "unrealistic"), (0.5, "stretching"), (0.99, "low ambition")]
)
def test_rated_models_that_agree_give_the_rating(p, rating):
    found = at_chance(p)
    assert found.models.loc["drift", "p"] == pytest.approx(p)
    assert found.rating == rating


def test_rated_models_that_differ_are_model_dependent():
    lone = series(step=2.0)
    found = sg.ambition(lone, float(lone.iloc[-1]) + 16, target_year=2030, **PLAIN)
    low, high = sorted(found.models.loc[["damped", "drift"], "p"])
    assert low < 0.2 < high
    assert found.rating == "model-dependent"
    assert "depends on the model" in str(found)


def test_the_line_never_rates():
    found = at_chance(0.5)
    assert found.models["rated"].to_dict() == {"damped": True, "drift": True, "line": False}
    up = sg.ambition(
        series(), float(found.models.loc["line", "forecast"]), target_year=2026, **PLAIN
    )
    assert up.models.loc["line", "p"] == pytest.approx(0.5)


def test_thresholds_can_be_moved():
    found = at_chance(0.5)
    low, high = sorted(found.models.loc[["damped", "drift"], "p"])
    options = {"target_year": 2026, **PLAIN}
    assert (
        sg.ambition(series(), found.goal, thresholds=(high + 0.01, 0.99), **options).rating
        == "unrealistic"
    )
    assert (
        sg.ambition(series(), found.goal, thresholds=(0.01, low - 0.01), **options).rating
        == "low ambition"
    )


def test_lower_is_better_turned_round():
    lone = series()
    up = sg.ambition(lone, 60, target_year=2026, **PLAIN)
    down = sg.ambition(-lone, -60, target_year=2026, higher_is="worse", scale="interval")
    assert down.models["p"].tolist() == pytest.approx(up.models["p"].tolist())


# What may answer


def test_as_of_uses_only_what_was_out():
    lone = series()
    found = sg.ambition(lone, 60, target_year=2026, as_of="2019-06", lag=3, **PLAIN)
    assert found.last == "2018"
    assert found.unpublished == ("2019", "2020", "2021")
    short = sg.ambition(lone[:"2018"], 60, target_year=2026, **PLAIN)
    assert found.models["p"].tolist() == pytest.approx(short.models["p"].tolist())


def test_figures_before_a_break_do_not_count():
    found = sg.ambition(series(), 60, target_year=2026, breaks=["2018"], **PLAIN)
    assert (found.rating, found.n, found.first) == ("not assessable", 4, "2018")
    assert found.reason == "4 figures since the break in 2018, at least 5 are needed"
    whole = sg.ambition(series()["2016":], 60, target_year=2026, **PLAIN)
    broken = sg.ambition(series(), 60, target_year=2026, breaks=["2016"], **PLAIN)
    assert broken.models["p"].tolist() == pytest.approx(whole.models["p"].tolist())


def test_a_base_period_before_a_break_cannot_be_compared():
    found = sg.ambition(series(), "rise", base="2010", target_year=2026, breaks=["2012"], **PLAIN)
    assert (found.rating, found.reason) == (
        "not assessable",
        "the base period 2010 lies before a break",
    )


def test_a_provisional_last_figure_counts_and_is_told():
    lone = series()
    lone["2021"] += 30
    found = sg.ambition(lone, 70, target_year=2024, provisional=["2021"], **PLAIN)
    without = sg.ambition(lone[:"2020"], 70, target_year=2024, **PLAIN)
    assert found.provisional == "2021"
    assert found.without_provisional == without.rating != found.rating
    assert f"without it {without.rating}" in str(found)
    assert sg.ambition(lone, 70, target_year=2024, provisional=["2015"], **PLAIN).provisional == ""


def test_without_a_provisional_figure_a_break_is_still_a_break():
    options = {"target_year": 2026, "breaks": ["2021"], "provisional": ["2021"], **PLAIN}
    assert sg.ambition(series(), 70, **options).without_provisional == "not assessable"
    options["breaks"] = ["2018"]
    assert sg.ambition(series(), 70, **options).without_provisional == "not assessable"


def test_a_place_without_figures_is_not_assessable():
    found = sg.ambition(series() * np.nan, 60, target_year=2026, areas=areas(), **PLAIN)
    assert (found.rating, found.reason) == ("not assessable", "0 figures, at least 5 are needed")
    assert str(found) == "Not assessable: 0 figures, at least 5 are needed."
    one = sg.ambition(series()[:1], 60, target_year=2026, **PLAIN)
    assert one.reason == "1 figure, at least 5 are needed"


def test_figures_that_never_move():
    still = series() * 0 + 50.0
    found = sg.ambition(still, 51, target_year=2026, **PLAIN)
    assert found.rating == "unrealistic"
    assert sg.ambition(still, 49, target_year=2026, **PLAIN).rating == "low ambition"


def test_relative_targets():
    lone = series()
    base = lone["2019"]
    for target, goal in (("rise", base), ("+5", base + 5), ("+13 %", 1.13 * base)):
        assert sg.ambition(
            lone, target, base="2019", target_year=2026, **PLAIN
        ).goal == pytest.approx(goal)


def test_a_goal_beyond_what_is_possible_is_unrealistic():
    panel = 90 + areas() / 20
    table = sg.ambition_by(panel, "+13 %", base="2021", target_year=2026, **PERCENT)
    assert (table["goal"] > 100).all()
    assert (table["rating"] == "unrealistic").all()


def test_a_horizon_over_half_the_history_is_beyond_the_evidence():
    lone = series()  # 13 years
    assert not sg.ambition(lone, 60, target_year=2027, **PLAIN).beyond_evidence
    found = sg.ambition(lone, 60, target_year=2028, **PLAIN)
    assert found.beyond_evidence
    assert "beyond the evidence of 2008 to 2021" in str(found)


def test_a_figure_is_never_surer_than_its_error():
    lone, se = series() * 1e-6, pd.Series(5.0, index=YEARS)
    found = sg.ambition(lone, 1, target_year=2022, se=se, **PLAIN).models
    assert (found["upper"] - found["forecast"])[["damped", "drift"]].tolist() == pytest.approx(
        [1.959964 * 5] * 2, rel=1e-5
    )


# Many areas


def test_areas_give_the_errors_of_a_place():
    parts = areas()
    nation = parts.mean().rename("nation")
    found = sg.ambition(nation, 60, target_year=2026, areas=parts, **PLAIN)
    assert found.errors == "pooled"
    table = sg.ambition_by(pd.concat([parts, nation.to_frame().T]), 60, target_year=2026, **PLAIN)
    told = found.models["forecast"]
    assert table.loc["nation", [f"forecast_{m}" for m in told.index]].tolist() == pytest.approx(
        list(told)
    )
    # the errors of the whole are what its parts share, and those are few
    width = table.loc["nation", "upper_drift"] - table.loc["nation", "lower_drift"]
    assert found.models.loc["drift", "upper"] - found.models.loc["drift", "lower"] > width


def test_areas_may_have_other_periods():
    parts = areas()
    found = sg.ambition(parts.mean()["2012":], 60, target_year=2026, areas=parts, **PLAIN)
    assert (found.first, found.n, found.errors) == ("2012", 10, "pooled")


def test_each_area_is_rated_from_its_last_figure():
    parts = areas()
    parts.loc["a", ["2020", "2021"]] = np.nan
    parts.loc["b"] = np.nan
    parts.loc["c", :"2017"] = np.nan
    table = sg.ambition_by(parts, 60, target_year=2026, **PLAIN)
    assert table.loc["a", ["last", "horizon", "n"]].tolist() == ["2019", 7, 12]
    assert table.loc[["b", "c"], "reason"].tolist() == [
        "0 figures, at least 5 are needed",
        "4 figures, at least 5 are needed",
    ]
    assert (table["rating"] == "not assessable").tolist() == [False, True, True, *[False] * 9]
    drift = (parts.loc["a", "2019"] - parts.loc["a", "2008"]) / 11
    assert table.loc["a", "forecast_drift"] == pytest.approx(parts.loc["a", "2019"] + 7 * drift)


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(12)))
def test_the_order_of_areas_does_not_matter(order):
    plain = sg.ambition_by(areas(), 60, target_year=2026, **PLAIN)
    shuffled = sg.ambition_by(areas().iloc[list(order)], 60, target_year=2026, **PLAIN)
    assert list(shuffled.index) == list(areas().index[list(order)])
    pd.testing.assert_frame_equal(shuffled.loc[plain.index], plain)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.01, 1000))
def test_the_unit_of_a_ratio_does_not_matter(unit):
    plain = sg.ambition_by(areas(), 60, target_year=2026, higher_is="better", scale="ratio")
    other = sg.ambition_by(
        areas() * unit, 60 * unit, target_year=2026, higher_is="better", scale="ratio"
    )
    assert other["p_damped"].tolist() == pytest.approx(plain["p_damped"].tolist(), abs=0.01)
    assert (other["upper_drift"] / unit).tolist() == pytest.approx(plain["upper_drift"].tolist())


@settings(max_examples=10, deadline=None)
@given(st.floats(-1000, 1000))
def test_a_constant_added_to_an_interval_scale_does_not_matter(move):
    plain = sg.ambition_by(areas(), 60, target_year=2026, **PLAIN)
    other = sg.ambition_by(areas() + move, 60 + move, target_year=2026, **PLAIN)
    assert other["p_damped"].tolist() == pytest.approx(plain["p_damped"].tolist(), abs=0.01)
    assert (other["lower_drift"] - move).tolist() == pytest.approx(plain["lower_drift"].tolist())


def test_the_mirror_of_a_percentage_has_the_mirror_of_its_forecasts():
    plain = sg.ambition_by(areas(), 60, target_year=2026, **PERCENT)
    mirror = sg.ambition_by(
        100 - areas(), 40, target_year=2026, higher_is="worse", scale="bounded", bounds=(0, 100)
    )
    for model in ("damped", "drift", "line"):
        assert (100 - mirror[f"upper_{model}"]).tolist() == pytest.approx(
            plain[f"lower_{model}"].tolist()
        )
        assert mirror[f"p_{model}"].tolist() == pytest.approx(
            plain[f"p_{model}"].tolist(), abs=0.01
        )
    assert mirror["rating"].tolist() == plain["rating"].tolist()


def test_forecasts_of_percentages_stay_inside():
    table = sg.ambition_by(90 + areas() / 10, 99, target_year=2060, **PERCENT)
    for part in ("lower", "forecast", "upper"):
        assert table.filter(like=part).stack().between(0, 100).all()


# What is wrong


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (
            lambda: sg.ambition(series(), 60, target_year=2026, scale="interval"),
            InputError,
            "never guessed",
        ),
        (lambda: sg.ambition(areas(), 60, target_year=2026, **PLAIN), InputError, "ambition_by"),
        (
            lambda: sg.ambition_by(series(), 60, target_year=2026, **PLAIN),
            InputError,
            "areas by periods",
        ),
        (lambda: sg.ambition(series(), 60, target_year=2021, **PLAIN), InputError, "no whole year"),
        (
            lambda: sg.ambition(series(), "rise", target_year=2026, **PLAIN),
            InputError,
            "base period",
        ),
        (
            lambda: sg.ambition(series(), 60, base="2019", target_year=2026, **PLAIN),
            InputError,
            "base serves",
        ),
        (
            lambda: sg.ambition(series(), "rise", base="1999", target_year=2026, **PLAIN),
            InputError,
            "no period '1999'",
        ),
        (
            lambda: sg.ambition(series(), 107, target_year=2026, **PERCENT),
            InputError,
            "outside the bounds",
        ),
        (
            lambda: sg.ambition(series(), 60, target_year=2026, thresholds=(0.8, 0.2), **PLAIN),
            InputError,
            "lower one first",
        ),
        (
            lambda: sg.ambition(series(), 60, target_year=2026, thresholds=(0.8,), **PLAIN),
            InputError,
            "two probabilities",
        ),
        (
            lambda: sg.ambition(series(), 60, target_year=2026, areas=series(), **PLAIN),
            InputError,
            "areas by periods",
        ),
        (
            lambda: sg.ambition(series(), 60, target_year=2026, provisional=["2030"], **PLAIN),
            InputError,
            "no period '2030'",
        ),
        (
            lambda: sg.ambition(series(), 60, target_year=2026, se=series()[:5], **PLAIN),
            JoinError,
            "se lacks",
        ),
        (
            lambda: sg.ambition_by(areas(), 60, target_year=2026, se=areas().drop("a"), **PLAIN),
            JoinError,
            "se lacks areas",
        ),
        (
            lambda: sg.ambition_by(areas(), 60, target_year=2026, se=-areas(), **PLAIN),
            InputError,
            "negative",
        ),
        (
            lambda: sg.ambition(
                -series(), -60, target_year=2026, higher_is="better", scale="ratio"
            ),
            StatisticUndefined,
            "positive",
        ),
    ],
)
def test_what_is_wrong_is_said(change, error, said):
    with pytest.raises(error, match=said):
        change()


# Real figures


def read(shared, file, metric, level, code=None):
    rows = pd.read_csv(shared / "data/metrics/tidy" / f"{file}.csv", dtype={"period": str})
    rows = rows[(rows["metric"] == metric) & (rows["level"] == level)]
    wide = rows.pivot(index="area_code", columns="period", values="value").sort_index(axis=1)
    return wide if code is None else wide.loc[code]


@pytest.mark.parametrize("sex", ["female", "male"])
def test_five_more_years_of_healthy_life_go_against_the_trend(shared, sex):
    metric = f"healthy_life_expectancy_{sex}"
    parts = read(shared, "healthy_life_expectancy", metric, "region")
    nation = read(shared, "healthy_life_expectancy", metric, "uk", "K02000001")
    options = {"base": "2017-2019", "target_year": 2035, "areas": parts, **PLAIN}
    for day in ({}, {"as_of": "2022-03", "lag": 12}):
        found = sg.ambition(nation, "+5", **options, **day)
        assert found.rating == "unrealistic"
        assert found.beyond_evidence


def test_nominal_output_and_pay_would_have_risen_anyway(shared):
    output = read(shared, "gva_per_hour_itl", "gva_per_hour_unsmoothed", "itl1")
    nation = read(shared, "gva_per_hour_itl", "gva_per_hour_unsmoothed", "uk").iloc[0]
    day = {
        "as_of": "2022-03",
        "lag": 14,
        "higher_is": "better",
        "scale": "ratio",
        "target_year": 2030,
    }
    found = sg.ambition(nation, "rise", base="2019", areas=output, **day)
    assert (found.rating, found.last) == ("low ambition", "2020")
    pay = read(
        shared, "earnings_weekly_median_residence", "earnings_weekly_median_residence", "region"
    )
    uk = read(
        shared, "earnings_weekly_median_residence", "earnings_weekly_median_residence", "uk"
    ).iloc[0]
    assert (
        sg.ambition(uk, "rise", base="2021", areas=pay, **(day | {"lag": 2})).rating
        == "low ambition"
    )


def test_homicide_of_nine_regions_is_assessable_and_far_from_sure(shared):
    regions = read(shared, "homicide_rate", "homicide_rate", "region")
    table = sg.ambition_by(
        regions, "fall", base="2017/18-2019/20", target_year=2030, higher_is="worse", scale="ratio"
    )
    assert len(table) == 9
    assert (table["n"] == 9).all()
    assert table["beyond_evidence"].all()
    assert not (table["rating"].isin(["unrealistic", "not assessable"])).any()
