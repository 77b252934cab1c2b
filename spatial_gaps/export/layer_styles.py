"""How QGIS draws each layer of an assessment: its styles, the first one the default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.export.changes import change_style
from spatial_gaps.export.qgis_style import (
    Labels,
    Style,
    category_rules,
    class_number,
    class_rules,
    no_data_rule,
    outline_rules,
)
from spatial_gaps.export.qgis_symbols import Rule
from spatial_gaps.measure.classes import (
    BETTER_OFF,
    CLUSTER_COLOURS,
    INK,
    OTHER,
    POCKET,
    VERDICT_COLOURS,
    class_breaks,
    diverging_breaks,
)

if TYPE_CHECKING:
    from spatial_gaps.assessment import Assessment
    from spatial_gaps.records import Breaks

FIGURES, NATURAL, GAP, UNSURE = "Figures", "Natural classes", "Gap to the benchmark", "Uncertainty"
POCKETS, CLUSTERS, GRADUATED = "Pockets", "Clusters (LISA)", "Figures, graduated"
OUTLINES, FILLED, SHADED, BORDERS = "Pocket outlines", "Pockets, filled", "Better off", "Borders"


def breaks_of(assessment: Assessment, scheme: str = "quantiles") -> Breaks | None:
    """Return the classes that maps and report use too, None where no area has a figure."""
    values = assessment.areas["value"]
    if not values.notna().any():
        return None
    return class_breaks(
        values, scheme, higher_is=_direction(assessment), unit=assessment.metric.unit
    )


def _direction(assessment: Assessment) -> str:
    return str(assessment.options.get("higher_is") or assessment.metric.higher_is or "better")


def area_styles(assessment: Assessment) -> tuple[Style, ...]:
    """Return the styles of all areas: figures first, then other ways to see them."""
    breaks = breaks_of(assessment)
    figures = class_rules("value", breaks)
    styles = [
        Style(FIGURES, "Classes of the figure; no figure is hatched.", figures),
        Style(
            NATURAL, "Natural breaks (Fisher-Jenks).",
            class_rules("value", breaks_of(assessment, "jenks")),
        ),
        Style(POCKETS, "Verdict on each area.", category_rules("verdict", VERDICT_COLOURS)),
        lisa_styles()[0],
    ]  # fmt: skip
    if breaks is not None:
        about = "The same classes as a graduated style, to change them; no figure stays empty."
        styles.append(Style(GRADUATED, about, graduated=("value", breaks)))
        styles += [*_gap_style(assessment), _unsure_style(figures, breaks)]
    if assessment.comparison is not None:
        styles.append(change_style(assessment.comparison, _direction(assessment)))
    return tuple(styles)


def _gap_style(assessment: Assessment) -> list[Style]:
    """Return how far areas are from the benchmark: blue better, orange worse."""
    try:
        breaks = diverging_breaks(
            assessment.areas["value"], centre=assessment.benchmark.value,
            higher_is=_direction(assessment), unit=assessment.metric.unit,
        )  # fmt: skip
    except StatisticUndefined:
        return []
    about = f"Around {assessment.benchmark.name}: blue is better, orange worse."
    return [Style(GAP, about, class_rules("value", breaks))]


def _unsure_style(figures: tuple[Rule, ...], breaks: Breaks) -> Style:
    """Return the figures, dotted where the interval reaches into three classes or more."""
    low, high = (class_number(column, breaks) for column in ("lower", "upper"))
    wide = f'"lower" IS NOT NULL AND "upper" IS NOT NULL AND ({high}) - ({low}) >= 2'
    dots = Rule(wide, "Interval in 3 classes or more", None, dotted=True, outline=INK)
    about = "Dotted where the 95% interval reaches into three classes or more."
    return Style(UNSURE, about, (*figures[:-1], dots, figures[-1]))


def lisa_styles() -> tuple[Style, ...]:
    """Return the fixed colours of clusters."""
    rules = category_rules("cluster", CLUSTER_COLOURS)
    return (Style(CLUSTERS, "Local Moran clusters.", rules),)


def pocket_styles() -> tuple[Style, ...]:
    """Return pockets as outlines, and as areas in the colour of their verdict."""
    # Names once there is room for them.
    text = "CASE WHEN @map_scale > 3000000 THEN '' ELSE '  ' || \"name\" END"
    labels = Labels(f'"pocket" || {text}', 8, POCKET)
    verdicts = ("confirmed", "likely")
    filled = tuple(
        Rule(f"\"verdict\" = '{verdict}'", f"{verdict.capitalize()} pocket",
             VERDICT_COLOURS[verdict], outline=INK, width=0.3)
        for verdict in verdicts
    )  # fmt: skip
    about = "Outlines of confirmed and likely pockets, numbered."
    return (
        Style(OUTLINES, about, outline_rules(verdicts), labels),
        Style(FILLED, "Confirmed and likely pockets in the colours of every map.", filled,
              Labels(f'"pocket" || {text}', 8, INK)),
    )  # fmt: skip


def region_styles(assessment: Assessment, named: bool) -> tuple[Style, ...]:
    """Return borders, with names if `named`; which regions are better off; and their figures."""
    border = Rule("ELSE", "Region", None, outline=INK, width=0.25 if named else 0.15)
    labels = Labels('"name"', 8, INK, italic=True) if named else None
    nation = assessment.benchmark.name
    shading = (
        Rule('"is_better_off"', f"Better off than {nation}", BETTER_OFF, outline=INK, width=0.25),
        Rule('NOT "is_better_off"', "Not better off", OTHER, outline=INK, width=0.25),
        no_data_rule(),
    )
    return (
        Style(BORDERS, "Borders and names.", (border,), labels),
        Style(SHADED, "Which of them are better off than the benchmark.", shading, labels),
        Style(FIGURES, "Their figures in the classes of the areas.",
              class_rules("value", breaks_of(assessment))),
    )  # fmt: skip


def place_styles() -> tuple[Style, ...]:
    """Return a veil over everything else, with the names of the areas."""
    rule = Rule("ELSE", "Elsewhere", "#f4f4f4", outline=INK, width=0.6)
    about = "All that is not of the place lies under a veil."
    return (Style("Place", about, (rule,), Labels('"name"', 8), inverted=True),)
