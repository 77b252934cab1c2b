"""The GeoPackage of a real assessment; test_geopackage_contents.py has the rest on made-up ones."""

from __future__ import annotations

import subprocess

import geopandas as gpd
import pandas as pd
import pytest

from spatial_gaps.export.geopackage import write_geopackage

VALIDATE = ["/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg"]


@pytest.fixture(scope="module")
def written(pay, tmp_path_factory):
    return write_geopackage(tmp_path_factory.mktemp("gpkg") / "pay.gpkg", pay)


def test_gdal_finds_it_valid(written):
    found = subprocess.run(["/usr/bin/python3", "-c", "import osgeo_utils"], capture_output=True)
    if found.returncode:
        pytest.skip("Debian's python3-gdal is not installed")
    command = [*VALIDATE, "-k", "--extra", "--warning-as-error", str(written)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


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
