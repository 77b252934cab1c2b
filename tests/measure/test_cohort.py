"""The same areas through several periods."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError, JoinError, StatisticUndefined, WeightsError
from spatial_gaps.measure.cohort import follow, start_years

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
