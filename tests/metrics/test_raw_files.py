"""Files as departments published them, read untouched, against the tidy tables of the same series."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from spatial_gaps import read_metric
from spatial_gaps.errors import InputError
from spatial_gaps.metrics.catalogue import find_known
from spatial_gaps.metrics.publications import publications
from spatial_gaps.records import Metric

ELS = "explore_local_statistics"
FIRST = "subnational_indicators_first_release_2022"
NINTH = "subnational_indicators_ninth_release_2024.xlsx"
ASHE7 = "ashe_table7_1a_weekly_gross_2024_prov.xlsx"
ASHE7_CV = "ashe_table7_1b_weekly_gross_2024_prov_cv.xlsx"
ASHE8 = "ashe_table8_1a_weekly_gross_2023_prov.xls"
ASHE8_CV = "ashe_table8_1b_weekly_gross_2023_prov_cv.xls"
ITL = "labourproductivityitls_2004_2022.xls"
ITL_BEFORE = "itlproductivity_2004_2021.xlsx"
LAD = "labourproductivitylocalauthorities_2004_2022.xls"
HOUSES = "house_price_to_workplace_earnings_ratio_2024.xlsx"
PEOPLE = "population_estimates_by_local_authority_1998_2023.xlsx"
NOMIS = "population_mid2021_nomis.csv"
LWF = "ashe_lwf_table7_below_living_wage_2022_prov.xls"
IMD19 = "iod2019_file10_lad_summaries.xlsx"
IMD25 = "iod2025_file10_lad_summaries.xlsx"
IMD19_LSOA = "iod2019_file1_imd_lsoa.xlsx"
HOMELESS = "statutory_homelessness_detailed_la_202212.ods"

# Where file and tidy table, or file and rule, do not agree. Each one has to be true of a case below.
EXCEPTIONS = {
    "England": "the workbook has a row of England (TLB), which the tidy table leaves out",
    "suspect": "the tidy table marks the rate of South Yorkshire, the publication does not",
    "[u]": "the workbook marks Northern Ireland 2023, the tidy table has a blank without the marker",
    "words": "the sheet gives the reason of a blank in words where the tidy table has a marker",
    "limits": "the file has limits, which the tidy table leaves out",
    "1.96": "the tidy limits are value -/+ 1.96 se, ours 1.959964 se: up to 0.005 apart",
    "periods": "the tidy table keeps the period as printed; compared with `period_raw`",
}
# More than one choice has to be made where a column of that name stands on several sheets.
TWO_CHOICES = {
    (HOMELESS, "A1", "column E"): "27 sheets, most of several columns",
    (HOUSES, "5c", "5-year average"): "six sheets have this column",
    (ASHE7, "Male", "Median"): "nine sheets have it; without a name the one of everyone is taken",
    (ASHE8, "Female", "Mean"): "nine sheets have it; without a name the one of everyone is taken",
    (LWF, "Part-Time", "Per cent"): "nine sheets have it; without a name that of everyone is taken",
}
# Files without a tidy table, and where their cells are compared instead.
NO_TIDY = {
    LWF: "test_raw_workbooks.py",
    "earnings_bulletin_2024_figure6.xlsx": "test_raw_workbooks.py",
    ITL_BEFORE: "test_raw_workbooks.py",
    HOMELESS: "test_raw_workbooks.py",
    ASHE7_CV: "read with ASHE table 7",
    ASHE8_CV: "read with ASHE table 8",
}
# Files that hold no table of areas, by name or otherwise, and are refused.
REFUSED = {
    "goverd2022.xlsx",
    f"{FIRST}/Notes-Table 1.csv",
    f"{FIRST}/Data dictionary-Table 1.csv",
    f"{FIRST}/Data inclusivity-Table 1.csv",
}


class Case(NamedTuple):
    """One series of a file: what is named to read it, and the rows of a tidy table that it equals."""

    file: str
    choice: dict[str, str]
    tidy: str
    metric: str = ""
    levels: str = ""
    period: str = ""
    but: tuple[str, ...] = ()


def _first_release() -> list[Case]:
    """The 25 sheets with a table; the tidy metric is called after the sheet."""
    alike = (
        "Apprenticeships completions", "Apprenticeships starts", "Cycle to employer", "Female HLE",
        "Drive to employer", "Early yrs comms", "Early yrs lit", "Early yrs maths", "Male HLE",
        "Employment rate", "GVA per hour", "Overweight adults", "Overweight children",
        "Public transport to employer",
    )  # fmt: skip
    printed = (
        "4G", "Anxiety", "Broadband availability", "GCSE", "Good or outstanding schools",
        "Happiness", "Life satisfaction", "New houses", "Smokers", "Weekly pay", "Worthwhile",
    )  # fmt: skip
    return [
        Case(
            f"{FIRST}/{stem}-Table 1.csv",
            {},
            FIRST,
            f"sni1_{stem.lower().replace(' ', '_')}",
            but=("periods",) * (stem in printed) + ("limits",) * (stem == "Smokers"),
        )
        for stem in (*alike, *printed)
    ]


def _ninth_release() -> list[Case]:
    """Sheets whose figures were not revised until the tidy tables were made."""
    travel = "travel_time_to_employment_centre"
    people = ("life_satisfaction", "worthwhile", "happiness", "anxiety")
    return [
        Case(NINTH, {"sheet": "FE and skills achievements"}, "fe_skills_achievements_count_2022_23"),
        Case(NINTH, {"sheet": "Devolution"}, "devolution_population_share"),
        Case(NINTH, {"sheet": "Goverment R&D"}, "rd_public_funded", period="2020/21"),
        *(Case(NINTH, {"sheet": sheet}, travel, f"travel_time_employment_{way}", period="2019")
          for sheet, way in (("Public transport to employer", "public_transport"),
                             ("Drive to employer", "car"), ("Cycle to employer", "cycle"))),
        *(Case(NINTH, {"sheet": name.replace("_", " ").capitalize()}, f"wellbeing_{name}",
               period="2022/23", but=("words",)) for name in people),
    ]  # fmt: skip


def _deprivation() -> list[Case]:
    """Average ranks, average scores and shares of eight domains, and four more, of two editions."""
    domains = {
        "imd": "IMD", "income": "Income", "employment": "Employment",
        "education": "Education, Skills and Training", "health": "Health Deprivation and Disability",
        "crime": "Crime", "barriers": "Barriers to Housing and Services",
        "living": "Living Environment",
    }  # fmt: skip
    statistics = {
        "average_rank": "Average rank",
        "average_score": "Average score",
        "prop_most_deprived_decile": "Proportion of LSOAs in most deprived 10% nationally",
    }
    cases = []
    for file, year, label in ((IMD19, "2019", "IMD 2019"), (IMD25, "2025", "IMD25")):
        columns = {
            f"{domain}_{statistic}": f"{title} - {heading}"
            for domain, title in domains.items()
            for statistic, heading in statistics.items()
        }
        columns |= {
            "imd_extent": f"{label} - Extent",
            "imd_local_concentration": f"{label} - Local concentration",
            "income_scale": "Income scale",
            "employment_scale": "Employment scale",
        }
        cases += [
            Case(file, {"value": heading}, "iod_lad_summaries_england", f"iod_{metric}", "", year)
            for metric, heading in columns.items()
        ]
    return cases


CASES = [
    Case(f"{ELS}/gross-median-weekly-pay.csv", {}, "earnings_weekly_median_residence"),
    Case(f"{ELS}/first-time-buyer-mortgage-sales.csv", {}, "first_time_buyer_mortgages"),
    Case(f"{ELS}/homicide-offences.csv", {}, "homicide_rate", but=("suspect",)),
    Case(f"{ELS}/pupils-at-expected-standards-by-end-of-primary-school.csv", {},
         "ks2_expected_standard"),
    Case(ASHE8, {"value": "Median", "cv": ASHE8_CV}, "earnings_weekly_median_residence_ashe8_2023",
         but=("1.96",)),
    Case(ASHE7, {"value": "Median", "cv": ASHE7_CV}, "earnings_weekly_median_workplace_ashe7_2024",
         but=("1.96",)),
    *(Case(ITL, {"sheet": sheet}, "gva_per_hour_itl", f"gva_per_hour_{which}", but=("England",))
      for sheet, which in (("A3", "smoothed"), ("A4", "unsmoothed"))),
    *(Case(ITL, {"sheet": sheet}, "gva_per_hour_itl_index", f"gva_per_hour_{which}",
           but=("England",)) for sheet, which in
      (("A1", "index_smoothed"), ("A2", "index_unsmoothed"), ("A5", "cvm_index"))),
    Case(LAD, {"sheet": "A1"}, "gva_per_hour_lad", "gva_per_hour_index_smoothed"),
    Case(LAD, {"sheet": "A3"}, "gva_per_hour_lad", "gva_per_hour_smoothed"),
    *(Case(HOUSES, {"sheet": f"{number}{letter}"}, tidy, levels=levels)
      for letter, tidy in (("a", "house_price_median"), ("b", "earnings_annual_median_workplace"),
                           ("c", "house_price_to_workplace_earnings_ratio"))
      for number, levels in (("1", "E92|W92|K04|E12"), ("3", "E10"), ("5", "E0|W06"))),
    Case(PEOPLE, {}, "population_total", but=("[u]",)),
    *(Case(NOMIS, {"indicator": band}, "population_by_age_2021", f"population_{key}")
      for band, key in (("All Ages", "total"), ("Aged 0 to 15", "0_15"), ("Aged 65+", "65_plus"))),
    *(Case("income_deprivation_lad19.csv", {"value": heading}, "income_deprivation_lad19_england",
           f"income_deprivation_{key}") for heading, key in
      (("income", "rate"), ("moran", "moran_i"), ("skew", "skew"), ("80_20", "80_20"),
       ("90_10", "90_10"))),
    Case("income_deprivation_lsoa11.csv", {"value": "income_score"},
         "imd2019_income_deprivation_lsoa11_england"),
    Case(IMD19_LSOA, {"value": "Index of Multiple Deprivation (IMD) Rank"},
         "imd2019_rank_lsoa11_england"),
    *_first_release(),
    *_ninth_release(),
    *_deprivation(),
]  # fmt: skip
SLOW = {IMD19, IMD25}  # 28 series each; the first of each is fast enough


def _marked(case: Case) -> Any:
    first = next(other for other in CASES if other.file == case.file)
    marks = [pytest.mark.slow] if case.file in SLOW and case is not first else []
    return pytest.param(case, marks=marks, id=f"{case.file}-{'-'.join(case.choice.values())}")


@cache
def tidy_rows(path: Path) -> pd.DataFrame:
    """All rows of a tidy table, texts as they are, figures as numbers."""
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column in ("value", "lower", "upper", "cv"):
        rows[column] = pd.to_numeric(rows[column].replace("", None)).astype(float)
    return rows


def wanted(case: Case, folder: Path) -> pd.DataFrame:
    """The rows of the tidy table that a case is compared with, by code and period."""
    rows = tidy_rows(folder / f"tidy/{case.tidy}.csv")
    for column, given in (("metric", case.metric), ("period", case.period)):
        rows = rows[rows[column] == given] if given else rows
    if case.levels:
        rows = rows[rows["area_code"].str.match(case.levels)]
    rows = rows.rename(columns={"area_code": "code"}).set_index(["code", "period"])
    assert len(rows)
    assert rows.index.is_unique
    return rows


def read_raw(case: Case, folder: Path) -> Metric:
    """Read what a case names."""
    choice = dict(case.choice)
    if "cv" in choice:
        choice["cv"] = str(folder / "raw" / choice["cv"])
    return read_metric(folder / "raw" / case.file, **choice)


def deviations(metric: Metric, rows: pd.DataFrame) -> set[str]:
    """Compare every cell, and return which of the EXCEPTIONS were met; anything else fails."""
    table, met = metric.table, set()
    if not set(table["period"]) & set(rows.index.get_level_values("period")):
        table, met = table.assign(period=table["period_raw"]), {"periods"}
    ours = table.set_index(["code", "period"])
    assert rows.index.difference(ours.index).empty
    extra = ours.index.difference(rows.index).get_level_values("code")
    if len(extra):
        assert set(extra) == {"TLB"}
        met.add("England")
    ours = ours.loc[rows.index]
    # The tidy tables are rounded to six decimals.
    np.testing.assert_allclose(ours["value"], rows["value"], rtol=1e-12, atol=5.1e-7)
    return met | _markers(ours, rows) | _limits(ours, rows)


def _markers(ours: pd.DataFrame, rows: pd.DataFrame) -> set[str]:
    """Every figure has no reason to be missing, every blank the reason of its marker."""
    blank, met = rows["value"].isna(), set()
    assert (ours.loc[~blank, "status"] == "").all()
    assert (ours.loc[blank, "status"] != "").all()
    for marker, status, value in zip(rows["marker"], ours["status"], blank, strict=True):
        if not value:
            met |= {"suspect"} if marker == "suspect" else set()
            assert marker in ("", "suspect")
        elif marker and status.startswith(("Value suppressed", "not applicable or not")):
            met |= {"words"} if f"(marked {marker})" not in status else set()
        elif marker:
            assert status.endswith(f"(marked {marker})")
        elif status.endswith("(marked [u])"):
            met.add("[u]")
        else:
            assert status == "blank in the file, no reason given"
    return met


def _limits(ours: pd.DataFrame, rows: pd.DataFrame) -> set[str]:
    """Limits are those of the tidy table, and the standard error is its CV of the figure."""
    met = set()
    for side in ("lower", "upper"):
        if rows[side].isna().all() and ours[side].notna().any():
            met.add("limits")
            continue
        exact = np.allclose(ours[side], rows[side], rtol=1e-12, atol=5.1e-7, equal_nan=True)
        met |= set() if exact else {"1.96"}
        np.testing.assert_allclose(ours[side], rows[side], rtol=1e-12, atol=0.005)
    paired = rows["cv"].notna()
    np.testing.assert_allclose(
        ours.loc[paired, "se"], rows["cv"][paired] / 100 * rows["value"][paired], rtol=1e-4
    )
    assert (ours["se"].notna() == rows["lower"].notna()).all() or "limits" in met
    return met


@pytest.mark.parametrize("case", [_marked(case) for case in CASES])
def test_a_file_as_published_equals_its_tidy_table_cell_for_cell(shared, case):
    assert len(set(case.choice) - {"cv"}) <= 1
    folder = shared / "data/metrics"
    metric = read_raw(case, folder)
    assert deviations(metric, wanted(case, folder)) == set(case.but)
    named = case.metric or wanted(case, folder)["metric"].iloc[0]
    assert metric.key == named or case.file.startswith(FIRST)


def test_people_aged_16_to_64_are_the_sum_of_three_bands(shared):
    folder = shared / "data/metrics"
    bands = [
        read_metric(folder / "raw" / NOMIS, indicator=band).table.set_index("code")["value"]
        for band in ("Aged 16 to 24", "Aged 25 to 49", "Aged 50 to 64")
    ]
    rows = wanted(Case(NOMIS, {}, "population_by_age_2021", "population_16_64"), folder)
    assert len(rows) == len(bands[0])
    published = rows["value"].droplevel("period").reindex(bands[0].index)
    pd.testing.assert_series_equal(sum(bands), published, check_names=False)


@pytest.mark.parametrize(("file", "sheet", "value"), TWO_CHOICES)
def test_a_column_that_stands_on_several_sheets_needs_the_sheet_too(shared, file, sheet, value):
    path = shared / "data/metrics/raw" / file
    chosen = read_metric(path, sheet=sheet, value=value)
    if file.startswith("ashe"):
        whole = read_metric(path, value=value)
        assert [str(notice) for notice in whole.notices if sheet in str(notice)]
        assert not whole.table["value"].equals(chosen.table["value"])
        with pytest.raises(InputError, match="--value"):
            read_metric(path, sheet=sheet)
        return
    with pytest.raises(InputError, match=rf'--sheet.*"{sheet}"'):
        read_metric(path, value=value)


@pytest.mark.parametrize("file", sorted(REFUSED))
def test_files_without_areas_are_refused_with_what_to_do(shared, file):
    with pytest.raises(InputError, match=r"no table of areas was found.*--code") as caught:
        read_metric(shared / "data/metrics/raw" / file)
    assert Path(file).name in str(caught.value)


def test_every_raw_file_is_compared_or_listed(shared):
    raw = shared / "data/metrics/raw"
    files = {
        path.relative_to(raw).as_posix()
        for path in raw.rglob("*")
        if path.suffix in (".csv", ".xls", ".xlsx", ".ods")
    }
    assert files == {case.file for case in CASES} | set(NO_TIDY) | REFUSED
    assert {name for case in CASES for name in case.but} == set(EXCEPTIONS)


def test_every_publication_is_of_an_indicator_that_the_catalogue_knows():
    for row in publications():
        assert re.compile(row.matches)
        assert re.compile(row.series)
        assert not row.key or find_known(row.key) is not None
