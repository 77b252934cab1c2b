"""Styles and project as XML, as QGIS is going to read them."""

from __future__ import annotations

import io
import re
import sqlite3
import time
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from spatial_gaps.assessment import Assessment
from spatial_gaps.export.geopackage import write_geopackage
from spatial_gaps.export.layers import assessment_layers
from spatial_gaps.export.qgis_project import project_qgz, style_qml
from spatial_gaps.export.qgis_style import Labels, Rule, Style, class_rules, clean, tip_text
from spatial_gaps.measure.classes import class_breaks, class_of
from tests.export.test_qgis_opens import AREA_STYLES, DEFAULTS


@pytest.mark.parametrize("higher_is", ["better", "worse"])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_rules_put_every_figure_where_class_of_puts_it(count: int, higher_is: str) -> None:
    figures = np.random.default_rng(0).lognormal(6, 0.3, count).round(2)
    breaks = class_breaks(figures, higher_is=higher_is, unit="£")
    asked = np.concatenate([figures, breaks.edges, [breaks.edges[0] - 1, breaks.edges[-1] + 1]])
    rules = class_rules("value", breaks)
    assert rules[-1].condition == "ELSE"
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE t (value REAL)")
        database.executemany("INSERT INTO t VALUES (?)", [*zip(asked.tolist()), (None,)])
        found = [
            database.execute(
                f"SELECT {', '.join(f'({rule.condition})' for rule in rules[:-1])} FROM t"
            )
        ]
        rows = [[bool(hit) for hit in row] for row in found[0]]
    assert [row.index(True) for row in rows[:-1]] == class_of(asked, breaks).tolist()
    assert {sum(row) for row in rows[:-1]} == {1}
    assert not any(rows[-1])


def test_without_any_figure_all_is_no_data() -> None:
    (rule,) = class_rules("value", None)
    assert (rule.condition, rule.label, rule.hatched) == ("ELSE", "No data", True)


def test_text_from_files_breaks_neither_xml_nor_html(made_up: Assessment) -> None:
    title = "a\x00b\x0b <script>&amp; [% env('HOME') %]"
    broken = replace(made_up, metric=replace(made_up.metric, title=title))
    for layer in assessment_layers(broken):
        for style in layer.styles:
            root = ET.fromstring(style_qml(layer, style).split("\n", 1)[1])
            tip = root.findtext("mapTip")
            assert tip is not None
            assert "<script>" not in tip
            assert ("HOME" in tip) == ("value_text" in layer.frame)
            assert not re.search(r"\[%[^]]*HOME", tip)
    assert clean("Ynys Môn\t£\n😀") == "Ynys Môn\t£\n😀"
    assert tip_text("5% <b>") == "5&#37; &lt;b&gt;"


def test_styles_are_stored_as_qgis_wants_them(tmp_path: Path, made_up: Assessment) -> None:
    path = write_geopackage(tmp_path / "pay.gpkg", made_up)
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute(
            "SELECT f_table_schema, f_table_name, f_geometry_column, styleName, useAsDefault,"
            " update_time FROM layer_styles"
        ).fetchall()
    assert {(row[0], row[2]) for row in rows} == {("", "geom")}
    assert len({row[5] for row in rows}) == len(rows)
    assert all(len(row[3]) <= 30 for row in rows)
    assert [row[3] for row in rows if row[1] == "areas"] == AREA_STYLES
    assert {row[1]: row[3] for row in rows if row[4]} == DEFAULTS


def test_the_project_is_the_same_twice_and_points_beside_itself(made_up: Assessment) -> None:
    layers = assessment_layers(made_up)
    packed = project_qgz(layers, "pay & more.gpkg", "Pay")
    time.sleep(0.01)
    assert project_qgz(layers, "pay & more.gpkg", "Pay") == packed
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        (name,) = archive.namelist()
        assert name == "project.qgs"
        root = ET.fromstring(archive.read(name).decode().split("\n", 1)[1])
    for layer in root.iter("maplayer"):
        assert len(layer.findtext("id", "")) > 10
        assert layer.findtext("datasource", "").startswith("./pay & more.gpkg|layername=")


def test_a_style_of_ones_own() -> None:
    from spatial_gaps.export.layers import Layer

    style = Style("Mine", "", (Rule("ELSE", "all", "#123456"),), Labels('"name"', 8))
    layer = Layer("x", "X", "", None, {"name": ("Name & <i>", "")}, (style,))  # type: ignore[arg-type]
    root = ET.fromstring(style_qml(layer, style).split("\n", 1)[1])
    alias = root.find("aliases/alias")
    assert alias is not None
    assert alias.get("name") == "Name & <i>"
    assert root.get("labelsEnabled") == "1"
