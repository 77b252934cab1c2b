"""Codes and joins: one test per item of group A of the catalogue of bad inputs."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from spatial_gaps import areas as register
from spatial_gaps import (
    assess,
    audit_join,
    cartogram,
    decompose,
    detect_vintage,
    join_metrics,
    parent_shares,
    parents,
    read_metric,
)
from spatial_gaps.errors import InputError, JoinError, SpatialGapsWarning
from spatial_gaps.geography.codes import clean_codes


@pytest.fixture
def tidy(tmp_path):
    def tidy_(codes, header="code,period,value", start=100):
        rows = [f"{code},2021,{figure}" for figure, code in enumerate(codes, start=start)]
        path = tmp_path / "mine.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return read_metric(path, higher_is="better")

    return tidy_


@pytest.fixture(scope="module")
def lad():
    return register("lad", 2023)


def test_a01_a_duplicate_code_is_named_with_both_rows(tidy):
    with pytest.raises(InputError, match=r"E06000001 2021 \(rows 2, 4\)"):
        tidy(["E06000001", "E06000002", "E06000001"])


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0", "\u200b"])
def test_a02_a_blank_code_is_an_error_with_its_row(tidy, blank):
    with pytest.raises(InputError, match="'code': rows have no code: row 3"):
        tidy(["E06000001", blank, "E06000003"])


def test_a02_null_never_matches_null(tidy, lad):
    with pytest.raises(InputError, match="rows have no code: row 3"):
        clean_codes(pd.Series(["E06000001", None]))
    nameless = lad.head(3).set_axis(["E06000001", "E06000002", None])
    with pytest.raises(InputError, match="no code"):
        join_metrics(nameless, tidy(["E06000001"]), period=2021)


def test_a03_codes_that_are_numbers_are_refused_and_text_is_never_turned_into_them(tidy, lad):
    with pytest.raises(InputError, match="codes are numbers"):
        clean_codes(pd.Series([6000001, 6000002]))
    metric = tidy(["6000001", "6000002"])
    assert metric.table["code"].tolist() == ["6000001", "6000002"]
    with pytest.raises(JoinError, match="the file has 6000001 and 6000002, the areas have E06"):
        join_metrics(lad, metric, period=2021)


def test_a04_leading_zeros_and_what_looks_like_a_power_of_ten_stay_text(tidy):
    assert tidy(["00123", "1E5", "NA"]).table["code"].tolist() == ["00123", "1E5", "NA"]


def test_a05_stray_characters_are_removed_and_counted(tidy):
    metric = tidy(
        ["E06000001\u00a0", " e06000002", "\u200bE06000003", "E06000004"],
        header="\ufeffcode,period,value",
    )
    assert metric.table["code"].tolist() == [f"E0600000{digit}" for digit in range(1, 5)]
    counts = {notice.kind: (notice.message[:7], notice.codes) for notice in metric.notices}
    assert counts == {
        "codes-spaces": ("3 codes", ("E06000001", "E06000002", "E06000003")),
        "codes-case": ("1 codes", ("E06000002",)),
    }


def test_a06_a_cyrillic_letter_is_named_by_its_number(tidy):
    with pytest.raises(InputError, match=r"row 3, column 'code'.*character U\+0417"):
        tidy(["E06000001", "E0600000\u0417"])


def test_a07_unknown_codes_are_listed_with_the_nearest_and_are_an_error_above_five_per_cent(
    tidy, lad
):
    few = tidy([*lad.index, "E0600O001"])
    audit = audit_join(lad, few, period=2021)
    assert audit.unknown["code"].tolist() == ["E0600O001"]
    assert "did you mean E06000001?" in audit.unknown["reason"][0]
    noted = [notice for notice in audit.notices if notice.kind == "unknown-codes"]
    assert noted[0].codes == ("E0600O001",)
    assert join_metrics(lad, few, period=2021)["value"].notna().all()
    with pytest.raises(JoinError, match="1 of 362 codes are unknown to the register, more than 0%"):
        join_metrics(lad, few, period=2021, most_unknown=0)
    many = tidy([*lad.index, *(f"X{number:08d}" for number in range(20))])
    with pytest.raises(JoinError, match=r"20 of 381 codes are unknown.*more than 5%.*20 in all"):
        join_metrics(lad, many, period=2021)
    assert len(join_metrics(lad, many, period=2021, most_unknown=0.1)) == 361


def test_a07_the_share_is_that_of_the_codes_of_the_file_not_of_the_areas(tidy, lad):
    welsh = lad[lad.index.str.startswith("W")]
    with pytest.raises(JoinError, match="2 of 24 codes"):
        join_metrics(lad, tidy([*welsh.index, "W06000098", "W06000099"]), period=2021)
    whole = tidy([*lad.index, "W06000098", "W06000099"])
    assert join_metrics(welsh, whole, period=2021)["value"].notna().all()


def test_a08_a_retired_code_is_said_to_be_replaced_by_what_and_when(tidy, lad):
    audit = audit_join(lad, tidy([*lad.index, "E06000028", "E07000026"]), period=2021)
    assert dict(zip(audit.retired["name"], audit.retired["reason"], strict=True)) == {
        "Bournemouth": "replaced by E06000058 on 2019-04-01",
        "Allerdale": "replaced by E06000063 on 2023-04-01",
    }
    noted = [str(notice) for notice in audit.notices if notice.kind == "retired-codes"]
    assert "E06000028: replaced by E06000058 on 2019-04-01" in noted[0]
    alone = tidy([*lad.index.drop("E06000058"), "E06000028"])
    with pytest.raises(JoinError, match=r"E06000058 Bournemouth.*year \(--vintage\), or recode"):
        join_metrics(lad, alone, period=2021)


def test_a09_mixed_vintages_are_counted_never_joined_to_blanks(tidy, lad):
    old = register("lad", 2019).index
    # Dorset, Buckinghamshire, Northamptonshire and so on as in 2019, Somerset and Cumbria as in 2023.
    gone = ["E07000026", "E07000028", "E07000029", "E07000187", "E07000188", "E07000189"]
    mixed = [*old.drop(gone), "E06000063", "E06000066"]
    with pytest.raises(InputError, match=r"376 codes fit LAD 2019, 2 only LAD 2023"):
        detect_vintage(mixed)
    for year in (2019, 2023):
        with pytest.raises(
            JoinError, match=r"376 codes fit LAD 2019, 2 only LAD 2023.* areas would be left blank"
        ):
            join_metrics(register("lad", year), tidy(mixed), period=2021)


def test_a10_rows_of_other_levels_are_dropped_and_recorded(tidy, lad):
    other = ["E10000003", "E12000001", "E47000001", "E92000001", "K02000001"]
    metric = tidy([*other, *lad.index])
    audit = audit_join(lad, metric, period=2021)
    assert dict(zip(audit.wrong_level["code"], audit.wrong_level["reason"], strict=True)) == {
        "E10000003": "level county, not lad",
        "E12000001": "level region, not lad",
        "E47000001": "level combined_authority, not lad",
        "E92000001": "level country, not lad",
        "K02000001": "level uk, not lad",
    }
    assert join_metrics(lad, metric, period=2021)["value"].sum() == sum(range(105, 466))


def test_a11_other_code_systems_are_recognised(tidy, lad):
    itl3 = register("itl3", 2021)
    with pytest.raises(JoinError, match=r"UKC11 \(a NUTS code, TLC11 as ITL\)"):
        join_metrics(itl3, tidy(["UKC11", "UKC12"]), period=2021)
    audit = audit_join(lad, tidy([*lad.index, "95AA", "S12000015", "S12000024"]), period=2021)
    said = {**dict(zip(audit.retired["code"], audit.retired["reason"], strict=True))}
    assert said["95AA"].startswith("replaced by N09000001")
    assert said["S12000015"].startswith("replaced by S12000047")
    assert said["S12000024"].startswith("replaced by S12000048")
    fife = tidy([*lad.index.drop("S12000047"), "S12000015"])
    with pytest.raises(JoinError, match="1 areas would be left blank: S12000047 Fife"):
        join_metrics(lad, fife, period=2021)


def test_a12_itl_2025_on_itl_2021_is_refused_though_two_thirds_match(tidy):
    old, new = register("itl3", 2021), register("itl3", 2025)
    assert len(old.index.intersection(new.index)) == 122
    with pytest.raises(JoinError, match=r"codes of 2025, the areas are .*: 57 areas would be left"):
        join_metrics(old, tidy(new.index), period=2021)
    with pytest.raises(JoinError, match=r"codes of 2021, the areas are .* 2025: 60 areas would be"):
        join_metrics(new, tidy(old.index), period=2021)
    with pytest.raises(
        InputError, match=r"mix vintages: 182 codes fit ITL3 2025, 57 only ITL3 2021"
    ):
        detect_vintage(old.index.union(new.index))
    audit = audit_join(old, tidy(old.index.union(new.index)), period=2021)
    assert len(audit.retired) == 60


def test_a13_the_five_authorities_in_several_itl3_areas_are_flagged_and_split_by_shares(lad):
    five = {"E06000063", "E06000064", "S12000017", "S12000021", "S12000035"}
    with pytest.warns(SpatialGapsWarning, match=r"5 areas straddle.*E06000063 60% in TLD11"):
        labels = parents(lad.index, "itl3", 2023)
    shares = parent_shares(lad.index, "itl3", 2023)
    assert set(shares[shares < 1].index.get_level_values("code")) == five
    assert shares.groupby(level="code").sum().round(9).eq(1).all()
    values = pd.Series(range(100, 461), index=lad.index, dtype=float)
    # A published lookup has one row per pair: without shares, rows repeat and are refused.
    pairs = shares.reset_index("parent")["parent"]
    assert len(pairs) > len(labels)
    with pytest.raises(JoinError, match="more than once"):
        decompose(values, [pairs])
    assert decompose(values, [shares]).parts["share"].sum() == pytest.approx(1)


def test_a14_names_are_refused_unless_asked(tidy, lad):
    with pytest.raises(InputError, match="no column holds area codes"):
        tidy(["Cardiff"], header="authority,period,value")
    with pytest.raises(JoinError, match=r'matched only when asked: names=\("lad", 2023\)'):
        join_metrics(lad, tidy(["Cardiff", "Rhondda Cynon Taff"]), period=2021)


@pytest.mark.parametrize(
    ("nations", "coverage", "of"),
    [("E", "England", "England"), ("EW", "England and Wales", "England and Wales"),
     ("EWS", "Great Britain", "Great Britain")],
)  # fmt: skip
def test_a15_a_part_of_the_country_is_never_called_the_uk(tidy, nations, coverage, of):
    codes = [code for code in register("lad", 2023).index if code[0] in nations]
    result = assess(cartogram("lad", 2023), tidy(codes), period=2021)
    assert result.audit.coverage == coverage
    assert of in result.benchmark.name
    assert "UK" not in result.summary()
    assert "United Kingdom" not in result.summary()


def test_a16_areas_without_a_figure_are_listed(tidy, lad):
    absent = {"E06000053": "Isles of Scilly", "E09000001": "City of London"}
    audit = audit_join(lad, tidy(lad.index.drop(list(absent))), period=2021)
    assert dict(zip(audit.missing["code"], audit.missing["name"], strict=True)) == absent
    assert set(audit.missing["reason"]) == {"no row in the file"}


def test_a17_an_empty_join_shows_three_codes_of_each_side(tidy, lad):
    itl3 = register("itl3", 2021)
    with pytest.raises(JoinError) as caught:
        join_metrics(lad, tidy(itl3.index), period=2021)
    assert (
        "the file has TLC11, TLC12 and TLC13, the areas have E06000001, E06000002 and E06000003"
    ) in str(caught.value)
    assert "179 codes of level itl3, vintage 2021-2024" in str(caught.value)


def test_a18_column_names_and_metrics_are_unique(tidy, lad):
    with pytest.raises(InputError, match="row 1: column names occur more than once: value"):
        tidy([], header="code,value,value\nE06000001,1,2")
    metric = tidy(lad.index)
    with pytest.raises(InputError, match="two metrics have the same name: mine, mine"):
        join_metrics(lad, metric, metric, period=2021)
    twin = dataclasses.replace(metric, key="twin")
    assert {"mine_value", "twin_value"} <= set(join_metrics(lad, metric, twin, period=2021))
