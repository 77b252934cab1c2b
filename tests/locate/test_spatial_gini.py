"""The spatial Gini: parts that add up, a share of the right total, islands and missing areas."""

from __future__ import annotations

import tracemalloc

import libpysal
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError, StatisticUndefined, WeightsError
from spatial_gaps.locate.spatial_gini import spatial_gini
from spatial_gaps.measure.inequality import gini


def adjacency(pairs, codes=()):
    """Return links both ways, and areas without any as libpysal writes them."""
    rows = dict.fromkeys(pairs, 1.0) | {(b, a): 1.0 for a, b in pairs}
    linked = {code for pair in pairs for code in pair}
    rows |= {(code, code): 0.0 for code in codes if code not in linked}
    index = pd.MultiIndex.from_tuples(list(rows), names=["focal", "neighbor"])
    return pd.Series(list(rows.values()), index=index, name="weight")


def by_pairs(values, linked, weights):
    """Return the neighbours' and the other part as the double sum says."""
    share, near, far = weights / weights.sum(), 0.0, 0.0
    mean = sum(share[c] * values[c] for c in values.index)
    for a in values.index:
        for b in values.index:
            part = share[a] * share[b] * abs(values[a] - values[b]) / (2 * mean)
            near, far = (near + part, far) if (a, b) in linked else (near, far + part)
    return near, far


@given(
    st.lists(st.tuples(st.floats(0, 1e3), st.floats(0.1, 50)), min_size=3, max_size=9),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=15),
)
@settings(max_examples=80, deadline=None)
def test_parts_equal_the_double_sum_and_add_up(areas, pairs):
    codes = [f"c{i}" for i in range(len(areas))]
    values = pd.Series([y for y, _ in areas], index=codes)
    weights = pd.Series([w for _, w in areas], index=codes)
    if values.max() < 1e-6:
        values += 1
    pairs = {(codes[a], codes[b]) for a, b in pairs if a != b and max(a, b) < len(codes)}
    graph = adjacency(pairs, codes)
    found = spatial_gini(values, graph, weights[::-1])
    near, far = by_pairs(values, pairs | {(b, a) for a, b in pairs}, weights)
    assert found.neighbours == pytest.approx(near, rel=1e-9, abs=1e-12)
    assert found.others == pytest.approx(far, rel=1e-9, abs=1e-9)
    assert found.neighbours + found.others == pytest.approx(found.gini, rel=1e-15)
    assert found.gini == gini(values.sort_index(), weights.sort_index())
    if not found.status:
        assert 0 <= found.share <= 1
        assert found.share == pytest.approx(far / (near + far), abs=1e-7)


def test_the_share_is_of_the_gini_and_not_of_everything():
    """Mexico 1940 by Hanson's regions: pysal/inequality divides by 2 n^2 mu and says .294."""
    table = pd.read_csv(libpysal.examples.get_path("mexico.csv")).set_index("State")
    region = table["hanson98"]
    links = [(a, b) for a in region.index for b in region.index if a < b and region[a] == region[b]]
    found = spatial_gini(table["pcgdp1940"], adjacency(links, region.index), permutations=99)
    assert found.gini == pytest.approx(0.35372371173452849, rel=1e-12)
    assert found.others == pytest.approx(0.2940179879590452, rel=1e-12)
    assert found.share == pytest.approx(0.831, abs=0.0005)
    assert found.share > found.expected
    assert str(found).startswith(
        "83.1% of the Gini coefficient of 0.354 over 32 areas lies between"
    )


def test_by_hand_with_people():
    # Mean (2 x 1 + 1 x 4) / 3 = 2; one pair, 2 x (2/3)(1/3) 3 / 4 = 1/3, and it is a link.
    values = pd.Series([1.0, 4.0], index=["a", "b"])
    found = spatial_gini(values, adjacency([("a", "b")]), pd.Series([1.0, 2.0], index=["b", "a"]))
    assert (found.gini, found.neighbours) == pytest.approx((1 / 3, 1 / 3))
    assert (found.share, found.expected) == pytest.approx((0, 0), abs=1e-12)


def test_expected_is_the_mean_over_all_placements():
    """All 120 placements of five areas with their people, one by one."""
    from itertools import permutations

    codes = list("abcde")
    y, w = np.array([1.0, 2.0, 4.0, 8.0, 9.0]), np.array([5.0, 1.0, 2.0, 3.0, 4.0])
    graph = adjacency([("a", "b"), ("b", "c"), ("c", "d")], codes)
    shares = []
    for order in permutations(range(5)):
        values, people = (pd.Series(x[list(order)], index=codes) for x in (y, w))
        shares.append(spatial_gini(values, graph, people).share)
    found = spatial_gini(pd.Series(y, index=codes), graph, pd.Series(w, index=codes))
    assert found.expected == pytest.approx(np.mean(shares), rel=1e-12)
    assert found.expected == pytest.approx(1 - 6 / 20)


def test_p_is_that_of_all_placements_and_the_same_for_any_workers():
    from itertools import permutations

    codes = [f"c{i}" for i in range(7)]
    y = np.array([1.0, 2.0, 2.5, 4.0, 8.0, 9.0, 12.0])
    graph = adjacency([(codes[i], codes[i + 1]) for i in range(6)])
    near = np.array([np.abs(np.diff(y[list(order)])).sum() for order in permutations(range(7))])
    seen = np.abs(np.diff(y)).sum()
    tail = min((near >= seen - 1e-9).mean(), (near <= seen + 1e-9).mean())
    values = pd.Series(y, index=codes)
    found = spatial_gini(values, graph, permutations=4000, seed=1)
    assert found.p == pytest.approx(2 * tail, abs=0.01)
    assert found.p <= 0.01
    two = spatial_gini(
        values.sample(frac=1, random_state=3), graph, permutations=4000, seed=1, workers=2
    )
    assert two == found
    every = adjacency([(a, b) for a in codes for b in codes if a < b])
    assert spatial_gini(values, every, permutations=99).p == 1
    scattered = pd.Series(y[[3, 5, 0, 4, 6, 1, 2]], index=codes)
    assert spatial_gini(scattered, graph, permutations=999).p > 0.05


def test_islands_stay_or_leave_and_missing_areas_leave():
    codes = list("abcd")
    values = pd.Series([1.0, 3.0, np.nan, 8.0], index=codes)
    graph = adjacency([("a", "b"), ("b", "c"), ("c", "d")])
    kept = spatial_gini(values, graph)
    assert (kept.n, kept.islands, kept.policy) == (3, ("d",), "keep")
    assert kept.gini == gini(values)
    left = spatial_gini(values, graph, policy="drop")
    assert (left.n, left.gini, left.share) == (2, 0.25, 0)
    with pytest.raises(InputError, match="islands policy of the spatial Gini"):
        spatial_gini(values, graph, policy="adjust")


def test_weights_of_links_and_repeats_do_not_count():
    values = pd.Series([1.0, 3.0, 8.0], index=list("abc"))
    graph = adjacency([("a", "b"), ("b", "c")])
    plain = spatial_gini(values, graph, permutations=9)
    assert spatial_gini(values, graph * 0.3, permutations=9) == plain
    assert spatial_gini(values, pd.concat([graph, graph]), permutations=9) == plain
    one_way = graph[[pair != ("b", "a") for pair in graph.index]]
    assert spatial_gini(values, one_way).neighbours == pytest.approx(
        plain.neighbours - 2 / 9 / (2 * 4)
    )


def test_undefined_is_said():
    values = pd.Series([2.0, 2.0, 2.0], index=list("abc"))
    graph = adjacency([("a", "b")], values.index)
    found = spatial_gini(values, graph, permutations=9)
    assert (found.gini, found.status) == (0, "constant: all areas have the same figure")
    assert np.isnan([found.share, found.expected, found.p]).all()
    assert "cannot be split" in str(found)
    with pytest.raises(StatisticUndefined, match="b -1"):
        spatial_gini(pd.Series([1.0, -1.0, 2.0], index=list("abc")), graph)
    with pytest.raises(WeightsError, match="c 0"):
        spatial_gini(pd.Series([1.0, 1.0, 2.0], index=list("abc")), graph, values.replace(2.0, 0.0))
    with pytest.raises(JoinError, match="not of the same areas"):
        spatial_gini(values[:2], graph)


def test_memory_grows_with_links_and_not_with_pairs():
    """35 672 small areas in a ring: a table of all pairs would take 10 GB."""
    n = 35_672
    codes = pd.Index([f"c{i:05d}" for i in range(n)])
    ring = np.roll(codes, -1)
    index = pd.MultiIndex.from_arrays([codes.append(pd.Index(ring)), pd.Index(ring).append(codes)])
    graph = pd.Series(1.0, index=index)
    values = pd.Series(np.arange(n) + 1.0, index=codes)
    tracemalloc.start()
    found = spatial_gini(values, graph)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
    # n - 1 steps of 1 and one back of n - 1, each way: 4 (n - 1) / (2 n^2 mu) with mu = (n + 1) / 2.
    assert found.neighbours == pytest.approx(4 * (n - 1) / (n**2 * (n + 1)), rel=1e-9)
