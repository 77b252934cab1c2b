"""Does it depend on who counts as a neighbour? The same statistics under several rules."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import pandas as pd

from spatial_gaps.checks import align
from spatial_gaps.errors import SpatialGapsWarning
from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.clusters import LABELS, UNSURE, local_moran
from spatial_gaps.locate.contiguity import find_adjacency
from spatial_gaps.locate.weights import on_graph

RULES: tuple[dict[str, Any], ...] = (
    {"rule": "queen", "islands": "keep"},
    {"rule": "queen", "islands": "link"},
    {"rule": "queen", "islands": "nearest"},
    {"rule": "rook", "islands": "keep"},
    {"rule": "nearest", "k": 4},
    {"rule": "nearest", "k": 6},
    {"rule": "nearest", "k": 8},
)


def neighbour_sensitivity(
    values: pd.Series,
    areas: pd.DataFrame,
    rules: Sequence[dict[str, Any]] = RULES,
    *,
    permutations: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
    correction: str = "fdr",
    workers: int = 1,
) -> pd.DataFrame:
    """Compute global and local Moran under several rules of neighbours and island policies.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    areas : GeoDataFrame or DataFrame, n rows
        As for `neighbours`.
    rules : sequence of dict
        Options of `neighbours`, one dict per row; the first is what the others are held against.
        Unless given: queen contiguity with islands kept, linked and joined to the nearest, rook
        contiguity, and the 4, 6 and 8 nearest.
    permutations, seed, alpha, correction, workers
        As for `local_moran`; p of the global figure takes 9 999 draws.

    Returns
    -------
    DataFrame
        One row per rule: rule and islands in words, links (directed, between areas with a figure),
        components, alone (areas without a neighbour), I, z, p, how many areas have each label of a
        cluster, and changed: how many areas have another label than under the first rule.

    Raises
    ------
    JoinError
        If values and areas are not of the same places.
    InputError, GeometryError, CRSError
        As `neighbours`.

    Examples
    --------
    >>> import spatial_gaps as sg
    >>> areas = sg.areas("itl1", 2021)
    >>> east = areas["easting"].astype(float)
    >>> rules = [{"rule": "queen"}, {"rule": "nearest", "k": 3}]
    >>> neighbour_sensitivity(east, areas, rules, permutations=999)["rule"].tolist()
    ['queen', '3 nearest']
    """
    align(pd.Series(0.0, index=areas.index), values, names=("values",))
    rows: list[dict[str, Any]] = []
    first: pd.Series | None = None
    for options in rules:
        with warnings.catch_warnings():
            # What is found at borders is the same under every rule; `connectivity` tells it.
            warnings.simplefilter("ignore", SpatialGapsWarning)
            graph = find_adjacency(areas, **{"rule": "queen", "islands": "keep", **options}).weights
            labels = local_moran(
                values, graph, permutations=permutations, seed=seed, alpha=alpha,
                correction=correction, workers=workers,
            )["cluster"]  # fmt: skip
        whole = moran(values, graph, seed=seed, workers=workers)
        first = labels if first is None else first
        rows.append(
            {
                "rule": _rule_words(options),
                "islands": options.get("islands", "keep"),
                "links": len(on_graph(values, graph, "drop").links.focal),
                "components": whole.components,
                "alone": len(whole.islands),
                "I": whole.I,
                "z": whole.z,
                "p": whole.p,
                **{label: int((labels == label).sum()) for label in LABELS[:UNSURE]},
                "changed": int((labels != first).sum()),
            }
        )
    return pd.DataFrame(rows)


def _rule_words(options: dict[str, Any]) -> str:
    rule = str(options.get("rule", "queen"))
    if rule == "nearest":
        return f"{options.get('k')} nearest"
    return f"within {options.get('distance')} m" if rule == "distance" else rule
