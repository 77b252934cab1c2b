"""How many places have risen for certain."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps import deflate, panel, read_metric, risen_everywhere
from spatial_gaps.errors import InputError, SpatialGapsWarning
from spatial_gaps.targets.risen import least_risen


def frame(*columns, names=("2015", "2023")):
    codes = [f"E{i:08d}" for i in range(len(columns[0]))]
    return pd.DataFrame(dict(zip(names, columns, strict=True)), index=codes, dtype=float)


@given(st.lists(st.sampled_from([0.001, 0.004, 0.01, 0.02, 0.04, 0.05, 0.3, 0.9]), max_size=7))
def test_the_bound_is_closed_testing_over_all_subsets(values):
    """Every subset by Simes' test, one by one: the largest that is not rejected."""
    p, largest = np.array(values), 0
    for size in range(1, len(p) + 1):
        for subset in combinations(sorted(values), size):
            steps = [q <= (j + 1) * 0.05 / size for j, q in enumerate(subset)]
            if not any(steps):
                largest = size
    assert least_risen(p, 0.05) == len(p) - largest


def test_errors_by_hand():
    """Changes of 6, 6, 6 and -6; errors 3 and 4 that correlate by .5 make sqrt(13)."""
    y = frame([10.0] * 4, [16, 16, 16, 4])
    se = frame([3.0] * 4, [4.0] * 4)
    found = risen_everywhere(y, se, higher_is="better", correlation=0.5)
    z = 6 / np.sqrt(13)
    assert found.table["z"].tolist() == pytest.approx([z, z, z, -z])
    p = 0.04804  # upper tail of 1.664 (normal table)
    assert found.table["p_risen"].iloc[0] == pytest.approx(4 * p, abs=2e-4)
    # Simes over the four: .048 <= 3/4 * .05? no. Nothing is certain.
    assert (found.at_least, found.shown, found.fallen) == (0, (), ())
    assert "no area is shown to have become worse; at least 0 of 4" in str(found)


def test_where_higher_is_worse_the_signs_turn():
    y = frame([10.0] * 4, [2, 2, 2, 18])
    se = frame([1.0] * 4, [1.0] * 4)
    found = risen_everywhere(y, se, higher_is="worse", correlation=0.0)
    assert (found.risen, found.at_least, len(found.shown)) == (3, 3, 3)
    assert found.fallen == ("E00000003",)
    assert "1 area is shown to have become worse" in str(found)


def test_every_area_has_to_rise_by_nearly_five_errors_to_be_seen_everywhere():
    y = frame(np.zeros(361), np.full(361, 10.0))
    found = risen_everywhere(y, y * 0 + np.sqrt(0.5), higher_is="better", correlation=0.0)
    assert found.detectable == pytest.approx(4.9, abs=0.03)  # methods: 4.9 SE at n = 361
    assert found.everywhere
    assert "Every area's own test says so" in str(found)


def test_faster_than_its_own_trend_by_hand():
    """2 a year for five years, then 3 a year for ten: 10 more than the trend, errors (2, -3, 1)."""
    years = ("2010", "2015", "2025")
    y = frame([10.0] * 3, [20.0] * 3, [50.0] * 3, names=years)
    se = frame([1.0] * 3, [1.0] * 3, [1.0] * 3, names=years)
    found = risen_everywhere(
        y, se, higher_is="better", base=2015, against_trend=True, correlation=0.0
    )
    assert found.table["change"].tolist() == [30.0] * 3
    assert found.table["expected"].tolist() == [20.0] * 3
    assert found.table["se"].tolist() == pytest.approx([np.sqrt(14)] * 3)
    assert "faster than before" in str(found)


@given(st.integers(0, 300), st.floats(0.1, 20))
def test_neither_order_nor_unit_changes_a_count(seed, factor):
    rng = np.random.default_rng(seed)
    y = frame(rng.normal(0, 3, 40), rng.normal(2, 3, 40))
    se = frame(rng.uniform(0.5, 1, 40), rng.uniform(0.5, 1, 40))
    plain = risen_everywhere(y, se, higher_is="better", correlation=0.2)
    mixed = y.sample(frac=1, random_state=seed)
    for other in (
        risen_everywhere(mixed, se, higher_is="better", correlation=0.2),
        risen_everywhere(y * factor, se * factor, higher_is="better", correlation=0.2),
    ):
        assert (other.at_least, other.shown, other.fallen) == (
            plain.at_least, plain.shown, plain.fallen,
        )  # fmt: skip
    assert len(plain.shown) <= plain.at_least <= plain.n
    mirrored = risen_everywhere(-y, se, higher_is="worse", correlation=0.2)
    assert mirrored.shown == plain.shown
    turned = risen_everywhere(y, se, higher_is="worse", correlation=0.2)
    assert turned.shown == plain.fallen


def test_the_bound_holds_where_the_correlation_is_estimated():
    rng = np.random.default_rng(8)
    held, m = [], 150
    for _ in range(200):
        up = rng.random(m) < 0.3
        e = rng.standard_normal((2, m))
        last = np.where(up, 4.0, 0.0) + 0.6 * e[0] + 0.8 * e[1]
        y = frame(e[0], last)
        held.append(risen_everywhere(y, y * 0 + 1, higher_is="better").at_least <= up.sum())
    assert np.mean(held) >= 0.95


def test_bad_options_are_said():
    y = frame([1.0] * 4, [2.0] * 4)
    with pytest.raises(InputError, match="without standard errors"):
        risen_everywhere(y, None, higher_is="better")
    with pytest.raises(InputError, match="higher_is"):
        risen_everywhere(y, y, higher_is=None)
    with pytest.raises(InputError, match="earlier period"):
        risen_everywhere(y, y, higher_is="better", against_trend=True)
    with pytest.raises(InputError, match="base period"):
        risen_everywhere(y, y, higher_is="better", base=2023)
    with pytest.raises(InputError, match="panel of at least two periods"):
        risen_everywhere(y[["2015"]], y, higher_is="better")


def test_real_terms():
    y = frame([100.0, 200.0], [150.0, 250.0])
    prices = pd.Series({"2015": 80.0, "2023": 100.0})
    assert deflate(y, prices, base=2023)["2015"].tolist() == [125.0, 250.0]
    assert deflate(y, prices, base="2023")["2023"].tolist() == [150.0, 250.0]
    with pytest.raises(InputError, match="positive value for every period"):
        deflate(y, prices.drop("2015"), base=2023)


def test_pay_2015_to_2023_names_as_many_as_were_counted_by_others(shared):
    """317 of 340 named with errors that correlate by .58, 203 with independent ones (methods)."""
    metric = read_metric(shared / "data/metrics/tidy/earnings_weekly_median_residence.csv")
    with pytest.warns(SpatialGapsWarning, match="no figure in some"):
        y = panel(metric, "lad").loc[:, :"2023"]
    se = panel(metric, "lad", column="se")
    found = risen_everywhere(y, se, higher_is="better", base=2015, correlation=0.58)
    assert (found.n, found.risen, len(found.shown), found.fallen) == (340, 340, 317, ())
    assert found.sensitivity.loc[0.0, "shown"] == 203
    estimated = risen_everywhere(y, se, higher_is="better", base=2015)
    assert len(estimated.shown) >= 300
    assert estimated.rho < 0.58
