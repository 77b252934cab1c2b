"""The scorecard of the twelve missions: `scorecard`, from any subset of their series."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.errors import SpatialGapsError
from spatial_gaps.geography.groups import groups
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.metrics.catalogue import catalogue
from spatial_gaps.records import Metric
from spatial_gaps.targets.data_gaps import data_gaps
from spatial_gaps.targets.interim import interim_path, on_track
from spatial_gaps.targets.mission_change import MissionChange, mission_change
from spatial_gaps.targets.mission_series import MissionSeries, series_of_missions
from spatial_gaps.targets.missions import headline_of, missions
from spatial_gaps.targets.rating import rate_missions
from spatial_gaps.targets.scorecard_record import Scorecard, mission_rows
from spatial_gaps.targets.share_outside import share_outside
from spatial_gaps.targets.target_terms import aim

INSIDE = "Greater South East"


def scorecard(
    metrics: Iterable[Metric],
    *,
    as_of: str | None = None,
    since: str | int | None = None,
    thresholds: tuple[float, float] = (0.2, 0.8),
) -> Scorecard:
    """Assess the twelve missions with the series at hand.

    For every headline metric that has data: is it tracked at the right level, is the gap closing and
    who moved, how many places have risen for certain, when would the rest catch up, was the target
    ambitious, and is it on track. What cannot be assessed is said, with the reason.

    Parameters
    ----------
    metrics : iterable of Metric
        Any subset of the series, also none; those of no headline metric are left out.
    as_of : str, optional
        A month such as "2022-03": only what was known by then. All figures unless given.
    since : str or int, optional
        Period with which gaps and areas are compared, where a series has it; else the baseline of
        the mission, or its first period where nothing later is known.
    thresholds : tuple of float
        Chances that part the ratings of targets, as for `ambition`.

    Returns
    -------
    Scorecard
        ``str()`` is one line per mission.

    Raises
    ------
    InputError
        If something is no Metric, or `as_of` no month.

    See Also
    --------
    missions, data_gaps, right_level, levelling, risen_everywhere, catch_up_time, ambition, on_track :
        What it is made of, for any metric and target of your own.

    Examples
    --------
    >>> from spatial_gaps import read_metric, sample_path
    >>> card = scorecard([read_metric(sample_path("gross-median-weekly-pay"))])
    >>> card.missions.loc[[1, 3], ["with_data", "target"]].to_numpy().tolist()
    [[1, 'low ambition'], [0, 'not assessable: no data']]
    """
    given = list(metrics)
    chosen = series_of_missions(given)
    period = None if since is None else str(since)
    ratings = rate_missions([each.metric for each in chosen], as_of=as_of, thresholds=thresholds)
    changes = [mission_change(each, as_of, period) for each in chosen]
    rows = {
        each.metric.key: _noun(each) | _change(found, each) | _progress(each, as_of)
        for each, found in zip(chosen, changes, strict=True)
    }
    measures = pd.DataFrame.from_dict(rows, orient="index").rename_axis("key")
    if rows:
        measures = ratings.join(measures)
    gaps = data_gaps([each.metric for each in chosen], as_of=as_of)
    return Scorecard(
        missions=mission_rows(measures, missions()),
        measures=measures,
        gaps=gaps,
        changes={each.metric.key: found for each, found in zip(chosen, changes, strict=True)},
        as_of=as_of or "",
        left_out=_left_out(given, [each.metric for each in chosen]),
        sources=tuple(dict.fromkeys(each.metric.source for each in chosen)),
        licences=tuple(dict.fromkeys(each.metric.licence for each in chosen)),
    )


def _left_out(given: list[Metric], chosen: list[Metric]) -> tuple[str, ...]:
    """Say which series do not count, and why."""
    used = {each.key for each in chosen}
    kept = {id(each) for each in chosen}
    said = []
    for metric in given:
        if id(metric) not in kept:
            why = "a longer series of this measure counts" if metric.key in used else (
                "its figures state no period" if metric.key in headline_of()
                else "it measures no headline metric of a mission"
            )  # fmt: skip
            said.append(f"{metric.file or metric.title} ({metric.key}): {why}")
    return tuple(said)


def _noun(series: MissionSeries) -> dict[str, Any]:
    metric = series.metric
    noun = str(catalogue().loc[metric.key, "noun"])
    # Pay of residents and pay of jobs have one noun.
    noun += " (by workplace)" if metric.key == "earnings_weekly_median_workplace" else ""
    noun += " (smoothed)" if metric.smoothing else ""
    has_se = bool(metric.table["se"].notna().any())
    return {"noun": noun, "unit": metric.unit, "has_se": has_se, "smoothed": bool(metric.smoothing)}


def _change(found: MissionChange, series: MissionSeries) -> dict[str, Any]:
    """Return what has become of areas, as columns."""
    row: dict[str, Any] = {
        "level": found.level,
        "areas": noun_of(found.level)[1] if found.level else "",
        "hidden": np.nan,
        "since": found.base,
        "until": found.last,
        "closing": "not assessable",
        "how": "",
        "bottom": "not assessable",
        "gap_before": np.nan,
        "gap_after": np.nan,
        "n_areas": 0,
        "at_least": pd.NA,
        "named": pd.NA,
        "fallen": pd.NA,
        "catch_up": np.nan,
        "catch_up_lower": np.nan,
        "catch_up_upper": np.nan,
        "why_not": found.reason,
        "gap_sentence": "",
        "risen_sentence": "",
        "catch_up_sentence": "",
    }
    if found.right_level is not None:
        row["hidden"] = float(found.right_level.tiers["hidden_share"].iloc[0])
    if found.levelling is not None:
        own = found.levelling
        row |= {"closing": own.closing, "how": own.how, "bottom": own.bottom, "n_areas": own.n}
        gap = own.groups.loc["gap", ["before", "after"]].to_numpy(dtype=float)
        ratio = own.scale == "ratio"
        row["gap_before"], row["gap_after"] = 100 * np.expm1(gap) if ratio else gap
        row |= {"gap_unit": "%" if ratio else series.metric.unit, "gap_sentence": str(own)}
    if found.risen is not None:
        risen = found.risen
        row |= {"n_areas": risen.n, "at_least": risen.at_least, "named": len(risen.shown)}
        row |= {"fallen": len(risen.fallen), "risen_sentence": str(risen)}
    if found.catch_up is not None:
        until = found.catch_up
        row |= {"catch_up": until.years, "catch_up_lower": until.lower}
        row |= {"catch_up_upper": until.upper, "catch_up_sentence": str(until)}
    return row


def _progress(series: MissionSeries, as_of: str | None) -> dict[str, Any]:
    """Return whether a target in figures is on track, and what it makes of a share."""
    facts, known = series.facts, series.known(as_of)
    row: dict[str, Any] = {"on_track": "", "on_track_sentence": "", "share_sentence": ""}
    if facts["goal_outside"] > 0 and known:
        row["share_sentence"] = _share(series, known[-1])
    place, base, goal = series.place(), series.base(), facts["goal"]
    if not place or goal in ("", "rise", "fall") or base not in known[:-1]:
        return row
    figures = series.of_place()[known]
    target = goal if goal[0] in "+-" else float(goal)
    aimed = aim(target, np.array([figures[base]]), str(series.metric.higher_is))
    kind: dict[str, Any] = {"scale": series.metric.scale, "bounds": series.bounds()}
    try:
        path = interim_path(
            float(figures[base]),
            float(aimed[0]),
            start=base,
            target_year=int(facts["goal_year"]),
            period_type=series.metric.period_type,
            **kind,
        )
        se = series.of_place("se")[known]
        found = on_track(
            figures, path, higher_is=series.metric.higher_is, se=se if se.notna().all() else None
        )
    except SpatialGapsError:
        # The rating says why a series cannot be followed.
        return row
    return row | {"on_track": found.verdict, "on_track_sentence": str(found)}


def _share(series: MissionSeries, period: str) -> str:
    """Say what share lies outside the Greater South East, and what the target would make of it."""
    regions = series.regions()
    group = groups("greater_south_east", level="region")
    values = series.wide()[period].reindex(group.index)
    if not regions or values.isna().any():
        return ""
    found = share_outside(
        values,
        group == INSIDE,
        rise_outside=series.facts["goal_outside"] / 100,
        rise_total=series.facts["planned_total"] / 100,
    )
    # A semicolon parts the verdicts of a cell.
    said = str(found).replace("outside", f"outside the {INSIDE}", 1).replace(";", ",")
    return f"In {period} {said}"
