"""The nouns: small frozen records that the rooms hand to each other.

Field names are the words of docs/words.md. Frames inside a record are indexed by area code unless
the field says otherwise. No record computes anything beyond looking itself up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Notice:
    """One thing that was repaired, left out, assumed or found odd.

    Attributes
    ----------
    kind : str
        Short stable key, such as ``"weights-year"``.
    message : str
        One plain sentence.
    codes : tuple of str
        Areas concerned; empty when it concerns the whole.
    """

    kind: str
    message: str
    codes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Level:
    """A kind of area: `key` is ``"lad"``, ``"itl3"``, ...; `pattern` a regular expression of codes."""

    key: str
    title: str
    plural: str
    pattern: str
    parent: str | None
    counts: Mapping[int, int]


@dataclass(frozen=True)
class Vintage:
    """Which level and years a list of codes belongs to.

    `first_year` to `last_year` is the run of years with the same codes (LAD 2021 equals 2022);
    `year` is `first_year`. `unknown` are codes that no level has, `wrong_level` those of others,
    `retired` those that had ended by `first_year`; `doubled` are those of them whose successor is
    listed too. `notices` say what was repaired.
    """

    level: str
    first_year: int
    last_year: int
    matched: int
    unknown: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    wrong_level: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def year(self) -> int:
        """The first year in which these codes were in force."""
        return self.first_year

    def fitting(self, year: int) -> int:
        """Return `year` if these codes were in force then, else the first year they were.

        ITL areas are called by their edition, 2021 or 2025.
        """
        if self.level.startswith("itl"):
            return self.first_year
        return year if self.first_year <= year <= self.last_year else self.first_year

    def __str__(self) -> str:
        years = (
            str(self.first_year)
            if self.first_year == self.last_year
            else (f"{self.first_year}-{self.last_year}")
        )
        return f"{self.matched} codes of level {self.level}, vintage {years}"


@dataclass(frozen=True)
class Metric:
    """A published measure: what it is, and one row per area and period.

    Attributes
    ----------
    key, title, unit : str
        Catalogue key (or a slug of the title), title and unit as printed.
    higher_is : {"better", "worse"} or None
        None where the catalogue does not know it; it is never guessed.
    statistic : str
        count, rate, mean, median, index or score.
    scale : str
        ratio, bounded or interval.
    basis : str
        residence, workplace or "" where it does not apply.
    default_weight : str
        What the areas should be weighted by, in words.
    source, licence : str
        Attribution, as it has to be printed.
    table : DataFrame
        Columns code, period, name, level, value, lower, upper, se, se_source, status, note,
        period_raw, row; unique on (code, period). `status` is "" beside a value, else the reason it
        is missing. `se_source` says what the standard error comes from: published, limits, cv, rolled
        up, or "".
    file : str
        Name of the file it was read from.
    price_basis : {"", "current", "constant"}
        Whether money is of the year itself, or of one base year (chained volume); "" for no money.
    denominator : str
        What a rate is per, such as "1,000 people"; "" where it is no rate.
    smoothing : str
        How the publisher smoothed the series over years; "" if it did not.
    period_type : str
        What a period stands for, such as "calendar year", "financial year", "snapshot".
    vintage : int
        Year of the area codes where the publication states it, else 0: `detect_vintage` finds it.
    breaks : tuple of str
        Periods in which a series starts anew, so that it does not compare with what was before.
    notices : tuple of Notice
        What reading it repaired or left out.
    """

    key: str
    title: str
    unit: str
    higher_is: str | None
    statistic: str
    scale: str
    basis: str
    default_weight: str
    source: str
    licence: str
    table: pd.DataFrame
    file: str = ""
    price_basis: str = ""
    denominator: str = ""
    smoothing: str = ""
    period_type: str = ""
    vintage: int = 0
    breaks: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def periods(self) -> tuple[str, ...]:
        """Every period that has a row, sorted."""
        return tuple(sorted(self.table["period"].unique()))

    def at(self, period: str | int, level: str | None = None) -> pd.DataFrame:
        """Return the rows of one period, and of one level if named.

        Parameters
        ----------
        period : str or int
            2021 means "2021".
        level : str, optional
            Key of a level, such as ``"lad"``; all levels unless given.

        Returns
        -------
        DataFrame
            Indexed by code: name, level, value, se, lower, upper, status, note.

        Raises
        ------
        InputError
            If the metric has no such period; the message lists those it has.
        """
        from spatial_gaps.checks import check_choice

        wanted = str(period)
        check_choice(wanted, self.periods, "period", self.file or self.title)
        rows = self.table[self.table["period"] == wanted]
        if level is not None:
            rows = rows[rows["level"] == level]
        columns = ["name", "level", "value", "se", "lower", "upper", "status", "note"]
        return rows.set_index("code")[columns].sort_index()

    def __str__(self) -> str:
        of = f" ({self.unit})" if self.unit else ""
        missing = int(self.table["value"].isna().sum())
        lacking = f" and {missing:,} missing" if missing else ""
        ends = dict.fromkeys((self.periods[0], self.periods[-1]))
        period = "no period stated" if list(ends) == ["all"] else " to ".join(ends)
        return f"{self.title}{of}, {len(self.table) - missing:,} figures{lacking}, {period}"


@dataclass(frozen=True)
class Estimate:
    """One published figure with its uncertainty: a benchmark, or a region's own figure."""

    code: str
    name: str
    value: float
    se: float
    source: str


@dataclass(frozen=True)
class Gap:
    """How far apart the best and the worst places are; bigger is worse.

    `top` and `bottom` are the means of the areas that hold the best-off and the worst-off fifth of
    the weight (an area on the edge counts in part); `difference` is positive by construction.
    `corrected`, with `lower` and `upper`, is the difference of the true values: sampling noise makes
    published figures look further apart than they are.
    """

    top: float
    bottom: float
    difference: float
    ratio: float
    best: str
    worst: str
    range: float
    n: int
    higher_is: str
    weighted: bool
    corrected: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")

    def __str__(self) -> str:
        whom = "people" if self.weighted else "areas"
        return (
            f"The best-off fifth of {whom} live at {self.top:,.1f}, the worst-off at "
            f"{self.bottom:,.1f}: a gap of {self.difference:,.1f}, or {self.ratio:.2f} to 1."
        )


@dataclass(frozen=True)
class Decomposition:
    """Where inequality lives, tier by tier.

    Attributes
    ----------
    index : str
        theil, mld, variance or ge.
    total : float
        The index over all areas.
    parts : DataFrame
        Indexed by tier, outermost first, "within" last: value, share, corrected (the share in the
        true figures, sampling noise taken out), lower, upper (its 95 % interval), p. Values add up
        to `total`.
    regions : DataFrame
        Indexed by outermost group: weight, mean, within (>= 0) and between (signed) parts.
    """

    index: str
    total: float
    parts: pd.DataFrame
    regions: pd.DataFrame

    def __str__(self) -> str:
        if not self.total > 0:
            return f"All areas have the same figure, so there is no {self.index} to split."
        *tiers, inner = self.parts["share"].items()
        between = ", ".join(f"{share:.0%} lies between {tier}" for tier, share in tiers)
        return f"Of {self.index} {self.total:.4g}, {between} and {inner[1]:.0%} within."


@dataclass(frozen=True)
class Moran:
    """Global Moran's I with its moments, permutation p and what was done about islands.

    `variance` is under randomisation. `corrected` takes the attenuation by sampling error out
    (nan without standard errors, or where they make up over 60 % of the spread).
    """

    I: float  # noqa: E741
    expected: float
    variance: float
    variance_normality: float
    z: float
    p: float
    permutations: int
    seed: int
    n: int
    islands: tuple[str, ...]
    policy: str
    corrected: float = float("nan")
    noise_share: float = float("nan")
    components: int = 0
    status: str = ""

    def __str__(self) -> str:
        if self.status:
            return f"Moran's I is undefined: {self.status}."
        return (
            f"Moran's I {self.I:.3f} (expected {self.expected:.3f} by chance, p {self.p:.2g}) over "
            f"{self.n} areas; {len(self.islands)} without a neighbour left out."
        )


@dataclass(frozen=True)
class Breaks:
    """Class limits, colours and legend labels that every output of one map shares.

    `edges` has one number more than `colours`; class k holds edges[k] <= value < edges[k + 1], the
    last one its upper edge too.
    """

    edges: tuple[float, ...]
    colours: tuple[str, ...]
    labels: tuple[str, ...]
    scheme: str


@dataclass(frozen=True)
class Comparison:
    """Two periods of one series side by side: what `change_since` found.

    Attributes
    ----------
    table : DataFrame
        Indexed by code: columns of `trend`.
    first, last : str
        The two periods.
    years : float
        Between their starts.
    figures : DataFrame
        Areas by periods: figures of all periods from the first to the last that compare.
    rho : float
        Correlation of the errors of one area in the two that was reckoned with; nan without errors.
    rho_source : {"given", "estimated", "overlap", ""}
        Where it comes from: estimated, less its own standard error, or no more than the share of
        months that the two have in common.
    overlap : float
        That share.
    breaks : tuple of str
        Periods between `since` and the last in which the series starts anew.
    nation : Estimate or None
        Change of the nation's published figure; None if it was not published in both.
    left_out : DataFrame
        Areas without a verdict: code, name, reason.
    unit : str
        Unit of the figures.
    notices : tuple of Notice
        What was moved, left out or assumed.
    """

    table: pd.DataFrame
    first: str
    last: str
    years: float
    figures: pd.DataFrame
    rho: float
    rho_source: str
    overlap: float
    breaks: tuple[str, ...]
    nation: Estimate | None
    left_out: pd.DataFrame
    unit: str = ""
    notices: tuple[Notice, ...] = ()

    def count(self, verdict: str, column: str = "verdict") -> int:
        """Return how many areas have a verdict, such as "better"."""
        return int((self.table[column] == verdict).sum())

    def __str__(self) -> str:
        assessed = len(self.table) - self.count("not assessable")
        if not assessed:
            return f"No area can be assessed from {self.first} to {self.last}."
        return (
            f"From {self.first} to {self.last}, {self.count('better')} of {assessed} areas became "
            f"better beyond sampling error and {self.count('worse')} worse; the change of "
            f"{self.count('within sampling error')} is within sampling error."
        )
