"""The hexagon layout: the packaged one is faithful, and the algorithm that makes it is sound."""

from __future__ import annotations

import importlib
import math
import random
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
BOUNDARIES = ROOT / "boundaries"
VINTAGES = {2021: 374, 2023: 361}


def _tool(name: str) -> ModuleType:
    """Import a script of tools/, which is not a package."""
    folder = str(ROOT / "tools")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(folder)


layout = _tool("cartogram_layout")
builder = _tool("build_cartogram")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(BOUNDARIES / "cartogram.csv")


@pytest.fixture(scope="module", params=VINTAGES)
def case(request: pytest.FixtureRequest, table: pd.DataFrame) -> tuple:
    """Codes, true map, axial coordinates and scores of one vintage."""
    codes, places = builder.read_places(BOUNDARIES, request.param)
    chosen = table[table["vintage"] == request.param].set_index("code")
    cells = chosen.loc[codes, ["q", "r"]].to_numpy()
    return codes, places, cells, builder.measure_layout(places, cells)


def test_table_has_one_hexagon_per_authority(table: pd.DataFrame) -> None:
    assert list(table.columns) == ["level", "vintage", "code", "q", "r"]
    assert set(table["level"]) == {"lad"}
    assert table["vintage"].value_counts().to_dict() == VINTAGES
    assert not table.duplicated(["vintage", "code"]).any()
    assert not table.duplicated(["vintage", "q", "r"]).any()
    assert table[["q", "r"]].dtypes.eq("int64").all()
    pd.testing.assert_frame_equal(table, table.sort_values(["vintage", "code"]))


def test_codes_are_those_of_the_vintage(case: tuple, table: pd.DataFrame) -> None:
    codes, _, cells, _ = case
    vintage = next(year for year, count in VINTAGES.items() if count == len(codes))
    assert set(codes) == set(table.loc[table["vintage"] == vintage, "code"])
    assert len(cells) == len(codes)


def test_neighbours_touch_and_keep_their_bearing(case: tuple) -> None:
    scores = case[3]
    assert scores.contact >= 0.75
    assert scores.bearing >= 0.70
    assert scores.distance <= 2.1


def test_regions_hold_together(case: tuple) -> None:
    scores = case[3]
    assert (scores.torn, scores.strays, scores.holes) == (0, 0, 0)


def test_great_britain_is_one_piece_and_northern_ireland_another(case: tuple) -> None:
    codes, places, cells, scores = case
    assert scores.sea_crossings == 0
    by_mass = layout.Places(places.centres, places.pairs, places.masses, places.ties)
    assert builder.measure_layout(by_mass, cells).torn == 0
    north = np.array([code.startswith("N") for code in codes])
    apart = layout.hexagon_distance(cells[north][:, None], cells[~north][None])
    assert apart.min() >= 2


def test_map_is_the_right_way_up(case: tuple) -> None:
    codes, _, cells, _ = case
    spot = pd.DataFrame(layout.hexagon_centres(cells), index=codes, columns=["x", "y"])
    mean = spot.groupby(codes.str[0]).mean()
    assert mean["y"]["S"] > mean["y"]["E"]
    assert mean["x"]["N"] < mean["x"]["W"] < mean["x"]["E"]
    shetland, cornwall, thanet = "S12000027", "E06000052", "E07000114"
    assert spot["y"].idxmax() == shetland
    assert spot["x"][thanet] > spot["x"].quantile(0.9)
    assert spot["y"][[thanet, cornwall]].max() < spot["y"].quantile(0.3)
    assert spot["x"][cornwall] < spot["x"].quantile(0.2)


def test_hexagon_centres_are_one_width_apart() -> None:
    around = np.array([[1, 0], [0, 1], [-1, 1], [-1, 0], [0, -1], [1, -1]])
    centres = layout.hexagon_centres(around)
    assert np.hypot(*centres.T) == pytest.approx(1)
    assert np.degrees(np.arctan2(*centres[:3].T[::-1])) == pytest.approx([0, 60, 120])
    assert layout.hexagon_distance(around, np.zeros_like(around)).tolist() == [1] * 6
    assert layout.hexagon_distance(np.array([2, 1]), np.array([-1, 0])) == 4


def test_affine_image_of_an_affine_map_is_exact() -> None:
    source = np.random.default_rng(0).uniform(0, 1e6, (20, 2))
    target = source @ np.array([[2e-5, 1e-6], [-3e-6, 3e-5]]) + [4.0, -7.0]
    assert layout.affine_image(source, target) == pytest.approx(target)


def test_ring_encloses_one_hole() -> None:
    ring = np.array([[1, 0], [0, 1], [-1, 1], [-1, 0], [0, -1], [1, -1]])
    assert builder.count_holes(ring) == 1
    assert builder.count_holes(ring[:5]) == 0


def _honeycomb(side: int = 5) -> tuple:
    """Return a true map that is a hexagon grid already, in two regions, and its cells."""
    q, r = (part.ravel() for part in np.meshgrid(np.arange(side), np.arange(side)))
    cells = np.column_stack([q, r]).astype(np.int64)
    apart = layout.hexagon_distance(cells[:, None], cells[None])
    pairs = np.argwhere(np.triu(apart == 1)).astype(np.int64)
    none = np.empty((0, 3), dtype=np.int64)
    centres = layout.hexagon_centres(cells) * 27_500
    return layout.Places(centres, pairs, (q > 1).astype(np.int64), none), cells


def test_perfect_map_scores_perfectly() -> None:
    places, cells = _honeycomb()
    scores = builder.measure_layout(places, cells)
    assert (scores.contact, scores.bearing, scores.torn) == (1, 1, 0)
    assert scores.distance == pytest.approx(0, abs=1e-9)


def test_swapped_areas_find_their_way_back() -> None:
    places, cells = _honeycomb()
    mixed = cells.copy()
    mixed[[3, 12, 20]] = cells[[20, 3, 12]]
    assert builder.measure_layout(places, mixed).contact < 0.9
    found = layout.anneal(places, mixed, seed=3, tries=5_000, heat=(0.5, 0.1))
    assert builder.measure_layout(places, found).contact == 1


def test_same_seed_same_layout() -> None:
    places, _ = _honeycomb(4)
    start = layout.seat(layout.relax(places))
    one, two = (layout.anneal(places, start, seed=5, tries=2_000) for _ in range(2))
    assert np.array_equal(one, two)
    assert len(np.unique(one, axis=0)) == len(one)


def test_running_cost_parts_and_counts_stay_true() -> None:
    places, cells = _honeycomb()
    board = layout.Board(places, cells)
    rng = random.Random(0)
    for _ in range(500):
        moves = layout._proposal(board, rng)
        if moves:
            board.try_moves(moves, 5.0)
    again = layout.Board(places, board.layout())
    middle = board.layout() - again.layout()
    assert (middle == middle[0]).all()
    assert board.parts == again.parts
    assert [board.taken[c] for c in board.cell] == [again.taken[c] for c in again.cell]
    assert all(board.area[c] == i for i, c in enumerate(board.cell))


def test_proposal_leaves_no_cell_shared() -> None:
    places, cells = _honeycomb()
    board = layout.Board(places, cells)
    rng = random.Random(2)
    for _ in range(300):
        moves = layout._proposal(board, rng)
        still = set(board.cell) - {board.cell[i] for i, _ in moves}
        new = [c for _, c in moves]
        assert len(set(new)) == len(new)
        assert not still & set(new)


def test_islands_are_tied_by_their_shortest_crossing() -> None:
    centres = np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [5.0, 0.0], [6.0, 0.0]])
    pairs = np.array([[0, 1]])
    bare = layout.Places(centres, pairs, np.zeros(5, int), np.empty((0, 3), int))
    links = np.array([[0, 2], [1, 2], [2, 3], [3, 4]])
    ties = builder.find_ties(bare, links, np.array([False, False, False, True]))
    assert ties.tolist() == [[1, 2, 2], [2, 3, 2], [3, 4, 1]]
    with pytest.raises(ValueError, match=r"reaches 1 areas"):
        builder.find_ties(bare, links[:3], np.zeros(3, bool))


def test_relaxed_neighbours_stand_about_one_width_apart() -> None:
    places, _ = _honeycomb()
    spots = layout.relax(places)
    apart = np.linalg.norm(np.subtract(*spots[places.pairs.T]), axis=1)
    assert apart.mean() == pytest.approx(1, abs=0.15)
    assert math.isfinite(spots.sum())
