"""Neighbours by every rule, on borders that do not match, and what is reported about them."""

from __future__ import annotations

import json
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from libpysal.graph import Graph
from shapely.geometry import MultiPolygon, Point, Polygon, box

from spatial_gaps.errors import (
    CRSError,
    GeometryError,
    InputError,
    JoinError,
    SpatialGapsWarning,
)
from spatial_gaps.geography.cartogram import cartogram
from spatial_gaps.geography.register import areas as register
from spatial_gaps.locate.connectivity import connectivity
from spatial_gaps.locate.contiguity import contiguity
from spatial_gaps.locate.neighbours import neighbours

ISLANDS = {
    "E06000046": "Isle of Wight",
    "E06000053": "Isles of Scilly",
    "S12000013": "Na h-Eileanan Siar",
    "S12000023": "Orkney Islands",
    "S12000027": "Shetland Islands",
    "W06000001": "Isle of Anglesey",
}
# File, level, pairs, islands, components; the counts are those of libpysal and spdep.
LAYERS = [
    ("lad_2019_uk_buc", 960, 6, 8),
    ("lad_2020_uk_buc", 956, 6, 8),
    ("lad_2021_uk_buc", 942, 6, 8),
    ("lad_2022_uk_buc", 942, 6, 8),
    ("lad_2023_uk_buc", 906, 6, 8),
    ("lad_2024_uk_buc", 907, 6, 8),
    ("lad_2024dec_uk_buc", 902, 6, 8),
    ("lad_2025_uk_buc", 902, 6, 8),
    ("itl3_2021_uk_buc", 411, 5, 7),
    ("itl3_2025_uk_buc", 427, 2, 4),
]


def made(*shapes, codes="abcdefghij", crs=27700) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), index=list(codes[: len(shapes)]), crs=crs)


def layer(shared, stem: str) -> gpd.GeoDataFrame:
    """Read a file as it was published, indexed by its codes."""
    frame = gpd.read_file(shared / f"data/boundaries/{stem}.gpkg")
    code = next(name for name in frame if name.upper().endswith("CD"))
    name = next(name for name in frame if name.upper().endswith("NM"))
    return frame.set_index(code).rename(columns={name: "name"})[["name", "geometry"]]


def linked(areas, *arguments, **options) -> set[str]:
    """Return pairs as two letters, without a word about warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpatialGapsWarning)
        graph = neighbours(areas, *arguments, **options)
    return {a + b for (a, b), weight in graph.adjacency.items() if weight and a < b}


# Real layers


@pytest.mark.parametrize(("stem", "count", "islands", "components"), LAYERS)
def test_c46_real_layers_have_their_pairs_islands_and_components(
    shared, stem, count, islands, components
):
    report = connectivity(layer(shared, stem))
    assert (report.pairs, len(report.islands), len(report.components)) == (
        count,
        islands,
        components,
    )
    if stem.startswith("lad"):
        assert {code: report.names[code] for code in report.islands} == ISLANDS
        assert all(code.startswith("N09") for code in report.components[1])
        assert len(report.components[1]) == 11


@pytest.mark.parametrize("vintage", range(2019, 2026))
def test_c46_packaged_layers_name_the_six_islands_offline(vintage):
    report = connectivity(register("lad", vintage))
    assert {code: report.names[code] for code in report.islands} == ISLANDS
    assert len(report.components) == 8
    assert "Isle of Wight, Isles of Scilly, Na h-Eileanan Siar" in str(report)


@pytest.mark.parametrize("stem", ["lad_2024_uk_buc", "itl3_2021_uk_buc"])
@pytest.mark.parametrize("rule", ["queen", "rook"])
def test_equal_to_spdep_with_snap(shared, stem, rule):
    reference = json.loads((shared / "reference/expected/uk_contiguity.json").read_text())
    theirs = next(row for row in reference["layers"] if row["layer"] == f"{stem}.gpkg")
    areas = layer(shared, stem)
    assert contiguity_count(areas, rule) == theirs[f"{rule}_links"]
    report = connectivity(areas, rule)
    assert report.islands == tuple(theirs["isolates"])
    assert [len(part) for part in report.components] == theirs["component_sizes"]
    if rule == "queen":
        edges = pd.read_csv(shared / f"reference/inputs/{stem}.queen.csv")
        assert linked(areas) == {
            a + b for a, b in edges[["focal", "neighbor"]].itertuples(index=False) if a < b
        }


def contiguity_count(areas, rule) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpatialGapsWarning)
        return int(contiguity(areas, rule).sum())


@pytest.mark.parametrize("stem", ["lad_2019_uk_buc", "lad_2021_uk_buc", "itl3_2025_uk_buc"])
@pytest.mark.parametrize("rook", [False, True])
def test_equal_to_libpysal_where_borders_match(shared, stem, rook):
    areas = layer(shared, stem)
    ours = neighbours(areas, "rook" if rook else "queen")
    assert isinstance(ours, Graph)
    assert ours.equals(Graph.build_contiguity(areas, rook=rook))


@pytest.mark.slow
@pytest.mark.parametrize("stem", ["msoa_2021_ew_bsc", "lsoa_2021_ew_bsc"])
def test_equal_to_libpysal_at_small_areas(shared, stem):
    pytest.importorskip("pyarrow", reason="GeoParquet needs pyarrow")
    areas = gpd.read_parquet(shared / f"data/boundaries/{stem}.parquet")
    areas = areas.set_index(next(name for name in areas if name.upper().endswith("CD")))
    assert neighbours(areas).equals(Graph.build_contiguity(areas, rook=False))


def test_what_libpysal_derives_from_a_graph_works():
    graph = neighbours(made(box(0, 0, 1, 1), box(1, 0, 2, 1), box(5, 5, 6, 6)))
    assert graph.transform("r").sparse.sum() == 2
    assert graph.lag(np.array([1.0, 2.0, 4.0])).tolist() == [2, 1, 0]
    assert list(graph.isolates) == ["c"]
    assert graph.n_components == 2


# Borders that do not match


@pytest.mark.parametrize("rule", ["queen", "rook"])
def test_c40_a_gap_of_a_micrometre_makes_no_strangers(rule):
    areas = made(box(0, 0, 1, 1), box(1 + 1e-6, 0, 2, 1))
    with pytest.warns(SpatialGapsWarning, match=r"within 1e-06 m.*would be islands: a, b"):
        assert neighbours(areas, rule).n_edges == 2
    assert linked(areas, rule, tolerance=0.0) == set()
    (notice,) = connectivity(areas, rule).notices
    assert (notice.kind, notice.codes) == ("seams", ("a", "b"))


def test_c40_gaps_of_the_published_itl3_layer_are_closed_and_said(shared):
    report = connectivity(layer(shared, "itl3_2021_uk_buc"))
    (notice,) = report.notices
    # libpysal finds 292 of 411 pairs, and 30 islands instead of 5.
    assert "count as neighbours: 119" in notice.message
    assert "(25 in all)" in notice.message


@pytest.mark.parametrize("rule", ["queen", "rook"])
def test_c41_t_junctions_without_a_common_vertex_are_borders(rule):
    areas = made(box(0, 0, 10, 10), box(10, 2, 20, 8), box(-5, 10, 15, 20))
    assert Graph.build_contiguity(areas, rook=rule == "rook").n_edges == 0
    with pytest.warns(SpatialGapsWarning, match="share no .*, but touch, count as neighbours: 2"):
        neighbours(areas, rule)
    assert linked(areas, rule) == {"ab", "ac"}


def test_c41_half_an_edge_is_a_border_although_one_vertex_is_shared():
    areas = made(box(0, 0, 10, 10), box(10, 0, 20, 5), box(10, 5, 20, 10))
    assert linked(areas, "rook") == {"ab", "ac", "bc"}


def test_c41_a_slanting_t_junction_is_found_in_spite_of_rounding():
    at = Point(1 / 3 * 7, 1 / 3 * 3)
    areas = made(
        Polygon([(0, 0), (7, 3), (0, 9)]),
        Polygon([(0, 0), (at.x, at.y), (3, -5)]),
        Polygon([(at.x, at.y), (7, 3), (3, -5)]),
    )
    assert linked(areas, "rook") == {"ab", "ac", "bc"}


@pytest.mark.parametrize(("apart", "rule"), [(0, "rook"), (0.004, "rook"), (0.02, "queen")])
def test_c43_corners_that_meet_are_no_rooks(apart, rule):
    areas = made(box(0, 0, 10, 10), box(10 + apart, 10, 20, 20))
    assert linked(areas, rule) == set()


def test_c43_corners_meet_across_a_gap_under_queen():
    areas = made(
        box(0, 0, 10, 10), box(10.004, 10.004, 20, 20), Polygon([(0, 15), (5, 10.003), (9, 15)])
    )
    assert linked(areas) == {"ab", "ac"}
    assert linked(areas, "rook") == set()


def test_c43_sharp_corners_are_no_rooks():
    wedges = Polygon([(0, 0), (100, 0), (100, 1)]), Polygon([(0, 0), (100, 5), (100, 6)])
    assert linked(made(*wedges)) == {"ab"}
    assert linked(made(*wedges), "rook") == set()


def test_c43_the_rule_is_recorded(shared):
    areas = layer(shared, "lad_2021_uk_buc")
    queen, rook = connectivity(areas), connectivity(areas, "rook")
    assert (queen.rule, 2 * queen.pairs) == ("queen", 1884)
    assert (rook.rule, 2 * rook.pairs) == ("rook", 1880)


def test_c44_the_layer_and_the_tolerance_are_recorded(shared):
    assert connectivity(register("lad", 2021)).source == "packaged layer lad_2021_uk_buc"
    assert connectivity(register("lad", 2023), vintage=2024).source.endswith("lad_2024_uk_buc")
    report = connectivity(made(box(0, 0, 1, 1)), tolerance=0.5)
    assert (report.source, report.tolerance) == ("shapes of the areas", 0.5)


def test_c42_overlapping_areas_are_reported_with_how_much():
    areas = made(box(0, 0, 10, 10), box(8, 2, 20, 8), box(20, 2, 30, 8))
    with pytest.warns(SpatialGapsWarning, match=r"overlap.*: a and b in 12 m2\."):
        neighbours(areas)
    assert linked(areas, "rook") == {"ab", "bc"}


@pytest.mark.parametrize(
    ("shapes", "named"),
    [
        ((box(0, 0, 9, 9), box(0, 0, 9, 9)), "a and b in 81 m2"),
        ((box(0, 0, 9, 9), box(0, 0, 9, 9), box(9, 0, 18, 9)), "a and b in 81 m2"),
        ((box(0, 0, 9, 9), box(3, 3, 5, 5)), "a and b in 4 m2"),
        ((box(0, 0, 9, 9), Polygon([(4, 0), (4, 9), (9, 4)])), "a and b in 22.5 m2"),
        ((box(0, 0, 4, 4), box(4, 0, 8, 4), box(0, 0, 8, 4)), "a and c in 16 m2, b and c in 16 m2"),
    ],
    ids=["twice", "twice beside another", "inside", "from border to border", "whole of two"],
)
def test_c42_areas_on_top_of_others_are_reported(shapes, named):
    (notice,) = [each for each in connectivity(made(*shapes)).notices if each.kind == "overlaps"]
    assert notice.message.endswith(named)


def test_c42_an_area_dropped_on_many_has_all_of_them_as_neighbours():
    cells = [box(x, y, x + 10, y + 10) for x in range(0, 50, 10) for y in range(0, 50, 10)]
    codes = [f"c{number:02d}" for number in range(25)]
    areas = gpd.GeoDataFrame(geometry=[*cells, box(15, 15, 35, 35)], index=[*codes, "z"], crs=27700)
    covered = {codes[5 * x + y] for x in (1, 2, 3) for y in (1, 2, 3)}
    assert {pair[:3] for pair in linked(areas) if pair.endswith("z")} == covered


def test_c42_a_hole_with_its_enclave_is_no_overlap():
    ring = Polygon(box(0, 0, 9, 9).exterior, [box(3, 3, 6, 6).exterior])
    areas = made(ring, box(3, 3, 6, 6), MultiPolygon([box(9, 9, 12, 12), box(20, 0, 21, 1)]))
    assert connectivity(areas).notices == ()
    assert linked(areas, "rook") == {"ab"} == linked(areas) - {"ac"}


def test_c42_a_code_on_several_rows_is_refused():
    with pytest.raises(JoinError, match="a"):
        neighbours(made(box(0, 0, 1, 1), box(1, 0, 2, 1)).set_axis(["a", "a"]))


@pytest.mark.parametrize("shape", [None, Polygon()])
def test_c36_missing_and_empty_shapes_are_named(shape):
    with pytest.raises(GeometryError, match="no shape or an empty one: b"):
        neighbours(made(box(0, 0, 1, 1), shape))


def test_points_and_undefined_coordinates_are_named():
    with pytest.raises(GeometryError, match="not polygons: b"):
        neighbours(made(box(0, 0, 1, 1), Point(0, 0)))
    with np.errstate(invalid="ignore"):
        broken = Polygon([(0, 0), (1, 0), (1, np.nan), (0, 0)])
    with pytest.raises(GeometryError, match="undefined coordinates: b"):
        neighbours(made(box(0, 0, 1, 1), broken))


def test_t16_degrees_are_refused_with_a_remedy():
    for rule, options in (("queen", {}), ("nearest", {"k": 1}), ("distance", {"distance": 1.0})):
        with pytest.raises(CRSError, match="read_boundaries"):
            neighbours(made(box(0, 0, 1, 1), box(1, 0, 2, 1), crs=4326), rule, **options)


def test_the_order_of_rows_and_the_sense_of_rings_change_nothing():
    shapes = [box(0, 0, 10, 10), box(10, 2, 20, 8), box(10.005, 8, 20, 20), box(5, -5, 12, 2)]
    areas = made(*shapes)
    for rule in ("queen", "rook"):
        expected = linked(areas, rule)
        assert linked(areas[::-1], rule) == expected
        assert linked(made(*shapely.reverse(shapes)), rule) == expected


def test_nothing_given_is_changed():
    areas = made(box(0, 0, 2, 2), box(1, 1, 3, 3))
    before = areas.copy(deep=True)
    linked(areas)
    linked(areas, "distance", distance=5.0, islands="nearest")
    pd.testing.assert_frame_equal(areas, before)


# Distances


def test_c45_of_equally_near_areas_the_first_codes_count_in_any_order():
    places = [Point(0, 0), Point(1, 0), Point(0, 1), Point(-1, 0), Point(0, -1)]
    areas = made(*places, codes="xdbca")
    for rows in (areas, areas[::-1], areas.sample(frac=1, random_state=3)):
        graph = neighbours(rows, "nearest", k=2)
        assert sorted(graph["x"].index) == ["a", "b"]
        assert graph.cardinalities.eq(2).all()


def test_c45_coincident_centroids_are_neighbours_and_said():
    areas = made(Point(0, 0), Point(0, 0), Point(0, 0), Point(3, 0))
    with pytest.warns(SpatialGapsWarning, match="3 areas have the centroid of another: a, b, c"):
        graph = neighbours(areas, "nearest", k=1)
    assert dict(graph.adjacency.index) == {"a": "b", "b": "a", "c": "a", "d": "a"}


@pytest.mark.parametrize("stem", ["lad_2024_uk_buc", "itl3_2021_uk_buc"])
def test_five_nearest_equal_spdep(shared, stem):
    theirs = pd.read_csv(shared / f"reference/inputs/{stem}.knn5.csv")
    places = pd.read_csv(shared / f"reference/inputs/{stem}.csv", index_col="id")
    points = gpd.points_from_xy(places["BNG_E"], places["BNG_N"])
    ours = neighbours(gpd.GeoDataFrame(places, geometry=points, crs=27700), "nearest", k=5)
    assert set(ours.adjacency.index) == set(
        theirs[["focal", "neighbor"]].itertuples(index=False, name=None)
    )


def test_distance_bands_include_their_edge_and_leave_islands():
    areas = made(Point(0, 0), Point(3, 4), Point(20, 0))
    assert linked(areas, "distance", distance=5) == {"ab"}
    assert linked(areas, "distance", distance=4.99) == set()
    assert linked(areas, "distance", "nearest", distance=5) == {"ab", "bc"}


def test_centroids_of_the_register_stand_in_for_shapes():
    graph = neighbours(cartogram("lad", 2023), "nearest", k=1)
    assert graph["E09000001"].index[0] in {"E09000019", "E09000012", "E09000007", "E09000030"}
    assert graph.equals(neighbours(register("lad", 2023), "nearest", k=1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "nearest", "k": 3}, "at least 1 and at most 2"),
        ({"rule": "nearest", "k": 0}, "at least 1"),
        ({"rule": "nearest"}, "needs k"),
        ({"rule": "nearest", "k": 1, "islands": "link"}, "leaves no area alone"),
        ({"rule": "distance"}, "needs distance"),
        ({"rule": "distance", "distance": -1.0}, "above 0"),
        ({"rule": "distance", "distance": float("nan")}, "above 0"),
        ({"rule": "queen", "k": 2}, "takes no k"),
        ({"rule": "distance", "distance": 1.0, "k": 2}, "takes no k"),
        ({"rule": "bishop"}, "queen, rook, nearest, distance"),
        ({"islands": "sink"}, "keep, link, nearest"),
        ({"tolerance": -0.1}, "0 or more metres"),
        ({"vintage": 2023}, "have shapes"),
    ],
)
def test_f62_impossible_options_are_refused(options, message):
    areas = made(box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 0, 3, 1))
    with pytest.raises(InputError, match=message):
        neighbours(areas, **options)


def test_h78_a_band_over_everything_is_refused_before_it_fills_the_memory():
    many = np.random.default_rng(0).random((6000, 2))
    areas = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*many.T), crs=27700)
    with pytest.raises(InputError, match="35,994,000 links"):
        neighbours(areas, "distance", distance=10.0)


# Islands and facts


def test_links_leave_one_component_and_northern_ireland_joins():
    report = connectivity(register("lad", 2023), islands="link")
    assert (len(report.components), report.islands, report.policy) == (1, (), "link")


def test_areas_without_a_packaged_link_are_named():
    with pytest.warns(SpatialGapsWarning, match="no bridge or ferry .*: TLJ34, TLL31"):
        neighbours(register("itl3", 2025), islands="link")


def test_the_layer_of_a_year_can_be_chosen_among_those_with_the_same_codes():
    areas = register("lad", 2023)
    assert neighbours(areas).n_edges == 2 * 906
    assert neighbours(areas, vintage=2024).n_edges == 2 * 907
    with pytest.raises(InputError, match="2023, 2024"):
        neighbours(areas, vintage=2025)


def test_codes_that_no_register_holds_are_refused_without_shapes():
    areas = register("lad", 2023).rename(index={"E06000001": "E06099999"})
    with pytest.raises(JoinError, match="E06099999"):
        neighbours(areas)
