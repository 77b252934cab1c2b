"""Just under a line: counts by hand, the edges, and how many truly are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps import just_under
from spatial_gaps.errors import InputError, StatisticUndefined

PASSED = pd.Series([60.0, 62.9, 63.0, 64.9, 65.0, 67.0, 67.1, np.nan], index=list("abcdefgh"))
PEOPLE = pd.Series([1.0, 1, 2, 3, 1, 1, 1, 5], index=list("abcdefgh"))


def test_counts_and_edges_by_hand():
    found = just_under(PASSED, 65, 2, higher_is="better", weights=PEOPLE)
    assert found.table.index[found.table["just_under"]].tolist() == ["c", "d"]
    assert (found.n, found.n_under, found.n_over) == (7, 2, 2)
    assert (found.share, found.people) == pytest.approx((2 / 7, 0.5))
    assert np.isnan(found.expected)
    assert found.table["short"]["a"] == 5.0
    assert not found.table.at["h", "just_under"]


def test_where_lower_is_better_those_above_are_short():
    found = just_under(PASSED, 65, 2, higher_is="worse")
    assert found.table.index[found.table["just_under"]].tolist() == ["f"]


@pytest.mark.parametrize("noise", [0.3, 0.7])
def test_expected_is_how_many_truly_are(noise):
    """Of simulated areas with known truth, on average, where published counts are too few or many."""
    rng = np.random.default_rng(3)
    truly, expected = [], []
    for _ in range(40):
        truth = pd.Series(rng.normal(0, 1, 200))
        published = truth + rng.normal(0, noise, 200)
        se = pd.Series(noise, index=truth.index)
        truly.append(((truth < -1.5) & (truth >= -2)).sum())
        found = just_under(published, -1.5, 0.5, higher_is="better", se=se, draws=300)
        expected.append(found.expected)
    assert np.mean(expected) == pytest.approx(np.mean(truly), rel=0.1)


def test_exact_figures_are_what_they_are():
    exact = just_under(PASSED, 65, 2, higher_is="better", se=PASSED * 0)
    assert exact.expected == pytest.approx(2.0)
    assert exact.expected_people == pytest.approx(2 / 7)


@given(st.permutations(range(8)), st.floats(0.1, 50), st.integers(1, 3))
def test_order_unit_and_replication(order, unit, copies):
    told = just_under(PASSED, 65, 2.0001, higher_is="better")
    again = pd.concat([PASSED.iloc[order].add_suffix(str(copy)) for copy in range(copies)]) * unit
    found = just_under(again, 65 * unit, 2.0001 * unit, higher_is="better")
    assert found.n_under == told.n_under * copies
    assert found.share == pytest.approx(told.share)


def test_shuffled_rows_give_the_same_chances():
    se = pd.Series(1.0, index=PASSED.index)
    one = just_under(PASSED, 65, 2, higher_is="better", se=se)
    other = just_under(PASSED[::-1], 65, 2, higher_is="better", se=se)
    pd.testing.assert_frame_equal(one.table, other.table[::-1])


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="better or worse"):
        just_under(PASSED, 65, 2, higher_is=None)
    with pytest.raises(InputError, match="above 0"):
        just_under(PASSED, 65, 0, higher_is="better")
    with pytest.raises(InputError, match="numbers"):
        just_under(PASSED, "65", 2, higher_is="better")
    with pytest.raises(StatisticUndefined):
        just_under(PASSED[:1], 65, 2, higher_is="better")
