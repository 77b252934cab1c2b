"""How far the errors of one area in two periods go together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.common_errors import correlations, error_correlation

PANEL = pd.DataFrame(
    {"2015": [5.0, 6.0, 7.0, 9.0], "2016": [4.0, 6.0, 8.0, np.nan], "2018": [1.0, 2.0, 4.0, 8.0]},
    index=list("dcba"),
)
SE = PANEL * 0 + 1.0


def by_hand(panel, se, first, second):
    """Return numerator and denominator of the definition, one area at a time."""
    rows = [
        (panel[second][code] - panel[first][code], se[first][code], se[second][code])
        for code in panel.index
        if not np.isnan(
            panel[first][code] + panel[second][code] + se[first][code] + se[second][code]
        )
    ]
    mean = sum(d for d, _, _ in rows) / len(rows)
    variance = sum((d - mean) ** 2 for d, _, _ in rows) / (len(rows) - 1)
    top = sum(a * a + b * b for _, a, b in rows) / len(rows) - variance
    return top, 2 * sum(a * b for _, a, b in rows) / len(rows)


def test_it_is_the_definition_over_all_pairs_of_that_lag():
    rng = np.random.default_rng(1)
    truth = 50 + 5 * rng.standard_normal((12, 1))
    panel = pd.DataFrame(truth + rng.standard_normal((12, 4)), columns=list(range(2010, 2014)))
    se = pd.DataFrame(rng.uniform(0.8, 1.6, (12, 4)), columns=panel.columns)
    panel.loc[3, 2010] = np.nan
    se.loc[5, 2012] = np.nan
    parts = [by_hand(panel, se, *pair) for pair in ((2010, 2012), (2011, 2013))]
    found = error_correlation(panel, se, lag=2)
    assert found.raw == pytest.approx(
        sum(p[0] for p in parts) / sum(p[1] for p in parts), rel=1e-12
    )
    assert found.pairs["n"].tolist() == [10, 12]
    assert found.pairs["rho"].tolist() == pytest.approx([top / bottom for top, bottom in parts])


@pytest.mark.parametrize("rho", [0.0, 0.4, 0.8])
def test_it_finds_the_correlation_where_no_area_truly_changes(rho):
    rng = np.random.default_rng(2)
    se = rng.uniform(10, 30, (3000, 2))
    z = rng.standard_normal((3000, 2))
    z[:, 1] = rho * z[:, 0] + np.sqrt(1 - rho**2) * z[:, 1]
    truth = 500 + 60 * rng.standard_normal(3000)
    panel = pd.DataFrame(truth[:, None] + se * z + [0, 40], columns=["2015", "2016"])
    errors = pd.DataFrame(se, columns=panel.columns)
    found = error_correlation(panel, errors, lag=1)
    assert found.raw == pytest.approx(rho, abs=0.06)
    alone = 1 - 2 * rho * se.prod(axis=1) / (se**2).sum(axis=1)
    assert found.ratio == pytest.approx(np.sqrt(alone.mean()), abs=0.03)
    # True changes that differ can only lower it.
    panel["2016"] += 20 * rng.standard_normal(3000)
    assert error_correlation(panel, errors, lag=1).raw < rho - 0.3


def test_it_is_kept_between_the_overlap_of_the_windows_and_one():
    assert error_correlation(PANEL, SE, lag=1).rho == 0.5
    assert error_correlation(PANEL, SE, lag=1, overlap=2 / 3).rho == 2 / 3
    assert "the share that the periods have in common" in str(
        error_correlation(PANEL, SE, lag=1, overlap=2 / 3)
    )
    same = PANEL.assign(**{"2016": PANEL["2015"]})
    assert error_correlation(same, SE, lag=1).rho == 1.0
    wild = error_correlation(PANEL, SE * 0.1, lag=1)
    assert (wild.rho, wild.raw < -1) == (0.0, True)


def test_what_it_says():
    assert str(error_correlation(PANEL, SE, lag=1)) == (
        "In 1 pair of periods and up to 3 areas, changes spread 0.71 times as far as independent "
        "errors would make them, so the errors of figures 1 year apart are taken to correlate by "
        "0.50; true changes that differ would mean more."
    )


def test_no_such_pair_and_bad_options_are_said():
    with pytest.raises(StatisticUndefined, match=r"7 years apart .*2015, 2016, 2018"):
        error_correlation(PANEL, SE, lag=7)
    with pytest.raises(StatisticUndefined, match="of three areas"):
        error_correlation(PANEL, SE * np.nan, lag=1)
    with pytest.raises(InputError, match="between 0 and 1"):
        error_correlation(PANEL, SE, lag=1, overlap=2)
    with pytest.raises(InputError, match="two panels"):
        error_correlation(PANEL, None, lag=1)


@pytest.mark.parametrize("rho", [0.0, 0.75])
def test_drawing_together_all_alike_is_no_sign_of_independent_errors(rho):
    rng = np.random.default_rng(3)
    truth = rng.normal(0, 2, 20_000)
    errors = rng.standard_normal((2, len(truth)))
    last = 0.6 * truth + rho * errors[0] + np.sqrt(1 - rho**2) * errors[1]
    panel = pd.DataFrame({"2015": truth + errors[0], "2023": last})
    se = panel * 0 + 1.0
    assert error_correlation(panel, se, lag=8, stretch=True).raw == pytest.approx(rho, abs=0.05)
    # (2 - Var(-.4 truth + e1 - e0)) / 2 falls short by .16 * 4 / 2.
    assert error_correlation(panel, se, lag=8).raw == pytest.approx(rho - 0.32, abs=0.05)


def test_every_pair_of_periods_gets_its_correlation():
    rho, source = correlations(PANEL, SE, np.array([2015.0, 2016.0, 2018.0]), overlap=0.9)
    assert source == "estimated"
    assert np.diag(rho).tolist() == [1, 1, 1]
    assert np.array_equal(rho, rho.T)
    lag = error_correlation(PANEL, SE, lag=1, stretch=True)
    assert rho[0, 1] == lag.rho
    assert rho[1, 2] >= 0.9  # the last two share their windows
    given, source = correlations(PANEL, SE, np.array([2015.0, 2016.0]), 0.3, 0.5)
    assert (given[0, 1], source) == (0.5, "given")
    with pytest.raises(InputError, match="between 0 and 1"):
        correlations(PANEL, SE, np.array([2015.0, 2016.0]), 1.2)


def test_the_lower_limit_is_that_of_hand_arithmetic_and_no_less_than_the_overlap():
    """Changes of -1, 0, 1: rho .5, and squares 1, 0, 1 with a deviation of .4714 over sqrt(3) areas."""
    pay = pd.DataFrame({"2015": [5.0, 6.0, 7.0], "2016": [4.0, 6.0, 8.0]}, index=list("abc"))
    found = error_correlation(pay, pay * 0 + 1.0, lag=1)
    assert found.lower == pytest.approx(0.5 - 1.644854 * np.sqrt(2) / 3 / np.sqrt(3) / 2, abs=1e-6)
    held = error_correlation(pay, pay * 0 + 1.0, lag=1, overlap=0.4)
    assert (held.rho, held.lower) == (0.5, 0.4)
    alike = error_correlation(pay.assign(**{"2016": [15.0, 6.0, -8.0]}), pay * 0 + 1.0, lag=1)
    assert (alike.rho, alike.lower) == (0.0, 0.0)
