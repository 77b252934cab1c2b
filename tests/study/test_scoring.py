"""The missions question: one scorecard of a study's metrics, made again only when it would differ."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import spatial_gaps as sg
from spatial_gaps.cli import main
from spatial_gaps.errors import InputError
from spatial_gaps.study.running import run
from spatial_gaps.study.schema import read_study
from spatial_gaps.study.tasks import plan_study
from tests.study.conftest import figures

STUDY = """\
questions = ["missions"]

[[metrics]]
file = "gross-median-weekly-pay.csv"

[[metrics]]
file = "jobs.csv"
value = "jobs"
period = "2020"
levels = ["itl3"]
higher_is = "better"
"""


@pytest.fixture
def pay_study(tmp_path: Path) -> Path:
    """Weekly pay, which measures a mission, and made-up jobs, which do not."""
    folder = tmp_path / "work"
    folder.mkdir()
    shutil.copy(sg.sample_path("gross-median-weekly-pay"), folder / "gross-median-weekly-pay.csv")
    figures(0, "jobs").to_csv(folder / "jobs.csv", index=False)
    path = folder / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def plan_lines(study: Path, out: Path) -> list[str]:
    done = CliRunner().invoke(main, ["run", str(study), "--out", str(out), "--plan"])
    return done.output.splitlines()


def test_the_plan_counts_the_scorecard(pay_study: Path, tmp_path: Path) -> None:
    assert plan_lines(pay_study, tmp_path / "out") == [
        "to do  scorecard of missions", "1 of 1 are to be done."
    ]  # fmt: skip
    pay = pay_study.parent / "gross-median-weekly-pay.csv"
    pay.unlink()
    text = pay_study.read_text("utf-8")
    pay_study.write_text(text.replace('[[metrics]]\nfile = "gross-median-weekly-pay.csv"\n', ""))
    (said,) = plan_lines(pay_study, tmp_path / "out")
    assert "asks for missions, and no metric of it measures a headline metric" in said


def test_missions_are_scored_as_by_the_scorecard(pay_study: Path, tmp_path: Path) -> None:
    study = read_study(pay_study)
    assert plan_study(study) == ()
    done = run(study, tmp_path / "out")
    card = sg.scorecard([sg.read_metric(pay_study.parent / "gross-median-weekly-pay.csv")])
    assert done.finding == card.finding[0]
    names = sorted(path.relative_to(done.folder).as_posix() for path in done.files)
    assert names == [
        "index.html", "missions/scorecard.html", "missions/scorecard.png",
        "missions/tables/gaps.csv", "missions/tables/measures.csv", "missions/tables/missions.csv",
        "missions/tables/scorecard.xlsx", "study.json",
    ]  # fmt: skip
    sg.write_scorecard(tmp_path / "alone", card)
    ours, theirs = (
        (folder / "tables/missions.csv").read_bytes()
        for folder in (done.folder / "missions", tmp_path / "alone")
    )
    assert ours == theirs
    assert 'href="missions/scorecard.html"' in (done.folder / "index.html").read_text("utf-8")
    record = json.loads((done.folder / "study.json").read_bytes())
    assert record["missions"]["left_out"] == [
        "jobs.csv (jobs): it measures no headline metric of a mission"
    ]


@pytest.mark.slow
def test_a_scorecard_that_is_there_is_kept_until_an_input_changes(
    pay_study: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    page = run(read_study(pay_study), out).folder / "missions/scorecard.html"
    assert plan_lines(pay_study, out) == ["kept   scorecard of missions", "0 of 1 are to be done."]
    first = page.stat().st_mtime_ns
    run(read_study(pay_study), out)
    assert page.stat().st_mtime_ns == first
    page.write_text(page.read_text("utf-8") + " ", encoding="utf-8")
    run(read_study(pay_study), out)
    assert not page.read_text("utf-8").endswith(" ")
    pay = pay_study.parent / "gross-median-weekly-pay.csv"
    lines = pay.read_text("utf-8").splitlines(keepends=True)
    pay.write_text("".join(line for line in lines if ",2023-" not in line), encoding="utf-8")
    before = page.read_bytes()
    run(read_study(pay_study), out)
    assert page.read_bytes() != before
    # Without the question its files go.
    text = pay_study.read_text("utf-8").replace('["missions"]', '["gaps"]')
    pay_study.write_text(text, encoding="utf-8")
    run(read_study(pay_study), out)
    assert not page.exists()


def test_missions_of_no_metric_are_refused_before_any_work(study_file: Path) -> None:
    text = study_file.read_text("utf-8")
    study_file.write_text('questions = ["missions"]\n' + text, encoding="utf-8")
    out = study_file.parent / "out"
    with pytest.raises(InputError, match="no metric of it measures a headline metric"):
        run(read_study(study_file), out)
    assert not out.exists()
