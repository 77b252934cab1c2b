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
from spatial_gaps.measure.wording import format_value, signed_value
from spatial_gaps.records import Breaks

RAMP = ("#f2efdc", "#c3ddc5", "#83bfbb", "#4290ab", "#24527f")
# From little change to much; grey is what cannot be told from no change.
BETTER, WORSE = ("#a9cfe8", "#5c9fc9", "#1f5f91"), ("#f6c48e", "#de8438", "#9c4708")
UNSURE_CHANGE = "#e6e6e6"
# Rows from low to high in the first figure, columns in the second: blue and orange, purple if both.
BIVARIATE = (
    ("#eeeae4", "#ecc08a", "#d98531"),
    ("#a8cbdc", "#a79c94", "#9d6440"),
    ("#4d94bd", "#52718c", "#4a3a4e"),
)
NO_DATA = "#ffffff"
NO_DATA_HATCH = "#8a8a8a"
INK = "#222222"
# Regions whose own figure is better than the benchmark, and all others.
BETTER_OFF, OTHER = "#cfe0ec", "#f0f0f0"
# Fisher-Jenks takes time with the square of their number.
MOST_SEEN = 1000
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

# Of targets, and of gaps; what cannot be assessed has none.
RATING_COLOURS = {
    "low ambition": "#e2a33a",
    "stretching": "#2f8f6b",
    "unrealistic": "#8a3f8f",
    "model-dependent": "#7fb0d6",
    "closing": "#2f8f6b",
    "widening": "#9c4708",
    "no clear change": "#b9bec4",
    "not assessable": NO_DATA,
}

VERDICT_COLOURS = {
    "confirmed": "#8c1d04",
    "likely": "#e2703a",
    "watch": "#fae3cc",
    "no": "#e6e6e6",
    "not assessable": NO_DATA,
}


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
    scheme : {"quantiles", "jenks", "equal", "user"}
        Equal numbers of areas, least squares within classes (Fisher-Jenks), equal widths, or the
        `edges` given.
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

    Notes
    -----
    Fisher-Jenks is exact and of our own, as mapclassify takes more than a second to load; of more than
    1 000 values it sees as many evenly spaced quantiles. Its limits lie between the values that they
    part. All limits but the outer ones are rounded as far as that keeps them apart.

    References
    ----------
    Fisher (1958), On grouping for maximum homogeneity, JASA 53.

    Examples
    --------
    >>> class_breaks([1.0, 2.0, 3.0, 4.0], k=2).edges
    (1.0, 2.5, 4.0)
    """
    check_choice(scheme, ("quantiles", "jenks", "equal", "user"), "class scheme")
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
        limits = np.unique(_limits(y, scheme, k))
        if len(limits) <= 2:
            limits = np.array([y.min(), y.max()])
        elif scheme != "jenks":
            limits = _rounded(limits)
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


def _limits(y: Array, scheme: str, k: int) -> Array:
    """Return the limits of k classes."""
    steps = np.linspace(0, 1, k + 1)
    if scheme == "quantiles":
        return np.quantile(y, steps)
    if scheme == "equal":
        return np.asarray(y.min() + steps * np.ptp(y))
    distinct = np.unique(y)
    if len(distinct) <= k:
        tops = distinct
    else:
        seen = y if len(y) <= MOST_SEEN else np.quantile(y, np.linspace(0, 1, MOST_SEEN))
        alone, counts = np.unique(seen, return_counts=True)
        tops = _natural_tops(alone, counts.astype(float), k)
    after = distinct[np.searchsorted(distinct, tops[:-1], side="right")]
    cuts = [_between(low, high, y.max()) for low, high in zip(tops[:-1], after, strict=True)]
    return np.array([y.min(), *cuts, y.max()])


def _natural_tops(values: Array, counts: Array, k: int) -> Array:
    """Return the highest value of each of k classes with the least squares within them (Fisher).

    Best last cut for every number of classes and every end, from the best of one class fewer.
    """
    n, x = len(values), values - values.mean()
    sums = [np.concatenate([[0.0], np.cumsum(counts * x**power)]) for power in (0, 1, 2)]
    people, total, squares = (each[None, 1:] - each[:-1, None] for each in sums)
    inside = np.arange(n)[:, None] <= np.arange(n)
    cost = np.where(inside, squares - total**2 / np.where(inside, people, 1), np.inf)
    best, cuts = cost[0], []
    for _ in range(k - 1):
        ways = best[:-1, None] + cost[1:]
        cuts.append(ways.argmin(axis=0))
        best = ways.min(axis=0)
    ends = [n - 1]
    for cut in cuts[::-1]:
        ends.append(int(cut[ends[-1]]))
    return np.asarray(values[ends[::-1]])


def _between(low: float, high: float, most: float) -> float:
    """Return the number of fewest digits above `low` and not above `high`, near their middle.

    It is below `most`, the end of the last class: else a class of the highest value alone were lost.
    """
    middle = (low + high) / 2
    for digits in range(-12, 16):
        tried = round(middle, digits)
        if low < tried <= high and tried < most:
            return float(tried)
    return float(high)


def diverging_breaks(
    values: pd.Series[float] | Array, *, centre: float, higher_is: str, unit: str = ""
) -> Breaks:
    """Cut values into classes that mirror each other around a centre, such as the nation's figure.

    Parameters
    ----------
    values : Series or ndarray, shape (n,)
        Missing ones belong to no class.
    centre : float
        Where colours change: what is better is blue, what is worse orange.
    higher_is : {"better", "worse"}
        Direction.
    unit : str
        For the labels.

    Returns
    -------
    Breaks
        Inner limits are the centre and thirds of all distances from it, on both sides alike; outer
        classes that hold no area are left out.

    Raises
    ------
    InputError
        If the direction is none, or something is no number.
    StatisticUndefined
        If no value is left.

    Examples
    --------
    >>> diverging_breaks([9.0, 12.0, 13.0, 16.0], centre=10.0, higher_is="better").labels
    ('9.0 to 10.0', '10.0 to 12.0', '12.0 to 13.0', '13.0 to 16.0')
    """
    if not math.isfinite(centre):
        raise InputError("the centre of classes has to be a number", value=centre)
    y = as_floats(pd.Series(values), "values")
    found = change_breaks(y - centre, higher_is=higher_is)
    low, *inner, high = (centre + edge for edge in found.edges)
    # The outer limits of the mirror may lie where no value is.
    if inner:
        low = max(low, min(float(np.nanmin(y)), inner[0]))
        high = min(high, max(float(np.nanmax(y)), inner[-1]))
    edges = (low, *inner, high)
    labels = (
        f"{format_value(low, unit)} to {format_value(high, unit)}" for low, high in pairwise(edges)
    )
    return Breaks(edges, found.colours, tuple(labels), "diverging")


def change_breaks(changes: pd.Series[float] | Array, *, higher_is: str, unit: str = "") -> Breaks:
    """Cut changes into classes that mirror each other around 0.

    Parameters
    ----------
    changes : Series or ndarray, shape (n,)
        With their sign; missing ones belong to no class.
    higher_is : {"better", "worse"}
        Changes for the better are blue, for the worse orange.
    unit : str
        For the labels.

    Returns
    -------
    Breaks
        Inner limits are 0 and thirds of the sizes of all changes, on both sides alike; outer classes
        that hold no area are left out.

    Raises
    ------
    InputError
        If the direction is none, or changes are no numbers.
    StatisticUndefined
        If no change is left.

    Examples
    --------
    >>> change_breaks([-1.0, 2.0, 3.0, 6.0], higher_is="better").labels
    ('-2 to 0', '0 to +2', '+2 to +3', '+3 to +6')
    """
    check_choice(higher_is, ("better", "worse"), "direction")
    y = as_floats(pd.Series(changes), "changes")
    y = y[~np.isnan(y)]
    if not len(y):
        raise StatisticUndefined("no area has a change, so there is nothing to class")
    most = float(np.abs(y).max())
    if most == 0:
        return Breaks((0.0, 0.0), (UNSURE_CHANGE,), ("no change",), "change")
    sizes = np.unique([0.0, *np.quantile(np.abs(y), [1 / 3, 2 / 3]), most])
    sizes = _rounded(sizes) if len(sizes) > 2 else sizes
    count = len(sizes) - 1
    edges = [*-sizes[:0:-1], *sizes]
    up, down = (BETTER, WORSE) if higher_is == "better" else (WORSE, BETTER)
    colours = [*down[: -count - 1 : -1], *up[-count:]]
    while len(edges) > 2 and y.min() >= edges[1]:
        edges, colours = edges[1:], colours[1:]
    while len(edges) > 2 and y.max() < edges[-2]:
        edges, colours = edges[:-1], colours[:-1]
    return Breaks(
        edges=tuple(float(edge) for edge in edges),
        colours=tuple(colours),
        labels=tuple(
            f"{signed_value(low, unit)} to {signed_value(high, unit)}"
            for low, high in pairwise(edges)
        ),
        scheme="change",
    )


def class_of(values: pd.Series[float] | Array, breaks: Breaks) -> np.ndarray:
    """Return the class number of each value (0 lowest), -1 where it is missing.

    Values beyond the outer edges belong to the outer classes.
    """
    y = np.asarray(values, dtype=float)
    inner = np.asarray(breaks.edges[1:-1])
    return np.where(np.isnan(y), -1, np.searchsorted(inner, y, side="right"))
