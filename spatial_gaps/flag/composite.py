"""One score out of several metrics, only when asked for: weights shown, and what hangs on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_direction, check_unique
from spatial_gaps.errors import InputError, StatisticUndefined

FIFTH = 0.2


@dataclass(frozen=True)
class Composite:
    """A composite score, and how far it depends on its weights.

    Attributes
    ----------
    scores : DataFrame
        On the areas' index: score (weighted mean of standardised metrics, more is better), se, rank
        (1 is worst off), best_rank and worst_rank over all variants, always_bottom (in the bottom
        fifth of areas in every variant); nan and False where a metric has no figure.
    weights : Series
        Share of each metric in the score.
    contributions : DataFrame, shape (areas, metrics)
        What each metric adds to the score; rows sum to it.
    variants : DataFrame
        One row per variant (each metric left out, equal weights): rank_correlation (Spearman's rho
        with the score) and kept (share of the bottom fifth that stays in it).
    """

    scores: pd.DataFrame
    weights: pd.Series[Any]
    contributions: pd.DataFrame
    variants: pd.DataFrame

    def __str__(self) -> str:
        """Say it in one sentence."""
        worst = str(self.variants["kept"].idxmin())
        shares = ", ".join(f"{name} {share:.0%}" for name, share in self.weights.items())
        return (
            f"A score of {shares}: {self.variants['kept'].min():.0%} of its bottom fifth stay "
            f"there under the variant that changes most ({worst})."
        )


def composite_score(
    values: pd.DataFrame,
    *,
    higher_is: Mapping[str, str],
    weights: Mapping[str, float] | None = None,
    se: pd.DataFrame | None = None,
) -> Composite:
    """Combine metrics into one score, and show what hangs on the weights.

    ``score_i = sum_k w_k z_ik``, z the figure less the mean of areas over their standard deviation,
    turned so that more is better. Areas that lack any metric have no score: nothing is filled in.

    Parameters
    ----------
    values : DataFrame, shape (areas, metrics)
        Figures indexed by code.
    higher_is : mapping of str to {"better", "worse"}
        Direction of each metric.
    weights : mapping of str to float, optional
        Positive; scaled to sum to 1. Equal unless given.
    se : DataFrame, shape (areas, metrics), optional
        Standard errors; a metric without a column counts as exact.

    Returns
    -------
    Composite
        ``scores["score"]`` and ``scores["se"]`` can go on to `find_pockets`.

    Raises
    ------
    InputError
        If fewer than two metrics are given, a direction or weight is missing or not positive.
    StatisticUndefined
        If fewer than five areas have all metrics, or a metric is the same everywhere.

    Notes
    -----
    A composite hides which metric speaks: `find_pockets_panel` keeps them apart.

    Examples
    --------
    >>> figures = pd.DataFrame({"pay": [1.0, 2, 3, 4, 5], "jobless": [5.0, 4, 3, 2, 1]})
    >>> found = composite_score(figures, higher_is={"pay": "better", "jobless": "worse"})
    >>> found.scores["rank"].tolist(), found.weights.to_dict()
    ([1.0, 2.0, 3.0, 4.0, 5.0], {'pay': 0.5, 'jobless': 0.5})
    """
    check_unique(values.index, "values")
    names = [str(name) for name in values]
    if len(names) < 2:
        raise InputError("a composite needs at least two metrics")
    signs = np.array(
        [1.0 if check_direction(higher_is.get(name)) == "better" else -1.0 for name in names]
    )
    share = _shares(names, weights)
    figures = np.column_stack([as_floats(values[name], str(name)) for name in values])
    whole = np.isfinite(figures).all(axis=1)
    if whole.sum() < 5:
        raise StatisticUndefined("fewer than five areas have all metrics")
    spread = figures[whole].std(axis=0)
    if not (spread > 0).all():
        same = [name for name, sd in zip(names, spread, strict=True) if not sd > 0]
        raise StatisticUndefined(f"the figures of {', '.join(same)} are all the same")
    z = signs * (figures - figures[whole].mean(axis=0)) / spread
    z[~whole] = np.nan
    noise = np.zeros_like(z)
    if se is not None:
        noise = (
            np.nan_to_num(se.reindex(index=values.index, columns=names).to_numpy(float)) / spread
        )
    scores, variants = _variants(z, share, np.asarray(whole), names)
    scores.insert(1, "se", np.where(whole, np.sqrt((noise**2) @ share**2), np.nan))
    return Composite(
        scores.set_axis(values.index),
        pd.Series(share, index=names),
        pd.DataFrame(z * share, index=values.index, columns=names),
        variants,
    )


def _variants(
    z: Array, share: Array, whole: np.ndarray, names: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return scores with ranks over all variants, and what each variant does to the ranks."""
    trials = {
        f"without {name}": share * (np.arange(len(names)) != k) for k, name in enumerate(names)
    }
    trials["equal weights"] = np.ones(len(names))
    ranks = np.array([_ranks(z @ (trial / trial.sum())) for trial in [share, *trials.values()]])
    bottom = ranks <= max(1, round(FIFTH * whole.sum()))
    scores = pd.DataFrame(
        {
            "score": z @ share,
            "rank": ranks[0],
            "best_rank": ranks.max(axis=0),
            "worst_rank": ranks.min(axis=0),
            "always_bottom": bottom.all(axis=0),
        }
    )
    agreement = [np.corrcoef(ranks[0][whole], row[whole])[0, 1] for row in ranks[1:]]
    kept = [(bottom[0] & row).sum() / bottom[0].sum() for row in bottom[1:]]
    variants = pd.DataFrame(
        {"rank_correlation": agreement, "kept": kept}, index=pd.Index(list(trials), name="variant")
    )
    return scores, variants


def _shares(names: list[str], weights: Mapping[str, float] | None) -> Array:
    """Return the weights, scaled to sum to 1."""
    if weights is None:
        return np.full(len(names), 1 / len(names))
    if set(weights) != set(names):
        raise InputError(
            f"weights are of {sorted(weights)}, metrics are {sorted(names)}",
            hint="Give one weight for each metric.",
        )
    given = np.array([float(weights[name]) for name in names])
    if not (np.isfinite(given) & (given > 0)).all():
        raise InputError("weights of metrics have to be positive numbers")
    return np.asarray(given / given.sum())


def _ranks(score: Array) -> Array:
    """Return ranks from the worst off, 1, up; equal scores share the mean; nan stays."""
    return np.asarray(pd.Series(score).rank())
