"""The command line for GeoPackages that were written before."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def geopackage() -> None:
    """GeoPackages that this program wrote."""


@geopackage.command()
@click.argument("file", type=click.Path(path_type=Path))
def refresh(file: Path) -> None:
    """Make the project inside FILE find its layers again after FILE was renamed."""
    from spatial_gaps.export.geopackage import refresh_geopackage

    refresh_geopackage(file)
    click.echo(f"The project in {file.name} finds its layers again: double-click it in QGIS.")
