"""A page about one place, as HTML and as PDF: `place_report`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.assessment import Assessment
from spatial_gaps.errors import InputError, OutputError
from spatial_gaps.export.cells import harmless
from spatial_gaps.export.files import replace_file
from spatial_gaps.export.pages import fill_page, is_foreign
from spatial_gaps.export.shapes import draw_sheet
from spatial_gaps.export.summary import source_of, subtitle_of
from spatial_gaps.flag.place_table import place_sentences, place_table
from spatial_gaps.geography.places import Place, find_place
from spatial_gaps.measure.classes import NO_DATA_HATCH, class_breaks, class_of
from spatial_gaps.measure.wording import format_value, signed_value

AROUND = "#ececec"


def place_report(
    assessment: Assessment,
    place: Place | str,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
) -> Path:
    """Write one page about a place for a committee: finding, map, and every area with its interval.

    Parameters
    ----------
    assessment : Assessment
        What `assess` found, of all areas.
    place : Place or str
        Name, code or list, as `find_place` takes it.
    path : path
        File to write: .html for a page, .pdf for a sheet of A4.
    overwrite : bool
        A page that is not ours is replaced only if True.

    Returns
    -------
    Path
        The file written; the same assessment gives the same bytes.

    Raises
    ------
    InputError
        If there is no such place, or the file is called neither .html nor .pdf.
    JoinError
        If the place has areas that were not assessed.
    OutputError
        If the file cannot be written, or a page that is not ours is there.
    """
    target = Path(path)
    kind = target.suffix.lower()
    if kind not in (".html", ".pdf"):
        raise InputError("a place report has to be called .html or .pdf", file=path)
    if not isinstance(place, Place):
        place = find_place(place, assessment.level, assessment.vintage)
    table = place_table(assessment, place)
    sentences = place_sentences(assessment, place, table)
    if kind == ".pdf":
        return _write_pdf(target, assessment, place, table, sentences)
    with replace_file(target) as made:
        if not overwrite and is_foreign(target):
            raise OutputError(
                "is there already and is no page of spatial_gaps",
                file=path,
                hint="Choose another name, or say overwrite=True to lose what is in it.",
            )
        page = render_place(assessment, place, table, sentences)
        made.write_text(page, encoding="utf-8", newline="\n")
    return target


def _write_pdf(
    target: Path,
    assessment: Assessment,
    place: Place,
    table: pd.DataFrame,
    sentences: tuple[str, ...],
) -> Path:
    from spatial_gaps.show.place_sheet import draw_place
    from spatial_gaps.show.saving import save_figure

    heads, rows = place_rows(table, assessment)
    figure = draw_place(
        assessment.areas,
        place.areas,
        rows,
        heads=heads,
        sentences=sentences[1:],
        breaks=breaks_of(assessment),
        title=sentences[0],
        subtitle=subtitle_of(assessment),
        source=source_of(assessment),
    )
    return save_figure(figure, target)


def write_place(folder: Path, assessment: Assessment, place: Place) -> None:
    """Write page, sheet, map and table of a place beside what a run leaves.

    Parameters
    ----------
    folder : Path
        With folders called maps and tables in it.
    assessment : Assessment
        Of all areas.
    place : Place
        Which.

    Raises
    ------
    JoinError, OutputError
        As for `place_report`.
    """
    from spatial_gaps.show.focus_map import draw_focus
    from spatial_gaps.show.saving import save_figure

    table = place_table(assessment, place)
    sentences = place_sentences(assessment, place, table)
    for kind in ("html", "pdf"):
        place_report(assessment, place, folder / f"place.{kind}")
    figure = draw_focus(
        assessment.areas,
        place.areas,
        breaks=breaks_of(assessment),
        title=sentences[0],
        subtitle=subtitle_of(assessment),
        source=source_of(assessment),
    )
    save_figure(figure, folder / "maps" / "focus.png")
    with replace_file(folder / "tables" / "focus.csv") as made:
        harmless(table).to_csv(made, lineterminator="\n", encoding="utf-8")


def place_content(assessment: Assessment, place: Place) -> dict[str, Any]:
    """Return what a page prints of a place: name, sentences, headings and rows of its table."""
    table = place_table(assessment, place)
    heads, rows = place_rows(table, assessment)
    sentences = place_sentences(assessment, place, table)
    return {"name": place.name, "sentences": sentences, "heads": heads, "rows": rows}


def breaks_of(assessment: Assessment) -> Any:
    """Return the classes of all areas, as map, report and GeoPackage have them."""
    return class_breaks(
        assessment.areas["value"],
        higher_is=assessment.options["higher_is"],
        unit=assessment.metric.unit,
    )


def place_rows(table: pd.DataFrame, assessment: Assessment) -> tuple[list[str], list[list[str]]]:
    """Return headings and cells of a place's table, as page and sheet print them.

    Parameters
    ----------
    table : DataFrame
        `place_table`.
    assessment : Assessment
        For units and names.

    Returns
    -------
    heads : list of str
        Without wholes that have no figure.
    rows : list of list of str
        One per area.
    """
    unit = assessment.metric.unit
    nation = assessment.benchmark.name
    wholes = {"county": "county", "region": "region", "nation": nation, "peers": "peers"}
    shown = {key: word for key, word in wholes.items() if table[f"to_{key}"].notna().any()}
    heads = ["Area", "Figure", "95% interval", "Rank", "95% interval"]
    heads += [f"Against {word}" for word in shown.values()] + ["Pocket?"]
    return heads, [_cells(row, unit, shown) for _, row in table.iterrows()]


def _cells(row: pd.Series[Any], unit: str, shown: Mapping[str, str]) -> list[str]:
    def span(low: str, high: str, word: Any) -> str:
        return "–" if np.isnan(row[low]) else f"{word(row[low])} to {word(row[high])}"

    if np.isnan(row["value"]):
        return [row["name"], row["status"] or "no figure", *["–"] * (3 + len(shown)), "–"]
    rank = f"{row['rank']:.0f} of {row['of']}"
    cells = [row["name"], format_value(row["value"], unit)]
    cells += [span("lower", "upper", lambda value: format_value(value, unit)), rank]
    cells += [span("rank_lower", "rank_upper", lambda value: f"{value:.0f}")]
    cells += [signed_value(float(row[f"to_{key}"]), unit) for key in shown]
    return [*map(str, cells), str(row["verdict"])]


def render_place(
    assessment: Assessment, place: Place, table: pd.DataFrame, sentences: tuple[str, ...]
) -> str:
    """Return the page as text; see `place_report`."""
    from spatial_gaps.show.focus_map import near

    breaks = breaks_of(assessment)
    here = near(assessment.areas, place.areas)
    sheet = draw_sheet(here, here["itl1"])
    classes = class_of(here["value"], breaks)
    fills = {
        code: AROUND if code not in place.areas
        else "url(#hatch)" if number < 0 else breaks.colours[number]
        for code, number in zip(here.index, classes, strict=True)
    }  # fmt: skip
    heads, rows = place_rows(table, assessment)
    unit = assessment.metric.unit
    shapes = [
        (f"{row['name']}: {format_value(row['value'], unit)}", fills[code], sheet.paths[code])
        for code, row in here.sort_index().iterrows()
    ]
    style = (resources.files("spatial_gaps.export") / "templates" / "report.css").read_text("utf-8")
    return fill_page(
        "place",
        style + PRINT,
        place=place,
        metric=assessment.metric,
        sentences=sentences,
        subtitle=subtitle_of(assessment),
        sheet=sheet,
        hatch=NO_DATA_HATCH,
        shapes=shapes,
        legend=[
            *zip(breaks.labels[::-1], breaks.colours[::-1], strict=True),
            ("Neighbours", AROUND),
        ],
        heads=heads,
        rows=rows,
        source=source_of(assessment),
    )


# One sheet of A4 where the place is not too large.
PRINT = """
.areas path { cursor: default; }
@media print {
  @page { size: A4; margin: 1.2cm; }
  h1 { font-size: 15pt; margin: .3cm 0; } h2 { font-size: 11pt; padding-top: .2cm; }
  .map svg { max-height: 9cm; }
  section { margin-bottom: .3cm; } table { font-size: 7.5pt; }
}
"""
