"""The folder that a run leaves behind: map, GeoPackage, report, tables, summary, record of the run.

Everything is made in a hidden folder beside the target and moved into place file by file, so that a
failure leaves what was there before.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spatial_gaps.assessment import Assessment
from spatial_gaps.errors import OutputError
from spatial_gaps.export.cells import harmless
from spatial_gaps.export.changes import breaks_of_change, change_headline
from spatial_gaps.export.files import check_folder, check_name, hold_folder
from spatial_gaps.export.geopackage import check_replaceable, write_geopackage
from spatial_gaps.export.place import write_place
from spatial_gaps.export.report import write_report
from spatial_gaps.export.summary import run_record, source_of, subtitle_of, summary_of, tables_of
from spatial_gaps.export.workbook import write_workbook
from spatial_gaps.geography.places import Place
from spatial_gaps.records import Comparison

GEOPACKAGE, REPORT, SUMMARY, RUN = "assessment.gpkg", "report.html", "summary.json", "run.json"
FILES = (REPORT, SUMMARY, RUN, "place.html", "place.pdf")
FOLDERS = ("maps", "tables")
STAGE = ".spatial-gaps-"
WORKBOOK = "tables.xlsx"


def write_folder(
    folder: str | os.PathLike[str],
    assessment: Assessment,
    *,
    inputs: Iterable[Path] = (),
    place: Place | None = None,
    say: Callable[[str], None] = lambda _: None,
    overwrite: bool = False,
) -> list[Path]:
    """Write everything that a run leaves behind.

    Parameters
    ----------
    folder : path
        Made if it is not there. Files of an earlier run in it are replaced, or taken away where
        this run has none of the name.
    assessment : Assessment
        As `assess` returns it.
    inputs : iterable of Path
        Files that went in; their sha256 is recorded in run.json.
    place : Place, optional
        As `find_place` returns it: report and GeoPackage open on it, and it gets a page, a sheet of
        A4, a map and a table of its own.
    say : callable
        Told of each step.
    overwrite : bool
        Files of the same names that no run has written are replaced only if True.

    Returns
    -------
    list of Path
        What was written: assessment.gpkg, report.html, summary.json, run.json, tables/*.csv,
        tables/tables.xlsx, maps/*.png; with a place, place.html, place.pdf, maps/focus.png and
        tables/focus.csv.

    Raises
    ------
    OutputError
        If the folder cannot be written, another run is writing to it, or a file in it is open
        elsewhere, a link, or not of an earlier run.
    """
    target = check_output(folder, overwrite=overwrite)
    run = run_record(assessment, inputs) | ({} if place is None else {"place": asdict(place)})
    with hold_folder(target):
        # Only a run that was killed can have left any.
        for left in target.glob(f"{STAGE}*"):
            shutil.rmtree(left, ignore_errors=True)
        try:
            return _write_parts(target, assessment, run, place, say)
        except OSError as error:
            raise OutputError(
                f"could not be written: {error.strerror or error}",
                file=target,
                hint="Close files of this folder that are open elsewhere, check the space left, "
                "and run again.",
            ) from None


def check_output(folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Make the folder if it is not there, and make sure that a run may be written to it.

    Call it before a long computation, so that a folder with other files in it costs a second and
    not an hour.

    Parameters
    ----------
    folder : path
        Folder; missing parents are made too.
    overwrite : bool
        Whether files that no run has written may go.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        If it cannot be written, or something in it is in the way.
    """
    target = check_folder(folder)
    for name in (GEOPACKAGE, *FILES, *FOLDERS):
        path = target / name
        check_name(path)
        if path.exists() and path.is_dir() != (name in FOLDERS):
            kind = "file" if name in FOLDERS else "folder"
            raise OutputError(
                f"there is a {kind} of this name", file=path, hint="Choose another folder."
            )
        if path.is_dir():
            check_folder(path)
    check_replaceable(target / GEOPACKAGE, overwrite=overwrite)
    if not overwrite and _earlier_run(target) is None:
        others = [name for name in (*FILES, *FOLDERS) if (target / name).exists()]
        if others:
            raise OutputError(
                "the folder holds files of these names that no run of spatial_gaps wrote",
                file=target,
                offenders=others,
                hint="Choose another folder, or say overwrite=True (--overwrite) to lose them.",
            )
    return target


def _earlier_run(target: Path) -> frozenset[str] | None:
    """Return which files an earlier run says that it wrote; None if none has written here."""
    try:
        record = json.loads((target / RUN).read_bytes())
        ours = "spatial-gaps" in record["versions"]
        return frozenset(map(str, record.get("files", ()))) if ours else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _write_parts(
    target: Path,
    assessment: Assessment,
    run: Mapping[str, Any],
    place: Place | None,
    say: Callable[[str], None],
) -> list[Path]:
    """Make every file in a hidden folder, then move them into place."""
    made = Path(tempfile.mkdtemp(prefix=STAGE, dir=target))
    try:
        say("Drawing maps")
        _write_maps(made / "maps", assessment)
        say("Writing tables, report and GeoPackage")
        _write_tables(made / "tables", assessment)
        write_report(made / REPORT, assessment, place=place)
        write_geopackage(made / GEOPACKAGE, assessment, place=place)
        _write_json(made / SUMMARY, summary_of(assessment))
        if place is not None:
            write_place(made, assessment, place)
        files = sorted([*(path.relative_to(made).as_posix() for path in _files(made)), RUN])
        _write_json(made / RUN, {**run, "files": files})
        _clear(target, (_earlier_run(target) or frozenset()) - {*files}, say)
        return _move_into_place(made, target)
    except OutputError as error:
        # The reader knows the folder, not the hidden one inside it.
        named = str(error.file).replace(str(made), str(target))
        raise OutputError(error.problem, file=named, hint=error.hint) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _clear(target: Path, left: frozenset[str], say: Callable[[str], None]) -> None:
    """Take away what an earlier run wrote and this one did not: it would be read as of this one."""
    for folder in (target, *(target / name for name in FOLDERS)):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            name = path.relative_to(target).as_posix()
            if name in left and path.is_file():
                say(f"Taking away {name}, of an earlier run")
                path.unlink()


def _move_into_place(made: Path, target: Path) -> list[Path]:
    files = _files(made)
    # The record goes first: by it the next run knows a folder that was left half moved.
    for source in sorted(files, key=lambda path: path.name != RUN):
        goal = target / source.relative_to(made)
        goal.parent.mkdir(exist_ok=True)
        os.replace(source, goal)
    return [target / source.relative_to(made) for source in files]


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", errors="replace", newline="\n")


def _write_maps(folder: Path, assessment: Assessment) -> None:
    """Draw the pockets, the figures, the clusters and every place by region."""
    from spatial_gaps.show.charts import draw_beeswarm
    from spatial_gaps.show.maps import draw_clusters, draw_map
    from spatial_gaps.show.pocket_map import draw_pockets
    from spatial_gaps.show.saving import save_figure
    from spatial_gaps.show.style import Caption

    def caption(title: str) -> Caption:
        return Caption(title=title, subtitle=subtitle_of(assessment), source=source_of(assessment))

    folder.mkdir()
    areas, unit = assessment.areas, assessment.metric.unit
    better: str = assessment.options["higher_is"]
    who, where, alike = (caption(assessment.finding[i]) for i in (0, 2, 4))
    regions, line, pockets = assessment.regions, assessment.benchmark, assessment.pockets
    figures = {
        "pockets": draw_pockets(areas, pockets, unit=unit, higher_is=better, **who),
        "values": draw_map(areas, unit=unit, higher_is=better, **where),
        "clusters": draw_clusters(areas, assessment.clusters, **alike),
        "regions": draw_beeswarm(
            areas.assign(itl1=pockets["parent"]),
            regions,
            line,
            pockets=pockets,
            higher_is=better,
            unit=unit,
            **who,
        ),
    }
    for name, figure in figures.items():
        save_figure(figure, folder / f"{name}.png")
    if assessment.comparison is not None:
        _write_change_maps(folder, assessment, assessment.comparison)


def _write_change_maps(folder: Path, assessment: Assessment, compared: Comparison) -> None:
    """Draw what changed since the earlier period, and the periods in between."""
    from spatial_gaps.show.change_map import draw_change
    from spatial_gaps.show.saving import save_figure
    from spatial_gaps.show.small_multiples import draw_small_multiples
    from spatial_gaps.show.style import Caption

    said = change_headline(assessment)
    about = subtitle_of(assessment)
    look: dict[str, Any] = {
        "unit": assessment.metric.unit,
        "higher_is": assessment.options["higher_is"],
        **Caption(title=said, source=source_of(assessment)),
    }
    change = draw_change(
        assessment.areas,
        compared.table,
        breaks=breaks_of_change(compared, assessment.options["higher_is"]),
        subtitle=f"{about} against {compared.first}",
        **look,
    )
    save_figure(change, folder / "change.png")
    years = draw_small_multiples(
        assessment.areas,
        compared.figures,
        subtitle=f"{about.removesuffix(compared.last)}{compared.first} to {compared.last}",
        **look,
    )
    save_figure(years, folder / "years.png")


def _write_tables(folder: Path, assessment: Assessment) -> None:
    """Write each table as CSV, and all of them as one workbook."""
    folder.mkdir()
    tables = tables_of(assessment)
    for name, table in tables.items():
        harmless(table).to_csv(
            folder / f"{name}.csv", lineterminator="\n", encoding="utf-8", errors="replace"
        )
    notes = [*assessment.finding, *(str(notice) for notice in assessment.notices)]
    metric = assessment.metric
    write_workbook(folder / WORKBOOK, tables, notes, source_of(assessment), metric.licence)
