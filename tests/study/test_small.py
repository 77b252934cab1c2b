"""Small areas in a study: nations apart, each small area inside its authority."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import spatial_gaps as sg
from spatial_gaps.errors import InputError
from spatial_gaps.measure.classes import NO_DATA, POCKET, RAMP
from spatial_gaps.study.running import run
from spatial_gaps.study.schema import read_study
from spatial_gaps.study.tasks import plan_study

LAYERS = ("hidden", "authorities", "areas")
STUDY = """\
levels = ["lsoa", "data_zone", "soa"]

[areas.lsoa]
boundaries = "lsoa.geojson"

[[metrics]]
file = "score.csv"
higher_is = "worse"
period = "2020"
weights = "people.csv"
parents = {file = "lookup.csv", code = "small", parent = "authority"}

[[metrics]]
file = "rank.csv"
higher_is = "better"
period = "2020"
parents = {file = "lookup.csv", code = "small", parent = "authority"}
"""
IN = {
    "E": ("E06000001", "E06000002"),
    "W": ("W06000001", "W06000002"),
    "S": ("S12000005", "S12000006"),
}


@pytest.fixture
def uk(tmp_path: Path) -> Path:
    """Scores of 40 small areas each of England and Wales, on a strip, and ranks of 40 of Scotland."""
    chance = np.random.default_rng(0)
    codes = {nation: [f"{nation}0100{k:04d}" for k in range(1, 41)] for nation in IN}
    lookup = pd.DataFrame(
        [(code, IN[nation][k % 2]) for nation in IN for k, code in enumerate(codes[nation])],
        columns=["small", "authority"],
    )
    lookup.to_csv(tmp_path / "lookup.csv", index=False)
    two = [*codes["E"], *codes["W"]]
    score = pd.DataFrame({"code": two, "score": chance.gamma(2, 10, 80).round(2)})
    score.loc[3, "score"] = np.nan
    score.to_csv(tmp_path / "score.csv", index=False)
    people = pd.DataFrame(
        {"code": two, "period": "2020", "people": chance.integers(1000, 2000, 80)}
    )
    people.to_csv(tmp_path / "people.csv", index=False)
    rank = pd.DataFrame({"code": codes["S"], "rank": chance.permutation(40) + 1})
    rank.to_csv(tmp_path / "rank.csv", index=False)
    strip = [shapely.box(4e5 + 1000 * k, 3e5, 4e5 + 1000 * (k + 1), 3.01e5) for k in range(80)]
    shapes = gpd.GeoDataFrame({"LSOA11CD": two, "LSOA11NM": two}, geometry=strip, crs=27700)
    shapes.to_file(tmp_path / "lsoa.geojson")
    path = tmp_path / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "tables" / f"{name}.csv", dtype={"period": str})


def test_nations_stand_apart(uk: Path, tmp_path: Path) -> None:
    names = [task.name for task in plan_study(read_study(uk))]
    assert names == [
        "score, lower layer super output areas of England, 2020",
        "score, lower layer super output areas of Wales, 2020",
        "rank, data zones, 2020",
    ]
    done = run(read_study(uk), tmp_path / "out")
    assert done.failures == ()
    score = pd.read_csv(uk.parent / "score.csv", index_col="code")["score"]
    parent = sg.read_groups(uk.parent / "lookup.csv", "small", "authority")
    people = pd.read_csv(uk.parent / "people.csv", index_col="code")["people"]
    tables = {
        name: read(done.folder, name) for name in ("areas", "authorities", "hidden", "summary")
    }
    for letter, kind in (("E", "lsoa_england"), ("W", "lsoa_wales")):
        own = score[score.index.str.startswith(letter)]
        alone = sg.inside_authorities(
            own, parent.reindex(own.index), higher_is="worse", weights=people.reindex(own.index)
        )
        ours = tables["authorities"][tables["authorities"]["level"] == kind].set_index("code")
        assert ours["n"].to_dict() == alone["n"].to_dict()
        assert ours["extent"].to_dict() == pytest.approx(alone["extent"].to_dict(), rel=1e-12)
        every = sg.hidden_small_areas(
            own, parent.reindex(own.index), higher_is="worse", weights=people.reindex(own.index)
        )
        hidden = tables["hidden"][tables["hidden"]["level"] == kind]
        assert set(hidden["code"]) == set(every.index[every["is_hidden"]])
    # 39 neighbours on a strip: as `moran` finds it on links drawn by hand.
    england = tables["areas"].query("level == 'lsoa_england'").set_index("code")
    row = tables["summary"].set_index("level").loc["lsoa_england"]
    assert (row["n_areas"], row["n_values"]) == (40, 39)
    value = england["value"]
    both = value.notna().to_numpy()[:-1] & value.notna().to_numpy()[1:]
    centred = (value - value.mean()).to_numpy()
    # Row-standardised links of each area with a figure to its neighbours that have one.
    links = np.zeros((40, 40))
    for k in np.flatnonzero(both):
        links[k, k + 1] = links[k + 1, k] = 1
    links /= np.maximum(links.sum(axis=1, keepdims=True), 1)
    z = np.nan_to_num(centred)
    expected = (value.notna().sum() / links.sum()) * (z @ links @ z) / (z @ z)
    assert row["moran"] == pytest.approx(expected, rel=1e-9)
    assert read(done.folder, "audit")["code"].tolist() == ["E01000004"]


def test_ranks_have_no_gap_and_what_has_no_people_says_so(uk: Path, tmp_path: Path) -> None:
    done = run(read_study(uk), tmp_path / "out")
    row = read(done.folder, "summary").set_index("level").loc["data_zone"]
    assert pd.isna(row["gap"])
    assert "data_zone" not in set(read(done.folder, "indices")["level"])
    told = read(done.folder, "warnings").query("level == 'data_zone'")["message"].tolist()
    assert told == ["unweighted: every small area counts the same"]
    assert "of the 4 most deprived data zones of Scotland lie" in row["finding"]
    assert row["finding"] in (done.folder / "index.html").read_text("utf-8")


def test_what_was_repaired_in_shapes_is_said(uk: Path, tmp_path: Path) -> None:
    path = uk.parent / "lsoa.geojson"
    gpd.read_file(path).to_crs(4326).to_file(path)
    done = run(read_study(uk), tmp_path / "out")
    told = read(done.folder, "warnings").query("level == 'lsoa_wales'")
    assert told["kind"].tolist()[0] == "weights"
    assert told["message"].str.contains("reprojected").any()


def test_one_measure_of_several_nations_stands_together_if_said(uk: Path) -> None:
    text = uk.read_text("utf-8").replace("[[metrics]]", "[[metrics]]\ncomparable = true", 1)
    uk.write_text(text, encoding="utf-8")
    assert [task.kind for task in plan_study(read_study(uk))] == ["lsoa", "data_zone"]


def test_small_areas_without_authorities_are_refused(uk: Path, tmp_path: Path) -> None:
    lines = uk.read_text("utf-8").splitlines(keepends=True)
    uk.write_text("".join(line for line in lines if not line.startswith("parents")), "utf-8")
    with pytest.raises(InputError, match="need the authorities that they lie in"):
        plan_study(read_study(uk))


def test_codes_that_the_lookup_lacks_are_named(uk: Path, tmp_path: Path) -> None:
    lookup = uk.parent / "lookup.csv"
    lookup.write_text(lookup.read_text("utf-8").replace("S01000007,", "S01000099,"), "utf-8")
    done = run(read_study(uk), tmp_path / "out")
    ((name, reason),) = done.failures
    assert name == "rank, data zones, 2020"
    assert "1 of 40 small areas have no authority in lookup.csv" in reason
    assert "S01000007" in reason
    assert read(done.folder, "failures")["level"].tolist() == ["data_zone"]


def test_atlas_draws_small_areas_that_have_shapes(uk: Path, tmp_path: Path) -> None:
    done = run(read_study(uk), tmp_path / "out")
    file = done.folder / "atlas.gpkg"
    # Without shapes Scotland's ranks are tables only.
    names = {f"score_lsoa_{nation}_{layer}" for nation in ("england", "wales") for layer in LAYERS}
    assert names == set(gpd.list_layers(file)["name"]) - {"layer_styles", "qgis_projects"}
    areas = read(done.folder, "areas")
    for nation in ("england", "wales"):
        prefix = f"score_lsoa_{nation}_"
        drawn = gpd.read_file(file, layer=f"{prefix}areas").set_index("code")
        told = areas[areas["level"] == f"lsoa_{nation}"].set_index("code")
        pd.testing.assert_series_equal(drawn["value"], told["value"], check_index=False)
        assert drawn["cluster"].to_dict() == told["cluster"].to_dict()
        hidden = gpd.read_file(file, layer=f"{prefix}hidden")
        assert set(hidden["code"]) == set(told.index[told["verdict"] == "hidden"])
        around = gpd.read_file(file, layer=f"{prefix}authorities").set_index("code")
        # Every second square is of the same authority.
        assert around.area.tolist() == [20e6, 20e6]
        assert around["hidden"].sum() == len(hidden)


def test_atlas_of_small_areas_goes_on_as_it_was(uk: Path, tmp_path: Path) -> None:
    first = run(read_study(uk), tmp_path / "out")
    content = (first.folder / "atlas.gpkg").read_bytes()
    again = run(read_study(uk), tmp_path / "out")
    assert (again.done, (again.folder / "atlas.gpkg").read_bytes()) == (0, content)
    (again.folder / "atlas.gpkg").unlink()
    run(read_study(uk), tmp_path / "out")
    assert (again.folder / "atlas.gpkg").read_bytes() == content


@pytest.mark.slow
def test_qgis_opens_the_atlas_of_small_areas(
    uk: Path, tmp_path: Path, look: Callable[[Path], dict[str, Any]]
) -> None:
    done = run(read_study(uk), tmp_path / "out")
    seen = look(done.folder / "atlas.gpkg")
    assert all(layer["valid"] for layer in seen["layers"].values())
    project = seen["project"]
    assert len(project["themes"]) == 4
    picture = project["pictures"]["score_lsoa_england: Hidden"]
    # Four classes of the figure or more, the figure that is missing, and outlines of what is hidden.
    assert len({*RAMP} & set(picture)) >= 4
    assert {NO_DATA, POCKET} <= set(picture)
    page = project["pages"]["score_lsoa_england: Hidden"]
    finding = read(done.folder, "summary").set_index("level")["finding"]["lsoa_england"]
    assert (page["printed"], page["words"]["title"]) == (True, finding)
    assert page["words"]["subtitle"].startswith("Hidden. Score, lower layer super output areas")


REAL = """\
title = "Deprivation inside the authorities of the UK"
questions = ["gaps", "where", "pockets"]
outputs = ["tables", "geopackage"]

[[metrics]]
file = "imd2019_score_lsoa11_england.csv"
name = "england"
levels = ["lsoa"]
weights = "imd2019_population_lsoa11_england.csv"
parents = {file = "lsoa11_lad21_ew.csv", code = "LSOA11CD", parent = "LAD21CD"}
boundaries = "lsoa_2011_ew_bsc.parquet"

[[metrics]]
file = "wimd2019_lsoa11_wales.csv"
name = "wales"
indicator = "wimd2019_rank"
levels = ["lsoa"]
parents = {file = "lsoa11_lad21_ew.csv", code = "LSOA11CD", parent = "LAD21CD"}
boundaries = "lsoa_2011_ew_bsc.parquet"

[[metrics]]
file = "simd2020_dz11_scotland.csv"
name = "scotland"
indicator = "simd2020_rank"
levels = ["data_zone"]
parents = {file = "dz11_iz11_lad20_sc.csv", code = "DZ11CD", parent = "LAD20CD"}
boundaries = "dz_2011_sc_simplified.parquet"

[[metrics]]
file = "nimdm2017_soa01_ni.csv"
name = "northern_ireland"
indicator = "nimdm2017_rank"
levels = ["soa"]
parents = {file = "soa11_lgd14_ni.csv", code = "SOA11CD", parent = "LGD14CD"}
boundaries = "soa_2011_ni_simplified.parquet"
"""


@pytest.mark.slow
def test_small_areas_of_the_whole_uk_in_one_run(shared: Path, tmp_path: Path) -> None:
    """Counts of areas are the publishers'; deprived tenths and authorities follow from them."""
    pytest.importorskip("pyarrow", reason="boundaries of small areas are GeoParquet")
    folder = tmp_path / "uk"
    folder.mkdir()
    for text in REAL.split('"')[1::2]:
        for path in shared.glob(f"data/*/**/{text}") if "." in text else ():
            shutil.copy(path, folder)
    (folder / "study.toml").write_text(REAL, encoding="utf-8")
    done = run(read_study(folder / "study.toml"), tmp_path / "out")
    assert done.failures == ()
    summary = read(done.folder, "summary").set_index("metric")
    assert summary["n_areas"].to_dict() == {
        "england": 32_844, "wales": 1909, "scotland": 6976, "northern_ireland": 890,
    }  # fmt: skip
    assert len(read(done.folder, "areas")) == 42_619
    authorities = read(done.folder, "authorities").groupby("metric")
    assert authorities.size().to_dict() == {
        "england": 309, "wales": 22, "scotland": 32, "northern_ireland": 11,
    }  # fmt: skip
    assert authorities["deprived"].sum().to_dict() == {
        "england": 3284, "wales": 190, "scotland": 697, "northern_ireland": 89,
    }  # fmt: skip
    # Deprivation clusters everywhere; by chance I would be near 0.
    assert (summary["moran"] > 0.4).all()
    assert (summary["moran_p"] < 0.001).all()
    file = done.folder / "atlas.gpkg"
    drawn = [name for name in gpd.list_layers(file)["name"] if name.endswith("_areas")]
    assert sum(len(gpd.read_file(file, layer=name)) for name in drawn) == 42_619
