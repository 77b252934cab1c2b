"""Correlograms: steps and metres counted one by one, Holm by hand, ties, islands, what is refused."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import CRSError, GeometryError, InputError, JoinError
from spatial_gaps.geography.cartogram import cartogram
from spatial_gaps.geography.register import areas as register
from spatial_gaps.locate import proximity
from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.contiguity import contiguity, find_adjacency
from spatial_gaps.locate.correlogram import _adjusted, correlogram, distance_correlogram


def graph_of(pairs, codes) -> pd.Series:
    rows = dict.fromkeys(pairs, 1.0)
    linked = {code for pair in pairs for code in pair}
    rows |= {
        (code, code): 0.0
        for code in codes
        if code not in {a for a, _ in pairs} or code not in linked
    }
    return pd.Series(rows)


def steps(pairs, codes) -> dict:
    """Return the length of the shortest path between areas, by walking."""
    found = {}
    for start in codes:
        seen, edge = {start}, [start]
        for step in range(1, len(codes)):
            edge = sorted({b for a, b in pairs if a in edge} - seen)
            seen |= set(edge)
            found |= {(start, end): step for end in edge}
    return found


def slow_i(values: dict, pairs, row: bool) -> float:
    """Return Moran's I over the areas that have a link, in plain loops."""
    used = {code for pair in pairs for code in pair}
    mean = sum(values[code] for code in used) / len(used)
    z = {code: values[code] - mean for code in used}
    out = {code: sum(a == code for a, _ in pairs) for code in used}
    weight = {pair: 1 / out[pair[0]] if row else 1.0 for pair in pairs}
    top = sum(w * z[a] * z[b] for (a, b), w in weight.items())
    return len(used) * top / (sum(weight.values()) * sum(v * v for v in z.values()))


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=16),
    st.lists(st.integers(0, 10**6), min_size=9, max_size=9, unique=True),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_orders_are_shortest_paths_and_moran_is_that_of_loops(ends, y, row):
    codes = [f"c{i}" for i in range(9)]
    pairs = {(codes[a], codes[b]) for a, b in ends if a != b}
    pairs |= {(b, a) for a, b in pairs}
    values = dict(zip(codes, y, strict=True))
    apart = steps(pairs, codes)
    table = correlogram(
        pd.Series(values), graph_of(pairs, codes), orders=4,
        transform="row" if row else "binary", permutations=0,
    )  # fmt: skip
    assert table["order"].tolist() == [1, 2, 3, 4]
    for order, found in table.set_index("order").iterrows():
        ring = [pair for pair, step in apart.items() if step == order]
        assert found["pairs"] == len(ring) / 2
        assert found["n"] == len({code for pair in ring for code in pair})
        if found["status"]:
            assert np.isnan(found["I"])
        else:
            assert found["I"] == pytest.approx(slow_i(values, ring, row), rel=1e-6, abs=1e-9)


def test_links_one_way_are_followed_that_way():
    # a -> b -> c -> d -> a: two steps lead from a to c and from c to a, three from a to d.
    codes = list("abcd")
    graph = graph_of([("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")], codes)
    table = correlogram(pd.Series([1.0, 2, 4, 9], index=codes), graph, orders=4, permutations=9)
    assert table["pairs"].tolist() == [4, 2, 4, 0]
    assert table["n"].tolist() == [4, 4, 4, 0]
    assert table["I"].iloc[0] == pytest.approx(table["I"].iloc[2])
    assert "at least 3" in table["status"].iloc[3]


def test_the_first_order_is_moran_itself():
    areas = register("lad", 2023)
    graph = contiguity(areas)
    values = areas["area_km2"].map(np.log)
    values.iloc[[5, 50]] = np.nan
    for policy in ("drop", "adjust", "keep"):
        table = correlogram(values, graph, orders=2, permutations=499, seed=3, policy=policy)
        found = moran(values, graph, permutations=499, seed=3, policy=policy)
        for name in ("n", "I", "expected", "variance", "z", "p"):
            assert table[name].iloc[0] == getattr(found, name)
    assert table["pairs"].iloc[0] == graph.drop(values.index[[5, 50]], level=0).drop(
        values.index[[5, 50]], level=1
    ).sum() / 2  # fmt: skip


def test_orders_equal_libpysal():
    graphs = pytest.importorskip("libpysal.graph")
    areas = register("itl3", 2021)
    graph = contiguity(areas)
    values = areas["population"].astype(float)
    table = correlogram(values, graph, orders=4, permutations=99, seed=1)
    peer = graphs.Graph(graph)
    for order in (2, 3, 4):
        higher = peer.higher_order(order)
        assert table["pairs"].iloc[order - 1] == higher.n_edges / 2
        found = moran(values, higher, permutations=99, seed=1)
        assert table["I"].iloc[order - 1] == pytest.approx(found.I, rel=1e-12)
        assert table["p"].iloc[order - 1] == found.p


def test_no_path_leads_through_a_missing_area():
    codes = list("abcdefg")
    pairs = [(codes[i], codes[i + 1]) for i in range(6)]
    graph = graph_of(pairs + [(b, a) for a, b in pairs], codes)
    values = pd.Series([1.0, 4, 2, np.nan, 8, 5, 7], index=codes)
    table = correlogram(values, graph, orders=3, permutations=99)
    assert table["pairs"].tolist() == [4, 2, 0]


def test_too_many_links_are_refused(monkeypatch):
    codes = [f"c{i:02d}" for i in range(30)]
    pairs = [(codes[i - 1], codes[i]) for i in range(30)]
    graph = graph_of(pairs + [(b, a) for a, b in pairs], codes)
    monkeypatch.setattr("spatial_gaps.locate.correlogram.MOST_LINKS", 59)
    with pytest.raises(InputError, match="order 1 makes 60 links, more than 59"):
        correlogram(pd.Series(np.arange(30.0), index=codes), graph)


def test_holm_by_hand_and_the_others_through_adjust():
    # Sorted .005 .01 .03 .04 times 4, 3, 2, 1: .02 .03 .06 .04, and never falling: .02 .03 .06 .06.
    p = np.array([0.01, 0.04, np.nan, 0.03, 0.005])
    np.testing.assert_allclose(_adjusted(p, "holm"), [0.03, 0.06, np.nan, 0.06, 0.02])
    np.testing.assert_allclose(_adjusted(p, "fdr"), [0.02, 0.04, np.nan, 0.04, 0.02])
    np.testing.assert_allclose(_adjusted(p, "bonferroni"), [0.04, 0.16, np.nan, 0.12, 0.02])
    np.testing.assert_allclose(_adjusted(p, "none"), p)
    np.testing.assert_allclose(_adjusted(np.array([0.6, 0.7]), "holm"), [1, 1])


def grid(side: int, metres: float) -> pd.DataFrame:
    codes = [f"c{i:02d}" for i in range(side**2)]
    x, y = np.meshgrid(np.arange(side) * metres, np.arange(side) * metres)
    return pd.DataFrame({"easting": x.ravel(), "northing": y.ravel()}, index=codes)


@pytest.mark.parametrize("bands", [[0, 1000, 2000, 3000], [1000, 1500, 2500], (0, 900)])
@pytest.mark.parametrize("transform", ["row", "binary"])
def test_bands_hold_their_upper_limit_and_not_their_lower(bands, transform):
    places = grid(5, 1000.0)
    values = pd.Series(np.random.default_rng(0).normal(size=25), index=places.index)
    table = distance_correlogram(
        values,
        places.sample(frac=1, random_state=1),
        bands=bands,
        transform=transform,
        permutations=9,
    )
    points = places.to_numpy()
    for row, (lower, upper) in enumerate(pairwise(bands)):
        apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
        ring = [
            (a, b)
            for i, a in enumerate(places.index)
            for j, b in enumerate(places.index)
            if i != j and lower < apart[i, j] <= upper
        ]
        found = table.iloc[row]
        assert (found["lower"], found["upper"], found["pairs"]) == (lower, upper, len(ring) / 2)
        if ring:
            assert found["I"] == pytest.approx(slow_i(values, ring, transform == "row"), rel=1e-9)
        else:
            assert np.isnan([found["I"], found["p"], found["p_adjusted"]]).all()


def test_a_band_from_zero_is_the_neighbours_by_distance():
    areas = register("lad", 2023)
    values = areas["area_km2"].map(np.log)
    table = distance_correlogram(values, areas, bands=[0, 30_000], permutations=199, seed=2)
    graph = find_adjacency(areas, "distance", "keep", distance=30_000).weights
    found = moran(values, graph, permutations=199, seed=2)
    for name in ("n", "I", "expected", "variance", "z", "p"):
        assert table[name].iloc[0] == getattr(found, name)


def test_centroids_in_one_place_are_in_a_band_from_zero():
    places = grid(2, 1000.0)
    places.loc["c01"] = places.loc["c00"]
    values = pd.Series([1.0, 2, 4, 9], index=places.index)
    table = distance_correlogram(values, places, bands=[0, 500, 1000], permutations=0)
    # c00 and c01 are 1000 m from c02, and so is c03.
    assert table["pairs"].tolist() == [1, 3]
    assert distance_correlogram(values, places, bands=[1, 500], permutations=0)[
        "pairs"
    ].tolist() == [0]


def test_columns_points_shapes_and_the_register_are_places():
    places = grid(4, 1000.0)
    values = pd.Series(np.random.default_rng(1).normal(size=16), index=places.index)
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(places["easting"], places["northing"]), index=places.index, crs=27700
    )  # fmt: skip
    squares = points.set_geometry(points.buffer(300, cap_style="square"))
    bands = [0, 1000, 2500]
    tables = [
        distance_correlogram(values, areas, bands=bands, permutations=99)
        for areas in (places, points, squares.astype(object).set_geometry("geometry", crs=27700))
    ]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    pd.testing.assert_frame_equal(tables[0], tables[2])
    with pytest.raises(CRSError, match="degrees"):
        distance_correlogram(values, points.to_crs(4326), bands=bands)
    shapes = [*points.geometry[:3], shapely.Point(), *points.geometry[4:]]
    with pytest.raises(GeometryError, match="c03"):
        distance_correlogram(values, points.assign(geometry=shapes), bands=bands)
    lads = register("lad", 2023)
    figures = lads["area_km2"]
    one, two = (
        distance_correlogram(figures, areas, bands=[0, 20_000], permutations=9)
        for areas in (lads, cartogram())
    )
    pd.testing.assert_frame_equal(one, two)


def test_order_of_rows_workers_missing_and_further_areas_change_nothing():
    places = grid(5, 1000.0)
    values = pd.Series(np.random.default_rng(0).normal(size=25), index=places.index)
    values["c07"] = np.nan
    options = {"bands": [0, 1000, 2000], "permutations": 1500}
    one = distance_correlogram(values, places, **options)
    mixed, moved = values.sample(frac=1, random_state=1), places.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(one, distance_correlogram(mixed, moved, workers=3, **options))
    pd.testing.assert_frame_equal(one, distance_correlogram(values.dropna(), places, **options))
    numbers = {code: 100 - i for i, code in enumerate(places.index)}
    named = distance_correlogram(values.rename(numbers), places.rename(numbers), **options)
    assert named["I"].tolist() == pytest.approx(one["I"].tolist(), rel=1e-12)


def test_a_trend_is_high_close_by_and_low_far_away():
    places = grid(6, 1000.0)
    values = places["easting"] + places["northing"] ** 1.1
    table = distance_correlogram(values, places, bands=[0, 1000, 3000, 9000], permutations=999)
    assert table["I"].is_monotonic_decreasing
    assert table["I"].iloc[0] > 0.5 > 0 > table["I"].iloc[2]
    assert table["p_adjusted"].tolist() == pytest.approx([0.006] * 3)


@pytest.mark.parametrize("bands", [[0], [0, 0], [5, 3], [-1, 2], [0, np.nan, 3], [], 5000])
def test_limits_have_to_rise(bands):
    places = grid(3, 1.0)
    with pytest.raises(InputError, match="rising numbers of metres"):
        distance_correlogram(places["easting"], places, bands=bands)


def test_what_does_not_fit_is_refused_by_name(monkeypatch):
    places = grid(3, 1000.0)
    values = places["easting"]
    with pytest.raises(JoinError, match="areas lacks areas that values has: c04"):
        distance_correlogram(values, places.drop("c04"), bands=[0, 1])
    with pytest.raises(JoinError, match="c00"):
        distance_correlogram(values, pd.concat([places, places[:1]]), bands=[0, 1])
    with pytest.raises(InputError, match="no easting or northing: c02"):
        distance_correlogram(values, places.drop("c02").reindex(places.index), bands=[0, 1])
    with pytest.raises(InputError, match="Series"):
        distance_correlogram(values.to_numpy(), places, bands=[0, 1])
    with pytest.raises(InputError, match="infinite"):
        distance_correlogram(values, places, bands=[0, np.inf])
    for option in ({"correction": "bonferonni"}, {"transform": "given"}, {"policy": "link"}):
        with pytest.raises(InputError, match=next(iter(option.values()))):
            distance_correlogram(values, places, bands=[0, 1500], **option)
    graph = graph_of([("c00", "c01"), ("c01", "c00")], places.index)
    with pytest.raises(InputError, match="orders"):
        correlogram(values, graph, orders=0)
    with pytest.raises(InputError, match="correction"):
        correlogram(values, graph, correction="hulm")
    monkeypatch.setattr(proximity, "MOST_LINKS", 5)
    with pytest.raises(InputError, match="more than 5"):
        distance_correlogram(values, places, bands=[0, 1500])
