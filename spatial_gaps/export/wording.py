"""What the report says in words: titles, plain readings, and the rows of its tables.

Every number is formatted here, so that a figure in the report and the same figure in the record
cannot differ.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from spatial_gaps.checks import words
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.measure.classes import CLUSTER_COLOURS, VERDICT_COLOURS
from spatial_gaps.measure.wording import format_value

if TYPE_CHECKING:
    import pandas as pd

    from spatial_gaps.assessment import Assessment

Row = dict[str, Any]

INDEX_TITLES = {
    "mean": "Weighted mean of areas",
    "share_ratio": "Best-off over worst-off fifth",
    "gini": "Gini coefficient",
    "theil": "Theil index",
    "mld": "Mean log deviation",
    "atkinson": "Atkinson index",
    "weighted_cv": "Coefficient of variation",
    "hoover": "Hoover index",
}
# {v} is the index and {twice} double it. Exact statements only.
READINGS = {
    "mean": "The average of the areas' figures. It is not the national figure.",
    "gini": "Two people drawn at random live in areas whose figures differ by {twice:.0%} of the "
    "average.",
    "theil": "0 would mean that all areas have the same figure. It splits exactly into tiers.",
    "mld": "0 would mean that all areas have the same figure. The lowest figures count most.",
    "atkinson": "Were all areas equal, the same well-being would need {v:.1%} less in total.",
    "weighted_cv": "Areas typically lie {v:.0%} away from the average.",
    "hoover": "{v:.1%} of the total would have to move between areas to make them all equal.",
}
CLUSTER_WORDS = {
    "high-high": "high figure, neighbours high too",
    "low-low": "low figure, neighbours low too",
    "low-high": "low figure, neighbours high",
    "high-low": "high figure, neighbours low",
    "not significant": "no more like or unlike its neighbours than chance gives",
    "no neighbours": "an island, so there is nothing to compare with",
    "undefined": "no figure",
}
VERDICT_WORDS = {
    "confirmed": "at least 90 in 100",
    "likely": "50 to 90 in 100",
    "watch": "20 to 50 in 100",
    "no": "under 20 in 100",
    "not assessable": "no usable figure, or too few areas to compare with",
}
AUDIT_TITLES = {
    "missing": "Areas without a figure",
    "retired": "Rows for areas that were no longer in force",
    "duplicated": "Rows that occur more than once",
    "wrong_level": "Rows of another kind of area",
    "unknown": "Rows with a code that no register knows",
}
AUDIT_ROWS = 60


def plain(item: object) -> str:
    """Return text, "" for what is missing."""
    return "" if item is None or item != item else str(item)


def amount(assessment: Assessment, value: float) -> str:
    """Return a value in the metric's unit."""
    return format_value(value, assessment.metric.unit)


def interval(assessment: Assessment, lower: float, upper: float) -> str:
    """Return a 95 % interval in the metric's unit."""
    if math.isnan(lower) or math.isnan(upper):
        return "not published"
    return f"{amount(assessment, lower)} to {amount(assessment, upper)}"


def share(value: float) -> str:
    """Return a share in whole per cent, "–" where there is none."""
    return "–" if value is None or math.isnan(value) else f"{value:.0%}"


def people(weight: float) -> str:
    """Return a number of people with thousands marked."""
    return "–" if weight is None or math.isnan(weight) else f"{weight:,.0f}"


def number(value: float) -> str:
    """Return an index or statistic with three significant figures.

    Examples
    --------
    >>> number(0.01124), number(1.4159), number(12345.6)
    ('0.0112', '1.42', '12,346')
    """
    if value is None or math.isnan(value):
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    digits = 2 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 6)}f}"


def with_article(name: str) -> str:
    """Return the name of the benchmark as it stands in a sentence."""
    return f"the {name}" if name.startswith(("United ", "mean ", "bottom ")) else name


def gap_words(assessment: Assessment) -> str:
    """Return the gap between the best-off and the worst-off fifth as one or two sentences."""
    gap, names = assessment.gap, assessment.areas["name"]
    nouns = noun_of(assessment.level)[1]
    whom = "people live in" if gap.weighted else "areas are"
    text = (
        f"The best-off fifth of {whom} {nouns} at {amount(assessment, gap.top)} on average, the "
        f"worst-off fifth at {amount(assessment, gap.bottom)}: a gap of "
        f"{amount(assessment, gap.difference)}"
    )
    if not math.isnan(gap.ratio):
        text += f", or {gap.ratio:.2f} to 1"
    if not math.isnan(gap.corrected):
        text += (
            f", by the published figures. With sampling noise taken out the gap is "
            f"{amount(assessment, gap.corrected)} (95% interval "
            f"{interval(assessment, gap.lower, gap.upper)})"
        )
    best, worst = (plain(names.get(code, code)) for code in (gap.best, gap.worst))
    return f"{text}. {best} is best off and {worst} worst off."


def index_rows(assessment: Assessment) -> list[Row]:
    """Return each index with its interval and what it means."""
    return [_index_row(assessment, str(name), row) for name, row in assessment.indices.iterrows()]


def _index_row(assessment: Assessment, name: str, row: pd.Series[Any]) -> Row:
    stem, variant = name, ""
    if name.startswith("atkinson"):
        stem, _, variant = name.partition("_")
    title, note = INDEX_TITLES.get(stem, name.replace("_", " ")), plain(row.get("note"))
    title = f"{title} ({variant})" if variant else title
    value, lower, upper = (float(row[key]) for key in ("value", "lower", "upper"))
    corrected = float(row.get("corrected", math.nan))
    if math.isnan(value):
        return {"title": title, "value": "–", "corrected": "–", "interval": "–", "reading": note}

    def write(figure: float) -> str:
        return amount(assessment, figure) if stem == "mean" else number(figure)

    best = value if math.isnan(corrected) else corrected
    reading = READINGS[stem].format(v=best, twice=2 * best) if stem in READINGS else note
    return {
        "title": title,
        "value": write(value),
        "corrected": "–" if math.isnan(corrected) else write(corrected),
        "interval": "–" if math.isnan(lower) else f"{write(lower)} to {write(upper)}",
        "reading": _ratio_reading(assessment, best) if stem == "share_ratio" else reading,
    }


def _ratio_reading(assessment: Assessment, ratio: float) -> str:
    """Say which end the top fifth is: with some metrics a high figure is bad."""
    whom = "people" if assessment.gap.weighted else "areas"
    ends = ("best-off", "worst-off")
    top, bottom = ends if assessment.gap.higher_is == "better" else ends[::-1]
    return f"The {top} fifth of {whom} live at {ratio:.2f} times the figure of the {bottom} fifth."


def tier_name(tier: str, nouns: str = "areas") -> str:
    """Return a tier in the plural; "within" needs the noun of the areas themselves."""
    return nouns if tier == "within" else noun_of(tier)[1]


def masking_rows(assessment: Assessment) -> list[Row]:
    """Return what each tier's averages hide, the noise-corrected share first."""
    return [
        {
            "tier": tier_name(str(tier)),
            "hidden": share(row["hidden_share"]),
            "raw": share(row["raw_share"]),
            "theil": share(row["raw_theil_share"]),
        }
        for tier, row in assessment.masking.iterrows()
    ]


def part_rows(assessment: Assessment) -> list[Row]:
    """Return the tiers of the decomposition, outermost first, with where their bar starts."""
    nouns = noun_of(assessment.level)[1]
    outer, rows, start = "", [], 0.0
    for tier, row in assessment.decomposition.parts.iterrows():
        title = f"between {tier_name(str(tier), nouns)}"
        width = row["share"] if row["share"] > 0 else 0.0
        rows.append(
            {
                "title": f"{title} of the same {noun_of(outer)[0]}" if outer else title,
                "value": number(row["value"]),
                "share": share(row["share"]),
                "start": f"{100 * start:.2f}",
                "width": f"{100 * width:.2f}",
            }
        )
        start += width
        outer = str(tier)
    return rows


def moran_words(assessment: Assessment) -> list[str]:
    """Return sentences on whether like sits beside like."""
    moran = assessment.moran
    if moran.status:
        return [f"{moran}"]
    nouns = noun_of(assessment.level)[1]
    tone = "are no more alike than chance would have it"
    if moran.p < 0.05:
        alike = "similar" if moran.expected < moran.I else "unlike"
        tone = f"tend to have {alike} figures"
    sentences = [
        f"Neighbouring {nouns} {tone}: Moran's I is {moran.I:.2f}, where chance alone would "
        f"give {moran.expected:.3f} (p = {moran.p:.2g}, {moran.permutations:,} permutations, "
        f"{moran.n} {nouns})."
    ]
    if not math.isnan(moran.corrected):
        sentences.append(
            f"Sampling error hides part of the pattern; with it taken out the figure is "
            f"{moran.corrected:.2f}."
        )
    if moran.islands:
        names = assessment.areas["name"]
        shown = [plain(names.get(code, code)) for code in sorted(moran.islands)]
        sentences.append(f"Without a neighbour and left out: {words(shown)}.")
    return sentences


def cluster_rows(assessment: Assessment) -> list[Row]:
    """Return every class of clusters with its count and meaning."""
    labels = assessment.clusters["cluster"].reindex(assessment.areas.index).fillna("undefined")
    counted = labels.value_counts()
    return [
        {"label": label, "count": int(counted.get(label, 0)), "meaning": CLUSTER_WORDS[label]}
        for label in CLUSTER_COLOURS
    ]


def region_rows(assessment: Assessment) -> list[Row]:
    """Return one row per region, by code."""
    return [
        {
            "name": plain(row["name"]) or plain(code),
            "value": amount(assessment, row["value"]),
            "source": "published" if row["source"] == "published" else "mean of its areas",
            **{key: f"{row[key]:,.0f}" for key in ("n", "below", "likely", "confirmed")},
            "people": people(row["people_below"]),
        }
        for code, row in assessment.regions.sort_index().iterrows()
    ]


def counts(assessment: Assessment) -> dict[str, int]:
    """Return how many areas have each verdict, and how many are below by point estimate."""
    counted = assessment.pockets["verdict"].value_counts()
    found = {verdict: int(counted.get(verdict, 0)) for verdict in VERDICT_COLOURS}
    return {**found, "below": int(assessment.pockets["below"].astype(bool).sum())}


def unsure_names(assessment: Assessment) -> list[str]:
    """Return the areas that are below by point estimate but no confirmed or likely pocket."""
    pockets = assessment.pockets
    hidden = pockets["below"].astype(bool) & ~pockets["is_pocket"].astype(bool)
    names = assessment.areas["name"]
    return sorted(plain(names.get(code, code)) for code in pockets.index[hidden])


def pocket_order(assessment: Assessment) -> list[str]:
    """Return the codes of confirmed and likely pockets, the surest first."""
    found = assessment.pockets[assessment.pockets["is_pocket"].astype(bool)]
    rank = {verdict: k for k, verdict in enumerate(VERDICT_COLOURS)}
    columns = zip(found["verdict"], found["p_pocket"], found.index, strict=True)
    keys = [(rank[verdict], -float(chance), str(code)) for verdict, chance, code in columns]
    return [code for _, _, code in sorted(keys)]


def audit_tables(assessment: Assessment) -> list[Row]:
    """Return what the join left out, each with its first rows and reasons."""
    tables = []
    for name, title in AUDIT_TITLES.items():
        frame = getattr(assessment.audit, name)
        if not len(frame):
            continue
        ordered = frame.astype({"code": str}).sort_values(["code", "reason"], kind="stable")
        rows = ordered[["code", "name", "reason"]].head(AUDIT_ROWS).itertuples(index=False)
        tables.append(
            {
                "title": title,
                "count": len(frame),
                "rows": [tuple(plain(cell) for cell in row) for row in rows],
                "more": max(len(frame) - AUDIT_ROWS, 0),
            }
        )
    return tables


def notices(assessment: Assessment) -> list[str]:
    """Return every recorded warning once."""
    recorded = (*assessment.notices, *assessment.audit.notices, *assessment.metric.notices)
    return list(dict.fromkeys(notice.message for notice in recorded))
