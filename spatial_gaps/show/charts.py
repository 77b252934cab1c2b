"""Charts of every place: `draw_beeswarm`, one dot per area in a row per region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd
from matplotlib.collections import EllipseCollection

from spatial_gaps.checks import check_direction
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.classes import INK, POCKET
from spatial_gaps.measure.wording import format_value
from spatial_gaps.show.plate import on_areas, region_name
from spatial_gaps.show.style import (
    BODY,
    QUIET,
    RULE,
    SMALL,
    Caption,
    Sheet,
    new_sheet,
    plain,
    rule,
    shorten,
    write,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spatial_gaps.checks import Array
    from spatial_gaps.records import Estimate

NAMES, DOT, GAP, PLAIN = 2.3, 0.085, 0.14, "#9fb3c4"
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def draw_beeswarm(
    areas: pd.DataFrame,
    regions: pd.DataFrame,
    benchmark: Estimate,
    *,
    pockets: pd.DataFrame,
    higher_is: str,
    unit: str = "",
    **caption: Unpack[Caption],
) -> Figure:
    """Draw every area as a dot in the row of its region, beside the region's and the nation's figure.

    Parameters
    ----------
    areas : DataFrame
        Indexed by code, with value and itl1.
    regions : DataFrame
        Indexed by ITL1 code: name, value; the best-off region comes first.
    benchmark : Estimate
        National figure: the dashed line.
    pockets : DataFrame
        The result of `find_pockets` for these areas: areas hidden by point estimate are red, the
        likely and confirmed ones filled.
    higher_is : {"better", "worse"}
        Which end is well off.
    unit : str
        Unit of the figures.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Ready for `save_figure`.

    Raises
    ------
    StatisticUndefined
        If no area has a figure.
    JoinError
        If an area is not among the pockets.
    """
    better = check_direction(higher_is) == "better"
    lacking = [column for column in ("value", "itl1") if column not in areas.columns]
    if lacking:
        raise InputError("the areas lack columns", offenders=lacking)
    frame = on_areas(areas.sort_index(), pockets, "pockets", "below", "is_pocket")
    frame = frame.assign(value=areas["value"], itl1=areas["itl1"]).dropna(subset=["value"])
    if frame.empty:
        raise StatisticUndefined("no area has a figure, so there is nothing to draw")
    rows = regions.sort_values("value", ascending=not better, kind="stable")
    rows = rows[rows.index.isin(frame["itl1"])]
    # Regions' and the nation's figure belong to the picture even where no area is near them.
    shown = pd.concat([frame["value"], rows["value"], pd.Series([benchmark.value])]).dropna()
    span = float(shown.min()), float(shown.max())
    span = (span[0], span[1] if span[1] > span[0] else span[0] + 1)
    room = 7.2 - NAMES - 0.15
    heights = []
    swarms = {}
    for code in rows.index:
        part = frame[frame["itl1"] == code].sort_values("value", kind="stable")
        along = (part["value"].to_numpy() - span[0]) / (span[1] - span[0]) * room
        swarms[code] = (part, along, _stacked(along))
        heights.append(2 * np.abs(swarms[code][2]).max() + DOT + GAP)
    sheet = new_sheet(caption, float(sum(heights)) + 0.8)
    left, base = sheet.left + NAMES, sheet.top - 0.6
    _draw_scale(sheet, left, room, span, unit, base - float(sum(heights)))
    place = left + (benchmark.value - span[0]) / (span[1] - span[0]) * room
    _draw_benchmark(sheet, place, benchmark, unit, base - float(sum(heights)))
    top = base
    for code, height in zip(rows.index, heights, strict=True):
        middle = top - height / 2
        figure = float(rows["value"][code])
        tick = left + (figure - span[0]) / (span[1] - span[0]) * room
        _draw_row(sheet, swarms[code], (left, middle), tick, height)
        name = shorten(region_name(rows.at[code, "name"]), NAMES - 0.55, BODY)
        write(sheet.figure, (sheet.left, middle - 0.04), name, bold=True, gid="region")
        words = format_value(figure, unit)
        write(sheet.figure, (left - 0.12, middle - 0.04), words, ha="right", color=QUIET)
        top -= height
    return sheet.figure


def _stacked(along: Array) -> Array:
    """Return how far each dot, sorted along the row, stands off its middle so that none overlaps."""
    placed: list[tuple[float, float]] = []
    off = np.zeros(len(along))
    for number, x in enumerate(along):
        near = [(px, py) for px, py in placed if x - px < DOT]
        for level in range(2 * len(near) + 2):
            y = (level + 1) // 2 * DOT * 0.9 * (1 if level % 2 else -1)
            if all((x - px) ** 2 + (y - py) ** 2 >= DOT**2 * 0.98 for px, py in near):
                break
        off[number] = y
        placed.append((float(x), y))
    return off


def _draw_row(
    sheet: Sheet,
    swarm: tuple[pd.DataFrame, Array, Array],
    origin: tuple[float, float],
    tick: float,
    height: float,
) -> None:
    """Draw the dots of one region and its own figure as a short line."""
    part, along, off = swarm
    red = part["below"].to_numpy(bool) | part["is_pocket"].to_numpy(bool)
    full = part["is_pocket"].to_numpy(bool)
    colours = np.where(full, POCKET, np.where(red, "#ffffff", PLAIN))
    dots = EllipseCollection(
        widths=DOT, heights=DOT, angles=0, units="inches",
        offsets=np.column_stack([origin[0] + along, origin[1] + off]),
        offset_transform=sheet.figure.dpi_scale_trans,
        facecolors=list(colours),
        edgecolors=list(np.where(red, POCKET, "#6f8799")),
        linewidths=0.5, zorder=5, gid="areas",
    )  # fmt: skip
    sheet.figure.add_artist(dots)
    half = height / 2 - 0.03
    rule(
        sheet.figure, (tick, origin[1] - half), (tick, origin[1] + half),
        color=INK, linewidth=1.6, zorder=4,
    )  # fmt: skip


def _draw_benchmark(sheet: Sheet, place: float, benchmark: Estimate, unit: str, low: float) -> None:
    """Draw the national figure as a dashed line with its name above."""
    rule(sheet.figure, (place, low), (place, sheet.top - 0.44), color=INK, linewidth=0.9,
         linestyle=(0, (4, 2)), zorder=3)  # fmt: skip
    text = plain(f"{benchmark.name} {format_value(benchmark.value, unit)}", 40)
    write(sheet.figure, (place, sheet.top - 0.38), text, ha="center", bold=True, gid="benchmark")
    key = "Each dot is one area; the short line is the region's own figure. "
    key += "Red: hidden in a better-off region; filled: likely or confirmed."
    write(sheet.figure, (sheet.left, sheet.top - 0.06), key, size=SMALL, color=QUIET, gid="key")


def _draw_scale(
    sheet: Sheet, left: float, room: float, span: tuple[float, float], unit: str, low: float
) -> None:
    """Draw faint lines at round figures."""
    for figure in round_steps(span):
        place = left + (figure - span[0]) / (span[1] - span[0]) * room
        rule(sheet.figure, (place, low), (place, sheet.top - 0.6), color=RULE, linewidth=0.4)
        words = format_value(float(figure), unit)
        write(sheet.figure, (place, low - 0.14), words, size=SMALL, ha="center", color=QUIET)


def round_steps(span: tuple[float, float]) -> Array:
    """Return about five round figures inside a span."""
    rough = (span[1] - span[0]) / 5
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * size for size in STEPS if power * size >= rough * (1 - 1e-9))
    return np.arange(np.ceil(span[0] / step) * step, span[1] + step * 1e-9, step)
