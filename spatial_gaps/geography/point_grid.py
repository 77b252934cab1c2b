"""Which area a point lies in, for millions of points: most lie in cells that one area fills.

A grid is laid over the areas. Cells that no border passes belong to one area or to none, which a sweep
along each row finds; only points in the other cells are tested against the shapes themselves. The answer
is that of the shapes, not of the grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from spatial_gaps.errors import GeometryError, InputError

if TYPE_CHECKING:
    import geopandas as gpd

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
# Cells of the grid, as many as pay for themselves.
MOST_CELLS, CELLS_PER_VERTEX = 2**22, 100
NOWHERE, UNSURE = -1, -2


@dataclass(frozen=True)
class PointGrid:
    """Areas, ready to be asked where points lie.

    Attributes
    ----------
    shapes : ndarray of geometry, shape (n,)
        The areas.
    origin, size : tuple of float
        Lower left corner of the grid, width and height of a cell.
    cells : ndarray of int, shape (rows, columns)
        Position of the area that fills a cell; -1 for none, -2 where a border passes.
    tree : STRtree
        Of the areas.
    """

    shapes: Array
    origin: tuple[float, float]
    size: tuple[float, float]
    cells: Array
    tree: Any

    def locate(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return the area of every point, and which points lie on a border of several.

        Parameters
        ----------
        x, y : ndarray, shape (k,)
            In the reference system of the areas; nan is nowhere.

        Returns
        -------
        positions : ndarray of int, shape (k,)
            Position of the area, the first of several; -1 where there is none.
        on_border : ndarray of bool, shape (k,)
            Whether several areas have the point.
        """
        import shapely

        rows, columns = self.cells.shape
        with np.errstate(invalid="ignore"):
            column = np.floor((x - self.origin[0]) / self.size[0])
            row = np.floor((y - self.origin[1]) / self.size[1])
            inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        found = np.full(len(x), NOWHERE, dtype=np.int32)
        at = np.flatnonzero(inside)
        found[at] = self.cells[row[at].astype(np.int32), column[at].astype(np.int32)]
        on_border = np.zeros(len(x), dtype=bool)
        unsure = np.flatnonzero(found == UNSURE)
        if len(unsure):
            points = shapely.points(x[unsure], y[unsure])
            which, area = self.tree.query(points, predicate="intersects")
            order = np.lexsort((area, which))
            which, area = which[order], area[order]
            first = np.ones(len(which), dtype=bool)
            first[1:] = which[1:] != which[:-1]
            found[unsure] = NOWHERE
            found[unsure[which[first]]] = area[first]
            on_border[unsure[which[~first]]] = True
        return found, on_border


def point_grid(areas: gpd.GeoDataFrame) -> PointGrid:
    """Lay a grid over areas.

    Parameters
    ----------
    areas : GeoDataFrame, n rows
        Polygons; they may overlap.

    Returns
    -------
    PointGrid
        Answers where points lie.

    Raises
    ------
    InputError
        If there is no area.
    GeometryError
        If a shape is missing, empty or no polygon.
    """
    import shapely

    if not len(areas):
        raise InputError("there is no area to find points in")
    shapes = areas.geometry.to_numpy()
    wrong = ~np.isin(shapely.get_type_id(shapes), (3, 6)) | shapely.is_empty(shapes)
    if wrong.any():
        raise GeometryError("areas have to be polygons", offenders=list(areas.index[wrong]))
    oriented = shapely.orient_polygons(shapes, exterior_cw=False)
    start, end, area = _edges(oriented)
    low, high = (np.vstack([start, end]).min(axis=0), np.vstack([start, end]).max(axis=0))
    side = int(np.sqrt(min(MOST_CELLS, max(CELLS_PER_VERTEX * len(start), 64))))
    size = np.maximum((high - low) / (side - 1), 1e-9)
    # Nothing lies on the edge of the grid itself.
    origin = low - size / 2
    start, end = (start - origin) / size, (end - origin) / size
    count, label = _swept(start, end, area, side)
    cells = np.where(count == 1, label - 1, np.where(count == 0, NOWHERE, UNSURE))
    cells[_crossed(start, end, side)] = UNSURE
    return PointGrid(
        shapes,
        (float(origin[0]), float(origin[1])),
        (float(size[0]), float(size[1])),
        cells.astype(np.int32),
        shapely.STRtree(shapes),
    )


def _edges(shapes: Array) -> tuple[Array, Array, Array]:
    """Return both ends of every edge of every ring, and the position of its area."""
    import shapely

    parts, of_part = shapely.get_parts(shapes, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    is_edge = ring[1:] == ring[:-1]
    return points[:-1][is_edge], points[1:][is_edge], of_part[of_ring[ring[:-1][is_edge]]]


def _swept(start: Array, end: Array, area: Array, side: int) -> tuple[Array, Array]:
    """Return how many areas have the middle of each cell, and the sum of their positions from 1.

    A ring that runs anticlockwise is entered, from the left, where it runs down.
    """
    # Rows whose middle an edge passes: those with first <= row < last.
    first = np.ceil(np.minimum(start[:, 1], end[:, 1]) - 0.5).astype(np.int64)
    last = np.ceil(np.maximum(start[:, 1], end[:, 1]) - 0.5).astype(np.int64)
    edge, row = _spread(first, last - first)
    run, rise = end[edge] - start[edge], row + 0.5 - start[edge, 1]
    across = start[edge, 0] + run[:, 0] * rise / run[:, 1]
    column = np.clip(np.ceil(across - 0.5), 0, side).astype(np.int64)
    sign = np.where(run[:, 1] < 0, 1, -1)
    shape = (side, side + 1)
    place = row * shape[1] + column
    count = np.bincount(place, sign, shape[0] * shape[1]).reshape(shape)
    label = np.bincount(place, sign * (area[edge] + 1), shape[0] * shape[1]).reshape(shape)
    return count.cumsum(axis=1)[:, :-1], label.cumsum(axis=1)[:, :-1]


def _crossed(start: Array, end: Array, side: int) -> tuple[Array, Array]:
    """Return rows and columns of cells that an edge could touch."""
    pieces = np.ceil(np.abs(end - start).max(axis=1)).clip(min=1).astype(np.int64)
    edge, piece = _spread(np.zeros(len(start), dtype=np.int64), pieces)
    run = (end - start)[edge] / pieces[edge, None]
    one = start[edge] + run * piece[:, None]
    both = np.stack([one, one + run])
    # A piece is no longer than a cell: it lies in four at most. What rounding could move is added.
    low = np.floor(both.min(axis=0) - 1e-6).astype(np.int64).clip(0, side - 1)
    high = np.floor(both.max(axis=0) + 1e-6).astype(np.int64).clip(0, side - 1)
    rows = np.concatenate([low[:, 1], low[:, 1], high[:, 1], high[:, 1]])
    columns = np.concatenate([low[:, 0], high[:, 0], low[:, 0], high[:, 0]])
    return rows, columns


def _spread(first: Array, counts: Array) -> tuple[Array, Array]:
    """Return every position as often as it counts, and its numbers from the first on."""
    position = np.repeat(np.arange(len(first)), counts)
    start = np.cumsum(counts) - counts
    return position, first[position] + np.arange(len(position)) - start[position]
