"""Moran's I, global and local, against R's spdep (values computed outside Python)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.clusters import local_moran

GLOBAL = ("global.json", "global_uk.json", "global_uk_gva.json", "global_us48.json")
LOCAL = (
    ("columbus.CRIME.queen_gal", "columbus.queen_gal"),
    ("columbus.INC.queen_gal", "columbus.queen_gal"),
    ("columbus.HOVAL.queen_gal", "columbus.queen_gal"),
    ("sids2.SIDR79", "sids2.gal"),
    ("us48.pci_1969", "us48.states48_gal"),
    ("uk_itl3_gva_2022.knn5", "uk_itl3_gva_2022.knn5"),
    ("lattice3x3", "lattice3x3.rook"),
)


def read_input(reference: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(reference / "inputs" / f"{name}.csv", dtype={"id": str}).set_index("id")


def read_weights(reference: Path, name: str, ids: pd.Index) -> pd.Series:
    edges = pd.read_csv(reference / "inputs" / f"{name}.csv", dtype={"focal": str, "neighbor": str})
    alone = ids.difference(edges["focal"])
    edges = pd.concat(
        [edges, pd.DataFrame({"focal": alone, "neighbor": alone, "weight": 0})], ignore_index=True
    )
    return edges.set_index(["focal", "neighbor"])["weight"].astype(float)


def variable(case: dict, frame: pd.DataFrame) -> pd.Series:
    name = case["variable"].split(",")[0]
    if name in frame:
        return frame[name].astype(float)
    if "log10" in name:
        column = next(column for column in frame if "area" in column)
        return np.log10(frame[column]) if not column.startswith("log10") else frame[column]
    numeric = frame.select_dtypes("number")
    assert numeric.shape[1] == 1, (name, list(frame))
    return numeric.iloc[:, 0]


@pytest.mark.parametrize("file", GLOBAL)
def test_t15_global_moran_equals_spdep(shared, file):
    reference = shared / "reference"
    seen = 0
    for case in json.loads((reference / "expected" / file).read_text())["cases"]:
        weights = case["weights"].split(" ")[0]
        frame = read_input(reference, weights.split(".")[0])
        values = variable(case, frame)
        policy = "keep"
        if case["id"].endswith("n_without_isolates"):
            policy = "adjust"
        elif "isolates_dropped" in case["id"]:
            policy = "drop"
        result = moran(
            values,
            read_weights(reference, weights, frame.index),
            permutations=0,
            policy=policy,
            transform="row" if case["transform"] == "row-standardised" else "given",
        )
        expected = case["moran"]
        assert result.I == pytest.approx(expected["I"], rel=1e-9), case["id"]
        assert result.expected == pytest.approx(expected["EI"], rel=1e-9), case["id"]
        assert result.variance == pytest.approx(expected["VI_randomisation"], rel=1e-9), case["id"]
        assert result.variance_normality == pytest.approx(expected["VI_normality"], rel=1e-9)
        assert result.z == pytest.approx(expected["z_randomisation"], rel=1e-9), case["id"]
        seen += 1
    assert seen


@pytest.mark.parametrize(("name", "weights"), LOCAL)
def test_t15_local_moran_equals_spdep(shared, name, weights):
    reference = shared / "reference"
    expected = pd.read_csv(reference / "expected" / f"{name}.local.csv", dtype={"id": str})
    expected = expected.set_index("id")
    result = local_moran(
        expected["y"],
        read_weights(reference, weights, expected.index),
        permutations=999,
        correction="none",
    )
    columns = {
        "I": "Ii_n",
        "expected": "E_Ii_conditional",
        "variance": "Var_Ii_conditional",
        "z": "Z_Ii_conditional",
    }
    for ours, theirs in columns.items():
        np.testing.assert_allclose(result[ours], expected[theirs], rtol=1e-9, atol=1e-12)
    letters = {"HH": "high-high", "LL": "low-low", "LH": "low-high", "HL": "high-low"}
    clear = (expected["z"].abs() > 1e-9) & (expected["spatial_lag_z"].abs() > 1e-9)
    assert (result["quadrant"] == expected["quadrant_mean"].map(letters))[clear].all()


def test_local_moran_with_isolates_kept_equals_spdep(shared):
    reference = shared / "reference"
    expected = pd.read_csv(
        reference / "expected" / "columbus.CRIME.two_isolates.local.csv", dtype={"id": str}
    ).set_index("id")
    weights = read_weights(reference, "columbus.queen_gal_two_isolates", expected.index)
    result = local_moran(expected["y"], weights, permutations=999, correction="none", policy="keep")
    held = result["cluster"] != "no neighbours"
    assert set(result.index[~held]) == {"1", "17"}
    np.testing.assert_allclose(result["I"][held], expected["Ii_n"][held], rtol=1e-9)
    np.testing.assert_allclose(
        result["variance"][held], expected["Var_Ii_conditional"][held], rtol=1e-9
    )
