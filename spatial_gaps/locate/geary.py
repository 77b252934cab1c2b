"""Global Geary's C: how much do neighbours differ, over all areas?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_count
from spatial_gaps.locate.autocorrelation import score, undefined
from spatial_gaps.locate.permutation import global_counts, two_sided
from spatial_gaps.locate.weights import Links, on_graph

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike


@dataclass(frozen=True)
class Geary:
    """Global Geary's C with its moments, permutation p and what was done about islands.

    Below 1 neighbours are alike, above 1 they differ, so alike neighbours give a negative `z`.
    `variance` is under randomisation, `components` how many parts of the areas hang together, and
    `within_components` whether figures were shuffled within them only.
    """

    C: float
    expected: float
    variance: float
    variance_normality: float
    z: float
    p: float
    permutations: int
    seed: int
    n: int
    islands: tuple[str, ...]
    policy: str
    components: int
    within_components: bool
    status: str = ""

    def __str__(self) -> str:
        if self.status:
            return f"Geary's C is undefined: {self.status}."
        p = f", p {self.p:.2g}" if self.permutations else ""
        return (
            f"Geary's C {self.C:.3f} (1 expected by chance, less where neighbours are alike{p}) over "
            f"{self.n} areas; {len(self.islands)} without a neighbour."
        )


def geary(
    values: pd.Series,
    graph: GraphLike,
    *,
    permutations: int = 9999,
    seed: int = 0,
    policy: str = "drop",
    transform: str = "row",
    within_components: bool = False,
    workers: int = 1,
) -> Geary:
    """Measure global spatial autocorrelation by the squared differences of neighbours.

    ``C = (n - 1) / (2 S0) * sum_ij w_ij (y_i - y_j)^2 / sum_i z_i^2``, z the deviation from the mean.

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
    policy : {"drop", "adjust", "keep"}
        Areas without a neighbour leave everything (equal to spdep on the data without them), only
        n (spdep's default), or nothing.
    transform : {"row", "binary", "given"}
        Weights per row sum to 1, are all 1, or stay as given.
    within_components : bool
        Shuffle figures only among areas that hang together.
    workers : int
        Threads.

    Returns
    -------
    Geary
        With moments under randomisation and normality, ``z = (C - 1) / sd`` under randomisation
        (negative where neighbours are alike; spdep prints the opposite sign), and a two-sided
        permutation p in (0, 1]. Undefined (constant, fewer than 3 areas, no links): nan, with
        `status` in words.

    Raises
    ------
    JoinError
        If graph and values are not of the same areas.
    InputError
        If an option is unknown.

    Notes
    -----
    Under "adjust" the variances equal those of spdep, which mix the number of areas with and without
    islands in one formula: they are there to reproduce its output, and "drop" to test with.

    References
    ----------
    Geary (1954), The contiguity ratio and statistical mapping; Cliff & Ord (1981), Spatial
    Processes.

    Examples
    --------
    Steps of 1 and 2, each way: C = 2 / (2 x 4) x (1 + 1 + 4 + 4) / (14 / 3) = 15 / 28.

    >>> pay = pd.Series([1.0, 2.0, 4.0], index=["a", "b", "c"])
    >>> pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]
    >>> graph = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    >>> round(geary(pay, graph, transform="binary", permutations=0).C, 6)
    0.535714
    """
    permutations = check_count(permutations, "permutations", 0, 10_000_000)
    check_count(seed, "the seed", 0)
    check_count(workers, "workers", 1)
    placed = on_graph(values, graph, policy, transform)
    links, n = placed.links, len(placed.y)
    status = undefined(placed.y, len(links.focal))
    parts = links.components()
    index = expected = variance = normal = p = float("nan")
    if not status:
        z = placed.y - placed.y.mean()
        n -= int((links.degree() == 0).sum()) if policy == "adjust" else 0
        gaps = links.weight @ (z[links.focal] - z[links.other]) ** 2
        index = float((n - 1) * gaps / (2 * links.weight.sum() * (z @ z)))
        expected = 1.0
        variance, normal = _variances(z, n, links)
        if permutations:
            strata = parts if within_components else None
            greater, less = global_counts(z, _gaps(links), permutations, seed, workers, strata)
            p = float(two_sided(greater, less, permutations))
    return Geary(
        C=index,
        expected=expected,
        variance=variance,
        variance_normality=normal,
        z=score(index - expected, variance),
        p=p,
        permutations=permutations,
        seed=seed,
        n=n,
        islands=tuple(str(code) for code in placed.codes[placed.alone]),
        policy=policy,
        components=len(np.unique(parts)),
        within_components=within_components,
        status=status,
    )


def _gaps(links: Links) -> Callable[[Array], Array]:
    """Return the function that sums weighted squared differences, one sum per draw."""
    total = links.totals()
    # (z_i - z_j)^2 multiplied out: a sum over areas less a product, instead of a sum over links.
    return lambda drawn: total @ drawn**2 - 2 * links.products(drawn)


def _variances(z: Array, n: int, links: Links) -> tuple[float, float]:
    """Return the variance under randomisation and under normality."""
    s0, s1, s2 = links.sums()
    # The same but under "adjust", where spdep has areas without a neighbour in one and not the other.
    every, n1 = len(z), n - 1
    normal = ((2 * s1 + s2) * n1 - 4 * s0**2) / (2 * (every + 1) * s0**2)
    if n <= 3:
        return float("nan"), float(normal)
    kurtosis = n * (z**4).sum() / (z @ z) ** 2
    top = n1 * s1 * (n**2 - 3 * every + 3 - n1 * kurtosis)
    top -= n1 * s2 * (n**2 + 3 * every - 6 - (n**2 - every + 2) * kurtosis) / 4
    top += s0**2 * (n**2 - 3 - n1**2 * kurtosis)
    return float(top / (every * (n - 2) * (n - 3) * s0**2)), float(normal)
