"""How ambitious a target is against its own trend: the answer, and its sentence."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from spatial_gaps.checks import words
from spatial_gaps.measure.wording import format_chance, format_value
from spatial_gaps.targets.judging import DEPENDENT, UNKNOWN

NAMES = {"damped": "the damped trend", "drift": "the drift", "line": "the straight line"}


@dataclass(frozen=True)
class Ambition:
    """How ambitious a target is against its own trend.

    Attributes
    ----------
    rating : str
        "low ambition", "stretching", "unrealistic", "model-dependent" (rated models differ) or "not
        assessable".
    reason : str
        Why it is not assessable; else "".
    models : DataFrame
        Indexed by model ("damped", "drift", "line"): forecast, lower, upper (95 %), p (that the
        target is met), p_naive (if errors were no larger at the horizon than within the figures),
        rated. Where the rating is "not assessable" they are for information only.
    goal : float
        The figure to be reached.
    target : float or str
        As given.
    target_year : int
        By the end of it.
    higher_is : {"better", "worse"}
        Which way is better.
    spread : float
        Largest less smallest forecast of the models.
    horizon : float
        Years from the last figure.
    n : int
        Figures that count.
    first, last : str
        First and last period that count; "" if none does.
    beyond_evidence : bool
        Whether the horizon is over half the years that the figures span.
    errors : {"pooled", "own"}
        Whether the intervals rest on past errors of many areas, or on the figures' own alone.
    scale : {"ratio", "bounded", "interval"}
        What trends are drawn on: logarithm, logit, as it is.
    as_of : str
        The month in which this could have been said; "" for today.
    unpublished, before_break : tuple of str
        Periods left out, because they were not out yet or lie before a break.
    provisional : str
        The last period if it is provisional; else "".
    without_provisional : str
        The rating without provisional figures; "" if the last one is none.
    thresholds : tuple of float
        Chances that part "unrealistic", "stretching" and "low ambition".
    source : str
        Of the figures, as given.
    """

    rating: str
    reason: str
    models: pd.DataFrame
    goal: float
    target: float | str
    target_year: int
    higher_is: str
    spread: float
    horizon: float
    n: int
    first: str
    last: str
    beyond_evidence: bool
    errors: str
    scale: str
    as_of: str
    unpublished: tuple[str, ...]
    before_break: tuple[str, ...]
    provisional: str
    without_provisional: str
    thresholds: tuple[float, float]
    source: str

    def __str__(self) -> str:
        told = self.models.dropna(subset="p")
        chances = words(
            [
                f"{format_chance(row.p)} ({NAMES[str(name)]}, {format_value(row.forecast)})"
                for name, row in told[told["rated"]].iterrows()
            ]
        )
        met = f"{format_value(self.goal)} by the end of {self.target_year} is met with a chance of {chances}"
        if self.rating == UNKNOWN:
            shown = f"; for information, {met}" if len(told) else ""
            return f"Not assessable: {self.reason}{shown}."
        why = ": the answer depends on the model" if self.rating == DEPENDENT else ""
        far = (
            f", though {self.horizon:g} years ahead is beyond the evidence of {self.first} to "
            f"{self.last}"
        )
        return (
            f"If things go on as they did, {met}: {self.rating}{why}"
            f"{far if self.beyond_evidence else ''}{self._doubt()}."
        )

    def _doubt(self) -> str:
        if not self.provisional:
            return ""
        other = self.without_provisional
        same = "the same" if other == self.rating else other
        return f"; {self.provisional} is provisional, without it {same}"
