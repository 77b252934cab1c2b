"""The share outside: hand values, the identity, and public research money of 2021/22."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps import groups, read_metric, share_outside
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined

MONEY = pd.Series([30.0, 20.0, 50.0], index=["TLI", "TLJ", "TLC"])
SOUTH = pd.Series([True, True, False], index=["TLI", "TLJ", "TLC"])


def test_hand_values():
    plain = share_outside(MONEY, SOUTH)
    assert (plain.outside, plain.total, plain.share) == (50.0, 100.0, 0.5)
    assert math.isnan(plain.share_after)
    # 50 -> 70 of 100 -> 130: 60 remain inside, a fifth more.
    after = share_outside(MONEY, SOUTH, rise_outside=0.4, rise_total=0.3)
    assert after.share_after == pytest.approx(70 / 130)
    assert after.rise_inside == pytest.approx(0.2)
    kept = share_outside(MONEY, SOUTH, rise_outside=0.3, rise_total=0.3)
    assert kept.share_after == pytest.approx(kept.share)
    assert "only keeps it" in str(kept)


@given(
    st.lists(st.floats(0.01, 1e6), min_size=2, max_size=8),
    st.floats(-0.5, 1.0),
    st.floats(-0.5, 1.0),
    st.floats(0.01, 100),
)
def test_inside_and_outside_add_up_in_any_order_and_unit(amounts, outside, total, unit):
    y = pd.Series(amounts, index=[f"r{i}" for i in range(len(amounts))])
    inside = pd.Series([True] + [False] * (len(y) - 1), index=y.index)
    share = y[1:].sum() / y.sum()
    if share * (1 + outside) / (1 + total) > 1:
        with pytest.raises(InputError, match="more than the whole"):
            share_outside(y, inside, rise_outside=outside, rise_total=total)
        return
    found = share_outside(y[::-1] * unit, inside, rise_outside=outside, rise_total=total)
    assert found.share == pytest.approx(share)
    parts = y[1:].sum() * (1 + outside) + y.iloc[0] * (1 + found.rise_inside)
    assert parts == pytest.approx(y.sum() * (1 + total))
    assert (found.share_after > found.share) == (outside > total) or outside == pytest.approx(total)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="TLJ"):
        share_outside(MONEY.where(MONEY != 20), SOUTH)
    with pytest.raises(InputError, match="TLJ"):
        share_outside(MONEY.where(MONEY != 20, -1), SOUTH)
    with pytest.raises(InputError, match="True or False"):
        share_outside(MONEY, SOUTH.astype(str))
    with pytest.raises(InputError, match="both rises"):
        share_outside(MONEY, SOUTH, rise_outside=0.4)
    with pytest.raises(JoinError):
        share_outside(MONEY, SOUTH[:2])
    with pytest.raises(StatisticUndefined):
        share_outside(MONEY * 0, SOUTH)


@pytest.mark.parametrize(
    ("file", "period", "southern", "total"),
    [
        # London, South East, East; the total is that of the file's own row of the UK.
        ("rd_public_funded", "2021/22", 2674 + 2881 + 1304, 13446),
        ("rd_public_funded", "2020/21", 2737 + 2690 + 1277, 13447),
    ],
)
def test_public_research_money(shared, file, period, southern, total):
    rows = read_metric(shared / f"data/metrics/tidy/{file}.csv").at(period)
    inside = groups("greater_south_east", level="region") == "Greater South East"
    found = share_outside(
        rows["value"].reindex(inside.index), inside, rise_outside=0.4, rise_total=0.3
    )
    assert found.total == pytest.approx(total, abs=3)  # rounded to millions
    assert found.share == pytest.approx(1 - southern / total, abs=2e-4)
    assert found.share_after == pytest.approx(found.share * 1.4 / 1.3)
    assert np.isclose(found.outside + southern, found.total)
