"""Hexagons: one per area, the same size, meeting exactly, and roughly where the areas are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from spatial_gaps.errors import InputError
from spatial_gaps.geography import cartogram as module
from spatial_gaps.geography.cartogram import cartogram
from spatial_gaps.geography.register import areas

PACKAGED = Path(__file__).resolve().parents[2] / "boundaries" / "cartogram.csv"
COUNTS = [
    ("lad", 2019, 382),
    ("lad", 2020, 379),
    ("lad", 2021, 374),
    ("lad", 2022, 374),
    ("lad", 2023, 361),
    ("lad", 2024, 361),
    ("lad", 2025, 361),
    ("itl3", 2021, 179),
    ("itl3", 2024, 179),
    ("itl3", 2025, 182),
]
needs_layout = pytest.mark.skipif(not PACKAGED.exists(), reason="cartogram.csv is not made yet")


@pytest.fixture
def four_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the packaged layout by four cells of the south, the first three around one corner."""
    cells = pd.DataFrame(
        {
            "level": "lad", "vintage": 2023,
            "code": ["E06000052", "E06000059", "E06000060", "E07000145"],
            "q": [0, 1, 0, 5], "r": [0, 0, 1, 5],
        }
    )  # fmt: skip
    monkeypatch.setattr(module, "table", lambda name: cells.copy())


@pytest.mark.usefixtures("four_cells")
def test_hexagons_share_corners_exactly() -> None:
    hexagons = cartogram().geometry
    corners = [set(map(tuple, shapely.get_coordinates(shape).tolist())) for shape in hexagons]
    assert [len(corner) for corner in corners] == [6] * 4
    assert len(corners[0] & corners[1]) == 2
    assert len(corners[0] & corners[2]) == 2
    assert len(corners[0] & corners[1] & corners[2]) == 1
    assert not corners[0] & corners[3]


@pytest.mark.usefixtures("four_cells")
def test_axes_point_east_and_north_east_with_a_corner_at_the_top() -> None:
    hexagons = cartogram().geometry
    centres = hexagons.centroid
    east, north_east = (centres.iloc[k] for k in (1, 2))
    origin = centres.iloc[0]
    width = east.x - origin.x
    assert width > 0
    assert east.y == pytest.approx(origin.y)
    assert north_east.x - origin.x == pytest.approx(width / 2)
    assert north_east.y - origin.y == pytest.approx(width * np.sqrt(3) / 2)
    top = hexagons.iloc[0].bounds[3]
    assert top - origin.y == pytest.approx(width / np.sqrt(3))
    assert hexagons.iloc[0].area == pytest.approx(width**2 * np.sqrt(3) / 2)


@needs_layout
@pytest.mark.parametrize(("level", "vintage", "count"), COUNTS)
def test_packaged_layout_is_complete(level: str, vintage: int, count: int) -> None:
    hexagons = cartogram(level, vintage)
    assert hexagons.index.equals(areas(level, vintage).index)
    assert len(hexagons) == count
    assert hexagons.crs.to_epsg() == 27700
    assert not hexagons[["q", "r"]].duplicated().any()
    assert hexagons.geometry.is_valid.all()
    size = hexagons.geometry.area
    assert size.max() == pytest.approx(size.min())
    assert hexagons.geometry.union_all().area == pytest.approx(size.sum())


@needs_layout
@pytest.mark.parametrize("level", ["lad", "itl3"])
def test_latest_layout_fits_the_country(level: str) -> None:
    hexagons = cartogram(level, 2025)
    true = areas(level, 2025)
    centres = hexagons.geometry.centroid
    assert centres.x.mean() == pytest.approx(true["easting"].mean(), abs=1)
    assert centres.y.mean() == pytest.approx(true["northing"].mean(), abs=1)
    assert np.corrcoef(centres.y, true["northing"])[0, 1] > 0.8
    west, south, east, north = hexagons.total_bounds
    assert east - west < 1_200_000
    assert north - south < 1_500_000


@needs_layout
@pytest.mark.parametrize(
    ("level", "one", "other"),
    [("lad", 2021, 2022), ("lad", 2023, 2024), ("itl3", 2021, 2024)],
)
def test_years_with_the_same_codes_have_the_same_map(level: str, one: int, other: int) -> None:
    assert cartogram(level, one).geom_equals(cartogram(level, other)).all()


@needs_layout
@pytest.mark.parametrize("level", ["lad", "itl3"])
def test_a_cell_has_the_same_shape_in_every_vintage(level: str) -> None:
    old = cartogram(level, 2021).set_index(["q", "r"]).geometry
    new = cartogram(level, 2025).set_index(["q", "r"]).geometry
    both = old.index.intersection(new.index)
    assert len(both) > 150
    assert old[both].geom_equals(new[both]).all()


@needs_layout
def test_recoded_authorities_stay_where_they_were() -> None:
    old, new = cartogram("lad", 2023), cartogram("lad", 2025)
    old = old.rename(index={"E08000016": "E08000038", "E08000019": "E08000039"})
    assert old.geometry[new.index].geom_equals(new.geometry).all()


@needs_layout
def test_unknown_layouts_are_refused() -> None:
    with pytest.raises(InputError, match="cartogram"):
        cartogram("itl1")
    with pytest.raises(InputError, match="no hexagon map is packaged"):
        cartogram("lad", 2018)
