"""Make boundaries/cartogram.csv, one hexagon per local authority district and vintage.

    python tools/build_cartogram.py [--out boundaries/cartogram.csv] [--seed N]

Reads the packaged fact tables (areas, lookup, neighbours, links) and nothing else. Seeds differ by
about a point in the scores and a few leave a hole or a torn region: look at what is printed, and at
the map. The default is the seed whose map was judged best by eye among those that had neither.
"""

from __future__ import annotations

import argparse
import math
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from cartogram_layout import (
    Ints,
    Places,
    affine_image,
    anneal,
    bearings,
    hexagon_centres,
    hexagon_distance,
    relax,
    seat,
)
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

BOUNDARIES = Path(__file__).resolve().parents[1] / "boundaries"
VINTAGES = (2021, 2023)


def read_places(folder: Path, vintage: int) -> tuple[pd.Index[str], Places]:
    """Codes and true map of the districts of a vintage, from the packaged tables."""
    areas = pd.read_csv(folder / "areas.csv").set_index("code")
    lookup = pd.read_csv(folder / "lookup.csv")
    neighbours = pd.read_csv(folder / "neighbours.csv")
    links = pd.read_csv(folder / "links.csv")
    chosen = (lookup["vintage"] == vintage) & (lookup["itl_vintage"] == 2021)
    region = lookup[chosen].groupby("lad")["itl1"].first().sort_index()
    codes = region.index
    centres = areas.loc[codes, ["easting", "northing"]].to_numpy(float)
    chosen = (neighbours["level"] == "lad") & (neighbours["vintage"] == vintage)
    pairs = _numbers(codes, neighbours[chosen])
    number = np.unique(region.to_numpy(str), return_inverse=True)[1].astype(np.int64)
    bare = Places(centres, pairs, number, np.empty((0, 3), dtype=np.int64))
    links = links[links["a"].isin(codes) & links["b"].isin(codes)]
    ties = find_ties(bare, _numbers(codes, links), links["kind"].eq("bridge").to_numpy())
    return codes, Places(centres, pairs, number, ties)


def _numbers(codes: pd.Index[str], table: pd.DataFrame) -> Ints:
    """Row numbers of the codes in the columns a and b."""
    return np.column_stack([codes.get_indexer(pd.Index(table[end])) for end in "ab"]).astype(
        np.int64
    )


def find_ties(places: Places, links: Ints, is_bridge: NDArray[np.bool_]) -> Ints:
    """Tie every land mass to the largest one by the shortest crossings that reach it.

    A bridge makes two areas touch.  Otherwise an island of one area stands two hexagons
    away, so that one stays empty between them, and a mass of several areas three.
    """
    masses, alone = places.masses, places.isolated
    length = np.linalg.norm(np.subtract(*places.centres[links.T]), axis=1)
    reached = masses == np.bincount(masses).argmax()
    ties = []
    while not reached.all():
        leaving = reached[links[:, 0]] != reached[links[:, 1]]
        if not leaving.any():
            raise ValueError(f"no crossing in links.csv reaches {int((~reached).sum())} areas")
        k = int(np.where(leaving, length, np.inf).argmin())
        a, b = links[k]
        apart = 1 if is_bridge[k] else 2 if alone[a] or alone[b] else 3
        ties.append((a, b, apart))
        reached |= np.isin(masses, masses[[a, b]])
    return np.array(ties, dtype=np.int64).reshape(-1, 3)


@dataclass(frozen=True)
class Scores:
    """How faithful a layout is; see `measure_layout`."""

    contact: float
    bearing: float
    distance: float
    torn: int
    strays: int
    holes: int
    sea_crossings: int


def measure_layout(places: Places, qr: Ints) -> Scores:
    """Scores of a layout.

    Returns
    -------
    Scores
        `contact`, share of true pairs that touch; `bearing`, share of true pairs within 45
        degrees of their true bearing; `distance`, mean distance to the affine image in
        hexagon widths; `torn`, surplus parts of regions; `strays`, isolated areas more than
        two steps from their region; `holes`, empty cells that the layout encloses;
        `sea_crossings`, contacts between land masses of several areas.
    """
    centres = hexagon_centres(qr)
    a, b = places.pairs.T
    turn = bearings(centres, places.pairs) - bearings(places.centres, places.pairs)
    error = np.abs(np.arctan2(np.sin(turn), np.cos(turn)))
    apart = hexagon_distance(qr[:, None], qr[None])
    alone, masses = places.isolated, places.masses
    same = places.region[:, None] == places.region[None, :]
    settled = ~alone[:, None] & ~alone[None, :]
    joined = coo_matrix(same & settled & (apart == 1))
    parts = connected_components(joined, directed=False)[0] - int(alone.sum())
    np.fill_diagonal(same, False)
    strays = (np.where(same, apart, 99).min(axis=1) > 2) & alone
    crossing = settled & (masses[:, None] != masses[None, :]) & (apart == 1)
    shift = centres - affine_image(places.centres, centres)
    return Scores(
        contact=float(np.mean(apart[a, b] == 1)),
        bearing=float(np.mean(error <= math.pi / 4 + 1e-9)),
        distance=float(np.hypot(*shift.T).mean()),
        torn=int(parts - len(np.unique(places.region[~alone]))),
        strays=int(strays.sum()),
        holes=count_holes(qr),
        sea_crossings=int(crossing.sum() // 2),
    )


def count_holes(qr: Ints) -> int:
    """Number of empty cells that cannot be reached from outside the layout."""
    low, high = qr.min(axis=0) - 1, qr.max(axis=0) + 1
    taken = set(map(tuple, qr.tolist()))
    seen = {tuple(low.tolist())}
    queue = deque(seen)
    while queue:
        q, r = queue.popleft()
        for dq, dr in ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)):
            c = (q + dq, r + dr)
            inside = low[0] <= c[0] <= high[0] and low[1] <= c[1] <= high[1]
            if inside and c not in taken and c not in seen:
                seen.add(c)
                queue.append(c)
    return int(np.prod(high - low + 1)) - len(seen) - len(taken)


def main() -> None:
    """Build the table and print how faithful each layout is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=BOUNDARIES / "cartogram.csv")
    parser.add_argument("--seed", type=int, default=3)
    choice = parser.parse_args()
    tables = []
    for vintage in VINTAGES:
        codes, places = read_places(BOUNDARIES, vintage)
        layout = anneal(places, seat(relax(places)), choice.seed)
        layout = layout - layout.min(axis=0)
        table = {"level": "lad", "vintage": vintage, "code": codes}
        tables.append(pd.DataFrame(table | {"q": layout[:, 0], "r": layout[:, 1]}))
        print(vintage, asdict(measure_layout(places, layout)))
    pd.concat(tables).to_csv(choice.out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
