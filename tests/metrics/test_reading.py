"""Published CSVs as they are: layouts, markers, periods, and errors that say where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.metrics.markers import parse_numbers
from spatial_gaps.metrics.periods import plain_period, plain_periods
from spatial_gaps.metrics.reading import read_metric

ELS = """\ufeffareacd,areanm,geography,indicator,period,observation,measure,unit,lci_95,uci_95,status,notes
K02000001,United Kingdom,Country,Gross median weekly pay,2021-04-21,505.1,Pounds,£,503.12,507.08,,
E06000001,Hartlepool,LAD,Gross median weekly pay,2021-04-21,489.3,Pounds,£,424.086,554.514,,
E06000002,Middlesbrough,LAD,Gross median weekly pay,2021-04-21,,Pounds,£,,,x,
E06000001,Hartlepool,LAD,Gross median weekly pay,2020-04-22,"1,480.5",Pounds,£,,,,
"""


@pytest.fixture
def write(tmp_path):
    def write_(text: str | bytes, name: str = "file.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_


def test_explore_local_statistics_layout(write):
    metric = read_metric(write(ELS))
    assert (metric.key, metric.higher_is, metric.unit) == (
        "earnings_weekly_median_residence",
        "better",
        "£",
    )
    assert metric.periods == ("2020", "2021")
    rows = metric.at(2021)
    assert list(rows.index) == ["E06000001", "E06000002", "K02000001"]
    assert rows.loc["E06000001", "se"] == pytest.approx((554.514 - 424.086) / 3.919928, rel=1e-6)
    assert "marked x" in rows.loc["E06000002", "status"]
    assert metric.at("2020").loc["E06000001", "value"] == 1480.5
    assert rows["level"].to_dict() == {"E06000001": "lad", "E06000002": "lad", "K02000001": "uk"}


def test_tidy_layout_with_cv_and_several_indicators(write):
    text = "metric,area_code,area_name,level,period,value,lower,upper,cv,unit,source,marker\n"
    text += "pay_a,E06000001,Hartlepool,lad,2021,400,,,5,GBP,S,\n"
    text += "pay_b,E06000001,Hartlepool,lad,2021,500,,,,GBP,S,\n"
    path = write(text)
    with pytest.raises(InputError, match=r"several indicators.*--indicator.*pay_a.*pay_b"):
        read_metric(path)
    with pytest.raises(InputError, match=r"no indicator 'pay_c'.*pay_a, pay_b"):
        read_metric(path, indicator="pay_c")
    metric = read_metric(path, indicator="pay_a")
    assert metric.at(2021).loc["E06000001", "se"] == pytest.approx(20)
    assert metric.higher_is is None
    assert metric.at(2021).loc["E06000001", "value"] == 400


def test_columns_can_be_named_and_a_missing_one_lists_what_there_is(write):
    path = write("district,rate,other\n00AA,4.5,1\n00AB,5.5,2\n")
    with pytest.raises(InputError, match=r"file.csv, row 1: no table.*code=.*district, rate"):
        read_metric(path)
    metric = read_metric(path, code="district", value="rate")
    assert metric.at("all")["value"].tolist() == [4.5, 5.5]
    with pytest.raises(InputError, match=r'.cost. is no column of figures.*"rate"; "other"'):
        read_metric(path, code="district", value="cost")
    with pytest.raises(InputError, match="no table with a column 'area'"):
        read_metric(path, code="area")


def test_codes_are_known_by_what_they_are_whatever_the_heading(write):
    metric = read_metric(write("where,rate\nE06000001,4.5\nE06000002,5.5\n"))
    assert metric.at("all")["value"].to_dict() == {"E06000001": 4.5, "E06000002": 5.5}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "workbook is damaged or cut off"),
        (b"\xd0\xcf\x11\xe0rest", "damaged or cut off.*more has to follow"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"a\x00b,c\n1,2\n", "NUL"),
        (b"code,value\nE06000001,\x81\n", r"row 2: byte 21 \(0x81\) is not UTF-8"),
        (b"code,value\nE06000001,\x80\n", r"row 2, column 'value', value '\u20ac'"),
        (b"code,value\n", "no row"),
        (b"code,value,value\nE06000001,1,2\n", "more than once: value"),
        (b"code,value\nE06000001,1\nE06000002\n", "row 3: this row has 1 fields.*cut off"),
        (
            b"code,value\nE06000001\nE06000002,1\n",
            "row 2: this row has 1 fields where the header has 2",
        ),
        (b"code,value\nE06000001,1\nE06000002,abc\n", "row 3, column 'value', value 'abc'"),
        (b"code,value\nE06000001,inf\n", "neither a number"),
        (b"code,value\nE06000001,1e999\n", "neither a number"),
        (
            b"code,value\nE06000001,1\nE06000001,2\n",
            r"more than one row.*E06000001 all \(rows 2, 3\)",
        ),
        (b"code,value\n,1\n", "row 2"),
        (b"code,value\nE0600000\xd0\x97,1\n", "U\\+0417"),
        (b"code,period,value\nE06000001,someday,1\n", "row 2, column 'period', value 'someday'"),
    ],
)
def test_bad_files_say_what_where_and_what_to_do(write, content, words):
    with pytest.raises(InputError, match=words) as caught:
        read_metric(write(content))
    assert "file.csv" in str(caught.value)


def test_only_local_files_are_opened(tmp_path):
    for path in ("https://example.org/a.csv", "/vsicurl/x", "<OGRVRTDataSource>", '{"type": 1}'):
        with pytest.raises(InputError, match="only local files"):
            read_metric(path)
    with pytest.raises(InputError, match="no such file"):
        read_metric(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="not a file"):
        read_metric(tmp_path)


def test_codes_keep_their_text_and_are_tidied_with_a_note(write):
    metric = read_metric(write("code,value\n\u00a0e06000001 ,1\nE06000002,2\n"))
    assert list(metric.at("all").index) == ["E06000001", "E06000002"]
    assert any("1" in str(notice) for notice in metric.notices)


def test_reversed_limits_are_recorded(write):
    metric = read_metric(write("code,value,lower,upper\nE06000001,5,6,4\nE06000002,5,4,6\n"))
    assert metric.notices[-1].codes == ("E06000001",)
    assert np.isnan(metric.at("all").loc["E06000001", "se"])


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,204", 1204), ("45.2%", 45.2), ("£1,234.5", 1234.5), (" \t67.1 ", 67.1), ("-3", -3),
     ("1\u00a0204", 1204), ("1e3", 1000)],
)  # fmt: skip
def test_printed_numbers(text, number):
    parsed = parse_numbers(pd.Series([text]), "f", "c")
    assert parsed.numbers.tolist() == [number]
    assert parsed.reasons.tolist() == [""]


@pytest.mark.parametrize(
    "marker",
    ["x", "[x]", "..", ":", "-", "*", "[c]", "[u]", "[low]", "na", ".", "u", "#", "!", "~", ""],
)
def test_markers_are_reasons_never_zero(marker):
    parsed = parse_numbers(pd.Series([marker]), "f", "c")
    assert parsed.numbers.isna().all()
    assert parsed.reasons.iloc[0]


@pytest.mark.parametrize("text", ["5**x", "1,2", "12,34,567", "NaN", "--", "£", "%"])
def test_unknown_text_is_an_error(text):
    with pytest.raises(InputError, match="row 7"):
        parse_numbers(pd.Series([text], index=[7]), "f", "c")


@pytest.mark.parametrize(
    ("raw", "plain"),
    [("2021", "2021"), ("2021.0", "2021"), ("2018/19", "2018/19"), ("2020-2022", "2020-2022"),
     ("2014/15-2016/17", "2014/15-2016/17"), ("2026-01", "2026-01"), ("2021-04-21", "2021"),
     ("2019-01-01/P1Y", "2019"), ("2014-04-01/P3Y", "2014/15-2016/17"), ("2020-01-01/P3Y", "2020-2022"),
     ("2018-09-01/P1Y", "2018/19"), ("1999-04-01/P1Y", "1999/00"), ("2021-13", None), ("soon", None)],
)  # fmt: skip
def test_periods(raw, plain):
    assert plain_period(raw) == plain


def test_two_dates_in_a_year_become_months():
    periods = plain_periods(pd.Series(["2026-01-15", "2026-07-15"]), "f", "c")
    assert periods.tolist() == ["2026-01", "2026-07"]


def test_asking_for_a_period_that_is_not_there_lists_those_that_are(write):
    with pytest.raises(InputError, match=r"no period '2019'.*2020, 2021"):
        read_metric(write(ELS)).at(2019)


def test_a_year_may_be_given_as_a_number(tmp_path):
    rows = "".join(f"E0600000{n},{n},{n + 1}\n" for n in range(1, 10))
    (tmp_path / "own.csv").write_text("code,2024,other\n" + rows)
    by_value = read_metric(tmp_path / "own.csv", value=2024)
    assert by_value.table["value"].tolist() == [*range(1, 10)]
    by_period = read_metric(tmp_path / "own.csv", value="other", period=2023)
    assert by_period.periods == ("2023",)
    assert by_period.table["value"].tolist() == [*range(2, 11)]
