"""Boundaries from a local file, checked so that everything behind this door can trust them."""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_file, check_unique
from spatial_gaps.errors import InputError, JoinError, SpatialGapsWarning, first_of
from spatial_gaps.geography.codes import clean_codes
from spatial_gaps.geography.levels import find_level, level_of
from spatial_gaps.geography.register import COMPLETE, areas, describe_unknown, vintage_hint
from spatial_gaps.geography.shapes import check_places, repair_shapes, to_british_grid
from spatial_gaps.records import Level

if TYPE_CHECKING:
    import geopandas as gpd

# Suffix: what the file is, and how its bytes start.
FORMATS = {
    ".gpkg": ("GeoPackage", (b"SQLite format 3\x00",)),
    ".geojson": ("GeoJSON", (b"{",)),
    ".json": ("GeoJSON", (b"{",)),
    ".shp": ("shapefile", (b"\x00\x00\x27\x0a",)),
    ".parquet": ("GeoParquet", (b"PAR1",)),
    ".geoparquet": ("GeoParquet", (b"PAR1",)),
}
SIDECARS = (".shx", ".dbf")


def read_boundaries(
    level: str, path: str | os.PathLike[str], vintage: int = 2023, *, layer: str | None = None
) -> gpd.GeoDataFrame:
    """Read the boundaries of one level from a local file and check them.

    Parameters
    ----------
    level : str
        Such as "lad" or "ITL 3".
    path : path
        GeoPackage, GeoJSON, shapefile or GeoParquet; the column with the codes is found by what
        is in it.
    vintage : int
        Year whose codes the file has to hold (levels lad, itl1, itl2, itl3, region, country).
    layer : str, optional
        Which layer of a GeoPackage, where it has several.

    Returns
    -------
    GeoDataFrame
        EPSG:27700, indexed by code, sorted: name and geometry (valid polygons, exterior rings
        anticlockwise).

    Raises
    ------
    InputError
        If the file is missing, of an unknown kind, damaged, or has several layers or several
        columns of codes.
    JoinError
        If the codes are of another level or vintage, or occur more than once.
    CRSError
        If the coordinate system is missing or the coordinates contradict it.
    GeometryError
        If a shape is missing, empty, not a polygon, has undefined coordinates, or changes by more
        than 0.1 % of its area when it is repaired.

    Warns
    -----
    SpatialGapsWarning
        If shapes were repaired, or areas of the vintage are not in the file.
    """
    wanted = find_level(level)
    source = _read_file(Path(path), layer)
    column = _code_column(source, wanted, path)
    codes, notices = clean_codes(source[column], path, first_row=1)
    for notice in notices:
        warnings.warn(f"{path}: {notice.message}.", SpatialGapsWarning, stacklevel=2)
    index = pd.Index(codes.to_numpy(), name="code")
    check_unique(index, f"the boundaries in {path}")
    _check_vintage(index, wanted, vintage, path)
    shapes = source.geometry.set_axis(index)
    shapes = to_british_grid(shapes, path)
    if wanted.key in COMPLETE:
        check_places(shapes, areas(wanted.key, vintage), path)
    shapes = repair_shapes(shapes, path)
    frame = shapes.to_frame("geometry")
    frame.insert(0, "name", _names(source, column, index, wanted, vintage))
    return frame.sort_index()


def _read_file(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    """Read a file of a known kind whose bytes are what its suffix says."""
    check_file(path)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise InputError(
            f"boundaries are not read from files of type '{suffix}'",
            file=path,
            hint=f"Convert it to one of {', '.join(FORMATS)}.",
        )
    kind, starts = FORMATS[suffix]
    with path.open("rb") as stream:
        head = stream.read(256)
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(starts) and not head.startswith(
        starts
    ):
        shown = head[:12].decode("ascii", "replace").strip()
        raise InputError(
            f"this is not a {kind}: its first bytes are {shown!r}",
            file=path,
            hint="Download it again: an error page may have been saved in its place.",
        )
    lacking = [end for end in SIDECARS if suffix == ".shp" and not path.with_suffix(end).exists()]
    if lacking:
        raise InputError(
            f"a shapefile needs its {' and '.join(lacking)} beside it",
            file=path,
            hint="Copy all its files, or use a GeoPackage.",
        )
    return _read_layer(path, kind, layer)


def _read_layer(path: Path, kind: str, layer: str | None) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    damaged = InputError(
        f"this {kind} cannot be read, it may be cut short or damaged",
        file=path,
        hint="Download or copy it again.",
    )
    if kind == "GeoParquet":
        try:
            return gpd.read_parquet(path)
        except ImportError:
            raise InputError(
                "GeoParquet needs the package pyarrow",
                file=path,
                hint="Install pyarrow, or convert the file to GeoPackage.",
            ) from None
        except (OSError, ValueError) as error:
            raise damaged from error
    try:
        listed = pyogrio.list_layers(path)
        drawn = [str(name) for name, shape in listed if shape is not None]
        if layer is not None and layer not in drawn:
            raise InputError(f"there is no layer '{layer}'", file=path, offenders=drawn)
        if layer is None and len(drawn) != 1:
            raise InputError(
                f"the file has {len(drawn)} layers with shapes, and one has to be chosen",
                file=path,
                offenders=drawn,
                hint='Say layer="NAME".',
            )
        # Undefined coordinates are looked for later, where their areas can be named.
        with np.errstate(invalid="ignore"):
            return gpd.read_file(path, layer=layer or drawn[0], engine="pyogrio")
    except (DataSourceError, DataLayerError, FeatureError, GeometryError, RuntimeError) as error:
        raise damaged from error


def _code_column(source: gpd.GeoDataFrame, level: Level, path: str | os.PathLike[str]) -> str:
    """Return the column of which every value is a code of the level."""
    pattern = re.compile(level.pattern)
    shares: dict[str, float] = {}
    texts: dict[str, pd.Series[Any]] = {}
    for name in source.columns:
        cells = source[name]
        if name == source.geometry.name or not pd.api.types.is_string_dtype(cells.dropna()):
            continue
        texts[name] = cells.dropna().astype(str).str.strip().str.upper()
        fits = texts[name].map(lambda cell: pattern.fullmatch(cell) is not None)
        shares[name] = float(fits.mean()) if len(fits) else 0.0
    found = [name for name, share in shares.items() if share == 1]
    different = [name for name in found if not source[name].equals(source[found[0]])]
    if different:
        raise InputError(
            f"several columns hold codes of level {level.key}, and they differ",
            file=path,
            offenders=found,
            hint="Keep the column with the areas' own codes.",
        )
    if found:
        return found[0]
    raise _no_codes(texts, shares, level, path)


def _no_codes(
    texts: dict[str, pd.Series[Any]],
    shares: dict[str, float],
    level: Level,
    path: str | os.PathLike[str],
) -> Exception:
    """Say why no column will do: some codes do not fit, another level, or no codes at all."""
    best = max(shares, key=lambda name: shares[name], default=None)
    if best is not None and shares[best] >= 0.5:
        # A look-alike letter is named as such, before the codes are called foreign.
        clean_codes(texts[best], path)
        odd = texts[best][[re.fullmatch(level.pattern, cell) is None for cell in texts[best]]]
        return JoinError(
            f"column '{best}' holds codes that are not of level {level.key}",
            file=path,
            offenders=list(odd),
            hint="Keep the rows of one level.",
        )
    for name, cells in texts.items():
        keys = level_of(cells)
        if len(keys) and keys.iloc[0] and (keys == keys.iloc[0]).all():
            return JoinError(
                f"column '{name}' holds codes of level {keys.iloc[0]}, not {level.key}",
                file=path,
                offenders=list(cells[:3]),
                hint=f'Read it as level "{keys.iloc[0]}".',
            )
    return InputError(
        f"no column holds codes of level {level.key}",
        file=path,
        offenders=list(texts),
        hint=f"Codes of {level.plural} look like {level.pattern}.",
    )


def _check_vintage(
    codes: pd.Index[Any], level: Level, vintage: int, path: str | os.PathLike[str]
) -> None:
    """Raise `JoinError` for codes that are not in force, and warn of areas that are lacking."""
    if level.key not in COMPLETE:
        return
    register = areas(level.key, vintage)
    foreign = codes.difference(register.index, sort=False)
    if len(foreign):
        raise JoinError(
            f"{len(foreign)} of {len(codes)} codes are not in force in {level.key} {vintage}",
            file=path,
            offenders=describe_unknown(foreign, vintage),
            hint=vintage_hint(codes),
        )
    lacking = register[~register.index.isin(codes)]
    if len(lacking):
        named = [f"{code} {name}" for code, name in lacking["name"].items()]
        warnings.warn(
            f"{path}: {len(lacking)} of the {len(register)} {level.plural} of {vintage} are not in "
            f"the file: {first_of(named)}.",
            SpatialGapsWarning,
            stacklevel=3,
        )


def _names(
    source: gpd.GeoDataFrame, column: str, codes: pd.Index[Any], level: Level, vintage: int
) -> Any:
    """Return names from the column that belongs to the codes, else from the register."""
    own = re.sub("cd$", "nm", column, flags=re.IGNORECASE).lower()
    for name in source.columns:
        if name != column and str(name).lower() in (own, "name"):
            return source[name].astype(str).str.strip().to_numpy()
    if level.key in COMPLETE:
        return areas(level.key, vintage)["name"].reindex(codes).to_numpy()
    return codes.to_numpy()
