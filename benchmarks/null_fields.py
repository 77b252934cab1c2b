"""How often is chance called a cluster? Pure noise on the map of UK local authorities.

    python benchmarks/null_fields.py [--fields 4000] [--skewed] [--peers]

Every field is standard normal noise (skewed: its exponential, as skewed as incomes are) over the 361
authorities of 2023, queen contiguity with real links. Printed: the share of areas with p at most
0.05 before correction, the share of fields with any label after it, the distance of p from uniform
(Kolmogorov-Smirnov), the same of the global figure, and of p from the conditional moments and the
normal curve (spdep's localmoran). With --peers, esda and pygeoda as they come, on fewer fields.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.special import erfc

import spatial_gaps as sg
from spatial_gaps.measure.multiple import adjust

TOGETHER = 50
ALPHA = 0.05


def noise(areas: pd.DataFrame, first: int, many: int, skewed: bool) -> pd.DataFrame:
    """Return fields of noise, one per column, each with its own seed."""
    fields = {
        number: np.random.default_rng([6, number]).standard_normal(len(areas))
        for number in range(first, first + many)
    }
    frame = pd.DataFrame(fields, index=areas.index)
    return frame.apply(np.exp) if skewed else frame


def uniform_distance(p: np.ndarray) -> tuple[float, float]:
    """Return the Kolmogorov-Smirnov distance from uniform, and what 5 % of samples exceed."""
    ordered = np.sort(p)
    steps = np.arange(len(p) + 1) / len(p)
    distance = max(np.abs(ordered - steps[1:]).max(), np.abs(ordered - steps[:-1]).max())
    return float(distance), 1.358 / np.sqrt(len(p))


def say(what: str, share: float, times: int) -> None:
    """Print a share with its standard error."""
    error = np.sqrt(share * (1 - share) / times)
    print(f"{what}: {share:.2%} (standard error {error:.2%})", flush=True)


def ours(areas: pd.DataFrame, graph: pd.Series, fields: int, skewed: bool) -> None:
    """Print the error rates of local and global Moran."""
    raw, any_label, least, whole, one_area = [], [], [], [], []
    normal, normal_label = [], []
    for first in range(0, fields, TOGETHER):
        frame = noise(areas, first, min(TOGETHER, fields - first), skewed)
        found = sg.local_moran_panel(frame, graph, seed=first)
        p = found["p"].to_numpy().reshape(frame.shape[1], -1)
        raw.append((p <= ALPHA).mean(axis=1))
        least.append(p.min())
        one_area.append(p[:, 100])
        sure = (found["p_adjusted"] <= ALPHA).to_numpy().reshape(p.shape)
        any_label.append(sure.any(axis=1))
        tails = erfc(found["z"].abs().to_numpy() / np.sqrt(2)).reshape(p.shape)
        normal.append((tails <= ALPHA).mean(axis=1))
        normal_label.append([(adjust(row, "fdr") <= ALPHA).any() for row in tails])
        whole.append(sg.moran_panel(frame, graph, permutations=999, seed=first)["p"].to_numpy())
    labels = np.concatenate(any_label)
    say("local p at most 0.05, before correction", float(np.concatenate(raw).mean()), fields)
    say("fields with any label after correction", float(labels.mean()), fields)
    what = "by conditional moments and the normal curve"
    say(f"{what}, local p at most 0.05", float(np.concatenate(normal).mean()), fields)
    say(f"{what}, fields with any label", float(np.concatenate(normal_label).mean()), fields)
    print(f"least local p seen {min(least):.2e}; least that 14 999 draws can give {2 / 15000:.2e}")
    globals_ = np.concatenate(whole)
    say("global p at most 0.05", float((globals_ <= ALPHA).mean()), fields)
    for name, p in (("global p", globals_), ("p of one area", np.concatenate(one_area))):
        distance, limit = uniform_distance(p)
        print(
            f"{name}: distance from uniform {distance:.4f} (5 % of uniform samples over {limit:.4f})"
        )


def geoda_weights(graph: Any) -> Any:
    """Return the same neighbours for pygeoda, which reads them from a file."""
    codes = list(graph.unique_ids)
    places = {code: number for number, code in enumerate(codes)}
    lines = [f"0 {len(codes)} areas place"]
    for code in codes:
        around = [places[other] for other in graph[code].index if graph[code][other]]
        lines += [f"{places[code]} {len(around)}", " ".join(map(str, around))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "areas.gal"
        path.write_text("\n".join(lines) + "\n", encoding="ascii")
        weights = import_module("pygeoda.weights")
        return weights.read_gal(str(path), [str(number) for number in range(len(codes))])


def peers(areas: pd.DataFrame, graph: pd.Series, fields: int, skewed: bool) -> None:
    """Print the error rates of esda and pygeoda as they come."""
    full = import_module("libpysal.graph").Graph(graph)
    esda = import_module("esda")
    row = full.transform("r")

    def of_esda(values: pd.Series, number: int) -> np.ndarray:
        return np.asarray(esda.Moran_Local(values, row, permutations=999, seed=number).p_sim)

    geoda = import_module("pygeoda")
    weights = geoda_weights(full)

    def of_geoda(values: pd.Series, number: int) -> np.ndarray:
        found = geoda.local_moran(weights, values.tolist(), permutations=999, seed=number + 1)
        return np.asarray(found.lisa_pvalues())

    for name, p_of in (("esda", of_esda), ("pygeoda", of_geoda)):
        ps = [p_of(noise(areas, number, 1, skewed)[number], number) for number in range(fields)]
        say(f"{name}, local p at most 0.05", float((np.array(ps) <= ALPHA).mean()), fields)
        any_area = (np.array(ps) <= ALPHA).any(axis=1).mean()
        say(f"{name}, maps with an area called significant", float(any_area), fields)


def main() -> None:
    """Print the rates."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--fields", type=int, default=4000)
    options.add_argument("--skewed", action="store_true")
    options.add_argument("--peers", action="store_true")
    given = options.parse_args()
    areas = sg.areas("lad", 2023)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sg.SpatialGapsWarning)
        graph = sg.neighbours(areas, islands="link").adjacency
    ours(areas, graph, given.fields, given.skewed)
    if given.peers:
        warnings.simplefilter("ignore")
        peers(areas, graph, min(given.fields, 200), given.skewed)


if __name__ == "__main__":
    main()
