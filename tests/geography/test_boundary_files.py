"""Opening boundary files: good ones come in whole, everything else is refused by name."""

from __future__ import annotations

import io
import sqlite3
import stat
import struct
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from spatial_gaps.errors import CRSError, InputError, SpatialGapsError
from spatial_gaps.geography import boundary_files
from spatial_gaps.geography.boundary_files import read_layer

COLLECTION = b'{"type": "FeatureCollection", "features": []}'


def layer(count: int = 3) -> gpd.GeoDataFrame:
    """Return unit squares in a row, 1 km each."""
    shapes = [
        shapely.box(4e5 + 1000 * at, 3e5, 4e5 + 1000 * (at + 1), 301_000) for at in range(count)
    ]
    codes = [f"E0{at + 1:07d}" for at in range(count)]
    return gpd.GeoDataFrame({"code": codes}, geometry=shapes, crs=27700)


def written(path: Path, frame: gpd.GeoDataFrame | None = None, **options: object) -> Path:
    with warnings.catch_warnings():
        # Names above ten characters in shapefiles are on purpose.
        warnings.simplefilter("ignore")
        (layer() if frame is None else frame).to_file(path, **options)
    return path


def zipped(path: Path, *files: Path, folder: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, folder + file.name)
    return path


def shapefile(folder: Path, name: str = "areas") -> list[Path]:
    """Write a shapefile and return its files."""
    return sorted(written(folder / f"{name}.shp").parent.glob(f"{name}.*"))


class TestKinds:
    @pytest.mark.parametrize("end", ["gpkg", "geojson", "json"])
    @pytest.mark.parametrize("stem", ["a", "Süß & b", "#1 50%", "-rf", "a.zip"])
    def test_local_files_of_known_kinds_are_read(self, tmp_path: Path, stem: str, end: str) -> None:
        frame = layer().to_crs(4326) if "json" in end else layer()
        path = written(tmp_path / f"plain.{end}", frame).rename(tmp_path / f"{stem}.{end.upper()}")
        assert read_layer(path)["code"].tolist() == layer()["code"].tolist()

    def test_geoparquet_is_read(self, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow")
        layer().to_parquet(tmp_path / "a.parquet")
        assert len(read_layer(tmp_path / "a.parquet")) == 3
        with pytest.raises(InputError, match="has no layers"):
            read_layer(tmp_path / "a.parquet", "one")

    def test_parquet_without_shapes_is_named_as_such(self, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow")
        layer().drop(columns="geometry").to_parquet(tmp_path / "a.parquet")
        with pytest.raises(InputError, match="without shapes"):
            read_layer(tmp_path / "a.parquet")

    def test_a_byte_order_mark_before_geojson_does_no_harm(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.geojson", layer().to_crs(4326))
        path.write_bytes(b"\xef\xbb\xbf\n" + path.read_bytes())
        assert len(read_layer(path)) == 3

    @pytest.mark.parametrize("suffix", [".vrt", ".kml", ".csv", ".gml", ".tab", ".pkl", ".tar", ""])
    def test_other_kinds_are_refused(self, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"lad{suffix}"
        path.write_text("something")
        with pytest.raises(InputError, match="not read from files of type"):
            read_layer(path)

    def test_missing_file_and_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no such file"):
            read_layer(tmp_path / "none.gpkg")
        with pytest.raises(InputError, match="not a file"):
            read_layer(tmp_path)


class TestDamage:
    def test_e52_error_page(self, tmp_path: Path) -> None:
        path = tmp_path / "lad.gpkg"
        path.write_text("<html><body>Not found</body></html>")
        with pytest.raises(InputError, match="not a GeoPackage: its first bytes are '<html>"):
            read_layer(path)

    def test_e52_zero_bytes(self, tmp_path: Path) -> None:
        (tmp_path / "empty.gpkg").touch()
        with pytest.raises(InputError, match="the file is empty"):
            read_layer(tmp_path / "empty.gpkg")

    @pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.zip", "a.parquet"])
    @pytest.mark.filterwarnings("ignore::RuntimeWarning")
    def test_e52_cut_short_or_altered_gives_no_other_error(self, tmp_path: Path, name: str) -> None:
        if name == "a.zip":
            path = zipped(tmp_path / name, *shapefile(tmp_path))
        elif name == "a.parquet":
            pytest.importorskip("pyarrow")
            path = tmp_path / name
            layer().to_parquet(path)
        else:
            path = written(tmp_path / name, layer().to_crs(4326))
        content = path.read_bytes()
        rng = np.random.default_rng(52)
        pieces = [content[:size] for size in range(1, len(content), max(len(content) // 20, 1))]
        for at in rng.integers(0, len(content), 20):
            pieces.append(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        refused = 0
        for piece in pieces:
            path.write_bytes(piece)
            try:
                read_layer(path)
            except SpatialGapsError:
                refused += 1
        assert refused >= 3

    @pytest.mark.parametrize("end", [".dbf", ".shx"])
    def test_e53_shapefile_without_a_part(self, tmp_path: Path, end: str) -> None:
        path = written(tmp_path / "a.shp")
        path.with_suffix(end).unlink()
        with pytest.raises(InputError, match=rf"needs its \{end}"):
            read_layer(path)

    def test_e53_shapefile_without_coordinate_system(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.shp")
        path.with_suffix(".prj").unlink()
        with pytest.raises(CRSError, match=r"no \.prj.*Copy the \.prj"):
            read_layer(path)

    def test_e53_parts_of_a_shapefile_in_capitals(self, tmp_path: Path) -> None:
        for file in shapefile(tmp_path):
            file.rename(file.with_suffix(file.suffix.upper()))
        assert len(read_layer(tmp_path / "areas.SHP")) == 3


class TestLayers:
    def test_e54_several_layers_are_listed(self, tmp_path: Path) -> None:
        path = written(tmp_path / "two.gpkg", layer="one")
        written(path, layer(2), layer="two")
        with pytest.raises(InputError, match=r"2 layers .*one, two"):
            read_layer(path)
        assert len(read_layer(path, "two")) == 2
        with pytest.raises(InputError, match="no layer 'three': one, two"):
            read_layer(path, "three")

    def test_e54_file_without_shapes(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.gpkg")
        with sqlite3.connect(path) as base:
            base.execute("UPDATE gpkg_contents SET data_type = 'attributes'")
            base.execute("DELETE FROM gpkg_geometry_columns")
        with pytest.raises(InputError, match="0 layers with shapes"):
            read_layer(path)

    @pytest.mark.parametrize("name", ['a"; DROP TABLE x; --', "it's", "ü"])
    def test_h79_layer_names_are_names_only(self, tmp_path: Path, name: str) -> None:
        path = written(tmp_path / "a.gpkg", layer=name)
        assert len(read_layer(path)) == len(read_layer(path, name)) == 3

    @pytest.mark.parametrize("name", ["/vsicurl/x", "SELECT * FROM one", "*", ""])
    def test_h75_layer_is_never_a_query(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(InputError, match="no layer"):
            read_layer(written(tmp_path / "a.gpkg", layer="one"), name)


class TestConnections:
    @pytest.mark.parametrize(
        "name",
        [
            "https://example.org/a.gpkg", "file:///a.gpkg", "/vsicurl/https://example.org/a.gpkg",
            "/vsizip/a.zip/a.gpkg", "/vsimem/a.gpkg", "PG:dbname=x", "GPKG:a.gpkg:t", "zip://a.zip",
            '{"type": "FeatureCollection", "features": []}', "<OGRVRTDataSource></OGRVRTDataSource>",
            " <OGRVRTDataSource/>",
        ],
    )  # fmt: skip
    def test_h75_addresses_and_connection_strings(self, name: str) -> None:
        with pytest.raises(InputError, match="only local files"):
            read_layer(Path(name))

    @pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".parquet", ".zip"])
    def test_h75_a_virtual_file_under_another_name(self, tmp_path: Path, suffix: str) -> None:
        source = written(tmp_path / "secret.gpkg")
        path = tmp_path / f"a{suffix}"
        path.write_text(
            f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{source}'
            "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
        )
        with pytest.raises(InputError, match=r"first bytes are '<OGRVRT|cannot be read"):
            read_layer(path)

    @pytest.mark.parametrize("name", ["a.json", "a.geojson", "a.gdalg.json"])
    def test_h75_json_that_holds_a_command(self, tmp_path: Path, name: str) -> None:
        source = written(tmp_path / "secret.gpkg")
        path = tmp_path / name
        command = f"gdal vector pipeline ! read {source}"
        path.write_text(
            '{"type": "gdal_streamed_alg", "x": "FeatureCollection", '
            f'"command_line": "{command}"}}'
        )
        with pytest.raises(InputError, match="not a FeatureCollection"):
            read_layer(path)

    def test_h75_json_of_another_kind(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text('{"type": "Topology", "objects": {}, "arcs": []}')
        with pytest.raises(InputError, match="not a FeatureCollection"):
            read_layer(path)

    def test_h72_entities_in_kml_under_another_name(self, tmp_path: Path) -> None:
        path = tmp_path / "a.geojson"
        path.write_text(
            '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        )
        with pytest.raises(InputError, match="not a GeoJSON"):
            read_layer(path)

    def test_h75_an_exclamation_mark_does_not_lead_to_another_file(self, tmp_path: Path) -> None:
        # What stands behind the mark would be opened as a path of its own.
        secret = written(tmp_path / "secret.gpkg", layer(1))
        inside = tmp_path / "odd!" / str(secret)[1:]
        inside.parent.mkdir(parents=True)
        written(tmp_path / "other.gpkg").rename(inside)
        with pytest.raises(InputError, match="'!'"):
            read_layer(inside)

    def test_a_link_to_a_local_file_is_that_file(self, tmp_path: Path) -> None:
        path = tmp_path / "link.gpkg"
        path.symlink_to(written(tmp_path / "a.gpkg"))
        assert len(read_layer(path)) == 3


class TestZip:
    @pytest.mark.parametrize("folder", ["", "Areas (2023)/", "a/b/"])
    def test_shapefile_in_a_zip(self, tmp_path: Path, folder: str) -> None:
        path = zipped(tmp_path / "a.zip", *shapefile(tmp_path), folder=folder)
        read = read_layer(path)
        assert len(read) == 3
        assert read.crs.to_epsg() == 27700

    @pytest.mark.parametrize("name", ["a.gpkg", "a.geojson"])
    def test_other_kinds_in_a_zip(self, tmp_path: Path, name: str) -> None:
        frame = layer().to_crs(4326) if "json" in name else layer()
        path = zipped(tmp_path / "a.zip", written(tmp_path / name, frame))
        assert len(read_layer(path)) == 3

    def test_e54_one_of_several_files_is_chosen_by_name(self, tmp_path: Path) -> None:
        written(tmp_path / "two.shp", layer(2))
        files = [*shapefile(tmp_path, "one"), *tmp_path.glob("two.*")]
        path = zipped(tmp_path / "a.zip", *files)
        with pytest.raises(InputError, match=r"2 boundary files.*one\.shp, two\.shp"):
            read_layer(path)
        assert len(read_layer(path, "two")) == 2
        with pytest.raises(InputError, match="2 boundary files"):
            read_layer(path, "three")

    def test_e54_layer_of_a_geopackage_in_a_zip(self, tmp_path: Path) -> None:
        package = written(tmp_path / "a.gpkg", layer="one")
        written(package, layer(2), layer="two")
        path = zipped(tmp_path / "a.zip", package)
        assert len(read_layer(path, "two")) == 2

    def test_copies_that_a_system_adds_are_left_aside(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "a.zip", *shapefile(tmp_path))
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("__MACOSX/._areas.shp", b"resource fork")
        assert len(read_layer(path)) == 3

    def test_zip_without_boundaries(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("code\n")
        with pytest.raises(InputError, match="0 boundary files"):
            read_layer(zipped(tmp_path / "a.zip", tmp_path / "a.csv"))

    def test_e53_shapefile_without_a_part_in_a_zip(self, tmp_path: Path) -> None:
        files = [file for file in shapefile(tmp_path) if file.suffix != ".prj"]
        with pytest.raises(CRSError, match=r"a\.zip: the shapefile has no \.prj"):
            read_layer(zipped(tmp_path / "a.zip", *files))

    def test_h73_bomb_is_stopped_by_what_comes_out(self, tmp_path: Path) -> None:
        path = tmp_path / "bomb.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.writestr("a.geojson", COLLECTION + b" " * 60_000_000)
        assert path.stat().st_size < 100_000
        with pytest.raises(InputError, match="unpacks to more than"):
            read_layer(path)

    def test_h73_a_header_that_understates_the_size_does_not_help(self, tmp_path: Path) -> None:
        path = tmp_path / "bomb.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.geojson", COLLECTION + b" " * 60_000_000)
        true, told = (struct.pack("<I", size) for size in (60_000_000 + len(COLLECTION), 45))
        content = path.read_bytes()
        assert content.count(true) == 2
        path.write_bytes(content.replace(true, told))
        with pytest.raises(InputError, match=r"cannot be read|unpacks to more"):
            read_layer(path)

    def test_h73_total_is_limited_whatever_the_ratio(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = zipped(tmp_path / "a.zip", *shapefile(tmp_path))
        monkeypatch.setattr(boundary_files, "MOST_BYTES", 300)
        with pytest.raises(InputError, match="unpacks to more than 300"):
            read_layer(path)

    def test_h73_number_of_files_is_limited(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "a.zip", *shapefile(tmp_path))
        with zipfile.ZipFile(path, "a") as archive:
            for number in range(1_001):
                archive.writestr(f"{number}.txt", b"")
        with pytest.raises(InputError, match=r"1,00[0-9] files, at most 1,000"):
            read_layer(path)

    @pytest.mark.parametrize("name", ["../../evil", "/abs", "..\\..\\evil", "a/../../evil"])
    def test_h74_names_in_a_zip_are_never_paths(self, tmp_path: Path, name: str) -> None:
        inner = tmp_path / "deep" / "deeper"
        inner.mkdir(parents=True)
        path = inner / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in shapefile(tmp_path):
                archive.write(file, name + file.suffix)
                file.unlink()
        assert len(read_layer(path)) == 3
        assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]
        assert not Path("/abs.shp").exists()

    def test_h74_links_in_a_zip_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            link = zipfile.ZipInfo("areas.gpkg")
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, str(written(tmp_path / "secret.gpkg")))
        with pytest.raises(InputError, match="links in place of files"):
            read_layer(path)

    def test_h75_a_virtual_file_in_a_zip(self, tmp_path: Path) -> None:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.vrt", "<OGRVRTDataSource></OGRVRTDataSource>")
        with pytest.raises(InputError, match="0 boundary files"):
            read_layer(path)

    def test_a_zip_in_a_zip_is_not_opened(self, tmp_path: Path) -> None:
        inner = zipped(tmp_path / "inner.zip", *shapefile(tmp_path))
        with pytest.raises(InputError, match="0 boundary files"):
            read_layer(zipped(tmp_path / "outer.zip", inner))

    def test_locked_zip(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "a.zip", written(tmp_path / "a.gpkg"))
        content = bytearray(path.read_bytes())
        # Bit 0 of the flags, in the local and in the central header, says that it is encrypted.
        content[6] |= 1
        content[content.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(content)
        with pytest.raises(InputError, match="locked with a password"):
            read_layer(path)

    def test_what_was_unpacked_is_gone_afterwards(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        room = tmp_path / "room"
        room.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(room))
        path = zipped(tmp_path / "a.zip", *shapefile(tmp_path))
        read_layer(path)
        path.write_bytes(path.read_bytes()[:-30])
        with pytest.raises(InputError):
            read_layer(path)
        assert not list(room.iterdir())


class TestShapesOfOtherKinds:
    def replaced(self, path: Path, wkb: bytes) -> gpd.GeoDataFrame:
        """Read a GeoPackage in which the first shape has been replaced."""
        written(path, layer(1), SPATIAL_INDEX="NO")
        with sqlite3.connect(path) as base:
            header = b"GP\x00\x01" + struct.pack("<i", 27700)
            base.execute("UPDATE a SET geom = ?", (header + wkb,))
        return read_layer(path)

    def test_c39_curves_are_drawn_with_short_lines(self, tmp_path: Path) -> None:
        buffer = io.BytesIO(struct.pack("<BII", 1, 10, 1) + struct.pack("<BII", 1, 8, 3))
        buffer.seek(0, io.SEEK_END)
        for x, y in ((4e5, 3e5), (402_000, 3e5), (4e5, 3e5)):
            buffer.write(struct.pack("<dd", x, y))
        shape = self.replaced(tmp_path / "a.gpkg", buffer.getvalue()).geometry.iloc[0]
        # A circle with a radius of 1 km, given by the two ends of a diameter.
        assert shape.geom_type == "Polygon"
        assert shape.area == pytest.approx(np.pi * 1e6, rel=1e-2)
