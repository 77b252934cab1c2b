"""Every example runs on its own, prints a finding and writes one picture."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).resolve().parents[1] / "examples").glob("[0-9]*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_example(script, tmp_path):
    result = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.split(".")[0]) > 40
    assert [path.name for path in tmp_path.iterdir()] == [f"{script.stem}.png"]
    assert (tmp_path / f"{script.stem}.png").stat().st_size > 20_000


def test_moran_inside_authorities_is_as_ons_published(shared, tmp_path):
    """The largest difference is one of generalised borders; 0.9996 and 0.033 were found in R."""
    pytest.importorskip("pyarrow")
    script = next(path for path in SCRIPTS if path.stem == "06_inside_authorities")
    result = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    correlation, apart = re.search(
        r"316 authorities: correlation ([\d.]+), largest difference ([\d.]+)", result.stdout
    ).groups()
    assert float(correlation) >= 0.999
    assert float(apart) <= 0.04
