"""How long does a map take to draw, with insets, against geopandas without? Medians of repeated runs.

python benchmarks/drawing.py [--data ../shared/data] [--runs 5]

361 local authorities on real boundaries, and 35 672 small areas of England and Wales (needs pyarrow;
said and left out without it). Both write a PNG of the same size with the same number of classes.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np

import spatial_gaps as sg


def theirs(areas: gpd.GeoDataFrame, folder: Path) -> None:
    """Draw the same figures with geopandas, as one would."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 10), dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    areas.plot("class", ax=axes, categorical=True, edgecolor="white", linewidth=0.25)
    figure.savefig(folder / "theirs.png")


def ours(areas: gpd.GeoDataFrame, folder: Path) -> None:
    """Draw a map with title, key and insets."""
    figure = sg.draw_map(areas, higher_is="better", size=(8, 10), title="Title", source="Source")
    sg.save_figure(figure, folder / "ours.png")


def median(work: Callable[[], None], runs: int) -> float:
    """Return the median seconds of some runs after one that warms up."""
    work()
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Print one line per layer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    folder = given.data / "boundaries"
    layers = {"local authorities": gpd.read_file(folder / "lad_2023_uk_buc.gpkg")}
    try:
        layers["small areas"] = gpd.read_parquet(folder / "lsoa_2021_ew_bsc.parquet")
    except ImportError:
        print("small areas are left out: reading them needs pyarrow")
    for name, layer in layers.items():
        code = next(
            column for column in layer if column.lower().startswith(("code", "lad", "lsoa"))
        )
        areas = layer.set_index(code)[["geometry"]].to_crs(27700)
        values = np.random.default_rng(0).normal(size=len(areas))
        areas = areas.assign(name="x", value=values)
        areas["class"] = np.digitize(values, np.quantile(values, [0.2, 0.4, 0.6, 0.8]))
        with tempfile.TemporaryDirectory() as made:
            mine = median(lambda areas=areas, made=made: ours(areas, Path(made)), given.runs)
            peer = median(lambda areas=areas, made=made: theirs(areas, Path(made)), given.runs)
        print(
            f"{len(areas):,} {name}: {mine:.2f} s, geopandas {peer:.2f} s, {peer / mine:.1f} times"
        )


if __name__ == "__main__":
    main()
