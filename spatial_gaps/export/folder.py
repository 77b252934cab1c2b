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
from pathlib import Path
from typing import Any

import pandas as pd

from spatial_gaps.assessment import Assessment
from spatial_gaps.errors import OutputError
from spatial_gaps.export.files import check_folder
from spatial_gaps.export.geopackage import check_replaceable, write_geopackage
from spatial_gaps.export.report import write_report
from spatial_gaps.export.summary import run_record, source_of, subtitle_of, summary_of, tables_of


def write_folder(
    folder: str | os.PathLike[str],
    assessment: Assessment,
    *,
    inputs: Iterable[Path] = (),
    say: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write everything that a run leaves behind.

    Parameters
    ----------
    folder : path
        Made if it is not there; files of the same names in it are replaced.
    assessment : Assessment
        As `assess` returns it.
    inputs : iterable of Path
        Files that went in; their sha256 is recorded in run.json.
    say : callable
        Told of each step.

    Returns
    -------
    list of Path
        What was written: assessment.gpkg, report.html, summary.json, run.json, tables/*.csv,
        maps/*.png.

    Raises
    ------
    OutputError
        If the folder cannot be written, or a file in it is open elsewhere.
    """
    target = Path(folder)
    check_folder(target)
    check_replaceable(target / "assessment.gpkg")
    run = run_record(assessment, inputs)
    made = Path(tempfile.mkdtemp(prefix=".spatial-gaps-", dir=target))
    try:
        say("Drawing maps")
        _write_maps(made / "maps", assessment)
        say("Writing tables, report and GeoPackage")
        _write_tables(made / "tables", assessment)
        write_report(made / "report.html", assessment)
        write_geopackage(made / "assessment.gpkg", assessment)
        _write_json(made / "summary.json", summary_of(assessment))
        _write_json(made / "run.json", run)
        return _move_into_place(made, target)
    except OSError as error:
        raise OutputError(
            f"could not be written: {error.strerror or error}",
            file=target,
            hint="Close files of this folder that are open elsewhere, check the space left, and run again.",
        ) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _move_into_place(made: Path, target: Path) -> list[Path]:
    moved = []
    for source in sorted(path for path in made.rglob("*") if path.is_file()):
        place = target / source.relative_to(made)
        place.parent.mkdir(exist_ok=True)
        os.replace(source, place)
        moved.append(place)
    return moved


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _write_maps(folder: Path, assessment: Assessment) -> None:
    """Draw the pockets, the figures, the clusters and every place by region."""
    from spatial_gaps.show.charts import draw_beeswarm
    from spatial_gaps.show.maps import draw_clusters, draw_map
    from spatial_gaps.show.pocket_map import draw_pockets
    from spatial_gaps.show.style import Caption, save_figure

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


def _write_tables(folder: Path, assessment: Assessment) -> None:
    folder.mkdir()
    for name, table in tables_of(assessment).items():
        safe = table.apply(_harmless) if len(table) else table
        safe.to_csv(folder / f"{name}.csv", lineterminator="\n", encoding="utf-8")


def _harmless(column: pd.Series) -> pd.Series:
    """Keep a spreadsheet from running text as a formula (OWASP: a quote before = + - @ tab CR)."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column
    return column.map(
        lambda cell: (
            f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
        )
    )
