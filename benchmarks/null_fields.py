"""How often is chance called a cluster? Pure noise on the map of UK local authorities.

    python benchmarks/null_fields.py [--fields 4000] [--peers]

Every field is standard normal noise over the 361 authorities of 2023, queen contiguity with real
links. Printed: the share of areas with p at most 0.05 before correction, the share of fields with
any label after it, the distance of p from uniform (Kolmogorov-Smirnov), and the same of the global
figure. With --peers, esda and pygeoda as they come, on fewer fields.
"""

from __future__ import annotations

import argparse
import os
import warnings
from importlib import import_module

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

import spatial_gaps as sg

TOGETHER = 50
ALPHA = 0.05


def noise(areas: pd.DataFrame, first: int, many: int) -> pd.DataFrame:
    """Return fields of noise, one per column, each with its own seed."""
    fields = {
        number: np.random.default_rng([6, number]).standard_normal(len(areas))
        for number in range(first, first + many)
    }
    return pd.DataFrame(fields, index=areas.index)


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


def ours(areas: pd.DataFrame, graph: pd.Series, fields: int) -> None:
    """Print the error rates of local and global Moran."""
    raw, any_label, least, whole, one_area = [], [], [], [], []
    for first in range(0, fields, TOGETHER):
        frame = noise(areas, first, min(TOGETHER, fields - first))
        found = sg.local_moran_panel(frame, graph, seed=first)
        p = found["p"].to_numpy().reshape(frame.shape[1], -1)
        raw.append((p <= ALPHA).mean(axis=1))
        least.append(p.min())
        one_area.append(p[:, 100])
        sure = (found["p_adjusted"] <= ALPHA).to_numpy().reshape(p.shape)
        any_label.append(sure.any(axis=1))
        whole.append(sg.moran_panel(frame, graph, permutations=999, seed=first)["p"].to_numpy())
    labels = np.concatenate(any_label)
    say("local p at most 0.05, before correction", float(np.concatenate(raw).mean()), fields)
    say("fields with any label after correction", float(labels.mean()), fields)
    print(f"least local p seen {min(least):.2e}; least that 14 999 draws can give {2 / 15000:.2e}")
    globals_ = np.concatenate(whole)
    say("global p at most 0.05", float((globals_ <= ALPHA).mean()), fields)
    for name, p in (("global p", globals_), ("p of one area", np.concatenate(one_area))):
        distance, limit = uniform_distance(p)
        print(
            f"{name}: distance from uniform {distance:.4f} (5 % of uniform samples over {limit:.4f})"
        )


def peers(areas: pd.DataFrame, graph: pd.Series, fields: int) -> None:
    """Print the error rate of esda's default and of its two-sided option, where it is installed."""
    esda = import_module("esda")
    full = import_module("libpysal.graph").Graph(graph).transform("r")
    for sided in ({}, {"alternative": "two-sided"}):
        shares, any_label = [], []
        for number in range(fields):
            values = noise(areas, number, 1)[number]
            try:
                found = esda.Moran_Local(values, full, permutations=999, seed=number, **sided)
            except TypeError:
                print(f"esda {esda.__version__} does not take {sided}")
                break
            shares.append((found.p_sim <= ALPHA).mean())
            any_label.append((found.p_sim <= ALPHA).any())
        else:
            name = f"esda {esda.__version__} {sided or 'as it comes'}"
            say(f"{name}, local p at most 0.05", float(np.mean(shares)), fields)
            say(f"{name}, maps with an area called significant", float(np.mean(any_label)), fields)


def main() -> None:
    """Print the rates."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--fields", type=int, default=4000)
    options.add_argument("--peers", action="store_true")
    given = options.parse_args()
    areas = sg.areas("lad", 2023)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sg.SpatialGapsWarning)
        graph = sg.neighbours(areas, islands="link").adjacency
    ours(areas, graph, given.fields)
    if given.peers:
        warnings.simplefilter("ignore")
        peers(areas, graph, min(given.fields, 200))


if __name__ == "__main__":
    main()
