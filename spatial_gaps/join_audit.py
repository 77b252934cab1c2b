"""The account of a join: what became of every area and of every row of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spatial_gaps.records import Notice

if TYPE_CHECKING:
    import pandas as pd

REFUSED = "refused-"
LISTED = 12
TITLES = {
    "missing": "without a figure",
    "retired": "rows with a code that is not in force",
    "duplicated": "of them for people who have another row too",
    "wrong_level": "rows of another level, left aside",
    "unknown": "rows with a code that no register knows",
}


@dataclass(frozen=True)
class JoinAudit:
    """What became of every area and of every row of the file for one period.

    Each frame has the columns code, name and reason (`retired` also replaced_by).

    Attributes
    ----------
    level, period : str
        Level and period that were joined.
    vintage : int
        Vintage of the areas; 0 for levels of which there is no register.
    n_areas, matched : int
        Areas there are; areas that have a row in the file, with a figure or without.
    missing : DataFrame
        Areas without a figure and why: the publisher's marker, or no row at all.
    retired, wrong_level, unknown : DataFrame
        Rows of the file that belong to no area of this level and vintage. Each row is matched, in
        one of these frames, or in the notice "outside" (areas of this level that were not given).
    duplicated : DataFrame
        The rows of `retired` that are doubled: the code stands beside its own successor or
        predecessor, both with a figure, so that adding up the file counts the same people twice.
        (A code that stands there twice in one period is refused when the file is read.)
    coverage : str
        "United Kingdom", "Great Britain", "England and Wales", "England", or the nations named.
    notices : tuple of Notice
        What was assumed or looked odd; see also `refusals`.
    coverage_share, people_share : float
        Share, 0 to 1, of the people of the United Kingdom, and of those of the areas, who live in
        areas with a figure (packaged population, mid-2021); nan for levels without a register.
    """

    level: str
    vintage: int
    period: str
    n_areas: int
    matched: int
    missing: pd.DataFrame
    retired: pd.DataFrame
    duplicated: pd.DataFrame
    wrong_level: pd.DataFrame
    unknown: pd.DataFrame
    coverage: str
    notices: tuple[Notice, ...] = ()
    coverage_share: float = float("nan")
    people_share: float = float("nan")

    @property
    def n_values(self) -> int:
        """Areas that have a figure."""
        return self.n_areas - len(self.missing)

    @property
    def refusals(self) -> tuple[Notice, ...]:
        """Why `join_metrics` refuses this join unless told ``strict=False``; empty if it does not."""
        return tuple(notice for notice in self.notices if notice.kind.startswith(REFUSED))

    def counts(self) -> dict[str, int | str]:
        """Return the audit as the numbers that summary.json prints."""
        counted: dict[str, int | str] = {"matched": self.matched}
        counted.update({name: len(getattr(self, name)) for name in TITLES})
        return counted | {"coverage": self.coverage}

    def __str__(self) -> str:
        which = f"{self.level} {self.vintage}" if self.vintage else self.level
        lines = [
            f"{self.n_areas} areas ({which}), period {self.period}, coverage {self.coverage}: "
            f"{self.n_values} have a figure, {len(self.missing)} have none."
        ]
        if self.coverage_share >= 0:
            lines.append(
                f"  Those with a figure are home to {_percent(self.people_share)} of the people of "
                f"these areas, {_percent(self.coverage_share)} of those of the United Kingdom "
                "(mid-2021)."
            )
        for name, title in TITLES.items():
            frame = getattr(self, name)
            if len(frame):
                lines.append(f"  {len(frame)} {title}")
                lines += _reasons(frame)
        lines += [f"  note: {notice.message}" for notice in self.notices]
        return "\n".join(lines)


def _percent(share: float) -> str:
    """Return a share in percent; only the whole is ever called 100 %."""
    return "over 99.9%" if 0.9995 <= share < 1 else f"{share:.1%}"


def _reasons(frame: pd.DataFrame) -> list[str]:
    """Return how often each reason holds, and the areas themselves if they are few."""
    counted = [f"    {n}: {reason}" for reason, n in frame["reason"].value_counts().items()]
    if len(frame) > LISTED:
        return counted
    named = zip(frame["code"], frame["name"], strict=True)
    return counted + [f"      {code} {name}" for code, name in named]
