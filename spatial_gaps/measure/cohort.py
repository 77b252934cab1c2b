"""The same areas through several periods.

Change is measured over areas that have a figure in every period, so that who is counted never
changes.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_unique, check_values
from spatial_gaps.errors import InputError
from spatial_gaps.measure.uncertainty import impute_se

if TYPE_CHECKING:
    from spatial_gaps.measure.common_errors import ErrorCorrelation

PERIOD = re.compile(r"(\d{4})(?!\d)(?:-Q([1-4])$|-(0[1-9]|1[0-2])$)?")


@dataclass(frozen=True)
class Cohort:
    """Areas with a figure in every period.

    Attributes
    ----------
    codes : Index, shape (m,)
        The areas.
    periods : tuple of str
        In time order.
    years : ndarray, shape (periods,)
        When each starts.
    y, n : ndarray, shape (m, periods)
        Figures, and shares of the weight that sum to 1 in each period.
    se : ndarray, shape (m, periods), or None
        Standard errors, complete.
    left_out : tuple of str
        Areas that lack a figure in some period.
    imputed : tuple of str
        Areas whose standard error is, in some period, the median coefficient of variation times
        the figure.
    """

    codes: pd.Index[Any]
    periods: tuple[str, ...]
    years: Array
    y: Array
    n: Array
    se: Array | None
    left_out: tuple[str, ...]
    imputed: tuple[str, ...]


def start_years(periods: Iterable[Hashable]) -> Array:
    """Return when periods start, in years: 2021 for "2021/22" or "2021-2023", 2021.5 for "2021-07".

    Parameters
    ----------
    periods : iterable
        Labels in the grammar, or numbers of years.

    Returns
    -------
    ndarray
        Of floats.

    Raises
    ------
    InputError
        If a label does not start with a year, or periods are not in time order.

    Examples
    --------
    >>> start_years([2004, "2011-2013", "2014/15", "2026-01", "2026-Q3"]).tolist()
    [2004.0, 2011.0, 2014.0, 2026.0, 2026.5]
    """
    labels = [str(period) for period in periods]
    found = [PERIOD.match(label) for label in labels]
    strange = [label for label, match in zip(labels, found, strict=True) if match is None]
    if strange:
        raise InputError(
            "the columns of a panel have to be periods",
            offenders=strange,
            hint="Give areas by periods, as panel() returns them.",
        )
    months = [
        int(match[1]) * 12 + 3 * (int(match[2] or 1) - 1) + int(match[3] or 1) - 1
        for match in found
        if match
    ]
    late = [label for label, step in zip(labels[1:], np.diff(months), strict=True) if step <= 0]
    if late:
        raise InputError("the periods of a panel have to be in time order", offenders=late)
    return np.array(months) / 12


def follow(
    panel: pd.DataFrame,
    se: pd.DataFrame | None = None,
    weights: pd.Series[Any] | pd.DataFrame | None = None,
    *,
    least: int = 3,
) -> Cohort:
    """Check a panel and keep the areas that have a figure in every period.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures indexed by code.
    se : DataFrame, optional
        Standard errors for the same codes and periods; others are ignored.
    weights : Series or DataFrame, optional
        People per area, of one year or of each period; equal unless given.
    least : int
        Fewest areas that will do.

    Returns
    -------
    Cohort
        See there.

    Raises
    ------
    InputError
        If it is no panel of two periods or more, or `se` or `weights` lack a period.
    JoinError, WeightsError
        If codes repeat, or an area has no weight.
    StatisticUndefined
        If fewer than `least` areas have a figure throughout.
    """
    if not isinstance(panel, pd.DataFrame) or panel.shape[1] < 2:
        raise InputError(
            "change needs a panel of at least two periods",
            hint="Give a DataFrame, areas by periods, as panel() returns it.",
        )
    years = start_years(panel.columns)
    check_unique(panel.index, "the panel")
    for frame, what in ((se, "se"), (weights, "weights")):
        if isinstance(frame, pd.DataFrame):
            lacking = [str(period) for period in panel.columns if period not in frame.columns]
            if lacking:
                raise InputError(f"{what} lacks periods that the panel has", offenders=lacking)
    figures = pd.DataFrame(
        {period: as_floats(panel[period], "figures") for period in panel}, index=panel.index
    ).sort_index()  # so that no draw depends on the order of the rows
    here = figures.notna().all(axis=1)
    columns: list[tuple[Array, Array, Array | None]] = []
    imputed = np.zeros(int(here.sum()), bool)
    for period in panel.columns:
        weight = weights[period] if isinstance(weights, pd.DataFrame) else weights
        error = None if se is None else se[period]
        _, y, n, own = check_values(figures.loc[here, period], weight, error, least=least)
        if own is not None:
            own, filled = impute_se(y, own)
            imputed |= filled
        columns.append((y, n, own))
    codes = figures.index[here]
    return Cohort(
        codes=codes,
        periods=tuple(str(period) for period in panel.columns),
        years=years,
        y=np.column_stack([y for y, _, _ in columns]),
        n=np.column_stack([n for _, n, _ in columns]),
        se=None
        if se is None
        else np.column_stack([own for _, _, own in columns if own is not None]),
        left_out=tuple(str(code) for code in figures.index[~here]),
        imputed=tuple(str(code) for code in codes[imputed]),
    )


def follow_ends(
    panel: pd.DataFrame,
    se: pd.DataFrame | None,
    weights: pd.Series[Any] | pd.DataFrame | None,
    correlation: float | ErrorCorrelation | None,
) -> Cohort:
    """Follow areas from the first to the last period; with `se` their errors have to be known to go
    together, or not, or `InputError` says so.
    """
    if se is not None and correlation is None:
        raise InputError(
            "it is not known how the errors of an area hang together between the periods",
            hint="Say correlation=error_correlation(panel, se, lag=...), or 0 for independent ones.",
        )
    ends = panel.iloc[:, [0, -1]] if isinstance(panel, pd.DataFrame) else panel
    return follow(ends, se, weights, least=2)
