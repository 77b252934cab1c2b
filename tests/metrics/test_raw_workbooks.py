"""Cells of published workbooks against the same cells got by another route, sheet by sheet."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from spatial_gaps import pair_metrics, read_metric
from spatial_gaps.errors import InputError
from spatial_gaps.metrics.catalogue import find_known, slug

NINTH = "subnational_indicators_ninth_release_2024.xlsx"
ITL, ITL_BEFORE = "labourproductivityitls_2004_2022.xls", "itlproductivity_2004_2021.xlsx"
LAD = "labourproductivitylocalauthorities_2004_2022.xls"
HOUSES = "house_price_to_workplace_earnings_ratio_2024.xlsx"
LWF = "ashe_lwf_table7_below_living_wage_2022_prov.xls"
ASHE7, ASHE8 = (
    "ashe_table7_1a_weekly_gross_2024_prov.xlsx",
    "ashe_table8_1a_weekly_gross_2023_prov.xls",
)
ASHE8_CV = "ashe_table8_1b_weekly_gross_2023_prov_cv.xls"
FIGURE6 = "earnings_bulletin_2024_figure6.xlsx"
HOMELESS = "statutory_homelessness_detailed_la_202212.ods"
CODE = re.compile(r"[EWSNK]\d{8}|TL[A-Z0-9]+|UKX")

# The 50 sheets with a table: indicator, and by the lines and headings of the sheet unit, period and
# number of areas.
SHEETS = """
GVA per hour|gva_per_hour_smoothed|£|2021|388
Weekly pay|earnings_weekly_median_residence|£|2023|407
Employment rate|employment_rate_16_64|%|2022/23|389
Employment rate (NI)|employment_rate_16_64|%|2022|12
Unemployment rate|modelled_unemployment_rate|%|2022/23|387
GDHI per head|gdhi_per_head|£|2021|390
New enterprises|enterprises_births|enterprises|2022|422
Deaths of enterprises|enterprises_deaths|enterprises|2022|422
Active enterprises|enterprises_active|enterprises|2022|422
High growth enterprises|enterprises_high_growth|enterprises|2022|422
UK exports|uk_exports|£ million|2021|247
Inward FDI|fdi_inward|£ million|2021|66
Outward FDI|fdi_outward|£ million|2021|66
Goverment R&D|rd_public_funded|£ million|2020/21|14
Public transport to employer|travel_time_employment_public_transport|minutes|2019|371
Drive to employer|travel_time_employment_car|minutes|2019|371
Cycle to employer|travel_time_employment_cycle|minutes|2019|371
Broadband availability|gigabit_broadband|%|2023-09|374
4G area coverage|coverage_4g|%|2023-09|374
KS2 attainment|ks2_expected_standard|%|2022/23|165
GCSE by age 19|gcse_english_maths_by_19|%|2021/22|343
Ofsted|state_schools_good_or_outstanding|%|2024-01|163
Persistent absences|persistent_absence|%|2021/22|163
Persistent absences FSM|persistent_absence_fsm|%|2021/22|163
Persistent absences CLA|persistent_absence_looked_after|%|2021/22|164
Early years comms|early_years_communication|%|2022/23|341
Early years literacy|early_years_literacy|%|2022/23|341
Early years maths|early_years_maths|%|2022/23|341
FE and skills achievements|fe_skills_achievements_count|achievements|2022/23|154
Apprenticeship starts|apprenticeship_starts|per 100,000 people|2022/23|339
Apprenticeship achievements|apprenticeship_achievements|per 100,000 people|2022/23|339
Level 3+ qualifications|qualifications_nvq3_plus|%|2021|421
Level 3+ qualifications (NI)|qualifications_nvq3_plus|%|2022|12
FE and skills participation|fe_skills_participation_19plus|per 100,000 people|2022/23|339
Female HLE|healthy_life_expectancy_female|years|2018-2020|254
Male HLE|healthy_life_expectancy_male|years|2018-2020|254
Smokers|adult_smokers|%|2022|414
Reception obesity|obesity_reception|%|2022/23|335
Year 6 obesity|obesity_year_6|%|2022/23|335
Adult obesity|obesity_adults|%|2021/22|353
Cancer diagnosis|cancers_diagnosed_early|%|2021|336
Under 75 mortality rate|cvd_preventable_mortality_under75|per 100,000 people|2020-2022|325
Under 75 mortality rate (NI)|cvd_preventable_mortality_under75_ni|per 100,000 people|2022|12
Life satisfaction|wellbeing_life_satisfaction|score 0-10|2022/23|419
Worthwhile|wellbeing_worthwhile|score 0-10|2022/23|419
Happiness|wellbeing_happiness|score 0-10|2022/23|419
Anxiety|wellbeing_anxiety|score 0-10|2022/23|419
Net additions|net_additional_dwellings|per 1,000 dwellings|2022/23|349
Homicide|homicide_rate|per million people|2020/21-2022/23|55
Devolution|devolution_population_share|%|2023-01|10
"""
# What differs in the ITL workbook of 2022 by more than a tenth from that of the year before. Output
# was revised in 2023 with the national accounts, most in 2020 and 2021; hours and jobs hardly.
REVISED = {
    "A3": {"TLE13", "TLE21", "TLG21", "TLI75", "TLJ32"},
    "A4": {"TLF11", "TLG21", "TLH21", "TLI7", "TLI75", "TLJ32", "TLL14"},
    "Productivity Hours": set(),
    "Productivity Jobs": set(),
}
HOURLY = ("A1", "A2", "A3", "A4", "A5")
PER_JOB = ("B1", "B2", "B3", "B4", "B5")
INPUTS = ("Productivity Hours", "Productivity Jobs")


@pytest.fixture(scope="module")
def raw(shared):
    return shared / "data/metrics/raw"


@cache
def grid(path: Path, sheet: str) -> list[list[object]]:
    """All cells of a sheet with the types that the workbook has."""
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(False)


def check_column(metric_rows: pd.DataFrame, rows: list[list[object]], code: int, at: int) -> None:
    """Compare one column of a sheet with what was read of it; a word is no figure and has a reason."""
    cells = {
        str(row[code]).strip(): row[at] for row in rows if CODE.fullmatch(str(row[code]).strip())
    }
    assert set(metric_rows.index) == set(cells)
    for area, cell in cells.items():
        if isinstance(cell, int | float):
            assert metric_rows.at[area, "value"] == cell
        else:
            assert np.isnan(metric_rows.at[area, "value"])
            assert metric_rows.at[area, "status"]


@pytest.mark.parametrize("line", SHEETS.split("\n")[1:-1])
def test_each_sheet_of_the_ninth_release_is_read_by_its_name(raw, line):
    sheet, key, unit, period, areas = line.split("|")
    rows = grid(raw / NINTH, sheet)
    start = next(at for at, row in enumerate(rows) if row[0] == "Area Code")
    heads = [str(cell) for cell in rows[start]]
    body = [row for row in rows[start + 1 :] if CODE.fullmatch(str(row[0]).strip())]
    # Names are words, so the first column that holds a number has the figures.
    at = next(c for c in range(len(heads)) if any(isinstance(row[c], float) for row in body))
    metric = read_metric(raw / NINTH, sheet=sheet)
    assert (metric.key, metric.unit, metric.periods) == (key, unit, (period,))
    assert len(metric.table) == len(body) == int(areas)
    stated = [str(row[1]) for row in rows if row[0] == "Metric:"]
    assert key in [known.key for known in map(find_known, [*stated, heads[at].strip()]) if known]
    known = find_known(key)
    assert metric.title.lower() == (known.title or known.noun).lower()
    ours = metric.at(period)
    check_column(ours, body, 0, at)
    beside = set(range(at + 1, len(heads)))
    for side in ("lower", "upper"):
        limits = [c for c in beside if heads[c].lower().startswith(side)]
        for row in body:
            cell = row[limits[0]] if limits else ""
            printed = cell if isinstance(cell, float) else np.nan
            np.testing.assert_equal(ours.at[str(row[0]).strip(), side], printed)
        beside -= set(limits)
    for row in body:
        of = ours.loc[str(row[0]).strip()]
        assert of["name"] in [str(cell).strip() for cell in row[1:at] if cell not in ("", "na")]
        said = [str(row[c]).strip() for c in beside]
        assert all(text in of["note"] or text == of["status"] for text in said)


@pytest.mark.parametrize("sheet", ["Notes", "Voluntary TQV", "Data dictionary", "Data inclusivity"])
def test_sheets_of_words_are_refused(raw, sheet):
    with pytest.raises(InputError, match=f"no table of areas.*sheet '{sheet}'"):
        read_metric(raw / NINTH, sheet=sheet)


def test_rows_without_a_code_are_named(raw):
    notices = read_metric(raw / NINTH, sheet="Inward FDI").notices
    assert "70 'Aberdeen City Region'" in str(notices[-1])
    notices = read_metric(raw / LWF, value="Per cent").notices
    assert "417 'Not Classified'" in str(notices[-1])


@pytest.mark.parametrize(
    ("file", "sheet"),
    [(file, sheet) for file in (ITL, ITL_BEFORE) for sheet in (*HOURLY, *PER_JOB, *INPUTS)]
    + [(LAD, sheet) for sheet in ("A1", "A3", "B1", "B3", *INPUTS)],
)
def test_years_in_headings_of_one_row_or_two_are_the_columns_they_stand_over(raw, file, sheet):
    rows = grid(raw / file, sheet)
    code = 0 if file == LAD else 1
    first = next(at for at, row in enumerate(rows) if CODE.fullmatch(str(row[code]).strip()))
    table = read_metric(raw / file, sheet=sheet).table
    years = [
        re.search(r"20\d\d", f"{rows[first - 2][c]} {rows[first - 1][c]}")
        for c in range(len(rows[first]))
    ]
    columns = {year[0]: at for at, year in enumerate(years) if year}
    assert set(columns) == set(table["period"])
    for year, at in columns.items():
        check_column(table[table["period"] == year].set_index("code"), rows, code, at)


@pytest.mark.parametrize("sheet", REVISED)
def test_both_editions_give_one_series_up_to_rounding_and_revision(raw, sheet):
    before, after = (read_metric(raw / file, sheet=sheet) for file in (ITL_BEFORE, ITL))
    assert (before.key, before.title, before.unit) == (after.key, after.title, after.unit)
    old, new = (each.table.set_index(["code", "period"])["value"] for each in (before, after))
    assert len(old.index.difference(new.index)) == 0
    assert set(new.index.difference(old.index).get_level_values("period")) == {"2022"}
    change = (new.loc[old.index] / old - 1).abs()
    assert set(change.index[change > 0.1].get_level_values("code")) == REVISED[sheet]
    assert (change < (0.01 if sheet in INPUTS else 0.05)).mean() > 0.98


def test_indices_of_another_base_year_are_not_the_same_until_rebased(raw):
    before, after = (read_metric(raw / file, sheet="A5") for file in (ITL_BEFORE, ITL))
    assert (before.unit, after.unit) == ("index 2020=100", "index 2019=100")
    assert any("2020=100" in str(notice) for notice in before.notices)
    with pytest.raises(InputError, match="unit"):
        pair_metrics(before, after, period=2021)
    old, new = (
        each.table.pivot(index="code", columns="period", values="value") for each in (before, after)
    )
    rebased = old.div(old["2019"], axis=0) * 100
    change = (new[rebased.columns] / rebased - 1).abs()
    assert (change < 0.05).to_numpy().mean() > 0.97


@pytest.mark.parametrize(
    ("file", "sheet", "value", "title", "unit"),
    [
        (ITL, "B1", None, "Current Price (smoothed) GVA (B) per filled job indices", "index UK=100"),
        (ITL, "B3", None, "Output per job", "£"),
        (LAD, "B3", None, "Output per job", "£"),
        (ITL_BEFORE, "B3", None, "Output per job", "£"),
        (ITL, "B4", None, "Current Price (unsmoothed) GVA (B) per filled job", "£"),
        (ITL_BEFORE, "B5", None, "Chained Volume (unsmoothed) GVA (B) per filled job indices",
         "index 2020=100"),
        (ITL, "Productivity Hours", None, "Productivity Hours Worked per Week", "hours"),
        (LAD, "Productivity Jobs", None,
         "Productivity Jobs by Local Authority District (constrained to ITL1)", "jobs"),
        (HOUSES, "6a", None,
         "Lower quartile house price by local authority district, England and Wales", "£"),
        (LWF, "Male", "Per cent", "% earning below Living Wage Foundation rates: LWF.1 lwfmgx - For "
         "male employee jobsa: United Kingdom", "%"),
        (ASHE7, "Female", "Mean", "Mean: Weekly pay - Gross - For female employee jobsa: United "
         "Kingdom", "£"),
        (FIGURE6, None, None, "Median gross weekly earnings for full-time employees for all local "
         "authorities by place of work", "£"),
    ],
)  # fmt: skip
def test_a_heading_that_is_only_a_unit_has_its_title_from_above_the_table(
    raw, file, sheet, value, title, unit
):
    metric = read_metric(raw / file, sheet=sheet, value=value)
    assert (metric.title, metric.unit) == (title, unit)
    assert metric.key == ("gva_per_job" if title == "Output per job" else slug(title))


def test_an_average_beside_columns_of_years_is_not_of_all_of_them(raw):
    average = read_metric(raw / HOUSES, sheet="5c", value="5-year average")
    assert average.periods == ("all",)
    rows = grid(raw / HOUSES, "5c")
    start = next(at for at, row in enumerate(rows) if row[-1] == "5-year average")
    check_column(average.at("all"), rows[start:], 2, len(rows[start]) - 1)


def test_the_share_of_jobs_below_the_living_wage(raw):
    rows = grid(raw / LWF, "All")
    share, jobs = (read_metric(raw / LWF, value=value) for value in ("Per cent", "column C"))
    check_column(share.at(2022), rows, 1, 3)
    check_column(jobs.at(2022), rows, 1, 2)
    # By hand: lines 6 and 8 of the sheet; 193 cells marked x, as the README counts them.
    assert share.at(2022).loc[["K02000001", "K04000001"], "value"].tolist() == [12.2, 12.5]
    assert jobs.at(2022).at["K02000001", "value"] == 3495
    assert sum(row[at] == "x" for row in rows for at in (2, 3)) == 193
    marked = sum(int(each.table["status"].str.contains("marked x").sum()) for each in (share, jobs))
    assert marked == sum(row[at] == "x" for row in rows for at in (2, 3) if row[1])


def test_full_time_pay_of_the_bulletin(raw):
    metric = read_metric(raw / FIGURE6)
    assert metric.periods == ("2024-04",)
    check_column(metric.at("2024-04"), grid(raw / FIGURE6, "Sheet1"), 1, 2)
    assert metric.at("2024-04").at["K03000001", "value"] == 729.6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "marker", "cells"),
    [(ASHE7, "x", 364), (ASHE8, "x", 416), (ASHE8_CV, "x", 261), (ASHE8_CV, ".", 793)],
)
def test_every_marker_of_the_pay_workbooks_is_a_reason(raw, file, marker, cells):
    rows = grid(raw / file, "All")
    assert sum(cell == marker for row in rows for cell in row) == cells
    coded = [row for row in rows if CODE.fullmatch(str(row[1]).strip())]
    columns = [at for at in range(2, 20) if any(isinstance(row[at], float) for row in coded[:3])]
    read = [read_metric(raw / file, value=f"column {chr(65 + at)}").table for at in columns]
    counted = sum(int((table["status"].str.endswith(f"(marked {marker})")).sum()) for table in read)
    assert counted == sum(row[at] == marker for row in coded for at in columns)


# The ODS, got out of its XML ----------------------------------------------------------------------

SPACE = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
TABLE, OFFICE, TEXT = (SPACE % name for name in ("table", "office", "text"))


def _cells(row: ElementTree.Element) -> Iterator[str]:
    """The cells of one row: the stored number, else the text, as often as it is repeated."""
    for cell in row:
        if cell.tag in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            number = cell.get(f"{OFFICE}value")
            words = "".join("".join(part.itertext()) for part in cell.findall(f"{TEXT}p"))
            repeated = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
            yield from [number or words] * min(repeated, 60)


@pytest.fixture(scope="module")
def homeless(raw) -> dict[str, list[list[str]]]:
    """Rows of authorities, regions and England of the 27 tables."""
    with zipfile.ZipFile(raw / HOMELESS) as packed:
        root = ElementTree.fromstring(packed.read("content.xml"))
    sheets = {}
    for table in root.iter(f"{TABLE}table"):
        rows = [list(_cells(row)) for row in table.iter(f"{TABLE}table-row")]
        coded = [row for row in rows if row and CODE.fullmatch(row[0].strip())]
        if coded and len(coded[0]) > 3:
            sheets[str(table.get(f"{TABLE}name"))] = coded
    return sheets


@pytest.mark.long
def test_each_table_of_the_ods_equals_its_xml(raw, homeless):
    assert len(homeless) == 27
    for sheet, rows in homeless.items():
        _check_ods(raw, sheet, rows, next(at for at in range(3, 9) if rows[0][at].strip()))


def _check_ods(raw: Path, sheet: str, rows: list[list[str]], at: int) -> int:
    """Compare one column, and return how many of its cells are marked as not available."""
    metric = read_metric(raw / HOMELESS, sheet=sheet, value=f"column {chr(65 + at)}")
    ours = metric.table.set_index("code")
    # London stands above the regions and among them, with the same figures.
    assert len(rows) == len(ours) + 1 == 320
    assert "E12000007" in next(n for n in metric.notices if n.kind == "repeated-rows").codes
    for row in rows:
        cell, read = row[at], ours.loc[row[0].strip()]
        if cell == "..":
            assert np.isnan(read["value"])
            assert read["status"] == "not available (marked ..)"
        else:
            assert read["value"] == float(cell)
    return int((ours["status"] != "").sum())


@pytest.mark.slow
def test_every_column_of_one_table_of_the_ods(raw, homeless):
    rows = homeless["A1"]
    columns = [at for at, cell in enumerate(rows[0]) if at > 3 and cell.strip()]
    marked = sum(_check_ods(raw, "A1", rows, at) for at in columns)
    # The README counts 161 cells, of which one is in the legend below the table.
    assert marked == sum(row.count("..") for row in rows) == 161 - 1
