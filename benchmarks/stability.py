"""Are labels of clusters as probable as `cluster_stability` says?

    python benchmarks/stability.py [--worlds 8]

Worlds: draws of what true weekly pay of 2021 may be, given that neighbours are alike; in each, new
figures with the published errors, and with twice these. Printed: how often a label is true by the
probability that was claimed, and how many labels called stable are wrong.
"""

from __future__ import annotations

import argparse
import os
import warnings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

import spatial_gaps as sg
from spatial_gaps.locate.spatial_posterior import spatial_draws
from spatial_gaps.locate.weights import on_graph
from spatial_gaps.measure.uncertainty import impute_se

EDGES = [-0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0]
LABELS = ("high-high", "low-low", "not significant")


def main() -> None:
    """Print two tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--worlds", type=int, default=8)
    given = options.parse_args()
    warnings.simplefilter("ignore", sg.SpatialGapsWarning)
    areas = sg.areas("lad", 2023)
    pay = sg.read_metric(sg.sample_path("gross-median-weekly-pay")).at(2021, "lad")
    pay = pay.reindex(areas.index)
    whole = sg.neighbours(areas, islands="link")
    placed = on_graph(pay["value"], whole, "drop")
    codes = placed.codes[placed.used]
    graph = whole.subgraph(list(codes))
    se = impute_se(placed.y, pay["se"].reindex(codes).to_numpy())[0]
    worlds, _ = spatial_draws(placed.y, se, placed.links, given.worlds, np.random.default_rng(1))
    claims, totals = [], []
    for noise in (1, 2):
        for spatial in (True, False):
            kind = {"noise": noise, "shrunk towards": "neighbours" if spatial else "the mean"}
            for number, world in enumerate(worlds):
                truth, error = pd.Series(world, codes), pd.Series(se * noise, codes)
                rng = np.random.default_rng([2, number])
                seen = truth + error * rng.standard_normal(len(codes))
                labels = sg.local_moran(truth, graph)["cluster"]
                found = sg.cluster_stability(
                    seen, graph, error, spatial=spatial, draws=100, seed=number
                )
                wrong = found["stable"] & (found["cluster"] != labels)
                totals.append(kind | {"stable": found["stable"].sum(), "wrong": wrong.sum()})
                for label in LABELS:
                    rows = pd.DataFrame({"claim": found[label], "true": labels == label})
                    claims.append(rows.assign(**kind))
    table = pd.concat(claims)
    by = [*("noise", "shrunk towards"), pd.cut(table["claim"], EDGES).rename("probability")]
    told = table.groupby(by, observed=True).agg(
        labels=("true", "size"), claimed=("claim", "mean"), true=("true", "mean")
    )
    print(told.round(3).to_string())
    print(pd.DataFrame(totals).groupby(["noise", "shrunk towards"]).sum().to_string())


if __name__ == "__main__":
    main()
