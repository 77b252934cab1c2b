"""A GeoPackage under another name: its project finds the layers again once it is refreshed."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pytest
from click.testing import CliRunner

from spatial_gaps.assessment import Assessment
from spatial_gaps.cli import main
from spatial_gaps.errors import InputError, OutputError
from spatial_gaps.export.geopackage import refresh_geopackage, write_geopackage
from spatial_gaps.export.qgis_rename import project_files, renamed_project


def stored(path: Path) -> dict[str, set[str]]:
    """Return the projects of a file, and in which files their layers lie."""
    with closing(sqlite3.connect(path)) as database:
        rows = dict(database.execute("SELECT name, content FROM qgis_projects"))
    return {name: project_files(bytes.fromhex(content)) for name, content in rows.items()}


@pytest.mark.parametrize("name", ["income.gpkg", "a & b's £1.gpkg", "PAY.GPKG", "x.y.gpkg"])
def test_the_project_follows_the_name(tmp_path: Path, made_up: Assessment, name: str) -> None:
    path = write_geopackage(tmp_path / "pay & all.gpkg", made_up)
    assert stored(path) == {"pay & all": {"pay & all.gpkg"}}
    before = gpd.read_file(path, layer="areas")
    renamed = path.rename(tmp_path / name)
    done = CliRunner().invoke(main, ["geopackage", "refresh", str(renamed)])
    assert done.exit_code == 0, done.output
    assert name in done.output
    assert stored(renamed) == {name.rpartition(".")[0]: {name}}
    assert gpd.read_file(renamed, layer="areas").equals(before)
    once = renamed.read_bytes()
    refresh_geopackage(renamed)
    assert stored(renamed) == {name.rpartition(".")[0]: {name}}
    # And it is still a file that the next run may replace.
    assert len(once) == renamed.stat().st_size
    write_geopackage(renamed, made_up)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_layers_of_other_files_and_other_text_stay(tmp_path: Path) -> None:
    text = '<a source="./b&amp;.gpkg|layername=x" other="./c.gpkg|layername=x">./b&amp;.gpkg</a>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("p.qgs", text)
        archive.writestr("p.qgd", b"\xff\xfe auxiliary")
    assert project_files(packed.getvalue()) == {"b&.gpkg", "c.gpkg"}
    with zipfile.ZipFile(
        io.BytesIO(renamed_project(packed.getvalue(), "b&.gpkg", "n.gpkg"))
    ) as archive:
        assert archive.read("p.qgd") == b"\xff\xfe auxiliary"
        assert archive.read("p.qgs").decode() == text.replace("./b&amp;.gpkg|", "./n.gpkg|")


def test_what_cannot_be_refreshed_is_said(
    tmp_path: Path, made_up: Assessment, squares: gpd.GeoDataFrame
) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        refresh_geopackage(tmp_path / "none.gpkg")
    plain = write_geopackage(tmp_path / "plain.gpkg", {"areas": squares})
    before = plain.read_bytes()
    with pytest.raises(InputError, match=r"no project that can be refreshed.*Write it anew"):
        refresh_geopackage(plain)
    assert plain.read_bytes() == before
    (tmp_path / "text.gpkg").write_text("no database")
    with pytest.raises(InputError, match="no project that can be refreshed"):
        refresh_geopackage(tmp_path / "text.gpkg")
    path = write_geopackage(tmp_path / "pay.gpkg", made_up)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE qgis_projects SET content = '00ff'")
    with pytest.raises(InputError, match="is no zip file"):
        refresh_geopackage(path)


def test_a_file_that_is_open_is_not_touched(tmp_path: Path, made_up: Assessment) -> None:
    path = write_geopackage(tmp_path / "pay.gpkg", made_up)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OutputError, match="Close it in QGIS"):
            refresh_geopackage(path)
