"""Who is just short of a line, where effort buys the most for a count of areas that pass it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_count, check_direction, check_values, random_stream
from spatial_gaps.errors import InputError
from spatial_gaps.measure.uncertainty import complete_se, shrunk_moments


@dataclass(frozen=True)
class JustUnder:
    """Areas just short of a line.

    Attributes
    ----------
    table : DataFrame
        Indexed as the values: value, short (how far it falls short of the line; negative beyond
        it), just_under, p_under (chance that the true figure is just short; nan without errors).
    line, within : float
        The line, and how near to it counts.
    n, n_under, n_over : int
        Areas with a figure, just short of the line, and as near beyond it.
    share, people : float
        Share of the areas that are just short, and of their weight.
    expected, expected_people : float
        Number of areas whose true figure is just short, and share of their weight, as the errors
        lead one to expect; nan without errors.
    """

    table: pd.DataFrame
    line: float
    within: float
    n: int
    n_under: int
    n_over: int
    share: float
    people: float
    expected: float
    expected_people: float

    def __str__(self) -> str:
        truly = (
            "without errors it is not known how many truly are"
            if math.isnan(self.expected)
            else f"about {self.expected:.0f} truly are, as far as the errors tell"
        )
        return (
            f"{self.n_under} of {self.n} areas ({self.share:.0%}, with {self.people:.0%} of the "
            f"weight) are short of {self.line:g} by no more than {self.within:g}, {self.n_over} as "
            f"near beyond it; {truly}."
        )


def just_under(
    values: pd.Series[Any],
    line: float,
    within: float,
    *,
    higher_is: str | None,
    weights: pd.Series[Any] | None = None,
    se: pd.Series[Any] | None = None,
    draws: int = 2000,
    seed: int = 0,
) -> JustUnder:
    """Count the areas and the people just short of a line, and how many truly are.

    A target that counts who passes a line rewards the help of those just short of it, and not of
    those far below. Sampling error moves areas across the line and back, so a published figure just
    short of it says little of a single area.

    Parameters
    ----------
    values : Series, shape (n,)
        Figures indexed by code; missing ones are left out.
    line : float
        The line; a figure on it has passed.
    within : float
        How far short counts as just short, in the unit of the figures; above 0, and inclusive.
    higher_is : {"better", "worse"}
        Which side of the line is short of it.
    weights : Series, shape (n,), optional
        People per area; equal unless given.
    se : Series, shape (n,), optional
        Standard errors; missing ones take the median coefficient of variation.
    draws : int
        Draws of the true figures, at least 100.
    seed : int
        Seed of the draws.

    Returns
    -------
    JustUnder
        The counts, and the chance of every area.

    Raises
    ------
    InputError
        If the line or the nearness is no number, or the direction is missing.
    StatisticUndefined
        If fewer than two areas have a figure.

    Notes
    -----
    `expected` is the sum over areas of the chance that the true figure is just short, from the
    shrunk posterior (normal errors, normal true figures), not from draws around the published
    figures, which would add the noise a second time.

    Examples
    --------
    >>> passed = pd.Series([52.0, 63.0, 64.0, 65.0, 80.0], index=list("abcde"))
    >>> print(just_under(passed, 65, 2, higher_is="better"))
    2 of 5 areas (40%, with 40% of the weight) are short of 65 by no more than 2, 1 as near \
beyond it; without errors it is not known how many truly are.
    """
    worse = check_direction(higher_is) == "worse"
    if not all(isinstance(number, (int, float, np.number)) for number in (line, within)):
        raise InputError("the line and the nearness have to be numbers", value=(line, within))
    if not (math.isfinite(line) and math.isfinite(within) and within > 0):
        raise InputError("the line has to be finite and the nearness above 0", value=(line, within))
    check_count(draws, "draws", 100)
    index, y, n, error = check_values(values.sort_index(), weights, se)
    short = (y - line) if worse else (line - y)
    under = (short > 0) & (short <= within)
    chance = _chances(short, complete_se(y, error), within, draws, seed)
    table = pd.DataFrame(
        {"value": y, "short": short, "just_under": under, "p_under": chance}, index
    )
    table = table.reindex(values.index)
    return JustUnder(
        table=table.assign(just_under=table["just_under"].eq(True)),
        line=float(line),
        within=float(within),
        n=len(y),
        n_under=int(under.sum()),
        n_over=int(((short <= 0) & (short >= -within)).sum()),
        share=float(under.mean()),
        people=float(n[under].sum()),
        expected=float(chance.sum()),
        expected_people=float(n @ chance),
    )


def _chances(short: Array, se: Array | None, within: float, draws: int, seed: int) -> Array:
    """Return the chance that each area's true figure is just short; nan without errors."""
    if se is None:
        return np.full(len(short), np.nan)
    rng = random_stream(seed)
    mean, deviation = shrunk_moments(short, se, np.zeros(len(short), int), draws, rng)
    truth = mean + deviation * rng.standard_normal(mean.shape)
    # An exact figure is its own truth, to the last digit: it may lie on the line.
    truth = np.where(se > 0, truth, short)
    return np.asarray(((truth > 0) & (truth <= within)).mean(axis=0))
