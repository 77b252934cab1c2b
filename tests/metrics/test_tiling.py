"""The level that a file covers the country with, and what its codes are, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from spatial_gaps import assess, cartogram, read_metric
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.geography.register import areas
from spatial_gaps.metrics.inspecting import inspect_codes
from spatial_gaps.metrics.tiling import best_tiling, check_tiling, tilings

MEN = "healthy_life_expectancy_male"


@pytest.fixture(scope="module")
def tidy(shared: Path) -> Path:
    return shared / "data/metrics/tidy"


def written(path: Path, rows: list[tuple[str, str, object]]):
    lines = ["area_code,area_name,period,value"]
    lines += [f'{code},"{name}",2021,{value}' for code, name, value in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_metric(path, higher_is="better")


def test_upper_tier_file_is_taken_as_upper_tier(tidy: Path) -> None:
    metric = read_metric(tidy / "healthy_life_expectancy.csv", indicator=MEN)
    found = tilings(metric, "2020-2022")
    # 195 unitary rows and 21 counties, as the README of the figures says.
    assert found["n"].to_dict() == {"lad": 195, "utla": 216}
    assert found.at["utla", "people"] > 0.999
    assert best_tiling(metric, "2020-2022") == ("utla", 2025)


def test_districts_would_lose_the_counties(tidy: Path) -> None:
    metric = read_metric(tidy / "healthy_life_expectancy.csv", indicator=MEN)
    counties = areas("county", 2025)["population"].sum() / areas("country")["population"].sum()
    with pytest.raises(JoinError, match=rf"lose {counties:.0%} of .*E10000003 Cambridgeshire") as e:
        check_tiling(metric, "2020-2022", "lad", areas("lad", 2025)["name"])
    assert "--level utla or --level auto" in str(e.value)
    check_tiling(metric, "2020-2022", "utla", areas("utla", 2025)["name"])
    with pytest.raises(JoinError, match="would lose"):
        assess(cartogram("lad", 2025), metric, period="2020-2022")


def test_the_finest_of_equal_tilings_is_taken(tidy: Path) -> None:
    metric = read_metric(tidy / "gdhi_per_head.csv")
    assert list(tilings(metric, 2023).index) == ["lad", "utla", "itl3", "itl2"]
    assert best_tiling(metric, 2023) == ("lad", 2023)
    itl = read_metric(tidy / "gva_per_hour_itl.csv", indicator="gva_per_hour_smoothed")
    assert best_tiling(itl, 2022) == ("itl3", 2021)


def test_a_county_is_never_spread_over_its_districts(tmp_path: Path) -> None:
    lads = areas("lad", 2023)
    rows = [(code, name, 1) for code, name in lads["name"].items() if not code.startswith("E07")]
    rows += [(code, name, 2) for code, name in areas("county", 2023)["name"].items()]
    metric = written(tmp_path / "upper.csv", rows)
    assert best_tiling(metric, 2021) == ("utla", 2023)
    from spatial_gaps import join_metrics

    joined = join_metrics(lads, metric, period=2021)
    assert joined.loc[joined.index.str.startswith("E07"), "value"].isna().all()


def test_a_file_of_other_levels_says_which(tmp_path: Path) -> None:
    metric = written(tmp_path / "wards.csv", [("E05000001", "A", 1), ("E05000002", "B", 2)])
    with pytest.raises(InputError, match="those of wards, of which no register is packaged"):
        best_tiling(metric, 2021)
    regions = written(tmp_path / "regions.csv", [("E12000001", "A", 1), ("E12000002", "B", 2)])
    with pytest.raises(
        InputError, match=r"local authorities or ITL areas in 2021, only .*: region"
    ):
        best_tiling(regions, 2021)
    nuts = written(tmp_path / "nuts.csv", [("UKC11", "A", 1), ("UKC12", "B", 2)])
    with pytest.raises(InputError, match=r"UKC11 \(a NUTS code, TLC11 as ITL\)"):
        best_tiling(nuts, 2021)
    mixed = [(code, "", 1) for code in {*areas("lad", 2019).index, *areas("lad", 2025).index}]
    with pytest.raises(InputError, match="mix vintages"):
        best_tiling(written(tmp_path / "mixed.csv", sorted(mixed)), 2021)


def test_codes_are_described_in_plain_words(tidy: Path) -> None:
    said = {
        name: " ".join(
            inspect_codes(read_metric(tidy / f"{name}.csv", indicator=indicator), period)
        )
        for name, indicator, period in (
            ("ks2_expected_standard", None, "2024/25"),
            ("child_relative_poverty", "child_poverty_bhc", "2024/25"),
            ("gdhi_per_head", None, "2023"),
            ("travel_time_to_employment_centre", "travel_time_employment_car", "2019"),
        )
    }
    assert "4 codes stand beside their successors" in said["ks2_expected_standard"]
    assert "E07000191 West Somerset (replaced by E06000066" in said["ks2_expected_standard"]
    assert "The file mixes vintages of local authorities" in said["ks2_expected_standard"]
    assert "2 codes stand beside their successors" in said["child_relative_poverty"]
    assert "361 local authorities, 182 ITL 3 areas" in said["gdhi_per_head"]
    assert "The codes of ITL 3 areas are those of 2025." in said["gdhi_per_head"]
    assert "are those of 2011." in said["travel_time_to_employment_centre"]
    assert "--level auto takes lad 2011" in said["travel_time_to_employment_centre"]


def test_unknown_and_legacy_codes_are_called_what_they_are(tmp_path: Path) -> None:
    codes = [*areas("lad", 2023).index, "E06000070", "E0600000O"]
    said = " ".join(inspect_codes(written(tmp_path / "a.csv", [(c, "", 1) for c in codes]), 2021))
    assert "E06000070 (newer than the register, which ends in 2025, or mistyped)" in said
    assert "Of no known level: E0600000O (did you mean" in said
