"""Side by side in one process: `neighbours` against libpysal's Graph and pygeoda.

    python benchmarks/contiguity.py [--data DIR] [--repeat 5]

DIR holds boundaries/ (../shared/data unless given). The layers of small areas need pyarrow, the
comparison with pygeoda needs pygeoda; what is not installed is left out with a line that says so.
Rounds alternate between the tools, each with the layer already in memory; the best of each counts.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
from libpysal.graph import Graph

from spatial_gaps.locate.neighbours import neighbours

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("lad_2023_uk_buc.gpkg", "msoa_2021_ew_bsc.parquet", "lsoa_2021_ew_bsc.parquet")


def read(path: Path) -> gpd.GeoDataFrame:
    """Read a layer, indexed by its codes."""
    layer = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
    code = next(name for name in layer if name.upper().endswith("CD"))
    return layer.set_index(code)[["geometry"]]


def tools(areas: gpd.GeoDataFrame, rule: str) -> dict[str, Callable[[], object]]:
    """Return what is compared; the first is ours."""
    rook = rule == "rook"
    rows: dict[str, Callable[[], object]] = {
        "neighbours": lambda: neighbours(areas, rule),
        "libpysal Graph": lambda: Graph.build_contiguity(areas, rook=rook),
        "libpysal Graph, strict": lambda: Graph.build_contiguity(areas, rook=rook, strict=True),
    }
    if importlib.util.find_spec("pygeoda"):
        import pygeoda

        weights = pygeoda.rook_weights if rook else pygeoda.queen_weights
        numbered = areas.reset_index(drop=True)  # pygeoda takes rows by number
        opened = pygeoda.open(numbered)
        rows["pygeoda from a GeoDataFrame"] = lambda: weights(pygeoda.open(numbered))
        rows["pygeoda, already opened"] = lambda: weights(opened)
    return rows


def best(rows: dict[str, Callable[[], object]], repeat: int) -> dict[str, float]:
    """Return the shortest time of each tool in seconds, over rounds that take each in turn."""
    times: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(repeat):
        for name, run in rows.items():
            gc.collect()
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return {name: min(taken) for name, taken in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    if not importlib.util.find_spec("pygeoda"):
        print("pygeoda is not installed: left out")
    print(f"{'areas':>6} {'rule':6} {'tool':28}{'seconds':>9}{'ratio':>8}")
    for file in LAYERS:
        if file.endswith(".parquet") and not importlib.util.find_spec("pyarrow"):
            print(f"pyarrow is not installed: {file} left out")
            continue
        areas = read(options.data / "boundaries" / file)
        for rule in ("rook", "queen"):
            taken = best(tools(areas, rule), options.repeat)
            for name, seconds in taken.items():
                ratio = seconds / taken["neighbours"]
                print(f"{len(areas):6} {rule:6} {name:28}{seconds:9.3f}{ratio:8.1f}")


if __name__ == "__main__":
    main()
