"""Shapes of the report: shared borders, nothing lost, nothing on top of anything else."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Polygon, box

from spatial_gaps.export.shapes import draw_sheet, place_numbers, swarm, ticks


@pytest.fixture
def areas() -> gpd.GeoDataFrame:
    """A grid of 4 x 4 squares of 10 km in two regions."""
    squares = [
        box(
            4e5 + 1e4 * (k % 4), 2e5 + 1e4 * (k // 4), 4.1e5 + 1e4 * (k % 4), 2.1e5 + 1e4 * (k // 4)
        )
        for k in range(16)
    ]
    return gpd.GeoDataFrame(
        {"itl1": ["TLH" if k % 4 < 2 else "TLJ" for k in range(16)]},
        index=[f"E070000{k:02}" for k in range(16)],
        geometry=squares,
        crs="EPSG:27700",
    )


def _points(path: str) -> list[list[tuple[int, int]]]:
    """Return the corners of each ring of a path."""
    rings = []
    for part in path.split("M")[1:]:
        start, _, steps = part.partition("l")
        numbers = [int(number) for number in re.findall(r"-?\d+", steps)]
        x, y = (int(number) for number in re.findall(r"-?\d+", start))
        ring = [(x, y)]
        for right, down in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + right, y + down
            ring.append((x, y))
        rings.append(ring)
    return rings


def test_shapes_share_their_borders_and_north_is_up(areas: gpd.GeoDataFrame) -> None:
    sheet = draw_sheet(areas, areas["itl1"])
    corners = {code: set(_points(path)[0]) for code, path in sheet.paths.items()}
    assert all(len(found) == 4 for found in corners.values())
    assert len(corners["E07000000"] & corners["E07000001"]) == 2
    assert min(y for _, y in corners["E07000012"]) < min(y for _, y in corners["E07000000"])
    (border,) = _points(sheet.borders)
    assert len({x for x, _ in border}) == 1
    assert len(border) == 5
    assert max(x for found in corners.values() for x, _ in found) <= sheet.width
    assert max(y for found in corners.values() for _, y in found) <= sheet.height


def test_an_area_too_small_to_see_is_still_drawn(areas: gpd.GeoDataFrame) -> None:
    areas.loc["E07000003", "geometry"] = box(4.35e5, 2.05e5, 4.35e5 + 1, 2.05e5 + 1)
    sheet = draw_sheet(areas, areas["itl1"])
    assert len(_points(sheet.paths["E07000003"])[0]) == 4


def test_holes_and_islands_are_kept() -> None:
    ring = Polygon(box(0, 0, 900, 900).exterior, [box(300, 300, 600, 600).exterior])
    frame = gpd.GeoDataFrame(
        {"itl1": ["a", "b"]}, index=["x", "y"], geometry=[ring, box(300, 300, 600, 600)]
    )
    sheet = draw_sheet(frame, frame["itl1"])
    assert len(_points(sheet.paths["x"])) == 2
    assert len(_points(sheet.borders)[0]) == 5


def test_dots_never_overlap() -> None:
    x = np.sort(np.random.default_rng(1).normal(300, 40, 120))
    offsets = swarm(x, 7.0)
    apart = np.hypot(x[:, None] - x, offsets[:, None] - offsets)
    assert apart[~np.eye(len(x), dtype=bool)].min() >= 7.0 - 1e-6
    assert len(swarm(np.array([]), 7.0)) == 0


def test_numbers_on_the_map_keep_apart() -> None:
    anchors = [(500 + 9 * k, 500, 10) for k in range(12)]
    placed = place_numbers(anchors, 1400, 2000)
    for k, (x, y, moved) in enumerate(placed):
        assert moved
        for u, v, _ in placed[:k]:
            assert abs(x - u) >= 16 or abs(y - v) >= 22
    assert place_numbers([(500, 500, 100)], 1400, 2000) == [(500, 500, False)]


def test_ticks_are_round_numbers() -> None:
    assert ticks(386.1, 905.0) == [400, 500, 600, 700, 800, 900]
    assert ticks(5.0, 5.0) == [5.0]
    assert ticks(-0.012, 0.011) == [-0.01, -0.005, 0.0, 0.005, 0.01]
