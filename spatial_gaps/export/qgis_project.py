"""Layer metadata and a stored project for QGIS, as XML.

The project lies inside the GeoPackage, finds the layers beside itself by file name, and opens with
layers, legend, tables and themes in place.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from spatial_gaps.export.layers import Layer
from spatial_gaps.export.qgis_style import (
    QGIS_VERSION,
    Style,
    clean,
    document,
    labels_enabled,
    style_parts,
    style_root,
)

MARGIN = 0.04
# The oldest date that a zip file can hold: the bytes must not depend on the hour.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def style_qml(layer: Layer, style: Style) -> str:
    """Return one style of a layer as a QML document."""
    return document(style_root(style, _parts(layer, style)))


def _parts(layer: Layer, style: Style) -> list[Element]:
    return style_parts(style, layer.aliases, layer.tip, "name")


def metadata_xml(layer: Layer) -> str:
    """Return the metadata of a layer: title, abstract, keywords, rights, licence, system, extent."""
    root = Element("qgis", version=QGIS_VERSION)
    root.extend(_metadata(layer))
    return document(root)


def _metadata(layer: Layer) -> list[Element]:
    texts = {
        "identifier": layer.name,
        "language": "ENG",
        "type": "dataset",
        "title": layer.title,
        "abstract": layer.about,
        "fees": "None",
        "rights": layer.rights,
        "license": layer.licence,
        "encoding": "UTF-8",
    }
    elements = []
    for tag, text in texts.items():
        element = Element(tag)
        element.text = clean(text)
        elements.append(element)
    keywords = Element("keywords", vocabulary="keywords")
    for word in layer.keywords:
        SubElement(keywords, "keyword").text = clean(word)
    elements.append(keywords)
    if layer.is_spatial:
        system = Element("crs")
        system.append(_reference_system(layer))
        extent = Element("extent")
        edges = zip(("minx", "miny", "maxx", "maxy"), _bounds([layer]), strict=True)
        where = {name: repr(edge) for name, edge in edges}
        SubElement(extent, "spatial", where | {"crs": _authority(layer), "dimensions": "2"})
        elements += [system, extent]
    return elements


def _crs(layer: Layer) -> Any:
    return layer.frame.crs


def _authority(layer: Layer) -> str:
    return ":".join(_crs(layer).to_authority() or ("", ""))


def _reference_system(layer: Layer) -> Element:
    """Return the reference system of a layer; QGIS wants all of its text, not the code alone."""
    crs = _crs(layer)
    name, code = crs.to_authority() or ("", "0")
    element = Element("spatialrefsys", nativeFormat="Wkt")
    texts = {
        "wkt": crs.to_wkt(),
        "srid": code,
        "authid": f"{name}:{code}",
        "description": crs.name,
        "geographicflag": "true" if crs.is_geographic else "false",
    }
    for tag, text in texts.items():
        SubElement(element, tag).text = text
    return element


def _bounds(layers: Sequence[Layer]) -> tuple[float, float, float, float]:
    """Return the box around all shapes; zeros where there are none."""
    import numpy as np

    boxes = np.array([layer.frame.total_bounds for layer in layers if len(layer.frame)])
    boxes = boxes.reshape(-1, 4)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return (0.0, 0.0, 0.0, 0.0)
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def project_qgz(layers: Sequence[Layer], file_name: str, title: str) -> bytes:
    """Return a zipped project over the layers of a GeoPackage.

    Parameters
    ----------
    layers : sequence of Layer
        Topmost first; tables go to a group of their own.
    file_name : str
        Name of the GeoPackage, without its folder: moving the file keeps the project working,
        renaming it needs a new one.
    title : str
        Title of the window.

    Returns
    -------
    bytes
        The same for the same input.
    """
    packed = io.BytesIO()
    entry = zipfile.ZipInfo("project.qgs", _ZIP_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, document(_project(layers, file_name, title)))
    return packed.getvalue()


def _project(layers: Sequence[Layer], file_name: str, title: str) -> Element:
    maps = [layer for layer in layers if layer.is_spatial]
    tables = [layer for layer in layers if not layer.is_spatial]
    root = Element("qgis", version=QGIS_VERSION, projectname=clean(title))
    SubElement(root, "title").text = clean(title)
    SubElement(root, "projectCrs").append(_reference_system(maps[0]))
    tree = SubElement(root, "layer-tree-group")
    for name, members, is_open in (("Map", maps, "1"), ("Tables", tables, "0")):
        if members:
            group = SubElement(
                tree, "layer-tree-group", name=name, checked="Qt::Checked", expanded=is_open
            )
            for layer in members:
                _tree_entry(group, layer, file_name)
    _canvas(root, maps)
    project_layers = SubElement(root, "projectlayers")
    for layer in layers:
        project_layers.append(_map_layer(layer, file_name))
    order = SubElement(root, "layerorder")
    for layer in maps:
        SubElement(order, "layer", id=layer_id(layer))
    properties = SubElement(root, "properties")
    paths = SubElement(properties, "Paths")
    SubElement(paths, "Absolute", type="bool").text = "false"
    systems = SubElement(properties, "SpatialRefSys")
    SubElement(systems, "ProjectionsEnabled", type="int").text = "1"
    _themes(root, maps)
    return root


def layer_id(layer: Layer) -> str:
    """Return the id of a layer in the project; QGIS replaces ids of ten characters or fewer."""
    return f"spatial_gaps_{layer.name}"


def _source(layer: Layer, file_name: str) -> str:
    return f"./{file_name}|layername={layer.name}"


def _tree_entry(group: Element, layer: Layer, file_name: str) -> None:
    SubElement(
        group,
        "layer-tree-layer",
        id=layer_id(layer),
        name=clean(layer.title),
        source=_source(layer, file_name),
        providerKey="ogr",
        checked="Qt::Checked",
        expanded="1" if layer.styles else "0",
    )


def _canvas(root: Element, maps: Sequence[Layer]) -> None:
    """Set where the map opens: all layers, with a margin."""
    left, bottom, right, top = _bounds(maps)
    gap = MARGIN * max(right - left, top - bottom)
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    SubElement(canvas, "units").text = "degrees" if _crs(maps[0]).is_geographic else "meters"
    extent = SubElement(canvas, "extent")
    edges = {"xmin": left - gap, "ymin": bottom - gap, "xmax": right + gap, "ymax": top + gap}
    for tag, edge in edges.items():
        SubElement(extent, tag).text = repr(edge)
    SubElement(canvas, "rotation").text = "0"
    SubElement(canvas, "destinationsrs").append(_reference_system(maps[0]))
    # What "zoom to full" and the project's own view return to.
    settings = SubElement(root, "ProjectViewSettings", UseProjectScales="0")
    view = {tag: repr(edge) for tag, edge in edges.items()}
    default = SubElement(settings, "DefaultViewExtent", view)
    default.append(_reference_system(maps[0]))


def _map_layer(layer: Layer, file_name: str) -> Element:
    style = layer.styles[0] if layer.styles else None
    element = Element("maplayer", type="vector", styleCategories="AllStyleCategories")
    element.set("geometry", "Polygon" if layer.is_spatial else "No geometry")
    if style is not None:
        element.set("labelsEnabled", labels_enabled(style))
    texts = {
        "id": layer_id(layer),
        "datasource": _source(layer, file_name),
        "layername": layer.title,
        "abstract": layer.about,
    }
    for tag, text in texts.items():
        SubElement(element, tag).text = clean(text)
    if layer.is_spatial:
        SubElement(element, "srs").append(_reference_system(layer))
    SubElement(element, "resourceMetadata").extend(_metadata(layer))
    SubElement(element, "provider", encoding="UTF-8").text = "ogr"
    if style is not None:
        manager = SubElement(element, "map-layer-style-manager", current=style.name)
        SubElement(manager, "map-layer-style", name=style.name)
        for other in layer.styles[1:]:
            kept = SubElement(manager, "map-layer-style", name=other.name)
            kept.append(style_root(other, _parts(layer, other)))
        element.extend(_parts(layer, style))
    return element


def _themes(root: Element, maps: Sequence[Layer]) -> None:
    """Add one theme per style of the layer that has the most: the other layers stay as they are."""
    leading = max(maps, key=lambda layer: len(layer.styles))
    if len(leading.styles) < 2:
        return
    presets = SubElement(root, "visibility-presets")
    for style in leading.styles:
        preset = SubElement(presets, "visibility-preset", name=style.name)
        for layer in maps:
            shown = style if layer is leading else layer.styles[0]
            attributes = {
                "id": layer_id(layer),
                "visible": "1",
                "expanded": "1",
                "style": shown.name,
            }
            SubElement(preset, "layer", attributes)
