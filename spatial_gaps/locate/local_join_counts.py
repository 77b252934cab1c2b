"""Local join counts: do areas of a class have more neighbours of that class than by chance?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats
from spatial_gaps.errors import InputError
from spatial_gaps.locate.autocorrelation import undefined
from spatial_gaps.locate.local_table import check_options, local_table, scores
from spatial_gaps.locate.weights import on_graph

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

LABELS = ("join", "not significant", "not in the class", "no neighbours", "undefined")


def local_join_counts(
    flags: pd.Series,
    graph: GraphLike,
    *,
    alpha: float = 0.05,
    correction: str = "fdr",
    policy: str = "drop",
) -> pd.DataFrame:
    """Count the neighbours in a class of the areas in it, with an exact p.

    ``J_i = x_i sum_j x_j`` over the neighbours j, with x = 1 in the class and 0 outside. Two classes
    at once (co-location) are ``local_join_counts(first & second, graph)``.

    Parameters
    ----------
    flags : Series, shape (n,)
        True or 1 in the class, False or 0 outside, indexed by code; missing ones are taken out
        first.
    graph : Graph or Series
        Neighbours of the same areas (or a graph's adjacency); only who links to whom counts.
    alpha : float
        Level of the labels after correction.
    correction : {"fdr", "holm", "bonferroni", "none"}
        Over the areas in the class that have a neighbour.
    policy : {"drop", "keep"}
        Whether areas without a neighbour count among those that neighbours are drawn from.

    Returns
    -------
    DataFrame
        On the index of `flags`: joins, expected, variance, z, p (one-sided: so many joins or more),
        p_two_sided, p_adjusted (of p), cluster (a label of `LABELS`). Areas outside the class have
        no joins and no p. Areas without a neighbour are "no neighbours", areas without a flag, or
        all where flags do not differ, "undefined".

    Raises
    ------
    JoinError
        If graph and flags are not of the same areas.
    InputError
        If a flag is neither true nor false, or an option is unknown.

    Notes
    -----
    The class of an area stays and its neighbours are drawn from all others without replacement, so
    that its joins are hypergeometric: p needs no draws. Anselin and Li test the upper tail, as here.

    References
    ----------
    Anselin & Li (2019), Operational local join count statistics for cluster detection.

    Examples
    --------
    In a row a - b - c - d, b has one neighbour of the class. Of the three others one is of the
    class, so that two of them include it with probability 2/3.

    >>> flags = pd.Series([True, True, False, False], index=list("abcd"))
    >>> pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")]
    >>> row = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    >>> found = local_join_counts(flags, row)
    >>> found["joins"].tolist(), found["p"].round(3).tolist()
    ([1.0, 1.0, 0.0, 0.0], [0.333, 0.667, nan, nan])
    """
    check_options(alpha, correction, policy)
    placed = on_graph(flags, graph, policy, "binary")
    x = as_floats(flags, "flags")
    neither = ~np.isin(x, (0, 1)) & ~np.isnan(x)
    if neither.any():
        raise InputError(
            "flags have to be true or false",
            offenders=list(flags.index[neither]),
            hint="Compare the figures with a limit, as in values < 500.",
        )
    found = {}
    if not undefined(placed.y, len(placed.links.focal)):
        inside = placed.y > 0
        joins = (placed.links.matrix() @ placed.y)[inside].astype(int)
        tails = _tails(joins, placed.links.degree()[inside], len(inside) - 1)
        for name, tail in tails.items():
            found[name] = np.full(len(inside), 0.0 if name == "joins" else np.nan)
            found[name][inside] = tail
        found["label"] = np.where(inside, "join", "not in the class")
    columns = ("joins", "expected", "variance", "z", "p", "p_two_sided")
    return local_table(columns, found, placed, flags.index, alpha=alpha, correction=correction)


def _tails(joins: np.ndarray, degree: np.ndarray, others: int) -> dict[str, np.ndarray]:
    """Return moments and tails of the hypergeometric law, for the areas in the class."""
    marked = len(joins) - 1
    share = marked / others
    expected = degree * share
    variance = expected * (1 - share) * (others - degree) / (others - 1)
    upper, lower = np.ones(len(joins)), np.ones(len(joins))
    for k in np.unique(degree):
        here = degree == k
        least, chances = _hypergeometric(others, marked, int(k))
        upper[here] = np.cumsum(chances[::-1])[::-1][joins[here] - least]
        lower[here] = np.cumsum(chances)[joins[here] - least]
    return {
        "joins": joins,
        "expected": expected,
        "variance": variance,
        "z": scores(joins, expected, variance),
        "p": np.minimum(1.0, upper),
        "p_two_sided": np.minimum(1.0, 2 * np.minimum(upper, lower)),
    }


def _hypergeometric(others: int, marked: int, drawn: int) -> tuple[int, Array]:
    """Return the fewest marked among `drawn` of `others`, and the chance of that and each more.

    By ratios of one chance to the next, which loses no digits however many areas there are.
    """
    least = max(0, drawn - (others - marked))
    x = np.arange(least, min(drawn, marked), dtype=float)
    ratios = (marked - x) * (drawn - x) / ((x + 1) * (others - marked - drawn + x + 1))
    logs = np.concatenate([[0.0], np.cumsum(np.log(ratios))])
    chances = np.exp(logs - logs.max())
    return least, chances / chances.sum()
