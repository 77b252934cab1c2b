"""Pooled years: by hand, against plain algebra, and honest about how sure they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure import pooling
from spatial_gaps.measure.pooling import pool_years

YEARS = ["2018", "2019", "2020", "2021"]


def panel_of(rows, codes="abcdef"):
    return pd.DataFrame(
        rows, columns=YEARS[-len(rows[0]) :], index=list(codes)[: len(rows)], dtype=float
    )


def test_independent_years_without_drift_are_a_precision_weighted_mean():
    figures = panel_of([[10, 16], [20, 20], [30, 24]])
    errors = panel_of([[1, 2], [1, 1], [2, 1]])
    found = pool_years(figures, errors, drift=0, correlation=0)
    # Both years average 20; weights 1 and 1/4.
    assert found.table.loc["a", "value"] == pytest.approx((10 + 16 / 4) / 1.25)
    assert found.table.loc["a", "se"] == pytest.approx(np.sqrt(1 / 1.25))
    assert found.table["n_years"].tolist() == [2, 2, 2]
    assert found.at == "2021"


def test_national_movement_is_taken_out_and_put_back():
    figures = panel_of([[10, 110], [20, 120], [30, 130]])
    errors = figures * 0 + 1
    found = pool_years(figures, errors, drift=0, correlation=0)
    np.testing.assert_allclose(found.table["value"], [110, 120, 130])
    earlier = pool_years(figures, errors, at="2020", drift=0, correlation=0)
    np.testing.assert_allclose(earlier.table["value"], [10, 20, 30])
    ratio = pool_years(
        panel_of([[10, 20], [20, 40], [30, 60]]), errors, scale="ratio", drift=0, correlation=0,
        national=pd.Series({"2020": 20.0, "2021": 40.0}),
    )  # fmt: skip
    np.testing.assert_allclose(ratio.table["value"], [20, 40, 60])


def test_equals_plain_algebra_with_drift_and_correlation():
    rng = np.random.default_rng(0)
    figures = panel_of(rng.normal(0, 2, (6, 4)))
    errors = panel_of(rng.uniform(0.5, 1.5, (6, 4)))
    found = pool_years(figures, errors, at="2020", drift=0.3, correlation=0.4)
    middle = figures.mean().to_numpy()
    true = figures["2020"].to_numpy()
    spread = max(true.var() - (errors["2020"] ** 2).mean(), 0.1 * true.var())
    step = 0.3 * np.sqrt(spread)
    assert found.drift == pytest.approx(step)
    # Steps from 2020: 2019 one, 2018 two of which it shares one with 2019; 2021 one of its own.
    walk = step**2 * np.array([[2, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]])
    for code in figures.index:
        e = errors.loc[code].to_numpy()
        total = np.outer(e, e) * (0.6 * np.eye(4) + 0.4) + walk
        inverse = np.linalg.inv(total)
        weight = inverse.sum(axis=0) / inverse.sum()
        expected = weight @ (figures.loc[code].to_numpy() - middle) + middle[2]
        assert found.table.loc[code, "value"] == pytest.approx(expected)
        assert found.table.loc[code, "se"] == pytest.approx(inverse.sum() ** -0.5)


def test_a_year_without_a_figure_is_left_out_and_an_area_without_any_has_none():
    figures = panel_of([[10, 16], [20, 20], [30, 24], [np.nan, 22], [np.nan, np.nan]])
    errors = figures * 0 + 1
    found = pool_years(figures, errors, drift=0, correlation=0)
    # Means of the three areas with both years are 20 and 20.
    assert found.table.loc["d", ["value", "se", "n_years"]].tolist() == pytest.approx([22, 1, 1])
    assert found.table.loc["e", ["value", "se"]].isna().all()
    assert found.table.loc["a", "value"] == pytest.approx(13)


@pytest.mark.parametrize(("common", "drift"), [(0.0, 0.0), (0.5, 0.05), (0.75, 0.15), (0.75, 0.0)])
def test_pooled_errors_are_not_said_too_small(common, drift):
    rng = np.random.default_rng(5)
    n = 4000
    codes = [f"x{i}" for i in range(n)]
    start = rng.standard_normal(n)
    walk = np.cumsum(drift * rng.standard_normal((n, 4)), axis=1)
    true = start[:, None] + walk
    se = 0.6
    noise = np.sqrt(common) * rng.standard_normal((n, 1)) + np.sqrt(
        1 - common
    ) * rng.standard_normal((n, 4))
    figures = pd.DataFrame(true + se * noise, index=codes, columns=YEARS)
    found = pool_years(figures, figures * 0 + se)
    off = (found.table["value"] - true[:, -1]) / found.table["se"]
    assert 0.7 < off.std() < 1.03
    assert found.table["se"].mean() < se
    known = pool_years(figures, figures * 0 + se, correlation=common, drift=drift)
    exact = (known.table["value"] - true[:, -1]) / known.table["se"]
    assert exact.std() == pytest.approx(1, abs=0.04)


def test_truths_that_move_more_than_errors_can_explain_are_given_more_drift():
    rng = np.random.default_rng(7)
    codes = [f"x{i}" for i in range(4000)]
    true = rng.standard_normal((4000, 1)) + np.cumsum(0.4 * rng.standard_normal((4000, 4)), axis=1)
    figures = pd.DataFrame(true + 0.5 * rng.standard_normal(true.shape), index=codes, columns=YEARS)

    def off(**options):
        found = pool_years(figures, figures * 0 + 0.5, **options)
        return ((found.table["value"] - true[:, -1]) / found.table["se"]).std(), found.drift

    # 1.2 is how far errors are understated if .15 of the spread of true figures is believed.
    assert off(drift=0.15)[0] > 1.2
    assert off()[0] == pytest.approx(1, abs=0.05)
    assert off()[1] == pytest.approx(0.4, abs=0.03)
    # Correlated errors of still truths ask for no drift beyond the default.
    still = pd.DataFrame(
        rng.standard_normal((4000, 1)) + 0.5 * rng.standard_normal((4000, 1))
        + 0.3 * rng.standard_normal((4000, 4)), index=codes, columns=YEARS,
    )  # fmt: skip
    both = (pool_years(still, still * 0 + 0.58, **option).drift for option in ({}, {"drift": 0.15}))
    assert next(both) == next(both)


def test_windows_that_overlap_have_errors_that_correlate_at_least_as_much():
    rng = np.random.default_rng(2)
    windows = ["2015-2017", "2016-2018", "2017-2019", "2018-2020"]
    codes = [f"x{i}" for i in range(200)]
    # Changes as of independent errors, so that only the overlap is left to go by.
    figures = pd.DataFrame(rng.normal(0, 1, (200, 4)), index=codes, columns=windows)
    found = pool_years(figures, figures * 0 + 0.5, drift=0, overlap=2 / 3)
    np.testing.assert_allclose(found.correlation, [2 / 3, 1 / 3, 0], atol=1e-12)
    with pytest.raises(InputError, match="overlap"):
        pool_years(figures, figures * 0 + 0.5, overlap=1.0)


def test_correlations_that_contradict_each_other_still_give_a_variance(monkeypatch):
    figures = panel_of(np.random.default_rng(3).normal(0, 2, (6, 3)))
    found = {1.0: 0.98, 2.0: 0.0}
    # No three variables correlate by .98 from one to the next and not at all over two.
    assert np.linalg.eigvalsh([[1, 0.98, 0], [0.98, 1, 0.98], [0, 0.98, 1]]).min() < 0
    monkeypatch.setattr(pooling, "_correlations", lambda *_: found)
    table = pool_years(figures, figures * 0 + 1.0).table
    assert (table["se"] > 0).all()


def test_rows_may_come_in_any_order():
    rng = np.random.default_rng(1)
    figures, errors = panel_of(rng.normal(0, 2, (6, 4))), panel_of(rng.uniform(0.5, 1.5, (6, 4)))
    one = pool_years(figures, errors).table
    other = pool_years(figures.sample(frac=1, random_state=3), errors).table
    pd.testing.assert_frame_equal(other.loc[one.index], one)


def test_nonsense_is_refused():
    figures = panel_of([[10, 16], [20, 20], [30, 24]])
    errors = figures * 0 + 1
    with pytest.raises(InputError, match="no period '2019'"):
        pool_years(figures, errors, at=2019)
    with pytest.raises(InputError, match="drift"):
        pool_years(figures, errors, drift=-1)
    with pytest.raises(InputError, match="between 0 and 1"):
        pool_years(figures, errors, correlation=1.0)
    with pytest.raises(InputError, match="above zero"):
        pool_years(figures - 100, errors, scale="ratio")
    with pytest.raises(InputError, match="every year"):
        pool_years(figures, errors, national=pd.Series({"2021": 20.0}))
    with pytest.raises(StatisticUndefined, match="fewer than three"):
        pool_years(figures.iloc[:2], errors.iloc[:2])
