"""Side by side, cold, each in a new process: `spatial-gaps assess` and the plain analyst script.

    python benchmarks/assess.py [--data DIR] [--repeat 3]

DIR holds boundaries/ and metrics/ (../shared/data unless given). Needs esda, and numba for the first
comparison, as the pysal meta-package installs it.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAY = "metrics/raw/explore_local_statistics/gross-median-weekly-pay.csv"
SHAPES = "boundaries/lad_2023_uk_buc.gpkg"


def seconds(command: list[str], repeat: int) -> float:
    """Return the shortest wall time of a command, in seconds."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    data = options.data
    with tempfile.TemporaryDirectory() as out:
        ours = [
            sys.executable, "-m", "spatial_gaps.cli", "assess", str(data / PAY), "--level", "lad",
            "--vintage", "2023", "--period", "2021", "--higher-is", "better",
            "--weights", str(data / "metrics/tidy/population_total.csv"),
            "--boundaries", str(data / SHAPES), "--seed", "1", "--out", out,
        ]  # fmt: skip
        script = [
            sys.executable,
            str(ROOT / "benchmarks/analyst_script.py"),
            str(data / PAY),
            str(data / SHAPES),
            out,
        ]
        rows = {"spatial-gaps assess": seconds(ours, options.repeat)}
        if importlib.util.find_spec("numba"):
            rows["analyst script, numba installed"] = seconds(script, options.repeat)
        rows["analyst script, without numba"] = seconds(
            [*script, "--without-numba"], options.repeat
        )
        rows["import spatial_gaps"] = seconds([sys.executable, "-c", "import spatial_gaps"], 5)
        rows["spatial-gaps --help"] = seconds(
            [sys.executable, "-m", "spatial_gaps.cli", "--help"], 5
        )
        rows["python alone"] = seconds([sys.executable, "-c", "pass"], 5)
    base = rows["spatial-gaps assess"]
    print(f"{'command':36}{'seconds':>9}{'ratio':>8}")
    for name, taken in rows.items():
        print(f"{name:36}{taken:9.2f}{taken / base:8.2f}")


if __name__ == "__main__":
    main()
