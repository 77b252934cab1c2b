"""Which kind of area a file covers the country with: districts, upper tier, ITL 3 or ITL 2."""

from __future__ import annotations

import pandas as pd

from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.geography.pieces import codes_of
from spatial_gaps.geography.vintages import detect_vintage
from spatial_gaps.records import Metric

# Finest first: between tilings that cover about the same people, the finer one tells more.
TILINGS = ("lad", "utla", "itl3", "itl2")
MOST_DROPPED = 0.05
DEFAULT_VINTAGE = 2023


def rows_of_level(rows: pd.DataFrame, level: str) -> pd.Series:
    """Say which rows are areas of a level; an upper tier has counties and undivided authorities.

    Parameters
    ----------
    rows : DataFrame
        Indexed by code, with the column level, as `Metric.at` gives them.
    level : str
        Key of a level.

    Returns
    -------
    Series of bool
        On the index of `rows`.
    """
    if level != "utla":
        return rows["level"] == level
    district = rows.index.str.startswith("E07")
    return (rows["level"] == "county") | ((rows["level"] == "lad") & ~district)


def tilings(metric: Metric, period: str | int) -> pd.DataFrame:
    """Return how many people each kind of area covers in one period of a file.

    Parameters
    ----------
    metric : Metric
        As read.
    period : str or int
        Which period.

    Returns
    -------
    DataFrame
        Indexed by level, finest first: vintage, n (areas with a figure) and people, the share of
        the United Kingdom's people (mid-2021) who live in them. Levels whose codes are absent or
        mix vintages are left out.
    """
    rows = metric.at(period)
    people = table("lookup")["people"]
    found = []
    for level in TILINGS:
        own = rows[rows_of_level(rows, level)]
        # Without counties an upper tier is only a part of the districts.
        if own.empty or (level == "utla" and not (own["level"] == "county").any()):
            continue
        try:
            year = detect_vintage(own.index).fitting(DEFAULT_VINTAGE)
        except InputError:
            continue
        valued = own.index[own["value"].notna()]
        covered = people[codes_of(level, year).isin(valued)].sum() / people.sum()
        found.append((level, year, len(valued), covered))
    names = ["level", "vintage", "n", "people"]
    return pd.DataFrame(found, columns=names).set_index("level")


def best_tiling(metric: Metric, period: str | int) -> tuple[str, int]:
    """Return the level and vintage that cover most people: the finest that loses at most 5 %.

    Parameters
    ----------
    metric : Metric
        As read.
    period : str or int
        Which period.

    Returns
    -------
    level : str
        lad, utla, itl3 or itl2.
    vintage : int
        Year of its codes.

    Raises
    ------
    InputError
        If the file has no area of these levels, or only of mixed vintages.
    """
    found = tilings(metric, period)
    if found.empty:
        rows = metric.at(period)
        districts = rows.index[rows_of_level(rows, "lad")]
        # Says what the codes are, where they are of another system, or mix vintages.
        detect_vintage(districts if len(districts) else rows.index)
        raise InputError(
            f"the file has no figure for local authorities or ITL areas in {period}, only for areas "
            "of other levels",
            file=metric.file,
            offenders=sorted(set(rows["level"]) - {""}),
            hint="Name one of them with level= (--level), and give its boundaries.",
        )
    enough = found[found["people"] >= found["people"].max() - MOST_DROPPED]
    return str(enough.index[0]), int(enough["vintage"].iloc[0])


def check_tiling(metric: Metric, period: str | int, level: str, names: pd.Series) -> None:
    """Raise `JoinError` if a level leaves out people for whom another one has figures.

    Parameters
    ----------
    metric : Metric
        As read.
    period : str or int
        Which period.
    level : str
        The level asked for.
    names : Series
        Names by code of its areas, for the message.

    Raises
    ------
    JoinError
        If it loses more than 5 % of people; the rows that would be dropped are named.
    """
    found = tilings(metric, period)
    if level not in found.index or len(found) < 2:
        return
    covered = {str(key): float(share) for key, share in found["people"].items()}
    other = max(covered, key=lambda key: covered[key])
    lost = covered[other] - covered[level]
    if lost <= MOST_DROPPED:
        return
    rows = metric.at(period)
    dropped = rows[
        rows_of_level(rows, other) & rows["value"].notna() & ~rows.index.isin(names.index)
    ]
    _, plural = noun_of(level)
    raise JoinError(
        f"as {plural} ({level}) the file would lose {lost:.0%} of the country's people, for "
        f"whom it has figures of level {other}",
        file=metric.file,
        offenders=[f"{code} {name}" for code, name in dropped["name"].items()],
        hint=f"Use --level {other} or --level auto: a county's figure is not one of its districts.",
    )
