"""The command line for one picture: a map with its alt text and caption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spatial_gaps.cli_reading import (
    FILE,
    areas_of,
    level_of_file,
    metric_of,
    reading_options,
    say,
)

SIZES = {"A4": (8.27, 11.69), "half-page": (8.27, 5.8)}


@click.command("map")
@click.argument("file", type=FILE)
@click.option("--period", required=True, help="Such as 2021, 2018/19 or 2020-2022.")
@reading_options
@click.option(
    "--higher-is",
    type=click.Choice(["better", "worse"]),
    help="Direction; needed unless the indicator is in the catalogue.",
)
@click.option("--boundaries", type=FILE, help="Boundary file; the hexagon map unless given.")
@click.option("--focus", help="A place, by name, code or CSV of codes, in colours of all areas.")
@click.option("--labels/--no-labels", default=True, show_default=True, help="Names, with --focus.")
@click.option(
    "--scheme",
    type=click.Choice(["quantiles", "jenks", "equal", "diverging"]),
    default="quantiles",
    show_default=True,
    help="Classes: as many areas each, natural, equal widths, or around the nation's figure.",
)
@click.option("--size", type=click.Choice([*SIZES]), help="A page; as high as needed unless given.")
@click.option("--dpi", type=click.IntRange(10, 1200), default=150, show_default=True)
@click.option("--title", help="The finding; measure and place unless given.")
@click.option("--credit", default="", help="Who made it, after source and licence.")
@click.option(
    "--out",
    type=FILE,
    default=Path("map.png"),
    show_default=True,
    help="A .png, .svg (text stays text) or .pdf; a .txt beside it gets alt text and caption.",
)
def draw(file: Path, period: str, out: Path, **options: Any) -> None:
    """Draw a map of the figures in FILE, whole or of one place."""
    from spatial_gaps.export.files import write_text
    from spatial_gaps.export.picture import caption_text, draw_picture
    from spatial_gaps.geography.places import find_place
    from spatial_gaps.show.saving import save_figure

    say(f"Reading {file.name}")
    metric = metric_of(file, options, period, options["higher_is"])
    level, vintage = level_of_file(metric, period, options["level"], options["vintage"])
    areas, _ = areas_of(level, vintage, options["boundaries"])
    place = find_place(options["focus"], level, vintage) if options["focus"] else None
    say("Drawing")
    picture = draw_picture(
        areas,
        metric,
        period=period,
        higher_is=options["higher_is"],
        place=place,
        scheme=options["scheme"],
        labels=options["labels"],
        size=SIZES.get(options["size"]),
        title=options["title"] or "",
        credit=options["credit"],
    )
    save_figure(picture.figure, out, dpi=options["dpi"], editable=True)
    words = out.with_suffix(".txt")
    write_text(words, caption_text(picture))
    click.echo(f"Map         {out}\nAlt text    {words}")
