"""Where every fact comes from, and which official layers can be downloaded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

OGL = "Open Government Licence v3.0"
SERVICE = "https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services"
GEOGRAPHR = "humaniverse/geographr"
GEOGRAPHR_COMMIT = "c026be5cc76cb576358082b53f1f13d69ab577ae"
RADATAHUB = "jhellingsdata/RADataHub"
RADATAHUB_COMMIT = "2403994c487ed15ac85fff28ef968b66b3edbaa3"
DFE = "dfe-analytical-services/apprenticeships-provider-dashboard"
ITL_TOOLS = "DanOlner/RegionalEconomicTools"
POSTCODES = "ideal-postcodes/postcodes.io : data/nuts.json; jtrim-ons/ons-lookups : csv/176.csv"


@dataclass(frozen=True)
class Input:
    """A file under the data folder and the public file it was taken or derived from."""

    file: str
    source: str
    commit: str


def _lad(year: int, source: str, commit: str) -> Input:
    return Input(f"boundaries/lad_{year}_uk_buc.gpkg", source, commit)


INPUTS = (
    _lad(2019, f"{GEOGRAPHR} : data/boundaries_ltla19.rda", GEOGRAPHR_COMMIT),
    _lad(2020, f"{GEOGRAPHR} : data/boundaries_ltla20.rda", GEOGRAPHR_COMMIT),
    _lad(
        2022,
        f"{DFE} : data/boundary_files/Local_Authority_Districts_December_2022_UK_BUC_V2_"
        "3956567894081366924.gpkg",
        "7be5c07",
    ),
    _lad(
        2024,
        f"{DFE} : data/boundary_files/Local_Authority_Districts_May_2024_Boundaries_UK_BUC_"
        "-3799209068982948111.gpkg",
        "7be5c07",
    ),
    _lad(2021, f"{RADATAHUB} : Chart Packs/Housing/lad_uk_buc_2021.geojson", RADATAHUB_COMMIT),
    _lad(
        2023,
        f"{DFE} : data/boundary_files/Local_Authority_Districts_May_2023_UK_BUC_V2_"
        "8757178717458576320.gpkg",
        "7be5c07",
    ),
    _lad(
        2025,
        "saulsmcouk/2026ElectionAnalysis : LAD_MAY_2025_UK_BUC_-9101541134941485660.geojson",
        "990fef2",
    ),
    Input(
        "boundaries/itl3_2021_uk_buc_snapped.gpkg",
        f"{ITL_TOOLS} : data/ITL_geographies/"
        "International_Territorial_Level_3_January_2021_UK_BUC_V3_2022_6920195468392554877/"
        "ITL3_JAN_2021_UK_BUC_V3.shp (coordinates rounded to 1 mm)",
        "f9ba6e2e4dff4dd5222bcccbe90c1827ad7b0345",
    ),
    Input(
        "boundaries/itl2_2021_uk_buc_dissolved.gpkg",
        f"{ITL_TOOLS} : ITL3_JAN_2021_UK_BUC_V3.shp (dissolved)",
        "f9ba6e2e4dff4dd5222bcccbe90c1827ad7b0345",
    ),
    Input(
        "boundaries/itl1_2021_uk_buc_dissolved.gpkg",
        f"{ITL_TOOLS} : ITL3_JAN_2021_UK_BUC_V3.shp (dissolved)",
        "f9ba6e2e4dff4dd5222bcccbe90c1827ad7b0345",
    ),
    Input(
        "boundaries/itl3_2025_uk_buc.gpkg",
        "WillSarsfield/Mapping_Data_Tool : src/"
        "International_Territorial_Level_3_(January_2025)_Boundaries_UK_BUC_V2.geojson",
        "f16b7cf",
    ),
    Input(
        "boundaries/itl2_2025_uk_buc_dissolved.gpkg",
        "WillSarsfield/Mapping_Data_Tool : src/"
        "International_Territorial_Level_3_(January_2025)_Boundaries_UK_BUC_V2.geojson (dissolved)",
        "f16b7cf",
    ),
    Input(
        "boundaries/itl1_2025_uk_buc_dissolved.gpkg",
        "WillSarsfield/Mapping_Data_Tool : src/"
        "International_Territorial_Level_3_(January_2025)_Boundaries_UK_BUC_V2.geojson (dissolved)",
        "f16b7cf",
    ),
    Input(
        "boundaries/dz_2011_sc_simplified.parquet",
        f"{GEOGRAPHR} : data/boundaries_dz11.rda",
        GEOGRAPHR_COMMIT,
    ),
    Input(
        "boundaries/lsoa_2011_ew_bsc.parquet",
        f"{GEOGRAPHR} : data/boundaries_lsoa11.rda",
        GEOGRAPHR_COMMIT,
    ),
    Input(
        "boundaries/soa_2011_ni_simplified.parquet",
        f"{GEOGRAPHR} : data/boundaries_soa11.rda",
        GEOGRAPHR_COMMIT,
    ),
    Input(
        "boundaries/lookups/soa11_lgd14_ni.csv",
        f"{GEOGRAPHR} : data/lookup_*.rda",
        GEOGRAPHR_COMMIT,
    ),
    Input(
        "boundaries/lookups/dz11_iz11_lad20_sc.csv",
        f"{GEOGRAPHR} : data/lookup_*.rda",
        GEOGRAPHR_COMMIT,
    ),
    Input(
        "boundaries/lookups/lad16_to_lad24_chain_uk.csv",
        f"{GEOGRAPHR} : data/lookup_ltla_ltla.rda",
        GEOGRAPHR_COMMIT,
    ),
    Input(
        "boundaries/lookups/lad_all_codes_drkane.csv",
        "drkane/geo-lookups : la_all_codes.csv",
        "e20a072",
    ),
    Input(
        "boundaries/lookups/lad21_lau121_itl321_itl221_itl121_uk_reconstructed.csv",
        POSTCODES,
        "257e8ab, 4cf64ea; 85d0ba6",
    ),
    Input(
        "boundaries/lookups/lad25_lau125_itl325_itl225_itl125_uk_derived.csv",
        f"{RADATAHUB} : msa_map/data/raw/lookups/LAD_(December_2024)_to_LAU1_to_ITL3_to_ITL2_to_"
        "ITL1_(January_2025)_Lookup_in_the_UK.csv (Barnsley and Sheffield recoded)",
        RADATAHUB_COMMIT,
    ),
    Input(
        "boundaries/lookups/lad23_rgn23_en.csv",
        f"{GEOGRAPHR} : data/lookup_ltla23_region23.rda",
        GEOGRAPHR_COMMIT,
    ),
    Input(
        "metrics/tidy/population_total.csv",
        f"{RADATAHUB} : Newsletters/2025_06_05_Left_behind/"
        "populationestimatesbylocalauthority.xlsx",
        RADATAHUB_COMMIT,
    ),
    Input(
        "metrics/tidy/population_by_age_2021.csv",
        "open-innovations/jrf-insight : data-raw/population-estimates/lad.csv",
        "f99f04c1d1b6ec56135cf9819d3d1244e2aa3197",
    ),
    Input(
        "metrics/tidy/population_small_areas.csv",
        "humaniverse/demographr : data/population20_lsoa11.rda, data/population21_dz11.rda",
        "d041710",
    ),
)

# Level, vintage, resolution, and the services that publish the layer, the first one that answers
# being the one to take: services are issued anew under other names and old ones are withdrawn. A
# name ending in "/2" had that layer id when it was last seen; otherwise it was 0. A later month of
# the same year comes last. The BUC layer of 2019 is known as a download, not as a service.
_LAD = "Local_Authority_Districts_"
_ITL = "International_Territorial_Level_"
SERVICES: tuple[tuple[str, int, str, tuple[str, ...]], ...] = (
    ("itl1", 2021, "BUC", (f"{_ITL}1_January_2021_UK_BUC_2022", f"{_ITL}1_January_2021_UK_BUC_V2")),
    ("itl1", 2025, "BGC", ("ITL1_JAN_2025_UK_BGC",)),
    ("itl1", 2025, "BUC", ("ITL1_JAN_2025_UK_BUC",)),
    ("itl2", 2021, "BGC", (f"{_ITL}2_January_2021_UK_BGC_V2_2022",)),
    ("itl2", 2025, "BGC", ("ITL2_JAN_2025_UK_BGC",)),
    ("itl2", 2025, "BUC", ("ITL2_JAN_2025_UK_BUC",)),
    ("itl3", 2021, "BGC", (f"{_ITL}3_January_2021_UK_BGC_V3_2022",)),
    ("itl3", 2021, "BUC", (f"{_ITL}3_January_2021_UK_BUC_V3_2022",)),
    ("itl3", 2025, "BGC", ("ITL3_JAN_2025_UK_BGC_V2/1",)),
    ("itl3", 2025, "BUC", ("ITL3_JAN_2025_UK_BUC_V2/2",)),
    ("lad", 2019, "BGC", (f"{_LAD}December_2019_GCB_UK_2022",)),
    ("lad", 2019, "BUC", (f"{_LAD}December_2019_Boundaries_UK_BUC",)),
    ("lad", 2020, "BGC", (f"{_LAD}December_2020_UK_BGC",)),
    ("lad", 2020, "BUC", (f"{_LAD}December_2020_UK_BUC_V2", f"{_LAD}December_2020_UK_BUC_2022")),
    ("lad", 2021, "BGC", (f"{_LAD}December_2021_UK_BGC_2022",)),
    ("lad", 2021, "BUC", (f"{_LAD}December_2021_UK_BUC_2022",)),
    ("lad", 2022, "BGC", (f"{_LAD}December_2022_UK_BGC_V2",)),
    (
        "lad",
        2022,
        "BUC",
        (f"{_LAD}December_2022_UK_BUC_V2", f"{_LAD}December_2022_Boundaries_UK_BUC"),
    ),
    (
        "lad",
        2023,
        "BGC",
        (f"{_LAD}May_2023_UK_BGC_V2", f"{_LAD}December_2023_Boundaries_UK_BGC"),
    ),
    (
        "lad",
        2023,
        "BUC",
        (
            f"{_LAD}May_2023_UK_BUC_V2",
            f"{_LAD}May_2023_UK_BUC",
            f"{_LAD}December_2023_Boundaries_UK_BUC",
        ),
    ),
    (
        "lad",
        2024,
        "BGC",
        (f"{_LAD}May_2024_Boundaries_UK_BGC", f"{_LAD}December_2024_Boundaries_UK_BGC"),
    ),
    (
        "lad",
        2024,
        "BUC",
        (f"{_LAD}May_2024_Boundaries_UK_BUC", f"{_LAD}December_2024_Boundaries_UK_BUC"),
    ),
    ("lad", 2025, "BGC", ("LAD_MAY_2025_UK_BGC_V2", "LAD_MAY_2025_UK_BGC")),
    ("lad", 2025, "BSC", ("LAD_MAY_2025_UK_BSC_V2", "LAD_MAY_2025_UK_BSC")),
    (
        "lad",
        2025,
        "BUC",
        ("LAD_MAY_2025_UK_BUC", f"{_LAD}DEC_2025_Boundaries_UK_BUC"),
    ),
)
COUNTS = {
    "itl1": {2021: 12, 2025: 12},
    "itl2": {2021: 41, 2025: 46},
    "itl3": {2021: 179, 2025: 182},
    "lad": {2019: 382, 2020: 379, 2021: 374, 2022: 374, 2023: 361, 2024: 361, 2025: 361},
}
COLUMNS = [
    "kind",
    "level",
    "vintage",
    "resolution",
    "order",
    "service",
    "layer",
    "fields",
    "count",
    "address",
    "file",
    "source",
    "commit",
    "sha256",
    "licence",
]


def layers() -> list[dict[str, object]]:
    """Return a row for every service of every official layer, in the order to try them."""
    rows: list[dict[str, object]] = []
    for level, vintage, resolution, names in SERVICES:
        field = f"{level.upper()}{vintage % 100}"
        for order, name in enumerate(names, start=1):
            service, _, layer = name.partition("/")
            rows.append(
                {
                    "kind": "layer",
                    "level": level,
                    "vintage": vintage,
                    "resolution": resolution,
                    "order": order,
                    "service": service,
                    "layer": int(layer or 0),
                    "fields": f"{field}CD,{field}NM",
                    "count": COUNTS[level][vintage],
                    "address": SERVICE,
                    "licence": OGL,
                    "source": "Office for National Statistics, Open Geography Portal",
                }
            )
    return rows


def sources(folder: Path) -> pd.DataFrame:
    """Return official layers (kind "layer") and the inputs of these tools (kind "input")."""
    rows = layers()
    for item in INPUTS:
        digest = hashlib.sha256((folder / item.file).read_bytes()).hexdigest()
        rows.append({"kind": "input", **vars(item), "sha256": digest, "licence": OGL})
    table = pd.DataFrame(rows, columns=COLUMNS)
    for name in ("vintage", "order", "layer", "count"):
        table[name] = table[name].astype("Int64")
    keys = ["kind", "level", "vintage", "resolution", "order", "file"]
    return table.sort_values(keys, ignore_index=True)
