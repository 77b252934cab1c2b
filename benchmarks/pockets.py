"""Does `find_pockets` find planted pockets, and are its probabilities true?

    python benchmarks/pockets.py [--fields 500] [--workers 2] [--quick] [--moran .7] [--out FILE]

Truth: an area's true value is in the bottom fifth of people and its region's true mean is above the
nation's. Per cell (Moran's I, metric whose standard errors are used, noise as a share of the true
spread, planted pockets): precision, recall and F1 of the areas above the probability that makes the
expected F1 largest; F1 over that of the plain rule (published value in the bottom fifth, region's
published mean above the nation's) and over that of an oracle that knows the model that made the
fields and the noise (but not what was planted); F1 of local Moran's low-high areas after correction
for many tests (50 fields); expected calibration error (10 bins of equal count) and Brier skill over
areas with p >= .05 in regions published as affluent; confirmed areas per field, their precision and
recall.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from pocket_fields import (
    BETWEEN,
    DATA,
    SERIES,
    Country,
    covariance,
    draw_fields,
    plant,
    pockets_of,
    read_country,
    read_errors,
)

import spatial_gaps as sg
from spatial_gaps.checks import Array
from spatial_gaps.flag.lines import read_lines
from spatial_gaps.flag.places import place_areas, place_parents
from spatial_gaps.flag.probability import draw_moments, model_of, probability

DRAWS, MORAN_FIELDS, BINS = 400, 50, 10


@dataclass(frozen=True)
class Cell:
    """One setting of the simulation; `said` is the claimed over the true standard error."""

    moran: float
    metric: str
    noise: float
    planted: int
    clustered: bool
    said: float = 1.0
    heavy: bool = False
    seed: int = 0

    @property
    def label(self) -> str:
        """Return the setting as the first cells of a row."""
        how = " together" if self.clustered else " apart" if self.planted else ""
        extra = f", se x {self.said}" if self.said != 1 else ""
        extra += ", heavy tails" if self.heavy else ""
        return f"{self.moran} | {self.metric}{extra} | {self.noise:.2f} | {self.planted}{how}"


def run(task: tuple[Cell, int]) -> dict[str, object]:
    """Simulate one cell and return its scores."""
    cell, fields = task
    country = read_country()
    rng = np.random.default_rng([cell.seed, int(10 * cell.moran), cell.planted, cell.clustered])
    inside = covariance(country, cell.moran)
    truth = draw_fields(country, inside, fields, rng, cell.heavy)
    if cell.planted:
        truth = plant(country, truth, cell.planted, cell.clustered, rng)
    se = cell.noise * read_errors(country, cell.metric)
    published = truth + se * rng.standard_normal(truth.shape)
    pockets = pockets_of(country, truth)
    # Figures may be of any unit: far from zero, so that no coefficient of variation is large.
    chances, affluent = ours(country, published + 100, cell.said * se)
    plain = pockets_of(country, published)
    oracle = oracle_of(country, inside, published, se)
    scores: dict[str, object] = {"cell": cell, "base": pockets.sum() / fields}
    for name, p in [*chances.items(), ("oracle", oracle)]:
        scores[name] = score(p, pockets, affluent)
    scores["plain"] = f1(plain, pockets)
    some = slice(0, MORAN_FIELDS)
    low = np.array([low_high(country, row) for row in published[some]])
    scores["low-high"] = f1(low, pockets[some])
    return scores


def ours(country: Country, published: Array, se: Array) -> tuple[dict[str, Array], np.ndarray]:
    """Return p of both shrinkages, and the areas of regions that are published as affluent."""
    codes, weights = country.codes, pd.Series(country.share, index=country.codes)
    error, models = pd.Series(se, index=codes), {}
    noise = pd.Series(np.sqrt(country.members**2 @ se**2), index=sorted(country.regions.unique()))
    means = published @ country.members.T
    p = {name: np.empty(published.shape) for name in ("region", "both")}
    rng = np.random.default_rng(1)
    start = place_areas(
        pd.Series(published[0], index=codes), country.regions, weights, error, None,
        country.graph, 1.0,
    )  # fmt: skip
    # One model per cell: it depends on errors, and on figures only through their spread.
    start = replace(start, good=100 + (start.good - 100) / start.good.std() * published.std())
    models = {name: model_of(start, name) for name in p}
    for row, figures in enumerate(published):
        places = replace(start, good=figures)
        parents = place_parents(places, pd.Series(means[row], index=noise.index), noise, None)
        lines = read_lines(places, None, None, None, None, None)
        for name, model in models.items():
            moments = draw_moments(places, model, DRAWS, rng)
            p[name][row] = probability(places, parents, lines, moments, rng).pocket
    affluent = means[:, country.group] > (published @ country.share)[:, None]
    return p, affluent


def oracle_of(country: Country, inside: Array, published: Array, se: Array) -> Array:
    """Return p of the posterior under the covariance that made the fields."""
    n, rng = len(country.codes), np.random.default_rng(2)
    prior = inside + BETWEEN * np.equal.outer(country.group, country.group)
    gain = np.linalg.solve(prior + np.diag(se**2), prior).T
    left = prior - gain @ prior
    roots, vectors = np.linalg.eigh((left + left.T) / 2)
    spread = vectors * np.sqrt(np.maximum(roots, 0.0))
    p = np.empty(published.shape)
    for row, figures in enumerate(published):
        true = gain @ figures + rng.standard_normal((DRAWS, n)) @ spread.T
        p[row] = pockets_of(country, true).mean(axis=0)
    return p


def low_high(country: Country, figures: Array) -> np.ndarray:
    """Return the low areas among high neighbours that stand out after correction for many tests."""
    values = pd.Series(figures, index=country.codes)
    return (sg.local_moran(values, country.graph)["cluster"] == "low-high").to_numpy()


def f1(flagged: np.ndarray, pockets: np.ndarray) -> float:
    """Return F1 over all fields together."""
    return float(2 * (flagged & pockets).sum() / max(flagged.sum() + pockets.sum(), 1))


def cut(p: Array) -> np.ndarray:
    """Return, per field, the areas whose probabilities make the expected F1 largest."""
    order = np.argsort(-p, axis=1, kind="stable")
    reached = np.cumsum(np.take_along_axis(p, order, 1), axis=1)
    expected = 2 * reached / (np.arange(1, p.shape[1] + 1) + reached[:, -1:])
    flagged = np.arange(p.shape[1]) <= expected.argmax(axis=1)[:, None]
    out = np.zeros(p.shape, bool)
    np.put_along_axis(out, order, flagged, 1)
    return out


def score(p: Array, pockets: np.ndarray, affluent: np.ndarray) -> dict[str, float]:
    """Return the scores of probabilities."""
    flagged, sure = cut(p), p >= 0.9
    seen = (p >= 0.05) & affluent
    chance, is_pocket = p[seen], pockets[seen].astype(float)
    bins = np.array_split(np.argsort(chance, kind="stable"), BINS)
    off = [abs(chance[b].mean() - is_pocket[b].mean()) * len(b) for b in bins]
    base = is_pocket.mean() * (1 - is_pocket.mean())
    return {
        "precision": (flagged & pockets).sum() / flagged.sum(),
        "recall": (flagged & pockets).sum() / pockets.sum(),
        "f1": f1(flagged, pockets),
        "ece": sum(off) / len(chance),
        "skill": 1 - np.mean((chance - is_pocket) ** 2) / base,
        "sure": sure.sum(),
        "right": (sure & pockets).sum(),
        "pockets": pockets.sum(),
        "said": p[sure].sum(),
    }


def cells(quick: bool) -> list[Cell]:
    """Return all settings: the required ones, then those of wrong errors and heavy tails."""
    metrics = ["claimants", *SERIES] if DATA.is_dir() else ["claimants"]
    planted = [(0, False), *product((5, 15, 30), (False, True))]
    grid = product((0.3, 0.5, 0.7), metrics, (1 / 3, 2 / 3), planted)
    out = [Cell(i, m, noise, *how) for i, m, noise, how in grid]
    for noise, how in product((1 / 3, 2 / 3), ((0, False), (15, False))):
        base = Cell(0.5, metrics[-1], noise, *how)
        out += [replace(base, said=0.7), replace(base, said=1.4), replace(base, heavy=True)]
    out = out[::9] if quick else out
    return [replace(cell, seed=at) for at, cell in enumerate(out)]


def lower_limit(right: float, sure: float) -> float:
    """Return the lower 95 % limit of a share (Wilson)."""
    z, share = 1.959964, right / sure
    middle = share + z**2 / (2 * sure)
    half = z * np.sqrt(share * (1 - share) / sure + z**2 / (4 * sure**2))
    return float((middle - half) / (1 + z**2 / sure))


def table_of(rows: list[dict], fields: int) -> list[str]:
    """Return the lines of a Markdown table."""
    heads = (
        *("I", "errors of", "noise", "planted", "pockets", "precision", "recall", "F1", "/ plain"),
        *("region / plain", "/ oracle", "low-high F1", "ECE", "skill", "confirmed", "right"),
        "recall of confirmed",
    )
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in rows:
        s, r = row["both"], row["region"]
        right = f"{s['right'] / s['sure']:.2f}" if s["sure"] else ""
        cells_ = [
            row["cell"].label, f"{row['base']:.1f}", f"{s['precision']:.2f}", f"{s['recall']:.2f}",
            f"{s['f1']:.3f}", f"{s['f1'] / row['plain']:.3f}", f"{r['f1'] / row['plain']:.3f}",
            f"{s['f1'] / row['oracle']['f1']:.3f}", f"{row['low-high']:.2f}", f"{s['ece']:.3f}",
            f"{s['skill']:.2f}", f"{s['sure'] / fields:.2f}", right,
            f"{s['right'] / s['pockets']:.3f}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells_)} |")
    return lines


def summary_of(rows: list[dict]) -> list[str]:
    """Return the goals and what was reached, over the cells with right errors and normal tails."""
    held = [row for row in rows if row["cell"].said == 1 and not row["cell"].heavy]
    bare = [row for row in held if not row["cell"].planted]
    lines = []
    for name in ("both", "region", "oracle"):
        ratio = np.array([row[name]["f1"] / row["plain"] for row in held])
        worst = held[int(ratio.argmin())]["cell"].label
        unplanted = np.mean([row[name]["f1"] / row["plain"] for row in bare])
        to_oracle = [row[name]["f1"] / row["oracle"]["f1"] for row in bare]
        sure, right = (sum(row[name][key] for row in held) for key in ("sure", "right"))
        total = sum(row[name]["pockets"] for row in held)
        ece = [
            max(row[name]["ece"] for row in held if bool(row["cell"].planted) == p)
            for p in (False, True)
        ]
        least = min(row[name]["skill"] for row in held)
        lines.append(
            f"* {name}: F1 over the plain rule {ratio.mean():.3f} on average ({unplanted:.3f} where "
            f"nothing is planted), least {ratio.min():.3f} ({worst}), {(ratio < 1).sum()} of "
            f"{len(held)} cells below 1; over the oracle where nothing is planted at least "
            f"{min(to_oracle):.3f}, {np.mean(to_oracle):.3f} on average; calibration error at most "
            f"{ece[0]:.3f} unplanted, {ece[1]:.3f} planted; least Brier skill {least:.2f}; confirmed "
            f"{sure:.0f}, precision {right / sure:.3f} (lower limit {lower_limit(right, sure):.3f}), "
            f"recall {right / total:.3f}"
        )
    return lines


def main() -> None:
    """Print the table and what it comes to."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--fields", type=int, default=500)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--quick", action="store_true", help="every ninth cell")
    options.add_argument("--stress", action="store_true", help="only wrong errors, heavy tails")
    options.add_argument("--moran", type=float, nargs="*", help="only these values of Moran's I")
    options.add_argument("--out", type=Path)
    given = options.parse_args()
    rows = []
    chosen = [
        cell
        for cell in cells(given.quick)
        if (given.moran is None or cell.moran in given.moran)
        and (not given.stress or cell.said != 1 or cell.heavy)
    ]
    tasks = [(cell, given.fields) for cell in chosen]
    with ProcessPoolExecutor(given.workers, get_context("spawn")) as pool:
        for row in pool.map(run, tasks):
            rows.append(row)
            print(table_of([row], given.fields)[-1], flush=True)
    summary = [] if given.stress else summary_of(rows)
    text = "\n".join([*summary, "", *table_of(rows, given.fields)]) + "\n"
    print(text)
    if given.out:
        given.out.write_text(text)


if __name__ == "__main__":
    main()
