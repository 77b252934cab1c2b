"""The same areas through several periods, and how their errors hang together.

Change is measured over areas that have a figure in every period, so that who is counted never
changes. Their errors in two periods are seldom independent: samples are rotated, windows overlap.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_unique, check_values
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.uncertainty import impute_se

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


@dataclass(frozen=True)
class ErrorCorrelation:
    """How far the errors of one area in two periods go together.

    Attributes
    ----------
    rho : float
        What to reckon with, 0 to 1.
    raw : float
        The estimate before it was kept to 0..1 and to no less than `overlap`.
    ratio : float
        Standard deviation of the changes over that of independent errors, median over the pairs.
    lag : float
        Years between the periods.
    overlap : float
        Share of their windows that is in common.
    n : int
        Most areas that a pair of periods has.
    pairs : DataFrame
        Indexed by the first period of each pair: second, n, ratio, rho (raw).
    lower : float
        `rho` less one standard error of its own, kept to no less than `overlap`: what to reckon with
        where errors must not look smaller than they are.
    """

    rho: float
    raw: float
    ratio: float
    lag: float
    overlap: float
    n: int
    pairs: pd.DataFrame
    lower: float = float("nan")

    def __float__(self) -> float:
        return self.rho

    def __str__(self) -> str:
        years = "1 year" if self.lag == 1 else f"{self.lag:g} years"
        taken = f"the errors of figures {years} apart are taken to correlate by"
        pairs = f"{len(self.pairs)} pair{'s' * (len(self.pairs) > 1)} of periods"
        seen = (
            f"in {pairs} and up to {self.n} areas, changes spread {self.ratio:.2f} times as far as "
            "independent errors would make them"
        )
        why = "; true changes that differ would mean more" if self.rho == self.raw else ""
        if self.rho == self.overlap:
            why = ", the share that the periods have in common" if self.rho else ""
        return f"{seen[0].upper()}{seen[1:]}, so {taken} {self.rho:.2f}{why}."


def error_correlation(
    panel: pd.DataFrame, se: pd.DataFrame, *, lag: float, overlap: float = 0.0
) -> ErrorCorrelation:
    """Estimate the correlation of the errors of one area in two periods some years apart.

    ``rho = [mean(se0^2 + se1^2) - Var(y1 - y0)] / (2 mean(se0 se1))``, numerator and denominator
    averaged over all pairs of periods `lag` years apart, kept to 0..1.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures indexed by code; columns are periods in time order. An area counts in the pairs in
        which it has figures and standard errors.
    se : DataFrame, shape (areas, periods)
        Standard errors in the unit of the figures.
    lag : float
        Years between the starts of two periods.
    overlap : float
        Share of the months that two such periods have in common, as `window_overlap` gives it: the
        correlation cannot be less.

    Returns
    -------
    ErrorCorrelation
        ``float()`` is `rho`.

    Raises
    ------
    InputError
        If the panel is none, or an option is out of range.
    StatisticUndefined
        If no two periods are so far apart, or none of them has standard errors of three areas.

    See Also
    --------
    convergence : Uses it for the speed at which places close up.

    Notes
    -----
    All areas are taken to change alike in truth. Where they do not, the changes vary more and the
    estimate is too low: it is a lower bound but for its own error.

    Examples
    --------
    Changes of -1, 0 and 1 vary by 1, errors of 1 and 1 would make that 2 if independent:

    >>> pay = pd.DataFrame({"2015": [5.0, 6.0, 7.0], "2016": [4.0, 6.0, 8.0]}, index=list("abc"))
    >>> found = error_correlation(pay, pay * 0 + 1.0, lag=1)
    >>> found.rho, round(found.ratio, 4)
    (0.5, 0.7071)
    """
    if not 0 <= overlap <= 1:
        raise InputError("an overlap has to lie between 0 and 1", value=overlap)
    if not isinstance(panel, pd.DataFrame) or not isinstance(se, pd.DataFrame):
        raise InputError("an error correlation needs two panels, of figures and standard errors")
    check_unique(panel.index, "the panel")
    years = start_years(panel.columns)
    figures, errors = panel.to_numpy(float), se.reindex_like(panel).to_numpy(float)
    rows, tops, bottoms = {}, [], []
    scatter, seen = np.zeros(len(panel)), np.zeros(len(panel))
    for i, j in np.argwhere(np.abs(years[None, :] - years[:, None] - lag) < 1e-6):
        change = figures[:, j] - figures[:, i]
        both = np.isfinite(change + errors[:, i] + errors[:, j])
        one, other, change = errors[both, i], errors[both, j], change[both]
        alone = one**2 + other**2
        if both.sum() < 3 or not (one * other).any():
            continue
        tops.append(alone.mean() - change.var(ddof=1))
        bottoms.append(2 * np.mean(one * other))
        change = change - change.mean()
        scatter[both] += change**2
        seen[both] += 1
        scaled = change[alone > 0] / np.sqrt(alone[alone > 0])
        rows[str(panel.columns[i])] = {
            "second": str(panel.columns[j]),
            "n": int(both.sum()),
            "ratio": float(scaled.std(ddof=1)),
            "rho": tops[-1] / bottoms[-1],
        }
    if not rows:
        raise StatisticUndefined(
            f"no two periods {lag:g} years apart have figures and standard errors of three areas",
            hint=f"The panel has {', '.join(map(str, panel.columns))}.",
        )
    pairs = pd.DataFrame.from_dict(rows, orient="index").rename_axis("first")
    raw = float(np.mean(tops) / np.mean(bottoms))
    return ErrorCorrelation(
        rho=_kept(raw, overlap),
        raw=raw,
        ratio=float(pairs["ratio"].median()),
        lag=lag,
        overlap=overlap,
        n=int(pairs["n"].max()),
        pairs=pairs,
        lower=_kept(raw - _spread_error(scatter, seen) / float(np.mean(bottoms)), overlap),
    )


def _kept(raw: float, overlap: float) -> float:
    return max(min(max(raw, 0.0), 1.0), overlap)


def _spread_error(scatter: Array, seen: Array) -> float:
    """Return the standard error of the variance of changes; the pairs of one area go together."""
    variance = scatter.sum() / seen.sum()
    return float(np.sqrt(np.sum((scatter - variance * seen) ** 2)) / seen.sum())
