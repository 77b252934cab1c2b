"""The plain sentence of each area with its two economies: both sides, and how sure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spatial_gaps.flag.economy_sides import Side
from spatial_gaps.flag.sentences import Wording
from spatial_gaps.measure.wording import format_chance, format_value

SURE = {
    "confirmed": "two economies, confirmed",
    "likely": "likely two economies",
    "watch": "perhaps two economies",
    "no": "not shown to be two economies",
}


def economy_sentences(
    table: pd.DataFrame, wordings: tuple[Wording, Wording], sides: tuple[Side, Side], exact: bool
) -> list[str]:
    """Return one sentence per row of the table of `two_economies`.

    Parameters
    ----------
    table : DataFrame
        All its other columns, indexed by code.
    wordings : tuple of Wording
        Of workplace and residence; the names of the first are used where it has them.
    sides : tuple of Side
        Both sides, for their direction and the kind of line.
    exact : bool
        Whether a side has no standard errors.
    """
    names = wordings[0].names if len(wordings[0].names) else wordings[1].names
    said = [
        [
            _side(value, line, wording, side, end)
            for value, line in zip(table[column], table[f"{column}_benchmark"], strict=True)
        ]
        for column, wording, side, end in zip(
            ("workplace", "residence"), wordings, sides, ("best-off", "worst-off"), strict=True
        )
    ]
    rows = zip(table.itertuples(), *said, strict=True)
    return [_sentence(row, str(names.get(row.Index, row.Index)), jobs, homes, exact)
            for row, jobs, homes in rows]  # fmt: skip


def _sentence(row: object, name: str, jobs: str, homes: str, exact: bool) -> str:
    verdict, reason = row.verdict, row.reason  # type: ignore[attr-defined]
    if "no figure" in reason:
        return f"{name}: no verdict, because {reason}."
    text = f"{name}: {jobs}, {'while' if row.apart else 'and'} {homes}"  # type: ignore[attr-defined]
    if verdict == "not assessable":
        return f"{text}; no verdict, because {reason}."
    taken = ", with figures that have no standard error taken as exact" if exact else ""
    chance = format_chance(row.p_two)  # type: ignore[attr-defined]
    return f"{text}; {SURE[verdict]} (probability {chance}{taken})."


def _side(value: float, line: float, wording: Wording, side: Side, end: str) -> str:
    """Say where one figure stands against its line."""
    own = f"{wording.noun} {format_value(value, wording.unit)} is"
    at = format_value(line, wording.unit)
    if np.isnan(side.national):
        inside = side.turn * (value - line) >= 0
        reach = "or more" if side.turn > 0 else "or less"
        return f"{own} {'in' if inside else 'not in'} the {end} fifth ({at} {reach})"
    place = "at" if value == line else "above" if value > line else "below"
    return f"{own} {place} {wording.nation}'s {at}"
