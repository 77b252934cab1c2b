"""Files that may not be replaced, and failures while one is written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from spatial_gaps.assessment import Assessment
from spatial_gaps.errors import OutputError
from spatial_gaps.export import geopackage
from spatial_gaps.export.geopackage import check_replaceable, write_geopackage

SHAPES = (
    "pockets", "pocket_clusters", "border_contrasts", "regions_itl1", "regions_itl3", "lisa", "areas",
    "areas_over_time",
)  # fmt: skip
# Queries on other layers, which hold no shape of their own.
VIEWS = ("lisa", "areas_over_time")
TABLES = (
    "values",
    "values_wide",
    "indices",
    "decomposition",
    "masking",
    "audit",
    "warnings",
    "run",
)
SYSTEM_PYTHON = Path("/usr/bin/python3")


def test_an_open_transaction_says_close_it(written: Path, made_up: Assessment) -> None:
    before = written.read_bytes()
    with closing(sqlite3.connect(written, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match=r"in use.*[Cc]lose it in QGIS"):
            write_geopackage(written, made_up)
        other.execute("ROLLBACK")
    assert written.read_bytes() == before
    assert write_geopackage(written, made_up) == written


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_a_log_beside_the_file_says_close_it(
    written: Path, made_up: Assessment, ending: str
) -> None:
    Path(f"{written}{ending}").write_bytes(b"")
    for overwrite in (False, True):
        with pytest.raises(OutputError, match="Close it in QGIS"):
            write_geopackage(written, made_up, overwrite=overwrite)
    assert {entry.name for entry in written.parent.iterdir()} == {"pay.gpkg", f"pay.gpkg{ending}"}


def test_a_real_write_ahead_log_is_noticed(written: Path, made_up: Assessment) -> None:
    with closing(sqlite3.connect(written, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("UPDATE run SET value = 'edited'")
        with pytest.raises(OutputError, match="Close it in QGIS"):
            write_geopackage(written, made_up)


def test_our_own_file_is_replaced_and_others_are_not(tmp_path: Path, made_up: Assessment) -> None:
    path = tmp_path / "pay.gpkg"
    check_replaceable(path)
    path.write_bytes(b"")
    write_geopackage(path, made_up)
    write_geopackage(path, {"other": made_up.areas})
    write_geopackage(path, made_up)
    note = gpd.GeoDataFrame({"note": ["mine"]}, geometry=[shapely.Point(0, 0)], crs=27700)
    pyogrio.write_dataframe(note, path, layer="my notes")
    with pytest.raises(OutputError, match=r"added to: my notes.*overwrite=True"):
        write_geopackage(path, made_up)
    write_geopackage(path, made_up, overwrite=True)
    for content in (b"not a database at all, but long enough to look at", None):
        if content is None:
            path.unlink()
            pyogrio.write_dataframe(note, path, layer="theirs", driver="GPKG")
        else:
            path.write_bytes(content)
        with pytest.raises(OutputError, match="was not written by spatial_gaps"):
            write_geopackage(path, made_up)
    write_geopackage(path, made_up, overwrite=True)


def test_a_failure_leaves_the_old_file(
    written: Path, made_up: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written.read_bytes()

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(geopackage, "describe", full)
    with pytest.raises(OutputError, match="disk is full"):
        write_geopackage(written, made_up)
    assert [entry.name for entry in written.parent.iterdir()] == ["pay.gpkg"]
    assert written.read_bytes() == before


def test_a_full_disk_under_gdal_names_the_file(
    written: Path, made_up: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise pyogrio.errors.DataLayerError("Failed to commit transaction")

    monkeypatch.setattr(pyogrio.raw, "write", full)
    with pytest.raises(OutputError, match=r"pay\.gpkg: cannot be written: .*Is the disk full\?"):
        write_geopackage(written, made_up)
    assert written.read_bytes() == before


def test_a_missing_folder_is_said(tmp_path: Path, made_up: Assessment) -> None:
    with pytest.raises(OutputError, match="no such folder"):
        write_geopackage(tmp_path / "none" / "pay.gpkg", made_up)
