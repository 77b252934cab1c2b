"""Joining: every area and every row accounted for, nothing lost, nothing matched by guess."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from spatial_gaps import areas as register
from spatial_gaps import audit_join, cartogram, join_metrics, read_metric, sample_path
from spatial_gaps.errors import InputError, JoinError, SpatialGapsWarning
from spatial_gaps.measure.inequality import gini
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


def test_t08_an_older_vintage_is_named_not_joined_to_blanks(tmp_path):
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


def test_the_nation_is_found_under_its_other_codes(shared):
    """ONS prints output of 2023 for "UK less Extra-Regio" (K99000002) and for England as TLB."""
    output = real(shared, "gva_per_hour_lad_els")
    values = output.at(2023, "lad")["value"]
    uk = benchmark_of(output, 2023, "United Kingdom", values, None)
    assert (uk.code, uk.value, uk.source) == ("K02000001", 41.87, "published")
    england = benchmark_of(output, 2023, "England", values, None)
    assert (england.value, england.source) == (42.39, "published")


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


# Real files. What is expected comes from their README: "first_time_buyer_mortgages: lad 363, county
# 21, combined_authority 15, region 9, country 4, england_wales 1, gb 1, uk 1; Barnsley and Sheffield
# under both old and new codes".


def real(shared, name, **options):
    path = shared / f"data/metrics/tidy/{name}.csv"
    return read_metric(path, higher_is="better", **options)


@pytest.mark.parametrize(
    ("vintage", "doubled"),
    [
        (2023, {"E08000038": "E08000016", "E08000039": "E08000019"}),
        (2025, {"E08000016": "E08000038", "E08000019": "E08000039"}),
    ],
)
def test_people_under_their_old_and_their_new_code_are_found_in_either_vintage(
    shared, vintage, doubled
):
    audit = audit_join(
        register("lad", vintage), real(shared, "first_time_buyer_mortgages"), period=2024
    )
    assert audit.counts() == {
        "matched": 361, "missing": 1, "retired": 2, "duplicated": 2,
        "wrong_level": 21 + 15 + 9 + 4 + 1 + 1 + 1, "unknown": 0, "coverage": "United Kingdom",
    }  # fmt: skip
    said = dict(zip(audit.duplicated["code"], audit.duplicated["reason"], strict=True))
    assert said == {
        code: f"the same people have a row as {other}" for code, other in doubled.items()
    }
    assert "2 of them for people who have another row too" in str(audit)
    assert "home to over 99.9% of the people of these areas" in str(audit)  # all but Scilly
    noted = [notice for notice in audit.notices if notice.kind == "doubled-codes"]
    assert noted[0].codes == tuple(doubled)


def test_doubled_children_in_poverty(shared):
    metric = real(shared, "child_relative_poverty", indicator="child_poverty_ahc")
    audit = audit_join(register("lad", 2023), metric, period="2024/25")
    assert audit.counts() == {
        "matched": 361, "missing": 0, "retired": 2, "duplicated": 2,
        "wrong_level": 21 + 15 + 9 + 3 + 1, "unknown": 0, "coverage": "United Kingdom",
    }  # fmt: skip
    assert (audit.coverage_share, audit.people_share) == (1, 1)


def test_abolished_districts_beside_their_successors_do_not_make_a_file_one_of_another_year(shared):
    metric = real(shared, "ks2_expected_standard")
    english = register("lad", 2023)
    audit = audit_join(english, metric, period="2024/25")
    assert set(audit.duplicated["name"]) == {
        "Scarborough",
        "West Somerset",
        "Barnsley",
        "Sheffield",
    }
    # 296 authorities of England; City of London and Isles of Scilly have too few pupils.
    assert (audit.matched, audit.coverage, audit.refusals) == (296, "England", ())
    assert audit.counts()["missing"] == 361 - 296 + 2
    joined = join_metrics(english, metric, period="2024/25")
    assert joined.loc["E06000065", "value"] == 60  # North Yorkshire, not Scarborough's 57
    country = register("country", 2023)["population"]
    assert audit.coverage_share == pytest.approx(country["E92000001"] / country.sum(), abs=2e-4)


def test_the_people_of_areas_without_a_figure_are_counted(shared):
    audit = audit_join(
        register("lad", 2023), real(shared, "earnings_weekly_median_residence"), period=2021
    )
    assert audit.missing["code"].tolist() == [
        "E06000053", "E06000061", "E06000062", "E06000063", "E06000064", "E07000244", "E07000245",
        "E09000001",
    ]  # fmt: skip
    table = pd.read_csv(shared / "data/metrics/tidy/population_total.csv", dtype={"period": str})
    people = table[table["period"] == "2021"].set_index("area_code")["value"]
    expected = 1 - people[audit.missing["code"]].sum() / 67_044_988
    assert audit.coverage_share == pytest.approx(expected, abs=1e-6)
    welsh = register("lad", 2023).filter(like="W06", axis=0)
    part = audit_join(welsh, real(shared, "earnings_weekly_median_residence"), period=2021)
    assert part.people_share == 1
    assert part.coverage_share == pytest.approx(people[welsh.index].sum() / 67_044_988, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "indicator", "period"),
    [
        ("first_time_buyer_mortgages", None, "2024"),
        ("ks2_expected_standard", None, "2021/22"),
        ("child_relative_poverty", "child_poverty_bhc", "2023/24"),
        ("earnings_weekly_median_residence", None, "2021"),
        ("gdhi_per_head", None, "2021"),
    ],
)
@pytest.mark.parametrize("nations", ["EWSN", "W"])
def test_every_area_and_every_row_is_accounted_for_once(shared, name, indicator, period, nations):
    metric = real(shared, name, indicator=indicator)
    rows = metric.at(period)
    areas = register("lad", 2023)
    areas = areas[areas.index.str[0].isin(list(nations))]
    audit = audit_join(areas, metric, period=period)
    outside = [code for each in audit.notices if each.kind == "outside" for code in each.codes]
    lists = [audit.retired["code"], audit.wrong_level["code"], audit.unknown["code"], outside]
    aside = [code for codes in lists for code in codes]
    matched = [code for code in rows.index if code in areas.index]
    assert sorted([*aside, *matched]) == sorted(rows.index)
    assert set(audit.duplicated["code"]) <= set(audit.retired["code"])
    figures = [code for code in matched if pd.notna(rows.at[code, "value"])]
    assert sorted([*figures, *audit.missing["code"]]) == sorted(areas.index)


def test_a_code_without_a_figure_beside_its_successor_counts_nobody_twice(tmp_path):
    known = [(code, 1) for code in register("lad", 2023).index]
    audit = audit_join(
        register("lad", 2023), tidy(tmp_path, [*known, ("E07000026", "x")]), period=2021
    )
    assert audit.retired["code"].tolist() == ["E07000026"]
    assert audit.duplicated.empty


def test_what_is_refused_is_joined_on_request_with_a_warning_and_a_notice(tmp_path):
    areas, old = register("lad", 2023), register("lad", 2021)
    metric = tidy(tmp_path, [(code, 5) for code in old.index])
    (refusal,) = audit_join(areas, metric, period=2021).refusals
    assert refusal.kind == "refused-vintage"
    assert "4 areas would be left blank: E06000063 Cumberland" in refusal.message
    with pytest.warns(SpatialGapsWarning, match="joined all the same: .*4 areas would be left"):
        joined = join_metrics(areas, metric, period=2021, strict=False)
    assert joined["value"].notna().sum() == 357
    assert joined.at["E06000063", "status"].startswith("no row; the file has what it replaced")
    itl = tidy(tmp_path, [("TLC11", 1), ("TLC12", 2)])
    assert [each.kind for each in audit_join(areas, itl, period=2021).refusals] == [
        "refused-no-match"
    ]
    with pytest.warns(SpatialGapsWarning, match="no code of the file"):
        assert join_metrics(areas, itl, period=2021, strict=False)["value"].isna().all()
    odd = tidy(tmp_path, [(code, 1) for code in [*areas.index, *(f"X{n:08}" for n in range(20))]])
    assert [each.kind for each in audit_join(areas, odd, period=2021).refusals] == [
        "refused-unknown"
    ]
    with pytest.warns(SpatialGapsWarning, match="20 of 381 codes are unknown"):
        assert join_metrics(areas, odd, period=2021, strict=False)["value"].eq(1).all()


def test_b31_figures_with_a_cv_over_20_per_cent_are_named(tmp_path):
    # CV = (upper - lower) / (2 x 1.96 x value): 39.2 / 392 is 10 %, 98 / 392 is 25 %.
    (tmp_path / "cv.csv").write_text(
        "code,name,period,value,lower,upper\nE06000001,Hartlepool,2021,100,80.4,119.6\n"
        "E06000002,Middlesbrough,2021,100,51,149\n"
    )
    areas = register("lad", 2023)
    audit = audit_join(areas, read_metric(tmp_path / "cv.csv"), period=2021)
    (notice,) = [each for each in audit.notices if each.kind == "unreliable"]
    assert notice.codes == ("E06000002",)
    assert notice.message == (
        "1 figures are unreliable by the ONS rule (CV over 20 %): E06000002 Middlesbrough"
    )


def test_t07_a_suppressed_figure_is_missing_and_never_nought(tmp_path):
    areas = register("lad", 2023).head(6)
    marks = ["[x]", "..", "10", "20", "30", "40"]
    metric = tidy(tmp_path, zip(areas.index, marks, strict=True))
    joined = join_metrics(areas, metric, period="2021")
    assert joined["value"].isna().tolist() == [True, True, False, False, False, False]
    assert (joined["status"].head(2) != "").all()
    # Of 10, 20, 30 and 40: mean difference 12.5 over all 16 pairs, mean 25.
    assert gini(joined["value"].dropna()) == pytest.approx(12.5 / 50)
    assert audit_join(areas, metric, period="2021").counts()["missing"] == 2


def test_t11_rows_of_counties_and_regions_do_not_count_again(tmp_path):
    areas = register("lad", 2023).head(4)
    rows = [*zip(areas.index, [10, 20, 20, 30], strict=True), ("E12000001", 15), ("E92000001", 10)]
    metric = tidy(tmp_path, rows)
    joined = join_metrics(areas, metric, period="2021")
    assert len(joined) == 4
    assert joined["value"].mean() == 20
    assert set(audit_join(areas, metric, period="2021").wrong_level["code"]) == {
        "E12000001", "E92000001",
    }  # fmt: skip
