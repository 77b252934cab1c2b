"""Slope, relative and concentration indices: definitions, properties, refusals, coverage."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.measure.gradients import concentration_index, relative_index, slope_index
from spatial_gaps.measure.ridits import ridits

UP = {"higher_is": "better", "ranking_higher_is": "better"}
PERCENT = (0, 100)
INDICES = {
    "slope": slope_index,
    "slope_log": partial(slope_index, link="log"),
    "slope_logit": partial(slope_index, link="logit", bounds=PERCENT),
    "relative": relative_index,
    "relative_log": partial(relative_index, link="log"),
    "relative_logit": partial(relative_index, link="logit", bounds=PERCENT),
    "absolute": partial(concentration_index, absolute=True),
    "concentration": concentration_index,
    "erreygers": partial(concentration_index, correction="erreygers", bounds=PERCENT),
    "wagstaff": partial(concentration_index, correction="wagstaff", bounds=PERCENT),
}
IN_UNITS = ("slope", "slope_log", "absolute")
# Figures from 40 to 60 keep both ends of the steepest line between 0 and 100.
areas = st.lists(
    st.tuples(st.floats(40, 60), st.floats(1, 3), st.integers(1, 6)), min_size=9, max_size=25
).filter(lambda drawn: len({rank for _, _, rank in drawn}) > 1)


def columns(drawn):
    y, w, rank = (np.array(column) for column in zip(*drawn, strict=True))
    return y, w, rank.astype(float)


def slow_ridits(rank, w):
    """Return the place of an area: everyone below it, and half of those beside it."""
    return [
        sum(p for p, other in zip(w, rank, strict=True) if other < own) / sum(w)
        + sum(p for p, other in zip(w, rank, strict=True) if other == own) / sum(w) / 2
        for own in rank
    ]


def test_t18_ties_share_the_middle_of_their_stretch():
    # Four people at 2 take the line from 1/8 to 5/8, whatever the order of the rows.
    places = ridits(np.array([2.0, 1, 2, 3]), np.array([1, 1, 3, 3]) / 8)
    assert places.tolist() == [3 / 8, 1 / 16, 3 / 8, 13 / 16]


@given(drawn=areas)
@settings(max_examples=30, deadline=None)
def test_linear_indices_equal_their_definitions(drawn):
    y, w, rank = columns(drawn)
    x, n = np.array(slow_ridits(rank, w)), w / w.sum()
    # Least squares on values and places times the square root of the people (the OHID method).
    root = np.sqrt(n)
    design = np.column_stack([root, x * root])
    (start, slope), *_ = np.linalg.lstsq(design, y * root, rcond=None)
    result = slope_index(y, rank, weights=w, **UP)
    assert result.value == pytest.approx(slope, abs=1e-8)
    assert (result.bottom, result.top) == pytest.approx((start, start + slope), rel=1e-9)
    ratio = relative_index(y, rank, weights=w, **UP)
    assert ratio.value == pytest.approx((start + slope) / start, rel=1e-9)
    aci = sum(share * (2 * place - 1) * own for share, place, own in zip(n, x, y, strict=True))
    mean = n @ y
    expected = {
        "absolute": aci,
        "concentration": aci / mean,
        "erreygers": 4 * aci / 100,
        "wagstaff": aci * 100 / ((100 - mean) * mean),
    }
    for name, value in expected.items():
        assert float(INDICES[name](y, rank, weights=w, **UP)) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(("link", "bounds"), [("log", None), ("logit", (20, 80))])
@given(drawn=areas)
@settings(max_examples=30, deadline=None)
def test_other_links_solve_their_likelihood_equations(link, bounds, drawn):
    y, w, rank = columns(drawn)
    result = slope_index(y, rank, weights=w, link=link, bounds=bounds, **UP)
    low, high = bounds or (0, 1)

    def eta(figure):
        share = (figure - low) / (high - low)
        return np.log(share if link == "log" else share / (1 - share))

    x = np.array(slow_ridits(rank, w))
    line = eta(result.bottom) + (eta(result.top) - eta(result.bottom)) * x
    share = np.exp(line) if link == "log" else 1 / (1 + np.exp(-line))
    residual = w * (y - (low + (high - low) * share))
    assert residual.sum() == pytest.approx(0, abs=1e-8 * w.sum())
    assert residual @ x == pytest.approx(0, abs=1e-8 * w.sum())


def test_zeros_are_no_trouble_for_a_rate_and_steep_lines_are_found():
    result = slope_index([0.0, 0, 1, 40], [1, 2, 3, 4], link="log", **UP)
    assert 0 < result.bottom < 1e-3
    # Symmetric about the middle: fitted shares add up to one.
    sharp = slope_index([0.0, 1, 99, 100], [1, 2, 3, 4], link="logit", bounds=PERCENT, **UP)
    assert sharp.bottom + sharp.top == pytest.approx(100)
    assert sharp.top > 99.9


@pytest.mark.parametrize("name", INDICES)
@given(drawn=areas)
@settings(max_examples=15, deadline=None)
def test_order_labels_replication_and_units_of_people_change_nothing(name, drawn):
    y, w, rank = columns(drawn)
    index = INDICES[name]
    value = float(index(y, rank, weights=w, **UP))
    near = partial(pytest.approx, value, rel=1e-7, abs=1e-9)
    assert float(index(y[::-1], rank[::-1], weights=w[::-1], **UP)) == near()
    assert float(index(np.tile(y, 2), np.tile(rank, 2), weights=np.tile(w, 2), **UP)) == near()
    codes = [f"c{i}" for i in range(len(y))]
    named = [pd.Series(column, codes) for column in (y, rank, 1000 * w)]
    assert (
        float(index(named[0], named[1].iloc[::-1], weights=named[2].sample(frac=1), **UP)) == near()
    )
    # Only the order counts, and it can be told from either end.
    assert float(index(y, np.exp(rank), weights=w, **UP)) == near()
    turned = index(y, -rank, weights=w, higher_is="better", ranking_higher_is="worse")
    assert float(turned) == near()
    # What is a gap where higher is better is as large a lead where it is worse.
    worse = float(index(y, rank, weights=w, higher_is="worse", ranking_higher_is="better"))
    assert worse == pytest.approx(1 / value if "relative" in name else -value, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("name", [name for name in INDICES if "logit" not in name])
@given(drawn=areas, scale=st.floats(0.01, 1))
@settings(max_examples=15, deadline=None)
def test_units_of_the_figures_scale_absolute_indices_only(name, drawn, scale):
    y, w, rank = columns(drawn)
    index = INDICES[name]
    if name in ("erreygers", "wagstaff"):
        index = partial(concentration_index, correction=name, bounds=(0, 100 * scale))
    value = float(INDICES[name](y, rank, weights=w, **UP)) * (scale if name in IN_UNITS else 1)
    assert float(index(y * scale, rank, weights=w, **UP)) == pytest.approx(
        value, rel=1e-7, abs=1e-9
    )


@pytest.mark.parametrize("name", ["slope", "slope_logit", "absolute", "erreygers", "wagstaff"])
@given(drawn=areas)
@settings(max_examples=15, deadline=None)
def test_t06_a_percentage_and_its_complement_have_the_same_gap(name, drawn):
    y, w, rank = columns(drawn)
    value = float(INDICES[name](y, rank, weights=w, **UP))
    mirror = INDICES[name](100 - y, rank, weights=w, higher_is="worse", ranking_higher_is="better")
    assert float(mirror) == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize("name", INDICES)
def test_a_transfer_to_the_less_advantaged_narrows_the_gap(name):
    y, rank = np.array([40.0, 44, 46, 52]), [1, 2, 3, 4]
    moved = y + np.array([0, 1, -1, 0])
    before, after = (float(INDICES[name](v, rank, **UP)) for v in (y, moved))
    assert after < before
    assert (before > 1) if "relative" in name else (before > 0)


@pytest.mark.parametrize("name", INDICES)
def test_limits_are_those_of_the_gradient(name):
    """Half the interval is 1.96 times the length of the gradient, found here by moving each area."""
    rng = np.random.default_rng(4)
    y, w, rank = rng.uniform(30, 60, 12), rng.uniform(1, 3, 12), rng.integers(1, 6, 12)
    se = rng.uniform(0.1, 4, 12)
    kind = {**UP, "weights": w, "higher_is": "worse"}
    logs = np.log if "relative" in name else float
    moved = [
        [logs(float(INDICES[name](y + h * unit, rank, **kind))) for h in (1e-4, -1e-4)]
        for unit in np.eye(12)
    ]
    error = np.sqrt(
        sum(((up - down) / 2e-4 * s) ** 2 for (up, down), s in zip(moved, se, strict=True))
    )
    result = INDICES[name](y, rank, se=se, **kind)
    assert logs(result.upper) - logs(result.value) == pytest.approx(1.959964 * error, rel=1e-5)
    assert logs(result.value) - logs(result.lower) == pytest.approx(1.959964 * error, rel=1e-5)
    assert np.isnan(INDICES[name](y, rank, **kind).lower)
    assert np.isnan(INDICES[name](y, rank, se=np.full(12, np.nan), **kind).upper)


def test_a_line_through_two_very_unlike_areas_is_found():
    """Newton's steps alone overshoot here; the line through two points has logits at both."""
    result = slope_index(
        [0.001, 67.0], [1, 2], weights=[999, 1], link="logit", bounds=PERCENT, **UP
    )
    low, high = (np.log(share / (1 - share)) for share in (0.00001, 0.67))
    top = high + (high - low) * 0.0005 / 0.5
    assert result.top == pytest.approx(100 / (1 + np.exp(-top)), rel=1e-9)


def test_the_slope_of_rounding_is_none():
    assert slope_index([0.1 * 3, 0.1 * 3, 0.3], [1, 2, 3], **UP).value == 0


def test_missing_figures_leave_and_the_line_closes_up():
    codes = list("abcd")
    y = pd.Series([1.0, np.nan, 3.0, 8.0], codes)
    rank = pd.Series([1.0, np.nan, 2.0, 3.0], codes)
    result = slope_index(y, rank, **UP)
    # Places 1/6, 1/2, 5/6: (8 - 1) / (2 / 3).
    assert result.value == pytest.approx(10.5)
    assert result.n == 3


def test_t18_directions_and_rankings_are_never_guessed():
    y, rank = [1.0, 2.0, 4.0], [1, 2, 3]
    for index in INDICES.values():
        with pytest.raises(InputError, match="never guessed"):
            index(y, rank, higher_is=None, ranking_higher_is="better")
        with pytest.raises(InputError, match="which end of the ranking is advantaged"):
            index(y, rank, higher_is="better")
        with pytest.raises(InputError, match=r"by another measure.*gap and gini measure"):
            index(y, None, **UP)
        with pytest.raises(InputError, match="ranked by the figures themselves"):
            index(pd.Series(y), pd.Series(y)[::-1], **UP)
    with pytest.raises(InputError, match="no direction of the ranking 'up'"):
        slope_index(y, rank, higher_is="better", ranking_higher_is="up")


def test_areas_without_a_place_are_named():
    y = pd.Series([1.0, 2.0, 4.0], list("abc"))
    with pytest.raises(InputError, match="no place in the ranking: b"):
        slope_index(y, pd.Series([1, np.nan, 2], list("abc")), **UP)
    with pytest.raises(JoinError, match="ranking lacks areas that values has: c"):
        slope_index(y, pd.Series([1, 2], list("ab")), **UP)
    with pytest.raises(InputError, match="no area codes"):
        slope_index(y, [1, 2, 3], **UP)
    with pytest.raises(InputError, match="text where numbers belong: a 'poor'"):
        slope_index(y, pd.Series(["poor", "middling", "rich"], list("abc")), **UP)
    with pytest.raises(StatisticUndefined, match="same rank"):
        slope_index(y, pd.Series(3, list("abc")), **UP)


def test_domains_are_refused_with_the_areas_named():
    y = pd.Series([-1.0, 20.0, 120.0], list("abc"))
    rank = pd.Series([1, 2, 3], list("abc"))
    for name in ("slope_log", "relative_log", "concentration"):
        with pytest.raises(StatisticUndefined, match="is 0 or more: a -1"):
            INDICES[name](y, rank, **UP)
    for name in ("slope_logit", "erreygers", "wagstaff"):
        with pytest.raises(StatisticUndefined, match="is from 0 to 100: a -1, c 120"):
            INDICES[name](y, rank, **UP)
    with pytest.raises(
        StatisticUndefined, match=r"ratio does not exist: the linear fit goes from -"
    ):
        relative_index([1.0, 2, 30], [1, 2, 3], **UP)
    for name in ("slope_log", "slope_logit", "concentration", "wagstaff"):
        with pytest.raises(StatisticUndefined, match=r"(figure|mean) is 0"):
            INDICES[name]([0.0, 0, 0], [1, 2, 3], **UP)
    for name in ("slope_log", "slope_logit"):
        with pytest.raises(StatisticUndefined, match="infinitely steep"):
            INDICES[name]([0.0, 0, 50], [1, 2, 3], **UP)


def test_options_that_contradict_each_other_are_refused():
    y, rank = [10.0, 20.0, 40.0], [1, 2, 3]
    with pytest.raises(InputError, match=r"Say bounds=\(0, 100\) for percentages"):
        slope_index(y, rank, link="logit", **UP)
    with pytest.raises(InputError, match="a correction needs"):
        concentration_index(y, rank, correction="wagstaff", **UP)
    with pytest.raises(InputError, match="bounds serve only the logit link"):
        slope_index(y, rank, bounds=PERCENT, **UP)
    with pytest.raises(InputError, match="bounds serve only a correction"):
        concentration_index(y, rank, bounds=PERCENT, **UP)
    with pytest.raises(InputError, match="not an absolute one"):
        concentration_index(y, rank, correction="erreygers", bounds=PERCENT, absolute=True, **UP)
    with pytest.raises(InputError, match="the lower one first"):
        slope_index(y, rank, link="logit", bounds=(100, 0), **UP)
    with pytest.raises(InputError, match="Did you mean 'log'"):
        slope_index(y, rank, link="logs", **UP)
    with pytest.raises(InputError, match="wagstaff"):
        concentration_index(y, rank, correction="wagstaf", bounds=PERCENT, **UP)


def test_each_result_is_one_true_sentence():
    codes = list("abc")
    y, rank = pd.Series([70.0, 75, 80], codes), pd.Series([0.3, 0.2, 0.1], codes, name="poverty")
    kind = {"higher_is": "better", "ranking_higher_is": "worse"}
    start = "A linear fit over 3 areas in the order of poverty goes from "
    assert str(slope_index(y, rank, **kind)) == (
        f"{start}67.5 at the least advantaged end to 82.5 at the most advantaged, a gap of 15 to "
        "the disadvantage of the less advantaged."
    )
    # The variance of a fit through thirds: (1.5^2 + 1.5^2) se^2 = 4.5.
    lead = slope_index(80 - y, rank, se=pd.Series(1.0, codes), **kind)
    assert (lead.value, lead.upper) == pytest.approx((-15, -15 + 1.959964 * 4.5**0.5))
    assert str(lead) == (
        f"{start}12.5 at the least advantaged end to -2.5 at the most advantaged, a gap of 15 in "
        "favour of the less advantaged (95 % interval 10.8 to 19.2)."
    )
    ratio = relative_index(100 - y, rank, se=pd.Series(1.0, codes), **kind)
    assert ratio.value == pytest.approx(17.5 / 32.5)
    assert "a ratio of 1.86 to 1 in favour of the less advantaged (95 % interval 1" in str(ratio)
    level = str(slope_index(pd.Series(0.1 * 3, codes), rank.rename("value"), **kind))
    assert "in the order of the ranking" in level
    assert level.endswith("a gap of 0.")
    concentration = concentration_index(
        y / 100, rank, correction="erreygers", bounds=(0, 1), **kind
    )
    # 4 (2 / 3) (0.8 - 0.7) / 3
    assert str(concentration) == (
        "Over 3 areas in the order of poverty, the Erreygers concentration index is 0.0889 to the "
        "disadvantage of the less advantaged."
    )


def coverage(truth, se, rank, weights, names, rounds, seed):
    """Return how often each interval holds the index of the true values, and the mean bias."""
    rng = np.random.default_rng(seed)
    kind = {"weights": weights, "higher_is": "better", "ranking_higher_is": "worse"}
    goal = {name: float(INDICES[name](truth, rank, **kind)) for name in names}
    held, mean = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    # No survey prints a percentage above 100, though a normal error may lead there.
    ceiling = 100 if "slope_logit" in names else np.inf
    for _ in range(rounds):
        y = np.minimum(truth + se * rng.standard_normal(len(truth)), ceiling)
        for name in names:
            result = INDICES[name](y, rank, se=se, **kind)
            held[name] += (result.lower <= goal[name] <= result.upper) / rounds
            mean[name] += result.value / rounds
    return held, {name: mean[name] / goal[name] - 1 for name in names}


def test_intervals_cover_in_a_small_simulation():
    rng = np.random.default_rng(8)
    truth = np.array([52.0, 58, 61, 63, 66, 64, 69, 70, 73, 75])
    weights, rank = rng.uniform(1, 2, 10), np.arange(10.0, 0, -1)
    held, bias = coverage(truth, rng.uniform(1, 4, 10), rank, weights, list(INDICES), 200, 8)
    # 200 draws know a coverage of .95 to .03 (two standard errors).
    assert all(0.91 < share < 0.99 for share in held.values()), held
    assert all(abs(part) < 0.02 for part in bias.values()), bias


@pytest.mark.long
@pytest.mark.parametrize("noise", [1 / 3, 2 / 3])
@pytest.mark.parametrize(
    ("file", "period", "indicator", "only"),
    [
        ("earnings_weekly_median_residence", 2021, None, ("slope_log", "relative", "concentration")),
        ("employment_rate_16_64", 2023, None, ("slope_logit", "relative_logit", "wagstaff")),
        ("healthy_life_expectancy", "2018-2020", "healthy_life_expectancy_male",
         ("relative_log", "concentration", "erreygers")),
    ],
)  # fmt: skip
def test_intervals_cover_on_real_sampling_errors(shared, file, period, indicator, only, noise):
    """Nominal 95 % holds 93.5 to 96.5 % (three standard errors of 2 000 draws), with no bias."""
    from spatial_gaps import read_metric, sample_path

    folder = shared / "data" / "metrics" / "tidy"
    options = {} if indicator is None else {"indicator": indicator}
    rows = read_metric(folder / f"{file}.csv", **options).at(period)
    poor = pd.read_csv(folder / "income_deprivation_lad19_england.csv", index_col="area_code")
    poor = poor[poor["metric"] == "income_deprivation_rate"]
    people = read_metric(sample_path("population-total")).at(2021)["value"]
    rows = rows[rows["value"].notna() & (rows["se"] > 0)]
    codes = rows.index.intersection(poor.index).intersection(people.index)
    assert len(codes) > 100
    y, se = (rows.loc[codes, column].to_numpy() for column in ("value", "se"))
    n = (people[codes] / people[codes].sum()).to_numpy()
    # The true values are the published ones drawn together to their spread without noise.
    mean = n @ y
    total = n @ (y - mean) ** 2
    real = max(total - (n * (1 - n)) @ se**2, total / 5)
    truth = mean + (y - mean) * np.sqrt(real / total)
    scaled = se * noise * np.sqrt(real / (n @ se**2))
    rank = poor.loc[codes, "value"].to_numpy()
    held, bias = coverage(truth, scaled, rank, n, ("slope", *only), 2000, round(9 * noise))
    assert all(0.935 < share < 0.965 for share in held.values()), held
    assert all(abs(part) < 0.01 for part in bias.values()), bias
