"""Local heteroscedasticity: against plain loops, all placements, and esda."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps.errors import InputError
from spatial_gaps.locate.losh import local_heteroscedasticity

CODES = list("abcdefghi")
# Rook neighbours on a 3 by 3 grid, row by row.
AROUND = [[j for j in range(9) if abs(i // 3 - j // 3) + abs(i % 3 - j % 3) == 1] for i in range(9)]
VALUES = np.array([3.0, 1, 4, 1.5, 9, 2.6, 5, 3.5, 8])


def graph(around=AROUND, weights=None) -> pd.Series:
    pairs = [(CODES[i], CODES[j]) for i, others in enumerate(around) for j in others]
    flat = np.ones(len(pairs)) if weights is None else np.concatenate(weights)
    return pd.Series(flat, index=pd.MultiIndex.from_tuples(pairs, names=["focal", "neighbor"]))


def run(values=VALUES, links=None, **options) -> pd.DataFrame:
    options = {"permutations": 999, "correction": "none"} | options
    series = pd.Series(values, index=CODES[: len(values)])
    return local_heteroscedasticity(series, graph() if links is None else links, **options)


def slow(y, around, weights, a):
    """Ord and Getis (2012), area by area."""
    n = len(y)
    means = [
        sum(w * y[k] for w, k in zip(weights[j], around[j], strict=True)) / sum(weights[j])
        for j in range(n)
    ]
    powers = [abs(y[j] - means[j]) ** a for j in range(n)]
    mean = sum(powers) / n
    found, variance = [], []
    for i in range(n):
        w = weights[i]
        total = sum(w)
        lag = sum(each * powers[j] for each, j in zip(w, around[i], strict=True))
        found.append(lag / (mean * total))
        spread = sum(power**2 for power in powers) / n - mean**2
        room = n * sum(each**2 for each in w) - total**2
        variance.append(spread * room / ((n - 1) * (mean * total) ** 2))
    return np.array(found), np.array(variance)


@pytest.mark.parametrize("a", [2, 1, 0.5, np.int64(3)])
@pytest.mark.parametrize("even", [True, False])
def test_figures_equal_plain_loops(a, even):
    rng = np.random.default_rng(4)
    weights = [[1.0] * len(o) if even else list(rng.uniform(0.5, 3, len(o))) for o in AROUND]
    found = run(links=graph(weights=weights), a=a)
    index, variance = slow(VALUES, AROUND, weights, a)
    np.testing.assert_allclose(found["H"], index, rtol=1e-12)
    np.testing.assert_allclose(found["variance"], variance, rtol=1e-9)
    assert (found["expected"] == 1).all()
    assert found["p_chi2"].notna().all() == (a == 2)


@pytest.mark.parametrize("a", [2, 1])
def test_p_equals_all_placements(a):
    """Seven areas, two of them with one neighbour only, in all 5 040 orders."""
    around = [[1], [0, 2, 3], [1, 3], [1, 2, 4, 5], [3, 5], [3, 4, 6], [5]]
    weights = [[1.0] * len(others) for others in around]
    y = np.array([1.0, 5, 2, 7, 3, 3.5, 11])
    lag = np.zeros((7, 7))
    for i, others in enumerate(around):
        lag[i, others] = 1 / len(others)
    orders = y[np.array(list(permutations(range(7))))].T
    powers = np.abs(orders - lag @ orders) ** a
    drawn = lag @ powers / powers.mean(axis=0)
    found = run(y, graph(around), a=a, permutations=30_000)
    observed, _ = slow(y, around, weights, a)
    for i in range(7):
        tails = (drawn[i] >= observed[i] - 1e-9).mean(), (drawn[i] <= observed[i] + 1e-9).mean()
        assert found["p"].iloc[i] == pytest.approx(min(1, 2 * min(tails)), abs=0.02)


def test_esda_has_the_same_figures_and_the_upper_tail():
    losh = pytest.importorskip("esda.losh")
    libpysal = pytest.importorskip("libpysal.graph")
    links = libpysal.Graph(graph().rename("weight")).transform("r")
    theirs = losh.LOSH(connectivity=links, inference="chi-square").fit(VALUES)
    found = run()
    np.testing.assert_allclose(found["H"], theirs.Hi, rtol=1e-12)
    np.testing.assert_allclose(found["variance"], theirs.VarHi, rtol=1e-9)
    both = 2 * np.minimum(theirs.pval, 1 - theirs.pval)
    np.testing.assert_allclose(found["p_chi2"], np.minimum(1, both), rtol=1e-9)


def test_rough_and_smooth_parts_are_found():
    side = 14
    codes = [f"c{i:03d}" for i in range(side**2)]
    places = [divmod(i, side) for i in range(side**2)]
    pairs = [
        (codes[i], codes[j])
        for i, (a, b) in enumerate(places)
        for j, (c, d) in enumerate(places)
        if i != j and max(abs(a - c), abs(b - d)) == 1
    ]
    rough = np.array([a < 5 and b < 5 for a, b in places])
    y = np.random.default_rng(6).normal(0, np.where(rough, 6, 1))
    links = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    found = local_heteroscedasticity(pd.Series(y, index=codes), links)
    inner = np.array([a < 4 and b < 4 for a, b in places])
    # An area whose neighbours' neighbours reach into the rough part is on its edge.
    outer = np.array([a > 6 or b > 6 for a, b in places])
    assert (found["cluster"][inner] == "heterogeneous").any()
    assert found["H"][inner].min() > 1
    assert (found["H"][outer] < 1).all()
    assert not (found["cluster"][outer] == "heterogeneous").any()


def test_pieces_that_are_each_constant_have_no_residuals():
    values = [0.1] * 3 + [0.7] * 3 + [0.3] * 3
    rows = [[j for j in range(9) if j != i and j // 3 == i // 3] for i in range(9)]
    found = run(values, graph(rows))
    assert (found["cluster"] == "undefined").all()


def test_draws_without_residuals_count_on_both_sides():
    """Three pairs of 0, 0, 1, 1, 5, 5, of whose placements one in 15 leaves no residual: 0 / 0.

    H of the third pair is 0: so it is in 2 of 15 placements, and one has none, p 2 * 3/15. H of the
    first is 1.5: more in 20 of 45, none in 3, less in 22, p min(1, 2 * 23/45).
    """
    pairs = graph([[1], [0], [3], [2], [5], [4]])
    p = run([0.0, 1, 0, 1, 5, 5], pairs, permutations=30_000)["p"]
    assert p["f"] == pytest.approx(6 / 15, abs=0.02)
    assert p["a"] == pytest.approx(1, abs=0.02)


def test_links_of_one_way_are_followed_until_all_have_a_mean():
    """h looks at nobody, i only at h, g only at i, f at g too: g, h and i have no local mean."""
    around = [[1, 2], [0, 2], [1, 3], [0, 2], [3, 5], [4, 0, 6], [8], [], [7]]
    links = pd.concat([graph(around), pd.Series({("h", "h"): 0.0})])
    found = run(VALUES, links)
    assert list(found["cluster"][-3:]) == ["no neighbours"] * 3
    rest = run(VALUES[:6], graph([*around[:5], [4, 0]]))
    pd.testing.assert_frame_equal(found[:6], rest)


@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3))
def test_scale_and_shift_change_nothing(scale, shift):
    pd.testing.assert_frame_equal(run(), run(VALUES * scale + shift), rtol=1e-7)


@pytest.mark.parametrize("a", [0, -1, float("inf"), float("nan"), "2"])
def test_the_power_has_to_be_positive(a):
    with pytest.raises(InputError, match="power of the residuals"):
        run(a=a)
