"""Every example runs on its own, prints a finding and writes one picture."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).resolve().parents[1] / "examples").glob("[0-9]*.py"))
# Those that take more than a few seconds.
LONG = ("08_hidden_on_several", "12_missions")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in LONG else [])
        for path in SCRIPTS
    ],
)
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


def said_by(stem, tmp_path):
    script = next(path for path in SCRIPTS if path.stem == stem)
    command = [sys.executable, str(script)]
    return subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout


def test_figure_1_of_the_paper(shared, tmp_path):
    """Output per hour is higher in every region in 2022, and London grew 1.95 % a year 2011-19."""
    said = said_by("09_output_per_hour", tmp_path)
    assert "higher in 2022 than in 2004 in every one of 12 regions" in said
    assert "each had 1 to 2 years in which it fell" in said
    assert "London grew by 1.95% a year from 2011 to 2019" in said


def test_the_kind_of_figure_2_says_where_the_series_starts(shared, tmp_path):
    assert "The series starts in 2019/20." in said_by("10_skills_since_2019", tmp_path)


def test_figure_3_of_the_paper(shared, tmp_path):
    """On the first release 17 of 45 and 18 of 64 are below; on the revised series 33 of 107."""
    said = said_by("11_pay_by_home", tmp_path)
    assert said.startswith("35 of the 109 authorities of the South East and the East of England")
    assert "By the revised figures it is 33 of 107." in said
    assert re.search(r"Regions: London £614, South East £544, East of England £518", said)
    assert re.search(r"E07000224 +Arun 444\.0 +0\.99\d +confirmed", said)
