"""Sampling error taken out of indices: against closed forms, and against the truth in simulations."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.measure.correction import correct, corrected_scores, simex
from spatial_gaps.measure.extremes import EXTREMES
from spatial_gaps.measure.gaps import _corrected, gap_indices
from spatial_gaps.measure.indices import INDICES, explain
from spatial_gaps.measure.uncertainty import impute_se

N = 300
RNG = np.random.default_rng(3)
TRUTH = 500 + 60 * RNG.standard_normal(N)
SE = 30 * RNG.uniform(0.5, 1.5, N)
SHARES = RNG.uniform(0.5, 2, N)
SHARES /= SHARES.sum()
PUBLISHED = TRUTH + SE * RNG.standard_normal(N)


def variance(y, n):
    return (y - (y @ n)[..., None]) ** 2 @ n


def contrast(y, n):
    return y @ (n - 1 / N)


@pytest.mark.parametrize("estimator", [corrected_scores, simex])
def test_the_variance_loses_what_the_errors_add(estimator):
    """E[V] = V(truth) + sum n (1 - n) se^2, and Var(V) has the closed form of a quadratic form."""
    estimate, spread = estimator(variance, PUBLISHED, SHARES, SE, draws=4000)
    exact = float(variance(PUBLISHED, SHARES)) - SHARES * (1 - SHARES) @ SE**2
    assert estimate == pytest.approx(exact, rel=0.01)
    distance = PUBLISHED - PUBLISHED @ SHARES
    # 4 a'Sa estimated without bias from figures that hold the errors themselves: less 2 tr(QSQS).
    form = np.diag(SHARES) - np.outer(SHARES, SHARES)
    known = 4 * SHARES**2 @ (distance**2 * SE**2) - 2 * np.trace(
        form @ np.diag(SE**2) @ form @ np.diag(SE**2)
    )
    assert spread == pytest.approx(known, rel=0.05)


@pytest.mark.parametrize("estimator", [corrected_scores, simex])
def test_a_linear_index_keeps_its_value_and_has_the_exact_error(estimator):
    estimate, spread = estimator(contrast, PUBLISHED, SHARES, SE, draws=4000)
    exact = (SHARES - 1 / N) ** 2 @ SE**2
    assert estimate == pytest.approx(float(contrast(PUBLISHED, SHARES)), abs=3 * exact**0.5 / 60)
    assert spread == pytest.approx(exact, rel=0.06)


@pytest.mark.parametrize("name", INDICES)
def test_without_errors_nothing_is_corrected(name):
    found = _corrected(INDICES[name], PUBLISHED, SHARES, np.zeros(N), seed=0)
    value = float(INDICES[name].kernel(PUBLISHED, SHARES))
    assert found.estimate == pytest.approx(value, rel=1e-9)
    assert found.lower == pytest.approx(value, rel=1e-9)
    assert found.upper == pytest.approx(value, rel=1e-9)


def test_a_draw_outside_the_domain_leaves_the_index_without_a_correction():
    y = np.array([1.0, 2.0, 3.0])
    found = correct(INDICES["share_ratio"].kernel, y, np.full(3, 1 / 3), np.full(3, 5.0),
                    analytic=False, form="log")  # fmt: skip
    assert np.isnan(found.estimate)


def test_an_index_lost_in_noise_is_not_assessable():
    y = 100 + np.arange(20.0)
    few = gap_indices(y, se=np.full(20, 1.0)).loc[list(INDICES)]
    assert set(few["reliability"]) == {"assessable"}
    many = gap_indices(y, se=np.full(20, 8.0)).drop(index="mean")
    assert set(many["reliability"]) == {"not assessable"}
    assert (gap_indices(y).loc[list(INDICES), "reliability"] == "").all()


def test_every_index_is_explained():
    others = ("slope_index", "concentration_index", "masking", "spatial_gini", "sigma", "beta")
    for name in (*INDICES, *EXTREMES, *others):
        said = str(explain(name))
        assert name in said
        assert "Beware" in said


@pytest.mark.long
@pytest.mark.parametrize("name", ["theil", "weighted_cv", "gini", "difference", "hoover", "bgsd"])
def test_estimates_centre_on_the_truth_and_intervals_cover_it(name):
    """The full simulation is benchmarks/coverage_smooth.py; here 100 replicates, four standard errors."""
    index = INDICES[name]
    goal = float(index.kernel(TRUTH, SHARES))
    rng = np.random.default_rng(11)
    found = [
        _corrected(index, TRUTH + SE * rng.standard_normal(N), SHARES, SE, seed=seed)
        for seed in range(100)
    ]
    estimates = np.array([each.estimate for each in found])
    assert estimates.mean() == pytest.approx(goal, abs=4 * estimates.std() / 10)
    # Published figures are beyond that: 0.5 squared of the true variance is noise.
    assert float(index.kernel(PUBLISHED, SHARES)) > goal
    hits = sum(each.lower <= goal <= each.upper for each in found)
    assert 87 <= hits <= 100


def test_missing_standard_errors_take_the_median_cv_and_known_ones_stay():
    filled, imputed = impute_se(np.array([10.0, 20.0, 0.0]), np.array([1.0, np.nan, 2.0]))
    assert filled.tolist() == [1.0, 2.0, 2.0]
    assert imputed.tolist() == [False, True, False]
    none, _ = impute_se(np.zeros(2), np.array([1.0, 2.0]))
    assert none.tolist() == [1.0, 2.0]
    with pytest.raises(StatisticUndefined, match="no area has a standard error"):
        impute_se(np.zeros(2), np.array([1.0, np.nan]))
