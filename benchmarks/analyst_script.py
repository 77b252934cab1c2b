"""What an analyst writes without this package: read, join, contiguity, Moran, map, file.

python benchmarks/analyst_script.py FIGURES BOUNDARIES OUT [--without-numba]
"""

from __future__ import annotations

import sys

if "--without-numba" in sys.argv:
    sys.modules["numba"] = None  # type: ignore[assignment]

import esda
import geopandas as gpd
import matplotlib
import pandas as pd
from libpysal.graph import Graph

matplotlib.use("Agg")


def main(figures: str, boundaries: str, out: str) -> None:
    table = pd.read_csv(figures, encoding="utf-8-sig")
    table = table[table["period"].str.startswith("2021")].set_index("areacd")["observation"]
    areas = gpd.read_file(boundaries).set_index("LAD23CD")
    areas["value"] = table.reindex(areas.index)
    areas = areas.dropna(subset="value")
    graph = Graph.build_contiguity(areas, rook=False).transform("r")
    print("I", esda.Moran(areas["value"], graph, permutations=999).I)
    local = esda.Moran_Local(areas["value"], graph, permutations=999)
    areas["p"] = local.p_sim
    axis = areas.plot("value", legend=True, missing_kwds={"hatch": "///"})
    axis.figure.savefig(f"{out}/map.png", dpi=150)
    areas.to_file(f"{out}/areas.gpkg")


if __name__ == "__main__":
    main(*[argument for argument in sys.argv[1:] if not argument.startswith("--")])
