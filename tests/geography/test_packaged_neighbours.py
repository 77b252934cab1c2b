"""Packaged neighbours of every level and vintage: counts, islands, components, and other tools."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from spatial_gaps.geography.facts import table
from spatial_gaps.geography.register import areas

# Queen pairs that other software finds in the layers.
COUNTS = {
    ("itl1", 2021): 20,
    ("itl1", 2025): 20,
    ("itl2", 2021): 86,
    ("itl2", 2025): 99,
    ("itl3", 2021): 411,
    ("itl3", 2025): 427,
    ("lad", 2019): 960,
    ("lad", 2020): 956,
    ("lad", 2021): 942,
    ("lad", 2022): 942,
    ("lad", 2023): 906,
    ("lad", 2024): 907,
    ("lad", 2025): 902,
}
LAD_YEARS = range(2019, 2026)
LAD_ISLANDS = ["E06000046", "E06000053", "S12000013", "S12000023", "S12000027", "W06000001"]
RECODED = {"E08000016": "E08000038", "E08000019": "E08000039"}
# Pairs on both sides of tidal water, which touch in some generalisations only: README.md.
ACROSS_WATER = {
    ("E06000003", "E06000004"): {2023, 2024},
    ("E06000025", "E07000080"): {2023, 2024},
    ("E06000044", "E07000088"): {2024, 2025},
    ("E07000119", "E07000126"): {2023, 2024},
    ("E08000021", "E08000023"): {2023, 2024},
    ("E09000001", "E09000022"): {2023, 2024},
    ("E09000001", "E09000028"): {2023, 2024},
    ("E09000002", "E09000004"): {2025},
}
Pairs = set[tuple[str, str]]


def rows(level: str, vintage: int) -> pd.DataFrame:
    return table("neighbours").query("level == @level and vintage == @vintage")


def pairs(level: str, vintage: int) -> Pairs:
    return set(rows(level, vintage)[["a", "b"]].itertuples(index=False, name=None))


def parts(level: str, vintage: int) -> tuple[list[str], list[int]]:
    """Return the areas without neighbours, and the sizes of the components, largest first."""
    codes = areas(level, vintage).index
    ends = [codes.get_indexer(rows(level, vintage)[end]) for end in "ab"]
    graph = coo_matrix((np.ones(len(ends[0])), ends), shape=(len(codes), len(codes)))
    _, part = connected_components(graph, directed=False)
    alone = np.bincount(np.concatenate(ends), minlength=len(codes)) == 0
    return codes[alone].tolist(), sorted(np.bincount(part).tolist(), reverse=True)


def test_every_vintage_has_the_pairs_that_its_layer_has() -> None:
    assert table("neighbours").groupby(["level", "vintage"]).size().to_dict() == COUNTS


def test_each_pair_stands_once_in_order() -> None:
    facts = table("neighbours")
    assert (facts["a"] < facts["b"]).all()
    assert not facts.duplicated(["level", "vintage", "a", "b"]).any()
    assert (facts["border_m"] >= 0).all()
    assert facts.groupby(["level", "vintage"])["source"].nunique().eq(1).all()


@pytest.mark.parametrize(("level", "vintage"), COUNTS)
def test_neighbours_are_in_force(level: str, vintage: int) -> None:
    facts = rows(level, vintage)
    assert pd.concat([facts["a"], facts["b"]]).isin(areas(level, vintage).index).all()


@pytest.mark.parametrize("vintage", LAD_YEARS)
def test_six_districts_are_islands_and_northern_ireland_is_apart(vintage: int) -> None:
    islands, sizes = parts("lad", vintage)
    assert islands == LAD_ISLANDS
    assert sizes == [len(areas("lad", vintage)) - 17, 11, 1, 1, 1, 1, 1, 1]


def test_islands_of_itl_areas() -> None:
    assert parts("itl3", 2021) == (
        ["TLJ34", "TLL11", "TLM64", "TLM65", "TLM66"],
        [163, 11] + [1] * 5,
    )
    assert parts("itl3", 2025) == (["TLJ34", "TLL31"], [169, 11, 1, 1])
    for vintage, count in ((2021, 41), (2025, 46)):
        assert parts("itl2", vintage) == (["TLN0"], [count - 1, 1])
        assert parts("itl1", vintage) == (["TLN"], [11, 1])


@pytest.mark.parametrize("vintage", [2021, 2025])
def test_itl_areas_touch_where_areas_inside_them_do(vintage: int) -> None:
    for (fine, _), (coarse, length) in pairwise([("itl3", 5), ("itl2", 4), ("itl1", 3)]):
        inside = {(a[:length], b[:length]) for a, b in pairs(fine, vintage)}
        assert {(a, b) for a, b in inside if a != b} == pairs(coarse, vintage)


def test_regions_kept_their_neighbours() -> None:
    assert pairs("itl1", 2021) == pairs("itl1", 2025)


def test_years_with_the_same_codes_differ_across_water_only() -> None:
    assert pairs("lad", 2021) == pairs("lad", 2022)
    found: dict[int, Pairs] = {
        year: {tuple(sorted((RECODED.get(a, a), RECODED.get(b, b)))) for a, b in pairs("lad", year)}
        for year in (2023, 2024, 2025)
    }
    differing = set.union(*found.values()) - set.intersection(*found.values())
    assert {
        pair: {year for year in found if pair in found[year]} for pair in differing
    } == ACROSS_WATER


def test_few_pairs_meet_in_a_point_only() -> None:
    points = table("neighbours").query("border_m == 0").groupby(["level", "vintage"]).size()
    assert points.to_dict() == {("lad", 2019): 7, ("lad", 2020): 2, ("lad", 2021): 2}


@pytest.mark.parametrize(
    ("level", "vintage", "stem"),
    [("lad", 2024, "lad_2024_uk_buc"), ("itl3", 2021, "itl3_2021_uk_buc")],
)
def test_equal_to_spdep(shared: Path, level: str, vintage: int, stem: str) -> None:
    reference = json.loads((shared / "reference/expected/uk_contiguity.json").read_text())
    theirs = next(row for row in reference["layers"] if row["layer"] == f"{stem}.gpkg")
    edges = pd.read_csv(shared / f"reference/inputs/{stem}.queen.csv")
    assert pairs(level, vintage) == {
        tuple(sorted(pair)) for pair in edges[["focal", "neighbor"]].to_numpy().tolist()
    }
    assert 2 * len(rows(level, vintage)) == theirs["queen_links"]
    assert 2 * (rows(level, vintage)["border_m"] > 0).sum() == theirs["rook_links"]
    assert parts(level, vintage) == (theirs["isolates"], theirs["component_sizes"])


@pytest.mark.slow
@pytest.mark.parametrize(("level", "vintage"), COUNTS)
def test_equal_to_libpysal(shared: Path, level: str, vintage: int) -> None:
    import geopandas as gpd
    from libpysal.graph import Graph

    stem = rows(level, vintage)["source"].iloc[0]
    layer = gpd.read_file(shared / f"data/boundaries/{stem}.gpkg")
    theirs = Graph.build_contiguity(layer.set_index(layer.columns[0]), rook=False).adjacency
    assert pairs(level, vintage) == {
        (a, b) for (a, b), weight in theirs.items() if weight and a < b
    }
