"""Nested decomposition: exactness, straddling areas, p, and shares of the true figures."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.measure import swaps
from spatial_gaps.measure.decomposition import decompose, parts_of
from spatial_gaps.measure.inequality import generalised_entropy
from spatial_gaps.measure.shares import scored_shares
from spatial_gaps.measure.terms import VARIANCE
from spatial_gaps.measure.tiers import cut_pieces

CODES = list("abcdefgh")
OUTER = pd.Series(list("nnnnssss"), index=CODES, name="outer")
INNER = pd.Series(["n1", "n1", "n2", "n2", "s1", "s1", "s1", "s2"], index=CODES, name="inner")
FIGURES = st.floats(1, 1000)
INDICES = {
    "theil": ({"index": "theil"}, 1),
    "mld": ({"index": "mld"}, 0),
    "variance": ({"index": "variance"}, None),
    "ge-1": ({"index": "ge", "order": -1}, -1),
    "ge0.5": ({"index": "ge", "order": 0.5}, 0.5),
    "ge2": ({"index": "ge"}, 2),
}


def as_shares(table, name):
    index = pd.MultiIndex.from_tuples(list(table), names=["code", "parent"])
    return pd.Series(list(table.values()), index, name=name, dtype=float)


@st.composite
def partitions(draw):
    """Areas in inner groups in outer groups, some straddling both: values, weights, both tiers."""
    groups = draw(st.integers(2, 5))
    outer_of = [draw(st.sampled_from("NS")) for _ in range(groups)]
    count = draw(st.integers(groups + 1, 12))
    inner, outer = {}, {}
    for area in range(count):
        # The first areas are whole, one in each group, so that every group has a known parent.
        held = [area]
        if area >= groups:
            held = draw(st.lists(st.integers(0, groups - 1), min_size=1, max_size=3, unique=True))
        parts = [draw(st.floats(0.05, 1)) for _ in held]
        for group, part in zip(held, parts, strict=True):
            inner[f"a{area:02}", f"g{group}"] = part / sum(parts)
            key = (f"a{area:02}", outer_of[group])
            outer[key] = outer.get(key, 0) + part / sum(parts)
    codes = [f"a{area:02}" for area in range(count)]
    figures = st.lists(FIGURES, min_size=count, max_size=count)
    values, weights = (pd.Series(draw(figures), codes) for _ in range(2))
    return values, weights, [as_shares(outer, "outer"), as_shares(inner, "inner")]


def slow_index(members, order):
    """Return the index of (weight, value) pairs, whatever the weights sum to."""
    people = sum(weight for weight, _ in members)
    mu = sum(weight * value for weight, value in members) / people
    found = 0.0
    for weight, value in members:
        n, x = weight / people, value / mu
        if order is None:
            found += n * (value - mu) ** 2
        elif order == 0:
            found += n * np.log(1 / x)
        elif order == 1:
            found += n * x * np.log(x)
        else:
            found += n * (x**order - 1) / (order * (order - 1))
    return found


def slow_parts(values, weights, outer, inner, order):
    """Return the parts: inside each group of a tier, what lies between its groups of the next."""
    parent = {
        group: outer.loc[code].index[0] for (code, group), share in inner.items() if share == 1
    }
    pieces = [
        (weights[code] * share, values[code], (parent[group], group))
        for (code, group), share in inner.items()
    ]
    people = sum(weight for weight, _, _ in pieces)
    mu = sum(weight * value for weight, value, _ in pieces) / people
    found = []
    for depth in range(3):
        part = 0.0
        for group in {path[:depth] for _, _, path in pieces}:
            inside = [piece for piece in pieces if piece[2][:depth] == group]
            held = sum(weight for weight, _, _ in inside)
            mean = sum(weight * value for weight, value, _ in inside) / held
            children = [(weight, value) for weight, value, _ in inside]
            if depth < 2:
                children = []
                for child in {path[: depth + 1] for _, _, path in inside}:
                    here = [(w, v) for w, v, path in inside if path[: depth + 1] == child]
                    total = sum(w for w, _ in here)
                    children.append((total, sum(w * v for w, v in here) / total))
            factor = held / people * (1 if order is None else (mean / mu) ** order)
            part += factor * slow_index(children, order)
        found.append(part)
    return found


@pytest.mark.parametrize("name", INDICES)
@given(made=partitions())
@settings(max_examples=15, deadline=None)
def test_parts_are_those_of_the_definition_and_add_up(name, made):
    values, weights, tiers = made
    options, order = INDICES[name]
    result = decompose(values, tiers, weights, **options)
    whole = slow_index(list(zip(weights, values, strict=True)), order)
    scale = max(whole, 1e-3)
    assert result.total == pytest.approx(whole, abs=1e-12 * scale)
    assert result.parts["value"].sum() == pytest.approx(whole, abs=1e-12 * scale)
    assert (result.parts["value"] >= 0).all()
    slow = slow_parts(values, weights, *tiers, order)
    assert result.parts["value"].to_list() == pytest.approx(slow, abs=1e-12 * scale)
    assert list(result.parts.index) == ["outer", "inner", "within"]
    assert result.parts["value"].iloc[1:].sum() == pytest.approx(
        result.regions["within"].sum(), abs=1e-12 * scale
    )
    assert result.regions["between"].sum() == pytest.approx(slow[0], abs=1e-12 * scale)
    assert (result.regions["within"] >= 0).all()
    if order is not None:
        assert whole == pytest.approx(
            generalised_entropy(values, weights, order=order), rel=1e-9, abs=1e-12
        )


@given(made=partitions(), factor=st.floats(0.01, 100))
@settings(max_examples=8, deadline=None)
def test_scale_names_and_row_order_change_nothing(made, factor):
    values, weights, tiers = made
    for name in ("theil", "variance"):
        parts = decompose(values, tiers, weights, index=name, se=values / 50).parts
        shuffled = values.sample(frac=1, random_state=1) * factor
        again = decompose(shuffled, tiers, weights * 7, index=name, se=shuffled / 50).parts
        # Shares of an index that is nearly nothing are shares of rounding.
        if values.std() > 1:
            columns = ["share", "corrected", "lower", "upper"]
            pd.testing.assert_frame_equal(parts[columns], again[columns], rtol=1e-6, atol=1e-6)


def test_the_weights_of_entropy_of_order_2_do_not_sum_to_1():
    # Means 2 and 6 around 4: halves times (1/2)^2 and (3/2)^2 times GE(2) of 1/8 and 1/72.
    values = pd.Series([1.0, 3.0, 5.0, 7.0], index=list("abcd"))
    side = pd.Series(list("nnss"), index=list("abcd"), name="side")
    result = decompose(values, [side], index="ge", order=2)
    assert result.total == pytest.approx(5 / 32)
    assert result.parts["value"].to_list() == pytest.approx([4 / 32, 1 / 32])
    assert result.regions["within"].to_list() == pytest.approx([1 / 64, 1 / 64])
    assert result.regions["between"].to_list() == pytest.approx([-3 / 16, 5 / 16])


def test_one_group_has_no_between_and_singletons_no_within():
    y = pd.Series(np.arange(1.0, 9), index=CODES)
    one = decompose(y, [pd.Series("x", index=CODES, name="one")])
    assert one.parts["share"].tolist() == [0.0, 1.0]
    alone = decompose(y, [pd.Series(CODES, index=CODES, name="own")])
    assert alone.parts["share"].tolist() == [1.0, 0.0]


def test_t17_a_straddling_area_counts_in_each_parent_by_its_share():
    y = pd.Series([2.0, 4.0, 6.0], index=list("abc"))
    shares = as_shares({("a", "n"): 1, ("b", "n"): 0.5, ("b", "s"): 0.5, ("c", "s"): 1}, "half")
    # Means 8/3 and 16/3 with half the weight each, overall mean 4: between = (4/3)^2.
    result = decompose(y, [shares], index="variance")
    assert result.parts["value"]["half"] == pytest.approx(16 / 9)
    assert result.total == pytest.approx(8 / 3)


def test_t17_tiers_that_do_not_nest_are_refused_by_name():
    crossed = INNER.where(INNER.index != "e", "n1")
    with pytest.raises(JoinError, match="do not nest in 'outer': n1"):
        decompose(pd.Series(1.0, index=CODES), [OUTER, crossed])
    with pytest.raises(JoinError, match="h"):
        decompose(pd.Series(1.0, index=CODES), [OUTER.drop("h")])
    pairs = {(code, parent): 1.0 for code, parent in OUTER.items() if code != "a"}
    split = as_shares(pairs | {("a", "n"): 0.5, ("a", "s"): 0.5}, "outer")
    with pytest.raises(JoinError, match=r"other shares in 'outer' than .*: a\."):
        decompose(pd.Series(1.0, index=CODES), [split, INNER])


def test_figures_outside_the_domain_are_named_and_an_order_needs_entropy():
    y = pd.Series([1.0, 0.0, -1.0, 2, 3, 4, 5, 6], index=CODES)
    with pytest.raises(StatisticUndefined, match=r"theil needs no negative values: c -1\."):
        decompose(y, [OUTER])
    with pytest.raises(StatisticUndefined, match="mld needs positive values: b 0, c -1"):
        decompose(y, [OUTER], index="mld")
    with pytest.raises(StatisticUndefined, match="ge needs positive values: b 0, c -1"):
        decompose(y, [OUTER], index="ge", order=-0.5)
    with pytest.raises(InputError, match="theil has no order to choose"):
        decompose(y, [OUTER], order=2)
    with pytest.raises(InputError, match="no index 'thiel'"):
        decompose(y, [OUTER], index="thiel")
    assert decompose(y.abs(), [OUTER]).total > 0


def test_one_series_instead_of_a_list_is_said_and_constants_have_no_shares():
    with pytest.raises(InputError, match="list of Series"):
        decompose(pd.Series(1.0, index=CODES), OUTER)
    for flat in (pd.Series([0.1 * 3] * 7 + [0.3], index=CODES), pd.Series(0.0, index=CODES)):
        result = decompose(flat, [OUTER], se=flat + 0.1)
        assert result.total == 0
        assert result.parts["share"].isna().all()
        assert "no theil to split" in str(result)


def test_a_decomposition_says_itself_in_a_sentence():
    y = pd.Series([1.0, 3.0, 5.0, 7.0], index=list("abcd"))
    side = pd.Series(list("nnss"), index=list("abcd"), name="side")
    said = str(decompose(y, [side], index="variance"))
    assert said == "Of variance 5, 80% lies between side and 20% within."


def test_permutation_p_is_small_for_real_groups_and_spread_evenly_without():
    rng = np.random.default_rng(3)
    codes = [f"c{i:02}" for i in range(60)]
    group = pd.Series(np.repeat(list("abcdef"), 10), index=codes, name="g")
    real = pd.Series(np.repeat(np.arange(6.0), 10) + 10 + rng.random(60), index=codes)
    assert decompose(real, [group], permutations=99).parts["p"]["g"] == 0.01
    ps = [
        decompose(
            pd.Series(rng.random(60) + 1, index=codes), [group], permutations=99, seed=i
        ).parts["p"]["g"]
        for i in range(60)
    ]
    assert 0.35 < np.mean(ps) < 0.65
    assert min(ps) > 0
    assert np.isnan(decompose(real, [group]).parts["p"]["g"])


def test_p_is_the_share_of_all_swaps_within_the_parent():
    codes = list("abcdef")
    values = pd.Series([3.0, 9.0, 4.0, 8.0, 1.0, 7.0], index=codes)
    weights = pd.Series([1.0, 2.0, 3.0, 1.0, 2.0, 2.0], index=codes)
    # The place of d straddles both tiers and swaps inside n, so what lies between n and s moves too.
    groups = {"a": "n1", "b": "n2", "c": "n2", "e": "s1", "f": "s2"}
    shares = dict.fromkeys(groups.items(), 1.0) | {("d", "n2"): 0.6, ("d", "s1"): 0.4}
    inner = as_shares(shares, "inner")
    outer = as_shares({(code, group[0]): share for (code, group), share in shares.items()}, "outer")
    result = decompose(values, [outer, inner], weights, permutations=4999)

    def placed(order):
        moved = pd.Series(values[list(order)].to_numpy(), codes)
        people = pd.Series(weights[list(order)].to_numpy(), codes)
        return slow_parts(moved, people, outer, inner, 1)

    everywhere = [placed(order)[0] for order in permutations(codes)]
    inside = [
        placed([*one, *two])[1] for one, two in product(permutations("abcd"), permutations("ef"))
    ]
    for tier, drawn in (("outer", everywhere), ("inner", inside)):
        exact = np.mean(np.array(drawn) >= result.parts["value"][tier] - 1e-12)
        assert result.parts["p"][tier] == pytest.approx(exact, abs=0.025), tier


def test_p_does_not_depend_on_rows_or_batches_and_has_a_stream_per_tier(monkeypatch):
    rng = np.random.default_rng(0)
    values = pd.Series(rng.random(8) + 1, index=CODES)
    one = decompose(values, [OUTER, INNER], permutations=199, seed=4).parts["p"]
    other = decompose(values[::-1], [OUTER, INNER], permutations=199, seed=4).parts["p"]
    assert one.to_dict() == pytest.approx(other.to_dict(), nan_ok=True)
    alone = decompose(values, [OUTER], permutations=199, seed=4).parts["p"]
    assert alone["outer"] == one["outer"]
    monkeypatch.setattr(swaps, "BATCH", 8 * 30)
    batched = decompose(values, [OUTER, INNER], permutations=199, seed=4).parts["p"]
    assert batched.to_dict() == pytest.approx(one.to_dict(), nan_ok=True)


def test_without_noise_the_true_shares_are_the_published_ones():
    y = pd.Series(np.arange(1.0, 9), index=CODES)
    for name in ("theil", "mld", "variance"):
        parts = decompose(y, [OUTER, INNER], index=name, se=y * 0).parts
        for column in ("corrected", "lower", "upper"):
            assert parts[column].to_list() == pytest.approx(parts["share"].to_list(), abs=1e-12)
        unknown = decompose(y, [OUTER, INNER], index=name).parts
        assert unknown[["corrected", "lower", "upper"]].isna().all(axis=None)


def test_drawn_shares_agree_with_the_exact_formula_of_the_variance():
    rng = np.random.default_rng(5)
    codes = pd.Index([f"c{i:02}" for i in range(60)])
    group = pd.Series(np.arange(60) // 10, index=codes, name="g")
    values = pd.Series(rng.normal(0, 3, 6)[group] + rng.normal(50, 2, 60), index=codes)
    se = pd.Series(rng.random(60) * 2, index=codes)
    exact = decompose(values, [group], index="variance", se=se).parts
    pieces, equal = cut_pieces([group], codes), np.full(60, 1 / 60)
    drawn = scored_shares(
        lambda given: parts_of(given, equal, pieces, VARIANCE), values.to_numpy(), se.to_numpy()
    )
    columns = ["corrected", "lower", "upper"]
    assert np.array(drawn) == pytest.approx(exact[columns].to_numpy(), abs=0.02)
    assert (exact["upper"] - exact["lower"]).min() > 0.1


def simulate_parts(index, noise, replicates):
    """Return how often the intervals of 8 groups of 12 hold the true shares, and the mean error."""
    rng = np.random.default_rng(7)
    codes = [f"c{i:02}" for i in range(96)]
    group = pd.Series(np.arange(96) // 12, index=codes, name="g")
    truth = pd.Series(rng.normal(0, 8, 8)[group] + rng.normal(100, 12, 96), index=codes)
    se = pd.Series(0.5 + rng.random(96), index=codes)
    se *= noise * truth.std(ddof=0) / np.sqrt((se**2).mean())
    true = decompose(truth, [group], index=index).parts["share"]
    hits, errors = [], []
    for _ in range(replicates):
        noisy = truth + rng.normal(0, se)
        found = decompose(noisy, [group], index=index, se=se).parts
        hits.append((found["lower"] <= true) & (true <= found["upper"]))
        errors.append(found["corrected"] - true)
    return np.mean(hits), np.abs(np.mean(errors, axis=0)).max()


@pytest.mark.parametrize("index", ["theil", "variance"])
def test_intervals_of_shares_cover_in_a_small_simulation(index):
    covered, off = simulate_parts(index, 2 / 3, 60)
    assert 0.89 < covered <= 0.99
    assert off < 0.02


@pytest.mark.long
@pytest.mark.parametrize("noise", [1 / 3, 2 / 3])
@pytest.mark.parametrize("index", ["theil", "mld", "variance"])
def test_intervals_of_shares_cover_what_they_claim(index, noise):
    covered, off = simulate_parts(index, noise, 2000)
    assert 0.93 <= covered <= 0.97
    assert off < 0.01
