"""The same areas through several periods, and the correlation of their errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError, JoinError, StatisticUndefined, WeightsError
from spatial_gaps.measure.cohort import error_correlation, follow, start_years

PANEL = pd.DataFrame(
    {"2015": [5.0, 6.0, 7.0, 9.0], "2016": [4.0, 6.0, 8.0, np.nan], "2018": [1.0, 2.0, 4.0, 8.0]},
    index=list("dcba"),
)
SE = PANEL * 0 + 1.0


def test_only_areas_with_a_figure_throughout_are_followed():
    cohort = follow(PANEL, SE, pd.Series([1.0, 2.0, 3.0, 4.0], index=list("abcd")))
    assert list(cohort.codes) == ["b", "c", "d"]
    assert cohort.left_out == ("a",)
    assert cohort.y[:, 0].tolist() == [7.0, 6.0, 5.0]
    assert cohort.n[:, 1] == pytest.approx([2 / 9, 3 / 9, 4 / 9])
    assert (cohort.years - 2015).tolist() == [0, 1, 3]


def test_a_missing_standard_error_takes_the_median_cv_of_its_period():
    se = SE.copy()
    se.loc["b", "2016"] = np.nan  # beside CVs of 1/4 and 1/6, whose median is 5/24
    cohort = follow(PANEL, se)
    assert cohort.imputed == ("b",)
    assert cohort.se[0].tolist() == pytest.approx([1.0, 8 * 5 / 24, 1.0])


def test_weights_may_differ_by_period():
    cohort = follow(PANEL, weights=PANEL.fillna(1.0))
    assert cohort.n[:, 0] == pytest.approx([7 / 18, 6 / 18, 5 / 18])
    assert cohort.n[:, 2] == pytest.approx([4 / 7, 2 / 7, 1 / 7])


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda: follow(PANEL["2015"]), InputError, "two periods"),
        (lambda: follow(PANEL[["2015"]]), InputError, "two periods"),
        (lambda: follow(PANEL[["2016", "2015"]]), InputError, "time order: 2015"),
        (lambda: follow(PANEL.rename(columns={"2016": "mean"})), InputError, "periods: mean"),
        (lambda: follow(PANEL, SE[["2015", "2016"]]), InputError, "se lacks periods .*: 2018"),
        (lambda: follow(PANEL, SE.drop("c")), JoinError, "se lacks areas .*: c"),
        (lambda: follow(pd.concat([PANEL, PANEL])), JoinError, "more than once: d"),
        (lambda: follow(PANEL, weights=PANEL * 0), WeightsError, "b 0"),
        (lambda: follow(PANEL.iloc[2:]), StatisticUndefined, "only 1 values"),
    ],
)
def test_what_is_wrong_is_said(change, error, said):
    with pytest.raises(error, match=said):
        change()


@pytest.mark.parametrize("label", ["20215", "x2021", "", "total"])
def test_labels_that_are_no_period_are_named(label):
    with pytest.raises(InputError, match="have to be periods"):
        start_years([label])


def test_periods_start_where_their_labels_say():
    labels = ["2008-Q4", "2010", "2010/11-2012/13", "2014-2016", "2015-12"]
    with pytest.raises(InputError, match="2010/11-2012/13"):
        start_years(labels)
    labels.remove("2010")
    assert start_years(labels) == pytest.approx([2008.75, 2010, 2014, 2015 + 11 / 12])


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


def test_the_lower_end_is_one_standard_error_down():
    """Of 400 pairs of panels the standard error taken off is the spread of the estimates."""
    rng = np.random.default_rng(8)
    se = rng.uniform(1, 3, 300)
    errors = pd.DataFrame({"2010": se, "2020": se})
    found = []
    for _ in range(400):
        one, own = rng.standard_normal((2, 300))
        both = {"2010": se * one, "2020": se * (0.6 * one + 0.8 * own)}
        found.append(error_correlation(pd.DataFrame(both), errors, lag=10))
    taken_off = np.mean([each.raw - each.lower for each in found])
    assert taken_off == pytest.approx(np.std([each.raw for each in found]), rel=0.12)
    whole = error_correlation(pd.DataFrame(both), errors, lag=10, overlap=0.9)
    assert whole.lower == whole.rho == 0.9
