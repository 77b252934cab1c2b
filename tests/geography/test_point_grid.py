"""Points in areas by a grid: the same as by the shapes alone, borders and holes included."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps.errors import GeometryError, InputError
from spatial_gaps.geography.point_grid import point_grid


def frame(shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        geometry=shapes, index=[f"a{k}" for k in range(len(shapes))], crs="EPSG:27700"
    )


def by_shapes(
    areas: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first area that has each point and whether several have it, one by one."""
    hits = np.array([shapely.intersects_xy(shape, x, y) for shape in areas.geometry])
    return np.where(hits.any(axis=0), hits.argmax(axis=0), -1), hits.sum(axis=0) > 1


def check(areas: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> None:
    found, borders = point_grid(areas).locate(x, y)
    expected, several = by_shapes(areas, x, y)
    assert found.tolist() == expected.tolist()
    assert borders.tolist() == several.tolist()


def test_by_hand() -> None:
    ring = shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6))
    areas = frame([ring, shapely.box(10, 0, 20, 10)])
    x = np.array([1, 5, 15, 10, 4, -1, np.nan, 25, 20, 5])
    y = np.array([1, 5, 5, 5, 5, 5, 1, 5, 10, np.inf])
    found, borders = point_grid(areas).locate(x.astype(float), y)
    assert found.tolist() == [0, -1, 1, 0, 0, -1, -1, -1, 1, -1]
    assert np.flatnonzero(borders).tolist() == [3]


@given(st.integers(0, 2**32 - 1), st.integers(3, 40))
def test_cells_of_chance(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    spread = shapely.multipoints(chance.random((count, 2)) * 1000)
    cells = list(shapely.get_parts(shapely.voronoi_polygons(spread)))
    # Some are left out and one is laid over the others: holes and overlaps.
    areas = frame([*cells[:-1], shapely.Point(500, 500).buffer(200)])
    x, y = chance.random((2, 300)) * 1400 - 200
    corners = shapely.get_coordinates(cells)
    check(areas, np.append(x, corners[:, 0]), np.append(y, corners[:, 1]))


def test_slivers_and_far_apart() -> None:
    areas = frame(
        [
            shapely.box(0, 0, 1e6, 1e-3),
            shapely.box(0, 1e-3, 1e-3, 1e6),
            shapely.box(9e5, 9e5, 9e5 + 1, 9e5 + 1),
        ]
    )
    chance = np.random.default_rng(0)
    x = np.append(chance.random(500) * 1e6, [0, 1e6, 9e5, 9e5 + 1, 5e-4])
    y = np.append(chance.random(500) * 1e-3, [0, 1e-3, 9e5, 9e5 + 0.5, 1e-3])
    check(areas, x, y)


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="no area"):
        point_grid(frame([]))
    with pytest.raises(GeometryError, match="a1"):
        point_grid(frame([shapely.box(0, 0, 1, 1), shapely.Point(0, 0)]))
    with pytest.raises(GeometryError):
        point_grid(frame([shapely.Polygon()]))


@pytest.mark.slow
def test_a_million_points_as_geopandas_finds_them_and_much_sooner(shared: Path) -> None:
    import time

    areas = gpd.read_file(shared / "data/boundaries/lad_2023_uk_buc.gpkg")
    low_x, low_y, high_x, high_y = areas.total_bounds
    chance = np.random.default_rng(0)
    x, y = chance.uniform(low_x, high_x, 10**6), chance.uniform(low_y, high_y, 10**6)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        found, _ = point_grid(areas).locate(x, y)
        middle = time.perf_counter()
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=areas.crs)
        joined = points.sjoin(areas[["geometry"]])
        times.append((middle - start, time.perf_counter() - middle))
    expected = np.full(len(x), -1)
    expected[joined.index] = joined["index_right"]
    assert (found == expected).all()
    ours, theirs = (min(each[k] for each in times) for k in range(2))
    assert theirs > 5 * ours
