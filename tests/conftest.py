"""Fixtures that more than one room uses."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(scope="session", autouse=True)
def keep_geopackages() -> Iterator[None]:
    """Keep a copy of every GeoPackage that a test writes, where CI wants to check them all."""
    folder = os.environ.get("KEEP_GEOPACKAGES")
    if not folder:
        yield
        return
    from spatial_gaps.export import geopackage

    write = geopackage._write

    def write_and_keep(made, *rest):
        write(made, *rest)
        digest = hashlib.sha256(made.read_bytes()).hexdigest()
        shutil.copyfile(made, Path(folder) / f"{digest}.gpkg")

    geopackage._write = write_and_keep
    yield
    geopackage._write = write


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real UK layers, figures and reference values; not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with real UK data is not here")
    return SHARED


@pytest.fixture(scope="session")
def pay():
    """The packaged weekly pay of 2021, assessed on the hexagon map."""
    from spatial_gaps import assess, cartogram, read_metric, sample_path

    return assess(cartogram(), read_metric(sample_path("gross-median-weekly-pay")), period=2021)


@pytest.fixture(scope="session")
def mission_metrics(shared):
    """The real series of the missions' headline metrics, one per key, read once."""
    import warnings

    from spatial_gaps import SpatialGapsWarning, missions, read_metric
    from spatial_gaps.metrics.catalogue import catalogue

    headline = catalogue()["headline"]
    table = missions()
    files = {
        name: series
        for name, series in zip(table["headline_metric"], table["series"], strict=True)
        if name and series.endswith(".csv")
    }
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpatialGapsWarning)
        for key, name in headline[headline.isin(list(files))].items():
            for file in files[name].split("; "):
                path = shared / "data/metrics/tidy" / file
                if f"\n{key}," in path.read_text(encoding="utf-8"):
                    found.append(read_metric(path, indicator=key))
    return found
