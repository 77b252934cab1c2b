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


@dataclass(frozen=True)
class Layer:
    """An official layer: level, vintage and resolution, and the service that publishes it."""

    level: str
    vintage: int
    resolution: str
    service: str
    layer: int
    fields: str
    count: int


def _lad(year: int, source: str, commit: str) -> Input:
    return Input(f"boundaries/lad_{year}_uk_buc.gpkg", source, commit)


INPUTS = (
    _lad(2019, f"{GEOGRAPHR} : data/boundaries_ltla19.rda", GEOGRAPHR_COMMIT),
    _lad(2020, f"{GEOGRAPHR} : data/boundaries_ltla20.rda", GEOGRAPHR_COMMIT),
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
        "boundaries/dz_2011_sc_simplified.parquet",
        f"{GEOGRAPHR} : data/boundaries_dz11.rda",
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
        "boundaries/lookups/lad23_lau121_itl321_itl221_itl121_uk_reconstructed.csv",
        f"{POSTCODES}; {GEOGRAPHR} : data/lookup_ltla22_ltla23.rda",
        f"257e8ab, 4cf64ea; 85d0ba6; {GEOGRAPHR_COMMIT}",
    ),
    Input(
        "boundaries/lookups/lad25_lau125_itl325_itl225_itl125_uk_derived.csv",
        f"{RADATAHUB} : msa_map/data/raw/lookups/LAD_(December_2024)_to_LAU1_to_ITL3_to_ITL2_to_"
        "ITL1_(January_2025)_Lookup_in_the_UK.csv (Barnsley and Sheffield recoded)",
        RADATAHUB_COMMIT,
    ),
    Input(
        "boundaries/lookups/lad21_rgn21_en.csv",
        f"{GEOGRAPHR} : data/lookup_ltla21_region21.rda",
        GEOGRAPHR_COMMIT,
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

_LAD = "Local_Authority_Districts_"
_ITL = "International_Territorial_Level_"
_JAN = "_January_2021_UK_BUC_"
LAYERS = (
    Layer("lad", 2021, "BUC", f"{_LAD}December_2021_UK_BUC_2022", 0, "LAD21CD,LAD21NM", 374),
    Layer("lad", 2022, "BUC", f"{_LAD}December_2022_UK_BUC_V2", 0, "LAD22CD,LAD22NM", 374),
    Layer("lad", 2023, "BUC", f"{_LAD}May_2023_UK_BUC_V2", 0, "LAD23CD,LAD23NM", 361),
    Layer("lad", 2024, "BUC", f"{_LAD}May_2024_Boundaries_UK_BUC", 0, "LAD24CD,LAD24NM", 361),
    Layer("lad", 2025, "BUC", "LAD_MAY_2025_UK_BUC", 0, "LAD25CD,LAD25NM", 361),
    Layer("lad", 2025, "BGC", "LAD_MAY_2025_UK_BGC_V2", 0, "LAD25CD,LAD25NM", 361),
    Layer("lad", 2025, "BSC", "LAD_MAY_2025_UK_BSC_V2", 0, "LAD25CD,LAD25NM", 361),
    Layer("itl1", 2021, "BUC", f"{_ITL}1{_JAN}2022", 0, "ITL121CD,ITL121NM", 12),
    Layer("itl2", 2021, "BGC", f"{_ITL}2_January_2021_UK_BGC_V2_2022", 0, "ITL221CD,ITL221NM", 41),
    Layer("itl3", 2021, "BUC", f"{_ITL}3{_JAN}V3_2022", 0, "ITL321CD,ITL321NM", 179),
    Layer("itl1", 2025, "BUC", "ITL1_JAN_2025_UK_BUC", 0, "ITL125CD,ITL125NM", 12),
    Layer("itl2", 2025, "BUC", "ITL2_JAN_2025_UK_BUC", 0, "ITL225CD,ITL225NM", 46),
    Layer("itl3", 2025, "BUC", "ITL3_JAN_2025_UK_BUC_V2", 2, "ITL325CD,ITL325NM", 182),
)
COLUMNS = [
    "kind",
    "level",
    "vintage",
    "resolution",
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


def sources(folder: Path) -> pd.DataFrame:
    """Return official layers (kind "layer") and the inputs of these tools (kind "input")."""
    rows: list[dict[str, object]] = [
        {
            "kind": "layer",
            **vars(layer),
            "address": SERVICE,
            "licence": OGL,
            "source": "Office for National Statistics, Open Geography Portal",
        }
        for layer in LAYERS
    ]
    for item in INPUTS:
        digest = hashlib.sha256((folder / item.file).read_bytes()).hexdigest()
        rows.append({"kind": "input", **vars(item), "sha256": digest, "licence": OGL})
    table = pd.DataFrame(rows, columns=COLUMNS)
    for name in ("vintage", "layer", "count"):
        table[name] = table[name].astype("Int64")
    return table.sort_values(["kind", "level", "vintage", "resolution", "file"], ignore_index=True)
