"""Time reading: the published weekly pay and its audit, and a tidy file of two million rows.

    python benchmarks/reading.py [--rows 2000000] [--repeat 3]

The large file is made up (real codes, random figures) in a temporary folder. Peak memory is that of
a process of its own, imports and all.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import spatial_gaps as sg


def made_up(path: Path, rows: int) -> None:
    """Write a tidy file: one row per authority and month."""
    codes = list(sg.areas("lad", 2023).index)
    months = pd.period_range("1900-01", periods=-(-rows // len(codes)), freq="M").astype(str)
    figures = np.random.default_rng(0).normal(500, 50, rows).round(1)
    pd.DataFrame(
        {
            "area_code": np.tile(codes, len(months))[:rows],
            "period": np.repeat(months, len(codes))[:rows],
            "value": figures,
        }
    ).to_csv(path, index=False)


def read_and_join(path: str, period: str) -> tuple[float, float]:
    """Return seconds and peak memory in GB."""
    areas = sg.areas("lad", 2023)
    start = time.perf_counter()
    sg.join_metrics(areas, sg.read_metric(path, higher_is="better"), period=period)
    taken = time.perf_counter() - start
    return taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def read_and_audit(path: Path) -> float:
    """Return seconds."""
    areas = sg.areas("lad", 2023)
    start = time.perf_counter()
    sg.audit_join(areas, sg.read_metric(path), period=2021)
    return time.perf_counter() - start


def main() -> None:
    """Print the times."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=2_000_000)
    options.add_argument("--repeat", type=int, default=3)
    given = options.parse_args()
    published = Path(__file__).resolve().parents[2] / "shared/data/metrics/raw"
    pay = published / "explore_local_statistics/gross-median-weekly-pay.csv"
    path = pay if pay.is_file() else sg.sample_path("gross-median-weekly-pay")
    times = [read_and_audit(path) for _ in range(given.repeat + 1)]
    rows = len(sg.read_metric(path).table)
    print(f"{path.name}, {rows} rows, read and audited: first {times[0]:.3f} s, "
          f"warm {np.median(times[1:]):.3f} s")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.csv"
        made_up(large, given.rows)
        for _ in range(given.repeat):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                taken, peak = pool.apply(read_and_join, (str(large), "2000-01"))
            print(f"{given.rows:,} rows, read and joined: {taken:.2f} s, peak {peak:.2f} GB")


if __name__ == "__main__":
    main()
