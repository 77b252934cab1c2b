"""Units as printed, and the two conversions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps.errors import InputError
from spatial_gaps.metrics.units import Unit, convert_unit, parse_unit, unit_of
from spatial_gaps.records import Metric

FIGURES = st.floats(0, 1e6, allow_subnormal=False)


def metric(unit: str, values=(10.0, 20.0), **facts) -> Metric:
    table = pd.DataFrame(
        {"code": [f"E0600000{n + 1}" for n in range(len(values))], "value": values}
    ).assign(
        period="2021",
        name="A",
        level="lad",
        lower=lambda table: table["value"] - 1.96,
        upper=lambda table: table["value"] + 1.96,
        se=1.0,
        se_source="limits",
        status="",
        note="",
        period_raw="2021",
        row=range(2, len(values) + 2),
    )
    asked = {"statistic": "rate", "scale": "bounded", "basis": "", "higher_is": "worse"}
    words = {"default_weight": "people", "source": "", "licence": ""}
    return Metric(key="x", title="X", unit=unit, table=table, **(asked | words | facts))


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("%", Unit("percent")),
        ("Percentage", Unit("percent")),
        ("percent of premises", Unit("percent", base="premises")),
        ("Employment rate, aged 16 to 64 years (%)", Unit("percent")),
        ("percentage points", Unit("other", base="percentage points")),
        ("proportion", Unit("proportion")),
        ("£", Unit("money")),
        ("Pounds", Unit("money")),
        ("GBP", Unit("money")),
        ("GBP per week", Unit("money", base="week")),
        ("Median weekly pay (£)", Unit("money", base="week")),
        ("GBP per year", Unit("money", base="year")),
        ("GBP per head", Unit("money", base="head")),
        ("GBP current prices", Unit("money")),
        ("GBP million", Unit("money", 1e6)),
        ("Pounds (million)", Unit("money", 1e6)),
        ("£m", Unit("money", 1e6)),
        ("£bn", Unit("money", 1e9)),
        ("per 1,000 population", Unit("rate", 1e3, "people")),
        ("Rate per 1,000,000 population", Unit("rate", 1e6, "people")),
        ("per million people", Unit("rate", 1e6, "people")),
        ("Rate per 1,000 dwelling stock", Unit("rate", 1e3, "dwellings")),
        ("per 100,000 households (as supplied)", Unit("rate", 1e5, "households")),
        ("per 1,000 at-risk population", Unit("rate", 1e3, "at-risk people")),
        ("Years", Unit("years")),
        ("Male Healthy Life Expectancy (years)", Unit("years")),
        ("index 2019=100", Unit("index", base="2019")),
        ("index UK=100", Unit("index", base="uk")),
        ("ratio", Unit("ratio")),
        ("score", Unit("score")),
        ("mean score 0-10", Unit("score", base="0-10")),
        (
            "Mean (Where 0 is 'not at all happy' and 10 is 'completely happy').",
            Unit("score", base="0-10"),
        ),
        ("rank", Unit("rank")),
        ("IMD Decile", Unit("rank", base="decile")),
        ("average_rank", Unit("score", base="average rank")),
        ("people", Unit("count", base="people")),
        ("Number of enterprises", Unit("count", base="enterprises")),
        ("Average travel time in minutes", Unit("other", base="minutes")),
        ("", Unit("other")),
    ],
)
def test_units_as_publishers_print_them(text, unit):
    assert parse_unit(text) == unit


@given(st.text(max_size=40) | st.from_regex(r"per [\d, ]{0,9}[a-z%£=]{0,9}", fullmatch=True))
def test_any_text_is_a_unit_and_a_rate_is_per_something(text):
    assert parse_unit(text).per > 0


def test_scottish_crime_per_10_000_becomes_per_1_000_with_its_uncertainty():
    crime = metric("per 10,000 population", (95.0, 337.0), scale="ratio")
    converted = convert_unit(crime, "per 1,000 population")
    assert converted.unit == "per 1,000 population"
    assert converted.denominator == "1,000 people"
    assert converted.table["value"].tolist() == pytest.approx([9.5, 33.7])
    assert converted.table["se"].tolist() == pytest.approx([0.1, 0.1])
    assert converted.table["upper"].tolist() == pytest.approx([9.696, 33.896])
    assert "times 0.1" in str(converted.notices[-1])
    assert crime.table["value"].tolist() == [95.0, 337.0]


def test_a_proportion_of_0_45_is_45_percent():
    converted = convert_unit(metric("proportion", (0.45,)), "%")
    assert converted.table["value"].tolist() == pytest.approx([45.0])
    assert converted.table["se"].tolist() == pytest.approx([100.0])
    assert unit_of(converted).kind == "percent"


@given(st.lists(FIGURES, min_size=1, max_size=5))
def test_there_and_back_is_the_same(values):
    for given_, wanted in (("%", "proportion"), ("per 1,000 people", "per 100,000 people")):
        first = metric(given_, tuple(values))
        back = convert_unit(convert_unit(first, wanted), given_)
        columns = ["value", "lower", "upper", "se"]
        np.testing.assert_allclose(back.table[columns], first.table[columns], rtol=1e-12)


@given(FIGURES, st.sampled_from([1, 10, 1_000, 100_000, 1_000_000]))
def test_limits_stay_1_96_standard_errors_away(value, per):
    table = convert_unit(metric("per 10,000 people", (value,)), f"per {per:,} people").table
    width = (table["upper"] - table["lower"]) / (2 * 1.96)
    np.testing.assert_allclose(width, table["se"], rtol=1e-4, atol=1e-9 * max(value, 1))


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("£", "%"),
        ("£", "£ million"),
        ("per 1,000 people", "%"),
        ("per 1,000 people", "per 1,000 dwellings"),
        ("years", "minutes"),
        ("rank", "decile"),
        ("", "%"),
        ("index 2019=100", "index UK=100"),
    ],
)
def test_no_other_conversion_is_made(given_, wanted):
    with pytest.raises(InputError, match=f"cannot be converted from '{given_}' to '{wanted}'"):
        convert_unit(metric(given_), wanted)


def test_the_denominator_of_the_record_says_what_a_bare_unit_is_of():
    assert unit_of(metric("£", denominator="week")) == parse_unit("GBP per week")
    per_head = metric("per 1,000", denominator="1,000 dwellings")
    with pytest.raises(InputError, match="cannot be converted"):
        convert_unit(per_head, "per 100,000 people")
