"""Steps between neighbours: where the figure jumps at a border, and whether the sample shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spatial_gaps.checks import as_floats, check_direction
from spatial_gaps.errors import InputError
from spatial_gaps.measure.multiple import adjust

if TYPE_CHECKING:
    from spatial_gaps.checks import Array


def border_steps(
    values: pd.Series, graph: pd.Series, *, higher_is: str, se: pd.Series | None = None
) -> pd.DataFrame:
    """Return how much better off one of two neighbours is, for every pair with two figures.

    Parameters
    ----------
    values : Series, shape (n,)
        Figures by code.
    graph : Series
        Adjacency on (focal, neighbor); a pair counts once, links of weight 0 do not count.
    higher_is : {"better", "worse"}
        Direction.
    se : Series, optional
        Standard errors by code, of independent samples.

    Returns
    -------
    DataFrame
        In the order of the areas: better and worse (codes; the one that comes first counts as better
        off where figures are equal), step (their difference, at least 0), z (step over its standard
        error, ``sqrt(se_1² + se_2²)``; nan without errors) and p_adjusted (two-sided, after Benjamini
        and Hochberg over all pairs that have a z).

    Raises
    ------
    InputError
        If the direction is none, or the graph is of other areas.

    Examples
    --------
    >>> pairs = pd.MultiIndex.from_tuples([("a", "b"), ("b", "a"), ("b", "c")])
    >>> figures = pd.Series([3.0, 8.0, 4.0], index=list("abc"))
    >>> border_steps(figures, pd.Series(1.0, index=pairs), higher_is="better")[["better", "step"]]
      better  step
    0      b   5.0
    1      b   4.0
    """
    sign = 1.0 if check_direction(higher_is) == "better" else -1.0
    y = as_floats(values, "values")
    error = np.full(len(y), np.nan) if se is None else as_floats(se.reindex(values.index), "se")
    links = graph.index[graph != 0]
    focal, other = (values.index.get_indexer(links.get_level_values(k)) for k in (0, 1))
    if (focal < 0).any() or (other < 0).any():
        raise InputError("the graph is of other areas than the values")
    low, high = np.minimum(focal, other), np.maximum(focal, other)
    keep = (low < high) & np.isfinite(y[low]) & np.isfinite(y[high])
    pairs = np.unique(np.column_stack([low[keep], high[keep]]), axis=0)
    first_is_worse = sign * y[pairs[:, 0]] < sign * y[pairs[:, 1]]
    better = np.where(first_is_worse, pairs[:, 1], pairs[:, 0])
    worse = np.where(first_is_worse, pairs[:, 0], pairs[:, 1])
    step = np.abs(y[better] - y[worse])
    with np.errstate(divide="ignore", invalid="ignore"):
        z = step / np.hypot(error[better], error[worse])
    codes = values.index.to_numpy()
    return pd.DataFrame(
        {"better": codes[better], "worse": codes[worse], "step": step, "z": z, "p_adjusted": _p(z)}
    )


def _p(z: Array) -> Array:
    """Return p of no step, two-sided, corrected for all pairs that can be tested."""
    from scipy.special import ndtr

    found = np.full(len(z), np.nan)
    known = ~np.isnan(z)
    found[known] = adjust(2 * ndtr(-z[known]), "fdr")
    return found
