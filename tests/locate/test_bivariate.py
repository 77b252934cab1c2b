"""Two variables on one graph, against loops, full enumeration and a peer."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError, SpatialGapsWarning
from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.bivariate import bivariate_moran, lees_l, local_bivariate_moran
from spatial_gaps.locate.clusters import LABELS, local_moran

COMMON = {"permutations": 99}


def lattice(rows: int, columns: int, islands: int = 0) -> tuple[list[str], pd.Series]:
    """Rook neighbours on a grid, plus areas without any."""
    codes = [f"c{i:03d}" for i in range(rows * columns + islands)]
    links = [(code, code, 0.0) for code in codes[rows * columns :]]
    for i in range(rows):
        for j in range(columns):
            for a, b in ((i, j + 1), (i + 1, j), (i, j - 1), (i - 1, j)):
                if 0 <= a < rows and 0 <= b < columns:
                    links.append((codes[i * columns + j], codes[a * columns + b], 1.0))
    table = pd.DataFrame(links, columns=["focal", "neighbor", "weight"])
    return codes, table.set_index(["focal", "neighbor"])["weight"]


def dense(codes: list[str], graph: pd.Series) -> np.ndarray:
    weights = np.zeros((len(codes), len(codes)))
    for (focal, other), weight in graph.items():
        weights[codes.index(focal), codes.index(other)] = weight
    return weights


def row_standardised(weights: np.ndarray) -> np.ndarray:
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), 1)


def pair(codes: list[str], seed: int = 0, r: float = 0.6) -> tuple[pd.Series, pd.Series]:
    x, noise = np.random.default_rng(seed).standard_normal((2, len(codes)))
    return pd.Series(x, codes), pd.Series(r * x + (1 - r**2) ** 0.5 * noise, codes)


def slow_moran(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    n = len(x)
    zx, zy = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    total = sum(w[i, j] * zx[i] * zy[j] for i in range(n) for j in range(n))
    return n / w.sum() * total / sum(zx**2)


def slow_lee(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    n, total, rows = len(x), 0.0, 0.0
    for i in range(n):
        around_x = sum(w[i, j] * (x[j] - x.mean()) for j in range(n))
        around_y = sum(w[i, j] * (y[j] - y.mean()) for j in range(n))
        total += around_x * around_y
        rows += sum(w[i, j] for j in range(n)) ** 2
    return n / rows * total / (n * x.std() * y.std())


@pytest.mark.parametrize("transform", ["row", "binary"])
@pytest.mark.parametrize("islands", [0, 2])
def test_both_equal_slow_loops(transform, islands):
    codes, graph = lattice(3, 4, islands)
    x, y = pair(codes, 3)
    w = dense(codes, graph)
    w = row_standardised(w) if transform == "row" else w
    options = {"permutations": 0, "transform": transform, "policy": "keep"}
    index = bivariate_moran(x, y, graph, **options).I
    assert index == pytest.approx(slow_moran(x.to_numpy(), y.to_numpy(), w), rel=1e-12)
    found = lees_l(x, y, graph, **options)
    assert pytest.approx(slow_lee(x.to_numpy(), y.to_numpy(), w), rel=1e-12) == found.L
    assert found.correlation == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-12)


def test_lees_l_equals_esda():
    esda = pytest.importorskip("esda")
    sparse = pytest.importorskip("scipy.sparse")
    codes, graph = lattice(5, 5)
    x, y = pair(codes, 1)
    w = sparse.csr_array(row_standardised(dense(codes, graph)))
    peer = esda.Spatial_Pearson(connectivity=w, permutations=0)
    peer.fit(x.to_numpy()[:, None], y.to_numpy()[:, None])
    assert pytest.approx(peer.association_[0, 1], rel=1e-9) == lees_l(x, y, graph, **COMMON).L


def two_sided(drawn: np.ndarray, observed: float) -> float:
    edge = 1e-9
    return min(1, 2 * min((drawn >= observed - edge).mean(), (drawn <= observed + edge).mean()))


@pytest.mark.parametrize("transform", ["row", "binary"])
def test_means_and_p_equal_full_enumeration(transform):
    """All 720 placements of six areas: pairs together, and one variable against the other."""
    codes, graph = lattice(2, 3)
    x, y = pair(codes, 8)
    w = dense(codes, graph)
    w = row_standardised(w) if transform == "row" else w
    a, b = x.to_numpy(), y.to_numpy()
    options = {"permutations": 19_999, "transform": transform}
    orders = [list(order) for order in permutations(range(6))]
    drawn = {
        "pairs": np.array([slow_moran(a[order], b[order], w) for order in orders]),
        "lagged": np.array([slow_moran(a, b[order], w) for order in orders]),
        "lee": np.array([slow_lee(a[order], b[order], w) for order in orders]),
    }
    for null in ("pairs", "lagged"):
        found = bivariate_moran(x, y, graph, null=null, **options)
        assert found.expected == pytest.approx(drawn[null].mean(), abs=1e-12)
        assert found.p == pytest.approx(two_sided(drawn[null], found.I), abs=0.015)
    found = lees_l(x, y, graph, **options)
    assert found.expected == pytest.approx(drawn["lee"].mean(), abs=1e-12)
    assert found.p == pytest.approx(two_sided(drawn["lee"], found.L), abs=0.015)


def test_local_p_and_moments_equal_full_enumeration():
    """An area's own figure of the lagged variable is never drawn for a neighbour."""
    codes, graph = lattice(3, 3)
    x, y = pair(codes, 2, r=0.95)
    found = local_bivariate_moran(x, y, graph, permutations=60_000, correction="none")
    w = row_standardised(dense(codes, graph))
    zx, zy = ((s - s.mean()) / s.std(ddof=1) for s in (x.to_numpy(), y.to_numpy()))
    for i, code in enumerate(codes):
        k = int((w[i] > 0).sum())
        drawn = zx[i] * np.array([np.mean(c) for c in combinations(np.delete(zy, i), k)])
        row = found.loc[code]
        assert row["I"] == pytest.approx(zx[i] * (w[i] @ zy), rel=1e-12)
        assert row["expected"] == pytest.approx(drawn.mean(), abs=1e-12)
        assert row["variance"] == pytest.approx(drawn.var(), rel=1e-9)
        assert row["p"] == pytest.approx(two_sided(drawn, row["I"]), abs=0.015)


def test_a_variable_with_itself_is_the_univariate_statistic():
    codes, graph = lattice(5, 5, 1)
    x, _ = pair(codes)
    for policy in ("drop", "keep"):
        one, two = (
            moran(x, graph, policy=policy, permutations=0),
            bivariate_moran(x, x, graph, policy=policy, permutations=0),
        )
        assert pytest.approx(one.I, rel=1e-12) == two.I
        assert two.expected == pytest.approx(one.expected, rel=1e-12)
    local, both = local_moran(x, graph, seed=3), local_bivariate_moran(x, x, graph, seed=3)
    np.testing.assert_allclose(both["I"], local["I"] * 24 / 25, rtol=1e-9)
    np.testing.assert_allclose(both["z"], local["z"], rtol=1e-9)
    assert list(both.columns) == list(local.columns)
    assert both[["p", "quadrant", "cluster"]].equals(local[["p", "quadrant", "cluster"]])


def test_lee_is_symmetric_and_bivariate_moran_is_not():
    codes, graph = lattice(4, 4)
    x, y = pair(codes)
    assert lees_l(x, y, graph, **COMMON).L == pytest.approx(lees_l(y, x, graph, **COMMON).L)
    one, other = bivariate_moran(x, y, graph, **COMMON), bivariate_moran(y, x, graph, **COMMON)
    assert abs(one.I - other.I) > 1e-3


def test_an_area_without_either_figure_is_taken_out_to_the_last_bit():
    codes, graph = lattice(5, 5)
    x, y = pair(codes)
    x["c003"], y["c010"] = np.nan, np.nan
    gone = ["c003", "c010"]
    inside = graph[[not set(link) & set(gone) for link in graph.index]]
    rest, other = x.drop(gone), y.drop(gone)
    for statistic in (bivariate_moran, lees_l):
        assert repr(statistic(x, y, graph, **COMMON)) == repr(
            statistic(rest, other, inside, **COMMON)
        )
    local = local_bivariate_moran(x, y, graph)
    assert (local.loc[gone, "cluster"] == "undefined").all()
    pd.testing.assert_frame_equal(local.drop(gone), local_bivariate_moran(rest, other, inside))


def test_islands_leave_and_are_never_significant():
    codes, graph = lattice(5, 5, 2)
    x, y = pair(codes)
    x.iloc[-2:] = 1e6
    inside = lattice(5, 5)[1]
    found = bivariate_moran(x, y, graph, **COMMON)
    assert found.islands == ("c025", "c026")
    assert bivariate_moran(x[:25], y[:25], inside, **COMMON).I == found.I
    assert (found.n, found.components) == (25, 1)
    assert bivariate_moran(x, y, graph, policy="keep", **COMMON).components == 3
    local = local_bivariate_moran(x, y, graph)
    assert (local["cluster"].iloc[-2:] == "no neighbours").all()
    assert local["p"].iloc[-2:].isna().all()
    assert set(local["cluster"]) <= set(LABELS)


def test_order_of_rows_and_workers_change_nothing():
    codes, graph = lattice(5, 5)
    x, y = pair(codes)
    mixed = graph.sample(frac=1, random_state=3)
    one, other = x.sample(frac=1, random_state=1), y.sample(frac=1, random_state=2)
    options = {"permutations": 2500, "seed": 7}
    for statistic in (bivariate_moran, lees_l):
        first = statistic(x, y, graph, **options)
        assert repr(first) == repr(statistic(one, other, mixed, workers=4, **options))
        assert str(first.n) in str(first)
    pd.testing.assert_frame_equal(
        local_bivariate_moran(x, y, graph, seed=7),
        local_bivariate_moran(one, other, mixed, seed=7, workers=3).reindex(codes),
    )


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(0.01, 100),
    shift=st.floats(-100, 100),
    sign=st.sampled_from([-1, 1]),
)
def test_scale_and_shift_of_either_change_nothing_but_the_sign(seed, scale, shift, sign):
    codes, graph = lattice(4, 4)
    x, y = pair(codes, seed)
    moved = sign * scale * y + shift
    for statistic, name in ((bivariate_moran, "I"), (lees_l, "L")):
        base, other = statistic(x, y, graph, **COMMON), statistic(x, moved, graph, **COMMON)
        assert getattr(other, name) == pytest.approx(sign * getattr(base, name), abs=1e-9)
        assert other.expected == pytest.approx(sign * base.expected, abs=1e-9)
        assert base.p == other.p
        assert 0 < base.p <= 1


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(16)))
def test_new_names_change_nothing_but_the_draws(order):
    codes, graph = lattice(4, 4)
    x, y = pair(codes)
    names = {code: f"d{order[i]:02d}" for i, code in enumerate(codes)}
    a, b, g = x.rename(names), y.rename(names), graph.rename(index=names)
    for statistic, name in ((bivariate_moran, "I"), (lees_l, "L")):
        first, second = statistic(x, y, graph, **COMMON), statistic(a, b, g, **COMMON)
        assert getattr(first, name) == pytest.approx(getattr(second, name), rel=1e-9)


@pytest.mark.parametrize("statistic", [bivariate_moran, lees_l])
def test_undefined_is_nan_with_a_reason(statistic):
    codes, graph = lattice(3, 3)
    x, y = pair(codes)
    found = statistic(x, y * 0 + 0.3, graph)
    assert found.status.startswith("constant")
    assert ("lagged" if statistic is bivariate_moran else "other") in found.status
    assert np.isnan([found.p, found.expected, found.correlation]).all()
    assert "undefined" in str(found)
    assert "at least 3" in statistic(x.where(x.index < "c002"), y, graph).status
    assert "at least 3" in statistic(x * np.nan, y, graph).status
    assert np.isnan(statistic(x, y, graph, permutations=0).p)
    local = local_bivariate_moran(x * 0, y, graph)
    assert set(local["cluster"]) == {"undefined"}


def test_bad_input_is_refused_by_name():
    codes, graph = lattice(3, 3)
    x, y = pair(codes)
    with pytest.raises(JoinError, match="c008"):
        bivariate_moran(x, y.drop("c008"), graph)
    with pytest.raises(InputError, match="Series"):
        lees_l(x.to_numpy(), y, graph)
    with pytest.raises(InputError, match="no area codes"):
        lees_l(x, y.to_numpy(), graph)
    with pytest.raises(InputError, match="policy"):
        lees_l(x, y, graph, policy="adjust")
    with pytest.raises(InputError, match="null"):
        bivariate_moran(x, y, graph, null="both")
    with pytest.warns(SpatialGapsWarning, match="too few"):
        local_bivariate_moran(x, y, graph, permutations=19)


def test_shuffling_within_components_keeps_what_sets_them_apart():
    codes, graph = lattice(5, 5)
    twin = {code: f"d{code[1:]}" for code in codes}
    both = pd.concat([graph, graph.rename(index=twin)])
    x, y = pair([*codes, *twin.values()], 1, r=0.0)
    x[list(twin.values())] += 20
    y[list(twin.values())] += 20
    for statistic in (bivariate_moran, lees_l):
        assert statistic(x, y, both, permutations=1999).p < 0.01
        assert statistic(x, y, both, permutations=1999, within_components=True).p > 0.05


def test_type_one_error_is_five_in_a_hundred_where_pairs_are_shuffled():
    """Noise without any pattern, correlated in place at 0.9: shuffling one variable alone errs."""
    codes, graph = lattice(7, 7)
    found = {"pairs": [], "lagged": [], "lee": [], "local": []}
    for seed in range(400):
        x, y = pair(codes, seed, r=0.9)
        for null in ("pairs", "lagged"):
            found[null].append(bivariate_moran(x, y, graph, **COMMON, seed=seed, null=null).p)
        found["lee"].append(lees_l(x, y, graph, **COMMON, seed=seed).p)
        if seed < 100:
            local = local_bivariate_moran(
                x, y, graph, permutations=199, seed=seed, correction="none"
            )
            found["local"] += list(local["p"])
    share = {name: np.mean(np.array(p) <= 0.05) for name, p in found.items()}
    # Four standard errors of 400 draws at 0.05 are 0.044.
    assert 0.02 < share["pairs"] < 0.09
    assert 0.02 < share["lee"] < 0.09
    assert 0.04 < share["local"] < 0.06
    assert share["lagged"] > 0.1
