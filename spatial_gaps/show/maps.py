"""Maps of one figure per area and of its clusters: `draw_map` and `draw_clusters`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spatial_gaps.checks import as_floats, check_direction
from spatial_gaps.errors import InputError
from spatial_gaps.measure.classes import CLUSTER_COLOURS, NO_DATA, class_breaks, class_of
from spatial_gaps.show.plate import (
    HATCH,
    Entry,
    draw_key,
    draw_region_outlines,
    lay_out,
    no_data,
    on_areas,
    paint,
)
from spatial_gaps.show.style import Caption

if TYPE_CHECKING:
    import geopandas as gpd

    from spatial_gaps.records import Breaks

DOTS = "...."
SCHEMES = {
    "quantiles": "Dark is worst off; about as many areas in each class.",
    "jenks": "Dark is worst off; classes as alike inside as can be (Fisher-Jenks).",
    "equal": "Dark is worst off; classes of equal width.",
    "diverging": "Blue is better than the middle, orange worse.",
    "user": "Dark is worst off.",
}
CLUSTER_WORDS = {
    "high-high": "High among high",
    "low-low": "Low among low",
    "low-high": "Low among high",
    "high-low": "High among low",
    "not significant": "Not significant",
    "no neighbours": "No neighbours",
    "undefined": "No data",
}


def draw_map(
    areas: gpd.GeoDataFrame,
    column: str = "value",
    *,
    unit: str = "",
    higher_is: str | None = None,
    breaks: Breaks | None = None,
    limits: tuple[str, str] | None = None,
    size: tuple[float, float] | None = None,
    **caption: Unpack[Caption],
) -> Figure:
    """Draw a map of one column in classes, areas without a figure hatched.

    Parameters
    ----------
    areas : GeoDataFrame
        Indexed by code, with name, geometry and `column`; borders of regions are drawn where there
        is a column itl1, and named on a cartogram.
    column : str
        What to show.
    unit : str
        Unit of the figures, for the key.
    higher_is : {"better", "worse"}, optional
        The worst-off class gets the darkest colour. Needed unless `breaks` are given.
    breaks : Breaks, optional
        Classes from `class_breaks` or `diverging_breaks`; fifths of the areas unless given.
    limits : tuple of str, optional
        Columns of the lower and the upper limit of each figure: areas that could be in three classes
        or more by these are dotted.
    size : tuple of float, optional
        Width and height in inches; 8 wide and as high as needed unless given.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Ready for `save_figure`. If no area has a figure, all of it is hatched.

    Raises
    ------
    InputError
        If the column is lacking or not numeric, or the direction is not known.
    GeometryError
        If an area is not a polygon.
    """
    for name in (column, *(limits or ())):
        if name not in areas.columns:
            raise InputError("the areas have no such column", column=name)
    plate = lay_out(areas, caption, key=(2.15, 2.2), size=size)
    values = as_floats(plate.areas[column], f"figures of '{column}'")
    missing = np.isnan(values)
    if breaks is None and not missing.all():
        breaks = class_breaks(values, higher_is=check_direction(higher_is), unit=unit)
    entries, note = [], ""
    unsure = np.zeros(len(values), dtype=bool)
    colours = np.full(len(values), NO_DATA, dtype=object)
    if breaks is not None:
        classes = class_of(values, breaks)
        colours[~missing] = np.array(breaks.colours, dtype=object)[classes[~missing]]
        counts = [int((classes == number).sum()) for number in range(len(breaks.colours))]
        rows = zip(breaks.labels, breaks.colours, counts, strict=True)
        # From the highest class down, as one reads a thermometer.
        entries = [Entry(*row) for row in rows][::-1]
        note = SCHEMES.get(breaks.scheme, SCHEMES["user"])
        if limits is not None:
            unsure = _unsure(plate.areas, limits, breaks) & ~missing
            entries.append(Entry("Unsure", NO_DATA, int(unsure.sum()), hatch=DOTS))
            note += " Dotted: could be in three classes or more."
    paint(plate, colours, np.where(missing, HATCH, np.where(unsure, DOTS, "")))
    draw_region_outlines(plate)
    heading = "Areas by class" if entries else "Areas"
    draw_key(plate, plate.sheet.top, heading, [*entries, no_data(int(missing.sum()))], note)
    return plate.sheet.figure


def _unsure(
    areas: gpd.GeoDataFrame, limits: tuple[str, str], breaks: Breaks
) -> np.ndarray[Any, Any]:
    """Say whose interval reaches into three classes or more; without limits nobody's does."""
    ends = [as_floats(areas[name], f"limits '{name}'") for name in limits]
    low, high = (class_of(each, breaks) for each in ends)
    return np.asarray((low >= 0) & (high - low >= 2))


def draw_clusters(
    areas: gpd.GeoDataFrame,
    clusters: pd.DataFrame | pd.Series[str],
    *,
    size: tuple[float, float] | None = None,
    **caption: Unpack[Caption],
) -> Figure:
    """Draw where high and low figures lie together, in colours that never change.

    Parameters
    ----------
    areas : GeoDataFrame
        Indexed by code, with name and geometry.
    clusters : DataFrame or Series
        The result of `local_moran`, or its column `cluster`, for at least these areas.
    size : tuple of float, optional
        Width and height in inches; 8 wide and as high as needed unless given.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Ready for `save_figure`. Every class stands in the key, also with no area in it.

    Raises
    ------
    InputError
        If a label is none of the known classes.
    JoinError
        If an area has no label.
    """
    frame = clusters.to_frame("cluster") if isinstance(clusters, pd.Series) else clusters
    plate = lay_out(areas, caption, key=(2.15, 2.2), size=size)
    labels = on_areas(plate.areas, frame, "clusters", "cluster")["cluster"].to_numpy(dtype=object)
    unknown = sorted({str(label) for label in labels} - set(CLUSTER_COLOURS))
    if unknown:
        raise InputError(
            "there are no such clusters",
            offenders=unknown,
            hint=f"There are: {', '.join(CLUSTER_COLOURS)}.",
        )
    # Both classes are white: dots tell an island from an area without a figure.
    hatching = {"no neighbours": ".....", "undefined": HATCH}
    colours = np.array([CLUSTER_COLOURS[label] for label in labels], dtype=object)
    paint(plate, colours, np.array([hatching.get(label, "") for label in labels], dtype=object))
    draw_region_outlines(plate)
    entries = [
        Entry(words, CLUSTER_COLOURS[label], int((labels == label).sum()), hatching.get(label, ""))
        for label, words in CLUSTER_WORDS.items()
    ]
    note = "Each area with the mean of its neighbours, against chance."
    draw_key(plate, plate.sheet.top, "Areas among their neighbours", entries, note)
    return plate.sheet.figure
