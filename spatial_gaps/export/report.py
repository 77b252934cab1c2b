"""The report: one HTML file that a reader without any software or network understands.

The page holds no data in scripts: the script reads the tables, so that a reader with scripts
switched off has the same figures, and no name can break out of its place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spatial_gaps.errors import InputError, OutputError
from spatial_gaps.export import wording
from spatial_gaps.export.changes import change_page
from spatial_gaps.export.files import replace_file
from spatial_gaps.export.pages import fill_page, is_foreign
from spatial_gaps.export.place import place_content
from spatial_gaps.export.shapes import Sheet, draw_sheet, place_numbers, swarm, ticks, view_box
from spatial_gaps.export.wording import Row, amount, interval, people, plain
from spatial_gaps.geography.cartogram import cartogram
from spatial_gaps.geography.insets import arrange
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.measure.classes import (
    CLUSTER_COLOURS,
    NO_DATA_HATCH,
    POCKET,
    VERDICT_COLOURS,
    class_breaks,
    class_of,
)
from spatial_gaps.measure.wording import format_chance

if TYPE_CHECKING:
    from spatial_gaps.assessment import Assessment
    from spatial_gaps.geography.places import Place
    from spatial_gaps.records import Breaks

SCRIPTS = ("report", "report_tools")
PATTERNS = {"not assessable": "hatch", "undefined": "hatch", "no neighbours": "dots"}
# The strip is laid out for this width; on a narrower screen dots come to overlap.
STRIP_WIDTH, DOT, LABEL = 700.0, 7.0, 22.0


def write_report(
    path: str | os.PathLike[str],
    assessment: Assessment,
    *,
    place: Place | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the report: one HTML file with its map, that needs no network.

    Parameters
    ----------
    path : path
        File to write, called .html; a report that is there already is replaced.
    assessment : Assessment
        What `assess` found.
    place : Place, optional
        As `find_place` returns it: its finding and table come first, the map opens on it in the
        colours of all areas, and all others are grey.
    overwrite : bool
        A file that is not a report of ours is replaced only if True.

    Returns
    -------
    Path
        The file written. The same assessment gives the same bytes, whatever the order of its rows.

    Raises
    ------
    OutputError
        If the file cannot be written, or one that is not ours is there.
    JoinError
        If the place has areas that were not assessed.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise OutputError("a report has to be called .html, or no browser will know it", file=path)
    with replace_file(target) as made:
        if not overwrite and is_foreign(target):
            raise OutputError(
                "is there already and is no report of spatial_gaps",
                file=path,
                hint="Choose another name, or say overwrite=True to lose what is in it.",
            )
        made.write_text(render_report(assessment, place), encoding="utf-8", newline="\n")
    return target


def render_report(assessment: Assessment, place: Place | None = None) -> str:
    """Return the report as text; see `write_report`."""
    folder = resources.files("spatial_gaps.export") / "templates"
    breaks = class_breaks(
        assessment.areas["value"],
        higher_is=assessment.gap.higher_is,
        unit=assessment.metric.unit,
    )
    content = _page(assessment, breaks, place)
    style = (folder / "report.css").read_text("utf-8") + _colour_rules(breaks)
    if content["change"]:
        style += content["change"]["css"]
    script = "".join((folder / f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    return fill_page("report", style, script, **content)


def _colour_rules(breaks: Breaks) -> str:
    """Return the fill of each class, verdict and cluster: the switch works without a script."""
    rules = [f".v{k}{{fill:{colour}}}" for k, colour in enumerate(breaks.colours)]
    rules += [".vx{fill:url(#hatch)}", f".pk{{stroke:{POCKET}}}", f".dot.pk{{fill:{POCKET}}}"]
    for view, letter, colours in (
        ("pockets", "p", VERDICT_COLOURS),
        ("clusters", "k", CLUSTER_COLOURS),
    ):
        for k, label in enumerate(colours):
            fill = _fill(label, colours[label])
            rules.append(f"body:has(#view-{view}:checked) .{letter}{k}{{fill:{fill}}}")
    return "\n".join(rules) + "\n"


def _fill(label: str, colour: str) -> str:
    return f"url(#{PATTERNS[label]})" if label in PATTERNS else colour


def _page(assessment: Assessment, breaks: Breaks, place: Place | None) -> dict[str, Any]:
    """Return everything that the template prints."""
    codes: list[str] = sorted(assessment.areas.index)
    places = {code: position for position, code in enumerate(codes)}
    pockets = wording.pocket_order(assessment)
    rows = _area_rows(assessment, breaks, codes, set(pockets))
    change = change_page(assessment, rows)
    sheet, hexagons = _sheet(assessment), _hexagons(assessment)
    anchors = [sheet.anchors[code] for code in pockets]
    noun, nouns = noun_of(assessment.level)
    return {
        "assessment": assessment,
        "metric": assessment.metric,
        "noun": noun,
        "nouns": nouns,
        "cartogram": assessment.layout == "cartogram",
        "benchmark": amount(assessment, assessment.benchmark.value),
        "national": wording.with_article(assessment.benchmark.name),
        "counts": wording.counts(assessment),
        "unsure": wording.unsure_names(assessment),
        "rows": rows,
        "drawn": sorted(rows, key=lambda row: (row["is_pocket"], row["place"])),
        "pockets": _pocket_rows(assessment, pockets, rows, places),
        "sheet": sheet,
        "hexagons": hexagons,
        **_focus(assessment, place, rows, [each for each in (sheet, hexagons) if each]),
        "keys": list(zip(anchors, place_numbers(anchors, sheet.width, sheet.height), strict=True)),
        "legends": _legends(assessment, breaks, rows),
        "hatch": NO_DATA_HATCH,
        "pocket_colour": POCKET,
        "strip": _strip(assessment, rows),
        "gap": wording.gap_words(assessment),
        "indices": wording.index_rows(assessment),
        "masking": wording.masking_rows(assessment),
        "parts": wording.part_rows(assessment),
        "moran": wording.moran_words(assessment),
        "clusters": wording.cluster_rows(assessment),
        "cluster_fills": {label: _fill(label, CLUSTER_COLOURS[label]) for label in CLUSTER_COLOURS},
        "verdict_words": wording.VERDICT_WORDS,
        "regions": wording.region_rows(assessment),
        "audit": wording.audit_tables(assessment),
        "notices": wording.notices(assessment),
        "change": change,
    }


def _focus(
    assessment: Assessment, place: Place | None, rows: list[Row], sheets: Sequence[Sheet]
) -> dict[str, Any]:
    """Return what is printed of a place and where its maps open, and mark the rows of all others."""
    own = frozenset(() if place is None else place.areas)
    for row in rows:
        row["marks"] += " aside" if own and row["code"] not in own else ""
    near = sorted(own) or None
    return {
        "focus": None if place is None else place_content(assessment, place),
        "views": [(view_box(sheet), view_box(sheet, near)) for sheet in sheets],
        "mine": {row["place"] for row in rows if row["code"] in own},
    }


def _area_rows(
    assessment: Assessment, breaks: Breaks, codes: list[str], pockets: set[str]
) -> list[Row]:
    """Return one row per area, in the order of `codes`."""
    areas = assessment.areas.loc[codes]
    found = assessment.pockets.loc[codes].to_dict("records")
    labels = assessment.clusters["cluster"].reindex(areas.index).fillna("undefined")
    classes = class_of(areas["value"], breaks)
    verdicts, clusters = list(VERDICT_COLOURS), list(CLUSTER_COLOURS)
    rows = []
    for k, (area, pocket, label) in enumerate(zip(areas.itertuples(), found, labels, strict=True)):
        marks = [f"v{classes[k]}" if classes[k] >= 0 else "vx"]
        marks += [f"p{verdicts.index(pocket['verdict'])}", f"k{clusters.index(label)}"]
        marks += ["pk"] if area.Index in pockets else []
        rows.append(
            {
                "place": k,
                "code": area.Index,
                "name": plain(area.name) or plain(area.Index),
                "parent": plain(pocket["parent"]),
                "region": plain(pocket["parent_name"]),
                "number": float(area.value),
                "value": amount(assessment, area.value),
                "interval": interval(assessment, area.lower, area.upper),
                "status": plain(area.status),
                "verdict": pocket["verdict"],
                "p_pocket": format_chance(pocket["p_pocket"]),
                "cluster": label,
                "people": people(area.weight),
                "sentence": plain(pocket["sentence"]),
                "is_pocket": area.Index in pockets,
                "marks": " ".join(marks),
            }
        )
    return rows


def _pocket_rows(
    assessment: Assessment,
    pockets: list[str],
    rows: Sequence[Row],
    places: Mapping[str, int],
) -> list[Row]:
    """Return the pockets, numbered, with the figure of the region that hides them."""
    numbered = []
    found = assessment.pockets.loc[pockets].to_dict("records")
    for number, (code, pocket) in enumerate(zip(pockets, found, strict=True), 1):
        numbered.append(
            {
                **rows[places[code]],
                "key": number,
                "parent": rows[places[code]]["region"],
                "parent_value": amount(assessment, pocket["parent_value"]),
                "derived": pocket["parent_source"] != "published",
                "people": people(pocket["people"]),
            }
        )
    return numbered


def _sheet(assessment: Assessment) -> Sheet:
    """Draw the map, with insets where it shows real boundaries."""
    region = assessment.areas["itl1"]
    if assessment.layout == "cartogram":
        return draw_sheet(assessment.areas, region)
    arranged = arrange(assessment.areas.sort_index())
    return draw_sheet(arranged.areas, region, frames=arranged.frames, ghosts=list(arranged.ghosts))


def _hexagons(assessment: Assessment) -> Sheet | None:
    """Draw the same areas as hexagons, where they are real shapes and there is a layout of them."""
    if assessment.layout == "cartogram":
        return None
    try:
        hexes = cartogram(assessment.level, assessment.vintage)
    except InputError:
        return None
    if not assessment.areas.index.isin(hexes.index).all():
        return None
    return draw_sheet(hexes.loc[assessment.areas.index], assessment.areas["itl1"])


def _legends(assessment: Assessment, breaks: Breaks, rows: Sequence[Row]) -> list[Row]:
    """Return one legend per view: label, fill and count of each entry."""
    classes = [f"v{k}" for k in range(len(breaks.colours))]
    marks = [row["marks"].split()[0] for row in rows]
    values = [
        (label, colour, marks.count(name))
        for name, label, colour in zip(classes, breaks.labels, breaks.colours, strict=True)
    ]
    if "vx" in marks:
        values.append(("No figure", "url(#hatch)", marks.count("vx")))
    legends = [{"view": "value", "title": assessment.metric.title, "entries": values}]
    for view, title, key, colours in (
        ("pockets", "Is it a hidden pocket?", "verdict", VERDICT_COLOURS),
        ("clusters", "Is it like its neighbours?", "cluster", CLUSTER_COLOURS),
    ):
        found = [row[key] for row in rows]
        entries = [
            (label.capitalize(), _fill(label, colours[label]), found.count(label))
            for label in colours
            if label in found
        ]
        legends.append({"view": view, "title": title, "entries": entries})
    return legends


def _strip(assessment: Assessment, rows: Sequence[Row]) -> Row:
    """Return a row of dots per region, the region with the highest figure first."""
    known = [row for row in rows if not np.isnan(row["number"])]
    line = assessment.benchmark.value
    numbers = [row["number"] for row in known] + ([] if np.isnan(line) else [line])
    low, high = min(numbers), max(numbers)
    pad = 0.02 * (high - low) or 1.0

    def across(value: float) -> float:
        return float(100 * (value - low + pad) / (high - low + 2 * pad))

    regions = assessment.regions.sort_index()
    order = regions.assign(rank=-regions["value"]).sort_values("rank", kind="stable")
    bands: list[Row] = []
    top = 0.0
    for code, region in order.iterrows():
        inside = sorted(
            (row for row in known if row["parent"] == code),
            key=lambda row: (row["number"], row["place"]),
        )
        band = _band([(across(row["number"]), row) for row in inside], top)
        own = region["value"]
        band["title"] = plain(region["name"]) or plain(code)
        band["value"] = amount(assessment, own)
        # A region without areas may lie beyond the axis, which is that of the areas.
        band["own"] = f"{across(own):.2f}" if low - pad <= own <= high + pad else None
        bands.append(band)
        top = band["bottom"]
    return {
        "bands": bands,
        "height": f"{top + 40:.0f}",
        "axis": f"{top + 4:.0f}",
        "ticks": [(f"{across(at):.2f}", amount(assessment, at)) for at in ticks(low, high)],
        "line": None if np.isnan(line) else f"{across(line):.2f}",
    }


def _band(inside: Sequence[tuple[float, Row]], top: float) -> Row:
    """Return the dots of one region, `top` pixels down; across in per cent, down in pixels."""
    across = np.array([left for left, _ in inside])
    offsets = swarm(across * STRIP_WIDTH / 100, DOT)
    half = max(float(np.abs(offsets).max(initial=0.0)) + DOT, 2 * DOT)
    middle = top + LABEL + half
    return {
        "label": f"{top + LABEL - 6:.0f}",
        "own_from": f"{middle - half + 3:.1f}",
        "own_to": f"{middle + half - 3:.1f}",
        "bottom": middle + half + 4,
        "dots": [
            (f"{left:.2f}", f"{middle + offset:.1f}", row["place"], row["is_pocket"])
            for offset, (left, row) in zip(offsets, inside, strict=True)
        ],
    }
