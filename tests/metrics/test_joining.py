"""Joining: every area and every row accounted for, nothing lost, nothing matched by guess."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from spatial_gaps import areas as register
from spatial_gaps import audit_join, cartogram, join_metrics, read_metric, sample_path
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.metrics.published import benchmark_of, default_weights, published_regions

PAY = "gross-median-weekly-pay"


@pytest.fixture(scope="module")
def pay_metric():
    return read_metric(sample_path(PAY))


def tidy(tmp_path, rows, name="mine.csv"):
    text = "code,period,value\n" + "".join(f"{code},2021,{value}\n" for code, value in rows)
    (tmp_path / name).write_text(text)
    return read_metric(tmp_path / name)


def test_audit_of_the_packaged_pay(pay_metric):
    audit = audit_join(register("lad", 2023), pay_metric, period=2021)
    assert audit.counts() == {
        "matched": 361, "missing": 8, "retired": 0, "duplicated": 0, "wrong_level": 16, "unknown": 0,
        "coverage": "United Kingdom"}  # fmt: skip
    assert audit.n_values == 353
    text = str(audit)
    assert "353 have a figure" in text
    assert "2: unreliable: too few cases (marked u)" in text
    assert any("11 areas have a figure without limits" in str(notice) for notice in audit.notices)


def test_join_keeps_every_area_with_its_reason_and_changes_nothing(pay_metric):
    areas = cartogram("lad", 2023)
    before = areas.copy()
    joined = join_metrics(areas, pay_metric, period=2021)
    assert len(joined) == 361
    assert (joined["status"] != "").sum() == 8
    assert joined.loc["E09000001", "status"].startswith("unreliable")
    pd.testing.assert_frame_equal(areas, before)
    two = join_metrics(areas, pay_metric, dataclasses.replace(pay_metric, key="again"), period=2021)
    assert {"earnings_weekly_median_residence_value", "again_value"} <= set(two.columns)
    with pytest.raises(InputError, match="same name"):
        join_metrics(areas, pay_metric, pay_metric, period=2021)


def test_areas_without_a_row_and_strange_codes_are_listed(tmp_path):
    known = list(register("lad", 2023).index)
    rows = [(code, 1) for code in known[:-2]] + [
        ("E06999999", 1),
        ("X12345678", 1),
        ("E12000001", 1),
    ]
    audit = audit_join(register("lad", 2023), tidy(tmp_path, rows), period=2021)
    assert audit.missing["reason"].tolist() == ["no row in the file"] * 2
    assert set(audit.unknown["code"]) == {"E06999999", "X12345678"}
    assert audit.wrong_level["code"].tolist() == ["E12000001"]


def test_more_than_five_per_cent_unknown_is_an_error(tmp_path):
    known = list(register("lad", 2023).index)
    rows = [(code, 1) for code in known] + [(f"E06{i:06d}", 1) for i in range(900, 920)]
    with pytest.raises(JoinError, match=r"20 of 381 codes are unknown.*more than 5%.*20 in all"):
        join_metrics(register("lad", 2023), tidy(tmp_path, rows), period=2021)


def test_an_older_vintage_is_named_not_joined_to_blanks(tmp_path):
    metric = tidy(tmp_path, [(code, 1) for code in register("lad", 2021).index])
    audit = audit_join(register("lad", 2023), metric, period=2021)
    assert len(audit.retired) == 17
    assert "replaced by E06000066" in " ".join(audit.retired["reason"])
    with pytest.raises(JoinError, match=r"codes of 20\d\d, the areas are those of 2023: 4 areas"):
        join_metrics(register("lad", 2023), metric, period=2021)
    assert join_metrics(register("lad", 2021), metric, period=2021)["value"].notna().all()


def test_a_newer_vintage_is_named_not_joined_to_blanks(tmp_path):
    metric = tidy(tmp_path, [(code, 1) for code in register("lad", 2023).index])
    audit = audit_join(register("lad", 2021), metric, period=2021)
    reasons = audit.missing.set_index("code")["reason"]
    assert len(reasons) == 17
    assert reasons["E07000028"] == "no row; the file has what replaced it (E06000063)"
    with pytest.raises(JoinError, match=r"codes of 2023, the areas are those of 2021: 17 areas"):
        join_metrics(register("lad", 2021), metric, period=2021)


def test_nothing_in_common_is_an_error_with_samples(tmp_path):
    metric = tidy(tmp_path, [("TLC11", 1), ("TLC12", 2)])
    with pytest.raises(JoinError, match=r"no code of the file.*TLC11"):
        join_metrics(register("lad", 2023), metric, period=2021)


@pytest.mark.parametrize(
    ("letters", "coverage"),
    [("EWSN", "United Kingdom"), ("EWS", "Great Britain"), ("EW", "England and Wales"),
     ("E", "England"), ("SN", "Scotland and Northern Ireland")],
)  # fmt: skip
def test_coverage_is_named_truly(tmp_path, letters, coverage):
    codes = [code for code in register("lad", 2023).index if code[0] in letters]
    metric = tidy(tmp_path, [(code, 1) for code in codes])
    assert audit_join(register("lad", 2023), metric, period=2021).coverage == coverage


def test_published_figures_of_parents_and_nation_are_used(pay_metric):
    regions = published_regions(pay_metric, 2021, pd.Index(["TLH", "TLI", "TLM"]))
    assert regions["value"].tolist() == [518.2, 614.4, 504.7]
    assert regions["name"].tolist() == ["East of England", "London", "Scotland"]
    values = pay_metric.at(2021, "lad")["value"]
    uk = benchmark_of(pay_metric, 2021, "United Kingdom", values, None)
    assert (uk.value, uk.source) == (505.1, "published")
    assert uk.se == pytest.approx((507.079992 - 503.120008) / 3.919928, rel=1e-6)
    assert benchmark_of(pay_metric, 2021, "Wales", values, None).value == 470.4
    other = benchmark_of(pay_metric, 2021, "Scotland and Northern Ireland", values, None)
    assert other.source == "derived"
    assert other.value == pytest.approx(values.mean())


def test_weights_default_to_the_people_of_the_year():
    codes = register("lad", 2023).index
    people, notices = default_weights(codes, "2021", "lad", 2023)
    assert people.sum() == 67_044_988
    assert notices[0].kind == "weights"
    _, later = default_weights(codes, "2024", "lad", 2023)
    assert later[0].kind == "weights-year"
    older, _ = default_weights(register("lad", 2021).index, "2021", "lad", 2021)
    assert older.notna().all()
    none, notices = default_weights(pd.Index(["zzz"]), "2021", "lad", 2023)
    assert none is None
    assert notices[0].kind == "unweighted"


def test_a_part_of_the_country_is_not_a_file_of_unknown_codes(pay_metric):
    welsh = register("lad", 2023)
    welsh = welsh[welsh.index.str.startswith("W")]
    audit = audit_join(welsh, pay_metric, period=2021)
    assert (audit.n_areas, audit.matched, len(audit.unknown)) == (22, 22, 0)
    assert audit.coverage == "Wales"
    joined = join_metrics(welsh, pay_metric, period=2021)
    assert joined["value"].notna().all()


def test_levels_without_a_register_are_matched_by_code(tmp_path):
    path = tmp_path / "wards.csv"
    path.write_text(
        "area_code,period,value\nE05000001,2021,1\nE05000002,2021,2\nE05000009,2021,3\n"
        "E06000001,2021,4\nbanana,2021,5\n"
    )
    wards = pd.DataFrame({"name": ["A", "B", "C"]}, ["E05000001", "E05000002", "W05000003"])
    metric = read_metric(path, higher_is="better")
    audit = audit_join(wards, metric, period=2021)
    assert (audit.level, audit.vintage, audit.matched) == ("ward", 0, 2)
    assert audit.missing["code"].tolist() == ["W05000003"]
    assert audit.wrong_level["code"].tolist() == ["E06000001"]
    assert audit.unknown["code"].tolist() == ["BANANA"]
    assert "3 areas (ward), period 2021" in str(audit)
    assert any("E05000009" in notice.codes for notice in audit.notices)
    joined = join_metrics(wards, metric, period=2021, most_unknown=0.5)
    assert joined["value"].tolist()[:2] == [1, 2]


def test_small_areas_join_on_a_lookup_that_the_user_supplies(shared):
    from spatial_gaps import gap_by, read_groups

    lookup = shared / "data/boundaries/lookups/lsoa11_lad21_ew.csv"
    districts = read_groups(lookup, code="LSOA11CD", group="LAD21CD")
    metric = read_metric(
        shared / "data/metrics/tidy/imd2019_income_deprivation_lsoa11_england.csv",
        higher_is="worse",
    )
    english = districts[districts.index.str.startswith("E01")]
    joined = join_metrics(english.to_frame(), metric, period=2019)
    assert len(joined) == 32_844
    assert joined["value"].notna().all()
    few = joined[english.isin(["E09000020", "E08000014"])]
    gaps = gap_by(few["value"], english, higher_is="worse")
    assert set(gaps.index) == {"E09000020", "E08000014"}
