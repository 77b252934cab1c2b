"""GeoPackages that QGIS opens finished: styles, words, licence and a project in one file.

GDAL writes the layers, SQLite the rest, to a file that takes the target's place when it is done. The
same input gives the same bytes, so dates inside are fixed.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spatial_gaps.assessment import Assessment
from spatial_gaps.checks import words
from spatial_gaps.errors import CRSError, InputError, OutputError
from spatial_gaps.export.files import check_name, output_error, replace_file
from spatial_gaps.export.geopackage_tables import EXTRAS, describe, mark, written_layers
from spatial_gaps.export.layers import Layer, assessment_layers
from spatial_gaps.geography.boundary_files import is_misread

if TYPE_CHECKING:
    import pandas as pd

VERSION = "1.3"
STAMP = "2000-01-01T00:00:00.000Z"
# Names that the standard, SQLite or QGIS keep for themselves.
_RESERVED = ("gpkg_", "rtree_", "sqlite_")
# Name of a layer as GDAL takes it: no sign at its start, no quote or control character anywhere.
_LAYER_NAME = re.compile(r'\w[^"\x00-\x1f\x7f]{0,199}')
# SQLite holds 2,000 columns, and two are the standard's.
MOST_COLUMNS = 1998
_TAKEN = ("fid", "geom")
_CLOSE = "Close it in QGIS (remove its layers or quit), then write again."
_COLUMN_KINDS = {
    "string", "empty", "boolean", "integer", "floating", "mixed-integer-float", "decimal", "date",
    "categorical", "datetime64", "datetime",
}  # fmt: skip


def write_geopackage(
    path: str | os.PathLike[str],
    assessment_or_layers: Assessment | Mapping[str, pd.DataFrame],
    *,
    overwrite: bool = False,
) -> Path:
    """Write an assessment, or any layers, to a GeoPackage (version 1.3).

    An assessment opens in QGIS with classes, "No data" hatched, pockets outlined and numbered,
    aliases, map tips, metadata and alternative styles, and holds a project of the same name. Its
    layers are pockets, regions_itl1 and areas, its tables indices, decomposition, masking, audit,
    warnings and run. Moving the file keeps the project working; renaming it needs a new one, while
    the layer styles go on working.

    Parameters
    ----------
    path : path
        File to make. It is complete or not there at all.
    assessment_or_layers : Assessment or mapping of str to (Geo)DataFrame
        Result of `assess`, or frames by layer name. Frames without geometry become tables. A named
        index, or one of labels (then called "code"), becomes the first columns. Dates without a
        time are written as text, as GDAL does without Arrow.
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
    if isinstance(assessment_or_layers, Assessment):
        layers = assessment_layers(assessment_or_layers)
        title = f"{assessment_or_layers.metric.title}, {assessment_or_layers.period}"
    else:
        layers, title = _plain_layers(assessment_or_layers), ""
    check_replaceable(target, overwrite=overwrite)
    try:
        with replace_file(target) as made:
            _write(made, layers, title, target.name)
            check_replaceable(target, overwrite=overwrite)
    except sqlite3.Error as error:
        raise OutputError(f"could not be written: {error}", file=target) from error
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
    with closing(sqlite3.connect(target, timeout=0, isolation_level=None)) as database:
        found = written_layers(database)
        database.execute("BEGIN EXCLUSIVE")
        database.execute("ROLLBACK")
    return found


def _plain_layers(frames: Mapping[str, pd.DataFrame]) -> tuple[Layer, ...]:
    """Check plain frames and return them as layers without styles."""
    import pandas as pd

    if not isinstance(frames, Mapping) or not frames:
        raise InputError(
            "there is nothing to write", hint="Give an assessment, or frames by layer name."
        )
    seen: set[str] = set()
    for name, frame in frames.items():
        if not isinstance(name, str) or not _LAYER_NAME.fullmatch(name):
            raise InputError(
                "a layer needs a name of plain text", value=name if name == "" else str(name)[:80],
                hint="It starts with a letter or digit and has at most 200 characters.",
            )  # fmt: skip
        low = name.lower()
        if low.startswith(_RESERVED) or low in EXTRAS or low in seen:
            raise InputError(
                "a layer name is taken twice or reserved", value=name,
                hint="Upper and lower case count as the same.",
            )  # fmt: skip
        seen.add(low)
        if not isinstance(frame, pd.DataFrame):
            raise InputError(f"layer '{name}' is not a frame", value=type(frame).__name__)
    return tuple(Layer(name, name, "", _plain(name, frame)) for name, frame in frames.items())


def _plain(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose index is a column and whose columns have one type each."""
    import geopandas as gpd
    import pandas as pd

    index = frame.index
    if index.names != [None] or not isinstance(index, pd.RangeIndex):
        named = [label if label is not None else "code" for label in index.names]
        clash = [label for label in named if label in frame.columns]
        if clash:
            raise InputError(f"layer '{name}' has columns named like its index", offenders=clash)
        frame = frame.rename_axis(named).reset_index()
    spatial = isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None
    if spatial and frame.crs is None:
        raise CRSError(f"layer '{name}' has no coordinate reference system", hint="Use set_crs().")
    shape = frame.active_geometry_name if spatial else None
    columns = [column for column in frame.columns if column != shape]
    _check_columns(name, [str(column) for column in columns], spatial)
    typed = pd.DataFrame(
        {column: _typed(name, frame[column]) for column in columns}, index=frame.index
    )
    typed.columns = typed.columns.map(str)
    return gpd.GeoDataFrame(typed, geometry=frame.geometry.rename("geometry")) if spatial else typed


def _check_columns(layer: str, names: Sequence[str], spatial: bool) -> None:
    """Raise `InputError` for names that a GeoPackage cannot hold, or would hold as others."""
    if len(names) > MOST_COLUMNS:
        raise InputError(
            f"layer '{layer}' has {len(names):,} columns, a GeoPackage holds {MOST_COLUMNS:,}",
            hint="Put one row per area and figure, or choose columns.",
        )
    # geopandas calls the shapes of every file so, and would put them over the column.
    taken = (*_TAKEN, "geometry") if spatial else _TAKEN
    low = Counter(name.lower() for name in names)
    bad = [name for name in low if low[name] > 1 or name in taken]
    bad += [ascii(name) for name in names if not name.strip() or "\0" in name]
    if bad:
        raise InputError(
            f"layer '{layer}' has columns that a GeoPackage cannot hold", offenders=sorted(bad),
            hint=f"Names have to differ by more than case and not be blank; {words(taken)} are taken.",
        )  # fmt: skip


def _typed(layer: str, values: pd.Series[Any]) -> pd.Series[Any]:
    """Give a column of Python objects the type that its entries have, or refuse it."""
    import pandas as pd

    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.dtype.categories.dtype)
    if values.dtype.kind in "biufM" or isinstance(values.dtype, pd.StringDtype):
        return values
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind not in _COLUMN_KINDS:
        raise InputError(
            f"layer '{layer}' has a column of mixed or unknown kind ({kind})",
            column=str(values.name), hint="Turn it into text or numbers first.",
        )  # fmt: skip
    nullable = {"boolean": "boolean", "integer": "Int64", "floating": "float64"}
    nullable |= {"mixed-integer-float": "float64", "decimal": "float64"}
    return values.astype(pd.api.types.pandas_dtype(nullable[kind])) if kind in nullable else values


def _write(made: Path, layers: Sequence[Layer], title: str, file_name: str) -> None:
    """Write layers with GDAL, then what belongs to them with SQLite."""
    from spatial_gaps.export.qgis_project import project_qgz

    with _gdal_settings():
        for layer in layers:
            _write_layer(made, layer)
    project = (
        project_qgz(layers, file_name, title) if any(layer.styles for layer in layers) else None
    )
    with closing(sqlite3.connect(made)) as database, database:
        # Nothing is lost by a crash: the file is not in its place yet.
        database.execute("PRAGMA synchronous = OFF")
        describe(database, layers, STAMP)
        if project is not None:
            described = {"last_modified_time": STAMP, "last_modified_user": "spatial_gaps"}
            database.execute(
                "CREATE TABLE qgis_projects(name TEXT PRIMARY KEY, metadata BLOB, content BLOB)"
            )
            database.execute(
                "INSERT INTO qgis_projects VALUES (?, ?, ?)",
                (Path(file_name).stem, json.dumps(described), project.hex()),
            )
        mark(database, layers, STAMP)
        for layer in layers:
            (rows,) = database.execute(f'SELECT count(*) FROM "{layer.name}"').fetchone()
            if rows != len(layer.frame):
                raise OSError(f"layer '{layer.name}' holds {rows} of {len(layer.frame)} rows")


def _write_layer(made: Path, layer: Layer) -> None:
    import pyogrio

    _check_text(layer)
    options = {"IDENTIFIER": layer.title, "DESCRIPTION": layer.about, "FID": "fid"}
    promote = False
    if layer.is_spatial:
        options |= {"GEOMETRY_NAME": "geom", "SPATIAL_INDEX": "YES"}
        # One layer, one kind: an authority on one island counts as a group of one.
        promote = bool(layer.frame.geom_type.isin(["Polygon", "MultiPolygon"]).all())
    else:
        options |= {"ASPATIAL_VARIANT": "GPKG_ATTRIBUTES"}
    try:
        pyogrio.write_dataframe(
            layer.frame,
            made,
            layer=layer.name,
            driver="GPKG",
            promote_to_multi=promote,
            geometry_type="MultiPolygon" if promote and layer.frame.empty else None,
            dataset_options={} if made.exists() else {"VERSION": VERSION},
            layer_options=options,
        )
    except UnicodeEncodeError as error:
        raise InputError(
            f"layer '{layer.name}' holds text that cannot be encoded", value=ascii(error.object)[:80],
            hint="Half a character is in it: read the file anew with its encoding.",
        ) from error  # fmt: skip
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError) as error:
        # For `replace_file`, which knows the name that the file is to have.
        raise OSError(f"layer '{layer.name}' failed ({error}). Is the disk full?") from error


def _check_text(layer: Layer) -> None:
    """Raise `InputError` for text with NUL, after which GDAL would write no more of it."""
    import pandas as pd

    texts = [
        column for column, values in layer.frame.items()
        if pd.api.types.infer_dtype(values, skipna=True) == "string"
    ]  # fmt: skip
    cut = [
        str(column) for column in texts
        if layer.frame[column].str.contains("\0", regex=False, na=False).any()
    ]  # fmt: skip
    if cut:
        raise InputError(
            f"layer '{layer.name}' has text with NUL characters in it", offenders=cut,
            hint="Take them out: they come from a file read with the wrong encoding.",
        )  # fmt: skip


@contextmanager
def _gdal_settings() -> Iterator[None]:
    """Fix GDAL's clock and skip its waiting for the disk, and put both back."""
    import pyogrio

    wanted = {"OGR_CURRENT_DATE": STAMP, "OGR_SQLITE_SYNCHRONOUS": "OFF"}
    before = {name: pyogrio.get_gdal_config_option(name) for name in wanted}
    pyogrio.set_gdal_config_options(wanted)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)
