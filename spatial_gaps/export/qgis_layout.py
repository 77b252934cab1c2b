"""A print layout of A4 for QGIS, as XML: title, map in one theme, legend of its layers, source."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from spatial_gaps.export.layer import Layer, Theme
from spatial_gaps.export.qgis_style import clean

# What QGIS calls the parts of a layout.
PAGE, MAP, LABEL, LEGEND = "65638", "65639", "65641", "65642"
WIDTH, HEIGHT = 210.0, 297.0
# Left, top, width and height in millimetres.
TITLE, SUBTITLE, SOURCE = (12, 9, 186, 20), (12, 29, 186, 6), (12, 276, 186, 14)
BODY, KEY = (12, 37, 132, 236), (148, 40, 50, 60)
_LETTERS = {"title": 9, "group": 9, "subgroup": 8, "symbol": 8, "symbolLabel": 8}
Box = tuple[float, float, float, float]


def print_layout(theme: Theme, layers: Sequence[Layer], bounds: Box) -> Element:
    """Return a page with a map of a theme.

    Parameters
    ----------
    theme : Theme
        What is shown, and what is written on top.
    layers : sequence of Layer
        Its layers, topmost first.
    bounds : tuple of float
        West, south, east and north edge of the layers.
    """
    layout = Element("Layout", name=clean(theme.name), units="mm", printResolution="300")
    pages = SubElement(layout, "PageCollection")
    _item(pages, PAGE, theme, (0, 0, WIDTH, HEIGHT))
    key = _item(
        layout, LEGEND, theme, KEY, map_uuid=_key(theme, MAP), resizeToContents="1", zValue="3"
    )
    # In millimetres; left out, entries stand as far apart as symbols are wide.
    sizes = {"symbolWidth": "6", "symbolHeight": "3.4", "boxSpace": "0", "lineSpacing": "1"}
    for name, length in sizes.items():
        key.set(name, length)
    styles = SubElement(key, "styles")
    for name, size in _LETTERS.items():
        gaps = {"marginTop": "4" if name == "subgroup" else "1", "indent": "0", "alignment": "1"}
        gaps["marginLeft"] = "2" if name == "symbolLabel" else "0"
        _font(SubElement(styles, "style", gaps, name=name), "styleFont", size, name == "subgroup")
    tree = SubElement(key, "layer-tree-group")
    for layer in layers:
        entry = SubElement(
            tree, "layer-tree-layer", id=f"spatial_gaps_{layer.name}", name=clean(layer.title),
            providerKey="ogr", checked="Qt::Checked", expanded="1",
        )  # fmt: skip
        # The style says what the colours are; the layer's title would not fit.
        own = SubElement(SubElement(entry, "customproperties"), "Option", type="Map")
        said = {"name": "legend/title-label", "value": clean(theme.shown[layer.name])}
        SubElement(own, "Option", said, type="QString")
    # Three lines have room.
    size = 14 if len(theme.title) <= 160 else 10
    _words(layout, theme, "title", theme.title, TITLE, size)
    _words(layout, theme, "subtitle", theme.subtitle, SUBTITLE, 9)
    rights = " ".join(dict.fromkeys(f"{layer.rights} {layer.licence}".strip() for layer in layers))
    _words(layout, theme, "source", f"Source: {rights}", SOURCE, 7)
    view = _item(layout, MAP, theme, BODY, followPreset="true", followPresetName=clean(theme.name))
    view.set("drawCanvasItems", "false")
    SubElement(view, "Extent", _extent(bounds))
    SubElement(view, "LayerSet")
    return layout


def _key(theme: Theme, kind: str) -> str:
    """Return an identifier that is the same in every build."""
    return f"{{{uuid.uuid5(uuid.NAMESPACE_URL, f'{theme.name}/{kind}')}}}"


def _item(parent: Element, kind: str, theme: Theme, box: Box, **more: str) -> Element:
    """Return a part of the page: where it is, without frame, on white."""
    left, top, width, height = box
    own = _key(theme, kind + str(box))
    if kind == MAP:
        own = _key(theme, MAP)
    place = {"position": f"{left},{top},mm", "positionOnPage": f"{left},{top},mm"}
    look = {"type": kind, "size": f"{width},{height},mm", "uuid": own, "templateUuid": own}
    look |= {"visibility": "1", "opacity": "1", "frame": "false", "referencePoint": "0"}
    look |= {"background": "false" if kind == LABEL else "true", "zValue": "1", "id": ""}
    return SubElement(parent, "LayoutItem", {**place, **look, **more})


def _words(layout: Element, theme: Theme, key: str, text: str, box: Box, size: int) -> None:
    label = _item(
        layout, LABEL, theme, box, labelText=clean(text), htmlState="0", halign="1", valign="32",
        marginX="0", marginY="0", zValue="2",
    )  # fmt: skip
    label.set("id", key)
    _font(label, "LabelFont", size, key == "title")
    SubElement(label, "FontColor", red="34", green="34", blue="34", alpha="255")


def _font(parent: Element, tag: str, size: int, bold: bool) -> None:
    described = f"Open Sans,{size},-1,5,{75 if bold else 50},0,0,0,0,0"
    SubElement(parent, tag, description=described, style="")


def _extent(bounds: Box) -> dict[str, str]:
    """Return the box that fills the map's place on the page, the layers in its middle."""
    west, south, east, north = bounds
    _, _, wide, high = BODY
    scale = max((east - west) / wide, (north - south) / high, 1e-9) * 1.02
    middle = ((west + east) / 2, (south + north) / 2)
    edges = {
        "xmin": middle[0] - scale * wide / 2,
        "ymin": middle[1] - scale * high / 2,
        "xmax": middle[0] + scale * wide / 2,
        "ymax": middle[1] + scale * high / 2,
    }
    return {name: repr(edge) for name, edge in edges.items()}
