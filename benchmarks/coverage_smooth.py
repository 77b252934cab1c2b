"""Do 95 % intervals cover 95 %? Indices of true values, simulated on the UK's real sampling errors.

    python benchmarks/coverage_smooth.py [--replicates 2000] [--workers 2] [--data DIR] [--out FILE]

Truth: published figures shrunk to their noise-corrected spread. Errors: the published standard
errors, scaled so that their weighted root mean square is a third or two thirds of the true standard
deviation. Each replicate draws new errors and computes every index with its interval as
`gap_indices` does. Printed: coverage, bias of the published index and of the corrected one.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import spatial_gaps as sg
from spatial_gaps.measure.gaps import _corrected
from spatial_gaps.measure.indices import INDICES
from spatial_gaps.measure.uncertainty import noise_variance

DATA = Path(__file__).resolve().parents[2] / "shared/data/metrics/tidy"
SERIES = {
    "weekly pay 2021": ("earnings_weekly_median_residence", None, "2021"),
    "employment 2023": ("employment_rate_16_64", "employment_rate_16_64", "2023"),
    "male healthy life expectancy 2018-2020": (
        "healthy_life_expectancy",
        "healthy_life_expectancy_male",
        "2018-2020",
    ),
}
NOISE = (1 / 3, 2 / 3)
# The same up to a factor as another one.
TWINS = ("gini_mean_difference", "idis")
CHUNK = 50


def load(series: str, data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return published figures, standard errors and shares of people."""
    file, indicator, period = SERIES[series]
    rows = sg.read_metric(data / f"{file}.csv", indicator=indicator).at(period)
    rows = rows[rows["level"].isin(["lad", "county"]) & rows["se"].gt(0) & rows["value"].notna()]
    people = sg.read_metric(data / "population_total.csv").at(2021)["value"].reindex(rows.index)
    people = people.fillna(people.median())
    return (
        rows["value"].to_numpy(),
        rows["se"].to_numpy(),
        (people / people.sum()).to_numpy(),
    )


def make_truth(
    y: np.ndarray, se: np.ndarray, n: np.ndarray, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return true values and standard errors of a simulation."""
    middle = n @ y
    total = n @ (y - middle) ** 2
    true = max(total - noise_variance(n, se), 0.2 * total)
    truth = middle + (y - middle) * np.sqrt(true / total)
    return truth, se * noise * np.sqrt(true) / np.sqrt(n @ se**2)


def replicate(task: tuple[str, float, int, Path]) -> dict[str, np.ndarray]:
    """Return, per index and replicate: whether covered, published and corrected value."""
    series, noise, first, data = task
    y, se, n = load(series, data)
    truth, error = make_truth(y, se, n, noise)
    goal = {name: float(index.kernel(truth, n)) for name, index in INDICES.items()}
    rows: dict[str, list[tuple[float, ...]]] = {}
    for number in range(first, first + CHUNK):
        drawn = truth + error * np.random.default_rng([9, number]).standard_normal(len(truth))
        for name, index in INDICES.items():
            if name in TWINS:
                continue
            found = _corrected(index, drawn, n, error, seed=number)
            hit = found.lower <= goal[name] <= found.upper
            published = float(index.kernel(drawn, n))
            rows.setdefault(name, []).append(
                (hit, published / goal[name] - 1, found.estimate / goal[name] - 1)
            )
    return {name: np.array(values) for name, values in rows.items()}


def main() -> None:
    """Print a table per series and noise."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--replicates", type=int, default=2000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--out", type=Path)
    given = options.parse_args()
    lines = [
        "| series | noise | index | coverage of 95 % | bias published | bias corrected |",
        "|---|---|---|---|---|---|",
    ]
    with ProcessPoolExecutor(given.workers, get_context("spawn")) as pool:
        for series in SERIES:
            for noise in NOISE:
                starts = range(0, given.replicates, CHUNK)
                tasks = [(series, noise, start, given.data) for start in starts]
                parts = list(pool.map(replicate, tasks))
                for name in parts[0]:
                    hit, before, after = np.concatenate([part[name] for part in parts]).T
                    lines.append(
                        f"| {series} | {noise:.2f} | {name} | {hit.mean():.3f} | "
                        f"{before.mean():+.1%} | {after.mean():+.2%} |"
                    )
                    print(lines[-1], flush=True)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
