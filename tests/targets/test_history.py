"""Which figures count on which day, and after which break."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.targets.history import recall

PERIODS = ["2017/18", "2018/19", "2019/20", "2020/21"]
PANEL = pd.DataFrame(np.arange(8.0).reshape(2, 4), index=["b", "a"], columns=PERIODS)


def test_all_counts_unless_something_is_said():
    found = recall(PANEL)
    assert found.periods == tuple(PERIODS)
    assert list(found.codes) == ["a", "b"]
    assert found.y[0].tolist() == [4, 5, 6, 7]
    assert found.years.tolist() == [2017, 2018, 2019, 2020]


def test_only_what_was_out_on_the_day_counts():
    # 2020/21 ends in March 2021; eleven months later it is out in February 2022, known in March
    assert recall(PANEL, as_of="2022-03", lag=11).unpublished == ()
    assert recall(PANEL, as_of="2022-03", lag=12).unpublished == ("2020/21",)
    # an academic year ends five months later
    kind = "academic year"
    assert recall(PANEL, as_of="2022-03", lag=7, period_type=kind).unpublished == ("2020/21",)
    assert recall(PANEL, as_of="2022-03", lag=6, period_type=kind).unpublished == ()


def test_what_is_before_the_last_known_break_does_not_count():
    found = recall(PANEL, breaks=["2018/19", "2019/20"])
    assert found.periods == ("2019/20", "2020/21")
    assert found.before_break == ("2017/18", "2018/19")
    early = recall(PANEL, breaks=["2020/21"], as_of="2020-12", lag=6)
    assert early.periods == ("2017/18", "2018/19", "2019/20")
    assert early.before_break == ()


def test_horizons_reach_the_last_period_that_ends_by_the_year():
    assert recall(PANEL).horizons(2030)[-1] == 9  # 2029/30
    calendar = recall(PANEL.set_axis([2016, 2017, 2018, 2019], axis=1))
    assert calendar.horizons(2030)[-1] == 11
    windows = recall(PANEL[["2017/18"]].set_axis(["2018-2020"], axis=1))
    assert windows.horizons(2035)[-1] == 15  # 2033-2035


def test_columns_may_come_in_any_order():
    assert recall(PANEL[PERIODS[::-1]]).y.tolist() == recall(PANEL).y.tolist()


def test_last_figures_are_found():
    panel = PANEL.copy()
    panel.loc["a", "2020/21"] = np.nan
    panel.loc["b"] = np.nan
    assert recall(panel).lasts().tolist() == [2, -1]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda: recall(PANEL, as_of="2022-03"), InputError, "how many months"),
        (lambda: recall(PANEL, as_of="March 2022", lag=1), InputError, "a month"),
        (lambda: recall(PANEL, as_of="2010-01", lag=1), StatisticUndefined, "2010-01"),
        (lambda: recall(PANEL, breaks=["soon"]), InputError, "not a period"),
        (lambda: recall(PANEL.rename(columns={"2017/18": "mean"})), InputError, "not a period"),
        (lambda: recall(pd.concat([PANEL, PANEL])), JoinError, "more than once"),
        (lambda: recall(PANEL.set_axis([2019, "2019", 2020, 2021], axis=1)), InputError, "twice"),
    ],
)
def test_what_is_wrong_is_said(change, error, said):
    with pytest.raises(error, match=said):
        change()
