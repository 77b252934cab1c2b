"""Intervals from drawing areas with replacement: as if they were a sample of places of their kind.

This is another question than that of `gap_indices`, whose intervals are about these very areas and
the error with which each was measured. Here the figures are taken as they are, and the areas as
drawn from many more that might have been: another country, or the same one with other borders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_count, check_values, random_stream
from spatial_gaps.measure.correction import cached
from spatial_gaps.measure.gaps import _refusal
from spatial_gaps.measure.indices import INDICES
from spatial_gaps.measure.inequality import Values, weigh

# Areas below which intervals were seen to cover 91 to 95 %, and below which less (docs/validation).
FEW, TOO_FEW = 200, 50

# Indices made of weighted means of functions of the figures alone, so that one product of matrices
# gives them for all draws: the functions, and what is made of their means (m the mean itself).
MEANS: Mapping[str, tuple[Callable[[Array], Array], Callable[[Array, Array], Array]]] = {
    "mean": (lambda r: r, lambda m, k: m),
    "theil": (
        lambda r: r * np.log(np.where(r == 0, 1.0, r)),
        lambda m, k: k / m - np.log(m),
    ),
    "mld": (np.log, lambda m, k: np.log(m) - k),
    "ge_2": (np.square, lambda m, k: (k / m**2 - 1) / 2),
    "atkinson_0.5": (np.sqrt, lambda m, k: 1 - k**2 / m),
    "atkinson_1": (np.log, lambda m, k: 1 - np.exp(k) / m),
    "atkinson_2": (np.reciprocal, lambda m, k: 1 - 1 / (k * m)),
}


def bootstrap_indices(
    values: Values,
    weights: pd.Series | Array | None = None,
    *,
    indices: Sequence[str] | None = None,
    scale: str = "ratio",
    draws: int = 999,
    seed: int = 0,
) -> pd.DataFrame:
    """Compute indices with 95 % intervals from areas drawn with replacement.

    Each draw takes as many areas as there are, every one with its weight and as often as chance has
    it. The interval is the basic (pivotal) one on the logarithm, ``value^2 / q(.975) .. value^2 /
    q(.025)`` of the draws' quantiles; of the mean, on the figures themselves.

    Parameters
    ----------
    values : Series or array, shape (n,)
        One figure per area; missing ones are left out.
    weights : Series or array, shape (n,), optional
        People per area; equal unless given.
    indices : sequence of str, optional
        Names from the index of `gap_indices`; all smooth ones unless given. Extremes such as the
        range are not among them: the largest figure of a sample says nothing of larger ones.
    scale : {"ratio", "bounded", "interval"}
        Relative indices are refused on an interval scale.
    draws : int
        How many, 99 or more.
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        Indexed by index: value, se (standard deviation of the draws), lower, upper, reliability
        ("with care" below 200 areas, "not assessable" below 50), note.

    Raises
    ------
    InputError
        If there is no such index or scale.
    StatisticUndefined
        If fewer than two values are left.

    See Also
    --------
    gap_indices : These very areas, with the sampling error of each taken out.

    References
    ----------
    Davison & Hinkley (1997), Bootstrap methods and their application, section 5.2.

    Examples
    --------
    >>> areas = [float(figure) for figure in range(1, 401)]
    >>> found = bootstrap_indices(areas, indices=["gini"]).loc["gini"]
    >>> bool(found["lower"] < found["value"] < found["upper"])
    True
    """
    check_choice(scale, ("ratio", "bounded", "interval"), "scale")
    check_count(draws, "draws", 99)
    names = list(INDICES) if indices is None else list(indices)
    for name in names:
        check_choice(name, INDICES, "index")
    _, y, n, _ = check_values(values, weights)
    refused = {name: _refusal(y, n, INDICES[name], scale) for name in names}
    wanted = [name for name in names if not refused[name]]
    found = np.concatenate([np.empty((0, len(wanted))), *_replicates(y, n, wanted, draws, seed)])
    rows = {}
    for name in names:
        value, spread, lower, upper = (float("nan"),) * 4
        if not refused[name]:
            value = float(INDICES[name].kernel(y, n))
            column = found[:, wanted.index(name)]
            spread = float(column.std(ddof=1))
            lower, upper = _ends(value, column, log=name != "mean")
        rows[name] = {
            "value": value,
            "se": spread,
            "lower": lower,
            "upper": min(upper, INDICES[name].ceiling),
            "reliability": _reliability(len(y), lower),
            "note": refused[name],
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("index")


def _replicates(
    y: Array, n: Array, names: Sequence[str], draws: int, seed: int
) -> Iterator[np.ndarray]:
    """Yield indices of areas drawn with replacement, shape (some draws, names)."""
    order = np.argsort(y, kind="stable")
    y, n = y[order], n[order]
    # The functions' means do not lose digits where the figures are large.
    unit = float(y @ n) or 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = [y / unit, *(MEANS[name][0](y / unit) for name in names if name in MEANS)]
    table = n[:, None] * np.stack(columns, axis=1)
    rng = random_stream(seed)
    for some in cached(draws, len(y)):
        size = (some.stop - some.start, len(y))
        drawn = rng.integers(len(y), size=size, dtype=np.int32)
        counts = np.stack([np.bincount(row, minlength=len(y)) for row in drawn]).astype(float)
        people = weigh(n, counts)
        mean, *means = (counts @ table / people[:, None]).T
        rest = iter(means)
        shares = counts * (n / people[:, None])
        with np.errstate(invalid="ignore", divide="ignore"):
            yield np.stack(
                [
                    MEANS[name][1](mean, next(rest)) * (unit if name == "mean" else 1.0)
                    if name in MEANS
                    else INDICES[name].kernel(y, shares)
                    for name in names
                ],
                axis=1,
            )


def _ends(value: float, found: Array, *, log: bool) -> tuple[float, float]:
    """Return the ends of the basic interval; nan where a draw has no value, or all is equal."""
    low, high = np.quantile(found, [0.025, 0.975])
    if not log:
        return 2 * value - float(high), 2 * value - float(low)
    if not low > 0:
        return float("nan"), float("nan")
    return value**2 / float(high), value**2 / float(low)


def _reliability(areas: int, lower: float) -> str:
    if areas < TOO_FEW or np.isnan(lower):
        return "not assessable"
    return "with care" if areas < FEW else "assessable"
