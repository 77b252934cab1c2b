"""Slope and concentration indices against base R, and against WHO's healthequal."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.measure.gradients import concentration_index, relative_index, slope_index
from spatial_gaps.measure.ridits import quasi_fit, ridits

# The example in healthequal's own tests (1.0.1, CRAN); people are round(rnorm(5, 100, 40)) after
# set.seed(123) in R.
PEOPLE = np.array([78.0, 91, 162, 103, 105])
FIGURES = np.array([20.0, 30, 40, 50, 60])


def test_deciles_equal_r(shared):
    folder = shared / "reference"
    deciles = pd.read_csv(folder / "inputs" / "deciles_made_up.csv", index_col="decile")
    rank = deciles.index.to_series()
    cases = json.loads((folder / "expected" / "sii_rii.json").read_text())["cases"]
    assert [case["variable"] for case in cases] == ["life_expectancy", "smoking_pct"]
    for case, direction in zip(cases, ("better", "worse"), strict=True):
        sign = 1 if direction == "better" else -1
        y = deciles[case["variable"]]
        kind = {"higher_is": direction, "ranking_higher_is": "better"}
        people = deciles["population"]
        expected, mean = case["weighted_least_squares"], case["population_mean"]
        found = slope_index(y, rank, weights=people, **kind)
        assert found.top - found.bottom == pytest.approx(expected["SII"], rel=1e-9)
        assert found.value == pytest.approx(sign * expected["SII"], rel=1e-9)
        assert found.bottom == pytest.approx(expected["intercept"], rel=1e-9)
        ratio = relative_index(y, rank, weights=people, **kind).value
        assert ratio == pytest.approx(expected["RII_ratio_fit1_over_fit0"] ** sign, rel=1e-9)
        # The other definition of the name: the slope over the mean.
        assert sign * found.value / mean == pytest.approx(expected["RII_SII_over_mean"], rel=1e-9)
        for absolute, key in ((True, "absolute"), (False, "relative")):
            index = concentration_index(y, rank, weights=people, absolute=absolute, **kind)
            assert sign * index.value == pytest.approx(case[f"{key}_concentration_index"], rel=1e-9)
            assert index.mean == pytest.approx(mean, rel=1e-12)


def test_concentration_equals_healthequal():
    rank = np.arange(5.0)
    kind = {"weights": PEOPLE, "higher_is": "better", "ranking_higher_is": "better"}
    absolute = concentration_index(FIGURES, rank, absolute=True, **kind)
    assert absolute.value == pytest.approx(7.3284202, rel=1e-6)
    assert concentration_index(FIGURES, rank, **kind).value == pytest.approx(0.17776859, rel=1e-6)


def test_logit_fit_equals_healthequal():
    """It rounds to whole cases and, for grouped data, counts people twice: so does this test."""
    u = ridits(np.arange(5.0), PEOPLE / PEOPLE.sum()) - 0.5
    share = np.round(FIGURES / 100 * PEOPLE) / PEOPLE
    twice = PEOPLE**2 / (PEOPLE**2).sum()
    (bottom, top), _ = quasi_fit(twice @ share, (twice * u) @ share, u, twice, "logit")
    assert 100 * (top - bottom) == pytest.approx(44.44502, rel=1e-6)
    assert top / bottom == pytest.approx(3.159506, rel=1e-6)
