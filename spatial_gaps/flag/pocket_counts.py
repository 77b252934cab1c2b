"""How many pockets there are: by point estimate, likely, confirmed, and how many of them are false."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from spatial_gaps.errors import InputError

NEEDED = ("verdict", "p_pocket", "below", "is_pocket", "people")


@dataclass(frozen=True)
class PocketCounts:
    """Counts of areas, as they are and as the probabilities lead one to expect.

    Attributes
    ----------
    assessed : int
        Areas with a verdict.
    below, watch, likely, confirmed : int
        Hidden by point estimate; by verdict.
    expected : float
        Sum of probabilities over assessed areas: how many there truly are.
    expected_false : float
        Sum of ``1 - p`` over likely and confirmed areas.
    expected_missed : float
        Sum of p over the others.
    people_below, people_pockets : float
        People in areas that are below, and in likely or confirmed ones; nan where not known.
    """

    assessed: int
    below: int
    watch: int
    likely: int
    confirmed: int
    expected: float
    expected_false: float
    expected_missed: float
    people_below: float
    people_pockets: float

    def __str__(self) -> str:
        """Say it in one sentence."""
        return (
            f"Of {self.assessed} areas assessed {self.below} are hidden by point estimate, "
            f"{self.confirmed} confirmed and {self.likely} likely; of the latter two about "
            f"{self.expected_false:.1f} are expected to be false, and about "
            f"{self.expected_missed:.1f} more among the others."
        )


def pocket_counts(pockets: pd.DataFrame) -> PocketCounts:
    """Count pockets, and say how many flags are expected to be false.

    Parameters
    ----------
    pockets : DataFrame, shape (n, ...)
        As `find_pockets` returns it, or some of its rows.

    Returns
    -------
    PocketCounts
        ``expected_false = sum of 1 - p_pocket over is_pocket``.

    Raises
    ------
    InputError
        If a column of `find_pockets` is missing.

    Examples
    --------
    >>> codes, three = list("abc"), [600.0, 500.0, 400.0]
    >>> table = pd.DataFrame(
    ...     {"verdict": ["confirmed", "likely", "no"], "p_pocket": [0.9, 0.6, 0.1],
    ...      "below": [True, True, False], "is_pocket": [True, True, False], "people": three},
    ...     index=codes)
    >>> counts = pocket_counts(table)
    >>> round(counts.expected_false, 6), round(counts.expected_missed, 6), counts.people_pockets
    (0.5, 0.1, 1100.0)
    """
    lacking = [column for column in NEEDED if column not in pockets]
    if lacking:
        raise InputError(f"the table lacks {lacking}", hint="Give what find_pockets returned.")
    counts = pockets["verdict"].value_counts()
    p, flagged = pockets["p_pocket"].fillna(0.0), pockets["is_pocket"]
    return PocketCounts(
        assessed=int((pockets["verdict"] != "not assessable").sum()),
        below=int(pockets["below"].sum()),
        watch=int(counts.get("watch", 0)),
        likely=int(counts.get("likely", 0)),
        confirmed=int(counts.get("confirmed", 0)),
        expected=float(p.sum()),
        expected_false=float((1 - p)[flagged].sum()),
        expected_missed=float(p[~flagged].sum()),
        people_below=float(pockets["people"][pockets["below"]].sum(skipna=False)),
        people_pockets=float(pockets["people"][flagged].sum(skipna=False)),
    )
