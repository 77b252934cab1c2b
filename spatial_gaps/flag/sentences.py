"""The plain sentence of each area: what it is, against whom, how sure, and why not more."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from spatial_gaps.measure.wording import format_chance, format_value


@dataclass(frozen=True)
class Wording:
    """Words for sentences.

    Attributes
    ----------
    names, parents : Series
        Name of each area and of each parent, by code; codes are used where they are missing.
    noun : str
        What is measured, such as "median weekly pay".
    unit : str
        As for `format_value`.
    nation : str
        Whose figure the benchmark is, such as "the UK".
    """

    names: pd.Series = field(default_factory=lambda: pd.Series(dtype=str))
    parents: pd.Series = field(default_factory=lambda: pd.Series(dtype=str))
    noun: str = "the figure"
    unit: str = ""
    nation: str = "the nation"


REGIONS_WITH_THE = (
    "East of England",
    "West Midlands",
    "East Midlands",
    "North East",
    "North West",
    "South East",
    "South West",
)


def with_the(name: str) -> str:
    """Return a region's name as it stands in a sentence: "the South East", but "London"."""
    return f"the {name}" if name.startswith(REGIONS_WITH_THE) else name


def pocket_sentences(table: pd.DataFrame, wording: Wording, sign: float) -> list[str]:
    """Return one sentence per row of the pockets table.

    Parameters
    ----------
    table : DataFrame
        Columns of `find_pockets`, indexed by code.
    wording : Wording
        Names, noun and unit.
    sign : float
        1 if higher is better, -1 if worse.
    """
    return [_sentence(row, wording, sign) for row in table.itertuples()]


def _sentence(row: object, wording: Wording, sign: float) -> str:
    code, parent = str(row.Index), str(row.parent)  # type: ignore[attr-defined]
    name = str(wording.names.get(code, code))
    home = with_the(str(wording.parents.get(parent, parent)))

    def show(value: float) -> str:
        return format_value(value, wording.unit)

    value, line, verdict = row.value, row.benchmark, row.verdict  # type: ignore[attr-defined]
    national = row.national  # type: ignore[attr-defined]
    if pd.isna(value):
        return f"{name}: no figure was published, so nothing can be said."
    own = f"{wording.nation}'s {show(national)}"
    held = own if line == national else f"the line of {show(line)}"
    text = f"{name}: {wording.noun} {show(value)}"
    worse, better = ("below", "above") if sign > 0 else ("above", "below")
    if not row.below:  # type: ignore[attr-defined]
        side = worse if sign * (value - line) < 0 else better if value != line else "at"
        text += f", {side} {held}"
        return f"{text}." if verdict != "watch" else f"{text}; {_sure(row)}."
    figure = show(row.parent_value)  # type: ignore[attr-defined]
    kind = "" if row.parent_source == "published" else ", the mean of its other areas,"  # type: ignore[attr-defined]
    side = worse if value != line else "at"
    beyond = "it" if line == national else own
    text += f" is {side} {held}, while {home} at {figure}{kind} is {better} {beyond}"
    return f"{text}; {_sure(row)}. {_shown_by(str(row.visible_at), worse)}"  # type: ignore[attr-defined]


def _shown_by(tier: str, worse: str) -> str:
    """Say at which tier somebody looking at averages would see it."""
    if tier.startswith("itl"):
        return f"Its {tier.upper()} area as a whole is {worse} the line too."
    return "No average of a larger area shows it."


def _sure(row: object) -> str:
    """Say how sure, in words and as a probability."""
    p, verdict = row.p_pocket, row.verdict  # type: ignore[attr-defined]
    if verdict == "not assessable":
        return f"no verdict, because {row.reason}"  # type: ignore[attr-defined]
    words = {
        "confirmed": "a confirmed pocket",
        "likely": "a likely pocket",
        "watch": "one to watch",
        "no": "not shown to be a pocket",
    }
    return f"{words[verdict]} (probability {format_chance(p)})"
