"""Hidden pockets: areas that are deprived while their parent is affluent, with how sure we are.

One probability decides the verdict, P(area deprived and parent affluent), from draws of the true
values with sampling noise taken out; everything else is evidence in columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_direction, random_stream
from spatial_gaps.flag.lines import read_lines
from spatial_gaps.flag.places import (
    NOWHERE,
    Parents,
    Places,
    parents_of,
    place_areas,
    place_parents,
)
from spatial_gaps.flag.pocket_columns import pocket_columns
from spatial_gaps.flag.probability import (
    choose_shrinkage,
    count_draws,
    draw_moments,
    model_of,
    probability,
)
from spatial_gaps.flag.sentences import Wording, pocket_sentences
from spatial_gaps.flag.visibility import visible_at
from spatial_gaps.locate.clusters import local_moran

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

CONFIRMED, LIKELY, WATCH = 0.9, 0.5, 0.2
MOST_CV = 0.2
FEWEST_OTHERS = 3


def find_pockets(
    values: pd.Series,
    region: pd.Series,
    *,
    higher_is: str | None,
    weights: pd.Series | None = None,
    se: pd.Series | None = None,
    parent_values: pd.Series | None = None,
    parent_se: pd.Series | None = None,
    benchmark: float | pd.Series | None = None,
    benchmark_se: float | pd.Series | None = None,
    threshold: float | None = None,
    bottom_share: float | None = None,
    median_share: float | None = None,
    nation: pd.Series | None = None,
    order: int | None = None,
    graph: GraphLike | None = None,
    clusters: pd.DataFrame | None = None,
    shrinkage: str | None = None,
    tiers: Sequence[pd.Series] = (),
    tier_values: Mapping[str, pd.Series] | None = None,
    wording: Wording | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Find areas that are deprived inside an affluent parent.

    ``p_pocket = P(true value beyond the line for areas, and parent above the national figure)``.
    True values are drawn from their posterior, sampling noise taken out; parent and nation from
    their own published errors.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    region : Series
        Parent of each area (ITL 1, ITL 3, county, combined authority ...), or shares as
        `parent_shares` gives them (the largest decides). Blank: the area has no parent.
    higher_is : {"better", "worse"}
        Which end is deprived; required.
    weights : Series, shape (n,), optional
        People per area.
    se : Series, shape (n,), optional
        Standard errors; missing ones take the median coefficient of variation. Without any, figures
        are taken as exact and no verdict exceeds "likely".
    parent_values, parent_se : Series, shape (k,), optional
        The parents' own published figures, by parent code. A parent without one is judged by the
        weighted mean of its areas, with and without the area itself, whichever is worse off
        ("derived"), and the verdict is at most "likely".
    benchmark, benchmark_se : float or Series, optional
        Published national figure, or one per nation by its label. A parent is affluent above it;
        without it, above the weighted mean of areas. An area is deprived below it too, unless one
        of the next three is given; without any, in the bottom fifth of people.
    threshold : float, optional
        A line that was published or chosen, in the unit of the figures.
    bottom_share : float, optional
        Deprived is up to the smallest figure whose cumulative share of people reaches it.
    median_share : float, optional
        Deprived is beyond this multiple of the median over people: .6, or 1.5 where higher is worse.
    nation : Series, shape (n,), optional
        Nation of each area: lines are drawn within each. One line for all unless given.
    order : int, optional
        The parent is the neighbourhood instead: all areas within so many steps on the graph
        ("derived"). `region` then only says towards what figures are shrunk.
    graph : Graph or Series, optional
        Neighbours; fills cluster, z_border and sink_depth.
    clusters : DataFrame, optional
        What `local_moran` returned for these areas, if it is at hand: it is found otherwise.
    shrinkage : {"region", "spatial", "both"}, optional
        Towards what noisy figures are shrunk: the mean of the region
        (`measure.uncertainty.shrunk_moments`), neighbours, or either as each area fits
        (`locate.neighbour_shrinkage`). "both" where there is a graph of up to 1 000 areas.
    tiers : sequence of Series, optional
        Further tiers, coarse to fine, for visible_at.
    tier_values : mapping of str to Series, optional
        Published figures of tiers by name and parent code.
    wording : Wording, optional
        Names, noun and unit for the sentences.
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        On the index of `values`. Verdict: verdict ("confirmed" p >= .9, "likely" >= .5, "watch"
        >= .2, "no", "not assessable"), reason (why not assessable: no figure, a coefficient of
        variation over 20 %, fewer than 3 other areas in the parent, no parent), is_pocket
        (confirmed or likely), p_pocket, p_deprived, p_affluent, estimate and estimate_se (mean and
        standard deviation of the true value), shrinkage.
        Figures: value, se, se_imputed, parent, parent_share, parent_value, parent_source,
        benchmark (line for areas), national (line for parents), deprived and below (by point
        estimates: beyond its line; and the parent above the national figure), people.
        Evidence: contrast (value minus leave-one-out mean of the parent's other areas), z_contrast,
        z_outlier (adds the spread within the parent), rank_gap (percentile of the parent minus
        percentile of the area, 0 to 1), z_border (value against the mean of its neighbours),
        sink_depth (`locate.prominence`), cluster (local Moran after correction for many tests),
        visible_at, sentence.

    Raises
    ------
    InputError, JoinError, WeightsError, StatisticUndefined
        If the direction is missing, lines contradict each other, an area is not in `region`,
        weights are not positive, or fewer than two areas have a figure.

    Notes
    -----
    In simulations with planted pockets (docs/validation/pockets.md) of the areas given p a share p
    are pockets, and of the confirmed ones more than 90 %.
    """
    sign = 1.0 if check_direction(higher_is) == "better" else -1.0
    places = place_areas(values, region, weights, se, nation, graph, sign)
    parents = place_parents(places, parent_values, parent_se, order)
    lines = read_lines(places, benchmark, benchmark_se, threshold, bottom_share, median_share)
    chosen = choose_shrinkage(shrinkage, places)
    rng = random_stream(seed)
    draws = count_draws(places, parents.se, lines.national_se)
    moments = draw_moments(places, model_of(places, chosen), draws, rng)
    chances = probability(places, parents, lines, moments, rng)
    table = pocket_columns(places, parents, lines)
    table["p_pocket"], table["p_deprived"] = chances.pocket, chances.deprived
    table["p_affluent"] = chances.affluent
    table["estimate"], table["estimate_se"] = sign * chances.estimate, chances.error
    table["shrinkage"] = chosen if places.known_se else "none"
    given = dict(tier_values or {})
    if parent_values is not None:
        given.setdefault(str(region.name or "tier_1"), parent_values)
    table["visible_at"] = visible_at(places, [region, *tiers], given, lines)
    table["reason"] = reasons(places, parents)
    table["verdict"] = _verdict(places, parents, chances.pocket, table["reason"].to_numpy())
    table = _complete(table, values, region, weights, order)
    table["is_pocket"] = table["verdict"].isin(["confirmed", "likely"])
    if clusters is None and graph is not None:
        clusters = local_moran(values, graph, seed=seed)
    table["cluster"] = "" if clusters is None else clusters["cluster"]
    table["sentence"] = pocket_sentences(table, wording or Wording(), sign)
    return table


def reasons(places: Places, parents: Parents) -> np.ndarray:
    """Return why an area cannot be assessed, "" where it can."""
    noisy = places.se > MOST_CV * np.abs(places.good)
    return np.select(
        [
            parents.label == NOWHERE,
            noisy,
            parents.others < FEWEST_OTHERS,
            np.isnan(parents.good),
        ],
        [
            "it has no parent",
            "its coefficient of variation is over 20 %",
            "its parent has fewer than 3 other areas",
            "its parent has no figure",
        ],
        "",
    ).astype(object)


def _verdict(places: Places, parents: Parents, p: Array, reason: np.ndarray) -> np.ndarray:
    """Turn probabilities into verdicts, and withhold one where the evidence is too thin."""
    verdict = np.select(
        [p >= CONFIRMED, p >= LIKELY, p >= WATCH], ["confirmed", "likely", "watch"], "no"
    ).astype(object)
    capped = (verdict == "confirmed") & (~parents.published | (not places.known_se))
    verdict[capped] = "likely"
    verdict[reason != ""] = "not assessable"
    return verdict


def _complete(
    table: pd.DataFrame,
    values: pd.Series,
    region: pd.Series,
    weights: pd.Series | None,
    order: int | None,
) -> pd.DataFrame:
    """Bring back the areas without a figure, in the order of `values`."""
    full = table.reindex(values.index)
    full["verdict"] = full["verdict"].fillna("not assessable")
    full["reason"] = full["reason"].fillna("it has no figure")
    for column in ("deprived", "below", "se_imputed"):
        full[column] = full[column].eq(True)
    for column in ("parent_source", "visible_at", "shrinkage"):
        full[column] = full[column].fillna("")
    full.loc[full["verdict"] == "not assessable", "p_pocket"] = np.nan
    if order is None:
        found = parents_of(region, values.index)
        full["parent"], full["parent_share"] = found["parent"], found["share"]
    else:
        full["parent"], full["parent_share"] = "neighbourhood", 1.0
    full["people"] = np.nan if weights is None else weights.reindex(values.index).astype(float)
    return full
