"""Time gap measures against pysal/inequality, in one run: medians, and how many times as long.

    pip install inequality
    python benchmarks/inequality.py [--repeat 5] [--permutations 999]

Within-parent permutations of the nested decomposition (authorities in ITL 3 in ITL 1, as of 2023,
made-up figures) against `TheilDSim` on the same tiers, one after the other. `TheilDSim` shuffles
areas over the whole country and takes each area as one person; ours keeps areas within their parent,
splits those that straddle, and weights by people.

Bootstrap of Gini, Theil and Atkinson over areas against a loop over the package's classes; and the
Gini of a million areas with its memory.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

import spatial_gaps as sg

# This file has the name of the package that it is held against.
sys.path = [path for path in sys.path if Path(path).resolve() != Path(__file__).resolve().parent]


def median_seconds(work: Callable[[], object], repeat: int) -> float:
    """Return the median time of one call, after one that does not count."""
    work()
    taken = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def permutations(draws: int, repeat: int) -> None:
    """Time p of both tiers of the nested decomposition."""
    codes = sg.areas("lad", 2023).index
    rng = np.random.default_rng(0)
    values = pd.Series(rng.lognormal(6, 0.2, len(codes)), codes)
    people = pd.Series(rng.random(len(codes)) + 0.5, codes)
    tiers = ["itl1", "itl3"]
    shares = [sg.parent_shares(codes, tier, 2023).rename(tier) for tier in tiers]
    ours = {
        tier: median_seconds(
            partial(sg.decompose, values, given, people, permutations=draws), repeat
        )
        for tier, given in {"itl1": shares[:1], "itl1 and itl3": shares}.items()
    }
    for tier, seconds in ours.items():
        print(f"decompose, {len(codes)} areas, {tier}, {draws} permutations: {seconds:.3f} s")
    if find_spec("inequality") is None:
        print("pysal/inequality is not installed: pip install inequality")
        return
    simulated = import_module("inequality.theil").TheilDSim
    figures, theirs = values.to_numpy(), []
    # Its time is in proportion to the draws, so a tenth of them will do.
    fewer = max(draws // 10, 1)
    for tier in tiers:
        labels = sg.parents(codes, tier, 2023).to_numpy()
        theirs.append(median_seconds(partial(simulated, figures, labels, fewer), repeat))
        theirs[-1] *= draws / fewer
        print(f"TheilDSim, {tier}, {draws} permutations: {theirs[-1]:.3f} s")
    ratios = theirs[0] / ours["itl1"], sum(theirs) / ours["itl1 and itl3"]
    print(f"ratio: itl1 {ratios[0]:.0f}, both tiers {ratios[1]:.0f}")


def bootstrap(draws: int, repeat: int) -> None:
    """Time Gini, Theil and Atkinson of areas drawn with replacement."""
    peers = find_spec("inequality") is not None
    for size in (361, 7264, 35672):
        values = np.random.default_rng(0).lognormal(6, 0.2, size)
        names = ["gini", "theil", "atkinson_1"]
        ours = median_seconds(
            partial(sg.bootstrap_indices, values, indices=names, draws=draws), repeat
        )
        print(f"bootstrap_indices, {size} areas, {draws} draws: {ours:.3f} s")
        if not peers:
            continue
        fewer = max(draws // 10, 1)
        theirs = median_seconds(partial(loop, values, fewer), repeat) * draws / fewer
        print(f"loop over pysal/inequality: {theirs:.3f} s; ratio {theirs / ours:.1f}")


def loop(values: np.ndarray, draws: int) -> list[tuple[float, float, float]]:
    """Return what pysal/inequality finds for areas drawn one set at a time."""
    gini, theil, atkinson = (
        getattr(import_module(f"inequality.{module}"), kind)
        for module, kind in (("gini", "Gini"), ("theil", "Theil"), ("atkinson", "Atkinson"))
    )
    rng = np.random.default_rng(1)
    drawn = (values[rng.integers(len(values), size=len(values))] for _ in range(draws))
    return [(gini(some).g, theil(some).T, atkinson(some, 1).A) for some in drawn]


def million(repeat: int) -> None:
    """Time the weighted Gini of a million areas, and of ten times fewer; peak memory of both."""
    for size in (100_000, 1_000_000):
        rng = np.random.default_rng(0)
        values, people = rng.lognormal(6, 0.2, size), rng.lognormal(0, 1, size)
        seconds = median_seconds(partial(sg.gini, values, people), repeat)
        tracemalloc.start()
        sg.gini(values, people)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(f"gini, {size} areas with weights: {seconds:.3f} s, {peak / 1e6:.0f} MB")


def main() -> None:
    """Print the times."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--permutations", type=int, default=999)
    given = options.parse_args()
    million(given.repeat)
    bootstrap(given.permutations, given.repeat)
    permutations(given.permutations, given.repeat)


if __name__ == "__main__":
    main()
