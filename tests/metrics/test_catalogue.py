"""What is known of indicators, against the files and tables that publishers print."""

from __future__ import annotations

import csv
import re
import subprocess
import sys

import pandas as pd
import pytest

from spatial_gaps.geography.recodes import STATISTICS
from spatial_gaps.metrics.catalogue import BETWEEN, catalogue, facts, find_known
from spatial_gaps.metrics.units import parse_unit
from spatial_gaps.records import Metric

HIGHER = {"up": "better", "down": "worse", "context": ""}
KINDS = {"Pounds": "money", "Percentage": "percent", "Years": "years", "Minutes": "other"}
# Titles that the two releases print for counts in one and rates in the other.
AMBIGUOUS = {"Number of starts on apprenticeships", "Net additions to the housing stock"}


@pytest.fixture(scope="module")
def tidy(shared):
    return sorted((shared / "data/metrics/tidy").glob("*.csv"))


@pytest.fixture(scope="module")
def missions(shared):
    return pd.read_csv(shared / "missions.csv", dtype=str, keep_default_na=False)


def test_every_series_that_is_supplied_has_a_row_and_stays_inside_its_bounds(tidy):
    known = catalogue()
    for path in tidy:
        figures = pd.read_csv(path, usecols=["metric", "value"])
        spread = figures.groupby("metric")["value"].agg(["min", "max"])
        assert set(spread.index) <= set(known.index), path.name
        for key, low, high in spread.itertuples():
            lowest, highest = find_known(key).bounds
            assert lowest <= low <= high <= highest, key


def test_direction_is_that_of_the_readme(shared):
    text = (shared / "data/metrics/README.md").read_text(encoding="utf-8")
    table = [line.split("|") for line in text.splitlines() if line.startswith("| tidy/")]
    asserted = 0
    for cells in table:
        direction = cells[6].strip().strip("*").split(" ")[0].rstrip(",")
        if cells[6].strip().strip("*") in HIGHER:
            for key in re.findall(r"`([a-z0-9_]+)`", cells[2]):
                asserted += 1
                assert find_known(key).higher_is == HIGHER[direction], key
    assert asserted > 50


def test_headline_metrics_of_the_missions_have_rows_both_ways(missions):
    named = missions[missions["headline_metric"] != ""]
    assert (len(missions), named["headline_metric"].nunique()) == (23, 22)
    known = catalogue()
    serving = known[known["headline"] != ""]
    assert set(serving["headline"]) == set(named["headline_metric"])
    numbers = named.set_index("headline_metric")["mission"]
    directions = named.set_index("headline_metric")["direction"].map(
        {"higher": "better", "lower": "worse"}
    )
    for key, row in serving.iterrows():
        assert numbers[row["headline"]] in row["mission"].split(), key
        assert directions[row["headline"]] == row["higher_is"], key


def test_series_named_beside_a_headline_metric_serve_it(missions, shared):
    for row in missions.itertuples():
        for name in filter(None, row.series.split("; ")):
            if "(" in name:
                continue  # a stand-in or a proxy is not the headline metric
            keys = pd.read_csv(shared / "data/metrics/tidy" / name, usecols=["metric"])["metric"]
            assert row.headline_metric in {find_known(key).headline for key in keys}, name


def test_headline_metrics_without_data_are_known_too():
    for key in (
        "travel_to_work_usual_method",
        "non_decent_rented_homes",
        "neighbourhood_crime",
        "assault_sharp_object_admissions",
    ):
        assert find_known(key).headline


def test_titles_of_explore_local_statistics_are_found_in_their_unit(shared):
    for path in (shared / "data/metrics/raw/explore_local_statistics").glob("*.csv"):
        first = pd.read_csv(path, encoding="utf-8-sig", nrows=1).iloc[0]
        known = find_known(first["indicator"])
        assert known is not None, first["indicator"]
        printed, ours = parse_unit(first["unit"]), parse_unit(known.unit)
        assert (printed.kind, printed.per) == (ours.kind, ours.per)


def test_titles_of_the_ninth_release_have_its_direction_and_unit(shared):
    calamine = pytest.importorskip("python_calamine")
    path = shared / "data/metrics/raw/subnational_indicators_ninth_release_2024.xlsx"
    book = calamine.CalamineWorkbook.from_path(path)
    rows = book.get_sheet_by_name("Data dictionary").to_python()
    at = next(number for number, row in enumerate(rows) if row[0] == "Metric")
    found = 0
    for row in rows[at + 1 :]:
        title, measure, better = str(row[0]).strip(), str(row[4]), str(row[6])
        if not title or title in AMBIGUOUS:
            continue
        known = find_known(title)
        assert known is not None, title
        assert known.higher_is == better.lower(), title
        if measure in KINDS:
            assert parse_unit(known.unit).kind == KINDS[measure], title
        if measure.startswith("Rate per"):
            assert parse_unit(known.unit).per == parse_unit(measure).per, title
        found += 1
    assert found == 49


def test_titles_above_the_sheets_of_both_releases_are_found(shared):
    calamine = pytest.importorskip("python_calamine")
    raw = shared / "data/metrics/raw"
    book = calamine.CalamineWorkbook.from_path(
        raw / "subnational_indicators_ninth_release_2024.xlsx"
    )
    titles = []
    for name in book.sheet_names:
        top = book.get_sheet_by_name(name).to_python()[:3]
        titles += [cells[1] for cells in top if str(cells[0]).strip() == "Metric:"]
    for path in (raw / "subnational_indicators_first_release_2022").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            first = next(csv.reader(lines))
        titles += [first[1]] if first[0] == "Indicator:" else []
    assert len(titles) == 50 + 25
    unknown = {title for title in titles if find_known(title) is None}
    assert unknown == AMBIGUOUS


def test_a_rank_of_small_areas_and_an_average_rank_run_opposite_ways(shared):
    ranks = ("imd2019_rank", "wimd2019_rank", "simd2020_rank", "nimdm2017_rank")
    assert {find_known(key).higher_is for key in ranks} == {"better"}
    assert find_known("iod_imd_average_rank").higher_is == "worse"
    # Middlesbrough, with half its small areas among the worst tenth, has a high average rank.
    path = shared / "data/metrics/tidy/iod_lad_summaries_england.csv"
    file10 = pd.read_csv(path).query("metric == 'iod_imd_average_rank' and period == 2019")
    average = file10.set_index("area_code")["value"]
    assert average["E06000002"] > average.quantile(0.95)


def test_every_title_belongs_to_one_indicator():
    owners: dict[str, str] = {}
    for key, row in catalogue().iterrows():
        for title in filter(None, (key, row["title"], *row["aliases"].split(BETWEEN))):
            plain = " ".join(re.findall(r"[a-z0-9]+", title.lower()))
            assert owners.setdefault(plain, key) == key, title


def test_facts_use_the_words_of_a_metric():
    known = catalogue()
    assert set(known["higher_is"]) == {"better", "worse", ""}
    assert set(known["statistic"]) <= set(STATISTICS)
    assert set(known["scale"]) == {"ratio", "bounded", "interval"}
    assert set(known["basis"]) == {"residence", "workplace", ""}
    assert set(known["price_basis"]) == {"current", "constant", ""}
    for column in ("source", "noun", "default_weight", "period_type"):
        assert (known[column] != "").all(), column
    kinds = known["unit"].map(lambda unit: parse_unit(unit).kind)
    assert (known.loc[kinds == "money", "price_basis"] == "current").all()
    assert (known.loc[kinds.isin(["percent", "proportion"]), "scale"] == "bounded").all()
    assert (known.loc[kinds.isin(["percent", "proportion", "rate"]), "denominator"] != "").all()
    printed = known.loc[kinds == "rate"]
    for row in printed.itertuples():
        size, noun = row.denominator.split(" ", 1)
        assert parse_unit(row.unit).per == float(size.replace(",", "")), row.Index
        assert parse_unit(row.unit).base == noun, row.Index


def test_facts_are_arguments_of_a_metric():
    taken = facts(find_known("homicide_rate"))
    metric = Metric(key="x", title="X", table=pd.DataFrame(), **taken)
    assert (metric.unit, metric.denominator) == ("per million people", "1,000,000 people")
    assert metric.higher_is == "worse"
    assert "Open Government" in metric.licence
    assert facts(find_known("population_total"))["higher_is"] is None
    assert facts(find_known("iod_imd_extent"))["breaks"] == ("2025",)


def test_smoothed_and_unsmoothed_output_differ_in_smoothing_only():
    one, other = (facts(find_known(f"gva_per_hour_{how}smoothed")) for how in ("", "un"))
    assert {name for name in one if one[name] != other[name]} == {"smoothing"}


def test_the_catalogue_is_a_copy():
    known = catalogue()
    known.loc["homicide_rate", "higher_is"] = "better"
    assert catalogue().loc["homicide_rate", "higher_is"] == "worse"
    assert find_known("homicide_rate").higher_is == "worse"


def test_finding_an_indicator_does_not_load_pandas():
    code = (
        "import sys; from spatial_gaps.metrics.catalogue import find_known; "
        "find_known('x'); assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
