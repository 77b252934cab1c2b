"""Tiers of groups over areas: pieces that lie whole in one group of every tier.

An area that straddles parents enters as pieces: same figure, weight split by its shares. Splitting
changes no index that adds up over people, so the parts of a decomposition still sum to the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_region
from spatial_gaps.errors import InputError, JoinError

# Shares of an area in the groups of a tier that differ by less agree.
SAME = 1e-6


@dataclass(frozen=True)
class Pieces:
    """Pieces of areas, sorted so that the groups of every tier are runs of neighbouring pieces.

    Attributes
    ----------
    area : ndarray of int, shape (pieces,)
        Number of the area a piece belongs to.
    share : ndarray, shape (pieces,)
        Share of the area's weight in the piece.
    starts : list of ndarray of int
        First piece of every group, tier by tier, outermost first.
    labels : list of ndarray
        Name of every group, tier by tier.
    tiers : list of str
        Name of every tier.
    """

    area: np.ndarray
    share: Array
    starts: list[np.ndarray]
    labels: list[np.ndarray]
    tiers: list[str]

    def sums(self, over: Array, tier: int) -> Array:
        """Return sums over the pieces of each group, along the last axis."""
        return np.asarray(np.add.reduceat(over, self.starts[tier], axis=-1))

    def group(self, tier: int) -> np.ndarray:
        """Return the number of the group that each piece lies in."""
        numbers = np.zeros(len(self.area), int)
        numbers[self.starts[tier][1:]] = 1
        return np.cumsum(numbers)

    def weight(self, n: Array) -> Array:
        """Return the weight of every piece."""
        return np.asarray(n[self.area] * self.share)


def cut_pieces(regions: Sequence[pd.Series[Any]], index: pd.Index[Any]) -> Pieces:
    """Cut areas along every tier; the innermost tier decides the pieces, outer tiers nest.

    Parameters
    ----------
    regions : sequence of Series
        Outermost first; labels by code, or shares on (code, parent). Their names become the tiers.
    index : Index
        Codes of the areas.

    Returns
    -------
    Pieces
        Groups are numbered in the order of their labels, inside their group of the tier above.

    Raises
    ------
    JoinError
        If an area has no group, or the tiers do not nest; the areas or groups are named.
    """
    if not isinstance(regions, (list, tuple)) or not all(
        isinstance(region, pd.Series) for region in regions
    ):
        raise InputError("regions have to be a list of Series, outermost first")
    if not len(regions):
        raise JoinError("no grouping was given", hint="Give a list of Series, outermost first.")
    tiers = [str(region.name or f"tier_{i + 1}") for i, region in enumerate(regions)]
    shares = [
        check_region(region, index, tier) for region, tier in zip(regions, tiers, strict=True)
    ]
    inner = shares[-1][shares[-1] > 0]
    codes = inner.index.get_level_values("code")
    columns = [pd.Series(inner.index.get_level_values("parent"), index=range(len(inner)))]
    for outer, tier in zip(shares[-2::-1], tiers[-2::-1], strict=True):
        columns.insert(0, _outer_of(columns[0], codes, outer, tier))
        _check_shares(inner.set_axis(pd.MultiIndex.from_arrays([codes, columns[0]])), outer, tier)
    numbers = [pd.factorize(column, sort=True) for column in columns]
    order = np.lexsort([number for number, _ in reversed(numbers)])
    starts, labels = [], []
    for number, names in numbers:
        ordered = number[order]
        new = np.append(True, ordered[1:] != ordered[:-1])
        starts.append(np.flatnonzero(new))
        labels.append(np.asarray(names)[ordered[new]])
    area = index.get_indexer(codes)[order]
    return Pieces(area, inner.to_numpy(float)[order], starts, labels, tiers)


def _outer_of(
    inner: pd.Series[Any], codes: pd.Index[Any], outer: pd.Series[Any], tier: str
) -> pd.Series[Any]:
    """Find the outer parent of every piece, through the areas that have only one."""
    parents = outer.reset_index(name="share")
    whole = parents[~parents["code"].duplicated(keep=False)].set_index("code")["parent"]
    found = pd.Series(whole.reindex(codes).to_numpy(), index=inner.index)
    known = pd.DataFrame({"inner": inner, "outer": found}).dropna().drop_duplicates()
    unique = known[~known["inner"].duplicated(keep=False)].set_index("inner")["outer"]
    found = found.fillna(inner.map(unique))
    twice = known.loc[known["inner"].duplicated(), "inner"]
    if found.isna().any() or len(twice):
        raise JoinError(
            f"the groups do not nest in '{tier}'",
            offenders=sorted(set(map(str, twice)) | set(map(str, inner[found.isna()]))),
            hint="Give the tiers outermost first, each group inside one group of the tier before.",
        )
    return found


def _check_shares(pieces: pd.Series[Any], outer: pd.Series[Any], tier: str) -> None:
    """Raise `JoinError` where an area's pieces do not add up to its shares in the outer tier."""
    summed = pieces.groupby(level=[0, 1]).sum().rename_axis(outer.index.names)
    off = outer.sub(summed, fill_value=0.0).abs() > SAME
    if off.any():
        raise JoinError(
            f"areas have other shares in '{tier}' than their groups inside it add up to",
            offenders=sorted(set(map(str, off.index[off].get_level_values(0)))),
            hint="Take the shares of all tiers from one lookup: an area splits as its groups do.",
        )
