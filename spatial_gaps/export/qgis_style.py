"""QGIS layer styles (QML) as XML trees: classes with "No data", outlines, labels, map tips.

Every classified style is a rule-based renderer whose last rule is ELSE: a graduated renderer
leaves an area without a figure out of the map, as if it did not exist.
"""

from __future__ import annotations

import html
import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from spatial_gaps.export.fields import VALUE_MAPS
from spatial_gaps.export.qgis_symbols import Rule, make_symbol, rgba
from spatial_gaps.measure.classes import INK, NO_DATA, POCKET
from spatial_gaps.records import Breaks

# The oldest release that these files were opened with; a newer one converts them by itself.
QGIS_VERSION = "3.22.0"
DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
NO_DATA_LABEL = "No data"
# Characters that XML 1.0 has no way to hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Labels:
    """Text on the map: a QGIS expression, its size in points and its colour."""

    expression: str
    size: float
    colour: str = INK
    italic: bool = False


@dataclass(frozen=True)
class Style:
    """A named way to draw a layer.

    Attributes
    ----------
    name : str
        At most 30 characters, which is what `layer_styles` holds.
    about : str
        One sentence.
    rules : tuple of Rule
        In legend order; the last one usually `no_data_rule()`.
    labels : Labels, optional
        Text on the map.
    graduated : tuple of (str, Breaks), optional
        Column and classes of a graduated renderer, instead of rules.
    lines : bool
        Whether lines are drawn, not areas.
    inverted : bool
        Whether the one rule fills all that is outside, as a veil.
    """

    name: str
    about: str
    rules: tuple[Rule, ...] = ()
    labels: Labels | None = None
    graduated: tuple[str, Breaks] | None = None
    lines: bool = False
    inverted: bool = False


def clean(text: object) -> str:
    """Return text without the control characters that XML cannot hold."""
    return _NOT_XML.sub("", str(text))


def document(root: Element) -> str:
    """Return an XML tree as QGIS reads it: with its document type, one element a line."""
    ET.indent(root, " ")
    return DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def no_data_rule() -> Rule:
    """Return the rule for every area that no other rule takes."""
    return Rule("ELSE", NO_DATA_LABEL, NO_DATA, hatched=True)


def class_rules(column: str, breaks: Breaks | None) -> tuple[Rule, ...]:
    """Return one rule per class, and "No data" last.

    Parameters
    ----------
    column : str
        Column of the figures.
    breaks : Breaks or None
        None where no area has a figure. As in `class_of`, a figure beyond the outer edges belongs
        to the outer class.
    """
    if breaks is None:
        return (no_data_rule(),)
    rules = []
    last = len(breaks.labels) - 1
    for k, label in enumerate(breaks.labels):
        limits = [f'"{column}" IS NOT NULL']
        limits += [f'"{column}" >= {breaks.edges[k]!r}'] if k > 0 else []
        limits += [f'"{column}" < {breaks.edges[k + 1]!r}'] if k < last else []
        rules.append(Rule(" AND ".join(limits), label, breaks.colours[k]))
    return (*rules, no_data_rule())


def class_number(column: str, breaks: Breaks) -> str:
    """Return a QGIS expression for the number of the class that a column's value is in."""
    cases = " ".join(
        f'WHEN "{column}" < {edge!r} THEN {number}'
        for number, edge in enumerate(breaks.edges[1:-1])
    )
    last = len(breaks.labels) - 1
    return f"CASE {cases} ELSE {last} END" if cases else str(last)


def category_rules(column: str, colours: Mapping[str, str]) -> tuple[Rule, ...]:
    """Return one rule per category, and "No data" last.

    Categories keep their colour whether or not any area has them; one whose colour is that of
    no data is hatched.
    """
    rules = [
        Rule(f"\"{column}\" = '{name}'", name, colour, hatched=colour == NO_DATA)
        for name, colour in colours.items()
    ]
    return (*rules, no_data_rule())


def escaped(column: str) -> str:
    """Return a QGIS expression for a text column that is safe inside HTML."""
    expression = f"coalesce(\"{column}\", '')"
    for character in "&<>":
        expression = f"replace({expression}, '{character}', '{html.escape(character)}')"
    return expression


def tip_text(text: str) -> str:
    """Return fixed text for a map tip: no tag in it works, and no expression either."""
    return html.escape(clean(text)).replace("%", "&#37;")


def style_parts(
    style: Style, aliases: Mapping[str, str], tip: str, display: str, moment: str = ""
) -> list[Element]:
    """Return the elements that make up a style, for a QML document or a project's layer.

    Parameters
    ----------
    style : Style
        What to draw.
    aliases : mapping
        Column to the name that QGIS shows.
    tip : str
        HTML of the map tip, with ``[% expressions %]``.
    display : str
        Column that stands for an area in lists.
    moment : str
        Column of dates by which the layer can be played; "" for none.
    """
    renderer = _graduated(*style.graduated) if style.graduated else _rule_based(style)
    if style.inverted:
        renderer = _veil(style.rules[0])
    parts = [renderer]
    if style.labels is not None:
        parts.append(_labeling(style.labels))
    names = Element("aliases")
    for index, (column, alias) in enumerate(aliases.items()):
        SubElement(names, "alias", field=column, index=str(index), name=clean(alias))
    shown = Element("previewExpression")
    shown.text = f'"{display}"'
    hover = Element("mapTip", enabled="1")
    hover.text = tip
    kind = Element("layerGeometryType")
    kind.text = "1" if style.lines else "2"
    parts += [names, _value_maps(aliases), shown, hover, kind]
    return [*parts, _temporal(moment)] if moment else parts


def _value_maps(columns: Iterable[str]) -> Element:
    """Return what QGIS shows in place of the values of some columns."""
    configuration = Element("fieldConfiguration")
    for column in columns:
        if column not in VALUE_MAPS:
            continue
        widget = SubElement(
            SubElement(configuration, "field", name=column), "editWidget", type="ValueMap"
        )
        options = SubElement(SubElement(widget, "config"), "Option", type="Map")
        listed = SubElement(options, "Option", type="List", name="map")
        for value, shown in VALUE_MAPS[column].items():
            entry = SubElement(listed, "Option", type="Map")
            SubElement(entry, "Option", type="QString", name=shown, value=value)
    return configuration


def _temporal(moment: str) -> Element:
    """Return that each row is of one day, which a column says: a period counts by its end."""
    look = {"enabled": "1", "mode": "1", "startField": moment, "endField": "", "accumulate": "0"}
    look |= {"fixedDuration": "0", "durationUnit": "d", "durationField": "", "limitMode": "0"}
    return Element("temporal", look)


def style_root(style: Style, parts: Iterable[Element]) -> Element:
    """Return the QML root of a style around its `style_parts`."""
    root = Element(
        "qgis",
        version=QGIS_VERSION,
        styleCategories="AllStyleCategories",
        labelsEnabled=labels_enabled(style),
    )
    root.extend(parts)
    return root


def labels_enabled(style: Style) -> str:
    """Return what QGIS writes for a style with labels, "1", or without, "0"."""
    return "0" if style.labels is None else "1"


def _rule_based(style: Style) -> Element:
    renderer = Element("renderer-v2", type="RuleRenderer", symbollevels="0", forceraster="0")
    rules = SubElement(renderer, "rules", key=_key(style.name))
    symbols = SubElement(renderer, "symbols")
    for number, rule in enumerate(style.rules):
        SubElement(
            rules,
            "rule",
            key=_key(f"{style.name}/{number}"),
            filter=rule.condition,
            label=clean(rule.label),
            symbol=str(number),
        )
        symbols.append(make_symbol(str(number), rule, style.lines))
    return renderer


def _veil(rule: Rule) -> Element:
    """Return a renderer that fills all that is outside the areas, half transparent."""
    renderer = Element("renderer-v2", type="invertedPolygonRenderer", preprocessing="1")
    inner = SubElement(renderer, "renderer-v2", type="singleSymbol", symbollevels="0")
    symbol = make_symbol("0", rule)
    symbol.set("alpha", "0.7")
    SubElement(inner, "symbols").append(symbol)
    return renderer


def _key(text: str) -> str:
    """Return an identifier that is the same in every build."""
    return f"{{{uuid.uuid5(uuid.NAMESPACE_URL, text)}}}"


def _graduated(column: str, breaks: Breaks) -> Element:
    renderer = Element(
        "renderer-v2",
        type="graduatedSymbol",
        attr=column,
        graduatedMethod="GraduatedColor",
        symbollevels="0",
        forceraster="0",
    )
    ranges = SubElement(renderer, "ranges")
    symbols = SubElement(renderer, "symbols")
    for k, (label, colour) in enumerate(zip(breaks.labels, breaks.colours, strict=True)):
        SubElement(
            ranges,
            "range",
            lower=repr(breaks.edges[k]),
            upper=repr(breaks.edges[k + 1]),
            symbol=str(k),
            label=clean(label),
            render="true",
        )
        symbols.append(make_symbol(str(k), Rule("", label, colour)))
    return renderer


def _labeling(labels: Labels) -> Element:
    labeling = Element("labeling", type="simple")
    settings = SubElement(labeling, "settings", calloutType="simple")
    text = SubElement(
        settings,
        "text-style",
        {
            "fieldName": labels.expression,
            "isExpression": "1",
            "fontFamily": "Open Sans",
            "fontItalic": "1" if labels.italic else "0",
            "fontSize": str(labels.size),
            "fontSizeUnit": "Point",
            "fontWeight": "50",
            "textColor": rgba(labels.colour),
            "textOpacity": "1",
            "multilineHeight": "1",
            "blendMode": "0",
        },
    )
    # A halo in white, so that text stays readable on the darkest class.
    halo = {"bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM", "bufferOpacity": "1"}
    halo |= {"bufferColor": "255,255,255,255", "bufferNoFill": "1", "bufferJoinStyle": "128"}
    SubElement(text, "text-buffer", halo)
    place = {"placement": "1", "priority": "5", "dist": "0", "distUnits": "MM", "quadOffset": "4"}
    place |= {"polygonPlacementFlags": "2", "centroidInside": "1", "centroidWhole": "1"}
    SubElement(settings, "placement", place)
    limits = {"drawLabels": "1", "obstacle": "1", "obstacleFactor": "1", "maxNumLabels": "2000"}
    limits |= {"fontMaxPixelSize": "10000", "displayAll": "0", "labelPerPart": "0"}
    SubElement(settings, "rendering", limits)
    return labeling


def outline_rules(verdicts: Sequence[str]) -> tuple[Rule, ...]:
    """Return pocket outlines: the first verdict solid, the others dashed."""
    return tuple(
        Rule(f"\"verdict\" = '{verdict}'", verdict, None, outline=POCKET, width=0.5, dashed=k > 0)
        for k, verdict in enumerate(verdicts)
    )
