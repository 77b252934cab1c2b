"""The main job on the real published file: the finding that started this project."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

SEVEN = {
    "E07000143": "Breckland", "E07000145": "Great Yarmouth", "E07000147": "North Norfolk",
    "E07000202": "Ipswich", "E06000046": "Isle of Wight", "E07000061": "Eastbourne", "E07000224": "Arun",
}  # fmt: skip
ISLANDS = {"E06000046", "E06000053", "W06000001", "S12000013", "S12000023", "S12000027"}


def assess(shared: Path, out: Path, *extra: str, pay=None, people=None, boundaries=None):
    metrics = shared / "data/metrics"
    command = [
        sys.executable, "-m", "spatial_gaps.cli", "assess",
        str(pay or metrics / "raw/explore_local_statistics/gross-median-weekly-pay.csv"),
        "--level", "lad", "--vintage", "2023", "--period", "2021", "--higher-is", "better",
        "--weights", str(people or metrics / "tidy/population_total.csv"),
        "--seed", "1", "--out", str(out), *extra,
    ]  # fmt: skip
    if boundaries != "cartogram":
        command += [
            "--boundaries",
            str(boundaries or shared / "data/boundaries/lad_2023_uk_buc.gpkg"),
        ]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert result.returncode == 0, result.stderr
    return result.stdout, (out / "summary.json").read_bytes()


@pytest.fixture(scope="module")
def run(shared, tmp_path_factory):
    out = tmp_path_factory.mktemp("main")
    printed, summary = assess(shared, out)
    return out, printed, summary


def six_digits(expected: float):
    return pytest.approx(expected, rel=5e-6)


def test_audit_accounts_for_everything(run):
    out, _, summary = run
    audit = json.loads(summary)["audit"]
    assert audit == {"matched": 361, "missing": 8, "retired": 0, "duplicated": 0, "wrong_level": 37,
                     "unknown": 0, "coverage": "United Kingdom"}  # fmt: skip
    rows = pd.read_csv(out / "tables/audit.csv")
    missing = rows[rows["kind"] == "missing"]
    assert len(missing) == 8
    assert missing["reason"].notna().all()
    assert rows[rows["kind"] == "wrong_level"]["reason"].str.contains("county").sum() == 21


def test_indices_decomposition_and_moran(run):
    summary = json.loads(run[2])
    indices = summary["indices"]
    assert indices["mean"]["value"] == six_digits(511.413)
    assert indices["gini"]["value"] == six_digits(0.0704476)
    assert indices["theil"]["value"] == six_digits(0.00834655)
    assert summary["masking"]["itl1"]["raw_theil"] == six_digits(0.446412)
    assert summary["masking"]["itl1"]["corrected"] == pytest.approx(0.32, abs=0.01)
    assert 1 - summary["decomposition"]["itl1"] == six_digits(0.446412)
    assert summary["moran"]["I"] == six_digits(0.652943)
    assert summary["moran"]["n"] == 348
    assert indices["gini"]["upper"] < indices["gini"]["value"]


def test_no_island_and_no_missing_area_is_significant(run):
    areas = pd.read_csv(run[0] / "tables/areas.csv", index_col="code")
    assert len(areas) == 361
    assert areas["value"].notna().sum() == 353
    significant = areas["cluster"].str.contains("high|low")
    assert significant.any()
    assert not significant[areas["value"].isna() | areas.index.isin(ISLANDS)].any()


def test_pockets_are_the_33_and_the_seven_are_among_them(run):
    out, printed, summary = run
    areas = pd.read_csv(out / "tables/areas.csv", index_col="code")
    south_east_and_east = areas["itl1"].isin(["TLJ", "TLH"])
    below = areas.index[south_east_and_east & (areas["value"] < 505.1)]
    assert len(below) == 33
    pockets = {row["code"]: row for row in json.loads(summary)["pockets"]}
    assert pockets
    assert set(pockets) <= set(below)
    assert set(SEVEN) <= set(pockets)
    assert {pockets[code]["verdict"] for code in SEVEN} <= {"likely", "confirmed"}
    assert json.loads(summary)["pocket_counts"]["below"] == 33
    headline = printed.strip().split("\n\n")[0].replace("\n", " ")
    assert "33" in headline
    assert "South East" in headline
    assert "East of England" in headline
    assert "London hides none" in headline
    assert "cannot confirm more" in printed.replace("\n  ", " ")


def test_the_cartogram_gives_the_same_statistics(run, shared, tmp_path):
    _, other = assess(shared, tmp_path, boundaries="cartogram")
    assert json.loads(other) == json.loads(run[2])


def test_workers_change_no_byte(run, shared, tmp_path):
    assert assess(shared, tmp_path, "--workers", "2")[1] == run[2]


def test_shuffled_inputs_change_no_byte_of_the_summary(run, shared, tmp_path):
    import geopandas as gpd

    metrics = shared / "data/metrics"
    pay = tmp_path / "gross-median-weekly-pay.csv"
    people = tmp_path / "population_total.csv"
    for source, target in (
        (metrics / "raw/explore_local_statistics/gross-median-weekly-pay.csv", pay),
        (metrics / "tidy/population_total.csv", people),
    ):
        table = pd.read_csv(source, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        table.sample(frac=1, random_state=5).to_csv(target, index=False)
    boundaries = tmp_path / "lad_2023_uk_buc.gpkg"
    frame = gpd.read_file(shared / "data/boundaries/lad_2023_uk_buc.gpkg")
    frame.sample(frac=1, random_state=6).to_file(boundaries)
    out = tmp_path / "out"
    assert assess(shared, out, pay=pay, people=people, boundaries=boundaries)[1] == run[2]
