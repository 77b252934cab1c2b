"""Global Moran's I: do neighbours resemble each other, over all areas?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, align, as_floats, check_count
from spatial_gaps.locate.permutation import global_counts, two_sided
from spatial_gaps.locate.weights import Links, OnGraph, on_graph
from spatial_gaps.records import Moran

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

MOST_NOISE = 0.6
ROUNDING = 1e-12


def moran(
    values: pd.Series,
    graph: GraphLike,
    *,
    permutations: int = 9999,
    seed: int = 0,
    se: pd.Series | None = None,
    policy: str = "drop",
    transform: str = "row",
    within_components: bool = False,
    workers: int = 1,
) -> Moran:
    """Measure global spatial autocorrelation.

    ``I = n / S0 * sum_ij w_ij z_i z_j / sum_i z_i^2``, z the deviation from the mean.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code; missing ones are taken out first.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency).
    permutations : int
        Draws for p; 0 for none.
    seed : int
        Seed of the draws: one seed, one answer, for any number of workers.
    se : Series, shape (n,), optional
        Standard errors. Sampling noise pulls I towards 0; `corrected` is ``I S^2 / (S^2 - mean se^2)``.
    policy : {"drop", "adjust", "keep"}
        Areas without a neighbour leave everything (equal to spdep on the data without them), only
        n (spdep's default), or nothing.
    transform : {"row", "binary", "given"}
        Weights per row sum to 1, are all 1, or stay as given.
    within_components : bool
        Shuffle figures only among areas that hang together, so that a difference between Great
        Britain and Northern Ireland is no evidence.
    workers : int
        Threads.

    Returns
    -------
    Moran
        With moments under randomisation and normality, z under randomisation, and a two-sided
        permutation p in (0, 1]. Undefined (constant, fewer than 3 areas, no links): nan, with
        `status` in words.

    Raises
    ------
    JoinError
        If graph and values are not of the same areas.
    InputError
        If an option is unknown.

    References
    ----------
    Cliff & Ord (1981), Spatial Processes, equations 1.44 and 2.10-2.16.
    """
    permutations = check_count(permutations, "permutations", 0, 10_000_000)
    check_count(seed, "the seed", 0)
    check_count(workers, "workers", 1)
    placed = on_graph(values, graph, policy, transform)
    found = moran_on(
        placed.y,
        placed,
        policy=policy,
        permutations=permutations,
        seed=seed,
        within_components=within_components,
        workers=workers,
    )
    if se is None or found.status:
        return found
    noise, corrected = _corrected(found.I, values, se, placed)
    return replace(found, noise_share=noise, corrected=corrected)


def moran_on(
    y: Array,
    placed: OnGraph,
    *,
    policy: str,
    permutations: int,
    seed: int,
    within_components: bool = False,
    workers: int = 1,
) -> Moran:
    """Return what `moran` finds for complete figures of the areas that are used."""
    links = placed.links
    parts = links.components()
    fixed = {
        "permutations": permutations,
        "seed": seed,
        "islands": tuple(str(code) for code in placed.codes[placed.alone]),
        "policy": policy,
        "components": int(parts.max(initial=-1)) + 1,
    }
    status = undefined(y, len(links.focal))
    if status:
        nan = float("nan")
        return Moran(nan, nan, nan, nan, nan, nan, n=len(y), status=status, **fixed)  # type: ignore[arg-type]
    z = y - y.mean()
    matrix = links.matrix()
    lone = int((links.degree() == 0).sum())
    n = len(z) - (lone if policy == "adjust" else 0)
    index = float(n / links.sums()[0] * (z @ (matrix @ z)) / (z @ z))
    expected, variance, normal = moments(z, n, links)
    p = float("nan")
    if permutations:
        strata = parts if within_components else None
        greater, less = global_counts(z, links.products, permutations, seed, workers, strata)
        p = float(two_sided(greater, less, permutations))
    return Moran(
        I=index,
        expected=expected,
        variance=variance,
        variance_normality=normal,
        z=score(index - expected, variance),
        p=p,
        n=n,
        **fixed,  # type: ignore[arg-type]
    )


def undefined(y: Array, links: int) -> str:
    """Say in words why autocorrelation does not exist for these values, or return ""."""
    if len(y) < 3:
        return f"{len(y)} areas have a figure and a neighbour, at least 3 are needed"
    if links == 0:
        return "no area has a neighbour"
    # Relative to the scale: copies of 0.1 * 3 differ from 0.3 by rounding only.
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        return "constant: all areas have the same figure"
    return ""


def score(difference: float, variance: float) -> float:
    """Return the difference in standard deviations, nan where chance makes none but by rounding.

    For statistics of order 1: where everybody neighbours everybody, all arrangements are alike.
    """
    return float(difference / variance**0.5) if variance > ROUNDING else float("nan")


def moments(z: Array, n: int, links: Links) -> tuple[float, float, float]:
    """Return the expectation, and the variance under randomisation and normality."""
    s0, s1, s2 = links.sums()
    expected = -1 / (n - 1)
    normal = (n**2 * s1 - n * s2 + 3 * s0**2) / ((n**2 - 1) * s0**2) - expected**2
    kurtosis = len(z) * (z**4).sum() / (z @ z) ** 2
    top = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    top -= kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    random = top / ((n - 1) * (n - 2) * (n - 3) * s0**2) - expected**2 if n > 3 else float("nan")
    return expected, float(random), float(normal)


def _corrected(
    index: float, values: pd.Series, se: pd.Series, placed: OnGraph
) -> tuple[float, float]:
    """Return the noise share of the spread, and I with that noise taken out."""
    _, (_, aligned) = align(values, se, names=("se",))
    error = as_floats(aligned.iloc[placed.order], "standard errors")[placed.used]
    if np.isnan(error).all():
        return float("nan"), float("nan")
    noise = float(np.nanmean(error**2) / placed.y.var(ddof=1))
    return noise, index / (1 - noise) if noise <= MOST_NOISE else float("nan")
