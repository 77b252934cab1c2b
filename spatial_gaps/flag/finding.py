"""The finding in plain sentences, the most important first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spatial_gaps.assessment import Assessment
from spatial_gaps.checks import words
from spatial_gaps.flag.sentences import Wording, with_the
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.measure.wording import format_value


def region_counts(regions: pd.DataFrame, region: pd.Series, pockets: pd.DataFrame) -> pd.DataFrame:
    """Add to each region how many of its areas are below the benchmark, likely and confirmed.

    Parameters
    ----------
    regions : DataFrame, shape (k, ...)
        Indexed by region code: name, value, se.
    region : Series, shape (n,)
        Region of each area.
    pockets : DataFrame, shape (n, ...)
        As `find_pockets` returns it.

    Returns
    -------
    DataFrame
        With value and source of what the pockets were held against, n (areas with a figure), below,
        likely, confirmed and people_below.
    """
    table = regions.copy()
    held = pockets["value"].notna()
    people = pockets["people"].fillna(1.0).where(held, 0.0)
    total = (pockets["value"].fillna(0.0) * people).groupby(region).sum()
    derived = (total / people.groupby(region).sum()).reindex(table.index)
    table["source"] = np.where(table["value"].notna(), "published", "derived")
    table["value"] = table["value"].fillna(derived)
    columns = {
        "n": held,
        "below": pockets["below"],
        "likely": pockets["verdict"] == "likely",
        "confirmed": pockets["verdict"] == "confirmed",
    }
    for name, mask in columns.items():
        table[name] = mask.groupby(region).sum().reindex(table.index).fillna(0).astype(int)
    living = pockets["people"].where(pockets["below"], 0.0).groupby(region).sum(min_count=1)
    table["people_below"] = living.reindex(table.index)
    return table


def _plural(count: int, singular: str, plural: str) -> str:
    return f"{count} {singular if count == 1 else plural}"


def _listed(table: pd.DataFrame, wording: Wording, most: int = 12) -> str:
    names = [str(wording.names.get(code, code)) for code in table.index]
    shown = names[:most]
    return (
        words(shown) if len(names) <= most else f"{', '.join(shown)} and {len(names) - most} more"
    )


def headline(assessment: Assessment, wording: Wording, areas: Sequence[str]) -> str:
    """Say which regions' averages hide how many areas, and which affluent region hides none."""
    sign = 1 if assessment.options["higher_is"] == "better" else -1
    regions, line = assessment.regions, assessment.benchmark
    affluent = regions[(sign * (regions["value"] - line.value) > 0) | (regions["below"] > 0)]
    affluent = affluent.sort_values(["below", "value"], ascending=False, kind="stable")
    side = "below" if sign > 0 else "above"
    figure = format_value(line.value, assessment.metric.unit)
    hiding, none = affluent[affluent["below"] > 0], affluent[affluent["below"] == 0]
    if hiding.empty:
        return (
            f"No average of an affluent region hides {areas[1]} where {wording.noun} is {side} "
            f"{wording.nation}'s {figure}."
        )
    subject = words([with_the(name) for name in hiding["name"]])
    verb = "averages of" if len(hiding) > 1 else "average of"
    text = (
        f"The {verb} {subject} {'hide' if len(hiding) > 1 else 'hides'} "
        f"{_plural(int(hiding['below'].sum()), *areas)} where {wording.noun} is {side} "
        f"{wording.nation}'s {figure}"
    )
    if len(none):
        others = words([with_the(name) for name in none["name"]])
        text += f"; {others} {'hides' if len(none) == 1 else 'hide'} none"
    return f"{text}."


def finding(assessment: Assessment, wording: Wording, areas: Sequence[str]) -> tuple[str, ...]:
    """Return the finding, sentence by sentence.

    Parameters
    ----------
    assessment : Assessment
        Complete but for its finding.
    wording : Wording
        Names, noun, unit and nation.
    areas : sequence of two str
        What one area and several are called.

    Returns
    -------
    tuple of str
        Headline, how sure, people, where inequality lives, how wide, clusters, coverage.
    """
    return (
        headline(assessment, wording, areas),
        _how_sure(assessment, wording),
        _where_it_lives(assessment, areas),
        _how_wide(assessment),
        _clusters(assessment, areas),
        _coverage(assessment, areas),
    )


def _how_sure(assessment: Assessment, wording: Wording) -> str:
    pockets = assessment.pockets.sort_values("p_pocket", ascending=False, kind="stable")
    below = pockets[pockets["below"]]
    sure, likely = (pockets[pockets["verdict"] == name] for name in ("confirmed", "likely"))
    side = "below" if assessment.options["higher_is"] == "better" else "above"
    verb = "is" if len(sure) == 1 else "are"
    text = f"Of {len(below)} {side} by point estimate, {len(sure)} {verb} confirmed"
    text += f" ({_listed(sure, wording)})" if len(sure) else ""
    text += f" and {len(likely)} likely"
    text += f" ({_listed(likely, wording, 6)})" if len(likely) else ""
    if below["people"].notna().all() and len(below):
        text += f"; {below['people'].sum() / 1e6:.1f} million people live in the {len(below)}"
    if assessment.areas["se"].notna().any():
        return f"{text}. One period's sample cannot confirm more."
    return (
        f"{text}. The publisher gives no sampling error, so figures are taken as exact and no verdict "
        "exceeds likely."
    )


def _where_it_lives(assessment: Assessment, areas: Sequence[str]) -> str:
    row = assessment.masking.iloc[0]
    hidden, raw, theil = (row[name] for name in ("hidden_share", "raw_share", "raw_theil_share"))
    if pd.isna(raw):
        return f"All {areas[1]} have the same figure, so there are no differences to place."
    if pd.isna(hidden):
        return (
            "How much an average hides cannot be told: sampling noise makes up all of the spread."
        )
    tier = str(assessment.masking.index[0])
    inside = (
        "regions, where no regional figure shows them"
        if tier == "itl1"
        else f"{noun_of(tier)[1]}, where no figure of a whole group shows them"
    )
    text = f"{hidden:.0%} of the differences between {areas[1]} lie inside {inside}"
    beside = f" (Theil's T: {theil:.0%})" if pd.notna(theil) else ""
    if abs(raw - hidden) < 0.0005:
        return f"{text}{beside}."
    return f"{text}; published figures put it at {raw:.0%}{beside}, which includes sampling noise."


def _how_wide(assessment: Assessment) -> str:
    gap, unit = assessment.gap, assessment.metric.unit

    def apart(difference: float) -> str:
        return format_value(difference, unit).replace("%", " percentage points")

    whom = "people" if gap.weighted else "areas"
    text = (
        f"The best-off fifth of {whom} live where the figure averages {format_value(gap.top, unit)}, the "
        f"worst-off fifth where it averages {format_value(gap.bottom, unit)}: a gap of "
        f"{apart(gap.difference)}"
    )
    if pd.notna(gap.lower):
        interval = f"{apart(gap.lower)} to {apart(gap.upper)}".replace(
            " percentage points to", " to"
        )
        middle = apart(gap.corrected)
        text += f", or {middle} with sampling noise taken out (95% interval {interval})"
    return f"{text}."


def _clusters(assessment: Assessment, areas: Sequence[str]) -> str:
    result = assessment.moran
    if result.status:
        return f"Whether neighbours resemble each other is undefined: {result.status}."
    counts = assessment.clusters["cluster"].value_counts()
    shown = [
        f"{counts.get(label, 0)} {label}"
        for label in ("high-high", "low-low", "low-high", "high-low")
    ]
    text = f"Moran's I is {result.I:.2f} (p {'<' if result.p < 0.001 else '='} {max(result.p, 0.001):.3f})"
    if pd.notna(result.corrected):
        text += f", {result.corrected:.2f} with sampling noise taken out"
    alike = "resemble each other" if result.I > result.expected else "differ from each other"
    return (
        f"{text}: neighbours {alike if result.p <= 0.05 else 'show no clear pattern'}. "
        f"After correction for many tests, {words(shown)} {areas[1]} stand out."
    )


def _coverage(assessment: Assessment, areas: Sequence[str]) -> str:
    audit = assessment.audit
    text = f"{audit.n_values} of {audit.n_areas} {areas[1]} have a figure ({audit.coverage}, {audit.period})"
    if len(audit.missing):
        people = assessment.areas["weight"]
        lost = people[assessment.areas["value"].isna()].sum() / people.sum()
        text += f"; {len(audit.missing)} {'has' if len(audit.missing) == 1 else 'have'} none"
        text += f" ({lost:.1%} of people)" if pd.notna(lost) else ""
        text += ", each with its reason in the audit"
    return f"{text}. These are differences between {areas[1]}, not between people."
