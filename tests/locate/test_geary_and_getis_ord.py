"""Geary's C and Getis-Ord G: their formulas, all arrangements one by one, and what they refuse."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.locate.geary import geary
from spatial_gaps.locate.getis_ord import getis_ord

CODES = list("abcdef")
# One way, both ways and uneven weights: formulas for symmetric ones only would show.
LINKS = {
    ("a", "b"): 1.0, ("b", "a"): 2.0, ("b", "c"): 0.5, ("c", "b"): 0.5, ("c", "d"): 1.0,
    ("d", "a"): 3.0, ("d", "e"): 1.0, ("e", "d"): 1.0, ("e", "f"): 0.25, ("f", "e"): 4.0,
}  # fmt: skip
GRAPH = pd.Series(LINKS)


def weights(transform: str) -> dict:
    """Return the links as a transform makes them, in plain Python."""
    if transform == "given":
        return LINKS
    if transform == "binary":
        return dict.fromkeys(LINKS, 1.0)
    sums = {code: sum(w for (focal, _), w in LINKS.items() if focal == code) for code in CODES}
    return {pair: w / sums[pair[0]] for pair, w in LINKS.items()}


def slow_c(y: dict, links: dict) -> float:
    mean = sum(y.values()) / len(y)
    gaps = sum(w * (y[a] - y[b]) ** 2 for (a, b), w in links.items())
    return (
        (len(y) - 1) * gaps / (2 * sum(links.values()) * sum((v - mean) ** 2 for v in y.values()))
    )


def slow_g(y: dict, links: dict) -> float:
    near = sum(w * y[a] * y[b] for (a, b), w in links.items())
    return near / sum(y[a] * y[b] for a in y for b in y if a != b)


@pytest.mark.parametrize("transform", ["row", "binary", "given"])
@pytest.mark.parametrize(
    ("measure", "slow", "name"), [(geary, slow_c, "C"), (getis_ord, slow_g, "G")]
)
def test_moments_and_p_are_those_of_all_720_arrangements(measure, slow, name, transform):
    y = [1.0, 3.0, 2.0, 8.0, 5.0, 13.0]
    links = weights(transform)
    seen = np.array(
        [slow(dict(zip(CODES, order, strict=True)), links) for order in permutations(y)]
    )
    found = measure(pd.Series(y, index=CODES), GRAPH, permutations=20_000, transform=transform)
    assert getattr(found, name) == pytest.approx(seen[0], rel=1e-12)
    assert found.expected == pytest.approx(seen.mean(), rel=1e-12)
    assert found.variance == pytest.approx(seen.var(), rel=1e-10)
    assert found.z == pytest.approx((seen[0] - seen.mean()) / seen.std(), rel=1e-10)
    tails = (seen >= seen[0] - 1e-12).mean(), (seen <= seen[0] + 1e-12).mean()
    assert found.p == pytest.approx(min(1, 2 * min(tails)), abs=0.015)


@given(
    st.lists(st.integers(0, 50), min_size=6, max_size=6),
    st.sampled_from([(geary, slow_c, "C"), (getis_ord, slow_g, "G")]),
)
@settings(max_examples=60, deadline=None)
def test_both_equal_plain_loops(y, which):
    measure, slow, name = which
    if len(set(y)) == 1 or sum(figure > 0 for figure in y) < 2:
        return
    values = pd.Series(y, index=CODES)
    for transform in ("row", "binary", "given"):
        found = measure(values, GRAPH, permutations=9, transform=transform)
        expected = slow(dict(zip(CODES, y, strict=True)), weights(transform))
        assert getattr(found, name) == pytest.approx(expected, rel=1e-10, abs=1e-12)
        assert 0 < found.p <= 1


def test_variance_under_normality_is_that_of_normal_figures():
    """C of 40 000 fields of normal noise: its variance lies within four standard errors."""
    rng = np.random.default_rng(5)
    y = rng.standard_normal((6, 40_000))
    links = weights("binary")
    place = {code: i for i, code in enumerate(CODES)}
    gaps = sum((y[place[a]] - y[place[b]]) ** 2 for a, b in links)
    drawn = 5 * gaps / (2 * len(links) * ((y - y.mean(axis=0)) ** 2).sum(axis=0))
    error = drawn.var() * (((drawn - drawn.mean()) ** 4).mean() / drawn.var() ** 2 - 1) ** 0.5 / 200
    found = geary(pd.Series(np.arange(6.0), index=CODES), GRAPH, permutations=0, transform="binary")
    assert found.variance_normality == pytest.approx(drawn.var(), abs=4 * error)


def test_alike_neighbours_give_a_low_c_and_a_negative_z():
    row = pd.MultiIndex.from_tuples(list(pairwise(CODES)))
    graph = pd.Series(1.0, index=row.append(row.swaplevel()))
    found = geary(pd.Series([1.0, 2, 3, 7, 8, 9], index=CODES), graph)
    assert found.C < 1 == found.expected
    assert found.z < 0
    assert found.p < 0.05
    # Rows sum to 1 + 1 + 8.5 + 8.5 + 1 + 1 = 21, and C = 5 x 21 / (2 x 6 x 58).
    assert found.C == pytest.approx(105 / 696, rel=1e-12)
    assert str(found).startswith("Geary's C 0.151 (1 expected by chance")
    apart = geary(pd.Series([1.0, 9, 2, 8, 1, 9], index=CODES), graph)
    assert apart.C > 1
    assert apart.z > 0


def exact_g(y: list, links: dict) -> tuple[Fraction, Fraction]:
    """Return G and its variance as Getis and Ord write it, 6 S0^2 in B1, without rounding."""
    n, places = len(y), {code: i for i, code in enumerate(CODES)}
    w = [[Fraction(0)] * n for _ in y]
    for (a, b), weight in links.items():
        w[places[a]][places[b]] = Fraction(weight)
    every = range(n)
    s0 = sum(map(sum, w))
    s1 = sum((w[i][j] + w[j][i]) ** 2 for i in every for j in every) / 2
    s2 = sum((sum(w[i]) + sum(row[i] for row in w)) ** 2 for i in every)
    m1, m2, m3, m4 = (sum(Fraction(v) ** k for v in y) for k in (1, 2, 3, 4))
    b0 = (n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2
    b1 = -((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    b2 = -(2 * n * s1 - (n + 3) * s2 + 6 * s0**2)
    b3 = 4 * (n - 1) * s1 - 2 * (n + 1) * s2 + 8 * s0**2
    b4 = s1 - s2 + s0**2
    top = b0 * m2**2 + b1 * m4 + b2 * m1**2 * m2 + b3 * m1 * m3 + b4 * m1**4
    below = (m1**2 - m2) ** 2 * n * (n - 1) * (n - 2) * (n - 3)
    near = sum(w[i][j] * Fraction(y[i]) * Fraction(y[j]) for i in every for j in every)
    return near / (m1**2 - m2), top / below - (s0 / (n * (n - 1))) ** 2


@pytest.mark.parametrize("level", [0, 1000, 10**6, 10**9])
@pytest.mark.parametrize("transform", ["binary", "given"])
def test_variance_of_g_is_the_corrected_one_however_large_the_mean(level, transform):
    y = [level + figure for figure in (1, 3, 2, 8, 5, 13)]
    g, variance = exact_g(y, weights(transform))
    values = pd.Series(y, index=CODES, dtype=float)
    found = getis_ord(values, GRAPH, permutations=999, transform=transform)
    assert found.G == pytest.approx(float(g), rel=1e-12)
    assert found.variance == pytest.approx(float(variance), rel=1e-9)
    expected = Fraction(found.expected)
    if transform == "binary":
        expected = Fraction(len(LINKS), 30)
    assert found.z == pytest.approx(float(g - expected) / float(variance) ** 0.5, rel=1e-6)
    # Were a large mean to drown what differs between draws, all would be ties.
    assert found.p < 1


@given(st.lists(st.floats(0.1, 100), min_size=6, max_size=6, unique=True), st.floats(0.01, 1000))
@settings(max_examples=40, deadline=None)
def test_g_does_not_depend_on_the_unit(y, scale):
    values = pd.Series(y, index=CODES)
    if values.std() < 1e-3:
        return
    one, two = (getis_ord(each, GRAPH, permutations=0) for each in (values, values * scale))
    assert two.G == pytest.approx(one.G, rel=1e-9)
    assert two.variance == pytest.approx(one.variance, rel=1e-6)
    assert two.z == pytest.approx(one.z, rel=1e-6, abs=1e-6)


def test_g_refuses_what_has_no_zero_point_by_name():
    values = pd.Series([1.0, -3.0, 2.0, -0.5, 5.0, 13.0], index=CODES)
    with pytest.raises(StatisticUndefined, match=r"negative figures: b -3, d -0\.5\. Use moran"):
        getis_ord(values, GRAPH)
    with pytest.raises(StatisticUndefined, match="all but one are zero: a, b, c, d, f"):
        getis_ord(pd.Series([0.0, 0, 0, 0, 5, 0], index=CODES), GRAPH)
    with pytest.raises(StatisticUndefined, match="two areas with a figure above zero"):
        getis_ord(pd.Series(0.0, index=CODES), GRAPH)
    with pytest.raises(InputError, match="islands policy of Getis-Ord G"):
        getis_ord(values.abs(), GRAPH, policy="adjust")


def test_areas_that_leave_are_not_looked_at():
    island = pd.concat([GRAPH, pd.Series({("z", "z"): 0.0})])
    values = pd.Series([1.0, 3.0, 2.0, 8.0, 5.0, 13.0, -4.0], index=[*CODES, "z"])
    assert getis_ord(values, island).G == getis_ord(values[:6], GRAPH).G
    with pytest.raises(StatisticUndefined, match="z -4"):
        getis_ord(values, island, policy="keep")


def test_high_together_is_positive_and_low_together_negative():
    row = pd.MultiIndex.from_tuples(list(pairwise(CODES)))
    graph = pd.Series(1.0, index=row.append(row.swaplevel()))
    assert getis_ord(pd.Series([1.0, 1, 1, 1, 9, 9], index=CODES), graph).z > 0
    found = getis_ord(pd.Series([9.0, 1, 9, 1, 1, 9], index=CODES), graph)
    assert found.z < 0
    assert "expected 0.3333 by chance, p " in str(found)
