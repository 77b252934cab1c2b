"""Neighbours as libpysal's own Graph, for everything in the PySAL family. Its only import here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spatial_gaps.locate.contiguity import find_adjacency
from spatial_gaps.locate.touching import TOLERANCE

if TYPE_CHECKING:
    from libpysal.graph import Graph


def neighbours(
    areas: pd.DataFrame,
    rule: str = "queen",
    islands: str = "keep",
    *,
    k: int | None = None,
    distance: float | None = None,
    tolerance: float = TOLERANCE,
    vintage: int | None = None,
) -> Graph:
    """Return the graph of neighbouring areas.

    Parameters
    ----------
    areas : GeoDataFrame or DataFrame, n rows
        Indexed by code. Shapes decide, in metres; on a cartogram or without geometry, packaged
        facts of the same codes do: the borders of an official layer, or the centroids of the
        register.
    rule : {"queen", "rook", "nearest", "distance"}
        Neighbours share a point; share a line; are the k nearest by centroid; have centroids at
        most `distance` apart.
    islands : {"keep", "link", "nearest"}
        Leave areas without neighbours alone, add the real bridges, tunnels and ferries between all
        areas, or join areas without neighbours to the one whose centroid is nearest.
    k : int, optional
        Number of neighbours, for "nearest" only. Of areas equally far away, those whose codes come
        first count.
    distance : float, optional
        Metres, for "distance" only.
    tolerance : float
        Metres by which borders may miss each other and still touch; 1 cm unless given.
    vintage : int, optional
        Year of the packaged layer where several have these codes; the first unless given.

    Returns
    -------
    libpysal.graph.Graph
        Weights 1, ids as in the index of `areas`, in that order; areas without neighbours are its
        isolates. Under "nearest" a link need not be mutual.

    Raises
    ------
    InputError
        If a rule, policy, number or combination of them is not possible, or no neighbours are
        packaged for these codes.
    GeometryError
        If a shape is missing, empty, not a polygon, or has undefined coordinates.
    CRSError
        If the shapes are in degrees.
    JoinError
        If codes repeat, or fit no packaged vintage.

    Warns
    -----
    SpatialGapsWarning
        If areas share no vertex and are neighbours by geometry alone, overlap, have the same
        centroid, or stay alone because no link is packaged. `connectivity` holds the same as
        notices.

    Notes
    -----
    Vertices and edges that two areas have in common, bit by bit, are found by a hash. Edges that
    one area alone holds are compared by distance, so that T-junctions, gaps and overlaps up to the
    tolerance are found too. Under "queen" borders come within the tolerance at least once; under
    "rook" two edges also run side by side, within the tolerance and for longer than it, or two
    areas overlap. On a coverage whose borders match, the graph equals libpysal's
    `Graph.build_contiguity`.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> shapes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(2, 1, 3, 2)]
    >>> areas = gpd.GeoDataFrame(geometry=shapes, index=["a", "b", "c"], crs=27700)
    >>> neighbours(areas)["b"].index.tolist(), neighbours(areas, "rook")["b"].index.tolist()
    (['a', 'c'], ['a'])
    """
    from libpysal.graph import Graph

    found = find_adjacency(
        areas, rule, islands, k=k, distance=distance, tolerance=tolerance, vintage=vintage
    )
    return Graph(found.warned(), is_sorted=True)
