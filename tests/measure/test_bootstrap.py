"""Areas drawn with replacement: equal to drawing them one by one, and covering what was promised."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.measure.bootstrap import _replicates, bootstrap_indices
from spatial_gaps.measure.indices import INDICES

RNG = np.random.default_rng(7)
FIGURES, PEOPLE = RNG.lognormal(6, 0.4, 60), RNG.lognormal(0, 0.5, 60)


@pytest.mark.parametrize("name", INDICES)
def test_draws_equal_indices_of_the_drawn_areas(name):
    n = PEOPLE / PEOPLE.sum()
    (found,) = _replicates(FIGURES, n, [name], 40, 3)
    order = np.argsort(FIGURES)
    drawn = order[np.random.default_rng(3).integers(60, size=(40, 60), dtype=np.int32)]
    for row, chosen in zip(found[:, 0], drawn, strict=True):
        held = n[chosen] / n[chosen].sum()
        assert row == pytest.approx(float(INDICES[name].kernel(FIGURES[chosen], held)), rel=1e-9)


def test_values_are_those_of_the_figures_and_refusals_say_why():
    table = bootstrap_indices([1.0, 0.0, 3.0] * 100, draws=99)
    assert table.loc["gini", "value"] == pytest.approx(0.5)  # pairs 12 / 9, over twice 4 / 3
    assert "zero or negative" in table.loc["mld", "note"]
    assert np.isnan(table.loc["mld", ["value", "lower"]].astype(float)).all()
    with pytest.raises(InputError, match="gini"):
        bootstrap_indices([1.0, 2.0], indices=["ginny"])
    with pytest.raises(InputError, match="draws"):
        bootstrap_indices([1.0, 2.0], draws=9)


def test_few_areas_are_said_to_be_few():
    def words(areas: int) -> str:
        return bootstrap_indices(FIGURES[:areas], indices=["gini"]).loc["gini", "reliability"]

    assert words(49) == "not assessable"
    assert words(60) == "with care"
    alike = bootstrap_indices(np.full(300, 2.0), indices=["gini", "mean"])
    assert alike.loc["gini", "reliability"] == "not assessable"
    assert alike.loc["mean", ["lower", "upper"]].tolist() == pytest.approx([2.0, 2.0])


def test_order_unit_and_unit_of_weight_change_nothing():
    codes = [f"a{number}" for number in range(60)]
    first = bootstrap_indices(pd.Series(FIGURES, codes), pd.Series(PEOPLE, codes), seed=1)
    turned = pd.Series(FIGURES[::-1] * 1e6, codes[::-1])
    second = bootstrap_indices(turned, pd.Series(PEOPLE * 9, codes), seed=1)
    same = [name for name, index in INDICES.items() if index.relative]
    columns = ["value", "se", "lower", "upper"]
    pd.testing.assert_frame_equal(
        first.loc[same, columns], second.loc[same, columns], rtol=1e-9, check_dtype=False
    )


def test_intervals_cover_the_index_of_the_population_that_areas_came_from():
    # Of a lognormal with sigma s: Gini erf(s / 2), Theil and MLD s^2 / 2, Atkinson 1 - exp(-s^2 / 2).
    s, hits = 0.3, []
    truth = {
        "gini": math.erf(s / 2),
        "theil": s**2 / 2,
        "mld": s**2 / 2,
        "atkinson_1": 1 - math.exp(-(s**2) / 2),
    }
    for number in range(300):
        areas = np.random.default_rng([4, number]).lognormal(0, s, 300)
        found = bootstrap_indices(areas, indices=list(truth), draws=199, seed=number)
        hits.append([found.lower[k] <= v <= found.upper[k] for k, v in truth.items()])
    coverage = np.mean(hits, axis=0)
    assert (np.abs(coverage - 0.94) < 0.035).all(), coverage
