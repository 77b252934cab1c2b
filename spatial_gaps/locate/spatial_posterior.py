"""True values of areas that resemble their neighbours, drawn given noisy published figures."""

from __future__ import annotations

import numpy as np

from spatial_gaps.checks import Array
from spatial_gaps.errors import InputError
from spatial_gaps.locate.weights import Links

# Steps of the grid of hyperparameters, and the most areas whose matrices are taken apart.
RESEMBLANCE = np.array([0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.995])
SPREADS, MOST = 24, 2500


def spatial_draws(
    y: Array, se: Array, links: Links, draws: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Draw true values from their posterior, shrunk towards neighbours as far as these are alike.

    Model: ``y_i ~ N(theta_i, se_i^2)``; theta is normal with mean m and precision
    ``[(1 - r) I + r (D - A)] / tau^2``, A the links (1 or 0, both ways), D the number of neighbours:
    r = 0 shrinks towards the mean of all, r near 1 towards that of the neighbours. m is flat; r and
    tau are drawn from their marginal posterior on a grid (flat on r and on tau up to three standard
    deviations of the figures).

    Parameters
    ----------
    y, se : ndarray, shape (n,)
        Published values and standard errors, complete.
    links : Links
        Neighbours; weights are not used.
    draws : int
        How many.
    rng : Generator
        Source of randomness.

    Returns
    -------
    theta : ndarray, shape (draws, n)
        True values.
    resemblance : ndarray, shape (draws,)
        r of each draw.

    Raises
    ------
    InputError
        If there are more than 2 500 areas: matrices of all pairs are taken apart.

    References
    ----------
    Leroux, Lei & Breslow (2000), Estimation of disease rates in small areas: a new mixed model for
    spatial dependence.
    """
    n = len(y)
    if n > MOST:
        raise InputError(
            f"values of {n} areas cannot be shrunk towards their neighbours, only of {MOST}",
            hint="Shrink towards the mean of all or of a region instead.",
        )
    error = np.maximum(se, 1e-9 * max(float(np.ptp(y)), 1e-300))
    linked = links.touching()
    roots, vectors = np.linalg.eigh(np.diag(linked.sum(axis=1)) - linked)
    spreads = np.linspace(0, 3 * float(y.std()), SPREADS + 1)[1:]
    logs = np.empty((len(RESEMBLANCE), SPREADS))
    structures = []
    for at, r in enumerate(RESEMBLANCE):
        inverse = 1 / ((1 - r) + r * np.maximum(roots, 0.0))
        # The prior's variance of an area differs with r: tau is that of the average area.
        inverse /= float(((vectors**2) @ inverse).mean())
        structures.append((vectors * inverse) @ vectors.T)
        for step, spread in enumerate(spreads):
            logs[at, step] = _log_marginal(y, spread**2 * structures[-1] + np.diag(error**2))
    mass = np.exp(logs - logs.max()).ravel()
    chosen = np.searchsorted(np.cumsum(mass) / mass.sum(), rng.random(draws))
    chosen = np.minimum(chosen, mass.size - 1)
    theta = np.empty((draws, n))
    for pair in np.unique(chosen):
        at, step = np.divmod(pair, SPREADS)
        here = np.flatnonzero(chosen == pair)
        prior = spreads[step] ** 2 * structures[at]
        theta[here] = _conditional(y, error, prior, len(here), rng)
    return theta, RESEMBLANCE[chosen // SPREADS]


def _log_marginal(y: Array, total: Array) -> float:
    """Return the log likelihood of the figures with the mean integrated out."""
    root = np.linalg.cholesky(total)
    white = np.linalg.solve(root, np.stack([np.ones(len(y)), y], axis=1))
    ones, figures = white.T
    held = float(ones @ ones)
    rest = figures - ones * (ones @ figures) / held
    return float(-np.log(np.diag(root)).sum() - 0.5 * np.log(held) - 0.5 * rest @ rest)


def _conditional(
    y: Array, error: Array, prior: Array, draws: int, rng: np.random.Generator
) -> Array:
    """Draw theta given the prior's covariance and the errors, the mean flat: shape (draws, n)."""
    n = len(y)
    total = prior + np.diag(error**2)
    solved = np.linalg.solve(total, np.column_stack([np.ones(n), y, prior]))
    held = float(solved[:, 0].sum())
    centre = solved[:, 1].sum() / held
    mean = centre + rng.standard_normal(draws) / np.sqrt(held)
    # theta = mean + prior V^-1 (y - mean) + noise of covariance prior - prior V^-1 prior.
    gain = solved[:, 2:].T
    left = prior - prior @ solved[:, 2:]
    roots, vectors = np.linalg.eigh((left + left.T) / 2)
    noise = rng.standard_normal((draws, n)) * np.sqrt(np.maximum(roots, 0.0))
    return np.asarray(mean[:, None] + (y - mean[:, None]) @ gain.T + noise @ vectors.T)
