"""Records to areas: figures against pandas and formulas, every record accounted for, nobody told."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import spatial_gaps as sg
from spatial_gaps.errors import InputError
from spatial_gaps.metrics import record_batches
from spatial_gaps.metrics.aggregating import aggregate_records
from spatial_gaps.metrics.disclosure import FEW, SECOND, Disclosure
from spatial_gaps.metrics.postcodes import plain, read_postcodes

pytest.importorskip("pyarrow")
CODES = ["E1", "E2", "E3", "E4"]


@pytest.fixture
def areas() -> gpd.GeoDataFrame:
    """Four squares of ten side by side."""
    shapes = [shapely.box(10 * k, 0, 10 * k + 10, 10) for k in range(4)]
    return gpd.GeoDataFrame(geometry=shapes, index=pd.Index(CODES, name="code"), crs="EPSG:27700")


@pytest.fixture
def records() -> pd.DataFrame:
    """A thousand records of three areas, some without code or figure."""
    chance = np.random.default_rng(0)
    frame = pd.DataFrame({
        "code": chance.choice(["E1", "E2", "E3", "W9", None], 1000, p=[0.5, 0.2, 0.2, 0.05, 0.05]),
        "pay": 1e6 + chance.lognormal(6, 1, 1000),
        "weight": chance.uniform(0.5, 2, 1000),
    })  # fmt: skip
    frame.loc[::97, "pay"] = np.nan
    return frame


@pytest.fixture
def files(records: pd.DataFrame, tmp_path: Path) -> list[Path]:
    """The same in two files of two kinds."""
    one, two = tmp_path / "one.csv", tmp_path / "two.parquet"
    records[:300].to_csv(one, index=False)
    records[300:].to_parquet(two, index=False)
    return [one, two]


def test_counts_and_the_audit(
    files: list[Path], records: pd.DataFrame, areas: gpd.GeoDataFrame
) -> None:
    found = aggregate_records(files, areas, code="code")
    counts = records["code"].value_counts()
    assert found.table["value"].to_dict() == {**{c: counts[c] for c in CODES[:3]}, "E4": 0}
    assert found.table["se"].tolist() == pytest.approx(np.sqrt(found.table["value"]).tolist())
    assert found.audit.to_dict() == {
        "read": 1000, "used": int(counts[CODES[:3]].sum()),
        "no place": int(records["code"].isna().sum()), "no area of this code": int(counts["W9"]),
    }  # fmt: skip
    assert str(found).startswith(f"{found.audit['used']} of 1,000 records in 4 areas;")


@pytest.mark.parametrize("weight", [None, "weight"])
def test_means_by_their_formula(
    files: list[Path], records: pd.DataFrame, areas: gpd.GeoDataFrame, weight: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(record_batches, "ROWS", 64)
    found = aggregate_records(
        files, areas, code="code", statistic="mean", value="pay", weight=weight
    )
    for code in CODES[:3]:
        own = records[(records["code"] == code) & records["pay"].notna()]
        w = own[weight] if weight else pd.Series(1.0, own.index)
        mean = (w * own["pay"]).sum() / w.sum()
        n = len(own)
        se = np.sqrt((w**2 * (own["pay"] - mean) ** 2).sum() * n / (n - 1)) / w.sum()
        row = found.table.loc[code]
        assert (row["n"], row["value"], row["se"]) == (
            n,
            pytest.approx(mean),
            pytest.approx(se, rel=1e-6),
        )
        if weight is None:
            assert row["se"] == pytest.approx(own["pay"].sem(), rel=1e-6)
    assert found.table.loc["E4", "status"] == "no record"
    assert np.isnan(found.table.loc["E4", "value"])
    assert found.audit["no value"] == (records["pay"].isna() & records["code"].isin(CODES)).sum()


def test_sums_shares_and_rates(
    files: list[Path], records: pd.DataFrame, areas: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    own = records[records["code"].isin(CODES) & records["pay"].notna()]
    sums = aggregate_records(files, areas, code="code", statistic="sum", value="pay").table
    assert sums["value"].tolist()[:3] == pytest.approx(own.groupby("code")["pay"].sum().tolist())
    assert sums["se"].tolist()[:3] == pytest.approx(
        own.groupby("code")["pay"].agg(lambda y: np.sqrt((y**2).sum())).tolist()
    )
    yes = tmp_path / "yes.csv"
    pd.DataFrame({"code": ["E1"] * 4 + ["E2"], "poor": [0, 1, 3, 0, 0]}).to_csv(yes, index=False)
    share = aggregate_records(yes, areas, code="code", statistic="share", value="poor").table
    assert share["value"].tolist()[:2] == [0.5, 0]
    # sqrt(p (1 - p) / (n - 1)), as of any mean; one record tells nothing of its error.
    assert share["se"].tolist()[0] == pytest.approx(np.sqrt(0.25 / 3))
    assert np.isnan(share["se"].tolist()[1])
    people = pd.Series([8.0, 10, 10, 10], CODES)
    rate = aggregate_records(yes, areas, code="code", statistic="rate", population=people).table
    assert (rate["value"].tolist(), rate["se"].tolist()[0]) == ([0.5, 0.1, 0, 0], 2 / 8)


def test_medians_and_their_errors(areas: gpd.GeoDataFrame, tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    values = [chance.lognormal(0, 1, 400) for _ in range(300)]
    many = pd.DataFrame(
        {"code": np.repeat([f"a{k}" for k in range(300)], 400), "y": np.concatenate(values)}
    )
    many.to_parquet(tmp_path / "y.parquet")
    index = pd.DataFrame(index=[f"a{k}" for k in range(300)])
    found = aggregate_records(
        tmp_path / "y.parquet", index, code="code", statistic="quantile", value="y"
    )
    halves = [np.sort(each)[199] for each in values]
    assert found.table["value"].tolist() == halves
    # The errors are as wide as medians of the same distribution really are apart.
    assert found.table["se"].mean() == pytest.approx(np.std(halves), rel=0.15)
    covered = np.abs(found.table["value"] - 1) < 1.96 * found.table["se"]
    assert 0.9 < covered.mean() < 0.99
    weighted = pd.DataFrame({"code": "a0", "y": [1.0, 2, 3], "w": [1.0, 1, 5]})
    weighted.to_csv(tmp_path / "w.csv", index=False)
    heavy = aggregate_records(
        tmp_path / "w.csv", index, code="code", statistic="quantile", value="y", weight="w"
    )
    assert heavy.table.loc["a0", "value"] == 3


def test_points_outside_and_on_borders_are_counted(areas: gpd.GeoDataFrame, tmp_path: Path) -> None:
    points = pd.DataFrame({"x": [5, 10, 15, 99, None, 20], "y": [5.0, 5, 5, 5, 5, 10]})
    points.to_csv(tmp_path / "p.csv", index=False)
    found = aggregate_records(tmp_path / "p.csv", areas, xy=("x", "y"))
    assert found.table["value"].tolist() == [2, 2, 0, 0]
    assert found.audit.to_dict() == {
        "read": 6, "used": 4, "on a border": 2, "no place": 1, "outside every area": 1,
    }  # fmt: skip
    known = points.dropna()
    geometry = gpd.GeoSeries.from_xy(known["x"], known["y"], crs=27700)
    gpd.GeoDataFrame(geometry=geometry).to_parquet(tmp_path / "p.parquet")
    again = aggregate_records(tmp_path / "p.parquet", areas, xy="geometry")
    assert again.table["value"].tolist() == [2, 2, 0, 0]
    degrees = geometry.to_crs(4326)
    pd.DataFrame({"lon": degrees.x, "lat": degrees.y}).iloc[[0]].to_csv(
        tmp_path / "d.csv", index=False
    )
    found = aggregate_records(tmp_path / "d.csv", areas, xy=("lon", "lat"), crs="EPSG:4326")
    assert found.table["value"].tolist() == [1, 0, 0, 0]


def test_postcodes_by_a_directory(areas: gpd.GeoDataFrame, tmp_path: Path) -> None:
    (tmp_path / "nspl.csv").write_text(
        "pcd,pcds,laua,lsoa21\nAB1 0AA,AB1 0AA,E1,x\nAB101AB,AB10 1AB,E2,y\n"
        "ZZ9 9ZZ,ZZ9 9ZZ,S9,z\nZZ99ZZ,,E1,\n"
    )
    directory = read_postcodes(tmp_path / "nspl.csv", "LAUA")
    (tmp_path / "r.csv").write_text(
        'home\nab10aa\nAB10 1ab\nAB10 1AB \nZZ9 9ZZ\nQQ1 1QQ\n""\nA BC D EFGH\n'
    )
    found = aggregate_records(tmp_path / "r.csv", areas, postcode="home", postcodes=directory)
    assert found.table["value"].tolist() == [1, 2, 0, 0]
    assert found.audit.to_dict() == {
        "read": 7, "used": 3, "no place": 1, "outside every area": 1, "no such postcode": 2,
    }  # fmt: skip
    assert plain(pd.Series(["a b1", None, "longer than seven", "é"])).tolist() == [
        b"AB1",
        b"",
        b"",
        b"",
    ]
    with pytest.raises(InputError, match=r"lsoa99.*It has these"):
        read_postcodes(tmp_path / "nspl.csv", "lsoa99")
    with pytest.raises(InputError, match="no column of postcodes"):
        read_postcodes(tmp_path / "r.csv", "laua")


def test_small_counts_are_kept_back() -> None:
    codes = list("abcdefg")
    counts = [3, 12, 14, 0, 50, 4, 5]
    table = pd.DataFrame(
        {"n": counts, "value": counts, "se": 1.0, "status": ""}, index=codes, dtype=object
    )
    table = table.astype({"n": float, "value": float, "se": float})
    within = pd.Series(list("xxxxyyy"), codes)
    shown = Disclosure(10, base=5, within=within).apply(table, is_count=True)
    # x: one is small, so the next smallest goes too; y: two are, and guard each other.
    assert shown["value"].isna().tolist() == [True, True, False, False, False, True, True]
    assert shown["status"].tolist() == [FEW, SECOND, "", "", "", FEW, FEW]
    assert shown["n"].tolist()[2:5] == [15, 0, 50]
    assert table["value"].tolist() == counts
    # No total of what is shown gives one away.
    assert (shown["value"].isna().groupby(within).sum() != 1).all()
    with pytest.raises(InputError, match="no parent"):
        Disclosure(10, within=within.head(2)).apply(table, is_count=True)


def test_any_mapper_gives_the_same(files: list[Path], areas: gpd.GeoDataFrame) -> None:
    from concurrent.futures import ThreadPoolExecutor

    alone = aggregate_records(files, areas, code="code", statistic="mean", value="pay")
    with ThreadPoolExecutor(2) as pool:
        both = aggregate_records(
            files, areas, code="code", statistic="mean", value="pay", mapper=pool.map
        )
    pd.testing.assert_frame_equal(alone.table, both.table)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "one of code=, xy= and postcode="),
        ({"code": "code", "xy": ("x", "y")}, "one of code=, xy= and postcode="),
        ({"postcode": "code"}, "postcodes= is the directory"),
        ({"code": "code", "statistic": "mean"}, "mean needs value="),
        ({"code": "code", "value": "pay"}, "count takes no value="),
        ({"code": "code", "statistic": "rate"}, "population= belongs to"),
        (
            {"code": "code", "statistic": "quantile", "value": "pay", "quantile": 1},
            "between 0 and 1",
        ),
        ({"code": "lost"}, r"lacks columns: lost.*It has these: code; pay; weight"),
        ({"code": "code", "statistic": "median", "value": "pay"}, "median"),
    ],
)
def test_what_is_refused(
    files: list[Path], areas: gpd.GeoDataFrame, options: dict, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        aggregate_records(files, areas, **options)


def test_files_that_cannot_be_read(areas: gpd.GeoDataFrame, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("code,pay\nE1,12\nE1,twelve\n")
    with pytest.raises(InputError, match=r"a\.csv, column 'pay', value 'twelve': is no number"):
        aggregate_records(tmp_path / "a.csv", areas, code="code", statistic="sum", value="pay")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match="cannot be read"):
        aggregate_records(tmp_path / "b.parquet", areas, code="code")
    with pytest.raises(InputError, match=r"from \.csv and \.parquet"):
        aggregate_records(tmp_path / "c.xlsx", areas, code="code")
    with pytest.raises(InputError, match="no file of records"):
        aggregate_records([], areas, code="code")
    with pytest.raises(InputError, match="shapes"):
        aggregate_records(tmp_path / "a.csv", pd.DataFrame(index=CODES), xy=("code", "pay"))


def test_what_comes_out_can_be_assessed(tmp_path: Path) -> None:
    areas = sg.cartogram("itl3", 2021)
    chance = np.random.default_rng(0)
    pay = pd.DataFrame(
        {"code": chance.choice(areas.index, 20_000), "pay": chance.lognormal(6, 0.5, 20_000)}
    )
    pay.to_parquet(tmp_path / "pay.parquet")
    found = aggregate_records(
        tmp_path / "pay.parquet", areas, code="code", statistic="quantile", value="pay"
    )
    frame = found.table.rename_axis("code").reset_index()[["code", "value", "se"]]
    metric = sg.read_metric(frame, period=2024, higher_is="better")
    result = sg.assess(areas, metric, period=2024)
    # Nothing was put in, so next to nothing is left once sampling noise is out.
    assert result.indices.loc["gini", "corrected"] < 0.3 * result.indices.loc["gini", "value"]
    assert not (result.pockets["verdict"] == "confirmed").any()
