"""Class limits and colours as plain numbers, so that picture, GeoPackage and report agree.

Colours are of our own choice, ordered by lightness so that they survive grey printing, and told
apart under deuteranopia. The darkest class is the worst off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_choice, check_count
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.records import Breaks

RAMP = ("#f2efdc", "#c3ddc5", "#83bfbb", "#4290ab", "#24527f")
NO_DATA = "#ffffff"
NO_DATA_HATCH = "#8a8a8a"
INK = "#222222"
POCKET = "#c4421a"

CLUSTER_COLOURS = {
    "high-high": "#ff0000",
    "low-low": "#0000ff",
    "low-high": "#a7adf9",
    "high-low": "#f4ada8",
    "not significant": "#eeeeee",
    "no neighbours": NO_DATA,
    "undefined": NO_DATA,
}

VERDICT_COLOURS = {
    "confirmed": "#8c1d04",
    "likely": "#e2703a",
    "watch": "#fae3cc",
    "no": "#e6e6e6",
    "not assessable": NO_DATA,
}


def format_value(value: float, unit: str = "", like: float | None = None) -> str:
    """Return a number as a reader expects it: £ before, % after, thousands with commas.

    It has the decimals that `like` would have, if given, so that numbers of one list have as many.

    Examples
    --------
    >>> format_value(1234.5, "£"), format_value(7.25, "%"), format_value(float("nan"))
    ('£1,234', '7.2%', 'no figure')
    >>> format_value(0.08, "%", like=10.2)
    '0.1%'
    """
    if value is None or math.isnan(value):
        return "no figure"
    money = unit in ("£", "GBP") or unit.startswith(("GBP ", "£ ", "Pounds"))
    percent = unit in ("%", "percent", "Percentage") or unit.startswith("percent ")
    size = abs(value if like is None else like)
    decimals = 0 if size >= (1000 if not money else 100) else 1 if size >= 5 else 2
    text = f"{value:,.{decimals}f}"
    if money:
        text = f"{value:,.2f}" if decimals else text
        return f"-£{text[1:]}" if text.startswith("-") else f"£{text}"
    return f"{text}%" if percent else text


def format_chance(p: float) -> str:
    """Return a probability in whole per cent, rounded down so that it never passes a threshold.

    Examples
    --------
    >>> format_chance(0.8956), format_chance(0.998), format_chance(float("nan"))
    ('89%', 'over 99%', '–')
    """
    if math.isnan(p):
        return "–"
    return "over 99%" if p > 0.99 else "under 1%" if p < 0.01 else f"{math.floor(p * 100)}%"


def _rounded(edges: Array) -> Array:
    """Round inner edges to the fewest digits that keep them apart, so that legends are readable."""
    for digits in range(2, 8):
        scale = 10.0 ** (digits - 1 - math.floor(math.log10(max(abs(edges).max(), 1e-300))))
        inner = np.round(edges[1:-1] * scale) / scale
        tried = np.concatenate([edges[:1], inner, edges[-1:]])
        apart = np.diff(edges).min() / 10
        if (np.diff(tried) > 0).all() and np.abs(tried - edges).max() <= apart:
            return tried
    return edges


def class_breaks(
    values: pd.Series[float] | Array,
    scheme: str = "quantiles",
    k: int = 5,
    *,
    higher_is: str = "better",
    unit: str = "",
    edges: Sequence[float] | None = None,
) -> Breaks:
    """Cut values into classes, with a colour and a legend label each.

    Parameters
    ----------
    values : Series or ndarray, shape (n,)
        Missing values belong to no class ("no data").
    scheme : {"quantiles", "equal", "user"}
        Equal numbers of areas, equal widths, or the `edges` given.
    k : int
        Number of classes, 2 to 5; fewer come back where values tie.
    higher_is : {"better", "worse"}
        The worst-off class gets the darkest colour.
    unit : str
        For the labels.
    edges : sequence of float, optional
        Limits of the scheme "user", from the lowest to the highest value.

    Returns
    -------
    Breaks
        Edges, colours, labels and scheme.

    Raises
    ------
    InputError
        If the scheme is unknown or `edges` do not rise.
    StatisticUndefined
        If no value is left.
    """
    check_choice(scheme, ("quantiles", "equal", "user"), "class scheme")
    check_choice(higher_is, ("better", "worse"), "direction")
    k = check_count(k, "the number of classes", 2, len(RAMP))
    y = as_floats(pd.Series(values), "values")
    y = y[~np.isnan(y)]
    if not len(y):
        raise StatisticUndefined("no area has a value, so there is nothing to class")
    if scheme == "user":
        limits = np.asarray(edges if edges is not None else (), dtype=float)
        if len(limits) < 3 or len(limits) > len(RAMP) + 1 or (np.diff(limits) <= 0).any():
            raise InputError("user edges have to rise, 3 to 6 of them", value=edges)
    else:
        steps = np.linspace(0, 1, k + 1)
        limits = np.quantile(y, steps) if scheme == "quantiles" else y.min() + steps * np.ptp(y)
        limits = np.unique(limits)
        limits = _rounded(limits) if len(limits) > 2 else np.array([y.min(), y.max()])
    count = len(limits) - 1
    picks = np.linspace(0, len(RAMP) - 1, count).round().astype(int) if count > 1 else np.array([2])
    ramp = [RAMP[pick] for pick in picks]
    labels = [
        f"{format_value(low, unit)} to {format_value(high, unit)}" for low, high in pairwise(limits)
    ]
    return Breaks(
        edges=tuple(float(limit) for limit in limits),
        colours=tuple(ramp[::-1] if higher_is == "better" else ramp),
        labels=tuple(labels),
        scheme=scheme,
    )


def class_of(values: pd.Series[float] | Array, breaks: Breaks) -> np.ndarray:
    """Return the class number of each value (0 lowest), -1 where it is missing.

    Values beyond the outer edges belong to the outer classes.
    """
    y = np.asarray(values, dtype=float)
    inner = np.asarray(breaks.edges[1:-1])
    return np.where(np.isnan(y), -1, np.searchsorted(inner, y, side="right"))
