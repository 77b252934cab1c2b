"""What one task of a study does, in whatever process it runs: read, assess, and say it as tables."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from spatial_gaps.assessment import Assessment
from spatial_gaps.checks import check_direction
from spatial_gaps.errors import SpatialGapsError, SpatialGapsWarning
from spatial_gaps.export.cells import harmless
from spatial_gaps.export.report import render_report
from spatial_gaps.export.small_layers import SmallMap
from spatial_gaps.export.summary import tables_of
from spatial_gaps.geography.groups import groups
from spatial_gaps.geography.register import areas as register
from spatial_gaps.measure.gaps import gap, gap_indices
from spatial_gaps.metrics.published import default_weights, published_regions
from spatial_gaps.recipe import assess
from spatial_gaps.records import Metric, Notice
from spatial_gaps.study.reading import areas_at, read_one, read_weights
from spatial_gaps.study.schema import MAPPED, SMALL
from spatial_gaps.study.small import gap_columns, small_tables
from spatial_gaps.study.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = ("metric", "level", "period")
# Columns of every table, whatever was asked, so that tables of all tasks can be put together.
COLUMNS = {
    "summary": (
        "title", "unit", "vintage", "n_areas", "n_values", "benchmark", "top", "bottom", "gap",
        "gap_ratio", "hidden_share", "raw_share", "moran", "moran_p", "below", "likely", "confirmed",
        "people_below", "finding", "source",
        "licence",
    ),
    "indices": ("index", "value", "corrected", "lower", "upper", "note"),
    "decomposition": ("tier", "value", "share", "lower", "upper", "p"),
    "masking": ("tier", "hidden_share", "lower", "upper", "raw_share"),
    "regions": ("code", "name", "value", "se", "source", "n", "below", "likely", "confirmed"),
    "areas": (
        "code", "name", "value", "se", "lower", "upper", "status", "weight", "cluster", "p_adjusted",
        "verdict", "p_pocket",
    ),
    "pockets": (
        "code", "name", "parent_name", "verdict", "p_pocket", "value", "parent_value", "benchmark",
        "people", "sentence",
    ),
    "authorities": (
        "code", "name", "n", "missing", "people", "weighted", "average_score", "average_rank",
        "rank_of_average_score", "rank_of_average_rank", "polarisation", "extent",
        "local_concentration", "spread", "usual_spread", "disparity", "profile", "deprived",
        "deprived_people", "less_deprived", "hidden", "hidden_people",
    ),
    "hidden": (
        "code", "value", "people", "place", "parent", "parent_name", "parent_value", "parent_source",
        "parent_place",
    ),
    "trend": ("code", "name", "first", "last", "change", "lower", "upper", "p_adjusted", "verdict"),
    "audit": ("kind", "code", "name", "reason"),
    "warnings": ("kind", "message", "codes"),
}  # fmt: skip
# Which question a table answers; others are always there.
_ANSWERS = {
    "indices": "gaps",
    "decomposition": "gaps",
    "masking": "gaps",
    "pockets": "pockets",
    "regions": "pockets",
    "authorities": "pockets",
    "hidden": "pockets",
}


@dataclass(frozen=True)
class Outcome:
    """What a task has to hand over.

    Attributes
    ----------
    tables : mapping
        Table to text of its CSV, without a heading.
    page : str
        Report of the last period; "" for others.
    error : str
        Why there is nothing; "" where there is.
    on_map : Assessment, SmallMap or None
        For the GeoPackage; only in the run that made it.
    """

    tables: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
    error: str = ""
    on_map: Assessment | SmallMap | None = None


def work(task: Task) -> Outcome:
    """Do one task.

    Parameters
    ----------
    task : Task
        Names files that this process can read.

    Returns
    -------
    Outcome
        With the error, where the data do not allow an answer: one metric does not stop the others.
    """
    is_kept = task.is_latest and "geopackage" in task.outputs
    small: SmallMap | None = None
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", SpatialGapsWarning)
            metric = read_one(task.metric)
            if task.level in MAPPED:
                result = _assess(task, metric)
            elif task.level in SMALL:
                tables, notices, small = small_tables(task, metric)
            else:
                tables, notices = _regions(task, metric)
        said = tuple(Notice("warning", str(each.message).rstrip(".")) for each in caught)
        if task.level not in MAPPED:
            told = [(each.kind, each.message, " ".join(each.codes)) for each in (*notices, *said)]
            tables["warnings"] = pd.DataFrame(told, columns=["kind", "message", "codes"])
            return Outcome(_texts(task, tables), on_map=small if is_kept else None)
        result = replace(result, notices=(*result.notices, *said))
    except SpatialGapsError as error:
        return Outcome(error=str(error))
    with_page = task.is_latest and "pages" in task.outputs
    return Outcome(
        _texts(task, _tables(result)),
        page=render_report(result) if with_page else "",
        on_map=result if is_kept else None,
    )


def _assess(task: Task, metric: Metric) -> Assessment:
    areas, vintage, noted = areas_at(metric, task.period, task.level, task.vintage, task.boundaries)
    result = assess(
        areas,
        metric,
        period=task.period,
        weights=None if task.weights is None else read_weights(task.weights),
        region=groups(task.group, vintage, task.level) if task.group else None,
        islands=task.islands,
        since=task.since if task.since and task.since != task.period else None,
        seed=task.seed,
    )
    return replace(result, notices=(*noted, *result.notices))


def _tables(result: Assessment) -> dict[str, pd.DataFrame]:
    """Return what was found as tables, one of them a row about all of it."""
    tables = {name: table.reset_index() for name, table in tables_of(result).items()}
    tables["regions"] = tables["regions"].rename(columns={result.masking.index[0]: "code"})
    for name, old in (("indices", "index"), ("decomposition", "tier"), ("masking", "tier")):
        first = tables[name].columns[0]
        tables[name] = tables[name].rename(columns={first: old})
    areas = result.areas["name"]
    found = tables["pockets"]["code"]
    tables["pockets"] = tables["pockets"].assign(
        name=found.map(areas), parent_name=found.map(result.pockets["parent_name"])
    )
    pockets, masked = result.pockets, result.masking.iloc[0]
    row = {
        "title": result.metric.title,
        "unit": result.metric.unit,
        "vintage": result.vintage,
        "n_areas": result.audit.n_areas,
        "n_values": result.audit.n_values,
        "benchmark": result.benchmark.value,
        **gap_columns(result.gap),
        "hidden_share": masked["hidden_share"],
        "raw_share": masked["raw_share"],
        "moran": result.moran.I,
        "moran_p": result.moran.p,
        "below": int(pockets["below"].sum()),
        "likely": int((pockets["verdict"] == "likely").sum()),
        "confirmed": int((pockets["verdict"] == "confirmed").sum()),
        "people_below": result.regions["people_below"].sum(),
        "finding": result.headline,
        "source": result.metric.source,
        "licence": result.metric.licence,
    }
    return {"summary": pd.DataFrame([row]), **tables}


def _regions(task: Task, metric: Metric) -> tuple[dict[str, pd.DataFrame], tuple[Notice, ...]]:
    """Return the gaps between the twelve regions, as far as they have published figures."""
    vintage = task.vintage or (2025 if task.period[:4] > "2024" else 2021)
    codes = register("itl1", vintage).index
    rows = published_regions(metric, task.period, codes)
    people, notices = default_weights(codes, task.period, "itl1", vintage)
    known = rows["value"].notna()
    value, se = rows.loc[known, "value"], rows.loc[known, "se"]
    weights = None if people is None else people[known]
    direction = check_direction(metric.higher_is)
    width = gap(value, higher_is=direction, weights=weights, se=se, seed=task.seed)
    indices = gap_indices(
        value, weights, se, higher_is=direction, scale=metric.scale, seed=task.seed
    )
    row = {
        "title": metric.title,
        "unit": metric.unit,
        "vintage": vintage,
        "n_areas": len(rows),
        "n_values": int(known.sum()),
        **gap_columns(width),
        "finding": str(width),
        "source": metric.source,
        "licence": metric.licence,
    }
    missing = rows[~known].rename_axis("code").reset_index()
    areas = rows.rename_axis("code").reset_index()
    tables = {
        "summary": pd.DataFrame([row]),
        "indices": indices.rename_axis("index").reset_index(),
        "areas": areas.assign(weight=None if people is None else people.to_numpy()),
        "audit": missing.assign(kind="missing", reason="no figure is published"),
    }
    return tables, notices


def _texts(task: Task, tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return those tables that were asked for as CSV, each row with what it is about."""
    found = {}
    for name, columns in COLUMNS.items():
        if name not in tables or _ANSWERS.get(name, task.questions[0]) not in task.questions:
            continue
        table = tables[name].reindex(columns=list(columns))
        for at, (key, value) in enumerate(
            zip(KEYS, (task.metric.name, task.kind, task.period), strict=True)
        ):
            table.insert(at, key, value)
        found[name] = harmless(table).to_csv(
            index=False, header=False, lineterminator="\n", errors="replace"
        )
    return found
