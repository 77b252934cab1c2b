"""What `levelling` returns, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.measure.wording import format_value

NOT_ASSESSABLE = "not assessable"
HOW = {
    "levelled up": "the same places are catching up because the rest rose (levelling up)",
    "levelled down": "the same places are catching up, but because the top fell (levelling down)",
    "stalled top": "the same places are catching up, but because the top grew below its own earlier "
    "trend (a stalled top)",
    "cause not clear": "the same places are catching up, though it is not certain who moved",
}


@dataclass(frozen=True)
class Levelling:
    """Whether the gap between the best-off places and the rest has closed, and who moved.

    A gap is always that by which the rest are worse off, whatever the direction; changes below 0
    are closing. On a ratio scale everything but `members` is in logarithms.

    Attributes
    ----------
    closing : {"closing", "widening", "no clear change", "not assessable"}
        "closing" needs both: the same places caught up, and the distribution narrowed.
    how : str
        "levelled up", "levelled down" (the top fell), "stalled top" (it grew below its own earlier
        trend), "cause not clear", "widened", or "" where nothing has been shown.
    bottom : {"catching up", "falling behind", "no clear change", "not assessable"}
        The worst-off share against all others, by the same two tests.
    reason : str
        Why there is no verdict, else "".
    groups : DataFrame
        Indexed by "top", "rest", "gap" and "bottom": before, after, change (published figures, fixed
        membership), growth (of the places), composition (of their weights), regression (what noise
        makes of the growth of places that were chosen by their figures), true_change (growth without
        that), lower, upper. The gap is top less rest in every column.
    tests : DataFrame
        Indexed by test ("same places", "distribution", "bottom", "top", "rest", "trend"): value,
        lower, upper, z. See `closing_tests`.
    periods : DataFrame
        Indexed by period: top, rest, bottom, gap (fixed membership, published) and gap_anew (that of
        the places that were best in the period itself).
    members : DataFrame
        Indexed by code: top and bottom, 0 to 1.
    power : DataFrame
        How often changes of four standard errors would be found; see `closing_power`.
    rho : float
        Correlation of the errors of base and last period; nan without standard errors.
    rho_source : {"estimated", "given", ""}
        Where it comes from.
    base, last, before : str
        The periods compared, and the one from which the earlier trend starts, or "".
    scale, higher_is, unit : str
        As given.
    share : float
        Of people at the top and at the bottom.
    n : int
        How many areas have figures in every period.
    left_out, imputed : tuple of str
        Areas that have not, and areas whose standard error was not published in some period.
    """

    closing: str
    how: str
    bottom: str
    reason: str
    groups: pd.DataFrame
    tests: pd.DataFrame
    periods: pd.DataFrame
    members: pd.DataFrame
    power: pd.DataFrame
    rho: float
    rho_source: str
    base: str
    last: str
    before: str
    scale: str
    higher_is: str
    unit: str
    share: float
    n: int
    left_out: tuple[str, ...]
    imputed: tuple[str, ...]

    def __str__(self) -> str:
        moved = self.groups["change"].to_dict()
        before, after = map(self._amount, self.groups[["before", "after"]].to_numpy()[2])
        text = (
            f"From {self.base} to {self.last}, in {self.n} areas, the published gap between the "
            f"best-off {self.share:.0%} of people and everyone else {_went(moved['gap'])} from "
            f"{before} to {after}: the best-off {self._moved(moved['top'])}, the rest "
            f"{self._moved(moved['rest'])}."
        )
        return " ".join([text, *self._certain()])

    def _certain(self) -> list[str]:
        """Say what holds when chance is taken out, and how much would have been found."""
        if self.reason:
            return [f"Whether it closed is not assessable: {self.reason}."]
        gap = dict(zip(self.groups, self.groups.to_numpy()[2], strict=True))
        text = (
            f"Of that, {self._amount(gap['regression'], sign=True)} is the luck of places chosen by "
            f"their figures; without it the gap changed by {self._amount(gap['true_change'], True)} "
            f"(95% interval {self._amount(gap['lower'], True)} to "
            f"{self._amount(gap['upper'], True)})."
        )
        said = [text, self._verdict()]
        if self.bottom == "catching up":
            said.append(f"The worst-off {self.share:.0%} are catching up with all others.")
        if len(self.power):
            size, found, _ = map(float, self.power.to_numpy()[0])
            said.append(
                f"A closing by {self._amount(size)}, all places alike, would have been found in "
                f"{found:.0%} of cases."
            )
        return said

    def _verdict(self) -> str:
        """Return the verdict in a sentence."""
        if self.closing == "closing":
            return f"It is closing: {HOW[self.how]}."
        if self.closing == "widening":
            return "It is widening, and places differ more than before."
        z = self.tests["z"]
        same, narrower = z["same places"] < -Z95, z["distribution"] < -Z95
        if same and not narrower:
            return (
                "The places that were on top fell back for certain, but others took their place: "
                "areas differ as much as before, so the gap is not shown to close."
            )
        if narrower and not same:
            return (
                "Areas differ less for certain, but not because the rest caught up with the places "
                "on top: that gap is not shown to close."
            )
        return "It is not shown to close, nor to widen."

    def _amount(self, value: float, sign: bool = False) -> str:
        """Return an amount of the gap, in per cent on a ratio scale."""
        if self.scale == "ratio":
            return f"{100 * np.expm1(value):{'+' * sign}.1f} %"
        text = format_value(value, "points" if self.unit == "%" else self.unit)
        text = f"{text} points" if self.unit == "%" else text
        return f"+{text}" if sign and value > 0 else text

    def _moved(self, change: float) -> str:
        if change == 0:
            return "did not change"
        return f"{'fell' if change < 0 else 'rose'} by {self._amount(abs(change))}"


def _went(change: float) -> str:
    return "closed" if change < 0 else "widened" if change > 0 else "stayed"
