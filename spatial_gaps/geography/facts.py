"""The packaged tables of facts, read once and handed out as copies."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from spatial_gaps.checks import check_choice

PACKAGE = "spatial_gaps._boundaries"
TABLES = (
    "areas",
    "cartogram",
    "levels",
    "links",
    "lookup",
    "members",
    "names",
    "neighbours",
    "recodes",
    "sources",
)
# Everything that is not listed here is text, so that a code "NA" or "00123" survives.
NUMBERS: dict[str, dict[str, Any]] = {
    "areas": {"easting": float, "northing": float, "area_km2": float, "population": float},
    "cartogram": {"vintage": int, "q": int, "r": int},
    "levels": {"vintage": "Int64", "count": "Int64"},
    "lookup": {"people": float, "dense": float, "built": float},
    "neighbours": {"vintage": int, "border_m": int},
    "recodes": {"share": float},
    "sources": {"vintage": "Int64", "layer": "Int64", "count": "Int64"},
}


def table(name: str) -> pd.DataFrame:
    """Return a packaged table.

    Parameters
    ----------
    name : str
        One of areas, cartogram, levels, links, lookup, members, names, neighbours, recodes,
        sources; the columns are described in boundaries/README.md.

    Returns
    -------
    DataFrame
        A copy; codes and other text as str with "" for blanks, numbers as numbers.

    Raises
    ------
    InputError
        If there is no such table.

    Examples
    --------
    >>> table("recodes").query("new == 'E06000060'")["old"].tolist()
    ['E07000004', 'E07000005', 'E07000006', 'E07000007']
    """
    return _read(name).copy()


@cache
def _read(name: str) -> pd.DataFrame:
    check_choice(name, TABLES, "table of facts")
    with (files(PACKAGE) / f"{name}.csv").open("rb") as stream:
        text = pd.read_csv(stream, dtype=str, keep_default_na=False, encoding="utf-8")
    for column, kind in NUMBERS.get(name, {}).items():
        # The nullable type goes through float, because text with blanks cannot be cast at once.
        values = pd.to_numeric(text[column].mask(text[column] == ""))
        text[column] = values.astype(kind)
    return text
