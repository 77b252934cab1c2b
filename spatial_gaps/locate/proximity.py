"""Neighbours by distance between centroids: the k nearest, or all within a band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.errors import InputError, first_of
from spatial_gaps.locate.borders import Array
from spatial_gaps.records import Notice

if TYPE_CHECKING:
    from scipy.spatial import KDTree

MOST_LINKS = 20_000_000
TIE = 1e-6  # metres: distances that differ by less are equal


def nearest(points: Array, codes: pd.Index, k: int, of: Array | None = None) -> tuple[Array, Array]:
    """Return the k nearest areas of each, of those equally far the ones whose codes come first.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Centroids, in metres.
    codes : Index, shape (n,)
        Codes of the areas.
    k : int
        At least 1, below n.
    of : ndarray, shape (m,), optional
        Positions of the areas whose neighbours are wanted; all unless given.

    Returns
    -------
    focal, other : ndarray, shape (m * k,)
        Positions of each area and of its neighbours.

    Raises
    ------
    InputError
        If there are more than 20 million links.
    """
    from scipy.spatial import KDTree

    asked = np.arange(len(points)) if of is None else of
    _check_links(k * len(asked), f"the {k} nearest neighbours of {len(asked)} areas")
    tree = KDTree(points)
    # The area itself is the nearest; areas as far away as the last are looked up to break the tie.
    reach, _ = tree.query(points[asked], k=[k + 1])
    found = tree.query_ball_point(points[asked], reach[:, 0] + TIE, return_sorted=False)
    focal = np.repeat(asked, [len(near) for near in found])
    other = np.concatenate(found).astype(int)
    focal, other = focal[focal != other], other[focal != other]
    far = np.round(np.hypot(*(points[focal] - points[other]).T) / TIE)
    rank = np.argsort(np.argsort(codes.astype(str)))
    order = np.lexsort((rank[other], far, focal))
    focal, other = focal[order], other[order]
    kept = np.arange(len(focal)) - np.searchsorted(focal, focal) < k
    return focal[kept], other[kept]


def within(points: Array, distance: float) -> Array:
    """Return the pairs of areas that are at most a distance apart.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Centroids, in metres.
    distance : float
        Metres, above 0.

    Returns
    -------
    ndarray, shape (m, 2)
        Positions.

    Raises
    ------
    InputError
        If there are more than 20 million links.
    """
    from scipy.spatial import KDTree

    tree: KDTree = KDTree(points)
    links = int(tree.count_neighbors(tree, distance)) - len(points)
    _check_links(links, f"all areas within {distance:,.0f} m of {len(points)} areas")
    return np.asarray(tree.query_pairs(distance, output_type="ndarray"))


def coincident(points: Array, codes: pd.Index) -> Notice | None:
    """Name the areas that have the same centroid as another."""
    where = pd.DataFrame(points)
    same = codes[where.duplicated(keep=False).to_numpy()]
    if not len(same):
        return None
    named = sorted(str(code) for code in same)
    text = f"{len(named)} areas have the centroid of another: {first_of(named)}"
    return Notice("coincident", text, tuple(named))


def _check_links(links: int, what: str) -> None:
    if links > MOST_LINKS:
        raise InputError(
            f"{what} make {links:,} links, more than {MOST_LINKS:,}",
            hint="Ask for fewer neighbours or a shorter distance.",
        )
