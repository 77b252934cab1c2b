"""p of Moran's I without draws, exact where areas are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_share
from spatial_gaps.errors import InputError
from spatial_gaps.locate.autocorrelation import moran, undefined
from spatial_gaps.locate.local_table import moran_table, quadrants
from spatial_gaps.locate.quadratic_forms import exceed_by_saddlepoint, exceed_exactly
from spatial_gaps.locate.weights import Links, on_graph
from spatial_gaps.measure.multiple import CORRECTIONS

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

METHODS = ("exact normal", "saddlepoint", "enumeration", "normal approximation")
MOST_ENUMERATED = 9
NAN = float("nan")


@dataclass(frozen=True)
class MoranP:
    """Global Moran's I with a p that needs no draws.

    `greater` and `less` are the chances of an I at least, and at most, as large; p is twice the
    smaller one. `components` is how many groups of areas hang together.
    """

    I: float  # noqa: E741
    expected: float
    p: float
    greater: float
    less: float
    method: str
    n: int
    components: int
    islands: tuple[str, ...]
    policy: str
    status: str = ""

    def __str__(self) -> str:
        if self.status:
            return f"Moran's I is undefined: {self.status}."
        return (
            f"Moran's I {self.I:.3f} (expected {self.expected:.3f} by chance, p {self.p:.2g} by "
            f"{self.method}) over {self.n} areas."
        )


def moran_p(
    values: pd.Series,
    graph: GraphLike,
    *,
    method: str = "exact normal",
    policy: str = "drop",
    transform: str = "row",
) -> MoranP:
    """Return a p of global Moran's I without draws, for the twelve regions of the UK and the like.

    For independent normal values of one mean, I exceeds c as often as ``sum_k (g_k - c) X_k`` is
    positive, with g the eigenvalues of ``n / S0 * M (W + W') / 2 M``, ``M = 1 - 11'/n``, and X_k
    independent chi-square terms of one degree of freedom.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code; missing ones are taken out first.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency).
    method : {"exact normal", "saddlepoint", "enumeration", "normal approximation"}
        That chance by Imhof's integral; its approximation by Lugannani and Rice; the share among all
        n! placements of these values, for at most 9 areas; or a normal curve with the moments under
        normality.
    policy : {"drop", "adjust", "keep"}
        What becomes of areas without a neighbour, as for `moran`.
    transform : {"row", "binary", "given"}
        Weights per row sum to 1, are all 1, or stay as given.

    Returns
    -------
    MoranP
        With ``p = min(1, 2 min(greater, less))``, in (0, 1]. Undefined (constant, fewer than 3
        areas, no links): nan, with `status` in words.

    Raises
    ------
    JoinError
        If graph and values are not of the same areas.
    InputError
        If an option is unknown, or more than 9 areas are to be enumerated.

    Notes
    -----
    "exact normal" and "saddlepoint" take the values to be normal; "enumeration", like the draws of
    `moran`, takes the figures as they are. The saddlepoint is the better the more areas there are:
    over 36 areas it is within 1.5 % of the exact p down to 1e-5, over 12 it is up to 9 % too large at
    0.001. Time grows with n cubed, seconds for 2 000 areas.

    References
    ----------
    Tiefelsdorf & Boots (1995), The exact distribution of Moran's I; Imhof (1961); Tiefelsdorf
    (2002), The saddlepoint approximation of Moran's I's and local Moran's I_i's reference
    distributions.

    Examples
    --------
    Four areas in a row. Of the 24 placements of two high and two low figures, 8 have I = 0.5, 8 have
    -0.5 and 8 have -1.

    >>> row = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")]
    >>> graph = pd.Series(1, index=pd.MultiIndex.from_tuples(row))
    >>> found = moran_p(pd.Series([0, 0, 1, 1], list("abcd")), graph, method="enumeration")
    >>> round(found.I, 9), round(found.greater, 9), round(found.p, 9)
    (0.5, 0.333333333, 0.666666667)
    """
    from scipy.special import ndtr

    check_choice(method, METHODS, "method")
    found = moran(values, graph, permutations=0, policy=policy, transform=transform)
    placed = on_graph(values, graph, policy, transform)
    greater = less = p = NAN
    if not found.status:
        z = placed.y - placed.y.mean()
        if method == "normal approximation":
            score = (found.I - found.expected) / found.variance_normality**0.5
            greater, less = float(ndtr(-score)), float(ndtr(score))
        elif method == "enumeration":
            greater, less = _enumerated(z, placed.links)
        else:
            weights = _weights(placed.links, found.n, found.I)
            tails = _tails(weights[None], np.ones(len(z)), np.array([found.I]), method)
            greater, less = float(tails[0][0]), float(tails[1][0])
        p = float(_two_sided(np.array(greater), np.array(less)))
    return MoranP(
        I=found.I,
        expected=found.expected,
        p=p,
        greater=greater,
        less=less,
        method=method,
        n=found.n,
        components=len(np.unique(placed.links.components())),
        islands=found.islands,
        policy=policy,
        status=found.status,
    )


def local_moran_p(
    values: pd.Series,
    graph: GraphLike,
    *,
    method: str = "exact normal",
    alpha: float = 0.05,
    correction: str = "fdr",
    policy: str = "drop",
) -> pd.DataFrame:
    """Return a p of each area's local Moran without draws, with labels that survive many tests.

    For independent normal values of one mean, I_i exceeds c as often as ``(u - c) X_1 + (v - c) X_1'
    - c X_(n-3)`` is positive, X_k chi-square of k degrees of freedom and, with rows of w summing to
    1, ``u, v = -1/2 +- n/2 sqrt((1 - 1/n) (sum_j w_ij^2 - 1/n))``.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code; missing ones are taken out first.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency).
    method : {"exact normal", "saddlepoint"}
        That chance by Imhof's integral, or its approximation by Lugannani and Rice.
    alpha : float
        Level of the labels after correction.
    correction : {"fdr", "holm", "bonferroni", "none"}
        Over the areas that have a figure and a neighbour with one.
    policy : {"drop", "keep"}
        Whether areas without a neighbour count in the mean and the spread.

    Returns
    -------
    DataFrame
        On the index of `values`, with the columns and labels of `local_moran`: I is the same;
        expected, variance and z are under normality; p is ``min(1, 2 min(P(>= I_i), P(<= I_i)))``,
        in (0, 1].

    Raises
    ------
    JoinError
        If graph and values are not of the same areas.
    InputError
        If an option is unknown.

    Notes
    -----
    The null is that all figures, the area's own too, are independent; in `local_moran` the area
    keeps its own, so that one near the mean can be found there, and hardly here. The exact p costs
    no more than the saddlepoint, which is 3 to 19 % too large wherever p is below 0.1, for any
    number of areas: two of the chi-square terms stay two.

    References
    ----------
    Tiefelsdorf (2002), The saddlepoint approximation of Moran's I's and local Moran's I_i's reference
    distributions; Bivand, Mueller & Reder (2009), Power calculations for global and local Moran's I.

    Examples
    --------
    >>> row = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")]
    >>> graph = pd.Series(1, index=pd.MultiIndex.from_tuples(row))
    >>> found = local_moran_p(pd.Series([0, 0, 1, 1], list("abcd")), graph)
    >>> found["I"].abs().tolist(), found["quadrant"].tolist()[::3]
    ([1.0, 0.0, 0.0, 1.0], ['low-low', 'high-high'])
    """
    check_share(alpha, "alpha")
    check_choice(method, METHODS[:2], "method for local Moran")
    check_choice(correction, CORRECTIONS, "correction")
    check_choice(policy, ("drop", "keep"), "islands policy of the statistic")
    placed = on_graph(values, graph, policy)
    if undefined(placed.y, len(placed.links.focal)):
        return moran_table(None, placed, values.index, alpha=alpha, correction=correction)
    found = _local(placed.y - placed.y.mean(), placed.links, method)
    return moran_table(found, placed, values.index, alpha=alpha, correction=correction)


def _local(z: Array, links: Links, method: str) -> pd.DataFrame:
    """Compute statistic, moments and p under normality, and quadrant, shape (n, 6)."""
    n = len(z)
    lag = links.matrix() @ z
    index = z * lag / (z @ z / n)
    total = np.bincount(links.focal, links.weight, n)
    squares = np.bincount(links.focal, links.weight**2, n)
    # I_i is n x'M e_i w_i'M x / x'M x: of the symmetric part of that product of two vectors, whose
    # squared lengths and inner product these are, only two eigenvalues are not 0.
    root = np.sqrt(np.maximum((1 - 1 / n) * (squares - total**2 / n), 0.0))
    ends = n / 2 * np.stack([root - total / n, -root - total / n, np.zeros(n)], axis=1)
    greater, less = _tails(ends - index[:, None], np.array([1.0, 1.0, n - 3]), index, method)
    expected = -total / (n - 1)
    variance = 2 * ((n - 1) * (ends**2).sum(axis=1) - total**2) / ((n - 1) ** 2 * (n + 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (index - expected) / np.sqrt(variance)
    return pd.DataFrame(
        {
            "I": index,
            "expected": expected,
            "variance": variance,
            "z": score,
            "p": _two_sided(greater, less),
            "quadrant": quadrants(z, lag),
        }
    )


def _weights(links: Links, n: int, index: float) -> Array:
    """Return weights of chi-square terms whose sum is positive where I exceeds the index."""
    matrix = links.matrix().toarray()
    matrix = (matrix + matrix.T) / 2 * (n / links.sums()[0]) - index * np.eye(len(matrix))
    means = matrix.mean(axis=0)
    return np.asarray(np.linalg.eigvalsh(matrix - means - means[:, None] + means.mean()))


def _tails(weights: Array, counts: Array, index: Array, method: str) -> tuple[Array, Array]:
    """Return the chances of sums at least 0, and at most 0; weights of rounding only are none."""
    scale = np.maximum(np.abs(weights).max(axis=1), np.abs(index))[:, None]
    weights = np.where(np.abs(weights) < 1e-12 * scale, 0.0, weights)
    exceed = exceed_exactly if method == "exact normal" else exceed_by_saddlepoint
    return exceed(weights, counts), exceed(-weights, counts)


def _enumerated(z: Array, links: Links) -> tuple[float, float]:
    """Return the shares of all placements of the values with an I at least, and at most, as large."""
    if len(z) > MOST_ENUMERATED:
        raise InputError(
            f"{len(z)} areas are too many to enumerate: at most {MOST_ENUMERATED}",
            hint='Use method="exact normal", or the draws of moran().',
        )
    orders = np.zeros((1, 1), np.int8)
    for area in range(1, len(z)):
        orders = np.concatenate(
            [np.insert(orders, place, area, axis=1) for place in range(area + 1)]
        )
    placements = z[orders].T
    found = np.einsum("ij,ij->j", placements, links.matrix() @ placements)
    observed = float(z @ (links.matrix() @ z))
    edge = 1e-10 * float(np.abs(found).max())
    return float((found >= observed - edge).mean()), float((found <= observed + edge).mean())


def _two_sided(greater: Array, less: Array) -> Array:
    """Return twice the smaller chance, at most 1 and never 0 for all that numbers can underflow."""
    return np.asarray(np.clip(2 * np.minimum(greater, less), np.finfo(float).tiny, 1.0))
