"""Other maps of the same country: as many connected regions as now, drawn at random."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from spatial_gaps.checks import random_stream
from spatial_gaps.locate.weights import Links


def redraw_regions(links: Links, k: int, redraws: int, seed: int) -> Iterator[np.ndarray]:
    """Yield random regions: every area joins the seed that it reaches first over random distances.

    Parameters
    ----------
    links : Links
        Neighbours among n areas; regions are connected by them.
    k : int
        How many regions, fewer than n.
    redraws : int
        How many maps.
    seed : int
        Seed of the seeds and distances.

    Yields
    ------
    ndarray of int, shape (n,)
        Region of each area. A part of the country that no seed falls into is a region of its own.

    References
    ----------
    Openshaw (1984), The modifiable areal unit problem.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components, dijkstra

    rng = random_stream(seed)
    upper = links.focal < links.other
    # Before 1.14, scipy finds ways along 32-bit numbers only.
    focal, other = (each[upper].astype(np.int32) for each in (links.focal, links.other))
    part = connected_components(links.matrix(), directed=False)[1]
    for _ in range(redraws):
        length = rng.exponential(size=len(focal)) + 1e-9
        roads = csr_array((length, (focal, other)), shape=(links.n, links.n))
        seeds = rng.choice(links.n, k, replace=False)
        source = dijkstra(roads, directed=False, indices=seeds, min_only=True,
                          return_predecessors=True)[2]  # fmt: skip
        yield np.where(source >= 0, source, links.n + part)
