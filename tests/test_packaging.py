"""The wheel holds what the source tree holds: code, facts, samples, templates."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_wheel_holds_everything(tmp_path):
    source = tmp_path / "source"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    for name in filter(None, listed):
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "-w",
            str(tmp_path),
            str(source),
        ],
        check=True,
    )
    wheel = next(tmp_path.glob("*.whl"))
    held = set(zipfile.ZipFile(wheel).namelist())
    code = {
        name for name in listed if name.startswith("spatial_gaps/") and "__pycache__" not in name
    }
    facts = {
        name.replace("boundaries/", "spatial_gaps/_boundaries/")
        for name in listed
        if name.startswith("boundaries/")
    }
    assert code | facts <= held
    strange = {name for name in held if not name.startswith("spatial_gaps")}
    assert not strange


def test_no_tracked_file_is_large_or_official_geometry():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.exists():
            assert path.stat().st_size <= 600_000, name
            shapes = (".gpkg", ".geojson", ".parquet", ".shp", ".fgb", ".hexjson", ".topojson")
            assert not name.endswith(shapes) or "/tiny" in name, name
