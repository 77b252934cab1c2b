"""Pieces: the largest parts of the country that lie in one area of every level and vintage."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from facts_changes import CHANGES, NI_START, counties, day_before, ni_areas, read_text

ITL3 = {
    2021: ("lad21_lau121_itl321_itl221_itl121_uk_reconstructed.csv", "LAD21CD", "ITL321CD"),
    2025: ("lad25_lau125_itl325_itl225_itl125_uk_derived.csv", "LAD25CD", "ITL325CD"),
}
ITL3_LAYERS = {2021: "itl3_2021_uk_buc_snapped", 2025: "itl3_2025_uk_buc"}
WHOLE = "ONS mid-2021, revised"
ZONES = "NRS mid-2021 populations of 2011 data zones, placed by representative point"
LSOAS = "ONS mid-2021, revised, split by mid-2020 populations of 2011 LSOAs"
SOAS = "ONS mid-2021, revised, split by number of 2011 super output areas"
FIRST = "ONS mid-2021, revised, split by the first release for the former districts"
# People per km2: Eurostat's thresholds for cells of urban centres and of urban clusters.
DENSE, BUILT = 1500, 300


def read_layer(folder: Path, stem: str) -> gpd.GeoDataFrame:
    """Return a layer indexed by code with name, geometry and the stem as source, sorted."""
    layer = gpd.read_file(folder / "boundaries" / f"{stem}.gpkg")
    code, name = layer.columns[:2]
    layer = layer.rename(columns={code: "code", name: "name"})[["code", "name", "geometry"]]
    return layer.assign(source=stem).set_index("code").sort_index()


def code_in(codes: pd.Series, year: int, base: int = 2018) -> pd.Series:
    """Carry district codes of the end of a base year to a later year; merges only."""
    for olds, new, day, kind in sorted(CHANGES, key=lambda change: change[2]):
        if kind != "rename" and f"{base}-12-31" < day <= f"{year}-12-31":
            codes = codes.replace(dict.fromkeys(olds.split(), new))
    return codes


def revised_people(folder: Path) -> pd.Series:
    """Return the revised population of mid-2021 by district of 2023."""
    table = read_text(folder / "metrics/tidy/population_total.csv").query("period == '2021'")
    return table.set_index("area_code")["value"].astype(float)


def first_people(folder: Path) -> pd.Series:
    """Return the first release of the population of mid-2021 by district of 2021."""
    table = read_text(folder / "metrics/tidy/population_by_age_2021.csv")
    table = table.query("metric == 'population_total' and level == 'lad'")
    return table.set_index("area_code")["value"].astype(float)


@cache
def small_areas(folder: Path) -> gpd.GeoDataFrame:
    """Return LSOAs and data zones of 2011: district (lad), people, area, ITL 3 of two vintages."""
    people = read_text(folder / "metrics/tidy/population_small_areas.csv")
    people = people.query("metric == 'population_total'").set_index("area_code")["value"]
    lsoa = gpd.read_parquet(folder / "boundaries/lsoa_2011_ew_bsc.parquet").set_index("LSOA11CD")
    chain = read_text(folder / "boundaries/lookups/lad16_to_lad24_chain_uk.csv")
    by_name = chain.drop_duplicates("LAD16CD").set_index("LAD16NM")["LAD16CD"]
    # An LSOA of 2011 carries the name of its district then: "Bournemouth 001A".
    district = lsoa["LSOA11NM"].str.rsplit(" ", n=1).str[0]
    renamed = {
        "Bristol": "Bristol, City of",
        "Herefordshire": "Herefordshire, County of",
        "Kingston upon Hull": "Kingston upon Hull, City of",
        "Shepway": "Folkestone and Hythe",
        "The Vale of Glamorgan": "Vale of Glamorgan",
    }
    lsoa["lad"] = district.map(by_name).fillna(district.replace(renamed).map(by_name))
    zones = gpd.read_parquet(folder / "boundaries/dz_2011_sc_simplified.parquet")
    zones = zones.set_index("DZ11CD").sort_index()
    lads = read_text(folder / "boundaries/lookups/dz11_iz11_lad20_sc.csv").set_index("DZ11CD")
    back = {new: old for old, new, day, _ in CHANGES if old[0] == "S" and day > "2018-12-31"}
    zones["lad"] = lads["LAD20CD"].reindex(zones.index).replace(back)
    for year in ITL3_LAYERS:
        zones[f"itl3_{year}"] = _placed(zones, folder, year)
    table = pd.concat([lsoa, zones])
    if table["lad"].isna().any():
        raise ValueError(f"no district for {district[table['lad'].isna()].unique()}")
    table["people"] = people.reindex(table.index).astype(float)
    return table[["lad", "people", "itl3_2021", "itl3_2025", "geometry"]]


def _placed(zones: gpd.GeoDataFrame, folder: Path, year: int) -> list[str]:
    """Return the ITL 3 area of every data zone, among those of its own district."""
    layer = read_layer(folder, ITL3_LAYERS[year])
    own = _itl3_of(folder, year).groupby("lad")["itl3"].agg(list)
    now = code_in(zones["lad"], year)
    points = zones.geometry.representative_point()
    placed = []
    # Where the generalised coast leaves a point outside, the nearest of those is taken.
    for point, district in zip(points, now, strict=True):
        areas = layer.loc[sorted(own[district])]
        placed.append(areas.index[int(np.argmin(shapely.distance(areas.geometry.values, point)))])
    return placed


def _itl3_of(folder: Path, year: int) -> pd.DataFrame:
    """Return the published pairs of district and ITL 3 area of a year, each once."""
    name, lad, itl3 = ITL3[year]
    table = read_text(folder / "boundaries/lookups" / name)[[lad, itl3]].drop_duplicates()
    return table.set_axis(["lad", "itl3"], axis=1)


def _only_itl3(folder: Path, year: int) -> pd.Series:
    """Return the ITL 3 area of every district that lies in one."""
    return _itl3_of(folder, year).drop_duplicates("lad", keep=False).set_index("lad")["itl3"]


def _great_britain(folder: Path) -> pd.DataFrame:
    """Return districts of 2018 with their ITL 3 areas, split by data zones where they straddle."""
    chain = read_text(folder / "boundaries/lookups/lad16_to_lad24_chain_uk.csv")
    codes = pd.Series(sorted(set(chain["LAD18CD"]) - {""}))
    table = pd.DataFrame({"lad_2018": codes[~codes.str.startswith("N")]})
    for year in ITL3:
        table[f"itl3_{year}"] = code_in(table["lad_2018"], year).map(_only_itl3(folder, year))
    table["basis"], table["part"] = WHOLE, 1.0
    zones = small_areas(folder)
    split = table["itl3_2021"].isna() | table["itl3_2025"].isna()
    keys = ["lad", "itl3_2021", "itl3_2025"]
    parts = zones[zones["lad"].isin(table["lad_2018"][split])].groupby(keys)["people"].sum()
    parts = parts.rename("part").reset_index().rename(columns={"lad": "lad_2018"})
    table = pd.concat([table[~split], parts.assign(basis=ZONES)])
    return table.assign(lad_2014=_before(table["lad_2018"]))


def _before(codes: pd.Series) -> pd.Series:
    """Return the codes at the end of 2014, of Great Britain."""
    back = {
        new: old
        for old, new, day, kind in CHANGES
        if kind == "recode" and "2014-12-31" < day <= "2018-12-31"
    }
    return codes.replace(back)


def _northern_ireland(folder: Path) -> pd.DataFrame:
    counts = ni_areas(folder).value_counts().rename("part").reset_index()
    table = counts.rename(columns={"old": "lad_2014", "new": "lad_2018"})
    for year in ITL3:
        table[f"itl3_{year}"] = table["lad_2018"].map(_only_itl3(folder, year))
    return table.assign(basis=SOAS)


def _with_people(table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Share the people of each district of 2023 among its pieces, in whole numbers."""
    zones, first = small_areas(folder), first_people(folder)
    small = zones.groupby("lad")["people"].sum()
    former, later = code_in(table["lad_2018"], 2021), code_in(table["lad_2018"], 2023)
    merged_early = table["lad_2018"] != former
    sized = former.map(first)
    districts = table["lad_2018"].map(small).where(former.duplicated(keep=False), 1.0)
    weight = sized * districts / districts.groupby(former).transform("sum")
    alone = table["lad_2018"].duplicated(keep=False)
    weight = weight.where(~alone, table["part"])
    table.loc[former.duplicated(keep=False) & ~alone & merged_early, "basis"] = LSOAS
    table.loc[(former != later) & ~merged_early, "basis"] = FIRST
    total = later.map(revised_people(folder))
    exact = total * weight / weight.groupby(later).transform("sum")
    people = exact.round()
    off = total - people.groupby(later).transform("sum")
    table["people"] = (people + off.where(~later.duplicated(keep="last"), 0)).astype(int)
    return table


def _settled(folder: Path) -> pd.DataFrame:
    """Return by piece the shares of people in small areas above two densities."""
    zones = small_areas(folder)
    zones = zones.assign(density=zones["people"] / (zones.geometry.area / 1e6))
    keys = [zones["lad"], zones["itl3_2021"].fillna(""), zones["itl3_2025"].fillna("")]
    total = zones["people"].groupby(keys).sum()
    return pd.DataFrame(
        {
            name: zones["people"].where(zones["density"] >= limit, 0).groupby(keys).sum() / total
            for name, limit in (("dense", DENSE), ("built", BUILT))
        }
    )


def lookup(folder: Path) -> pd.DataFrame:
    """Return one row per piece, with its people and how they settle."""
    table = pd.concat([_great_britain(folder), _northern_ireland(folder)], ignore_index=True)
    table = _with_people(table, folder)
    settled = _settled(folder)
    whole = settled.reindex(pd.MultiIndex.from_product([table["lad_2018"].unique(), [""], [""]]))
    whole.index = whole.index.get_level_values(0)
    split = settled.reindex(pd.MultiIndex.from_frame(table[["lad_2018", "itl3_2021", "itl3_2025"]]))
    for name in ("dense", "built"):
        share = split[name].reset_index(drop=True).fillna(table["lad_2018"].map(whole[name]))
        table[name] = share.map(lambda value: "" if np.isnan(value) else f"{value:.4f}")
    table["county"] = table["lad_2018"].map(counties(folder)).fillna("")
    names = ["lad_2014", "lad_2018", "county", "itl3_2021", "itl3_2025", "people", "basis"]
    table = table[[*names, "dense", "built"]]
    return table.sort_values(["lad_2018", "lad_2014", "itl3_2021"], ignore_index=True)


if __name__ == "__main__":
    import sys

    made = lookup(Path(sys.argv[1]))
    print(made.to_string())
    print(len(made), made["people"].sum(), NI_START, day_before(NI_START))
