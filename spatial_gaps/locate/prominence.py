"""How deep a local sink is: what has to be climbed to get from a place to a lower one."""

from __future__ import annotations

import numpy as np

from spatial_gaps.checks import Array
from spatial_gaps.locate.weights import Links


def sink_depth(y: Array, links: Links) -> Array:
    """Return how far each local minimum lies below the pass to a lower place.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Figures, none missing.
    links : Links
        Neighbours.

    Returns
    -------
    ndarray, shape (n,)
        Of every area that is lower than all its neighbours: the lowest ridge that any way to a lower
        area has to cross, minus its own figure; for the lowest of a connected part, the highest
        figure of that part minus its own. Zero for every other area, and without neighbours.

    Notes
    -----
    Prominence of a peak in topography, upside down; the persistence of a minimum in topology. Of
    equal figures the one that stands first counts as lower.

    References
    ----------
    Edelsbrunner & Harer (2010), Computational Topology, ch. VII.
    """
    n = len(y)
    rank = np.empty(n, int)
    order = np.argsort(y, kind="stable")
    rank[order] = np.arange(n)
    starts = np.searchsorted(links.focal, np.arange(n + 1))
    root, highest, depth = np.arange(n), y.astype(float), np.zeros(n)

    def find(area: int) -> int:
        while root[area] != area:
            root[area] = root[root[area]]
            area = int(root[area])
        return area

    # Flood from below: basins meet at the pass, and the shallower of two ends there.
    for area in order:
        for other in links.other[starts[area] : starts[area + 1]]:
            if rank[other] > rank[area]:
                continue
            low, high = sorted((find(int(area)), find(int(other))), key=lambda at: rank[at])
            if low == high:
                continue
            depth[high] = y[area] - y[high]
            root[high], highest[low] = low, max(highest[low], highest[high], y[area])
    for area in np.flatnonzero(root == np.arange(n)):
        depth[area] = highest[area] - y[area]
    return depth
