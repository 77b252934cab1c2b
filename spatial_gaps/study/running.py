"""A study from file to atlas: plan, do what is not done yet, put everything together."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spatial_gaps.assessment import Assessment
from spatial_gaps.checks import check_count
from spatial_gaps.export.files import check_folder, hold_folder
from spatial_gaps.export.scorecard import check_scorecard_output
from spatial_gaps.export.small_layers import SmallMap
from spatial_gaps.study.atlas import check_atlas, has_maps, last_score, mapped_tasks, write_atlas
from spatial_gaps.study.engines import outcomes
from spatial_gaps.study.kept import FOLDER, forget_others, keep, kept
from spatial_gaps.study.schema import Study
from spatial_gaps.study.scoring import FOLDER as MISSIONS
from spatial_gaps.study.scoring import Scored, asks_for_missions, score
from spatial_gaps.study.tasks import Task, plan_study

# Told how many tasks are done, of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class StudyRun:
    """What became of a study.

    Attributes
    ----------
    folder : Path
        Where the atlas is.
    files : tuple of Path
        What was written.
    tasks, done, kept : int
        How many tasks there are, were done now, and were taken from earlier runs.
    failures : tuple of (str, str)
        Task and reason of those without an answer.
    finding : str
        One sentence about all of it.
    """

    folder: Path
    files: tuple[Path, ...]
    tasks: int
    done: int
    kept: int
    failures: tuple[tuple[str, str], ...]
    finding: str


def run(
    study: Study,
    out: str | os.PathLike[str],
    *,
    engine: str = "processes",
    workers: int = 1,
    scheduler: str | None = None,
    overwrite: bool = False,
    progress: Progress = lambda done, tasks: None,
    say: Callable[[str], None] = lambda step: None,
) -> StudyRun:
    """Do a study and write its atlas.

    Parameters
    ----------
    study : Study
        As `read_study` returns it.
    out : path
        Folder; made if it is not there.
    engine, workers, scheduler
        Where tasks run; see `outcomes`. The files are the same byte for byte.
    overwrite : bool
        Files of these names that no study has written are replaced only if True.
    progress : callable
        Told after every task how many are done, of how many.
    say : callable
        Told of each step.

    Returns
    -------
    StudyRun
        What was done, what was kept from an earlier run, and what failed.

    Raises
    ------
    InputError
        If the study cannot be planned; nothing is written then.
    OutputError
        If the folder cannot be written, holds what is not ours, or another run is writing to it.

    Notes
    -----
    What a finished task found is kept in the folder under a key of its inputs, options and versions:
    a run that was cut off goes on, and after a change only what depends on it is done again.
    """
    check_count(workers, "workers", 1)
    say("Reading metrics")
    tasks = plan_study(study)
    missions = asks_for_missions(study)
    target = check_atlas(out, overwrite=overwrite)
    if missions:
        check_scorecard_output(target / MISSIONS, overwrite=overwrite)
    with hold_folder(target):
        store = check_folder(target / FOLDER)
        todo = [task for task in tasks if kept(store, task) is None]
        errors: dict[str, str] = {}
        maps: dict[str, Assessment | SmallMap] = {}
        say(f"{len(todo)} of {len(tasks)} tasks are to be done")
        for done, (task, outcome) in enumerate(outcomes(todo, engine, workers, scheduler), 1):
            keep(store, task, outcome)
            if outcome.error:
                errors[task.key] = outcome.error
            elif outcome.on_map is not None:
                maps[task.page] = outcome.on_map
            progress(done, len(todo))
        forget_others(store, tasks)
        say("Writing the atlas")
        lacking = _without_map(tasks, maps, errors, target)
        for task, outcome in outcomes(lacking, engine, workers, scheduler):
            if outcome.on_map is not None:
                maps[task.page] = outcome.on_map
        scored = Scored()
        if missions:
            say("Scoring the missions")
            scored = score(target, study, last_score(target), overwrite=overwrite)
        failures = tuple((task.name, errors[task.key]) for task in tasks if task.key in errors)
        files, finding = write_atlas(
            target, study, tasks, store, maps, errors, scored, overwrite=overwrite
        )
    return StudyRun(
        target, tuple(files), len(tasks), len(todo), len(tasks) - len(todo), failures, finding
    )


def _without_map(
    tasks: tuple[Task, ...],
    maps: dict[str, Assessment | SmallMap],
    errors: dict[str, str],
    target: Path,
) -> list[Task]:
    """Return the tasks that have to be done again for the GeoPackage, none if it is up to date."""
    wanted = mapped_tasks(tasks, errors)
    if has_maps(target, wanted):
        return []
    return [task for task in wanted if task.page not in maps]
