"""The twelve missions of February 2022, their headline metrics, and how others rated the targets.

Facts about missions are in missions.csv beside this file, those about metrics in
headline_metrics.csv; what is known of the series themselves comes from the catalogue of indicators.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from spatial_gaps.metrics.catalogue import catalogue

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("goal_year", "goal_outside", "planned_total", "baseline", "lag_least", "lag_most")
LEADING = ["mission", "focus_area", "statement", "headline_metric"]
TAKEN = ("higher_is", "scale", "default_weight", "source")


def missions() -> pd.DataFrame:
    """Return the twelve missions of the white paper, one row per headline metric.

    Returns
    -------
    DataFrame, shape (23, 39)
        22 headline metrics, and a row without one for pride in place. Text, "" where nothing is
        known; a copy: changing it changes nothing.

        Of the mission: mission (1 to 12), focus_area, statement (in our own words),
        objective_without_metric, lead_department, in_outcome_plans; ifg_rating ("low" ambition,
        "high", "right" or "unknown"), ifg_rating_part (of a part of the mission), unclear,
        too_narrow and misaligned ("yes" or "no").

        Of the metric: headline_metric, status ("headline", or "exploratory" where a mission has no
        other metrics), tracked_level (by the white paper), too_coarse, ifg_level (that the paper
        wants, in its words), right_level (its key) and level_reason; direction, target,
        target_year, interim_year, scope, note; goal (the target as `ambition` takes it, "" where it
        is not put in figures) and goal_year, goal_outside and planned_total (rise in percent outside
        the Greater South East, and of the total that was planned anyway); baseline_period and
        baseline (the figure, a number, nan if not known); lag_least and lag_most (numbers of
        months, see Notes).

        Of the data: series (files), keys (of the catalogue, with real series; a tuple), stand_ins
        (keys of series that measure something near it; a tuple), and higher_is, scale,
        default_weight and source out of `catalogue`.

    See Also
    --------
    data_gaps : What the series you have lack, metric by metric.
    catalogue : What is known of every indicator.

    Notes
    -----
    Ratings and levels are those of the Institute for Government's paper; a level is "" where it
    states none. The white paper does not say who leads: the department is filled in only for the
    two missions that the Department for Levelling Up, Housing and Communities said it drives itself.
    Outcome delivery plans are not in our sources, so that column is blank throughout.

    Lags are read off one release, the figures that were public on the day of the white paper
    (2 February 2022), and count months from the end of a period to its publication. `lag_most` is
    what that period had taken by then, so reckoning with it never looks ahead; `lag_least` is the
    least with which the next period was still unknown in March 2022. They are bounds, not dates.
    The baseline is the latest period on that day, where known.

    References
    ----------
    HM Government (2022), Levelling Up the United Kingdom, CP 604. Institute for Government (2022),
    Will the levelling up missions help reduce regional inequality?

    Examples
    --------
    >>> table = missions()
    >>> table["mission"].nunique(), int((table["headline_metric"] != "").sum())
    (12, 22)
    >>> table.groupby("ifg_rating")["mission"].nunique().to_dict()
    {'high': 2, 'low': 5, 'right': 3, 'unknown': 2}
    >>> table.loc[table["headline_metric"] == "Healthy life expectancy", "keys"].item()
    ('healthy_life_expectancy_female', 'healthy_life_expectancy_male')
    """
    import pandas as pd

    table = _read("headline_metrics").merge(_read("missions"), on="mission", validate="m:1")
    table["mission"] = table["mission"].astype(int)
    table["target_year"] = table["target_year"].astype(int)
    for name in NUMBERS:
        table[name] = pd.to_numeric(table[name])
    known = catalogue()
    series = [
        sorted(known.index[(known["headline"] == m) & (m != "")]) for m in table["headline_metric"]
    ]
    # A series that is only near the metric is no series of it.
    real = (table["series"] != "") & (table["stand_ins"] == "")
    table["keys"] = [tuple(own) if has else () for own, has in zip(series, real, strict=True)]
    table["stand_ins"] = [tuple(text.split()) for text in table["stand_ins"]]
    first = pd.Series([own[0] if own else "" for own in series], index=table.index)
    for name in TAKEN:
        table[name] = first.map(known[name]).fillna("")
    return table[[*LEADING, *(name for name in table if name not in LEADING)]]


def headline_of() -> dict[str, str]:
    """Return the headline metric that each key of the catalogue measures."""
    known = catalogue()
    return {str(key): str(name) for key, name in known["headline"].items() if name}


def _read(name: str) -> pd.DataFrame:
    """Return a packaged table as text."""
    return _table(name).copy()


@cache
def _table(name: str) -> pd.DataFrame:
    import pandas as pd

    with (resources.files("spatial_gaps.targets") / f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)
