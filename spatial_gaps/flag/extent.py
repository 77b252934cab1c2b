"""The summary measures of the Indices of Deprivation: what an authority's small areas come to.

Every measure is a mean over the people of an authority; without weights each small area counts as
one. Ranks run as the publication's summaries have them, the most deprived small area highest.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array
from spatial_gaps.flag.small_areas import ROUNDING, SmallAreas

CONCENTRATED = 0.1


def extent_weights(rank: Array, out_of: int) -> Array:
    """Return how far a small area counts as deprived: 1 in the worst tenth, 0 after three tenths.

    Parameters
    ----------
    rank : ndarray, shape (m,)
        1 for the most deprived.
    out_of : int
        Small areas that are ranked.

    Returns
    -------
    ndarray, shape (m,)
        With ``k = ceil(100 rank / out_of)``: 1 up to k = 10, ``0.95 - 0.9/19 (k - 11)`` up to 30
        (0.05), else 0.

    Examples
    --------
    >>> extent_weights(np.array([1.0, 10.0, 11.0, 30.0, 31.0]), 100).round(2).tolist()
    [1.0, 1.0, 0.95, 0.05, 0.0]
    """
    k = np.ceil(100 * rank / out_of - ROUNDING)
    return np.select([k <= 10, k <= 30], [1.0, 0.95 - 0.9 / 19 * (k - 11)], 0.0)


def local_concentration(areas: SmallAreas, share: float = CONCENTRATED) -> Array:
    """Return the mean rank, the most deprived highest, of the small areas where the worst-off live.

    Parameters
    ----------
    areas : SmallAreas
        Of k authorities.
    share : float
        Share of each authority's people, held exactly: the last small area counts in part.

    Returns
    -------
    ndarray, shape (k,)
        Between 1 and `out_of`; nan without a figure.
    """
    order = np.lexsort((areas.rank, areas.group))
    group = areas.group[order]
    people = (areas.weight / areas.sums(areas.weight)[areas.group])[order]
    before = np.cumsum(people) - people
    first = np.flatnonzero(np.diff(group, prepend=-1))
    before -= np.repeat(before[first], np.diff(first, append=len(group)))
    held = np.clip(share - before, 0.0, people)
    high = areas.out_of + 1 - areas.rank[order]
    k = len(areas.authorities)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(group, held * high, k) / np.bincount(group, held, k))


def summaries(areas: SmallAreas) -> pd.DataFrame:
    """Return the summary measures of each authority.

    Parameters
    ----------
    areas : SmallAreas
        Of k authorities.

    Returns
    -------
    DataFrame, shape (k, 7)
        average_score, average_rank, rank_of_average_score, rank_of_average_rank (1 for the most
        deprived authority), polarisation, extent, local_concentration.
    """
    score = (
        areas.means(areas.value) if areas.has_scores else np.full(len(areas.authorities), np.nan)
    )
    table = pd.DataFrame(
        {
            "average_score": score,
            "average_rank": areas.means(areas.out_of + 1 - areas.rank),
        },
        index=areas.authorities,
    )
    turned = table * [areas.sign, 1.0]
    # Equal averages differ by rounding, and must not get two ranks.
    digits = turned / turned.abs().max() if len(turned) else turned
    places = digits.round(12).rank(method="min", ascending=False)
    table["rank_of_average_score"] = places["average_score"]
    table["rank_of_average_rank"] = places["average_rank"]
    table["polarisation"] = places["average_score"] - places["average_rank"]
    table["extent"] = areas.means(extent_weights(areas.rank, areas.out_of))
    table["local_concentration"] = local_concentration(areas)
    return table
