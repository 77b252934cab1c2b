"""How much better are pockets found with five years of figures than with one?

    python benchmarks/pockets_pooling.py [--fields 100] [--workers 2] [--noise .67] [--out FILE]

Fields as in pockets.py (Moran's I .5, errors of pay, nothing planted) of which every area's truth
drifts by 0, .05 or .15 standard deviations a year; errors of one area correlate between years by 0,
.5 or .75. Truth: true value of the last year in the bottom fifth of people, region's true mean above
the nation's. Printed: F1 of one year, of `pool_years` with its defaults (drift .15 assumed,
correlation estimated), of the same with drift and correlation known, and the bound: the posterior
given all five years under the very covariances that made them, which nothing can beat on average;
confirmed areas (p >= .9), their precision with its lower 95 % limit, and recall; how many of the
confirmed are right where years are taken as independent.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from pocket_fields import (
    BETWEEN,
    Country,
    covariance,
    draw_fields,
    pockets_of,
    read_country,
    read_errors,
)
from pockets import cut, f1, lower_limit

import spatial_gaps as sg
from spatial_gaps.checks import Array

YEARS = [str(year) for year in range(2017, 2022)]
METHODS: dict[str, dict[str, float] | None] = {
    "one year": None,
    "pooled": {},
    "independent": {"correlation": 0.0, "drift": 0.0},
    "known": {},
}
DRAWS = 1000


def run(task: tuple[float, float, float, int]) -> dict[str, object]:
    """Simulate one setting."""
    noise, drift, common, fields = task
    country = read_country()
    rng = np.random.default_rng([round(100 * v) for v in (noise, drift, common)])
    inside = covariance(country, 0.5)
    se = noise * read_errors(country, "pay")
    start = draw_fields(country, inside, fields, rng)
    found: dict[str, list[Array]] = {name: [] for name in METHODS}
    truth, seen = np.empty(start.shape), np.empty((fields, len(YEARS), len(se)))
    for row, first in enumerate(start):
        walk = np.cumsum(drift * rng.standard_normal((5, len(first))), axis=0)
        true = first + walk - walk[0]
        own = rng.standard_normal((5, len(first)))
        errors = np.sqrt(common) * rng.standard_normal(len(first)) + np.sqrt(1 - common) * own
        seen[row] = true + se * errors
        panel = pd.DataFrame(seen[row].T + 100, index=country.codes, columns=YEARS)
        truth[row] = true[-1]
        for name, options in METHODS.items():
            known = {"correlation": common, "drift": drift} if name == "known" else options
            found[name].append(chances(country, panel, se, known))
    pockets = pockets_of(country, truth)
    found["bound"] = list(bound_of(country, inside, seen, se, drift, common))
    scores: dict[str, object] = {"setting": (noise, drift, common)}
    for name, rows in found.items():
        p = np.array(rows)
        sure = p >= 0.9
        scores[name] = {
            "f1": f1(cut(p), pockets),
            "precision": (cut(p) & pockets).sum() / cut(p).sum(),
            "recall": (cut(p) & pockets).sum() / pockets.sum(),
            "sure": sure.sum(),
            "right": (sure & pockets).sum(),
            "pockets": pockets.sum(),
        }
    return scores


def bound_of(
    country: Country, inside: Array, seen: Array, se: Array, drift: float, common: float
) -> Array:
    """Return p of the posterior given all years (fields, years, n) under what made them."""
    years, n = seen.shape[1:]
    prior = inside + BETWEEN * np.equal.outer(country.group, country.group)
    walk = drift**2 * np.minimum.outer(np.arange(years), np.arange(years))
    alike = common + (1 - common) * np.eye(years)
    total = np.kron(np.ones((years, years)), prior) + np.kron(walk, np.eye(n))
    total += np.kron(alike, np.diag(se**2))
    shared = np.kron(np.ones((1, years)), prior) + np.kron(walk[-1:], np.eye(n))
    gain = np.linalg.solve(total, shared.T).T
    left = prior + walk[-1, -1] * np.eye(n) - gain @ shared.T
    roots, vectors = np.linalg.eigh((left + left.T) / 2)
    spread = vectors * np.sqrt(np.maximum(roots, 0.0))
    rng, p = np.random.default_rng(2), np.empty((len(seen), n))
    for row, figures in enumerate(seen):
        true = gain @ figures.ravel() + rng.standard_normal((DRAWS, n)) @ spread.T
        p[row] = pockets_of(country, true).mean(axis=0)
    return p


def chances(
    country: Country, panel: pd.DataFrame, se: Array, options: dict[str, float] | None
) -> Array:
    """Return p of one year, or of pooled years."""
    people = pd.Series(country.share, index=country.codes)
    error = pd.Series(se, index=country.codes)
    values = panel[YEARS[-1]]
    if options is not None:
        errors = pd.DataFrame(dict.fromkeys(YEARS, error))
        pooled = sg.pool_years(panel, errors, weights=people, **options).table
        values, error = pooled["value"], pooled["se"]
    regions = sorted(country.regions.unique())
    means = pd.Series(country.members @ values.to_numpy(), index=regions)
    noise = pd.Series(np.sqrt(country.members**2 @ error.to_numpy() ** 2), index=regions)
    table = sg.find_pockets(
        values, country.regions, higher_is="better", weights=people, se=error,
        parent_values=means, parent_se=noise, graph=country.graph,
    )  # fmt: skip
    return table["p_pocket"].fillna(0.0).to_numpy(float)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--fields", type=int, default=100)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--noise", type=float, nargs="*", default=[1 / 3, 2 / 3])
    options.add_argument("--out", type=Path)
    given = options.parse_args()
    heads = (
        "noise", "drift", "correlation", "F1 of one year", "pooled", "precision", "recall",
        "pooled / one year", "known / one year", "bound / one year", "confirmed", "right", "lower limit",
        "recall of confirmed", "right if taken as independent",
    )  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    tasks = [
        (*setting, given.fields)
        for setting in product(given.noise, (0.0, 0.05, 0.15), (0.0, 0.5, 0.75))
    ]
    with ProcessPoolExecutor(given.workers, get_context("spawn")) as pool:
        for row in pool.map(run, tasks):
            lines.append(line_of(row, given.fields))
            print(lines[-1], flush=True)
    text = "\n".join(lines) + "\n"
    print(text)
    if given.out:
        given.out.write_text(text)


def line_of(row: dict, fields: int) -> str:
    """Return one row of the table."""
    noise, drift, common = row["setting"]
    one, pooled, naive, known, bound = (row[name] for name in (*METHODS, "bound"))
    share = pooled["right"] / pooled["sure"]
    cells = [
        f"{noise:.2f}", f"{drift}", f"{common}", f"{one['f1']:.3f}", f"{pooled['f1']:.3f}",
        f"{pooled['precision']:.2f}", f"{pooled['recall']:.2f}",
        f"{pooled['f1'] / one['f1']:.2f}", f"{known['f1'] / one['f1']:.2f}",
        f"{bound['f1'] / one['f1']:.2f}",
        f"{pooled['sure'] / fields:.1f}", f"{share:.3f}",
        f"{lower_limit(pooled['right'], pooled['sure']):.3f}",
        f"{pooled['right'] / pooled['pockets']:.2f}", f"{naive['right'] / naive['sure']:.2f}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
