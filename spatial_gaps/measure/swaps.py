"""Would it matter which areas make a group? p of every tier, areas swapping places in the parent."""

from __future__ import annotations

import numpy as np

from spatial_gaps.checks import Array, random_stream
from spatial_gaps.measure.terms import between
from spatial_gaps.measure.tiers import Pieces

# Numbers held at once, draws times areas.
BATCH = 200_000


def permuted_p(
    y: Array, n: Array, pieces: Pieces, degree: float, permutations: int, seed: int
) -> list[float]:
    """Return p of each tier: the share of draws in which swapped areas differ as much between groups.

    Areas swap places, with their weight, within their group of the tier above (everywhere for the
    outermost tier); a place keeps its split between groups, and one that straddles groups of the
    tier above takes part in the swaps of that with its largest piece.

    Parameters
    ----------
    y, n : ndarray, shape (m,)
        Figures and shares of the weight.
    pieces : Pieces
        Tiers over the areas.
    degree : float
        Order of the entropy index, `VARIANCE` for the variance.
    permutations : int
        How many draws.
    seed : int
        Every tier has its own stream.

    Returns
    -------
    list of float
        ``(draws that reach the observed part + 1) / (permutations + 1)``, in (0, 1].
    """
    rngs = [random_stream(seed, tier) for tier in range(len(pieces.tiers))]
    return [
        (_reached(y, n, pieces, tier, degree, permutations, rng) + 1) / (permutations + 1)
        for tier, rng in enumerate(rngs)
    ]


def _reached(
    y: Array,
    n: Array,
    pieces: Pieces,
    tier: int,
    degree: float,
    permutations: int,
    rng: np.random.Generator,
) -> int:
    """Return in how many draws swapped areas differ between a tier's groups as much as they do."""
    mu = y @ n
    parents = pieces.group(tier - 1) if tier else np.zeros(len(pieces.area), int)
    by_share = np.lexsort((-pieces.share, pieces.area))
    parent = parents[by_share[np.searchsorted(pieces.area[by_share], np.arange(len(y)))]]
    # Only where areas straddle parents do swaps change what is between the parents.
    split = bool((parents != parent[pieces.area]).any())

    def part(placed: np.ndarray) -> Array:
        weight = n[placed] * pieces.share
        spread = weight * y[placed]
        found = between(weight, spread, mu, pieces, tier, degree)
        return found - between(weight, spread, mu, pieces, tier - 1, degree) if split else found

    slots = np.argsort(parent, kind="stable")
    slot = np.argsort(slots)[pieces.area]
    bar = part(slots[None, slot])[0]
    bar -= 1e-12 * abs(bar)
    reached = 0
    for start in range(0, permutations, batch := max(BATCH // len(y), 1)):
        draws = min(batch, permutations - start)
        # Sorting by parent plus noise shuffles all parents' areas at once.
        order = np.argsort(parent + rng.random((draws, len(y))), axis=1)
        reached += int((part(order[:, slot]) >= bar).sum())
    return reached
