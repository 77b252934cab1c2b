"""Quality bands of the coefficient of variation, in the words in which ONS prints them for ASHE."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.measure.uncertainty import cv_band

WORDS = ["precise", "reasonably precise", "acceptable", "unreliable"]


@pytest.mark.parametrize(
    ("value", "se", "band"),
    [
        (100, 0, "precise"),
        (100, 5, "precise"),
        (300, 15, "precise"),  # 5 % exactly, though 15 / 300 is no binary fraction
        (100, 5.01, "reasonably precise"),
        (70, 7, "reasonably precise"),
        (100, 10.01, "acceptable"),
        (35, 7, "acceptable"),
        (100, 20.01, "unreliable"),
        (-100, 12, "acceptable"),  # a loss is as precise as a gain
        (0, 1, "unreliable"),
        (0, 0, ""),
        (np.nan, 1, ""),
        (100, np.nan, ""),
    ],
)
def test_bands_end_at_5_10_and_20_per_cent(value, se, band):
    assert cv_band(pd.Series([value], ["a"]), pd.Series([se], ["a"])).to_dict() == {"a": band}


def test_standard_errors_are_matched_by_code():
    bands = cv_band(pd.Series({"a": 100.0, "b": 100.0, "c": 1.0}), pd.Series({"b": 4.0, "a": 30.0}))
    assert bands.to_dict() == {"a": "unreliable", "b": "precise", "c": ""}


def test_bands_of_the_cvs_that_ons_printed(shared):
    table = pd.read_csv(
        shared / "data/metrics/tidy/earnings_weekly_median_workplace_ashe7_2024.csv",
        index_col="area_code",
    ).dropna(subset="cv")
    assert len(table) > 380
    printed = table["cv"]
    expected = np.array(WORDS)[np.searchsorted([5, 10, 20], printed)]
    assert cv_band(table["value"], printed / 100 * table["value"]).tolist() == expected.tolist()
    assert set(expected) >= {"precise", "reasonably precise", "acceptable"}
