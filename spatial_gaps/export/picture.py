"""One picture of one metric, with the words that go with it: alt text and caption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spatial_gaps.checks import check_choice, check_direction
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.geography.lookups import parents
from spatial_gaps.geography.places import Place
from spatial_gaps.measure.classes import class_breaks, diverging_breaks
from spatial_gaps.measure.wording import format_value
from spatial_gaps.metrics.joining import audit_join, join_metrics
from spatial_gaps.metrics.published import benchmark_of

if TYPE_CHECKING:
    import geopandas as gpd

    from spatial_gaps.records import Breaks, Metric

SCHEMES = ("quantiles", "jenks", "equal", "diverging")
# The finest step of a border that a reader sees on paper, in inches: a tenth of a millimetre.
FINEST = 0.004
WIDEST = 8.0


@dataclass(frozen=True)
class Picture:
    """A map, and what is said of it.

    Attributes
    ----------
    figure : Figure
        Ready for `save_figure`.
    alt : str
        For who cannot see it: what it is, of what, and its ends.
    caption : str
        Two sentences to print below it: what it shows, and source and licence.
    """

    figure: Any
    alt: str
    caption: str


def draw_picture(
    areas: gpd.GeoDataFrame,
    metric: Metric,
    *,
    period: str | int,
    higher_is: str | None = None,
    place: Place | None = None,
    scheme: str = "quantiles",
    labels: bool = True,
    size: tuple[float, float] | None = None,
    title: str = "",
    credit: str = "",
) -> Picture:
    """Draw one metric on a map, of all areas or of one place, and put it into words.

    Parameters
    ----------
    areas : GeoDataFrame
        From `read_boundaries` or `cartogram`.
    metric : Metric
        As read.
    period : str or int
        Which period.
    higher_is : {"better", "worse"}, optional
        Needed only where the metric does not know its direction.
    place : Place, optional
        Draw this one alone, in the classes of all areas.
    scheme : {"quantiles", "jenks", "equal", "diverging"}
        Classes; "diverging" around the nation's figure.
    labels : bool
        Whether names are written, with a place.
    size : tuple of float, optional
        Inches.
    title, credit : str
        The finding, and who made it.

    Returns
    -------
    Picture
        Figure, alt text and caption.

    Raises
    ------
    InputError, JoinError
        If something is missing or does not fit.
    """
    from spatial_gaps.show.focus_map import draw_focus
    from spatial_gaps.show.maps import draw_map

    check_choice(scheme, SCHEMES, "class scheme")
    direction = check_direction(higher_is or metric.higher_is)
    areas = areas.sort_index()
    audit = audit_join(areas, metric, period=period)
    joined: Any = join_metrics(areas, metric, period=period)
    joined["itl1"] = parents(joined.index, "itl1", audit.vintage)
    breaks = _breaks(joined, metric, str(period), audit.coverage, scheme, direction)
    plural = noun_of(audit.level)[1]
    where = place.name if place else audit.coverage
    heading = title or f"{metric.title} in {where}, {period}"
    shapes = "" if {"q", "r"} <= set(areas.columns) else (
        " Contains OS data © Crown copyright and database right."
    )  # fmt: skip
    source = f"Source: {metric.source}. {metric.licence}{shapes}{f' {credit}' if credit else ''}"
    look: dict[str, Any] = {
        "breaks": breaks,
        "size": size,
        "title": heading,
        "subtitle": f"{metric.title} ({metric.unit}), {plural} as of {audit.vintage}, {period}",
        "source": source,
    }
    shown = joined if place is None else joined.loc[list(place.areas)]
    joined = joined.set_geometry(_to_scale(joined, shown, size))
    figure = (
        draw_map(joined, **look) if place is None
        else draw_focus(joined, place.areas, labels=labels, **look)
    )  # fmt: skip
    what = f"{metric.title}{f' in {metric.unit}' if metric.unit else ''}"
    alt = f"Map of {where}: {what}, by {noun_of(audit.level)[0]}, {period}. {_ends(shown, metric.unit)}"
    shows = f"{heading.rstrip('.')}: {len(shown)} {plural}, in {len(breaks.colours)} classes."
    return Picture(figure, alt, f"{shows} {source}")


def _to_scale(areas: gpd.GeoDataFrame, shown: Any, size: tuple[float, float] | None) -> Any:
    """Return the shapes without steps too fine to be seen, borders still shared.

    Borders of full detail make a drawing of megabytes that looks the same.
    """
    import geopandas as gpd
    import shapely

    shapes = areas.geometry.to_numpy()
    if not set(shapely.get_type_id(shapes)) <= {3, 6}:
        return areas.geometry
    low_x, low_y, high_x, high_y = shown.total_bounds
    step = FINEST * max(high_x - low_x, high_y - low_y) / max(size or (WIDEST,))
    simpler = shapely.coverage_simplify(shapes, step)
    gone = shapely.is_empty(simpler)
    simpler[gone] = shapes[gone]
    return gpd.GeoSeries(simpler, areas.index, crs=areas.crs)


def _breaks(
    joined: Any, metric: Metric, period: str, coverage: str, scheme: str, direction: str
) -> Breaks:
    """Return the classes of all areas."""
    values = joined["value"]
    if scheme != "diverging":
        return class_breaks(values, scheme, higher_is=direction, unit=metric.unit)
    nation = benchmark_of(metric, period, coverage, values, None)
    return diverging_breaks(values, centre=nation.value, higher_is=direction, unit=metric.unit)


def _ends(shown: Any, unit: str) -> str:
    """Say the lowest and the highest figure, and how many there are not."""
    known = shown["value"].dropna()
    if known.empty:
        return "No area has a figure."
    low, high = known.idxmin(), known.idxmax()
    missing = len(shown) - len(known)
    text = (
        f"The lowest is {format_value(known[low], unit)} in {shown.at[low, 'name']}, the highest "
        f"{format_value(known[high], unit)} in {shown.at[high, 'name']}"
    )
    return f"{text}; {missing} have no figure." if missing else f"{text}."


def caption_text(picture: Picture) -> str:
    """Return alt text and caption as a text file holds them."""
    return f"Alt text\n{picture.alt}\n\nCaption\n{picture.caption}\n"
