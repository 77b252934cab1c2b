"""What QGIS makes of a GeoPackage, as JSON; run with the Python that has PyQGIS.

usage: qgis_check.py FILE PROJECT FOLDER

Opens every layer as a user would, then the stored project, draws each theme to FOLDER/<theme>.png
and prints everything that the tests compare.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsDateTimeRange,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeatureRequest,
    QgsLayerTree,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QDate, QDateTime, QSize, QTime
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument

SIZE = QSize(800, 1200)


def style_facts(layer: QgsVectorLayer) -> dict[str, Any]:
    """Return the renderer of a layer: its type and one entry per class."""
    renderer = layer.renderer()
    facts: dict[str, Any] = {"renderer": renderer.type(), "labels": layer.labelsEnabled()}
    if renderer.type() == "RuleRenderer":
        rules = renderer.rootRule().children()
        facts["rules"] = [rule_facts(rule) for rule in rules]
    elif renderer.type() == "graduatedSymbol":
        facts["ranges"] = [
            [each.label(), each.symbol().color().name()] for each in renderer.ranges()
        ]
    if layer.labelsEnabled():
        settings = layer.labeling().settings()
        facts["label"] = settings.fieldName
        facts["label_valid"] = not QgsExpression(settings.fieldName).hasParserError()
        text = settings.format()
        facts["halo"] = text.buffer().enabled()
    return facts


def played(layer: QgsVectorLayer) -> list[Any]:
    """Return by which column the temporal controller plays a layer, and how many rows a year has."""
    times = layer.temporalProperties()
    if not times.isActive():
        return []
    year = QgsDateTimeRange(
        QDateTime(QDate(2021, 1, 1), QTime(0, 0)),
        QDateTime(QDate(2022, 1, 1), QTime(0, 0)),
        True,
        False,
    )
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    wanted = times.createFilterString(context, year)
    request = QgsFeatureRequest().setFilterExpression(wanted)
    return [times.startField(), len(list(layer.getFeatures(request)))]


def rule_facts(rule: Any) -> dict[str, Any]:
    """Return label, condition and symbol of one rule."""
    symbol = rule.symbol()
    fill = symbol.symbolLayer(0)
    kinds = [symbol.symbolLayer(k).layerType() for k in range(symbol.symbolLayerCount())]
    if kinds == ["SimpleLine"]:
        return {"label": rule.label(), "line": fill.color().name(), "width": fill.width()}
    return {
        "dots": "PointPatternFill" in kinds,
        "label": rule.label(),
        "filter": rule.filterExpression(),
        "fill": "" if fill.properties()["style"] == "no" else fill.fillColor().name(),
        "outline": fill.strokeColor().name(),
        "dashed": fill.properties()["outline_style"] == "dash",
        "hatch": [
            symbol.symbolLayer(k).color().name()
            for k in range(symbol.symbolLayerCount())
            if symbol.symbolLayer(k).layerType() == "LinePatternFill"
        ],
    }


def layer_facts(layer: QgsVectorLayer) -> dict[str, Any]:
    """Return everything about a layer that a user meets."""
    metadata = layer.metadata()
    facts: dict[str, Any] = {
        "valid": layer.isValid(),
        "count": layer.featureCount(),
        "crs": layer.crs().authid(),
        "aliases": {field.name(): field.alias() for field in layer.fields() if field.alias()},
        "comments": {field.name(): field.comment() for field in layer.fields() if field.comment()},
        "types": {field.name(): field.typeName() for field in layer.fields()},
        "tip": layer.mapTipTemplate(),
        "tips": tips(layer),
        "title": metadata.title(),
        "abstract": metadata.abstract(),
        "licences": list(metadata.licenses()),
        "rights": list(metadata.rights()),
        "keywords": {name: list(words) for name, words in metadata.keywords().items()},
        "maps": value_maps(layer),
    }
    if layer.isSpatial():
        facts["style"] = style_facts(layer)
        facts["played"] = played(layer)
    return facts


def value_maps(layer: QgsVectorLayer) -> dict[str, dict[str, str]]:
    """Return what is shown in place of the values of each column that has such a list."""
    found = {}
    for index, field in enumerate(layer.fields()):
        widget = layer.editorWidgetSetup(index)
        if widget.type() == "ValueMap":
            listed = widget.config()["map"]
            found[field.name()] = {value: shown for each in listed for shown, value in each.items()}
    return found


def tips(layer: QgsVectorLayer) -> dict[str, str]:
    """Return the map tip of every area by code, evaluated."""
    if not layer.mapTipTemplate():
        return {}
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    shown = {}
    names = layer.fields().names()
    for feature in layer.getFeatures():
        context.setFeature(feature)
        text = QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context)
        shown[str(feature["code"] if "code" in names else feature["name"])] = text
    return shown


def opened_layers(path: str) -> dict[str, Any]:
    """Open each layer on its own, with its default style, and apply every other style to it."""
    facts = {}
    container = QgsVectorLayer(path, "container", "ogr")
    names = [part.split("!!::!!")[1] for part in container.dataProvider().subLayers()]
    for name in names:
        layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
        facts[name] = layer_facts(layer)
        if layer.isSpatial():
            facts[name]["styles"] = stored_styles(layer)
    return facts


def stored_styles(layer: QgsVectorLayer) -> dict[str, Any]:
    """Return the renderer that each stored style gives the layer."""
    related, ids, names, _, _ = layer.listStylesInDatabase()
    styles = {}
    for key, name in list(zip(ids, names))[:related]:  # noqa: B905 (the oldest QGIS has Python 3.9)
        qml, _ = layer.getStyleFromDatabase(key)
        document = QDomDocument()
        document.setContent(qml)
        clone = layer.clone()
        # Not loadNamedStyle: it would read the default style of the file again.
        clone.importNamedStyle(document)
        styles[name] = style_facts(clone)
    return styles


def project_facts(path: str, name: str, folder: Path) -> dict[str, Any]:
    """Open the stored project and draw each theme."""
    project = QgsProject.instance()
    canvas = QgsMapCanvas()
    canvas.setObjectName("theMapCanvas")
    facts: dict[str, Any] = {"read": project.read(f"geopackage:{path}?projectName={quote(name)}")}
    root = project.layerTreeRoot()
    layers = project.mapLayers()
    facts |= {
        "title": project.title(),
        "crs": project.crs().authid(),
        "crs_valid": project.crs().isValid(),
        "layers": {key: layer_facts(layer) for key, layer in layers.items()},
        "tree": tree(root),
        "order": [layer.id() for layer in root.layerOrder()],
        "themes": project.mapThemeCollection().mapThemes(),
        "extent": box(canvas.extent()),
        "shown": [node.layerId() for node in root.findLayers() if node.isVisible()],
        "times": [str(day.date().year()) for day in days(project)],
        "relations": [
            relation_facts(each) for each in project.relationManager().relations().values()
        ],
        "pictures": {},
        "pages": {},
    }
    for layout in project.layoutManager().printLayouts():
        facts["pages"][layout.name()] = page_facts(layout, folder)
    for theme in facts["themes"]:
        facts["pictures"][theme] = draw(project, theme, folder / f"{theme}.png")
    return facts


def days(project: QgsProject) -> list[Any]:
    """Return the first and the last moment that the temporal controller plays."""
    span = project.timeSettings().temporalRange()
    return [] if span.isInfinite() else [span.begin(), span.end()]


def relation_facts(relation: Any) -> dict[str, Any]:
    """Return whether a relation works, and how many rows the first three areas have."""
    areas = list(relation.referencedLayer().getFeatures())[:3]
    rows = [len(list(relation.getRelatedFeatures(area))) for area in areas]
    return {"id": relation.id(), "valid": relation.isValid(), "rows": rows}


def page_facts(layout: Any, folder: Path) -> dict[str, Any]:
    """Print a layout, and return its words and the colours of its legend's layers."""
    file = folder / f"page-{layout.name()}.png"
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = 60
    done = QgsLayoutExporter(layout).exportToImage(str(file), settings)
    items = layout.items()
    keys = [item for item in items if isinstance(item, QgsLayoutItemLegend)]
    return {
        "printed": done == QgsLayoutExporter.Success,
        "words": {i.id(): i.text() for i in items if isinstance(i, QgsLayoutItemLabel)},
        "legend": [n.layerId() for key in keys for n in key.model().rootGroup().findLayers()],
    }


def tree(group: Any) -> list[Any]:
    """Return groups and layers as the layer panel shows them."""
    found: list[Any] = []
    for node in group.children():
        found.append([node.name(), tree(node)] if QgsLayerTree.isGroup(node) else node.layerId())
    return found


def box(extent: QgsRectangle) -> list[float]:
    """Return where the map opens: left, bottom, right, top."""
    return [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()]


def draw(project: QgsProject, theme: str, path: Path) -> dict[str, int]:
    """Draw a theme as the map window would and count the colours of its pixels."""
    collection = project.mapThemeCollection()
    settings = QgsMapSettings()
    settings.setLayers(collection.mapThemeVisibleLayers(theme))
    settings.setLayerStyleOverrides(collection.mapThemeStyleOverrides(theme))
    settings.setDestinationCrs(project.crs())
    settings.setBackgroundColor(QColor("#d5e4ee"))
    settings.setOutputSize(SIZE)
    # Pure colours, so that they can be counted.
    settings.setFlag(QgsMapSettings.Antialiasing, False)
    around = QgsRectangle()
    for layer in settings.layers():
        around.combineExtentWith(layer.extent())
    settings.setExtent(around.buffered(around.width() / 50))
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage()
    picture.save(str(path))
    colours = Counter(
        QColor(picture.pixel(x, y)).name()
        for x in range(0, picture.width(), 2)
        for y in range(0, picture.height(), 2)
    )
    return dict(colours.most_common(40))


def main() -> None:
    """Print what QGIS finds."""
    path, project, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    application = QgsApplication([], True)
    application.initQgis()
    facts = {
        "qgis": Qgis.QGIS_VERSION,
        "layers": opened_layers(path),
        "project": project_facts(path, project, folder),
    }
    print(json.dumps(facts))  # noqa: T201
    QgsProject.instance().clear()
    application.exitQgis()


if __name__ == "__main__":
    main()
