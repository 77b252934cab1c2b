"""Geary's C, Getis-Ord G and join counts against R's spdep (values computed outside Python)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.geary import geary
from spatial_gaps.locate.getis_ord import getis_ord
from spatial_gaps.locate.join_counts import join_counts

GLOBAL = {"global.json": 16, "global_uk.json": 2, "global_uk_gva.json": 1, "global_us48.json": 3}
GEARY = {
    "C": "C",
    "expected": "EC",
    "variance": "VC_randomisation",
    "variance_normality": "VC_normality",
    "z": "z_randomisation_geary_convention",
}


def read_cases(shared: Path, file: str) -> list[dict]:
    return json.loads((shared / "reference" / "expected" / file).read_text())["cases"]


def read(shared: Path, data: str, weights: str) -> tuple[pd.DataFrame, pd.Series]:
    """Return the areas and their adjacency."""
    inputs = shared / "reference" / "inputs"
    frame = pd.read_csv(inputs / f"{data}.csv", dtype={"id": str}).set_index("id")
    edges = pd.read_csv(inputs / f"{weights}.csv", dtype={"focal": str, "neighbor": str})
    links = edges.set_index(["focal", "neighbor"])["weight"].astype(float)
    alone = frame.index.difference(edges["focal"])
    none = pd.Series(0.0, index=pd.MultiIndex.from_arrays([alone, alone], names=links.index.names))
    return frame, pd.concat([links, none])


def figures(case: dict, frame: pd.DataFrame) -> pd.Series:
    """Return the column a case is about; one-column inputs name it otherwise."""
    name = case["variable"].split(",")[0]
    if name in frame:
        return frame[name].astype(float)
    if name.startswith("log10"):
        return np.log10(frame[next(column for column in frame if "area" in column)])
    (only,) = frame.select_dtypes("number")
    return frame[only].astype(float)


@pytest.mark.parametrize("file", GLOBAL)
def test_geary_equals_spdep(shared, file):
    cases = [case for case in read_cases(shared, file) if "geary" in case]
    assert len(cases) == GLOBAL[file]
    for case in cases:
        weights = case["weights"].split(" ")[0]
        frame, graph = read(shared, weights.split(".")[0], weights)
        policy = "keep"
        if case["id"].endswith("n_without_isolates"):
            policy = "adjust"
        elif "isolates_dropped" in case["id"]:
            policy = "drop"
        result = geary(
            figures(case, frame),
            graph,
            permutations=0,
            policy=policy,
            transform="row" if case["transform"] == "row-standardised" else "given",
        )
        for ours, theirs in GEARY.items():
            wanted = pytest.approx(case["geary"][theirs], rel=1e-9)
            assert getattr(result, ours) == wanted, (case["id"], ours)
        z = (result.C - 1) / result.variance_normality**0.5
        assert z == pytest.approx(case["geary"]["z_normality_geary_convention"], rel=1e-9)


def test_getis_ord_equals_spdep(shared):
    cases = read_cases(shared, "getis_ord_global.json")
    assert len(cases) == 4
    for case in cases:
        frame, graph = read(shared, case["weights"].split(".")[0], case["weights"])
        result = getis_ord(figures(case, frame), graph, permutations=0)
        wanted = case["getis_ord_G"]
        assert result.G == pytest.approx(wanted["G"], rel=1e-9), case["id"]
        assert result.expected == pytest.approx(wanted["EG"], rel=1e-9), case["id"]
        assert result.variance == pytest.approx(wanted["VG_corrected_B1"], rel=1e-9), case["id"]
        assert result.z == pytest.approx(wanted["z_corrected_B1"], rel=1e-9), case["id"]


def classes(case: dict, frame: pd.DataFrame) -> pd.Series:
    if case["variable"].startswith("["):
        given = json.loads(case["variable"].split("]")[0] + "]")
        return pd.Series(given, index=frame.index)
    name, _, rule = case["variable"].partition(" > ")
    return (
        (frame[name] > float(rule.split(" ")[0])).astype(int) if rule else frame[name].astype(int)
    )


def test_join_counts_equal_spdep(shared):
    cases = read_cases(shared, "join_counts.json")
    assert len(cases) == 4
    for case in cases:
        frame, graph = read(shared, case["weights"].split(".")[0], case["weights"])
        labels = classes(case, frame)
        assert labels.sum() == case["n_black"]
        result = join_counts(labels, graph, permutations=0)
        assert result["count"].iloc[:-1].sum() == case["join_counts"]["J_total"]
        rows = {"BB": (1, 1), "WW": (0, 0), "BW": (0, 1)}
        for name, pair in [*rows.items(), ("BW", ("all", "unlike"))]:
            found, wanted = result.loc[pair], case["join_counts"]
            assert found["count"] == wanted[name], case["id"]
            assert found["expected"] == pytest.approx(wanted[f"E_{name}"], rel=1e-9), case["id"]
            variance = wanted[f"V_{name}_nonfree"]
            assert found["variance"] == pytest.approx(variance, rel=1e-9), case["id"]
            assert found["z"] == pytest.approx(wanted[f"z_{name}"], rel=1e-9), case["id"]


def test_the_printed_examples_of_spdep_come_out(shared):
    """To 1e-9 of R's recomputation, and to every decimal that the manual prints."""
    frame, graph = read(shared, "oldcol", "oldcol.nb")
    path = shared / "reference" / "published" / "spdep_manual_columbus.json"
    printed = json.loads(path.read_text())["values"]
    crime = frame["CRIME"]
    found = geary(crime, graph, permutations=0)
    row, binary = (moran(crime, graph, permutations=0, transform=t) for t in ("row", "binary"))
    joins = join_counts(frame["high_crime_gt_35"], graph, permutations=0)
    high, low = joins.loc[(1, 1)], joins.loc[(0, 0)]
    assert (high["count"], low["count"]) == (
        printed["join_count_high"]["BB"], printed["join_count_low"]["WW"],
    )  # fmt: skip
    pairs = [
        (found.C, "geary_W", "C"),
        (found.variance, "geary_W", "VC_randomisation"),
        (found.variance_normality, "geary_W_normality", "VC_normality"),
        (row.I, "moran_W", "I"),
        (row.variance, "moran_W", "VI_randomisation"),
        (binary.variance, "moran_B", "VI_randomisation"),
        *((high[name], "join_count_high", name) for name in ("expected", "variance", "z")),
        *((low[name], "join_count_low", name) for name in ("expected", "variance", "z")),
    ]
    for ours, where, name in pairs:
        wanted = printed[where][name]
        assert ours == pytest.approx(wanted["r_recomputed"], rel=1e-9), (where, name)
        half = 0.51 * 10.0 ** -wanted["published_decimals"]
        assert ours == pytest.approx(wanted["published"], abs=half), (where, name)
