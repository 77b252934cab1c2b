"""Boundary files: good ones are read as they are, bad ones are named."""

from __future__ import annotations

import time
import warnings
import zipfile
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from libpysal.graph import Graph

from spatial_gaps.errors import (
    CRSError,
    GeometryError,
    InputError,
    JoinError,
    SpatialGapsWarning,
)
from spatial_gaps.geography.boundaries import read_boundaries
from spatial_gaps.geography.register import areas
from spatial_gaps.geography.shapes import repair_shapes

ITL1 = areas("itl1")
SIDE = 10_000.0  # the centroids of London and the South East are 29 km apart
REPROJECTED = "reprojected from"


def squares() -> gpd.GeoDataFrame:
    """Return twelve made-up regions: a square around each true centroid."""
    middles = ITL1[["easting", "northing"]].to_numpy()
    shapes = [shapely.box(x - SIDE, y - SIDE, x + SIDE, y + SIDE) for x, y in middles]
    return gpd.GeoDataFrame(
        {"ITL121CD": ITL1.index, "ITL121NM": ITL1["name"].to_numpy()}, geometry=shapes, crs=27700
    )


def replaced(shape: shapely.Geometry | None, code: str = "TLC") -> gpd.GeoDataFrame:
    """Return the squares with one shape replaced."""
    frame = squares()
    shapes = frame.geometry.to_numpy().copy()
    shapes[int(np.flatnonzero(frame["ITL121CD"] == code)[0])] = shape
    return frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))


def expected(*patterns: str | None) -> AbstractContextManager[object]:
    """Expect exactly the warnings given, each of ours."""
    found = [pattern for pattern in patterns if pattern]
    stack = ExitStack()
    for pattern in found:
        stack.enter_context(pytest.warns(SpatialGapsWarning, match=pattern))
    return stack


def written(frame: gpd.GeoDataFrame, folder: Path, name: str = "regions.gpkg") -> Path:
    path = folder / name
    with warnings.catch_warnings():
        # Frames without a coordinate system, and long names in shapefiles, are on purpose.
        warnings.simplefilter("ignore")
        frame.to_file(path)
    return path


@pytest.mark.parametrize("name", ["a.gpkg", "a b ü.geojson", "a.shp"])
def test_formats_agree(tmp_path: Path, name: str) -> None:
    path = written(squares().to_crs(4326 if name.endswith("geojson") else 27700), tmp_path, name)
    with expected(REPROJECTED if name.endswith("geojson") else None):
        read = read_boundaries("ITL 1", path)
    assert read.crs.to_epsg() == 27700
    assert read.index.equals(ITL1.index)
    assert list(read.columns) == ["name", "geometry"]
    assert read.loc["TLI", "name"] == "London"
    assert np.allclose(read.geometry.area, 4 * SIDE**2, rtol=1e-4)


def test_row_order_does_not_matter(tmp_path: Path) -> None:
    first = read_boundaries("itl1", written(squares(), tmp_path))
    mixed = squares().sample(frac=1, random_state=4)
    second = read_boundaries("itl1", written(mixed, tmp_path, "mixed.gpkg"))
    assert first.equals(second)


def test_rings_are_oriented(tmp_path: Path) -> None:
    clockwise = shapely.box(400_000, 500_000, 440_000, 540_000, ccw=False)
    read = read_boundaries("itl1", written(replaced(clockwise), tmp_path))
    assert all(shape.exterior.is_ccw for shape in read.geometry)


@pytest.mark.parametrize(
    ("level", "name", "vintage", "count", "warned"),
    [
        ("lad", "lad_2019_uk_buc.gpkg", 2019, 382, None),
        ("lad", "lad_2021_uk_buc.gpkg", 2021, 374, None),
        ("lad", "lad_2022_uk_buc.gpkg", 2022, 374, None),
        ("lad", "lad_2023_uk_buc.gpkg", 2023, 361, None),
        ("lad", "lad_2025_uk_buc.gpkg", 2025, 361, None),
        ("lad", "lad_2024dec_uk_buc.gpkg", 2024, 361, "slivers .*W06000010 and W06000011 by 11,98"),
        ("lad", "wgs84/lad_2024dec_uk_buc_wgs84.geojson", 2024, 361, REPROJECTED),
        ("itl3", "itl3_2021_uk_buc.gpkg", 2023, 179, "so that borders meet"),
        ("itl3", "itl3_2025_uk_buc.gpkg", 2025, 182, None),
        ("itl2", "itl2_2021_uk_topo.gpkg", 2021, 41, "so that borders meet"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:.*W06000010 and W06000011")
def test_official_layers(
    shared: Path, level: str, name: str, vintage: int, count: int, warned: str | None
) -> None:
    with expected(warned):
        read = read_boundaries(level, shared / "data/boundaries" / name, vintage)
    assert len(read) == count
    assert read.geometry.is_valid.all()
    assert (read["name"] == areas(level, vintage)["name"]).mean() > 0.9


@pytest.mark.parametrize(
    ("level", "name", "count"),
    [
        ("lsoa", "lsoa_2021_ew_bsc.parquet", 35_672),
        ("soa", "soa_2011_ni_simplified.parquet", 890),
        ("data zone", "dz_2011_sc_simplified.parquet", 6_976),
    ],
)
@pytest.mark.filterwarnings("ignore:.*slivers along borders")
def test_levels_without_a_register_are_read_whatever_the_vintage(
    shared: Path, level: str, name: str, count: int
) -> None:
    pytest.importorskip("pyarrow")
    assert len(read_boundaries(level, shared / "data/boundaries" / name, vintage=1066)) == count


def test_official_layer_with_a_crossing_outline_is_repaired(shared: Path) -> None:
    path = shared / "data/boundaries/wgs84/lad_2025_uk_buc_wgs84.geojson"
    with expected("repaired: E07000085 from 514", REPROJECTED):
        read = read_boundaries("lad", path, 2025)
    assert read.geometry.is_valid.all()


def test_upper_tier_authorities(tmp_path: Path) -> None:
    true = areas("utla", 2023).sort_values("easting").iloc[[0, -1]]
    shapes = [shapely.box(x, y, x + 1, y + 1) for x, y in true[["easting", "northing"]].to_numpy()]
    frame = gpd.GeoDataFrame({"CTYUA23CD": true.index}, geometry=shapes, crs=27700)
    with pytest.warns(SpatialGapsWarning, match="are not in the file"):
        read = read_boundaries("utla", written(frame, tmp_path))
    assert read.index.equals(true.index.sort_values())


def test_reading_is_fast(shared: Path) -> None:
    path = shared / "data/boundaries/lad_2023_uk_buc.gpkg"
    read_boundaries("lad", path)
    took = []
    for _ in range(3):
        start = time.perf_counter()
        read_boundaries("lad", path)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.3  # 0.07 s on an idle machine; the rest is room for a busy one


class TestCodes:
    def test_wrong_vintage(self, shared: Path) -> None:
        path = shared / "data/boundaries/lad_2021_uk_buc.gpkg"
        with pytest.raises(JoinError, match=r"17 of 374 .*Allerdale .*vintage=2021"):
            read_boundaries("lad", path, 2023)

    def test_wrong_level(self, tmp_path: Path) -> None:
        with pytest.raises(JoinError, match="of level itl1, not itl3: TLC, TLD, TLE"):
            read_boundaries("itl3", written(squares(), tmp_path))

    def test_mixed_levels(self, tmp_path: Path) -> None:
        frame = squares()
        frame.loc[0, "ITL121CD"] = "TLC11"
        with pytest.raises(JoinError, match="not of level itl1: TLC11"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_no_codes(self, tmp_path: Path) -> None:
        frame = squares().drop(columns="ITL121CD")
        with pytest.raises(InputError, match="no column holds codes of level itl1"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_two_columns(self, tmp_path: Path) -> None:
        frame = squares()
        frame["other"] = frame["ITL121CD"].to_numpy()[::-1]
        with pytest.raises(InputError, match=r"several columns .*ITL121CD, other"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_stray_spaces_are_removed_with_a_warning(self, tmp_path: Path) -> None:
        frame = squares()
        frame.loc[2, "ITL121CD"] = " tle\xa0"
        with pytest.warns(SpatialGapsWarning) as seen:
            read = read_boundaries("itl1", written(frame, tmp_path))
        assert len(seen) == 2
        assert read.index.equals(ITL1.index)

    def test_look_alike(self, tmp_path: Path) -> None:
        frame = squares()
        frame.loc[2, "ITL121CD"] = "TLЕ"
        with pytest.raises(InputError, match=r"U\+0415"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_blank_code(self, tmp_path: Path) -> None:
        frame = squares()
        frame.loc[2, "ITL121CD"] = None
        with pytest.raises(InputError, match="rows have no code: row 3"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_c42_area_split_over_several_rows(self, tmp_path: Path) -> None:
        first = replaced(shapely.box(400_000, 560_000, 410_000, 570_000))
        rest = replaced(shapely.box(410_000, 560_000, 420_000, 570_000)).iloc[:1]
        path = written(pd.concat([first, rest]), tmp_path)
        with pytest.raises(JoinError, match=r"more than once: TLC.*dissolve=True"):
            read_boundaries("itl1", path)
        with pytest.warns(SpatialGapsWarning, match=r"merged: TLC \(2 rows\)"):
            read = read_boundaries("itl1", path, dissolve=True)
        assert read.index.equals(ITL1.index)
        assert read.loc["TLC", "name"] == "North East (England)"
        assert read.loc["TLC", "geometry"].equals(shapely.box(400_000, 560_000, 420_000, 570_000))

    def test_c42_scattered_parts_of_one_area_are_merged_before_places_are_checked(
        self, tmp_path: Path
    ) -> None:
        far = replaced(shapely.box(440_000, 1_180_000, 450_000, 1_190_000), "TLM")
        path = written(pd.concat([squares(), far[far["ITL121CD"] == "TLM"]]), tmp_path)
        with pytest.warns(SpatialGapsWarning, match="merged: TLM"):
            read = read_boundaries("itl1", path, dissolve=True)
        assert read.loc["TLM", "geometry"].area == pytest.approx(4 * SIDE**2 + 1e8)

    def test_lacking_areas_are_named(self, tmp_path: Path) -> None:
        with pytest.warns(SpatialGapsWarning, match="1 of the 12 .*TLN Northern Ireland"):
            read = read_boundaries("itl1", written(squares().iloc[:-1], tmp_path))
        assert len(read) == 11

    @pytest.mark.parametrize(
        ("level", "code"),
        [("msoa", "E02000001"), ("ward", "E05000026"), ("constituency", "E14001063")],
    )
    def test_levels_without_a_register_need_only_the_pattern(
        self, tmp_path: Path, level: str, code: str
    ) -> None:
        frame = squares().iloc[:1].assign(ITL121CD=code)
        assert read_boundaries(level, written(frame, tmp_path)).index.tolist() == [code]


class TestCoordinates:
    def test_d47_missing(self, tmp_path: Path) -> None:
        frame = squares().set_crs(None, allow_override=True)
        with pytest.raises(CRSError, match="do not say which coordinate system"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_d48_metres_labelled_as_degrees(self, tmp_path: Path) -> None:
        frame = squares().set_crs(4326, allow_override=True)
        with pytest.raises(CRSError, match="metres, but labelled as degrees"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_d48_degrees_labelled_as_metres(self, tmp_path: Path) -> None:
        frame = squares().to_crs(4326).set_crs(27700, allow_override=True)
        with pytest.raises(CRSError, match="degrees, but labelled as metres"):
            read_boundaries("itl1", written(frame, tmp_path))

    @pytest.mark.parametrize("system", [4326, 27700])
    def test_d49_swapped_axes(self, tmp_path: Path, system: int) -> None:
        frame = squares().to_crs(system)
        flipped = shapely.transform(frame.geometry.to_numpy(), lambda points: points[:, ::-1])
        frame = frame.set_geometry(gpd.GeoSeries(flipped, crs=frame.crs))
        with pytest.raises(CRSError, match="swap axes"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_d49_swapped_axes_of_areas_that_stay_inside_the_limits(self, tmp_path: Path) -> None:
        frame = squares()
        frame = frame[frame["ITL121CD"].isin(["TLI", "TLJ", "TLK"])]
        flipped = shapely.transform(frame.geometry.to_numpy(), lambda points: points[:, ::-1])
        frame = frame.set_geometry(gpd.GeoSeries(flipped, crs=frame.crs, index=frame.index))
        path = written(frame, tmp_path)
        with pytest.warns(SpatialGapsWarning), pytest.raises(CRSError, match="swap axes"):
            read_boundaries("itl1", path)

    def test_d48_outside_the_country(self, tmp_path: Path) -> None:
        frame = squares().translate(2_000_000, 0).to_frame("geometry").assign(code=ITL1.index)
        with pytest.raises(CRSError, match="outside the United Kingdom"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_d50_degrees_are_reprojected_with_a_warning(self, tmp_path: Path) -> None:
        path = written(squares().to_crs(4326), tmp_path)
        with pytest.warns(SpatialGapsWarning, match="from WGS 84 .*71 m in Northern Ireland"):
            read = read_boundaries("itl1", path)
        assert np.allclose(read.geometry.area, 4 * SIDE**2, rtol=2e-3)

    @pytest.mark.parametrize(
        ("system", "name"),
        [(3857, "Pseudo-Mercator"), (29902, "TM65"), (29903, "TM75"), (2157, "Irish Transverse")],
    )
    def test_d51_other_systems_are_reprojected_with_a_warning(
        self, tmp_path: Path, system: int, name: str
    ) -> None:
        path = written(squares().to_crs(system), tmp_path)
        with pytest.warns(SpatialGapsWarning, match=f"reprojected from .*{name}"):
            read = read_boundaries("itl1", path)
        assert np.allclose(read.geometry.area, 4 * SIDE**2, rtol=2e-3)

    def test_d51_irish_grid_under_the_label_of_the_british_one(self, tmp_path: Path) -> None:
        frame = squares()
        irish = frame.to_crs(29902).geometry.iloc[-1]
        with pytest.raises(CRSError, match=r"1 of 12 shapes lie over 50 km .*: TLN.*Irish Grid"):
            read_boundaries("itl1", written(replaced(irish, "TLN"), tmp_path))

    @pytest.mark.parametrize("label", ["ESRI", "heights"])
    def test_the_british_grid_by_another_name_is_not_reprojected(
        self, tmp_path: Path, label: str
    ) -> None:
        if label == "ESRI":
            path = written(squares(), tmp_path, "a.shp")
            grid = pyproj.CRS(27700).to_wkt("WKT1_ESRI").replace("British_National_Grid", "Mine")
            path.with_suffix(".prj").write_text(grid)
        else:
            path = written(squares().set_crs(7405, allow_override=True), tmp_path)
        read = read_boundaries("itl1", path)
        assert read.crs.to_epsg() == 27700
        assert np.array_equal(read.total_bounds, squares().total_bounds)


class TestShapes:
    @pytest.mark.parametrize("shape", [None, shapely.Polygon()], ids=["none", "empty"])
    def test_c36_null_or_empty(self, tmp_path: Path, shape: shapely.Polygon | None) -> None:
        with pytest.raises(GeometryError, match="no shape or an empty one: TLC"):
            read_boundaries("itl1", written(replaced(shape), tmp_path))

    @pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
    def test_c38_undefined_coordinates(self, tmp_path: Path, number: float) -> None:
        def lose(points: np.ndarray) -> np.ndarray:
            points[2, 1] = number
            return points

        with np.errstate(invalid="ignore"):
            broken = shapely.transform(squares().geometry.iloc[0], lose)
        with pytest.raises(GeometryError, match="undefined coordinates: TLC"):
            read_boundaries("itl1", written(replaced(broken), tmp_path))

    def test_c37_bow_tie(self, tmp_path: Path) -> None:
        tie = shapely.Polygon([(4e5, 5e5), (4.4e5, 5.4e5), (4.4e5, 5e5), (4e5, 5.4e5)])
        with pytest.raises(GeometryError, match=r"more than 0\.1%: TLC from 0\.000 to 800"):
            read_boundaries("itl1", written(replaced(tie), tmp_path))

    def test_c37_small_crossing_is_repaired_with_a_warning(self, tmp_path: Path) -> None:
        spike = [(4e5, 5e5), (4.4e5, 5e5), (4.4e5, 5.4e5), (4e5, 5.4e5), (4e5, 5.2e5),
                 (3.9999e5, 5.2001e5), (3.9999e5, 5.2e5), (4e5, 5.2001e5)]  # fmt: skip
        with pytest.warns(SpatialGapsWarning, match="TLC from 1600"):
            read = read_boundaries("itl1", written(replaced(shapely.Polygon(spike)), tmp_path))
        assert read.geometry.is_valid.all()
        assert read.loc["TLC", "geometry"].area == pytest.approx(1.6e9, rel=1e-3)

    def test_c39_points_beside_polygons_are_dropped_with_a_warning(self) -> None:
        square = shapely.box(0, 0, 1, 1)
        mixed = shapely.GeometryCollection([square, shapely.Point(5, 5)])
        with pytest.warns(SpatialGapsWarning, match="dropped: TLC"):
            mended = repair_shapes(gpd.GeoSeries([mixed], index=["TLC"], crs=27700))
        assert mended.iloc[0].equals(square)

    def test_c39_points_alone_are_refused(self, tmp_path: Path) -> None:
        frame = squares().set_geometry(squares().centroid)
        with pytest.raises(GeometryError, match="points or lines: TLC, TLD"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_c39_heights_are_dropped(self, tmp_path: Path) -> None:
        frame = squares()
        frame = frame.set_geometry(gpd.GeoSeries(shapely.force_3d(frame.geometry, 7), crs=27700))
        read = read_boundaries("itl1", written(frame, tmp_path))
        assert not read.geometry.has_z.any()

    @pytest.mark.parametrize("kind", ["M", "ZM"])
    def test_c39_measures_are_dropped(self, kind: str) -> None:
        more = " 7" * len(kind)
        text = f"POLYGON {kind} ((0 0{more}, 1 0{more}, 1 1{more}, 0 0{more}))"
        mended = repair_shapes(gpd.GeoSeries([shapely.from_wkt(text)], index=["TLC"], crs=27700))
        assert mended.iloc[0].wkt == "POLYGON ((0 0, 1 0, 1 1, 0 0))"

    def test_c39_a_line_beside_a_polygon_in_a_file(self, tmp_path: Path) -> None:
        square = squares().geometry.iloc[0]
        mixed = shapely.GeometryCollection([square, shapely.LineString([(4e5, 5e5), (5e5, 5e5)])])
        with pytest.warns(SpatialGapsWarning, match="dropped: TLC"):
            read = read_boundaries("itl1", written(replaced(mixed), tmp_path))
        assert read.loc["TLC", "geometry"].equals(square)


class TestOverlaps:
    def beside(self, overlap: float) -> shapely.Polygon:
        """Return a square for London that overlaps the South East's by a strip of some metres."""
        _, south, east, north = squares().geometry.iloc[7].bounds
        return shapely.box(east - overlap, south, east - overlap + 2 * SIDE, north)

    @pytest.mark.parametrize(
        ("overlap", "shared_area"), [(2 * SIDE, "400 km2"), (SIDE, "200 km2"), (21, "0.42 km2")]
    )
    def test_c42_duplicated_geometry_and_overlaps(
        self, tmp_path: Path, overlap: float, shared_area: str
    ) -> None:
        path = written(replaced(self.beside(overlap), "TLI"), tmp_path)
        with pytest.raises(GeometryError, match=f"overlap: TLI and TLJ by {shared_area}"):
            read_boundaries("itl1", path)

    def test_c42_one_area_inside_another(self, tmp_path: Path) -> None:
        inner = self.beside(2 * SIDE).buffer(-5_000, join_style="mitre")
        with pytest.raises(GeometryError, match="overlap: TLI and TLJ by 100 km2"):
            read_boundaries("itl1", written(replaced(inner, "TLI"), tmp_path))

    def test_c42_a_sliver_below_a_thousandth_is_left_with_a_warning(self, tmp_path: Path) -> None:
        shape = self.beside(0.5)
        with pytest.warns(SpatialGapsWarning, match=r"slivers .*left: TLI and TLJ by 10,000 m2"):
            read = read_boundaries("itl1", written(replaced(shape, "TLI"), tmp_path))
        assert read.loc["TLI", "geometry"].equals(shape)


class TestSnapping:
    def test_c40_official_layer_meets_for_every_tool(self, shared: Path) -> None:
        path = shared / "data/boundaries/itl3_2021_uk_buc.gpkg"
        told = r"moved: 5,488 by up to 4 mm; 25 of the areas touched no other before: TLD11"
        with pytest.warns(SpatialGapsWarning, match=told):
            read = read_boundaries("itl3", path, 2021)
        graph = Graph.build_contiguity(read, rook=False)
        # Published counts: 411 pairs and these 5 islands.
        assert graph.n_edges == 2 * 411
        assert set(graph.isolates) == {"TLJ34", "TLL11", "TLM64", "TLM65", "TLM66"}
        assert shapely.coverage_is_valid(read.geometry.to_numpy())

    @pytest.mark.filterwarnings("ignore:.*slivers along borders")
    def test_c40_no_snapping_on_request(self, shared: Path) -> None:
        path = shared / "data/boundaries/itl3_2021_uk_buc.gpkg"
        graph = Graph.build_contiguity(read_boundaries("itl3", path, 2021, snap=0), rook=False)
        assert (graph.n_edges, len(graph.isolates)) == (2 * 292, 30)

    @pytest.mark.parametrize("snap", [-1, 11, float("nan")])
    def test_impossible_tolerances(self, tmp_path: Path, snap: float) -> None:
        with pytest.raises(InputError, match="within 0 to 10 metres"):
            read_boundaries("itl1", written(squares(), tmp_path), snap=snap)


def test_every_path_goes_through_the_checks_of_files() -> None:
    with pytest.raises(InputError, match="only local files"):
        read_boundaries("lad", "/vsicurl/https://example.org/a.gpkg")


def test_shapefile_in_a_zip(tmp_path: Path) -> None:
    files = list(written(squares(), tmp_path, "a.shp").parent.glob("a.*"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file in files:
            archive.write(file, file.name)
    read = read_boundaries("itl1", tmp_path / "a.zip")
    assert read.equals(read_boundaries("itl1", tmp_path / "a.shp"))


def test_geoparquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    squares().to_parquet(tmp_path / "a.parquet")
    assert len(read_boundaries("itl1", tmp_path / "a.parquet")) == 12
