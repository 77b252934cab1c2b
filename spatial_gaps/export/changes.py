"""What changed since an earlier period, as every output shows it: columns, classes, style, report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from spatial_gaps.export.qgis_style import Style, class_rules, no_data_rule
from spatial_gaps.export.qgis_symbols import Rule
from spatial_gaps.export.wording import Row, amount, plain
from spatial_gaps.measure.classes import UNSURE_CHANGE, change_breaks, class_of
from spatial_gaps.measure.wording import signed_value
from spatial_gaps.targets.trend import UNKNOWN, WITHIN

if TYPE_CHECKING:
    import pandas as pd

    from spatial_gaps.assessment import Assessment
    from spatial_gaps.records import Breaks, Comparison

SURE = ("better", "worse")
COLUMNS = {
    "first": "change_from",
    "change": "change",
    "per_year": "change_per_year",
    "percent": "change_percent",
    "se": "change_se",
    "lower": "change_lower",
    "upper": "change_upper",
    "p_adjusted": "change_p_adjusted",
    "verdict": "change_verdict",
    "relative_to_nation": "relative_to_nation",
    "relative_verdict": "relative_verdict",
    "rank_change": "rank_change",
}
NO_ERROR = "No error published"


def change_headline(assessment: Assessment) -> str:
    """Return the sentence that says how many areas changed."""
    start = f"From {getattr(assessment.comparison, 'first', '')} to "
    return next(said for said in assessment.finding if said.startswith(start))


def change_columns(compared: Comparison) -> pd.DataFrame:
    """Return what changed as columns that can stand beside those of the figures."""
    return compared.table[list(COLUMNS)].rename(columns=COLUMNS)


def breaks_of_change(compared: Comparison, higher_is: str) -> Breaks | None:
    """Return the classes that map, QGIS and report share; None where no area has a change."""
    changes = compared.table["change"]
    if not changes.notna().any():
        return None
    return change_breaks(changes, higher_is=higher_is, unit=compared.unit)


def _assessed(compared: Comparison) -> bool:
    return bool((compared.table["verdict"] != UNKNOWN).any())


def change_style(compared: Comparison, higher_is: str) -> Style:
    """Return the QGIS style of changes: as on the map, grey within sampling error."""
    sure = ", ".join(f"'{verdict}'" for verdict in SURE)
    rules = list(class_rules("change", breaks_of_change(compared, higher_is)))[:-1]
    if _assessed(compared):
        rules = [
            Rule(f'"change_verdict" IN ({sure}) AND {rule.condition}', rule.label, rule.fill)
            for rule in rules
        ]
        rules.append(Rule(f"\"change_verdict\" = '{WITHIN}'", WITHIN.capitalize(), UNSURE_CHANGE))
        bare = f'"change" IS NOT NULL AND "change_verdict" = \'{UNKNOWN}\''
        rules.append(Rule(bare, NO_ERROR, UNSURE_CHANGE, hatched=True))
    about = f"Change since {compared.first}; what sampling error may have done is grey."
    return Style(f"Change since {compared.first}"[:30], about, (*rules, no_data_rule()))


def change_page(assessment: Assessment, rows: list[Row]) -> dict[str, Any] | None:
    """Return what the report's section on change prints, and mark the rows with their class.

    Parameters
    ----------
    assessment : Assessment
        As `assess` returns it.
    rows : list of Row
        One per area, with code and marks; class marks are added to them.

    Returns
    -------
    dict or None
        None if no earlier period was asked for.
    """
    compared = assessment.comparison
    if compared is None:
        return None
    breaks = breaks_of_change(compared, assessment.options["higher_is"])
    marks = _marks(compared, breaks)
    for row in rows:
        row["marks"] += f" {marks[row['code']]}"
    headline = change_headline(assessment)
    said = assessment.finding[assessment.finding.index(headline) :]
    return {
        "first": compared.first,
        "last": compared.last,
        "sentences": said,
        "regions": _region_rows(assessment, compared),
        "areas": [_area_row(assessment, compared, row) for row in rows],
        "relative": compared.nation is not None,
        "percent": bool(compared.table["percent"].notna().any()),
        "errors": _errors(compared),
        "notices": [str(notice) for notice in compared.notices],
        "legend": _legend(breaks, list(marks.values())),
        "css": _css(breaks),
    }


def _marks(compared: Comparison, breaks: Breaks | None) -> dict[str, str]:
    """Return the class of every area: c0, c1, ... where sure, cu within error, cn bare, cx without."""
    table = compared.table
    classes = [-1] * len(table) if breaks is None else class_of(table["change"], breaks)
    assessed = _assessed(compared)
    marks = {}
    for code, verdict, number in zip(table.index, table["verdict"], classes, strict=True):
        if number < 0:
            marks[code] = "cx"
        elif verdict in SURE or not assessed:
            marks[code] = f"c{number}"
        else:
            marks[code] = "cu" if verdict == WITHIN else "cn"
    return marks


def _legend(breaks: Breaks | None, marks: list[str]) -> list[tuple[str, str, int]]:
    """Return label, fill and count of each entry, from the highest class down."""
    entries = []
    if breaks is not None:
        entries = [
            (label, colour, marks.count(f"c{number}"))
            for number, (label, colour) in enumerate(
                zip(breaks.labels, breaks.colours, strict=True)
            )
        ][::-1]
    others = (
        ("cu", WITHIN.capitalize(), UNSURE_CHANGE),
        ("cn", NO_ERROR, "url(#dots)"),
        ("cx", "No figure in both", "url(#hatch)"),
    )
    return entries + [
        (label, fill, marks.count(mark)) for mark, label, fill in others if mark in marks
    ]


def _css(breaks: Breaks | None) -> str:
    """Return the rules of the map's view of change: the switch works without a script."""
    view = "body:has(#view-change:checked)"
    colours = () if breaks is None else breaks.colours
    fills = {f"c{number}": colour for number, colour in enumerate(colours)}
    fills |= {"cu": UNSURE_CHANGE, "cn": "url(#dots)", "cx": "url(#hatch)"}
    rules = [f"{view} .{mark}{{fill:{fill}}}" for mark, fill in fills.items()]
    rules += [
        f"{view} #legend-value{{display:none}}",
        f"{view} #legend-change{{display:block}}",
    ]
    return "\n".join(rules) + "\n"


def _region_rows(assessment: Assessment, compared: Comparison) -> list[Row]:
    """Return how many areas of each region have which verdict, by code of the region."""
    parent = assessment.pockets["parent"]
    names = assessment.regions["name"]
    counted = compared.table.groupby(parent.reindex(compared.table.index))["verdict"]
    rows = []
    for code, verdicts in counted:
        found = verdicts.value_counts()
        rows.append(
            {
                "name": plain(names.get(code)) or plain(code),
                "n": len(verdicts),
                **{
                    key.replace(" ", "_"): int(found.get(key, 0))
                    for key in (*SURE, WITHIN, UNKNOWN)
                },
            }
        )
    return rows


def _area_row(assessment: Assessment, compared: Comparison, row: Row) -> Row:
    found: dict[Any, Any] = compared.table.loc[row["code"]].to_dict()
    low, high = (signed_value(found[key], compared.unit) for key in ("lower", "upper"))
    gain, percent = found["relative_to_nation"], found["percent"]
    return {
        "place": row["place"],
        "name": row["name"],
        "first": amount(assessment, found["first"]),
        "last": amount(assessment, found["last"]),
        "change": signed_value(found["change"], compared.unit),
        "percent": "–" if math.isnan(percent) else f"{percent:+.1f}%",
        "interval": "–" if math.isnan(found["se"]) else f"{low} to {high}",
        "gain": _gain(gain, percent, compared.unit),
        "verdict": found["verdict"],
    }


def _gain(gain: float, percent: float, unit: str) -> str:
    """Return the gain on the nation: in percent where changes are."""
    if math.isnan(gain):
        return "–"
    return signed_value(gain, unit) if math.isnan(percent) else f"{gain:+.1f}%"


def _errors(compared: Comparison) -> str:
    """Say what is taken of the errors."""
    if math.isnan(compared.rho):
        return "No errors are published, so no change can be told from sampling error."
    why = {
        "estimated": "estimated from all periods as far apart, less the standard error of that estimate",
        "overlap": "the share of months that they have in common",
        "given": "as given",
    }[compared.rho_source]
    taken = f"to correlate by {compared.rho:.2f} ({why})" if compared.rho else "as independent"
    return (
        f"The errors of one area in the two periods are taken {taken}. “Better” and “worse” hold "
        "after correction for the number of areas: of all such verdicts at most 5% are expected to "
        "be false."
    )
