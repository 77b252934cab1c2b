"""At which level a measure should be tracked: `right_level`, from what each average hides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from spatial_gaps.checks import check_choice, check_share
from spatial_gaps.errors import InputError
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.measure.masking import masking


@dataclass(frozen=True)
class RightLevel:
    """The level at which to track a measure, and why.

    Attributes
    ----------
    level : str
        Key of the recommended tier, or of the areas themselves; "" where it cannot be said.
    certainty : {"certain", "about", ""}
        "certain" if the 95 % intervals agree: every coarser tier hides more than `most_hidden`, and
        a recommended tier no more than that; else "about". "" if no level can be recommended, or
        the activity belongs to one.
    most_hidden : float
        Share that an average may hide.
    tiers : DataFrame
        `masking` at each tier, the coarsest first.
    belongs_to, reason : str
        Level that the activity belongs to whatever is hidden, and why; "" if none was named.
    areas : str
        Level of the areas.
    """

    level: str
    certainty: str
    most_hidden: float
    tiers: pd.DataFrame
    belongs_to: str
    reason: str
    areas: str

    def __str__(self) -> str:
        said = "; ".join(self._hides(str(tier)) for tier in self.tiers.index)
        if not self.level:
            return f"No level can be recommended: {said}."
        return f"Track it by {noun_of(self.level)[0]}, {self._because()}: {said}."

    def _because(self) -> str:
        if self.belongs_to:
            return f"because {self.reason}"
        if self.level != self.areas:
            return f"the coarsest whose averages hide no more than {self.most_hidden:.0%}"
        sure = "for certain" if self.certainty == "certain" else "by estimate"
        return f"since the averages of every tier hide more than {self.most_hidden:.0%} {sure}"

    def _hides(self, tier: str) -> str:
        plural = noun_of(tier)[1]
        columns = ["hidden_share", "lower", "upper"]
        share, lower, upper = self.tiers.loc[tier, columns].to_numpy(dtype=float)
        if math.isnan(share):
            return f"in the averages of {plural} the differences are no more than sampling noise"
        within = "errors unknown" if math.isnan(lower) else f"{lower:.0%} to {upper:.0%}"
        return f"averages of {plural} hide about {share:.0%} of the differences, {within}"


def right_level(
    values: pd.Series[Any],
    tiers: Sequence[pd.Series[Any]],
    weights: pd.Series[Any] | None = None,
    se: pd.Series[Any] | None = None,
    *,
    most_hidden: float = 0.5,
    areas: str = "lad",
    belongs_to: str = "",
    reason: str = "",
    seed: int = 0,
) -> RightLevel:
    """Recommend the level at which a measure should be tracked.

    The coarsest tier whose averages hide at most `most_hidden` of the variance between areas,
    sampling noise taken out, by estimate; if there is none, the areas themselves. An activity that
    belongs to a level whatever is hidden, as research and development to regional systems of
    innovation, is tracked there.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    tiers : sequence of Series
        Coarser tiers, in any order, each under its own name: labels by code, or shares on
        (code, parent) as `parent_shares` gives them.
    weights : Series, shape (n,), optional
        People per area.
    se : Series, shape (n,), optional
        Standard errors. Without them noise counts as hidden differences, which favours fine levels.
    most_hidden : float
        Share that an average may hide, between 0 and 1: a convention, half unless given.
    areas : str
        Level of the areas, for the answer.
    belongs_to : str
        Level that the activity belongs to, one of the tiers or of the areas; `missions` has the
        right level and the reason of each headline metric.
    reason : str
        Why; needed with `belongs_to`.
    seed : int
        Seed of the draws behind Theil's share, which decides nothing.

    Returns
    -------
    RightLevel
        level, certainty, and `masking` at each tier; in words by ``str``.

    Raises
    ------
    InputError
        If tiers have no names, or the same, or `belongs_to` is none of them or has no reason.
    JoinError
        If an area has no group.

    See Also
    --------
    masking : What the averages of a tier hide.

    Notes
    -----
    Tiers are ordered by their number of groups. The share is that of the variance, which is the same
    for a percentage and its complement. Where noise is all there is, no level is recommended.

    Examples
    --------
    >>> pay = pd.Series([1.0, 3.0, 5.0, 7.0], index=list("abcd"))
    >>> region = pd.Series(["n", "n", "s", "s"], index=list("abcd"), name="itl1")
    >>> print(right_level(pay, [region]))
    Track it by ITL 1 region, the coarsest whose averages hide no more than 50%: averages of ITL 1 \
regions hide about 20% of the differences, errors unknown.
    >>> right_level(pay, [region], most_hidden=0.1).level
    'lad'
    """
    check_share(most_hidden, "most_hidden")
    hidden = masking(values, _ordered(tiers, areas), weights, se, seed=seed)
    if belongs_to:
        check_choice(belongs_to, [*hidden.index, areas], "level", "the tiers and areas")
        if not reason:
            raise InputError("no reason is given why the activity belongs to a level")
        level, certainty = belongs_to, ""
    else:
        level, certainty = _choose(hidden, most_hidden, areas)
    return RightLevel(
        level, certainty, most_hidden, hidden, belongs_to, reason if belongs_to else "", areas
    )


def _ordered(tiers: Sequence[pd.Series[Any]], areas: str) -> list[pd.Series[Any]]:
    """Return the tiers, the one with fewest groups first; refuse such as cannot be told apart."""
    if not len(tiers) or not all(isinstance(tier, pd.Series) for tier in tiers):
        raise InputError(
            "tiers have to be a sequence of one or more Series", hint="Write [region] for one."
        )
    names = [str(tier.name or "") for tier in tiers]
    if "" in names or len({*names, areas}) <= len(names):
        raise InputError(
            "every tier needs a name of its own, other than that of the areas",
            offenders=[name or "no name" for name in names],
            hint='Name it by its level: region.rename("itl1").',
        )
    return sorted(tiers, key=lambda tier: (_groups(tier), str(tier.name)))


def _groups(tier: pd.Series[Any]) -> int:
    """Return how many groups a tier has, given as labels or as shares on (code, parent)."""
    if isinstance(tier.index, pd.MultiIndex):
        return int(tier.index.get_level_values(-1).nunique())
    return int(tier.nunique())


def _choose(hidden: pd.DataFrame, most: float, areas: str) -> tuple[str, str]:
    """Return the level, and whether the intervals make it certain."""
    if hidden["hidden_share"].isna().any():
        return "", ""
    fits = hidden.index[hidden["hidden_share"] <= most]
    level = str(fits[0]) if len(fits) else areas
    coarser = hidden.loc[:level].drop(index=level) if len(fits) else hidden
    # Comparisons with nan, where errors are unknown, are never certain.
    sure = bool((coarser["lower"] > most).all())
    if len(fits):
        sure = sure and float(hidden["upper"][level]) <= most
    return level, "certain" if sure else "about"
