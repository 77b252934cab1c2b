"""Upper-tier authorities: counties where there are two tiers, and authorities where there is one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from spatial_gaps import assess, neighbours, read_boundaries, read_metric
from spatial_gaps.errors import JoinError
from spatial_gaps.geography.cartogram import cartogram
from spatial_gaps.geography.lookups import parents
from spatial_gaps.geography.register import areas
from spatial_gaps.geography.shared_borders import shared_borders
from spatial_gaps.geography.vintages import detect_vintage


def test_england_has_153_in_2023_by_kind() -> None:
    """21 counties, 63 unitary, 36 metropolitan and 33 London: the 153 upper-tier authorities."""
    codes = areas("utla", 2023).index
    kinds = codes[codes.str.startswith("E")].str[:3].value_counts().to_dict()
    assert kinds == {"E06": 63, "E08": 36, "E09": 33, "E10": 21}
    assert len(codes) == 153 + 22 + 32 + 11


@pytest.mark.parametrize("vintage", range(2011, 2026))
def test_people_and_land_are_those_of_the_districts(vintage: int) -> None:
    upper, lads = areas("utla", vintage), areas("lad", vintage)
    assert upper["population"].sum() == 67_044_988
    measured = upper["area_km2"].sum() / lads["area_km2"].sum()
    # Districts that ended before 2019 are measured in another generalisation.
    assert measured == pytest.approx(1, abs=0.002)


@pytest.mark.parametrize("vintage", [2011, 2019, 2021, 2023, 2025])
def test_codes_are_recognised(vintage: int) -> None:
    found = detect_vintage(areas("utla", vintage).index)
    assert found.level == "utla"
    assert found.first_year <= vintage <= found.last_year


def test_counties_beside_districts_are_another_level() -> None:
    both = [*areas("lad", 2023).index, *areas("county", 2023).index]
    found = detect_vintage(both)
    assert found.level == "lad"
    assert len(found.wrong_level) == 21


def test_every_one_lies_in_a_region() -> None:
    found = parents(areas("utla").index, "itl1")
    assert found["E10000016"] == "TLJ"
    assert found.nunique() == 12


@pytest.mark.parametrize(("vintage", "count"), [(2019, 216), (2021, 217), (2023, 218), (2025, 218)])
def test_shapes_are_put_together_from_districts(shared: Path, vintage: int, count: int) -> None:
    path = shared / f"data/boundaries/lad_{vintage}_uk_buc.gpkg"
    shapes = read_boundaries("utla", path, vintage)
    lads = read_boundaries("lad", path, vintage)
    assert len(shapes) == count
    assert shapes.area.sum() == pytest.approx(lads.area.sum(), rel=1e-9)
    names = shapes.loc[["E10000016", "E09000033"], "name"]
    assert names.tolist() == ["Kent", "Westminster"]
    ours, packaged = neighbours(shapes), neighbours(areas("utla", vintage))
    pd.testing.assert_series_equal(ours.adjacency, packaged.adjacency)
    assert len(ours.isolates) == 6
    assert ours.n_components == 8


def test_packaged_pairs_are_those_of_districts() -> None:
    pairs = shared_borders("utla").query("vintage == 2023")
    assert (pairs["a"] < pairs["b"]).all()
    assert not pairs.duplicated(["a", "b"]).any()
    kent = set(pairs.query("a == 'E10000016' or b == 'E10000016'")[["a", "b"]].to_numpy().ravel())
    assert kent == {
        "E10000016", "E06000035", "E09000004", "E09000006", "E10000011", "E10000030",
    }  # fmt: skip


def test_links_lead_to_counties() -> None:
    graph = neighbours(areas("utla", 2023), islands="link")
    assert not len(graph.isolates)
    assert "E10000014" in graph["E06000046"].index


@pytest.mark.parametrize("vintage", [2019, 2020, 2021, 2023, 2025])
def test_hexagons(vintage: int) -> None:
    cells = cartogram("utla", vintage)
    assert cells.index.equals(areas("utla", vintage).index)
    assert not cells.duplicated(["q", "r"]).any()


def test_an_assessment_of_upper_tier_figures(shared: Path) -> None:
    path = shared / "data/metrics/tidy/healthy_life_expectancy.csv"
    metric = read_metric(path, indicator="healthy_life_expectancy_male")
    result = assess(cartogram("utla", 2025), metric, period="2020-2022")
    assert (result.level, len(result.areas), result.audit.n_values) == ("utla", 218, 216)
    assert set(result.audit.missing["name"]) == {"City of London", "Isles of Scilly"}
    assert list(result.masking.index) == ["itl1"]
    assert "upper tier local authorities" in result.summary()
    districts = cartogram("lad", 2025)
    with pytest.raises(JoinError, match="--level utla"):
        assess(districts, metric, period="2020-2022")
