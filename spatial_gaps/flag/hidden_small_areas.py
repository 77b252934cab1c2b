"""Hidden small areas: among the nation's most deprived, in an authority that is not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spatial_gaps.checks import align, as_floats, check_share
from spatial_gaps.errors import InputError
from spatial_gaps.flag.small_areas import SmallAreas, how_many, small_areas

DEPRIVED, LESS_DEPRIVED = 0.1, 0.5
# With fewer authorities, a correlation says little of the direction.
FEWEST = 10


def hidden_small_areas(
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
    """Find deprived small areas inside authorities that are less deprived.

    A small area is deprived if its figure is as bad as, or worse than, that of place
    ``floor(deprived n)`` of n, an authority less deprived if its figure is as good as, or better
    than, that of place ``floor(less_deprived k)`` of k from the other end. Ties are kept.

    Parameters
    ----------
    values : Series, shape (n,)
        Rate, score or rank of each small area of one nation, by code.
    parent : Series, shape (n,)
        Authority of each small area, by code, or shares as `parent_shares` gives them (the largest
        decides).
    higher_is : {"better", "worse"}
        "worse" for rates and scores of deprivation, "better" for ranks with 1 the most deprived.
    weights : Series, shape (n,), optional
        People of each small area.
    parent_values : Series, shape (k,), optional
        Published figures of the authorities, higher the same as in `values`; without them the
        means of their small areas over people ("derived"; unweighted unless weights are given).
    ranks : Series, shape (n,), optional
        Published ranks, 1 for the most deprived, by which small areas are deprived.
    out_of : int, optional
        Small areas that `ranks` run over, if not all of them are given.
    deprived, less_deprived : float
        Shares of small areas and of authorities, in (0, 1).
    comparable : bool
        Let several nations stand in one ranking: for one measure that is the same in all of them.

    Returns
    -------
    DataFrame
        On the index of `values`: value, people (nan without weights), place (1 for the most
        deprived, ties share it), deprived, parent, parent_value, parent_source ("published" or
        "derived"), parent_place (1 for the most deprived authority), less_deprived (of the
        authority), is_hidden (both), reason (why nothing can be said, else empty).

    Raises
    ------
    InputError
        If the direction is missing, figures of several nations are ranked together, or
        `parent_values` or `ranks` run the other way.
    JoinError, WeightsError, StatisticUndefined
        If a small area has no authority, an authority no row in `parent_values`, weights are not
        positive, or fewer than two small areas have a figure.

    Examples
    --------
    >>> codes = list("abcdefgh")
    >>> rate = pd.Series([0.4, 0.3, 0.3, 0.2, 0.35, 0.0, 0.0, 0.0], index=codes)
    >>> town = pd.Series(["poor"] * 4 + ["rich"] * 4, index=codes)
    >>> found = hidden_small_areas(rate, town, higher_is="worse", deprived=0.25)
    >>> found.index[found["is_hidden"]].tolist()
    ['e']
    """
    check_share(deprived, "deprived")
    check_share(less_deprived, "less_deprived")
    areas = small_areas(
        values, parent, higher_is=higher_is, weights=weights, ranks=ranks, out_of=out_of,
        comparable=comparable,
    )  # fmt: skip
    above = standing(areas, parent_values, less_deprived)
    table = pd.DataFrame(
        {
            "value": areas.value,
            "people": areas.people,
            "place": areas.from_top,
            "deprived": areas.most_deprived(deprived),
        },
        index=areas.codes,
    ).reindex(values.index)
    missing = table["value"].isna()
    table["deprived"] = table["deprived"].eq(True)
    table["parent"] = areas.parent.reindex(values.index)
    for column in above.columns:
        table[column] = above[column].reindex(table["parent"]).to_numpy()
    table["is_hidden"] = table["deprived"] & table["less_deprived"]
    nowhere = table["parent_value"].isna()
    table["reason"] = np.select(
        [missing, nowhere], ["it has no figure", "its authority has no figure"], ""
    )
    return table


def standing(areas: SmallAreas, parent_values: pd.Series | None, share: float) -> pd.DataFrame:
    """Say which authorities are less deprived, and by what figure.

    Parameters
    ----------
    areas : SmallAreas
        Of k authorities.
    parent_values : Series, optional
        Published figures of at least these authorities; missing ones stay missing.
    share : float
        Of the authorities that have a figure.

    Returns
    -------
    DataFrame, shape (k, 4)
        parent_value, parent_source, parent_place, less_deprived.
    """
    derived = pd.Series(areas.means(areas.value), index=areas.authorities)
    source, own = "derived", derived
    if parent_values is not None:
        if not isinstance(parent_values, pd.Series):
            raise InputError("parent_values has to be a Series indexed by the codes of authorities")
        _, (_, given) = align(derived, parent_values, names=("parent_values",))
        source, own = "published", pd.Series(as_floats(given, "parent_values"), index=derived.index)
        if own.notna().sum() >= FEWEST and own.corr(derived) < 0:
            raise InputError(
                "parent_values run the other way than the values of small areas",
                hint="Higher has to mean the same in both: look at higher_is again.",
            )
    # Published figures are rounded: among equal ones the means of small areas decide, themselves
    # rounded so that sums in another order are the same.
    size = derived.abs().max() or 1.0
    both = pd.DataFrame({"own": own, "derived": (derived / size).round(12)})
    if source == "derived":
        both["own"] = both["derived"]
    order = both.groupby(["own", "derived"], dropna=False).ngroup().where(both["own"].notna())
    turned = areas.sign * order
    return pd.DataFrame(
        {
            "parent_value": own,
            "parent_source": source,
            "parent_place": turned.rank(method="min", ascending=False),
            "less_deprived": turned.rank(method="min") <= how_many(share, int(own.notna().sum())),
        }
    )
