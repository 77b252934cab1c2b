"""Boundary files: good ones are read as they are, bad ones are named."""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

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
SIDE = 20_000.0


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


def written(frame: gpd.GeoDataFrame, folder: Path, name: str = "regions.gpkg") -> Path:
    path = folder / name
    with warnings.catch_warnings():
        # Frames without a coordinate system, and long names in shapefiles, are on purpose.
        warnings.simplefilter("ignore")
        frame.to_file(path)
    return path


@pytest.mark.parametrize("name", ["a.gpkg", "a b ü.geojson", "a.shp"])
def test_formats_agree(tmp_path: Path, name: str) -> None:
    frame = squares().to_crs(4326) if name.endswith("geojson") else squares()
    read = read_boundaries("ITL 1", written(frame, tmp_path, name))
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
    ("level", "name", "vintage", "count"),
    [
        ("lad", "lad_2019_uk_buc.gpkg", 2019, 382), ("lad", "lad_2021_uk_buc.gpkg", 2021, 374),
        ("lad", "lad_2022_uk_buc.gpkg", 2022, 374), ("lad", "lad_2023_uk_buc.gpkg", 2023, 361),
        ("lad", "lad_2025_uk_buc.gpkg", 2025, 361), ("itl3", "itl3_2021_uk_buc.gpkg", 2023, 179),
        ("itl3", "itl3_2025_uk_buc.gpkg", 2025, 182), ("itl2", "itl2_2021_uk_topo.gpkg", 2021, 41),
        ("lad", "wgs84/lad_2024dec_uk_buc_wgs84.geojson", 2024, 361),
    ],
)  # fmt: skip
def test_official_layers(shared: Path, level: str, name: str, vintage: int, count: int) -> None:
    read = read_boundaries(level, shared / "data/boundaries" / name, vintage)
    assert len(read) == count
    assert read.geometry.is_valid.all()
    assert (read["name"] == areas(level, vintage)["name"]).mean() > 0.9


def test_official_layer_with_a_crossing_outline_is_repaired(shared: Path) -> None:
    path = shared / "data/boundaries/wgs84/lad_2025_uk_buc_wgs84.geojson"
    with pytest.warns(SpatialGapsWarning, match="repaired: E07000085 from 514"):
        read = read_boundaries("lad", path, 2025)
    assert read.geometry.is_valid.all()


def test_reading_is_fast(shared: Path) -> None:
    path = shared / "data/boundaries/lad_2023_uk_buc.gpkg"
    read_boundaries("lad", path)
    took = []
    for _ in range(3):
        start = time.perf_counter()
        read_boundaries("lad", path)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.3  # 0.05 s on an idle machine; the rest is room for a busy one


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

    def test_repeated_code(self, tmp_path: Path) -> None:
        frame = pd.concat([squares(), squares().iloc[:1]])
        with pytest.raises(JoinError, match="more than once: TLC"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_lacking_areas_are_named(self, tmp_path: Path) -> None:
        with pytest.warns(SpatialGapsWarning, match="1 of the 12 .*TLN Northern Ireland"):
            read = read_boundaries("itl1", written(squares().iloc[:-1], tmp_path))
        assert len(read) == 11

    def test_levels_without_a_register_need_only_the_pattern(self, tmp_path: Path) -> None:
        frame = squares().iloc[:1].assign(ITL121CD="E02000001")
        assert read_boundaries("msoa", written(frame, tmp_path)).index.tolist() == ["E02000001"]


class TestCoordinates:
    def test_missing(self, tmp_path: Path) -> None:
        frame = squares().set_crs(None, allow_override=True)
        with pytest.raises(CRSError, match="do not say which coordinate system"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_metres_labelled_as_degrees(self, tmp_path: Path) -> None:
        frame = squares().set_crs(4326, allow_override=True)
        with pytest.raises(CRSError, match="metres, but labelled as degrees"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_degrees_labelled_as_metres(self, tmp_path: Path) -> None:
        frame = squares().to_crs(4326).set_crs(27700, allow_override=True)
        with pytest.raises(CRSError, match="degrees, but labelled as metres"):
            read_boundaries("itl1", written(frame, tmp_path))

    @pytest.mark.parametrize("system", [4326, 27700])
    def test_swapped_axes(self, tmp_path: Path, system: int) -> None:
        frame = squares().to_crs(system)
        flipped = shapely.transform(frame.geometry.to_numpy(), lambda points: points[:, ::-1])
        frame = frame.set_geometry(gpd.GeoSeries(flipped, crs=frame.crs))
        with pytest.raises(CRSError, match="swap axes"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_swapped_axes_of_areas_that_stay_inside_the_limits(self, tmp_path: Path) -> None:
        frame = squares()
        frame = frame[frame["ITL121CD"].isin(["TLI", "TLJ", "TLK"])]
        flipped = shapely.transform(frame.geometry.to_numpy(), lambda points: points[:, ::-1])
        frame = frame.set_geometry(gpd.GeoSeries(flipped, crs=frame.crs, index=frame.index))
        path = written(frame, tmp_path)
        with pytest.warns(SpatialGapsWarning), pytest.raises(CRSError, match="swap axes"):
            read_boundaries("itl1", path)

    def test_outside_the_country(self, tmp_path: Path) -> None:
        frame = squares().translate(2_000_000, 0).to_frame("geometry").assign(code=ITL1.index)
        with pytest.raises(CRSError, match="outside the United Kingdom"):
            read_boundaries("itl1", written(frame, tmp_path))

    @pytest.mark.parametrize("system", [3857, 29902, 2157])
    def test_other_systems_are_transformed(self, tmp_path: Path, system: int) -> None:
        read = read_boundaries("itl1", written(squares().to_crs(system), tmp_path))
        assert np.allclose(read.geometry.area, 4 * SIDE**2, rtol=2e-3)


class TestShapes:
    @pytest.mark.parametrize("shape", [None, shapely.Polygon()], ids=["none", "empty"])
    def test_missing(self, tmp_path: Path, shape: shapely.Polygon | None) -> None:
        with pytest.raises(GeometryError, match="no shape or an empty one: TLC"):
            read_boundaries("itl1", written(replaced(shape), tmp_path))

    def test_undefined_coordinates(self, tmp_path: Path) -> None:
        def lose(points: np.ndarray) -> np.ndarray:
            points[2, 1] = np.nan
            return points

        with np.errstate(invalid="ignore"):
            broken = shapely.transform(squares().geometry.iloc[0], lose)
        with pytest.raises(GeometryError, match="undefined coordinates: TLC"):
            read_boundaries("itl1", written(replaced(broken), tmp_path))

    def test_bow_tie(self, tmp_path: Path) -> None:
        tie = shapely.Polygon([(4e5, 5e5), (4.4e5, 5.4e5), (4.4e5, 5e5), (4e5, 5.4e5)])
        with pytest.raises(GeometryError, match=r"more than 0\.1%: TLC from 0\.000 to 800"):
            read_boundaries("itl1", written(replaced(tie), tmp_path))

    def test_small_crossing_is_repaired_with_a_warning(self, tmp_path: Path) -> None:
        spike = [(4e5, 5e5), (4.4e5, 5e5), (4.4e5, 5.4e5), (4e5, 5.4e5), (4e5, 5.2e5),
                 (3.9999e5, 5.2001e5), (3.9999e5, 5.2e5), (4e5, 5.2001e5)]  # fmt: skip
        with pytest.warns(SpatialGapsWarning, match="TLC from 1600"):
            read = read_boundaries("itl1", written(replaced(shapely.Polygon(spike)), tmp_path))
        assert read.geometry.is_valid.all()
        assert read.loc["TLC", "geometry"].area == pytest.approx(1.6e9, rel=1e-3)

    def test_points_beside_polygons_are_dropped_with_a_warning(self) -> None:
        square = shapely.box(0, 0, 1, 1)
        mixed = shapely.GeometryCollection([square, shapely.Point(5, 5)])
        with pytest.warns(SpatialGapsWarning, match="dropped: TLC"):
            mended = repair_shapes(gpd.GeoSeries([mixed], index=["TLC"], crs=27700))
        assert mended.iloc[0].equals(square)

    def test_points_alone_are_refused(self, tmp_path: Path) -> None:
        frame = squares().set_geometry(squares().centroid)
        with pytest.raises(GeometryError, match="points or lines: TLC, TLD"):
            read_boundaries("itl1", written(frame, tmp_path))

    def test_heights_are_dropped(self, tmp_path: Path) -> None:
        frame = squares()
        frame = frame.set_geometry(gpd.GeoSeries(shapely.force_3d(frame.geometry, 7), crs=27700))
        read = read_boundaries("itl1", written(frame, tmp_path))
        assert not read.geometry.has_z.any()


class TestFiles:
    @pytest.mark.parametrize(
        "name", ["https://example.org/a.gpkg", "/vsicurl/a.gpkg", '{"type": "Feature"}', "PG:a"]
    )
    def test_addresses_are_refused(self, name: str) -> None:
        with pytest.raises(InputError, match="only local files"):
            read_boundaries("lad", name)

    def test_error_page(self, tmp_path: Path) -> None:
        path = tmp_path / "lad.gpkg"
        path.write_text("<html><body>Not found</body></html>")
        with pytest.raises(InputError, match="first bytes are '<html>"):
            read_boundaries("lad", path)

    @pytest.mark.parametrize("suffix", [".vrt", ".kml", ".csv", ".zip", ""])
    def test_other_kinds(self, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"lad{suffix}"
        path.write_text("something")
        with pytest.raises(InputError, match="not read from files of type"):
            read_boundaries("lad", path)

    def test_missing_empty_and_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no such file"):
            read_boundaries("lad", tmp_path / "none.gpkg")
        (tmp_path / "empty.gpkg").touch()
        with pytest.raises(InputError, match="empty"):
            read_boundaries("lad", tmp_path / "empty.gpkg")
        with pytest.raises(InputError, match="not a file"):
            read_boundaries("lad", tmp_path)

    @pytest.mark.parametrize("name", ["a.gpkg", "a.geojson"])
    @pytest.mark.filterwarnings("ignore::RuntimeWarning")
    def test_cut_short(self, tmp_path: Path, name: str) -> None:
        frame = squares().to_crs(4326) if name.endswith("geojson") else squares()
        path = written(frame, tmp_path, name)
        content = path.read_bytes()
        for share in (0.02, 0.3, 0.6):
            path.write_bytes(content[: int(len(content) * share)])
            with pytest.raises((InputError, JoinError, GeometryError)):
                read_boundaries("itl1", path)

    def test_incomplete_shapefile(self, tmp_path: Path) -> None:
        path = written(squares(), tmp_path, "a.shp")
        path.with_suffix(".dbf").unlink()
        with pytest.raises(InputError, match=r"needs its \.dbf"):
            read_boundaries("itl1", path)

    def test_several_layers_are_listed(self, tmp_path: Path) -> None:
        path = tmp_path / "two.gpkg"
        squares().to_file(path, layer="one")
        squares().to_file(path, layer="two")
        with pytest.raises(InputError, match=r"2 layers .*one, two"):
            read_boundaries("itl1", path)
        assert len(read_boundaries("itl1", path, layer="two")) == 12
        with pytest.raises(InputError, match="no layer 'three'"):
            read_boundaries("itl1", path, layer="three")

    def test_geoparquet(self, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow")
        path = tmp_path / "a.parquet"
        squares().to_parquet(path)
        assert len(read_boundaries("itl1", path)) == 12
