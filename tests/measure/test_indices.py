"""Indices: hand values, domains, properties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError, StatisticUndefined, WeightsError
from spatial_gaps.measure import inequality as index
from spatial_gaps.measure.gaps import gap, gap_by, gap_indices

RELATIVE = {
    "gini": index.gini, "theil": index.theil, "mld": index.mld, "hoover": index.hoover,
    "weighted_cv": index.weighted_cv, "share_ratio": index.share_ratio,
    "atkinson": lambda y, w=None: index.atkinson(y, w, epsilon=2),
    "entropy_2": lambda y, w=None: index.generalised_entropy(y, w, order=2),
}  # fmt: skip
positive = st.lists(st.tuples(st.floats(1, 1e4), st.floats(0.1, 1e3)), min_size=3, max_size=30).map(
    lambda pairs: (np.array([y for y, _ in pairs]), np.array([w for _, w in pairs]))
)


def test_share_ratio_splits_the_area_on_the_edge():
    # 10 people: the top fifth are 2 of the 3 at 9; the bottom fifth 1 at 1 and 1 of the 6 at 3.
    assert index.share_ratio([1.0, 3.0, 9.0], [1.0, 6.0, 3.0]) == pytest.approx(9 / 2)


@pytest.mark.parametrize("name", RELATIVE)
@given(drawn=positive, scale=st.floats(0.01, 100))
@settings(max_examples=40, deadline=None)
def test_scale_replication_and_order_change_nothing(name, drawn, scale):
    y, w = drawn
    value = RELATIVE[name](y, w)
    assert RELATIVE[name](y * scale, w * 3) == pytest.approx(value, rel=1e-6, abs=1e-9)
    assert RELATIVE[name](np.tile(y, 2), np.tile(w, 2)) == pytest.approx(value, rel=1e-6, abs=1e-9)
    assert RELATIVE[name](y[::-1], w[::-1]) == pytest.approx(value, rel=1e-6, abs=1e-9)
    assert value >= -1e-9


@pytest.mark.parametrize("name", [name for name in RELATIVE if name != "share_ratio"])
@given(drawn=positive, part=st.floats(0.05, 0.45))
@settings(max_examples=40, deadline=None)
def test_a_transfer_from_rich_to_poor_never_raises_it(name, drawn, part):
    y, _ = drawn
    moved = y.copy()
    rich, poor = y.argmax(), y.argmin()
    amount = part * (y[rich] - y[poor])
    moved[rich] -= amount
    moved[poor] += amount
    assert RELATIVE[name](moved) <= RELATIVE[name](y) + 1e-9


@given(drawn=positive)
@settings(max_examples=40, deadline=None)
def test_bounds(drawn):
    y, w = drawn
    assert 0 <= index.gini(y, w) + 1e-12 < 1
    assert index.theil(y, w) <= np.log(w.sum() / w.min()) + 1e-9
    assert 0 <= index.hoover(y, w) + 1e-12 < 1


def test_t05_domains_are_refused_with_the_areas_named():
    y = pd.Series([1.0, 0.0, 2.0], index=["a", "b", "c"])
    assert index.theil(y) > 0
    for refuse in (index.mld, index.atkinson, index.share_ratio):
        with pytest.raises(StatisticUndefined, match="b 0"):
            refuse(y)
    with pytest.raises(StatisticUndefined, match="zero or more: b -1"):
        index.gini(pd.Series([1.0, -1.0, 2.0], index=["a", "b", "c"]))
    with pytest.raises(StatisticUndefined, match="mean is zero"):
        index.weighted_cv([-1.0, 1.0])
    with pytest.raises(InputError, match="epsilon"):
        index.atkinson([1.0, 2.0], epsilon=0)


def test_weights_are_checked_and_aligned_by_code():
    y = pd.Series([1.0, 2.0, 3.0], index=["a", "b", "c"])
    w = pd.Series([1.0, 5.0, 2.0], index=["c", "a", "b"])
    assert index.gini(y, w) == pytest.approx(index.gini(y, w.reindex(["a", "b", "c"])))
    for bad in (0.0, -1.0, np.nan):
        with pytest.raises(WeightsError, match="a "):
            index.gini(y, w.where(w != 5, bad))
    with pytest.raises(JoinError, match="c"):
        index.gini(y, w.drop("c"))
    with pytest.raises(InputError, match="no area codes"):
        index.gini(y, w.to_numpy())


def test_missing_values_leave_and_their_weight_with_them():
    y = pd.Series([1.0, np.nan, 3.0], index=["a", "b", "c"])
    w = pd.Series([1.0, np.nan, 1.0], index=["a", "b", "c"])
    assert index.gini(y, w) == 0.25


def test_gap_is_positive_in_both_directions():
    better = gap([1.0, 2.0, 3.0, 4.0, 5.0], higher_is="better")
    worse = gap([1.0, 2.0, 3.0, 4.0, 5.0], higher_is="worse")
    assert (better.top, better.bottom, better.difference, better.ratio) == (5, 1, 4, 5)
    assert (worse.top, worse.bottom, worse.difference) == (1, 5, 4)
    assert (better.best, worse.best) == ("4", "0")
    with pytest.raises(InputError, match="never guessed"):
        gap([1.0, 2.0], higher_is=None)


def test_gap_by_names_the_ends_of_each_region():
    codes = ["a", "b", "c", "d"]
    table = gap_by(
        pd.Series([1.0, 2.0, 5.0, 9.0], index=codes),
        pd.Series(["n", "n", "s", "s"], index=codes),
        higher_is="worse",
    )
    assert list(table.index) == ["s", "n"]
    assert table.loc["s", ["best", "worst", "range"]].tolist() == ["c", "d", 4.0]


def test_t06_gap_indices_say_why_one_does_not_apply():
    table = gap_indices([1.0, 0.0, -2.0, 9.0])
    assert np.isnan(table.loc["gini", "value"])
    assert "1 values are negative" in table.loc["gini", "note"]
    assert "2 values are zero or negative" in table.loc["mld", "note"]
    scores = gap_indices([7.1, 7.4, 7.9], scale="interval")
    refused = scores[scores["value"].isna()]
    assert {"share_ratio", "gini", "theil", "weighted_cv", "hoover", "idis"} <= set(refused.index)
    assert refused["note"].str.startswith("undefined: ").all()
    assert refused.loc[["gini", "idis", "max_min_ratio"], "note"].str.contains("no true zero").all()
    assert scores.loc["mdm", "value"] == pytest.approx(26 / 90)  # mean 224/30


def test_gap_indices_equal_the_single_functions():
    y, w = [3.0, 5.0, 9.0, 4.0], [1.0, 2.0, 3.0, 4.0]
    table = gap_indices(y, w)["value"]
    for name, single in {"gini": index.gini, "theil": index.theil, "mld": index.mld,
                         "hoover": index.hoover, "weighted_cv": index.weighted_cv,
                         "share_ratio": index.share_ratio}.items():  # fmt: skip
        assert table[name] == pytest.approx(single(y, w), rel=1e-12)
    assert table["mean"] == pytest.approx(np.average(y, weights=w))


def test_masked_entries_are_missing_and_tables_are_refused():
    masked = np.ma.array([1.0, 3.0, 300.0], mask=[0, 0, 1])
    assert index.gini(masked) == 0.25
    with pytest.raises(InputError, match="2 dimensions"):
        index.gini(np.ones((2, 2)))
