"""Rebuild the packaged published series in spatial_gaps/samples/ from the downloaded files.

    python tools/build_samples.py --data DIR

DIR holds metrics/raw and metrics/tidy as described in boundaries/sources.csv.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

SAMPLES = Path(__file__).resolve().parents[1] / "spatial_gaps" / "samples"
KEPT = (
    "E06",
    "E07",
    "E08",
    "E09",
    "W06",
    "S12",
    "N09",
    "E12",
    "E92",
    "W92",
    "S92",
    "N92",
    "K02",
    "K03",
    "K04",
)


def weekly_pay(folder: Path) -> pd.DataFrame:
    """Gross median weekly pay by residence: authorities, regions and nations, with 95 % limits."""
    source = folder / "metrics/raw/explore_local_statistics/gross-median-weekly-pay.csv"
    table = pd.read_csv(source, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    table = table[table["areacd"].str[:3].isin(KEPT)]
    limits = ["lci_95", "uci_95"]
    table[limits] = table[limits].apply(lambda texts: pd.to_numeric(texts).round(6).map(repr))
    table[limits] = table[limits].replace("nan", "")
    columns = ["areacd", "period", "observation", "lci_95", "uci_95", "status"]
    return table[columns].sort_values(["areacd", "period"])


def population(folder: Path) -> pd.DataFrame:
    """Mid-year population of local authorities (2023 codes), 1998 to 2023."""
    table = pd.read_csv(folder / "metrics/tidy/population_total.csv", dtype={"area_code": str})
    table = table.dropna(subset=["value"])
    table = table.assign(value=table["value"].astype(int))
    return table[["area_code", "period", "value"]].sort_values(["area_code", "period"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    for name, table in (
        ("gross-median-weekly-pay", weekly_pay(folder)),
        ("population-total", population(folder)),
    ):
        path = SAMPLES / f"{name}.csv"
        table.to_csv(path, index=False, lineterminator="\n")
        print(f"{path.name}: {len(table)} rows, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
