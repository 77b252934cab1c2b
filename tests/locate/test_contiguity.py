"""Adjacency without libpysal: shared borders, packaged facts, islands under a named policy."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import affinity
from shapely.geometry import Polygon, box

from spatial_gaps import areas as register
from spatial_gaps import cartogram, neighbours, read_boundaries
from spatial_gaps.errors import GeometryError, InputError, JoinError, SpatialGapsWarning
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


def test_gaps_within_the_tolerance_are_closed_and_wider_ones_are_not():
    with pytest.warns(SpatialGapsWarning, match=r"come within 0.0002 m .* neighbours: 4"):
        assert len(pairs(contiguity(grid(gap=0.0002)))) == 6
    assert len(pairs(contiguity(grid(gap=0.5)))) == 2
    with pytest.warns(SpatialGapsWarning, match="come within 0.5 m"):
        assert len(pairs(contiguity(grid(gap=0.5), tolerance=0.5))) == 6


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


@pytest.mark.parametrize(("vintage", "count"), [(2021, 942), (2023, 906)])
def test_shapes_and_packaged_facts_agree(shared, vintage, count):
    path = shared / f"data/boundaries/lad_{vintage}_uk_buc.gpkg"
    found = contiguity(read_boundaries("lad", path, vintage=vintage))
    assert len(pairs(found)) == count
    assert pairs(found) == pairs(contiguity(register("lad", vintage)))


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
