"""What neighbours make together: clusters of pockets, and borders at which the figure steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spatial_gaps.export.layer import Layer, Merge, make_layer, tidy
from spatial_gaps.export.qgis_style import Labels, Style
from spatial_gaps.export.qgis_symbols import Rule
from spatial_gaps.flag.pocket_clusters import pocket_clusters
from spatial_gaps.locate.border_steps import border_steps
from spatial_gaps.locate.borders import border_lines
from spatial_gaps.measure.classes import INK
from spatial_gaps.measure.wording import format_value

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from spatial_gaps.assessment import Assessment

SURE, STEP, SLIGHT = "#4a1486", "#9e9ac8", "#c9c9c9"
# Which share of all borders is drawn thick, and which at all.
SHARPEST, SHARP = 0.05, 0.2
_COLUMNS = {
    "better": "better_code",
    "worse": "worse_code",
    "z": "step_z",
    "p_adjusted": "step_p_adjusted",
}


def joined_layers(assessment: Assessment, merge: Merge, prefix: str = "") -> list[Layer]:
    """Return pocket_clusters and border_contrasts.

    Parameters
    ----------
    assessment : Assessment
        With the graph of its neighbours.
    merge : callable
        As `merging` returns it.
    prefix : str
        Before the names of all layers of this assessment.

    Returns
    -------
    list of Layer
        None where the assessment holds no graph.
    """
    graph = assessment.graph
    if graph is None:
        return []
    what = f"{assessment.metric.title}, {assessment.period}"
    clusters, steps = _clusters(assessment, graph, merge), _steps(assessment, graph)
    labels = Labels("CASE WHEN @map_scale <= 3000000 THEN \"name\" ELSE '' END", 8, italic=True)
    outline = Rule('"n_members" > 1', "Pockets that touch", None, outline=INK, width=0.5)
    return [
        make_layer(
            assessment, f"{prefix}pocket_clusters", f"Clusters of pockets: {what}", clusters,
            "Confirmed and likely pockets that touch each other are one place; most people first.",
            (Style("Cluster outlines", "Outlines and names.", (outline,), labels),),
            group="Pockets",
        ),
        make_layer(
            assessment, f"{prefix}border_contrasts", f"Steps between neighbours: {what}", steps,
            "Every border of two areas with figures, and the step between them; a straight line "
            "joins neighbours without a common border.",
            (_step_style(assessment, steps),), group="Gaps",
        ),
    ]  # fmt: skip


def _clusters(assessment: Assessment, graph: pd.Series, merge: Merge) -> gpd.GeoDataFrame:
    """Put pockets that touch together."""
    import geopandas as gpd

    names = assessment.areas["name"]
    table = pocket_clusters(assessment.pockets, graph, names=names)
    shapes = assessment.areas.geometry
    merged = [merge(shapes.loc[list(codes)].to_numpy()) for codes in table["members"]]
    table = table.rename(columns={"n": "n_members"}).assign(
        members=[" ".join(codes) for codes in table["members"]],
        parent=[" ".join(codes) for codes in table["parents"]],
    )
    table = table.drop(columns="parents").rename_axis("pocket_cluster")
    return tidy(gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(merged, table.index, shapes.crs)))


def _steps(assessment: Assessment, graph: pd.Series) -> gpd.GeoDataFrame:
    """Return the step of the figure at every border of two areas that have one."""
    import geopandas as gpd

    areas, unit = assessment.areas, assessment.metric.unit
    higher_is = str(assessment.options.get("higher_is", "better"))
    found = border_steps(areas["value"], graph, higher_is=higher_is, se=areas["se"])
    names, region = areas["name"], assessment.pockets["parent"]
    better, worse = found["better"], found["worse"]
    table = found.rename(columns=_COLUMNS).assign(
        better_off=better.map(names),
        worse_off=worse.map(names),
        step_text=[format_value(each, unit) for each in found["step"]],
        is_region_border=better.map(region).to_numpy() != worse.map(region).to_numpy(),
    )
    table.insert(0, "name", table["better_off"] + " and " + table["worse_off"])
    pairs = np.column_stack([areas.index.get_indexer(each) for each in (better, worse)])
    lines = border_lines(areas.geometry.to_numpy(), np.sort(pairs, axis=1))
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(lines, crs=areas.crs))


def _step_style(assessment: Assessment, steps: pd.DataFrame) -> Style:
    """Return the sharpest steps thick, dark where clear of sampling error, and slight ones faint."""
    unit, found = assessment.metric.unit, steps["step"].to_numpy()
    rules: list[Rule] = []
    if len(found):
        high, low = (float(np.quantile(found, 1 - share)) for share in (SHARPEST, SHARP))
        top, some = (format_value(each, unit, like=high) for each in (high, low))
        widths = [(f'"step" >= {high!r}', f"{top} or more", 1.3)]
        if some != top:
            between = f'"step" >= {low!r} AND "step" < {high!r}'
            widths.append((between, f"{some} to {top}", 0.7))
        sure = '"step_p_adjusted" <= 0.05'
        if (steps["step_p_adjusted"] <= 0.05).any():
            rules += [
                Rule(f"{which} AND {sure}", f"{label}, clear of sampling error", None,
                     outline=SURE, width=width)
                for which, label, width in widths
            ]  # fmt: skip
        rules += [
            Rule(f"{which} AND coalesce(NOT {sure}, true)", label, None, outline=STEP, width=width)
            for which, label, width in widths
        ]
    rules.append(Rule("ELSE", "Less", None, outline=SLIGHT, width=0.15))
    about = "The sharpest twentieth of all borders thick, the next three twentieths thinner."
    return Style("Steps", about, tuple(rules), lines=True)


def place_frame(assessment: Assessment, codes: Any, table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the areas of a place with ranks and distances, in drawing order."""
    import geopandas as gpd

    shapes = assessment.areas.geometry.loc[list(codes)]
    told = table.drop(columns=["county", "region", "nation", "peers", "of"])
    unit = assessment.metric.unit
    told = told.assign(value_text=[format_value(value, unit) for value in told["value"]])
    joined = told.loc[shapes.index].rename_axis("code")
    return tidy(gpd.GeoDataFrame(joined, geometry=shapes))
