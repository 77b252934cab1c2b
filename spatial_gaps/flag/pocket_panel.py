"""Pockets on several metrics and over years: which places are hidden again and again."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice, check_count, check_direction, check_unique
from spatial_gaps.errors import InputError, SpatialGapsWarning, first_of
from spatial_gaps.flag.pockets import find_pockets
from spatial_gaps.geography.lookups import parents
from spatial_gaps.geography.vintages import detect_vintage
from spatial_gaps.measure.pooling import pool_years
from spatial_gaps.metrics.joining import audit_join
from spatial_gaps.metrics.panels import periods_of, segment_of, windows_of
from spatial_gaps.metrics.published import benchmark_of, default_weights, published_regions
from spatial_gaps.records import Metric

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

PERSISTENT = 5
COLUMNS = [
    "verdict", "p_pocket", "is_pocket", "below", "value", "se", "parent", "parent_value",
    "parent_source", "national", "people", "reason",
]  # fmt: skip


@dataclass(frozen=True)
class PocketPanel:
    """Verdicts on several metrics and periods.

    Attributes
    ----------
    rows : DataFrame
        Indexed by metric, period and code: the verdict and what it rests on, as `find_pockets` has
        it, and n_years (how many periods were pooled).
    areas : DataFrame
        On the areas' index, by each metric's latest period: n_metrics (likely or confirmed),
        hidden_on (tuple of metrics), n_assessed, expected (sum of p_pocket over metrics).
    running : DataFrame, shape (areas, metrics)
        For how many periods in a row, up to the latest, the area is a pocket.
    classes : DataFrame, shape (areas, metrics)
        "persistent" (at least five periods running), "emerging" (running now, never before),
        "recurring" (running now, and once before), "fading" (before, not now), "never", "once" (in
        its only period) or "not assessable" (in no period).
    settings : DataFrame
        One row per metric and period: n (areas with a figure), national, source (published, or the
        derived mean of areas), coverage, pooled, overlap (share of months in common with the period
        before: five running windows of three years are no five separate findings), and the counts
        below, likely, confirmed, expected, expected_false (nan without errors).
    """

    rows: pd.DataFrame
    areas: pd.DataFrame
    running: pd.DataFrame
    classes: pd.DataFrame
    settings: pd.DataFrame

    def __str__(self) -> str:
        """Say it in one sentence."""
        counts = self.areas["n_metrics"]
        lasting = (self.classes == "persistent").any(axis=1).sum()
        return (
            f"Of {len(self.areas)} areas {int((counts > 0).sum())} are pockets on one of "
            f"{self.running.shape[1]} metrics or more, {int((counts > 2).sum())} on three or more; "
            f"{int(lasting)} have been one on the same metric for five periods running or longer."
        )


def find_pockets_panel(
    metrics: Sequence[Metric],
    areas: pd.DataFrame,
    *,
    periods: Mapping[str, Sequence[str | int]] | None = None,
    region: pd.Series | None = None,
    higher_is: Mapping[str, str] | None = None,
    weights: pd.Series | None = None,
    graph: GraphLike | None = None,
    shrinkage: str | None = "region",
    pool: int = 1,
    seed: int = 0,
) -> PocketPanel:
    """Find pockets on several metrics and in all their periods.

    Parameters
    ----------
    metrics : sequence of Metric
        As read; told apart by their keys. Published regional and national figures are taken from
        each, and so is the direction.
    areas : DataFrame, n rows
        Areas indexed by code, of one level and vintage: `areas`, `read_boundaries`, `cartogram`. An
        area for which a metric has no figure is not assessable there: districts do not take the
        figure of their county.
    periods : mapping of str to sequence, optional
        Periods by metric key; all of them unless given.
    region : Series, shape (n,), optional
        Parents; the ITL 1 regions unless given.
    higher_is : mapping of str to {"better", "worse"}, optional
        Direction by metric key, where a metric does not know its own.
    weights : Series, shape (n,), optional
        People; the packaged population of each period's year unless given.
    graph : Graph or Series, optional
        Neighbours, for `shrinkage` "spatial" and "both".
    shrinkage : str
        As for `find_pockets`.
    pool : int
        How many periods up to each one are pooled (`pool_years`, with its careful defaults), none
        from before a break of the series; metrics without standard errors are not pooled.
    seed : int
        Seed of the draws.

    Returns
    -------
    PocketPanel
        A metric without sampling errors makes an area likely at most. A period in which an area is
        not assessable ends its run.

    Raises
    ------
    InputError
        If no metric is given, two share a key, a direction, a period or a key of the options is
        unknown.
    JoinError
        If an area is given twice.

    Warns
    -----
    SpatialGapsWarning
        If parents have published figures and the nation has none.
    """
    keys = [metric.key for metric in metrics]
    if not keys or len(set(keys)) < len(keys):
        raise InputError(
            "metrics have to be one or more, with different keys", value=", ".join(keys)
        )
    for key in {**(periods or {}), **(higher_is or {})}:
        check_choice(key, keys, "key", "the metrics")
    check_count(pool, "pool", 1)
    check_unique(areas.index, "the areas")
    order, areas = areas.index, areas.sort_index()
    vintage = detect_vintage(areas.index)
    own = region
    if own is None:
        own = parents(areas.index, "itl1", vintage.first_year).rename("itl1")
    frames, settings = [], []
    for metric in metrics:
        wanted = [str(p) for p in (periods or {}).get(metric.key, metric.periods)]
        for period in wanted:
            check_choice(period, metric.periods, "period", metric.title)
        direction = check_direction((higher_is or {}).get(metric.key) or metric.higher_is)
        for period in wanted:
            people = weights
            if people is None:
                people = default_weights(areas.index, period, vintage.level, vintage.first_year)[0]
            table, setting = _one(metric, period, areas, own, people, direction,
                                  {"graph": graph, "shrinkage": shrinkage, "seed": seed}, pool)  # fmt: skip
            if table is None:
                continue
            table["metric"], table["period"] = metric.key, period
            frames.append(table.rename_axis("code").reset_index())
            settings.append(setting)
    if not frames:
        raise InputError("no metric has figures of these areas")
    # Sorted, so that looking up one metric and period is fast and without a warning.
    rows = pd.concat(frames).set_index(["metric", "period", "code"]).sort_index()
    held = pd.DataFrame(settings).set_index(["metric", "period"]).sort_index()
    _warn_of_mixed_sources(rows, held)
    return _summed_up(rows, keys, order, held)


def _warn_of_mixed_sources(rows: pd.DataFrame, settings: pd.DataFrame) -> None:
    """Warn where published parents are held against a mean of areas."""
    published = rows["parent_source"].eq("published").groupby(["metric", "period"]).any()
    mixed = settings.index[settings["source"].eq("derived") & published.reindex(settings.index)]
    if len(mixed):
        warnings.warn(
            f"parents have published figures and the nation has none in {len(mixed)} settings: "
            f"{first_of([' '.join(pair) for pair in mixed])}. They are held against the weighted "
            "mean of areas, which may call a parent affluent that is not. Read the nation's own "
            "figure with the metric, or leave these periods out.",
            SpatialGapsWarning,
            stacklevel=3,
        )


def _one(
    metric: Metric,
    period: str,
    areas: pd.DataFrame,
    region: pd.Series,
    people: pd.Series | None,
    direction: str,
    options: dict[str, Any],
    pool: int,
) -> tuple[pd.DataFrame | None, dict[str, Any]]:
    """Find the pockets of one metric and period; None where fewer than two areas have a figure."""
    rows = metric.at(period).reindex(areas.index)
    if rows["value"].notna().sum() < 2:
        return None, {}
    audit = audit_join(areas, metric, period=period)
    national = benchmark_of(metric, period, audit.coverage, rows["value"], people)
    regions = published_regions(metric, period, pd.Index(sorted(region.dropna().unique())))
    values, se, years = rows["value"], rows["se"], pd.Series(1, index=areas.index)
    if pool > 1 and se.notna().any():
        values, se, years = _pooled(metric, period, areas, people, audit.coverage, pool)
    table = find_pockets(
        values, region, higher_is=direction, weights=people, se=se if se.notna().any() else None,
        parent_values=regions["value"], parent_se=regions["se"],
        benchmark=national.value, benchmark_se=national.se, **options,
    )[COLUMNS]  # fmt: skip
    table["n_years"] = years
    verdicts = table["verdict"].value_counts()
    p = table["p_pocket"]
    return table, {
        "metric": metric.key,
        "period": period,
        "n": int(values.notna().sum()),
        "national": national.value,
        "source": national.source,
        "coverage": audit.coverage,
        "pooled": int(years.max()),
        "overlap": _overlap(metric, period),
        "below": int(table["below"].sum()),
        "likely": int(verdicts.get("likely", 0)),
        "confirmed": int(verdicts.get("confirmed", 0)),
        "expected": float(p.sum()),
        # Without sampling errors every probability is 0 or 1, and how many are false is not known.
        "expected_false": float((1 - p)[table["is_pocket"]].sum()) if se.notna().any() else np.nan,
    }


def _pooled(
    metric: Metric,
    period: str,
    areas: pd.DataFrame,
    people: pd.Series | None,
    coverage: str,
    pool: int,
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return pooled values, standard errors and how many periods went in."""
    windows = windows_of(metric)
    so_far = list(windows)[: list(windows).index(period) + 1][-pool:]
    # Figures before and after a break of the series do not compare.
    segment = segment_of(metric, windows[period])
    years = [year for year in so_far if segment_of(metric, windows[year]) == segment]
    rows = {year: metric.at(year).reindex(areas.index) for year in years}
    panel, errors = (
        pd.DataFrame({year: table[column] for year, table in rows.items()})
        for column in ("value", "se")
    )
    usable = (panel.notna() & errors.gt(0)).sum() > 2
    if not usable[period]:
        return panel[period], errors[period], panel[period].notna().astype(int)
    panel, errors = panel.loc[:, usable], errors.loc[:, usable]
    means = {
        year: benchmark_of(metric, year, coverage, rows[year]["value"], people)
        for year in years
        if usable[year]
    }
    # A published figure in one year and a mean of areas in the next would look like movement.
    published = all(mean.source == "published" for mean in means.values())
    national = pd.Series({year: mean.value for year, mean in means.items()}) if published else None
    found = pool_years(
        panel, errors, at=period, weights=people, national=national,
        scale="ratio" if metric.scale == "ratio" else "difference",
        overlap=_overlap(metric, period),
    ).table  # fmt: skip
    # An area without a figure of its own in the year is not assessed by older ones.
    here = panel[period].notna()
    value = found["value"].where(here).where(found["value"].notna(), panel[period])
    return value, found["se"].where(here), found["n_years"].where(here, 0)


def _overlap(metric: Metric, period: str) -> float:
    """Return the share of its months that a period has in common with the one before."""
    if len(metric.periods) < 2:
        return 0.0
    return float(periods_of(metric)["overlap"][period])


def _summed_up(
    rows: pd.DataFrame, keys: list[str], codes: pd.Index, settings: pd.DataFrame
) -> PocketPanel:
    """Return the panel with what it comes to per area."""
    latest, running, classes = {}, {}, {}
    for key in keys:
        if key not in rows.index.get_level_values("metric"):
            continue
        of_metric = rows.xs(key, level="metric")
        flags = of_metric["is_pocket"].unstack("period")
        assessed = (of_metric["verdict"] != "not assessable").unstack("period")
        last = of_metric.xs(flags.columns[-1], level="period")
        latest[key] = last["is_pocket"], last["p_pocket"]
        running[key] = _run_length(flags.to_numpy(bool))
        classes[key] = _classes(flags.to_numpy(bool), assessed.to_numpy(bool), running[key])
    flagged = pd.DataFrame({key: pair[0] for key, pair in latest.items()})
    p = pd.DataFrame({key: pair[1] for key, pair in latest.items()})
    areas = pd.DataFrame(
        {
            "n_metrics": flagged.sum(axis=1),
            "hidden_on": [tuple(flagged.columns[row]) for row in flagged.to_numpy(bool)],
            "n_assessed": p.notna().sum(axis=1),
            "expected": p.sum(axis=1),
        }
    ).reindex(codes)
    return PocketPanel(
        rows,
        areas,
        pd.DataFrame(running, index=flagged.index).reindex(codes),
        pd.DataFrame(classes, index=flagged.index).reindex(codes),
        settings,
    )


def _run_length(flags: np.ndarray) -> np.ndarray:
    """Return how many of the last columns in a row are true."""
    return np.asarray(np.cumprod(flags[:, ::-1], axis=1).sum(axis=1))


def _classes(flags: np.ndarray, assessed: np.ndarray, running: np.ndarray) -> np.ndarray:
    before = flags.sum(axis=1) > running
    return np.select(
        [
            ~assessed.any(axis=1),
            (running > 0) & (assessed.sum(axis=1) == 1),
            running >= PERSISTENT,
            (running > 0) & ~before,
            running > 0,
            before,
        ],
        ["not assessable", "once", "persistent", "emerging", "recurring", "fading"],
        "never",
    ).astype(object)
