"""Small areas as layers: their figures, the hidden ones outlined, and the authorities around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spatial_gaps.checks import check_direction
from spatial_gaps.export.layer import Layer, Theme, make_layer, merge_groups, merging, tidy
from spatial_gaps.export.layer_styles import BORDERS, CLUSTERS, FIGURES, lisa_styles
from spatial_gaps.export.qgis_style import Labels, Style, class_rules
from spatial_gaps.export.qgis_symbols import Rule
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.measure.classes import INK, POCKET, class_breaks
from spatial_gaps.measure.wording import format_value

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from spatial_gaps.records import Metric

HIDDEN = "Hidden"
# What stands about an authority in its layer.
_AUTHORITY = (
    "name", "n", "people", "average_score", "average_rank", "extent", "disparity", "profile",
    "deprived", "deprived_people", "hidden", "hidden_people",
)  # fmt: skip


@dataclass(frozen=True)
class SmallMap:
    """Small areas that are to be drawn.

    Attributes
    ----------
    metric : Metric
        Whose figures they have.
    level, period : str
        What they are, and when.
    areas : GeoDataFrame
        By code: name, value, people, parent, parent_name, is_hidden; cluster and
        cluster_p_adjusted where clusters were asked for.
    authorities : DataFrame
        By code, as `inside_authorities` returns it, with their names.
    finding : str
        One sentence.
    """

    metric: Metric
    level: str
    period: str
    areas: gpd.GeoDataFrame
    authorities: pd.DataFrame
    finding: str
    layout: str = "boundaries"


def small_layers(small: SmallMap, prefix: str = "") -> tuple[Layer, ...]:
    """Return hidden small areas, authorities and all small areas, topmost first.

    Parameters
    ----------
    small : SmallMap
        Nothing of it is changed.
    prefix : str
        Before the names of the layers.
    """
    what = f"{small.metric.title}, {small.period}"
    noun = noun_of(small.level)[1]
    shapes = small.areas
    told = shapes.assign(
        value_text=[format_value(value, small.metric.unit) for value in shapes["value"]]
    )
    areas = tidy(told.rename_axis("code"))
    hidden = areas[areas["is_hidden"]]
    query = ", ".join(f'"{name}"' for name in areas if name != areas.geometry.name)
    merged = merge_groups(shapes.geometry, shapes["parent"], merging(shapes.geometry))
    known = [name for name in _AUTHORITY if name in small.authorities]
    authorities = tidy(merged.join(small.authorities[known]).rename_axis("code").sort_index())
    border = Rule("ELSE", "Authority", None, outline=INK, width=0.1)
    named = Labels("CASE WHEN @map_scale <= 3000000 THEN \"name\" ELSE '' END", 8, INK, italic=True)
    # A thick outline, so that one street's worth is seen on a map of the nation.
    filled = Rule("ELSE", "Hidden small area", POCKET, outline=POCKET, width=0.4)
    return (
        make_layer(
            small, f"{prefix}hidden", f"Hidden {noun}: {what}", hidden,
            f"{small.finding} Each is among the most deprived tenth, in an authority of the less "
            "deprived half.",
            (Style(HIDDEN, "Hidden small areas in one colour.", (filled,)),), group="Pockets",
            sql=f'SELECT fid AS OGC_FID, geom, {query} FROM "{prefix}areas" WHERE "is_hidden"',
        ),
        make_layer(
            small, f"{prefix}authorities", f"Authorities: {what}", authorities,
            "Authorities put together from their small areas, and how divided they are.",
            (Style(BORDERS, "Borders and names.", (border,), named),), group="Authorities",
        ),
        make_layer(
            small, f"{prefix}areas", f"{noun.capitalize()}: {what}", areas,
            f"{small.finding} One row per small area.", _styles(small), group="Figures",
        ),
    )  # fmt: skip


def _styles(small: SmallMap) -> tuple[Style, ...]:
    """Return the styles of all small areas: figures, and clusters if there are any."""
    values, metric = small.areas["value"], small.metric
    direction = check_direction(metric.higher_is)
    breaks = class_breaks(values, higher_is=direction, unit=metric.unit)
    figures = Style(
        FIGURES, "Classes of the figure; no figure is hatched.", class_rules("value", breaks)
    )
    return (figures, *(lisa_styles() if "cluster" in small.areas else ()))


def small_themes(small: SmallMap, prefix: str = "") -> list[Theme]:
    """Return the themes of its layers, the first one to open with.

    Parameters
    ----------
    small : SmallMap
        Whose finding is the title.
    prefix : str
        As for `small_layers`.
    """
    borders = {f"{prefix}authorities": BORDERS}
    ways = {"Hidden": {f"{prefix}hidden": HIDDEN, f"{prefix}areas": FIGURES, **borders}}
    if "cluster" in small.areas:
        ways["Clusters"] = {f"{prefix}areas": CLUSTERS, **borders}
    lead = f"{prefix.rstrip('_')}: " if prefix else ""
    subtitle = f"{small.metric.title}, {noun_of(small.level)[1]}, {small.period}"
    return [
        Theme(f"{lead}{name}", shown, small.finding, f"{name}. {subtitle}")
        for name, shown in ways.items()
    ]
