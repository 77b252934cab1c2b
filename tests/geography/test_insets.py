"""The display layout moves what it has to and loses nothing."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from spatial_gaps.geography.boundaries import read_boundaries
from spatial_gaps.geography.insets import arrange

ISLES = ["S12000027", "S12000023"]


@pytest.fixture(scope="module")
def districts(shared: Path) -> gpd.GeoDataFrame:
    return read_boundaries("lad", shared / "data/boundaries/lad_2023_uk_buc.gpkg")


def squares(codes: list[str], sides: list[float]) -> gpd.GeoDataFrame:
    """Return squares in a row, as many as codes, of different sizes."""
    shapes = [
        shapely.box(400_000 + 30_000 * k, 300_000, 400_000 + 30_000 * k + side, 300_000 + side)
        for k, side in enumerate(sides)
    ]
    return gpd.GeoDataFrame({"value": range(len(codes))}, geometry=shapes, index=codes, crs=27700)


def test_every_area_once_and_the_input_unchanged(districts: gpd.GeoDataFrame) -> None:
    before = districts.copy(deep=True)
    laid = arrange(districts)
    assert laid.areas.index.equals(districts.index)
    assert laid.areas.crs == districts.crs
    assert list(laid.areas.columns) == list(districts.columns)
    assert districts.equals(before)
    assert districts.geometry.geom_equals_exact(before.geometry, 0).all()
    moved = ~laid.areas.geometry.geom_equals_exact(districts.geometry, 0)
    expected = districts.index.str.startswith("E09") | districts.index.isin(ISLES)
    assert (moved.to_numpy() == expected).all()


def test_boxes_stand_in_clear_water(districts: gpd.GeoDataFrame) -> None:
    laid = arrange(districts)
    assert [title for title, _ in laid.frames] == ["Shetland", "Orkney", "London"]
    inside = districts.index.str.startswith("E09") | districts.index.isin(ISLES)
    still = laid.areas[~inside].geometry
    boxes = [box for _, box in laid.frames]
    for box in boxes:
        assert still.distance(box).min() > 5_000
    assert not any(one.intersects(two) for k, one in enumerate(boxes) for two in boxes[k + 1 :])
    assert laid.areas[inside].geometry.within(shapely.union_all(boxes)).all()


def test_scales_and_height(districts: gpd.GeoDataFrame) -> None:
    laid = arrange(districts)
    grown = laid.areas.geometry.area / districts.geometry.area
    london = districts.index.str.startswith("E09")
    assert np.allclose(grown[london], 3.5**2)
    assert np.allclose(grown[~london], 1)
    # What is left at the top is North Rona.
    assert laid.areas.total_bounds[3] < 1_040_000
    assert districts.total_bounds[3] > 1_220_000
    assert len(laid.ghosts) == 1
    assert laid.ghosts.iloc[0].area == pytest.approx(districts[london].geometry.area.sum())


def test_shared_corners_stay_shared(districts: gpd.GeoDataFrame) -> None:
    london = districts.index.str.startswith("E09")
    before = shapely.get_coordinates(districts.geometry.to_numpy()[london])
    after = shapely.get_coordinates(arrange(districts).areas.geometry.to_numpy()[london])
    assert len(np.unique(after, axis=0)) == len(np.unique(before, axis=0))


def test_row_order_does_not_matter(districts: gpd.GeoDataFrame) -> None:
    mixed = districts.sample(frac=1, random_state=2)
    one, two = arrange(districts), arrange(mixed)
    back = two.areas.loc[districts.index].geometry
    assert one.areas.geometry.geom_equals_exact(back, 0).all()
    assert one.frames == two.frames


@pytest.mark.filterwarnings("ignore:.*borders meet")
def test_itl3_is_arranged_too(shared: Path) -> None:
    itl3 = read_boundaries("itl3", shared / "data/boundaries/itl3_2021_uk_buc_snapped.gpkg")
    assert {title for title, _ in arrange(itl3).frames} == {"London", "Orkney", "Shetland"}
    itl1 = read_boundaries("itl1", shared / "data/boundaries/itl1_2021_uk_buc_dissolved.gpkg")
    assert arrange(itl1).frames == []


@pytest.mark.parametrize(
    "areas",
    [
        squares(["E06000001", "E06000002"], [20_000, 10_000]),
        squares(["E09000001", "E06000002"], [20_000, 10_000]),
        squares([f"E0900000{k}" for k in range(1, 8)], [20_000] * 7),
        squares([f"E0900000{k}" for k in range(1, 8)], [20_000 + k for k in range(7)]),
        squares(["S12000027", "S12000023"], [20_000, 10_000]),
        squares(["S12000027"], [20_000]),
    ],
    ids=["no London", "one borough", "cells", "only London", "only isles", "one area"],
)
def test_nothing_to_arrange(areas: gpd.GeoDataFrame) -> None:
    laid = arrange(areas)
    assert laid.areas.equals(areas)
    assert laid.frames == []
    assert len(laid.ghosts) == 0
