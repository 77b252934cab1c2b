"""Borders: made to meet without moving far, merged without slivers, simplified together."""

from __future__ import annotations

import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph
from scipy.spatial import KDTree

from spatial_gaps.errors import GeometryError, InputError, JoinError, SpatialGapsWarning
from spatial_gaps.geography.boundaries import read_boundaries
from spatial_gaps.geography.coverage import (
    check_overlaps,
    dissolve_boundaries,
    merge_rows,
    simplify_boundaries,
)
from spatial_gaps.geography.lookups import parents
from spatial_gaps.geography.snapping import snap_vertices


def series(*shapes: shapely.Geometry) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), index=list("abcdefgh"[: len(shapes)]), crs=27700)


def frame(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return series(*shapes).to_frame("geometry")


def pairs(areas: gpd.GeoDataFrame) -> set[tuple[str, str]]:
    """Return pairs of areas that share a vertex exactly, as libpysal finds them."""
    graph = Graph.build_contiguity(areas, rook=False)
    return {tuple(sorted(pair)) for pair in graph.adjacency[graph.adjacency > 0].index}


def holes(shape: shapely.Geometry) -> list[float]:
    """Return the areas of the holes of a shape."""
    return [
        shapely.Polygon(ring).area for part in shapely.get_parts(shape) for ring in part.interiors
    ]


@pytest.fixture(scope="module")
def itl3(shared: Path) -> gpd.GeoDataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read_boundaries("itl3", shared / "data/boundaries/itl3_2021_uk_buc.gpkg", 2021)


@pytest.fixture(scope="module")
def lad(shared: Path) -> gpd.GeoDataFrame:
    return read_boundaries("lad", shared / "data/boundaries/lad_2023_uk_buc.gpkg")


class TestSnapping:
    def test_c40_squares_a_micrometre_apart_become_neighbours(self) -> None:
        shapes = series(shapely.box(0, 0, 1, 1), shapely.box(1 + 1e-6, 0, 2, 1))
        assert pairs(shapes.to_frame("geometry")) == set()
        with pytest.warns(SpatialGapsWarning, match=r"moved: 2 by up to 0.001 mm; 2 .*: a, b"):
            snapped = snap_vertices(shapes)
        assert pairs(snapped.to_frame("geometry")) == {("a", "b")}
        assert shapes.iloc[1].bounds[0] == 1 + 1e-6

    def test_c40_rounding_to_a_grid_would_part_these(self) -> None:
        # 0.9999 mm apart, on either side of 1.5 mm, where rounding to a millimetre divides.
        west, east = 0.0014999, 0.0015001
        shapes = series(shapely.box(-1, 0, west, 1), shapely.box(east, 0, 1, 1))
        assert round(west, 3) != round(east, 3)
        with pytest.warns(SpatialGapsWarning):
            snapped = snap_vertices(shapes, 0.001)
        assert pairs(snapped.to_frame("geometry")) == {("a", "b")}

    def test_vertices_that_coincide_stay_and_the_odd_one_moves(self) -> None:
        corner = (1.0, 1.0)
        odd = (1.004, 1.003)
        shapes = series(
            shapely.Polygon([(0, 0), (1, 0), corner, (0, 1)]),
            shapely.Polygon([(1, 0), (2, 0), (2, 1), corner]),
            shapely.Polygon([odd, (2, 1), (2, 2), (1, 2)]),
        )
        with pytest.warns(SpatialGapsWarning, match="moved: 2 by up to 5 mm"):
            snapped = snap_vertices(shapes)
        assert shapely.get_coordinates(snapped.iloc[2])[0].tolist() == list(corner)
        assert snapped.iloc[0].equals_exact(shapes.iloc[0])
        assert snapped.iloc[1].equals_exact(shapes.iloc[1])

    def test_a_clean_layer_is_returned_as_it_is(self, lad: gpd.GeoDataFrame) -> None:
        shapes = lad.geometry
        assert snap_vertices(shapes) is shapes

    @pytest.mark.parametrize("tolerance", [0, 1e-7])
    def test_nothing_moves_further_than_the_tolerance(self, tolerance: float) -> None:
        shapes = series(shapely.box(0, 0, 1, 1), shapely.box(1 + 1e-6, 0, 2, 1))
        assert snap_vertices(shapes, tolerance) is shapes

    def test_a_part_smaller_than_the_tolerance_goes_and_a_shape_never(self) -> None:
        speck = shapely.box(5, 5, 5.001, 5.001)
        parts = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), speck])
        with pytest.warns(SpatialGapsWarning):
            snapped = snap_vertices(series(parts, shapely.box(9, 9, 9.001, 9.001)))
        assert snapped.iloc[0].equals(shapely.box(0, 0, 1, 1))
        assert snapped.iloc[1].area == pytest.approx(1e-6)

    def test_a_neck_thinner_than_the_tolerance_closes_and_the_shape_stays_valid(self) -> None:
        glass = shapely.Polygon([(0, 0), (4, 0), (2.002, 2), (4, 4), (0, 4), (1.998, 2)])
        with pytest.warns(SpatialGapsWarning):
            snapped = snap_vertices(series(glass))
        assert snapped.iloc[0].is_valid
        assert snapped.iloc[0].area == pytest.approx(glass.area, rel=0.01)

    @settings(deadline=None, max_examples=60)
    @given(
        seed=st.integers(0, 10_000),
        tolerance=st.sampled_from([0.0005, 0.01, 0.3, 2.0]),
        count=st.integers(2, 60),
    )
    def test_no_vertex_moves_far_and_no_two_stay_close(
        self, seed: int, tolerance: float, count: int
    ) -> None:
        rng = np.random.default_rng(seed)
        # Chains of points closer to each other than the tolerance are the hard case.
        points = rng.integers(-3, 3, (count, 2)) * 5.0 + rng.uniform(-2, 2, (count, 2)) * tolerance
        shapes = gpd.GeoSeries(shapely.points(points), crs=27700)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            after = shapely.get_coordinates(snap_vertices(shapes, tolerance).to_numpy())
            mixed = shapes.iloc[rng.permutation(count)]
            again = snap_vertices(mixed, tolerance).sort_index()
        assert np.hypot(*(after - points).T).max() <= tolerance * (1 + 1e-9)
        left = np.unique(after, axis=0)
        assert not KDTree(left).query_pairs(tolerance * (1 - 1e-9))
        assert np.array_equal(shapely.get_coordinates(again.to_numpy()), after)

    def test_h78_a_swarm_of_vertices_does_not_fill_the_memory(self) -> None:
        # 4,000 vertices within a centimetre are 8 million pairs.
        swarm = shapely.Point(0.005, 0.005).buffer(0.004, quad_segs=1000)
        with pytest.raises(InputError, match=r"too many vertices lie within 0\.01 m"):
            snap_vertices(series(swarm))

    def test_layers_as_large_as_the_country_with_a_tiny_tolerance(self) -> None:
        shapes = series(
            shapely.box(-200_000, -50_000, 0, 0), shapely.box(0, 1e-9, 750_000, 1_300_000)
        )
        with pytest.warns(SpatialGapsWarning):
            snapped = snap_vertices(shapes, 1e-6)
        assert pairs(snapped.to_frame("geometry")) == {("a", "b")}


class TestOverlaps:
    def test_areas_that_meet_do_not_overlap(self) -> None:
        check_overlaps(series(*[shapely.box(x, y, x + 1, y + 1) for x in (0, 1) for y in (0, 1)]))

    def test_c41_a_border_without_a_common_vertex_is_not_an_overlap(self) -> None:
        check_overlaps(
            series(shapely.box(0, 0, 9, 9), shapely.box(9, 0, 18, 4), shapely.box(9, 4, 18, 9))
        )

    def test_c42_every_pair_is_named_widest_first(self) -> None:
        shapes = series(
            shapely.box(0, 0, 2000, 2000), shapely.box(1000, 0, 3000, 2000),
            shapely.box(2500, 0, 4000, 2000), shapely.box(9000, 0, 9001, 1),
        )  # fmt: skip
        with pytest.raises(GeometryError, match=r"a and b by 2 km2, b and c by 1 km2\. Every"):
            check_overlaps(shapes)

    def test_official_layers_that_tile_have_none(
        self, itl3: gpd.GeoDataFrame, lad: gpd.GeoDataFrame
    ) -> None:
        check_overlaps(itl3.geometry)
        check_overlaps(lad.geometry)


class TestMerging:
    def test_c42_rows_of_one_code_are_united(self) -> None:
        rows = gpd.GeoSeries(
            [shapely.box(0, 0, 1, 1), shapely.box(7, 7, 8, 8), shapely.box(1, 0, 2, 1)],
            index=["b", "a", "b"], crs=27700,
        )  # fmt: skip
        with pytest.warns(SpatialGapsWarning, match=r"merged: b \(2 rows\)"):
            merged = merge_rows(rows)
        assert merged.index.tolist() == ["b", "a"]
        assert merged["b"].equals(shapely.box(0, 0, 2, 1))


class TestDissolve:
    def test_official_areas_become_official_regions(
        self, shared: Path, itl3: gpd.GeoDataFrame
    ) -> None:
        regions = dissolve_boundaries(itl3, parents(itl3.index, "itl1", 2021))
        official = gpd.read_file(shared / "data/boundaries/itl1_2021_uk_buc_dissolved.gpkg")
        official = official.set_index("ITL121CD").geometry
        assert regions.index.tolist() == sorted(official.index)
        assert regions.loc["TLI", "name"] == "London"
        shapes, other = regions.geometry.to_numpy(), official[regions.index].to_numpy()
        common = shapely.area(shapely.intersection(shapes, other))
        assert (common / shapely.area(shapely.union(shapes, other))).min() > 0.99999
        assert shapely.get_num_geometries(shapes).tolist() == (
            shapely.get_num_geometries(other).tolist()
        )
        assert [size for shape in shapes for size in holes(shape)] == []
        assert shapely.coverage_is_valid(shapes)

    def test_area_is_conserved(self, itl3: gpd.GeoDataFrame) -> None:
        parent = parents(itl3.index, "itl2", 2021)
        regions = dissolve_boundaries(itl3, parent)
        sums = itl3.area.groupby(parent.to_numpy()).sum()
        assert len(regions) == 41
        assert np.allclose(regions.area, sums[regions.index], rtol=1e-9)

    @pytest.mark.filterwarnings("ignore:.*slivers along borders, where")
    def test_borders_that_do_not_meet_leave_no_slivers(self, shared: Path) -> None:
        path = shared / "data/boundaries/itl3_2021_uk_buc.gpkg"
        areas = read_boundaries("itl3", path, 2021, snap=0)
        with pytest.warns(SpatialGapsWarning, match="slivers along borders inside regions"):
            regions = dissolve_boundaries(areas, parents(areas.index, "itl1", 2021))
        assert [size for shape in regions.geometry for size in holes(shape)] == []
        assert regions.area.sum() == pytest.approx(areas.area.sum(), rel=1e-9)

    def halves(self, width: float) -> tuple[shapely.Geometry, shapely.Geometry]:
        """Return two halves with a hole of 100 m by some metres between them."""
        hole = shapely.box(1000 - width / 2, 400, 1000 + width / 2, 500)
        return shapely.box(0, 0, 1000, 1000) - hole, shapely.box(1000, 0, 2000, 1000) - hole

    def test_a_hole_below_a_hectare_is_filled_with_a_warning(self) -> None:
        region = pd.Series("all", index=["a", "b"])
        with pytest.warns(SpatialGapsWarning, match="were filled: all 9,900 m2"):
            merged = dissolve_boundaries(frame(*self.halves(99)), region)
        assert merged.geometry["all"].equals(shapely.box(0, 0, 2000, 1000))
        merged = dissolve_boundaries(frame(*self.halves(101)), region)
        assert holes(merged.geometry["all"]) == [10_100]

    def test_an_enclave_of_another_region_stays_however_small(self) -> None:
        areas = frame(*self.halves(40), shapely.box(980, 400, 1020, 500))
        merged = dissolve_boundaries(areas, pd.Series(["all", "all", "own"], index=list("abc")))
        assert holes(merged.geometry["all"]) == [4000]
        assert merged.area["own"] == 4000

    def test_an_area_without_region_is_named(self) -> None:
        areas = frame(shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1))
        for region in (pd.Series({"a": "x"}), pd.Series({"a": "x", "b": None})):
            with pytest.raises(JoinError, match=r"no parent: b"):
                dissolve_boundaries(areas, region)

    def test_split_areas_are_refused(self) -> None:
        shares = pd.Series(
            [1.0, 0.6, 0.4], index=pd.MultiIndex.from_tuples([("a", "x"), ("b", "x"), ("b", "y")])
        )
        with pytest.raises(InputError, match=r"split between regions.*: b"):
            dissolve_boundaries(frame(shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)), shares)

    def test_overlapping_areas_are_refused(self) -> None:
        areas = frame(shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1))
        with pytest.raises(GeometryError, match=r"overlap.*: x"):
            dissolve_boundaries(areas, pd.Series("x", index=["a", "b"]))

    def test_rows_in_another_order_give_the_same(self, itl3: gpd.GeoDataFrame) -> None:
        parent = parents(itl3.index, "itl1", 2021)
        before = itl3.copy(deep=True)
        first = dissolve_boundaries(itl3, parent)
        second = dissolve_boundaries(itl3.iloc[::-1], parent.sample(frac=1, random_state=1))
        assert first.index.equals(second.index)
        assert shapely.equals(first.geometry.to_numpy(), second.geometry.to_numpy()).all()
        assert itl3.equals(before)


class TestSimplify:
    @pytest.mark.parametrize("tolerance", [100, 1000, 20_000])
    @pytest.mark.parametrize("layer", ["itl3", "lad"])
    def test_borders_stay_shared(
        self, request: pytest.FixtureRequest, layer: str, tolerance: float
    ) -> None:
        areas = request.getfixturevalue(layer)
        simple = simplify_boundaries(areas, tolerance)
        assert pairs(simple) == pairs(areas)
        assert shapely.coverage_is_valid(simple.geometry.to_numpy())
        assert simple.geometry.is_valid.all()
        assert not simple.geometry.is_empty.any()
        assert simple.get_coordinates().shape[0] < areas.get_coordinates().shape[0]

    def test_change_of_area_is_reported(self) -> None:
        # The roof, a triangle of 0.5, goes; the square of 100 stays.
        house = shapely.Polygon([(0, 0), (10, 0), (10, 10), (5, 10.1), (0, 10)])
        areas = frame(house).assign(name="house")
        simple = simplify_boundaries(areas, 1)
        assert simple.loc["a", "area_change"] == pytest.approx(-0.5 / 100.5)
        assert simple.loc["a", "name"] == "house"
        assert areas.columns.tolist() == ["geometry", "name"]
        assert areas.geometry.iloc[0].equals_exact(house)

    def test_country_keeps_its_size(self, lad: gpd.GeoDataFrame) -> None:
        simple = simplify_boundaries(lad, 500)
        assert simple.area.sum() == pytest.approx(lad.area.sum(), rel=1e-3)

    def test_borders_that_do_not_fit_are_named(self) -> None:
        areas = frame(shapely.box(0, 0, 1, 1), shapely.box(0.5, 0, 2, 1), shapely.box(5, 5, 6, 6))
        with pytest.warns(SpatialGapsWarning, match="one by one: a, b"):
            simplify_boundaries(areas, 0.1)

    @pytest.mark.parametrize("tolerance", [0, -1, float("nan"), float("inf")])
    def test_impossible_tolerances(self, tolerance: float) -> None:
        with pytest.raises(InputError, match="positive number of metres"):
            simplify_boundaries(frame(shapely.box(0, 0, 1, 1)), tolerance)

    def test_repeated_codes_are_refused(self) -> None:
        areas = frame(shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)).set_axis(["a", "a"])
        with pytest.raises(JoinError, match="more than once: a"):
            simplify_boundaries(areas, 1)
