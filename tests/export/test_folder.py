"""The folder of a run: nothing half-written, nothing that a spreadsheet would run."""

from __future__ import annotations

import dataclasses
import json

import pandas as pd
import pytest

from spatial_gaps.errors import OutputError
from spatial_gaps.export import folder as module
from spatial_gaps.export.folder import write_folder
from spatial_gaps.export.summary import summary_of


def test_a_failure_leaves_the_old_files_and_no_debris(pay, tmp_path, monkeypatch):
    (tmp_path / "report.html").write_text("old")

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_report", fail)
    with pytest.raises(OutputError, match="No space left"):
        write_folder(tmp_path, pay, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text() == "old"


def test_a_second_run_replaces_the_first(pay, tmp_path):
    first = write_folder(tmp_path / "out", pay)
    again = write_folder(tmp_path / "out", pay)
    assert first == again
    assert tmp_path / "out" / "tables" / "tables.xlsx" in first
    assert not [path for path in (tmp_path / "out").rglob("*") if path.name.startswith(".")]


def test_text_that_looks_like_a_formula_is_quoted_and_numbers_are_not(pay, tmp_path):
    areas = pay.areas.copy()
    areas.loc["E06000001", "name"] = "=HYPERLINK(1)"
    areas.loc["E06000002", "name"] = "\tTab"
    evil = dataclasses.replace(pay, areas=areas)
    write_folder(tmp_path, evil)
    table = pd.read_csv(tmp_path / "tables/areas.csv", index_col="code")
    assert table.loc["E06000001", "name"] == "'=HYPERLINK(1)"
    assert table.loc["E06000002", "name"].startswith("'")
    assert (table["contrast"] < 0).any()


def test_summary_is_plain_json_with_null_for_what_does_not_exist(pay):
    summary = summary_of(pay)
    text = json.dumps(summary, allow_nan=False)
    assert json.loads(text) == summary
    exact = dataclasses.replace(pay, moran=dataclasses.replace(pay.moran, corrected=float("nan")))
    assert summary_of(exact)["moran"]["corrected"] is None


def test_the_steps_are_told(pay, tmp_path):
    told = []
    write_folder(tmp_path, pay, say=told.append)
    assert told
