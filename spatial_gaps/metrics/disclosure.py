"""Small counts that could tell who somebody is: left out, rounded, and guarded by a second one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spatial_gaps.checks import check_count
from spatial_gaps.errors import InputError

FEW, SECOND = (
    "fewer records than may be shown",
    "left out so that a total does not give another away",
)


@dataclass(frozen=True)
class Disclosure:
    """A rule by which small counts are kept back.

    Attributes
    ----------
    minimum : int
        Areas with fewer records, but one at least, have no figure.
    base : int
        Counts are rounded to the nearest multiple; 1 leaves them.
    within : Series or None
        Parent of each area by code: where one area of a parent is left out, the next smallest goes
        too, as the parent's total would give the one away.
    """

    minimum: int = 10
    base: int = 1
    within: pd.Series | None = None

    def __post_init__(self) -> None:
        check_count(self.minimum, "minimum", 1)
        check_count(self.base, "base", 1)

    def apply(self, table: pd.DataFrame, *, is_count: bool) -> pd.DataFrame:
        """Return a table of areas with the rule applied.

        Parameters
        ----------
        table : DataFrame
            Indexed by code: n, value, se, status.
        is_count : bool
            Whether the value is a count itself, which is rounded with n.

        Returns
        -------
        DataFrame
            Values of areas that are left out are nan, their n too; status says why.
        """
        counts = table["n"].to_numpy(dtype=float)
        few = (counts > 0) & (counts < self.minimum)
        second = self._second(table.index, counts, few)
        shown = table.copy()
        hidden = few | second
        shown["n"] = _rounded(counts, self.base)
        if is_count:
            shown["value"] = _rounded(table["value"].to_numpy(dtype=float), self.base)
        shown.loc[hidden, ["n", "value", "se"]] = np.nan
        shown.loc[few, "status"], shown.loc[second, "status"] = FEW, SECOND
        return shown

    def _second(self, codes: pd.Index, counts: np.ndarray, few: np.ndarray) -> np.ndarray:
        """Return the areas that are left out for the sake of one other of their parent."""
        second = np.zeros(len(codes), dtype=bool)
        if self.within is None:
            return second
        parents = self.within.reindex(codes)
        if parents.isna().any():
            raise InputError(
                "areas have no parent to be kept back within", offenders=list(codes[parents.isna()])
            )
        for _, at in pd.Series(range(len(codes))).groupby(parents.to_numpy()):
            own = at.to_numpy()
            if few[own].sum() == 1:
                others = own[~few[own] & (counts[own] > 0)]
                if len(others):
                    second[others[np.argmin(counts[others])]] = True
        return second


def _rounded(values: np.ndarray, base: int) -> np.ndarray:
    """Round to multiples, halves up, as tables of counts are."""
    return values if base == 1 else np.floor(values / base + 0.5) * base
