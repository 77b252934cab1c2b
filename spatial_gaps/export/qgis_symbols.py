"""QGIS symbols as XML trees: fills with outline, hatch and dots, and lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from spatial_gaps.measure.classes import NO_DATA, NO_DATA_HATCH

BORDER = "#ffffff"


@dataclass(frozen=True)
class Rule:
    """One class of a map: which areas, what the legend says, and how they are filled.

    `fill` None draws the outline alone; `hatched` lays the "No data" hatch over the fill, `dotted`
    dots in the colour of the outline. Of a line only outline and width count.
    """

    condition: str
    label: str
    fill: str | None
    hatched: bool = False
    outline: str = BORDER
    width: float = 0.1
    dashed: bool = False
    dotted: bool = False


def make_symbol(name: str, rule: Rule, lines: bool = False) -> Element:
    """Return a fill symbol (colour and outline, and the pattern over them) or a line symbol."""
    if lines:
        symbol = Element("symbol", type="line", name=name, alpha="1", clip_to_extent="1")
        _symbol_layer(symbol, "SimpleLine", _ink(rule.outline, rule.width))
        return symbol
    symbol = Element("symbol", type="fill", name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    _symbol_layer(
        symbol,
        "SimpleFill",
        {
            "style": "no" if rule.fill is None else "solid",
            "color": rgba(rule.fill or NO_DATA),
            "joinstyle": "round",
            "outline_color": rgba(rule.outline),
            "outline_style": "dash" if rule.dashed else "solid",
            "outline_width": str(rule.width),
            "outline_width_unit": "MM",
        },
    )
    if rule.hatched:
        settings = {"angle": "45", "distance": "1.2", "distance_unit": "MM", "offset": "0"}
        settings["color"] = rgba(NO_DATA_HATCH)
        hatch = _symbol_layer(symbol, "LinePatternFill", settings)
        line = SubElement(hatch, "symbol", type="line", name=f"@{name}@1", alpha="1")
        _symbol_layer(line, "SimpleLine", _ink(NO_DATA_HATCH, 0.25))
    if rule.dotted:
        settings = {"distance_x": "1.3", "distance_y": "1.3", "displacement_x": "0.65"}
        settings |= {f"{each}_unit": "MM" for each in settings}
        dots = _symbol_layer(symbol, "PointPatternFill", settings)
        dot = SubElement(dots, "symbol", type="marker", name=f"@{name}@1", alpha="1")
        look = {"name": "circle", "size": "0.5", "size_unit": "MM", "color": rgba(rule.outline)}
        _symbol_layer(dot, "SimpleMarker", {**look, "outline_style": "no"})
    return symbol


def _ink(colour: str, width: float) -> dict[str, str]:
    """Return how a line is drawn."""
    look = {"line_color": rgba(colour), "line_width": str(width), "line_width_unit": "MM"}
    return look | {"line_style": "solid", "capstyle": "square", "joinstyle": "round"}


def _symbol_layer(symbol: Element, kind: str, settings: Mapping[str, str]) -> Element:
    layer = SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    options = SubElement(layer, "Option", type="Map")
    for name, value in settings.items():
        SubElement(options, "Option", type="QString", name=name, value=value)
    return layer


def rgba(colour: str) -> str:
    """Return a hex colour the way QGIS writes it.

    Examples
    --------
    >>> rgba("#c4421a")
    '196,66,26,255'
    """
    return ",".join(str(int(colour[k : k + 2], 16)) for k in (1, 3, 5)) + ",255"
