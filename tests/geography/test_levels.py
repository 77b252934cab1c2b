"""Levels are found by any common name, and every code has one level."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.levels import COMPOSITE, find_level, level_of, levels


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("lad", "lad"), ("LAD", "lad"), ("local authority", "lad"), ("Local Authorities", "lad"),
        ("ltla", "lad"), ("Local authority district", "lad"), ("ITL 1", "itl1"), ("itl-3", "itl3"),
        ("utla", "utla"), ("Regions", "region"), ("MSOA", "msoa"), ("countries", "country"),
    ],
)  # fmt: skip
def test_find_level(name: str, key: str) -> None:
    assert find_level(name).key == key
    assert find_level(find_level(name)).key == key


@pytest.mark.parametrize("name", ["itl4", "borough", "", "lads and itl"])
def test_unknown_level_lists_the_known(name: str) -> None:
    with pytest.raises(InputError, match=r"There are: .*lad"):
        find_level(name)


def test_counts_of_the_vintages() -> None:
    lad = find_level("lad").counts
    runs = {2011: 406, 2015: 391, 2019: 382, 2020: 379, 2021: 374, 2023: 361}
    assert dict(lad) == {year: runs[max(start for start in runs if start <= year)] for year in lad}
    assert list(lad) == list(range(2011, 2026))
    assert [find_level(f"itl{tier}").counts[2021] for tier in (1, 2, 3)] == [12, 41, 179]
    assert [find_level(f"itl{tier}").counts[2025] for tier in (1, 2, 3)] == [12, 46, 182]
    assert find_level("msoa").counts == {}
    with pytest.raises(TypeError):
        lad[2030] = 1  # type: ignore[index]


def test_levels_is_a_copy_with_every_key_once_per_vintage() -> None:
    frame = levels()
    assert not frame.duplicated(["key", "vintage"]).any()
    parents = set(frame["parent"]) - {""}
    assert parents <= set(frame["key"])


def test_every_registered_code_has_exactly_one_level() -> None:
    areas = table("areas")
    patterns = levels().drop_duplicates("key").set_index("key")["pattern"].drop(list(COMPOSITE))
    for code, level in areas[["code", "level"]].itertuples(index=False, name=None):
        fitting = [key for key, pattern in patterns.items() if re.fullmatch(pattern, code)]
        assert fitting == [level]


def test_level_of_agrees_with_the_published_files(shared: Path) -> None:
    aliases = {"TLB": "country", "UKX": "uk"}
    for path in sorted((shared / "data/metrics/tidy").glob("*.csv")):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        pairs = frame[["area_code", "level"]].drop_duplicates()
        found = level_of(pairs["area_code"])
        odd = pairs[found != pairs["level"]]
        odd = odd[~odd["area_code"].isin(list(aliases))]
        assert odd.empty, f"{path.name}: {odd.head()}"


def test_level_of_keeps_the_index_and_takes_repeats() -> None:
    codes = pd.Series(["TLI", "E09000001", "TLI", "Total"], index=[5, 3, 9, 1])
    assert level_of(codes).to_dict() == {5: "itl1", 3: "lad", 9: "itl1", 1: ""}
    assert level_of([]).empty
