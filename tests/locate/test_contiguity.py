"""Neighbours: shared vertices on a grid, packaged facts, islands under a named policy."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import affinity
from shapely.geometry import Polygon, box

from spatial_gaps import areas as register
from spatial_gaps import cartogram, neighbours, read_boundaries
from spatial_gaps.errors import GeometryError, InputError, JoinError
from spatial_gaps.locate.contiguity import contiguity

ISLANDS = {"E06000046", "E06000053", "W06000001", "S12000013", "S12000023", "S12000027"}


def grid(gap: float = 0.0) -> gpd.GeoDataFrame:
    """Four squares in a block, and one apart."""
    squares = [box(x, y, x + 10 - gap, y + 10) for x in (0, 10) for y in (0, 10)]
    squares.append(box(100, 100, 110, 110))
    return gpd.GeoDataFrame(geometry=squares, index=list("abcde"), crs=27700)


def pairs(adjacency: pd.Series) -> set[tuple[str, str]]:
    return {(a, b) for (a, b), weight in adjacency.items() if weight and a < b}


def test_queen_and_rook_differ_at_corners():
    assert pairs(contiguity(grid())) == {
        ("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d")}  # fmt: skip
    assert pairs(contiguity(grid(), "rook")) == {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}
    alone = contiguity(grid())
    assert alone[("e", "e")] == 0
    assert (alone.drop(("e", "e")) == 1).all()


def test_gaps_below_a_millimetre_are_closed_and_wider_ones_are_not():
    assert len(pairs(contiguity(grid(gap=0.0002)))) == 6
    assert len(pairs(contiguity(grid(gap=0.5)))) == 2


def test_policies_join_islands():
    near = contiguity(grid(), islands="nearest")
    assert ("d", "e") in pairs(near)
    linked = contiguity(register("lad", 2023), islands="link")
    assert ("E06000046", "E06000045") in pairs(linked) | {(b, a) for a, b in pairs(linked)}
    assert not (linked == 0).any()
    kept = contiguity(register("lad", 2023))
    assert set(kept[kept == 0].index.get_level_values(0)) == ISLANDS


def test_bad_input_is_said():
    with pytest.raises(InputError, match="queen, rook"):
        contiguity(grid(), "bishop")
    with pytest.raises(InputError, match="islands policy"):
        contiguity(grid(), islands="sink")
    with pytest.raises(GeometryError, match="b"):
        contiguity(grid().assign(geometry=[*grid().geometry[:1], Polygon(), *grid().geometry[2:]]))
    with pytest.raises(JoinError, match="a"):
        contiguity(grid().set_axis(list("aacde")))


def test_the_cartogram_has_the_true_neighbours():
    hexagons, facts = contiguity(cartogram("lad", 2023)), contiguity(register("lad", 2023))
    pd.testing.assert_series_equal(hexagons, facts)
    assert len(pairs(facts)) == 906
    assert len(pairs(contiguity(register("lad", 2021)))) == 942


def test_row_order_changes_nothing_but_the_order():
    mixed = grid().sample(frac=1, random_state=4)
    assert pairs(contiguity(mixed)) == pairs(contiguity(grid()))


@pytest.mark.parametrize(
    ("file", "level", "vintage", "count", "islands"),
    [
        ("lad_2023_uk_buc.gpkg", "lad", 2023, 906, 6),
        ("lad_2021_uk_buc.gpkg", "lad", 2021, 942, 6),
        ("itl3_2021_uk_buc.gpkg", "itl3", 2021, 411, 5),
    ],
)
def test_real_layers(shared, file, level, vintage, count, islands):
    areas = read_boundaries(level, shared / "data/boundaries" / file, vintage=vintage)
    found = contiguity(areas)
    assert len(pairs(found)) == count
    assert (found == 0).sum() == islands
    if level == "lad":
        assert pairs(found) == pairs(contiguity(register(level, vintage)))


def test_equal_to_spdep_and_to_libpysal_on_a_clean_layer(shared):
    from libpysal.graph import Graph

    reference = json.loads((shared / "reference/expected/uk_contiguity.json").read_text())
    facts = next(row for row in reference["layers"] if row["layer"].startswith("lad_2024"))
    areas = read_boundaries("lad", shared / "data/boundaries/lad_2024_uk_buc.gpkg", vintage=2024)
    graph = neighbours(areas)
    assert graph.n_edges == facts["queen_links"]
    assert set(graph.isolates) == set(facts["isolates"])
    assert graph.n_components == facts["n_components"]
    theirs = Graph.build_contiguity(areas, rook=False)
    assert pairs(graph.adjacency) == pairs(theirs.adjacency)


def test_the_graph_is_libpysals_own_and_moran_takes_it():
    from libpysal.graph import Graph

    from spatial_gaps import moran

    graph = neighbours(grid())
    assert isinstance(graph, Graph)
    assert list(graph.isolates) == ["e"]
    values = pd.Series([1.0, 2.0, 3.0, 5.0, 9.0], index=list("abcde"))
    assert repr(moran(values, graph)) == repr(moran(values, contiguity(grid())))


def test_shapes_may_lie_anywhere():
    moved = grid()
    moved["geometry"] = [affinity.translate(shape, -5000, 1_200_000) for shape in moved.geometry]
    assert pairs(contiguity(moved)) == pairs(contiguity(grid()))
    assert np.isfinite(contiguity(moved)).all()
