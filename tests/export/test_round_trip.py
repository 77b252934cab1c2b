"""What is written comes back: values, types, missing ones, order, dates, shapes, reference system."""

from __future__ import annotations

import datetime
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

import spatial_gaps as sg
from spatial_gaps.assessment import Assessment
from spatial_gaps.export.geopackage import write_geopackage
from spatial_gaps.export.layers import assessment_layers
from spatial_gaps.geography.places import Place, find_place

# What each type of pandas has to be in the file.
KINDS = {"b": "bool", "i": "int", "u": "int", "f": "float64", "O": "object", "M": "datetime64"}


def check(path: Path, assessment: Assessment, place: Place | None = None) -> int:
    """Compare every layer of a file with the frame that it was made from; return how many."""
    layers = assessment_layers(assessment, place=place)
    for layer in layers:
        frame = layer.frame
        info = pyogrio.read_info(path, layer=layer.name)
        read = gpd.read_file(path, layer=layer.name)
        assert len(read) == len(frame), layer.name
        held = dict(zip(info["fields"], info["dtypes"], strict=True))
        columns = [name for name in frame if name != "geometry"]
        assert [*held] == columns, layer.name
        for name in columns:
            column = f"{layer.name}.{name}"
            check_column(read[name], frame[name], held[name], column)
        if layer.is_spatial:
            assert (read.crs, info["geometry_name"]) == (frame.crs, "geom")
            same = shapely.equals_identical(
                one_kind(read.geometry.to_numpy()), one_kind(frame.geometry.to_numpy())
            )
            assert same.all(), layer.name
    return len(layers)


def check_column(read: pd.Series, written: pd.Series, held: str, column: str) -> None:
    """Compare one column: what is missing, what is not, and the type in the file."""
    assert read.isna().tolist() == written.isna().tolist(), column
    known = written.notna().to_numpy()
    values, back = written[known].tolist(), read[known].tolist()
    if values and isinstance(values[0], datetime.date):
        assert held == "datetime64[D]", column
        back = [each.date() if isinstance(each, datetime.datetime) else each for each in back]
    elif values:
        dtype = getattr(written.dtype, "numpy_dtype", written.dtype)
        kind = KINDS["O"] if isinstance(written.dtype, pd.StringDtype) else KINDS[dtype.kind]
        assert held.startswith(kind), (column, held, written.dtype)
    assert back == values, column


def one_kind(shapes: np.ndarray) -> np.ndarray:
    """Return all as groups, as the file holds them."""
    made = {"Polygon": shapely.multipolygons, "LineString": shapely.multilinestrings}
    return np.array([
        made[shape.geom_type]([shape]) if shape.geom_type in made else shape for shape in shapes
    ])  # fmt: skip


def test_every_layer_of_a_made_up_assessment(tmp_path: Path, made_up: Assessment) -> None:
    assert check(write_geopackage(tmp_path / "a.gpkg", made_up), made_up) == 16


def test_every_layer_of_the_packaged_pay(tmp_path: Path, pay: Assessment) -> None:
    assert check(write_geopackage(tmp_path / "a.gpkg", pay), pay) >= 16


@pytest.fixture(scope="session")
def real(shared: Path) -> Assessment:
    """Pay of 2021 against 2015 on real boundaries."""
    layer = shared / "data/boundaries/lad_2023_uk_buc.gpkg"
    metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
    return sg.assess(sg.read_boundaries("lad", layer), metric, period=2021, since=2015)


@pytest.mark.slow
def test_every_layer_on_real_boundaries(tmp_path: Path, real: Assessment) -> None:
    place = find_place("Essex", "lad", 2023)
    path = write_geopackage(tmp_path / "a.gpkg", real, place=place)
    assert check(path, real, place) == 18
    # And as boundaries, which a user may want to use again.
    again = sg.read_boundaries("lad", path, layer="areas")
    assert again.index.tolist() == sorted(real.areas.index)
    assert (again["name"] == real.areas["name"].reindex(again.index)).all()
    assert again.geometry.geom_equals(real.areas.geometry.reindex(again.index)).all()
    regions = sg.read_boundaries("itl1", path, layer="regions_itl1")
    assert regions.index.tolist() == sorted(real.regions.index)


def test_a_data_analyst_needs_no_gis(tmp_path: Path, made_up: Assessment) -> None:
    path = write_geopackage(tmp_path / "a.gpkg", made_up)
    with closing(sqlite3.connect(path)) as database:
        values = pd.read_sql("SELECT * FROM areas ORDER BY value DESC", database)
        joined = pd.read_sql(
            "SELECT a.name, count(*) AS periods FROM areas a JOIN \"values\" v ON v.code = a.code"
            " GROUP BY a.code", database,
        )  # fmt: skip
    assert values["value"].iloc[0] == 240
    assert joined["periods"].tolist() == [2] * 16


def test_ogrinfo_opens_it(tmp_path: Path, made_up: Assessment) -> None:
    if not shutil.which("ogrinfo"):
        pytest.skip("ogrinfo is not here (Debian: gdal-bin)")
    path = write_geopackage(tmp_path / "a.gpkg", made_up)
    command = ["ogrinfo", "-ro", "-al", "-so", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "ERROR" not in said.stdout + said.stderr
    assert said.stderr == ""
    assert "Feature Count: 16" in said.stdout
    assert "is_pocket: Integer(Boolean)" in said.stdout


def test_r_opens_it(tmp_path: Path, made_up: Assessment) -> None:
    script = (
        "suppressMessages(library(sf)); f <- commandArgs(TRUE)[1]; a <- st_read(f, 'areas', quiet=TRUE);"
        "cat(nrow(a), class(a$is_pocket), sum(a$value, na.rm=TRUE), st_crs(a)$epsg, sum(st_is_valid(a)));"
        "v <- st_read(f, 'values', quiet=TRUE); cat('', nrow(v), class(v$date_to))"
    )
    probe = ["Rscript", "-e", "library(sf)"]
    if not shutil.which("Rscript") or subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("R's sf is not here (Debian: r-cran-sf)")
    path = write_geopackage(tmp_path / "a.gpkg", made_up)
    said = subprocess.run(
        ["Rscript", "-e", script, str(path)], capture_output=True, text=True, check=True
    )
    assert said.stdout == "16 logical 2550 27700 16 32 Date"
