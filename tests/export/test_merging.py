"""Layers written in parts and put together: the same as if GDAL had written all of them into one file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import spatial_gaps as sg
from spatial_gaps.export import merging


@pytest.fixture(scope="module")
def assessments() -> dict[str, sg.Assessment]:
    """Two made-up metrics of ITL 3 areas, one with a figure missing."""
    areas = sg.cartogram("itl3", 2021)
    chance = np.random.default_rng(0)
    found = {}
    for name in ("one", "two"):
        values = pd.DataFrame({"code": areas.index, name: chance.normal(50, 9, len(areas))})
        values.loc[3, name] = np.nan if name == "two" else 50
        metric = sg.read_metric(values, period=2021, higher_is="better")
        found[name] = sg.assess(areas, metric, period=2021)
    return found


def contents(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield every table, index, trigger and row, whatever their places in the file."""
    with closing(sqlite3.connect(path)) as database:
        entries = database.execute("SELECT name, type, sql FROM sqlite_master ORDER BY name, type")
        for name, kind, sql in entries.fetchall():
            yield name, (kind, sql)
            if kind == "table" and name != "qgis_projects":
                rows = sorted(database.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
                # No row was ever numbered: said as 0, or not at all.
                yield name, [row for row in rows if name != "sqlite_sequence" or row[1]]


def test_parts_make_the_same_file(
    assessments: dict[str, sg.Assessment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = {}
    for most in (1, 5, 1000):
        monkeypatch.setattr(merging, "MOST", most)
        written[most] = tmp_path / f"{most}" / "atlas.gpkg"
        written[most].parent.mkdir()
        sg.write_geopackage(written[most], assessments)
        assert [path.name for path in written[most].parent.iterdir()] == ["atlas.gpkg"]
    whole = list(contents(written[1000]))
    assert len([name for name, _ in whole if name.startswith("rtree_")]) > 20
    for most in (1, 5):
        assert list(contents(written[most])) == whole
        with closing(sqlite3.connect(written[most])) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_spatial_index_that_was_copied_finds_what_is_there(
    assessments: dict[str, sg.Assessment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MOST", 1)
    path = tmp_path / "atlas.gpkg"
    sg.write_geopackage(path, assessments)
    every = gpd.read_file(path, layer="two_areas")
    box = tuple(every.geometry.iloc[:9].total_bounds)
    near = gpd.read_file(path, layer="two_areas", bbox=box)
    expected = every[every.intersects(shapely.box(*box))]
    assert sorted(near["code"]) == sorted(expected["code"])
    assert 0 < len(near) < len(every)


def test_every_style_has_a_moment_of_its_own(
    assessments: dict[str, sg.Assessment], tmp_path: Path
) -> None:
    """More than sixty styles once had a sixtieth second."""
    path = tmp_path / "atlas.gpkg"
    sg.write_geopackage(path, {f"m{k}": assessments["one"] for k in range(5)})
    with closing(sqlite3.connect(path)) as database:
        told = [moment for (moment,) in database.execute("SELECT update_time FROM layer_styles")]
        again = database.execute(
            "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', update_time) FROM layer_styles"
        )
        assert [moment for (moment,) in again] == told
    assert len(set(told)) == len(told) > 60
