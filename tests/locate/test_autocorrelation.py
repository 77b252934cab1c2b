"""Moran's I, global and local: the behaviour that other tools get wrong by default."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError, JoinError, SpatialGapsWarning
from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.clusters import LABELS, draws_needed, local_moran
from spatial_gaps.locate.permutation import conditional_counts, two_sided
from spatial_gaps.locate.weights import on_graph


def lattice(side: int, islands: int = 0) -> tuple[list[str], pd.Series]:
    """Rook neighbours on a square grid, plus areas without any."""
    codes = [f"c{i:03d}" for i in range(side * side + islands)]
    rows = []
    for i in range(side):
        for j in range(side):
            for di, dj in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                if 0 <= i + di < side and 0 <= j + dj < side:
                    rows.append((codes[i * side + j], codes[(i + di) * side + j + dj], 1.0))
    rows += [(code, code, 0.0) for code in codes[side * side :]]
    table = pd.DataFrame(rows, columns=["focal", "neighbor", "weight"])
    return codes, table.set_index(["focal", "neighbor"])["weight"]


def smooth(side: int, seed: int = 0) -> np.ndarray:
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    return (x + y + np.random.default_rng(seed).normal(0, 1, (side, side))).ravel()


def test_an_island_is_never_significant_and_leaves_the_statistic():
    codes, graph = lattice(6, islands=2)
    values = pd.Series([*smooth(6), 1e6, -1e6], index=codes)
    local = local_moran(values, graph)
    assert (local["cluster"][-2:] == "no neighbours").all()
    assert local["p"][-2:].isna().all()
    without = lattice(6)[1]
    assert moran(values, graph).I == pytest.approx(moran(values[:36], without).I, rel=1e-12)
    assert moran(values, graph).islands == ("c036", "c037")
    kept = moran(values, graph, policy="keep", permutations=0)
    assert (kept.n, kept.policy) == (38, "keep")


def test_a_missing_area_equals_the_run_without_it():
    codes, graph = lattice(6)
    values = pd.Series(smooth(6), index=codes)
    values["c007"] = np.nan
    rest = values.drop("c007")
    inside = graph[[pair.count("c007") == 0 for pair in graph.index]]
    local, other = local_moran(values, graph, seed=4), local_moran(rest, inside, seed=4)
    assert local.loc["c007", "cluster"] == "undefined"
    pd.testing.assert_frame_equal(local.drop("c007"), other)
    assert repr(moran(values, graph, seed=4)) == repr(moran(rest, inside, seed=4))


def test_neighbours_of_missing_areas_become_islands():
    codes, graph = lattice(3)
    values = pd.Series(np.arange(9.0), index=codes)
    values[["c001", "c003"]] = np.nan
    with pytest.warns(SpatialGapsWarning, match="too few"):
        local = local_moran(values, graph, permutations=99)
    assert local.loc["c000", "cluster"] == "no neighbours"


def test_mean_of_local_is_global():
    codes, graph = lattice(7, islands=1)
    values = pd.Series([*smooth(7), 3.0], index=codes)
    local = local_moran(values, graph)
    assert local["I"].mean() == pytest.approx(moran(values, graph, permutations=0).I, rel=1e-12)


def test_row_order_and_workers_change_nothing():
    codes, graph = lattice(6)
    values = pd.Series(smooth(6), index=codes)
    shuffled = values.sample(frac=1, random_state=2)
    mixed = graph.sample(frac=1, random_state=3)
    assert repr(moran(values, graph, seed=7)) == repr(moran(shuffled, mixed, seed=7, workers=4))
    one = local_moran(values, graph, seed=7)
    pd.testing.assert_frame_equal(
        one, local_moran(shuffled, mixed, seed=7, workers=3).reindex(codes)
    )
    assert not one["p"].equals(local_moran(values, graph, seed=8)["p"])


def test_shift_and_scale_change_nothing():
    codes, graph = lattice(6)
    values = pd.Series(smooth(6), index=codes)
    base, moved = local_moran(values, graph), local_moran(values * 8 + 64, graph)
    np.testing.assert_allclose(base["I"], moved["I"], rtol=1e-9)
    assert (base["cluster"] == moved["cluster"]).all()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.1 * 3] * 35 + [0.3], "constant"),
        ([np.nan] * 34 + [1.0, 2.0], "at least 3"),
    ],
)
def test_undefined_is_nan_with_a_reason(values, words):
    codes, graph = lattice(6)
    series = pd.Series(values, index=codes)
    result = moran(series, graph)
    assert words in result.status
    assert np.isnan([result.I, result.p]).all()
    local = local_moran(series, graph)
    assert local["p"].isna().all()
    assert set(local["cluster"]) <= {"undefined", "no neighbours"}
    assert "undefined" in str(result)


def test_graph_of_other_areas_is_refused_by_name():
    codes, graph = lattice(3)
    with pytest.raises(JoinError, match="zzz"):
        moran(pd.Series(np.arange(9.0), index=[*codes[:8], "zzz"]), graph)
    with pytest.raises(InputError, match="Series"):
        moran(np.arange(9.0), graph)
    with pytest.raises(InputError, match="policy"):
        moran(pd.Series(np.arange(9.0), index=codes), graph, policy="ignore")


def test_sampling_noise_is_taken_out_of_global_moran():
    codes, graph = lattice(20)
    rng = np.random.default_rng(1)
    truth = pd.Series(smooth(20), index=codes)
    goal = moran(truth, graph, permutations=0).I
    se = pd.Series(0.6 * truth.std(), index=codes)
    noisy = [truth + se * rng.standard_normal(400) for _ in range(30)]
    results = [moran(values, graph, permutations=0, se=se) for values in noisy]
    assert np.mean([result.I for result in results]) < 0.8 * goal
    assert np.mean([result.corrected for result in results]) == pytest.approx(goal, rel=0.03)
    drowned = moran(truth, graph, permutations=0, se=se * 3)
    assert np.isnan(drowned.corrected)


def test_draws_that_let_one_lone_area_survive():
    assert draws_needed(360, 0.05) == 14399


def test_conditional_p_equals_full_enumeration():
    """All ordered neighbour draws of a 3 by 3 grid, counted one by one."""
    from itertools import combinations

    codes, graph = lattice(3)
    values = pd.Series([3.0, 1, 4, 1.5, 9, 2.6, 5, 3.5, 8], index=codes)
    placed = on_graph(values, graph, "drop")
    z = placed.y - placed.y.mean()
    draws = 60_000
    greater, less = conditional_counts(z, placed.links, draws, seed=1)
    degree = placed.links.degree()
    lag = placed.links.matrix() @ z
    for i in range(9):
        others = np.delete(z, i)
        means = np.array([np.mean(pick) for pick in combinations(others, degree[i])])
        exact = np.array([(means >= lag[i] - 1e-9).mean(), (means <= lag[i] + 1e-9).mean()])
        assert np.array([greater[i], less[i]]) / draws == pytest.approx(exact, abs=0.01)


def test_uneven_weights_count_like_even_ones_when_they_are_even():
    codes, graph = lattice(5)
    values = pd.Series(smooth(5), index=codes)
    placed = on_graph(values, graph, "drop")
    z = placed.y - placed.y.mean()
    even = conditional_counts(z, placed.links, 500, 3)
    object.__setattr__(placed.links, "has_even_rows", lambda: False)
    np.testing.assert_array_equal(even, conditional_counts(z, placed.links, 500, 3))


def test_p_lies_in_zero_one_and_labels_are_known():
    codes, graph = lattice(8)
    local = local_moran(pd.Series(smooth(8), index=codes), graph)
    assert local["p"].between(0, 1, inclusive="right").all()
    assert (local["p_adjusted"] >= local["p"]).all()
    assert set(local["cluster"]) <= set(LABELS)
    assert (local["cluster"] == "high-high").any()
    assert (local["cluster"] == "low-low").any()
    assert two_sided(np.array([10]), np.array([10]), 10) == 1.0


@pytest.mark.slow
def test_type_one_error_is_five_in_a_hundred():
    codes, graph = lattice(10)
    rng = np.random.default_rng(12)
    ps, overall = [], []
    for seed in range(200):
        values = pd.Series(rng.standard_normal(100), index=codes)
        with pytest.warns(SpatialGapsWarning):
            ps.append(local_moran(values, graph, permutations=999, seed=seed)["p"])
        overall.append(moran(values, graph, permutations=999, seed=seed).p)
    flagged = (np.concatenate(ps) <= 0.05).mean()
    assert 0.04 < flagged < 0.06
    assert 0.02 < np.mean(np.array(overall) <= 0.05) < 0.09
    # Uniform: the largest distance of the empirical distribution from the diagonal.
    ordered = np.sort(overall)
    assert np.abs(ordered - np.arange(1, 201) / 200).max() < 0.12


def test_a_w_a_graph_and_an_adjacency_are_the_same():
    weights = pytest.importorskip("libpysal.weights")
    graphs = pytest.importorskip("libpysal.graph")
    codes, adjacency = lattice(5, islands=1)
    held = adjacency[adjacency != 0]
    pairs = held.groupby(level=0).apply(lambda rows: list(rows.index.get_level_values(1)))
    neighbours = {code: pairs.get(code, []) for code in codes}
    w = weights.W(neighbours, silence_warnings=True)
    values = pd.Series([*smooth(5), 1.0], index=codes)
    results = [moran(values, graph) for graph in (adjacency, graphs.Graph(adjacency), w)]
    assert results[0].islands == (codes[-1],)
    assert repr(results[0]) == repr(results[1]) == repr(results[2])
    with pytest.raises(InputError, match="libpysal Graph or W"):
        moran(values, neighbours)


def test_shuffling_within_components_keeps_what_sets_them_apart():
    codes, graph = lattice(6)
    other = {code: f"d{code[1:]}" for code in codes}
    twin = graph.rename(index=other)
    both = pd.concat([graph, twin])
    rng = np.random.default_rng(3)
    values = pd.Series(rng.standard_normal(72), [*codes, *other.values()])
    values[list(other.values())] += 50
    assert moran(values, both).p < 0.001
    assert moran(values, both, within_components=True).p > 0.05


def test_links_of_one_way_to_areas_that_are_left_out_leave_no_neighbours():
    """a links to b, b to nobody: b is alone, and so is a once b is gone."""
    pairs = [
        ("a", "b", 1.0),
        ("b", "b", 0.0),
        *((x, y, 1.0) for x in "cdef" for y in "cdef" if x != y),
    ]
    frame = pd.DataFrame(pairs, columns=["focal", "neighbor", "weight"])
    graph = frame.set_index(["focal", "neighbor"])["weight"]
    values = pd.Series([1.0, 2, 3, 4, 5, 7], index=list("abcdef"))
    assert local_moran(values, graph)["cluster"].tolist()[:2] == ["no neighbours"] * 2


def test_the_order_of_links_changes_no_bit_of_uneven_weights():
    codes, graph = lattice(5)
    rng = np.random.default_rng(1)
    uneven = graph * rng.uniform(0.1, 3, len(graph))
    values = pd.Series(smooth(5), index=codes)
    mixed = uneven.sample(frac=1, random_state=3)
    assert repr(moran(values, uneven)) == repr(moran(values, mixed))
    one, two = (local_moran(values, some, permutations=999) for some in (uneven, mixed))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
