"""A directory of postcodes as ONS publishes it (NSPL, ONSPD): postcode to area, in little memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spatial_gaps.errors import InputError

if TYPE_CHECKING:
    from spatial_gaps.checks import Array

# Postcodes without blanks have at most seven signs.
_LONGEST = 7
_NAMES = ("pcds", "pcd", "pcd2", "pcd7", "pcd8", "postcode")


@dataclass(frozen=True)
class Postcodes:
    """Which area every postcode is in.

    Attributes
    ----------
    postcodes : ndarray of bytes, shape (n,)
        Without blanks, capitals, sorted.
    area : ndarray of int, shape (n,)
        Position in `codes`.
    codes : Index
        Area codes.
    """

    postcodes: Array
    area: Array
    codes: pd.Index

    def areas_of(self, postcodes: pd.Series[Any]) -> Array:
        """Return the position in `codes` of each postcode, -1 where the directory has none."""
        wanted = plain(postcodes)
        at = np.searchsorted(self.postcodes, wanted).clip(max=max(len(self.postcodes) - 1, 0))
        if not len(self.postcodes):
            return np.full(len(wanted), -1)
        return np.where(self.postcodes[at] == wanted, self.area[at], -1)


def plain(postcodes: pd.Series[Any]) -> Array:
    """Return postcodes as bytes without blanks, in capitals; what can be none is empty."""
    text = postcodes.astype("string").fillna("").str.replace(r"\s+", "", regex=True).str.upper()
    text = text.where((text.str.len() <= _LONGEST) & text.str.fullmatch(r"[A-Z0-9]+"), "")
    return text.to_numpy(dtype=f"S{_LONGEST}")


def read_postcodes(path: str | os.PathLike[str], area: str) -> Postcodes:
    """Read a directory of postcodes.

    Parameters
    ----------
    path : path
        CSV of NSPL or ONSPD: a postcode per row (pcds or pcd), and columns of area codes.
    area : str
        Column of the areas that are wanted, such as laua, lad23cd, msoa21 or lsoa21cd.

    Returns
    -------
    Postcodes
        2.7 million of them take 30 MB.

    Raises
    ------
    InputError
        If the file cannot be read or lacks the columns.
    """
    file = Path(path)
    try:
        names = pd.read_csv(file, nrows=0).columns
    except (OSError, ValueError) as error:
        raise InputError(
            f"the directory of postcodes cannot be read: {error}", file=file
        ) from error
    known = {str(name).strip().lower(): str(name) for name in names}
    own = next((known[name] for name in _NAMES if name in known), None)
    if own is None:
        raise InputError(
            "has no column of postcodes",
            file=file,
            hint=f"One is called {' or '.join(_NAMES[:2])}.",
        )
    if area.lower() not in known:
        raise InputError(
            "has no such column of areas", file=file, column=area, choices=tuple(names),
            hint="It has these",
        )  # fmt: skip
    frame = pd.read_csv(file, usecols=[own, known[area.lower()]], dtype="string")
    key = plain(frame[own])
    area_of, codes = pd.factorize(frame[known[area.lower()]], sort=True)
    kept = (key != b"") & (area_of >= 0)
    order = np.argsort(key[kept], kind="stable")
    return Postcodes(key[kept][order], area_of[kept][order].astype(np.int32), pd.Index(codes))
