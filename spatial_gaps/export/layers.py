"""What goes into the GeoPackage: an assessment as layers and tables with plain column names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from spatial_gaps.export.changes import change_columns, change_style
from spatial_gaps.export.fields import FIELDS
from spatial_gaps.export.qgis_style import (
    Labels,
    Rule,
    Style,
    category_rules,
    class_rules,
    escaped,
    outline_rules,
    tip_text,
)
from spatial_gaps.export.wording import pocket_order
from spatial_gaps.measure.classes import (
    CLUSTER_COLOURS,
    INK,
    POCKET,
    VERDICT_COLOURS,
    class_breaks,
    format_value,
)
from spatial_gaps.metrics.catalogue import slug

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from spatial_gaps.assessment import Assessment
    from spatial_gaps.records import Breaks

OS_LICENCE = "Contains OS data © Crown copyright and database right"

_CLUSTER_COLUMNS = {
    "I": "cluster_i",
    "z": "cluster_z",
    "p": "cluster_p",
    "p_adjusted": "cluster_p_adjusted",
}


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

    @property
    def is_spatial(self) -> bool:
        """Whether it has a geometry."""
        import geopandas as gpd

        return isinstance(self.frame, gpd.GeoDataFrame)

    @property
    def aliases(self) -> dict[str, str]:
        """Column to the name that QGIS shows."""
        return {column: alias for column, (alias, _) in self.fields.items()}


def assessment_layers(assessment: Assessment) -> tuple[Layer, ...]:
    """Return an assessment as layers, topmost first, then as tables.

    Parameters
    ----------
    assessment : Assessment
        As `assess` returns it; nothing of it is changed.

    Returns
    -------
    tuple of Layer
        pockets, regions_itl1 (or regions_ and the name of the grouping), areas; then the tables
        indices, decomposition, masking, audit, warnings and run.
    """
    areas = _area_frame(assessment)
    pockets = areas[areas["pocket"].notna()].sort_values("pocket")
    what = f"{assessment.metric.title}, {assessment.period}"
    tier = str(assessment.masking.index[0])
    titled = "ITL1 regions" if tier == "itl1" else tier.replace("_", " ").capitalize()
    found = [
        _layer(
            assessment, "pockets", f"Hidden pockets: {what}", pockets,
            "Deprived areas inside an affluent region, numbered, the surest first: solid outline "
            "where confirmed, dashed where likely.",
            _pocket_styles(),
        ),
        _layer(
            assessment, f"regions_{slug(tier)}", f"{titled}: {what}", _region_frame(assessment),
            f"{titled} put together from the areas, with their figures and pockets.",
            _region_styles(),
        ),
        _layer(
            assessment, "areas", f"Areas: {what}", areas,
            f"{assessment.headline} One row per area: figure, cluster and verdict.",
            _area_styles(assessment),
        ),
    ]  # fmt: skip
    return (*found, *_tables(assessment))


def _layer(
    assessment: Assessment,
    name: str,
    title: str,
    frame: pd.DataFrame,
    about: str,
    styles: tuple[Style, ...] = (),
) -> Layer:
    """Put the words around a frame: fields, map tip, rights and keywords."""
    metric = assessment.metric
    filled = {"metric": metric.title, "unit": metric.unit or "no unit"}
    known = {name: FIELDS[name] for name in frame.columns if name in FIELDS}
    fields = {name: (alias, about.format(**filled)) for name, (alias, about) in known.items()}
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
    )


def _area_frame(assessment: Assessment) -> gpd.GeoDataFrame:
    """Join areas, pockets and clusters by code; the geometry comes last."""
    import pandas as pd

    areas = assessment.areas.rename_axis("code").rename(columns={"weight": "people"})
    columns = assessment.clusters.rename(columns=_CLUSTER_COLUMNS)
    columns = columns.filter(["cluster", *_CLUSTER_COLUMNS.values()])
    evidence = assessment.pockets.drop(columns=["lower", "upper"], errors="ignore")
    evidence = evidence.drop(columns=[name for name in evidence if name in {*areas, *columns}])
    order = pocket_order(assessment)
    numbers = pd.Series(range(1, len(order) + 1), index=order, dtype="Int32")
    joined = areas.join([evidence, columns])
    joined["pocket"] = numbers.reindex(joined.index)
    joined["value_text"] = [
        format_value(value, assessment.metric.unit) for value in joined["value"]
    ]
    if assessment.comparison is not None:
        joined = joined.join(change_columns(assessment.comparison))
    return _tidy(joined)


def _region_frame(assessment: Assessment) -> gpd.GeoDataFrame:
    """Put the areas of each region together and add what is known about it."""
    import geopandas as gpd
    import shapely

    parents = assessment.pockets["parent"]
    shapes = assessment.areas.geometry
    # Exact and quick where areas fit together edge on edge; a union repairs the others.
    fits = bool(shapely.coverage_is_valid(shapes.to_numpy()))
    merge = shapely.coverage_union_all if fits else shapely.union_all
    merged = {region: merge(group.to_numpy()) for region, group in shapes.groupby(parents)}
    regions = gpd.GeoDataFrame(geometry=gpd.GeoSeries(merged, crs=shapes.crs))
    parts = assessment.decomposition.regions
    kept = parts[[name for name in ("mean", "within", "between") if name in parts]]
    regions = regions.join(assessment.regions).join(
        kept.drop(columns=[*assessment.regions], errors="ignore")
    )
    regions["value_text"] = [
        format_value(value, assessment.metric.unit) for value in regions["value"]
    ]
    return _tidy(regions.rename_axis("code").sort_index())


def _tidy(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
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
        tidied[name] = tidied[name].replace("", None)
    shapes = shapely.orient_polygons(flat.geometry.to_numpy(), exterior_cw=False)
    return gpd.GeoDataFrame(tidied, geometry=gpd.GeoSeries(shapes, index=flat.index, crs=frame.crs))


def _breaks(assessment: Assessment) -> Breaks | None:
    """Return the classes that maps and report use too, None where no area has a figure."""
    values = assessment.areas["value"]
    if not values.notna().any():
        return None
    higher_is = assessment.options.get("higher_is") or assessment.metric.higher_is or "better"
    return class_breaks(values, higher_is=higher_is, unit=assessment.metric.unit)


def _area_styles(assessment: Assessment) -> tuple[Style, ...]:
    breaks = _breaks(assessment)
    styles = [
        Style(
            "Figures", "Classes of the figure; no figure is hatched.", class_rules("value", breaks)
        ),
        Style("Pockets", "Verdict on each area.", category_rules("verdict", VERDICT_COLOURS)),
        Style(
            "Clusters (LISA)", "Local Moran clusters.", category_rules("cluster", CLUSTER_COLOURS)
        ),
    ]
    if breaks is not None:
        about = "The same classes as a graduated style, to change them; no figure stays empty."
        styles.append(Style("Figures, graduated", about, graduated=("value", breaks)))
    if assessment.comparison is not None:
        styles.append(change_style(assessment.comparison, assessment.options["higher_is"]))
    return tuple(styles)


def _pocket_styles() -> tuple[Style, ...]:
    # Names once there is room for them.
    text = "CASE WHEN @map_scale > 3000000 THEN '' ELSE '  ' || \"name\" END"
    labels = Labels(f'"pocket" || {text}', 8, POCKET)
    about = "Outlines of confirmed and likely pockets, numbered."
    return (Style("Pocket outlines", about, outline_rules(("confirmed", "likely")), labels),)


def _region_styles() -> tuple[Style, ...]:
    border = Rule("ELSE", "Region", None, outline=INK, width=0.25)
    labels = Labels('"name"', 8, INK, italic=True)
    return (Style("Region outlines", "Borders and names.", (border,), labels),)


def _tip(assessment: Assessment, frame: pd.DataFrame) -> str:
    """Return a map tip: name, figure and, for areas, why it is missing and the sentence."""
    title = tip_text(f"{assessment.metric.title}, {assessment.period}")
    lines = [f"<b>[% {escaped('name')} %]</b>", f"{title}: [% {escaped('value_text')} %]"]
    if "status" in frame:
        lines[-1] += f"[% CASE WHEN \"status\" <> '' THEN ' (' || {escaped('status')} || ')' END %]"
    lines += [f"[% {escaped(name)} %]" for name in ("sentence", "parent_name") if name in frame][:1]
    return '<div style="max-width: 22em">' + "<br/>".join(lines) + "</div>"


def _tables(assessment: Assessment) -> list[Layer]:
    """Return the tables without geometry."""
    import pandas as pd

    parts = assessment.decomposition.parts.rename_axis("tier").reset_index()
    parts.insert(0, "index", assessment.decomposition.index)
    notices = [(note.kind, note.message, " ".join(note.codes)) for note in assessment.notices]
    tables = {
        "indices": (
            "Inequality indices", "One row per index with its 95% interval.",
            assessment.indices.rename_axis("name").reset_index(),
        ),
        "decomposition": (
            "Where inequality lives", "Parts of the index, outermost tier first; they add up.", parts,
        ),
        "masking": (
            "What averages hide", "Share of the differences that each tier's averages hide.",
            assessment.masking.rename_axis("tier").reset_index(),
        ),
        "audit": (
            "Join audit", "Every area without a figure and every row that was left out, and why.",
            _audit(assessment),
        ),
        "warnings": (
            "Warnings", "What was repaired, left out or assumed.",
            pd.DataFrame(notices, columns=["kind", "message", "codes"], dtype=str),
        ),
        "run": ("About this run", "What was assessed, from what and how.", _run(assessment)),
    }  # fmt: skip
    return [
        _layer(assessment, name, title, frame, about)
        for name, (title, about, frame) in tables.items()
    ]


def _audit(assessment: Assessment) -> pd.DataFrame:
    import pandas as pd

    kinds = ("missing", "retired", "duplicated", "wrong_level", "unknown")
    columns = ["kind", "code", "name", "reason"]
    frames = [getattr(assessment.audit, kind).assign(kind=kind) for kind in kinds]
    rows = [frame.reindex(columns=columns) for frame in frames if len(frame)]
    empty = pd.DataFrame(columns=columns, dtype=str)
    return pd.concat(rows, ignore_index=True).astype(str) if rows else empty


def _run(assessment: Assessment) -> pd.DataFrame:
    """Return everything that a reader needs to know about the run, as key and value."""
    import pandas as pd

    metric, benchmark = assessment.metric, assessment.benchmark
    facts: dict[str, Any] = {
        "finding": assessment.summary(),
        "metric": metric.title,
        "unit": metric.unit,
        "source": metric.source,
        "licence": metric.licence,
        "level": assessment.level,
        "vintage": assessment.vintage,
        "period": assessment.period,
        "layout": assessment.layout,
        "coverage": assessment.audit.coverage,
        "benchmark": f"{benchmark.name}: {format_value(benchmark.value, metric.unit)} ({benchmark.source})",
        "moran": str(assessment.moran),
        "options": json.dumps(dict(assessment.options), sort_keys=True, default=str),
        "made_with": f"spatial_gaps {version('spatial-gaps')}",
    }
    return pd.DataFrame({"key": list(facts), "value": [str(fact) for fact in facts.values()]})
