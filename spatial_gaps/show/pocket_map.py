"""The map of deprived places inside better-off regions: `draw_pockets`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spatial_gaps.checks import check_choice, check_direction
from spatial_gaps.measure.classes import BETTER_OFF, INK, NO_DATA, OTHER, VERDICT_COLOURS
from spatial_gaps.measure.wording import format_value
from spatial_gaps.show import outlines
from spatial_gaps.show.labels import number_areas
from spatial_gaps.show.plate import (
    DOTS,
    HATCH,
    HIGHEST,
    Entry,
    Plate,
    draw_key,
    draw_outlines,
    lay_out,
    name_regions,
    no_data,
    on_areas,
    paint,
    region_name,
)
from spatial_gaps.show.style import (
    QUIET,
    SMALL,
    Caption,
    shorten,
    text_width,
    write,
)

if TYPE_CHECKING:
    import geopandas as gpd

COLUMNS = (
    "verdict",
    "is_pocket",
    "parent",
    "parent_name",
    "value",
    "parent_value",
    "benchmark",
    "below",
)
LINE = 0.155


def draw_pockets(
    areas: gpd.GeoDataFrame,
    pockets: pd.DataFrame,
    *,
    unit: str = "",
    higher_is: str,
    size: tuple[float, float] | None = None,
    **caption: Unpack[Caption],
) -> Figure:
    """Draw which areas are worse off than the benchmark inside regions that are better off.

    Regions are tinted where their own figure is better than the benchmark, grey elsewhere. Areas
    that are, or may be, pockets have the colour of their verdict; the confirmed and likely ones
    are outlined, numbered, and listed beside the map.

    Parameters
    ----------
    areas : GeoDataFrame
        Indexed by code, with name and geometry.
    pockets : DataFrame
        The result of `find_pockets` for at least these areas.
    unit : str
        Unit of the figures.
    higher_is : {"better", "worse"}
        Whether a region above the benchmark is better or worse off.
    size : tuple of float, optional
        Width and height in inches; 8 wide and as high as needed unless given.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Ready for `save_figure`.

    Raises
    ------
    InputError
        If a column or the direction is lacking.
    JoinError
        If an area is not among the pockets.
    """
    better = check_direction(higher_is) == "better"
    outlines.check_areas(areas)
    frame = on_areas(areas.sort_index(), pockets, "pockets", *COLUMNS)
    frame["name"] = areas["name"].reindex(frame.index)
    for verdict in frame["verdict"].unique():
        check_choice(verdict, VERDICT_COLOURS, "verdict")
    frame["group"] = _groups(frame, better)
    listed = _in_key_order(frame[frame["is_pocket"].astype(bool)], better)
    lines = len(listed) + 2 * listed["parent"].nunique()
    plate = lay_out(areas, caption, key=(2.45, min(2.9 + lines * LINE, HIGHEST)), size=size)
    hatches = np.select(
        [frame["group"] == "no data", frame["group"] == "uncertain"], [HATCH, DOTS], ""
    )
    colours = frame["group"].map(_colours()).to_numpy(dtype=object)
    paint(plate, colours, hatches)
    _draw_regions(plate, frame, unit, better)
    around = plate.areas.loc[listed.index].geometry
    if len(around):
        draw_outlines(plate, around, edgecolors=INK, linewidths=0.9, zorder=4, gid="pockets")
    end = _draw_keys(plate, frame, unit)
    numbers = _list_pockets(plate, end, listed, unit)
    number_areas(plate, numbers)
    return plate.sheet.figure


def _colours() -> dict[str, str]:
    verdicts = {verdict: VERDICT_COLOURS[verdict] for verdict in ("confirmed", "likely", "watch")}
    white = {"no data": NO_DATA, "uncertain": NO_DATA}
    return {**verdicts, **white, "better-off": BETTER_OFF, "other": OTHER}


def _groups(frame: pd.DataFrame, better: bool) -> np.ndarray[Any, Any]:
    """Return what each area is drawn as: its verdict, else its region's group."""
    away = (frame["parent_value"] - frame["benchmark"]).to_numpy(dtype=float)
    affluent = (away if better else -away) > 0
    verdict = frame["verdict"].to_numpy(dtype=object)
    below = frame["below"].eq(True).to_numpy()
    flagged = np.isin(verdict, ("confirmed", "likely", "watch"))
    tests = [frame["value"].isna().to_numpy(), flagged, affluent & below, affluent]
    names = ("no data", None, "uncertain", "better-off")
    groups = [verdict if name is None else np.full(len(frame), name, object) for name in names]
    return np.asarray(np.select(tests, groups, "other"), dtype=object)


def _in_key_order(listed: pd.DataFrame, better: bool) -> pd.DataFrame:
    """Return pockets by name of region, the worst-off area first."""
    badness = listed["value"].to_numpy(dtype=float) * (1 if better else -1)
    order = np.lexsort((listed.index.astype(str), badness, listed["parent_name"].astype(str)))
    return listed.iloc[order]


def _draw_regions(plate: Plate, frame: pd.DataFrame, unit: str, better: bool) -> None:
    """Draw the borders of the regions, and name the better-off ones with their own figure."""
    if frame["parent"].isna().all():
        return
    grouped = plate.areas.assign(parent=frame["parent"])
    shapes = outlines.dissolve(grouped, "parent")
    draw_outlines(plate, shapes, edgecolors="#ffffff", linewidths=1.6)
    draw_outlines(plate, shapes, linewidths=0.7, gid="regions")
    regions = (
        frame.dropna(subset=["parent"])
        .groupby("parent")[["parent_name", "parent_value", "benchmark"]]
        .first()
    )
    away = regions["parent_value"] - regions["benchmark"]
    # Regions with pockets are named by the numbered key: a name would lie on their numbers.
    listed = regions.index.isin(frame.loc[frame["is_pocket"].astype(bool), "parent"])
    chosen = regions[((away if better else -away) > 0) & ~listed]
    if 0 < len(chosen) <= 12:
        names = {
            code: f"{region_name(row.parent_name)} {format_value(regions['parent_value'][code], unit)}"
            for code, row in zip(chosen.index, chosen.itertuples(), strict=True)
        }
        name_regions(plate, shapes.loc[chosen.index], names)


def _draw_keys(plate: Plate, frame: pd.DataFrame, unit: str) -> float:
    """Write what tints and colours mean, with counts; return where the keys end."""
    marks = frame["benchmark"].dropna().unique()
    mark = f" ({format_value(float(marks[0]), unit)})" if len(marks) == 1 else ""
    counts = frame["group"].value_counts()
    below = int(frame["below"].eq(True).sum())
    colours = _colours()

    def entry(group: str, label: str, hatch: str = "") -> Entry:
        return Entry(label, colours[group], int(counts.get(group, 0)), hatch)

    inside = [
        entry("confirmed", "Confirmed pocket"),
        entry("likely", "Likely pocket"),
        entry("watch", "To watch: not ruled out"),
    ]
    if counts.get("uncertain", 0):
        inside.append(entry("uncertain", "Not assessable", DOTS))
    end = draw_key(
        plate,
        plate.sheet.top,
        f"{below:,} hidden by published figures",
        inside,
        f"Worse off than the benchmark{mark} in a better-off region. How sure, given sampling error:",
    )
    rest = [
        entry("better-off", "In a better-off region"),
        entry("other", "In another region"),
        no_data(int(counts.get("no data", 0))),
    ]
    return draw_key(plate, end, "All other areas", rest)


def _list_pockets(plate: Plate, top: float, listed: pd.DataFrame, unit: str) -> dict[Any, str]:
    """Number the pockets and list them by region; return the numbers that found room."""
    figure, left, right = plate.sheet.figure, plate.key_left, plate.key_left + plate.key_width
    numbers: dict[Any, str] = {}
    region: object = None
    floor = plate.sheet.bottom + LINE
    for code, row in zip(listed.index, listed.itertuples(), strict=True):
        needed = LINE if row.parent == region else 2.8 * LINE
        if top - needed < floor:
            break
        if row.parent != region:
            top -= 0.6 * LINE if numbers else 0
            region = row.parent
            value = format_value(listed["parent_value"][code], unit)
            write(figure, (right, top - LINE), value, size=SMALL, bold=True, ha="right", gid="key")
            room = plate.key_width - text_width(value, SMALL, bold=True) - 0.06
            name = shorten(region_name(row.parent_name), room, SMALL, bold=True)
            write(figure, (left, top - LINE), name, size=SMALL, bold=True, gid="key")
            top -= 1.2 * LINE
        numbers[code] = str(len(numbers) + 1)
        value = format_value(listed["value"][code], unit)
        write(figure, (right, top - LINE), value, size=SMALL, ha="right", color=QUIET, gid="key")
        write(
            figure,
            (left + 0.18, top - LINE),
            numbers[code],
            size=SMALL,
            bold=True,
            ha="right",
            gid="key",
        )
        room = plate.key_width - 0.27 - text_width(value, SMALL) - 0.06
        write(
            figure, (left + 0.27, top - LINE), shorten(row.name, room, SMALL), size=SMALL, gid="key"
        )
        top -= LINE
    more = len(listed) - len(numbers)
    if more:
        text = f"and {more:,} more, outlined on the map"
        write(figure, (left + 0.27, top - LINE), text, size=SMALL, color=QUIET, gid="key")
    return numbers
