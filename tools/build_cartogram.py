"""Make boundaries/cartogram.csv, one hexagon per area, for each set of codes of a level.

    python tools/build_cartogram.py [--level lad [--vintage 2021]] [--like 2023] [--seed N]

Reads the packaged tables of facts (areas, lookup, neighbours, links) and nothing else. One
layout of a level is made from scratch; each other one is made like another vintage, so that an area
that did not change keeps its hexagon where it can. Layouts that are not named are kept.

Seeds differ by about a point in the scores and a few leave a hole or a torn region: look at what is
printed, and at the map. The seeds below were judged best by the scores, by how many areas keep
their hexagons, and by eye.
"""

from __future__ import annotations

import argparse
import math
from collections import deque
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from cartogram_layout import (
    NOBODY,
    WARM,
    Ints,
    Places,
    affine_image,
    anneal,
    bearings,
    hexagon_centres,
    hexagon_distance,
    relax,
    resume,
    seat,
)
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from spatial_gaps.geography.facts import table
from spatial_gaps.geography.pieces import codes_of
from spatial_gaps.geography.register import areas
from spatial_gaps.geography.shared_borders import shared_borders

CARTOGRAM = Path(__file__).resolve().parents[1] / "boundaries" / "cartogram.csv"
# By level and vintage: the vintage whose hexagons it keeps, and the seed. A year that is not listed
# has the codes of the latest one before it.
LAYOUTS: dict[tuple[str, int], tuple[int | None, int]] = {
    ("lad", 2023): (None, 3),
    ("lad", 2025): (2023, 3),
    ("lad", 2021): (2023, 3),
    ("lad", 2020): (2021, 5),
    ("lad", 2019): (2020, 4),
    ("itl3", 2021): (None, 3),
    ("itl3", 2025): (2021, 6),
    ("utla", 2023): (None, 5),
    ("utla", 2025): (2023, 3),
    ("utla", 2021): (2023, 3),
    ("utla", 2020): (2021, 3),
    ("utla", 2019): (2020, 3),
}
COLUMNS = {"level": str, "vintage": int, "code": str, "q": int, "r": int}
SAME_PLACE = 1_000  # metres between the centroids of one area in two layers, at most
SAME_SIZE = 0.03  # and the difference of its size


def read_places(level: str, vintage: int) -> tuple[pd.DataFrame, Places]:
    """Register and true map of the areas of a level and vintage, from the packaged tables."""
    known = areas(level, vintage)
    codes = known.index
    neighbours = shared_borders(level)
    chosen = neighbours["vintage"] == vintage
    regions = _codes_by(level, "itl1", vintage).loc[codes].to_numpy(str)
    bare = Places(
        centres=known[["easting", "northing"]].to_numpy(float),
        pairs=_numbers(codes, neighbours[chosen]),
        region=np.unique(regions, return_inverse=True)[1].astype(np.int64),
        ties=NOBODY,
    )
    links = table("links")
    own = _codes_by("lad", level, vintage)
    links = links.assign(a=links["a"].map(own), b=links["b"].map(own))
    links = links[(links["a"] != links["b"]) & (links[["a", "b"]] != "").all(axis=1)]
    ties = find_ties(bare, _numbers(codes, links), links["kind"].eq("bridge").to_numpy())
    return known, replace(bare, ties=ties)


def _codes_by(level: str, other: str, vintage: int) -> pd.Series[str]:
    """Code at another level by code at a level: of the first piece, should an area straddle two."""
    codes = pd.Series(codes_of(other, vintage).to_numpy(), index=codes_of(level, vintage))
    return codes[~codes.index.duplicated()]


def _numbers(codes: pd.Index[str], rows: pd.DataFrame) -> Ints:
    """Row numbers of the codes in the columns a and b."""
    return np.column_stack([codes.get_indexer(pd.Index(rows[end])) for end in "ab"]).astype(
        np.int64
    )


def match_areas(new: pd.DataFrame, old: pd.DataFrame) -> NDArray[np.int64]:
    """Row in `old` of each area of `new`, -1 for one that changed.

    The same code is the same area; so is the same place and size under another code.
    """
    found = old.index.get_indexer(new.index)
    centres = [part[["easting", "northing"]].to_numpy(float) for part in (old, new)]
    far, nearest = cKDTree(centres[0]).query(centres[1])
    size = new["area_km2"].to_numpy(float) / old["area_km2"].to_numpy(float)[nearest]
    same = (far <= SAME_PLACE) & (np.abs(size - 1) <= SAME_SIZE)
    return np.where(found < 0, np.where(same, nearest, -1), found).astype(np.int64)


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
    stranded: int
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
        hexagon widths; `stranded`, areas that touch none of their neighbours; `torn`, surplus
        parts of regions; `strays`, isolated areas more than two steps from their region;
        `holes`, empty cells that the layout encloses; `sea_crossings`, contacts between land
        masses of several areas.
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
    touching = apart[a, b] == 1
    met = np.unique(places.pairs[touching])
    return Scores(
        contact=float(np.mean(touching)),
        bearing=float(np.mean(error <= math.pi / 4 + 1e-9)),
        distance=float(np.hypot(*shift.T).mean()),
        stranded=len(alone) - int(alone.sum()) - len(met),
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


def lay_out(
    level: str, vintage: int, like: int | None, seed: int, layouts: pd.DataFrame
) -> pd.DataFrame:
    """Rows of the table for one layout; prints how faithful it is, and what kept its hexagon."""
    known, places = read_places(level, vintage)
    former = NOBODY
    if like is None:
        cells = anneal(places, seat(relax(places)), seed)
        cells = cells - cells.min(axis=0)
    else:
        chosen = (layouts["level"] == level) & (layouts["vintage"] == like)
        given = layouts[chosen].set_index("code")
        rows = match_areas(known, areas(level, like).loc[given.index])
        same = np.flatnonzero(rows >= 0)
        former = np.column_stack([same, given[["q", "r"]].to_numpy()[rows[same]]])
        cells = resume(places, former)
        if len(same) < len(known) or len(same) < len(given):
            cells = anneal(places, cells, seed, heat=WARM, former=former)
    kept = int((cells[former[:, 0]] == former[:, 1:]).all(axis=1).sum())
    print(level, vintage, asdict(measure_layout(places, cells)), f"kept={kept}/{len(former)}")
    return pd.DataFrame(
        {
            "level": level,
            "vintage": vintage,
            "code": known.index,
            "q": cells[:, 0],
            "r": cells[:, 1],
        }
    )


def main() -> None:
    """Build the layouts that are asked for, and put them into the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--level", help="one level only")
    parser.add_argument("--vintage", type=int, help="one vintage of the level only")
    parser.add_argument("--like", type=int, help="vintage whose hexagons it keeps")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--out", type=Path, default=CARTOGRAM)
    given = parser.parse_args()
    wanted = {key: LAYOUTS[key] for key in LAYOUTS if given.level in (None, key[0])}
    if given.vintage is not None:
        key = (given.level or "lad", given.vintage)
        wanted = {key: LAYOUTS.get(key, (None, 3))}
    if not wanted:
        parser.error(f"no layout of level {given.level} is listed: name its --vintage")
    empty = pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    layouts = pd.read_csv(given.out) if given.out.exists() else empty
    for (level, vintage), (like, seed) in wanted.items():
        choice = (given.like or like, seed if given.seed is None else given.seed)
        made = lay_out(level, vintage, *choice, layouts)
        other = (layouts["level"] != level) | (layouts["vintage"] != vintage)
        layouts = pd.concat([layouts[other], made]).sort_values(["level", "vintage", "code"])
        layouts.to_csv(given.out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
