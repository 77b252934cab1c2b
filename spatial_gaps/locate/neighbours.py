"""Neighbours as libpysal's own Graph, for everything in the PySAL family. Its only import here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spatial_gaps.locate.contiguity import contiguity

if TYPE_CHECKING:
    from libpysal.graph import Graph


def neighbours(areas: pd.DataFrame, rule: str = "queen", islands: str = "keep") -> Graph:
    """Return the contiguity graph of areas.

    Parameters
    ----------
    areas : GeoDataFrame or DataFrame, n rows
        Indexed by code; on a cartogram, or without geometry, the packaged true neighbours are used.
    rule : {"queen", "rook"}
        Neighbours share a point, or a line.
    islands : {"keep", "link", "nearest"}
        Leave areas without neighbours alone, join them by real bridges and ferries, or to the
        nearest area.

    Returns
    -------
    libpysal.graph.Graph
        Binary weights, ids = codes; areas without neighbours are its isolates.

    Raises
    ------
    InputError, GeometryError, JoinError
        As `spatial_gaps.locate.contiguity.contiguity`.

    Notes
    -----
    Vertices are matched on a grid of one millimetre, because published layers hold shared borders
    whose vertices differ by less than that (ITL3 2021: 292 pairs by exact matching, 411 in truth).
    """
    from libpysal.graph import Graph

    return Graph(contiguity(areas, rule, islands), is_sorted=True)
