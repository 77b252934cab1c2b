"""What every global statistic has to do alike: missing areas, islands, order, seeds, components, p."""

from __future__ import annotations

from itertools import pairwise, permutations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.correlogram import correlogram
from spatial_gaps.locate.geary import geary
from spatial_gaps.locate.getis_ord import getis_ord
from spatial_gaps.locate.join_counts import join_counts

RECORDS = {"moran": moran, "geary": geary, "getis_ord": getis_ord}


def counted(values, graph, **options):
    """Count joins of four classes of the figures."""
    return join_counts(values.round().mod(4), graph, **options)


def stepped(values, graph, **options):
    """Measure Moran's I of neighbours and of their neighbours."""
    return correlogram(values, graph, orders=2, **options)


TABLES = {"join_counts": counted, "correlogram": stepped}
EVERY = pytest.mark.parametrize("measure", [*RECORDS.values(), *TABLES.values()])


def lattice(side: int, islands: int = 0, lead: str = "c") -> tuple[list, pd.Series]:
    """Rook neighbours on a square grid, plus areas without any."""
    codes = [f"{lead}{i:03d}" for i in range(side * side + islands)]
    cells = {(i, j): codes[i * side + j] for i in range(side) for j in range(side)}
    steps = ((0, 1), (1, 0), (0, -1), (-1, 0))
    rows = {
        (cells[i, j], cells[i + di, j + dj]): 1.0
        for i, j in cells
        for di, dj in steps
        if (i + di, j + dj) in cells
    }
    rows |= {(code, code): 0.0 for code in codes[side * side :]}
    return codes, pd.Series(rows).rename_axis(["focal", "neighbor"])


def figures(codes: list, seed: int = 0) -> pd.Series:
    return pd.Series(np.random.default_rng(seed).gamma(2, 3, len(codes)) + 0.1, index=codes)


def text(result) -> str:
    """Write a result to the last bit."""
    if isinstance(result, pd.DataFrame):
        return result.to_csv(float_format="%.17g")
    return repr(result)


def same(one, other) -> bool:
    return text(one) == text(other)


@EVERY
def test_t03_a_missing_area_equals_the_run_without_it(measure):
    codes, graph = lattice(5)
    values = figures(codes)
    values["c007"] = np.nan
    inside = graph[[pair.count("c007") == 0 for pair in graph.index]]
    assert same(measure(values, graph, seed=4), measure(values.drop("c007"), inside, seed=4))


@EVERY
def test_t01_an_island_leaves_everything_unless_it_is_kept(measure):
    codes, graph = lattice(5, islands=2)
    values = figures(codes)
    values[codes[-1]] = 1000.0
    found, without = measure(values, graph), measure(values[:25], lattice(5)[1])
    if isinstance(found, pd.DataFrame):
        assert same(found, without)
        kept = measure(values, graph, policy="keep", permutations=0)
        assert not same(found[["expected"]], kept[["expected"]])
    else:
        assert (found.islands, without.islands) == (("c025", "c026"), ())
        assert same(found, type(found)(**(vars(without) | {"islands": found.islands})))
        kept = measure(values, graph, policy="keep", permutations=0)
        assert (kept.n, kept.policy, found.n) == (27, "keep", 25)


@EVERY
@pytest.mark.parametrize("ids", ["text", "integers"])
def test_t04_order_of_rows_graph_and_workers_change_nothing(measure, ids):
    codes, graph = lattice(5)
    graph *= np.random.default_rng(2).uniform(0.1, 1, len(graph))
    values = figures(codes)
    if ids == "integers":
        numbers = {code: 1000 - 7 * i for i, code in enumerate(codes)}
        values, graph = values.rename(numbers), graph.rename(numbers)
    shuffled, mixed = values.sample(frac=1, random_state=2), graph.sample(frac=1, random_state=3)
    options = [{}] if measure in (counted, stepped) else [{}, {"transform": "given"}]
    for option in options:
        one = measure(values, graph, seed=7, permutations=2500, **option)
        two = measure(shuffled, mixed, seed=7, permutations=2500, workers=3, **option)
        assert same(one, two)
    assert not same(one, measure(values, graph, seed=8, permutations=2500, **options[-1]))


@EVERY
def test_no_draws_no_p(measure):
    codes, graph = lattice(4)
    found = measure(figures(codes), graph, permutations=0)
    assert np.isnan(found.p).all() if isinstance(found, pd.DataFrame) else np.isnan(found.p)
    assert "p " not in str(found) or isinstance(found, pd.DataFrame) or measure is moran


@EVERY
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.1 * 3] * 35 + [0.3], "constant"),
        ([np.nan] * 34 + [1.0, 2.0], "at least 3"),
        ([1.0 if (i // 6 + i % 6) % 2 else np.nan for i in range(36)], "neighbour"),
    ],
)
def test_t02_undefined_is_nan_with_a_reason(measure, values, words):
    codes, graph = lattice(6)
    series = pd.Series(values, index=codes)
    for policy in ("drop", "keep"):
        found = measure(series, graph, policy=policy)
        if isinstance(found, pd.DataFrame):
            assert found[["z", "p"]].isna().all(axis=None)
            assert found["status"].str.contains("constant|at least 3|no area has a neigh").all()
        else:
            assert np.isnan([found.z, found.p]).all()
            assert "undefined" in str(found)
    if policy == "drop":
        assert words in (found.status if measure in RECORDS.values() else found["status"].iloc[0])


@EVERY
def test_where_everybody_neighbours_everybody_nothing_can_differ(measure):
    codes = list("abcdefg")
    every = pd.MultiIndex.from_tuples([(a, b) for a in codes for b in codes if a != b])
    graph = pd.Series(1.0, index=every)
    for number in range(4, 8):
        values = figures(codes[:number])
        inside = graph[[set(pair) <= set(values.index) for pair in graph.index]]
        found = measure(values, inside, permutations=99)
        first = found.iloc[0] if isinstance(found, pd.DataFrame) else found
        assert np.isnan(first.z)
        assert first.p == 1


@EVERY
def test_ties_count_on_both_sides(measure):
    codes, graph = lattice(4)
    values = pd.Series([1.0, 1, 1, 1, 2, 2, 2, 2] * 2, index=codes)
    found = measure(values, graph, permutations=499)
    p = found["p"].dropna() if isinstance(found, pd.DataFrame) else pd.Series([found.p])
    assert p.between(2 / 500, 1).all()


@EVERY
def test_what_does_not_fit_is_refused_by_name(measure):
    codes, graph = lattice(3)
    values = figures(codes)
    with pytest.raises(JoinError, match="zzz"):
        measure(values.rename({"c008": "zzz"}), graph)
    for option, word in (
        ({"policy": "ignore"}, "policy"), ({"permutations": -1}, "permutations"),
        ({"seed": -1}, "seed"), ({"workers": 0}, "workers"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=word):
            measure(values, graph, **option)
    places = {code: row for row, code in enumerate(codes)}
    with pytest.raises(JoinError, match="not of the same areas"):
        # Weights by the number of the row: nothing is matched by position.
        measure(values, graph.rename(places))
    if measure is not counted:
        with pytest.raises(InputError, match="Series"):
            measure(values.to_numpy(), graph)


def numbers(result, name: str) -> np.ndarray:
    """Return one field of a record or one column of a table, shape (rows,)."""
    held = result[name] if isinstance(result, pd.DataFrame) else getattr(result, name)
    return np.atleast_1d(held)


@EVERY
def test_p_within_components_is_that_of_all_arrangements(measure):
    """Two rows of four areas, each in all its 24 orders: 576 arrangements, one by one."""
    here, there = list("abcd"), list("wxyz")
    pairs = [pair for row in (here, there) for pair in pairwise(row)]
    pairs += [(b, a) for a, b in pairs]
    graph = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    y = np.array([1.0, 2, 6, 3, 21, 26, 27, 29])
    name = {geary: "C", moran: "I", getis_ord: "G", stepped: "I"}.get(measure, "count")
    seen = []
    for one, two in product(permutations(range(4)), permutations(range(4, 8))):
        values = pd.Series(y[[*one, *two]], index=here + there)
        seen.append(numbers(measure(values, graph, permutations=0), name))
    seen, edge = np.array(seen), 1e-9
    exact = 2 * np.minimum(
        (seen >= seen[0] - edge).mean(axis=0), (seen <= seen[0] + edge).mean(axis=0)
    )
    found = measure(pd.Series(y, here + there), graph, permutations=20_000, within_components=True)
    np.testing.assert_allclose(numbers(found, "p"), np.minimum(exact, 1), atol=0.02)
    across = measure(pd.Series(y, here + there), graph, permutations=20_000)
    assert np.abs(numbers(found, "p") - numbers(across, "p"))[0] > 0.05
    for same_name in (name, "expected", "variance", "z"):
        np.testing.assert_array_equal(numbers(found, same_name), numbers(across, same_name))
    if measure in (geary, getis_ord):
        assert (across.components, across.within_components) == (2, False)
        assert (found.components, found.within_components) == (2, True)


@EVERY
def test_a_difference_between_components_is_no_evidence_where_asked(measure):
    """Noise on two lattices of different level: always significant, or five times in a hundred."""
    (codes, graph), (others, twin) = lattice(6), lattice(6, lead="d")
    graph = pd.concat([graph, twin])
    rng = np.random.default_rng(3)
    across, inside = [], []
    for seed in range(200):
        values = pd.Series(rng.integers(1, 3, 72).astype(float), [*codes, *others])
        # Classes 1 and 2 here, 3 and 0 there; high figures there.
        values[others] += 2 if measure is counted else 50
        options = {"permutations": 199, "seed": seed}
        row = -1 if measure is counted else 0
        across.append(numbers(measure(values, graph, **options), "p")[row])
        found = measure(values, graph, within_components=True, **options)
        inside.append(numbers(found, "p")[row])
    assert max(across) <= 0.05
    assert (np.array(inside) <= 0.05).mean() < 0.05 + margin(200)


@pytest.mark.parametrize("measure", [geary, stepped])
@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(-50, 50), st.booleans())
@settings(max_examples=25, deadline=None)
def test_scale_and_shift_change_nothing(measure, seed, scale, shift, turn):
    codes, graph = lattice(4)
    values = figures(codes, seed)
    moved = values * (-scale if turn else scale) + shift
    one, two = (measure(y, graph, permutations=19, seed=1) for y in (values, moved))
    for name in ("C",) if measure is geary else ("I",):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(one.variance, two.variance, rtol=1e-7)
    np.testing.assert_array_equal(one.p, two.p)


@EVERY
@given(st.integers(0, 10**6), st.permutations(range(16)))
@settings(max_examples=25, deadline=None)
def test_names_of_areas_do_not_matter(measure, seed, order):
    codes, graph = lattice(4)
    values = figures(codes, seed)
    renamed = {code: f"x{place:02d}" for code, place in zip(codes, order, strict=True)}
    found = [
        measure(y, links, permutations=0)
        for y, links in ((values, graph), (values.rename(renamed), graph.rename(renamed)))
    ]
    if isinstance(found[0], pd.DataFrame):
        pd.testing.assert_frame_equal(*found, rtol=1e-9, atol=1e-12)
    else:
        one, two = (
            [value for value in vars(each).values() if isinstance(value, float)] for each in found
        )
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-12)


def margin(fields: int) -> float:
    """Return how far a share of 5 % strays by chance in 999 of 1000 simulations."""
    return 3.3 * (0.05 * 0.95 / fields) ** 0.5


def noise_p(measure, fields: int, side: int = 7) -> np.ndarray:
    """Return p over fields of noise, shape (fields, rows of the table or 1, ...)."""
    codes, graph = lattice(side)
    rng = np.random.default_rng(12)
    found = []
    for seed in range(fields):
        values = pd.Series(rng.gamma(2, 3, len(codes)), index=codes)
        found.append(np.atleast_1d(measure(values, graph, seed=seed)))
    return np.array(found)


def check_level(p: np.ndarray) -> None:
    """Five in a hundred, and uniform: Kolmogorov's distance, at 1 in 1000."""
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=margin(len(p)))
    ordered = np.sort(p)
    assert np.abs(ordered - np.arange(1, len(p) + 1) / len(p)).max() < 1.95 / len(p) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize("measure", [geary, getis_ord])
def test_type_one_error_is_five_in_a_hundred(measure):
    p = noise_p(lambda *data, seed: measure(*data, seed=seed, permutations=199).p, 2000)
    check_level(p[:, 0])


@pytest.mark.slow
def test_type_one_error_of_each_order_and_of_all_together():
    table = noise_p(
        lambda *data, seed: correlogram(*data, seed=seed, permutations=199, orders=3)[
            ["p", "p_adjusted"]
        ].to_numpy(),
        400,
    )
    for order in range(3):
        check_level(table[:, order, 0])
    assert (table[:, :, 1] <= 0.05).any(axis=1).mean() < 0.05 + margin(400)


def test_type_one_error_of_counts_is_at_most_five_in_a_hundred():
    """Counts have many ties, so p errs on the safe side, and by little where counts are high."""

    def p_of(values, graph, seed):
        return join_counts(values > values.median(), graph, seed=seed, permutations=199)["p"]

    p = noise_p(p_of, 400, side=10)
    share = (p <= 0.05).mean(axis=0)
    assert (share < 0.05 + margin(400)).all()
    assert (share > 0.02).all()
    ordered = np.sort(p, axis=0)
    steps = np.arange(1, 401)[:, None] / 400
    assert (steps - ordered).max() < 1.95 / 20
