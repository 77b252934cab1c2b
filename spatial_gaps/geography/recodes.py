"""Carry figures from the areas of one year or level to those of another, by shares of people."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice, check_unique
from spatial_gaps.errors import (
    JoinError,
    SpatialGapsWarning,
    StatisticUndefined,
    first_of,
)
from spatial_gaps.geography.levels import find_level
from spatial_gaps.geography.pieces import shares_between
from spatial_gaps.geography.successors import describe_unknown
from spatial_gaps.geography.vintages import detect_vintage

# How a figure behaves when areas are put together or taken apart.
STATISTICS = ("count", "rate", "mean", "median", "index", "score", "rank")
ADDED, AVERAGED = ("count",), ("rate", "mean")
Target = int | pd.Series


def recode(
    values: pd.Series[Any],
    to: Target,
    *,
    statistic: str = "count",
    weights: pd.Series[Any] | None = None,
    level: str | None = None,
    vintage: int | None = None,
) -> pd.Series[Any]:
    """Carry figures to the areas of another year, of another level, or of a proposal.

    Counts are divided by shares of people and added; rates and means are averaged with `weights`.
    Medians, indices, scores and ranks of areas that were put together cannot be found from those of
    the parts: they are carried only where an area changed its code alone.

    Parameters
    ----------
    values : Series, shape (n,)
        Figures indexed by code, of one level and vintage.
    to : int or Series
        Year of the areas wanted; or new code by code, as `what_if` returns it.
    statistic : {"count", "rate", "mean", "median", "index", "score", "rank"}
        What the figures are.
    weights : Series, shape (n,), optional
        Denominators of rates and means, indexed as `values`; people of mid-2021 unless given.
    level : str, optional
        Level of the areas wanted, such as "itl3"; the same unless given.
    vintage : int, optional
        Year of the codes given; found from them unless given.

    Returns
    -------
    Series, shape (k,)
        On the new codes, sorted; nan where a part has no figure. `recoding` says what was done.

    Raises
    ------
    StatisticUndefined
        If a median, index, score or rank would have to be combined; the areas are named.
    JoinError
        If codes repeat, are of no or of mixed vintages, or an ended code stands beside its
        successor: both hold the same people, and adding them would count these twice.

    Warns
    -----
    SpatialGapsWarning
        If areas had to be divided, which rests on shares of people and not on the figures.

    Examples
    --------
    >>> old = pd.Series({"E07000026": 10.0, "E07000028": 20.0, "E07000029": 30.0})
    >>> recode(old, to=2023).to_dict()
    {'E06000063': 60.0}
    """
    check_choice(statistic, STATISTICS, "statistic")
    links = _links(values.index, to, level, vintage)
    # All parts of an area count, also those without a figure: their sum is not known then.
    links = links[links["new"].isin(links["new"][links["code"].isin(values.index)])]
    figures = values.reindex(links["code"]).astype(float).to_numpy()
    if statistic not in ADDED and statistic not in AVERAGED:
        _check_whole(links, statistic)
        return pd.Series(figures, index=pd.Index(links["new"], name="code")).sort_index()
    divided = list(links["code"][links["share"] < 1].unique())
    if divided:
        warnings.warn(
            f"{len(divided)} areas were divided by their shares of people: {first_of(divided)}.",
            SpatialGapsWarning,
            stacklevel=2,
        )
    if statistic in ADDED:
        return _summed(figures * links["share"].to_numpy(), links["new"])
    size = links["people"] if weights is None else _denominators(weights, links)
    held = size.to_numpy(dtype=float)
    return _summed(figures * held, links["new"]) / _summed(held, links["new"])


def recoding(
    codes: Any, to: Target, *, level: str | None = None, vintage: int | None = None
) -> pd.DataFrame:
    """Say which area goes where, with which share: the record of a recode.

    Parameters
    ----------
    codes : Index or sequence of str
        Codes of one level and vintage, each once.
    to, level, vintage
        As for `recode`.

    Returns
    -------
    DataFrame
        One row per old and new area: code, new, share (of the people of `code`), people
        (mid-2021), kind ("same", "recode" for a new code of the same area, "merge", "split" or
        "rearranged") and source ("register" or "user").

    Raises
    ------
    JoinError, InputError
        As `recode`.

    Examples
    --------
    >>> recoding(["E08000016"], to=2025)[["new", "kind"]].to_numpy().tolist()
    [['E08000038', 'recode']]
    """
    links = _links(codes, to, level, vintage)
    return links[links["code"].isin(list(codes))].reset_index(drop=True)


def _links(codes: Any, to: Target, level: str | None, vintage: int | None) -> pd.DataFrame:
    """Return every link between the areas of the codes' vintage and those wanted."""
    given = pd.Index(list(codes), name="code")
    check_unique(given, "codes")
    own = detect_vintage(given)
    year = own.year if vintage is None else vintage
    _check_doubled(own.retired, own.doubled, year)
    if isinstance(to, pd.Series):
        links = _proposed(given, own.level, year, to)
        source = "user"
    else:
        wanted = own.level if level is None else find_level(level).key
        links = shares_between(own.level, year, wanted, to).rename(columns={"parent": "new"})
        source = "register"
    lacking = given.difference(pd.Index(links["code"]), sort=False)
    if len(lacking):
        raise JoinError(
            f"codes are not in force in {own.level} {year}",
            offenders=describe_unknown(lacking, year),
            hint="Take them out, or correct them.",
        )
    return links.assign(kind=_kinds(links), source=source)


def _proposed(
    given: pd.Index[Any], level: str, year: int, proposal: pd.Series[Any]
) -> pd.DataFrame:
    """Return links into a user's authorities, each district going whole."""
    people = shares_between(level, year, level, year).set_index("code")["people"]
    new = proposal.reindex(given)
    missing = given[new.isna()]
    if len(missing):
        raise JoinError(
            "the proposal leaves out areas that have figures",
            offenders=describe_unknown(missing, year),
            hint="what_if() lists every district of its vintage: name the one of the figures.",
        )
    links = pd.DataFrame({"code": proposal.index, "new": proposal.to_numpy()})
    links["people"] = people.reindex(links["code"]).to_numpy()
    return links.assign(share=1.0)


def _kinds(links: pd.DataFrame) -> pd.Series[Any]:
    """Name what happens along each link, from how many areas meet at both ends."""
    parts = links.groupby("code")["new"].transform("size") > 1
    whole = links.groupby("new")["code"].transform("size") == 1
    # An area that only takes in others is their merger; one that also gives some up is rearranged.
    giver = links["new"].map(parts.groupby(links["new"]).any())
    kind = np.select(
        [~parts & whole & (links["code"] == links["new"]), ~parts & whole, parts & whole, ~giver],
        ["same", "recode", "split", "merge"],
        "rearranged",
    )
    return pd.Series(kind, index=links.index)


def _check_whole(links: pd.DataFrame, statistic: str) -> None:
    changed = ~links["kind"].isin(("same", "recode"))
    if changed.any():
        raise StatisticUndefined(
            f"a {statistic} of areas put together cannot be found from those of the parts",
            offenders=[
                f"{row.new} from {row.code}" for row in links[changed].itertuples(index=False)
            ],
            hint="Use the figure published for the new area, or leave these areas out.",
        )


def _check_doubled(retired: tuple[str, ...], doubled: tuple[str, ...], year: int) -> None:
    if doubled:
        raise JoinError(
            f"ended codes stand beside their successors of {year}; adding both would count people "
            "twice",
            offenders=describe_unknown(doubled, year),
            hint="Take out the rows of the ended codes.",
        )
    if retired:
        raise JoinError(
            f"codes had ended by {year}, the year that most of them fit",
            offenders=describe_unknown(retired, year),
            hint="Keep the rows of one vintage.",
        )


def _denominators(weights: pd.Series[Any], links: pd.DataFrame) -> pd.Series[Any]:
    size: pd.Series[Any] = links["share"] * weights.reindex(links["code"]).to_numpy(dtype=float)
    bad = ~(size > 0)
    if bad.any():
        raise JoinError(
            "denominators are missing or not positive", offenders=list(links["code"][bad].unique())
        )
    return size


def _summed(parts: Any, new: pd.Series[Any]) -> pd.Series[Any]:
    """Add parts by new code; nan where one of them is missing."""
    grouped = pd.Series(np.asarray(parts, dtype=float)).groupby(new.to_numpy())
    total: pd.Series[Any] = grouped.sum()
    return total.where(grouped.count() == grouped.size()).rename_axis("code")
