"""The command line as a user meets it: demo, assess, check, and every kind of bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from spatial_gaps import sample_path

MAIN = [sys.executable, "-m", "spatial_gaps.cli"]
PAY = sample_path("gross-median-weekly-pay")


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MAIN, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, encoding="utf-8"
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, run("demo", "--out", "out", cwd=folder)


def test_demo_ends_with_a_finding_and_everything_beside_it(demo):
    folder, result = demo
    assert result.returncode == 0, result.stderr
    assert "South East" in result.stdout.splitlines()[1]
    assert "London hides none" in result.stdout
    made = {path.relative_to(folder / "out").as_posix() for path in (folder / "out").rglob("*")}
    assert {"assessment.gpkg", "report.html", "summary.json", "run.json", "tables/areas.csv",
            "tables/pockets.csv", "maps/pockets.png"} <= made  # fmt: skip
    assert not [name for name in made if name.startswith(".")]


def test_demo_is_the_same_byte_for_byte(demo, tmp_path):
    folder, _ = demo
    assert run("demo", "--out", "out", cwd=tmp_path).returncode == 0
    for path in sorted((folder / "out").rglob("*")):
        if path.is_file():
            other = tmp_path / "out" / path.relative_to(folder / "out")
            assert path.read_bytes() == other.read_bytes(), path.name


def test_summary_and_run_record_have_the_fields_that_are_promised(demo):
    folder, _ = demo
    summary = json.loads((folder / "out/summary.json").read_text(encoding="utf-8"))
    assert {"metric", "level", "vintage", "period", "n_areas", "audit", "indices", "decomposition",
            "masking", "moran", "clusters", "pockets", "pocket_counts"} <= set(summary)  # fmt: skip
    assert set(summary["audit"]) == {
        "matched", "missing", "retired", "duplicated", "wrong_level", "unknown", "coverage"}  # fmt: skip
    assert set(summary["decomposition"]) == {"itl1", "itl3", "within"}
    assert sum(summary["decomposition"].values()) == pytest.approx(1)
    assert set(summary["masking"]["itl1"]) == {"corrected", "raw", "raw_theil"}
    assert {"I", "corrected", "expected", "p", "permutations", "seed"} <= set(summary["moran"])
    assert {"value", "lower", "upper"} <= set(summary["indices"]["gini"])
    assert {"code", "name", "parent", "verdict", "p_pocket", "value", "upper", "parent_value",
            "rank_gap", "people"} <= set(summary["pockets"][0])  # fmt: skip
    record = json.loads((folder / "out/run.json").read_text(encoding="utf-8"))
    assert {"versions", "options", "inputs"} <= set(record)
    assert all(len(digest) == 64 for digest in record["inputs"].values())
    assert str(folder) not in (folder / "out/run.json").read_text(encoding="utf-8")


def test_json_format_prints_the_summary(tmp_path):
    result = run("assess", PAY, "--period", 2022, "--format", "json", "--out", "o", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == json.loads((tmp_path / "o/summary.json").read_text("utf-8"))


def test_check_explains_the_join(tmp_path):
    result = run("check", PAY, "--period", "2021", cwd=tmp_path)
    assert result.returncode == 0
    assert "353 have a figure, 8 have none" in result.stdout
    assert "City of London" in result.stdout


def lines() -> list[str]:
    return PAY.read_text(encoding="utf-8").splitlines(keepends=True)


def truncated(text: list[str]) -> bytes:
    return "".join(text).encode()[:-23]


def unknown(text: list[str]) -> bytes:
    changed = [line.replace("E07000", "E07999", 1) for line in text]
    return "".join(changed).encode()


def duplicated(text: list[str]) -> bytes:
    return "".join([*text, text[5]]).encode()


def without_codes(text: list[str]) -> bytes:
    return "".join("0" + line for line in text).encode()


def spreadsheet(_: list[str]) -> bytes:
    return b"PK\x03\x04" + bytes(200)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (truncated, ["bad.csv", "row ", "cut off", "Download"]),
        (unknown, ["bad.csv", "E07999", "unknown"]),
        (duplicated, ["bad.csv", "E06000001", "rows 6,"]),
        (without_codes, ["bad.csv", "row 1", "no column holds area codes", "--code", "areacd"]),
        (spreadsheet, ["bad.csv", "workbook", "damaged", "204 bytes"]),
    ],
)
def test_a_bad_file_exits_2_names_it_and_writes_nothing(tmp_path, make, words):
    (tmp_path / "bad.csv").write_bytes(make(lines()))
    result = run(
        "assess", "bad.csv", "--period", 2021, "--higher-is", "better", "--out", "out", cwd=tmp_path
    )
    assert result.returncode == 2, (result.stdout, result.stderr)
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


def test_boundaries_in_degrees_that_claim_metres_are_refused(tmp_path):
    import geopandas as gpd
    from shapely.geometry import box

    shapes = [box(-1 + i / 10, 52, -0.9 + i / 10, 52.1) for i in range(4)]
    codes = ["E06000001", "E06000002", "E06000003", "E06000004"]
    frame = gpd.GeoDataFrame({"LAD23CD": codes, "LAD23NM": codes}, geometry=shapes, crs=27700)
    frame.to_file(tmp_path / "degrees.gpkg")
    result = run(
        "assess",
        PAY,
        "--period",
        2021,
        "--boundaries",
        "degrees.gpkg",
        "--out",
        "out",
        cwd=tmp_path,
    )
    assert result.returncode == 2
    assert "degrees.gpkg" in result.stderr
    assert "degrees" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_output_folder_that_cannot_be_made_is_said_before_any_work(tmp_path):
    (tmp_path / "taken").write_text("a file")
    result = run("assess", PAY, "--period", 2021, "--out", "taken", cwd=tmp_path)
    assert result.returncode == 2
    assert "taken" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Reading" not in result.stderr
    assert (tmp_path / "taken").read_text() == "a file"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    result = run("assess", PAY, "--period", 2021, "--out", "locked/out", cwd=tmp_path)
    assert result.returncode == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--period", "1066"], ["1066", "2021"]),
        (["--period", "2021", "--vintage", "1066"], ["1066"]),
        (["--period", "2021", "--level", "parish"], ["parish"]),
        (["--period", "2021", "--seed", "-1"], ["seed", "-1"]),
        (["--period", "2021", "--indicator", "x"], ["indicator"]),
        (["--period", "2021", "--weights", "nothing.csv"], ["nothing.csv"]),
        ([], ["period"]),
    ],
)
def test_bad_options_exit_2_with_a_reason(tmp_path, options, words):
    result = run("assess", PAY, *options, cwd=tmp_path)
    assert result.returncode == 2, result.stdout
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.stderr


def test_direction_is_asked_for_where_the_catalogue_does_not_know_it(tmp_path):
    text = "code,period,value\n" + "".join(f"E06{i:06d},2021,{i}\n" for i in range(1, 15))
    (tmp_path / "mine.csv").write_text(text)
    result = run("assess", "mine.csv", "--period", 2021, cwd=tmp_path)
    assert result.returncode == 2
    assert "--higher-is" in result.stderr


def test_help_lists_the_commands(tmp_path):
    result = run("--help", cwd=tmp_path)
    assert result.returncode == 0
    for command in ("demo", "assess", "check"):
        assert command in result.stdout
