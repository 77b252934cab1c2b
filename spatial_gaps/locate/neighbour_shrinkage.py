"""True values of areas, each drawn towards its neighbours or towards its region, as the data say.

Noisy figures are better guesses of the truth when they borrow from others. From whom differs: most
places resemble their neighbours, some only the region at large, and a hidden pocket neither. Here
every area is a mixture of the two, with the share of the second estimated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spatial_gaps.checks import Array
from spatial_gaps.errors import InputError
from spatial_gaps.locate.weights import Links
from spatial_gaps.measure.uncertainty import tau_posterior

# How far the figures resemble those of neighbours, spread of regions over that of areas, share of
# areas that follow their region only, and steps of the spread of areas.
RESEMBLANCE = (0.0, 0.5, 0.8, 0.95, 0.995)
REGIONAL = (0.1, 0.7)
APART = (0.0, 0.1, 0.3, 0.6)
SPREADS = np.geomspace(0.1, 2.0, 13)
MOST = 1000
FEWEST = 3
# An area that its neighbours do not explain is somewhat freer than the rest of its region.
FREEDOM = 1.5


@dataclass(frozen=True)
class NeighbourModel:
    """What the errors and the neighbours fix before any figure is seen.

    Attributes
    ----------
    se : ndarray, shape (n,)
        Standard errors, none of them zero.
    group : ndarray of int, shape (n,)
        Region number of each area.
    spreads : ndarray, shape (s,)
        Standard deviations of true values that are tried, in the unit of the figures.
    bases, roots : tuple of ndarray, shapes (n, n) and (n,)
        Per structure K of true values: vectors U and roots with ``U'DU = I``, ``U'KU = roots``,
        D the error variances, so that ``(t^2 K + D)^-1 = U diag(1 / (t^2 roots + 1)) U'``.
    apart : tuple of float
        Shares of areas that follow their region only, as they are tried.
    """

    se: Array
    group: np.ndarray
    spreads: Array
    bases: tuple[Array, ...]
    roots: tuple[Array, ...]
    apart: tuple[float, ...]


def neighbour_model(
    se: Array, group: np.ndarray, links: Links, scale: float, apart: tuple[float, ...] = APART
) -> NeighbourModel:
    """Prepare shrinkage towards neighbours for figures with the given errors.

    Parameters
    ----------
    se : ndarray, shape (n,)
        Standard errors, complete.
    group : ndarray of int, shape (n,)
        Region number of each area.
    links : Links
        Neighbours; weights are not used.
    scale : float
        Standard deviation of the figures: spreads of true values are tried from .1 to 2 times it.
    apart : tuple of float
        Shares of areas that may follow their region only; ``(0.0,)`` leaves neighbours alone.

    Returns
    -------
    NeighbourModel
        Good for any figures with these errors.

    Raises
    ------
    InputError
        If there are more than 1 000 areas: matrices of all pairs are taken apart.
    """
    n = len(se)
    if n > MOST:
        raise InputError(
            f"figures of {n} areas cannot be shrunk towards their neighbours, only of {MOST}",
            hint='Use shrinkage="region".',
        )
    error = np.maximum(se, 1e-4 * scale)
    linked = links.touching()
    count = linked.sum(axis=1)
    # An island varies as much as others do.
    count[count == 0] = max(float(count.mean()), 1.0)
    roots, vectors = np.linalg.eigh(np.diag(count) - linked)
    together = np.equal.outer(group, group).astype(float)
    bases, scores = [], []
    for r in RESEMBLANCE:
        inverse = 1 / ((1 - r) + r * np.maximum(roots, 0.0))
        # The prior's variance differs with r: the spread is that of the average area about the mean.
        inverse /= float(inverse[roots > 1e-9].sum() / n)
        local = (vectors * inverse) @ vectors.T
        for regional in REGIONAL:
            structure = local + regional**2 * together
            score, basis = np.linalg.eigh(structure / np.outer(error, error))
            bases.append(basis / error[:, None])
            scores.append(np.maximum(score, 0.0))
    return NeighbourModel(error, group, scale * SPREADS, tuple(bases), tuple(scores), apart)


def neighbour_moments(
    y: Array, model: NeighbourModel, draws: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Draw the posterior mean and standard deviation of every area's true value.

    Model: ``y_i ~ N(theta_i, se_i^2)``. Given the others, theta_i is normal in one of two ways. With
    probability 1 - a by its neighbours: theta has a flat mean and covariance
    ``t^2 (L + q^2 R)``, L the inverse of ``(1 - r) I + r (D - A)`` scaled to an average variance of
    1 (A the links, D the number of neighbours), R = 1 within a region. With probability a by its
    region: the mean of the region's other areas, and one and a half times their variance. r, q, t
    and a are drawn in proportion to the product over areas of the density of each figure given all
    others, so that a few places far out widen neither spread.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Published values.
    model : NeighbourModel
        As `neighbour_model` returns it.
    draws : int
        How many draws of (r, q, t, a) and of the way of each area.
    rng : Generator
        Source of randomness.

    Returns
    -------
    means, deviations : ndarray, shape (draws, n)
        Normal moments of theta in each draw. Areas are independent given these.

    References
    ----------
    Leroux, Lei & Breslow (2000), Estimation of disease rates in small areas. Besag (1975),
    Statistical analysis of non-lattice data (the product of conditional densities).
    """
    centre, variance = region_moments(y, model.se, model.group)
    by_region = _log_density(y - centre, variance + model.se**2)
    ways, fits = _ways(y, model)
    logs = np.empty((len(ways), len(model.apart)))
    for at, share in enumerate(model.apart):
        logs[:, at] = _mixed(fits, by_region, share).sum(axis=1)
    mass = np.exp(logs - logs.max()).ravel()
    steps = np.searchsorted(np.cumsum(mass) / mass.sum(), rng.random(draws))
    steps = np.minimum(steps, mass.size - 1)
    region = _posterior(y, centre, variance, model.se)
    means, deviations = np.empty((draws, len(y))), np.empty((draws, len(y)))
    for step in np.unique(steps):
        way, at = divmod(int(step), len(model.apart))
        share, here = model.apart[at], np.flatnonzero(steps == step)
        whole = _mixed(fits[way], by_region, share)
        chance = share * np.exp(by_region - whole)
        by_way = _posterior(y, *ways[way], model.se)
        picked = rng.random((len(here), len(y))) < chance
        means[here] = np.where(picked, region[0], by_way[0])
        deviations[here] = np.where(picked, region[1], by_way[1])
    return means, deviations


def region_moments(y: Array, se: Array, group: np.ndarray) -> tuple[Array, Array]:
    """Return mean and variance of each true value given the other figures of its region.

    Parameters
    ----------
    y, se : ndarray, shape (n,)
        Published values and standard errors.
    group : ndarray of int, shape (n,)
        Region number of each area.

    Returns
    -------
    centre, variance : ndarray, shape (n,)
        Of ``theta_i ~ N(m, tau^2)`` with m from the others; tau^2 one and a half times the
        spread of the region, averaged over its posterior on a grid. Regions of fewer than three
        areas have nan and infinity.
    """
    centre, variance = np.full(len(y), np.nan), np.full(len(y), np.inf)
    for number in np.unique(group):
        here = group == number
        if here.sum() < FEWEST:
            continue
        value, error = y[here], se[here]
        grid, mass = tau_posterior(value, error, 3 * max(float(value.std()), 1e-12), 60)
        spread = float(mass @ grid**2 / mass.sum())
        precision = 1 / (spread + error**2)
        rest = precision.sum() - precision
        centre[here] = (precision @ value - precision * value) / rest
        variance[here] = FREEDOM * spread + 1 / rest
    return centre, variance


def _ways(y: Array, model: NeighbourModel) -> tuple[list[tuple[Array, Array]], Array]:
    """Return, per structure and spread, each truth's moments given all other figures, and fits."""
    ways, fits = [], []
    for basis, roots in zip(model.bases, model.roots, strict=True):
        seen = basis.T @ np.column_stack([y, np.ones(len(y))])
        for spread in model.spreads:
            inverse = 1 / (spread**2 * roots + 1)
            solved = basis @ (inverse[:, None] * seen)
            ones = solved[:, 1]
            held = float(ones.sum())
            # The precision of the figures with the flat mean taken out: its diagonal, and times y.
            diagonal = (basis**2) @ inverse - ones**2 / held
            away = (solved[:, 0] - ones * float(solved[:, 0].sum()) / held) / diagonal
            variance = np.maximum(1 / diagonal - model.se**2, 0.0)
            ways.append((y - away, variance))
            fits.append(_log_density(away, 1 / diagonal))
    return ways, np.array(fits)


def _log_density(away: Array, variance: Array) -> Array:
    """Return the log of a normal density but for a constant, -inf where nothing is known."""
    known = np.isfinite(variance)
    safe = np.where(known, variance, 1.0)
    logs = -0.5 * (np.where(known, away, 0.0) ** 2 / safe + np.log(safe))
    return np.where(known, logs, -np.inf)


def _mixed(by_way: Array, by_region: Array, share: float) -> Array:
    """Return the log density of the mixture; areas without a region follow their neighbours."""
    if share == 0:
        return by_way
    both = np.logaddexp(np.log(1 - share) + by_way, np.log(share) + by_region)
    return np.where(np.isfinite(by_region), both, by_way)


def _posterior(y: Array, centre: Array, variance: Array, se: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation of the truth given its own figure too."""
    known = np.isfinite(variance)
    safe = np.where(known, variance, 1.0)
    keep = np.where(known, safe / (safe + se**2), 1.0)
    middle = np.where(np.isfinite(centre), centre, y)
    return middle + keep * (y - middle), np.sqrt(keep) * se
