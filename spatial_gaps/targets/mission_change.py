"""What has become of the gap, and of every area, since a mission was set: one series at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from spatial_gaps.errors import SpatialGapsError
from spatial_gaps.geography.lookups import parent_shares
from spatial_gaps.geography.pieces import codes_of
from spatial_gaps.metrics.panels import window_overlap
from spatial_gaps.metrics.published import default_weights
from spatial_gaps.metrics.tiling import best_tiling
from spatial_gaps.targets.catch_up import CatchUp, catch_up_time
from spatial_gaps.targets.levelling import levelling
from spatial_gaps.targets.levelling_record import Levelling
from spatial_gaps.targets.mission_series import MissionSeries
from spatial_gaps.targets.right_level import RightLevel, right_level
from spatial_gaps.targets.risen import Risen, risen_everywhere

# The earlier trend of the top needs nearly all areas, or it is that of others.
ENOUGH = 0.95


@dataclass(frozen=True)
class MissionChange:
    """What is known of the areas of one series; None, and a reason, where nothing is.

    Attributes
    ----------
    level : str
        Key of the level of the areas, "" if there are none.
    base, last : str
        The periods compared, "" if there are not two.
    levelling, risen, catch_up, right_level
        The answers, or None.
    reason : str
        Why what is lacking cannot be said, "" if nothing is lacking.
    """

    level: str = ""
    base: str = ""
    last: str = ""
    levelling: Levelling | None = None
    risen: Risen | None = None
    catch_up: CatchUp | None = None
    right_level: RightLevel | None = None
    reason: str = ""


def mission_change(series: MissionSeries, as_of: str | None, since: str | None) -> MissionChange:
    """Ask of the areas of one series how their gap and they themselves have changed.

    Parameters
    ----------
    series : MissionSeries
        As `series_of_missions` gives it.
    as_of : str, optional
        Month; all figures unless given.
    since : str, optional
        The base period. Unless given, or where it is not one of the series, the baseline of the
        mission; where nothing later is known, the first period.

    Returns
    -------
    MissionChange
        See there.
    """
    known = series.known(as_of)
    if not known:
        return MissionChange(reason="no figure was known by then" if as_of else "no figure")
    metric, last = series.metric, known[-1]
    try:
        level, vintage = best_tiling(metric, last)
    except SpatialGapsError:
        return MissionChange(last=last, reason="no figures of local authorities or ITL areas")
    codes = pd.Index(sorted(set(codes_of(level, vintage)) - {""}))
    y, se = (series.wide(column).reindex(codes) for column in ("value", "se"))
    here = y[last].notna()
    weights, _ = default_weights(codes, last, level, vintage)
    found: dict[str, Any] = {"level": level, "last": last}
    found["right_level"] = _right_level(y[last][here], se[last][here], weights, level, vintage)
    if len(known) < 2:
        return MissionChange(**found, reason=f"only one period, {last}")
    found["base"] = base = _base(known, since or series.base())
    columns = [*_first(y, known, base, last), base, last]
    errors = se[columns] if se[columns].notna().any().all() else None
    asked: dict[str, Any] = {
        "higher_is": metric.higher_is,
        "base": base,
        "overlap": window_overlap(base, last),
    }
    reasons = []
    try:
        found["levelling"] = levelling(
            y[columns], errors, weights, scale=metric.scale, unit=metric.unit, replicates=0, **asked
        )
        reasons.append(found["levelling"].reason)
        if errors is not None:
            # All periods tell how far errors go together.
            found["risen"] = risen_everywhere(y[known], se[known], **asked)
        found["catch_up"] = catch_up_time(
            y[known[known.index(columns[0]) :]], None, weights, **_scale(series)
        )
    except SpatialGapsError as error:
        reasons.append(error.problem)
    return MissionChange(**found, reason="; ".join(filter(None, reasons)))


def _base(known: list[str], wanted: str) -> str:
    """Return the period that the last is compared with."""
    return wanted if wanted in known[:-1] else known[0]


def _first(y: pd.DataFrame, known: list[str], base: str, last: str) -> list[str]:
    """Return the period from which the earlier trend runs, as far back as nearly all areas go."""
    both = y[[base, last]].notna().all(axis=1)
    for period in known[: known.index(base)]:
        if y.loc[both, period].notna().mean() >= ENOUGH:
            return [period]
    return []


def _right_level(
    values: pd.Series[Any], se: pd.Series[Any], weights: Any, level: str, vintage: int
) -> RightLevel | None:
    """Return the level at which to track it, out of regions and the areas themselves."""
    tier = parent_shares(values.index, "itl1", vintage).rename("itl1")
    errors = se if se.notna().all() else None
    try:
        return right_level(
            values, [tier], None if weights is None else weights[values.index], errors, areas=level
        )
    except SpatialGapsError:
        return None


def _scale(series: MissionSeries) -> dict[str, Any]:
    """Return what `catch_up_time` has to know."""
    metric = series.metric
    return {"higher_is": metric.higher_is, "scale": metric.scale, "bounds": series.bounds()}
