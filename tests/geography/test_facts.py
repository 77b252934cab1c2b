"""The packaged tables: complete, consistent with each other, and equal to what the tools build."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pandas as pd
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.geography.facts import TABLES, table
from spatial_gaps.geography.pieces import shares_between
from spatial_gaps.geography.register import areas

ROOT = Path(__file__).resolve().parents[2]
ISLANDS = ["E06000046", "E06000053", "S12000013", "S12000023", "S12000027", "W06000001"]


def test_tables_are_copies() -> None:
    first = table("links")
    first.loc[0, "name"] = "changed"
    assert table("links").loc[0, "name"] != "changed"


def test_unknown_table_is_named() -> None:
    with pytest.raises(InputError, match="Did you mean 'areas'"):
        table("area")


def test_text_stays_text() -> None:
    assert table("areas")["last"].map(type).eq(str).all()
    assert table("lookup")["dense"].isna().sum() == 29  # Northern Ireland


@pytest.mark.parametrize("name", TABLES)
def test_files_are_small_sorted_and_plain(name: str) -> None:
    path = ROOT / "boundaries" / f"{name}.csv"
    if name == "cartogram" and not path.exists():
        pytest.skip("the cartogram is made by its own tool")
    content = path.read_bytes()
    assert len(content) < 600_000
    assert b"\r" not in content
    assert content.endswith(b"\n")
    lines = content.decode("utf-8").splitlines()
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("name", ["areas", "levels", "links", "lookup", "neighbours", "sources"])
def test_no_machine_address(name: str) -> None:
    content = (ROOT / "boundaries" / f"{name}.csv").read_text(encoding="utf-8")
    assert not re.search(r"/work|/tmp|/home|localhost|127\.0|file:", content)


def test_pieces_are_complete_and_lie_in_one_area_each() -> None:
    lookup = table("lookup")
    assert (lookup[["lad_2014", "lad_2018", "itl3_2021", "itl3_2025"]] != "").all(axis=None)
    assert lookup["itl3_2021"].nunique() == 179
    assert lookup["itl3_2025"].nunique() == 182
    assert lookup["people"].gt(0).all()
    assert lookup["people"].sum() == 67_044_988
    assert not lookup.duplicated(["lad_2014", "lad_2018", "itl3_2021", "itl3_2025"]).any()
    two_tier = lookup["lad_2018"].str.startswith("E07")
    assert (lookup["county"] != "").equals(two_tier)


def test_straddling_authorities_are_the_known_ones() -> None:
    scottish = {"S12000017", "S12000021", "S12000035"}
    for vintage, known in (
        (2021, scottish),
        (2023, scottish | {"E06000063", "E06000064"}),
        (2025, {"S12000021"}),
    ):
        shares = shares_between("lad", vintage, "itl3", vintage)
        assert set(shares.query("share < 1")["code"]) == known


def test_cumbrian_shares_by_hand(shared: Path) -> None:
    people = pd.read_csv(shared / "data/metrics/tidy/population_by_age_2021.csv")
    people = people.query("metric == 'population_total'").set_index("area_code")["value"]
    west, carlisle = people["E07000026"] + people["E07000029"], people["E07000028"]
    shares = shares_between("lad", 2023, "itl3", 2023).query("code == 'E06000063'")
    assert shares.set_index("parent").at["TLD11", "share"] == pytest.approx(
        west / (west + carlisle), abs=1e-5
    )


def test_data_zones_make_the_scottish_shares(shared: Path) -> None:
    """Skye and Lochalsh with Lochaber is the smallest part of Highland, Inverness the largest."""
    people = pd.read_csv(shared / "data/metrics/tidy/population_small_areas.csv", dtype=str)
    people = people.set_index("area_code")["value"].astype(float)
    zones = pd.read_csv(shared / "data/boundaries/lookups/dz11_iz11_lad20_sc.csv")
    highland = people[zones.query("LAD20CD == 'S12000017'")["DZ11CD"]].sum()
    shares = shares_between("lad", 2021, "itl3", 2021).query("code == 'S12000017'")
    assert shares.sort_values("share")["parent"].tolist() == ["TLM63", "TLM61", "TLM62"]
    assert shares["people"].sum() == pytest.approx(highland, rel=0.02)


def test_links_reach_every_island_and_northern_ireland() -> None:
    links = table("links")
    ends = set(links["a"]) | set(links["b"])
    assert set(ISLANDS) <= ends
    assert any(code.startswith("N09") for code in ends)
    assert ends <= set(areas("lad", 2019).index) & set(areas("lad", 2025).index)
    assert (links["a"] < links["b"]).all()
    assert set(links["kind"]) <= {"bridge", "tunnel", "ferry", "causeway"}


def test_every_change_ends_one_code_and_begins_another() -> None:
    areas = table("areas").set_index("code")
    changes = table("recodes")
    assert changes.groupby("old")["share"].sum().sub(1).abs().max() < 1e-6
    for old, new, date, kind, _ in changes.itertuples(index=False, name=None):
        if kind == "rename":
            assert old == new
            continue
        assert areas.at[new, "first"] == date
        assert pd.Timestamp(areas.at[old, "last"]) + pd.Timedelta(days=1) == pd.Timestamp(date)
    ended = areas[(areas["last"] != "") & (areas["level"] == "lad")]
    assert set(ended.index) == set(changes.query("kind != 'rename'")["old"])
    assert set(changes.query("kind == 'split'")["old"]) == {"95FF", "95II", "95SS"}


def test_merged_populations_are_close_to_their_successors() -> None:
    areas = table("areas").set_index("code")["population"]
    changes = table("recodes").query("date == '2023-04-01'")
    before = areas[changes["old"]].groupby(changes["new"].to_numpy()).sum()
    # First release against revised: under half a per cent for these four.
    assert ((before / areas[before.index] - 1).abs() < 0.005).all()


def test_sources_name_file_commit_and_checksum() -> None:
    inputs = table("sources").query("kind == 'input'")
    assert inputs["sha256"].str.fullmatch("[0-9a-f]{64}").all()
    assert (inputs[["file", "source", "commit", "licence"]] != "").all(axis=None)
    layers = table("sources").query("kind == 'layer'")
    counts = table("levels").set_index(["key", "vintage"])["count"]
    for level, vintage, count in layers[["level", "vintage", "count"]].itertuples(index=False):
        assert counts[level, vintage] == count


@pytest.mark.slow
def test_tools_rebuild_the_same_bytes(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow", reason="one input is GeoParquet")
    monkeypatch.setattr(sys, "path", [str(ROOT / "tools"), *sys.path])
    builder = importlib.import_module("build_facts")
    builder.write(builder.build(shared / "data"), tmp_path)
    for made in tmp_path.glob("*.csv"):
        assert made.read_bytes() == (ROOT / "boundaries" / made.name).read_bytes(), made.name
