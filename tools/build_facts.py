"""Rebuild the packaged facts in boundaries/ from a folder of public layers and tables.

    python tools/build_facts.py --data DIR [--out boundaries]

DIR holds boundaries/ and metrics/ as listed in boundaries/sources.csv (rows of kind "input"). The
result depends on nothing else: the same inputs give the same bytes. Needs the package and pyarrow.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from facts_changes import members, recodes
from facts_levels import levels
from facts_links import links
from facts_lookup import lookup
from facts_neighbours import neighbours
from facts_register import areas
from facts_sources import sources


def build(folder: Path) -> dict[str, pd.DataFrame]:
    """Return every table by name."""
    pieces = lookup(folder)
    return {
        "levels": levels(),
        "areas": areas(folder, pieces),
        "lookup": pieces,
        "members": members(),
        "recodes": recodes(folder),
        "neighbours": neighbours(folder),
        "links": links(),
        "sources": sources(folder),
    }


def write(tables: dict[str, pd.DataFrame], out: Path) -> None:
    """Write each table as UTF-8 CSV with LF line ends."""
    for name, table in tables.items():
        path = out / f"{name}.csv"
        path.write_bytes(table.to_csv(index=False, lineterminator="\n").encode("utf-8"))
        print(f"{path.name}: {len(table)} rows, {path.stat().st_size:,} bytes")


def main() -> None:
    """Read the arguments, build and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with boundaries/ and metrics/"
    )
    parser.add_argument("--out", type=Path, default=Path("boundaries"), help="folder to write to")
    given = parser.parse_args()
    write(build(given.data), given.out)


if __name__ == "__main__":
    main()
