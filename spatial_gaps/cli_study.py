"""The command line for studies: write a study file, run it, compare two runs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

FILE = click.Path(path_type=Path)
ENGINES = ("processes", "serial", "dask")


@click.group()
def study() -> None:
    """Studies: many metrics, periods and kinds of area from one file."""


@study.command()
@click.argument("file", type=FILE, default=Path("study.toml"))
def init(file: Path) -> None:
    """Write a commented study to FILE (study.toml unless given), to be edited."""
    from spatial_gaps.errors import OutputError
    from spatial_gaps.export.files import write_text
    from spatial_gaps.study.example import EXAMPLE

    if file.exists():
        raise OutputError("is there already", file=file, hint="Give another name.")
    write_text(file, EXAMPLE)
    click.echo(f"{file} is an example: edit it, then: spatial-gaps run {file}")


@click.command("run")
@click.argument("file", type=FILE)
@click.option(
    "--out", type=FILE, help="Folder to write to; one beside FILE and named after it unless given."
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="processes",
    show_default=True,
    help="Where tasks run; the files are the same.",
)
@click.option(
    "--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes, or workers."
)
@click.option("--scheduler", help="Address of a Dask scheduler; a local cluster unless given.")
@click.option("--plan", "only_plan", is_flag=True, help="Print what would be done, and stop.")
@click.option("--overwrite", is_flag=True, help="Replace files there that no study has written.")
def run_study(
    file: Path,
    out: Path | None,
    engine: str,
    workers: int,
    scheduler: str | None,
    only_plan: bool,
    overwrite: bool,
) -> None:
    """Do the study in FILE, and write an atlas: first page, pages, GeoPackage, tables.

    A run that was cut off goes on where it stopped; after a change only what depends on it is done again.
    """
    from spatial_gaps.checks import counted
    from spatial_gaps.cli_reading import say
    from spatial_gaps.study.running import run
    from spatial_gaps.study.schema import read_study

    wanted = read_study(file)
    target = out or file.with_suffix("")
    if only_plan:
        _print_plan(file, target)
        return
    with click.progressbar(length=0, label="Assessing", file=sys.stderr) as bar:

        def progress(done: int, tasks: int) -> None:
            bar.length = tasks
            bar.update(done - bar.pos)

        result = run(
            wanted,
            target,
            engine=engine,
            workers=workers,
            scheduler=scheduler,
            overwrite=overwrite,
            progress=progress,
            say=say,
        )
    click.echo(f"\n{result.finding}\n")
    for name, reason in result.failures:
        click.echo(f"Not assessed: {name}: {reason}", err=True)
    click.echo(
        f"{counted(result.tasks, 'assessment')}: {result.done} done now, {result.kept} kept."
    )
    click.echo(f"First page  {target / 'index.html'}")


def _print_plan(file: Path, target: Path) -> None:
    """Print every task, and whether its answer is there already."""
    from spatial_gaps.study.atlas import last_score
    from spatial_gaps.study.kept import FOLDER, kept
    from spatial_gaps.study.schema import read_study
    from spatial_gaps.study.scoring import asks_for_missions, is_scored
    from spatial_gaps.study.tasks import plan_study

    study = read_study(file)
    lines = [(task.name, kept(target / FOLDER, task) is not None) for task in plan_study(study)]
    if asks_for_missions(study):
        lines.append(("scorecard of missions", is_scored(target, study, last_score(target))))
    for name, is_kept in lines:
        click.echo(f"{'kept ' if is_kept else 'to do'}  {name}")
    todo = sum(not is_kept for _, is_kept in lines)
    click.echo(f"{todo} of {len(lines)} are to be done.")


@click.command()
@click.argument("first", type=FILE)
@click.argument("second", type=FILE)
@click.option("--out", type=FILE, help="CSV of every change; printed only unless given.")
def diff(first: Path, second: Path, out: Path | None) -> None:
    """Say what changed from run FIRST to run SECOND: inputs, versions, figures, flags.

    Both are folders that run, assess or demo wrote.
    """
    from spatial_gaps.export.cells import harmless
    from spatial_gaps.export.files import replace_file
    from spatial_gaps.study.differences import compare_runs

    found = compare_runs(first, second)
    for line in found.lines:
        click.echo(line)
    if out is not None:
        with replace_file(out) as made:
            harmless(found.changes).to_csv(made, index=False, lineterminator="\n", encoding="utf-8")
        click.echo(f"Every change  {out}")
    sys.exit(0)
