"""The register: every area in force since 2011, measured, with its people and dates."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from facts_changes import (
    CHANGES,
    COMBINED_AUTHORITIES,
    ENDED_COUNTIES,
    ITL_2021,
    ITL_2025,
    NI_BEFORE,
    NI_START,
    START,
    day_before,
    ni_codes,
    read_text,
)
from facts_lookup import WHOLE, code_in, read_layer, small_areas

from spatial_gaps.geography.pieces import REGIONS

COUNTRIES = {
    "E": ("E92000001", "England"),
    "W": ("W92000004", "Wales"),
    "S": ("S92000003", "Scotland"),
    "N": ("N92000002", "Northern Ireland"),
}
COLUMNS = [
    "code",
    "name",
    "level",
    "first",
    "last",
    "easting",
    "northing",
    "area_km2",
    "population",
    "population_source",
    "source",
]
SUMMED = "lookup.csv, summed"


def _lad_dates(codes: pd.Index[str]) -> pd.DataFrame:
    dates = pd.DataFrame({"first": START, "last": ""}, index=codes)
    dates.loc[codes.str.startswith("N09"), "first"] = NI_START
    dates.loc[codes.str.startswith("95"), "last"] = day_before(NI_START)
    for olds, new, day, kind in CHANGES:
        if kind != "rename":
            dates.loc[new, "first"] = day
            dates.loc[olds.split(), "last"] = day_before(day)
    return dates


def _measured(layers: gpd.GeoDataFrame) -> pd.DataFrame:
    centre = layers.geometry.centroid
    return pd.DataFrame(
        {
            "name": layers["name"].str.strip(),
            "easting": centre.x,
            "northing": centre.y,
            "area_km2": layers.geometry.area / 1e6,
            "source": layers["source"],
        }
    )


def _dissolved(zones: gpd.GeoDataFrame, by: pd.Series, source: str) -> pd.DataFrame:
    """Measure unions of small areas through their own centroids and areas."""
    areas = zones.geometry.area / 1e6
    centre = zones.geometry.centroid
    sums = pd.DataFrame({"area_km2": areas, "x": centre.x * areas, "y": centre.y * areas})
    sums = sums.groupby(by.to_numpy()).sum()
    sums["easting"], sums["northing"] = (sums[name] / sums["area_km2"] for name in "xy")
    return sums[["easting", "northing", "area_km2"]].assign(source=source)


def _lads(folder: Path) -> pd.DataFrame:
    """Measure every district in the first layer that has its code, else in small areas."""
    register = read_text(folder / "boundaries" / "lookups" / "lad_all_codes_drkane.csv")
    names = register.set_index("LADCD")["LADNM"].str.strip()
    chain = read_text(folder / "boundaries" / "lookups" / "lad16_to_lad24_chain_uk.csv")
    for year in range(16, 25):
        pair = chain.drop_duplicates(f"LAD{year}CD").set_index(f"LAD{year}CD")[f"LAD{year}NM"]
        names = pd.concat([names[~names.index.isin(pair.index)], pair])
    names = pd.concat([names, pd.Series(NI_BEFORE, index=ni_codes())])
    stems = [f"lad_{year}_uk_buc" for year in (2023, 2021, 2025, 2020, 2019)]
    layers = pd.concat([read_layer(folder, stem) for stem in stems])
    table = _measured(layers[~layers.index.duplicated()])
    small = small_areas(folder)
    lsoas = small[small.index.str[1:3] == "01"]
    soas = gpd.read_parquet(folder / "boundaries" / "soa_2011_ni_simplified.parquet")
    parts = [
        _dissolved(lsoas, lsoas["lad"], "lsoa_2011_ew_bsc"),
        _dissolved(soas, soas["SOA11CD"].str[:4], "soa_2011_ni_simplified"),
    ]
    for part in parts:
        table = pd.concat([table, part[~part.index.isin(table.index)]])
    # A code given up for a boundary change of a few households keeps its successor's measures.
    for olds, new, _, kind in CHANGES:
        if kind == "recode" and olds not in table.index:
            table.loc[olds] = table.loc[new]
    table["name"] = names.reindex(table.index).where(table["name"].isna(), table["name"])
    return _lad_dates(table.index).join(table).assign(level="lad")


def _lad_people(pieces: pd.DataFrame) -> pd.DataFrame:
    """Return people by district code of any year, and where the figure comes from."""
    whole = pieces.assign(basis=WHOLE)
    # The figures were published for the districts of 2023; they come first.
    parts = [whole.assign(code=code_in(pieces["lad_2018"], year)) for year in (2023, 2025)]
    for year in (2021, 2020, 2019, 2018):
        parts.append(pieces.assign(code=code_in(pieces["lad_2018"], year)))
    parts.append(pieces.assign(code=pieces["lad_2014"]))
    for olds, new, _, kind in CHANGES:
        if kind == "recode" and olds.startswith("E"):
            parts.append(pieces[pieces["lad_2018"] == new].assign(code=olds))
    found = []
    for part in parts:
        grouped = part.groupby("code")
        found.append(
            grouped.agg(population=("people", "sum"), population_source=("basis", "first"))
        )
    table = pd.concat(found)
    return table[~table.index.duplicated()]


def _itl(folder: Path, level: str, pieces: pd.DataFrame) -> pd.DataFrame:
    stems = {"itl3": "itl3_{}_uk_buc{}"}.get(level, level + "_{}_uk_buc_dissolved")
    old = read_layer(folder, stems.format(2021, "_snapped"))
    # The twelve codes of ITL 1 are the same in both vintages.
    new = old if level == "itl1" else read_layer(folder, stems.format(2025, ""))
    table = _measured(pd.concat([old, new[~new.index.isin(old.index)]]))
    table["first"] = [ITL_2021 if code in old.index else ITL_2025 for code in table.index]
    table["last"] = ["" if code in new.index else "2024-12-31" for code in table.index]
    size = {"itl3": 5, "itl2": 4, "itl1": 3}[level]
    sums = [
        pieces.groupby(pieces[f"itl3_{year}"].str[:size])["people"].sum() for year in (2021, 2025)
    ]
    table["population"] = sums[0].combine_first(sums[1]).reindex(table.index)
    return table.assign(level=level, population_source=SUMMED)


def _regions(folder: Path, pieces: pd.DataFrame) -> pd.DataFrame:
    itl1 = read_layer(folder, "itl1_2021_uk_buc_dissolved")
    itl1 = itl1.set_axis(itl1.index.map(REGIONS))
    english = read_text(folder / "boundaries" / "lookups" / "lad23_rgn23_en.csv")
    names = english.drop_duplicates("RGN23CD").set_index("RGN23CD")["RGN23NM"]
    itl1["name"] = names.reindex(itl1.index).fillna(pd.Series(dict(COUNTRIES.values())))
    inside = itl1.index.str.startswith("E12")
    england = itl1[inside].dissolve().set_axis(["E92000001"]).assign(name="England")
    table = _measured(pd.concat([itl1, england]))
    sums = pieces.groupby(pieces["itl3_2021"].str[:3].map(REGIONS))["people"].sum()
    sums["E92000001"] = sums[sums.index.str.startswith("E")].sum()
    table["population"] = sums.reindex(table.index)
    table["level"] = ["region" if code.startswith("E12") else "country" for code in table.index]
    return table.assign(first=START, last="", population_source=SUMMED)


def _union(lads: pd.DataFrame, codes: list[str]) -> dict[str, float]:
    """Measure a union of districts through their own centroids and areas."""
    rows = lads.loc[codes]
    area = rows["area_km2"].astype(float)
    return {
        "easting": float(np.average(rows["easting"].astype(float), weights=area)),
        "northing": float(np.average(rows["northing"].astype(float), weights=area)),
        "area_km2": float(area.sum()),
        "population": float(rows["population"].sum()),
    }


def _bodies(folder: Path, lads: pd.DataFrame, pieces: pd.DataFrame) -> pd.DataFrame:
    """Return counties, combined authorities and the two parts of London."""
    register = read_text(folder / "boundaries" / "lookups" / "lad_all_codes_drkane.csv")
    names = register.drop_duplicates("UTLACD").set_index("UTLACD")["UTLANM"].str.strip()
    rows: dict[str, dict[str, object]] = {}

    def districts(county: str) -> list[str]:
        return sorted(set(pieces.loc[pieces["county"] == county, "lad_2018"]))

    for code in sorted(set(pieces["county"]) - {""}):
        name, _, last = ENDED_COUNTIES.get(code, (names.get(code), "", ""))
        row = {"name": name, "level": "county", "first": START, "last": last}
        rows[code] = row | _union(lads, districts(code))
    for code, (name, listed, first, last) in COMBINED_AUTHORITIES.items():
        own = [
            district
            for member in listed.split()
            for district in (districts(member) if member.startswith("E10") else [member])
            if not lads.at[district, "last"] or lads.at[district, "last"] > first
        ]
        doubled = {old for olds, new, _, _ in CHANGES for old in olds.split() if new in own}
        row = {"name": name, "level": "combined_authority", "first": first, "last": last}
        rows[code] = row | _union(lads, [code for code in own if code not in doubled])
    for code, name, parts in (
        ("E13000001", "Inner London", ("TLI3", "TLI4")),
        ("E13000002", "Outer London", ("TLI5", "TLI6", "TLI7")),
    ):
        own = list(pieces.loc[pieces["itl3_2021"].str[:4].isin(parts), "lad_2018"])
        row = {"name": name, "level": "london_part", "first": START, "last": ""}
        rows[code] = row | _union(lads, own)
    return pd.DataFrame.from_dict(rows, orient="index").assign(
        population_source=SUMMED, source="districts, summed"
    )


def areas(folder: Path, pieces: pd.DataFrame) -> pd.DataFrame:
    """Return the register: districts, counties, combined authorities, ITL areas, regions, countries.

    Parameters
    ----------
    folder : Path
        Data folder.
    pieces : DataFrame
        As `facts_lookup.lookup` returns them.
    """
    lads = _lads(folder).join(_lad_people(pieces))
    parts = [lads, _bodies(folder, lads, pieces), _regions(folder, pieces)]
    parts += [_itl(folder, level, pieces) for level in ("itl1", "itl2", "itl3")]
    table = pd.concat(parts).rename_axis("code").reset_index()
    for name in ("easting", "northing", "population"):
        table[name] = table[name].astype(float).round().astype("Int64")
    table["area_km2"] = table["area_km2"].astype(float).map("{:.3f}".format)
    return table[COLUMNS].sort_values("code", ignore_index=True)
