"""Inequality indices and nested Theil against plain base-R arithmetic."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.measure.decomposition import decompose
from spatial_gaps.measure.inequality import (
    atkinson,
    generalised_entropy,
    gini,
    hoover,
    mld,
    theil,
    weighted_cv,
)

OURS = {
    "gini": gini,
    "theil_T": theil,
    "theil_L_MLD": mld,
    "atkinson_0.5": lambda y, w: atkinson(y, w, epsilon=0.5),
    "atkinson_1": lambda y, w: atkinson(y, w, epsilon=1),
    "atkinson_2": lambda y, w: atkinson(y, w, epsilon=2),
    "GE_2": lambda y, w: generalised_entropy(y, w, order=2),
    "cv_population": weighted_cv,
    "hoover": hoover,
}


def read_case(reference, case):
    if "input" not in case:
        weights = case["w"]
        return None, pd.Series(case["x"], dtype=float), weights and pd.Series(weights, dtype=float)
    frame = pd.read_csv(reference / "inputs" / case["input"], dtype={"id": str}).set_index("id")
    weights = frame[case["weight"]] if case.get("weight") in frame else None
    return frame, frame[case["variable"]].astype(float), weights


@pytest.mark.parametrize("file", ["inequality.json", "inequality_uk.json"])
def test_indices_equal_r(shared, file):
    reference = shared / "reference"
    seen = 0
    for case in json.loads((reference / "expected" / file).read_text())["cases"]:
        _, values, weights = read_case(reference, case)
        for name, ours in OURS.items():
            if isinstance(case.get(name), (int, float)):
                if (values <= 0).any() and name in ("atkinson_1", "atkinson_2", "theil_L_MLD"):
                    with pytest.raises(StatisticUndefined):
                        ours(values, weights)
                    continue
                assert ours(values, weights) == pytest.approx(case[name], rel=1e-9, abs=1e-15), (
                    case["id"],
                    name,
                )
                seen += 1
    assert seen > 10


@pytest.mark.parametrize("file", ["theil_decomposition.json", "theil_decomposition_uk.json"])
def test_nested_theil_equals_r(shared, file):
    reference = shared / "reference"
    two, three = 0, 0
    for case in json.loads((reference / "expected" / file).read_text())["cases"]:
        frame, values, weights = read_case(reference, case)
        if "groups_column" in case:
            two += check_two_levels(case, frame, values, weights)
        else:
            three += check_three_levels(case, frame, values, weights)
    assert two
    assert three


def check_two_levels(case, frame, values, weights):
    region = frame[case["groups_column"]]
    for index, key in (("theil", "theil_T"), ("mld", "theil_L")):
        if key not in case:
            continue
        result = decompose(values, [region], weights, index=index)
        assert result.total == pytest.approx(case[key]["total"], rel=1e-9)
        assert result.parts["value"].iloc[0] == pytest.approx(case[key]["between"], rel=1e-9)
        assert result.parts["value"]["within"] == pytest.approx(case[key]["within"], rel=1e-9)
        letter = "T" if index == "theil" else "L"
        for name, group in case["groups"].items():
            for part in ("within", "between"):
                expected = group.get(f"contribution_{letter}_{part}")
                if expected is not None:
                    assert result.regions.loc[name, part] == pytest.approx(
                        expected, rel=1e-8, abs=1e-15
                    )
    return 1


def check_three_levels(case, frame, values, weights):
    outer, inner, _ = case["levels"].split(" > ")
    for index, key in (("theil", "theil_T"), ("mld", "theil_L")):
        parts = decompose(values, [frame[outer], frame[inner]], weights, index=index).parts["value"]
        assert parts[outer] == pytest.approx(case[key]["between_level1"], rel=1e-9)
        assert parts[inner] == pytest.approx(case[key]["between_level2_within_level1"], rel=1e-9)
        assert parts["within"] == pytest.approx(case[key]["within_level2"], rel=1e-9)
    return 1
