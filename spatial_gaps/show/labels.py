"""Numbers beside small areas: a place for each label that hides no other and as little as possible."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from spatial_gaps.show import outlines
from spatial_gaps.show.plate import Plate
from spatial_gaps.show.style import SMALL, rule, text_width, write

HEIGHT = SMALL / 72 * 0.95
REACH = np.array([0.14, 0.19, 0.25, 0.32, 0.42, 0.55])
TURNS = np.arange(24) * 2 * np.pi / 24


def _places(width: float, room: float) -> np.ndarray[Any, Any]:
    """Return shifts to try, in inches: the area's own middle if it has room, then rings around."""
    ring = np.stack([np.cos(TURNS), np.sin(TURNS)], axis=1)
    around = (REACH[:, None, None] * ring[None]).reshape(-1, 2)
    inside = np.hypot(width, HEIGHT) / 2 <= room * 1.15
    return np.vstack([np.zeros((1, 2)), around]) if inside else around


def _rectangles(middles: np.ndarray[Any, Any], width: float) -> np.ndarray[Any, Any]:
    x, y = middles.T
    half, tall = width / 2 + 0.015, HEIGHT / 2 + 0.015
    return np.asarray(shapely.box(x - half, y - tall, x + half, y + tall))


def _on_page(plate: Plate, shapes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(shapely.transform(shapes, plate.inches))


def number_areas(plate: Plate, numbers: dict[Any, str]) -> None:
    """Write a number in or beside each area, joined to it by a thin line where it stands beside.

    Every label takes the best free place in turn: never on another label or another label's line,
    rather not on a numbered area, rather at sea than on land, rather near than far. On a cartogram
    every number stands in its own hexagon.

    Parameters
    ----------
    plate : Plate
        With its areas painted.
    numbers : dict
        Number to write, by area code, in the order in which places are given away.
    """
    if not numbers:
        return
    rows = plate.areas.index.get_indexer(list(numbers))
    spots = outlines.middles(plate.areas.geometry.to_numpy()[rows])
    spots = np.column_stack([plate.inches(spots[:, :2]), spots[:, 2] / plate.scale])
    land = _on_page(plate, plate.areas.geometry.to_numpy())
    sea, marked = shapely.STRtree(land), shapely.STRtree(land[rows])
    taken: list[Any] = []
    # A hexagon is made for its number; anywhere else the number would lie on another one.
    hexagons = outlines.is_cartogram(plate.areas)
    for own, (number, (x, y, room)) in enumerate(zip(numbers.values(), spots, strict=True)):
        if hexagons:
            _write_number(plate, number, (x, y), np.zeros(2))
            continue
        width = text_width(number, SMALL, bold=True)
        shifts = _places(width, room)
        boxes = _rectangles(np.array([x, y]) + shifts, width)
        lines = shapely.linestrings(
            np.stack([np.zeros_like(shifts), shifts], axis=1) + np.array([x, y])
        )
        cost = np.hypot(*shifts.T)
        hit = np.unique(sea.query(boxes, predicate="intersects")[0])
        cost[hit] += np.where(cost[hit] > 0, 0.12, 0)
        asked, found = marked.query(boxes, predicate="intersects")
        cost[np.unique(asked[found != own])] += 0.5
        if taken:
            others = np.array(taken, dtype=object)
            cost += 20 * shapely.intersects(boxes[:, None], others[None]).any(axis=1)
            cost += 5 * shapely.intersects(lines[:, None], others[None]).any(axis=1)
        best = int(np.argmin(cost))
        taken += [boxes[best], lines[best]] if shifts[best].any() else [boxes[best]]
        _write_number(plate, number, (x, y), shifts[best])


def _write_number(
    plate: Plate, number: str, spot: tuple[float, float], shift: np.ndarray[Any, Any]
) -> None:
    figure = plate.sheet.figure
    place = (float(spot[0] + shift[0]), float(spot[1] + shift[1]))
    if shift.any():
        rule(figure, spot, place, color="#333333", linewidth=0.6, zorder=8)
    write(
        figure,
        (place[0], place[1] - HEIGHT * 0.4),
        number,
        size=SMALL,
        bold=True,
        ha="center",
        halo=True,
        gid="number",
    )
