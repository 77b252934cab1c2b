"""What deprived and affluent are held against, as published or anew in every draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_share, check_unique
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.flag.places import Places, quantile_of

FIFTH = 0.2


@dataclass(frozen=True)
class Lines:
    """Two lines, more is better: areas below the first are deprived, parents above the second affluent.

    Attributes
    ----------
    kind : str
        Of the first: "benchmark" (the second line), "stated", "bottom" (share of people) or
        "median" (share of the median over people).
    amount : float
        The stated line, or the share.
    national, national_se : ndarray, shape (nations,)
        Published figure of each nation and its standard error; nan: the mean of areas.
    """

    kind: str
    amount: float
    national: Array
    national_se: Array

    def draw(
        self, places: Places, true: Array, rng: np.random.Generator | None
    ) -> tuple[Array, Array]:
        """Return both lines for each area, in each draw of true values (draws, m).

        Without `rng` published figures are taken as exact.
        """
        m, nations = len(places.index), len(places.nations)
        first, second = np.empty((len(true), nations)), np.empty((len(true), nations))
        for number in range(nations):
            here = np.flatnonzero(places.nation == number)
            whole = len(here) == m
            figures = true if whole else true[:, here]
            share = places.share if whole else places.share[here]
            level = self.national[number]
            if np.isnan(level):
                second[:, number] = figures @ share / share.sum()
            else:
                noise = 0.0 if rng is None else rng.standard_normal(len(true))
                second[:, number] = level + self.national_se[number] * noise
            first[:, number] = self._deprived(figures, share, second[:, number])
        return first[:, places.nation], second[:, places.nation]

    def _deprived(self, figures: Array, share: Array, national: Array) -> Array:
        if self.kind == "benchmark":
            return national
        if self.kind == "stated":
            return np.full(len(figures), self.amount)
        if self.kind == "median":
            return self.amount * quantile_of(figures, share, 0.5)
        return quantile_of(figures, share, self.amount)

    def is_deprived(self, figures: Array, line: Array) -> np.ndarray:
        """Say which figures are deprived: those below the line, or in the share that it closes."""
        return np.asarray(figures <= line if self.kind == "bottom" else figures < line)


def read_lines(
    places: Places,
    benchmark: float | pd.Series | None,
    benchmark_se: float | pd.Series | None,
    threshold: float | None,
    bottom_share: float | None,
    median_share: float | None,
) -> Lines:
    """Check what was given and return the lines.

    Raises
    ------
    InputError
        If more than one line is given for areas, a figure is not a number, a standard error is
        negative, or a share of the median lies on the wrong side of 1.
    JoinError
        If a nation has no benchmark.
    """
    given = {
        "stated": threshold,
        "bottom": bottom_share,
        "median": median_share,
    }
    kinds = [kind for kind, value in given.items() if value is not None]
    if len(kinds) > 1:
        raise InputError(
            "an area can be held against one line only",
            hint="Give one of threshold, bottom_share and median_share.",
        )
    national = places.sign * _per_nation(benchmark, places, "benchmark")
    noise = np.nan_to_num(_per_nation(benchmark_se, places, "benchmark's standard error"))
    if (noise < 0).any():
        raise InputError("the benchmark's standard error has to be zero or more")
    kind = kinds[0] if kinds else "bottom" if benchmark is None else "benchmark"
    amount = FIFTH
    if kind == "stated":
        amount = places.sign * _finite(threshold, "threshold")
    elif kind == "bottom" and bottom_share is not None:
        amount = check_share(bottom_share, "bottom_share")
    elif kind == "median":
        amount = _finite(median_share, "median_share")
        if not (0 < amount < 1 if places.sign > 0 else amount > 1):
            side = "between 0 and 1" if places.sign > 0 else "above 1"
            raise InputError(
                f"median_share has to lie {side} for this direction: deprived areas lie beyond it",
                value=median_share,
            )
    return Lines(kind, float(amount), national, noise)


def _finite(given: float | None, what: str) -> float:
    if not isinstance(given, (int, float, np.number)) or not np.isfinite(given):
        raise InputError(f"the {what} has to be a number", value=given)
    return float(given)


def _per_nation(given: float | pd.Series | None, places: Places, what: str) -> Array:
    """Return one figure per nation, nan where none is given."""
    if given is None:
        return np.full(len(places.nations), np.nan)
    if not isinstance(given, pd.Series):
        return np.full(len(places.nations), _finite(given, what))
    check_unique(given.index, what)
    figures = as_floats(given.reindex(list(places.nations)), what)
    if np.isnan(figures).any():
        lacking = [
            name for name, level in zip(places.nations, figures, strict=True) if np.isnan(level)
        ]
        raise JoinError(f"the {what} has no figure for a nation", offenders=lacking)
    return figures
