"""Figures of parents: the published ones, else those of their areas put together where they may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice
from spatial_gaps.errors import InputError, WeightsError, first_of
from spatial_gaps.geography.recodes import ADDED, AVERAGED
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.metrics.denominators import (
    Weights,
    check_weights,
    described,
    weighting,
    weights_at,
)
from spatial_gaps.metrics.parentage import Step, check_levels, names_of, other_code, tie_periods
from spatial_gaps.metrics.tiling import rows_of_level
from spatial_gaps.records import Metric, Notice

USES = ("prefer", "ignore")
SHOWN = 3


def roll_up(
    metric: Metric,
    to: str = "itl1",
    weights: Weights | None = None,
    *,
    level: str = "lad",
    vintage: int | None = None,
    parent_vintage: int | None = None,
    published: str = "prefer",
) -> Metric:
    """Give a metric at a coarser level: what was published for the parents, else from their areas.

    Counts are added, rates and means averaged with their denominators. Medians, indices, scores,
    ranks and ratios of several areas do not follow from theirs: only published ones are given.

    Parameters
    ----------
    metric : Metric
        With rows of `level`, and of the parents where they were published; not changed.
    to : str
        Level of the parents: utla, county, itl3, itl2, london_part, combined_authority, itl1,
        region (with the countries outside England), country, uk, gb or england_wales.
    weights : Series or Metric, optional
        Denominators of rates and means, by code of `level`. A Series serves all periods; of a
        Metric of counts the same period is taken, else the nearest, which is noted. A period of
        several years stands for the year in its middle.
    level : {"lad", "utla", "itl3", "itl2", "itl1"}
        Level of the areas.
    vintage : int, optional
        Year of the areas' codes; found in each period unless given.
    parent_vintage : int, optional
        Year of the parents. Unless given, that of the metric's own rows for ITL parents, else that
        of the areas.
    published : {"prefer", "ignore"}
        Whether a published figure of the parent is taken where there is one.

    Returns
    -------
    Metric
        One row per parent and period, for every parent there is. `note` says "published" (and as
        which code, if under the other code of the same area) or "rolled up from 12 areas"; `status`
        why there is no figure. Notices count what was done.

    Raises
    ------
    InputError
        If the statistic is not stated; if areas may not be put together and no figure of a parent
        was published; if there are no areas of `level`, or they do not lie in areas of `to`.
    WeightsError
        If a weight is zero or negative, or no area has one.

    See Also
    --------
    recode : Carries figures to the areas of another year.

    Notes
    -----
    With figures y, weights p and s, the share of an area's people (mid-2021) who live in the
    parent: a count is ``sum(s y)`` with standard error ``sqrt(sum((s se)^2))``; a rate or mean is
    ``sum(s p y) / sum(s p)`` with ``sqrt(sum((s p se)^2)) / sum(s p)``, as if the errors of areas
    were independent. Limits are 1.96 standard errors away. A figure is missing if that of one area
    is, and so is a standard error.

    Examples
    --------
    >>> from spatial_gaps import read_metric, sample_path
    >>> pay = read_metric(sample_path("gross-median-weekly-pay"))
    >>> london = roll_up(pay, "itl1").at(2010).loc["TLI"]
    >>> float(london["value"]), london["note"]
    (521.3, 'published as E12000007')
    """
    own, parent = check_levels(level, to)
    check_choice(published, USES, "use of published figures")
    obstacle = _obstacle(metric, weights)
    steps = tie_periods(metric, own, parent, (vintage, parent_vintage))
    if weights is not None and not obstacle:
        steps = _weighted(steps, weights)
    made = []
    for step in steps:
        figures = _rolled(step, metric.statistic in AVERAGED, obstacle)
        made.append(_published(figures, step.rows) if published == "prefer" else figures)
    table = pd.concat(made).rename_axis("code").reset_index().assign(level=parent)
    if obstacle and table["value"].isna().all():
        raise _refusal(metric, obstacle, published)
    notices = [*_outcome(table, own, parent), *_left_aside(steps, own, parent)]
    if weights is not None and not obstacle:
        notices += _weights_used(metric, weights, steps, table)
    notices += [*_divided(table, steps), *_errors(table, steps)]
    table = table.sort_values(["code", "period"], ignore_index=True)
    years = {step.years[1] for step in steps}
    return replace(
        metric,
        table=table.reindex(columns=metric.table.columns),
        vintage=years.pop() if len(years) == 1 else 0,
        notices=(*metric.notices, *notices),
    )


def _obstacle(metric: Metric, weights: Weights | None) -> str:
    """Return why figures of areas may not be put together, "" if they may."""
    statistic = metric.statistic
    if not statistic:
        raise InputError(
            f"it is not known whether '{metric.title}' is a count, a rate, a mean, a median or an "
            "index, so whether its figures can be put together",
            file=metric.file or None,
            hint='State it: dataclasses.replace(metric, statistic="count").',
        )
    if statistic in ADDED:
        if weights is not None:
            raise InputError(
                f"'{metric.title}' is a {statistic}, which is added up without weights",
                hint="Leave weights out.",
            )
        return ""
    if statistic not in AVERAGED:
        return f"no {statistic} of several areas follows from theirs"
    return "" if weights is not None else f"a {statistic} of several areas needs weights"


def _refusal(metric: Metric, obstacle: str, published: str) -> InputError:
    """Say that neither areas nor published parents give a figure."""
    missing = "published figures are ignored" if published == "ignore" else "none is published here"
    return InputError(
        f"'{metric.title}' cannot be rolled up: {obstacle}, and {missing}",
        file=metric.file or None,
        hint="Give the denominators as weights, a Series by code or a Metric of counts."
        if metric.statistic in AVERAGED
        else "Use a file that has the figures of the parents.",
    )


def _weighted(steps: Sequence[Step], weights: Weights) -> list[Step]:
    """Return the steps with weights times shares for the size of their areas with a figure."""
    check_weights(weights)
    done = []
    for step in steps:
        links = step.links
        codes = pd.Index(links["code"].unique())
        codes = codes.intersection(step.rows.index[step.rows["value"].notna()])
        period, known = weights_at(weights, step.period, codes)
        links = links.assign(size=links["share"] * links["code"].map(known))
        lacking = tuple(known.index[known.isna()])
        done.append(replace(step, links=links, weights_of=period, unweighted=lacking))
    if not any(step.links["size"].notna().any() for step in done):
        raise WeightsError("no area that has a figure has a weight", hint=described(weights))
    return done


def _weights_used(
    metric: Metric, weights: Weights, steps: Sequence[Step], table: pd.DataFrame
) -> Iterator[Notice]:
    """Note the weights of the periods in which not all figures are the published ones."""
    rolled = set(table.loc[table["rolled"], "period"])
    used = {step.period: step.weights_of for step in steps if step.period in rolled}
    missing = table[table["value"].isna()].groupby("period")["code"].agg(set)
    lacking: set[str] = set()
    for step in steps:
        inside = step.links["parent"].isin(missing.get(step.period, set()))
        lacking |= set(step.links.loc[inside, "code"]) & set(step.unweighted)
    if used or lacking:
        yield from weighting(metric, weights, used, sorted(lacking))


def _rolled(step: Step, averaged: bool, obstacle: str) -> pd.DataFrame:
    """Put the figures of areas together, as a table of the parents."""
    links = step.links
    value, se = step.rows[["value", "se"]].reindex(links["code"]).to_numpy(dtype=float).T
    size = links["size"].to_numpy(dtype=float)
    number, parents = pd.factorize(links["parent"], sort=True)

    def added(parts: Array) -> Array:
        # One missing part leaves the sum missing.
        return np.bincount(number, parts).astype(float)

    whole = added(size) if averaged else 1.0
    table = pd.DataFrame({"value": added(size * value) / whole}, index=parents)
    table["se"] = np.sqrt(added((size * se) ** 2)) / whole
    table["rolled"] = table["value"].notna() & (not obstacle)
    table[["value", "se"]] = table[["value", "se"]].where(table["rolled"])
    table = table.assign(
        period=step.period,
        period_raw=step.rows["period_raw"].iloc[0],
        name=names_of(parents),
        lower=table["value"] - Z95 * table["se"],
        upper=table["value"] + Z95 * table["se"],
        se_source=np.where(table["se"].notna(), "rolled up", ""),
        row=0,
    )
    divided = added(np.where(links["share"] < 1, 1.0, 0.0)).astype(int)
    notes = pd.Series(map(_note, np.bincount(number), divided), parents)
    lacking = table.index[~table["rolled"]]
    reasons = [f"{obstacle}, and none is published"] * len(lacking)
    said = pd.Series(reasons if obstacle else _reasons(step, lacking), lacking, dtype=str)
    return table.assign(
        note=notes.where(table["rolled"], ""), status=said.reindex(parents, fill_value="")
    )


def _note(areas: int, parts: int) -> str:
    """Say what a figure was put together from."""
    text = f"rolled up from {areas} area{'s' if areas > 1 else ''}"
    return f"{text}, {parts} of them in part" if parts else text


def _reasons(step: Step, parents: pd.Index[Any]) -> list[str]:
    """Say what each parent lacks: figures or weights, of how many areas with how many people."""
    rows = step.rows[["value", "status"]].reindex(step.links["code"])
    bare = rows["value"].isna().to_numpy()
    status = rows["status"].fillna("no row").where(bare, "no weight").to_numpy()
    links = step.links.assign(bare=bare, status=status)
    links["lacking"] = bare | links["size"].isna()
    said = []
    for parent in parents:
        own = links[links["parent"] == parent]
        lacking = own[own["lacking"]]
        what = "figure" if lacking["bare"].all() else "figure or weight"
        if len(lacking) == len(own):
            reasons = " or ".join(sorted(set(lacking["status"])))
            said.append(f"no area of {len(own)} has a {what} ({reasons})")
            continue
        people = lacking["people"].sum() / own["people"].sum()
        named = [f"{row.code}: {row.status}" for row in lacking[:SHOWN].itertuples()]
        said.append(
            f"{len(lacking)} of {len(own)} areas, with {100 * people:.3g}% of the people, lack a "
            f"{what} ({first_of(named, len(lacking))})"
        )
    return said


def _published(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table with published figures in place of those that were put together."""
    known = rows.index[rows["value"].notna()]
    codes = pd.Series(table.index, index=table.index)
    source = codes.where(codes.isin(known), codes.map(other_code()))
    source = source[source.isin(known)]
    taken = rows.loc[source].set_axis(source.index)
    named = ("published as " + source).where(source != source.index, "published")
    taken["note"] = named + ("; " + taken["note"]).where(taken["note"] != "", "")
    columns = table.columns.intersection(taken.columns, sort=False)
    table = table.copy()
    table.loc[taken.index, columns] = taken[columns]
    table.loc[taken.index, "rolled"] = False
    marker = rows["status"].reindex(table.index).fillna("")
    for column, where in (("status", table["value"].isna()), ("note", table["rolled"])):
        said = marker[where & (marker != "")]
        table.loc[said.index, column] += "; its own row: " + said
    return table


def _outcome(table: pd.DataFrame, own: str, parent: str) -> Iterator[Notice]:
    """Count where the figures come from, and name those that are missing."""
    missing = table[table["value"].isna()]
    rolled = int(table["rolled"].sum())
    yield Notice(
        "rolled-up",
        f"of {len(table)} figures of level {parent} {len(table) - rolled - len(missing)} are the "
        f"published ones, {rolled} are rolled up from areas of level {own} and {len(missing)} are "
        "missing",
    )
    if len(missing):
        named = [f"{row.code} {row.period}: {row.status}" for row in missing[:SHOWN].itertuples()]
        message = f"figures of parents are missing: {first_of(named, len(missing))}"
        yield Notice("parents-missing", message, tuple(missing["code"].unique()))


def _left_aside(steps: Sequence[Step], own: str, parent: str) -> Iterator[Notice]:
    """Note rows of both levels whose codes are of no area, and of no parent, in their vintage."""
    lost: dict[str, dict[str, None]] = {own: {}, parent: {}}
    other = other_code()
    for step in steps:
        used = {*step.links["code"], *step.links["parent"]}
        for level, found in lost.items():
            codes = step.rows.index[rows_of_level(step.rows, level)]
            found |= dict.fromkeys(c for c in codes if not used & {c, other.get(c)})
    for level, found in lost.items():
        if found:
            message = (
                f"{len(found)} codes of level {level} are left aside: no area that is in force, and "
                f"in a parent or one itself, has them: {first_of(list(found))}"
            )
            yield Notice("left-aside", message, tuple(found))


def _divided(table: pd.DataFrame, steps: Sequence[Step]) -> Iterator[Notice]:
    """Note areas that were divided between parents."""
    rolled = set(table.loc[table["rolled"], "code"])
    links = pd.concat([step.links for step in steps]).drop_duplicates(["code", "parent"])
    links = links[(links["share"] < 1) & links["parent"].isin(rolled)]
    if links.empty:
        return
    named = [f"{row.code} {row.share:.1%} in {row.parent}" for row in links.itertuples()]
    codes = tuple(links["code"].unique())
    message = (
        f"{len(codes)} areas lie in several parents and count to each by its share of their people "
        f"in mid-2021: {first_of(named)}"
    )
    yield Notice("divided", message, codes)


def _errors(table: pd.DataFrame, steps: Sequence[Step]) -> Iterator[Notice]:
    """Say what standard errors rest on, and where there is none."""
    rolled = table[table["rolled"]]
    bare = int(rolled["se"].isna().sum())
    if bare < len(rolled):
        message = (
            f"standard errors of {len(rolled) - bare} rolled-up figures take the errors of their "
            "areas as independent"
        )
        yield Notice("independent-errors", message)
    if bare and any(step.rows["se"].notna().any() for step in steps):
        message = (
            f"{bare} rolled-up figures have no standard error, since one of their areas has none"
        )
        yield Notice("se-missing", message, tuple(rolled.loc[rolled["se"].isna(), "code"].unique()))
