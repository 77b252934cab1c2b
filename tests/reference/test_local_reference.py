"""Local G and local Geary against R's spdep (values computed outside Python)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.locate.hotspots import local_g
from spatial_gaps.locate.local_geary import local_geary

FILES = {
    "columbus.CRIME.queen_gal": "columbus.queen_gal",
    "columbus.INC.queen_gal": "columbus.queen_gal",
    "columbus.HOVAL.queen_gal": "columbus.queen_gal",
    "sids2.SIDR79": "sids2.gal",
    "us48.pci_1969": "us48.states48_gal",
    "uk_itl3_gva_2022.knn5": "uk_itl3_gva_2022.knn5",
    "lattice3x3": "lattice3x3.rook",
}
GEARY = [name for name in FILES if name.startswith("columbus")]


def read(reference: Path, name: str) -> tuple[pd.DataFrame, pd.Series]:
    """Return expected figures and links; an area without links gets one to itself of weight 0."""
    expected = pd.read_csv(reference / "expected" / f"{name}.local.csv", dtype={"id": str})
    text = {"focal": str, "neighbor": str}
    edges = pd.read_csv(reference / "inputs" / f"{FILES[name]}.csv", dtype=text)
    alone = pd.Index(expected["id"]).difference(edges["focal"])
    edges = pd.concat([edges, pd.DataFrame({"focal": alone, "neighbor": alone, "weight": 0.0})])
    weight = edges.set_index(["focal", "neighbor"])["weight"].astype(float)
    return expected.set_index("id"), weight


@pytest.mark.parametrize("star", [False, True], ids=["Gi", "Gistar"])
@pytest.mark.parametrize("name", FILES)
def test_local_g_equals_spdep(shared, name, star):
    expected, graph = read(shared / "reference", name)
    found = {
        transform: local_g(
            expected["y"], graph, star=star, permutations=99, transform=transform, correction="none"
        )
        for transform in ("binary", "row")
    }
    kind = "Gistar" if star else "Gi"
    held = expected[f"z_{kind}_binary"].notna()
    assert held.sum() > 8
    pairs = [
        ("binary", "G", f"{kind}_binary"),
        ("binary", "expected", f"E_{kind}_binary"),
        ("binary", "variance", f"V_{kind}_binary"),
        ("binary", "z", f"z_{kind}_binary"),
        ("row", "z", f"z_{kind}_rowstd"),
    ]
    for transform, column, theirs in pairs:
        np.testing.assert_allclose(
            found[transform][column][held], expected[theirs][held], rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("name", GEARY)
def test_t15_local_geary_equals_spdep(shared, name):
    expected, graph = read(shared / "reference", name)
    found = local_geary(expected["y"], graph, permutations=99, correction="none")
    np.testing.assert_allclose(found["C"], expected["Ci"], rtol=1e-9)
