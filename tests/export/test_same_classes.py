"""The same classes and colours in the picture's key, in QGIS and in the report."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from spatial_gaps import draw_map
from spatial_gaps.export.layers import assessment_layers
from spatial_gaps.export.qgis_project import style_qml
from spatial_gaps.export.report import render_report


class Legend(HTMLParser):
    """The entries of the report's legend of figures: label and fill of the swatch."""

    def __init__(self):
        super().__init__()
        self.inside, self.fill, self.entries, self.spans = False, "", [], 0

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if named.get("class") == "legend":
            self.inside = named["id"] == "legend-value"
        if self.inside and tag == "rect":
            self.fill, self.spans = named["fill"], 0
        if self.inside and tag == "span":
            self.spans += 1

    def handle_data(self, text):
        if self.inside and self.fill and self.spans == 1 and text.strip():
            self.entries.append((text.strip(), self.fill))
            self.spans = 9


def in_picture(pay):
    figure = draw_map(pay.areas, unit="£", higher_is="better")
    fills = {
        round(patch.get_y() + 0.03, 2): to_hex(patch.get_facecolor())
        for patch in figure.findobj(Rectangle)
        if patch.get_gid() == "swatch" and not patch.get_hatch()
    }
    labels = {
        round(text.get_position()[1], 2): text.get_text()
        for text in figure.findobj(Text)
        if text.get_gid() == "key" and " to " in text.get_text()
    }
    return {(labels[at], fill) for at, fill in fills.items()}


def in_qgis(pay, name):
    layer, style = next(
        (layer, style)
        for layer in assessment_layers(pay)
        for style in layer.styles
        if style.name == name
    )
    qml = style_qml(layer, style)
    labels = re.findall(r'<range [^>]*label="([^"]*)"', qml)
    labels = labels or re.findall(r'<rule [^>]*label="([^"]* to [^"]*)"', qml)
    fills = re.findall(r'name="color" value="(\d+),(\d+),(\d+),255"', qml)
    colours = [f"#{int(r):02x}{int(g):02x}{int(b):02x}" for r, g, b in fills]
    return set(zip(labels, colours, strict=False))


@pytest.mark.parametrize("name", ["Figures", "Figures, graduated"])
def test_classes_and_colours_are_the_same_in_picture_qgis_and_report(name, pay):
    page = Legend()
    page.feed(render_report(pay))
    report = {entry for entry in page.entries if " to " in entry[0]}
    assert len(report) == 5
    assert in_picture(pay) == report
    assert in_qgis(pay, name) == report
