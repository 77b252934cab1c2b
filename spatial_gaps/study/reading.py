"""What the tasks of a study read: each file once in every process."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spatial_gaps.errors import SpatialGapsWarning
from spatial_gaps.geography.boundaries import read_boundaries
from spatial_gaps.geography.cartogram import cartogram
from spatial_gaps.geography.vintages import detect_vintage
from spatial_gaps.metrics.reading import read_metric
from spatial_gaps.metrics.suggesting import read_codes
from spatial_gaps.metrics.tiling import rows_of_level
from spatial_gaps.records import Notice
from spatial_gaps.study.schema import StudyMetric

if TYPE_CHECKING:
    import geopandas as gpd

    from spatial_gaps.records import Metric

# Codes that were in force in several years are drawn as of this one.
USUAL_VINTAGE = 2023
Stamp = tuple[int, int]


def stamp_of(path: Path) -> Stamp:
    """Return what changes when a file does."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def read_one(wanted: StudyMetric) -> Metric:
    """Return a metric as the study wants it read."""
    options = tuple(sorted(wanted.reading.items()))
    stamps = tuple(stamp_of(path) for path in wanted.inputs)
    metric = _read(
        wanted.file, options, wanted.cv, wanted.codes, wanted.higher_is, wanted.period, stamps
    )
    return replace(metric, basis=wanted.basis) if wanted.basis else metric


@lru_cache(maxsize=4)
def _read(
    file: Path,
    options: tuple[tuple[str, Any], ...],
    cv: Path | None,
    codes: Path | None,
    higher_is: str,
    period: str,
    stamps: tuple[Stamp, ...],
) -> Metric:
    return read_metric(
        file,
        **dict(options),
        cv=cv,
        codes=None if codes is None else read_codes(codes),
        higher_is=higher_is or None,
        period=period or None,
    )


def read_weights(path: Path) -> Metric:
    """Return people per area."""
    return _read(path, (), None, None, "", "", (stamp_of(path),))


def areas_at(
    metric: Metric, period: str, level: str, vintage: int | None, boundaries: Path | None
) -> tuple[gpd.GeoDataFrame, int, tuple[Notice, ...]]:
    """Return the areas that the codes of a period are of, their year, and what reading repaired."""
    if vintage is None:
        rows = metric.at(period)
        vintage = detect_vintage(rows.index[rows_of_level(rows, level)]).fitting(USUAL_VINTAGE)
    if boundaries is None:
        return _hexagons(level, vintage), vintage, ()
    areas, noted = shapes_at(level, vintage, boundaries)
    return areas, vintage, noted


def shapes_at(
    level: str, vintage: int, boundaries: Path
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Return the shapes of a file, and what reading repaired."""
    return _shapes(level, vintage, boundaries, stamp_of(boundaries))


@lru_cache(maxsize=8)
def _hexagons(level: str, vintage: int) -> gpd.GeoDataFrame:
    return cartogram(level, vintage)


@lru_cache(maxsize=8)
def _shapes(
    level: str, vintage: int, path: Path, stamp: Stamp
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SpatialGapsWarning)
        areas = read_boundaries(level, path, vintage)
    # Where the file lies is not what it says.
    said = [str(each.message).replace(f"{path}: ", "").rstrip(".") for each in caught]
    return areas, tuple(Notice("boundaries", message) for message in said)
