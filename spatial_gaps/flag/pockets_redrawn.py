"""Would it be a pocket if the regions were others? The modifiable areal unit problem, per area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_count, check_direction
from spatial_gaps.errors import InputError
from spatial_gaps.flag.pockets import FEWEST_OTHERS, LIKELY
from spatial_gaps.locate.redrawing import redraw_regions
from spatial_gaps.locate.weights import on_graph

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

REDRAWS = 200


def pockets_redrawn(
    pockets: pd.DataFrame,
    graph: GraphLike,
    *,
    higher_is: str | None,
    regions: int | None = None,
    redraws: int = REDRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Draw the regions anew, again and again, and say in how many maps each area is a pocket.

    An area is a pocket on a map if it is deprived with a probability of at least a half and the
    weighted mean of the estimates of its region, with and without the area itself, is above the
    national figure.

    Parameters
    ----------
    pockets : DataFrame, shape (n, ...)
        As `find_pockets` returns it.
    graph : Graph or Series
        Neighbours: regions are connected by them.
    higher_is : {"better", "worse"}
        As for `find_pockets`; required.
    regions : int, optional
        How many regions; as many as there are parents now unless given.
    redraws : int
        How many maps.
    seed : int
        Seed of the maps.

    Returns
    -------
    DataFrame
        On the index of `pockets`: redrawn (share of maps on which it is a pocket; nan without a
        figure), affluent_redrawn (share of maps on which its region is affluent), own (whether it
        is one by the means of its present region).

    Raises
    ------
    InputError
        If columns are missing, or there are not fewer regions than areas.
    JoinError
        If the graph is of other areas.
    """
    sign = 1.0 if check_direction(higher_is) == "better" else -1.0
    lacking = {"estimate", "p_deprived", "national", "people", "parent"} - set(pockets)
    if lacking:
        raise InputError(
            f"the table lacks {sorted(lacking)}", hint="Give what find_pockets returned."
        )
    placed = on_graph(pockets["estimate"], graph, "keep", "binary")
    table = pockets.loc[placed.codes[placed.used]]
    estimate = sign * table["estimate"].to_numpy(float)
    people = table["people"].fillna(1.0).to_numpy(float)
    national = sign * table["national"].to_numpy(float)
    own = pd.factorize(table["parent"], sort=True)[0]
    k = check_count(regions or own.max() + 1, "regions", 1, len(table) - 1)
    poor = table["p_deprived"].to_numpy(float) >= LIKELY

    def is_affluent(region: np.ndarray) -> np.ndarray:
        number = np.unique(region, return_inverse=True)[1]
        weight, size = np.bincount(number, people)[number], np.bincount(number)[number]
        total = np.bincount(number, people * estimate)[number]
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = (total - people * estimate) / (weight - people)
        enough = size > FEWEST_OTHERS
        return np.asarray(enough & (np.fmin(rest, total / weight) > national))

    affluent = np.zeros(len(table))
    for region in redraw_regions(placed.links, k, check_count(redraws, "redraws", 1), seed):
        affluent += is_affluent(region)
    share = affluent / redraws
    out = pd.DataFrame(
        {"redrawn": share * poor, "affluent_redrawn": share, "own": poor & is_affluent(own)},
        index=table.index,
    ).reindex(pockets.index)
    out["own"] = out["own"].eq(True)
    return out
