"""One layer into a GeoPackage: by GDAL, or as a view on others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spatial_gaps.errors import InputError
from spatial_gaps.export.layer import Layer

if TYPE_CHECKING:
    import pandas as pd

VERSION = "1.3"


@contextmanager
def gdal_settings(stamp: str) -> Iterator[None]:
    """Fix GDAL's clock and skip its waiting for the disk, and put both back."""
    import pyogrio

    wanted = {"OGR_CURRENT_DATE": stamp, "OGR_SQLITE_SYNCHRONOUS": "OFF"}
    before = {name: pyogrio.get_gdal_config_option(name) for name in wanted}
    pyogrio.set_gdal_config_options(wanted)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def write_layer(made: Path, layer: Layer) -> None:
    """Add a layer or table to a GeoPackage.

    Parameters
    ----------
    made : path
        File to add to; made if it is not there.
    layer : Layer
        Not a view.

    Raises
    ------
    InputError
        If text cannot be held.
    OSError
        If GDAL fails; the file's name is for the caller to add.
    """
    import pyogrio
    import pyogrio.raw

    shape = layer.frame.geometry.name if layer.is_spatial else None
    fields = [str(column) for column in layer.frame if column != shape]
    held = [_as_array(values) for column, values in layer.frame.items() if column != shape]
    arrays = dict(zip(fields, (array for array, _ in held), strict=True))
    _check_text(layer.name, arrays)
    geometry, kind = _geometry(layer)
    options = {"IDENTIFIER": layer.title, "DESCRIPTION": layer.about, "FID": "fid"}
    options |= (
        {"GEOMETRY_NAME": "geom", "SPATIAL_INDEX": "YES"}
        if layer.is_spatial else {"ASPATIAL_VARIANT": "GPKG_ATTRIBUTES"}
    )  # fmt: skip
    try:
        pyogrio.raw.write(
            made,
            geometry,
            [*arrays.values()],
            fields,
            [mask for _, mask in held],
            layer=layer.name,
            driver="GPKG",
            geometry_type=kind,
            crs=_crs(layer),
            promote_to_multi=kind is not None and kind.startswith("Multi"),
            dataset_options={} if made.exists() else {"VERSION": VERSION},
            layer_options=options,
            # The standard knows moments in universal time only: 100 is GDAL's word for it.
            gdal_tz_offsets={
                column: np.full(len(array), 100)
                for column, array in arrays.items()
                if array.dtype.kind == "M" and not _is_days(array)
            },
        )
    except UnicodeEncodeError as error:
        raise InputError(
            f"layer '{layer.name}' holds text that cannot be encoded", value=ascii(error.object)[:80],
            hint="Half a character is in it: read the file anew with its encoding.",
        ) from error  # fmt: skip
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError) as error:
        # For `replace_file`, which knows the name that the file is to have.
        raise OSError(f"layer '{layer.name}' failed ({error}). Is the disk full?") from error


def _as_array(column: pd.Series[Any]) -> tuple[Any, Any]:
    """Return a column as GDAL takes it: values, and where there is none."""
    import pandas as pd

    values = column.array
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        values = column.dt.tz_convert("UTC").dt.tz_localize(None).array
    plain: Any = getattr(column.dtype, "numpy_dtype", None)
    if plain is not None and plain.kind in "biuf":
        # What stands in a masked place is not written.
        return column.to_numpy(dtype=plain, na_value=plain.type(0)), column.isna().to_numpy()
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) == "date":
        return column.to_numpy(dtype="datetime64[D]", na_value=np.datetime64("NaT", "D")), None
    array: Any = np.asarray(values)
    if array.dtype.kind in "biufM":
        return array, None
    mask = column.isna().to_numpy()
    array = array.astype(object)
    array[mask] = None
    return array, mask


def _is_days(array: Any) -> bool:
    return bool(np.datetime_data(array.dtype)[0] == "D")


def _geometry(layer: Layer) -> tuple[Any, str | None]:
    """Return shapes as bytes, and what kind they are: an authority on one island is a group of one."""
    import shapely

    if not layer.is_spatial:
        return None, None
    shapes = layer.frame.geometry.to_numpy()
    kinds = set(layer.frame.geom_type.dropna())
    fitting = [
        f"Multi{single}" for single in ("Polygon", "LineString", "Point")
        if kinds <= {single, f"Multi{single}"} and layer.is_lines <= (single == "LineString")
    ]  # fmt: skip
    kind = fitting[0] if fitting else kinds.pop() if len(kinds) == 1 else "Unknown"
    kind = "Point" if kinds == {"Point"} else kind
    deep = bool(shapely.has_z(shapes).any())
    return shapely.to_wkb(shapes, flavor="iso"), f"{kind} Z" if deep and kind != "Unknown" else kind


def _crs(layer: Layer) -> str | None:
    if not layer.is_spatial:
        return None
    crs: Any = layer.frame.crs
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else str(crs.to_wkt("WKT1_GDAL"))


def write_view(database: sqlite3.Connection, layer: Layer, stamp: str) -> None:
    """Add a layer that is a query on others, and list it as they are.

    Parameters
    ----------
    database : Connection
        To the GeoPackage that holds the others.
    layer : Layer
        With sql.
    stamp : str
        Date of the entry.
    """
    quoted = '"' + layer.name.replace('"', '""') + '"'
    database.execute(f"CREATE VIEW {quoted} AS {layer.sql}")
    code = _crs(layer) or ""
    low_x, low_y, high_x, high_y = map(float, layer.frame.total_bounds)
    (number,) = database.execute(
        "SELECT srs_id FROM gpkg_geometry_columns LIMIT 1"
    ).fetchone() if not code.startswith("EPSG:") else (int(code.removeprefix("EPSG:")),)  # fmt: skip
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change,"
        " min_x, min_y, max_x, max_y, srs_id) VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, ?)",
        (layer.name, layer.title, layer.about, stamp, low_x, low_y, high_x, high_y, number),
    )
    database.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'MULTIPOLYGON', ?, 0, 0)",
        (layer.name, number),
    )


def _check_text(layer: str, columns: dict[str, Any]) -> None:
    """Raise `InputError` for text with NUL, after which GDAL would write no more of it."""
    # Text repeats: each is looked at once.
    cut = [
        column for column, array in columns.items()
        if array.dtype == object and any("\0" in str(text) for text in set(array.tolist()))
    ]  # fmt: skip
    if cut:
        raise InputError(
            f"layer '{layer}' has text with NUL characters in it", offenders=cut,
            hint="Take them out: they come from a file read with the wrong encoding.",
        )  # fmt: skip
