"""How do time and memory grow? Stages from 1,000 to 188,880 areas; records by the million.

python benchmarks/scale.py [--areas 1000 60000 188880] [--errors] [--records 30000000] [--folder DIR]

Areas are a made-up coverage of jittered squares, the figures noise, with standard errors if asked for: small
areas have none. Records are written to DIR (a temporary folder unless given) as Parquet, with codes and with
coordinates of 361 made-up areas. Every stage runs in this one process; memory is its largest so far.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import spatial_gaps as sg


def coverage(n: int) -> gpd.GeoDataFrame:
    """Return n four-sided areas that fit edge on edge, with parents, figures and errors."""
    chance = np.random.default_rng(0)
    wide = int(np.ceil(np.sqrt(n)))
    high = int(np.ceil(n / wide))
    x, y = np.meshgrid(np.arange(wide + 1.0), np.arange(high + 1.0))
    corners = np.stack([x, y], axis=-1) * 1000 + chance.uniform(-300, 300, (*x.shape, 2))
    ring = np.stack(
        [corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]], axis=2
    )
    shapes = shapely.polygons(ring.reshape(-1, 4, 2)[:n])
    codes = pd.Index([f"a{k:06d}" for k in range(n)], name="code")
    parent = pd.Index([f"p{k}" for k in range(n // 100 + 1)])[np.arange(n) // 100]
    return gpd.GeoDataFrame(
        {"value": chance.lognormal(6, 0.2, n), "se": chance.uniform(5, 30, n), "parent": parent},
        index=codes, geometry=shapes, crs="EPSG:27700",
    )  # fmt: skip


def timed(work: Callable[[], object]) -> tuple[object, float]:
    """Return what comes out and the seconds that it takes."""
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def memory() -> float:
    """Return the largest memory of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def stages(n: int, errors: bool) -> dict[str, float]:
    """Return the seconds of every stage for n areas, with standard errors or without."""
    from spatial_gaps.locate.contiguity import find_adjacency

    areas = coverage(n)
    value, parent = areas["value"], areas["parent"]
    se = areas["se"] if errors else None
    found, contiguity = timed(lambda: find_adjacency(areas, "queen", "keep"))
    graph = found.weights
    _, moran = timed(lambda: sg.local_moran(value, graph, seed=0))
    _, indices = timed(lambda: sg.gap_indices(value, None, se, higher_is="better", seed=0))
    _, pockets = timed(
        lambda: sg.find_pockets(value, parent, higher_is="better", se=se, graph=graph)
    )
    return {"contiguity": contiguity, "local Moran": moran, "indices": indices, "pockets": pockets}


def growth(sizes: list[int], errors: bool) -> None:
    """Print seconds by size, and the exponent with which they grow."""
    rows = {}
    for n in sizes:
        rows[n] = stages(n, errors)
        told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in rows[n].items())
        print(f"{n:>8,} areas: {told}; all {sum(rows[n].values()):.1f} s, {memory():.2f} GB")
    table = pd.DataFrame(rows).T
    for what, part in (("all sizes", table), ("the last step", table.tail(2))):
        slopes = {
            name: np.polyfit(np.log(part.index.to_numpy(float)), np.log(part[name]), 1)[0] for name in part
        }  # fmt: skip
        told = ", ".join(f"{name} {slope:.2f}" for name, slope in slopes.items())
        print(f"exponents over {what}: {told}")


def records(count: int, folder: Path) -> None:
    """Print how long records with codes, and with coordinates, take."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    areas = coverage(361)
    chance = np.random.default_rng(0)
    path = folder / "records.parquet"
    low_x, low_y, high_x, high_y = areas.total_bounds
    schema = pa.schema(
        [("code", pa.string()), ("x", pa.float64()), ("y", pa.float64()), ("pay", pa.float64())]
    )
    codes = pa.array(areas.index.to_numpy(dtype=object), pa.string())
    with pq.ParquetWriter(path, schema) as writer:
        for _ in range(max(count // 10**6, 1)):
            n = min(count, 10**6)
            columns = [
                codes.take(pa.array(chance.integers(0, len(areas), n))),
                pa.array(chance.uniform(low_x, high_x, n)), pa.array(chance.uniform(low_y, high_y, n)),
                pa.array(chance.lognormal(6, 0.5, n)),
            ]  # fmt: skip
            writer.write_table(pa.table(columns, schema=schema))
    for what, place in (("codes", {"code": "code"}), ("coordinates", {"xy": ("x", "y")})):
        found, seconds = timed(
            lambda place=place: sg.aggregate_records(
                path, areas, statistic="mean", value="pay", **place
            )
        )
        print(f"{what}: {found} {seconds:.1f} s, {memory():.2f} GB")


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--areas", type=int, nargs="*", default=[1000, 5000, 20_000, 60_000, 188_880]
    )
    parser.add_argument("--records", type=int, default=30_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--errors", action="store_true", help="areas with standard errors")
    given = parser.parse_args()
    if given.records:
        with tempfile.TemporaryDirectory() as folder:
            records(given.records, given.folder or Path(folder))
    if given.areas:
        growth(given.areas, given.errors)


if __name__ == "__main__":
    main()
