"""What hangs together: components and islands by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spatial_gaps.checks import words
from spatial_gaps.locate.contiguity import find_adjacency
from spatial_gaps.locate.touching import TOLERANCE
from spatial_gaps.records import Notice


@dataclass(frozen=True)
class Connectivity:
    """Which areas hang together, by which rule, and where that was read.

    Attributes
    ----------
    n, pairs : int
        Areas, and pairs of neighbours.
    rule, policy, source : str
        Rule of neighbours, islands policy, and what the neighbours were taken from: a packaged
        layer by name, the shapes of the areas, or centroids.
    tolerance : float
        Metres; 0 unless shapes were compared.
    components : tuple of tuples of str
        Codes of areas that hang together, sorted; the largest component first.
    islands : tuple of str
        Codes of areas without neighbours, sorted.
    names : mapping of str to str
        Name of each code.
    notices : tuple of Notice
        Neighbours found by geometry alone, overlaps, coincident centroids, islands without a link.
    """

    n: int
    pairs: int
    rule: str
    policy: str
    source: str
    tolerance: float
    components: tuple[tuple[str, ...], ...]
    islands: tuple[str, ...]
    names: Mapping[str, str]
    notices: tuple[Notice, ...] = ()

    def __str__(self) -> str:
        sizes = words([len(part) for part in self.components if len(part) > 1]) or "no"
        islands = words([self.names[code] for code in self.islands]) or "none"
        return (
            f"{self.n} areas, {self.pairs} pairs of neighbours ({self.rule}, {self.source}), "
            f"{len(self.components)} components: {sizes} areas hang together; "
            f"without neighbours: {islands}."
        )


def connectivity(
    areas: pd.DataFrame,
    rule: str = "queen",
    islands: str = "keep",
    *,
    k: int | None = None,
    distance: float | None = None,
    tolerance: float = TOLERANCE,
    vintage: int | None = None,
) -> Connectivity:
    """Report the components and the islands of areas by name.

    Parameters
    ----------
    areas : GeoDataFrame or DataFrame, n rows
        As for `neighbours`, and so are the others; a column `name` is used where there is one.
    rule : {"queen", "rook", "nearest", "distance"}
        Rule of neighbours.
    islands : {"keep", "link", "nearest"}
        What becomes of areas without neighbours.
    k : int, optional
        Number of neighbours, for "nearest".
    distance : float, optional
        Metres, for "distance".
    tolerance : float
        Metres by which borders may miss each other.
    vintage : int, optional
        Year of the packaged layer.

    Returns
    -------
    Connectivity
        Its `str` is one sentence that names the islands.

    Raises
    ------
    InputError, GeometryError, CRSError, JoinError
        As `neighbours`.

    Examples
    --------
    >>> import spatial_gaps as sg
    >>> report = connectivity(sg.areas("itl1", 2021))
    >>> [len(part) for part in report.components], report.islands
    ([11, 1], ('TLN',))
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    found = find_adjacency(
        areas, rule, islands, k=k, distance=distance, tolerance=tolerance, vintage=vintage
    )
    n, codes = len(areas), areas.index.astype(str)
    levels = found.weights.index.codes  # type: ignore[attr-defined]
    focal, other = (np.asarray(level, dtype=np.int64) for level in levels)
    linked = focal != other
    graph = coo_array((linked[linked], (focal[linked], other[linked])), shape=(n, n))
    _, part = connected_components(graph, directed=False)
    groups = codes.to_series().groupby(part)
    names = areas["name"].astype(str) if "name" in areas else codes
    low, high = np.minimum(focal, other)[linked], np.maximum(focal, other)[linked]
    amount = {"nearest": f"{k} nearest", "distance": f"within {distance} m"}
    return Connectivity(
        n=n,
        pairs=len(np.unique(low * n + high)),
        rule=amount.get(rule, rule),
        policy=islands,
        source=found.source,
        tolerance=tolerance if found.source.startswith("shapes") else 0.0,
        components=tuple(
            sorted((tuple(sorted(group)) for _, group in groups), key=lambda c: (-len(c), c))
        ),
        islands=tuple(sorted(codes[focal[~linked]])),
        names=dict(zip(codes, names, strict=True)),
        notices=found.notices,
    )
