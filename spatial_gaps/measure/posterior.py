"""Draws of the true values of areas, when the tails of their distribution are not known.

`uncertainty.shrunk_moments` takes true values to be normal. That will do for the middle, but pulls a
place that really is far out too far back, and lets a short tail run on. Here each side of the
centre has a spread of its own, and the tails are thinner or heavier than normal, as the caller says.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from spatial_gaps.checks import Array, random_stream
from spatial_gaps.measure.correction import cached

TAILS: dict[str, Callable[[Array], Array]] = {
    "thin": lambda x: np.asarray(np.exp(-np.abs(x * x * x) / 2)),
    "heavy": lambda x: np.asarray(1 / (1 + x * x / 3) ** 2),
}
DRAWS, POINTS, PROPOSALS, ROUNDS = 300, 160, 400, 4
PADDING = 2.0


def draw_truth(y: Array, se: Array, tail: str, *, draws: int = DRAWS, seed: int = 0) -> Array:
    """Draw true values from their posterior.

    Model: ``y_i ~ N(theta_i, se_i^2)``; theta_i has density proportional to ``f((theta - c) / s)``
    with s another below c than above it, ``f(x) = exp(-|x|^3 / 2)`` for thin tails and
    ``(1 + x^2 / 3)^-2``, Student's t of 3 degrees, for heavy ones; flat priors on c and s.

    Parameters
    ----------
    y, se : ndarray, shape (m,)
        Published values and standard errors, complete.
    tail : {"thin", "heavy"}
        Shape of both tails.
    draws : int
        How many.
    seed : int
        Seed of the draws.

    Returns
    -------
    ndarray, shape (draws, m)
        True values; the uncertainty of c and s is in them.

    References
    ----------
    Lee & Thompson (2008), Flexible parametric models for random-effects distributions.
    Cappé et al. (2004), Population Monte Carlo.
    """
    rng = random_stream(seed)
    unit = max(float(np.std(y)), 0.1 * float(np.sqrt(np.mean(se**2))))
    if unit == 0 or not se.any():
        return np.tile(y, (draws, 1))
    grid = np.linspace(y.min() - PADDING * unit, y.max() + PADDING * unit, POINTS)
    step = float(grid[1] - grid[0])
    # An error below the grid's step is drawn directly: the prior is flat over so short a way.
    smooth = np.maximum(se, step / 2)
    likelihood = np.exp(-(((y[:, None] - grid) / smooth[:, None]) ** 2) / 2)
    likelihood /= likelihood.sum(axis=1, keepdims=True)
    out = y + se * rng.standard_normal((draws, len(y)))
    priors = _draw_priors(likelihood, grid, unit, tail, draws, rng)
    coarse = np.flatnonzero(se >= step)
    for block in cached(len(coarse), POINTS):
        some = coarse[block]
        own = likelihood[some]
        for row, prior in zip(out, priors.T, strict=True):
            reached = np.cumsum(own * prior, axis=1)
            level = rng.random((len(reached), 1)) * reached[:, -1:]
            place = np.minimum((reached < level).sum(axis=1), POINTS - 1)
            row[some] = grid[place] + step * (rng.random(len(place)) - 0.5)
    return out


def _draw_priors(
    likelihood: Array, grid: Array, unit: float, tail: str, draws: int, rng: np.random.Generator
) -> Array:
    """Draw densities of true values on the grid, shape (points, draws), by population Monte Carlo."""
    # Centre and the logarithms of both spreads.
    lowest = np.array([grid[0], *np.log([0.02 * unit] * 2)])
    highest = np.array([grid[-1], *np.log([3 * unit] * 2)])
    pooled = likelihood.mean(axis=0)
    centre = float(pooled @ grid)
    middle = np.array([centre, *np.log([0.7 * unit] * 2)])
    scatter = np.diag(np.array([0.3 * unit, 0.4, 0.4]) ** 2)
    least = np.diag(np.array([0.02 * unit, 0.02, 0.02]) ** 2)
    for _ in range(ROUNDS):
        root = np.linalg.cholesky(1.3 * scatter)
        raw = rng.standard_normal((PROPOSALS, 3))
        raw /= np.sqrt(rng.chisquare(5, (PROPOSALS, 1)) / 5)
        at = middle + raw @ root.T
        inside = ((at > lowest) & (at < highest)).all(axis=1)
        at = np.clip(at, lowest, highest)
        density = _prior(grid, at, tail)
        fit = sum(
            np.log(np.maximum(likelihood[some] @ density, 1e-300)).sum(axis=0)
            for some in cached(len(likelihood), PROPOSALS)
        )
        # The prior is flat on the spreads, not on their logarithms; over the density of the proposal.
        fit += at[:, 1] + at[:, 2] + 4 * np.log1p((raw**2).sum(axis=1) / 5)
        fit = np.where(inside, fit, -np.inf)
        weight = np.exp(fit - fit.max())
        weight /= weight.sum()
        middle = weight @ at
        scatter = ((at - middle) * weight[:, None]).T @ (at - middle) + least
    return _prior(grid, at[rng.choice(PROPOSALS, draws, p=weight)], tail)


def _prior(grid: Array, at: Array, tail: str) -> Array:
    """Return densities on the grid, one column per row (centre, log spreads) of `at`."""
    x = grid[:, None] - at[:, 0]
    density = TAILS[tail](x / np.exp(np.where(x < 0, at[:, 1], at[:, 2])))
    return np.asarray(density / density.sum(axis=0))
