"""The command line: thin words around public functions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from spatial_gaps.errors import SpatialGapsError

DEMO_PERIOD, DEFAULT_VINTAGE = "2021", 2023
FILE = click.Path(path_type=Path)


class _Friendly(click.Group):
    """Turn our errors into a message and exit code 2, anything else into exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SpatialGapsError as error:
            click.secho(f"Error: {error}", fg="red", err=True)
            sys.exit(2)


def _say(step: str) -> None:
    click.echo(f"{step} ...", err=True)


@click.group(
    cls=_Friendly,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="spatial-gaps")
def main() -> None:
    """Gaps between UK places: how wide, where they cluster, and whom an average hides."""


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
        _say("Reading the packaged series of weekly pay and the hexagon map")
        metric = read_metric(sample_path("gross-median-weekly-pay"))
        areas = cartogram("lad", DEFAULT_VINTAGE)
        _say("Measuring gaps, clusters and pockets")
        result = run(areas, metric, period=DEMO_PERIOD)
        _hand_over(out, result, [sample_path(name) for name in NAMES], "text")


@main.command()
@click.argument("file", type=FILE)
@click.option("--period", required=True, help="Such as 2021, 2018/19 or 2020-2022.")
@click.option("--indicator", help="Which one, where the file holds several.")
@click.option("--level", default="auto", show_default=True, help="Kind of area: lad, or auto.")
@click.option(
    "--vintage", type=int, help="Year of the area codes; found from the codes unless given."
)
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
    "--islands",
    type=click.Choice(["keep", "link", "nearest"]),
    default="keep",
    show_default=True,
    help="Areas without neighbours: leave alone, join by real links, or to the nearest.",
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
    from spatial_gaps.metrics.reading import read_metric
    from spatial_gaps.recipe import assess as run

    with _output(out):
        _say(f"Reading {file.name}")
        metric = read_metric(file, indicator=options["indicator"], higher_is=options["higher_is"])
        areas = _areas(metric, period, options["level"], options["vintage"], options["boundaries"])
        weights = read_metric(options["weights"]) if options["weights"] else None
        _say("Measuring gaps, clusters and pockets")
        result = run(
            areas,
            metric,
            period=period,
            weights=weights,
            islands=options["islands"],
            seed=options["seed"],
            workers=options["workers"],
        )
        inputs = [path for path in (file, options["weights"], options["boundaries"]) if path]
        _hand_over(out, result, inputs, form)


@main.command()
@click.argument("file", type=FILE)
@click.option("--period", help="Which period; the latest unless given.")
@click.option("--indicator", help="Which one, where the file holds several.")
@click.option("--level", default="auto", show_default=True, help="Kind of area: lad, or auto.")
@click.option(
    "--vintage", type=int, help="Year of the area codes; found from the codes unless given."
)
def check(
    file: Path, period: str | None, indicator: str | None, level: str, vintage: int | None
) -> None:
    """Say what would be matched, missing, retired or left aside in FILE, and why."""
    from spatial_gaps.geography.register import areas as register
    from spatial_gaps.metrics.joining import audit_join
    from spatial_gaps.metrics.reading import read_metric

    metric = read_metric(file, indicator=indicator)
    period = period or metric.periods[-1]
    key, year = _which(metric, period, level, vintage)
    click.echo(str(metric))
    click.echo(str(audit_join(register(key, year), metric, period=period)))


def _which(metric: Any, period: str, level: str, vintage: int | None) -> tuple[str, int]:
    """Return level and vintage: as given, else found from the codes of that period."""
    from spatial_gaps.geography.levels import find_level
    from spatial_gaps.geography.vintages import detect_vintage

    key = "lad" if level == "auto" else find_level(level).key
    if vintage is not None:
        return key, vintage
    rows = metric.at(period, key)
    if rows.empty:
        return key, DEFAULT_VINTAGE
    return key, detect_vintage(rows.index).fitting(DEFAULT_VINTAGE)


def _areas(
    metric: Any, period: str, level: str, vintage: int | None, boundaries: Path | None
) -> Any:
    from spatial_gaps.geography.boundaries import read_boundaries
    from spatial_gaps.geography.cartogram import cartogram

    key, year = _which(metric, period, level, vintage)
    if boundaries is not None:
        _say(f"Reading {boundaries.name}")
        return read_boundaries(key, boundaries, vintage=year)
    if vintage is None and key == "lad" and year > DEFAULT_VINTAGE:
        click.echo(
            f"No hexagon map of {year} is packaged: the areas of {DEFAULT_VINTAGE} are used, and the audit "
            "lists what has changed. --boundaries FILE gives the areas of that year.",
            err=True,
        )
        year = DEFAULT_VINTAGE
    return cartogram(key, year)


@contextmanager
def _output(out: Path) -> Iterator[None]:
    """Make the output folder before any work, and take it away again if nothing came of it."""
    from spatial_gaps.export.files import check_folder

    existed = out.exists()
    check_folder(out)
    try:
        yield
    except BaseException:
        if not existed:
            with suppress(OSError):
                out.rmdir()
        raise


def _hand_over(out: Path, result: Any, inputs: list[Path], form: str) -> None:
    """Write the folder, then print the finding and where things are."""
    import json

    from spatial_gaps.export.folder import write_folder
    from spatial_gaps.export.summary import summary_of

    write_folder(out, result, inputs=inputs, say=_say)
    if form == "json":
        click.echo(json.dumps(summary_of(result), indent=1, ensure_ascii=False))
        return
    _wrapped(result.finding)
    click.echo(f"\nReport      {out / 'report.html'}\nGeoPackage  {out / 'assessment.gpkg'}")
    click.echo(f"Maps        {out / 'maps'}\nTables      {out / 'tables'}")


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
