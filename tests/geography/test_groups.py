"""Groups that are no level: packaged ones and a user's own serve wherever a region does."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from spatial_gaps import decompose, find_pockets, gap_by
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.geography.groups import GROUPS, groups, read_groups
from spatial_gaps.geography.register import areas


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize("vintage", [2011, 2019, 2023, 2025])
def test_every_area_has_one_group(name: str, vintage: int) -> None:
    found = groups(name, vintage)
    assert found.index.equals(areas("lad", vintage).index)
    assert (found != "").all()
    assert found.name == name


def test_published_counts() -> None:
    assert groups("london").value_counts().to_dict() == {
        "outside London": 328,
        "Outer London": 19,
        "Inner London": 14,
    }
    # 33 boroughs, 64 of the South East and 45 of the East of England.
    assert (groups("greater_south_east") == "Greater South East").sum() == 33 + 64 + 45
    assert (groups("core_cities", 2018) == "core city").sum() == 11


def test_combined_authorities_follow_their_dates() -> None:
    assert groups("combined_authority", 2017)["E06000057"] == "North East"
    assert groups("combined_authority", 2020)["E06000057"] == "North of Tyne"
    assert groups("combined_authority", 2025)["E06000057"] == "North East"
    # A county brings its districts with it.
    assert groups("combined_authority", 2025)["E07000032"] == "East Midlands"
    assert groups("combined_authority", 2011).nunique() == 2


def test_urban_and_rural_ends_are_plain() -> None:
    found = groups("urban_rural")
    for code in ("E09000033", "E08000003", "S12000049", "N09000003"):
        assert found[code] == "densely populated"
    for code in ("W06000023", "E07000147", "S12000023", "N09000006"):
        assert found[code] == "thinly populated"


def test_urban_class_of_northern_ireland_is_density() -> None:
    frame = areas("lad")
    density = frame["population"] / frame["area_km2"]
    found = groups("urban_rural")
    for code in frame.index[frame.index.str.startswith("N")]:
        expected = 1500 if found[code] == "densely populated" else 0
        assert density[code] >= expected
        assert found[code] != "thinly populated" or density[code] < 300


def test_own_groups_serve_as_regions(tmp_path: Path) -> None:
    path = tmp_path / "coast.csv"
    path.write_text("code,group\nE06000001,coast\n e06000002 ,inland\nE06000003,coast\n")
    own = read_groups(path)
    assert own.name == "coast"
    assert own.to_dict() == {"E06000001": "coast", "E06000002": "inland", "E06000003": "coast"}
    values = pd.Series([1.0, 2.0, 4.0], own.index)
    assert decompose(values, [own], index="variance").parts["value"].sum() == pytest.approx(14 / 9)
    assert set(gap_by(values, own, higher_is="better").index) == {"coast", "inland"}
    assert find_pockets(values, own, higher_is="better")["parent"].tolist() == own.tolist()


def test_faulty_groups_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    for text, error, match in (
        ("code,name\nE06000001,a\n", InputError, "group is missing"),
        ("code,group\nE06000001,\n", InputError, "blank group: E06000001"),
        ("code,group\nE06000001,a\nE06000001,b\n", JoinError, "more than once"),
        ("code,group\n,a\n", InputError, "no code"),
    ):
        path.write_text(text)
        with pytest.raises(error, match=match):
            read_groups(path)
    with pytest.raises(InputError, match="grouping"):
        groups("north_south")
