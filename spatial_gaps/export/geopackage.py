"""GeoPackages that QGIS opens finished: styles, words, licence and a project in one file.

GDAL writes the layers, SQLite the rest, to a file that takes the target's place when it is done. The
same input gives the same bytes, so dates inside are fixed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from spatial_gaps.assessment import Assessment
from spatial_gaps.errors import InputError, OutputError
from spatial_gaps.export.book import Book, make_book
from spatial_gaps.export.files import check_name, output_error, replace_file
from spatial_gaps.export.geopackage_tables import (
    describe,
    mark,
    rename_projects,
    store_project,
    written_layers,
)
from spatial_gaps.export.layer_file import gdal_settings, write_view
from spatial_gaps.export.merging import write_layers
from spatial_gaps.export.small_layers import SmallMap
from spatial_gaps.geography.boundary_files import is_misread

if TYPE_CHECKING:
    import pandas as pd

    from spatial_gaps.geography.places import Place

STAMP = "2000-01-01T00:00:00.000Z"
_CLOSE = "Close it in QGIS (remove its layers or quit), then write again."


def write_geopackage(
    path: str | os.PathLike[str],
    assessment_or_layers: Assessment
    | Mapping[str, Assessment | SmallMap]
    | Mapping[str, pd.DataFrame],
    *,
    place: Place | None = None,
    overwrite: bool = False,
) -> Path:
    """Write an assessment, or any layers, to a GeoPackage (version 1.3).

    An assessment opens in QGIS with classes, "No data" hatched, pockets outlined and numbered,
    aliases, map tips, metadata and alternative styles, and holds a project of the same name, with
    groups, themes, a relation, print layouts and years to play. Its layers are pockets,
    pocket_clusters, border_contrasts, regions_itl1, regions_itl3, lisa, areas, areas_over_time and
    cartogram, its tables values, values_wide, indices, decomposition, masking, audit, warnings and
    run. Moving the file keeps the project working; after renaming it, `spatial-gaps geopackage
    refresh FILE` makes it work again, while the layer styles go on working.

    Parameters
    ----------
    path : path
        File to make. It is complete or not there at all.
    assessment_or_layers : Assessment, or mapping of str to Assessment or (Geo)DataFrame
        Result of `assess`; several, by a short name each that is put before their layers' names; or
        frames by layer name. Frames without geometry become tables. A named
        index, or one of labels (then called "code"), becomes the first columns.
    place : Place, optional
        As `find_place` returns it: a layer of its own, on which the project opens; for one assessment.
    overwrite : bool
        A file that this function wrote and that has no other layers is always replaced, with every
        style in it. Any other file, or layers that were added by hand, only if True.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        If the file is open elsewhere, is not ours to replace, or the folder or disk refuses it.
    InputError, CRSError
        If a layer's name, columns or reference system cannot be written.

    Examples
    --------
    >>> import spatial_gaps as sg
    >>> sg.write_geopackage("pay.gpkg", assessment)  # doctest: +SKIP
    PosixPath('pay.gpkg')
    """
    target = Path(path)
    if target.suffix.lower() != ".gpkg":
        lossy = target.suffix.lower() in (".shp", ".dbf")
        raise OutputError(
            "a GeoPackage has to be called .gpkg, or QGIS will not know it",
            file=target,
            hint="Shapefiles are not written: they cut names to ten letters." if lossy else None,
        )
    book = make_book(assessment_or_layers, place)
    check_replaceable(target, overwrite=overwrite)
    try:
        with replace_file(target) as made:
            _write(made, book, target.name)
            check_replaceable(target, overwrite=overwrite)
    except sqlite3.Error as error:
        raise OutputError(f"could not be written: {error}", file=target) from error
    return target


def refresh_geopackage(path: str | os.PathLike[str]) -> Path:
    """Make the stored project of a GeoPackage that was renamed find its layers again.

    A project finds its layers by the name of their file. Styles, layers and figures are not touched,
    nor what was changed in the project and saved with QGIS.

    Parameters
    ----------
    path : path
        The file under its new name.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If there is no such file, or it holds no project of ours.
    OutputError
        If it is open in another program, or cannot be replaced.
    """
    target = Path(path)
    if not target.is_file():
        raise InputError("there is no such file", file=target)
    check_replaceable(target, overwrite=True)
    try:
        with replace_file(target) as made:
            shutil.copyfile(target, made)
            with closing(sqlite3.connect(made)) as database, database:
                rename_projects(database, target.name)
            check_replaceable(target, overwrite=True)
    except (sqlite3.Error, ValueError) as error:
        raise InputError(
            f"holds no project that can be refreshed: {error}",
            file=target,
            hint="Write it anew: spatial-gaps assess, or write_geopackage.",
        ) from error
    return target


def check_replaceable(path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Raise `OutputError` if a GeoPackage is open elsewhere or holds what is not ours.

    Replacing a file beside whose place a write-ahead log or journal lies would mix two databases.

    Parameters
    ----------
    path : path
        File that is to be replaced; nothing is wrong with one that is not there.
    overwrite : bool
        Whether what is not ours may go.
    """
    check_name(path)
    target = Path(os.path.realpath(path))
    if is_misread(target):
        raise OutputError(
            "GDAL takes '!', ';', two slashes in front and control characters for something else",
            file=ascii(str(path)),
            hint="Choose a path without them.",
        )
    for ending in ("-wal", "-journal"):
        if Path(f"{target}{ending}").exists():
            hint = (
                f"{_CLOSE} If no program has it open, it crashed: open and close it once in QGIS."
            )
            raise OutputError(
                f"is open in another program ('{ending}' beside it)", file=path, hint=hint
            )
    if not target.is_file() or target.stat().st_size == 0:
        return
    try:
        ours, others = _contents(target)
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise OutputError(f"is in use ({error})", file=path, hint=_CLOSE) from error
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            raise output_error(PermissionError(), path) from error
        ours, others = False, "its contents"
    if not ours and not overwrite:
        raise OutputError(
            f"is there already and was not written by spatial_gaps, or has been added to: {others}",
            file=path,
            hint="Choose another name, or say overwrite=True to lose what is in it.",
        )


def _contents(target: Path) -> tuple[bool, str]:
    """Return whether all of a GeoPackage is ours, and what is not; raise if another has it open."""
    # Another run of ours looks at it for a moment only.
    with closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as database:
        found = written_layers(database)
        database.execute("BEGIN EXCLUSIVE")
        database.execute("ROLLBACK")
    return found


def _write(made: Path, book: Book, file_name: str) -> None:
    """Write layers with GDAL, then what belongs to them with SQLite."""
    from spatial_gaps.export.qgis_project import project_qgz

    layers = book.layers
    with gdal_settings(STAMP):
        write_layers(made, [layer for layer in layers if not layer.sql])
    with closing(sqlite3.connect(made)) as database, database:
        # Nothing is lost by a crash: the file is not in its place yet.
        database.execute("PRAGMA synchronous = OFF")
        for layer in layers:
            if layer.sql:
                write_view(database, layer, STAMP)
        describe(database, layers, STAMP)
        if any(layer.styles for layer in layers):
            project = project_qgz(layers, file_name, book.title, book.themes, near=book.near)
            store_project(database, file_name, project, STAMP)
        mark(database, layers, STAMP)
        for layer in layers:
            (rows,) = database.execute(f'SELECT count(*) FROM "{layer.name}"').fetchone()
            if rows != len(layer.frame):
                raise OSError(f"layer '{layer.name}' holds {rows} of {len(layer.frame)} rows")
