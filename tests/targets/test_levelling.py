"""Did the gap close, and who moved?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps import Levelling, levelling, panel, read_metric
from spatial_gaps.errors import InputError, SpatialGapsWarning, StatisticUndefined


def simulated(change, *, noise=0.3, rho=0.5, m=300, seed=4, before=None):
    """Return figures and errors of areas whose true figures change by `change(theta)`."""
    rng = np.random.default_rng(seed)
    theta = 50 + 5 * rng.standard_normal(m)
    parts = {"2015": theta, "2023": theta + change(theta)}
    if before is not None:
        parts = {"2007": theta + before(theta), **parts}
    common = rng.standard_normal(m)
    y = {
        name: truth + 5 * noise * (rho**0.5 * common + (1 - rho) ** 0.5 * rng.standard_normal(m))
        for name, truth in parts.items()
    }
    codes = [f"E{i:08d}" for i in range(m)]
    y = pd.DataFrame(y, index=codes)
    return y, y * 0 + 5 * noise


def best(theta):
    return theta >= np.quantile(theta, 0.9)


@given(
    st.integers(0, 200),
    st.sampled_from(["better", "worse"]),
    st.sampled_from(["interval", "ratio"]),
)
def test_the_identity_is_exact_with_weights_that_change(seed, higher_is, scale):
    rng = np.random.default_rng(seed)
    codes = [f"c{i}" for i in range(25)]
    y = pd.DataFrame(rng.uniform(10, 90, (25, 3)), codes, ["2010", "2015", "2023"])
    people = pd.DataFrame(rng.uniform(1, 50, (25, 3)), codes, y.columns)
    found = levelling(y, weights=people, higher_is=higher_is, base=2015, scale=scale)
    groups, sign = found.groups, 1 if higher_is == "better" else -1
    for column in ("before", "after", "change", "growth", "composition"):
        expected = sign * (groups.at["top", column] - groups.at["rest", column])
        assert groups.at["gap", column] == pytest.approx(expected, abs=1e-12)
    parts = groups["growth"] + groups["composition"]
    assert (parts - groups["change"]).abs().max() < 1e-12
    # The definition, one area at a time.
    x = np.log(y) if scale == "ratio" else y
    member = found.members["top"]
    for period, column in (("2015", "before"), ("2023", "after")):
        weight = member * people[period]
        mean = (weight * x[period]).sum() / weight.sum()
        assert groups.at["top", column] == pytest.approx(mean, abs=1e-12)
    share = people["2015"] / people["2015"].sum()
    assert (member * share).sum() == pytest.approx(0.1)
    assert found.closing == "not assessable"
    assert found.reason == "no standard errors were given"
    assert "not assessable: no standard errors" in str(found)


@pytest.mark.parametrize(
    ("change", "closing", "how"),
    [
        (lambda t: 0.0, "no clear change", ""),
        (lambda t: 8 - 0.4 * (t - 50), "closing", "levelled up"),
        (lambda t: -6 * best(t) - 0.1 * (t - 50), "closing", "levelled down"),
        (lambda t: 0.5 * (t - 50), "widening", "widened"),
    ],
)
def test_verdicts(change, closing, how):
    found = levelling(*simulated(change), higher_is="better")
    assert (found.closing, found.how) == (closing, how)
    assert found.rho_source == "estimated"
    text = str(found)
    assert text.startswith("From 2015 to 2023, in 300 areas, the published gap")
    assert {"closing": "It is closing", "widening": "It is widening"}.get(
        closing, "not shown"
    ) in text


def test_a_top_that_stalls_is_told_from_one_that_falls():
    """The top grew by 8 in the eight years before, as all did, and by 1 since."""
    y, se = simulated(lambda t: np.where(best(t), 1.0, 8 - 0.15 * (t - 50)), before=lambda t: -8.0)
    found = levelling(y, se, higher_is="better", base=2015)
    assert (found.closing, found.how) == ("closing", "stalled top")
    assert found.tests.loc["trend", "z"] < -1.96
    assert found.before == "2007"


def test_places_that_swap_do_not_close_the_gap():
    rng = np.random.default_rng(1)

    def swap(theta):
        later = theta.copy()
        places = rng.permutation(len(theta))[: len(theta) // 2]
        later[places] = np.roll(later[places], 1)
        return later - theta

    found = levelling(*simulated(swap), higher_is="better")
    assert found.tests.loc["same places", "z"] < -1.96
    assert found.closing == "no clear change"
    assert "others took their place" in str(found)
    assert found.periods.loc["2023", "gap_anew"] > 1.5 * found.periods.loc["2023", "gap"]


@given(st.integers(0, 50))
def test_shuffled_rows_and_a_turned_direction_say_the_same(seed):
    y, se = simulated(lambda t: -0.2 * (t - 50), m=60, seed=seed)
    plain = levelling(y, se, higher_is="better", replicates=0)
    mixed = levelling(y.sample(frac=1, random_state=seed), se, higher_is="better", replicates=0)
    pd.testing.assert_frame_equal(plain.groups, mixed.groups)
    turned = levelling(-y, se, higher_is="worse", replicates=0)
    pd.testing.assert_frame_equal(plain.tests, turned.tests)
    assert turned.groups.at["top", "change"] == pytest.approx(-plain.groups.at["top", "change"])
    assert turned.groups.at["top", "upper"] == pytest.approx(-plain.groups.at["top", "lower"])


def test_power_is_printed_with_its_bound():
    found = levelling(*simulated(lambda t: 0.0), higher_is="better", unit="£", seed=3)
    _, rate, bound = found.power.loc["all converge"]
    assert 0.8 < rate <= 1
    assert bound == pytest.approx(0.979, abs=1e-3)
    assert f"would have been found in {rate:.0%} of cases" in str(found)
    again = levelling(*simulated(lambda t: 0.0), higher_is="better", unit="£", seed=3)
    assert found.power.equals(again.power)


def test_what_is_left_out_is_named_and_nothing_is_changed():
    y, se = simulated(lambda t: 0.0)
    y.iloc[5, 1] = np.nan
    se.iloc[7, 0] = np.nan
    before = y.copy(), se.copy()
    found = levelling(y, se, higher_is="better", replicates=0)
    assert found.left_out == ("E00000005",)
    assert found.imputed == ("E00000007",)
    assert found.n == 299
    pd.testing.assert_frame_equal(y, before[0])
    pd.testing.assert_frame_equal(se, before[1])


def test_bad_input_is_said():
    y, se = simulated(lambda t: 0.0)
    with pytest.raises(InputError, match="higher_is"):
        levelling(y, se, higher_is=None)
    with pytest.raises(InputError, match="base period"):
        levelling(y, se, higher_is="better", base=2023)
    with pytest.raises(InputError, match="scale"):
        levelling(y, se, higher_is="better", scale="log")
    with pytest.raises(InputError, match="between 0 and 1"):
        levelling(y, se, higher_is="better", correlation=1.5)
    with pytest.raises(StatisticUndefined, match="positive"):
        levelling(y - 60, se, higher_is="better", scale="ratio")
    drowned = levelling(y * 0 + 50 + 0.1 * (y - 50), se, higher_is="better", correlation=0.0)
    assert drowned.closing == "not assessable"
    assert "differ no more than sampling error" in drowned.reason


def test_pay_closes_as_a_ratio_by_levelling_up_but_not_in_pounds(shared):
    metric = read_metric(shared / "data/metrics/tidy/earnings_weekly_median_residence.csv")
    with pytest.warns(SpatialGapsWarning, match="no figure in some"):
        y = panel(metric, "lad", periods=[2015, 2023])
    se = panel(metric, "lad", periods=[2015, 2023], column="se")
    ratio = levelling(y, se, higher_is="better", scale="ratio")
    assert isinstance(ratio, Levelling)
    assert (ratio.closing, ratio.how, ratio.n) == ("closing", "levelled up", 340)
    pounds = levelling(y, se, higher_is="better", unit="£")
    assert pounds.closing == "no clear change"
    # The published gap of the same places shrinks all the same: the trap.
    assert pounds.groups.at["gap", "change"] < 0 < pounds.groups.at["gap", "true_change"]
