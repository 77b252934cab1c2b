"""The map of what changed since an earlier period: `draw_change`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spatial_gaps.checks import as_floats, check_direction
from spatial_gaps.measure.classes import NO_DATA, UNSURE_CHANGE, change_breaks, class_of
from spatial_gaps.show.plate import (
    DOTS,
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

SURE = ("better", "worse")
NOTE = "Blue became better, orange worse. Grey: no more than sampling error may have done."
BARE = "Blue became better, orange worse. No errors are published: any of it may be chance."


def draw_change(
    areas: gpd.GeoDataFrame,
    trend: pd.DataFrame,
    *,
    unit: str = "",
    higher_is: str,
    breaks: Breaks | None = None,
    size: tuple[float, float] | None = None,
    **caption: Unpack[Caption],
) -> Figure:
    """Draw which areas changed, and how much; those within sampling error stay grey.

    Parameters
    ----------
    areas : GeoDataFrame
        Indexed by code, with name and geometry.
    trend : DataFrame
        change and verdict of at least these areas, as `trend` and `change_since` give them.
    unit : str
        Unit of the figures, for the key.
    higher_is : {"better", "worse"}
        Changes for the better are blue, for the worse orange.
    breaks : Breaks, optional
        Classes from `change_breaks`; that of all changes unless given.
    size : tuple of float, optional
        Width and height in inches; 8 wide and as high as needed unless given.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Ready for `save_figure`. Areas whose error is not published are dotted; if that is so of all
        of them, their changes are shown as they are, and the key says so.

    Raises
    ------
    InputError
        If a column or the direction is lacking.
    JoinError
        If an area has no row in `trend`.
    """
    direction = check_direction(higher_is)
    plate = lay_out(areas, caption, key=(2.3, 2.7), size=size)
    frame = on_areas(plate.areas, trend, "changes", "change", "verdict")
    change = as_floats(frame["change"], "changes")
    verdict = frame["verdict"].to_numpy(dtype=object)
    missing = np.isnan(change)
    assessed = verdict != "not assessable"
    shown = np.isin(verdict, SURE) if assessed.any() else ~missing
    bare = ~missing & ~assessed & ~shown
    if breaks is None and not missing.all():
        breaks = change_breaks(change, higher_is=direction, unit=unit)
    colours = np.where(assessed, UNSURE_CHANGE, NO_DATA).astype(object)
    entries = []
    if breaks is not None:
        classes = class_of(change, breaks)
        colours[shown] = np.array(breaks.colours, dtype=object)[classes[shown]]
        counts = [int((shown & (classes == number)).sum()) for number in range(len(breaks.labels))]
        rows = zip(breaks.labels, breaks.colours, counts, strict=True)
        entries = [Entry(*row) for row in rows][::-1]
    paint(plate, colours, np.select([missing, bare], [HATCH, DOTS], ""))
    draw_region_outlines(plate)
    if assessed.any():
        within = int((assessed & ~shown).sum())
        entries.append(Entry("Within sampling error", UNSURE_CHANGE, within))
    if bare.any():
        entries.append(Entry("No error published", NO_DATA, int(bare.sum()), hatch=DOTS))
    note = NOTE if assessed.any() else BARE
    draw_key(
        plate, plate.sheet.top, "Areas by change", [*entries, no_data(int(missing.sum()))], note
    )
    return plate.sheet.figure
