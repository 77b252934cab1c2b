"""Do the intervals of extremes cover the extremes of the true values?

   python benchmarks/coverage_extremes.py [--replicates 500] [--workers 2] [--data DIR] [--out FILE]

Truth and errors as in coverage_smooth.py, with noise from a third of the true spread to as wide as it;
also for 12 and 33 of the areas, another choice in every replicate. An interval spans two shapes of
tails, so it is expected to cover more than 95 %; the bar is 90 %. Noise of 0.8 and 1.0 are
shares of 0.39 and 0.5 of the published variance, beyond what is assessed.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from coverage_smooth import DATA, SERIES, load, make_truth

from spatial_gaps.measure.extremes import _corrected, extremes_of

NOISE = (1 / 3, 2 / 3, 0.8, 1.0)
SIZES = (0, 33, 12)  # 0 for all areas
CHUNK = 25


def replicate(task: tuple[str, float, int, int, Path]) -> dict[str, np.ndarray]:
    """Return, per index and replicate: covered, width, published and corrected over the truth."""
    series, noise, size, first, data = task
    y, published_se, n = load(series, data)
    truth, se = make_truth(y, published_se, n, noise)
    rows: dict[str, list[tuple[float, ...]]] = {}
    for number in range(first, first + CHUNK):
        rng = np.random.default_rng([11, number])
        chosen = rng.choice(len(truth), size, replace=False) if size else np.arange(len(truth))
        t, s, share = truth[chosen], se[chosen], n[chosen] / n[chosen].sum()
        drawn = t + s * rng.standard_normal(len(t))
        # Each direction in every other replicate; the rest has none.
        higher_is = ("better", "worse")[number % 2]
        goal, seen = (extremes_of(v, share, 5, higher_is) for v in (t, drawn))
        found = _corrected(drawn, share, s, 5, higher_is, number)
        for name in goal:
            if name == "mdb":
                continue
            true, ends = float(goal[name]), found[name]
            key = f"{name}, higher is {higher_is}" if name in ("par", "paf") else name
            rows.setdefault(key, []).append(
                (
                    ends.lower <= true <= ends.upper,
                    (ends.upper - ends.lower) / true,
                    float(seen[name]) / true - 1,
                    ends.estimate / true - 1,
                )
            )
    return {name: np.array(values, dtype=float) for name, values in rows.items()}


def main() -> None:
    """Print a table per series, number of areas and noise."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--replicates", type=int, default=500)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--out", type=Path)
    given = options.parse_args()
    lines = [
        "| series | areas | noise | index | coverage of 95 % | width | bias published | bias corrected |",
        "|---|---|---|---|---|---|---|---|",
    ]
    with ProcessPoolExecutor(given.workers, get_context("spawn")) as pool:
        for series in SERIES:
            for size in SIZES:
                for noise in NOISE:
                    starts = range(0, given.replicates, CHUNK)
                    tasks = [(series, noise, size, start, given.data) for start in starts]
                    parts = list(pool.map(replicate, tasks))
                    for name in parts[0]:
                        hit, width, before, after = np.nanmean(
                            np.concatenate([part[name] for part in parts]), axis=0
                        )
                        lines.append(
                            f"| {series} | {size or 'all'} | {noise:.2f} | {name} | {hit:.3f} | "
                            f"{width:.2f} | {before:+.0%} | {after:+.1%} |"
                        )
                        print(lines[-1], flush=True)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
