"""Hidden pockets: areas that are deprived while their parent is affluent, with how sure we are.

One probability decides the verdict, P(area deprived and parent affluent), from draws of the true
values with sampling noise taken out; everything else is evidence in columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import (
    Array,
    as_floats,
    check_direction,
    check_unique,
    check_values,
    main_parent,
)
from spatial_gaps.errors import InputError
from spatial_gaps.flag.sentences import Wording, pocket_sentences
from spatial_gaps.geography.levels import level_of
from spatial_gaps.locate.clusters import local_moran
from spatial_gaps.measure.uncertainty import complete_se, shrunk_moments

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

CONFIRMED, LIKELY, WATCH = 0.9, 0.5, 0.2
MOST_CV = 0.2
FEWEST_OTHERS = 3
DRAWS = 4000
FIFTH = 0.2


@dataclass(frozen=True)
class _Places:
    """Areas with a figure, turned so that more is better; arrays of shape (m,)."""

    index: pd.Index
    good: Array
    share: Array
    se: Array
    known_se: bool
    parent: np.ndarray
    group: np.ndarray
    parent_good: Array
    parent_se: Array
    published: np.ndarray


def find_pockets(
    values: pd.Series,
    region: pd.Series,
    *,
    higher_is: str | None,
    weights: pd.Series | None = None,
    se: pd.Series | None = None,
    parent_values: pd.Series | None = None,
    parent_se: pd.Series | None = None,
    benchmark: float | None = None,
    benchmark_se: float | None = None,
    graph: GraphLike | None = None,
    tiers: Sequence[pd.Series] = (),
    wording: Wording | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Find areas that are deprived inside an affluent parent.

    ``p_pocket = P(true value worse than the benchmark and parent better than it)``. True values are
    drawn from a normal model within each parent (`measure.uncertainty.shrunk_moments`), parent and
    benchmark from their own published errors.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    region : Series
        Parent of each area, or shares as `parent_shares` gives them (the largest share decides).
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
    benchmark, benchmark_se : float, optional
        Published national figure. Without it an area is deprived in the bottom fifth of people,
        and a parent affluent above the mean of areas, both anew in each draw.
    graph : Graph or Series, optional
        Neighbours; fills the column cluster.
    tiers : sequence of Series, optional
        Further tiers, coarse to fine, for visible_at.
    wording : Wording, optional
        Names, noun and unit for the sentences.
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        On the index of `values`: verdict ("confirmed" p >= .9, "likely" >= .5, "watch" >= .2, "no",
        "not assessable": no figure, coefficient of variation over 20 %, or fewer than 3 other areas
        in the parent), is_pocket (confirmed or likely), p_pocket, parent, parent_share,
        parent_source, value, se, parent_value, benchmark, below (by point estimates: area worse,
        parent better than the benchmark), contrast (value minus leave-one-out mean of the parent's
        other areas), z_contrast, z_outlier (adds the spread within the parent), rank_gap
        (percentile of the parent minus percentile of the area, 0 to 1), visible_at, people,
        cluster, sentence.

    Raises
    ------
    InputError, JoinError, WeightsError, StatisticUndefined
        If the direction is missing, an area has no parent, weights are not positive, or fewer than
        two areas have a figure.
    """
    sign = 1.0 if check_direction(higher_is) == "better" else -1.0
    _check_door(values, parent_values, parent_se, benchmark, benchmark_se)
    places = _places(values, region, weights, se, parent_values, parent_se, sign)
    line = np.nan if benchmark is None else sign * benchmark
    p = _probability(places, line, benchmark_se or 0.0, np.random.default_rng(seed))
    threshold = line if benchmark is not None else _quantile(places.good, places.share, FIFTH)
    national = line if benchmark is not None else float(places.good @ places.share)
    table = _evidence(places, sign)
    table["p_pocket"] = p
    table["benchmark"] = sign * threshold
    table["below"] = (places.good < threshold) & (places.parent_good > national)
    table["visible_at"] = _visible_at(places, [region, *tiers], threshold)
    table["verdict"] = _verdict(places, p)
    table = _complete(table, values, region, weights)
    table["is_pocket"] = table["verdict"].isin(["confirmed", "likely"])
    table["cluster"] = "" if graph is None else local_moran(values, graph, seed=seed)["cluster"]
    table["sentence"] = pocket_sentences(table, wording or Wording(), sign)
    return table


def _check_door(
    values: object,
    parent_values: object,
    parent_se: object,
    benchmark: float | None,
    benchmark_se: float | None,
) -> None:
    """Raise `InputError` for what the other checks would not see."""
    if not isinstance(values, pd.Series):
        raise InputError("values have to be a Series indexed by area code")
    for name, given in (("parent_values", parent_values), ("parent_se", parent_se)):
        if given is None:
            continue
        if not isinstance(given, pd.Series):
            raise InputError(f"{name} has to be a Series indexed by parent code")
        check_unique(given.index, name)
    if benchmark is not None and not np.isfinite(benchmark):
        raise InputError("the benchmark has to be a number, or None for the bottom fifth")
    if benchmark_se is not None and not (np.isfinite(benchmark_se) and benchmark_se >= 0):
        raise InputError(
            "the benchmark's standard error has to be zero or more", value=benchmark_se
        )


def _places(
    values: pd.Series,
    region: pd.Series,
    weights: pd.Series | None,
    se: pd.Series | None,
    parent_values: pd.Series | None,
    parent_se: pd.Series | None,
    sign: float,
) -> _Places:
    """Check, align and turn everything so that more is better; sorted, so that order is nothing."""
    index, y, share, error = check_values(values.sort_index(), weights, se)
    complete = complete_se(y, error)
    full = np.zeros(len(y)) if complete is None else complete
    parents = main_parent(region, index)["parent"].to_numpy()
    group = pd.factorize(parents, sort=True)[0]
    weight = np.bincount(group, share)[group]
    mean = (np.bincount(group, share * y)[group] - share * y) / np.where(
        weight > share, weight - share, np.nan
    )
    # Affluent means above the line both with and without the area: taking out a poor place must not
    # lift its region over a line that the region itself does not reach.
    whole = np.bincount(group, share * y)[group] / weight
    mean = np.fmin(sign * mean, sign * whole) * sign
    own = np.full(len(y), np.nan)
    if parent_values is not None:
        own = as_floats(parent_values.reindex(parents), "parent values")
    spread = np.zeros(len(y))
    if parent_se is not None:
        spread = np.nan_to_num(as_floats(parent_se.reindex(parents), "parent standard errors"))
    published = ~np.isnan(own)
    return _Places(
        index,
        sign * y,
        share,
        full,
        complete is not None,
        parents,
        group,
        sign * np.where(published, own, mean),
        np.where(published, spread, 0.0),
        published,
    )


def _probability(places: _Places, line: float, line_se: float, rng: np.random.Generator) -> Array:
    """Return P(area below the line and parent above it), averaged over draws.

    Given the draw's region mean and spread, an area's true value is normal: its probability is
    taken exactly instead of by a draw, which leaves hardly any Monte Carlo error.
    """
    from scipy.special import ndtr

    means, deviations = shrunk_moments(places.good, places.se, places.group, DRAWS, rng)
    simulated = np.isnan(line) or not places.published.all()
    true = means + deviations * rng.standard_normal(means.shape) if simulated else means
    if np.isnan(line):
        threshold = np.array([_quantile(draw, places.share, FIFTH) for draw in true])
        national = true @ places.share
    else:
        threshold = national = line + line_se * rng.standard_normal(DRAWS)
    parent = _parent_draws(places, true, rng)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (threshold[:, None] - means) / deviations
    exact = deviations == 0
    below = np.where(exact, means < threshold[:, None], ndtr(np.where(exact, 0.0, score)))
    return np.asarray((below * (parent > national[:, None])).mean(axis=0))


def _parent_draws(places: _Places, true: Array, rng: np.random.Generator) -> Array:
    """Draw each area's parent: the published figure with its error, else the mean of the others."""
    groups = int(places.group.max()) + 1
    noise = rng.standard_normal((len(true), groups))[:, places.group]
    drawn = places.parent_good + places.parent_se * noise
    if places.published.all():
        return np.asarray(drawn)
    member = np.eye(groups)[places.group] * places.share[:, None]
    others = (true @ member)[:, places.group] - true * places.share
    rest = member.sum(axis=0)[places.group] - places.share
    whole = (true @ member / member.sum(axis=0))[:, places.group]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(places.published, drawn, np.fmin(others / rest, whole))


def _evidence(places: _Places, sign: float) -> pd.DataFrame:
    """Return the columns that describe an area against the others of its parent."""
    good, share, group = places.good, places.share, places.group
    total = np.bincount(group, share)[group] - share
    with np.errstate(divide="ignore", invalid="ignore"):
        others = (np.bincount(group, share * good)[group] - share * good) / total
        noise = (
            np.bincount(group, (share * places.se) ** 2)[group] - (share * places.se) ** 2
        ) / total**2
        contrast = good - others
        size = np.bincount(group)[group]
        centre = np.bincount(group, good)[group] / size
        spread = np.bincount(group, (good - centre) ** 2)[group] / (size - 1)
        inner = np.maximum(spread - np.bincount(group, places.se**2)[group] / size, 0.0)
        z_contrast = contrast / np.sqrt(places.se**2 + noise)
        z_outlier = contrast / np.sqrt(places.se**2 + noise + inner)
    return pd.DataFrame(
        {
            "value": sign * good,
            "se": places.se if places.known_se else np.nan,
            "parent_value": sign * places.parent_good,
            "parent_source": np.where(places.published, "published", "derived"),
            "contrast": sign * contrast,
            "z_contrast": np.where(np.isfinite(z_contrast), sign * z_contrast, np.nan),
            "z_outlier": np.where(np.isfinite(z_outlier), sign * z_outlier, np.nan),
            "rank_gap": _percentile(places, places.parent_good) - _percentile(places, good),
        },
        index=places.index,
    )


def _percentile(places: _Places, at: Array) -> Array:
    """Return the mid-cumulative share of people living below each of `at`, nan where it is nan."""
    order = np.argsort(places.good, kind="stable")
    ordered, people = places.good[order], np.concatenate([[0.0], np.cumsum(places.share[order])])
    below = people[np.searchsorted(ordered, at, side="left")]
    upto = people[np.searchsorted(ordered, at, side="right")]
    return np.where(np.isnan(at), np.nan, (below + upto) / 2)


def _quantile(y: Array, share: Array, at: float) -> float:
    """Return the smallest value whose cumulative share of people reaches `at`."""
    order = np.argsort(y, kind="stable")
    reached = np.searchsorted(np.cumsum(share[order]), at * (1 - 1e-12))
    return float(y[order][min(int(reached), len(y) - 1)])


def _visible_at(places: _Places, tiers: Sequence[pd.Series], threshold: float) -> list[str]:
    """Return the coarsest tier whose own figure is below the threshold, else the areas' own level."""
    own = level_of(places.index[:1]).iloc[0] or "area"
    found = np.where(places.good < threshold, own, "").astype(object)
    for position, tier in reversed(list(enumerate(tiers))):
        if position == 0:
            figure = places.parent_good
            name = str(tier.name or "parent")
        else:
            labels = main_parent(tier, places.index)["parent"].to_numpy()
            number = pd.factorize(labels)[0]
            figure = (
                np.bincount(number, places.share * places.good) / np.bincount(number, places.share)
            )[number]
            name = str(tier.name or f"tier_{position + 1}")
        found[(found != "") & (figure < threshold)] = name
    return list(found)


def _verdict(places: _Places, p: Array) -> np.ndarray:
    """Turn probabilities into verdicts, and withhold one where the evidence is too thin."""
    verdict = np.select(
        [p >= CONFIRMED, p >= LIKELY, p >= WATCH], ["confirmed", "likely", "watch"], "no"
    ).astype(object)
    capped = (verdict == "confirmed") & (~places.published | (not places.known_se))
    verdict[capped] = "likely"
    others = np.bincount(places.group)[places.group] - 1
    noisy = places.se > MOST_CV * np.abs(places.good)
    verdict[noisy | (others < FEWEST_OTHERS) | np.isnan(places.parent_good)] = "not assessable"
    return verdict


def _complete(
    table: pd.DataFrame, values: pd.Series, region: pd.Series, weights: pd.Series | None
) -> pd.DataFrame:
    """Bring back the areas without a figure, in the order of `values`."""
    full = table.reindex(values.index)
    full["verdict"] = full["verdict"].fillna("not assessable")
    full["below"] = full["below"].fillna(value=False).astype(bool)
    for column in ("parent_source", "visible_at"):
        full[column] = full[column].fillna("")
    full.loc[full["verdict"] == "not assessable", "p_pocket"] = np.nan
    parents = main_parent(region, values.index)
    full["parent"], full["parent_share"] = parents["parent"], parents["share"]
    full["people"] = np.nan if weights is None else weights.reindex(values.index).astype(float)
    return full
