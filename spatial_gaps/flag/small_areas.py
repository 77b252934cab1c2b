"""Small areas inside their authorities: one door for every measure of this kind.

Inside the door figures are turned so that more is more deprived, and areas are in the order of
their codes, so that the order of rows is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spatial_gaps.checks import (
    Array,
    align,
    as_floats,
    check_count,
    check_direction,
    check_unique,
    check_values,
    main_parent,
    words,
)
from spatial_gaps.errors import InputError, JoinError

NATIONS = {
    "E": "England",
    "W": "Wales",
    "S": "Scotland",
    "N": "Northern Ireland",
    "9": "Northern Ireland",
}
OFFICIAL = r"[EWSN]\d{8}|95[A-Z]{2}\d{2}[A-Z]\d"
# A tenth of 30 small areas are 3, though 0.1 * 30 is a little more in binary.
ROUNDING = 1e-9


@dataclass(frozen=True)
class SmallAreas:
    """The m small areas with a figure, in the order of their codes, and their k authorities.

    Attributes
    ----------
    codes : Index, shape (m,)
        Codes.
    value, bad : ndarray, shape (m,)
        Figures as given, and turned so that more is more deprived.
    rank : ndarray, shape (m,)
        1 for the most deprived of `out_of`; equal figures share the mean of their places.
    from_top, from_bottom : ndarray, shape (m,)
        Small areas that are more, or less, deprived, plus 1: equal figures share the better place.
    out_of : int
        Small areas that are ranked.
    has_scores : bool
        False where the figures are ranks themselves.
    weight, people : ndarray, shape (m,)
        Weights as given; 1, and nan, without any.
    group : ndarray of int, shape (m,)
        Place of the authority in `authorities`.
    authorities : Index, shape (k,)
        Sorted; also those none of whose small areas has a figure.
    parent : Series
        Authority of every small area, also of those without a figure.
    missing : ndarray of int, shape (k,)
        Small areas of each authority without a figure.
    sign : float
        1 where more is more deprived, else -1.
    """

    codes: pd.Index
    value: Array
    bad: Array
    rank: Array
    from_top: Array
    from_bottom: Array
    out_of: int
    has_scores: bool
    weight: Array
    people: Array
    group: np.ndarray
    authorities: pd.Index
    parent: pd.Series
    missing: np.ndarray
    sign: float

    def sums(self, each: Array | None = None) -> Array:
        """Return the sum over each authority's small areas (their number unless given)."""
        return np.bincount(self.group, each, len(self.authorities)).astype(float)

    def means(self, each: Array) -> Array:
        """Return the mean over each authority's people, nan where there is no figure."""
        with np.errstate(invalid="ignore"):
            return self.sums(self.weight * each) / self.sums(self.weight)

    def most_deprived(self, share: float) -> np.ndarray:
        """Say which are as deprived as the last of a share of small areas; ties are kept."""
        return np.asarray(self.from_top <= how_many(share, self.out_of))

    def least_deprived(self, share: float) -> np.ndarray:
        """Say which are as little deprived as the last of a share of small areas; ties are kept."""
        return np.asarray(self.from_bottom <= how_many(share, self.out_of))


def how_many(share: float, of: int) -> int:
    """Return how many a share is, rounded down, at least one."""
    return max(1, int(np.floor(share * of + ROUNDING)))


def small_areas(
    values: pd.Series,
    parent: pd.Series,
    *,
    higher_is: str | None,
    weights: pd.Series | None = None,
    ranks: pd.Series | None = None,
    out_of: int | None = None,
    comparable: bool = False,
) -> SmallAreas:
    """Check and align figures of small areas with their authorities.

    Parameters
    ----------
    values : Series, shape (n,)
        Scores, rates or ranks by code; missing ones are left out and counted.
    parent : Series, shape (n,)
        Authority of each small area, or shares of it (the largest decides).
    higher_is : {"better", "worse"}
        "worse" for scores and rates of deprivation, "better" for ranks with 1 the most deprived.
    weights : Series, shape (n,), optional
        People of each small area.
    ranks : Series, shape (n,), optional
        Published ranks, 1 for the most deprived; found from `values` unless given.
    out_of : int, optional
        Small areas that `ranks` run over; those with a figure unless given.
    comparable : bool
        Let small areas of several nations stand in one ranking.

    Returns
    -------
    SmallAreas
        Sorted by code.

    Raises
    ------
    InputError
        If figures of several nations are ranked together, the direction is missing, or ranks run
        the other way or beyond `out_of`.
    JoinError, WeightsError, StatisticUndefined
        If a small area has no authority, no rank or no positive weight, or fewer than two have a
        figure.
    """
    sign = 1.0 if check_direction(higher_is) == "worse" else -1.0
    for what, given in (("values", values), ("parent", parent)):
        if not isinstance(given, pd.Series):
            raise InputError(f"{what} has to be a Series indexed by the codes of small areas")
    check_unique(values.index, "values")
    every = values.sort_index()
    labels = main_parent(parent, every.index)["parent"]
    group, authorities = pd.factorize(labels, sort=True)
    codes, y, _, _ = check_values(every, weights)
    held = every.index.isin(codes)
    if not comparable:
        _check_one_nation(codes)
    own, own_out_of = _ranks(codes, y, sign, ranks, out_of)
    if ranks is None:
        top, bottom = (pd.Series(way * sign * y).rank(method="min") for way in (-1, 1))
    else:
        top, bottom = pd.Series(own), pd.Series(own_out_of + 1 - own)
    people = None if weights is None else as_floats(weights.reindex(codes), "weights")
    return SmallAreas(
        codes=codes,
        value=y,
        bad=sign * y,
        rank=own,
        from_top=np.asarray(top, float),
        from_bottom=np.asarray(bottom, float),
        out_of=own_out_of,
        has_scores=not (np.array_equal(y, own) or np.array_equal(y, top)),
        weight=np.ones(len(y)) if people is None else people,
        people=np.full(len(y), np.nan) if people is None else people,
        group=group[held],
        authorities=pd.Index(authorities, name=parent.name or "authority"),
        parent=labels,
        missing=np.bincount(group[~held], minlength=len(authorities)),
        sign=sign,
    )


def _check_one_nation(codes: pd.Index) -> None:
    """Raise `InputError` where official codes are of several nations."""
    text = pd.Series(codes.astype(str))
    found = text[text.str.fullmatch(OFFICIAL)].str[0].map(NATIONS).unique()
    if len(found) > 1:
        raise InputError(
            f"small areas of {words(sorted(found))} cannot stand in one ranking: the nations' indices "
            "of deprivation (IMD, WIMD, SIMD, NIMDM) are made of other figures, of other years, and "
            "their scores and ranks hold within each nation only",
            hint="Call once for each nation; say comparable=True only for one measure that is the "
            "same in all of them, such as a census figure.",
        )


def _ranks(
    codes: pd.Index, y: Array, sign: float, ranks: pd.Series | None, out_of: int | None
) -> tuple[Array, int]:
    """Return ranks, 1 for the most deprived, and how many small areas they run over."""
    if ranks is None:
        if out_of is not None:
            raise InputError("out_of is for published ranks", hint="Give ranks as well.")
        return np.asarray(pd.Series(-sign * y).rank(method="average"), float), len(y)
    every = len(y) if out_of is None else check_count(out_of, "out_of", len(y))
    _, (_, given) = align(pd.Series(y, index=codes), ranks, names=("ranks",))
    own = as_floats(given, "ranks")
    if np.isnan(own).any():
        raise JoinError(
            "small areas have a figure but no rank", offenders=list(codes[np.isnan(own)])
        )
    beyond = (own < 1) | (own > every)
    if beyond.any():
        raise InputError(
            f"ranks lie outside 1 to {every}",
            offenders=[
                f"{code} {own:g}" for code, own in zip(codes[beyond], own[beyond], strict=True)
            ],
            hint="Give every small area of the nation, or say out_of=, how many were ranked.",
        )
    if np.ptp(own) and np.ptp(y) and np.corrcoef(own, sign * y)[0, 1] > 0:
        raise InputError(
            "the ranks run the other way than the values: the most deprived has to be 1",
            hint="Turn the ranks round, or look at higher_is again.",
        )
    return own, every
