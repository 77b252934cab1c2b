"""All periods of a series: a tidy table, a wide one, and a map that QGIS can play."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spatial_gaps.errors import InputError
from spatial_gaps.export.layer import Layer, make_layer
from spatial_gaps.export.qgis_style import Style, class_rules
from spatial_gaps.measure.classes import class_breaks
from spatial_gaps.measure.wording import format_value
from spatial_gaps.metrics.catalogue import slug
from spatial_gaps.metrics.panels import months_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from spatial_gaps.assessment import Assessment
    from spatial_gaps.records import Metric

PLAYED = "Figures of all periods"
_KEPT = ["value", "lower", "upper", "se", "status"]


def series_layers(assessment: Assessment, prefix: str = "") -> list[Layer]:
    """Return the figures of all periods: areas_over_time, values and values_wide.

    Parameters
    ----------
    assessment : Assessment
        Its metric holds the periods.
    prefix : str
        Before the names of all layers of this assessment.

    Returns
    -------
    list of Layer
        The map is a view on areas and values; none where the metric has no row of these areas.
    """
    import geopandas as gpd

    values = _tidy_values(assessment)
    if values.empty:
        return []
    title = assessment.metric.title
    shapes = assessment.areas.geometry.reindex(values["code"]).reset_index(drop=True)
    played = gpd.GeoDataFrame(values, geometry=shapes)
    columns = ", ".join(f's."{name}" AS "{name}"' for name in values)
    sql = (
        f'SELECT s.fid AS OGC_FID, a.geom AS geom, {columns} FROM "{prefix}values" s '
        f'JOIN "{prefix}areas" a ON a.code = s.code'
    )
    wide = values.pivot(index=["code", "name"], columns="period", values="value")
    wide = wide[list(dict.fromkeys(values["period"]))]
    wide.columns = [f"value_{slug(period)}" for period in wide.columns]
    return [
        make_layer(
            assessment, f"{prefix}areas_over_time", f"All periods: {title}", played,
            "Every figure of every period on the map; the temporal controller plays them, each "
            "period on the day it ends.",
            (_style(assessment, values),), group="Figures", sql=sql, moment="date_to",
        ),
        make_layer(
            assessment, f"{prefix}values", f"Values: {title}", values,
            "One row per area and period.", group="Tables",
        ),
        make_layer(
            assessment, f"{prefix}values_wide", f"Values, a column per period: {title}",
            wide.reset_index(), "One row per area.", group="Tables",
        ),
    ]  # fmt: skip


def _tidy_values(assessment: Assessment) -> pd.DataFrame:
    """Return one row per area and period, the earliest first."""
    metric, areas = assessment.metric, assessment.areas
    rows = metric.table[metric.table["code"].isin(areas.index)]
    days = {period: _days(metric, period) for period in rows["period"].unique()}
    order = {period: k for k, period in enumerate(sorted(days, key=lambda each: days[each]))}
    rows = rows.assign(order=rows["period"].map(order)).sort_values(["order", "code"])
    values = rows[["code", "period", *_KEPT]].reset_index(drop=True)
    values.insert(1, "name", values["code"].map(areas["name"]))
    for k, column in enumerate(("date_from", "date_to")):
        found = [days[period][k] for period in values["period"]]
        values.insert(3 + k, column, _dates(found))
    said = [format_value(value, metric.unit) for value in values["value"]]
    values.insert(6, "value_text", said)
    values["status"] = values["status"].replace("", None)
    return values


def _dates(found: list[Any]) -> Any:
    """Return days as objects: pandas would make moments of them."""
    import pandas as pd

    return pd.Series(found, dtype=object)


def _days(metric: Metric, period: str) -> tuple[Any, Any]:
    """Return the first and the last day of a period, which a file without periods has not."""
    import datetime

    try:
        months = months_of(period, metric.period_type)
    except InputError:
        return None, None
    first, after = (
        datetime.date(month // 12, month % 12 + 1, 1) for month in (months.start, months.stop)
    )
    return first, after - datetime.timedelta(days=1)


def _style(assessment: Assessment, values: pd.DataFrame) -> Style:
    """Return one set of classes for all periods, so that colours can be compared."""
    known: np.ndarray[Any, Any] = values["value"].dropna().to_numpy()
    better = str(assessment.options.get("higher_is") or assessment.metric.higher_is or "better")
    unit = assessment.metric.unit
    breaks = class_breaks(known, higher_is=better, unit=unit) if len(known) else None
    return Style(PLAYED, "The same classes for all periods.", class_rules("value", breaks))
