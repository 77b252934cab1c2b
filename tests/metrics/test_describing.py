"""Titles and units of series whose headings say neither, out of what stands around the table."""

from __future__ import annotations

import pytest

from spatial_gaps import read_metric

AREAS = ("E06000001,Hartlepool", "E06000002,Middlesbrough")


@pytest.fixture
def write(tmp_path):
    def write_(*lines: str):
        path = tmp_path / "file.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write_


@pytest.mark.parametrize(
    ("above", "heading", "title", "unit"),
    [
        ("Table B4: Output per filled job (£); LADs, 2020 - 2021", "Pounds", "Output per filled job", "£"),
        ("Table 2 - Jobs by area, year ending March 2020 to 2021", "Jobs", "Jobs by area", "jobs"),
        ("Output per filled job indices, 2020 to 2021", "Index", "Output per filled job indices",
         "index UK=100"),
        ("Figure 6: Weekly pay (£), April 2021", "Mean", "Mean: Weekly pay", "£"),
        ("Weekly pay (£)", "Annual percentage change", "Annual percentage change: Weekly pay", "%"),
        ("Figure 6: Weekly pay (£), April 2021", "Earnings", "Weekly pay", "£"),
        ("Figure 6: Weekly pay (£), April 2021", "Jobs paid below", "Jobs paid below", ""),
    ],
)  # fmt: skip
def test_the_title_of_the_table_names_what_a_bare_heading_does_not(
    write, above, heading, title, unit
):
    rows = [f"{area},{figure}" for area, figure in zip(AREAS, (1, 2), strict=True)]
    metric = read_metric(
        write(f'"{above}",,', '"UK=100",,', ",,", f"code,name,{heading}", *rows), period="2021"
    )
    assert (metric.title, metric.unit) == (title, unit)


def test_a_bare_heading_with_nothing_above_it_stays(write):
    metric = read_metric(write("code,name,Pounds", *(f"{area},5" for area in AREAS)))
    assert metric.title == "Pounds"


def test_a_heading_in_the_top_row_spans_those_below_it(write):
    path = write(
        "Table 7 - Jobs in 2021,,,",
        ",,Paid below the living wage,",
        ",,Jobs,Per cent",
        "code,name,(thousand),",
        *(f"{area},3,12.5" for area in AREAS),
    )
    metric = read_metric(path, value="Per cent")
    assert (metric.title, metric.unit) == ("Paid below the living wage: Jobs", "%")
    assert metric.at(2021)["value"].tolist() == [12.5, 12.5]
    jobs = read_metric(path, value="Paid below the living wage Jobs (thousand)")
    assert jobs.at(2021)["value"].tolist() == [3, 3]


def test_the_base_year_of_an_index_is_that_of_the_file(write):
    lines = ("Table A5: Chained Volume GVA per hour worked indices", "2020=100", "")
    rows = [f"{area},98,100" for area in AREAS]
    metric = read_metric(write(*(f"{line},,," for line in lines), "code,name,2019,2020", *rows))
    assert metric.key == "gva_per_hour_cvm_index"
    assert metric.unit == "index 2020=100"
    assert any("'index 2020=100'" in str(notice) for notice in metric.notices)


def test_one_sex_of_all_ages_is_not_the_population(write):
    lines = [
        f"{code},{sex},{band},{figure}"
        for code in ("E06000001", "E06000002")
        for sex, figure in (("Total", 10), ("Male", 5))
        for band in ("All Ages", "Aged 65+")
    ]
    path = write("GEOGRAPHY_CODE,GENDER_NAME,C_AGE_NAME,OBS_VALUE", *lines)
    keys = {
        indicator: read_metric(path, indicator=indicator).key
        for indicator in ("Total | All Ages", "Total | Aged 65+", "Male | All Ages")
    }
    assert keys == {
        "Total | All Ages": "population_total",
        "Total | Aged 65+": "population_65_plus",
        "Male | All Ages": "male_all_ages",
    }
