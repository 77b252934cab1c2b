"""Nested decomposition and masking: exactness, straddling areas, noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.measure.decomposition import decompose, masking
from spatial_gaps.measure.inequality import mld, theil

CODES = list("abcdefgh")
OUTER = pd.Series(list("nnnnssss"), index=CODES, name="outer")
INNER = pd.Series(["n1", "n1", "n2", "n2", "s1", "s1", "s1", "s2"], index=CODES, name="inner")
values_strategy = st.lists(st.floats(1, 1000), min_size=8, max_size=8)


@pytest.mark.parametrize("name", ["theil", "mld", "variance"])
@given(values=values_strategy, weights=values_strategy)
@settings(max_examples=40, deadline=None)
def test_parts_add_up_exactly_and_none_is_negative(name, values, weights):
    y, w = pd.Series(values, index=CODES), pd.Series(weights, index=CODES)
    result = decompose(y, [OUTER, INNER], w, index=name)
    assert result.parts["value"].sum() == pytest.approx(result.total, rel=1e-9, abs=1e-12)
    assert (result.parts["value"] >= 0).all()
    within = result.parts["value"][["inner", "within"]].sum()
    assert result.regions["within"].sum() == pytest.approx(within, rel=1e-6, abs=1e-10)
    assert (result.regions["within"] >= -1e-12).all()
    between = result.parts["value"]["outer"]
    assert result.regions["between"].sum() == pytest.approx(between, rel=1e-6, abs=1e-10)
    whole = {"theil": theil, "mld": mld}.get(name)
    if whole:
        assert result.total == pytest.approx(whole(y, w), rel=1e-9, abs=1e-12)


def test_one_group_has_no_between_and_singletons_no_within():
    y = pd.Series(np.arange(1.0, 9), index=CODES)
    one = decompose(y, [pd.Series("x", index=CODES, name="one")])
    assert one.parts["share"].tolist() == [0.0, 1.0]
    alone = decompose(y, [pd.Series(CODES, index=CODES, name="own")])
    assert alone.parts["share"].tolist() == [1.0, 0.0]


def test_a_straddling_area_counts_in_each_parent_by_its_share():
    y = pd.Series([2.0, 4.0, 6.0], index=list("abc"))
    pairs = pd.MultiIndex.from_tuples([("a", "n"), ("b", "n"), ("b", "s"), ("c", "s")])
    shares = pd.Series([1.0, 0.5, 0.5, 1.0], index=pairs, name="half")
    # Means 8/3 and 16/3 with half the weight each, overall mean 4: between = (4/3)^2.
    result = decompose(y, [shares], index="variance")
    assert result.parts["value"]["half"] == pytest.approx(16 / 9)
    assert result.total == pytest.approx(8 / 3)


def test_tiers_that_do_not_nest_are_refused_by_name():
    crossed = INNER.where(INNER.index != "e", "n1")
    with pytest.raises(JoinError, match="do not nest in 'outer': n1"):
        decompose(pd.Series(1.0, index=CODES), [OUTER, crossed])
    with pytest.raises(JoinError, match="h"):
        decompose(pd.Series(1.0, index=CODES), [OUTER.drop("h")])


def test_permutation_p_is_small_for_real_groups_and_spread_evenly_without():
    rng = np.random.default_rng(3)
    codes = [f"c{i}" for i in range(60)]
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


def test_masking_is_the_hand_value_and_takes_noise_out():
    y = pd.Series([1.0, 3.0, 5.0, 7.0], index=list("abcd"))
    side = pd.Series(list("nnss"), index=list("abcd"), name="side")
    # Total variance 5, between 4: a fifth is hidden.
    assert masking(y, [side]).loc["side", "hidden_share"] == pytest.approx(0.2)
    se = pd.Series(0.5, index=list("abcd"))
    # v_T = sum n(1-n) se^2 = 4 * .25 * .75 * .25; v_B = sum se^2 (n^2/N - n^2) = 4 * .25 * (.125 - .0625)
    expected = 1 - (4 - 0.0625) / (5 - 0.1875)
    row = masking(y, [side], se=se).loc["side"]
    assert row["hidden_share"] == pytest.approx(expected)
    assert row["raw_share"] == pytest.approx(0.2)


def test_masking_recovers_the_true_share_under_noise():
    rng = np.random.default_rng(11)
    codes = [f"c{i}" for i in range(400)]
    group = pd.Series(np.repeat(np.arange(20), 20), index=codes, name="g")
    truth = rng.normal(0, 1, 20)[group] + rng.normal(0, 1, 400) + 50
    true_share = masking(pd.Series(truth, index=codes), [group]).loc["g", "raw_share"]
    shares = []
    for _ in range(100):
        noisy = pd.Series(truth + rng.normal(0, 1.5, 400), index=codes)
        row = masking(noisy, [group], se=pd.Series(1.5, index=codes)).loc["g"]
        shares.append((row["hidden_share"], row["raw_share"]))
    corrected, raw = np.mean(shares, axis=0)
    assert corrected == pytest.approx(true_share, abs=0.02)
    assert raw > true_share + 0.05


def test_all_noise_is_not_assessable():
    y = pd.Series([1.0, 1.1, 0.9, 1.05], index=list("abcd"))
    side = pd.Series(list("nnss"), index=list("abcd"), name="side")
    assert np.isnan(
        masking(y, [side], se=pd.Series(5.0, index=list("abcd"))).loc["side", "hidden_share"]
    )


def test_one_series_instead_of_a_list_is_said_and_constants_have_no_shares():
    with pytest.raises(InputError, match="list of Series"):
        decompose(pd.Series(1.0, index=CODES), OUTER)
    flat = decompose(pd.Series([0.1 * 3] * 7 + [0.3], index=CODES), [OUTER])
    assert flat.total == 0
    assert flat.parts["share"].isna().all()
    assert masking(pd.Series(5.0, index=CODES), [OUTER]).isna().all(axis=None)
