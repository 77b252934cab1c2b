"""The same statistics as GeoDa's, where pygeoda is installed; p agrees within Monte Carlo error."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from spatial_gaps import SpatialGapsWarning, areas, neighbours
from spatial_gaps.locate.clusters import local_moran
from spatial_gaps.locate.hotspots import local_g
from spatial_gaps.locate.local_geary import local_geary

pygeoda = pytest.importorskip("pygeoda")
DRAWS = 9999
# pygeoda leaves the file of weights open.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """A field over the 344 authorities of Great Britain that hang together, and both graphs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpatialGapsWarning)
        whole = neighbours(areas("lad", 2023))
    sizes = whole.component_labels.value_counts()
    codes = whole.component_labels.index[whole.component_labels == sizes.idxmax()]
    graph = whole.subgraph(list(codes))
    rng = np.random.default_rng(2)
    noise = pd.Series(rng.gamma(3, 1, len(codes)), index=list(graph.unique_ids))
    values = noise + graph.transform("r").lag(noise)
    places = {code: number for number, code in enumerate(values.index)}
    lines = [f"0 {len(values)} areas place"]
    for code in values.index:
        around = [str(places[other]) for other in graph[code].index]
        lines += [f"{places[code]} {len(around)}", " ".join(around)]
    path = tmp_path_factory.mktemp("geoda") / "areas.gal"
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    from pygeoda.weights import read_gal

    return values, graph, read_gal(str(path), [str(number) for number in range(len(values))])


def agree(ours: pd.Series, theirs) -> None:
    """Check p: GeoDa prints one tail, ours is twice the smaller one.

    Of Geary it is the tail on its side of the draws' mean, which near the middle is not the smaller.
    """
    once, half = np.array(theirs.lisa_pvalues()), ours.to_numpy() / 2
    once = np.minimum(once, 1 - once)
    # Four standard errors of the difference of two shares of 9 999 draws.
    room = 4 * np.sqrt(2 * half * (1 - half) / DRAWS) + 2 / DRAWS
    assert (np.abs(once - half) < room).all()


def test_local_moran(given):
    values, graph, weights = given
    found = local_moran(values, graph, permutations=DRAWS, correction="none")
    theirs = pygeoda.local_moran(weights, values.tolist(), permutations=DRAWS)
    n = len(values)
    scaled = found["I"].to_numpy() * (n - 1) / n
    np.testing.assert_allclose(scaled, theirs.lisa_values(), rtol=1e-9, atol=1e-12)
    agree(found["p"], theirs)


@pytest.mark.parametrize("star", [False, True])
def test_local_g(given, star):
    values, graph, weights = given
    found = local_g(
        values, graph, star=star, permutations=DRAWS, correction="none", transform="row"
    )
    call = pygeoda.local_gstar if star else pygeoda.local_g
    theirs = call(weights, values.tolist(), permutations=DRAWS)
    np.testing.assert_allclose(found["G"], theirs.lisa_values(), rtol=1e-9)
    agree(found["p"], theirs)


def test_local_geary(given):
    values, graph, weights = given
    found = local_geary(values, graph, permutations=DRAWS, correction="none")
    theirs = pygeoda.local_geary(weights, values.tolist(), permutations=DRAWS)
    np.testing.assert_allclose(found["C"], theirs.lisa_values(), rtol=1e-9)
    agree(found["p"], theirs)
