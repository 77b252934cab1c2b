"""How long do pockets take? One metric of 361 authorities under nine settings, and 35 000 areas.

    python benchmarks/pockets_speed.py

Packaged pay of 2021; 35 000 made-up areas on a square grid, in 300 parents, with standard errors.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

import spatial_gaps as sg


def timed(what: str, run: Callable[[], object], repeats: int = 3) -> None:
    """Print the median of some runs after a first one, and the peak memory of the process."""
    run()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what}: {np.median(seconds):.2f} s, {memory} MB at most")


def authorities() -> None:
    """Time find_pockets, and settings of three tiers and three rules of neighbours."""
    areas = sg.areas("lad", 2023)
    pay = sg.read_metric(sg.sample_path("gross-median-weekly-pay")).at(2021).reindex(areas.index)
    tiers = [sg.parents(areas.index, tier, 2023).rename(tier) for tier in ("itl1", "itl2", "itl3")]
    graphs = {rule: sg.neighbours(areas, islands=rule) for rule in ("keep", "link", "nearest")}
    given = {"higher_is": "better", "weights": areas["population"], "se": pay["se"]}
    timed(
        "361 authorities, neighbours or region",
        lambda: sg.find_pockets(
            pay["value"], tiers[0], benchmark=505.1, graph=graphs["link"], **given
        ),
    )
    timed(
        "361 authorities, 200 draws of 3 weights x 3 tiers",
        lambda: sg.pocket_sensitivity(
            pay["value"], tiers, lines={"UK": {"benchmark": 505.1}}, graphs=graphs, **given
        ),
    )


def small_areas(n: int = 35_000) -> None:
    """Time find_pockets of many areas."""
    rng = np.random.default_rng(0)
    codes = pd.Index([f"s{number:05d}" for number in range(n)])
    parent = rng.integers(0, 300, n)
    values = pd.Series(10 + rng.normal(0, 1, 300)[parent] + rng.normal(0, 1, n), index=codes)
    side = int(np.sqrt(n))
    here = np.arange(n)
    right, below = here[(here % side < side - 1) & (here + 1 < n)], here[here + side < n]
    pairs = np.vstack([np.c_[right, right + 1], np.c_[below, below + side]])
    pairs = np.vstack([pairs, pairs[:, ::-1]])
    index = pd.MultiIndex.from_arrays([codes[pairs[:, 0]], codes[pairs[:, 1]]])
    graph = pd.Series(1.0, index=index.set_names(["focal", "neighbor"])).sort_index()
    timed(
        f"{n:,} areas with errors and neighbours",
        lambda: sg.find_pockets(
            values,
            pd.Series(parent, index=codes),
            higher_is="better",
            se=pd.Series(rng.uniform(0.3, 0.8, n), index=codes),
            graph=graph,
        ),
        repeats=1,
    )


if __name__ == "__main__":
    authorities()
    small_areas()
