"""The whole assessment, made of public functions only: read it to see what `assess` does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from spatial_gaps.assessment import Assessment
from spatial_gaps.checks import (
    check_choice,
    check_count,
    check_direction,
    check_region,
    main_parent,
)
from spatial_gaps.errors import InputError
from spatial_gaps.flag.finding import finding, region_counts
from spatial_gaps.flag.pockets import find_pockets
from spatial_gaps.flag.sentences import Wording
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.geography.lookups import parent_shares, region_code
from spatial_gaps.geography.register import areas as register
from spatial_gaps.join_audit import JoinAudit
from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.clusters import local_moran
from spatial_gaps.locate.contiguity import find_adjacency
from spatial_gaps.measure.decomposition import decompose
from spatial_gaps.measure.gaps import gap, gap_indices
from spatial_gaps.measure.masking import masking
from spatial_gaps.metrics.catalogue import find_known
from spatial_gaps.metrics.joining import audit_join, join_metrics
from spatial_gaps.metrics.published import (
    benchmark_of,
    default_weights,
    published_regions,
    weights_of,
)
from spatial_gaps.metrics.tiling import check_tiling
from spatial_gaps.records import Comparison, Decomposition, Estimate, Metric, Notice
from spatial_gaps.targets.change_words import change_sentences
from spatial_gaps.targets.since import change_since

if TYPE_CHECKING:
    import geopandas as gpd

# What every kind of area is held against, outermost first.
TIERS = {"lad": ("itl1", "itl3"), "utla": ("itl1",), "itl3": ("itl1", "itl2"), "itl2": ("itl1",)}
MOST_UNCOVERED = 0.05


def assess(
    areas: gpd.GeoDataFrame,
    metric: Metric,
    *,
    period: str | int,
    weights: pd.Series | Metric | None = None,
    higher_is: str | None = None,
    region: pd.Series | None = None,
    islands: str = "keep",
    since: str | int | None = None,
    seed: int = 0,
    workers: int = 1,
) -> Assessment:
    """Measure the gaps of one metric, find its clusters and the pockets that averages hide.

    Parameters
    ----------
    areas : GeoDataFrame, n rows
        Local authorities, upper-tier authorities, ITL 3 or ITL 2 areas indexed by code:
        `read_boundaries`, or `cartogram`, on which neighbours are the true ones.
    metric : Metric
        As read.
    period : str or int
        Which period.
    weights : Series or Metric, optional
        People per area; a Metric is taken at the same period. The packaged population of the year
        unless given.
    higher_is : {"better", "worse"}, optional
        Needed only where the metric does not know its direction.
    region : Series, optional
        Group of each area by code, or shares as `parent_shares` gives them, such as
        `groups("urban_rural")`: taken in place of the ITL 1 regions, so that like is held against
        like. Groups without a published figure are judged by the mean of their areas.
    islands : {"keep", "link", "nearest"}
        What to do with areas without neighbours.
    since : str or int, optional
        An earlier period, or the year it starts in: every area is compared with itself
        (`change_since`), and `comparison` is filled.
    seed : int
        One seed, one answer.
    workers : int
        Threads; the answer does not depend on them.

    Returns
    -------
    Assessment
        `.summary()` says it in plain English; `write_report` and `write_geopackage` hand it over.

    Raises
    ------
    InputError, JoinError, WeightsError
        If something is missing or does not fit; the message names it and says what to do.
    """
    direction = check_direction(higher_is or metric.higher_is)
    check_count(seed, "the seed", 0)
    areas = areas.sort_index()
    audit = audit_join(areas, metric, period=period)
    check_choice(audit.level, TIERS, "level", "assess")
    check_tiling(metric, period, audit.level, areas["name"])
    people, weighted = _weights(areas.index, audit, weights)
    joined = join_metrics(areas, metric, period=period)
    compared = _compared(joined, metric, period, since, direction)
    joined, shares, straddling = _with_parents(joined, audit, people, region)
    tiers = [str(share.name) for share in shares]
    regions = published_regions(metric, period, pd.Index(sorted(joined[tiers[0]].unique())))
    value, se = joined["value"], joined["se"]
    split, masked = _split(joined, shares, people, metric.scale, seed)
    benchmark = benchmark_of(metric, period, audit.coverage, value, people)
    found = find_adjacency(areas, "queen", islands)
    options = {"islands": islands, "neighbours": found.source, "tiers": tiers, "seed": seed}
    clusters = local_moran(value, found.weights, seed=seed, workers=workers)
    wording = _wording(joined, regions, metric, benchmark)
    near = {"graph": found.weights, "clusters": clusters, "seed": seed}
    pockets = _pockets(joined, regions, benchmark, wording, direction, shares, near)
    result = Assessment(
        metric=metric,
        level=audit.level,
        vintage=audit.vintage,
        period=audit.period,
        areas=joined,
        benchmark=benchmark,
        regions=region_counts(regions, joined[tiers[0]], pockets),
        gap=gap(value, higher_is=direction, weights=people, se=se, seed=seed),
        indices=gap_indices(value, people, se, higher_is=direction, scale=metric.scale, seed=seed),
        decomposition=split,
        masking=masked,
        moran=moran(value, found.weights, se=se, seed=seed, workers=workers),
        clusters=clusters,
        pockets=pockets,
        audit=audit,
        finding=(),
        layout="cartogram" if {"q", "r"} <= set(areas.columns) else "boundaries",
        options={"higher_is": direction, **options},
        notices=(*audit.notices, *weighted, *straddling, *found.notices, *_uncovered(joined)),
        graph=found.weights,
    )
    result = replace(result, finding=finding(result, wording, noun_of(audit.level)))
    return result if compared is None else _with_change(result, compared, wording)


def _compared(
    areas: pd.DataFrame, metric: Metric, period: str | int, since: str | int | None, direction: str
) -> Comparison | None:
    """Compare with an earlier period, if one is named."""
    if since is None:
        return None
    return change_since(areas, metric, period=period, since=since, higher_is=direction)


def _with_change(result: Assessment, compared: Comparison, wording: Wording) -> Assessment:
    """Add what changed: the record, its sentences after all others, its notices and periods."""
    nouns = noun_of(result.level)
    said = change_sentences(compared, wording.noun, nouns, result.options["higher_is"])
    return replace(
        result,
        comparison=compared,
        finding=(*result.finding, *said),
        options={**result.options, "since": compared.first},
        notices=(*result.notices, *compared.notices),
    )


def _split(
    joined: pd.DataFrame, shares: list[pd.Series], people: pd.Series | None, scale: str, seed: int
) -> tuple[Decomposition, pd.DataFrame]:
    """Split by Theil's T, or by the variance where there is no true zero or a figure is negative."""
    value, se = joined["value"], joined["se"]
    relative = scale != "interval" and not (value < 0).any()
    index = "theil" if relative else "variance"
    masked = masking(value, shares, people, se, seed=seed)
    if not relative:
        masked[["theil_share", "raw_theil_share"]] = float("nan")
    split = decompose(value, shares, people, index=index, se=se, permutations=999, seed=seed)
    return split, masked


def _uncovered(joined: pd.DataFrame) -> tuple[Notice, ...]:
    """Note that many people live where there is no figure, as in a file of another tier."""
    lacking = joined["value"].isna()
    share = joined["weight"][lacking].sum() / joined["weight"].sum()
    if not share > MOST_UNCOVERED:
        return ()
    message = (
        f"areas with {share:.0%} of people have no figure: everything found is about the others; "
        "a file of upper-tier authorities leaves districts blank"
    )
    return (Notice("coverage-people", message),)


def _wording(
    joined: pd.DataFrame, regions: pd.DataFrame, metric: Metric, benchmark: Estimate
) -> Wording:
    """Return the words for sentences about this metric."""
    known = find_known(metric.key)
    # GDHI per head stays what it is.
    title = (
        metric.title if metric.title[:2].isupper() else metric.title[:1].lower() + metric.title[1:]
    )
    noun = known.noun if known and known.noun else title
    nation = "the UK" if benchmark.name == "United Kingdom" else benchmark.name
    if benchmark.source == "derived":
        nation = "the average area"
    return Wording(joined["name"], regions["name"], noun, metric.unit, nation)


def _pockets(
    joined: pd.DataFrame,
    regions: pd.DataFrame,
    benchmark: Estimate,
    wording: Wording,
    direction: str,
    tiers: list[pd.Series],
    near: dict[str, Any],
) -> pd.DataFrame:
    """Find pockets against the published regions and nation."""
    # A lone region is the nation: one figure, which cannot lie above itself by its own error.
    tier = str(tiers[0].name)
    lone = joined.loc[joined["value"].notna(), tier].nunique() == 1
    own = pd.Series(benchmark.value, index=regions.index) if lone else regions["value"]
    pockets = find_pockets(
        joined["value"],
        tiers[0],
        higher_is=direction,
        weights=None if joined["weight"].isna().all() else joined["weight"],
        se=joined["se"],
        parent_values=own,
        parent_se=None if lone else regions["se"],
        benchmark=benchmark.value,
        benchmark_se=0.0 if lone else benchmark.se,
        # The headline rests on a place's own figure and its region; neighbours are evidence.
        shrinkage="region",
        tiers=tiers[1:],
        wording=wording,
        **near,
    )
    pockets["lower"], pockets["upper"] = joined["lower"], joined["upper"]
    pockets["parent_name"] = pockets["parent"].map(regions["name"])
    return pockets


def _weights(
    codes: pd.Index, audit: JoinAudit, given: pd.Series | Metric | None
) -> tuple[pd.Series | None, tuple[Notice, ...]]:
    """Return the weight of every area, and what was taken."""
    if given is None:
        return default_weights(codes, audit.period, audit.level, audit.vintage)
    if isinstance(given, pd.Series):
        return given.reindex(codes), (Notice("weights", "weighted as given"),)
    if not isinstance(given, Metric):
        raise InputError("weights have to be a Series indexed by area code, or a Metric")
    return weights_of(given, codes, audit.period)


def _with_parents(
    joined: gpd.GeoDataFrame, audit: JoinAudit, people: pd.Series | None, region: pd.Series | None
) -> tuple[gpd.GeoDataFrame, list[pd.Series], tuple[Notice, ...]]:
    """Add the main parent per tier, return the tiers compared, and note the areas that straddle."""
    known = [
        parent_shares(joined.index, tier, audit.vintage).rename(tier) for tier in TIERS[audit.level]
    ]
    own = [] if region is None else [check_region(region, joined.index, "the grouping")]
    own = [shares.rename(str(region.name or "group")) for shares in own if region is not None]
    notices = []
    for share in [*known, *own]:
        main = main_parent(share, joined.index)
        joined[share.name] = main["parent"]
        split = tuple(sorted(main.index[main["share"] < 1]))
        if split:
            message = (
                f"{len(split)} areas straddle parents at {share.name}; "
                "they count in each by their share of people"
            )
            notices.append(Notice("straddling", message, split))
    titles = pd.concat([register(level)["name"] for level in ("region", "country")])
    joined["itl1_name"] = joined["itl1"].map(region_code()).map(titles)
    joined["weight"] = people
    return joined, own or known, tuple(notices)
