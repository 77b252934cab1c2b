"""One question put to many areas: is the target reached if things go on as they did?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_choice, check_direction, words
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.targets.conformal import Misses, Past, look_back, misses, scatter
from spatial_gaps.targets.forecasting import FEWEST, MODELS, forecast
from spatial_gaps.targets.history import History, recall
from spatial_gaps.targets.target_terms import aim, needs_base
from spatial_gaps.targets.working_scale import Bounds, WorkingScale, working_scale

LOW, STRETCHING, HIGH = "low ambition", "stretching", "unrealistic"
DEPENDENT, UNKNOWN = "model-dependent", "not assessable"
# The straight line is shown and never rates: of its 95 % intervals .78 hold one year ahead, .41 five
# (docs/validation/forecast-coverage.md).
RATED = ("damped", "drift")
PARTS = ("forecast", "lower", "upper", "p", "p_naive")


@dataclass(frozen=True)
class Question:
    """A target, and which figures may answer it: the arguments of `ambition`.

    `whole` says that the answer is for a place of which the other rows are parts.
    """

    target: float | str
    target_year: int
    higher_is: str
    working: WorkingScale
    base: str | None
    as_of: str | None
    lag: int | None
    period_type: str
    breaks: tuple[str, ...]
    provisional: tuple[str, ...]
    thresholds: tuple[float, float]
    whole: bool = False

    def rate(self, panel: pd.DataFrame, se: pd.DataFrame | None) -> tuple[pd.DataFrame, History]:
        """Return one row per area, in the order of the panel, and the figures that counted.

        Columns: rating, reason, goal (the figure to be reached), target_year, horizon (years from
        the last figure), n (figures), last (period), beyond_evidence, errors, without_provisional,
        and forecast, lower, upper, p, p_naive of each model, such as ``p_damped``.
        """
        history = recall(
            panel,
            as_of=self.as_of,
            lag=self.lag,
            period_type=self.period_type,
            breaks=self.breaks,
        )
        if history.horizons(self.target_year)[-1] < 1:
            raise InputError(
                f"the figures reach {history.periods[-1]}: no whole year is left until the end of "
                f"{self.target_year}",
                hint="Compare the figure itself, or give an earlier as_of.",
            )
        table = self._models(history, _errors(se, history, self.working))
        table.insert(0, "rating", [self._rating(row) for _, row in table.iterrows()])
        table.insert(1, "reason", [self._reason(row, history) for _, row in table.iterrows()])
        table.loc[table["reason"] != "", "rating"] = UNKNOWN
        table["without_provisional"] = self._without(panel, se, history)
        return table.reindex(panel.index), history

    def _models(self, history: History, error: Array | None) -> pd.DataFrame:
        z, last = self.working.to(history.y), history.lasts()
        goal = self._goal(history)
        table = pd.DataFrame({"goal": goal, "target_year": self.target_year}, index=history.codes)
        table["horizon"] = np.where(last < 0, np.nan, history.horizons(self.target_year)[last])
        table["n"] = (~np.isnan(z)).sum(axis=1)
        table["last"] = [history.periods[each] if each >= 0 else "" for each in last]
        pasts = {model: look_back(z, history.years, model) for model in MODELS}
        table["beyond_evidence"] = table["horizon"] > pasts["drift"].span / 2
        table["errors"] = "pooled" if pasts["damped"].pooled else "own"
        for model, past in pasts.items():
            parts = self._parts(past, z, history, error, goal, last)
            for name, part in parts.items():
                table[f"{name}_{model}"] = part
        return table

    def _goal(self, history: History) -> Array:
        """Return the figure to be reached by each area."""
        base = np.full(len(history.y), np.nan)
        if self.base is not None and self.base in history.periods:
            base = history.y[:, history.periods.index(self.base)]
        return aim(self.target, base, self.higher_is)

    def _parts(
        self,
        past: Past,
        z: Array,
        history: History,
        error: Array | None,
        goal: Array,
        last: np.ndarray,
    ) -> dict[str, Array]:
        """Return forecast, interval and chances of one model."""
        found = {name: np.full(len(z), np.nan) for name in PARTS}
        sign = 1.0 if self.higher_is == "better" else -1.0
        wanted = self.working.reach(goal)
        for column in np.unique(last[last >= 0]):
            here = last == column
            horizon = float(history.horizons(self.target_year)[column])
            ahead = np.array([horizon + history.years[column] - history.years[-1]])
            told = forecast(z, history.years, ahead, past.model, past.damping)[:, 0]
            off = misses(
                past, horizon, None if error is None else error[:, column], whole=self.whole
            )
            naive = Misses(scatter(past), np.empty(0), past.freedom)
            for name, part in {
                "forecast": self.working.back(told),
                "lower": self.working.back(told - off.half),
                "upper": self.working.back(told + off.half),
                "p": off.above(sign * (told - wanted)),
                "p_naive": naive.above(sign * (told - wanted)),
            }.items():
                found[name][here] = part[here]
        return found

    def _rating(self, row: pd.Series) -> str:
        classes = {self._class(row[f"p_{model}"]) for model in RATED}
        return classes.pop() if len(classes) == 1 else DEPENDENT

    def _class(self, p: float) -> str:
        low, high = self.thresholds
        return LOW if p > high else HIGH if p < low else STRETCHING

    def _reason(self, row: pd.Series, history: History) -> str:
        """Say why an area is not assessable; "" if it is."""
        if needs_base(self.target) and np.isnan(row["goal"]):
            if self.base in history.periods:
                return f"no figure of the base period {self.base}"
            why = "lies before a break" if self.base in history.before_break else "was not out yet"
            return f"the base period {self.base} {why}"
        if row["n"] >= FEWEST:
            return ""
        count = f"{row['n']:.0f} figure{'' if row['n'] == 1 else 's'}"
        after = f" since the break in {history.periods[0]}" if history.before_break else ""
        known = f" known by {self.as_of}" if history.unpublished else ""
        return f"{count}{after}{known}, at least {FEWEST} are needed"

    def _without(
        self, panel: pd.DataFrame, se: pd.DataFrame | None, history: History
    ) -> pd.Series[str] | str:
        """Return the ratings without provisional figures, "" where the last one is none."""
        if history.periods[-1] not in self.provisional:
            return ""
        kept = [
            period
            for period in panel
            if str(period) in history.periods and str(period) not in self.provisional
        ]
        if not kept:
            return UNKNOWN
        # What is left has been known, and since the last break, already.
        asked = replace(self, as_of=None, lag=None, breaks=(), provisional=())
        return asked.rate(panel[kept], se)[0]["rating"].astype(str)


def _errors(se: pd.DataFrame | None, history: History, working: WorkingScale) -> Array | None:
    """Return standard errors on the working scale for the figures that count."""
    if se is None:
        return None
    named = se.set_axis([str(period) for period in se.columns], axis=1)
    lacking = history.codes.difference(named.index)
    if len(lacking):
        raise JoinError("se lacks areas that the figures have", offenders=list(lacking))
    absent = [period for period in history.periods if period not in named.columns]
    if absent:
        raise InputError("se lacks periods that the figures have", offenders=absent)
    kept = named.reindex(history.codes)
    error = np.column_stack([as_floats(kept[period], "se") for period in history.periods])
    if (error < 0).any():
        raise InputError(
            "standard errors are negative",
            offenders=list(kept.index[np.asarray((error < 0).any(axis=1))]),
        )
    return working.error(history.y, error)


def question(
    panel: pd.DataFrame,
    target: float | str,
    *,
    target_year: int,
    higher_is: str | None,
    scale: str,
    bounds: Bounds | None = None,
    base: str | int | None = None,
    as_of: str | None = None,
    lag: int | None = None,
    period_type: str = "",
    breaks: Sequence[str | int] = (),
    provisional: Sequence[str | int] = (),
    thresholds: tuple[float, float] = (0.2, 0.8),
) -> Question:
    """Check the arguments of `ambition` and `ambition_by`."""
    direction = check_direction(higher_is)
    periods = [str(period) for period in panel.columns]
    for period in provisional:
        check_choice(period, periods, "period", "the figures")
    if needs_base(target):
        if base is None:
            raise InputError(
                f'a target of "{target}" is relative to the figure of a base period',
                hint=f"Say base=, one of {words(periods)}.",
            )
        check_choice(base, periods, "period", "the figures")
    elif base is not None:
        raise InputError("base serves only targets that are relative to it", value=base)
    if len(thresholds) != 2 or not 0 < thresholds[0] < thresholds[1] < 1:
        raise InputError(
            "thresholds have to be two probabilities, the lower one first", value=thresholds
        )
    working = working_scale(scale, bounds)
    fixed = aim(target, np.array([np.nan]), direction)
    working.to(fixed[~np.isnan(fixed)])  # a target that is stated outright has to be possible
    return Question(
        target=target,
        target_year=int(target_year),
        higher_is=direction,
        working=working,
        base=None if base is None else str(base),
        as_of=as_of,
        lag=lag,
        period_type=period_type,
        breaks=tuple(str(period) for period in breaks),
        provisional=tuple(str(period) for period in provisional),
        thresholds=(float(thresholds[0]), float(thresholds[1])),
    )
