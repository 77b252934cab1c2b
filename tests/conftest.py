"""Fixtures that more than one room uses."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SYSTEM_PYTHON = Path("/usr/bin/python3")
CHECK = Path(__file__).with_name("export") / "qgis_check.py"
Look = Callable[[Path], dict[str, Any]]
SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(scope="session", autouse=True)
def keep_geopackages() -> Iterator[None]:
    """Keep a copy of every GeoPackage that a test writes, where CI wants to check them all."""
    folder = os.environ.get("KEEP_GEOPACKAGES")
    if not folder:
        yield
        return
    from spatial_gaps.export import geopackage

    write = geopackage._write

    def write_and_keep(made, *rest):
        write(made, *rest)
        digest = hashlib.sha256(made.read_bytes()).hexdigest()
        shutil.copyfile(made, Path(folder) / f"{digest}.gpkg")

    geopackage._write = write_and_keep
    yield
    geopackage._write = write


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real UK layers, figures and reference values; not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with real UK data is not here")
    return SHARED


@pytest.fixture(scope="session")
def pay():
    """The packaged weekly pay of 2021, assessed on the hexagon map."""
    from spatial_gaps import assess, cartogram, read_metric, sample_path

    return assess(cartogram(), read_metric(sample_path("gross-median-weekly-pay")), period=2021)


@pytest.fixture(scope="session")
def mission_metrics(shared):
    """The real series of the missions' headline metrics, one per key, read once."""
    import warnings

    from spatial_gaps import SpatialGapsWarning, missions, read_metric
    from spatial_gaps.metrics.catalogue import catalogue

    headline = catalogue()["headline"]
    table = missions()
    files = {
        name: series
        for name, series in zip(table["headline_metric"], table["series"], strict=True)
        if name and series.endswith(".csv")
    }
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpatialGapsWarning)
        for key, name in headline[headline.isin(list(files))].items():
            for file in files[name].split("; "):
                path = shared / "data/metrics/tidy" / file
                if f"\n{key}," in path.read_text(encoding="utf-8"):
                    found.append(read_metric(path, indicator=key))
    return found


@pytest.fixture(scope="session")
def qgis(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Run Python that has PyQGIS, without a window, and return what it prints."""
    probe = [str(SYSTEM_PYTHON), "-c", "import qgis.core"]
    if (
        not SYSTEM_PYTHON.exists()
        or subprocess.run(probe, capture_output=True, check=False).returncode
    ):
        pytest.skip("PyQGIS is not here (Debian: python3-qgis)")
    home = str(tmp_path_factory.mktemp("home"))
    places = {"HOME": home, "XDG_RUNTIME_DIR": home, "QT_QPA_PLATFORM": "offscreen"}
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **places}

    def run(*arguments: str) -> str:
        result = subprocess.run(
            [str(SYSTEM_PYTHON), *arguments],
            capture_output=True, text=True, env=environment, timeout=300, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        return result.stdout

    return run


@pytest.fixture(scope="session")
def look(qgis: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Look:
    """Open a file in QGIS without a window and return what it sees."""
    known: dict[tuple[str, bytes], dict[str, Any]] = {}

    def run(path: Path) -> dict[str, Any]:
        # The same input gives the same bytes, so one look does for several tests.
        key = (path.name, hashlib.sha256(path.read_bytes()).digest())
        if key not in known:
            folder = tmp_path_factory.mktemp("qgis")
            known[key] = json.loads(qgis(str(CHECK), str(path), path.stem, str(folder)))
        return known[key]

    return run
