"""What the packaged facts know of neighbours: true borders, centroids, bridges and ferries."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_choice
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.pieces import upper_tier_of
from spatial_gaps.geography.register import areas as register
from spatial_gaps.geography.shared_borders import shared_borders
from spatial_gaps.geography.vintages import detect_vintage
from spatial_gaps.locate.borders import Array
from spatial_gaps.records import Vintage

DEFAULT_VINTAGE = 2023


def packaged_pairs(codes: pd.Index, rule: str, vintage: int | None) -> tuple[Array, str]:
    """Look up the true neighbours of areas.

    Parameters
    ----------
    codes : Index of str, shape (n,)
        Areas of one level and vintage.
    rule : {"queen", "rook"}
        "rook" leaves out those that meet in points only.
    vintage : int or None
        Which of the years with these codes; 2023 or else the first unless given.

    Returns
    -------
    pairs : ndarray, shape (m, 2)
        Positions in `codes`.
    source : str
        The official layer that they were found in.

    Raises
    ------
    InputError
        If no neighbours are packaged for the level and vintage.
    JoinError
        If a code is not in the register.
    """
    own = _vintage_of(codes)
    facts = shared_borders(own.level)
    years = facts["vintage"].astype(int)
    fitting = sorted(years[years.between(own.first_year, own.last_year)].unique())
    if not fitting:
        raise InputError(
            f"no neighbours are packaged for level {own.level}, vintage {own.year}",
            hint="Give boundaries with shapes (--boundaries FILE).",
        )
    if vintage is not None:
        check_choice(vintage, fitting, "vintage of neighbours", "these codes")
    # Codes that never changed fit many years.
    usual = DEFAULT_VINTAGE if DEFAULT_VINTAGE in fitting else fitting[0]
    chosen = usual if vintage is None else vintage
    facts = facts[years == chosen]
    source = str(facts["source"].iloc[0])
    if rule == "rook":
        facts = facts[facts["border_m"] > 0]
    return _positions(codes, facts), source


def packaged_centroids(codes: pd.Index) -> Array:
    """Return easting and northing of areas, shape (n, 2), in metres, from the register."""
    own = _vintage_of(codes)
    return register(own.level, own.year).loc[codes, ["easting", "northing"]].to_numpy(dtype=float)


def packaged_links(codes: pd.Index) -> Array:
    """Return positions of the pairs of areas that a bridge, a tunnel or a ferry joins."""
    links = table("links")
    if codes.str.startswith("E10").any():
        upper = upper_tier_of(DEFAULT_VINTAGE)
        links = links.assign(**{end: links[end].map(upper).fillna(links[end]) for end in "ab"})
    return _positions(codes, links)


def _vintage_of(codes: pd.Index) -> Vintage:
    """Return the vintage that every code belongs to."""
    own = detect_vintage(codes)
    strange = codes.difference(register(own.level, own.year).index)
    if len(strange):
        raise JoinError(
            f"areas are not in the register of level {own.level}, vintage {own.year}",
            offenders=list(strange),
            hint="Take them out, or give boundaries with shapes (--boundaries FILE).",
        )
    return own


def _positions(codes: pd.Index, facts: pd.DataFrame) -> Array:
    """Return positions of the pairs a, b of which both are among the codes."""
    pairs = np.column_stack([codes.get_indexer(pd.Index(facts[name])) for name in ("a", "b")])
    return np.asarray(pairs[(pairs >= 0).all(axis=1)])
