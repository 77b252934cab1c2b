"""One layer or table of a GeoPackage: its rows, and the words, styles and place that go with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spatial_gaps.export.fields import FIELDS
from spatial_gaps.export.qgis_style import Style, escaped, tip_text

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from spatial_gaps.assessment import Assessment
    from spatial_gaps.export.small_layers import SmallMap

# Puts an array of shapes together.
Merge = Callable[[Any], Any]
OS_LICENCE = "Contains OS data © Crown copyright and database right"


@dataclass(frozen=True)
class Layer:
    """One layer or table as it is written.

    Attributes
    ----------
    name, title, about : str
        Table name, title and one paragraph.
    frame : DataFrame or GeoDataFrame
        All columns as written; the index is not.
    fields : mapping
        Column to (alias, description).
    styles : tuple of Style
        The first one is the default.
    tip : str
        HTML of the map tip.
    rights, licence : str
        What has to be printed, and under which licence.
    keywords : tuple of str
        For catalogues.
    group : str
        Where it stands in the project; "" for a table.
    sql : str
        Query of a view on other layers of the file, which is written in place of the frame: no shape
        is held twice.
    moment : str
        Column of dates by which QGIS can play the layer.
    """

    name: str
    title: str
    about: str
    frame: pd.DataFrame
    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    styles: tuple[Style, ...] = ()
    tip: str = ""
    rights: str = ""
    licence: str = ""
    keywords: tuple[str, ...] = ()
    group: str = ""
    sql: str = ""
    moment: str = ""

    @property
    def is_spatial(self) -> bool:
        """Whether it has a geometry."""
        import geopandas as gpd

        return isinstance(self.frame, gpd.GeoDataFrame)

    @property
    def is_lines(self) -> bool:
        """Whether it is made of lines."""
        # A layer without rows has no shapes to tell by.
        return any(style.lines for style in self.styles) or (
            self.is_spatial and bool(self.frame.geom_type.str.endswith("LineString").any())
        )

    @property
    def aliases(self) -> dict[str, str]:
        """Column to the name that QGIS shows."""
        return {column: alias for column, (alias, _) in self.fields.items()}


@dataclass(frozen=True)
class Theme:
    """A way to look at a project: which layers are shown, topmost first, and in which style.

    Its print layout has the title and the subtitle.
    """

    name: str
    shown: Mapping[str, str]
    title: str = ""
    subtitle: str = ""


def make_layer(
    assessment: Assessment | SmallMap,
    name: str,
    title: str,
    frame: pd.DataFrame,
    about: str,
    styles: tuple[Style, ...] = (),
    **more: str,
) -> Layer:
    """Put the words around a frame: fields, map tip, rights and keywords.

    Parameters
    ----------
    assessment : Assessment or SmallMap
        Whose layer it is.
    name, title, frame, about, styles
        As for `Layer`.
    **more : str
        group, sql and moment of the `Layer`.

    Returns
    -------
    Layer
        Ready to be written.
    """
    metric = assessment.metric
    filled = {"metric": metric.title, "unit": metric.unit or "no unit"}
    known = {column: FIELDS[column] for column in frame.columns if column in FIELDS}
    fields = {column: (alias, said.format(**filled)) for column, (alias, said) in known.items()}
    credits = [metric.source] + ([OS_LICENCE] if assessment.layout == "boundaries" else [])
    return Layer(
        name=name,
        title=title,
        about=about,
        frame=frame,
        fields=fields,
        styles=styles,
        tip=_tip(assessment, frame) if styles else "",
        rights=" ".join(f"{credit.rstrip('.')}." for credit in credits if credit),
        licence=metric.licence,
        keywords=(
            "inequality",
            "United Kingdom",
            assessment.level,
            assessment.period,
            metric.title,
        ),
        **more,
    )


def _tip(assessment: Assessment | SmallMap, frame: pd.DataFrame) -> str:
    """Return a map tip: name, figure and, for areas, why it is missing and the sentence."""
    what = assessment.metric.title
    title = tip_text(what if "period" in frame else f"{what}, {assessment.period}")
    lines = [f"<b>[% {escaped('name')} %]</b>"]
    if "value_text" in frame:
        lines.append(f"{title}: [% {escaped('value_text')} %]")
        if "status" in frame:
            why = f"CASE WHEN \"status\" <> '' THEN ' (' || {escaped('status')} || ')' END"
            lines[-1] += f"[% {why} %]"
    more = ("period", "sentence", "parent_name")
    lines += [f"[% {escaped(column)} %]" for column in more if column in frame][:1]
    return '<div style="max-width: 22em">' + "<br/>".join(lines) + "</div>"


def tidy(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Order the columns, give the code a column, and leave empty text empty.

    Rings run anticlockwise outside and clockwise inside, as the standard of simple features says.
    """
    import geopandas as gpd
    import shapely

    flat = frame.reset_index()
    shape = flat.geometry.name
    known = [name for name in FIELDS if name in flat]
    others = [name for name in flat if name not in FIELDS and name != shape]
    tidied = flat[[*known, *others]].copy()
    for name in tidied.columns[
        [dtype.kind in "OUT" or str(dtype) == "str" for dtype in tidied.dtypes]
    ]:
        tidied[name] = tidied[name].mask(tidied[name] == "")
    shapes = shapely.orient_polygons(flat.geometry.to_numpy(), exterior_cw=False)
    return gpd.GeoDataFrame(tidied, geometry=gpd.GeoSeries(shapes, index=flat.index, crs=frame.crs))


def merging(shapes: gpd.GeoSeries) -> Merge:
    """Return what puts areas together: exact and quick where they fit edge on edge, else a union."""
    import shapely

    fits = bool(shapely.coverage_is_valid(shapes.to_numpy()))
    return shapely.coverage_union_all if fits else shapely.union_all


def merge_groups(shapes: gpd.GeoSeries, parents: pd.Series, merge: Merge) -> gpd.GeoDataFrame:
    """Return the shape of each parent, indexed by it."""
    import geopandas as gpd

    merged = {parent: merge(group.to_numpy()) for parent, group in shapes.groupby(parents)}
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(merged, crs=shapes.crs))
