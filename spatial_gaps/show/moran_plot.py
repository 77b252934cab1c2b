"""The Moran scatterplot: every area's figure against the mean of its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd
from matplotlib.collections import EllipseCollection

from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.locate.autocorrelation import undefined
from spatial_gaps.locate.weights import on_graph
from spatial_gaps.measure.classes import CLUSTER_COLOURS, INK
from spatial_gaps.measure.wording import format_value
from spatial_gaps.show.charts import round_steps
from spatial_gaps.show.maps import CLUSTER_WORDS
from spatial_gaps.show.plate import on_areas
from spatial_gaps.show.style import QUIET, RULE, SMALL, Caption, Sheet, new_sheet, rule, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spatial_gaps.checks import Array
    from spatial_gaps.locate.weights import GraphLike

SIDE, ROOM, DOT = 5.6, 0.75, 0.09
# Corners in which each quadrant is named: (right, up).
CORNERS = {"high-high": (1, 1), "low-low": (0, 0), "low-high": (0, 1), "high-low": (1, 0)}


def draw_moran(
    values: pd.Series,
    graph: GraphLike,
    clusters: pd.DataFrame,
    *,
    unit: str = "",
    **caption: Unpack[Caption],
) -> Figure:
    """Draw every area's figure against the mean of its neighbours; the slope is Moran's I.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    graph : Graph, W or Series
        Neighbours of the same areas.
    clusters : DataFrame
        The result of `local_moran` for these areas: areas in a cluster have its colour.
    unit : str
        Unit of the figures.
    **caption : str
        `title` (the finding), `subtitle` (measure, geography, period), `source` (source, licence).

    Returns
    -------
    Figure
        Ready for `save_figure`. Areas without a figure or without neighbours are not on it, and
        the key says how many these are.

    Raises
    ------
    StatisticUndefined
        If Moran's I does not exist: fewer than 3 areas, no neighbours, or all figures alike.
    JoinError
        If values, graph and clusters are not of the same areas.

    References
    ----------
    Anselin (1996), The Moran scatterplot as an ESDA tool to assess local instability.
    """
    placed = on_graph(values, graph, "drop")
    status = undefined(placed.y, len(placed.links.focal))
    if status:
        raise StatisticUndefined(f"there is no Moran scatterplot: {status}")
    frame = pd.DataFrame({"y": placed.y, "lag": placed.links.lag(placed.y)})
    frame.index = placed.codes[placed.used]
    labels = on_areas(frame, clusters, "clusters", "cluster")["cluster"].to_numpy(dtype=object)
    sheet = new_sheet(caption, SIDE + 1.0)
    spans = [_span(frame[name].to_numpy()) for name in ("y", "lag")]
    _draw_scales(sheet, spans, unit)
    mean = float(frame["y"].mean())
    slope = float(np.polyfit(frame["y"], frame["lag"], 1)[0])
    _draw_lines(sheet, spans, mean, float(frame["lag"].mean()), slope)
    for words in dict.fromkeys(["not significant", *CORNERS]):
        _draw_dots(sheet, spans, frame[labels == words], words)
    _draw_key(sheet, labels, len(values) - len(frame))
    return sheet.figure


def _span(figures: Array) -> tuple[float, float]:
    low, high = float(figures.min()), float(figures.max())
    edge = 0.04 * (high - low) or 0.5
    return low - edge, high + edge


def _at(sheet: Sheet, figure: Array | float, span: tuple[float, float], axis: int) -> Array:
    """Return inches along the x (0) or the y axis (1)."""
    along = (np.asarray(figure) - span[0]) / (span[1] - span[0])
    if axis:
        return np.asarray(sheet.top - 0.75 - SIDE * (1 - along))
    return np.asarray(sheet.left + ROOM + (sheet.width - ROOM) * along)


def _draw_scales(sheet: Sheet, spans: list[tuple[float, float]], unit: str) -> None:
    """Draw faint lines at round figures, and say what the axes are."""
    low, high = _at(sheet, spans[1][0], spans[1], 1), _at(sheet, spans[1][1], spans[1], 1)
    left, right = _at(sheet, spans[0][0], spans[0], 0), _at(sheet, spans[0][1], spans[0], 0)
    for figure in round_steps(spans[0]):
        x = float(_at(sheet, figure, spans[0], 0))
        rule(sheet.figure, (x, float(low)), (x, float(high)), color=RULE, linewidth=0.4)
        words = format_value(float(figure), unit)
        place = (x, float(low) - 0.16)
        write(sheet.figure, place, words, size=SMALL, ha="center", color=QUIET)
    for figure in round_steps(spans[1]):
        y = float(_at(sheet, figure, spans[1], 1))
        rule(sheet.figure, (float(left), y), (float(right), y), color=RULE, linewidth=0.4)
        place = (float(left) - 0.08, y - 0.04)
        write(
            sheet.figure, place, format_value(float(figure), unit), size=SMALL, ha="right",
            color=QUIET,
        )  # fmt: skip
    axis = (float(left + right) / 2, float(low) - 0.36)
    write(sheet.figure, axis, "figure of the area", size=SMALL, ha="center")
    write(sheet.figure, (sheet.left, float(high) + 0.1), "mean of its neighbours", size=SMALL)


def _draw_lines(
    sheet: Sheet, spans: list[tuple[float, float]], mean: float, lag: float, slope: float
) -> None:
    """Draw both means, and the line whose slope is Moran's I."""
    x = _at(sheet, np.array(spans[0]), spans[0], 0)
    y = _at(sheet, np.array(spans[1]), spans[1], 1)
    middle = float(_at(sheet, mean, spans[0], 0)), float(_at(sheet, mean, spans[1], 1))
    dashed = {"color": INK, "linewidth": 0.7, "linestyle": (0, (4, 2)), "zorder": 3}
    rule(sheet.figure, (middle[0], y[0]), (middle[0], y[1]), **dashed)
    if spans[1][0] < mean < spans[1][1]:
        rule(sheet.figure, (x[0], middle[1]), (x[1], middle[1]), **dashed)
    # Kept inside the frame on both axes.
    ends = np.array(spans[0])
    if slope:
        crossings = mean + (np.sort(np.array(spans[1])) - lag) / slope
        ends = np.array([max(ends[0], crossings.min()), min(ends[1], crossings.max())])
    heights = _at(sheet, lag + slope * (ends - mean), spans[1], 1)
    places = _at(sheet, ends, spans[0], 0)
    rule(
        sheet.figure, (places[0], heights[0]), (places[1], heights[1]), color=INK, linewidth=1.4,
        zorder=6, gid="slope",
    )  # fmt: skip
    words = f"slope: Moran's I {slope:.2f}"
    place = (float(places[1]) - 0.1, float(heights[1]) - 0.5)
    write(sheet.figure, place, words, ha="right", bold=True, halo=True, gid="moran")


def _draw_dots(
    sheet: Sheet, spans: list[tuple[float, float]], part: pd.DataFrame, label: str
) -> None:
    faint = label == "not significant"
    places = [_at(sheet, part[name].to_numpy(), spans[at], at) for at, name in enumerate(part)]
    dots = EllipseCollection(
        widths=DOT, heights=DOT, angles=0, units="inches",
        offsets=np.column_stack(places), offset_transform=sheet.figure.dpi_scale_trans,
        facecolors=CLUSTER_COLOURS[label], edgecolors="#9a9a9a" if faint else INK,
        linewidths=0.4, zorder=4 if faint else 5, gid=label,
    )  # fmt: skip
    sheet.figure.add_artist(dots)


def _draw_key(sheet: Sheet, labels: np.ndarray, left_out: int) -> None:
    """Name the classes in their colours, with how many areas each has."""
    x = sheet.left
    for label in (*CORNERS, "not significant"):
        dot = EllipseCollection(
            widths=DOT * 1.2, heights=DOT * 1.2, angles=0, units="inches",
            offsets=[(x + 0.06, sheet.top - 0.07)],
            offset_transform=sheet.figure.dpi_scale_trans,
            facecolors=CLUSTER_COLOURS[label], edgecolors=INK, linewidths=0.4, zorder=5,
        )  # fmt: skip
        sheet.figure.add_artist(dot)
        words = f"{CLUSTER_WORDS[label]} {int((labels == label).sum())}"
        write(sheet.figure, (x + 0.16, sheet.top - 0.11), words, size=SMALL, gid="key")
        x += 1.42
    words = "Dashed: the mean. Areas in colour stand out after correction for the number of tests."
    if left_out:
        words += f" {left_out} without a figure or neighbour are not shown."
    write(sheet.figure, (sheet.left, sheet.top - 0.32), words, size=SMALL, color=QUIET, gid="key")
