"""The two sides of a place, jobs and residents, turned so that more is more of what is looked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_direction
from spatial_gaps.errors import InputError
from spatial_gaps.flag.places import quantile_of
from spatial_gaps.flag.pockets import MOST_CV
from spatial_gaps.measure.paired_posterior import both_below, paired_moments
from spatial_gaps.measure.uncertainty import complete_se

FIFTH = 0.2
DRAWS, FEWEST_DRAWS, CELLS = 500, 100, 4_000_000


@dataclass(frozen=True)
class Side:
    """One measure; more is more of what is looked for: high at the workplace, low at home.

    Attributes
    ----------
    turn : float
        1 or -1: what turned the figures.
    found, se : ndarray, shape (m,)
        Turned figures and standard errors, 0 where nothing is known of any.
    imputed : ndarray of bool, shape (m,)
        Whose standard error was filled in.
    known_se : bool
        Whether any standard error is known.
    national, national_se : float
        Turned national figure, nan where a fifth of people is looked for, and its standard error.
    """

    turn: float
    found: Array
    se: Array
    imputed: np.ndarray
    known_se: bool
    national: float
    national_se: float

    def lines(self, true: Array, share: Array, rng: np.random.Generator | None) -> Array:
        """Return the line in each draw of true values, (draws, m) to (draws, 1).

        Without `rng` the published figure is taken as exact.
        """
        if np.isnan(self.national):
            return np.asarray(-quantile_of(-true, share, FIFTH)[:, None])
        noise = np.zeros((len(true), 1)) if rng is None else rng.standard_normal((len(true), 1))
        return np.asarray(self.national + self.national_se * noise)

    def beyond(self, true: Array, line: Array) -> np.ndarray:
        """Say which true values are beyond the line; a fifth is closed by its line."""
        return np.asarray(true >= line if np.isnan(self.national) else true > line)

    def distance(self, mean: Array, deviation: Array, line: Array) -> Array:
        """Return how many standard deviations a true value lies beyond the line."""
        exact = deviation == 0
        away = (mean - line) / np.where(exact, 1.0, deviation)
        return np.where(exact, np.where(self.beyond(mean, line), np.inf, -np.inf), away)


def place_side(
    values: pd.Series,
    se: pd.Series | None,
    higher_is: str | None,
    wanted: str,
    benchmark: float | None,
    benchmark_se: float,
) -> Side:
    """Check one side and turn it; `wanted` is the end that is looked for, "better" or "worse".

    Raises
    ------
    InputError
        If the direction is missing, or a standard error or the benchmark is not possible.
    """
    turn = 1.0 if check_direction(higher_is) == wanted else -1.0
    y = as_floats(values, "values")
    error = None if se is None else as_floats(se, "standard errors")
    if (error is not None and (error < 0).any()) or not benchmark_se >= 0:
        raise InputError("standard errors have to be zero or more")
    if benchmark is not None and not np.isfinite(benchmark):
        raise InputError("a benchmark has to be a number", value=benchmark)
    full = complete_se(y, error)
    return Side(
        turn,
        turn * y,
        np.zeros(len(y)) if full is None else full,
        np.zeros(len(y), bool) if full is None or error is None else np.isnan(error),
        full is not None,
        float("nan") if benchmark is None else turn * float(benchmark),
        float(benchmark_se),
    )


def is_noisy(side: Side) -> np.ndarray:
    """Say whose coefficient of variation is over the limit of `find_pockets`."""
    return np.asarray(side.se > MOST_CV * np.abs(side.found))


def chances(
    high: Side, low: Side, share: Array, error_correlation: float, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Return the probabilities of being high at the workplace, low at home, and both, (m,) each.

    Given a draw of what the areas share, an area's two true values are bivariate normal: all three
    chances are taken exactly, so that few draws do.
    """
    from scipy.special import ndtr

    draws = max(FEWEST_DRAWS, min(DRAWS, CELLS // len(share)))
    y, se = np.stack([high.found, low.found]), np.stack([high.se, low.se])
    turned = error_correlation * high.turn * low.turn
    moments = paired_moments(y, se, turned, draws, rng)
    true = moments.draw(rng)
    above = high.distance(moments.one, moments.one_sd, high.lines(true[0], share, rng))
    under = low.distance(moments.other, moments.other_sd, low.lines(true[1], share, rng))
    both = both_below(above, under, moments.correlation)
    return ndtr(above).mean(axis=0), ndtr(under).mean(axis=0), both.mean(axis=0)
