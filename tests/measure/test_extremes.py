"""Extremes: WHO's definitions, the winner's curse taken out, and a rule for when not to say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.extremes import FEWEST, HOPELESS, extreme_indices, gap_extremes
from spatial_gaps.measure.posterior import TAILS, draw_truth
from spatial_gaps.measure.uncertainty import noise_variance

drawn = st.lists(st.tuples(st.floats(1, 1e4), st.floats(0.1, 1e3)), min_size=4, max_size=30)


def noisy(n=60, noise=0.5, seed=1):
    rng = np.random.default_rng(seed)
    truth = 500 + 60 * rng.standard_normal(n)
    se = 60 * noise * rng.uniform(0.5, 1.5, n)
    return truth, truth + se * rng.standard_normal(n), se


@given(pairs=drawn, higher_is=st.sampled_from(["better", "worse"]))
@settings(max_examples=60, deadline=None)
def test_values_follow_the_definitions_and_are_never_negative(pairs, higher_is):
    y, w = (np.array(part) for part in zip(*pairs, strict=True))
    table = gap_extremes(y, higher_is=higher_is, weights=w, k=2)["value"]
    ordered = sorted(y)
    best = ordered[-1] if higher_is == "better" else ordered[0]
    mean = sum(a * b for a, b in zip(y, w, strict=True)) / w.sum()
    distance = sum(b * abs(best - a) for a, b in zip(y, w, strict=True)) / w.sum()
    expected = {
        "range": ordered[-1] - ordered[0],
        "max_min_ratio": ordered[-1] / ordered[0],
        "top_bottom_difference": sum(ordered[-2:]) / 2 - sum(ordered[:2]) / 2,
        "top_bottom_ratio": sum(ordered[-2:]) / sum(ordered[:2]),
        "mdb": distance,
        "par": abs(best - mean),
        "paf": 100 * abs(best - mean) / mean,
        "par_total": abs(best - mean) * w.sum(),
    }
    for name, value in expected.items():
        assert table[name] == pytest.approx(value, rel=1e-9, abs=1e-7), name
    assert (table >= 0).all()


def test_weights_count_in_the_mean_and_are_aligned_by_code():
    y = pd.Series([10.0, 20.0, np.nan, 40.0], index=list("abcd"))
    people = pd.Series([9.0, 1.0, 2.0, 4.0], index=list("dbca"))
    # Mean (4 x 10 + 1 x 20 + 9 x 40) / 14 = 30.
    table = gap_extremes(y, higher_is="better", weights=people, k=1)
    assert table.loc["par", "value"] == pytest.approx(10)
    assert table.loc["paf", "value"] == pytest.approx(100 / 3)
    assert table.loc["par_total", "value"] == pytest.approx(140)
    worse = gap_extremes(y, higher_is="worse", weights=people, k=1)
    assert worse.loc["par", "value"] == pytest.approx(20)


def test_what_does_not_apply_says_why():
    without = gap_extremes([1.0, 2.0, 3.0])
    assert without.loc["par", "note"].startswith("undefined: it was not said")
    assert (
        "5 highest and the 5 lowest of 3 areas overlap" in without.loc["top_bottom_ratio", "note"]
    )
    crossing = gap_extremes([-3.0, 0.0, 2.0], higher_is="better", k=1)
    assert "2 values are zero or negative" in crossing.loc["max_min_ratio", "note"]
    assert "mean is not positive" in crossing.loc["paf", "note"]
    assert crossing.loc["range", "value"] == 5
    score = gap_extremes([6.9, 7.1, 7.4], higher_is="better", scale="interval", k=1)
    assert score["value"].isna().to_dict() == {
        "range": False, "max_min_ratio": True, "top_bottom_difference": False,
        "top_bottom_ratio": True, "mdb": False, "par": False, "paf": True,
    }  # fmt: skip
    undefined = score.loc[score["value"].isna()]
    assert (undefined["reliability"] == "not assessable").all()
    with pytest.raises(InputError, match="direction"):
        gap_extremes([1.0, 2.0], higher_is="up")
    with pytest.raises(StatisticUndefined, match="only 1 values"):
        gap_extremes([1.0, np.nan])


def test_published_figures_without_errors_are_said_to_be_exaggerated():
    table = gap_extremes([1.0, 2.0, 3.0], higher_is="worse", k=1)
    assert table["note"].str.contains("winner's curse").all()
    assert (table["reliability"] == "").all()
    assert table[["corrected", "lower", "upper"]].isna().all().all()


def test_figures_without_error_keep_their_extremes():
    _, y, _ = noisy()
    table = gap_extremes(y, higher_is="better", se=np.zeros(len(y)))
    for part in ("corrected", "lower", "upper"):
        assert table[part].to_numpy() == pytest.approx(table["value"].to_numpy(), rel=1e-12)
    assert set(table["reliability"]) == {"assessable"}


def test_reliability_follows_the_share_of_noise_and_the_number_of_areas():
    y = np.linspace(90, 110, 40)
    n = np.full(40, 1 / 40)
    spread = float(n @ (y - 100) ** 2)
    unit = float(np.sqrt(spread / noise_variance(n, np.ones(40))))
    for share, said in ((0.04, "assessable"), (0.06, "with care"), (0.34, "with care"),
                        (HOPELESS + 0.01, "not assessable")):  # fmt: skip
        rows = extreme_indices(y, n, np.full(40, unit * share**0.5), "better")
        assert {row["reliability"] for row in rows.values()} == {said}, share
    assert np.isnan(rows["range"]["corrected"])
    assert "36%" in rows["range"]["note"]
    few = gap_extremes(y[: FEWEST - 1], se=np.full(FEWEST - 1, 0.1))
    assert few.loc["range", "reliability"] == "not assessable"
    assert "fewer than 12 areas" in few.loc["range", "note"]


def test_a_ratio_whose_denominator_may_be_zero_is_not_assessable():
    y = np.arange(1.0, 21.0)
    table = gap_extremes(y, se=np.full(20, 3.0))
    assert table.loc["max_min_ratio", "reliability"] == "not assessable"
    assert "may be zero" in table.loc["max_min_ratio", "note"]
    assert table.loc["range", "reliability"] == "with care"


def test_one_answer_for_any_order_of_areas_and_for_one_seed():
    _, y, se = noisy()
    codes = [f"c{i:02d}" for i in range(len(y))]
    frame = pd.DataFrame({"y": y, "se": se, "w": np.arange(1.0, 61)}, index=codes)
    mixed = frame.sample(frac=1, random_state=4)
    one, other = (
        gap_extremes(part["y"], higher_is="better", weights=part["w"], se=part["se"], seed=3)
        for part in (frame, mixed)
    )
    pd.testing.assert_frame_equal(one, other, rtol=1e-12)
    again = gap_extremes(frame["y"], higher_is="better", weights=frame["w"], se=frame["se"], seed=4)
    assert not np.allclose(one["upper"], again["upper"])


def test_the_winner_s_curse_is_taken_out():
    """Over 16 draws of true values and errors: coverage, and most of the exaggeration gone."""
    hits, before, after = [], [], []
    for number in range(16):
        truth, y, se = noisy(n=80, noise=1 / 2, seed=100 + number)
        row = extreme_indices(y, np.full(80, 1 / 80), se, seed=number)["range"]
        hits.append(row["lower"] <= np.ptp(truth) <= row["upper"])
        before.append(row["value"] / np.ptp(truth) - 1)
        after.append(row["corrected"] / np.ptp(truth) - 1)
    assert np.mean(before) > 0.12
    assert abs(np.mean(after)) < 0.06
    assert np.mean(hits) >= 0.9


@pytest.mark.parametrize("tail", TAILS)
def test_draws_have_the_moments_of_the_posterior(tail):
    """Against the posterior of five areas summed over a grid, straight from the model."""
    y, se = np.array([-0.4, -0.2, 0.0, 0.9, 4.0]), np.array([0.3, 0.2, 0.4, 0.6, 2.0])
    unit = y.std()
    theta = np.linspace(y.min() - 2 * unit, y.max() + 2 * unit, 120)
    likelihood = np.exp(-(((y[:, None] - theta) / se[:, None]) ** 2) / 2)
    top = np.zeros((5, len(theta)))
    scale = np.exp(np.linspace(np.log(0.02 * unit), np.log(3 * unit), 24))
    for centre in np.linspace(theta[0], theta[-1], 40):
        for low in scale:
            for high in scale:
                x = (theta - centre) / np.where(theta < centre, low, high)
                density = TAILS[tail](x)
                joint = likelihood * density / density.sum()
                each = joint.sum(axis=1)
                # Flat on the spreads: on a grid of logarithms each counts with its width.
                top += joint / each[:, None] * each.prod() * low * high
    top /= top.sum(axis=1, keepdims=True)
    mean = top @ theta
    deviation = np.sqrt(top @ theta**2 - mean**2)
    found = np.concatenate([draw_truth(y, se, tail, seed=seed) for seed in range(15)])
    assert len(np.unique(found[:, 0])) > 0.9 * len(found)  # not only points of the grid
    assert found.mean(axis=0) == pytest.approx(mean, abs=0.08)
    assert found.std(axis=0) == pytest.approx(deviation, rel=0.12)


def test_tails_are_what_they_are_called():
    """By hand: e^(-1/2) of its height at one spread out; t of 3 degrees has (1 + 9/3)^-2 at three."""
    assert TAILS["thin"](np.array([0.0, -1.0, 2.0])) == pytest.approx([1, np.exp(-0.5), np.exp(-4)])
    assert TAILS["heavy"](np.array([0.0, -3.0])) == pytest.approx([1, 1 / 16])


@given(scale=st.floats(0.01, 100), move=st.floats(-1e3, 1e3))
@settings(max_examples=4, deadline=None)
def test_draws_move_with_the_unit(scale, move):
    _, y, se = noisy(n=15)
    for tail in TAILS:
        plain = draw_truth(y, se, tail, draws=20)
        moved = draw_truth(scale * y + move, scale * se, tail, draws=20)
        # A draw on the edge of two grid cells may fall into either: nearly all are the same.
        same = np.isclose(moved, scale * plain + move, rtol=1e-6, atol=1e-6 * scale)
        assert same.mean() > 0.98


@pytest.mark.long
@pytest.mark.parametrize("noise", [1 / 3, 2 / 3])
@pytest.mark.parametrize("series", range(3))
def test_intervals_cover_on_the_real_errors_of_the_uk(shared, monkeypatch, series, noise):
    """The bar of 90 %, less two standard errors of 100 replicates; benchmarks has the table."""
    folder = Path(__file__).resolve().parents[2] / "benchmarks"
    monkeypatch.syspath_prepend(str(folder))
    spec = importlib.util.spec_from_file_location("ends", folder / "coverage_extremes.py")
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    name = list(benchmark.SERIES)[series]
    parts = [
        benchmark.replicate((name, noise, 0, first, benchmark.DATA)) for first in range(0, 100, 25)
    ]
    for index in parts[0]:
        covered = np.concatenate([part[index] for part in parts])[:, 0].mean()
        assert covered >= 0.84, (name, noise, index, covered)
