"""Kinds of area, what their codes look like, and how many there were in each year."""

from __future__ import annotations

import pandas as pd

DOUBLE = "|".join(letter * 2 for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
YEARS = range(2011, 2026)


def _by_year(*runs: tuple[int, int]) -> dict[int, int]:
    """Return counts by year from the year in which each began to hold."""
    return {year: next(count for start, count in runs[::-1] if start <= year) for year in YEARS}


LAD = _by_year((2011, 406), (2015, 391), (2019, 382), (2020, 379), (2021, 374), (2023, 361))
COUNTY = _by_year((2011, 27), (2019, 26), (2020, 25), (2021, 24), (2023, 21))
# key: title, plural, pattern, parent, counts by year
LEVELS: dict[str, tuple[str, str, str, str, dict[int, int]]] = {
    "city_region": ("City region", "city regions", r"(?:W42|N34)\d{6}", "country", {}),
    "combined_authority": (
        "Combined authority", "combined authorities", r"(?:E47|E61)\d{6}", "country", {},
    ),
    "constituency": (
        "Constituency", "constituencies", r"(?:E14|W07|S14|N05|N06)\d{6}", "country", {},
    ),
    "country": ("Country", "countries", r"(?:E92|W92|S92|N92)\d{6}|TLB", "uk", {}),
    "county": ("County", "counties", r"E10\d{6}", "region", COUNTY),
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
        rf"(?:E0[6-9]|W06|S12|N09)\d{{6}}|95(?:{DOUBLE})",
        "itl3",
        LAD,
    ),
    "lad_pair": (
        "Pair of local authorities", "pairs of local authorities", r"E67\d{6}", "region", {},
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
    "output_area": ("Output area", "output areas", r"(?:E|W|S)00\d{6}", "lsoa", {}),
    "parish": ("Parish", "parishes", r"(?:E|W)04\d{6}", "lad", {}),
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
        rf"(?:E06|E08|E09|E10|W06|S12|N09)\d{{6}}|95(?:{DOUBLE})",
        "region",
        # Districts less those that lie in counties, and the counties.
        _by_year((2011, 232), (2015, 217), (2019, 216), (2021, 217), (2023, 218)),
    ),
    "ward": ("Ward", "wards", r"(?:E05|W05|S13|N08)\d{6}", "lad", {}),
}  # fmt: skip


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
