"""Studies that run: what is written, what is kept, what is done again, and what fails."""

from __future__ import annotations

import html
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner

import spatial_gaps as sg
from spatial_gaps.cli import main
from spatial_gaps.errors import InputError, OutputError
from spatial_gaps.study.kept import FOLDER
from spatial_gaps.study.running import run
from spatial_gaps.study.schema import read_study
from spatial_gaps.study.tasks import plan_study
from tests.study.conftest import figures


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of an atlas, without what is kept for the next run."""
    paths = [path for path in folder.rglob("*") if path.is_file() and FOLDER not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_an_atlas_holds_what_assess_finds(study_file: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    done = run(read_study(study_file), tmp_path / "out", progress=lambda *step: steps.append(step))
    assert (done.tasks, done.done, done.kept, done.failures) == (3, 3, 0, ())
    assert steps == [(1, 3), (2, 3), (3, 3)]
    areas = pd.read_csv(done.folder / "tables/areas.csv", dtype={"period": str})
    assert areas.groupby(["metric", "period"]).size().to_dict() == {
        ("crime", "2020"): 179, ("jobs", "2019"): 179, ("jobs", "2021"): 179,
    }  # fmt: skip
    metric = sg.read_metric(study_file.parent / "jobs.csv", value="jobs", higher_is="better")
    alone = sg.assess(sg.cartogram("itl3", 2021), metric, period=2021)
    own = areas[(areas["metric"] == "jobs") & (areas["period"] == "2021")].set_index("code")
    assert own["value"].tolist() == alone.areas["value"].tolist()
    assert own["cluster"].tolist() == alone.clusters["cluster"].tolist()
    assert own["verdict"].tolist() == alone.pockets["verdict"].tolist()
    summary = pd.read_csv(done.folder / "tables/summary.csv", dtype={"period": str})
    row = summary.set_index(["metric", "period"]).loc["jobs", "2021"]
    assert row["moran"] == alone.moran.I
    assert row["gap"] == alone.gap.difference
    assert row["finding"] == alone.headline
    # The last period of each has a page and layers.
    assert sorted(path.name for path in (done.folder / "pages").iterdir()) == [
        "crime_itl3.html", "jobs_itl3.html",
    ]  # fmt: skip
    first = html.unescape((done.folder / "index.html").read_text("utf-8"))
    assert alone.headline in first
    assert "nan" not in first.split("<body>")[1].replace("inance", "")
    layer = gpd.read_file(done.folder / "atlas.gpkg", layer="jobs_itl3_areas").set_index("code")
    assert layer["value"].to_dict() == alone.areas["value"].to_dict()
    record = json.loads((done.folder / "study.json").read_bytes())
    assert [*record["inputs"]] == ["study.toml", "jobs.csv", "crime.csv"]


def test_what_was_not_asked_is_not_written(study_file: Path, tmp_path: Path) -> None:
    text = study_file.read_text("utf-8")
    study_file.write_text('questions = ["gaps"]\noutputs = ["tables"]\n' + text, encoding="utf-8")
    done = run(read_study(study_file), tmp_path / "out")
    assert sorted(path.stem for path in (done.folder / "tables").iterdir()) == [
        "areas", "decomposition", "indices", "masking", "summary", "warnings",
    ]  # fmt: skip


def test_figures_of_too_few_regions_are_refused(study_file: Path) -> None:
    rows = "code,jobs,period\nTLC,1,2021\nTLD,2,2021\n"
    (study_file.parent / "jobs.csv").write_text(rows, encoding="utf-8")
    text = study_file.read_text("utf-8").replace('["itl3"]', '["itl1"]')
    study_file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no figures for any of these levels"):
        plan_study(read_study(study_file))


def test_only_what_depends_on_a_change_is_done_again(study_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(read_study(study_file), out)
    before = contents(out)
    again = run(read_study(study_file), out)
    assert (again.done, again.kept) == (0, 3)
    assert contents(out) == before
    figures(7, "crime").to_csv(study_file.parent / "crime.csv", index=False)
    plan = CliRunner().invoke(main, ["run", str(study_file), "--out", str(out), "--plan"])
    assert plan.output.splitlines() == [
        "kept   jobs, ITL 3 areas, 2019",
        "kept   jobs, ITL 3 areas, 2021",
        "to do  crime, ITL 3 areas, 2020",
        "1 of 3 are to be done.",
    ]
    changed = run(read_study(study_file), out)
    assert (changed.done, changed.kept) == (1, 2)
    fresh = run(read_study(study_file), tmp_path / "fresh")
    assert contents(out) == contents(fresh.folder)
    assert contents(out)["pages/jobs_itl3.html"] == before["pages/jobs_itl3.html"]


def test_what_was_kept_and_damaged_is_made_again(study_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(read_study(study_file), out)
    before = contents(out)
    one, two, _ = sorted((out / FOLDER).iterdir())
    one.write_text("{")
    two.write_text('{"key": "another", "tables": {}, "page": ""}')
    (out / "atlas.gpkg").write_bytes((out / "atlas.gpkg").read_bytes()[:-1])
    again = run(read_study(study_file), out, overwrite=True)
    assert again.done == 2
    assert contents(out) == before


def test_one_failure_does_not_stop_the_rest(study_file: Path, tmp_path: Path) -> None:
    folder = study_file.parent
    lone = figures(2, "lone").head(3).assign(code=["E06000001", "E06000002", "E06000003"])
    lone.to_csv(folder / "lone.csv", index=False)
    study_file.write_text(
        study_file.read_text("utf-8").replace('["itl3"]', '["itl3", "lad"]')
        + '\n[[metrics]]\nfile = "lone.csv"\nvalue = "lone"\nperiod = "2020"\n'
    )
    out = tmp_path / "out"
    done = CliRunner().invoke(main, ["run", str(study_file), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "Not assessed: lone, local authorities, 2020: " in done.output
    assert "1 task could not be done" in done.output
    failures = pd.read_csv(out / "tables/failures.csv", dtype=str)
    assert failures[["metric", "level", "period"]].to_numpy().tolist() == [["lone", "lad", "2020"]]
    assert "What could not be assessed" in (out / "index.html").read_text("utf-8")
    # Once it is mended, the table of failures goes.
    study_file.write_text(study_file.read_text("utf-8").split('\n[[metrics]]\nfile = "lone')[0])
    again = run(read_study(study_file), out)
    assert (again.done, again.failures) == (0, ())
    assert not (out / "tables/failures.csv").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"all"', '["2018", "2021"]'), "metric 'jobs': has no figures for these periods: 2018"),
        (('["itl3"]', '["lad", "utla"]'), "metric 'jobs': has no figures for any of these levels"),
        (('value = "jobs"', 'value = "work"'), "metric 'jobs'"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_said_before_any_work(
    study_file: Path, tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    study_file.write_text(study_file.read_text("utf-8").replace(*change))
    with pytest.raises(InputError) as error:
        run(read_study(study_file), tmp_path / "out")
    assert said in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_somebody_else_is_left_alone(study_file: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(OutputError, match="no study wrote"):
        run(read_study(study_file), tmp_path)
    assert (tmp_path / "index.html").read_text() == "mine"
    with pytest.raises(InputError, match="the engine has to be one of"):
        run(read_study(study_file), tmp_path / "out", engine="spark")


def test_regions_have_gaps_of_their_own(study_file: Path, tmp_path: Path) -> None:
    folder = study_file.parent
    (folder / "pay.csv").write_bytes(sg.sample_path("gross-median-weekly-pay").read_bytes())
    study_file.write_text(
        'levels = ["itl1"]\nperiods = ["2021"]\noutputs = "tables"\n[[metrics]]\nfile = "pay.csv"\n'
        'higher_is = "better"\n'
    )
    done = run(read_study(study_file), tmp_path / "out")
    assert {path.name for path in done.files} == {
        "summary.csv", "indices.csv", "areas.csv", "warnings.csv", "index.html", "study.json",
    }  # fmt: skip
    areas = pd.read_csv(done.folder / "tables/areas.csv").set_index("name")
    # As published for 2021.
    assert areas.loc["London", "value"] == areas["value"].max()
    assert len(areas) == 12
    summary = pd.read_csv(done.folder / "tables/summary.csv").iloc[0]
    values, people = areas["value"], areas["weight"]
    # The best-off fifth of people by hand: London and what is missing from the next.
    order = values.sort_values(ascending=False).index
    left, top = people.sum() / 5, 0.0
    for name in order:
        taken = min(left, people[name])
        top, left = top + taken * values[name], left - taken
    assert summary["top"] == pytest.approx(top / (people.sum() / 5))


def test_a_plan_knows_the_order_of_periods(study_file: Path) -> None:
    folder = study_file.parent
    periods = ("2009/10", "2010/11", "2019/20")
    figures(0, "jobs", periods).to_csv(folder / "jobs.csv", index=False)
    jobs = [task for task in plan_study(read_study(study_file)) if task.metric.name == "jobs"]
    assert [(task.period, task.is_latest) for task in jobs] == [
        ("2009/10", False), ("2010/11", False), ("2019/20", True),
    ]  # fmt: skip
    assert len({task.key for task in jobs}) == 3
    os.utime(folder / "jobs.csv", (0, 0))
    assert [task.key for task in plan_study(read_study(study_file))][:3] == [
        task.key for task in jobs
    ]


@pytest.mark.slow
def test_every_engine_gives_the_same_bytes(study_file: Path, tmp_path: Path) -> None:
    serial = run(read_study(study_file), tmp_path / "serial", engine="serial")
    two = run(read_study(study_file), tmp_path / "two", workers=2)
    assert contents(two.folder) == contents(serial.folder)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_dask_gives_the_same_bytes(study_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    serial = run(read_study(study_file), tmp_path / "serial", engine="serial")
    spread = run(read_study(study_file), tmp_path / "dask", engine="dask", workers=2)
    assert contents(spread.folder) == contents(serial.folder)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_worker_that_is_killed_costs_its_task_only(study_file: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    figures(0, "jobs", tuple(str(year) for year in range(2010, 2022))).to_csv(
        study_file.parent / "jobs.csv", index=False
    )
    serial = run(read_study(study_file), tmp_path / "serial", engine="serial")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        killed: list[int] = []

        def kill(done: int, tasks: int) -> None:
            if done == 2:
                killed.append(next(iter(cluster.workers.values())).process.pid)
                os.kill(killed[0], signal.SIGKILL)

        spread = run(
            read_study(study_file), tmp_path / "dask", engine="dask",
            scheduler=cluster.scheduler_address, progress=kill,
        )  # fmt: skip
    assert killed
    assert (spread.done, spread.failures) == (13, ())
    assert contents(spread.folder) == contents(serial.folder)


def test_a_scheduler_that_does_not_answer_is_said(study_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match="no Dask scheduler answers at tcp:"):
        run(read_study(study_file), tmp_path / "out", engine="dask", scheduler="tcp://127.0.0.1:9")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_twenty_kills_change_nothing(study_file: Path, tmp_path: Path) -> None:
    whole = run(read_study(study_file), tmp_path / "whole")
    script = (
        "import os, signal, sys, time, random\n"
        "from pathlib import Path\n"
        "from spatial_gaps.study.running import run\n"
        "from spatial_gaps.study.schema import read_study\n"
        "chance = random.Random(0)\n"
        "study, out = read_study(sys.argv[1]), Path(sys.argv[2])\n"
        "run(study, out.with_name('warm'))\n"
        "for kill in range(20):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        run(study, out, engine='serial')\n"
        "        os._exit(0)\n"
        "    time.sleep(chance.uniform(0, 3))\n"
        "    try:\n"
        "        os.kill(child, signal.SIGKILL)\n"
        "    except ProcessLookupError:\n"
        "        pass\n"
        "    os.waitpid(child, 0)\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(study_file), str(tmp_path / "cut")], check=True
    )
    last = run(read_study(study_file), tmp_path / "cut")
    assert last.kept > 0
    assert contents(last.folder) == contents(whole.folder)
    assert not [path for path in last.folder.rglob(".*") if path.name != FOLDER]
