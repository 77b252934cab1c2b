"""Bivariate Moran and empirical-Bayes Moran against R's spdep (values computed outside Python)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.locate.bivariate import bivariate_moran, local_bivariate_moran
from spatial_gaps.locate.rates import local_moran_rates, moran_rates


def read_frame(reference: Path, name: str) -> pd.DataFrame:
    frame = pd.read_csv(reference / "inputs" / f"{name}.csv", dtype={"id": str})
    return frame.set_index("id").astype(float, errors="ignore")


def read_graph(reference: Path, name: str) -> pd.Series:
    edges = pd.read_csv(reference / "inputs" / f"{name}.csv", dtype={"focal": str, "neighbor": str})
    return edges.set_index(["focal", "neighbor"])["weight"].astype(float)


def cases(reference: Path, name: str) -> list[dict]:
    found = json.loads((reference / "expected" / name).read_text())["cases"]
    assert found
    return found


def test_bivariate_moran_equals_spdep(shared):
    reference = shared / "reference"
    for case in cases(reference, "bivariate.json"):
        frame = read_frame(reference, case["weights"].split(".")[0])
        graph = read_graph(reference, case["weights"])
        found = bivariate_moran(frame[case["x"]], frame[case["y_lagged"]], graph, permutations=0)
        assert pytest.approx(case["moran_bv"]["I_xy"], rel=1e-9) == found.I
        assert found.n == case["n"]


def test_local_bivariate_moran_equals_spdep(shared):
    reference = shared / "reference"
    name = "columbus.CRIME_INC.queen_gal.local_bivariate.csv"
    expected = pd.read_csv(reference / "expected" / name, dtype={"id": str}).set_index("id")["Ibvi"]
    frame, graph = read_frame(reference, "columbus"), read_graph(reference, "columbus.queen_gal")
    found = local_bivariate_moran(
        frame["CRIME"], frame["INC"], graph, permutations=999, correction="none"
    )
    np.testing.assert_allclose(found["I"], expected.reindex(found.index), rtol=1e-9)


def test_empirical_bayes_moran_equals_spdep(shared):
    reference = shared / "reference"
    for case in cases(reference, "empirical_bayes.json"):
        frame = read_frame(reference, case["weights"].split(".")[0])
        graph = read_graph(reference, case["weights"])
        events, population = frame[case["cases"]], frame[case["population"]]
        expected = case["eb_moran"]
        found = moran_rates(events, population, graph, permutations=0)
        assert pytest.approx(expected["I_mean_subtracted"], rel=1e-9) == found.I
        assert found.rate == pytest.approx(expected["b_overall_rate"], rel=1e-9)
        assert found.between == pytest.approx(expected["a"], rel=1e-9)
        assert len(found.floored) == expected["units_with_negative_variance"]
        plain = moran_rates(events, population, graph, permutations=0, mean_subtracted=False)
        assert pytest.approx(expected["I_not_mean_subtracted"], rel=1e-9) == plain.I
        local = local_moran_rates(events, population, graph, permutations=999, correction="none")
        assert local["I"].mean() == pytest.approx(found.I, rel=1e-12)
