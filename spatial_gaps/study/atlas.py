"""The atlas of a study: tables of all tasks, pages and one GeoPackage of the last periods."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from spatial_gaps.assessment import Assessment
from spatial_gaps.checks import counted
from spatial_gaps.errors import OutputError
from spatial_gaps.export.atlas_page import render_atlas
from spatial_gaps.export.files import check_folder, replace_file, write_text
from spatial_gaps.export.geopackage import check_replaceable, write_geopackage
from spatial_gaps.export.small_layers import SmallMap
from spatial_gaps.measure.wording import format_value
from spatial_gaps.study.kept import kept
from spatial_gaps.study.schema import Study
from spatial_gaps.study.scoring import FOLDER as MISSIONS
from spatial_gaps.study.scoring import Scored
from spatial_gaps.study.tasks import Task, digest_of
from spatial_gaps.study.working import COLUMNS, KEYS, Outcome

INDEX, MAPS, RECORD, PAGES, TABLES = "index.html", "atlas.gpkg", "study.json", "pages", "tables"
_TEXT = (*KEYS, "title", "unit", "finding", "source", "licence")
_ABOUT = {
    "summary": "a row per metric, kind of area and period",
    "indices": "inequality indices with intervals",
    "decomposition": "where inequality lives, tier by tier",
    "masking": "what averages hide",
    "regions": "every region with its pockets",
    "areas": "every figure, cluster and verdict",
    "pockets": "hidden pockets, a sentence each",
    "authorities": "how divided every authority is, from its small areas",
    "hidden": "the most deprived small areas in less deprived authorities",
    "trend": "change of every area",
    "audit": "areas without a figure and rows left out, with reasons",
    "warnings": "what was repaired, left out or assumed",
    "failures": "what could not be assessed, and why",
}


def check_atlas(folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Make the folder, and raise `OutputError` unless an atlas may be written to it."""
    target = check_folder(folder)
    for name in (PAGES, TABLES):
        check_folder(target / name)
    check_replaceable(target / MAPS, overwrite=overwrite)
    others = [name for name in (INDEX, MAPS, RECORD) if (target / name).exists()]
    if others and not overwrite and not _record(target):
        raise OutputError(
            "the folder holds files of these names that no study wrote", file=target, offenders=others,
            hint="Choose another folder, or say overwrite=True (--overwrite) to lose them.",
        )  # fmt: skip
    return target


def _record(target: Path) -> dict[str, Any]:
    """Return what an earlier run of a study recorded, nothing if there was none."""
    try:
        record = json.loads((target / RECORD).read_bytes())
        return dict(record) if "spatial-gaps" in record["versions"] else {}
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return {}


def last_score(target: Path) -> Any:
    """Return what the last run recorded of its scorecard."""
    return _record(target).get("missions")


def mapped_tasks(tasks: Sequence[Task], errors: Mapping[str, str]) -> list[Task]:
    """Return the tasks that are layers of the GeoPackage."""
    return [
        task for task in tasks
        if task.is_latest and task.has_shapes and "geopackage" in task.outputs
        and task.key not in errors
    ]  # fmt: skip


def _maps_key(tasks: Sequence[Task]) -> str:
    return hashlib.sha256(" ".join(task.key for task in tasks).encode()).hexdigest()


def has_maps(target: Path, tasks: Sequence[Task]) -> bool:
    """Return whether the GeoPackage of these tasks is there, as it was written."""
    held = _record(target).get("maps", {})
    path = target / MAPS
    return (
        isinstance(held, dict)
        and path.is_file()
        and held.get("key") == _maps_key(tasks)
        and held.get("sha256") == digest_of(path)
    )


def write_atlas(
    target: Path,
    study: Study,
    tasks: Sequence[Task],
    store: Path,
    maps: Mapping[str, Assessment | SmallMap],
    errors: Mapping[str, str],
    scored: Scored,
    *,
    overwrite: bool = False,
) -> tuple[list[Path], str]:
    """Write tables, pages, GeoPackage, first page and record; return the files and the finding.

    Parameters
    ----------
    target : Path
        As `check_atlas` returns it.
    study, tasks
        What was asked for, and its plan.
    store : Path
        Where outcomes are kept.
    maps : mapping
        Page to assessment; of all mapped tasks, unless the GeoPackage is up to date.
    errors : mapping
        Key of a task to why it has no outcome.
    scored : Scored
        The scorecard of missions, if there is one.
    overwrite : bool
        Whether a GeoPackage that is not ours may go.
    """
    found = {task.key: kept(store, task) or Outcome() for task in tasks if task.key not in errors}
    files: list[Path] = []
    if "tables" in study.outputs:
        files += _write_tables(target, tasks, found, errors)
    for task in tasks:
        if task.key in found and found[task.key].page:
            files.append(target / PAGES / f"{task.page}.html")
            write_text(files[-1], found[task.key].page)
    mapped = mapped_tasks(tasks, errors)
    if mapped and not has_maps(target, mapped):
        layers = {task.page: maps[task.page] for task in mapped}
        write_geopackage(target / MAPS, layers, overwrite=overwrite)
    files += [target / MAPS] if mapped else []
    rows = _rows(tasks, found)
    files += [target / name for name in scored.files]
    finding = _finding(rows, len(errors)) if rows or not scored.finding else scored.finding
    failures = [(task.name, errors[task.key]) for task in tasks if task.key in errors]
    sources = dict.fromkeys(f"Source: {row['source']}. {row['licence']}".strip() for row in rows)
    write_text(
        target / INDEX,
        render_atlas(
            study.title, finding, [_shown(row, files, target) for row in rows], failures,
            [*sources], _listed(files, target, scored),
        ),
    )  # fmt: skip
    files += [target / INDEX, target / RECORD]
    _clear(target, files)
    _write_record(target, study, tasks, mapped, files, errors, scored)
    return files, finding


def _write_tables(
    target: Path,
    tasks: Sequence[Task],
    found: Mapping[str, Outcome],
    errors: Mapping[str, str],
) -> list[Path]:
    """Put the tables of all tasks together, in the order of the plan."""
    files = []
    for name, columns in COLUMNS.items():
        parts = [found[task.key].tables.get(name, "") for task in tasks if task.key in found]
        if any(parts):
            files.append(target / TABLES / f"{name}.csv")
            write_text(files[-1], ",".join((*KEYS, *columns)) + "\n" + "".join(parts))
    failed = [
        (task.metric.name, task.kind, task.period, errors[task.key])
        for task in tasks if task.key in errors
    ]  # fmt: skip
    if failed:
        files.append(target / TABLES / "failures.csv")
        with replace_file(files[-1]) as made:
            table = pd.DataFrame(failed, columns=[*KEYS, "reason"])
            table.to_csv(made, index=False, lineterminator="\n", encoding="utf-8")
    return files


def _rows(tasks: Sequence[Task], found: Mapping[str, Outcome]) -> list[dict[str, Any]]:
    """Return the row of the summary of every last period."""
    rows = []
    for task in tasks:
        if not task.is_latest or task.key not in found:
            continue
        text = found[task.key].tables.get("summary", "")
        names = [*KEYS, *COLUMNS["summary"]]
        if text:
            frame = pd.read_csv(
                io.StringIO(text), names=names, dtype={"period": str}, keep_default_na=False,
                na_values={name: [""] for name in names if name not in _TEXT},
            )  # fmt: skip
            row = {str(name): cell for name, cell in frame.iloc[0].to_dict().items()}
            rows.append({**row, "page": task.page, "areas": task.noun})
    return rows


def _finding(rows: Sequence[Mapping[str, Any]], failures: int) -> str:
    """Return the sentence that the first page starts with."""
    judged = [row for row in rows if not pd.isna(row["below"])]
    hiding = [row for row in judged if row["likely"] + row["confirmed"] > 0]
    failed = f" {counted(failures, 'task')} could not be done." if failures else ""
    if not judged and rows:
        return str(rows[0]["finding"]) + failed
    if not hiding:
        return (
            f"No better-off region hides a pocket in {counted(len(judged), 'assessment')}.{failed}"
        )
    most = max(hiding, key=lambda row: row["likely"] + row["confirmed"])
    count = int(most["likely"] + most["confirmed"])
    return (
        f"In {len(hiding)} of {len(judged)} assessments better-off regions hide pockets: most in "
        f"{most['title']}, {count} of {int(most['n_areas'])} {most['areas']} in "
        f"{most['period']}.{failed}"
    )


def _shown(row: Mapping[str, Any], files: Sequence[Path], target: Path) -> dict[str, Any]:
    """Return a row as the first page prints it."""
    page = target / PAGES / f"{row['page']}.html"
    judged = not pd.isna(row["below"])
    return {
        "title": row["title"],
        "areas": row["areas"],
        "period": row["period"],
        "finding": row["finding"],
        "gap": format_value(row["gap"], row["unit"]),
        "hidden": f"{row['hidden_share']:.0%}" if not pd.isna(row["hidden_share"]) else "–",
        "moran": f"{row['moran']:.2f}" if not pd.isna(row["moran"]) else "–",
        "pockets": f"{int(row['confirmed'])} and {int(row['likely'])}" if judged else "–",
        "page": f"{PAGES}/{page.name}" if page in files else "",
    }


def _listed(files: Sequence[Path], target: Path, scored: Scored) -> list[tuple[str, str]]:
    """Return address and description of what the first page does not name elsewhere."""
    card = [(name, scored.finding) for name in scored.files if name.endswith(".html")]
    found = [
        (path.relative_to(target).as_posix(), _ABOUT[path.stem])
        for path in files if path.parent == target / TABLES
    ]  # fmt: skip
    maps = [(MAPS, "layers, styles and themes of all of it for QGIS")]
    return card + (maps if target / MAPS in files else []) + found


def _clear(target: Path, files: Sequence[Path]) -> None:
    """Take away what an earlier run wrote and this one did not."""
    now = {path.relative_to(target).as_posix() for path in files}
    card = target / MISSIONS
    own = (target, target / PAGES, target / TABLES, card, card / TABLES)
    for name in set(map(str, _record(target).get("files", ()))) - now:
        path = target / name
        if path.parent in own and path.is_file():
            path.unlink()


def _write_record(
    target: Path,
    study: Study,
    tasks: Sequence[Task],
    mapped: Sequence[Task],
    files: Sequence[Path],
    errors: Mapping[str, str],
    scored: Scored,
) -> None:
    """Write what went in and what came out, by which the next run knows the folder."""
    read = [*(path for each in study.metrics for path in each.inputs)]
    inputs = dict.fromkeys([study.file, *read, *(path for task in tasks for path in task.inputs)])
    record = {
        "title": study.title,
        "versions": {"spatial-gaps": version("spatial-gaps")},
        "inputs": {
            os.path.relpath(path, study.file.parent).replace(os.sep, "/"): digest_of(path)
            for path in inputs
        },
        "tasks": [
            {
                "metric": task.metric.name,
                "level": task.kind,
                "period": task.period,
                "key": task.key,
                **({"error": errors[task.key]} if task.key in errors else {}),
            }
            for task in tasks
        ],
        "files": sorted(path.relative_to(target).as_posix() for path in files),
    }
    if mapped:
        record["maps"] = {"key": _maps_key(mapped), "sha256": digest_of(target / MAPS)}
    if scored.key:
        record["missions"] = asdict(scored)
    write_text(target / RECORD, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
