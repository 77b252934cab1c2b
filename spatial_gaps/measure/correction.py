"""Indices of the true values: sampling error taken out, with intervals that cover what they claim.

Published figures are the truth plus errors of known size, which inflate every measure of spread. Two
estimators undo that, and say how far they may be off because of the same errors:

* where the index is an analytic function of the figures, Monte Carlo corrected scores: with normal
  errors, the mean of ``f(y + i se Z)`` over imaginary noise has the expectation ``f(truth)``;
* where it sorts the figures, simulation extrapolation: the index under more and more added noise,
  carried back to none.

In both, minus the pseudo-variance that the noise gives at the point of no error is the variance of
the estimate (Stefanski and Cook's argument): nothing is assumed about how the true values spread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from spatial_gaps.checks import Array, random_stream
from spatial_gaps.measure.inequality import Kernel
from spatial_gaps.measure.uncertainty import Z95

DRAWS, PAIRS = 400, 200
CELLS = 2**18
# Amounts of added noise, as multiples of the error variance.
STEPS = np.array([0.25, 0.5, 0.75, 1.0, 1.5, 2.0])
MEAN_STEPS = (0.5, 1.0, 1.5, 2.0)


class Corrected(NamedTuple):
    """An index of the true values with the ends of its 95 % interval; nan where it has none."""

    estimate: float
    lower: float
    upper: float


UNKNOWN = Corrected(float("nan"), float("nan"), float("nan"))


def _extrapolation(steps: Array, degree: int, constant: bool) -> Array:
    """Return the weights by which values at some noise are carried to minus one, by least squares."""
    powers = np.arange(0 if constant else 1, degree + 1)
    return np.asarray((-1.0) ** powers @ np.linalg.pinv(steps[:, None] ** powers))


_TAKEN = np.isin(STEPS, MEAN_STEPS)
_MEAN_WEIGHTS = _extrapolation(np.append(0.0, STEPS[_TAKEN]), 2, constant=True)
_SPREAD_WEIGHTS = _extrapolation(STEPS, 3, constant=False)


def cached(rows: int, width: int) -> list[slice]:
    """Return slices of rows, so many at a time that a table of this width stays in the processor's cache."""
    size = max(1, CELLS // width)
    return [slice(start, min(start + size, rows)) for start in range(0, rows, size)]


def score(kernel: Callable[[Any], Any], y: Array, se: Array, draws: int, seed: int) -> np.ndarray:
    """Return an analytic function at the figures plus imaginary noise, draws on the first axis."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        return np.concatenate([kernel(y + 1j * noise) for noise in _noise(se, draws, seed)])


def _noise(se: Array, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Yield simulated errors, shape (some draws, m), the same however many come at a time."""
    rng = random_stream(seed)
    for some in cached(draws, len(se)):
        yield rng.standard_normal((some.stop - some.start, len(se))) * se


def corrected_scores(
    kernel: Kernel, y: Array, n: Array, se: Array, *, draws: int = DRAWS, seed: int = 0
) -> tuple[Array, Array]:
    """Estimate analytic indices of the true values, and the variance of each estimate.

    ``estimate = mean of Re f(y + i se Z)``, ``variance = -mean of Re (f(y + i se Z) - estimate)^2``.

    Parameters
    ----------
    kernel : callable
        ``kernel(y, n)``, analytic, on the last axis of a complex `y`, which it may replace by one of
        several indices. Ratios of such functions are analytic too, so that shares go in whole.
    y, n, se : ndarray, shape (m,)
        Published values, shares of the weight and standard errors.
    draws : int
        How many.
    seed : int
        Seed of the draws.

    Returns
    -------
    estimate, variance : ndarray, shape () or (indices,)
        nan where a draw leaves the domain; the variance holds that of the draws too.

    References
    ----------
    Stefanski (1989), Unbiased estimation of a nonlinear function of a normal mean with application
    to measurement error models. Novick & Stefanski (2002), Corrected score estimation via complex
    variable simulation extrapolation.
    """
    found = score(lambda figures: kernel(figures, n), y, se, draws, seed)
    with np.errstate(invalid="ignore", over="ignore"):
        estimate = found.real.mean(axis=0)
        pseudo = ((found - estimate) ** 2).real.mean(axis=0)
        own = found.real.var(axis=0, ddof=1) / draws
    return estimate, np.maximum(-pseudo, 0.0) + own


def simex(
    kernel: Kernel, y: Array, n: Array, se: Array, *, draws: int = PAIRS, seed: int = 0
) -> tuple[float, float]:
    """Estimate any index of the true values by simulation extrapolation, and its variance.

    Noise of variance ``(1 + step) se^2`` is simulated in antithetic pairs; a quadratic in the step
    is carried back to -1, and so is a cubic through the variances that the noise gives.

    Parameters
    ----------
    kernel : callable
        ``kernel(y, n)`` on the last axis of `y`; nearly quadratic in the figures it does best, so
        an index of degree one goes in squared.
    y, n, se : ndarray, shape (m,)
        Published values, shares of the weight and standard errors.
    draws : int
        How many pairs.
    seed : int
        Seed of the draws.

    Returns
    -------
    estimate, variance : float
        nan where a draw leaves the index's domain; the variance holds that of the draws too.

    References
    ----------
    Cook & Stefanski (1994), Simulation-extrapolation estimation in parametric measurement error
    models. Stefanski & Cook (1995), Simulation-extrapolation: the measurement error jackknife.
    """
    signs = np.array([[1], [-1]]) * np.sqrt(STEPS)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        # Shape (2, steps, draws).
        up, down = np.concatenate(
            [
                [[kernel(y + size * noise, n) for size in row] for row in signs]
                for noise in _noise(se, draws, seed)
            ],
            axis=2,
        )
        spread = (up.var(axis=1, ddof=1) + down.var(axis=1, ddof=1)) / 2
        pairs = _MEAN_WEIGHTS[1:] @ ((up + down) / 2)[_TAKEN]
        estimate = float(_MEAN_WEIGHTS[0] * kernel(y, n) + pairs.mean())
        variance = max(float(-_SPREAD_WEIGHTS @ spread), 0.0)
    return estimate, variance + float(pairs.var(ddof=1)) / draws


def correct(
    kernel: Kernel,
    y: Array,
    n: Array,
    se: Array,
    *,
    analytic: bool,
    form: str = "plain",
    floor: float = -np.inf,
    ceiling: float = np.inf,
    seed: int = 0,
) -> Corrected:
    """Return an index of the true values with its 95 % interval.

    Parameters
    ----------
    kernel : callable
        ``kernel(y, n)`` on the last axis of `y`.
    y, n, se : ndarray, shape (m,)
        Published values, shares of the weight and standard errors, complete.
    analytic : bool
        Whether corrected scores may be used, else simulation extrapolation.
    form : {"plain", "square", "log"}
        The form in which the index is nearly quadratic in the figures: itself, its square, or the
        square of its logarithm. The interval is normal in that form, so it keeps to the domain.
    floor, ceiling : float
        What the index cannot pass.
    seed : int
        Seed of the draws.
    """
    there, back = FORMS[form]
    estimator = corrected_scores if analytic else simex
    found = estimator(lambda v, w: there(kernel(v, w)), y, n, se, seed=seed)
    estimate, variance = map(float, found)
    if not np.isfinite(estimate) or not np.isfinite(variance):
        return UNKNOWN
    half = Z95 * float(np.sqrt(variance))
    ends = (float(back(end)) for end in (estimate, estimate - half, estimate + half))
    return Corrected(*(min(max(end, floor), ceiling) for end in ends))


FORMS: dict[str, tuple[Callable[[Array], Array], Callable[[float], float]]] = {
    "plain": (lambda value: value, lambda value: value),
    "square": (lambda value: value**2, lambda value: float(np.sqrt(max(value, 0.0)))),
    "log": (
        lambda value: np.asarray(np.log(value) ** 2),
        lambda value: float(np.exp(np.sqrt(max(value, 0.0)))),
    ),
}
