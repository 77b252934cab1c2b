"""A made-up assessment: a grid of squares, or real areas, with figures from a fixed seed."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

from spatial_gaps.assessment import Assessment
from spatial_gaps.join_audit import JoinAudit
from spatial_gaps.measure.classes import CLUSTER_COLOURS
from spatial_gaps.records import Decomposition, Estimate, Gap, Metric, Moran, Notice

HOSTILE = [
    "<script>alert(1)</script>",
    '"onerror=alert(1) x="',
    "</script><b>",
    r"$\frac{1}{2}$ {{ 7 * 7 }} {% raw %}",
    "'><img src=x onerror=alert(1)>",
    "Llanfair&shy;pwll &amp; <!-- -->",
    "x" * 10_000,
    "\u202egnireenigne",
]


def frame(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["code", "name", "reason"])


def make(areas: gpd.GeoDataFrame, layout: str = "boundaries") -> Assessment:
    """Return a made-up assessment of real or made-up areas (name, itl1, itl1_name, geometry)."""
    n = len(areas)
    rng = np.random.default_rng(7)
    value = 500 + 60 * rng.standard_normal(n)
    areas = areas.assign(
        value=value, se=10.0, lower=value - 19.6, upper=value + 19.6, status="", weight=1000.0 * n
    )
    first = areas.index[0]
    areas.loc[first, ["value", "se", "lower", "upper"]] = np.nan
    areas.loc[first, "status"] = "suppressed"
    cycle = np.array(["confirmed", "likely", "watch", *["no"] * 5], dtype=object)
    verdicts = np.resize(cycle, n)
    verdicts[0] = "not assessable"
    pockets = pd.DataFrame(
        {
            "verdict": verdicts,
            "p_pocket": np.where(
                verdicts == "confirmed", 0.95, np.where(verdicts == "likely", 0.6, 0.1)
            ),
            "is_pocket": np.isin(verdicts, ["confirmed", "likely"]),
            "parent": areas["itl1"],
            "parent_name": areas["itl1_name"],
            "parent_source": "published",
            "parent_value": 530.25,
            "below": verdicts != "no",
            "people": areas["weight"],
            "sentence": [f"{name} in words." for name in areas["name"]],
        },
        index=areas.index,
    )
    pockets.loc[first, "p_pocket"] = np.nan
    clusters = pd.DataFrame({"cluster": np.resize(list(CLUSTER_COLOURS), n)}, index=areas.index)
    regions = areas.groupby("itl1")["itl1_name"].agg(name="first", n="size")
    regions = regions.assign(
        value=np.linspace(530, 480, len(regions)), se=2.0, source="published", below=2, likely=1,
        confirmed=1, people_below=12345.0,
    )  # fmt: skip
    indices = pd.DataFrame(
        {
            "value": [0.0832, 1.42, np.nan], "corrected": [0.0751, 1.38, np.nan],
            "lower": [0.07, 1.3, np.nan], "upper": [0.08, 1.5, np.nan],
            "note": ["", "", "undefined: 3 values are negative"],
        },
        index=["gini", "share_ratio", "theil"],
    )  # fmt: skip
    parts = pd.DataFrame(
        {"value": [0.006, 0.002, 0.003], "share": [0.55, 0.18, 0.27], "p": [0.01, 0.01, np.nan]},
        index=["itl1", "itl3", "within"],
    )
    masking = pd.DataFrame(
        {"hidden_share": [0.325, 0.1], "raw_share": [0.456, 0.2], "raw_theil_share": [0.48, 0.3]},
        index=["itl1", "itl3"],
    )
    audit = JoinAudit(
        "lad", 2023, "2021", n, n, frame([(first, areas["name"].iloc[0], "suppressed")]),
        frame([]), frame([]), frame([(f"E1{k:07}", f"County {k}", "county") for k in range(70)]),
        frame([]), "United Kingdom",
    )  # fmt: skip
    return Assessment(
        metric=Metric(
            "pay", "Median weekly pay", "£", "better", "median", "ratio", "residence", "employees",
            "Office for National Statistics", "Open Government Licence v3.0", pd.DataFrame(),
        ),
        level="lad", vintage=2023, period="2021", areas=areas,
        benchmark=Estimate("K02000001", "United Kingdom", 505.1, 1.0, "published"),
        regions=regions,
        gap=Gap(
            640.0, 420.0, 220.0, 1.52, first, areas.index[-1], 500.0, n, "better", True,
            corrected=212.0, lower=205.0, upper=235.0,
        ),
        indices=indices, decomposition=Decomposition("theil", 0.011, parts, pd.DataFrame()),
        masking=masking,
        moran=Moran(0.65, -0.07, 0.01, 0.01, 5.0, 0.0002, 9999, 0, n, (first,), "keep", 0.88, 0.3),
        clusters=clusters, pockets=pockets, audit=audit,
        finding=("Averages hide 4 places.", "Four more sentences.", "And one."), layout=layout,
        options={"seed": 0}, notices=(Notice("weights-year", "Weights are of another year."),),
    )  # fmt: skip


def grid() -> gpd.GeoDataFrame:
    """A grid of 4 x 4 squares of 10 km in two regions."""
    codes = [f"E070000{k:02}" for k in range(16)]
    frame = pd.DataFrame(
        {
            "name": [f"Place {chr(65 + k)}" for k in range(16)],
            "itl1": ["TLH" if k % 4 < 2 else "TLJ" for k in range(16)],
            "itl1_name": ["East" if k % 4 < 2 else "South East" for k in range(16)],
        },
        index=pd.Index(codes, name="code"),
    )
    squares = [
        box(
            4e5 + 1e4 * (k % 4), 2e5 + 1e4 * (k // 4), 4.1e5 + 1e4 * (k % 4), 2.1e5 + 1e4 * (k // 4)
        )
        for k in range(16)
    ]
    return gpd.GeoDataFrame(frame, geometry=squares, crs="EPSG:27700")
