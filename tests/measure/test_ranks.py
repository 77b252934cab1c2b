"""Ranks with intervals: hand values, a slow copy, and how often the intervals hold."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps import read_metric
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.measure.ranks import ranks

RANKS = ["rank", "expected", "lower", "upper", "joint_lower", "joint_upper"]
areas = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 9)), min_size=3, max_size=15)


@given(rows=areas)
@settings(max_examples=15, deadline=None)
def test_joint_intervals_compare_every_pair(rows):
    y = np.array([value for value, _ in rows], float)
    se = np.array([error for _, error in rows]) / 3
    z = NormalDist().inv_cdf((1 + 0.95 ** (1 / len(y))) / 2)
    table = ranks(y, se, higher_is="better", draws=100)
    for i in range(len(y)):
        better = [j for j in range(len(y)) if y[j] - z * se[j] > y[i] + z * se[i]]
        worse = [j for j in range(len(y)) if y[j] + z * se[j] < y[i] - z * se[i]]
        assert table["joint_lower"][i] == 1 + len(better)
        assert table["joint_upper"][i] == len(y) - len(worse)
        assert table["rank"][i] == 1 + (y > y[i]).sum()
    assert (table["joint_lower"] <= table["rank"]).all()
    assert (table["rank"] <= table["joint_upper"]).all()


def test_the_direction_turns_the_table_round():
    rng = np.random.default_rng(1)
    y, se = pd.Series(rng.normal(50, 5, 30)), pd.Series(rng.uniform(1, 4, 30))
    better = ranks(y, se, higher_is="better", draws=4000)
    worse = ranks(y, se, higher_is="worse", draws=4000)
    assert (31 - worse["rank"]).tolist() == better["rank"].tolist()
    assert (31 - worse["joint_upper"]).tolist() == better["joint_lower"].tolist()
    assert (31 - worse["expected"]).tolist() == pytest.approx(better["expected"].tolist(), abs=0.6)
    assert better["rank"].idxmin() == y.idxmax()


def test_areas_without_error_have_the_rank_they_have():
    table = ranks([3.0, 1.0, 3.0, 2.0], [1e-9] * 2 + [0.0, 0.0], higher_is="worse")
    assert table["rank"].tolist() == [3, 1, 3, 2]
    assert table.loc[[1, 3], RANKS].to_numpy().tolist() == [[1.0] * 6, [2.0] * 6]


def test_the_order_of_rows_changes_nothing():
    rng = np.random.default_rng(2)
    y = pd.Series(rng.normal(50, 5, 20), index=[f"E{i:02}" for i in range(20)])
    se = pd.Series(rng.uniform(1, 4, 20), index=y.index)
    table = ranks(y, se, higher_is="better")
    mixed = ranks(y.sample(frac=1, random_state=3), se[::-1], higher_is="better")
    pd.testing.assert_frame_equal(mixed.sort_index(), table)


def test_areas_without_a_figure_stay_and_errors_that_are_filled_are_flagged():
    y = pd.Series([5.0, np.nan, 9.0, 7.0], index=list("dcba"))
    se = pd.Series([0.5, np.nan, np.nan, 0.7], index=list("dcba"))
    table = ranks(y, se, higher_is="better")
    assert list(table.index) == list("dcba")
    assert table["rank"].tolist() == pytest.approx([3, np.nan, 1, 2], nan_ok=True)
    assert table.loc["c", RANKS].isna().all()
    assert table["status"].tolist() == ["", "no figure", "", ""]
    assert table["se_imputed"].tolist() == [False, False, True, False]


def test_an_area_is_shrunk_towards_its_own_group():
    """Half are near 100 and half near 0; a noisy 50 is more likely one of its group."""
    rng = np.random.default_rng(4)
    y = pd.Series([*rng.normal(100, 2, 10), *rng.normal(0, 2, 10), 50.0, 50.0])
    se = pd.Series([1.0] * 20 + [20.0] * 2)
    region = pd.Series([*["high"] * 10, *["low"] * 10, "high", "low"])
    table = ranks(y, se, higher_is="better", region=region)
    assert table.loc[20, "upper"] <= 11
    assert table.loc[21, "lower"] >= 12
    assert ranks(y, se, higher_is="better").loc[20, ["lower", "upper"]].tolist() != [1, 11]


def test_what_is_wrong_is_said():
    y = pd.Series([1.0, 2.0], index=["a", "b"])
    with pytest.raises(InputError, match="never guessed"):
        ranks(y, y, higher_is=None)
    with pytest.raises(InputError, match="standard errors"):
        ranks(y, None, higher_is="better")
    with pytest.raises(JoinError, match=r"se lacks areas .*: b"):
        ranks(y, y.drop("b"), higher_is="better")
    with pytest.raises(JoinError, match=r"region lacks areas .*: a"):
        ranks(y, y, higher_is="better", region=pd.Series(["x"], index=["b"]))
    with pytest.raises(StatisticUndefined, match="no area has a standard error"):
        ranks(y, y * np.nan, higher_is="better")


@pytest.mark.parametrize("noise", [pytest.param(1 / 3, marks=pytest.mark.slow), 2 / 3])
@pytest.mark.parametrize(
    ("name", "indicator", "period"),
    [
        ("earnings_weekly_median_residence", None, "2021"),
        ("employment_rate_16_64", "employment_rate_16_64", "2023"),
        ("healthy_life_expectancy", "healthy_life_expectancy_male", "2018-2020"),
    ],
)
def test_intervals_hold_the_true_ranks_at_real_sampling_errors(
    shared, name, indicator, period, noise
):
    """On average over the areas 95 %; all joint ones at once in every replicate but a few."""
    path = shared / f"data/metrics/tidy/{name}.csv"
    rows = read_metric(path, indicator=indicator).at(period, "lad")[["value", "se"]].dropna()
    y, se = rows["value"].to_numpy(), rows["se"].to_numpy()
    clean = np.sqrt(max(1 - (se**2).mean() / y.var(), 0.2))
    truth = y.mean() + clean * (y - y.mean())
    se = se * noise * truth.std() / np.sqrt((se**2).mean())
    rank = pd.Series(truth).rank(ascending=False)
    rng = np.random.default_rng(5)
    hits, joint, naive = [], [], []
    for seed in range(10):
        published = truth + se * rng.standard_normal(len(truth))
        table = ranks(published, se, higher_is="better", draws=200, seed=seed)
        hits.append(((table["lower"] <= rank) & (rank <= table["upper"])).mean())
        joint.append(((table["joint_lower"] <= rank) & (rank <= table["joint_upper"])).all())
        # Draws around the published figures have the noise twice.
        drawn = pd.DataFrame(published + se * rng.standard_normal((200, len(se)))).rank(
            axis=1, ascending=False
        )
        naive.append((drawn.quantile(0.025) <= rank) & (rank <= drawn.quantile(0.975)))
    assert np.mean(hits) == pytest.approx(0.95, abs=0.02)
    assert all(joint)
    assert np.mean(naive) < np.mean(hits) - 0.01
