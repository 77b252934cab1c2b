"""Real QGIS on a real assessment; test_qgis_opens.py has the rest on made-up ones."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from spatial_gaps.export.geopackage import write_geopackage
from spatial_gaps.measure.classes import POCKET, VERDICT_COLOURS, class_breaks

PYTHON = "/usr/bin/python3"
CHECK = Path(__file__).with_name("qgis_check.py")

pytestmark = pytest.mark.slow


def ask(path: Path, project: str, folder: Path) -> dict:
    found = subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True)
    if found.returncode:
        pytest.skip("Debian's python3-qgis is not installed")
    result = subprocess.run(
        [PYTHON, str(CHECK), str(path), project, str(folder)], capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def opened(pay, tmp_path_factory):
    folder = tmp_path_factory.mktemp("qgis")
    path = write_geopackage(folder / "pay.gpkg", pay)
    return path, ask(path, "pay", folder)


def test_every_layer_is_valid_and_has_its_words(opened):
    layers = opened[1]["layers"]
    assert {"areas", "regions_itl1", "pockets"} <= set(layers)
    for facts in layers.values():
        assert facts["valid"]
    areas = layers["areas"]
    assert areas["count"] == 361
    assert areas["crs"] == "EPSG:27700"
    assert areas["aliases"]["p_pocket"] == "Chance of a pocket"
    assert "Open Government Licence" in " ".join(areas["licences"])
    assert "Hartlepool" in areas["tips"]["E06000001"]


def test_the_default_style_has_the_classes_of_every_other_output(opened, pay):
    breaks = class_breaks(pay.areas["value"], higher_is="better", unit="£")
    rules = opened[1]["layers"]["areas"]["style"]["rules"]
    assert [(rule["label"], rule["fill"]) for rule in rules[:-1]] == list(
        zip(breaks.labels, breaks.colours, strict=True)
    )
    assert rules[-1]["label"].startswith("No data")
    assert rules[-1]["filter"] == "ELSE"
    assert rules[-1]["hatch"]


def test_the_stored_project_opens_and_draws(opened, pay):
    project = opened[1]["project"]
    assert project["read"]
    assert (project["crs"], project["crs_valid"]) == ("EPSG:27700", True)
    assert all(layer["valid"] for layer in project["layers"].values())
    assert {"Figures", "Pockets", "Clusters", "Gaps", "Years"} <= set(project["themes"])
    picture = project["pictures"]["Figures"]
    breaks = class_breaks(pay.areas["value"], higher_is="better", unit="£")
    assert all(picture.get(colour, 0) > 100 for colour in breaks.colours)
    assert picture.get(POCKET, 0) > 50
    assert project["pictures"]["Pockets"].get(VERDICT_COLOURS["likely"], 0) > 100
