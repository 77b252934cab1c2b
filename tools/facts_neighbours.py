"""Pairs of areas that share a border, from layers whose shared vertices are identical."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from facts_lookup import read_layer

LAYERS = (
    *(
        (level, year, f"{level}_{year}_uk_buc_dissolved")
        for level in ("itl1", "itl2")
        for year in (2021, 2025)
    ),
    ("itl3", 2021, "itl3_2021_uk_buc_snapped"),
    ("itl3", 2025, "itl3_2025_uk_buc"),
    *(("lad", year, f"lad_{year}_uk_buc") for year in range(2019, 2026)),
)


def _pairs(layer: gpd.GeoDataFrame) -> pd.DataFrame:
    shapes = layer.geometry.values
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    edges = shapely.boundary(shapes)
    border = shapely.length(shapely.intersection(edges[left], edges[right], grid_size=0.001))
    codes = layer.index.to_numpy()
    rows = pd.DataFrame({"a": codes[left], "b": codes[right], "border_m": border})
    rows["border_m"] = rows["border_m"].round().astype(int)
    return rows


def neighbours(folder: Path) -> pd.DataFrame:
    """Return queen neighbours (a < b); those that meet in a point only have a border of 0 m."""
    parts = []
    for level, vintage, stem in LAYERS:
        rows = _pairs(read_layer(folder, stem))
        rows.insert(0, "level", level)
        rows.insert(1, "vintage", vintage)
        parts.append(rows.assign(source=stem))
    return pd.concat(parts).sort_values(["level", "vintage", "a", "b"], ignore_index=True)
