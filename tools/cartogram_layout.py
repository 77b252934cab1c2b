"""Lay areas out as one hexagon each: relax the map, seat it on a grid, then anneal.

The grid is made of pointy-top hexagons with axial coordinates ``(q, r)``: ``q`` grows to the
east, ``r`` to the north-east, and neighbouring centres are one hexagon width apart.  A layout
is found in three steps.

1. *Relax*: least squares positions in which neighbours stand one width apart on their true
   bearing, which evens out the density; overlaps are then pushed apart.
2. *Seat*: the assignment of areas to cells with the least squared shift.
3. *Anneal*: areas rotate along short paths of cells.  The cost counts lost contacts, wrong
   bearings, distance from the relaxed map and from the affine image of the true map, torn
   regions, contacts across the sea, holes and ragged edges.

Everything is deterministic for a given seed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WIDTH = 96  # cells per row of the working board, wide enough never to wrap around
STEPS = (1, WIDTH, WIDTH - 1, -1, -WIDTH, 1 - WIDTH)
OFFSET = WIDTH * WIDTH
NOBODY = np.empty((0, 3), dtype=np.int64)
SECTORS = 120  # bearings are rounded to 3 degrees so that pairs can share their tables

LOST_DISTANCE = 0.3  # per hexagon of a gap between true neighbours
BEARING = 0.1  # per 90 degrees of bearing error
BEARING_STEP = 0.1  # extra when the error exceeds 45 degrees
HOME = 0.3  # per hexagon away from the affine image
EVEN = 0.08  # per squared hexagon away from the relaxed position
TORN = 14.0  # per surplus part of a region
TIE = 1.5  # per hexagon too near or too far, between an island and its mainland
CONTACT = -3.0  # between true neighbours
ABROAD = 1.4  # times as much across a regional border, or the regions would drift apart
STRANGERS = 0.4  # contact of areas more than three borders apart
ISLAND = 2.0  # contact of an island with an area that no bridge leads to
CROSSED_SEA = 8.0  # contact between two land masses
EMPTY = (0.0, 0.0, 0.0, 0.3, 1.2, 4.0, 9.0)  # by the number of taken cells around an empty one
MOVED = 1.0  # an area that has left the cell it has in another vintage
HEAT = (2.2, 0.35)  # first and last temperature, in the unit of the costs
WARM = (1.5, 0.3)  # the same where a layout is made like another
COOLING = 0.9  # share of the tries spent on cooling; the rest only tidies up


@dataclass(frozen=True)
class Places:
    """The true map: what a layout has to honour.

    Parameters
    ----------
    centres : ndarray of float, shape (n, 2)
        Centroids, easting and northing in metres.
    pairs : ndarray of int, shape (m, 2)
        Areas that share a border.
    region : ndarray of int, shape (n,)
        Region of each area.
    ties : ndarray of int, shape (k, 3)
        Pairs across water, and the distance in hexagons that they should keep.
    """

    centres: Floats
    pairs: Ints
    region: Ints
    ties: Ints

    @property
    def masses(self) -> Ints:
        """Land mass of each area: components of the border graph."""
        n = len(self.centres)
        ones = np.ones(len(self.pairs))
        graph = coo_matrix((ones, (self.pairs[:, 0], self.pairs[:, 1])), shape=(n, n))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)

    @property
    def isolated(self) -> NDArray[np.bool_]:
        """Areas without any land neighbour."""
        degree = np.bincount(self.pairs.ravel(), minlength=len(self.centres))
        return np.asarray(degree == 0)


def hexagon_centres(qr: Ints) -> Floats:
    """Centres of hexagons in hexagon widths, x to the east and y to the north."""
    return np.column_stack([qr[:, 0] + qr[:, 1] / 2, qr[:, 1] * math.sqrt(3) / 2])


def hexagon_distance(one: Ints, other: Ints) -> Ints:
    """Number of steps between hexagons given as rows of axial coordinates."""
    d = one - other
    far = np.abs(d).sum(axis=-1) + np.abs(d.sum(axis=-1))
    return np.asarray(far // 2, dtype=np.int64)


def affine_image(source: Floats, target: Floats) -> Floats:
    """Image of `source` under the affine map that fits `target` best in least squares."""
    design = np.column_stack([(source - source.mean(axis=0)) / 1e5, np.ones(len(source))])
    return np.asarray(design @ np.linalg.lstsq(design, target, rcond=None)[0])


def bearings(centres: Floats, pairs: Ints) -> Floats:
    """Direction from the first to the second member of each pair, radians from east."""
    d = centres[pairs[:, 1]] - centres[pairs[:, 0]]
    return np.asarray(np.arctan2(d[:, 1], d[:, 0]))


def relax(places: Places, rounds: int = 150, pull: float = 0.04) -> Floats:
    """Positions of even density, neighbours near one hexagon width apart.

    Minimises the squared departure of every pair from a unit step on its true bearing,
    with a weak pull to the scaled map, and then pushes overlapping areas apart.
    """
    n = len(places.centres)
    links = np.vstack([places.pairs, places.ties[:, :2]])
    length = np.concatenate([np.ones(len(places.pairs)), places.ties[:, 2]])
    angle = bearings(places.centres, links)
    step = np.column_stack([np.cos(angle), np.sin(angle)]) * length[:, None]
    width = 27_500 * math.sqrt(361 / n)  # districts of 2023 need 27.5 km each
    scaled = (places.centres - places.centres.mean(axis=0)) / width
    matrix, right = np.eye(n) * pull, scaled * pull
    for (a, b), move in zip(links, step, strict=True):
        matrix[[a, b], [a, b]] += 1
        matrix[[a, b], [b, a]] -= 1
        right[a] -= move
        right[b] += move
    spot = np.linalg.solve(matrix, right)
    for _ in range(rounds):
        close = cKDTree(spot).query_pairs(1.0, output_type="ndarray")
        apart = spot[close[:, 1]] - spot[close[:, 0]]
        gap = np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9)
        push = apart / gap * (1 - gap) * 0.25
        np.add.at(spot, close[:, 0], -push)
        np.add.at(spot, close[:, 1], push)
    return np.asarray(spot.round(6))


def seat(spots: Floats) -> Ints:
    """Cells with the least total squared shift from `spots`, one each, shape (n, 2)."""
    q, r = np.meshgrid(np.arange(WIDTH), np.arange(WIDTH))
    cells = np.column_stack([q.ravel(), r.ravel()]).astype(np.int64) - WIDTH // 2
    centres = hexagon_centres(cells)
    near = cKDTree(spots).query(centres)[0] < 2.5
    cells, centres = cells[near], centres[near]
    shift = ((spots[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(cells[linear_sum_assignment(shift)[1]], dtype=np.int64)


def resume(places: Places, former: Ints) -> Ints:
    """Cells of another vintage's layout, with the least shifts that make room for new areas."""
    known = former[:, 0]
    nearest = cKDTree(places.centres[known]).query(places.centres)[1]
    return seat(hexagon_centres(former[nearest, 1:]))


def _contact_costs(places: Places) -> Floats:
    """Cost of every possible contact on the grid, shape (n, n)."""
    n = len(places.centres)
    border = np.eye(n)
    border[places.pairs[:, 0], places.pairs[:, 1]] = 1
    border[places.pairs[:, 1], places.pairs[:, 0]] = 1
    cost = np.where(border @ border @ border > 0, 0.0, STRANGERS)
    abroad = places.region[:, None] != places.region[None, :]
    cost[border > 0] = CONTACT
    cost[(border > 0) & abroad] = CONTACT * ABROAD
    masses, alone = places.masses, places.isolated
    overseas = masses[:, None] != masses[None, :]
    cost[overseas] = CROSSED_SEA
    cost[overseas & (alone[:, None] | alone[None, :])] = ISLAND
    for a, b, length in places.ties:
        if length == 1:
            cost[a, b] = cost[b, a] = CONTACT
    return np.asarray(cost)


def _pair_table(sector: int, length: int | None) -> list[float]:
    """Cost of a true pair by the difference of its cell numbers; a tie keeps its length."""
    d = np.arange(-OFFSET // 2, OFFSET // 2)
    dq = (d + WIDTH // 2) % WIDTH - WIDTH // 2
    step = np.column_stack([dq, (d - dq) // WIDTH])
    centres = hexagon_centres(step)
    turn = np.arctan2(centres[:, 1], centres[:, 0]) - 2 * math.pi * sector / SECTORS
    error = np.abs(np.arctan2(np.sin(turn), np.cos(turn)))
    far = hexagon_distance(step, np.zeros_like(step))
    cost = BEARING * error / (math.pi / 2) + BEARING_STEP * (error > math.pi / 4)
    gap = LOST_DISTANCE * (far - 1) if length is None else TIE * np.abs(far - length)
    return list((cost + gap).round(6).tolist())


class Board:
    """A layout under way: which area sits on which cell, and what that costs."""

    def __init__(self, places: Places, start: Ints, former: Ints = NOBODY) -> None:
        n = len(places.centres)
        self.places = places
        self.tables: dict[tuple[int, int | None], list[float]] = {}
        self.contact = _contact_costs(places).tolist()
        masses = places.masses + places.region.max() + 1  # numbered after the regions
        self.groups = np.column_stack([places.region, masses]).tolist()
        self.members: dict[int, list[int]] = {}
        for i in np.flatnonzero(~places.isolated).tolist():
            for group in self.groups[i]:
                self.members.setdefault(group, []).append(i)
        self.partners: list[list[tuple[int, list[float]]]] = [[] for _ in range(n)]
        self._link(places.pairs, [None] * len(places.pairs))
        self._link(places.ties[:, :2], places.ties[:, 2].tolist())
        self.origin = WIDTH // 2 - (start.max(axis=0) + start.min(axis=0)) // 2
        self.cell: list[int] = ((start + self.origin) @ (1, WIDTH)).tolist()
        stays = (former[:, 1:] + self.origin) @ (1, WIDTH)
        self.former: dict[int, int] = dict(zip(former[:, 0].tolist(), stays.tolist(), strict=True))
        self.area: list[int] = [-1] * WIDTH**2
        self.taken: list[int] = [0] * WIDTH**2
        for i, c in enumerate(self.cell):
            self.area[c] = i
            for o in STEPS:
                self.taken[c + o] += 1
        self.parts = {r: self.count_parts(r) for r in self.members}
        spots = relax(places)
        self.even = spots - spots.mean(axis=0)
        self.refit()

    def _link(self, pairs: Ints, lengths: Sequence[int | None]) -> None:
        """Give both members of each pair the table of what their distance costs."""
        sectors = np.round(bearings(self.places.centres, pairs) / (2 * math.pi) * SECTORS)
        for (a, b), angle, length in zip(pairs.tolist(), sectors, lengths, strict=True):
            for i, j, sector in ((a, b, int(angle)), (b, a, int(angle) + SECTORS // 2)):
                key = (sector % SECTORS, length)
                if key not in self.tables:
                    self.tables[key] = _pair_table(*key)
                self.partners[i].append((j, self.tables[key]))

    def layout(self) -> Ints:
        """Axial coordinates of all areas, shape (n, 2)."""
        cell = np.array(self.cell, dtype=np.int64)
        return np.column_stack([cell % WIDTH, cell // WIDTH])

    def refit(self) -> None:
        """Fit the affine image and the relaxed map anew; charge the distance of every cell."""
        image = affine_image(self.places.centres, hexagon_centres(self.layout()))
        number = np.arange(WIDTH**2)
        cells = hexagon_centres(np.column_stack([number % WIDTH, number // WIDTH]))
        even = self.even + hexagon_centres(self.layout()).mean(axis=0)
        self.home: list[list[float]] = []
        for i, (one, other) in enumerate(zip(image, even, strict=True)):
            near = np.hypot(*(cells - other).T)
            cost = HOME * np.hypot(*(cells - one).T) + EVEN * near**2
            if i in self.former:
                cost += MOVED * (number != self.former[i])
            self.home.append(cost.round(6).tolist())

    def count_parts(self, group: int) -> int:
        """Number of connected parts of a region or land mass; islands do not count."""
        cell = self.cell
        left = {cell[i] for i in self.members[group]}
        parts = 0
        while left:
            parts += 1
            queue = [left.pop()]
            while queue:
                c = queue.pop()
                for o in STEPS:
                    if c + o in left:
                        left.remove(c + o)
                        queue.append(c + o)
        return parts

    def local_cost(self, areas: list[int]) -> float:
        """Cost of everything that involves `areas`, each pair counted once."""
        cell, area = self.cell, self.area
        total = 0.0
        seen: set[int] = set()
        for i in areas:
            c = cell[i]
            total += self.home[i][c]
            shift = OFFSET // 2 - c
            for j, table in self.partners[i]:
                if j not in seen:
                    total += table[cell[j] + shift]
            row = self.contact[i]
            for o in STEPS:
                j = area[c + o]
                if j >= 0 and j not in seen:
                    total += row[j]
            seen.add(i)
        return total

    def empty_cost(self, cells: set[int]) -> float:
        """Cost of the empty cells among `cells`: holes, notches and narrow channels."""
        area, taken = self.area, self.taken
        return sum(EMPTY[taken[c]] for c in cells if area[c] < 0)

    def place(self, moves: list[tuple[int, int]]) -> None:
        """Put areas on new cells; `moves` lists (area, cell)."""
        for i, _ in moves:
            self.area[self.cell[i]] = -1
        for i, c in moves:
            self.cell[i] = c
            self.area[c] = i

    def try_moves(self, moves: list[tuple[int, int]], limit: float) -> bool:
        """Make `moves` if they raise the cost by less than `limit`; say whether."""
        areas = [i for i, _ in moves]
        back = [(i, self.cell[i]) for i in areas]
        filled = {c for _, c in moves}
        vacated = {c for _, c in back}
        around = {c + o for c in filled ^ vacated for o in (0, *STEPS)}
        before = self.local_cost(areas) + self.empty_cost(around)
        self.place(moves)
        self._count(filled - vacated, vacated - filled)
        change = self.local_cost(areas) + self.empty_cost(around) - before
        touched = {self.groups[i][0] for i in areas}
        if filled != vacated:
            touched.update(self.groups[i][1] for i in areas)
        elif len(touched) == 1:  # a swap inside a region cannot tear it
            touched = set()
        touched &= self.members.keys()
        slack = TORN * sum(self.parts[r] - 1 for r in touched)
        if change - slack < limit:
            parts = {r: self.count_parts(r) for r in touched}
            change += TORN * sum(parts[r] - self.parts[r] for r in touched)
            if change < limit:
                self.parts.update(parts)
                return True
        self.place(back)
        self._count(vacated - filled, filled - vacated)
        return False

    def _count(self, filled: set[int], vacated: set[int]) -> None:
        """Keep the number of taken cells around every cell up to date."""
        for cells, sign in ((filled, 1), (vacated, -1)):
            for c in cells:
                for o in STEPS:
                    self.taken[c + o] += sign


def _path(start: int, stop: int, rng: random.Random) -> list[int]:
    """A random shortest path of cells from `start` to `stop`, both included."""
    dq, dr = stop % WIDTH - start % WIDTH, stop // WIDTH - start // WIDTH
    path = [start]
    while dq or dr:
        sq, sr = (dq > 0) - (dq < 0), (dr > 0) - (dr < 0)
        if sq == sr != 0:  # one step cannot go both ways
            sq, sr = (sq, 0) if rng.random() < 0.5 else (0, sr)
        dq, dr = dq - sq, dr - sr
        path.append(path[-1] + sq + sr * WIDTH)
    return path


def _proposal(board: Board, rng: random.Random) -> list[tuple[int, int]]:
    """Random moves along a short path: one area jumps, or all of them shift by one."""
    i = rng.randrange(len(board.cell))
    start = board.cell[i]
    stop = start
    if rng.random() < 0.6:
        stop = board.cell[rng.choice(board.partners[i])[0]] + rng.choice(STEPS)
    else:
        for _ in range(rng.choice((1, 1, 2, 3))):
            stop += rng.choice(STEPS)
    path = _path(start, stop, rng)
    if not 1 < len(path) <= 8:
        return []
    occupants = [board.area[c] for c in path]
    if -1 in occupants:
        end = occupants.index(-1)
        if rng.random() < 0.5 and occupants[-1] < 0:
            return [(i, stop)]
        return [(occupants[k], path[k + 1]) for k in range(end)]
    turn = 1 if rng.random() < 0.5 else -1
    return [(a, path[(k + turn) % len(path)]) for k, a in enumerate(occupants)]


def anneal(
    places: Places,
    start: Ints,
    seed: int,
    tries: int = 1_500_000,
    heat: tuple[float, float] = HEAT,
    former: Ints = NOBODY,
) -> Ints:
    """Lower the cost of a layout by random moves at a falling temperature.

    Parameters
    ----------
    places : Places
        The true map.
    start : ndarray of int, shape (n, 2)
        Axial coordinates to start from.
    seed, tries : int
        Seed and number of the random moves.
    heat : tuple of float
        First and last temperature of the cooling, in the unit of the costs.
    former : ndarray of int, shape (k, 3)
        Areas that have a cell in the layout of another vintage, which they are loath to leave:
        number and axial coordinates.

    Returns
    -------
    ndarray of int, shape (n, 2)
        Axial coordinates, in the frame of `start`.
    """
    rng = random.Random(seed)
    board = Board(places, start, former)
    hot, cold = heat
    for k in range(tries):
        if k % 20_000 == 0:
            board.refit()
        done = k / tries / COOLING
        now = hot * (cold / hot) ** done if done < 1 else cold / 5
        moves = _proposal(board, rng)
        if moves:
            board.try_moves(moves, -now * math.log(rng.random() + 1e-12))
    return board.layout() - board.origin
