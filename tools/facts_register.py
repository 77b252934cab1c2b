"""Levels, the register of areas, and the changes of code between vintages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

# The sources know the codes from 2011 on, so an area that is older than that has this first date.
START = "2011-01-01"
NI_START = "2015-04-01"  # the eleven districts of Northern Ireland replaced twenty-six
ITL_2021, ITL_2025 = "2021-01-01", "2025-01-01"

LAD_COUNTS = {2019: 382, 2020: 379, 2021: 374, 2022: 374, 2023: 361, 2024: 361, 2025: 361}
# key: title, plural, pattern, parent, counts by vintage
LEVELS: dict[str, tuple[str, str, str, str, dict[int, int]]] = {
    "city_region": ("City region", "city regions", r"(?:W42|N34)\d{6}", "country", {}),
    "combined_authority": (
        "Combined authority",
        "combined authorities",
        r"(?:E47|E61)\d{6}",
        "country",
        {},
    ),
    "country": ("Country", "countries", r"(?:E92|W92|S92|N92)\d{6}|TLB", "uk", {}),
    "county": ("County", "counties", r"E10\d{6}", "region", {}),
    "data_zone": ("Data zone", "data zones", r"(?:S01|N20)\d{6}", "lad", {}),
    "england_wales": ("England and Wales", "England and Wales", r"K04\d{6}", "gb", {}),
    "gb": ("Great Britain", "Great Britain", r"K03\d{6}", "uk", {}),
    "intermediate_zone": ("Intermediate zone", "intermediate zones", r"S02\d{6}", "lad", {}),
    "itl1": ("ITL 1 region", "ITL 1 regions", r"TL[C-N]", "country", {2021: 12, 2025: 12}),
    "itl2": ("ITL 2 area", "ITL 2 areas", r"TL[C-N]\d", "itl1", {2021: 41, 2025: 46}),
    "itl3": ("ITL 3 area", "ITL 3 areas", r"TL[C-N]\d[0-9A-Z]", "itl2", {2021: 179, 2025: 182}),
    "lad": (
        "Local authority",
        "local authorities",
        r"(?:E0[6-9]|W06|S12|N09)\d{6}",
        "itl3",
        LAD_COUNTS,
    ),
    "lad_pair": (
        "Pair of local authorities",
        "pairs of local authorities",
        r"E67\d{6}",
        "region",
        {},
    ),
    "london_part": ("Part of London", "parts of London", r"E13\d{6}", "region", {}),
    "lsoa": (
        "Lower layer super output area",
        "lower layer super output areas",
        r"(?:E|W)01\d{6}",
        "msoa",
        {},
    ),
    "met_county": ("Metropolitan county", "metropolitan counties", r"E11\d{6}", "region", {}),
    "msoa": (
        "Middle layer super output area",
        "middle layer super output areas",
        r"(?:E|W)02\d{6}",
        "lad",
        {},
    ),
    "other": ("Other", "others", r"K99\d{6}", "", {}),
    "police_force": ("Police force area", "police force areas", r"(?:E23|W15)\d{6}", "country", {}),
    "region": ("Region", "regions", r"E12\d{6}", "country", {}),
    "soa": ("Super output area", "super output areas", r"95[A-Z]{2}\d{2}[A-Z]\d", "lad", {}),
    "super_data_zone": ("Super data zone", "super data zones", r"N21\d{6}", "lad", {}),
    "uk": ("United Kingdom", "United Kingdom", r"K02\d{6}|UKX?", "", {}),
    # Counties where there are two tiers, and authorities where there is one: shares its codes with
    # lad and county, which is why level_of never answers utla.
    "utla": (
        "Upper tier local authority",
        "upper tier local authorities",
        r"(?:E06|E08|E09|E10|W06|S12|N09)\d{6}",
        "region",
        {},
    ),
}

REGION_OF_ITL1 = {
    "TLC": "E12000001",
    "TLD": "E12000002",
    "TLE": "E12000003",
    "TLF": "E12000004",
    "TLG": "E12000005",
    "TLH": "E12000006",
    "TLI": "E12000007",
    "TLJ": "E12000008",
    "TLK": "E12000009",
    "TLL": "W92000004",
    "TLM": "S92000003",
    "TLN": "N92000002",
}
COUNTRIES = {
    "E": ("E92000001", "England"),
    "W": ("W92000004", "Wales"),
    "S": ("S92000003", "Scotland"),
    "N": ("N92000002", "Northern Ireland"),
}

# old codes -> new code, day of the change, kind. Boundary changes that moved a few households
# between two neighbours (Fife, Glasgow, Northumberland, Hertfordshire) are recodes.
CHANGES = (
    ("E07000100", "E07000240", "2012-04-01", "recode"),
    ("E07000104", "E07000241", "2012-04-01", "recode"),
    ("E06000048", "E06000057", "2013-04-01", "recode"),
    ("E07000097", "E07000242", "2013-04-01", "recode"),
    ("E07000101", "E07000243", "2013-04-01", "recode"),
    ("E08000020", "E08000037", "2013-04-01", "recode"),
    ("S12000015", "S12000047", "2018-02-02", "recode"),
    ("S12000024", "S12000048", "2018-02-02", "recode"),
    ("E07000112", "E07000112", "2018-04-01", "rename"),
    ("E06000028 E06000029 E07000048", "E06000058", "2019-04-01", "merge"),
    ("E07000049 E07000050 E07000051 E07000052 E07000053", "E06000059", "2019-04-01", "merge"),
    ("E07000205 E07000206", "E07000244", "2019-04-01", "merge"),
    ("E07000201 E07000204", "E07000245", "2019-04-01", "merge"),
    ("E07000190 E07000191", "E07000246", "2019-04-01", "merge"),
    ("S12000046", "S12000049", "2019-04-01", "recode"),
    ("S12000044", "S12000050", "2019-04-01", "recode"),
    ("E07000004 E07000005 E07000006 E07000007", "E06000060", "2020-04-01", "merge"),
    ("E07000150 E07000152 E07000153 E07000156", "E06000061", "2021-04-01", "merge"),
    ("E07000151 E07000154 E07000155", "E06000062", "2021-04-01", "merge"),
    ("E07000026 E07000028 E07000029", "E06000063", "2023-04-01", "merge"),
    ("E07000027 E07000030 E07000031", "E06000064", "2023-04-01", "merge"),
    (
        "E07000163 E07000164 E07000165 E07000166 E07000167 E07000168 E07000169",
        "E06000065",
        "2023-04-01",
        "merge",
    ),
    ("E07000187 E07000188 E07000189 E07000246", "E06000066", "2023-04-01", "merge"),
    ("E08000016", "E08000038", "2025-04-01", "recode"),
    ("E08000019", "E08000039", "2025-04-01", "recode"),
)
FIRST_RELEASE = "ONS mid-2021, first release"
REVISED = "ONS mid-2021, revised"


def levels() -> pd.DataFrame:
    """Return one row per level and vintage; vintage and count may be blank."""
    rows = [
        (key, title, plural, pattern, parent, vintage, count)
        for key, (title, plural, pattern, parent, counts) in LEVELS.items()
        for vintage, count in (counts.items() or [(None, None)])
    ]
    names = ["key", "title", "plural", "pattern", "parent", "vintage", "count"]
    table = pd.DataFrame(rows, columns=names).astype({"vintage": "Int64", "count": "Int64"})
    return table.sort_values(["key", "vintage"], ignore_index=True)


def recodes() -> pd.DataFrame:
    """Return one row per old and new code; each old area goes whole into its successor."""
    rows = [(old, new, date, kind, 1) for olds, new, date, kind in CHANGES for old in olds.split()]
    table = pd.DataFrame(rows, columns=["old", "new", "date", "kind", "share"])
    return table.sort_values(["date", "old"], ignore_index=True)


def read_layer(folder: Path, stem: str) -> gpd.GeoDataFrame:
    """Return a layer indexed by code with name, geometry and the stem as source, sorted."""
    layer = gpd.read_file(folder / "boundaries" / f"{stem}.gpkg")
    code, name = layer.columns[:2]
    layer = layer.rename(columns={code: "code", name: "name"})[["code", "name", "geometry"]]
    return layer.assign(source=stem).set_index("code").sort_index()


def read_text(path: Path) -> pd.DataFrame:
    """Return a CSV with every cell as text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def lad_populations(folder: Path) -> pd.DataFrame:
    """Return mid-2021 population by LAD code: revised, else first release for codes ended since."""
    tidy = folder / "metrics" / "tidy"
    revised = read_text(tidy / "population_total.csv").query("period == '2021'")
    first = read_text(tidy / "population_by_age_2021.csv").query(
        "metric == 'population_total' and level == 'lad' and area_code not in @revised.area_code"
    )
    parts = [
        revised.assign(population_source=REVISED),
        first.assign(population_source=FIRST_RELEASE),
    ]
    table = pd.concat(parts).set_index("area_code")
    table["population"] = table["value"].astype(float).round().astype("Int64")
    same = recodes().query("date == '2025-04-01'").set_index("old")["new"]
    later = table.loc[same.index].rename(index=same)
    later["population_source"] = [f"{REVISED} (as {old})" for old in same.index]
    return pd.concat([table, later])[["population", "population_source"]]


def _lad_dates(codes: pd.Index[str]) -> pd.DataFrame:
    dates = pd.DataFrame({"first": START, "last": ""}, index=codes)
    dates.loc[codes.str.startswith("N09"), "first"] = NI_START
    for olds, new, day, kind in CHANGES:
        if kind == "rename":
            continue
        dates.loc[new, "first"] = day
        before = (pd.Timestamp(day) - pd.Timedelta(days=1)).date().isoformat()
        dates.loc[olds.split(), "last"] = before
    return dates


def _measured(layers: gpd.GeoDataFrame) -> pd.DataFrame:
    centre = layers.geometry.centroid
    return pd.DataFrame(
        {
            "name": layers["name"].str.strip(),
            "easting": centre.x.round().astype("Int64"),
            "northing": centre.y.round().astype("Int64"),
            "area_km2": (layers.geometry.area / 1e6).map("{:.3f}".format),
            "source": layers["source"],
        }
    )


def lad_areas(folder: Path) -> pd.DataFrame:
    """Return every district since 2011, measured in the first layer that has its code."""
    register = read_text(folder / "boundaries" / "lookups" / "lad_all_codes_drkane.csv")
    names = register.set_index("LADCD")["LADNM"].str.strip()
    chain = read_text(folder / "boundaries" / "lookups" / "lad16_to_lad24_chain_uk.csv")
    for year in range(16, 25):
        pair = chain.drop_duplicates(f"LAD{year}CD").set_index(f"LAD{year}CD")[f"LAD{year}NM"]
        names = pd.concat([names[~names.index.isin(pair.index)], pair])
    stems = [f"lad_{year}_uk_buc" for year in (2023, 2021, 2025, 2020, 2019)]
    layers = pd.concat([read_layer(folder, stem) for stem in stems])
    measured = _measured(layers[~layers.index.duplicated()])
    codes = names.index.union(measured.index)
    table = _lad_dates(codes).join(measured).join(lad_populations(folder))
    table["name"] = table["name"].fillna(names)
    table["source"] = table["source"].fillna("lad_all_codes_drkane")
    return table.assign(level="lad")


def _itl(folder: Path, level: str, populations: pd.Series) -> pd.DataFrame:
    stems = {"itl3": "itl3_{}_uk_buc{}"}.get(level, level + "_{}_uk_buc_dissolved")
    old = read_layer(folder, stems.format(2021, "_snapped"))
    # The twelve codes of ITL 1 are the same in both vintages.
    new = old if level == "itl1" else read_layer(folder, stems.format(2025, ""))
    table = _measured(pd.concat([old, new[~new.index.isin(old.index)]]))
    table["first"] = [ITL_2021 if code in old.index else ITL_2025 for code in table.index]
    table["last"] = ["" if code in new.index else "2024-12-31" for code in table.index]
    table["population"] = populations.reindex(table.index).astype("Int64")
    return table.assign(level=level)


def _regions(folder: Path, populations: pd.Series) -> pd.DataFrame:
    itl1 = read_layer(folder, "itl1_2021_uk_buc_dissolved")
    itl1 = itl1.set_axis(itl1.index.map(REGION_OF_ITL1))
    english = read_text(folder / "boundaries" / "lookups" / "lad23_rgn23_en.csv")
    names = english.drop_duplicates("RGN23CD").set_index("RGN23CD")["RGN23NM"]
    itl1["name"] = names.reindex(itl1.index).fillna(pd.Series(dict(COUNTRIES.values())))
    inside = itl1.index.str.startswith("E12")
    england = itl1[inside].dissolve().set_axis(["E92000001"]).assign(name="England")
    table = _measured(pd.concat([itl1, england]))
    regions = table.index.str.startswith("E12")
    table["level"] = ["region" if region else "country" for region in regions]
    table["population"] = populations.reindex(table.index).astype("Int64")
    return table.assign(first=START, last="")


def areas(folder: Path, populations: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return the register: districts, ITL areas of 2021 and 2025, regions and countries.

    Parameters
    ----------
    folder : Path
        Data folder.
    populations : mapping of str to Series
        Mid-2021 population by code, for "itl3", "itl2", "itl1" and "region" (with the countries).
    """
    parts = [lad_areas(folder)]
    parts += [_itl(folder, level, populations[level]) for level in ("itl1", "itl2", "itl3")]
    parts.append(_regions(folder, populations["region"]))
    table = pd.concat(parts).rename_axis("code").reset_index()
    summed = table["population"].notna() & table["population_source"].isna()
    table.loc[summed, "population_source"] = f"{REVISED}, summed by lookup.csv"
    table["population_year"] = "2021"
    table.loc[table["population"].isna(), "population_year"] = ""
    names = [
        "code",
        "name",
        "level",
        "first",
        "last",
        "easting",
        "northing",
        "area_km2",
        "population",
        "population_year",
        "population_source",
        "source",
    ]
    return table[names].sort_values("code", ignore_index=True)
