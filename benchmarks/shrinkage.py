"""Which model of true values foretells real figures best: regions, neighbours, or either?

    python benchmarks/shrinkage.py [--out FILE]

Each published figure is foretold from all others, with its sampling error. Printed, per metric and
year: how much likelier the figures are (log density, summed over areas) by neighbours alone and by
`shrinkage="both"` than by regions, the estimated share of areas that follow their region, and how many
figures fall into the middle 50, 90 and 95 % of what "both" foretells. Reads ../shared.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from pocket_fields import DATA
from scipy.special import ndtr

import spatial_gaps as sg
from spatial_gaps.flag.places import place_areas
from spatial_gaps.locate import neighbour_shrinkage as ns

SERIES = [
    ("earnings_weekly_median_residence", None, ("2015", "2018", "2021", "2023")),
    ("employment_rate_16_64", "employment_rate_16_64", ("2010", "2015", "2019", "2023")),
    ("wellbeing_life_satisfaction", None, ("2018/19", "2021/22")),
]


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path)
    given = options.parse_args()
    lines = [
        "| metric | period | areas | neighbours - regions | either - regions | follow their region "
        "| inside 50 % | 90 % | 95 % |",
        "|---" * 9 + "|",
    ]
    for file, indicator, periods in SERIES:
        metric = sg.read_metric(DATA / f"{file}.csv", indicator=indicator)
        for period in periods:
            lines.append(f"| {metric.title} | {period} | " + " | ".join(row(metric, period)) + " |")
            print(lines[-1], flush=True)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n")


def row(metric: sg.Metric, period: str) -> list[str]:
    """Return the cells of one metric and period."""
    table = metric.at(period, "lad")
    vintage = sg.detect_vintage(table.index).first_year
    areas = sg.areas("lad", vintage).sort_index()
    table = table.reindex(areas.index)
    values = table["value"].where(table["se"] > 0)
    regions = sg.parents(areas.index, "itl1", vintage)
    graph = sg.neighbours(areas, islands="link")
    places = place_areas(values, regions, None, table["se"], None, graph, 1.0)
    y, scale = places.good, float(places.good.std())
    model = ns.neighbour_model(places.se, places.group, places.links, scale)
    centre, variance = ns.region_moments(y, model.se, model.group)
    by_region = ns._log_density(y - centre, variance + model.se**2)
    ways, fits = ns._ways(y, model)
    logs = np.array([ns._mixed(fits, by_region, share).sum(axis=1) for share in model.apart])
    mass = np.exp(logs - logs.max())
    mass /= mass.sum()
    # Regions alone, without the freedom that areas have which follow nothing else.
    plain = variance - (ns.FREEDOM - 1) / ns.FREEDOM * variance
    alone = ns._log_density(y - centre, plain + model.se**2).sum()
    neighbours = np.log(np.exp(fits.sum(axis=1) - fits.sum(axis=1).max()).mean())
    neighbours += fits.sum(axis=1).max()
    either = np.log(np.exp(logs - logs.max()).mean()) + logs.max()
    reached = np.zeros(len(y))
    region_cdf = ndtr((y - centre) / np.sqrt(variance + model.se**2))
    for at, share in enumerate(model.apart):
        for (middle, spread), weight in zip(ways, mass[at], strict=True):
            if weight > 1e-6:
                cdf = ndtr((y - middle) / np.sqrt(spread + model.se**2))
                reached += weight * ((1 - share) * cdf + share * region_cdf)
    inside = [f"{np.mean(np.abs(reached - 0.5) < level / 2):.0%}" for level in (0.5, 0.9, 0.95)]
    follow = float(mass.sum(axis=1) @ np.array(model.apart))
    return [
        str(len(y)), f"{neighbours - alone:+.0f}", f"{either - alone:+.0f}", f"{follow:.0%}", *inside
    ]  # fmt: skip


if __name__ == "__main__":
    main()
