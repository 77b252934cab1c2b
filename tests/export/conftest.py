"""A small made-up assessment: sixteen squares in two regions, one without a figure."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from spatial_gaps.assessment import Assessment
from spatial_gaps.export.geopackage import write_geopackage
from spatial_gaps.join_audit import JoinAudit
from spatial_gaps.records import (
    Decomposition,
    Estimate,
    Gap,
    Metric,
    Moran,
    Notice,
)

CODES = [f"E0700{k:04d}" for k in range(1, 17)]
TABLE = ["code", "period", "name", "level", "value", "lower", "upper", "se", "status", "note"]


@pytest.fixture
def squares() -> gpd.GeoDataFrame:
    """Areas with figures 100, 110, ...; the last has none; the first has a name full of traps."""
    figures = [100.0 + 10 * k for k in range(15)] + [np.nan]
    names = ['<b>Ynys Môn</b> & "Cwm" [% 1+1 %] d\'Or', *(f"Place {k}" for k in range(2, 17))]
    return gpd.GeoDataFrame(
        {
            "name": names,
            "itl3": [f"TLX{1 + k // 4}" for k in range(16)],
            "itl1": ["TLX" if k < 8 else "TLY" for k in range(16)],
            "itl1_name": ["Left & Right" if k < 8 else "Far" for k in range(16)],
            "value": figures,
            "se": [2.0] * 15 + [np.nan],
            "lower": [figure - 4 for figure in figures],
            "upper": [figure + 4 for figure in figures],
            "status": [""] * 15 + ["[u] <low reliability>"],
            "weight": [1000.0 + k for k in range(16)],
        },
        index=pd.Index(CODES, name="code"),
        geometry=[
            shapely.box(
                1000 * (k // 4), 1000 * (k % 4), 1000 * (k // 4) + 1000, 1000 * (k % 4) + 1000
            )
            for k in range(16)
        ],
        crs="EPSG:27700",
    )


@pytest.fixture
def clusters() -> pd.DataFrame:
    """Every label but low-high stands there once or more."""
    labels = [
        "high-high",
        "low-low",
        "high-low",
        "no neighbours",
        *["not significant"] * 11,
        "undefined",
    ]
    columns = {"I": 0.5, "expected": -0.1, "variance": 0.2, "z": 1.5, "p": 0.04, "p_adjusted": 0.3}
    table = pd.DataFrame(columns, index=pd.Index(CODES, name="code"))
    return table.assign(quadrant="high-high", cluster=labels)


@pytest.fixture
def pockets(squares: gpd.GeoDataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """Two confirmed pockets (the second surer), one likely, one to watch."""
    verdicts = ["confirmed", "confirmed", "likely", "watch", *["no"] * 11, "not assessable"]
    chances = [0.95, 0.99, 0.6, 0.3, *[0.01] * 11, np.nan]
    return pd.DataFrame(
        {
            "value": squares["value"],
            "se": squares["se"],
            "lower": squares["lower"],
            "upper": squares["upper"],
            "parent_value": 180.0,
            "parent_source": "published",
            "contrast": -20.0,
            "z_contrast": -2.0,
            "z_outlier": -1.5,
            "rank_gap": 0.4,
            "p_pocket": chances,
            "benchmark": 150.0,
            "below": [k < 5 for k in range(16)],
            "visible_at": ["lad"] * 5 + [""] * 11,
            "verdict": verdicts,
            "parent": squares["itl1"],
            "parent_name": squares["itl1_name"],
            "people": squares["weight"],
            "is_pocket": [verdict in ("confirmed", "likely") for verdict in verdicts],
            "cluster": clusters["cluster"],
            "sentence": [f"{name} is <poor> & hidden." for name in squares["name"]],
        }
    )


@pytest.fixture
def metric(squares: gpd.GeoDataFrame) -> Metric:
    """Pay, made up: the figures of 2021, and of the financial year before, 10 less each."""
    kept = ["name", "value", "lower", "upper", "se", "status"]
    years = [squares[kept].assign(period="2021"), squares[kept].assign(period="2019/20")]
    years[1]["value"] -= 10
    table = pd.concat(years).rename_axis("code").reset_index().assign(level="lad", note="")
    return Metric(
        "pay", "Pay <weekly> & more", "£", "better", "median", "ratio", "residence", "people",
        "Made-up Statistics Office", "Open Government Licence v3.0", table[TABLE],
    )  # fmt: skip


@pytest.fixture
def graph() -> pd.Series:
    """Squares that share a side."""
    sides = [(k, k + 1) for k in range(15) if k % 4 < 3] + [(k, k + 4) for k in range(12)]
    links = [(CODES[a], CODES[b]) for pair in sides for a, b in (pair, pair[::-1])]
    return pd.Series(1.0, index=pd.MultiIndex.from_tuples(links, names=["focal", "neighbor"]))


@pytest.fixture
def audit() -> JoinAudit:
    """One area without a figure."""
    columns = ["code", "name", "reason"]
    none = pd.DataFrame(columns=columns)
    missing = pd.DataFrame([[CODES[15], "Place 16", "[u] low reliability"]], columns=columns)
    return JoinAudit("lad", 2023, "2021", 16, 16, missing, none, none, none, none, "England")


@pytest.fixture
def made_up(
    squares: gpd.GeoDataFrame,
    clusters: pd.DataFrame,
    pockets: pd.DataFrame,
    metric: Metric,
    audit: JoinAudit,
    graph: pd.Series,
) -> Assessment:
    """All of it; the numbers fit each other no better than an export needs."""
    regions = pd.DataFrame(
        {
            "name": ["Left & Right", "Far"],
            "value": [180.0, 120.0],
            "se": [1.0, 1.0],
            "source": "published",
            "n": [8, 7],
            "below": [5, 0],
            "likely": [1, 0],
            "confirmed": [2, 0],
            "people_below": [5010.0, 0.0],
        },
        index=pd.Index(["TLX", "TLY"], name="itl1"),
    )
    parts = pd.DataFrame(
        {"value": [0.1, 0.2, 0.3], "share": [1 / 6, 1 / 3, 0.5], "p": [0.01, 0.2, np.nan]},
        index=pd.Index(["itl1", "itl3", "within"], name="tier"),
    )
    pieces = {
        "weight": [0.5, 0.5],
        "mean": [135.0, 210.0],
        "within": [0.1, 0.2],
        "between": [-0.1, 0.4],
    }
    indices = {
        "value": [0.1, 0.02],
        "lower": [0.05, 0.01],
        "upper": [0.15, 0.03],
        "note": ["", "noisy"],
    }
    shares = {"hidden_share": [0.32], "raw_share": [0.45], "raw_theil_share": [0.44]}
    return Assessment(
        metric=metric,
        level="lad",
        vintage=2023,
        period="2021",
        areas=squares,
        benchmark=Estimate("K02000001", "United Kingdom", 150.0, 0.5, "published"),
        regions=regions,
        gap=Gap(240.0, 100.0, 140.0, 2.4, CODES[14], CODES[0], 140.0, 15, "better", True),
        indices=pd.DataFrame(indices, index=["gini", "theil"]),
        decomposition=Decomposition("theil", 0.6, parts, pd.DataFrame(pieces, index=regions.index)),
        masking=pd.DataFrame(shares, index=pd.Index(["itl1"], name="tier")),
        moran=Moran(0.5, -0.07, 0.01, 0.01, 5.0, 0.001, 999, 0, 14, (CODES[3],), "keep"),
        clusters=clusters,
        pockets=pockets,
        audit=audit,
        finding=("Left & Right hides 5 places.", "2 are confirmed."),
        layout="boundaries",
        options={"higher_is": "better", "seed": 0},
        notices=(Notice("weights", "weighted by people", (CODES[0],)),),
        graph=graph,
    )


@pytest.fixture
def written(tmp_path: Path, made_up: Assessment) -> Path:
    """The made-up assessment as a file."""
    return write_geopackage(tmp_path / "pay.gpkg", made_up)
