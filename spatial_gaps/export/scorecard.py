"""What the scorecard of missions leaves behind: a page, a picture and tables."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from spatial_gaps.errors import OutputError
from spatial_gaps.export.cells import harmless
from spatial_gaps.export.files import check_folder, hold_folder, replace_file, write_text
from spatial_gaps.export.pages import fill_page, is_foreign
from spatial_gaps.export.wording import Row
from spatial_gaps.export.workbook import write_workbook
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.measure.classes import RATING_COLOURS
from spatial_gaps.targets.missions import missions
from spatial_gaps.targets.scorecard_record import Scorecard

PAGE, PICTURE, TABLES = "scorecard.html", "scorecard.png", "tables"
SENTENCES = (
    "sentence", "on_track_sentence", "share_sentence", "gap_sentence", "risen_sentence",
    "catch_up_sentence",
)  # fmt: skip


def write_scorecard(
    folder: str | os.PathLike[str], card: Scorecard, *, overwrite: bool = False
) -> list[Path]:
    """Write the scorecard as a page, a picture and tables.

    Parameters
    ----------
    folder : path
        Made if it is not there; files of an earlier scorecard in it are replaced.
    card : Scorecard
        As `scorecard` returns it.
    overwrite : bool
        Files of these names that no scorecard has written are replaced only if True.

    Returns
    -------
    list of Path
        scorecard.html, scorecard.png, tables/missions.csv, measures.csv, gaps.csv and scorecard.xlsx.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds files of these names that are not ours.
    """
    from spatial_gaps.show.saving import save_figure
    from spatial_gaps.show.scorecard_sheet import draw_scorecard

    target = check_scorecard_output(folder, overwrite=overwrite)
    tables = {
        "missions": card.missions,
        "measures": card.measures,
        "gaps": card.gaps,
    }
    title = " ".join(card.finding[:2])
    figure = draw_scorecard(
        card.missions, title=title, subtitle=card.known, source=source_line(card)
    )
    with hold_folder(target):
        (target / TABLES).mkdir(exist_ok=True)
        # The page goes first: by it the next run knows the folder as a scorecard's.
        write_text(target / PAGE, render_scorecard(card))
        for name, table in tables.items():
            with replace_file(target / TABLES / f"{name}.csv") as made:
                harmless(table).to_csv(made, lineterminator="\n", encoding="utf-8")
        notes = ["Scorecard of the twelve missions", *card.finding, card.known, *card.left_out]
        write_workbook(
            target / TABLES / "scorecard.xlsx",
            tables,
            notes,
            source_line(card),
            " ".join(card.licences),
        )
        save_figure(figure, target / PICTURE)
    csv = [target / TABLES / f"{name}.csv" for name in tables]
    return [target / PAGE, target / PICTURE, *csv, target / TABLES / "scorecard.xlsx"]


def check_scorecard_output(folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Make the folder, and make sure that a scorecard may be written to it.

    Parameters
    ----------
    folder : path
        Folder; missing parents are made too.
    overwrite : bool
        Whether files that no scorecard has written may go.

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
    own = (target / PAGE).is_file() and not is_foreign(target / PAGE)
    others = [name for name in (PAGE, PICTURE, TABLES) if (target / name).exists()]
    if others and not own and not overwrite:
        raise OutputError(
            "the folder holds files of these names that no scorecard wrote",
            file=target,
            offenders=others,
            hint="Choose another folder, or say overwrite=True (--overwrite) to lose them.",
        )
    return target


def source_line(card: Scorecard) -> str:
    """Return source and licence of the figures, as page and picture print them."""
    if not card.sources:
        return "no figures"
    return f"Source: {'; '.join(card.sources)}. {' '.join(card.licences)}"


def render_scorecard(card: Scorecard) -> str:
    """Return the page as text."""
    folder = resources.files("spatial_gaps.export") / "templates"
    style = (folder / "report.css").read_text("utf-8") + _style()
    return fill_page(
        "scorecard",
        style,
        card=card,
        rows=_mission_rows(card),
        lacking=_lacking(card.gaps),
        verdicts=_verdicts,
        source=source_line(card),
    )


def _style() -> str:
    """Return what the page has beyond the report's style: a bar of the verdict's colour."""
    rules = [
        ".card td, .card th { font-size: .9rem; } .card td p { margin: 0; }",
        ".wide { overflow-x: auto; } .card td:nth-child(3) { min-width: 6rem; }",
        ".v { margin: 0 0 .3rem; padding-left: .6rem; border-left: .4rem solid var(--line); }",
        "h4 { margin: 1rem 0 .2rem; } h3 { margin: 1.8rem 0 .3rem; }",
        "@media print { .wide { overflow: visible; } }",
    ]
    rules += [
        f".{_name(verdict)} {{ border-left-color: {colour}; }}"
        for verdict, colour in RATING_COLOURS.items()
        if verdict != "not assessable"
    ]
    return "\n".join(rules) + "\n"


def _name(verdict: str) -> str:
    return "v-" + verdict.replace(" ", "-")


def _verdicts(text: str) -> Markup:
    """Return a cell with every verdict behind a bar of its colour."""
    parts = []
    for part in text.split("; ") if text else ["–"]:
        verdict = next((each for each in RATING_COLOURS if part.startswith(each)), "")
        parts.append(
            Markup('<p class="{}">{}</p>').format(f"v {_name(verdict)}" if verdict else "", part)
        )
    return Markup("").join(parts)


def _mission_rows(card: Scorecard) -> list[Row]:
    """Return what the page says of every mission."""
    statements = missions().drop_duplicates("mission").set_index("mission")["statement"]
    rows = []
    for row in card.missions.reset_index().to_dict("records"):
        number = int(row["mission"])
        own = card.measures[card.measures["mission"] == number] if len(card.measures) else None
        measures = [] if own is None else [_measure(each) for _, each in own.iterrows()]
        rows.append(
            {
                **{str(name): cell for name, cell in row.items()},
                "number": number,
                "statement": statements[number],
                "measures": measures,
            }
        )
    return rows


def _measure(row: pd.Series[Any]) -> Row:
    """Return the sentences on one measure; those on change and target each say why they lack."""
    said = [str(row[name]) for name in SENTENCES if row[name]]
    if row["why_not"] and not row["gap_sentence"]:
        said.append(f"Whether the gap closed is not assessable: {row['why_not']}.")
    title = f"{row['noun'][:1].upper()}{row['noun'][1:]}"
    span = f", {row['areas']}" if row["areas"] else ""
    return {"title": f"{title}{span}", "sentences": said}


def _lacking(gaps: pd.DataFrame) -> list[Row]:
    """Return the rows of the table of what the data lack."""

    def level(key: str) -> str:
        # Police forces and the like are no level of the register.
        return noun_of(key)[1].replace(" groups", "s") if key else "–"

    return [
        {
            "metric": name,
            "finest": level(row["finest_level"]),
            "right": level(row["right_level"]) if row["right_level"] else "not said",
            "latest": row["latest_period"] or "–",
            "lacks": row["lacks"] or "nothing",
        }
        for name, row in gaps.iterrows()
    ]
