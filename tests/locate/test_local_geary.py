"""Local Geary: moments and p by full enumeration, one variable and several, and its labels."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps.errors import InputError
from spatial_gaps.locate.local_geary import local_geary

CODES = list("abcdefghi")
# Rook neighbours on a 3 by 3 grid, row by row.
AROUND = [[j for j in range(9) if abs(i // 3 - j // 3) + abs(i % 3 - j % 3) == 1] for i in range(9)]
VALUES = np.array([3.0, 1, 4, 1.5, 9, 2.6, 5, 3.5, 8])
OTHERS = np.array([2.0, 7, 1, 8, 2.8, 1.8, 2.5, 9, 0.4])


def graph(weights: list[list[float]] | None = None) -> pd.Series:
    pairs = [(CODES[i], CODES[j]) for i in range(9) for j in AROUND[i]]
    flat = np.concatenate(weights) if weights else np.ones(len(pairs))
    return pd.Series(flat, index=pd.MultiIndex.from_tuples(pairs, names=["focal", "neighbor"]))


def run(values, links=None, **options) -> pd.DataFrame:
    options = {"permutations": 999, "correction": "none"} | options
    frame = values if isinstance(values, pd.DataFrame) else pd.Series(values, index=CODES)
    return local_geary(frame, graph() if links is None else links, **options)


def standardised(*variables: np.ndarray) -> np.ndarray:
    return np.column_stack([(y - y.mean()) / y.std(ddof=1) for y in variables])


def table(**variables: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(variables, index=CODES)


def two_sided(drawn: np.ndarray, observed: float) -> float:
    tails = (drawn >= observed - 1e-9).mean(), (drawn <= observed + 1e-9).mean()
    return min(1.0, 2 * min(tails))


@pytest.mark.parametrize("variables", [1, 2])
def test_figures_moments_and_p_equal_all_choices_of_neighbours(variables):
    values = VALUES if variables == 1 else table(one=VALUES, two=OTHERS)
    z = standardised(*[VALUES, OTHERS][:variables])
    found = run(values, permutations=40_000)
    for i in range(9):
        apart = [np.mean((z[i] - z[j]) ** 2) for j in range(9) if j != i]
        drawn = np.array([np.mean(pick) for pick in combinations(apart, len(AROUND[i]))])
        row = found.iloc[i]
        observed = np.mean([(z[i] - z[j]) ** 2 for j in AROUND[i]])
        assert row["C"] == pytest.approx(observed, rel=1e-12)
        assert row["expected"] == pytest.approx(drawn.mean(), rel=1e-12)
        assert row["variance"] == pytest.approx(drawn.var(), rel=1e-9)
        assert row["z"] == pytest.approx((observed - drawn.mean()) / drawn.std(), rel=1e-9)
        assert row["p"] == pytest.approx(two_sided(drawn, observed), abs=0.02)


@pytest.mark.parametrize("variables", [1, 2])
def test_uneven_weights_equal_all_orders_of_neighbours(variables):
    rng = np.random.default_rng(8)
    weights = [list(rng.uniform(0.5, 3, len(others))) for others in AROUND]
    values = VALUES if variables == 1 else table(one=VALUES, two=OTHERS)
    z = standardised(*[VALUES, OTHERS][:variables])
    found = run(values, graph(weights), permutations=20_000)
    for i in range(9):
        w = np.array(weights[i]) / np.sum(weights[i])
        apart = [np.mean((z[i] - z[j]) ** 2) for j in range(9) if j != i]
        drawn = np.array([pick @ w for pick in map(np.array, permutations(apart, len(w)))])
        row = found.iloc[i]
        observed = np.array([np.mean((z[i] - z[j]) ** 2) for j in AROUND[i]]) @ w
        assert row["C"] == pytest.approx(observed, rel=1e-12)
        assert row["expected"] == pytest.approx(drawn.mean(), rel=1e-12)
        assert row["variance"] == pytest.approx(drawn.var(), rel=1e-9)
        assert row["p"] == pytest.approx(two_sided(drawn, observed), abs=0.025)


@pytest.mark.parametrize("cells", [1, 5000])
def test_how_much_is_compared_at_a_time_changes_nothing(monkeypatch, cells):
    whole = run(table(one=VALUES, two=OTHERS))
    monkeypatch.setattr("spatial_gaps.locate.local_geary.CELLS", cells)
    pd.testing.assert_frame_equal(whole, run(table(one=VALUES, two=OTHERS)))


def test_uneven_weights_count_like_even_ones_when_they_are_even(monkeypatch):
    even = run(VALUES)
    monkeypatch.setattr("spatial_gaps.locate.weights.Links.has_even_rows", lambda links: False)
    pd.testing.assert_frame_equal(even, run(VALUES))


def test_several_variables_are_the_mean_of_each():
    one, two = run(VALUES), run(OTHERS)
    both = run(table(one=VALUES, two=OTHERS))
    for column in ("C", "expected"):
        np.testing.assert_allclose(both[column], (one[column] + two[column]) / 2, rtol=1e-12)
    alone = run(table(one=VALUES))
    pd.testing.assert_frame_equal(alone.drop(columns="cluster"), one.drop(columns="cluster"))


def test_an_area_that_lacks_one_of_two_figures_is_missing():
    values = table(one=VALUES, two=OTHERS)
    values.loc["e", "two"] = np.nan
    found = run(values)
    assert found.loc["e", "cluster"] == "undefined"
    inside = graph()[["e" not in pair for pair in graph().index]]
    pd.testing.assert_frame_equal(found.drop("e"), run(values.drop("e"), inside))
    values["two"] = 1.0
    assert (run(values)["cluster"] == "undefined").all()


def test_labels_are_where_they_were_put():
    """Four pieces of a line: high, low, in turns high and low, and close to the mean throughout."""
    rng = np.random.default_rng(3)
    pieces = [np.full(30, 9.0), np.full(30, -9.0), np.tile([9.0, -9.0], 15), np.zeros(30)]
    y = np.concatenate(pieces) + rng.normal(0, 0.05, 120)
    codes = [f"c{i:03d}" for i in range(120)]
    near = [
        (i, j) for i in range(120) for j in range(120) if 0 < abs(i - j) <= 3 and i // 30 == j // 30
    ]
    links = pd.Series(1.0, index=pd.MultiIndex.from_tuples([(codes[i], codes[j]) for i, j in near]))
    found = local_geary(pd.Series(y, index=codes), links, correction="none")["cluster"]
    assert set(found[:30]) <= {"high-high", "not significant"}
    assert (found[:30] == "high-high").sum() > 20
    assert (found[30:60] == "low-low").sum() > 20
    assert not found[60:90].isin(["high-high", "low-low"]).any()
    assert "other positive" in set(found[90:])
    # Two variables: the same pieces, and turns that no chance would make so different.
    both = pd.DataFrame({"one": y, "two": y + rng.normal(0, 0.05, 120)}, index=codes)
    labels = local_geary(both, links, correction="none")["cluster"]
    assert set(labels) <= {"positive", "negative", "not significant"}
    assert (labels[:60] == "positive").sum() > 40


def test_an_area_unlike_its_neighbours_is_negative():
    codes = [f"c{i:02d}" for i in range(49)]
    y = np.random.default_rng(1).normal(size=49)
    y[24] = 9
    pairs = [
        (codes[i], codes[j])
        for i in range(49)
        for j in range(49)
        if i != j and max(abs(i // 7 - j // 7), abs(i % 7 - j % 7)) == 1
    ]
    y[[16, 17, 18, 23, 25, 30, 31, 32]] = -1.5, -2, -1.8, -1.6, -2.1, -1.7, -1.9, -2.2
    links = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    found = local_geary(pd.Series(y, index=codes), links)
    assert found["cluster"]["c24"] == "negative"
    assert found["z"]["c24"] > 0


def test_no_z_where_nothing_can_vary():
    """All other figures are equal, or every other area is a neighbour."""
    same = run(np.where(np.arange(9) == 4, 0.3, 0.1))
    assert np.isnan(same.loc["e", "z"])
    assert same.loc["e", "p"] == 1
    pairs = [(a, b) for a in "abcd" for b in "abcd" if a != b]
    full = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    values = pd.Series([0.1, 0.7, 0.3, 0.9], index=list("abcd"))
    found = local_geary(values, full, permutations=999)
    assert found["z"].isna().all()
    assert (found["p"] == 1).all()


@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3), turned=st.booleans())
def test_scale_shift_and_sign_change_nothing_but_sides(scale, shift, turned):
    one = run(VALUES)
    other = run(VALUES * (-scale if turned else scale) + shift)
    figures = ["C", "expected", "variance", "z", "p"]
    pd.testing.assert_frame_equal(one[figures], other[figures], rtol=1e-7)


@given(values=st.lists(st.integers(0, 2), min_size=9, max_size=9))
def test_ties_count_on_both_sides(values):
    y = np.array(values, dtype=float)
    if len(set(values)) < 2:
        return
    found = run(y, permutations=1999)
    z = standardised(y)
    for i in range(9):
        apart = [float((z[i] - z[j])[0] ** 2) for j in range(9) if j != i]
        drawn = np.array([np.mean(pick) for pick in combinations(apart, len(AROUND[i]))])
        exact = two_sided(drawn, found["C"].iloc[i])
        assert found["p"].iloc[i] == pytest.approx(exact, abs=0.1)


def test_bad_tables_are_refused():
    with pytest.raises(InputError, match="no columns"):
        run(pd.DataFrame(index=CODES))
    with pytest.raises(InputError, match=r"values of two hold text.*a 'x'"):
        run(pd.DataFrame({"one": VALUES, "two": ["x", *"12345678"]}, index=CODES))
    with pytest.raises(InputError, match="Series"):
        local_geary(VALUES, graph())


def test_esda_differs_by_its_standard_deviation_only():
    esda = pytest.importorskip("esda")
    libpysal = pytest.importorskip("libpysal.graph")
    links = libpysal.Graph(graph().rename("weight"))
    theirs = esda.Geary_Local(connectivity=links, permutations=0).fit(VALUES).localG
    np.testing.assert_allclose(run(VALUES)["C"], np.asarray(theirs) * 8 / 9, rtol=1e-12)
