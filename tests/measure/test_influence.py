"""Influence: the same as computing everything again without the area."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps import cartogram, parent_shares, read_metric, sample_path
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.measure.decomposition import decompose
from spatial_gaps.measure.inequality import atkinson, gini, weighted_cv
from spatial_gaps.measure.influence import influence
from spatial_gaps.measure.masking import masking

CODES = list("abcdefghij")
OUTER = pd.Series(list("nnnnssssss"), CODES, name="outer")
# f straddles two groups of s, j stands alone in its own.
PAIRS = [*zip("abcdefghi", ["n1", "n1", "n2", "n2", "s1", "s1", "s1", "s2", "s2"], strict=True)]
INNER = pd.Series(1.0, pd.MultiIndex.from_tuples([*PAIRS, ("f", "s2"), ("j", "s3")]), name="inner")
INNER[("f", "s1")], INNER[("f", "s2")] = 0.4, 0.6
FIGURES = st.lists(st.floats(1, 1000), min_size=10, max_size=10)
INDICES = [{"index": "theil"}, {"index": "mld"}, {"index": "variance"}, {"index": "ge", "order": 3}]


@pytest.mark.parametrize("options", INDICES, ids=lambda options: options["index"])
@given(values=FIGURES, weights=FIGURES)
@settings(max_examples=2, deadline=None)
def test_it_is_the_difference_to_all_the_others(options, values, weights):
    y, w = pd.Series(values, CODES), pd.Series(weights, CODES)
    found = influence(y, [OUTER, INNER], w, **options)
    whole = decompose(y, [OUTER, INNER], w, **options)
    scale = max(whole.total, 1e-3)
    for code in CODES:
        left = decompose(y.drop(code), [OUTER, INNER], w, **options)
        row = found.loc[code]
        assert row["without"] == pytest.approx(left.total, abs=1e-10 * scale)
        assert row["influence"] == pytest.approx(whole.total - left.total, abs=1e-10 * scale)
        if min(whole.total, left.total) > 1e-3:
            for number, tier in enumerate(("outer", "inner"), start=1):
                hidden = (each.parts["share"].iloc[number:].sum() for each in (whole, left))
                assert row[f"hidden_{tier}"] == pytest.approx(next(hidden) - next(hidden), abs=1e-7)


def test_with_standard_errors_it_is_the_difference_of_corrected_masking():
    rng = np.random.default_rng(8)
    y, w = pd.Series(rng.normal(0, 5, 10), CODES), pd.Series(rng.random(10) + 0.5, CODES)
    se = pd.Series(rng.random(10), CODES)
    found = influence(y, [OUTER, INNER], w, se, index="variance")
    whole = masking(y, [OUTER, INNER], w, se)["hidden_share"]
    for code in CODES:
        left = masking(y.drop(code), [OUTER, INNER], w, se)["hidden_share"]
        for tier in ("outer", "inner"):
            expected = whole[tier] - left[tier]
            # Both are maxima of a likelihood, found to some digits.
            assert found.loc[code, f"hidden_{tier}"] == pytest.approx(expected, abs=1e-5)
    # v_T by its formula: sum n_i (1 - n_i) se_i^2.
    n, m = w / w.sum(), w.drop("a") / w.drop("a").sum()
    noise = [(p * (1 - p) * se[p.index] ** 2).sum() for p in (n, m)]
    raw = influence(y, weights=w, index="variance").loc["a"]
    assert found.loc["a", "without"] == pytest.approx(raw["without"] - noise[1])
    assert found.loc["a", "influence"] == pytest.approx(raw["influence"] - noise[0] + noise[1])


def test_an_index_that_does_not_split_is_computed_anew():
    rng = np.random.default_rng(9)
    y, w = pd.Series(rng.random(10) + 1, CODES), pd.Series(rng.random(10) + 0.5, CODES)
    for name, function in (("gini", gini), ("weighted_cv", weighted_cv), ("atkinson_1", atkinson)):
        found = influence(y, weights=w, index=name)
        for code in CODES:
            left = function(y.drop(code), w.drop(code))
            assert found.loc[code].to_list() == pytest.approx([left, function(y, w) - left])


def test_missing_figures_stay_missing_and_rows_keep_their_order():
    y = pd.Series([1.0, np.nan, 4.0, 2.0, 9.0], index=list("zaybx"))
    found = influence(y)
    assert list(found.index) == list("zaybx")
    assert found.loc["a"].isna().all()
    assert found["influence"].idxmax() == "x"
    # The others are 1, 4 and 2: their Theil by hand.
    x = np.array([1, 4, 2]) / (7 / 3)
    assert found.loc["x", "without"] == pytest.approx((x * np.log(x)).mean())


def test_nothing_is_left_when_the_others_are_alike():
    y = pd.Series([0.3, 0.1 * 3, 0.3, 9.0], index=list("abcd"))
    side = pd.Series(list("nnss"), index=list("abcd"), name="side")
    for options in INDICES:
        found = influence(y, [side], **options)
        assert found.loc["d", "without"] == 0
        assert np.isnan(found.loc["d", "hidden_side"])
        assert found["influence"].idxmax() == "d"


def test_what_cannot_be_done_is_said():
    y = pd.Series(np.arange(10.0), CODES)
    with pytest.raises(InputError, match="gini does not split into tiers"):
        influence(y, [OUTER], index="gini")
    with pytest.raises(InputError, match="theil has no exact noise correction"):
        influence(y, se=y, index="theil")
    with pytest.raises(InputError, match="no index 'thiel'"):
        influence(y, index="thiel")
    with pytest.raises(StatisticUndefined, match="mld needs positive values: a 0"):
        influence(y, index="mld")
    with pytest.raises(StatisticUndefined, match="atkinson_1 needs positive values: a 0"):
        influence(y, index="atkinson_1")
    with pytest.raises(StatisticUndefined, match="only 2 values"):
        influence(y[:2])
    with pytest.raises(JoinError, match="j"):
        influence(y, [OUTER.drop("j")])


def test_leaving_out_one_authority_moves_weekly_pay_as_it_should():
    pay = read_metric(sample_path("gross-median-weekly-pay")).at(2021, "lad")["value"]
    people = (
        read_metric(sample_path("population-total")).at(2021)["value"].reindex(cartogram().index)
    )
    tiers = [parent_shares(people.index, tier, 2023).rename(tier) for tier in ("itl1", "itl3")]
    pay = pay.reindex(people.index)
    found = influence(pay, tiers, people)
    top = found["influence"].idxmax()
    assert top == "E09000032"  # Wandsworth
    left = decompose(pay.drop(top), tiers, people)
    assert found.loc[top, "without"] == pytest.approx(left.total, rel=1e-10)
    hidden = decompose(pay, tiers, people).parts["share"] - left.parts["share"]
    assert found.loc[top, "hidden_itl3"] == pytest.approx(hidden["within"], abs=1e-10)
    assert found["without"].isna().equals(pay.isna())
