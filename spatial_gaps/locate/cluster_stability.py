"""How sure a cluster is: labels of the true values, which published figures show only with error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, align, as_floats, check_count, random_stream
from spatial_gaps.errors import InputError
from spatial_gaps.locate.clusters import (
    LABELS,
    UNSURE,
    draws_for,
    local_arrays,
    local_moran,
)
from spatial_gaps.locate.spatial_posterior import spatial_draws
from spatial_gaps.locate.weights import OnGraph, on_graph
from spatial_gaps.measure.multiple import adjust
from spatial_gaps.measure.uncertainty import impute_se, shrunk_moments

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

SURE = 0.95


def cluster_stability(
    values: pd.Series,
    graph: GraphLike,
    se: pd.Series,
    *,
    region: pd.Series | None = None,
    spatial: bool = True,
    draws: int = 200,
    permutations: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
    correction: str = "fdr",
    workers: int = 1,
) -> pd.DataFrame:
    """Say how probable each label of `local_moran` is for the true values.

    True values are drawn from their posterior given the published figures and standard errors, and
    every draw is labelled anew. Figures plus more noise would count the noise twice.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    graph : Graph, W or Series
        Neighbours of the same areas.
    se : Series, shape (n,)
        Standard errors; missing ones take the median coefficient of variation.
    region : Series, optional
        Region of each area: without `spatial`, values are shrunk towards the mean of their region.
    spatial : bool
        Shrink towards neighbours, as far as the figures show these to be alike (up to 2 500 areas);
        else towards the mean of all or of the region, as if true values were unrelated to their
        neighbours'. Where they are not, that finds far too few clusters, and "stable" labels are
        wrong more often than they claim (docs/validation/cluster-stability.md).
    draws : int
        Of the true values.
    permutations, seed, alpha, correction, workers
        As for `local_moran`.

    Returns
    -------
    DataFrame
        On the index of `values`: cluster (of the published figures), the probabilities of
        "high-high", "low-low", "low-high", "high-low" and "not significant", probability (of the
        published label), likeliest (label), stable (probability at least 0.95), se_imputed. Areas
        without a figure or neighbour have no probabilities and are not stable.

    Raises
    ------
    JoinError
        If graph, values or errors are not of the same areas.
    InputError
        If an option is unknown or contradicts another.
    StatisticUndefined
        If no area has a standard error.

    References
    ----------
    Leroux, Lei & Breslow (2000) for the spatial shrinkage; Gelman & Price (1999), All maps of
    parameter estimates are misleading.

    Examples
    --------
    >>> codes = [f"a{number}" for number in range(6)]
    >>> pairs = [(a, b) for a in codes for b in codes if abs(int(a[1]) - int(b[1])) == 1]
    >>> graph = pd.Series(1, index=pd.MultiIndex.from_tuples(pairs))
    >>> pay = pd.Series([1.0, 2, 3, 4, 5, 6], index=codes)
    >>> found = cluster_stability(pay, graph, pay * 0 + 0.1, draws=20)
    >>> found["probability"].between(0, 1).all(), found.columns[-1]
    (np.True_, 'se_imputed')
    """
    check_count(draws, "draws", 20)
    if spatial and region is not None:
        raise InputError(
            "values are shrunk either towards neighbours or towards a region's mean",
            hint="Say spatial=False to shrink towards the region.",
        )
    _, (_, aligned) = align(values, se, names=("se",))
    published = local_moran(
        values, graph, permutations=permutations, seed=seed, alpha=alpha, correction=correction,
        workers=workers,
    )  # fmt: skip
    placed = on_graph(values, graph, "drop")
    table = pd.DataFrame(np.nan, index=values.index, columns=list(LABELS[: UNSURE + 1]))
    table.insert(0, "cluster", published["cluster"])
    imputed = np.zeros(len(values), bool)
    tested = published["p"].notna().to_numpy()
    if tested.any():
        given = as_floats(aligned.iloc[placed.order], "standard errors")[placed.used]
        error, filled = impute_se(placed.y, given)
        theta = _true_values(placed, error, _groups(region, placed), spatial, draws, seed)
        needed = draws_for(permutations, len(placed.y), alpha, correction)
        found = local_arrays(theta, placed.links, needed, seed, workers)
        sure = np.array([adjust(p, correction) for p in found["p"]]) <= alpha
        labels = np.where(sure, found["quadrant"], UNSURE)
        at = placed.order[placed.used]
        for place in range(UNSURE + 1):
            table.iloc[at, place + 1] = (labels == place).mean(axis=0)
        imputed[at] = filled
    shares = table[list(LABELS[: UNSURE + 1])]
    own = pd.Index(LABELS[: UNSURE + 1]).get_indexer(pd.Index(table["cluster"].astype(object)))
    table["probability"] = np.where(
        tested, shares.to_numpy()[np.arange(len(table)), np.maximum(own, 0)], np.nan
    )
    words = np.array(LABELS, dtype=object)
    best = shares.fillna(-1).to_numpy().argmax(axis=1)
    table["likeliest"] = np.where(tested, words[best], table["cluster"])
    table["stable"] = table["probability"] >= SURE
    table["se_imputed"] = imputed
    return table


def _groups(region: pd.Series | None, placed: OnGraph) -> np.ndarray:
    """Return the number of each used area's region, 0 for all where there are none."""
    codes = placed.codes[placed.used]
    if region is None:
        return np.zeros(len(codes), int)
    _, (_, aligned) = align(pd.Series(0.0, index=codes), region, names=("region",))
    if aligned.isna().any():
        raise InputError(
            "areas have no region", offenders=[str(code) for code in codes[aligned.isna()]]
        )
    return np.asarray(pd.factorize(aligned)[0])


def _true_values(
    placed: OnGraph, error: Array, group: np.ndarray, spatial: bool, draws: int, seed: int
) -> Array:
    """Draw true values of the used areas, shape (draws, n)."""
    rng = random_stream(seed, 1)
    if spatial:
        return spatial_draws(placed.y, error, placed.links, draws, rng)[0]
    means, deviations = shrunk_moments(placed.y, error, group, draws, rng)
    return np.asarray(means + deviations * rng.standard_normal(means.shape))
