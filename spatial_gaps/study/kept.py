"""What finished tasks found, kept by their keys: a study goes on where it was cut off."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from spatial_gaps.export.files import write_text
from spatial_gaps.study.tasks import Task
from spatial_gaps.study.working import Outcome

FOLDER = ".spatial-gaps-kept"


def kept(folder: Path, task: Task) -> Outcome | None:
    """Return what a task found in an earlier run, None if it has to be done."""
    try:
        held = json.loads(_path(folder, task).read_text("utf-8"))
        tables = {str(name): str(text) for name, text in held["tables"].items()}
        return Outcome(tables, str(held["page"])) if held["key"] == task.key else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # One that is damaged is made again.
        return None


def keep(folder: Path, task: Task, outcome: Outcome) -> None:
    """Keep what a task found; what went wrong is tried again."""
    if not outcome.error:
        held = {"key": task.key, "tables": dict(outcome.tables), "page": outcome.page}
        write_text(_path(folder, task), json.dumps(held))


def forget_others(folder: Path, tasks: Collection[Task]) -> None:
    """Take away what no task of this study asks for any more."""
    wanted = {_path(folder, task).name for task in tasks}
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()


def _path(folder: Path, task: Task) -> Path:
    return folder / f"{task.key}.json"
