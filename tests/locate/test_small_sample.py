"""p of Moran's I without draws: against simulated fields, draws, enumeration and moments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.clusters import LABELS, local_moran
from spatial_gaps.locate.small_sample import METHODS, local_moran_p, moran_p
from spatial_gaps.locate.weights import on_graph
from tests.locate.test_autocorrelation import lattice, smooth

FIELDS = 100_000


def simulated(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Global and local I of normal noise over a grid, from their definitions: (fields,), (n, fields)."""
    codes, graph = lattice(side)
    places = pd.Series(np.arange(side * side), codes, dtype=float)
    matrix = on_graph(places, graph, "drop").links.matrix()
    noise = np.random.default_rng(5).standard_normal((side * side, FIELDS))
    noise -= noise.mean(axis=0)
    local = noise * (matrix @ noise) / (noise**2).mean(axis=0)
    return local.mean(axis=0), local


@pytest.mark.parametrize("method", ["exact normal", "saddlepoint"])
def test_tails_are_those_of_simulated_fields(method):
    codes, graph = lattice(4)
    whole, _ = simulated(4)
    room = {"exact normal": 0.0, "saddlepoint": 0.1}[method]
    for seed in range(4):
        values = pd.Series(smooth(4, seed) if seed % 2 else np.random.default_rng(seed).standard_normal(16),
                           index=codes)  # fmt: skip
        found = moran_p(values, graph, method=method)
        for tail, share in ((found.greater, (whole >= found.I).mean()),
                            (found.less, (whole <= found.I).mean())):  # fmt: skip
            error = np.sqrt(max(share, 1 / FIELDS) / FIELDS)
            assert tail == pytest.approx(share, abs=4 * error + room * share)
        assert found.p == pytest.approx(min(1, 2 * min(found.greater, found.less)))


def test_local_p_is_that_of_simulated_fields():
    codes, graph = lattice(4)
    _, local = simulated(4)
    values = pd.Series(np.random.default_rng(3).standard_normal(16), index=codes)
    found = local_moran_p(values, graph, correction="none")
    index = found["I"].to_numpy()[:, None]
    share = 2 * np.minimum((local >= index).mean(axis=1), (local <= index).mean(axis=1))
    error = np.sqrt(2 * np.maximum(share, 2 / FIELDS) / FIELDS)
    assert (np.abs(found["p"].to_numpy() - np.minimum(share, 1)) < 4 * error + 1e-4).all()
    assert found["expected"].to_numpy() == pytest.approx(local.mean(axis=1), abs=0.02)
    assert found["variance"].to_numpy() == pytest.approx(local.var(axis=1), rel=0.03)
    assert (found["I"] == local_moran(values, graph)["I"]).all()


def test_enumeration_is_what_draws_tend_to():
    codes, graph = lattice(3)
    values = pd.Series([3.0, 1, 4, 1.5, 9, 2.6, 5, 3.5, 8], index=codes)
    found = moran_p(values, graph, method="enumeration")
    drawn = moran(values, graph, permutations=99_999)
    assert found.p == pytest.approx(drawn.p, abs=0.01)
    with pytest.raises(InputError, match="16 areas are too many to enumerate"):
        moran_p(pd.Series(smooth(4), index=lattice(4)[0]), lattice(4)[1], method="enumeration")


@pytest.mark.long
def test_errors_of_the_first_kind_are_five_in_a_hundred():
    codes, graph = lattice(5)
    hits = {method: 0 for method in METHODS if method != "enumeration"}
    local = []
    for seed in range(400):
        noise = np.random.default_rng([1, seed]).standard_normal(25)
        values = pd.Series(noise, index=codes)
        for method in hits:
            hits[method] += moran_p(values, graph, method=method).p <= 0.05
        local.append((local_moran_p(values, graph)["p"] <= 0.05).mean())
    # Four standard errors of a share of 400.
    assert all(abs(count / 400 - 0.05) < 0.044 for count in hits.values()), hits
    assert np.mean(local) == pytest.approx(0.05, abs=0.012)


def test_islands_missing_areas_order_and_constants():
    codes, graph = lattice(5, islands=1)
    values = pd.Series([*smooth(5), 9.0], index=codes)
    values["c003"] = np.nan
    whole, local = moran_p(values, graph), local_moran_p(values, graph)
    assert (whole.n, whole.islands) == (24, ("c025",))
    assert local["cluster"][["c003", "c025"]].tolist() == ["undefined", "no neighbours"]
    assert local["p"].dropna().between(0, 1, inclusive="right").all()
    assert set(local["cluster"]) <= set(LABELS)
    mixed = values.sample(frac=1, random_state=2), graph.sample(frac=1, random_state=3)
    assert repr(moran_p(*mixed)) == repr(whole)
    pd.testing.assert_frame_equal(local_moran_p(*mixed).reindex(codes), local, check_exact=True)
    same = moran_p(values * 0 + 1, graph)
    assert "constant" in str(same)
    assert np.isnan(same.p)
    assert local_moran_p(values * 0 + 1, graph)["p"].isna().all()
    with pytest.raises(InputError, match="method"):
        moran_p(values, graph, method="exact")
    with pytest.raises(JoinError, match="c001"):
        moran_p(values.drop("c001"), graph)
