"""Rank mobility: what giddy computes, beside what sampling noise alone would show."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau

from spatial_gaps import read_metric
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.locate.mobility import rank_mobility

YEARS = ["2015", "2023"]


@pytest.fixture
def giddy():
    return pytest.importorskip("giddy", reason="giddy, of the extra 'pysal', is not installed")


def panel_of(first, last):
    return pd.DataFrame({"2015": first, "2023": last}, dtype=float)


def test_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "giddy.markov", None)
    with pytest.raises(InputError, match=r"pip install 'spatial-gaps\[pysal\]'"):
        rank_mobility(panel_of([1, 2, 3], [1, 2, 3]), classes=3)


def test_errors_need_a_correlation_and_classes_need_areas():
    panel = panel_of([1, 2, 3], [1, 2, 3])
    with pytest.raises(InputError, match="error_correlation"):
        rank_mobility(panel, panel * 0 + 1)
    with pytest.raises(StatisticUndefined, match="3 areas do not fill 5 classes"):
        rank_mobility(panel)


def test_tau_is_the_count_of_pairs(giddy):
    # Pairs in the same order 8, in the other 2 (b and c, d and e): (8 - 2) / 10.
    panel = panel_of([1, 2, 3, 4, 5], [1, 3, 2, 5, 4])
    found = rank_mobility(panel, classes=2)
    assert found.tau == pytest.approx(0.6)
    assert np.isnan(found.noise_tau)


def test_prais_index_by_hand(giddy):
    # Two of three classes of two areas swap one area: P has 1/2, 1/2 and 1 on its diagonal.
    panel = panel_of([1, 2, 3, 4, 5, 6], [1, 3, 2, 4, 5, 6])
    found = rank_mobility(panel, classes=3)
    assert found.transitions.to_numpy().tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 2]]
    assert found.prais == pytest.approx((3 - 2) / 2)
    assert str(found) == (
        "From 2015 to 2023 4 of 6 areas stayed in their class of 3, and ranks correlate by 0.87."
    )


def test_places_that_keep_their_ranks_move_by_noise_only(giddy):
    rng = np.random.default_rng(1)
    truth = rng.normal(500, 60, 300)
    se = np.full((300, 2), 40.0)
    z = rng.standard_normal((300, 2))
    z[:, 1] = 0.5 * z[:, 0] + np.sqrt(0.75) * z[:, 1]
    panel = pd.DataFrame(np.column_stack([truth, 1.3 * truth]) + se * z, columns=YEARS)
    errors = pd.DataFrame(se, columns=YEARS)
    found = rank_mobility(panel, errors, correlation=0.5, replicates=9)
    assert found.noise_tau == pytest.approx(found.tau, abs=0.08)
    assert found.noise_prais == pytest.approx(found.prais, abs=0.1)
    # Ranks that do move leave more than noise explains.
    moved = panel.assign(**{"2023": panel["2023"] + rng.normal(0, 90, 300)})
    found = rank_mobility(moved, errors, correlation=0.5, replicates=9)
    assert found.tau < found.noise_tau - 0.1


def test_pay_changes_ranks_hardly_more_than_noise_does(giddy, shared):
    rows = read_metric(
        shared / "data/metrics/tidy/earnings_weekly_median_residence.csv"
    ).table.query("level == 'lad' and period in @YEARS")
    panel, se = (
        rows.pivot(index="code", columns="period", values=what) for what in ("value", "se")
    )
    found = rank_mobility(panel, se, correlation=0.58, replicates=19)
    assert found.n == 340
    assert found.tau == pytest.approx(kendalltau(*panel.dropna().to_numpy().T).statistic, rel=1e-9)
    assert found.noise_tau == pytest.approx(found.tau, abs=0.06)
    assert rank_mobility(panel, se, correlation=0, replicates=19).noise_tau < found.tau - 0.06
