"""Time gap measures against pysal/inequality, in one run: medians, and how many times as long.

    pip install inequality
    python benchmarks/inequality.py [--repeat 5] [--permutations 999]

Within-parent permutations of the nested decomposition (authorities in ITL 3 in ITL 1, as of 2023,
made-up figures) against `TheilDSim` on the same tiers, one after the other. `TheilDSim` shuffles
areas over the whole country and takes each area as one person; ours keeps areas within their parent,
splits those that straddle, and weights by people.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

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


def main() -> None:
    """Print the times."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--permutations", type=int, default=999)
    given = options.parse_args()
    permutations(given.permutations, given.repeat)


if __name__ == "__main__":
    main()
