"""One place: every area of it with its interval, its rank, and its distance from what it belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.assessment import Assessment
from spatial_gaps.checks import words
from spatial_gaps.errors import JoinError, SpatialGapsError
from spatial_gaps.geography.groups import groups
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.geography.lookups import parents
from spatial_gaps.geography.places import Place
from spatial_gaps.measure.comparing import gap_to_peers
from spatial_gaps.measure.ranks import ranks
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.measure.wording import format_value
from spatial_gaps.metrics.catalogue import find_known


def place_table(assessment: Assessment, place: Place) -> pd.DataFrame:
    """Return what is known of every area of a place.

    Parameters
    ----------
    assessment : Assessment
        Of all areas: ranks are among them.
    place : Place
        As `find_place` returns it, of the assessment's level and vintage.

    Returns
    -------
    DataFrame
        Indexed by code, the best-off first: name, value, lower, upper (95 %), status (why there is no
        figure), rank (1 is best-off), rank_lower, rank_upper (95 % interval of the rank of the true
        figure, see `ranks`), of (areas ranked); county, region, nation and peers (the published figure
        of each, of peers the mean of the others with as many people in towns), and to_county,
        to_region, to_nation, to_peers (the area's figure less that); verdict and p_pocket.

    Raises
    ------
    JoinError
        If the place has areas that were not assessed.

    See Also
    --------
    find_place : By name, code or list.

    Examples
    --------
    >>> from spatial_gaps import assess, cartogram, find_place, read_metric, sample_path
    >>> pay = assess(cartogram(), read_metric(sample_path("gross-median-weekly-pay")), period=2021)
    >>> table = place_table(pay, find_place("Norfolk"))
    >>> table["name"].iloc[-1], round(table["to_nation"].iloc[-1])
    ('North Norfolk', -108)
    """
    absent = [code for code in place.areas if code not in assessment.areas.index]
    if absent:
        raise JoinError(
            f"{place.name} has areas that were not assessed",
            offenders=absent,
            hint=f"The assessment is of level {assessment.level} in {assessment.vintage}.",
        )
    areas = assessment.areas
    higher = str(assessment.options["higher_is"])
    ranked = _ranks(areas, higher)
    own = areas.loc[list(place.areas)]
    table = own[["name", "value", "lower", "upper", "status"]].copy()
    table[["rank", "rank_lower", "rank_upper"]] = ranked.reindex(own.index)
    table["of"] = int(areas["value"].notna().sum())
    for name, figures in _wholes(assessment).items():
        table[name] = figures.reindex(own.index)
        table[f"to_{name}"] = table["value"] - table[name]
    table[["verdict", "p_pocket"]] = assessment.pockets.loc[own.index, ["verdict", "p_pocket"]]
    ordered: pd.DataFrame = table.sort_values("value", ascending=higher != "better", kind="stable")
    return ordered


def _ranks(areas: pd.DataFrame, higher_is: str) -> pd.DataFrame:
    """Return the rank of every area, with an interval where errors are published."""
    names = ["rank", "lower", "upper"]
    if areas["se"].notna().sum() > 2:
        return ranks(areas["value"], areas["se"], higher_is=higher_is)[names]
    plain = areas["value"].rank(ascending=higher_is != "better", method="min")
    return pd.DataFrame({"rank": plain, "lower": np.nan, "upper": np.nan})


def _wholes(assessment: Assessment) -> dict[str, pd.Series[Any]]:
    """Return the figure of each area's county, region, nation and peers."""
    areas, codes = assessment.areas, assessment.areas.index
    published = assessment.metric.at(assessment.period)["value"]
    county = pd.Series(np.nan, codes)
    if assessment.level == "lad":
        above = parents(codes, "utla", assessment.vintage)
        above = above.where(above != codes)
        county = above.map(published)
    region = areas["itl1"].map(assessment.regions["value"]) if "itl1" in areas else county * np.nan
    nation = pd.Series(assessment.benchmark.value, codes)
    return {"county": county, "region": region, "nation": nation, "peers": _peers(assessment)}


def _peers(assessment: Assessment) -> pd.Series[Any]:
    """Return the mean of the other areas that are as urban; nan where no grouping is packaged."""
    areas = assessment.areas
    try:
        alike = groups("urban_rural", assessment.vintage, assessment.level).reindex(areas.index)
        found = gap_to_peers(
            areas["value"], alike, higher_is=str(assessment.options["higher_is"]), weights=None
        )
    except SpatialGapsError:
        return pd.Series(np.nan, areas.index)
    return found["peer_mean"]


def place_sentences(assessment: Assessment, place: Place, table: pd.DataFrame) -> tuple[str, ...]:
    """Say what a place's figures come to, the finding first.

    Parameters
    ----------
    assessment : Assessment
        Of all areas.
    place : Place
        Which.
    table : DataFrame
        `place_table` of it.

    Returns
    -------
    tuple of str
        Two to four sentences.
    """
    known = table.dropna(subset="value")
    noun, plural = noun_of(assessment.level)
    found = find_known(assessment.metric.title)
    what = found.noun if found else assessment.metric.title.lower()
    if known.empty:
        return (f"No {noun} of {place.name} has a figure in {assessment.period}.",)
    return (
        _spread(assessment, place, known, what, plural),
        _hidden(known, assessment),
        _league(known, noun),
        *([f"{len(table) - len(known)} of its {plural} have no figure."] if len(table) > len(known) else []),
    )  # fmt: skip


def _spread(
    assessment: Assessment, place: Place, known: pd.DataFrame, what: str, plural: str
) -> str:
    """Say from where to where figures run, and how many are worse off than the nation."""
    unit, nation = assessment.metric.unit, assessment.benchmark
    best, worst = known.iloc[0], known.iloc[-1]
    figures = [format_value(float(each["value"]), unit) for each in (worst, best)]
    article = "the " if nation.name.startswith("United") else ""
    line = f"{article}{nation.name}'s {format_value(nation.value, unit)}"
    side = -1.0 if assessment.options["higher_is"] == "better" else 1.0
    short = side * known["to_nation"]
    own = (known["upper"] - known["lower"]) / (2 * Z95)
    error = np.sqrt(own**2 + nation.se**2)
    sure = int((short > Z95 * error).sum())
    if len(known) == 1:
        where = "worse" if short.iloc[0] > 0 else "better"
        certain = "" if abs(short.iloc[0]) > Z95 * error.iloc[0] else ", within sampling error"
        return f"In {place.name} {what} is {figures[0]}, {where} than {line}{certain}."
    return (
        f"In {place.name} {what} runs from {figures[0]} in {worst['name']} to {figures[1]} in "
        f"{best['name']}; {int((short > 0).sum())} of {len(known)} {plural} are worse off than "
        f"{line}, {sure or 'none'} for certain."
    )


def _hidden(known: pd.DataFrame, assessment: Assessment) -> str:
    """Name its pockets."""
    parts = [
        f"{verdict} {words(list(known.loc[known['verdict'] == verdict, 'name']))}"
        for verdict in ("confirmed", "likely")
        if (known["verdict"] == verdict).any()
    ]
    if not parts:
        return "None of them is a confirmed or likely hidden pocket."
    return f"Hidden in a region that is better off: {'; '.join(parts)}."


def _league(known: pd.DataFrame, noun: str) -> str:
    """Say where its ends rank, and how far the sample leaves that open."""

    def place_of(row: pd.Series[Any]) -> str:
        open_ = (
            "" if np.isnan(row["rank_lower"])
            else f" (95 % interval {row['rank_lower']:.0f} to {row['rank_upper']:.0f})"
        )  # fmt: skip
        return f"{row['name']} ranks {row['rank']:.0f} of {row['of']}{open_}"

    ends = [known.iloc[0], known.iloc[-1]][: min(len(known), 2)]
    return f"From the best-off {noun} down, {words([place_of(row) for row in ends])}."
