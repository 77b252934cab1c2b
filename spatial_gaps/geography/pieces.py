"""Pieces of the country that lie whole in one area of every level and year, with their people.

Whatever lies in, straddles, follows or replaces something else is read off one table: the code of
each piece at the one level and year beside its code at the other (boundaries/lookup.csv).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from spatial_gaps.checks import check_choice
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.levels import find_level
from spatial_gaps.geography.register import COMPLETE, LATEST

ITL_CHANGE = 2025
REGIONS = {
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
LONDON = {"TLI3": "E13000001", "TLI4": "E13000001"} | dict.fromkeys(
    ("TLI5", "TLI6", "TLI7"), "E13000002"
)
# In the order of size: an area lies in areas of the levels that follow its own.
TIERS = (
    "lad",
    "utla",
    "county",
    "itl3",
    "itl2",
    "london_part",
    "combined_authority",
    "itl1",
    "region",
    "country",
)


@cache
def codes_of(level: str, year: int) -> pd.Series[Any]:
    """Return the code of every piece at a level and year, "" where it has none.

    Parameters
    ----------
    level : str
        Key of a level in the register.
    year : int
        2011 to 2025; ITL areas before 2025 are those of 2021.

    Returns
    -------
    Series of str
        In the order of boundaries/lookup.csv. Not to be changed.

    Raises
    ------
    InputError
        If the level or year is not in the register.

    Examples
    --------
    >>> codes_of("lad", 2023).nunique(), codes_of("itl3", 2025).nunique()
    (361, 182)
    """
    key = find_level(level).key
    check_choice(key, TIERS, "level", "the register of areas")
    check_choice(year, range(COMPLETE["lad"], LATEST + 1), "vintage", f"level {key}")
    facts = table("lookup")
    if key == "lad":
        return _lad(facts, int(year))
    if key in ("utla", "county", "combined_authority"):
        return _upper(facts, key, int(year))
    itl3 = facts["itl3_2021" if year < ITL_CHANGE else "itl3_2025"]
    if key in ("itl3", "itl2", "itl1"):
        return itl3.str[: {"itl3": 5, "itl2": 4, "itl1": 3}[key]]
    if key == "london_part":
        return facts["itl3_2021"].str[:4].map(LONDON).fillna("")
    regions = itl3.str[:3].map(REGIONS)
    return regions if key == "region" else regions.where(regions.str[0] != "E", "E92000001")


def _lad(facts: pd.DataFrame, year: int) -> pd.Series[Any]:
    """Carry district codes of 2018 forward through merges, or those of 2014 or 2018 back."""
    base = 2014 if year <= 2014 else 2018
    codes = facts[f"lad_{base}"]
    changes = table("recodes").query("kind != 'rename'")
    end, start = f"{year}-12-31", f"{base}-12-31"
    for _, rows in changes[changes["date"].between(start, end)].groupby("date"):
        codes = codes.replace(dict(zip(rows["old"], rows["new"], strict=True)))
    undone = changes[changes["date"].between(end, start) & (changes["kind"] == "recode")]
    return codes.replace(dict(zip(undone["new"], undone["old"], strict=True)))


def _upper(facts: pd.DataFrame, key: str, year: int) -> pd.Series[Any]:
    """Return counties where there are two tiers, and what is made of upper-tier authorities."""
    lad = codes_of("lad", year)
    two_tier = lad.str.startswith("E07")
    if key == "county":
        return facts["county"].where(two_tier, "")
    upper = facts["county"].where(two_tier, lad)
    if key == "utla":
        return upper
    return members_of(key, upper, year)


def upper_tier_of(year: int) -> pd.Series[Any]:
    """Return the upper-tier authority of every district of a year, indexed by district."""
    upper = dict(zip(codes_of("lad", year), codes_of("utla", year), strict=True))
    return pd.Series(upper, name="utla").rename_axis("code").sort_index()


def members_of(body: str, codes: pd.Series[Any], year: int) -> pd.Series[Any]:
    """Return the body that each upper-tier code belongs to at the end of a year, "" for none."""
    made = table("members")
    end = f"{year}-12-31"
    held = (made["first"] <= end) & ((made["last"] == "") | (made["last"] >= end))
    made = made[held & (made["level"] == body)]
    return codes.map(made.set_index("member")["parent"]).fillna("")


@cache
def shares_between(level: str, year: int, other: str, other_year: int) -> pd.DataFrame:
    """Return how the areas of one level and year divide among those of another.

    Returns
    -------
    DataFrame
        One row per pair that has people in common: code, parent, people (mid-2021) and share, the
        part of the people of `code` who live in `parent`; sorted by code and parent. An area
        outside every area of the other level is not listed. Not to be changed.

    Examples
    --------
    >>> shares_between("lad", 2022, "lad", 2023).query("parent == 'E06000063'")["share"].tolist()
    [1.0, 1.0, 1.0]
    """
    pairs = pd.DataFrame(
        {
            "code": codes_of(level, year),
            "parent": codes_of(other, other_year),
            "people": table("lookup")["people"],
        }
    )
    total = pairs.groupby("code")["people"].sum()
    pairs = pairs[(pairs["code"] != "") & (pairs["parent"] != "")]
    summed = pairs.groupby(["code", "parent"])["people"].sum().reset_index()
    return summed.assign(share=summed["people"] / summed["code"].map(total))
