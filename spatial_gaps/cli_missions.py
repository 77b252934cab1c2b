"""The command line for missions: read whatever series there are, print and write the scorecard."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from spatial_gaps.errors import InputError, SpatialGapsError

FILE = click.Path(path_type=Path)
SUFFIXES = (".csv", ".xlsx", ".xls", ".ods", ".json")


@click.command()
@click.argument("files", nargs=-1, type=FILE)
@click.option("--as-of", help="A month such as 2022-03: only what was published by then.")
@click.option("--since", help="Period with which gaps are compared; each mission's baseline else.")
@click.option(
    "--out", type=FILE, default=Path("missions"), show_default=True, help="Folder to write to."
)
@click.option(
    "--overwrite", is_flag=True, help="Replace files there that no scorecard has written."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to print: a line per mission, or the table of missions.",
)
def missions(
    files: tuple[Path, ...],
    as_of: str | None,
    since: str | None,
    out: Path,
    overwrite: bool,
    form: str,
) -> None:
    """Score the twelve missions with the series in FILES.

    FILES are publications or folders of them; any subset of the missions' series will do. Without
    any, the packaged series of weekly pay is taken.
    """
    from spatial_gaps.export.scorecard import check_scorecard_output, write_scorecard
    from spatial_gaps.samples import sample_path
    from spatial_gaps.targets.scorecard import scorecard

    check_scorecard_output(out, overwrite=overwrite)
    if not files:
        files = (Path(sample_path("gross-median-weekly-pay")),)
        _note("no FILE given, so the packaged series of weekly pay is taken")
    metrics = [metric for file in files for metric in _series(file)]
    click.echo(f"Assessing {len(metrics)} series ...", err=True)
    card = scorecard(metrics, as_of=as_of, since=since)
    write_scorecard(out, card, overwrite=overwrite)
    for text in card.left_out:
        _note(text)
    if form == "json":
        rows = {str(number): row.to_dict() for number, row in card.missions.iterrows()}
        click.echo(json.dumps({"finding": card.finding, "missions": rows}, indent=1, default=str))
        return
    _print(card)
    click.echo(f"\nPage     {out / 'scorecard.html'}\nPicture  {out / 'scorecard.png'}")
    click.echo(f"Tables   {out / 'tables'}")


def headline_of() -> dict[str, str]:
    """Return the keys that measure headline metrics."""
    from spatial_gaps.targets.missions import headline_of as known

    return known()


def _note(text: str) -> None:
    click.echo(f"Note: {text}", err=True)


def _series(path: Path) -> Iterator[Any]:
    """Yield the series of a file, or those of headline metrics out of the files of a folder."""
    if not path.is_dir():
        series = list(_of_file(path))
        if not series:
            _note(f"no series of {path.name} measures a headline metric of a mission")
        yield from series
        return
    found = sorted(each for each in path.iterdir() if each.suffix.lower() in SUFFIXES)
    if not found:
        raise InputError(
            "there is no publication in this folder",
            file=path,
            hint=f"Files have to end in {', '.join(SUFFIXES)}.",
        )
    others = 0
    with click.progressbar(found, label="Reading", file=sys.stderr) as files:
        for file in files:
            try:
                series = list(_of_file(file))
            except SpatialGapsError as error:
                _note(f"{file.name} is left out: {error.problem}")
                continue
            wanted = [each for each in series if each.key in headline_of()]
            others += not wanted
            yield from wanted
    if others:
        _note(f"{others} files of {path.name} measure no headline metric of a mission")


def _of_file(path: Path) -> Iterator[Any]:
    """Yield the series of a file; of several, those of headline metrics."""
    from spatial_gaps.metrics.catalogue import find_known
    from spatial_gaps.metrics.reading import read_metric

    try:
        yield read_metric(path)
        return
    except InputError as error:
        if not error.choices:
            raise
        choices = [choice.strip('"') for choice in error.choices]
    for choice in choices:
        known = find_known(choice)
        if known is not None and known.key in headline_of():
            yield read_metric(path, indicator=choice)


def _print(card: Any) -> None:
    """Print the finding, then a line per mission, wrapped."""
    click.echo("")
    for number, sentence in enumerate(card.finding):
        text = click.wrap_text(sentence, width=96)
        click.echo(click.style(text, bold=True) if number == 0 else text)
    click.echo("")
    for line in card.missions["line"]:
        click.echo(click.wrap_text(line, width=96, subsequent_indent="    "))
