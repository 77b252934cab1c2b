"""The command line: thin words around public functions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from spatial_gaps.cli_boundaries import boundaries
from spatial_gaps.cli_geopackage import geopackage
from spatial_gaps.cli_map import draw
from spatial_gaps.cli_missions import missions
from spatial_gaps.cli_reading import (
    DEFAULT_VINTAGE,
    FILE,
    areas_of,
    given,
    groups_of,
    level_of_file,
    metric_of,
    reading_options,
    say,
)
from spatial_gaps.cli_study import diff, run_study, study
from spatial_gaps.errors import SHOWN, SpatialGapsError

DEMO_PERIOD = "2021"


class _Friendly(click.Group):
    """Turn our errors into a message and exit code 2, anything else into exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SpatialGapsError as error:
            text = "\n".join(error.lines())
            click.secho(f"Error: {text}", fg="red", err=True)
            sys.exit(2)


@click.group(
    cls=_Friendly,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="spatial-gaps")
def main() -> None:
    """Gaps between UK places: how wide, where they cluster, and whom an average hides."""


main.add_command(boundaries)
main.add_command(missions)
main.add_command(draw)
main.add_command(geopackage)
main.add_command(study)
main.add_command(run_study)
main.add_command(diff)


@main.command()
@click.option(
    "--out", type=FILE, default=Path("demo"), show_default=True, help="Folder to write to."
)
def demo(out: Path) -> None:
    """Assess median weekly pay in 2021 from the packaged series, offline."""
    from spatial_gaps.geography.cartogram import cartogram
    from spatial_gaps.metrics.reading import read_metric
    from spatial_gaps.recipe import assess as run
    from spatial_gaps.samples import NAMES, sample_path

    with _output(out):
        say("Reading the packaged series of weekly pay and the hexagon map")
        metric = read_metric(sample_path("gross-median-weekly-pay"))
        areas = cartogram("lad", DEFAULT_VINTAGE)
        say("Measuring gaps, clusters and pockets")
        result = run(areas, metric, period=DEMO_PERIOD)
        _hand_over(out, result, [sample_path(name) for name in NAMES], "text")


@main.command()
@click.argument("file", type=FILE)
@click.option("--period", required=True, help="Such as 2021, 2018/19 or 2020-2022.")
@reading_options
@click.option(
    "--higher-is",
    type=click.Choice(["better", "worse"]),
    help="Direction; needed unless the indicator is in the catalogue.",
)
@click.option(
    "--weights", type=FILE, help="File of people per area; packaged population unless given."
)
@click.option(
    "--boundaries", type=FILE, help="Boundary file; the packaged hexagon map unless given."
)
@click.option(
    "--group",
    help="Hold areas against groups in place of regions: a CSV of code and group, or one of "
    "greater_south_east, combined_authority, core_cities, london, urban_rural.",
)
@click.option(
    "--islands",
    type=click.Choice(["keep", "link", "nearest"]),
    default="keep",
    show_default=True,
    help="Areas without neighbours: leave alone, join by real links, or to the nearest.",
)
@click.option(
    "--since", help="An earlier period, such as 2015, to say of every area how it has changed."
)
@click.option(
    "--focus",
    help="A place, by name, code or CSV of codes: all areas are assessed, and a map, a table and a "
    "page are about it.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="One seed, one answer.")
@click.option(
    "--workers", type=int, default=1, show_default=True, help="Threads; the answer stays the same."
)
@click.option(
    "--out",
    type=FILE,
    default=Path("spatial-gaps-out"),
    show_default=True,
    help="Folder to write to.",
)
@click.option("--overwrite", is_flag=True, help="Replace files there that no run has written.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to print: the finding, or summary.json.",
)
def assess(file: Path, period: str, out: Path, form: str, **options: Any) -> None:
    """Turn a published FILE into gaps, clusters and hidden pockets."""
    from spatial_gaps.geography.places import find_place
    from spatial_gaps.metrics.reading import read_metric
    from spatial_gaps.recipe import assess as run

    with _output(out, options["overwrite"]):
        say(f"Reading {file.name}")
        metric = metric_of(file, options, period, options["higher_is"])
        level, vintage = level_of_file(metric, period, options["level"], options["vintage"])
        areas, noted = areas_of(level, vintage, options["boundaries"])
        place = options["focus"] and find_place(options["focus"], level, vintage)
        weights = read_metric(options["weights"]) if options["weights"] else None
        region, group_file = groups_of(options["group"], level, vintage)
        say("Measuring gaps, clusters and pockets")
        result = run(
            areas,
            metric,
            period=period,
            weights=weights,
            region=region,
            islands=options["islands"],
            since=options["since"],
            seed=options["seed"],
            workers=options["workers"],
        )
        result = replace(result, notices=(*noted, *result.notices))
        others = (options[name] for name in ("cv", "codes", "weights", "boundaries"))
        read = [path for path in (file, *others, group_file) if path]
        _hand_over(out, result, read, form, options["overwrite"], place)


@main.command()
@click.argument("file", type=FILE)
@click.option("--period", help="Which period; the latest unless given.")
@reading_options
@click.option(
    "--suggest",
    type=FILE,
    help="Write codes proposed for what is no code in force to this CSV, for editing; then stop.",
)
@click.option("--earlier", type=FILE, help="An earlier edition of FILE, to compare figures with.")
def check(
    file: Path, period: str | None, suggest: Path | None, earlier: Path | None, **options: Any
) -> None:
    """Say what would be matched, missing, retired or left aside in FILE, and what looks odd."""
    from spatial_gaps.geography.register import areas as register
    from spatial_gaps.metrics.inspecting import inspect_codes
    from spatial_gaps.metrics.joining import audit_join

    if suggest is not None:
        _suggest(file, suggest, options)
        return
    metric = metric_of(file, options, period)
    period = period or metric.periods[-1]
    click.echo(str(metric))
    for line in inspect_codes(metric, period):
        click.echo(line)
    _say_odd(metric, None if earlier is None else metric_of(earlier, options, period))
    level, vintage = level_of_file(metric, period, options["level"], options["vintage"])
    audit = audit_join(register(level, vintage), metric, period=period)
    click.echo(str(audit))
    if len(audit.unknown):
        click.echo(f'To mend codes by hand: spatial-gaps check "{file}" --suggest fixes.csv')


def _say_odd(metric: Any, earlier: Any) -> None:
    """List figures that look wrong beside those of other areas, times or editions."""
    from spatial_gaps.metrics.plausibility import find_implausible

    found = find_implausible(metric, earlier=earlier)
    if found.empty:
        return
    what = "1 figure looks" if len(found) == 1 else f"{len(found)} figures look"
    click.echo(f"{what} odd; check at the source:")
    for row in found.head(SHOWN).itertuples():
        click.echo(f"  {row.code} {row.name}, {row.period}: {row.why}")
    if len(found) > SHOWN:
        click.echo(f"  and {len(found) - SHOWN} more (find_implausible lists all)")


def _suggest(file: Path, out: Path, options: dict[str, Any]) -> None:
    """Write proposals for the texts of a file that are no codes in force, and say what to do."""
    from spatial_gaps.metrics.reading import printed_areas
    from spatial_gaps.metrics.suggesting import suggest_codes, write_suggestions

    printed = printed_areas(file, **given(options, "sheet", "table", "code"))
    level = None if options["level"] == "auto" else options["level"]
    found = suggest_codes(printed, level, options["vintage"])
    if found.empty:
        click.echo(f"Every code of {file.name} is in force: there is nothing to propose.")
        return
    write_suggestions(out, found)
    counted = found["certainty"].value_counts(sort=False)
    parts = ", ".join(f"{count} {word}" for word, count in counted.items())
    click.echo(f"{len(found)} texts of {file.name} are no codes in force. Proposals: {parts}.")
    click.echo(f"Edit the column 'code' of {out}; a row without a code is left out. Then run")
    chosen = given(options, "sheet", "table", "indicator", "value", "code", "cv")
    again = "".join(f' --{name} "{text}"' for name, text in chosen.items())
    click.echo(f'  spatial-gaps check "{file}"{again} --codes "{out}"')


@contextmanager
def _output(out: Path, overwrite: bool = False) -> Iterator[None]:
    """Make the output folder before any work, and take it away again if nothing came of it."""
    from spatial_gaps.export.folder import check_output

    existed = out.exists()
    check_output(out, overwrite=overwrite)
    try:
        yield
    except BaseException:
        if not existed:
            with suppress(OSError):
                out.rmdir()
        raise


def _hand_over(
    out: Path,
    result: Any,
    inputs: list[Path],
    form: str,
    overwrite: bool = False,
    place: Any = None,
) -> None:
    """Write the folder, then print the finding and where things are."""
    import json

    from spatial_gaps.export.folder import write_folder
    from spatial_gaps.export.place import place_content
    from spatial_gaps.export.summary import summary_of

    write_folder(out, result, inputs=inputs, place=place, say=say, overwrite=overwrite)
    about = () if place is None else place_content(result, place)["sentences"]
    if form == "json":
        click.echo(json.dumps(summary_of(result), indent=1, ensure_ascii=False))
        return
    if about:
        _wrapped(about)
    _wrapped(result.finding)
    click.echo(f"\nReport      {out / 'report.html'}\nGeoPackage  {out / 'assessment.gpkg'}")
    click.echo(f"Maps        {out / 'maps'}\nTables      {out / 'tables'}")
    if about:
        click.echo(f"Place       {out / 'place.html'}\n            {out / 'place.pdf'}")


def _wrapped(sentences: tuple[str, ...], echo: Callable[[str], None] = click.echo) -> None:
    echo("")
    for number, sentence in enumerate(sentences):
        text = click.wrap_text(
            sentence,
            width=96,
            initial_indent="" if number == 0 else "- ",
            subsequent_indent="" if number == 0 else "  ",
        )
        echo(click.style(text, bold=True) if number == 0 else text)


if __name__ == "__main__":
    main()
