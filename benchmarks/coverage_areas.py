"""Do intervals from drawing areas with replacement cover the index of where the areas came from?

    python benchmarks/coverage_areas.py [--replicates 1000] [--draws 499] [--out FILE]

Areas of a lognormal population, whose indices are known in closed form, with equal and with unequal
numbers of people: how often `bootstrap_indices` covers them, by number of areas.
"""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import spatial_gaps as sg

SIZES = (12, 25, 50, 100, 200, 361, 1000)


def truth(sigma: float) -> dict[str, float]:
    """Return the indices of a lognormal distribution."""
    half = sigma**2 / 2
    # The top fifth starts 0.8416 standard deviations above the middle.
    top = 1 - _below(0.8416212335729143 - sigma)
    return {
        "gini": math.erf(sigma / 2),
        "theil": half,
        "mld": half,
        "ge_2": (math.exp(sigma**2) - 1) / 2,
        "atkinson_0.5": 1 - math.exp(-half / 2),
        "atkinson_1": 1 - math.exp(-half),
        "atkinson_2": 1 - math.exp(-2 * half),
        "weighted_cv": math.sqrt(math.exp(sigma**2) - 1),
        "hoover": 2 * _below(sigma / 2) - 1,
        "share_ratio": top / _below(-0.8416212335729143 - sigma),
    }


def _below(z: float) -> float:
    return (1 + math.erf(z / math.sqrt(2))) / 2


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--replicates", type=int, default=1000)
    options.add_argument("--draws", type=int, default=499)
    options.add_argument("--out", type=Path)
    given = options.parse_args()
    names = list(truth(0.2))
    lines = [
        "| sigma | people | areas | " + " | ".join(names) + " |",
        "|---" * (3 + len(names)) + "|",
    ]
    for sigma, uneven in ((0.2, 0.0), (0.2, 0.6), (0.5, 0.0)):
        goal = truth(sigma)
        for size in SIZES:
            hits = np.zeros(len(names))
            for number in range(given.replicates):
                rng = np.random.default_rng([5, number])
                areas, people = rng.lognormal(0, sigma, size), rng.lognormal(0, uneven, size)
                found = sg.bootstrap_indices(
                    areas, people, indices=names, draws=given.draws, seed=number
                )
                hits += [found.lower[name] <= goal[name] <= found.upper[name] for name in names]
            kind = "uneven" if uneven else "even"
            cells = " | ".join(f"{hit:.3f}" for hit in hits / given.replicates)
            lines.append(f"| {sigma} | {kind} | {size} | {cells} |")
            print(lines[-1], flush=True)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
