"""What a task on small areas finds: every nation apart, each small area inside its authority."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from spatial_gaps.checks import check_direction, counted, words
from spatial_gaps.errors import JoinError
from spatial_gaps.export.small_layers import SmallMap
from spatial_gaps.flag.hidden_small_areas import hidden_small_areas
from spatial_gaps.flag.inside import inside_authorities
from spatial_gaps.flag.small_areas import NATIONS
from spatial_gaps.geography.groups import read_groups
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.geography.register import register
from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.clusters import local_moran
from spatial_gaps.locate.contiguity import find_adjacency
from spatial_gaps.measure.gaps import gap, gap_indices
from spatial_gaps.metrics.published import weights_of
from spatial_gaps.records import Notice
from spatial_gaps.study.reading import USUAL_VINTAGE, read_weights, shapes_at
from spatial_gaps.study.tasks import own_rows

if TYPE_CHECKING:
    from pathlib import Path

    from spatial_gaps.records import Metric
    from spatial_gaps.study.tasks import Task

# What of `hidden_small_areas` is drawn.
_DRAWN = ("value", "people", "parent", "parent_name", "parent_value", "is_hidden")
UNWEIGHTED = Notice("unweighted", "unweighted: every small area counts the same")


def small_tables(
    task: Task, metric: Metric
) -> tuple[dict[str, pd.DataFrame], tuple[Notice, ...], SmallMap | None]:
    """Return what is found of the small areas of one nation, or of one measure common to several.

    Parameters
    ----------
    task : Task
        Its metric names the authorities.
    metric : Metric
        As read.

    Returns
    -------
    tables : dict of DataFrame
        summary, areas, authorities (`inside_authorities`), hidden (`hidden_small_areas`), audit;
        indices too, unless the figures are ranks.
    notices : tuple of Notice
        What was taken as weights, and what was repaired.
    small : SmallMap or None
        For the GeoPackage; None without a file of shapes.

    Raises
    ------
    SpatialGapsError
        If small areas have no authority, no shape or no people.
    """
    rows = own_rows(metric, task.level, task.nation)
    value = rows[rows["period"] == task.period].set_index("code")["value"].sort_index()
    parent = _authorities(task, value.index)
    people: pd.Series[Any] | None = None
    notices: tuple[Notice, ...] = (UNWEIGHTED,)
    if task.weights is not None:
        people, notices = weights_of(read_weights(task.weights), value.index, task.period)
    given: dict[str, Any] = {"higher_is": check_direction(metric.higher_is), "weights": people}
    names = register()["name"]
    inside = inside_authorities(value, parent, comparable=task.metric.comparable, **given)
    inside.insert(0, "name", names.reindex(inside.index))
    every = hidden_small_areas(value, parent, comparable=task.metric.comparable, **given)
    every["parent_name"] = every["parent"].map(names)
    hidden = every[every["is_hidden"]].sort_values("place", kind="stable")
    finding = _sentence(task, every, hidden)
    row = {
        "title": metric.title, "unit": metric.unit, "n_areas": len(value),
        "n_values": int(value.notna().sum()), "source": metric.source, "licence": metric.licence,
        "finding": finding,
    }  # fmt: skip
    areas = pd.DataFrame({"value": value, "weight": people, "verdict": ""}, index=value.index)
    areas.loc[hidden.index, "verdict"] = "hidden"
    missing = value.index[value.isna()]
    tables = {
        "authorities": inside.rename_axis("code").reset_index(),
        "hidden": hidden.rename_axis("code").reset_index(),
        "audit": pd.DataFrame({"kind": "missing", "code": missing, "reason": "no figure"}),
    }
    # Ranks have no average score, and no gap either.
    if inside["average_score"].notna().any():
        row |= gap_columns(gap(value, seed=task.seed, **given))
        indices = gap_indices(value, scale=metric.scale, seed=task.seed, **given)
        tables["indices"] = indices.rename_axis("index").reset_index()
    small: SmallMap | None = None
    if task.boundaries is not None:
        small, found, more = _drawn(task, metric, every, inside, finding)
        areas["cluster"] = small.areas.get("cluster")
        areas["p_adjusted"] = small.areas.get("cluster_p_adjusted")
        row, notices = row | found, (*notices, *more)
    tables |= {"summary": pd.DataFrame([row]), "areas": areas.rename_axis("code").reset_index()}
    return tables, notices, small


def _drawn(
    task: Task, metric: Metric, every: pd.DataFrame, inside: pd.DataFrame, finding: str
) -> tuple[SmallMap, dict[str, Any], tuple[Notice, ...]]:
    """Return small areas with their shapes, how alike neighbours are, and what was repaired."""
    file, value = cast("Path", task.boundaries), every["value"]
    drawn, notices = shapes_at(task.level, USUAL_VINTAGE, file)
    _check_all(every.index, drawn.index, f"have no shape in {file.name}")
    shapes = drawn[["name", drawn.geometry.name]].loc[every.index].join(every[list(_DRAWN)])
    row = {}
    if "where" in task.questions:
        near = find_adjacency(shapes, "queen", task.islands)
        clusters = local_moran(value, near.weights, seed=task.seed)
        shapes["cluster"] = clusters["cluster"]
        shapes["cluster_p_adjusted"] = clusters["p_adjusted"]
        overall = moran(value, near.weights, seed=task.seed)
        row = {"moran": overall.I, "moran_p": overall.p}
        notices = (*notices, *near.notices)
    small = SmallMap(metric, task.level, task.period, shapes, inside, finding)
    return small, row, notices


def gap_columns(width: Any) -> dict[str, Any]:
    """Return a gap as columns of the summary."""
    return {
        "top": width.top,
        "bottom": width.bottom,
        "gap": width.difference,
        "gap_ratio": width.ratio,
    }


def _authorities(task: Task, codes: pd.Index[Any]) -> pd.Series[Any]:
    """Return the authority of every small area."""
    wanted = task.metric.parents
    if wanted is None:  # the plan has seen to it
        raise JoinError("small areas need parents")
    listed = read_groups(wanted.file, wanted.code, wanted.parent)
    _check_all(codes, listed.index, f"have no authority in {wanted.file.name}")
    return listed.reindex(codes).rename("authority")


def _check_all(codes: pd.Index[Any], known: pd.Index[Any], problem: str) -> None:
    lacking = codes[~codes.isin(known)]
    if len(lacking):
        raise JoinError(
            f"{len(lacking):,} of {counted(len(codes), 'small area')} {problem}",
            offenders=list(lacking), hint="Codes of another year? Take those of the figures' own.",
        )  # fmt: skip


def _sentence(task: Task, every: pd.DataFrame, hidden: pd.DataFrame) -> str:
    """Say how many of the most deprived no average of an authority shows, and where."""
    deprived = int(every["deprived"].sum())
    nations = dict.fromkeys(every.index.str[0].map(NATIONS))
    noun = f"{noun_of(task.level)[1]} of {words(sorted(nations))}"
    if hidden.empty:
        return f"None of the {deprived:,} most deprived {noun} lies in a less deprived authority."
    people = hidden["people"].sum(min_count=1)
    many = "" if pd.isna(people) else f", with {people:,.0f} people"
    most = hidden["parent_name"].fillna(hidden["parent"]).value_counts(sort=False).sort_index()
    return (
        f"{len(hidden):,} of the {deprived:,} most deprived {noun} "
        f"{'lies' if len(hidden) == 1 else 'lie'} in the less deprived half of "
        f"authorities{many}; most in {most.idxmax()} ({most.max()})."
    )
