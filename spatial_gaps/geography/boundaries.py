"""Boundaries from a local file, checked so that everything behind this door can trust them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from spatial_gaps.errors import InputError, JoinError, first_of
from spatial_gaps.geography.boundary_files import read_layer
from spatial_gaps.geography.codes import clean_codes
from spatial_gaps.geography.coverage import check_overlaps, dissolve_boundaries, merge_rows
from spatial_gaps.geography.levels import find_level, level_of
from spatial_gaps.geography.pieces import upper_tier_of
from spatial_gaps.geography.register import COMPLETE, areas
from spatial_gaps.geography.shapes import check_places, repair_shapes, to_british_grid, warn
from spatial_gaps.geography.snapping import SNAP, snap_vertices
from spatial_gaps.geography.successors import describe_unknown
from spatial_gaps.geography.vintages import vintage_hint
from spatial_gaps.records import Level

if TYPE_CHECKING:
    import geopandas as gpd


def read_boundaries(
    level: str,
    path: str | os.PathLike[str],
    vintage: int = 2023,
    *,
    layer: str | None = None,
    snap: float = SNAP,
    dissolve: bool = False,
) -> gpd.GeoDataFrame:
    """Read the boundaries of one level from a local file, check them and make them meet.

    Parameters
    ----------
    level : str
        Such as "lad" or "ITL 3". Upper-tier authorities ("utla") are put together from districts
        where the file holds these.
    path : path
        GeoPackage, GeoJSON, shapefile or GeoParquet, or a zip that holds one of them; the column
        with the codes is found by what is in it.
    vintage : int
        Year whose codes the file has to hold, for levels whose codes are in the register
        (`areas`). For others it does not matter.
    layer : str, optional
        Which layer of a GeoPackage that has several, or which file of a zip.
    snap : float
        Metres within which vertices of borders become identical; 0 for none.
    dissolve : bool
        Merge rows with the same code; an error unless asked for.

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
        than 0.1 % of its area when it is repaired; or if areas overlap by more than 0.1 % of the
        smaller one.

    Warns
    -----
    SpatialGapsWarning
        If shapes were reprojected, snapped, repaired or merged, slivers are left, or areas of the
        vintage are not in the file.

    See Also
    --------
    dissolve_boundaries : Merge areas into regions.
    simplify_boundaries : Fewer vertices for display.
    """
    wanted = find_level(level)
    source = read_layer(Path(path), layer)
    if wanted.key == "utla" and _holds_districts(source):
        lads = read_boundaries("lad", path, vintage, layer=layer, snap=snap, dissolve=dissolve)
        return dissolve_boundaries(lads, upper_tier_of(vintage))
    column = _code_column(source, wanted, path)
    codes, notices = clean_codes(source[column], path, first_row=1)
    for notice in notices:
        warn(notice.message, path)
    index = pd.Index(codes.to_numpy(), name="code")
    if not dissolve:
        _check_once(index, path)
    _check_vintage(index.unique(), wanted, vintage, path)
    names = pd.Series(_names(source, column, index, wanted, vintage), index=index)
    shapes = to_british_grid(source.geometry.set_axis(index), path)
    shapes = merge_rows(repair_shapes(snap_vertices(shapes, snap, path), path), path)
    if wanted.key in COMPLETE:
        check_places(shapes, areas(wanted.key, vintage), path)
    check_overlaps(shapes, path)
    frame = shapes.to_frame("geometry")
    frame.insert(0, "name", names[~index.duplicated()])
    return frame.sort_index()


def _holds_districts(source: gpd.GeoDataFrame) -> bool:
    """Say whether a column holds districts of counties among codes of local authorities."""
    pattern = find_level("lad").pattern
    texts = (source[name].dropna().astype(str) for name in source.columns.drop("geometry"))
    return any(
        bool(text.str.fullmatch(pattern).all() and text.str.startswith("E07").any())
        for text in texts
        if len(text)
    )


def _check_once(codes: pd.Index[Any], path: str | os.PathLike[str]) -> None:
    """Raise `JoinError` for codes that stand in several rows."""
    twice = codes[codes.duplicated()].unique()
    if len(twice):
        raise JoinError(
            "codes occur more than once",
            file=path,
            offenders=[str(code) for code in twice],
            hint="Take out what is there twice; dissolve=True merges areas that are split over rows.",
        )


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
        warn(
            f"{len(lacking)} of the {len(register)} {level.plural} of {vintage} are not in the "
            f"file: {first_of(named)}",
            path,
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
