"""Figures of parents: published ones first, else those of their areas, where they may be put together.

The small cases are worked by hand. TLC11 is Hartlepool (E06000001, 92,575 people in mid-2021) and
Stockton-on-Tees (E06000004, 197,032); TLC12 Middlesbrough (E06000002) and Redcar (E06000003).
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps import read_metric, roll_up, sample_path
from spatial_gaps.errors import InputError, JoinError, WeightsError
from spatial_gaps.geography.register import areas
from spatial_gaps.records import Metric

HARTLEPOOL, STOCKTON = "E06000001", "E06000004"
TEES = ("E06000001", "E06000004", "E06000002", "E06000003")
CUMBERLAND, WESTMORLAND = "E06000063", "E06000064"
NORTH_EAST = (
    *("E06000001", "E06000002", "E06000003", "E06000004", "E06000005", "E06000047"),
    *("E06000057", "E08000021", "E08000022", "E08000023", "E08000024", "E08000037"),
)
# By how many percent weighted GDHI per head misses the published figure of Scotland: the population
# of these years has not been revised to the census of 2022 (5,479,900 in 2021, 5,447,000 in 2022),
# that behind the income has.
SCOTLAND = {
    "2012": 0.0111, "2013": 0.0136, "2014": 0.0224, "2015": 0.0157, "2016": 0.0297,
    "2017": 0.0328, "2018": 0.0368, "2019": 0.0365, "2020": 0.0356, "2021": 0.0591,
}  # fmt: skip


def metric(rows, statistic="count", **facts) -> Metric:
    """Return a metric of rows (code, value), (code, value, se) or (code, value, se, period)."""
    full = [(*row, *(math.nan, "2021")[len(row) - 2 :]) for row in rows]
    table = pd.DataFrame(full, columns=["code", "value", "se", "period"])
    levels = {"E1200": "region", "TLC": "itl1", "TLC11": "itl3", "K0200": "uk", "E1000": "county"}
    table = table.assign(
        level=[levels.get(code[:5], "lad") for code in table["code"]],
        name=table["code"] + " as printed",
        lower=table["value"] - table["se"],
        upper=table["value"] + table["se"],
        se_source="published",
        status=["suppressed" if missing else "" for missing in table["value"].isna()],
        note="",
        period_raw=table["period"] + "-06-30",
        row=range(2, len(table) + 2),
    )
    asked = {"unit": "", "scale": "ratio", "basis": "", "higher_is": "better", "source": ""}
    words = {"default_weight": "", "licence": "", "key": "x", "title": "X"}
    return Metric(statistic=statistic, table=table, **(asked | words | facts))


def row(found: Metric, code: str, period: str = "2021") -> pd.Series:
    return found.table.set_index(["code", "period"]).loc[(code, period)]


def kinds(found: Metric) -> dict[str, str]:
    return {notice.kind: str(notice) for notice in found.notices}


def test_counts_are_added_and_their_errors_in_squares():
    found = roll_up(metric([(HARTLEPOOL, 10, 3), (STOCKTON, 20, 4)]), "itl3")
    made = row(found, "TLC11")
    assert (made["value"], made["se"]) == (30, 5)
    assert made["lower"] == pytest.approx(30 - 9.7998, abs=1e-4)
    assert made["upper"] == pytest.approx(30 + 9.7998, abs=1e-4)
    assert (made["note"], made["status"], made["level"]) == ("rolled up from 2 areas", "", "itl3")
    assert made["name"] == "Hartlepool and Stockton-on-Tees"
    assert (made["se_source"], made["period_raw"], made["row"]) == ("rolled up", "2021-06-30", 0)
    assert "1 rolled-up figures take the errors" in kinds(found)["independent-errors"]
    assert found.vintage == 2021


def test_means_are_averaged_with_their_denominators():
    given = metric([(HARTLEPOOL, 10, 3), (STOCKTON, 20, 4)], "mean")
    found = roll_up(given, "itl3", pd.Series({HARTLEPOOL: 1.0, STOCKTON: 3.0}))
    # (1 * 10 + 3 * 20) / 4 and sqrt((1 * 3)^2 + (3 * 4)^2) / 4
    assert row(found, "TLC11")["value"] == 17.5
    assert row(found, "TLC11")["se"] == pytest.approx(math.sqrt(153) / 4, rel=1e-12)
    assert "the same weights every period" in kinds(found)["weights"]


def test_every_parent_has_a_row_in_every_period_and_nothing_given_is_changed():
    given = metric([(HARTLEPOOL, 1), (STOCKTON, 2), (HARTLEPOOL, 3, math.nan, "2022")])
    before = given.table.copy()
    found = roll_up(given, "itl3")
    for period in ("2021", "2022"):
        assert set(found.at(period, "itl3").index) == set(areas("itl3", 2021).index)
    assert list(found.table.columns) == list(before.columns)
    assert not found.table.duplicated(["code", "period"]).any()
    assert (found.table["value"].isna() == (found.table["status"] != "")).all()
    assert row(found, "TLI31")["status"] == "no area of 2 has a figure (no row)"
    pd.testing.assert_frame_equal(given.table, before)
    # 179 ITL 3 areas in two periods; only TLC11 of 2021 is complete.
    assert (
        "of 358 figures of level itl3 0 are the published ones, 1 are" in kinds(found)["rolled-up"]
    )
    assert "and 354 more (357 in all)" in kinds(found)["parents-missing"]


def test_published_figures_of_parents_come_first_with_their_limits():
    rows = [(HARTLEPOOL, 10, 3), (STOCKTON, 20, 4), ("TLC11", 31, 2)]
    found = roll_up(metric(rows), "itl3")
    taken = row(found, "TLC11")
    assert (taken["value"], taken["se"], taken["lower"], taken["upper"]) == (31, 2, 29, 33)
    assert (taken["note"], taken["row"], taken["se_source"]) == ("published", 4, "published")
    assert "178 are missing" in kinds(found)["rolled-up"]
    assert "1 are the published ones" in kinds(found)["rolled-up"]
    assert "independent-errors" not in kinds(found)
    assert row(roll_up(metric(rows), "itl3", published="ignore"), "TLC11")["value"] == 30


@pytest.mark.parametrize(
    ("code", "to", "wanted"),
    [("E12000001", "itl1", "TLC"), ("TLC", "region", "E12000001"), ("UKX", "uk", "K02000001")],
)
def test_the_other_code_of_a_parent_is_known(code, to, wanted):
    found = roll_up(metric([(HARTLEPOOL, 10), (code, 99, 7)], "median"), to)
    assert (row(found, wanted)["value"], row(found, wanted)["se"]) == (99, 7)
    assert row(found, wanted)["note"] == f"published as {code}"
    assert row(found, wanted)["level"] == to


def test_what_the_publisher_said_of_a_parent_is_kept():
    given = metric([(HARTLEPOOL, 10), ("TLC11", 31), ("TLC12", math.nan)])
    given.table.loc[given.table["code"] == "TLC11", "note"] = "provisional"
    found = roll_up(given, "itl3")
    assert row(found, "TLC11")["note"] == "published; provisional"
    assert (
        row(found, "TLC12")["status"]
        == "no area of 2 has a figure (no row); its own row: suppressed"
    )


def test_a_figure_that_the_publisher_withheld_is_rolled_up_and_says_so():
    given = metric([(HARTLEPOOL, 10), (STOCKTON, 20), ("TLC11", math.nan)])
    taken = row(roll_up(given, "itl3"), "TLC11")
    assert taken["value"] == 30
    assert taken["note"] == "rolled up from 2 areas; its own row: suppressed"


def test_a_missing_area_leaves_its_parent_missing():
    found = roll_up(metric([(HARTLEPOOL, math.nan), (STOCKTON, 20)]), "itl3")
    made = row(found, "TLC11")
    # 92,575 of 289,607 people
    assert made["status"] == (
        f"1 of 2 areas, with 32% of the people, lack a figure ({HARTLEPOOL}: suppressed)"
    )
    assert math.isnan(made["value"])
    assert made["note"] == ""
    absent = roll_up(metric([(STOCKTON, 20)]), "itl3")
    assert f"({HARTLEPOOL}: no row)" in row(absent, "TLC11")["status"]


def test_a_missing_weight_leaves_the_parent_missing():
    given = metric([(code, 10) for code in TEES], "mean")
    weights = pd.Series({code: 2.0 for code in TEES if code != STOCKTON})
    found = roll_up(given, "itl3", weights)
    assert row(found, "TLC11")["status"] == (
        f"1 of 2 areas, with 68% of the people, lack a figure or weight ({STOCKTON}: no weight)"
    )
    assert row(found, "TLC12")["value"] == 10
    assert kinds(found)["weights-lacking"].startswith(
        "1 areas have a figure and no weight: E06000004."
    )


def test_a_standard_error_is_missing_where_that_of_one_area_is():
    found = roll_up(
        metric([(HARTLEPOOL, 1, 3), (STOCKTON, 2), *((c, 1, 1) for c in TEES[2:])]), "itl3"
    )
    assert row(found, "TLC11")["value"] == 3
    assert math.isnan(row(found, "TLC11")["se"])
    assert row(found, "TLC11")["se_source"] == ""
    assert row(found, "TLC12")["se"] == pytest.approx(math.sqrt(2))
    assert "1 rolled-up figures have no standard error" in kinds(found)["se-missing"]
    assert [n.codes for n in found.notices if n.kind == "se-missing"] == [("TLC11",)]


def test_areas_that_straddle_are_divided_by_their_people_and_named():
    # West Cumbria (TLD11) is Allerdale (96,422), Copeland (67,122) and Barrow-in-Furness (67,356);
    # Cumberland has Carlisle (110,244) too, and Westmorland South Lakeland and Eden (159,585).
    found = roll_up(metric([(CUMBERLAND, 1000, 10), (WESTMORLAND, 500, 20)]), "itl3")
    own, other = 163_544 / 273_788, 67_356 / 226_941
    assert row(found, "TLD11")["value"] == pytest.approx(1000 * own + 500 * other, rel=1e-9)
    assert row(found, "TLD11")["se"] == pytest.approx(math.hypot(10 * own, 20 * other), rel=1e-9)
    assert row(found, "TLD11")["note"] == "rolled up from 2 areas, 2 of them in part"
    both = row(found, "TLD11")["value"] + row(found, "TLD12")["value"]
    assert both == pytest.approx(1500, rel=1e-12)
    assert f"{CUMBERLAND} 59.7% in TLD11, {CUMBERLAND} 40.3% in TLD12" in kinds(found)["divided"]
    mean = metric([(CUMBERLAND, 10), (WESTMORLAND, 20)], "mean")
    found = roll_up(mean, "itl3", pd.Series({CUMBERLAND: 200.0, WESTMORLAND: 100.0}))
    expected = (200 * own * 10 + 100 * other * 20) / (200 * own + 100 * other)
    assert row(found, "TLD11")["value"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "statistic", ["median", "index", "score", "rank", "ratio", "cv", "gini", "share ratio"]
)
def test_what_does_not_add_up_is_refused(statistic):
    given = metric([(HARTLEPOOL, 10), (STOCKTON, 20)], statistic)
    weights = pd.Series({HARTLEPOOL: 1.0, STOCKTON: 3.0})
    for arguments in ({}, {"weights": weights}, {"published": "ignore"}):
        with pytest.raises(
            InputError, match=f"no {statistic} of several areas follows from theirs"
        ):
            roll_up(given, "itl3", **arguments)
    with_parent = metric([(HARTLEPOOL, 10), (STOCKTON, 20), ("TLC11", 14)], statistic)
    found = roll_up(with_parent, "itl3")
    assert row(found, "TLC11")[["value", "note"]].tolist() == [14, "published"]
    assert row(found, "TLC12")["status"] == (
        f"no {statistic} of several areas follows from theirs, and none is published"
    )
    assert found.table["value"].count() == 1
    with pytest.raises(InputError, match="published figures are ignored"):
        roll_up(with_parent, "itl3", published="ignore")


def test_an_unknown_statistic_has_to_be_stated():
    given = metric([(HARTLEPOOL, 10), (STOCKTON, 20), ("TLC11", 30)], "")
    with pytest.raises(InputError, match=r"not known whether 'X' is a count.*State it"):
        roll_up(given, "itl3")
    stated = dataclasses.replace(given, statistic="count")
    assert row(roll_up(stated, "itl3", published="ignore"), "TLC11")["value"] == 30


@pytest.mark.parametrize("statistic", ["rate", "mean"])
def test_rates_and_means_need_weights(statistic):
    rows = [(code, 10) for code in TEES]
    with pytest.raises(InputError, match=rf"a {statistic} of several .* Give the denominators"):
        roll_up(metric(rows, statistic), "itl3")
    found = roll_up(metric([*rows, ("TLC11", 12)], statistic), "itl3")
    assert row(found, "TLC11")["value"] == 12
    assert "needs weights, and none is published" in row(found, "TLC12")["status"]


def test_counts_take_no_weights():
    with pytest.raises(InputError, match="added up without weights"):
        roll_up(metric([(HARTLEPOOL, 10)]), "itl3", pd.Series({HARTLEPOOL: 1.0}))


def test_weights_that_cannot_be_are_refused():
    given = metric([(HARTLEPOOL, 10), (STOCKTON, 20)], "rate")
    for bad in (0.0, -1.0):
        with pytest.raises(WeightsError, match=r"2021 are zero or negative: E06000004"):
            roll_up(given, "itl3", pd.Series({HARTLEPOOL: 1.0, STOCKTON: bad}))
    with pytest.raises(
        WeightsError, match=r"has a weight\. The weights have 1 codes of level itl1"
    ):
        roll_up(given, "itl3", pd.Series({"TLC": 1.0}))
    with pytest.raises(InputError, match="weights hold text where numbers belong"):
        roll_up(given, "itl3", pd.Series({HARTLEPOOL: "many", STOCKTON: "few"}))
    with pytest.raises(InputError, match="a Series by code, or a Metric of counts"):
        roll_up(given, "itl3", [1.0, 2.0])
    with pytest.raises(InputError, match="have to be counts"):
        roll_up(given, "itl3", metric([(HARTLEPOOL, 1)], "median"))
    with pytest.raises(JoinError, match="weights have codes that occur more than once"):
        roll_up(given, "itl3", pd.Series([1.0, 2.0], [HARTLEPOOL, HARTLEPOOL]))
    # An area without a figure may have any weight: its parent is missing in any case.
    found = roll_up(
        metric([(c, 5) for c in TEES[1:]], "rate"), "itl3", pd.Series(1.0, TEES) * [0, 1, 1, 1]
    )
    assert row(found, "TLC12")["value"] == 5


def test_weights_are_those_of_the_period_else_of_the_nearest_which_is_noted():
    periods = ("2019", "2020-2022", "2021/22", "2024")
    given = metric(
        [
            (code, value, math.nan, p)
            for p in periods
            for code, value in ((TEES[0], 10), (TEES[1], 20))
        ],
        "mean",
        default_weight="people",
    )
    sizes = {"2019": (1, 1), "2021": (1, 3), "2022": (3, 1)}
    people = metric(
        [
            (code, size, math.nan, period)
            for period, pair in sizes.items()
            for code, size in zip(TEES[:2], pair, strict=True)
        ]
    )
    found = roll_up(given, "itl3", people)
    # 2020-2022 lies around 2021, 2021/22 begins in it, and 2022 is the nearest to 2024.
    expected = {"2019": 15.0, "2020-2022": 17.5, "2021/22": 17.5, "2024": 12.5}
    assert {p: row(found, "TLC11", p)["value"] for p in periods} == expected
    assert kinds(found)["weights-year"] == "weights are of another year: 2024 with those of 2022"
    assert kinds(found)["weights"] == "averaged over areas with 'X'; the catalogue asks for people"


def test_weights_of_another_vintage_are_told_apart():
    given = metric([(code, 10) for code in (CUMBERLAND, WESTMORLAND, *TEES)], "mean")
    old = pd.Series(1.0, index=areas("lad", 2021).index)
    found = roll_up(given, "itl3", old)
    assert "2 of 2 areas" not in row(found, "TLD11")["status"]
    assert row(found, "TLD11")["status"] == "no area of 2 has a figure or weight (no weight)"
    assert row(found, "TLC11")["value"] == 10
    assert (
        "E06000063, E06000064. The weights have 374 codes of level lad, vintage 2021-2022"
        in (kinds(found)["weights-lacking"])
    )


def test_each_period_has_the_vintage_of_its_codes():
    old, new = ("E07000026", "E07000028", "E07000029"), (CUMBERLAND,)
    rows = [(code, 1, math.nan, "2021") for code in (*old, "E07000027", "E07000030", "E07000031")]
    rows += [(code, 3, math.nan, "2023") for code in (*new, WESTMORLAND)]
    found = roll_up(metric(rows), "itl2")
    assert row(found, "TLD1", "2021")["note"] == "rolled up from 6 areas"
    assert row(found, "TLD1", "2023")["note"] == "rolled up from 2 areas"
    assert row(found, "TLD1", "2021")["value"] == row(found, "TLD1", "2023")["value"] == 6
    by_2021 = roll_up(metric(rows), "itl2", vintage=2021)
    assert math.isnan(row(by_2021, "TLD1", "2023")["value"])
    assert kinds(by_2021)["left-aside"].startswith("2 codes of level lad are left aside")


def test_mixed_vintages_in_a_period_need_the_vintage():
    mixed = sorted({*areas("lad", 2019).index, *areas("lad", 2025).index})
    given = metric([(code, 1) for code in mixed])
    with pytest.raises(InputError, match=r"in 2021 the codes mix vintages.*Name the vintage"):
        roll_up(given)
    found = roll_up(given, vintage=2025)
    # 361 districts in 2025; the codes of 2019 that have ended since are left aside.
    assert found.at(2021)["value"].sum() == 361
    gone = areas("lad", 2019).index.difference(areas("lad", 2025).index)
    assert [set(n.codes) for n in found.notices if n.kind == "left-aside"] == [set(gone)]


def test_itl_parents_are_of_the_edition_that_the_file_has():
    # TLM20 is of 2025 only.
    rows = [(code, 1) for code in areas("lad", 2023).index]
    plain = metric(rows)
    assert roll_up(plain, "itl3").vintage == 2021
    assert roll_up(plain, "itl3", parent_vintage=2025).vintage == 2025
    given = metric([*rows, ("TLM20", 5)])
    given.table.loc[given.table["code"] == "TLM20", "level"] = "itl3"
    found = roll_up(given, "itl3")
    assert len(found.table) == len(areas("itl3", 2025)) == 182
    assert row(found, "TLM20")["note"] == "published"
    other = roll_up(given, "itl3", parent_vintage=2021)
    assert [n.codes for n in other.notices if n.kind == "left-aside"] == [("TLM20",)]


def test_upper_tier_takes_counties_as_published_and_adds_districts_up():
    given = metric([(code, 1) for code in areas("lad", 2023).index])
    found = roll_up(given, "utla")
    assert len(found.table) == len(areas("utla", 2023)) == 218
    # Kent has twelve districts; Hartlepool is its own upper tier, so that its figure is its own.
    assert row(found, "E10000016")[["value", "note"]].tolist() == [12, "rolled up from 12 areas"]
    assert row(found, HARTLEPOOL)["note"] == "published"
    again = metric([*((c, v) for c, v in found.table[["code", "value"]].to_numpy())])
    assert roll_up(again, "uk", level="utla").table["value"].tolist() == [361]


def test_wholes_need_their_nations():
    gb = metric([(code, 1) for code in areas("lad", 2023).index if code[0] != "N"])
    assert roll_up(gb, "gb").table[["code", "name", "value"]].to_numpy().tolist() == [
        ["K03000001", "Great Britain", 350]
    ]
    assert roll_up(gb, "england_wales").table["value"].tolist() == [318]
    assert "11 of 361 areas, with 2.84% of the people" in roll_up(gb, "uk").table["status"][0]


def test_levels_have_to_lie_in_each_other():
    given = metric([(HARTLEPOOL, 10)])
    with pytest.raises(InputError, match="level itl3 do not lie in areas of level utla"):
        roll_up(given, "utla", level="itl3")
    with pytest.raises(InputError, match=r"no rows of level itl2\. It has: lad"):
        roll_up(given, level="itl2")
    with pytest.raises(InputError, match="no level of parents 'lad'"):
        roll_up(given, "lad")
    with pytest.raises(InputError, match="no level of areas to roll up 'msoa'"):
        roll_up(given, level="msoa")
    with pytest.raises(InputError, match="no use of published figures 'only'"):
        roll_up(given, published="only")
    with pytest.raises(InputError, match=r"no code of 'X' is one of level lad in 2021"):
        roll_up(metric([(CUMBERLAND, 10)]), vintage=2021)


FIGURES = st.lists(st.floats(0, 1e7), min_size=12, max_size=12)
SIZES = st.lists(st.floats(1, 1e6), min_size=12, max_size=12)


@settings(max_examples=25, deadline=None)
@given(FIGURES, st.tuples(st.floats(0, 1e7), st.floats(0, 1e7)))
def test_counts_are_conserved(values, divided):
    rows = [
        *zip(NORTH_EAST, values, strict=True),
        *zip((CUMBERLAND, WESTMORLAND), divided, strict=True),
    ]
    total = math.fsum([*values, *divided])
    for level in ("itl3", "itl2"):
        assert math.fsum(roll_up(metric(rows), level).table["value"].dropna()) == pytest.approx(
            total
        )


@settings(max_examples=25, deadline=None)
@given(FIGURES, SIZES, st.floats(0.01, 100), st.randoms(use_true_random=False))
def test_a_mean_lies_among_its_areas_and_knows_no_scale_nor_order(values, sizes, factor, random):
    def mean(rows, weights):
        return row(roll_up(metric(rows, "mean"), "itl1", weights), "TLC")["value"]

    rows = list(zip(NORTH_EAST, values, strict=True))
    weights = pd.Series(sizes, NORTH_EAST)
    found = mean(rows, weights)
    # The last digits of a sum may lie outside.
    assert min(values) - 1e-6 <= found <= max(values) + 1e-6
    assert mean(rows, factor * weights) == pytest.approx(found)
    scaled = [(code, factor * value) for code, value in rows]
    assert mean(scaled, weights) == pytest.approx(factor * found)
    random.shuffle(rows)
    assert mean(rows, weights[::-1]) == pytest.approx(found)


def test_the_population_of_the_kingdom_is_the_sum_of_its_areas():
    people = read_metric(sample_path("population-total"))
    # 67,044,988 by the README of the figures; mid-2021 on the codes of 2023.
    assert roll_up(people, "uk").at(2021)["value"].tolist() == [67_044_988]
    assert math.isnan(roll_up(people, "uk").at(2023)["value"].iloc[0])  # no figures of N Ireland


@pytest.fixture(scope="module")
def income(shared: Path) -> tuple[Metric, Metric]:
    tidy = shared / "data/metrics/tidy"
    return read_metric(tidy / "gdhi_per_head.csv"), read_metric(tidy / "population_total.csv")


def differences(income: tuple[Metric, Metric], to: str) -> pd.Series:
    """Return by code and year in percent how far rolled-up figures are from the published ones."""
    gdhi, people = income
    made = roll_up(gdhi, to, people, published="ignore").table.set_index(["code", "period"])
    held = roll_up(gdhi, to, people).table.set_index(["code", "period"])
    held = held[held["note"].str.startswith("published")]
    found = 100 * (made["value"].reindex(held.index) / held["value"] - 1)
    # There is no population of 1997, so that year is weighted by that of 1998.
    return found.drop("1997", level="period")


@pytest.mark.parametrize("to", ["itl1", "region"])
def test_weighted_income_is_the_published_income_of_regions(income, to):
    found = differences(income, to)
    assert len(found) == 12 * 26
    # Population of Northern Ireland ends in 2022.
    assert found[found.isna()].index.tolist() == [("TLN" if to == "itl1" else "N92000002", "2023")]
    off = found[found.abs() > 0.01]
    scotland = "TLM" if to == "itl1" else "S92000003"
    assert off.index.tolist() == [(scotland, year) for year in SCOTLAND]
    assert off.tolist() == pytest.approx(list(SCOTLAND.values()), abs=1e-4)


@pytest.mark.parametrize(
    ("to", "n"),
    [("utla", 218), ("combined_authority", 8), ("london_part", 2), ("uk", 1), ("gb", 1)],
)
def test_weighted_income_is_the_published_income_of_other_parents(income, to, n):
    found = differences(income, to)
    assert len(found) == 26 * n
    assert found.abs().max() < 0.01


def test_weighted_income_is_that_of_itl3_areas_outside_scotland(income):
    found = differences(income, "itl3")
    # 182 areas in 26 years; the figures of two in 2023 are of low reliability.
    assert len(found) == 182 * 26 - 2
    off = found[found.abs() > 0.01]
    # North Ayrshire straddles TLM20 and TLM93, and the islands in the one are richer than the rest.
    divided = ["TLM20", "TLM93"]
    rest = ["TLM01", "TLM03", "TLM11", "TLM31", "TLM33", "TLM50"]
    codes = off.index.get_level_values("code")
    assert sorted(set(codes)) == sorted([*rest, *divided])
    assert set(off[codes.isin(rest)].index.get_level_values("period")) <= set(SCOTLAND)
    assert off[codes.isin(divided)].abs().max() < 1.2
    assert off[codes.isin(rest)].abs().max() < 0.1


def test_income_of_regions_is_taken_as_published(income):
    gdhi, people = income
    found = roll_up(gdhi, "itl1", people)
    published = gdhi.table[gdhi.table["level"] == "itl1"].set_index(["code", "period"])["value"]
    assert found.table.set_index(["code", "period"])["value"].to_dict() == published.to_dict()
    assert set(found.table["note"]) == {"published"}
    assert "of 324 figures of level itl1 324 are" in kinds(found)["rolled-up"]
    assert not {"weights", "weights-year", "weights-lacking"} & set(kinds(found))


def test_pay_of_regions_is_the_published_median_and_never_an_average(shared):
    pay = read_metric(shared / "data/metrics/tidy/earnings_weekly_median_residence.csv")
    found = roll_up(pay, "uk")
    # Not 511.4, the average of the districts' medians weighted by people.
    assert found.at(2021)["value"].tolist() == [505.1]
    with pytest.raises(InputError, match="no median of several areas"):
        roll_up(pay, "itl2")
