"""Geometry to SVG: compact paths on a whole-number grid, and the dots of a strip chart.

All areas are simplified together, so that a shared border stays one line, and then rounded to one
grid, so that neighbours still meet exactly. Grid units are about half a pixel of the drawn map.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from spatial_gaps.checks import Array

WIDEST = 1400
TALLEST = 2000
MARGIN = 8
# An area whose every ring collapses on the grid is drawn as a diamond of this half-width.
SPECK = 2
# Around a place that is zoomed to, as a share of it; and the least that is shown of a sheet.
AROUND, NEAREST = 0.14, 160
# Height of the numbers on the map.
NUMBER = 22
# Where a number may go: its own place, then ever wider circles around it.
MOVES = np.array(
    [(0.0, 0.0)]
    + [
        (reach * math.cos(turn * math.pi / 8), reach * math.sin(turn * math.pi / 8))
        for reach in (30, 42, 56, 72, 90, 110, 140)
        for turn in range(16)
    ]
)

Ring = np.ndarray[Any, np.dtype[np.int64]]
Edges = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Sheet:
    """A map in grid units, y downwards.

    Attributes
    ----------
    width, height : int
        Size of the view box.
    paths : dict
        Path of each area by code; every area has exactly one.
    anchors : dict
        A point inside the largest part of each area, and the side of a square as large as it.
    boxes : dict
        West, north, east and south edge of each area.
    borders : str
        Path of the lines between two regions.
    ghost : str
        Path of the outline that shows where an enlarged part really lies.
    frames : tuple of (str, str, int, int)
        Title and path of each inset's frame, and where its title goes.
    """

    width: int
    height: int
    paths: dict[Hashable, str]
    anchors: dict[Hashable, tuple[int, int, int]]
    boxes: dict[Hashable, tuple[float, float, float, float]]
    borders: str
    ghost: str
    frames: tuple[tuple[str, str, int, int], ...]


def draw_sheet(
    areas: gpd.GeoDataFrame,
    region: pd.Series[Any],
    *,
    frames: Sequence[tuple[str, shapely.Polygon]] = (),
    ghosts: Sequence[shapely.Geometry] = (),
    tolerance: float = 1.5,
) -> Sheet:
    """Turn areas into SVG paths that keep their shared borders.

    Parameters
    ----------
    areas : GeoDataFrame, shape (n,)
        Polygons in EPSG:27700, or hexagons of any plane, indexed by code.
    region : Series, shape (n,)
        Region of each area, indexed by code; lines between two regions become `borders`.
    frames : sequence of (title, polygon)
        Frames of the insets, in the same plane.
    ghosts : sequence of geometries
        Outlines of the places that an inset enlarges.
    tolerance : float
        Simplification in grid units: triangles smaller than its square go.

    Returns
    -------
    Sheet
        Paths in whole numbers, the same for any order of the rows.
    """
    areas = areas.sort_index()
    shapes = np.asarray(areas.geometry.array, dtype=object)
    outlines = [polygon for _, polygon in frames]
    everything = np.concatenate([shapes, np.asarray([*outlines, *ghosts], dtype=object)])
    west, south, east, north = shapely.total_bounds(everything)
    inner = 2 * MARGIN
    scale = min(
        (WIDEST - inner) / max(east - west, 1e-9), (TALLEST - inner) / max(north - south, 1e-9)
    )

    def on_grid(xy: Array) -> Array:
        return np.column_stack([(xy[:, 0] - west) * scale, (north - xy[:, 1]) * scale]) + MARGIN

    placed = shapely.transform(shapes, on_grid)
    simpler = _simplify(placed, tolerance)
    rings, owner = _rings(simpler)
    labels = region.reindex(areas.index).astype(str).to_numpy()
    return Sheet(
        width=math.ceil((east - west) * scale) + inner,
        height=math.ceil((north - south) * scale) + inner,
        paths=_paths(areas.index, rings, owner, simpler),
        anchors=_anchors(areas.index, simpler),
        boxes=dict(zip(areas.index, map(tuple, shapely.bounds(simpler)), strict=True)),
        borders=_borders(rings, owner, labels),
        ghost="".join(_path(ring) for ring in _rings(shapely.transform(ghosts, on_grid))[0]),
        frames=tuple(_frame(title, shapely.transform(box, on_grid)) for title, box in frames),
    )


def _simplify(shapes: np.ndarray[Any, Any], tolerance: float) -> np.ndarray[Any, Any]:
    """Simplify polygons together; leave alone what is no polygon at all."""
    kinds = shapely.get_type_id(shapes)
    polygonal = (kinds == 3) | (kinds == 6)
    simpler = shapes.copy()
    if polygonal.any():
        simpler[polygonal] = shapely.coverage_simplify(shapes[polygonal], tolerance)
    return simpler


def _rings(shapes: Any) -> tuple[list[Ring], Ring]:
    """Return every ring as whole-number points, and which shape each belongs to."""
    parts, part_owner = shapely.get_parts(np.asarray(shapes, dtype=object), return_index=True)
    solid = shapely.get_type_id(parts) == 3
    parts, part_owner = parts[solid], part_owner[solid]
    lines, line_part = shapely.get_rings(parts, return_index=True)
    # Three decimals first: corners that two hexagons share differ in the last bits only.
    points = np.floor(np.round(shapely.get_coordinates(lines), 3) + 0.5).astype(np.int64)
    ends = np.cumsum(shapely.get_num_coordinates(lines))[:-1]
    return np.split(points, ends) if len(lines) else [], part_owner[line_part]


def _path(ring: Ring) -> str:
    """Return a closed ring as relative steps; "" if it collapses to a line or a point."""
    steps = np.diff(ring, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    if len(steps) < 3:
        return ""
    # Steps in one direction join up: the drawing is the same and the text shorter.
    cross = steps[:-1, 0] * steps[1:, 1] - steps[:-1, 1] * steps[1:, 0]
    dot = (steps[:-1] * steps[1:]).sum(axis=1)
    group = np.concatenate([[0], np.cumsum((cross != 0) | (dot < 0))])
    joined = np.zeros((group[-1] + 1, 2), dtype=np.int64)
    np.add.at(joined, group, steps)
    if len(joined) < 3:
        return ""
    # The last step is what "z" draws.
    return f"M{_pair(*ring[0])}l{_run(joined[:-1])}z"


def _pair(x: int, y: int) -> str:
    return f"{x}{y}" if y < 0 else f"{x} {y}"


def _run(steps: Ring) -> str:
    """Write numbers one after the other; a minus sign needs no space before it."""
    return " ".join(map(str, steps.ravel().tolist())).replace(" -", "-")


def _paths(
    codes: pd.Index[Any], rings: list[Ring], owner: Ring, shapes: np.ndarray[Any, Any]
) -> dict[Hashable, str]:
    texts = [""] * len(codes)
    for ring, position in zip(rings, owner.tolist(), strict=True):
        texts[position] += _path(ring)
    for position, text in enumerate(texts):
        if not text:
            x, y = _point_inside(shapes[position])
            texts[position] = f"M{x - SPECK} {y}l{SPECK}-{SPECK} {SPECK} {SPECK}-{SPECK} {SPECK}z"
    return dict(zip(codes, texts, strict=True))


def _point_inside(shape: Any) -> tuple[int, int]:
    if shape is None or shape.is_empty:
        return MARGIN, MARGIN
    point = shapely.point_on_surface(shape)
    return round(point.x), round(point.y)


def _anchors(
    codes: pd.Index[Any], shapes: np.ndarray[Any, Any]
) -> dict[Hashable, tuple[int, int, int]]:
    anchors = {}
    for code, shape in zip(codes, shapes, strict=True):
        parts: Any = shapely.get_parts(shape) if shape is not None else []
        largest = parts[int(np.argmax(shapely.area(parts)))] if len(parts) else None
        size = 0 if largest is None else round(math.sqrt(largest.area))
        anchors[code] = (*_point_inside(largest), size)
    return anchors


def _borders(rings: list[Ring], owner: Ring, labels: np.ndarray[Any, Any]) -> str:
    """Return the lines that two regions share, end to end."""
    if not rings:
        return ""
    numbers = np.unique(labels, return_inverse=True)[1]
    starts = np.concatenate([ring[:-1] for ring in rings])
    stops = np.concatenate([ring[1:] for ring in rings])
    side = np.repeat(numbers[owner], [len(ring) - 1 for ring in rings])
    swap = (starts[:, 0] > stops[:, 0]) | (
        (starts[:, 0] == stops[:, 0]) & (starts[:, 1] > stops[:, 1])
    )
    edges = np.hstack(
        [np.where(swap[:, None], stops, starts), np.where(swap[:, None], starts, stops)]
    )
    real = (starts != stops).any(axis=1)
    edges, which = np.unique(edges[real], axis=0, return_inverse=True)
    low = np.full(len(edges), len(labels))
    high = np.full(len(edges), -1)
    np.minimum.at(low, which.ravel(), side[real])
    np.maximum.at(high, which.ravel(), side[real])
    between = edges[low != high].reshape(-1, 2, 2)
    if not len(between):
        return ""
    merged = shapely.line_merge(
        shapely.multilinestrings(shapely.linestrings(between.astype(float)))
    )
    texts = []
    for line in shapely.get_parts(merged):
        points = shapely.get_coordinates(line).astype(np.int64)
        texts.append(f"M{_pair(*points[0])}l{_run(np.diff(points, axis=0))}")
    return "".join(sorted(texts))


def _frame(title: str, box: shapely.Polygon) -> tuple[str, str, int, int]:
    rings, _ = _rings([box])
    west, north = np.min(np.concatenate(rings), axis=0).tolist()
    return title, "".join(_path(ring) for ring in rings), west, north


def view_box(sheet: Sheet, codes: Sequence[Hashable] | None = None) -> str:
    """Return the view box of an SVG: of the whole sheet, or of some areas and what is around them.

    Parameters
    ----------
    sheet : Sheet
        As drawn.
    codes : sequence of str, optional
        Areas to show.
    """
    if codes is None:
        return f"0 0 {sheet.width} {sheet.height}"
    boxes = np.array([sheet.boxes[code] for code in codes])
    (west, north), (east, south) = np.nanmin(boxes[:, :2], 0), np.nanmax(boxes[:, 2:], 0)
    side = max(east - west, south - north)
    edge = max(AROUND * side, (NEAREST - side) / 2)
    corner, size = (west - edge, north - edge), (east - west + 2 * edge, south - north + 2 * edge)
    return " ".join(f"{number:.0f}" for number in (*corner, *size))


def place_numbers(
    anchors: Sequence[tuple[int, int, int]], width: int, height: int
) -> list[tuple[int, int, bool]]:
    """Place the numbers 1, 2, ... on the map so that none covers another.

    Parameters
    ----------
    anchors : sequence of (x, y, size)
        Where each number belongs, and how large its area is.
    width, height : int
        Of the sheet; numbers stay inside.

    Returns
    -------
    list of (x, y, bool)
        Middle of each number, and whether it moved out of its area and needs a leader line. One
        that finds no free place stays where it belongs.
    """
    spots = np.array([(x, y) for x, y, _ in anchors], dtype=float).reshape(-1, 2)
    halves = np.array([4 + 0.3 * NUMBER * len(str(k + 1)) for k in range(len(anchors))])
    placed: list[tuple[int, int, bool]] = []
    for k, (x, y, size) in enumerate(anchors):
        tries = np.array([[x, y]]) + (MOVES if size >= 2 * NUMBER else MOVES[1:])
        tries = np.rint(tries)
        half = halves[k]
        free = (tries[:, 0] > half) & (tries[:, 0] < width - half)
        free &= (tries[:, 1] > NUMBER) & (tries[:, 1] < height - NUMBER)
        for j, (u, v, _) in enumerate(placed):
            wide = np.abs(tries[:, 0] - u) < half + halves[j]
            free &= ~(wide & (np.abs(tries[:, 1] - v) < NUMBER + 2))
        # A number that moves away may not sit on another one's place.
        others = np.delete(spots, k, axis=0)
        away = np.abs(tries[:, None] - others)
        covers = ((away[..., 0] < half + 4) & (away[..., 1] < NUMBER / 2 + 4)).any(axis=1)
        free &= ~covers | (tries == [x, y]).all(axis=1)
        u, v = tries[np.argmax(free)].astype(int).tolist() if free.any() else (x, y)
        placed.append((u, v, (u, v) != (x, y)))
    return placed


def swarm(x: Array, diameter: float) -> Array:
    """Return how far each dot has to move up or down so that no two overlap.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Positions along the axis, rising.
    diameter : float
        Of a dot, in the same unit.

    Returns
    -------
    ndarray, shape (n,)
        Offsets from the middle line, the smallest that are free, above and below in turn.
    """
    offsets = np.zeros(len(x))
    first = np.searchsorted(x, np.asarray(x) - diameter, side="right")
    for i, here in enumerate(x):
        near = np.arange(first[i], i)
        reach = np.sqrt(np.maximum(diameter**2 - (here - x[near]) ** 2, 0))
        beside = offsets[near]
        tries = np.concatenate([[0.0], beside + reach, beside - reach])
        tries = tries[np.lexsort((tries, np.abs(tries).round(6)))]
        free = (np.abs(tries[:, None] - beside) >= reach - 1e-6).all(axis=1)
        offsets[i] = tries[free][0]
    return offsets


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers between `low` and `high`, at most `most` of them.

    Examples
    --------
    >>> ticks(386.1, 905.0)
    [400.0, 500.0, 600.0, 700.0, 800.0, 900.0]
    """
    span = high - low
    if not span > 0:
        return [float(low)]
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(m * power for m in (1, 2, 2.5, 5, 10, 20) if span / (m * power) <= most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{k * step:.12g}") for k in range(first, last + 1)][:most]
