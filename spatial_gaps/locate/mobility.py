"""Do places change ranks? Delegated to PySAL's giddy, beside what sampling noise alone would show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_count, random_stream
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.cohort import Cohort, follow_ends
from spatial_gaps.measure.common_errors import ErrorCorrelation
from spatial_gaps.measure.uncertainty import noise_variance, shrunk_moments


@dataclass(frozen=True)
class Mobility:
    """How far areas changed ranks between two periods.

    Attributes
    ----------
    tau : float
        Kendall's rank correlation of the two periods: 1 if no area passed another.
    p : float
        That tau is 0, two-sided.
    prais : float
        Shorrocks' (Prais') index of the moves between classes: 0 if all stayed, 1 if the class of
        the first period says nothing about that of the last.
    noise_tau, noise_prais : float
        What sampling noise alone would make of them, had no area changed rank in truth; nan without
        standard errors.
    transitions : DataFrame
        Areas by class in the first (rows) and in the last period; 1 holds the lowest figures.
    first, last : str
        The two periods.
    n : int
        How many areas.
    left_out : tuple of str
        Areas without a figure in one of the two.
    rho : float
        Correlation of the errors of one area in the two; nan without.
    """

    tau: float
    p: float
    prais: float
    noise_tau: float
    noise_prais: float
    transitions: pd.DataFrame
    first: str
    last: str
    n: int
    left_out: tuple[str, ...]
    rho: float

    def __str__(self) -> str:
        stayed = int(np.trace(self.transitions.to_numpy()))
        text = (
            f"From {self.first} to {self.last} {stayed} of {self.n} areas stayed in their class of "
            f"{len(self.transitions)}, and ranks correlate by {self.tau:.2f}"
        )
        if np.isnan(self.noise_tau):
            return f"{text}."
        return f"{text}, where sampling noise alone, with no true change, would make it {self.noise_tau:.2f}."


def rank_mobility(
    panel: pd.DataFrame,
    se: pd.DataFrame | None = None,
    *,
    classes: int = 5,
    correlation: float | ErrorCorrelation | None = None,
    replicates: int = 99,
    seed: int = 0,
) -> Mobility:
    """Measure how far areas change ranks between the first and the last period.

    Kendall's tau-b of the figures, and ``(k - trace P) / (k - 1)`` with P the shares of the areas of
    one class that are found in another of the k classes of equal numbers.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures indexed by code; the first and the last period are compared.
    se : DataFrame, optional
        Standard errors, to say what noise alone would show: true values drawn from the shrunk
        posterior of the first period keep their ranks, and errors are added in both.
    classes : int
        How many, of equal numbers of areas.
    correlation : float or ErrorCorrelation, optional
        Of one area's errors in the two periods; needed with `se`.
    replicates : int
        Draws of the noise.
    seed : int
        Seed of the draws.

    Returns
    -------
    Mobility
        See there.

    Raises
    ------
    InputError
        If giddy is not installed, it is no panel, or `se` comes without `correlation`.
    StatisticUndefined
        If there are fewer areas than classes.

    See Also
    --------
    ranks : Intervals for the ranks of one period.

    References
    ----------
    Rey & Kang, giddy: geospatial distribution dynamics (PySAL). Shorrocks (1978), The measurement of
    mobility. Christensen (2005), Fast algorithms for the calculation of Kendall's tau.
    """
    classes, replicates = (
        check_count(classes, "classes", 2),
        check_count(replicates, "replicates", 1),
    )
    cohort = follow_ends(panel, se, None, correlation)
    if len(cohort.codes) < classes:
        raise StatisticUndefined(f"{len(cohort.codes)} areas do not fill {classes} classes")
    tau, p, prais, transitions = _measure(cohort.y, classes)
    rho, noise = float("nan"), (float("nan"), float("nan"))
    if correlation is not None and cohort.se is not None:
        rho = float(correlation)
        drawn = [_measure(y, classes) for y in _unmoved(cohort, cohort.se, rho, replicates, seed)]
        noise = (float(np.mean([each[0] for each in drawn])),
                 float(np.mean([each[2] for each in drawn])))  # fmt: skip
    names = pd.RangeIndex(1, classes + 1)
    return Mobility(
        tau=tau,
        p=p,
        prais=prais,
        noise_tau=noise[0],
        noise_prais=noise[1],
        transitions=pd.DataFrame(
            transitions.astype(int), index=names.rename("first"), columns=names.rename("last")
        ),
        first=cohort.periods[0],
        last=cohort.periods[-1],
        n=len(cohort.codes),
        left_out=cohort.left_out,
        rho=rho,
    )


def _measure(y: Array, classes: int) -> tuple[float, float, float, np.ndarray[Any, Any]]:
    """Return tau, its p, Prais' index and the table of moves, as giddy computes them."""
    try:
        from giddy.markov import Markov
        from giddy.mobility import markov_mobility
        from giddy.rank import Tau
    except ImportError:
        raise InputError(
            "rank mobility needs giddy, which is not installed",
            hint="Install it with: pip install 'spatial-gaps[pysal]'",
        ) from None
    found = Tau(y[:, 0], y[:, 1])
    place = [pd.Series(column).rank(method="first").to_numpy() - 1 for column in y.T]
    moved = Markov(
        np.column_stack([(each * classes // len(y)).astype(int) for each in place]),
        classes=np.arange(classes),
        summary=False,
    )
    return (
        float(found.tau),
        float(found.tau_p),
        float(markov_mobility(moved.p, measure="P")),
        np.asarray(moved.transitions),
    )


def _unmoved(cohort: Cohort, se: Array, rho: float, replicates: int, seed: int) -> Array:
    """Draw panels in which no area changes its true rank, shape (replicates, m, 2)."""
    rng = random_stream(seed)
    means, deviations = shrunk_moments(
        cohort.y[:, 0], se[:, 0], np.zeros(len(se), int), replicates, rng
    )
    truth = means + deviations * rng.standard_normal(means.shape)
    # The last period has its own spread, without noise.
    alike = np.full(len(se), 1 / len(se))
    clean = [
        max(float(y.var()) - noise_variance(alike, e), 0.0)
        for y, e in zip(cohort.y.T, se.T, strict=True)
    ]
    factor = np.sqrt(clean[1] / clean[0]) if clean[0] > 0 else 1.0
    one, other = rng.standard_normal((2, *truth.shape))
    last = rho * one + np.sqrt(1 - rho**2) * other
    return np.stack([truth + se[:, 0] * one, factor * truth + se[:, 1] * last], axis=-1)
