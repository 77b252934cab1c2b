"""Local join counts: exact tails by full enumeration, and what is no flag."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps.errors import InputError
from spatial_gaps.locate.local_join_counts import _hypergeometric, local_join_counts

CODES = list("abcdefghi")
# Rook neighbours on a 3 by 3 grid, row by row.
AROUND = [[j for j in range(9) if abs(i // 3 - j // 3) + abs(i % 3 - j % 3) == 1] for i in range(9)]
PAIRS = pd.MultiIndex.from_tuples([(CODES[i], CODES[j]) for i in range(9) for j in AROUND[i]])
GRAPH = pd.Series(1.0, index=PAIRS.set_names(["focal", "neighbor"]))


@given(flags=st.lists(st.booleans(), min_size=9, max_size=9))
def test_moments_and_tails_equal_all_choices_of_neighbours(flags):
    found = local_join_counts(pd.Series(flags, index=CODES), GRAPH, correction="none")
    if len(set(flags)) == 1:
        assert (found["cluster"] == "undefined").all()
        return
    for i, row in enumerate(found.itertuples()):
        if not flags[i]:
            assert (row.cluster, row.joins) == ("not in the class", 0)
            assert np.isnan([row.p, row.p_two_sided, row.p_adjusted, row.z, row.expected]).all()
            continue
        others = [flags[j] for j in range(9) if j != i]
        drawn = np.array([sum(pick) for pick in combinations(others, len(AROUND[i]))])
        joins = sum(flags[j] for j in AROUND[i])
        upper, lower = (drawn >= joins).mean(), (drawn <= joins).mean()
        assert row.joins == joins
        assert row.expected == pytest.approx(drawn.mean(), abs=1e-12)
        assert row.variance == pytest.approx(drawn.var(), abs=1e-12)
        assert row.p == pytest.approx(upper, rel=1e-12)
        assert row.p_two_sided == pytest.approx(min(1, 2 * min(upper, lower)), rel=1e-12)
        assert row.cluster == ("join" if upper <= 0.05 else "not significant")


@pytest.mark.parametrize(
    ("others", "marked", "drawn"),
    [
        (8, 3, 4),
        (8, 6, 4),
        (360, 72, 11),
        (35_671, 7134, 14),
        (35_671, 3, 2000),
        (50, 49, 50),
        (9, 0, 3),
    ],
)
def test_chances_equal_exact_fractions(others, marked, drawn):
    from fractions import Fraction
    from math import comb

    least, chances = _hypergeometric(others, marked, drawn)
    whole = comb(others, drawn)
    exact = [
        float(Fraction(comb(marked, x) * comb(others - marked, drawn - x), whole))
        for x in range(least, min(marked, drawn) + 1)
    ]
    assert least == max(0, drawn + marked - others)
    np.testing.assert_allclose(chances, exact, rtol=1e-11)


def test_a_cluster_is_found_and_stands_after_correction():
    side = 12
    codes = [f"c{i:03d}" for i in range(side**2)]
    places = [divmod(i, side) for i in range(side**2)]
    pairs = [
        (codes[i], codes[j])
        for i, (a, b) in enumerate(places)
        for j, (c, d) in enumerate(places)
        if i != j and max(abs(a - c), abs(b - d)) == 1
    ]
    block = np.array([a < 4 and b < 4 for a, b in places])
    apart = np.array([a % 4 == 2 and b > 5 and b % 3 == 0 for a, b in places])
    graph = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    found = local_join_counts(pd.Series(block | apart, index=codes), graph)
    assert (found["cluster"][block] == "join").sum() >= 14
    assert (found["cluster"][apart] == "not significant").all()
    assert (found["p_adjusted"] >= found["p"])[block | apart].all()


def test_flags_may_be_numbers_or_lack_some():
    flags = [True, True, False, True, False, False, True, False, True]
    one = local_join_counts(pd.Series(flags, index=CODES), GRAPH)
    for dtype in (int, float, "boolean", object):
        other = local_join_counts(pd.Series(flags, index=CODES).astype(dtype), GRAPH)
        pd.testing.assert_frame_equal(one, other)
    some = pd.Series(flags, index=CODES).astype("boolean")
    some["e"] = pd.NA
    found = local_join_counts(some, GRAPH)
    inside = GRAPH[["e" not in pair for pair in PAIRS]]
    assert found.loc["e", "cluster"] == "undefined"
    pd.testing.assert_frame_equal(found.drop("e"), local_join_counts(some.drop("e"), inside))


def test_what_is_no_flag_is_refused_by_name():
    with pytest.raises(InputError, match=r"true or false: c, e\. Compare"):
        local_join_counts(pd.Series([0, 1, 2, 0, 0.5, 1, 1, 0, 0], index=CODES), GRAPH)
    with pytest.raises(InputError, match="text"):
        local_join_counts(pd.Series(["yes", *"01010101"], index=CODES), GRAPH)


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_esda_counts_the_same_joins():
    esda = pytest.importorskip("esda")
    libpysal = pytest.importorskip("libpysal.graph")
    flags = np.array([1, 1, 0, 1, 0, 0, 1, 0, 1])
    links = libpysal.Graph(GRAPH.rename("weight"))
    theirs = esda.Join_Counts_Local(connectivity=links, permutations=0).fit(flags).LJC
    found = local_join_counts(pd.Series(flags, index=CODES), GRAPH)["joins"]
    np.testing.assert_array_equal(found, np.asarray(theirs))
