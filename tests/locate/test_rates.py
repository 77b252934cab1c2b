"""Rates of small populations, against loops, a peer and arithmetic."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError, SpatialGapsWarning
from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.rates import local_moran_rates, moran_rates, smooth_rates


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


def counts(codes: list[str], seed: int = 0, spread: float = 0.5) -> tuple[pd.Series, pd.Series]:
    """Events of a rate near 2 % among 100 to 5 000 people."""
    rng = np.random.default_rng(seed)
    people = np.exp(rng.uniform(np.log(100), np.log(5000), len(codes))).round()
    risk = 0.02 * np.exp(spread * rng.standard_normal(len(codes)))
    return pd.Series(rng.poisson(risk * people), codes), pd.Series(people, codes)


def slow_z(events: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Standardise as Assuncao and Reis write it, area by area."""
    b = sum(events) / sum(people)
    s2 = sum(n * (e / n - b) ** 2 for e, n in zip(events, people, strict=True)) / sum(people)
    a = s2 - b / (sum(people) / len(people))
    z = []
    for e, n in zip(events, people, strict=True):
        v = a + b / n
        z.append((e / n - b) / (v if v > 0 else b / n) ** 0.5)
    return np.array(z)


@pytest.mark.parametrize("spread", [0.0, 0.5])
@pytest.mark.parametrize("mean_subtracted", [True, False])
def test_index_mean_and_p_equal_full_enumeration(spread, mean_subtracted):
    codes, graph = lattice(2, 3)
    events, people = counts(codes, 4, spread)
    z = slow_z(events.to_numpy(), people.to_numpy())

    def index(values: np.ndarray) -> float:
        centre = values.mean() if mean_subtracted else 0.0
        lags = [
            np.mean([values[codes.index(other)] - centre for other in graph[code].index])
            for code in codes
        ]
        return float((values - centre) @ lags / ((values - values.mean()) ** 2).sum())

    found = moran_rates(events, people, graph, permutations=19_999, mean_subtracted=mean_subtracted)
    assert pytest.approx(index(z), rel=1e-12) == found.I
    drawn = np.array([index(z[list(order)]) for order in permutations(range(6))])
    assert found.expected == pytest.approx(drawn.mean(), rel=1e-9)
    tails = (drawn >= found.I - 1e-9).mean(), (drawn <= found.I + 1e-9).mean()
    assert found.p == pytest.approx(min(1, 2 * min(tails)), abs=0.015)
    if mean_subtracted:
        assert found.variance == pytest.approx(drawn.var(), rel=1e-9)
    else:
        assert np.isnan([found.variance, found.z]).all()


def test_where_chance_explains_more_than_all_of_the_spread_its_variance_stands():
    """r = .1, .1, .1, .12, b = .1005: a < 0 falls below -b / n in the three large areas only."""
    codes, graph = lattice(2, 2)
    events, people = pd.Series([100, 100, 100, 3], codes), pd.Series([1000, 1000, 1000, 25], codes)
    found = moran_rates(events, people, graph, permutations=0)
    rate = 303 / 3025
    between = (3000 * (0.1 - rate) ** 2 + 25 * (0.12 - rate) ** 2) / 3025 - rate / (3025 / 4)
    assert found.between == pytest.approx(between, rel=1e-9)
    assert between < 0
    assert found.floored == tuple(codes[:3])


def test_smoothing_equals_esda_and_a_loop():
    smoothing = pytest.importorskip("esda.smoothing")
    weights = pytest.importorskip("libpysal.weights")
    codes, graph = lattice(4, 4)
    events, people = counts(codes, 2)
    peer = smoothing.Empirical_Bayes(events.to_numpy(), people.to_numpy()).r.ravel()
    np.testing.assert_allclose(smooth_rates(events, people), peer, rtol=1e-9)
    links = {code: list(graph[code].index) for code in codes}
    w = weights.W(links, id_order=codes)
    peer = smoothing.Spatial_Empirical_Bayes(events.to_numpy(float), people.to_numpy(float), w).r
    local = smooth_rates(events, people, graph)
    np.testing.assert_allclose(local, peer.ravel(), rtol=1e-9)
    for code in codes:
        near = [code, *links[code]]
        n, r = people[near], events[near] / people[near]
        b = events[near].sum() / n.sum()
        a = max(0.0, sum(n * (r - b) ** 2) / n.sum() - b / n.mean())
        assert local[code] == pytest.approx(b + a / (a + b / people[code]) * (r[code] - b))


def test_smoothing_of_islands_zeros_and_missing_counts():
    codes, graph = lattice(3, 3, 1)
    events, people = counts(codes)
    events["c004"], people["c005"] = np.nan, np.nan
    for smooth in (smooth_rates(events, people), smooth_rates(events, people, graph)):
        assert list(smooth.index) == codes
        assert smooth[["c004", "c005"]].isna().all()
        assert smooth.drop(["c004", "c005"]).notna().all()
    own = smooth_rates(events, people, graph)["c009"]
    assert own == pytest.approx(events["c009"] / people["c009"])
    none = pd.Series(0, codes)
    assert (smooth_rates(none, people, graph).dropna() == 0).all()
    assert (smooth_rates(none, people).dropna() == 0).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_smoothed_rates_lie_between_own_rate_and_that_of_all(seed):
    codes, _ = lattice(3, 3)
    events, people = counts(codes, seed)
    own, rate = events / people, events.sum() / people.sum()
    smooth = smooth_rates(events, people)
    assert (smooth >= np.minimum(own, rate) - 1e-12).all()
    assert (smooth <= np.maximum(own, rate) + 1e-12).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_equal_populations_give_the_index_of_the_plain_rates(seed):
    codes, graph = lattice(4, 4)
    events = pd.Series(np.random.default_rng(seed).poisson(20, 16), codes)
    people = pd.Series(1000, codes)
    found = moran_rates(events, people, graph, permutations=99)
    plain = moran(events / people, graph, permutations=99)
    assert pytest.approx(plain.I, rel=1e-9) == found.I
    assert found.p == plain.p
    assert 0 < found.p <= 1


@pytest.mark.parametrize("mean_subtracted", [True, False])
def test_areas_that_leave_change_nothing_to_the_last_bit(mean_subtracted):
    codes, graph = lattice(5, 5, 1)
    events, people = counts(codes)
    options = {"permutations": 199, "mean_subtracted": mean_subtracted}
    events["c003"], people["c010"] = np.nan, np.nan
    gone = ["c003", "c010", "c025"]
    inside = graph[[not set(link) & set(gone) for link in graph.index]]
    found = moran_rates(events, people, graph, **options)
    rest = moran_rates(events.drop(gone), people.drop(gone), inside, **options)
    assert found.islands == ("c025",)
    assert repr(found).replace("('c025',)", "()") == repr(rest)
    local = local_moran_rates(events, people, graph)
    assert list(local.loc[gone, "cluster"]) == ["undefined", "undefined", "no neighbours"]
    pd.testing.assert_frame_equal(
        local.drop(gone), local_moran_rates(events.drop(gone), people.drop(gone), inside)
    )


def test_order_of_rows_and_workers_change_nothing():
    codes, graph = lattice(5, 5)
    events, people = counts(codes)
    mixed, turned = events.sample(frac=1, random_state=1), people.sample(frac=1, random_state=2)
    for mean_subtracted in (True, False):
        options = {"permutations": 2500, "mean_subtracted": mean_subtracted}
        first = moran_rates(events, people, graph, **options)
        assert repr(first) == repr(moran_rates(mixed, turned, graph, workers=3, **options))
        assert "25 areas" in str(first)
    for arguments in ((), (graph,)):
        again = smooth_rates(mixed, turned, *arguments).reindex(codes)
        assert smooth_rates(events, people, *arguments).equals(again)


def test_undefined_is_nan_with_a_reason():
    codes, graph = lattice(3, 3)
    _, people = counts(codes)
    for events in (people * 0, people * 0.1):
        found = moran_rates(events, people, graph)
        assert "constant" in found.status
        assert np.isnan([found.I, found.p, found.rate, found.between]).all()
        assert "undefined" in str(found)
        assert moran_rates(events, people, graph, mean_subtracted=False).status == found.status
        assert set(local_moran_rates(events, people, graph)["cluster"]) == {"undefined"}
    assert "at least 3" in moran_rates(people * np.nan, people, graph).status


def test_impossible_counts_are_named():
    codes, graph = lattice(3, 3)
    events, people = counts(codes)
    for function in (moran_rates, local_moran_rates, smooth_rates):
        with pytest.raises(InputError, match=r"population has to be positive.*: c002"):
            function(events, people.where(people.index != "c002", 0), graph)
        with pytest.raises(InputError, match=r"events cannot be negative: c003"):
            function(events.where(events.index != "c003", -1), people, graph)
        with pytest.raises(JoinError, match="c008"):
            function(events, people.drop("c008"), graph)
        with pytest.raises(InputError, match="Series"):
            function(events.to_numpy(), people, graph)
        with pytest.warns(SpatialGapsWarning, match="more events than people in c001"):
            function(events.where(events.index != "c001", 99_999), people, graph)


def test_type_one_error_is_five_in_a_hundred_where_all_have_one_risk():
    """Hamlets that lie together fool Moran's I of the plain rates, not that of the standardised."""
    codes, graph = lattice(7, 7)
    people = pd.Series([200] * 14 + [20_000] * 35, codes)
    plain, standardised = [], []
    for seed in range(400):
        events = pd.Series(np.random.default_rng(seed).poisson(0.05 * people), codes)
        options = {"permutations": 99, "seed": seed}
        plain.append(moran(events / people, graph, **options).p)
        standardised.append(moran_rates(events, people, graph, **options).p)
    # Four standard errors of 400 fields at 0.05 are 0.044.
    assert 0.02 < np.mean(np.array(standardised) <= 0.05) < 0.09
    assert np.mean(np.array(plain) <= 0.05) > 0.15
