"""Rows that a publisher repeats on purpose, and periods that are not those of a column."""

from __future__ import annotations

import pytest

from spatial_gaps import read_metric
from spatial_gaps.errors import InputError

TWO_TYPES = """GEOGRAPHY_CODE,GEOGRAPHY_TYPE,OBS_VALUE,OBS_STATUS
E06000001,districts,10,A
E06000002,districts,20,A
E06000001,counties,10,A
E06000002,counties,{second},A
"""
SUMMARY = """Households in 2021,,
code,name,households
E12000007,London,{london}
E09000002,Barking,10
E09000003,Barnet,20
E12000007,London,30
"""


@pytest.fixture
def write(tmp_path):
    def write_(text: str):
        path = tmp_path / "file.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write_


def test_an_area_under_two_types_of_geography_is_read_once_with_a_notice(write):
    metric = read_metric(write(TWO_TYPES.format(second=20)))
    assert metric.at("all")["value"].to_dict() == {"E06000001": 10, "E06000002": 20}
    assert (metric.at("all")["note"] == "").all()
    notice = next(notice for notice in metric.notices if notice.kind == "repeated-rows")
    assert notice.codes == ("E06000001", "E06000002")
    assert "row 4 E06000001, row 5 E06000002" in str(notice)


def test_two_figures_for_an_area_are_refused_whatever_the_type_of_geography(write):
    with pytest.raises(InputError, match=r"more than one row.*E06000002 all \(rows 3, 5\)"):
        read_metric(write(TWO_TYPES.format(second=21)))


def test_a_region_above_the_list_and_in_it_is_read_once(write):
    metric = read_metric(write(SUMMARY.format(london=30)))
    assert metric.at(2021)["value"].to_dict() == {"E09000002": 10, "E09000003": 20, "E12000007": 30}
    with pytest.raises(InputError, match=r"E12000007 2021 \(rows 3, 6\)"):
        read_metric(write(SUMMARY.format(london=31)))


def test_a_row_that_stands_twice_without_a_reason_is_refused(write):
    with pytest.raises(InputError, match=r"E06000001 all \(rows 2, 4\)"):
        read_metric(write("code,rate\nE06000001,1\nE06000002,2\nE06000001,1\n"))


def test_rows_left_out_for_want_of_a_code_are_shown_by_their_words(write):
    metric = read_metric(
        write("Title,,\ncode,name,value\nE06000001,A,1\nna,Aberdeen City Region,3\nE06000002,B,2\n")
    )
    assert "row 4 'Aberdeen City Region'" in str(metric.notices[-1])


def test_a_title_about_columns_of_years_gives_no_period_to_the_average_beside_them(write):
    path = write(
        "Ratio by area 2020 to 2021,,,\ncode,name,2020,2021,5-year average\n"
        "E06000001,A,1,2,1.5\nE06000002,B,3,4,3.5\n"
    )
    assert read_metric(path).periods == ("2020", "2021")
    average = read_metric(path, value="5-year average")
    assert average.periods == ("all",)
    assert average.at("all")["value"].tolist() == [1.5, 3.5]


def test_a_heading_that_differs_by_its_footnote_is_taken_as_given(write):
    path = write("code,Other,Other2\nE06000001,1,2\nE06000002,3,4\n")
    assert read_metric(path, value="Other").at("all")["value"].tolist() == [1, 3]
    assert read_metric(path, value="Other2").at("all")["value"].tolist() == [2, 4]
