"""What every local statistic does alike: islands, missing areas, order, seeds, labels and p."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError, SpatialGapsWarning
from spatial_gaps.locate import clusters, hotspots, local_geary, local_join_counts, losh


def grid(side: int, islands: int = 0, ids: str = "text") -> tuple[list, pd.Series]:
    """Rook neighbours on a square grid, plus areas without any; ids sort as their numbers do."""
    codes = [f"c{i:03d}" if ids == "text" else 7 * i for i in range(side * side + islands)]
    pairs = [
        (codes[i], codes[j])
        for i, j in itertools.product(range(side * side), repeat=2)
        if abs(i // side - j // side) + abs(i % side - j % side) == 1
    ]
    alone = [(code, code) for code in codes[side * side :]]
    index = pd.MultiIndex.from_tuples(pairs + alone, names=["focal", "neighbor"])
    return codes, pd.Series([1.0] * len(pairs) + [0.0] * islands, index=index)


def draw(codes: list, seed: int = 0) -> pd.Series:
    """Positive noise with a slope, so that something is significant."""
    rng = np.random.default_rng(seed)
    return pd.Series(rng.gamma(5, 1, len(codes)) + 0.2 * np.arange(len(codes)), index=codes)


def several(values: pd.Series) -> pd.DataFrame:
    """A second variable beside the first one, missing where that is."""
    return pd.DataFrame({"one": values, "two": (values * 7.3) % 3})


def flags(values: pd.Series) -> pd.Series:
    """The upper half, missing where values are."""
    return (values > values.median()).astype("boolean").mask(values.isna())


STATISTICS = {
    "moran": clusters.local_moran,
    "g": hotspots.local_g,
    "g star": lambda *given, **options: hotspots.local_g(*given, star=True, **options),
    "g row": lambda *given, **options: hotspots.local_g(*given, transform="row", **options),
    "geary": local_geary.local_geary,
    "geary of two": lambda values, graph, **options: local_geary.local_geary(
        several(values), graph, **options
    ),
    "join counts": lambda values, graph, **options: local_join_counts.local_join_counts(
        flags(values),
        graph,
        **{name: option for name, option in options.items() if name in ("alpha", "correction")},
    ),
    "losh": losh.local_heteroscedasticity,
}
DRAWN = [name for name in STATISTICS if name != "join counts"]
LABELS = {
    *clusters.LABELS,
    *hotspots.LABELS,
    *local_geary.LABELS,
    *local_join_counts.LABELS,
    *losh.LABELS,
}
every = pytest.mark.parametrize("name", STATISTICS)
drawn = pytest.mark.parametrize("name", DRAWN)


@every
def test_t01_an_island_has_a_class_of_its_own_and_changes_nothing(name):
    codes, graph = grid(5, islands=2)
    values = draw(codes)
    values.iloc[-2:] = [0.5, 1000.0]
    found = STATISTICS[name](values, graph, permutations=999)
    assert (found["cluster"][-2:] == "no neighbours").all()
    assert found["p"][-2:].isna().all()
    if name != "join counts":  # whose median, and with it the flags, would move
        rest = STATISTICS[name](values[:-2], grid(5)[1], permutations=999)
        pd.testing.assert_frame_equal(found[:-2], rest)


@every
def test_t03_a_missing_area_equals_the_run_without_it(name):
    codes, graph = grid(5)
    values = draw(codes)
    values["c007"] = np.nan
    inside = graph[["c007" not in pair for pair in graph.index]]
    found = STATISTICS[name](values, graph, permutations=999, seed=4)
    rest = STATISTICS[name](values.drop("c007"), inside, permutations=999, seed=4)
    assert found.loc["c007", "cluster"] == "undefined"
    assert np.isnan(found.loc["c007", "p"])
    pd.testing.assert_frame_equal(found.drop("c007"), rest)


@every
def test_neighbours_of_missing_areas_become_islands(name):
    codes, graph = grid(4)
    values = draw(codes)
    values[["c001", "c004"]] = np.nan
    found = STATISTICS[name](values, graph, permutations=999)
    assert found.loc["c000", "cluster"] == "no neighbours"


@every
def test_links_of_weight_zero_are_none(name):
    codes, graph = grid(5)
    values = draw(codes)
    idle = graph.where([("c012" not in pair) for pair in graph.index], 0.0)
    gone = graph[["c012" not in pair for pair in graph.index]]
    alone = pd.Series(0.0, index=pd.MultiIndex.from_tuples([("c012", "c012")]))
    found = STATISTICS[name](values, idle, permutations=999)
    assert found.loc["c012", "cluster"] == "no neighbours"
    rest = STATISTICS[name](values, pd.concat([gone, alone]), permutations=999)
    pd.testing.assert_frame_equal(found, rest, check_exact=True)


@pytest.mark.parametrize("name", ["moran", "g"])
def test_t02_ties_count_in_both_tails(name):
    """Of ones and twos, the neighbours' sum is hypergeometric: p is known."""
    codes, graph = grid(4)
    values = pd.Series([1.0 + (number % 3 == 0) for number in range(16)], index=codes)
    found = STATISTICS[name](values, graph, permutations=20_000, seed=1)
    for code in codes:
        around = graph[code]
        twos = int((values.drop(code) == 2).sum())
        seen = int((values[around.index] == 2).sum())
        k = len(around)
        chance = [
            math.comb(twos, i) * math.comb(15 - twos, k - i) / math.comb(15, k)
            for i in range(k + 1)
        ]
        exact = min(1.0, 2 * min(sum(chance[seen:]), sum(chance[: seen + 1])))
        assert found.loc[code, "p"] == pytest.approx(exact, abs=0.015)


@every
def test_t14_order_and_workers_change_nothing(name):
    codes, graph = grid(5)
    values = draw(codes).rename_axis("lad")
    options = {"permutations": 2500, "seed": 7}
    one = STATISTICS[name](values, graph, **options)
    mixed = values.sample(frac=1, random_state=2), graph.sample(frac=1, random_state=3)
    for workers in (1, 2, 4):
        other = STATISTICS[name](*mixed, **options, workers=workers)
        assert list(other.index) == list(mixed[0].index)
        pd.testing.assert_frame_equal(one, other.reindex(one.index), check_exact=True)


@drawn
def test_t14_one_seed_gives_one_answer(name):
    codes, graph = grid(5)
    one, other = (STATISTICS[name](draw(codes), graph, permutations=999, seed=s) for s in (1, 2))
    assert not one["p"].equals(other["p"])
    pd.testing.assert_frame_equal(one.iloc[:, :3], other.iloc[:, :3])


@every
def test_ids_may_be_numbers(name):
    texts, numbers = grid(5), grid(5, ids="numbers")
    one = STATISTICS[name](draw(texts[0]), texts[1], permutations=999)
    other = STATISTICS[name](draw(numbers[0]), numbers[1], permutations=999)
    pd.testing.assert_frame_equal(one, other.set_axis(one.index))


@every
@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_t04_new_codes_change_no_figure(name, seed):
    codes, graph = grid(4)
    values = draw(codes, seed)
    new = dict(zip(codes, np.random.default_rng(seed).permutation(codes), strict=True))
    one = STATISTICS[name](values, graph, permutations=999)
    other = STATISTICS[name](
        values.rename(new), graph.rename(new, level=0).rename(new, level=1), permutations=999
    )
    figures = [column for column in one if column not in ("p", "p_adjusted", "cluster")]
    back = other.loc[[new[code] for code in codes]].set_axis(codes)
    pd.testing.assert_frame_equal(one[figures], back[figures], rtol=1e-9, atol=1e-12)


@every
@pytest.mark.parametrize("level", [0.3, 5.0])
def test_t02_figures_that_do_not_differ_are_undefined(name, level):
    codes, graph = grid(4, islands=1)
    values = pd.Series([0.1 * 3] * 8 + [0.3] * 9, index=codes) * level
    if name in ("geary of two", "join counts"):
        values[:] = level
    found = STATISTICS[name](values, graph, permutations=999)
    assert found["p"].isna().all()
    assert list(found["cluster"].unique()) == ["undefined", "no neighbours"]


@every
def test_t13_p_lies_in_zero_one_and_labels_are_known(name):
    codes, graph = grid(8, islands=1)
    found = STATISTICS[name](draw(codes), graph, permutations=1999, correction="none", alpha=0.2)
    tested = found["p"].notna()
    assert tested.sum() >= 30
    assert found["p"][tested].between(0, 1, inclusive="right").all()
    assert found["p_adjusted"][tested].eq(found["p"][tested]).all()
    assert set(found["cluster"]) <= LABELS
    quiet = found["cluster"] == "not significant"
    assert (quiet[tested] == (found["p"][tested] > 0.2)).all()
    assert quiet.sum() < tested.sum()
    strict = STATISTICS[name](draw(codes), graph, permutations=2999)
    assert (strict["p_adjusted"][tested] >= strict["p"][tested]).all()


@drawn
def test_t12_too_few_draws_are_said_with_the_number_needed(name):
    codes, graph = grid(4)
    with pytest.warns(SpatialGapsWarning, match="takes 639"):
        STATISTICS[name](draw(codes), graph, permutations=99)


@every
def test_bad_options_and_other_areas_are_refused(name):
    codes, graph = grid(4)
    values = draw(codes)
    with pytest.raises(InputError, match="correction"):
        STATISTICS[name](values, graph, correction="fdrr")
    with pytest.raises(InputError, match="alpha"):
        STATISTICS[name](values, graph, alpha=5)
    with pytest.raises(JoinError, match="zzz"):
        STATISTICS[name](values.rename({"c000": "zzz"}), graph)


@pytest.mark.parametrize(
    "function", [hotspots.local_g, local_geary.local_geary, local_join_counts.local_join_counts]
)
def test_islands_count_in_the_total_where_asked(function):
    codes, graph = grid(4, islands=1)
    values = flags(draw(codes)) * 1.0
    one, other = (
        function(values.astype(float), graph, policy=policy, alpha=0.9)
        for policy in ("drop", "keep")
    )
    assert (other["cluster"] == "no neighbours").sum() == 1
    assert not np.allclose(one["expected"], other["expected"], equal_nan=True)
    with pytest.raises(InputError, match="policy"):
        function(values.astype(float), graph, policy="ignore")


@drawn
def test_p_is_uniform_under_noise(name):
    """Two-sided at 5 % with 199 draws is four or fewer on one side: 5 % by construction."""
    codes, graph = grid(7)
    rng = np.random.default_rng(11)
    runs = [
        STATISTICS[name](
            pd.Series(rng.gamma(3, 1, 49), index=codes),
            graph,
            permutations=199,
            seed=seed,
            correction="none",
        )["p"].to_numpy()
        for seed in range(120)
    ]
    for level in (0.05, 0.2, 0.5):
        shares = (np.array(runs) <= level).mean(axis=1)
        assert abs(shares.mean() - level) < 4 * shares.std() / len(runs) ** 0.5, level


def test_exact_p_never_errs_too_often_under_noise():
    codes, graph = grid(8)
    rng = np.random.default_rng(5)
    runs = [
        STATISTICS["join counts"](pd.Series(rng.normal(size=64), index=codes), graph)
        for _ in range(200)
    ]
    for column, level in itertools.product(["p", "p_two_sided"], [0.05, 0.2, 0.5]):
        p = np.concatenate([run[column].dropna() for run in runs])
        assert (p <= level).mean() < level + 0.01
