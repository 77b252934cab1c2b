"""The tests on an evidence card: each a sentence, and whether it speaks for a pocket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from spatial_gaps.flag.sentences import Wording, with_the
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.measure.wording import format_chance

RANKS_APART = 0.2


@dataclass(frozen=True)
class Finding:
    """A test in words, and whether it speaks for a pocket."""

    text: str
    agrees: bool


def findings_of(row: pd.Series[Any], sign: float, wording: Wording) -> list[Finding]:
    """Return the tests that can be made of a row of `find_pockets`.

    Parameters
    ----------
    row : Series
        The row of an area with a figure.
    sign : float
        1 if higher is better, -1 if worse.
    wording : Wording
        Names, noun, unit and nation.

    Returns
    -------
    list of Finding
        Limits at 1.96 standard errors; ranks count as apart from 20 percentiles on.
    """
    worse = "below" if sign > 0 else "above"
    home = with_the(str(wording.parents.get(row["parent"], row["parent"])))
    out = [
        Finding(f"its published figure is {worse} the line", True)
        if row["deprived"]
        else Finding(f"its published figure is not {worse} the line", False)
    ]
    if pd.notna(row["se"]):
        edge = sign * row["value"] + Z95 * row["se"]
        whole = edge < sign * row["benchmark"]
        lies = "lies wholly" if whole else "does not lie wholly"
        out.append(Finding(f"the 95 % interval of its figure {lies} {worse} the line", bool(whole)))
    if pd.notna(row["p_affluent"]):
        chance = format_chance(row["p_affluent"])
        out.append(
            Finding(f"{home} is affluent with a probability of {chance}", row["p_affluent"] > 0.5)
        )
    for column, against in (
        ("z_contrast", f"the mean of the other areas of {home}"),
        ("z_outlier", f"the other areas of {home}, their own spread counted"),
        ("z_border", "the mean of its neighbours"),
    ):
        z = sign * row[column] if column in row.index else float("nan")
        if pd.notna(z):
            side = worse if z < 0 else "on the good side of"
            enough = "" if z < -Z95 or z > 0 else " (1.96 would be significant)"
            text = f"{abs(z):.1f} standard errors {side} {against}{enough}"
            out.append(Finding(text, bool(z < -Z95)))
    if pd.notna(row["rank_gap"]):
        apart = abs(row["rank_gap"]) * 100
        side = worse if row["rank_gap"] > 0 else "on the good side of"
        out.append(
            Finding(
                f"{apart:.0f} percentiles of people {side} {home}", row["rank_gap"] >= RANKS_APART
            )
        )
    return [*out, *_where(row, worse)]


def _where(row: pd.Series[Any], worse: str) -> list[Finding]:
    """Return what neighbours and tiers say."""
    out = []
    if row["cluster"]:
        out.append(
            Finding(f"local Moran, after correction for many tests: {row['cluster']}",
                    row["cluster"] == "low-high" if worse == "below" else row["cluster"] == "high-low")
        )  # fmt: skip
    if "sink_depth" in row.index and pd.notna(row["sink_depth"]):
        sink = row["sink_depth"] > 0
        out.append(Finding("it is worse off than all its neighbours" if sink
                           else "a neighbour is worse off", sink))  # fmt: skip
    tier = str(row["visible_at"])
    if tier.startswith("itl"):
        out.append(Finding(f"the average of its {noun_of(tier)[0]} shows it already", False))
    elif tier:
        out.append(Finding("no average of a larger area shows it", True))
    return out
