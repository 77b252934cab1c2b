"""Where borders do not match vertex by vertex: T-junctions, gaps, overlaps.

Only open edges (those that no second area holds) are looked at: everywhere else the coverage is
clean. Nearly all of them are coast, so this costs little beside the matching itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spatial_gaps.locate.borders import Array, Borders, unique_pairs

if TYPE_CHECKING:
    from shapely import STRtree


@dataclass(frozen=True)
class Seams:
    """Pairs of areas that lie within a tolerance, besides those that share vertices.

    Attributes
    ----------
    near : ndarray, shape (k, 2)
        Areas whose borders come within the tolerance, or one of which lies in the other.
    gap : ndarray, shape (k,)
        How near the borders of each of them come, in metres.
    along : ndarray, shape (l, 2)
        Areas whose borders run together for longer than the tolerance, or that overlap.
    overlaps : ndarray, shape (m, 2)
        Areas that overlap by more than a sliver as wide as the tolerance.
    overlap_area : ndarray, shape (m,)
        Common area, in square metres.
    """

    near: Array
    gap: Array
    along: Array
    overlaps: Array
    overlap_area: Array


@dataclass(frozen=True)
class _Pieces:
    """Open edges, and corners where others' open edges end: as segments of no length."""

    ends: Array  # (m, 2, 2): begin and end, x and y
    place: Array  # (m, 2)
    area: Array  # (m,)


def find_seams(shapes: Array, borders: Borders, tolerance: float) -> Seams:
    """Return what open edges tell about neighbours.

    Parameters
    ----------
    shapes : ndarray of Polygon and MultiPolygon, shape (n,)
        The areas.
    borders : Borders
        Their borders.
    tolerance : float
        Metres.

    Returns
    -------
    Seams
        Pairs as positions in `shapes`, the smaller first.
    """
    import shapely

    pieces = _pieces(borders)
    first, second = _close(pieces, tolerance)
    near, gap = _touching(pieces, first, second, tolerance)
    tree = shapely.STRtree(shapes)
    inside = _inside(borders, tree)
    # Within the area that another lies on no open edge tells so: for suspects, shapes decide.
    odd = np.unique(np.vstack([near, inside, borders.stacked]))
    at, other = tree.query(shapes[odd], predicate="dwithin", distance=tolerance)
    within = unique_pairs(odd[at], other)
    overlaps, area = _overlaps(shapes, within, tolerance)
    is_odd = np.isin(within, overlaps).any(axis=1)
    inside = unique_pairs(*np.vstack([inside, within[is_odd]]).T)
    runs = _run_together(pieces, first, second, tolerance)
    along = np.column_stack([pieces.area[first[runs]], pieces.area[second[runs]]])
    gap = np.concatenate([gap, np.zeros(len(inside))])
    near = np.vstack([near, inside])
    order = np.lexsort((gap, near[:, 1], near[:, 0]))
    near, at = np.unique(near[order], axis=0, return_index=True)
    return Seams(
        near=near,
        gap=gap[order][at],
        along=unique_pairs(*np.vstack([along, overlaps]).T),
        overlaps=overlaps,
        overlap_area=area,
    )


def _pieces(borders: Borders) -> _Pieces:
    """Gather open edges, and the corners of other areas in places where open edges end."""
    begin = borders.start[borders.is_open]
    ends = np.concatenate([begin, begin + 1])
    is_end = np.zeros(len(borders.points), dtype=bool)  # by place, of which there are no more
    is_end[borders.place[ends]] = True
    there = borders.start[is_end[borders.place[borders.start]]]
    held, known = (borders.place[at] * borders.n + borders.area[at] for at in (there, ends))
    corner = there[~np.isin(held, known)]
    span = np.column_stack([np.concatenate([begin, corner]), np.concatenate([begin + 1, corner])])
    return _Pieces(borders.points[span], borders.place[span], borders.area[span[:, 0]])


def _close(pieces: _Pieces, tolerance: float) -> tuple[Array, Array]:
    """Return pieces of different areas whose bounding boxes are near, each pair both ways."""
    import shapely

    low = pieces.ends.min(axis=1) - tolerance / 2
    high = pieces.ends.max(axis=1) + tolerance / 2
    boxes = shapely.box(*low.T, *high.T)
    first, second = shapely.STRtree(boxes).query(boxes)
    apart = pieces.area[first] != pieces.area[second]
    return first[apart], second[apart]


def _touching(
    pieces: _Pieces, first: Array, second: Array, tolerance: float
) -> tuple[Array, Array]:
    """Return areas whose pieces come within the tolerance without a common vertex, and how near."""
    import shapely

    one, other = pieces.place[first], pieces.place[second]
    common = (one == other).any(axis=1) | (one == other[:, ::-1]).any(axis=1)
    once = ~common & (first < second)
    first, second = first[once], second[once]
    one, other = (np.asarray(shapely.linestrings(pieces.ends[at])) for at in (first, second))
    gap = np.asarray(shapely.distance(one, other))
    within = gap <= tolerance
    pairs = np.sort(np.column_stack([pieces.area[first], pieces.area[second]])[within], axis=1)
    return pairs, gap[within]


def _run_together(pieces: _Pieces, first: Array, second: Array, tolerance: float) -> Array:
    """Tell of two pieces whether they run side by side, within the tolerance and for longer.

    The second is seen along the first (`u`, metres) and away from it (`v`). Where both are, at the
    ends of what they have in common, they have to be near: so no corner counts, however sharp.
    """
    begin = pieces.ends[first, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        way = pieces.ends[first, 1] - begin
        length = np.asarray(np.hypot(way[:, 0], way[:, 1]))
        way = way / length[:, None]
        reach = pieces.ends[second] - begin[:, None]
        u = (reach * way[:, None]).sum(axis=2)
        v = way[:, None, 0] * reach[:, :, 1] - way[:, None, 1] * reach[:, :, 0]
        common = np.column_stack([np.maximum(u.min(axis=1), 0), np.minimum(u.max(axis=1), length)])
        slope = (v[:, 1] - v[:, 0]) / (u[:, 1] - u[:, 0])
        away = np.abs(v[:, :1] + slope[:, None] * (common - u[:, :1]))
    return np.asarray((away <= tolerance).all(axis=1) & (np.diff(common)[:, 0] > tolerance))


def _inside(borders: Borders, tree: STRtree) -> Array:
    """Return pairs of areas of which an open edge of one lies inside the other.

    Where borders cross, they touch. Else an area that enters another does so in a vertex that both
    have, or lies in it altogether: so edges at shared vertices are looked at, and one per ring.
    """
    import shapely

    at = np.flatnonzero(borders.is_open)
    start = borders.start[at]
    looked = borders.is_shared[start] | borders.is_shared[start + 1]
    looked[np.unique(borders.ring[at], return_index=True)[1]] = True
    start = start[looked]
    middle = np.asarray(shapely.points((borders.points[start] + borders.points[start + 1]) / 2))
    point, area = tree.query(middle)
    own = borders.area[start[point]]
    point, area, own = point[own != area], area[own != area], own[own != area]
    within = shapely.within(middle[point], tree.geometries[area])
    return unique_pairs(own[within], area[within])


def _overlaps(shapes: Array, pairs: Array, tolerance: float) -> tuple[Array, Array]:
    """Return the pairs that have more in common than slivers of the tolerance, and how much."""
    import shapely

    used = np.unique(pairs)
    valid = shapes.copy()
    valid[used] = shapely.make_valid(shapes[used])
    common = shapely.intersection(valid[pairs[:, 0]], valid[pairs[:, 1]])
    parts, pair = shapely.get_parts(common, return_index=True)
    # The width of a sliver is its area over half its outline.
    wide = shapely.area(parts) > tolerance * shapely.length(parts) / 2
    area = np.bincount(pair[wide], shapely.area(parts)[wide], minlength=len(pairs))
    return pairs[area > 0], area[area > 0]
