"""Inside authorities: what the average of an authority says nothing of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_share
from spatial_gaps.flag.disparity import spreads, usual_spreads
from spatial_gaps.flag.extent import summaries
from spatial_gaps.flag.hidden_small_areas import DEPRIVED, LESS_DEPRIVED, standing
from spatial_gaps.flag.profiles import profiles, tenths
from spatial_gaps.flag.small_areas import small_areas


def inside_authorities(
    values: pd.Series,
    parent: pd.Series,
    *,
    higher_is: str | None,
    weights: pd.Series | None = None,
    parent_values: pd.Series | None = None,
    ranks: pd.Series | None = None,
    out_of: int | None = None,
    deprived: float = DEPRIVED,
    less_deprived: float = LESS_DEPRIVED,
    comparable: bool = False,
) -> pd.DataFrame:
    """Describe each authority by its small areas.

    The summary measures are those of the English Indices of Deprivation, for any nation and number
    of small areas: small area i of N has ``k = ceil(100 rank / N)``, ``extent`` is the mean over
    people of 1 up to k = 10, ``0.95 - 0.9/19 (k - 11)`` from 11 to 30, 0 beyond; and
    ``local_concentration`` the mean of N + 1 - rank over the most deprived small areas that hold
    exactly a tenth of the authority's people, the last one counted in part.

    Parameters
    ----------
    values : Series, shape (n,)
        Score, rate or rank of each small area of one nation, by code; missing ones are counted.
    parent : Series, shape (n,)
        Authority of each small area, by code, or shares as `parent_shares` gives them (the largest
        decides).
    higher_is : {"better", "worse"}
        "worse" for scores and rates of deprivation, "better" for ranks with 1 the most deprived.
    weights : Series, shape (n,), optional
        People of each small area; every small area counts as one unless given, and `weighted` is
        False.
    parent_values : Series, shape (k,), optional
        Published figures of authorities, by which they are less deprived; else their means.
    ranks : Series, shape (n,), optional
        Published ranks beside scores, 1 for the most deprived; found from `values` unless given.
    out_of : int, optional
        Small areas that `ranks` run over, if not all of them are given.
    deprived, less_deprived : float
        Shares of small areas that are deprived, and of authorities that are less deprived, as in
        `hidden_small_areas`.
    comparable : bool
        Let several nations stand in one ranking: for one measure that is the same in all of them.

    Returns
    -------
    DataFrame
        Indexed by authority, sorted.
        Size: n (small areas with a figure), missing, people (nan without weights), weighted.
        Level: average_score (nan where `values` are ranks), average_rank (most deprived highest),
        rank_of_average_score and rank_of_average_rank (1 for the most deprived authority),
        polarisation (the former less the latter: below 0 where a few very deprived small areas
        weigh on the score), extent (0 to 1), local_concentration (1 to N).
        Spread: spread (standard deviation among small areas, in the unit of `values`),
        usual_spread (of authorities with such a mean and so many small areas), disparity (their
        ratio; nan with one small area or fewer than 10 authorities), profile ("flat", "left",
        "right", "nshape").
        Pockets: deprived, deprived_people, less_deprived (the authority), hidden and hidden_people
        (the deprived of a less-deprived authority, else 0).

    Raises
    ------
    InputError
        If the direction is missing, figures of several nations are ranked together, or ranks or
        `parent_values` run the other way.
    JoinError, WeightsError, StatisticUndefined
        If a small area has no authority or no rank, an authority no row in `parent_values`, weights
        are not positive, or fewer than two small areas have a figure.

    References
    ----------
    Ministry of Housing, Communities and Local Government (2019), English Indices of Deprivation,
    Technical report, chapter 3 (higher-area summaries; File 10). ONS (2021), Exploring local income
    deprivation (profiles). `disparity`: docs/how-to/inside-authorities.md.

    Examples
    --------
    >>> codes = [f"a{i:02d}" for i in range(20)]
    >>> score = pd.Series(range(20, 0, -1), index=codes, dtype=float)
    >>> town = pd.Series(["poor"] * 10 + ["rich"] * 10, index=codes)
    >>> found = inside_authorities(score, town, higher_is="worse")
    >>> found[["average_rank", "local_concentration"]].round(6).to_dict("list")
    {'average_rank': [15.5, 5.5], 'local_concentration': [20.0, 10.0]}

    Ranks 1 and 2 of 20 count in full (k = 5 and 10), 3 to 6 by .76, .52, .29 and .05:

    >>> found["extent"].round(3).to_list()
    [0.362, 0.0]
    """
    check_share(deprived, "deprived")
    check_share(less_deprived, "less_deprived")
    areas = small_areas(
        values, parent, higher_is=higher_is, weights=weights, ranks=ranks, out_of=out_of,
        comparable=comparable,
    )  # fmt: skip
    n = areas.sums()
    summary = summaries(areas)
    spread = spreads(areas)
    usual = usual_spreads(spread, areas.means(areas.bad), n)
    above = standing(areas, parent_values, less_deprived)["less_deprived"].to_numpy()
    worst = areas.most_deprived(deprived).astype(float)
    found, people = areas.sums(worst), areas.sums(areas.people * worst)
    size = pd.DataFrame(
        {
            "n": n.astype(int),
            "missing": areas.missing,
            "people": areas.sums(areas.people),
            "weighted": weights is not None,
        },
        index=areas.authorities,
    )
    return pd.concat([size, summary], axis=1).assign(
        spread=spread,
        usual_spread=usual,
        disparity=spread / usual,
        profile=profiles(tenths(areas)),
        deprived=found.astype(int),
        deprived_people=people,
        less_deprived=above,
        hidden=np.where(above, found, 0).astype(int),
        hidden_people=np.where(above, people, 0.0 * people),
    )
