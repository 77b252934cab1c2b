"""What commands share: options that say how to read a file, and reading it by them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spatial_gaps.errors import SpatialGapsWarning

DEFAULT_VINTAGE = 2023
FILE = click.Path(path_type=Path)


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say how to read a file and on which areas."""
    for option in (
        click.option("--sheet", help="Which sheet of a workbook, where several fit."),
        click.option("--table", type=int, help="Which table of a sheet that has several, from 1."),
        click.option("--indicator", help="Which one, where the file holds several."),
        click.option("--value", help="Column of figures, where several fit."),
        click.option(
            "--code", help="Column of codes (of names with --match), where it is not found."
        ),
        click.option(
            "--codes", type=FILE, help="Edited list of proposals, as check --suggest writes it."
        ),
        click.option(
            "--cv", type=FILE, help="The publisher's workbook of coefficients of variation."
        ),
        click.option(
            "--match",
            type=click.Choice(["code", "name"]),
            default="code",
            show_default=True,
            help="Match areas by code; by name only for a file without codes.",
        ),
        click.option(
            "--level",
            default="auto",
            show_default=True,
            help="Kind of area: lad, utla, itl3, itl2, or the finest that covers most people.",
        ),
        click.option(
            "--vintage", type=int, help="Year of the area codes; found from the codes unless given."
        ),
    )[::-1]:
        command = option(command)
    return command


def say(step: str) -> None:
    """Tell of a step that takes time, beside the output."""
    click.echo(f"{step} ...", err=True)


def given(options: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return those of the options that were given."""
    return {name: options[name] for name in names if options[name] is not None}


def metric_of(
    file: Path, options: dict[str, Any], period: str | None, higher_is: str | None = None
) -> Any:
    from spatial_gaps.metrics.reading import read_metric
    from spatial_gaps.metrics.suggesting import read_codes

    chosen = given(options, "sheet", "table", "indicator", "value", "code", "cv")
    if options["match"] == "name":
        level = "lad" if options["level"] == "auto" else options["level"]
        chosen["names"] = (level, options["vintage"] or DEFAULT_VINTAGE)
    if options["codes"] is not None:
        chosen["codes"] = read_codes(options["codes"])
    metric = read_metric(file, higher_is=higher_is, **chosen)
    if period is None or metric.periods != ("all",):
        return metric
    # The file states no period: the one that was asked for is what the user says it is of.
    return read_metric(file, higher_is=higher_is, period=period, **chosen)


def level_of_file(metric: Any, period: str, level: str, vintage: int | None) -> tuple[str, int]:
    """Return level and vintage: as given, else found from the codes of that period."""
    from spatial_gaps.geography.levels import find_level
    from spatial_gaps.geography.vintages import detect_vintage
    from spatial_gaps.metrics.tiling import best_tiling, rows_of_level

    if level == "auto":
        key, year = best_tiling(metric, period)
        return key, vintage or year
    key = find_level(level).key
    rows = metric.at(period)
    own = rows.index[rows_of_level(rows, key)]
    if vintage is not None or own.empty:
        return key, vintage or DEFAULT_VINTAGE
    return key, detect_vintage(own).fitting(DEFAULT_VINTAGE)


def areas_of(level: str, vintage: int, boundaries: Path | None) -> tuple[Any, tuple[Any, ...]]:
    """Return the areas, and notices of what reading them repaired."""
    from spatial_gaps.geography.boundaries import read_boundaries
    from spatial_gaps.geography.cartogram import cartogram
    from spatial_gaps.records import Notice

    if boundaries is None:
        return cartogram(level, vintage), ()
    say(f"Reading {boundaries.name}")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SpatialGapsWarning)
        areas = read_boundaries(level, boundaries, vintage=vintage)
    said = [str(warning.message).replace(f"{boundaries}: ", "") for warning in caught]
    for message in said:
        click.echo(f"Note: {message}", err=True)
    return areas, tuple(Notice("boundaries", message.rstrip(".")) for message in said)


def groups_of(given: str | None, level: str, vintage: int) -> tuple[Any, Path | None]:
    """Return the grouping by code, and the file it was read from."""
    from spatial_gaps.geography.groups import GROUPS, groups, read_groups

    if given is None:
        return None, None
    if given in GROUPS:
        return groups(given, vintage, level), None
    return read_groups(given), Path(given)
