"""The register answers who was in force when, and which vintage a list of codes fits."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.geography.levels import find_level
from spatial_gaps.geography.register import areas
from spatial_gaps.geography.successors import describe_unknown, retired, suggest
from spatial_gaps.geography.vintages import detect_vintage


@pytest.mark.parametrize("level", ["lad", "utla", "county", "itl1", "itl2", "itl3"])
def test_counts_are_those_of_the_levels_table(level: str) -> None:
    for vintage, count in find_level(level).counts.items():
        frame = areas(level, vintage)
        assert len(frame) == count
        assert frame.index.is_monotonic_increasing
        assert frame.index.is_unique


def test_codes_equal_the_published_layers_and_chains(shared: Path) -> None:
    chain = pd.read_csv(shared / "data/boundaries/lookups/lad16_to_lad24_chain_uk.csv", dtype=str)
    for year in range(2016, 2025):
        assert set(areas("lad", year).index) == set(chain[f"LAD{year - 2000}CD"])
    later = pd.read_csv(
        shared / "data/boundaries/lookups/lad25_lau125_itl325_itl225_itl125_uk_derived.csv"
    )
    assert set(areas("lad", 2025).index) == set(later["LAD25CD"])
    assert set(areas("itl3", 2025).index) == set(later["ITL325CD"])


def test_lifetimes_equal_the_published_years(shared: Path) -> None:
    theirs = pd.read_csv(shared / "data/boundaries/lookups/ltla_lifetimes_ons_els.csv")
    for year in range(2016, 2026):
        # A blank year is nan, which is neither earlier nor later.
        alive = theirs.loc[~(theirs["end"] < year) & ~(theirs["start"] > year), "areacd"]
        assert set(areas("lad", year).index) == set(alive), year


def test_populations_sum_to_the_published_total() -> None:
    assert areas("lad", 2023)["population"].sum() == 67_044_988
    for level in ("itl1", "itl2", "itl3", "country"):
        assert areas(level)["population"].sum() == 67_044_988
    assert areas("itl3", 2025)["population"].sum() == 67_044_988
    assert areas("lad", 2021)["population"].gt(0).all()


def test_former_districts_share_the_revised_figure_as_the_first_release_did(shared: Path) -> None:
    frame = areas("lad", 2021)
    old = frame[frame["last"] != ""].query("last < '2024'")
    assert len(old) == 17
    assert old["population_source"].str.contains("split by").all()
    published = pd.read_csv(shared / "data/metrics/tidy/population_by_age_2021.csv")
    published = published.query("metric == 'population_total'").set_index("area_code")["value"]
    # First release and revision differ by under half a per cent for all of them.
    assert ((old["population"] / published[old.index] - 1).abs() < 0.005).all()
    cumberland = ["E07000026", "E07000028", "E07000029"]
    assert (
        old.loc[cumberland, "population"].sum() == areas("lad", 2023).at["E06000063", "population"]
    )


def test_every_area_since_2011_is_measured() -> None:
    for level in ("lad", "utla", "county", "combined_authority", "london_part"):
        for year in (2011, 2014, 2018, 2022, 2025):
            frame = areas(level, year)
            assert frame[["easting", "northing", "area_km2", "population"]].notna().all(axis=None)
            assert (frame["population"] > 0).all()
            assert frame["name"].str.len().gt(2).all()


def test_former_districts_tile_their_successors() -> None:
    """Measured in small areas before 2019, in district layers since: two generalisations."""
    for old, new in (
        (("E07000049", "E07000050", "E07000051", "E07000052", "E07000053"), "E06000059"),
        (("E06000028", "E06000029", "E07000048"), "E06000058"),
        (("E07000201", "E07000204"), "E07000245"),
    ):
        before, after = areas("lad", 2018).loc[list(old)], areas("lad", 2020).loc[new]
        assert before["area_km2"].sum() == pytest.approx(after["area_km2"], rel=0.02)
        assert before["population"].sum() == after["population"]


def test_centroids_lie_near_the_published_points(shared: Path) -> None:
    gpd = pytest.importorskip("geopandas")
    layer = gpd.read_file(shared / "data/boundaries/lad_2023_uk_buc.gpkg").set_index("LAD23CD")
    frame = areas("lad", 2023)
    off = np.hypot(frame["easting"] - layer["BNG_E"], frame["northing"] - layer["BNG_N"])
    assert off.median() < 2_000
    assert (layer.geometry.area / 1e6).sub(frame["area_km2"]).abs().max() < 0.001


@pytest.mark.parametrize(
    ("level", "vintage", "first", "last"),
    [
        ("lad", 2019, 2019, 2019), ("lad", 2020, 2020, 2020), ("lad", 2021, 2021, 2022),
        ("lad", 2022, 2021, 2022), ("lad", 2023, 2023, 2024), ("lad", 2025, 2025, 2025),
        ("itl3", 2021, 2021, 2024), ("itl3", 2025, 2025, 2025), ("itl1", 2023, 2021, 2025),
    ],
)  # fmt: skip
def test_detect_vintage_of_full_sets(level: str, vintage: int, first: int, last: int) -> None:
    codes = areas(level, vintage).index
    found = detect_vintage(codes)
    assert (found.level, found.first_year, found.last_year) == (level, first, last)
    assert found.matched == len(codes)
    assert found.retired == found.unknown == ()
    shuffled = np.random.default_rng(1).permutation(codes.to_numpy())
    assert detect_vintage([*shuffled, *shuffled]) == found


def test_detect_vintage_of_england_without_the_city() -> None:
    codes = [code for code in areas("lad", 2021).index if code[0] == "E"]
    found = detect_vintage(codes[:-1])
    assert (found.first_year, found.last_year) == (2021, 2022)


def test_codes_that_never_changed_fit_all_years() -> None:
    found = detect_vintage(code for code in areas("lad").index if code[0] == "W")
    assert (found.first_year, found.last_year) == (2011, 2025)


def test_few_retired_and_unknown_codes_are_listed() -> None:
    found = detect_vintage([*areas("lad", 2023).index, "E07000026", "E06009999", "TLC11"])
    assert (found.year, found.retired) == (2023, ("E07000026",))
    assert (found.unknown, found.wrong_level) == (("E06009999",), ("TLC11",))


def test_t08_mixed_vintages_are_an_error() -> None:
    mixed = areas("lad", 2021).index.union(areas("lad", 2023).index)
    expected = "374 codes fit LAD 2021-2022, 4 only LAD 2023-2025: E06000063"
    with pytest.raises(InputError, match=expected):
        detect_vintage(mixed)
    itl3 = areas("itl3", 2021).index.union(areas("itl3", 2025).index)
    with pytest.raises(InputError, match="only ITL3"):
        detect_vintage(itl3)


def test_codes_of_no_register() -> None:
    with pytest.raises(InputError, match="those of middle layer super output areas"):
        detect_vintage(["E02000001", "rubbish"])
    with pytest.raises(InputError, match="level in the register"):
        detect_vintage(["rubbish"])
    with pytest.raises(InputError):
        detect_vintage([])
    with pytest.raises(InputError, match="such codes"):
        detect_vintage(["E06009999"])


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("gva_per_hour_lad", 2023), ("wellbeing_anxiety", 2021), ("gigabit_broadband", 2025),
        ("housing_poor_condition_lad19_england", 2019), ("travel_time_to_employment_centre", 2011),
    ],
)  # fmt: skip
def test_published_files_have_the_vintage_they_state(shared: Path, name: str, year: int) -> None:
    frame = pd.read_csv(shared / f"data/metrics/tidy/{name}.csv", dtype=str)
    assert detect_vintage(frame.query("level == 'lad'")["area_code"]).year == year


def test_t08_published_file_with_old_and_new_codes_is_refused(shared: Path) -> None:
    frame = pd.read_csv(shared / "data/metrics/tidy/ks2_expected_standard.csv", dtype=str)
    with pytest.raises(InputError, match="mix vintages"):
        detect_vintage(frame.query("level == 'lad'")["area_code"])


def test_retired_follows_the_changes_to_the_vintage() -> None:
    frame = retired(["E07000190", "E06000001", "E07000190", "E06000028"], 2023)
    assert frame.to_dict("list") == {
        "code": ["E07000190", "E06000028"],
        "name": ["Taunton Deane", "Bournemouth"],
        "replaced_by": ["E06000066", "E06000058"],
        "date": ["2019-04-01", "2019-04-01"],
    }
    assert retired(["E07000190"], 2021)["replaced_by"].tolist() == ["E07000246"]
    assert retired(["E07000190"], 2018).empty


def test_codes_of_later_years_are_not_in_force_either() -> None:
    frame = retired(["E08000038"], 2023)
    assert frame[["replaced_by", "date"]].to_numpy().tolist() == [["", "2025-04-01"]]


def test_unknown_codes_are_described() -> None:
    assert describe_unknown(["E08000038", "TLC11", "E06000028", "TLZ"], 2023) == [
        "E08000038 Barnsley (from 2025-04-01)",
        "TLC11",
        "E06000028 Bournemouth (replaced by E06000058 on 2019-04-01)",
        "TLZ",
    ]
    assert describe_unknown(["TLC11"], 2025) == [
        "TLC11 Hartlepool and Stockton-on-Tees (ended on 2024-12-31)"
    ]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("E0600000I", ""), ("E060O0001", "E06000001"), ("UKI", "TLI"), ("UKI31", "TLI31"),
        ("E06000001", ""), ("banana", ""),
    ],
)  # fmt: skip
def test_suggest(wrong: str, right: str) -> None:
    near = suggest(wrong)
    assert near == right if right else near in ("", "E06000001")


@pytest.mark.parametrize("vintage", [2010, 2026, "now"])
def test_vintage_outside_the_register(vintage: int) -> None:
    with pytest.raises(InputError, match="There are: 2011"):
        areas("lad", vintage)


def test_levels_outside_the_register() -> None:
    with pytest.raises(InputError, match="register of areas"):
        areas("msoa")


def test_areas_is_a_copy() -> None:
    frame = areas("lad")
    frame["population"] = 0
    assert areas("lad")["population"].sum() > 0


def stated_vintages(shared: Path) -> dict[str, str]:
    """Return the cell "code vintage" of the README of the figures, by file."""
    cells = {}
    for line in (shared / "data/metrics/README.md").read_text("utf-8").splitlines():
        parts = [part.strip() for part in line.strip().strip("|").split(" | ")]
        if parts[0].startswith("| tidy/") or parts[0].startswith("tidy/"):
            cells[parts[0].removeprefix("| ").removeprefix("tidy/")] = parts[7]
    return cells


def test_every_file_of_one_vintage_has_the_one_its_readme_states(shared: Path) -> None:
    checked = []
    for name, stated in stated_vintages(shared).items():
        path = shared / "data/metrics/tidy" / name
        years = re.findall(r"(20[0-2]\d)", stated)
        said = ("mixed", "each year", "both", ";", " and ", "several", ",")
        mixed = any(word in stated for word in said)
        # The districts of Northern Ireland that ONS calls 2014 came into force in 2015.
        if mixed or not years or "LSOA" in stated or "data zone" in stated or stated == "NI 2014":
            continue
        frame = pd.read_csv(path, dtype=str, usecols=["area_code", "level"], keep_default_na=False)
        codes = frame.loc[frame["level"] == "lad", "area_code"].unique()
        if len(codes) == 0:
            continue
        found = detect_vintage(codes)
        assert found.first_year <= int(years[0]) <= found.last_year, (name, stated)
        assert (found.retired, found.unknown, found.doubled) == ((), (), ()), name
        checked.append(name)
    assert len(checked) >= 30


def test_files_of_mixed_vintages_are_said_to_be_so(shared: Path) -> None:
    for name, stated in stated_vintages(shared).items():
        if not any(word in stated for word in ("mixed", "each year", "both")):
            continue
        frame = pd.read_csv(
            shared / "data/metrics/tidy" / name, dtype=str, usecols=["area_code", "level"]
        )
        codes = frame.loc[frame["level"] == "lad", "area_code"].unique()
        if "both" in stated or name == "first_time_buyer_mortgages.csv":
            assert set(detect_vintage(codes).doubled) == {"E08000016", "E08000019"}, name
            continue
        with pytest.raises(InputError, match="mix vintages"):
            detect_vintage(codes)
