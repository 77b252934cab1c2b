"""The command line for official boundaries: what there is, how to get it, where it is kept."""

from __future__ import annotations

import sys
import warnings

import click


@click.group()
def boundaries() -> None:
    """Official boundaries: list them, download one, and find where it is kept."""


@boundaries.command("list")
def list_layers() -> None:
    """List the layers that can be downloaded, and those that have been."""
    from spatial_gaps.geography.download import record_of
    from spatial_gaps.geography.services import official_layers

    row = "{:<7}{:<9}{:<12}{:>5}  {}".format
    click.echo(row("level", "vintage", "resolution", "areas", "in the cache"))
    for layer in official_layers():
        record = record_of(layer)
        since = f"since {record['retrieved'][:10]}" if record else "no"
        click.echo(row(layer.level, layer.vintage, layer.resolution, layer.count, since))


@boundaries.command()
@click.argument("level")
@click.argument("vintage", type=int)
@click.option("--resolution", default="BUC", show_default=True, help="BUC, BSC or BGC.")
@click.option("--refresh", is_flag=True, help="Download again, even if it is in the cache.")
def fetch(level: str, vintage: int, resolution: str, refresh: bool) -> None:
    """Download the areas of a LEVEL and VINTAGE, such as lad 2023, unless they are here already."""
    from spatial_gaps.geography.download import cache_path, fetch_boundaries, record_of
    from spatial_gaps.geography.services import find_layer

    layer = find_layer(level, vintage, resolution)
    with warnings.catch_warnings(record=True) as caught:
        # Said after the bar is complete, so that they do not break it.
        warnings.simplefilter("always")
        if record_of(layer) and not refresh:
            fetch_boundaries(level, vintage, resolution)
        else:
            title = f"{layer.level} {layer.vintage} {layer.resolution}"
            with click.progressbar(length=layer.count, label=title, file=sys.stderr) as bar:
                fetch_boundaries(
                    level,
                    vintage,
                    resolution,
                    refresh=refresh,
                    progress=lambda done, _: bar.update(done - bar.pos),
                )
    for warning in caught:
        click.echo(f"Warning: {warning.message}", err=True)
    click.echo(cache_path(layer))
    click.echo(layer.attribution)


@boundaries.command()
def path() -> None:
    """Print the folder where downloaded layers are kept."""
    from spatial_gaps.geography.download import cache_folder

    click.echo(cache_folder())
