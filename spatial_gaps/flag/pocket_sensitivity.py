"""What becomes of pockets when the line, the tier, the neighbours or the errors are others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_direction, random_stream
from spatial_gaps.errors import InputError
from spatial_gaps.flag.lines import Lines, read_lines
from spatial_gaps.flag.places import Places, place_areas, place_parents
from spatial_gaps.flag.pockets import LIKELY, reasons
from spatial_gaps.flag.probability import (
    choose_shrinkage,
    draw_moments,
    model_of,
    probability,
)

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

DRAWS = 200
DIMENSIONS = ("line", "tier", "weights", "errors")


@dataclass(frozen=True)
class PocketSensitivity:
    """How pockets depend on what was chosen.

    Attributes
    ----------
    settings : DataFrame
        One row per combination: line, tier, weights, errors, and n_pockets (p >= .5), expected (sum
        of p), people, kept (share of the first setting's pockets that are pockets here), new.
    areas : DataFrame
        On the areas' index: p (first setting), least and most p over all settings, always (a pocket
        in every setting), and per dimension stability_line, stability_tier, stability_weights,
        stability_errors: the share of that dimension's choices, all others as in the first setting,
        in which the area is on the same side of .5 as in the first.
    """

    settings: pd.DataFrame
    areas: pd.DataFrame

    def __str__(self) -> str:
        """Say it in one sentence."""
        counts = self.settings["n_pockets"]
        return (
            f"Over {len(counts)} settings there are {counts.min()} to {counts.max()} pockets; "
            f"{int(self.areas['always'].sum())} of the first setting's {counts.iloc[0]} are pockets "
            "in every one."
        )


def pocket_sensitivity(
    values: pd.Series,
    tiers: Sequence[pd.Series],
    *,
    higher_is: str | None,
    lines: Mapping[str, Mapping[str, float]],
    weights: pd.Series | None = None,
    se: pd.Series | None = None,
    graphs: Mapping[str, GraphLike] | None = None,
    errors: Sequence[float] = (1.0,),
    tier_values: Mapping[str, pd.Series] | None = None,
    tier_se: Mapping[str, pd.Series] | None = None,
    shrinkage: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> PocketSensitivity:
    """Find pockets under every combination of lines, parent tiers, neighbours and errors.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    tiers : sequence of Series
        Parents that are tried, by their names; the first belongs to the first setting.
    higher_is : {"better", "worse"}
        Which end is deprived; required.
    lines : mapping of str to mapping
        Lines that are tried by a name of your own: each the keywords benchmark, benchmark_se,
        threshold, bottom_share or median_share of `find_pockets`, such as
        ``{"UK figure": {"benchmark": 505.1}, "bottom fifth": {"bottom_share": 0.2}}``.
    weights, se : Series, shape (n,), optional
        People and standard errors.
    graphs : mapping of str to Graph or Series, optional
        Neighbours that are tried; one setting without neighbours unless given.
    errors : sequence of float
        What standard errors are multiplied by, such as ``(1, 0.7, 1.4)``: are they misstated?
    tier_values, tier_se : mapping of str to Series, optional
        Published figures of parents and their standard errors by tier.
    shrinkage : {"region", "spatial", "both"}, optional
        As for `find_pockets`.
    draws : int
        Draws per setting: 200 leave an error of about .01 in p.
    seed : int
        The same draws in every setting, so that differences are the setting's.

    Returns
    -------
    PocketSensitivity
        Settings and areas, as its documentation says; `draw_sensitivity` draws it.

    Raises
    ------
    InputError, JoinError, WeightsError, StatisticUndefined
        As `find_pockets`; `InputError` too if no line or no tier is given.
    """
    if not lines or not tiers or not len(errors):
        raise InputError("at least one line, one tier and one factor of errors are needed")
    sign = 1.0 if check_direction(higher_is) == "better" else -1.0
    rows, chances = [], []
    for tier, (rule, graph) in product(tiers, (graphs or {"none": None}).items()):
        places = place_areas(values, tier, weights, se, None, graph, sign)
        own = (tier_values or {}).get(str(tier.name)), (tier_se or {}).get(str(tier.name))
        for factor in errors:
            held = _scaled(places, factor)
            parents = place_parents(held, *own, None)
            model = model_of(held, choose_shrinkage(shrinkage, held))
            blank = reasons(held, parents) != ""
            # The same draws for every line: only what they are held against differs.
            rng = random_stream(seed)
            moments = draw_moments(held, model, draws, rng)
            for name, keywords in lines.items():
                line = _line(held, keywords)
                p = probability(held, parents, line, moments, deepcopy(rng)).pocket
                chances.append(np.where(blank, np.nan, p))
                rows.append((name, str(tier.name), rule, float(factor)))
    settings = pd.DataFrame(rows, columns=list(DIMENSIONS))
    order = _first_setting_first(settings, tiers, lines, graphs, errors)
    settings, p = settings.iloc[order].reset_index(drop=True), np.array(chances)[order]
    people = np.ones(len(places.index))
    if weights is not None:
        people = weights.reindex(places.index).to_numpy(float)
    areas = _by_area(settings, p).set_axis(places.index).reindex(values.index)
    areas["always"] = areas["always"].eq(True)
    return PocketSensitivity(_by_setting(settings, p, people, weights is not None), areas)


def _scaled(places: Places, factor: float) -> Places:
    """Return the areas with all their standard errors multiplied."""
    if not factor > 0:
        raise InputError(
            "standard errors can only be multiplied by a positive number", value=factor
        )
    return replace(places, se=places.se * factor)


def _line(places: Places, keywords: Mapping[str, float]) -> Lines:
    known = ("benchmark", "benchmark_se", "threshold", "bottom_share", "median_share")
    strange = sorted(set(keywords) - set(known))
    if strange:
        raise InputError(f"a line has no {strange}", hint=f"It may have {', '.join(known)}.")
    return read_lines(places, *(keywords.get(name) for name in known))


def _first_setting_first(
    settings: pd.DataFrame,
    tiers: Sequence[pd.Series],
    lines: Mapping[str, object],
    graphs: Mapping[str, object] | None,
    errors: Sequence[float],
) -> np.ndarray:
    """Return the order of lines, tiers, weights, errors as they were given."""
    given = (list(lines), [str(tier.name) for tier in tiers], list(graphs or {"none": 0}), errors)
    ranks = [
        settings[column].map({value: at for at, value in enumerate(choices)}).to_numpy()
        for column, choices in zip(DIMENSIONS, given, strict=True)
    ]
    return np.lexsort(ranks[::-1])


def _by_setting(settings: pd.DataFrame, p: Array, people: Array, weighted: bool) -> pd.DataFrame:
    flagged = p >= LIKELY
    first = flagged[0]
    out = settings.copy()
    out["n_pockets"], out["expected"] = flagged.sum(axis=1), np.nansum(p, axis=1)
    out["people"] = flagged @ people if weighted else np.nan
    out["kept"] = (flagged & first).sum(axis=1) / first.sum() if first.any() else np.nan
    out["new"] = (flagged & ~first).sum(axis=1)
    return out


def _by_area(settings: pd.DataFrame, p: Array) -> pd.DataFrame:
    flagged = p >= LIKELY
    known = ~np.isnan(p)
    out = pd.DataFrame(
        {
            "p": p[0],
            "least": np.where(known.any(axis=0), np.nanmin(np.where(known, p, 2), axis=0), np.nan),
            "most": np.where(known.any(axis=0), np.nanmax(np.where(known, p, -1), axis=0), np.nan),
            "always": flagged.all(axis=0),
        }
    )
    for column in DIMENSIONS:
        others = [other for other in DIMENSIONS if other != column]
        rows = (settings[others] == settings[others].iloc[0]).all(axis=1).to_numpy()
        same = (flagged[rows] == flagged[0]) & known[rows]
        out[f"stability_{column}"] = np.where(known[0], same.mean(axis=0), np.nan)
    return out
