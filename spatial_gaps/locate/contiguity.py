"""Who is whose neighbour, as a plain adjacency: from shapes, from packaged facts, from distances.

An adjacency is a Series of weights on (focal, neighbor), the form of `Graph.adjacency`: both
directions are listed, and an area without neighbours stands as (code, code) with weight 0. Working
on it directly spares the import of libpysal, which costs more than the whole analysis.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice, check_count, check_unique
from spatial_gaps.errors import InputError, SpatialGapsWarning, first_of
from spatial_gaps.locate.borders import Array, distinct
from spatial_gaps.locate.packaged import packaged_centroids, packaged_links, packaged_pairs
from spatial_gaps.locate.proximity import coincident, nearest, within
from spatial_gaps.locate.touching import TOLERANCE, check_tolerance, shapes_of, touching_pairs
from spatial_gaps.records import Notice

RULES = ("queen", "rook", "nearest", "distance")
ISLANDS = ("keep", "link", "nearest")


@dataclass(frozen=True)
class Adjacency:
    """Weights on (focal, neighbor), what they were taken from, and what was repaired."""

    weights: pd.Series
    source: str
    notices: tuple[Notice, ...] = ()

    def warned(self) -> pd.Series:
        """Return the weights, after a warning of each notice."""
        for notice in self.notices:
            warnings.warn(f"{notice}.", SpatialGapsWarning, stacklevel=3)
        return self.weights


def contiguity(
    areas: pd.DataFrame,
    rule: str = "queen",
    islands: str = "keep",
    *,
    tolerance: float = TOLERANCE,
    vintage: int | None = None,
) -> pd.Series:
    """Return the adjacency of areas that touch, without libpysal.

    Parameters
    ----------
    areas : GeoDataFrame or DataFrame, n rows
        As for `spatial_gaps.neighbours`, and so are the others.
    rule : {"queen", "rook"}
        Neighbours share a point, or a line.
    islands : {"keep", "link", "nearest"}
        What becomes of areas without neighbours.
    tolerance : float
        Metres.
    vintage : int, optional
        Year of the packaged layer.

    Returns
    -------
    Series
        1.0 on (focal, neighbor), 0.0 on (code, code) of an area without neighbours.

    Raises
    ------
    InputError, GeometryError, CRSError, JoinError
        As `spatial_gaps.neighbours`.

    Warns
    -----
    SpatialGapsWarning
        As `spatial_gaps.neighbours`.
    """
    check_choice(rule, RULES[:2], "contiguity rule")
    return find_adjacency(areas, rule, islands, tolerance=tolerance, vintage=vintage).warned()


def find_adjacency(
    areas: pd.DataFrame,
    rule: str,
    islands: str,
    *,
    k: int | None = None,
    distance: float | None = None,
    tolerance: float = TOLERANCE,
    vintage: int | None = None,
) -> Adjacency:
    """Return the adjacency of areas by any rule, with its source and notices.

    Parameters
    ----------
    areas, rule, islands, k, distance, tolerance, vintage
        As for `spatial_gaps.neighbours`.

    Returns
    -------
    Adjacency
        In the order of the rows, neighbours too.
    """
    _check_options(areas, rule, islands, k, distance)
    check_tolerance(tolerance)
    codes, shapes = areas.index, shapes_of(areas)
    if shapes is not None and vintage is not None:
        raise InputError("vintage chooses among packaged layers, but these areas have shapes")
    notices: tuple[Notice, ...] = ()
    if rule in RULES[:2]:
        if shapes is None:
            pairs, layer = packaged_pairs(codes.astype(str), rule, vintage)
            source = f"packaged layer {layer}"
        else:
            pairs, notices = touching_pairs(shapes, codes, rule, tolerance)
            source = "shapes of the areas"
    else:
        source = f"centroids of the {'register' if shapes is None else 'shapes'}"
        points = _centroids(codes, shapes)
        same = coincident(points, codes)
        notices = (same,) if same else ()
        if k is not None:
            focal, other = nearest(points, codes, k)
            return Adjacency(_weights(codes, focal, other), source, notices)
        pairs = within(points, float(distance or 0))
    pairs, left = _join_islands(codes, shapes, pairs, islands)
    focal, other = np.vstack([pairs, pairs[:, ::-1]]).T
    return Adjacency(_weights(codes, focal, other), source, notices + left)


def _check_options(
    areas: pd.DataFrame, rule: str, islands: str, k: int | None, distance: float | None
) -> None:
    """Raise `InputError` for options that do not exist, do not fit together or are out of range."""
    check_choice(rule, RULES, "rule of neighbours")
    check_choice(islands, ISLANDS, "islands policy")
    check_unique(areas.index, "areas")
    for name, given, owner in (("k", k, "nearest"), ("distance", distance, "distance")):
        if (given is not None) != (rule == owner):
            raise InputError(
                f'rule="{rule}" {"needs" if given is None else "takes no"} {name}',
                hint=f'{name} belongs to rule="{owner}".',
            )
    if rule == "nearest":
        check_count(k, "k, the number of neighbours,", 1, len(areas) - 1)
        if islands != "keep":
            raise InputError(
                f'rule="nearest" leaves no area alone, so islands="{islands}" has no meaning'
            )
    if distance is not None and not (
        isinstance(distance, (int, float)) and 0 < distance < math.inf
    ):
        raise InputError("distance has to be a number of metres above 0", value=distance)


def _centroids(codes: pd.Index, shapes: Array | None) -> Array:
    """Return the centroids of shapes, else those of the register, shape (n, 2)."""
    if shapes is None:
        return packaged_centroids(codes.astype(str))
    import shapely

    return np.asarray(shapely.get_coordinates(shapely.centroid(shapes)))


def _join_islands(
    codes: pd.Index, shapes: Array | None, pairs: Array, islands: str
) -> tuple[Array, tuple[Notice, ...]]:
    """Add links under a policy, and tell which areas are without neighbours in spite of it."""
    if islands == "link":
        pairs = np.vstack([pairs, packaged_links(codes.astype(str))])
        left = sorted(str(code) for code in codes[_alone(codes, pairs)])
        text = f"no bridge or ferry is packaged for areas without neighbours: {first_of(left)}"
        return pairs, (Notice("unlinked", text, tuple(left)),) if left else ()
    alone = _alone(codes, pairs)
    if islands == "nearest" and len(alone) and len(codes) > 1:
        ends = nearest(_centroids(codes, shapes), codes, 1, alone)
        pairs = np.vstack([pairs, np.column_stack(ends)])
    return pairs, ()


def _alone(codes: pd.Index, pairs: Array) -> Array:
    """Return the positions of areas that are in no pair."""
    return np.flatnonzero(np.bincount(pairs.ravel(), minlength=len(codes)) == 0)


def _weights(codes: pd.Index, focal: Array, other: Array) -> pd.Series:
    """Return 1 for each link, once, and 0 for each area that has none, sorted by position."""
    n = len(codes)
    key = distinct(focal * n + other)
    alone = np.flatnonzero(np.bincount(key // n, minlength=n) == 0)
    key = np.sort(np.concatenate([key, alone * n + alone]))
    focal, other = np.divmod(key, n)
    index = pd.MultiIndex(
        levels=[codes, codes],  # type: ignore[list-item]
        codes=[focal, other],  # type: ignore[list-item]
        names=["focal", "neighbor"],
    )
    return pd.Series((focal != other).astype(float), index=index, name="weight")
