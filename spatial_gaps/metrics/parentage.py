"""In which parents the areas of a file lie, period by period, each in the vintage of its codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from spatial_gaps.checks import check_choice
from spatial_gaps.errors import InputError
from spatial_gaps.geography.levels import find_level
from spatial_gaps.geography.lookups import PARENTS, region_code
from spatial_gaps.geography.pieces import ITL_CHANGE, TIERS, shares_between
from spatial_gaps.geography.register import COMPLETE, register
from spatial_gaps.geography.vintages import detect_vintage
from spatial_gaps.metrics.tiling import DEFAULT_VINTAGE, TILINGS, rows_of_level
from spatial_gaps.records import Metric

CHILDREN = (*TILINGS, "itl1")
# Code of the whole, and the first letters of the countries that make it up.
WHOLES = {
    "uk": ("K02000001", "EWSN"),
    "gb": ("K03000001", "EWS"),
    "england_wales": ("K04000001", "EW"),
}
SYNONYMS = {"K02000001": "UKX", "E92000001": "TLB"}  # ITL codes of the UK, and of England in 2025


@dataclass(frozen=True)
class Step:
    """One period: its rows by code, and in which parents its areas lie, with how much they count."""

    period: str
    rows: pd.DataFrame
    links: pd.DataFrame
    years: tuple[int, int]
    weights_of: str = ""
    unweighted: tuple[str, ...] = ()


def check_levels(level: str, to: str) -> tuple[str, str]:
    """Return both keys, or raise `InputError` unless areas of the one lie in areas of the other."""
    own, parent = find_level(level).key, find_level(to).key
    check_choice(own, CHILDREN, "level of areas to roll up")
    check_choice(parent, (*PARENTS, *WHOLES), "level of parents")
    if parent in TIERS and TIERS.index(own) >= TIERS.index(parent):
        raise InputError(f"areas of level {own} do not lie in areas of level {parent}")
    return own, parent


def tie_periods(
    metric: Metric, own: str, parent: str, years: tuple[int | None, int | None]
) -> list[Step]:
    """Tie the areas of every period to their parents, each in the vintage of its codes."""
    table = metric.table.set_index("code")
    if not rows_of_level(table, own).any():
        raise InputError(
            f"'{metric.title}' has no rows of level {own}",
            file=metric.file or None,
            hint=f"It has: {', '.join(sorted(set(table['level']) - {''}))}.",
        )
    steps = []
    for period, rows in table.groupby("period"):
        codes = rows.index[rows_of_level(rows, own)]
        above = rows.index[rows["level"] == parent] if parent.startswith("itl") else codes[:0]
        year = years[0] or _year_of(codes, metric.vintage or DEFAULT_VINTAGE, f"in {period}")
        other = years[1] or _year_of(above, year, f"for parents in {period}")
        if parent.startswith("itl"):
            other = ITL_CHANGE if other >= ITL_CHANGE else COMPLETE[parent]
        steps.append(Step(str(period), rows, _links(own, year, parent, other), (year, other)))
    if not any(step.rows.index.isin(step.links["code"]).any() for step in steps):
        raise InputError(
            f"no code of '{metric.title}' is one of level {own} in {steps[0].years[0]}",
            file=metric.file or None,
            hint="Leave vintage out to have it found from the codes.",
        )
    return steps


def _year_of(codes: pd.Index[Any], otherwise: int, where: str) -> int:
    """Return the vintage of codes: `otherwise` if they fit it, or if there are none."""
    try:
        return detect_vintage(codes).fitting(otherwise) if len(codes) else otherwise
    except InputError as error:
        raise InputError(
            f"{where} {error.problem}",
            offenders=error.offenders,
            hint="Name the vintage (parent_vintage): other codes are then left aside and noted.",
        ) from None


def _links(own: str, year: int, parent: str, parent_year: int) -> pd.DataFrame:
    """Return code, parent, people, share and size (here the share) of every area there is."""
    if parent not in WHOLES:
        links = shares_between(own, year, parent, parent_year)
    else:
        code, letters = WHOLES[parent]
        links = shares_between(own, year, "country", parent_year)
        links = links[links["parent"].str[0].isin(list(letters))].assign(parent=code)
    return links.assign(size=links["share"])


def names_of(parents: pd.Index[Any]) -> list[str]:
    """Return the names of parents, by the register."""
    wholes = {code: find_level(key).title for key, (code, _) in WHOLES.items()}
    known = register()["name"].reindex(parents)
    return [wholes.get(str(code), name) for code, name in known.items()]


def other_code() -> dict[str, str]:
    """Return the other code of regions, countries and the UK: the ITL one, or the nine characters."""
    both = SYNONYMS | {itl: code for code, itl in SYNONYMS.items()}
    return both | {str(code): str(other) for code, other in region_code().items()}
