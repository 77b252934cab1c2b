"""Time spatial autocorrelation against esda (with and without numba) and pygeoda, in one run.

    python benchmarks/autocorrelation.py [--data DIR] [--repeat 5]

Peers that are not installed are left out. Real layers of ../shared/data, or --data DIR, need
pyarrow for the small areas; without them squares stand in. Compare ratios only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import spatial_gaps as sg

DATA = Path(__file__).resolve().parents[2] / "shared/data"
OURS = """
import sys, spatial_gaps as sg, numpy as np, pandas as pd, warnings
warnings.simplefilter("ignore")
areas = sg.read_boundaries("lad", sys.argv[1], vintage=2023)
values = pd.Series(np.random.default_rng(0).standard_normal(len(areas)), areas.index)
sg.local_moran(values, sg.neighbours(areas, "rook"))
"""
ESDA = """
import sys, warnings
warnings.simplefilter("ignore")
if sys.argv[2] == "without": sys.modules["numba"] = None
import geopandas, numpy as np, esda
from libpysal.graph import Graph
areas = geopandas.read_file(sys.argv[1])
values = np.random.default_rng(0).standard_normal(len(areas))
esda.Moran_Local(values, Graph.build_contiguity(areas).transform("r"), permutations=14999)
"""
GEODA = """
import sys, geopandas, numpy as np, pygeoda
areas = geopandas.read_file(sys.argv[1])
values = np.random.default_rng(0).standard_normal(len(areas))
opened = pygeoda.open(areas.reset_index(drop=True))
pygeoda.local_moran(pygeoda.rook_weights(opened), list(values), permutations=14999)
"""
MEMORY = """
import sys, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
from autocorrelation import graph_of_squares, most_memory, noise
import spatial_gaps as sg
graph = graph_of_squares(188_880)
sg.local_moran(noise(graph), graph, permutations=None if sys.argv[2] == "default" else 999)
print(most_memory())
"""


def median_seconds(work: Callable[[], object], repeat: int) -> float:
    """Return the median time of one call, after one that does not count."""
    work()
    taken = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def most_memory() -> int:
    """Return the most MB that this process has held (what getrusage says is that of its parent)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def cold(script: str, *arguments: str) -> float:
    """Return the seconds of a new process, nan where it fails."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True
    )
    if done.returncode:
        print(done.stderr.strip().splitlines()[-1])
        return float("nan")
    return time.perf_counter() - start


def graph_of_squares(size: int) -> pd.Series:
    """Return queen neighbours of a square grid as an adjacency."""
    side = int(np.ceil(np.sqrt(size)))
    row, column = np.divmod(np.arange(size), side)
    focal, other = [], []
    for down, right in ((0, 1), (1, -1), (1, 0), (1, 1)):
        there = (row + down) * side + column + right
        fine = (column + right >= 0) & (column + right < side) & (there < size)
        focal += [np.flatnonzero(fine), there[fine]]
        other += [there[fine], np.flatnonzero(fine)]
    ends = np.concatenate(focal), np.concatenate(other)
    order = np.lexsort(ends[::-1])
    codes = pd.Index([f"S{number:08d}" for number in range(size)])
    index = pd.MultiIndex(
        levels=[codes, codes], codes=[end[order] for end in ends], names=["focal", "neighbor"]
    )
    return pd.Series(1.0, index=index, name="weight")


def noise(graph: pd.Series, columns: int = 0) -> Any:
    """Return noise over the areas of a graph: a Series, or a frame of so many columns."""
    codes = graph.index.levels[0]
    rng = np.random.default_rng(0)
    if not columns:
        return pd.Series(rng.standard_normal(len(codes)), codes)
    return pd.DataFrame(rng.standard_normal((len(codes), columns)), codes)


def small_areas(data: Path, file: str, size: int) -> gpd.GeoDataFrame:
    """Return a real layer indexed by code, or squares."""
    path = data / "boundaries" / file
    if path.exists() and find_spec("pyarrow"):
        layer = gpd.read_parquet(path)
        code = next(
            name for name in layer if layer[name].astype(str).str.match(r"[EW]0\d{7}$").all()
        )
        return layer.set_index(code).sort_index()[["geometry"]]
    side = int(np.ceil(np.sqrt(size)))
    row, column = np.divmod(np.arange(size), side)
    shapes = shapely.box(column, row, column + 1, row + 1)
    index = pd.Index([f"S{number:08d}" for number in range(size)])
    return gpd.GeoDataFrame(geometry=shapes, index=index, crs=27700)


def say(what: str, ours: float, **others: float) -> None:
    """Print a time and how many times as long the others take."""
    rest = "".join(
        f"; {name} {seconds:.3f} s ({seconds / ours:.1f})" for name, seconds in others.items()
    )
    print(f"{what}: {ours:.4f} s{rest}", flush=True)


def whole_job(data: Path, repeat: int) -> None:
    """Time reading, contiguity and local p of 361 authorities in new processes."""
    path = str(data / "boundaries/lad_2023_uk_buc.gpkg")
    if not Path(path).exists():
        print("the layer of local authorities is not there: no whole job")
        return
    scripts = {"ours": (OURS,), "esda with numba": (ESDA, "with")}
    if find_spec("numba") is None:
        del scripts["esda with numba"]
    scripts["esda without numba"] = (ESDA, "without")
    if find_spec("pygeoda"):
        scripts["pygeoda"] = (GEODA,)
    times = {
        name: float(np.median([cold(script, path, *rest) for _ in range(min(repeat, 3))]))
        for name, (script, *rest) in scripts.items()
    }
    say("361 authorities, cold: imports, reading, contiguity, local p", times.pop("ours"), **times)
    areas = gpd.read_file(path).set_index("LAD23CD")[["geometry"]].sort_index()
    values = pd.Series(np.random.default_rng(0).standard_normal(len(areas)), areas.index)

    def job() -> None:
        sg.local_moran(values, sg.neighbours(areas, "rook"))

    others = {}
    if find_spec("pygeoda"):
        geoda = import_module("pygeoda")

        def theirs() -> None:
            weights = geoda.rook_weights(geoda.open(areas.reset_index(drop=True)))
            geoda.local_moran(weights, values.tolist(), permutations=14999)

        others["pygeoda"] = median_seconds(theirs, repeat)
    say("the same without imports and reading", median_seconds(job, repeat), **others)


def warm(data: Path, repeat: int) -> None:
    """Time one variable over small areas, and a panel."""
    for file, size in (("msoa_2021_ew_bsc.parquet", 7264), ("lsoa_2021_ew_bsc.parquet", 35672)):
        areas = small_areas(data, file, size)
        graph = sg.neighbours(areas).transform("r")
        values = noise(graph.adjacency)
        others: dict[str, float] = {}
        stars: dict[str, float] = {}
        if find_spec("esda"):
            esda = import_module("esda")
            others["esda"] = median_seconds(
                partial(esda.Moran_Local, values, graph, permutations=999), 1
            )
        if find_spec("pygeoda"):
            geoda = import_module("pygeoda")
            weights = geoda.queen_weights(geoda.open(areas.reset_index(drop=True)))
            for method in ("complete", "lookup"):
                given = {"permutations": 999, "permutation_method": method}
                name = f"pygeoda {method}"
                others[name] = median_seconds(
                    partial(geoda.local_moran, weights, values.tolist(), **given), 1
                )
                positive = (values - values.min() + 1).tolist()
                stars[name] = median_seconds(
                    partial(geoda.local_gstar, weights, positive, **given), 1
                )
        ours = median_seconds(partial(sg.local_moran, values, graph, permutations=999), repeat)
        say(f"local Moran, {len(areas)} areas, 999 draws", ours, **others)
        default = median_seconds(partial(sg.local_moran, values, graph), 1)
        say(f"the same, draws that the correction needs ({2 * len(areas) / 0.05:,.0f})", default)
        positive = values - values.min() + 1
        ours = median_seconds(
            partial(sg.local_g, positive, graph, star=True, permutations=999), repeat
        )
        say(f"Gi*, {len(areas)} areas, 999 draws", ours, **stars)
        if size == 7264:
            panel = noise(graph.adjacency, 220)
            ours = median_seconds(
                partial(sg.local_moran_panel, panel, graph, permutations=999), repeat
            )
            looped = {name: 220 * seconds for name, seconds in others.items()}
            say("220 variables, 7264 areas, 999 draws (others: 220 times one)", ours, **looped)


def main() -> None:
    """Print the times."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--data", type=Path, default=DATA)
    given = options.parse_args()
    warnings.simplefilter("ignore")
    whole_job(given.data, given.repeat)
    warm(given.data, given.repeat)
    here = str(Path(__file__).parent)
    for draws in ("999", "default"):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, here, draws], capture_output=True, text=True, check=True
        )
        seconds = time.perf_counter() - start
        print(f"188 880 areas, {draws} draws: {seconds:.1f} s, {done.stdout.strip()} MB at most")


if __name__ == "__main__":
    main()
