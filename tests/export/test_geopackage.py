"""The GeoPackage: valid, complete, the same bytes, safe to write."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from spatial_gaps.errors import InputError, OutputError
from spatial_gaps.export.geopackage import write_geopackage

VALIDATE = ["/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg"]


@pytest.fixture(scope="module")
def written(pay, tmp_path_factory):
    return write_geopackage(tmp_path_factory.mktemp("gpkg") / "pay.gpkg", pay)


def rows(path, query):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def test_gdal_finds_it_valid(written):
    found = subprocess.run(["/usr/bin/python3", "-c", "import osgeo_utils"], capture_output=True)
    if found.returncode:
        pytest.skip("Debian's python3-gdal is not installed")
    command = [*VALIDATE, "-k", "--extra", "--warning-as-error", str(written)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_layers_tables_and_version(written):
    names = {name for (name,) in rows(written, "SELECT table_name FROM gpkg_contents")}
    assert {"areas", "regions_itl1", "pockets", "indices", "decomposition", "masking", "audit",
            "warnings", "run", "layer_styles"} <= names  # fmt: skip
    assert rows(written, "PRAGMA user_version") == [(10300,)]
    assert rows(written, "SELECT name FROM qgis_projects") == [("pay",)]


def test_areas_come_back_equal(written, pay):
    back = gpd.read_file(written, layer="areas").set_index("code")
    assert list(back.index) == list(pay.areas.index)
    assert back.crs.to_epsg() == 27700
    pd.testing.assert_series_equal(back["value"], pay.areas["value"])
    pd.testing.assert_series_equal(back["verdict"], pay.pockets["verdict"], check_dtype=False)
    pd.testing.assert_series_equal(back["p_pocket"], pay.pockets["p_pocket"])
    assert back["is_pocket"].dtype == bool
    assert back["code" if "code" in back else "name"].map(type).eq(str).all()
    assert back.geometry.geom_equals(pay.areas.geometry, align=False).all()
    pockets = gpd.read_file(written, layer="pockets")
    assert len(pockets) == pay.pockets["is_pocket"].sum()


def test_styles_are_stored_as_qgis_wants_them(written):
    found = rows(
        written,
        "SELECT f_table_name, f_table_schema, f_geometry_column, styleName, useAsDefault, update_time"
        " FROM layer_styles",
    )
    assert {row[0] for row in found} == {"areas", "regions_itl1", "pockets"}
    assert all(row[1] == "" and row[2] == "geom" and len(row[3]) <= 30 for row in found)
    assert sum(row[4] for row in found) == 3
    assert len({row[5] for row in found}) == len(found)


def test_licence_and_attribution_are_inside(written):
    text = " ".join(str(row) for row in rows(written, "SELECT metadata FROM gpkg_metadata"))
    assert "Open Government Licence" in text
    assert "Annual Survey of Hours and Earnings" in text


def test_the_same_bytes_twice(written, pay, tmp_path):
    other = write_geopackage(tmp_path / "pay.gpkg", pay)
    assert other.read_bytes() == written.read_bytes()


def test_an_open_file_is_refused_and_stays_as_it_was(pay, tmp_path):
    path = write_geopackage(tmp_path / "pay.gpkg", pay)
    before = path.read_bytes()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="Close it in QGIS"):
            write_geopackage(path, pay)
        database.execute("ROLLBACK")
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["pay.gpkg"]


def test_a_file_of_somebody_else_is_not_replaced_unasked(pay, tmp_path):
    path = tmp_path / "theirs.gpkg"
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[box(0, 0, 1, 1)], crs=27700)
    frame.to_file(path)
    with pytest.raises(OutputError):
        write_geopackage(path, pay)
    assert gpd.read_file(path)["a"].tolist() == [1]
    write_geopackage(path, pay, overwrite=True)
    assert len(gpd.read_file(path, layer="areas")) == 361


def test_plain_layers_keep_types_and_hostile_names_are_harmless(tmp_path):
    squares = [box(i * 10, 0, i * 10 + 10, 10) for i in range(3)]
    name = 'x"; DROP TABLE gpkg_contents; --'
    frame = gpd.GeoDataFrame(
        {
            "name": [name, "<b>", None],
            "count": pd.array([1, None, 3], dtype="Int64"),
            "ok": [True, False, True],
        },
        geometry=squares, crs=27700, index=pd.Index(["a", "b", "c"], name="code"),
    )  # fmt: skip
    path = write_geopackage(tmp_path / "plain.gpkg", {"squares": frame})
    back = gpd.read_file(path, layer="squares")
    assert back["name"].tolist()[:2] == [name, "<b>"]
    assert back["count"].isna().tolist() == [False, True, False]
    assert back["ok"].dtype == bool
    for bad in ("gpkg_contents", "", 'a"b'):
        try:
            write_geopackage(tmp_path / "bad.gpkg", {bad: frame})
        except (InputError, OutputError):
            continue
        assert bad == 'a"b'
    with pytest.raises(InputError):
        write_geopackage(tmp_path / "case.gpkg", {"s": frame.assign(NAME=1)})


def test_a_failure_leaves_nothing_behind(pay, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("spatial_gaps.export.geopackage._write", fail)
    with pytest.raises(OutputError, match="disk is full"):
        write_geopackage(tmp_path / "pay.gpkg", pay)
    assert not list(tmp_path.iterdir())
