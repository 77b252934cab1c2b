"""How sure a cluster is: posterior draws against plain formulas, claims against what is true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps import areas, neighbours
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.locate import spatial_posterior
from spatial_gaps.locate.cluster_stability import cluster_stability
from spatial_gaps.locate.clusters import LABELS, local_moran
from spatial_gaps.locate.sensitivity import neighbour_sensitivity
from spatial_gaps.locate.spatial_posterior import spatial_draws
from spatial_gaps.locate.weights import on_graph
from tests.locate.test_autocorrelation import lattice, smooth


def field(side: int = 8, noise: float = 0.5) -> tuple[pd.Series, pd.Series, pd.Series, pd.Series]:
    """True values, published figures, errors and neighbours; two islands."""
    codes, graph = lattice(side, islands=2)
    truth = pd.Series([*smooth(side), 1.0, 2.0], index=codes)
    se = pd.Series(noise * truth.std(), index=codes)
    figures = truth + se * np.random.default_rng(2).standard_normal(len(codes))
    return truth, figures, se, graph


def test_draws_have_the_moments_of_the_conditional_normal(monkeypatch):
    """One grid point: a flat mean is a prior variance so large that it does not matter."""
    codes, graph = lattice(3)
    y, se = smooth(3, seed=4), np.linspace(0.5, 2, 9)
    placed = on_graph(pd.Series(y, index=codes), graph, "drop")
    monkeypatch.setattr(spatial_posterior, "RESEMBLANCE", np.array([0.7]))
    monkeypatch.setattr(spatial_posterior, "SPREADS", 1)
    theta, r = spatial_draws(y, se, placed.links, 200_000, np.random.default_rng(1))
    assert set(r) == {0.7}
    linked = placed.links.matrix().toarray() > 0
    structure = np.linalg.inv(0.3 * np.eye(9) + 0.7 * (np.diag(linked.sum(1)) - linked))
    prior = (3 * y.std()) ** 2 * structure / np.diag(structure).mean() + 1e5
    gain = prior @ np.linalg.inv(prior + np.diag(se**2))
    left = prior - gain @ prior
    spread = np.sqrt(np.diag(left))
    # Standard error of a mean of 200 000 draws: spread / 447.
    assert np.abs((theta.mean(0) - gain @ y) / spread).max() < 0.015
    assert theta.std(0) == pytest.approx(spread, rel=0.01)
    assert np.corrcoef(theta.T)[0, 1] == pytest.approx(left[0, 1] / spread[:2].prod(), abs=0.01)


def test_what_resembles_its_neighbours_is_shrunk_towards_them():
    codes, graph = lattice(12)
    rng = np.random.default_rng(3)
    alike, apart = smooth(12), rng.standard_normal(144) * 5
    links = on_graph(pd.Series(alike, index=codes), graph, "drop").links
    for values, low, high in ((alike, 0.8, 1), (apart, 0, 0.75)):
        se = np.full(144, 0.5 * values.std())
        seen = values + se * rng.standard_normal(144)
        theta, r = spatial_draws(seen, se, links, 400, rng)
        assert low <= r.mean() <= high
        # Closer to the truth than the published figures are.
        assert np.abs(theta.mean(0) - values).mean() < 0.95 * np.abs(seen - values).mean()
    with pytest.raises(InputError, match="values of 144 areas"):
        spatial_posterior_limited(links, alike)


def spatial_posterior_limited(links, y):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spatial_posterior, "MOST", 100)
        spatial_draws(y, y * 0 + 1, links, 10, np.random.default_rng(0))


def test_without_error_labels_are_certain():
    _, figures, se, graph = field()
    for spatial in (True, False):
        found = cluster_stability(figures, graph, se * 0, spatial=spatial, draws=20)
        tested = found["probability"].notna()
        assert (found["probability"][tested] == 1).all()
        assert (found["likeliest"] == found["cluster"]).all()
        assert found["stable"][tested].all()
        assert (found["cluster"] == local_moran(figures, graph)["cluster"]).all()


def test_probabilities_sum_to_one_and_what_is_not_tested_has_none():
    _, figures, se, graph = field()
    figures["c005"] = np.nan
    se["c007"] = np.nan
    found = cluster_stability(figures, graph, se, draws=40, seed=3)
    shares = found[list(LABELS[:5])]
    tested = found["probability"].notna()
    assert shares[tested].sum(axis=1).to_numpy() == pytest.approx(1)
    assert found.index[~tested].tolist() == ["c005", "c064", "c065"]
    assert not found["stable"][~tested].any()
    assert found.loc["c005", ["cluster", "likeliest"]].tolist() == ["undefined", "undefined"]
    assert found.index[found["se_imputed"]].tolist() == ["c007"]
    mixed = figures.sample(frac=1, random_state=1)
    again = cluster_stability(mixed, graph, se[::-1], draws=40, seed=3, workers=3)
    pd.testing.assert_frame_equal(found, again.reindex(found.index))


def test_what_is_wrong_is_said():
    _, figures, se, graph = field()
    with pytest.raises(InputError, match="spatial=False"):
        cluster_stability(figures, graph, se, region=figures * 0)
    with pytest.raises(JoinError, match="c000"):
        cluster_stability(figures, graph, se.drop("c000"))
    with pytest.raises(StatisticUndefined, match="standard error"):
        cluster_stability(figures, graph, se * np.nan)
    holes = pd.Series("north", index=figures.index).where(figures.index != "c009")
    with pytest.raises(InputError, match="no region: c009"):
        cluster_stability(figures, graph, se, region=holes, spatial=False)


@pytest.mark.slow
def test_claims_are_true_as_often_as_they_say():
    """Labels of probability over .9 and under .1, over 20 fields smooth in another way than the model."""
    codes, graph = lattice(14)
    high, low = [], []
    for number in range(20):
        rng = np.random.default_rng([8, number])
        truth = pd.Series(smooth(14, seed=number), index=codes)
        se = pd.Series(0.4 * truth.std(), index=codes)
        found = cluster_stability(truth + se * rng.standard_normal(196), graph, se, draws=80)
        labels = local_moran(truth, graph)["cluster"]
        for label in ("high-high", "low-low", "not significant"):
            high.append((labels == label)[found[label] > 0.9])
            low.append((labels == label)[found[label] < 0.1])
    assert pd.concat(high).mean() > 0.9
    assert pd.concat(low).mean() < 0.1


def test_rules_are_held_against_the_first():
    places = areas("itl3", 2021)
    values = places["easting"].astype(float)
    rules = [
        {"rule": "queen"},
        {"rule": "queen", "islands": "nearest"},
        {"rule": "nearest", "k": 5},
    ]
    found = neighbour_sensitivity(values, places, rules, permutations=9999, seed=1)
    assert found["rule"].tolist() == ["queen", "queen", "5 nearest"]
    assert found.loc[0, "changed"] == 0
    assert found["alone"].tolist()[1:] == [0, 0]
    graphs = [neighbours(places, **options) for options in rules]
    labels = [local_moran(values, graph, permutations=9999, seed=1)["cluster"] for graph in graphs]
    assert found["changed"].tolist() == [int((some != labels[0]).sum()) for some in labels]
    for label in LABELS[:4]:
        assert found[label].tolist() == [int((some == label).sum()) for some in labels]
    with pytest.raises(JoinError, match="values lacks"):
        neighbour_sensitivity(values.iloc[1:], places, rules)
