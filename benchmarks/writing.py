"""How long does a GeoPackage of 35 672 areas and 60 columns take, against a bare pyogrio write?

python benchmarks/writing.py [--areas 35672] [--columns 60] [--runs 5]

Made-up areas of 120 vertices; a third of the columns are text, whole numbers with gaps and decimals
each. Both write the same columns and a spatial index; best of the runs, taken in turns.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from spatial_gaps.export.geopackage import write_geopackage


def made_up(areas: int, columns: int) -> gpd.GeoDataFrame:
    """Return round areas with columns of three kinds, a tenth of the values missing."""
    chance = np.random.default_rng(0)
    centres = np.column_stack([np.arange(areas) % 200, np.arange(areas) // 200]) * 1000.0
    angles = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    ring = 400 * np.column_stack([np.cos(angles), np.sin(angles)])
    shapes = shapely.polygons(centres[:, None, :] + ring[None])
    held = {"code": [f"E01{k:06d}" for k in range(areas)]}
    for k in range(columns - 1):
        missing = chance.random(areas) < 0.1
        if k % 3 == 0:
            held[f"number_{k}"] = np.where(missing, np.nan, chance.normal(500, 100, areas))
        elif k % 3 == 1:
            whole = pd.array(chance.integers(0, 1000, areas), dtype="Int64")
            whole[missing] = pd.NA
            held[f"whole_{k}"] = whole
        else:
            words = np.array(
                ["high-high", "not significant", "Somewhere with a name"], dtype=object
            )
            held[f"text_{k}"] = np.where(missing, None, words[chance.integers(0, 3, areas)])
    return gpd.GeoDataFrame(held, geometry=shapes, crs="EPSG:27700")


def seconds(write: Callable[[Path], object], clock: Callable[[], float]) -> float:
    """Return how long one write to a new file takes."""
    with tempfile.TemporaryDirectory() as folder:
        start = clock()
        write(Path(folder) / "areas.gpkg")
        return clock() - start


def compare(
    areas: int, columns: int, runs: int, clock: Callable[[], float] = time.perf_counter
) -> tuple[float, float]:
    """Return the best time of ours and of pyogrio."""
    frame = made_up(areas, columns)
    times = [
        (
            seconds(lambda path: write_geopackage(path, {"areas": frame}), clock),
            seconds(lambda path: pyogrio.write_dataframe(frame, path, layer="areas"), clock),
        )
        for _ in range(runs)
    ]
    ours, theirs = (min(each[k] for each in times) for k in range(2))
    return ours, theirs


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--areas", type=int, default=35_672)
    parser.add_argument("--columns", type=int, default=60)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    ours, theirs = compare(given.areas, given.columns, given.runs)
    print(
        f"{given.areas:,} areas x {given.columns} columns: "
        f"ours {ours:.2f} s, pyogrio {theirs:.2f} s, {ours / theirs:.2f} times"
    )


if __name__ == "__main__":
    main()
