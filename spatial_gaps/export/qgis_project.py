"""Layer metadata and a stored project for QGIS, as XML.

The project lies inside the GeoPackage, finds the layers beside itself by file name, and opens with
layers, legend, tables and themes in place.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from spatial_gaps.export.layer import Layer, Theme
from spatial_gaps.export.qgis_layout import print_layout
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
PROJECT = "project.qgs"
# The oldest date that a zip file can hold: the bytes must not depend on the hour.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def style_qml(layer: Layer, style: Style) -> str:
    """Return one style of a layer as a QML document."""
    return document(style_root(style, _parts(layer, style)))


def _parts(layer: Layer, style: Style) -> list[Element]:
    return style_parts(style, layer.aliases, layer.tip, "name", layer.moment)


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


def project_qgz(
    layers: Sequence[Layer],
    file_name: str,
    title: str,
    themes: Sequence[Theme] = (),
    *,
    near: str = "",
) -> bytes:
    """Return a zipped project over the layers of a GeoPackage.

    Parameters
    ----------
    layers : sequence of Layer
        Topmost first; their groups are made in that order.
    file_name : str
        Name of the GeoPackage, without its folder: moving the file keeps the project working,
        renaming it needs a new one.
    title : str
        Title of the window.
    themes : sequence of Theme
        The first one is what the project opens with; with none, all layers are shown.
    near : str
        Name of the layer on which the map opens; on all of them unless given.

    Returns
    -------
    bytes
        The same for the same input.
    """
    packed = io.BytesIO()
    entry = zipfile.ZipInfo(PROJECT, _ZIP_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, document(_project(layers, file_name, title, themes, near)))
    return packed.getvalue()


def _project(
    layers: Sequence[Layer], file_name: str, title: str, themes: Sequence[Theme], near: str
) -> Element:
    maps = [layer for layer in layers if layer.is_spatial]
    opened = themes[0].shown if themes else {layer.name: "" for layer in maps}
    root = Element("qgis", version=QGIS_VERSION, projectname=clean(title))
    SubElement(root, "title").text = clean(title)
    SubElement(root, "projectCrs").append(_reference_system(maps[0]))
    tree = SubElement(root, "layer-tree-group")
    groups = {"": tree}
    for layer in layers:
        _tree_entry(_group(groups, layer.group, opened, layers), layer, file_name, opened)
    shown = [layer for layer in maps if layer.name in opened]
    _canvas(root, maps, [layer for layer in maps if layer.name == near] or shown or maps)
    project_layers = SubElement(root, "projectlayers")
    for layer in layers:
        project_layers.append(_map_layer(layer, file_name, opened.get(layer.name, "")))
    order = SubElement(root, "layerorder")
    for layer in maps:
        SubElement(order, "layer", id=layer_id(layer))
    properties = SubElement(root, "properties")
    paths = SubElement(properties, "Paths")
    SubElement(paths, "Absolute", type="bool").text = "false"
    systems = SubElement(properties, "SpatialRefSys")
    SubElement(systems, "ProjectionsEnabled", type="int").text = "1"
    _relations(root, layers)
    _themes(root, maps, themes)
    _times(root, layers)
    layouts = SubElement(root, "Layouts")
    for theme in themes:
        among = [layer for layer in maps if layer.name in theme.shown]
        # What is played shows all periods on top of each other on paper.
        if not any(layer.moment for layer in among):
            layouts.append(print_layout(theme, among, _bounds(among)))
    return root


def _group(
    groups: dict[str, Element], path: str, opened: Mapping[str, str], layers: Sequence[Layer]
) -> Element:
    """Return the group of that path in the tree, made where it is not there yet."""
    if path not in groups:
        above, _, name = path.rpartition("/")
        inside = [layer for layer in layers if f"{layer.group}/".startswith(f"{path}/")]
        is_open = any(layer.name in opened for layer in inside)
        groups[path] = SubElement(
            _group(groups, above, opened, layers),
            "layer-tree-group",
            name=clean(name),
            checked="Qt::Checked",
            expanded="1" if is_open else "0",
        )
    return groups[path]


def layer_id(layer: Layer) -> str:
    """Return the id of a layer in the project; QGIS replaces ids of ten characters or fewer."""
    return f"spatial_gaps_{layer.name}"


def _source(layer: Layer, file_name: str) -> str:
    return f"./{file_name}|layername={layer.name}"


def _tree_entry(group: Element, layer: Layer, file_name: str, opened: Mapping[str, str]) -> None:
    is_shown = layer.name in opened
    SubElement(
        group,
        "layer-tree-layer",
        id=layer_id(layer),
        name=clean(layer.title),
        source=_source(layer, file_name),
        providerKey="ogr",
        checked="Qt::Checked" if is_shown else "Qt::Unchecked",
        expanded="1" if is_shown and layer.styles else "0",
    )


def _canvas(root: Element, maps: Sequence[Layer], near: Sequence[Layer]) -> None:
    """Set where the map opens, and that "zoom to full" shows all of it, both with a margin."""
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    SubElement(canvas, "units").text = "degrees" if _crs(maps[0]).is_geographic else "meters"
    extent = SubElement(canvas, "extent")
    for tag, edge in _edges(near).items():
        SubElement(extent, tag).text = edge
    SubElement(canvas, "rotation").text = "0"
    SubElement(canvas, "destinationsrs").append(_reference_system(maps[0]))
    settings = SubElement(root, "ProjectViewSettings", UseProjectScales="0")
    SubElement(settings, "DefaultViewExtent", _edges(maps)).append(_reference_system(maps[0]))


def _edges(layers: Sequence[Layer]) -> dict[str, str]:
    """Return the box around layers, with a margin."""
    left, bottom, right, top = _bounds(layers)
    gap = MARGIN * max(right - left, top - bottom)
    edges = {"xmin": left - gap, "ymin": bottom - gap, "xmax": right + gap, "ymax": top + gap}
    return {tag: repr(edge) for tag, edge in edges.items()}


def _map_layer(layer: Layer, file_name: str, current: str) -> Element:
    """Return a layer with all its styles, the current one first; its own default unless given."""
    styles = sorted(layer.styles, key=lambda style: style.name != current)
    style = styles[0] if styles else None
    element = Element("maplayer", type="vector", styleCategories="AllStyleCategories")
    kind = "Line" if layer.is_lines else "Polygon"
    element.set("geometry", kind if layer.is_spatial else "No geometry")
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
        for other in styles[1:]:
            kept = SubElement(manager, "map-layer-style", name=other.name)
            kept.append(style_root(other, _parts(layer, other)))
        element.extend(_parts(layer, style))
    return element


def _relations(root: Element, layers: Sequence[Layer]) -> None:
    """Tie the figures of all periods to their area: its form lists them."""
    names = [layer.name for layer in layers]
    relations = SubElement(root, "relations")
    for name in names:
        prefix = name.removesuffix("values")
        if not name.endswith("values") or f"{prefix}areas" not in names:
            continue
        relation = SubElement(
            relations,
            "relation",
            id=f"{prefix}areas_values",
            name="Figures of all periods",
            referencedLayer=f"spatial_gaps_{prefix}areas",
            referencingLayer=f"spatial_gaps_{name}",
            strength="Association",
        )
        SubElement(relation, "fieldRef", referencedField="code", referencingField="code")


def _themes(root: Element, maps: Sequence[Layer], themes: Sequence[Theme]) -> None:
    presets = SubElement(root, "visibility-presets")
    for theme in themes:
        preset = SubElement(presets, "visibility-preset", name=theme.name)
        for layer in maps:
            if layer.name in theme.shown:
                shown = {"id": layer_id(layer), "visible": "1", "expanded": "1"}
                SubElement(preset, "layer", shown, style=theme.shown[layer.name])


def _times(root: Element, layers: Sequence[Layer]) -> None:
    """Set what the temporal controller plays: year by year from the first period to the last."""
    days = [
        str(day) for layer in layers if layer.moment for day in layer.frame[layer.moment].dropna()
    ]
    if not days:
        return
    first, last = min(days)[:4], max(days)[:4]
    settings = {"timeStepUnit": "y", "timeStep": "1", "frameRate": "1"}
    times = SubElement(root, "ProjectTimeSettings", settings, cumulativeTemporalRange="0")
    span = SubElement(times, "TemporalRange")
    SubElement(span, "start").text = f"{first}-01-01T00:00:00Z"
    SubElement(span, "end").text = f"{last}-12-31T00:00:00Z"
