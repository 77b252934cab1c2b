"""Districts and their parents, with the share of people where a district straddles two."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from facts_register import (
    COUNTRIES,
    REGION_OF_ITL1,
    lad_populations,
    read_layer,
    read_text,
    recodes,
)

# LAD vintage: ITL vintage, lookup file, prefix of the district columns
TABLES = {
    2021: (2021, "lad21_lau121_itl321_itl221_itl121_uk_reconstructed.csv", "LAD21"),
    2023: (2021, "lad23_lau121_itl321_itl221_itl121_uk_reconstructed.csv", "LAD23"),
    2025: (2025, "lad25_lau125_itl325_itl225_itl125_uk_derived.csv", "LAD25"),
}
DISTRICTS = "ONS mid-2021 populations (first release) of the districts it replaced"
ZONES = "NRS mid-2021 populations of 2011 data zones, placed by representative point"


def _pairs(folder: Path, vintage: int) -> pd.DataFrame:
    itl_vintage, name, lad = TABLES[vintage]
    table = read_text(folder / "boundaries" / "lookups" / name)
    itl = str(itl_vintage)[2:]
    columns = {
        f"{lad}CD": "lad",
        f"ITL3{itl}CD": "itl3",
        f"ITL2{itl}CD": "itl2",
        f"ITL1{itl}CD": "itl1",
    }
    pairs = table.rename(columns=columns)[list(columns.values())].drop_duplicates()
    pairs.insert(0, "vintage", vintage)
    pairs.insert(2, "itl_vintage", itl_vintage)
    return pairs


def _district_people(folder: Path) -> pd.Series:
    """Return people of 2021 by (LAD 2023, ITL3 2021), from the districts that were merged."""
    whole = _pairs(folder, 2021).drop_duplicates("lad", keep=False).set_index("lad")["itl3"]
    merged = recodes().query("date == '2023-04-01'").set_index("old")["new"]
    people = lad_populations(folder)["population"].reindex(merged.index)
    keys = [merged.to_numpy(), whole.reindex(merged.index).to_numpy()]
    return people.groupby(keys).sum()


@cache
def _zone_people(folder: Path, itl_vintage: int) -> pd.Series:
    """Return people of 2021 by (LAD, ITL3) in Scotland, from data zones inside the ITL3 layer."""
    zones = gpd.read_parquet(folder / "boundaries" / "dz_2011_sc_simplified.parquet")
    zones = zones.set_index("DZ11CD").sort_index()
    stem = {2021: "itl3_2021_uk_buc_snapped", 2025: "itl3_2025_uk_buc"}[itl_vintage]
    itl3 = read_layer(folder, stem)
    itl3 = itl3[itl3.index.str.startswith("TLM")]
    lads = read_text(folder / "boundaries" / "lookups" / "dz11_iz11_lad20_sc.csv")
    lad = lads.set_index("DZ11CD")["LAD20CD"].reindex(zones.index)
    allowed = _pairs(folder, 2021 if itl_vintage == 2021 else 2025).groupby("lad")["itl3"].agg(set)
    points = zones.geometry.representative_point()
    # A zone can only lie in an ITL3 area of its own district; where the generalised coast leaves
    # its point outside, the nearest of those is taken.
    placed = []
    for point, district in zip(points, lad, strict=True):
        own = itl3.loc[sorted(allowed[district])]
        placed.append(own.index[int(np.argmin(shapely.distance(own.geometry.values, point)))])
    people = read_text(folder / "metrics" / "tidy" / "population_small_areas.csv")
    people = people.query("level == 'data_zone' and period == '2021'").set_index("area_code")[
        "value"
    ]
    counts = people.astype(float).reindex(zones.index)
    return counts.groupby([lad.to_numpy(), np.array(placed)]).sum()


def _with_shares(pairs: pd.DataFrame, folder: Path) -> pd.DataFrame:
    pairs = pairs.sort_values(["lad", "itl3"], ignore_index=True)
    pairs["share"], pairs["basis"] = 1.0, "whole"
    itl_vintage = int(pairs["itl_vintage"].iloc[0])
    districts, zones = _district_people(folder), _zone_people(folder, itl_vintage)
    for lad, rows in pairs[pairs.duplicated("lad", keep=False)].groupby("lad"):
        source, basis = (zones, ZONES) if lad.startswith("S") else (districts, DISTRICTS)
        people = source[lad].reindex(rows["itl3"]).astype(float)
        shares = (people / people.sum()).round(6).to_numpy(copy=True)
        shares[-1] = round(1 - shares[:-1].sum(), 6)
        pairs.loc[rows.index, "share"], pairs.loc[rows.index, "basis"] = shares, basis
    return pairs


def lookup(folder: Path) -> pd.DataFrame:
    """Return one row per vintage, district and ITL 3 area, with the share of its people there."""
    table = pd.concat([_with_shares(_pairs(folder, vintage), folder) for vintage in TABLES])
    table["region"] = table["itl1"].map(REGION_OF_ITL1)
    table["country"] = table["lad"].str[0].map({key: code for key, (code, _) in COUNTRIES.items()})
    names = [
        "vintage",
        "lad",
        "itl_vintage",
        "itl3",
        "itl2",
        "itl1",
        "region",
        "country",
        "share",
        "basis",
    ]
    return table[names].sort_values(["vintage", "lad", "itl3"], ignore_index=True)


def parent_populations(table: pd.DataFrame, folder: Path) -> dict[str, pd.Series]:
    """Return mid-2021 population by code of every parent level, ITL of 2021 and 2025."""
    people = lad_populations(folder)["population"].astype(float)
    sums: dict[str, pd.Series] = {}
    for vintage in (2025, 2023):  # codes in both ITL vintages keep the figure of ITL 2021
        rows = table[table["vintage"] == vintage]
        parts = _whole_people(rows, people)
        for level in ("itl3", "itl2", "itl1", "region", "country"):
            counts = parts.groupby(rows[level]).sum()
            sums[level] = counts.combine_first(sums[level]) if level in sums else counts
    sums["region"] = sums.pop("country").combine_first(sums["region"])
    return {level: counts.round().astype("Int64") for level, counts in sums.items()}


def _whole_people(rows: pd.DataFrame, people: pd.Series) -> pd.Series:
    """Return whole people per row whose sum over a district is its population."""
    exact = rows["share"] * rows["lad"].map(people)
    counts = exact.round()
    off = rows["lad"].map(people) - counts.groupby(rows["lad"]).transform("sum")
    last = ~rows["lad"].duplicated(keep="last")
    return counts + off.where(last, 0)
