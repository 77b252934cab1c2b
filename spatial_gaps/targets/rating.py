"""Were the missions' targets ambitious? Every headline metric that has data, beside the paper."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.errors import SpatialGapsError
from spatial_gaps.records import Metric
from spatial_gaps.targets.ambition import ambition, ambition_by
from spatial_gaps.targets.ambition_record import Ambition
from spatial_gaps.targets.judging import DEPENDENT, HIGH, LOW, STRETCHING, UNKNOWN
from spatial_gaps.targets.mission_series import RATED_IN, MissionSeries, series_of_missions
from spatial_gaps.targets.target_terms import needs_base

# What the paper calls them.
IN_PAPER = {LOW: "low", STRETCHING: "right", HIGH: "high"}
MODELS = ("damped", "drift", "line")


def rate_missions(
    metrics: Iterable[Metric],
    *,
    as_of: str | None = None,
    thresholds: tuple[float, float] = (0.2, 0.8),
) -> pd.DataFrame:
    """Rate the targets of the missions by the trends of the series at hand, beside the paper's ratings.

    Parameters
    ----------
    metrics : iterable of Metric
        The series you have. Of several with one key the longest counts, then the latest; those of no
        headline metric are left out.
    as_of : str, optional
        A month such as "2022-03", in which the paper rated them: only what was published by then, as
        far as `lag_most` of `missions` tells, 12 months after the end of a period where it does not.
        All figures unless given.
    thresholds : tuple of float
        Chances that part the ratings, as for `ambition`.

    Returns
    -------
    DataFrame
        Indexed by key: mission, focus_area, headline_metric, goal, goal_year, base (the last period
        known in March 2022), place (whose figure it is), n (figures), last, rating, reason, forecast
        and p of each model ("p_damped", ...), beyond_evidence, regions (their ratings, counted),
        ifg_rating, agrees ("yes", "no", "undecided" where models differ, "" where nothing is
        assessable or the paper gives no rating), sentence.

    Raises
    ------
    InputError
        If something is no Metric, or `as_of` no month.

    See Also
    --------
    ambition : The rule, and any target of your own.
    scorecard : Gaps and levels too.

    Notes
    -----
    "Rise in every area" is rated by the chance that the nation rises; `regions` counts how many of
    its regions would, each for itself. Smoothed series are not rated: their past errors are smaller
    than those of the figures they smooth. The paper rates missions, not metrics: a metric agrees if
    it is rated as its mission is.

    Examples
    --------
    >>> from spatial_gaps import read_metric, sample_path
    >>> pay = read_metric(sample_path("gross-median-weekly-pay"))
    >>> table = rate_missions([pay], as_of="2022-03")
    >>> table[["last", "rating", "ifg_rating", "agrees"]].iloc[0].tolist()
    ['2021', 'low ambition', 'low', 'yes']
    """
    rows = {}
    for series in series_of_missions(metrics):
        found = _rate(series, as_of, thresholds)
        rows[series.metric.key] = _row(series, as_of, found) | _regions(series, as_of, thresholds)
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("key")
    if table.empty:
        return table
    table["agrees"] = [
        _agrees(*pair) for pair in zip(table["rating"], table["ifg_rating"], strict=True)
    ]
    return table


def _rate(
    series: MissionSeries, as_of: str | None, thresholds: tuple[float, float]
) -> Ambition | str:
    """Return the answer for the place that the target is about, or why there is none."""
    place, goal = series.place(), series.facts["goal"]
    if not goal:
        return "the target is not put in figures"
    if series.metric.smoothing:
        return "a smoothed series, whose past errors tell too little"
    if not series.base() and not goal[0].isdigit():
        return f"no figure was known in {RATED_IN}, which the target is relative to"
    if not place:
        return f"no figure for {series.facts['scope'] or 'the nation'}"
    try:
        return ambition(
            series.of_place().dropna(),
            areas=_parts(series, place),
            **_terms(series, as_of, thresholds),
        )
    except SpatialGapsError as error:
        return str(error)


def _terms(
    series: MissionSeries, as_of: str | None, thresholds: tuple[float, float]
) -> dict[str, Any]:
    """Return what `ambition` has to know of a target."""
    metric, facts = series.metric, series.facts
    goal = facts["goal"]
    target = goal if goal[:1] in "+-rf" else float(goal)
    return {
        "target": target,
        "target_year": int(facts["goal_year"]),
        "higher_is": metric.higher_is,
        "scale": metric.scale,
        "bounds": series.bounds(),
        "base": series.base() if needs_base(target) else None,
        "as_of": as_of,
        "lag": series.lag if as_of else None,
        "period_type": metric.period_type,
        "breaks": metric.breaks,
        "thresholds": thresholds,
    }


def _parts(series: MissionSeries, place: str) -> pd.DataFrame | None:
    """Return the regions, whose past errors are pooled with the place's own."""
    codes = [code for code in series.regions() if code != place]
    parts = series.wide().loc[codes].dropna(how="all")
    return parts if len(parts) else None


def _row(series: MissionSeries, as_of: str | None, found: Ambition | str) -> dict[str, Any]:
    """Return what is said of one series."""
    facts = series.facts
    row = {name: facts[name] for name in ("mission", "focus_area", "headline_metric", "goal")}
    row |= {"goal_year": facts["goal_year"], "base": series.base(), "place": series.place()}
    if isinstance(found, str):
        known = series.known(as_of)
        row |= {"n": len(known), "last": known[-1] if known else "", "rating": UNKNOWN}
        row |= {"reason": found, "beyond_evidence": False, "sentence": f"Not assessable: {found}."}
        models = pd.DataFrame(np.nan, index=pd.Index(MODELS), columns=["forecast", "p", "p_naive"])
    else:
        row |= {name: getattr(found, name) for name in ("n", "last", "rating", "reason")}
        row |= {"beyond_evidence": found.beyond_evidence, "sentence": str(found)}
        models = found.models
    for model in MODELS:
        for part in ("forecast", "p", "p_naive"):
            row[f"{part}_{model}"] = float(models[part][model])
    return row | {"ifg_rating": facts["ifg_rating"]}


def _regions(
    series: MissionSeries, as_of: str | None, thresholds: tuple[float, float]
) -> dict[str, str]:
    """Count the ratings of regions, where the target is one for every area."""
    if not series.facts["goal"] or series.metric.smoothing:
        return {"regions": ""}
    parts = _parts(series, series.place())
    if parts is None:
        return {"regions": ""}
    try:
        table = ambition_by(parts, **_terms(series, as_of, thresholds))
    except SpatialGapsError:
        # The place's own reason says why.
        return {"regions": ""}
    counts = table["rating"].value_counts()
    words = [
        f"{counts[word]} {word}" for word in (LOW, STRETCHING, HIGH, DEPENDENT) if word in counts
    ]
    return {"regions": ", ".join(words)}


def _agrees(rating: str, paper: str) -> str:
    """Say whether a rating is the paper's; "" where either has none."""
    if rating == UNKNOWN or paper not in IN_PAPER.values():
        return ""
    if rating == DEPENDENT:
        return "undecided"
    return "yes" if IN_PAPER[rating] == paper else "no"
