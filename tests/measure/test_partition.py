"""Variance partition: hand values, a published one, noise, and intervals that cover."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import JoinError, StatisticUndefined
from spatial_gaps.measure import partition
from spatial_gaps.measure.partition import variance_partition


def anova(values, group):
    """Return the two components of an unbalanced one-way layout, as textbooks give them."""
    sizes, means = group.value_counts(), values.groupby(group).mean()
    n, k = len(values), len(sizes)
    inside = ((values - group.map(means)) ** 2).sum() / (n - k)
    between = (sizes * (means - values.mean()) ** 2).sum() / (k - 1)
    typical = (n - (sizes**2).sum() / n) / (k - 1)
    return (between - inside) / typical, inside


def test_one_way_components_are_those_of_the_analysis_of_variance():
    rng = np.random.default_rng(2)
    codes = [f"c{i:02}" for i in range(30)]
    group = pd.Series(list("aaabbbbbbbccddddddddddeeeeeffg"), index=codes, name="g")
    values = pd.Series(rng.normal(0, 2, 30), codes) + group.map(
        {name: i for i, name in enumerate("abcdefg")}
    )
    found = variance_partition(values, [group])
    between, inside = anova(values, group)
    assert found["component"].to_list() == pytest.approx([between, inside], rel=1e-9)
    assert found["share"].to_list() == pytest.approx(
        [between / (between + inside), inside / (between + inside)]
    )
    assert found["raw_share"].to_list() == pytest.approx(found["share"].to_list())
    # One se for all adds its square to what is inside groups, and nothing to what is between.
    clean = variance_partition(values, [group], values * 0 + 0.5)
    assert clean["component"].to_list() == pytest.approx([between, inside - 0.25], rel=1e-9)
    assert clean["raw_share"].to_list() == pytest.approx(found["share"].to_list())
    scaled = variance_partition(values[::-1] * 3 + 7, [group], values * 0 + 1.5)
    pd.testing.assert_frame_equal(scaled.drop(columns="component"), clean.drop(columns="component"))
    assert scaled["component"].to_list() == pytest.approx((clean["component"] * 9).to_list())


def test_balanced_nested_components_are_differences_of_mean_squares():
    rng = np.random.default_rng(5)
    codes = [f"c{i:02}" for i in range(24)]
    outer = pd.Series(np.arange(24) // 8, index=codes, name="outer")
    inner = pd.Series(np.arange(24) // 4, index=codes, name="inner")
    values = pd.Series(rng.normal(0, 1, 24) + 3 * outer + rng.normal(0, 2, 6)[inner], index=codes)
    large, small = values.groupby(outer).transform("mean"), values.groupby(inner).transform("mean")
    squares = [
        ((large - values.mean()) ** 2).sum() / 2,
        ((small - large) ** 2).sum() / 3,
        ((values - small) ** 2).sum() / 18,
    ]
    expected = [(squares[0] - squares[1]) / 8, (squares[1] - squares[2]) / 4, squares[2]]
    assert min(expected) > 0
    found = variance_partition(values, [outer, inner])
    assert found["component"].to_list() == pytest.approx(expected)
    assert list(found.index) == ["outer", "inner", "within"]
    assert found["share"].sum() == pytest.approx(1)


def test_a_straddling_area_has_the_effects_of_both_groups_in_its_shares():
    # Without an effect inside groups the components solve E = A s with A counted by hand:
    # y = (a, (a + b) / 2, b): mean squares of groups and overall over draws of a and b.
    pairs = [("x", "n"), ("y", "n"), ("y", "s"), ("z", "s")]
    half = pd.Series([1, 0.5, 0.5, 1], pd.MultiIndex.from_tuples(pairs), name="half")
    values = pd.Series([1.0, 2.0, 6.0], index=list("xyz"))
    found = variance_partition(values, [half])["component"]
    z = np.array([[1, 0], [0.5, 0.5], [0, 1]])
    weight = z / 3
    form = (weight / weight.sum(0)) @ weight.T
    forms = [form - np.full((3, 3), 1 / 9), np.eye(3) / 3 - form]
    expected = [[np.trace(each @ z @ z.T), np.trace(each)] for each in forms]
    squares = [values @ each @ values for each in forms]
    assert found.to_list() == pytest.approx(np.linalg.solve(expected, squares))


def test_income_deprivation_of_small_areas_is_as_published(shared, monkeypatch):
    monkeypatch.setattr(partition, "DRAWS", 50)
    path = shared / "data/metrics/tidy/imd2019_income_deprivation_lsoa11_england.csv"
    areas = pd.read_csv(path).set_index("area_code")
    found = variance_partition(areas["value"], [areas["parent_code"].rename("lad")])
    assert found["share"].to_list() == pytest.approx([0.244104, 0.755896], abs=5e-7)
    assert found.loc["lad", "lower"] < 0.244104 < found.loc["lad", "upper"]


def test_what_cannot_be_told_apart_is_refused_and_no_spread_has_no_shares():
    values = pd.Series([1.0, 3.0, 5.0, 7.0], index=list("abcd"))
    side = pd.Series(list("nnss"), index=list("abcd"), name="side")
    with pytest.raises(StatisticUndefined, match="same has 2 groups, no more than the tier above"):
        variance_partition(values, [side, side.rename("same")])
    with pytest.raises(StatisticUndefined, match="the areas has 4 groups"):
        variance_partition(values, [pd.Series(list("abcd"), index=list("abcd"), name="own")])
    with pytest.raises(StatisticUndefined, match="one has 1 groups"):
        variance_partition(values, [pd.Series("x", index=list("abcd"), name="one")])
    with pytest.raises(JoinError, match="d"):
        variance_partition(values, [side.drop("d")])
    flat = variance_partition(values * 0 + 0.3, [side])
    assert (flat["component"] == 0).all()
    assert flat.drop(columns="component").isna().all(axis=None)
    # Nothing is left inside groups, so noise is what remains of between: (16 - 10 000) / 2 < 0.
    drowned = variance_partition(values, [side], values * 0 + 100)
    assert (drowned["component"] == 0).all()


def simulate(replicates, noise):
    """Return how often intervals hold the shares of the model, 3 : 3 : 4, and the mean share."""
    rng = np.random.default_rng(6)
    sizes = rng.integers(2, 7, 36)
    inner = np.repeat(np.arange(36), sizes)
    codes = [f"c{i:03}" for i in range(len(inner))]
    tiers = [pd.Series(inner // 3, codes, name="outer"), pd.Series(inner, codes, name="inner")]
    true = np.array([0.3, 0.3, 0.4])
    hits, shares = [], []
    for seed in range(replicates):
        effects = [rng.normal(0, np.sqrt(share), 36) for share in true[:2]]
        se = pd.Series(noise * (0.5 + rng.random(len(codes))), codes)
        values = pd.Series(effects[0][inner // 3] + effects[1][inner], codes)
        values += rng.normal(0, np.sqrt(true[2]), len(codes)) + rng.normal(0, 1, len(codes)) * se
        found = variance_partition(values, tiers, se, seed=seed)
        hits.append((found["lower"] <= true) & (true <= found["upper"]))
        shares.append(found["share"])
    return np.mean(hits, axis=0), np.mean(shares, axis=0)


def test_intervals_cover_in_a_small_simulation(monkeypatch):
    monkeypatch.setattr(partition, "DRAWS", 200)
    covered, share = simulate(60, 0.5)
    assert covered.min() > 0.87
    assert share == pytest.approx([0.3, 0.3, 0.4], abs=0.06)


@pytest.mark.long
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_intervals_cover_what_they_claim(noise):
    covered, _ = simulate(2000, noise)
    assert covered.min() >= 0.92
    assert covered.max() <= 0.98
