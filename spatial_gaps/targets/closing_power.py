"""How likely the tests of a closing gap are to find what is there, with the errors that figures have."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, random_stream
from spatial_gaps.measure.common_errors import correlation_moments
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.targets.closing import (
    closing_tests,
    contrast,
    group_share,
    members_of,
    true_variance,
)

# Size of what is to be found, in standard errors of the gap (or of the mean) that it moves.
SIZE = 4.0
BOUND = NormalDist().cdf(SIZE - Z95)


def correlated_errors(s: Array, rho: Array, count: int, rng: np.random.Generator) -> Array:
    """Draw errors of areas in several periods, shape (count, m, periods)."""
    roots, vectors = np.linalg.eigh(rho)
    root = vectors * np.sqrt(np.maximum(roots, 0.0))
    return np.asarray(s * (rng.standard_normal((count, *s.shape)) @ root.T))


def estimated_rho(x: Array, s: Array, least: float = 0.0) -> Array:
    """Estimate the correlation of errors between all periods, shape (..., periods, periods)."""
    count = x.shape[-1]
    rho = np.broadcast_to(np.eye(count), (*x.shape[:-2], count, count)).copy()
    for i in range(count):
        for j in range(i):
            above, below = correlation_moments(x[..., [j, i]], s[:, [j, i]], stretch=True)
            rho[..., i, j] = rho[..., j, i] = np.clip(above / below, least, 1.0)
    return rho


def z_scores(
    x: Array, s: Array, n: Array, years: Array, share: float, rho: Array | None = None
) -> dict[str, Array]:
    """Run all tests on many panels as an analyst would: who is on top, and rho, from the figures."""
    rho = estimated_rho(x, s) if rho is None else rho
    tests = closing_tests(x, s, n, rho, members_of(x[..., 0], n[:, 0], share), years)
    return {name: value / se for name, (value, se) in tests.items()}


def has_closed(z: dict[str, Array]) -> Array:
    """Return whether the same places caught up and the distribution narrowed, both for certain."""
    return np.asarray((z["same places"] < -Z95) & (z["distribution"] < -Z95))


def bottom_rose(z: dict[str, Array]) -> Array:
    """Return whether the bottom caught up and the distribution narrowed, both for certain."""
    return np.asarray((z["bottom"] < -Z95) & (z["distribution"] < -Z95))


def top_fell(z: dict[str, Array]) -> Array:
    """Return whether the gap closed and the top fell, both for certain."""
    return np.asarray(np.minimum(has_closed(z), z["top"] < -Z95))


def top_stalled(z: dict[str, Array]) -> Array:
    """Return whether the top grew below its earlier trend for certain."""
    return np.asarray(z["trend"] < -Z95)


class Case(NamedTuple):
    """Something that happens to true figures: its size, the change of each area, and who finds it."""

    size: float
    change: Array
    finds: Callable[[dict[str, Array]], Array]


def cases_of(
    theta: Array, s: Array, n: Array, rho: Array, years: Array, share: float
) -> dict[str, Case]:
    """Return what may happen, each as large as four standard errors of the mean or gap that moves.

    Parameters
    ----------
    theta : ndarray, shape (panels, m)
        True figures of the base period around their mean.
    s, n : ndarray, shape (m, periods)
        Standard errors and shares of the weight: base, last, and maybe one before.
    rho : ndarray, shape (periods, periods)
        Correlations of errors.
    years : ndarray, shape (periods,)
        When the periods start.
    share : float
        Of the weight at the top and at the bottom.
    """
    top, bottom = members_of(theta, n[:, 0], share)
    gap, best = contrast(top, n[:, 0]), group_share(top, n[:, 0])

    def size(by: Array, times: Array) -> float:
        cross = (times * s)[:, None, :] @ rho @ (times * s)[:, :, None]
        return float(SIZE * np.sqrt((by**2 * cross[:, 0, 0]).sum(-1)).mean())

    later = np.zeros(s.shape[1])
    later[:2] = -1, 1
    closer = size(gap, later)
    rise, fall = size(group_share(bottom, n[:, 0]), later), size(best, later)
    found = {
        "all converge": Case(closer, -closer / (gap * theta).sum(-1).mean() * theta, has_closed),
        "the bottom rises": Case(rise, rise * bottom, bottom_rose),
        "the top falls": Case(fall, -fall * top, top_fell),
    }
    if s.shape[1] > 2:
        after, before = 1 / (years[1] - years[0]), 1 / (years[0] - years[2])
        slower = size(best, np.array([-after - before, after, before]))
        found["the top stalls"] = Case(slower, -slower / after * top, top_stalled)
    return found


def closing_power(
    x: Array,
    s: Array,
    n: Array,
    rho: Array,
    years: Array,
    *,
    share: float,
    replicates: int,
    seed: int,
) -> pd.DataFrame:
    """Return how often what is there would be found.

    Parameters
    ----------
    x : ndarray, shape (m, periods)
        Figures, whose base period gives the spread of the simulated true ones, which are normal.
    s, n, rho, years, share
        As in `cases_of`.
    replicates : int
        Simulated panels.
    seed : int
        One seed, one answer.

    Returns
    -------
    DataFrame
        Indexed by what happens ("all converge", "the bottom rises", "the top falls" and, with an
        earlier period, "the top stalls"): size (in the unit of the figures; a year for the last),
        found, and bound, what one test would reach that knew which places move, and all errors.
    """
    rng = random_stream(seed)
    tau = np.sqrt(np.maximum(true_variance(x[:, 0], s[:, 0], n[:, 0])[0], 0.0))
    theta = tau * rng.standard_normal((replicates, len(x)))
    errors = correlated_errors(s, rho, replicates, rng)
    rows = {}
    for name, case in cases_of(theta, s, n, rho, years, share).items():
        panels = theta[..., None] + errors
        panels[..., 1] += case.change
        found = float(case.finds(z_scores(panels, s, n, years, share)).mean())
        rows[name] = (case.size, found, BOUND)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["size", "found", "bound"])
