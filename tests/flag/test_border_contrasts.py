"""Cheek by jowl: counts by hand, p by full enumeration, the null by simulation."""

from __future__ import annotations

import time
import tracemalloc
from itertools import pairwise
from itertools import permutations as orders

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.flag.border_contrasts import border_contrasts
from spatial_gaps.flag.hidden_small_areas import hidden_small_areas
from spatial_gaps.flag.inside import inside_authorities

# A row of ten, a to e in the west and f to j in the east; a fifth are two.
CODES = list("abcdefghij")
RATE = pd.Series([0.9, 0.1, 0.5, 0.4, 0.8, 0.0, 0.3, 0.5, 0.4, 0.3], index=CODES)
SIDE = pd.Series(["west"] * 5 + ["east"] * 5, index=CODES, name="side")


def graph_of(pairs, both=True) -> pd.Series:
    pairs = list(pairs)
    links = [*pairs, *(pair[::-1] for pair in pairs)] if both else pairs
    return pd.Series(1.0, index=pd.MultiIndex.from_tuples(links, names=["focal", "neighbor"]))


ROW = graph_of(pairwise(CODES))


def lattice(side: int, town: int) -> tuple[pd.Series, pd.Series]:
    """A square of small areas, towns being smaller squares: their graph, and the towns."""
    code = np.array([f"a{i:05d}" for i in range(side * side)]).reshape(side, side)
    pairs = [*zip(code[:, :-1].ravel(), code[:, 1:].ravel(), strict=True)]
    pairs += [*zip(code[:-1].ravel(), code[1:].ravel(), strict=True)]
    y, x = np.indices((side, side)) // town
    return graph_of(pairs), pd.Series((y * side + x).ravel().astype(str), index=code.ravel())


def test_counts_pairs_and_expectations_by_hand():
    found = border_contrasts(RATE, SIDE, ROW, higher_is="worse", permutations=0)
    # Most: a .9, e .8; least: f 0, b .1. Neighbours: a b in the west, e f across the border.
    assert found.count == 2
    assert found.neighbours == 9
    table = found.pairs
    assert table[["most", "least"]].to_numpy().tolist() == [["a", "b"], ["e", "f"]]
    assert table["difference"].tolist() == pytest.approx([0.8, 0.8])
    assert table["crosses"].tolist() == [False, True]
    assert table[["parent_most", "parent_least"]].to_numpy().tolist()[1] == ["west", "east"]
    west, east = (found.authorities.loc[side] for side in ("west", "east"))
    assert west[["n", "most", "least", "neighbours", "count", "across"]].tolist() == [
        5,
        2,
        1,
        4,
        1,
        1,
    ]
    assert east[["n", "most", "least", "neighbours", "count", "across"]].tolist() == [
        5,
        0,
        1,
        4,
        0,
        1,
    ]
    # Inside: 4 pairs, 2 x 2 x 1 / (5 x 4) each; across: 1 pair, (2 x 1 + 1 x 0) / 25.
    assert west["expected"] == pytest.approx(0.8)
    assert west["ratio"] == pytest.approx(1.25)
    assert east["expected"] == 0
    assert np.isnan(east[["ratio", "p", "p_adjusted"]].astype(float)).all()
    assert found.expected == pytest.approx(0.8 + 0.08)
    assert str(found) == (
        "In 2 of 9 pairs of neighbouring small areas one is among the most and the other among the "
        "least deprived; 0.9 would be had each authority's small areas been placed at random inside it."
    )


def test_p_is_that_of_all_arrangements_inside_the_authorities():
    found = border_contrasts(RATE, SIDE, ROW, higher_is="worse", permutations=9999, seed=1)
    label = {"a": 1, "e": 1, "b": 2, "f": 2}
    ends = [label.get(code, 0) for code in CODES]
    west = set(orders(ends[:5]))
    east = set(orders(ends[5:]))
    inside, total = [], []
    for one in west:
        own = sum(one[i] * one[i + 1] == 2 for i in range(4))
        inside.append(own)
        for other in east:
            total.append(own + (one[-1] * other[0] == 2))
    assert np.mean(inside) == pytest.approx(found.authorities.loc["west", "expected"])
    assert np.mean(total) == pytest.approx(found.expected)

    def exact(values, observed):
        values = np.array(values)
        return min(1, 2 * min((values >= observed).mean(), (values <= observed).mean()))

    assert found.authorities.loc["west", "p"] == pytest.approx(exact(inside, 1), abs=0.02)
    assert found.p == pytest.approx(exact(total, 2), abs=0.02)
    assert found.authorities.loc["west", "p_adjusted"] == found.authorities.loc["west", "p"]


def test_the_smallest_p_is_two_in_the_draws_plus_one():
    graph, town = lattice(16, 16)
    x = pd.Series(np.tile(np.arange(16.0), 16), index=town.index)
    found = border_contrasts(x, town, graph, higher_is="worse", permutations=199)
    assert found.count == 0
    assert found.p == pytest.approx(2 / 200)


def test_where_the_null_holds_p_rejects_no_more_than_it_says():
    graph, town = lattice(8, 8)
    rng = np.random.default_rng(5)
    p = [
        border_contrasts(
            pd.Series(rng.permutation(np.arange(64.0)), index=town.index),
            town, graph, higher_is="worse", permutations=199, seed=at,
        ).p
        for at in range(300)
    ]  # fmt: skip
    # Counts are whole numbers and ties are in both tails, so the test is a little cautious.
    assert 0.005 <= np.mean(np.array(p) <= 0.05) <= 0.075


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), missing=st.integers(0, 5))
def test_counts_are_those_of_the_plain_loops_whatever_the_order(seed, missing):
    graph, town = lattice(8, 4)
    rng = np.random.default_rng(seed)
    rate = pd.Series(rng.integers(0, 30, 64), index=town.index).astype(float)
    rate[rng.choice(rate.index, missing, replace=False)] = np.nan
    found = border_contrasts(rate, town, graph, higher_is="worse", permutations=99)
    known = rate.dropna()
    most = known >= known.sort_values().iloc[-int(0.2 * len(known))]
    least = known <= known.sort_values().iloc[int(0.2 * len(known)) - 1]
    wanted = {
        (one, other)
        for one, other in graph.index
        if one in known and other in known and most[one] and least[other]
    }
    assert set(zip(found.pairs["most"], found.pairs["least"], strict=True)) == wanted
    assert found.count == len(wanted)
    inside = sum(town[one] == town[other] for one, other in wanted)
    assert found.authorities["count"].sum() == inside
    assert found.authorities["across"].sum() == 2 * (found.count - inside)
    mixed = rng.permutation(rate.index)
    again = border_contrasts(
        -3 * rate[mixed], town[rng.permutation(town.index)], graph.sample(frac=1, random_state=seed),
        higher_is="better", permutations=99, workers=2,
    )  # fmt: skip
    assert (again.count, again.expected, again.p) == (found.count, found.expected, found.p)
    pd.testing.assert_frame_equal(again.authorities, found.authorities)
    assert again.pairs["most"].tolist() == found.pairs["most"].tolist()
    told = found.authorities["p"].dropna()
    assert told.between(0, 1, inclusive="right").all()


def test_one_way_links_count_once_and_islands_are_named():
    graph = graph_of(pairwise(CODES[:-1]), both=False)
    graph = pd.concat([graph, pd.Series({("j", "j"): 0.0})])
    found = border_contrasts(RATE, SIDE, graph, higher_is="worse", permutations=0)
    assert (found.count, found.neighbours, found.n, found.islands) == (2, 8, 9, ("j",))
    assert found.authorities.loc["east", "n"] == 4


def test_a_libpysal_graph_and_w_give_the_same():
    graph = pytest.importorskip("libpysal").graph.Graph(ROW.rename("weight"))
    series = border_contrasts(RATE, SIDE, ROW, higher_is="worse")
    for given_graph in (graph, graph.to_W()):
        found = border_contrasts(RATE, SIDE, given_graph, higher_is="worse")
        assert (found.count, found.p) == (series.count, series.p)


def test_what_cannot_be_is_refused():
    with pytest.raises(StatisticUndefined, match="among the most and among the least"):
        border_contrasts(RATE * 0, SIDE, ROW, higher_is="worse")
    with pytest.raises(JoinError, match="not of the same areas"):
        border_contrasts(RATE, SIDE, ROW.drop("a", level=0).drop("a", level=1), higher_is="worse")
    with pytest.raises(InputError, match="most has to lie between"):
        border_contrasts(RATE, SIDE, ROW, higher_is="worse", most=1)
    with pytest.raises(InputError, match="never guessed"):
        border_contrasts(RATE, SIDE, ROW, higher_is=None)
    with pytest.raises(InputError, match="permutations"):
        border_contrasts(RATE, SIDE, ROW, higher_is="worse", permutations=-1)


@pytest.mark.slow
def test_35_000_small_areas_take_under_10_seconds_and_1_gb():
    graph, town = lattice(188, 12)
    rng = np.random.default_rng(0)
    rate = pd.Series(rng.gamma(2, 0.05, len(town)).round(3), index=town.index)
    people = pd.Series(rng.integers(900, 3000, len(town)), index=town.index)
    tracemalloc.start()
    start = time.perf_counter()
    border_contrasts(rate, town, graph, higher_is="worse")
    hidden_small_areas(rate, town, higher_is="worse", weights=people)
    inside_authorities(rate, town, higher_is="worse", weights=people)
    took, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert took < 10
    assert peak < 1e9
