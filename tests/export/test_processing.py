"""The script for the toolbox of QGIS, run by QGIS itself on a layer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

import spatial_gaps as sg

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "qgis" / "spatial_gaps_assess.py"
CHECK = Path(__file__).with_name("processing_check.py")
PROGRAM = str(Path(sys.executable).with_name("spatial-gaps"))
PYTHON = "/usr/bin/python3"

pytestmark = pytest.mark.slow
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the script on a layer and return what it returns."""
    probe = [PYTHON, "-c", "import qgis.core"]
    if not Path(PYTHON).exists() or subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("PyQGIS is not here (Debian: python3-qgis)")
    home = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}

    def on(layer: Path, **parameters: Any) -> dict[str, Any]:
        given = {
            "PERIOD": "2021",
            "PROGRAM": PROGRAM,
            "OUTPUT": str(tmp_path / "out"),
            **parameters,
        }
        done = subprocess.run(
            [PYTHON, str(CHECK), str(SCRIPT), str(layer), json.dumps(given)],
            capture_output=True, text=True, check=False, timeout=300,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **home},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    return on


@pytest.fixture
def columns() -> gpd.GeoDataFrame:
    """Pay of 2021 on hexagons: codes, figures and their standard errors, eight figures missing."""
    areas = sg.cartogram("lad")
    pay = sg.read_metric(sg.sample_path("gross-median-weekly-pay")).table
    pay = pay[pay["period"] == "2021"].set_index("code").reindex(areas.index)
    columns = areas.assign(**{"Weekly pay": pay["value"], "se": pay["se"]})
    return columns.rename_axis("place").reset_index()


@pytest.fixture
def layer(tmp_path: Path, columns: gpd.GeoDataFrame) -> Path:
    """The same as a file."""
    path = tmp_path / "areas.geojson"
    columns.to_file(path)
    return path


def test_figures_of_a_layer_are_assessed(run: Run, layer: Path, columns: gpd.GeoDataFrame) -> None:
    # What the package finds in the same columns.
    table = pd.DataFrame(columns.drop(columns="geometry"))
    metric = sg.read_metric(
        table, code="place", value="Weekly pay", period=2021, higher_is="better"
    )
    expected = sg.assess(sg.cartogram("lad"), metric, period=2021)
    found = run(layer, CODE="place", VALUE="Weekly pay", SE="se", SHAPES=False)
    assert "error" not in found
    assert found["loaded"] == {
        "Areas": 361, "Regions": 12, "Hidden pockets": int(expected.pockets["is_pocket"].sum()),
    }  # fmt: skip
    assert "353 of 361 local authorities have a figure" in " ".join(found["FINDING"].split())
    assert Path(found["REPORT"]).is_file()
    with_title = Path(found["OUTPUT"], "summary.json").read_text("utf-8")
    assert "Weekly pay" in with_title


def test_what_is_wrong_is_said_in_the_words_of_the_program(run: Run, layer: Path) -> None:
    shapes = run(layer, CODE="place", VALUE="Weekly pay")
    assert "shapes lie over 50 km from where the areas of these codes are" in shapes["error"]
    absent = run(layer, CODE="place", VALUE="Weekly pay", PROGRAM="no-such-program")
    assert "There is no program 'no-such-program'. Install it" in absent["error"]


def test_shapes_of_a_layer_are_used(run: Run, shared: Path) -> None:
    real = shared / "data/boundaries/lad_2023_uk_buc.gpkg"
    found = run(real, CODE="LAD23CD", VALUE="LAT")
    assert found["loaded"]["Areas"] == 361
    run_record = json.loads(Path(found["OUTPUT"], "run.json").read_text("utf-8"))
    assert run_record["files"]


def test_it_ships_as_a_zip(tmp_path: Path) -> None:
    if not (ROOT / ".venv").is_dir():
        pytest.skip("make qgis was not run where there is no .venv of the repository")
    subprocess.run(["make", "-s", "qgis"], cwd=ROOT, check=True)
    with zipfile.ZipFile(ROOT / "dist" / "spatial_gaps_qgis.zip") as packed:
        names = {name.rpartition("/")[2]: name for name in packed.namelist()}
        assert set(names) == {SCRIPT.name, "README.md"}
        assert packed.read(names[SCRIPT.name]) == SCRIPT.read_bytes()
