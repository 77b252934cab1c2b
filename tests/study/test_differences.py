"""What changed between two runs: in words and cell by cell, from made-up folders and real ones."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import spatial_gaps as sg
from spatial_gaps.cli import main
from spatial_gaps.errors import InputError
from spatial_gaps.study.differences import compare_runs
from spatial_gaps.study.running import run
from spatial_gaps.study.schema import read_study
from tests.study.conftest import figures

AREAS = "metric,level,period,code,name,value,verdict\n"


def folder(path: Path, record: dict, **tables: str) -> Path:
    """Write a folder of a study by hand."""
    (path / "tables").mkdir(parents=True)
    (path / "study.json").write_text(json.dumps({"versions": {"numpy": "2.1"}, **record}))
    for name, text in tables.items():
        (path / "tables" / f"{name}.csv").write_text(text)
    return path


def test_every_kind_of_change_by_hand(tmp_path: Path) -> None:
    one = folder(
        tmp_path / "one", {"inputs": {"a.csv": "1", "b.csv": "1"}},
        areas=AREAS + "pay,lad,2021,E1,Norwich,500.0,likely\npay,lad,2021,E2,Luton,400.0,no\n",
        audit="metric,level,period,kind,code,name,reason\npay,lad,2021,missing,E9,Rutland,[u]\n",
    )  # fmt: skip
    two = folder(
        tmp_path / "two", {"inputs": {"a.csv": "2", "c.csv": "1"}, "versions": {"numpy": "2.2"}},
        areas=AREAS + "pay,lad,2021,E1,Norwich,505.0,confirmed\npay,lad,2021,E3,Derby,450.0,no\n",
        audit="metric,level,period,kind,code,name,reason\n",
    )  # fmt: skip
    found = compare_runs(one, two)
    assert found.lines == (
        "Inputs: b.csv is gone; c.csv is new; a.csv changed.",
        "Versions: numpy 2.1 -> 2.2.",
        "Flags: verdict of 1 area: pay, lad, 2021, Norwich likely -> confirmed.",
        "areas: 1 figure in value; 1 new row; 1 row gone. The largest: pay, lad, 2021, "
        "Norwich, 500.0 -> 505.0.",
        "audit: 1 row gone.",
    )
    assert sorted(map(tuple, found.changes.to_numpy().tolist())) == [
        ("areas", "pay, lad, 2021, E1", "value", "500.0", "505.0"),
        ("areas", "pay, lad, 2021, E1", "verdict", "likely", "confirmed"),
        ("areas", "pay, lad, 2021, E2", "", "there", ""),
        ("areas", "pay, lad, 2021, E3", "", "", "there"),
        ("audit", "pay, lad, 2021, missing, E9, Rutland, [u]", "", "there", ""),
    ]
    assert compare_runs(one, one).lines == ("Nothing changed.",)


def test_a_new_edition_of_a_study(study_file: Path, tmp_path: Path) -> None:
    run(read_study(study_file), tmp_path / "one")
    revised = figures(1, "crime")
    revised.iloc[0, 1] += 30
    revised.to_csv(study_file.parent / "crime.csv", index=False)
    run(read_study(study_file), tmp_path / "two")
    out = tmp_path / "changes.csv"
    done = CliRunner().invoke(
        main, ["diff", str(tmp_path / "one"), str(tmp_path / "two"), "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert "Inputs: crime.csv changed." in done.output
    changes = pd.read_csv(out, dtype=str, keep_default_na=False)
    values = changes[(changes["table"] == "areas") & (changes["column"] == "value")]
    assert values["row"].tolist() == [f"crime, itl3, 2020, {revised.iloc[0, 0]}"]
    assert float(values["second"].iloc[0]) == float(values["first"].iloc[0]) + 30
    # Nothing of the other metric is touched.
    assert not changes["row"].str.startswith("jobs").any()


def test_folders_of_assess_are_compared_too(tmp_path: Path, pay: sg.Assessment) -> None:
    for name in ("one", "two"):
        sg.write_folder(tmp_path / name, pay)
    assert compare_runs(tmp_path / "one", tmp_path / "two").lines == ("Nothing changed.",)


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder of a run"):
        compare_runs(tmp_path, tmp_path)
    one = folder(tmp_path / "one", {})
    two = folder(tmp_path / "two", {})
    (two / "study.json").rename(two / "run.json")
    with pytest.raises(InputError, match="one of the folders is a study"):
        compare_runs(one, two)
    (one / "study.json").write_text("{")
    with pytest.raises(InputError, match="damaged"):
        compare_runs(one, two)
