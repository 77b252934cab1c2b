"""At which tier deprivation shows, and how many deprived people each tier's averages hide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_direction, random_stream
from spatial_gaps.errors import InputError
from spatial_gaps.flag.lines import Lines, read_lines
from spatial_gaps.flag.places import (
    NOWHERE,
    Places,
    group_sums,
    parents_of,
    place_areas,
)
from spatial_gaps.flag.probability import (
    choose_shrinkage,
    count_draws,
    draw_moments,
    model_of,
)
from spatial_gaps.geography.levels import level_of

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike


def visible_at(
    places: Places,
    tiers: Sequence[pd.Series],
    tier_values: Mapping[str, pd.Series] | None,
    lines: Lines,
) -> np.ndarray:
    """Return the coarsest tier at which a deprived area shows, its own level, or "".

    Parameters
    ----------
    places : Places
        Areas with a figure.
    tiers : sequence of Series
        Parents of the areas, coarse to fine; each one's name is the tier's.
    tier_values : mapping of str to Series, optional
        Published figures by tier and parent code; the weighted mean of areas stands in.
    lines : Lines
        What deprived is.
    """
    line = lines.draw(places, places.good[None, :], None)[0][0]
    own = level_of(places.index[:1]).iloc[0] or "area"
    found = np.where(lines.is_deprived(places.good, line), own, "").astype(object)
    for name, figures, _ in reversed(_figures_of(places, tiers, tier_values)):
        figure = figures(places.good[None, :])[0]
        found[(found != "") & lines.is_deprived(figure, line)] = name
    return found


def hidden_people(
    values: pd.Series,
    tiers: Sequence[pd.Series],
    *,
    higher_is: str | None,
    weights: pd.Series | None = None,
    se: pd.Series | None = None,
    tier_values: Mapping[str, pd.Series] | None = None,
    benchmark: float | None = None,
    benchmark_se: float | None = None,
    threshold: float | None = None,
    bottom_share: float | None = None,
    median_share: float | None = None,
    graph: GraphLike | None = None,
    shrinkage: str | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Say how many of the people in deprived areas each tier's averages hide.

    ``hidden = people in deprived areas whose group is not below the same line / people in deprived
    areas``, in every draw of the true values.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    tiers : sequence of Series
        Parents of the areas by code, or shares as `parent_shares` gives them (the largest decides);
        each one's name is the tier's.
    higher_is : {"better", "worse"}
        Which end is deprived; required.
    weights : Series, shape (n,), optional
        People per area; areas count equally without.
    se : Series, shape (n,), optional
        Standard errors. Without any, there is no interval.
    tier_values : mapping of str to Series, optional
        Published figures by tier and parent code, taken as exact; a group without one is judged by
        the weighted mean of its areas.
    benchmark, benchmark_se, threshold, bottom_share, median_share, graph, shrinkage
        As for `find_pockets`.
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        Indexed by tier: hidden_share (mean over draws), lower, upper (95 % interval), raw_share (of
        published figures), people_deprived, people_hidden (means over draws; nan without weights),
        areas_deprived, areas_hidden (means over draws), source ("published", "derived", "mixed").

    Raises
    ------
    InputError, JoinError, WeightsError, StatisticUndefined
        As `find_pockets`.

    Examples
    --------
    >>> pay = pd.Series([400.0, 600, 700, 400, 410, 420], index=list("abcdef"))
    >>> side = pd.Series(list("nnnsss"), index=list("abcdef"), name="side")
    >>> hidden_people(pay, [side], higher_is="better", benchmark=500.0)["hidden_share"].to_dict()
    {'side': 0.25}
    """
    if not tiers:
        raise InputError("no tier was given", hint="Give the parents of the areas, coarse to fine.")
    sign = 1.0 if check_direction(higher_is) == "better" else -1.0
    places = place_areas(values, tiers[-1], weights, se, None, graph, sign)
    lines = read_lines(places, benchmark, benchmark_se, threshold, bottom_share, median_share)
    model = model_of(places, choose_shrinkage(shrinkage, places))
    rng = random_stream(seed)
    draws = count_draws(places, lines.national_se)
    means, deviations = draw_moments(places, model, draws, rng)
    true = means + deviations * rng.standard_normal(means.shape)
    total = None if weights is None else float(weights.reindex(places.index).sum())
    rows = {}
    for name, figures, source in _figures_of(places, tiers, tier_values):
        raw = _hidden(places, places.good[None, :], figures(places.good[None, :]), lines, None)
        drawn = _hidden(places, true, figures(true), lines, rng)
        rows[name] = _row(drawn, raw, total, places.known_se) | {"source": source}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("tier")


def _figures_of(
    places: Places, tiers: Sequence[pd.Series], tier_values: Mapping[str, pd.Series] | None
) -> list[tuple[str, Callable[[Array], Array], str]]:
    """Return name, figures of areas' groups as a function of the areas' own, and source per tier."""
    given = dict(tier_values or {})
    names = [str(tier.name or f"tier_{at + 1}") for at, tier in enumerate(tiers)]
    strange = sorted(set(given) - set(names))
    if strange:
        raise InputError(f"tier_values name no tier: {strange}", hint=f"The tiers are {names}.")
    out = []
    for name, tier in zip(names, tiers, strict=True):
        label = parents_of(tier, places.index)["parent"].to_numpy()
        own = np.full(len(label), np.nan)
        if name in given:
            own = places.sign * as_floats(given[name].reindex(label), f"figures of {name}")
        known = ~np.isnan(own)
        source = "published" if known.all() else "mixed" if known.any() else "derived"
        out.append((name, _group_figures(label, places.share, own), source))
    return out


def _group_figures(label: np.ndarray, share: Array, own: Array) -> Callable[[Array], Array]:
    """Return the function from areas' figures (draws, m) to those of their groups, per area."""
    sums_of = group_sums(pd.factorize(label, sort=True)[0])
    people, nowhere = sums_of(share), label == NOWHERE

    def figures_of(figures: Array) -> Array:
        means = sums_of(figures * share) / people
        return np.where(nowhere, np.nan, np.where(np.isnan(own), means, own))

    return figures_of


def _hidden(
    places: Places, true: Array, groups: Array, lines: Lines, rng: np.random.Generator | None
) -> Array:
    """Return share of people deprived, share hidden, areas deprived and areas hidden, per draw."""
    line = lines.draw(places, true, rng)[0]
    deprived = lines.is_deprived(true, line)
    hidden = deprived & ~lines.is_deprived(groups, line)
    return np.stack(
        [deprived @ places.share, hidden @ places.share, deprived.sum(axis=1), hidden.sum(axis=1)]
    )


def _row(drawn: Array, raw: Array, total: float | None, known_se: bool) -> dict[str, float]:
    with np.errstate(divide="ignore", invalid="ignore"):
        share, published = drawn[1] / drawn[0], float((raw[1] / raw[0])[0])
    share = share[np.isfinite(share)]
    lower, upper = np.quantile(share, [0.025, 0.975]) if known_se and len(share) else [np.nan] * 2
    people = np.nan if total is None else total
    return {
        "hidden_share": float(share.mean()) if len(share) else np.nan,
        "lower": float(lower),
        "upper": float(upper),
        "raw_share": published,
        "people_deprived": float(drawn[0].mean() * people),
        "people_hidden": float(drawn[1].mean() * people),
        "areas_deprived": float(drawn[2].mean()),
        "areas_hidden": float(drawn[3].mean()),
    }
