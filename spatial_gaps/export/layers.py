"""What goes into the GeoPackage: an assessment as layers and tables with plain column names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spatial_gaps.errors import InputError
from spatial_gaps.export import layer_styles
from spatial_gaps.export.changes import change_columns
from spatial_gaps.export.joined_layers import joined_layers, place_frame
from spatial_gaps.export.layer import Layer, Merge, make_layer, merge_groups, merging, tidy
from spatial_gaps.export.result_tables import result_tables
from spatial_gaps.export.series_layers import series_layers
from spatial_gaps.export.wording import pocket_order
from spatial_gaps.flag.finding import region_counts
from spatial_gaps.flag.place_table import place_table
from spatial_gaps.geography.cartogram import cartogram
from spatial_gaps.geography.register import areas as register
from spatial_gaps.measure.wording import format_value
from spatial_gaps.metrics.catalogue import slug
from spatial_gaps.metrics.published import published_regions

if TYPE_CHECKING:
    import geopandas as gpd

    from spatial_gaps.assessment import Assessment
    from spatial_gaps.geography.places import Place

_CLUSTER_COLUMNS = {
    "I": "cluster_i",
    "z": "cluster_z",
    "p": "cluster_p",
    "p_adjusted": "cluster_p_adjusted",
}
# What the layer of clusters shows of the areas.
_LISA = ("code", "name", "value", "value_text", "status", "cluster", *_CLUSTER_COLUMNS.values())


def assessment_layers(
    assessment: Assessment, *, place: Place | None = None, prefix: str = ""
) -> tuple[Layer, ...]:
    """Return an assessment as layers, topmost first, then as tables.

    Parameters
    ----------
    assessment : Assessment
        As `assess` returns it; nothing of it is changed.
    place : Place, optional
        Becomes a layer of its own, with the ranks of its areas.
    prefix : str
        Before the names of all layers, where a file holds several assessments.

    Returns
    -------
    tuple of Layer
        place, pockets, pocket_clusters, border_contrasts, regions_itl1 (or regions_ and the name of
        the grouping), regions_itl3, lisa, areas, areas_over_time and cartogram, as far as the
        assessment has what they show; then the tables values, values_wide, indices, decomposition,
        masking, audit, warnings and run.
    """
    areas = _area_frame(assessment)
    pockets = areas[areas["pocket"].notna()].sort_values("pocket")
    what = f"{assessment.metric.title}, {assessment.period}"
    lisa = areas[[*(name for name in _LISA if name in areas), areas.geometry.name]]
    query = ", ".join(f'"{name}"' for name in lisa if name != lisa.geometry.name)
    merge = merging(assessment.areas.geometry)
    found = [
        make_layer(
            assessment, f"{prefix}pockets", f"Hidden pockets: {what}", pockets,
            "Deprived areas inside an affluent region, numbered, the surest first: solid outline "
            "where confirmed, dashed where likely.",
            layer_styles.pocket_styles(), group="Pockets",
        ),
        *joined_layers(assessment, merge, prefix),
        *_region_layers(assessment, merge, prefix),
        make_layer(
            assessment, f"{prefix}lisa", f"Clusters: {what}", lisa,
            "Local Moran clusters of the areas, after correction for many tests.",
            layer_styles.lisa_styles(), group="Clusters",
            sql=f'SELECT fid AS OGC_FID, geom, {query} FROM "{prefix}areas"',
        ),
        make_layer(
            assessment, f"{prefix}areas", f"Areas: {what}", areas,
            f"{assessment.headline} One row per area: figure, cluster and verdict.",
            layer_styles.area_styles(assessment), group="Figures",
        ),
        *series_layers(assessment, prefix),
        *_hexagons(assessment, prefix, areas),
        *result_tables(assessment, prefix),
    ]  # fmt: skip
    own = [] if place is None else [_place_layer(assessment, place, prefix)]
    # What has a shape lies above what has none, whichever of them was made first.
    return (*own, *sorted(found, key=lambda layer: not layer.is_spatial))


def _place_layer(assessment: Assessment, place: Place, prefix: str) -> Layer:
    """Return a place's areas, with a veil over all that is not of it."""
    frame = place_frame(assessment, place.areas, place_table(assessment, place))
    about = f"{place.name}: rank and distances of every area, best-off first in the table."
    styles = layer_styles.place_styles()
    return make_layer(
        assessment, f"{prefix}place", place.name, frame, about, styles, group="My place"
    )


def _region_layers(assessment: Assessment, merge: Merge, prefix: str) -> list[Layer]:
    """Return the regions that areas are held against, and ITL 3 areas where there are any."""
    what = f"{assessment.metric.title}, {assessment.period}"
    tier = str(assessment.masking.index[0])
    titled = "ITL1 regions" if tier == "itl1" else tier.replace("_", " ").capitalize()
    frames = {tier: (titled, _region_frame(assessment, merge))}
    if "itl3" in assessment.areas and tier != "itl3":
        frames["itl3"] = ("ITL3 areas", _itl3_frame(assessment, merge))
    about = "{} put together from the areas, with their figures and pockets."
    return [
        make_layer(
            assessment, f"{prefix}regions_{slug(key)}", f"{title}: {what}", frame,
            about.format(title), layer_styles.region_styles(assessment, named=key != "itl3"),
            group="Regions",
        )
        for key, (title, frame) in frames.items()
    ]  # fmt: skip


def _hexagons(assessment: Assessment, prefix: str, areas: gpd.GeoDataFrame) -> list[Layer]:
    """Return the same areas as hexagons, where they are real shapes and there is a layout of them."""
    if assessment.layout == "cartogram":
        return []
    try:
        hexes = cartogram(assessment.level, assessment.vintage)
    except InputError:
        return []
    if not areas["code"].isin(hexes.index).all():
        return []
    shapes = hexes.geometry.loc[areas["code"]].to_numpy()
    about = "Every area as one hexagon near its true place, so that small ones are seen."
    what = f"{assessment.metric.title}, {assessment.period}"
    return [
        make_layer(
            assessment, f"{prefix}cartogram", f"Hexagons: {what}",
            areas.set_geometry(shapes, crs=hexes.crs), about,
            layer_styles.area_styles(assessment), group="Hexagons",
        )
    ]  # fmt: skip


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
    return tidy(joined)


def _region_frame(assessment: Assessment, merge: Merge) -> gpd.GeoDataFrame:
    """Put the areas of each region together and add what is known about it."""
    regions = merge_groups(assessment.areas.geometry, assessment.pockets["parent"], merge)
    parts = assessment.decomposition.regions
    kept = parts[[name for name in ("mean", "within", "between") if name in parts]]
    regions = regions.join(assessment.regions).join(
        kept.drop(columns=[*assessment.regions], errors="ignore")
    )
    return _with_text(assessment, regions)


def _itl3_frame(assessment: Assessment, merge: Merge) -> gpd.GeoDataFrame:
    """Put the areas of each ITL 3 area together, with its published figure or their mean."""
    import pandas as pd

    of = assessment.areas["itl3"]
    codes = pd.Index(sorted(of.dropna().unique()))
    regions = published_regions(assessment.metric, assessment.period, codes)
    regions["name"] = register("itl3", assessment.vintage)["name"].reindex(codes)
    counts = region_counts(regions, of, assessment.pockets)
    return _with_text(assessment, merge_groups(assessment.areas.geometry, of, merge).join(counts))


def _with_text(assessment: Assessment, regions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the figure as it is printed, and whether it is better than the benchmark."""
    unit, line = assessment.metric.unit, assessment.benchmark.value
    value = regions["value"]
    better = (value > line) if assessment.options.get("higher_is") != "worse" else (value < line)
    regions = regions.assign(
        value_text=[format_value(each, unit) for each in value],
        is_better_off=better.astype("boolean").where(value.notna()),
    )
    return tidy(regions.rename_axis("code").sort_index())
