"""Borders of polygons in numbers: which areas hold the same vertex, and which the same edge.

Vertices are equal if their coordinates are, bit by bit, so nothing is rounded here. Edges that no
second area holds are open: coast, or a border whose two sides were drawn differently, which
`spatial_gaps.locate.seams` looks at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Borders:
    """All rings of n areas, vertex after vertex, and their edges.

    Attributes
    ----------
    points : ndarray, shape (p, 2)
        Coordinates; each ring ends with the vertex it began with.
    area, place : ndarray, shape (p,)
        Position of the area that a vertex belongs to; number of the place where it lies.
    start, ring : ndarray, shape (e,)
        Position of the vertex with which an edge begins (the next one ends it); number of its ring.
    pairs : ndarray, shape (k, 2)
        Positions of areas that hold the same place (queen) or the same edge (rook); first below
        second, sorted.
    stacked : ndarray, shape (l, 2)
        Areas that hold an edge and lie on the same side of it, so that they overlap.
    is_open : ndarray of bool, shape (e,)
        Edges that one area alone holds.
    is_shared : ndarray of bool, shape (p,)
        Vertices whose place is held by several areas.
    """

    n: int
    points: Array
    area: Array
    place: Array
    start: Array
    ring: Array
    pairs: Array
    stacked: Array
    is_open: Array
    is_shared: Array


def read_borders(shapes: Array, points: Array, area: Array, rule: str) -> Borders:
    """Return the borders of polygons.

    Parameters
    ----------
    shapes : ndarray of Polygon and MultiPolygon, shape (n,)
        Not missing, not empty.
    points : ndarray, shape (p, 2)
        Their coordinates, all finite.
    area : ndarray, shape (p,)
        Position in `shapes` that each belongs to.
    rule : {"queen", "rook"}
        What the pairs have in common.

    Returns
    -------
    Borders
        With the areas as positions in `shapes`.
    """
    place = _number_places(points)
    last, is_hole = _ring_ends(shapes, points, area)
    ring = np.repeat(np.arange(len(last)), np.diff(last, prepend=-1))
    is_edge = np.ones(len(points), dtype=bool)
    is_edge[last] = False
    is_edge[:-1] &= place[:-1] != place[1:]  # a repeated vertex makes no edge
    start = np.flatnonzero(is_edge)
    ring = ring[start]
    held, holder = np.divmod(distinct(place * len(shapes) + area), len(shapes))
    is_shared = np.zeros(len(points), dtype=bool)  # by place, of which there are no more
    is_shared[held[1:][held[1:] == held[:-1]]] = True
    side = (place[start] < place[start + 1]) != _is_backward(points, start, ring, is_hole)
    one, other = _match_edges(place, start, area)
    same = side[one] == side[other]
    is_open = np.ones(len(start), dtype=bool)
    is_open[one] = is_open[other] = False
    one, other = area[start[one]], area[start[other]]
    stacked = unique_pairs(one[same], other[same])
    if rule == "queen":
        one, other = (holder[at] for at in _equal(held))
    return Borders(
        n=len(shapes),
        points=points,
        area=area,
        place=place,
        start=start,
        ring=ring,
        pairs=unique_pairs(one, other),
        stacked=stacked,
        is_open=is_open,
        is_shared=is_shared[place],
    )


def border_lines(shapes: Array, pairs: Array) -> Array:
    """Return the line along which two areas meet, for each of many pairs.

    Parameters
    ----------
    shapes : ndarray of Polygon and MultiPolygon, shape (n,)
        Not missing, not empty.
    pairs : ndarray, shape (k, 2)
        Positions of two areas each, the first below the second.

    Returns
    -------
    ndarray of LineString and MultiLineString, shape (k,)
        Where two areas share no edge (across a bridge, at a corner, or where their borders were
        drawn differently): the straight line between the nearest points, or between points inside
        the two where they touch.
    """
    import shapely

    points, area = shapely.get_coordinates(shapes, return_index=True)
    last, _ = _ring_ends(shapes, points, area)
    # Corners that two hexagons share differ in their last bits.
    grid = max(float(np.ptp(points, axis=0).max(initial=0)), 1e-9) * 1e-9
    place = _number_places(np.round(points / grid))
    is_edge = np.ones(len(points), dtype=bool)
    is_edge[last] = False
    is_edge[:-1] &= place[:-1] != place[1:]
    start = np.flatnonzero(is_edge)
    one, other = _match_edges(place, start, area)
    sides = area[start[np.column_stack([one, other])]]
    held = sides.min(axis=1) * len(shapes) + sides.max(axis=1)
    wanted = pairs[:, 0] * len(shapes) + pairs[:, 1]
    order = np.argsort(wanted)
    at = np.searchsorted(wanted, held, sorter=order).clip(max=max(len(wanted) - 1, 0))
    known = np.flatnonzero(wanted[order[at]] == held) if len(wanted) else np.empty(0, dtype=int)
    known = known[np.argsort(order[at[known]], kind="stable")]
    begin = start[one[known]]
    edges: Any = shapely.linestrings(np.stack([points[begin], points[begin + 1]], axis=1))
    lines = np.full(len(pairs), None, dtype=object)
    shapely.multilinestrings(edges, indices=order[at[known]], out=lines)
    lines = shapely.line_merge(lines)
    for k in np.flatnonzero(shapely.is_missing(lines)):
        two = shapes[pairs[k]]
        across = shapely.shortest_line(*two)
        inside = shapely.get_coordinates(shapely.point_on_surface(two))
        lines[k] = across if across.length > grid else shapely.linestrings(inside)
    return np.asarray(lines, dtype=object)


def unique_pairs(first: Array, second: Array) -> Array:
    """Return each pair of two different positions once, the smaller position first, sorted."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    base = int(high.max(initial=0)) + 1
    keys = distinct((low * base + high)[low != high])
    return np.column_stack(np.divmod(keys, base)).reshape(-1, 2)


def distinct(keys: Array) -> Array:
    """Return each number once, sorted; `np.unique` hashes them, which takes ten times as long."""
    ordered = np.sort(keys)
    return np.asarray(ordered[np.diff(ordered, prepend=-1) != 0])


def _number_places(points: Array) -> Array:
    """Number the different places among points.

    A hash brings equal points together, which is several times faster than sorting by two
    coordinates. Should two places ever share a hash, a place may get two numbers: its edges then
    count as open, and are matched with the others that are.
    """
    factor = np.uint64(0x9E3779B97F4A7C15)
    bits = (points + 0.0).view(np.uint64)  # -0.0 becomes 0.0
    mixed = bits[:, 0] * factor
    mixed = ((mixed ^ (mixed >> np.uint64(32))) + bits[:, 1]) * factor
    order = np.argsort(mixed ^ (mixed >> np.uint64(32)))
    ordered = _as_complex(points)[order]
    number = np.zeros(len(points), dtype=np.int64)
    number[order[1:]] = np.cumsum(ordered[1:] != ordered[:-1])
    return number


def _as_complex(points: Array) -> Array:
    """Return x + iy: one number per point to compare and to multiply."""
    return np.asarray(points.view(np.complex128)[:, 0])


def _ring_ends(shapes: Array, points: Array, area: Array) -> tuple[Array, Array]:
    """Return the position of the last vertex of each ring, and whether the ring is a hole."""
    import shapely

    final = np.flatnonzero(np.diff(area, append=-1))
    first = np.concatenate([[0], final[:-1] + 1])
    # A ring ends where its first vertex recurs: if that is the last of the area, it is the only one.
    where = _as_complex(points)
    returns = where == np.repeat(where[first], final - first + 1)
    several = (np.add.reduceat(returns, first, dtype=int) != 2) | ~returns[final]
    parts = shapely.get_parts(shapes[several])
    rings, part = shapely.get_rings(parts, return_index=True)
    among = np.flatnonzero(several[area])
    ends = among[np.cumsum(shapely.get_num_coordinates(rings)) - 1] if len(rings) else among
    last = np.sort(np.concatenate([final[~several], ends]))
    is_hole = np.zeros(len(last), dtype=bool)
    is_hole[np.searchsorted(last, ends)] = np.diff(part, prepend=-1) == 0
    return last, is_hole


def _is_backward(points: Array, start: Array, ring: Array, is_hole: Array) -> Array:
    """Tell of each edge whether its area lies to the right of it, as shells may run either way."""
    where = _as_complex(points)
    swept = np.bincount(ring, (where[start].conj() * where[start + 1]).imag, len(is_hole))
    return np.asarray(((swept < 0) != is_hole)[ring])


def _match_edges(place: Array, start: Array, area: Array) -> tuple[Array, Array]:
    """Return the positions in `start` of every two equal edges of different areas."""
    begin, end = place[start], place[start + 1]
    key = np.minimum(begin, end) * len(place) + np.maximum(begin, end)
    order = np.argsort(key)
    one, other = (order[at] for at in _equal(key[order]))
    apart = area[start[one]] != area[start[other]]
    return one[apart], other[apart]


def _equal(key: Array) -> tuple[Array, Array]:
    """Return the positions of every two equal entries of a sorted array."""
    firsts, seconds = [], []
    left = np.flatnonzero(key[1:] == key[:-1])
    step = 1
    while len(left):
        firsts.append(left)
        seconds.append(left + step)
        step += 1
        left = left[left + step < len(key)]
        left = left[key[left] == key[left + step]]
    none = np.empty(0, dtype=int)
    return np.concatenate([none, *firsts]), np.concatenate([none, *seconds])
