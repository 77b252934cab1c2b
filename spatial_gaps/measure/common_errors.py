"""How far the errors of one area in two periods go together.

They are seldom independent: samples are rotated, windows overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_unique
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.cohort import start_years

# Upper 5 % point of the normal distribution.
ONE_SIDED = 1.6448536269514722


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
        Indexed by the first period of each pair: second, n, ratio, rho (raw), se (its standard
        error over areas).
    """

    rho: float
    raw: float
    ratio: float
    lag: float
    overlap: float
    n: int
    pairs: pd.DataFrame

    def __float__(self) -> float:
        return self.rho

    @property
    def lower(self) -> float:
        """Lower 95 % limit of `rho`, for claims that must not rest on too large a correlation.

        Pairs of periods share their areas, so that several are taken to tell no more than one.
        """
        return max(self.rho - ONE_SIDED * float(self.pairs["se"].mean()), self.overlap, 0.0)

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


def correlation_moments(y: Array, se: Array, stretch: bool = False) -> tuple[Array, Array]:
    """Return the two moments whose ratio is the correlation of errors (`error_correlation`).

    Parameters
    ----------
    y, se : ndarray, shape (..., m, 2)
        Figures and standard errors of two periods, complete.
    stretch : bool
        As in `error_correlation`.

    Returns
    -------
    above, below : ndarray, shape (...)
        ``mean(se0^2 + se1^2) - Var(y1 - y0)``, and ``2 mean(se0 se1)``.
    """
    square = (se**2).mean(-2)
    above = square.sum(-1) - np.diff(y, axis=-1)[..., 0].var(-1, ddof=1)
    if stretch:
        spread = np.sqrt(np.maximum(y.var(-2, ddof=1) - square, 0.0))
        above = above + np.diff(spread, axis=-1)[..., 0] ** 2
    return above, 2 * se.prod(-1).mean(-1)


def error_correlation(
    panel: pd.DataFrame,
    se: pd.DataFrame,
    *,
    lag: float,
    overlap: float = 0.0,
    stretch: bool = False,
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
    stretch : bool
        Allow that all areas have drawn together or apart at one rate: ``(tau1 - tau0)^2``, with tau
        the standard deviation of the true values in each period, is then no sign of independent
        errors.

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
    for i, j in np.argwhere(np.abs(years[None, :] - years[:, None] - lag) < 1e-6):
        both = np.isfinite(figures[:, [i, j]] + errors[:, [i, j]]).all(axis=1)
        y, e = figures[both][:, [i, j]], errors[both][:, [i, j]]
        if len(y) < 3 or not e.prod(axis=1).any():
            continue
        above, below = map(float, correlation_moments(y, e, stretch))
        tops.append(above)
        bottoms.append(below)
        change, alone = y[:, 1] - y[:, 0], (e**2).sum(axis=1)
        off = change - change.mean()
        scaled = off[alone > 0] / np.sqrt(alone[alone > 0])
        rows[str(panel.columns[i])] = {
            "second": str(panel.columns[j]),
            "n": len(y),
            "ratio": float(scaled.std(ddof=1)),
            "rho": above / below,
            "se": float((off**2).std()) / len(y) ** 0.5 / below,
        }
    if not rows:
        raise StatisticUndefined(
            f"no two periods {lag:g} years apart have figures and standard errors of three areas",
            hint=f"The panel has {', '.join(map(str, panel.columns))}.",
        )
    pairs = pd.DataFrame.from_dict(rows, orient="index").rename_axis("first")
    raw = float(np.mean(tops) / np.mean(bottoms))
    return ErrorCorrelation(
        rho=max(min(max(raw, 0.0), 1.0), overlap),
        raw=raw,
        ratio=float(pairs["ratio"].median()),
        lag=lag,
        overlap=overlap,
        n=int(pairs["n"].max()),
        pairs=pairs,
    )


def correlations(
    panel: pd.DataFrame,
    se: pd.DataFrame,
    years: Array,
    given: float | ErrorCorrelation | None = None,
    overlap: float = 0.0,
    *,
    cautious: bool = False,
) -> tuple[Array, str]:
    """Return the correlations of one area's errors between several periods, and where they come from.

    Parameters
    ----------
    panel, se : DataFrame
        As in `error_correlation`, by which each pair is estimated, stretching allowed.
    years : ndarray, shape (k,)
        When the periods start.
    given : float or ErrorCorrelation, optional
        For all pairs.
    overlap : float
        Share in common of the windows of the last two: the least that is taken for them.
    cautious : bool
        Take the lower limits of estimates (`ErrorCorrelation.lower`).

    Returns
    -------
    rho : ndarray, shape (k, k)
        1 on the diagonal.
    source : {"estimated", "given"}
        Where it comes from.
    """
    if not 0 <= overlap <= 1 or (given is not None and not 0 <= float(given) <= 1):
        raise InputError("correlations and overlaps lie between 0 and 1", value=(given, overlap))
    rho = np.eye(len(years))
    for i in range(len(years)):
        for j in range(i):
            least = overlap if i == len(years) - 1 and j == i - 1 else 0.0
            if given is None:
                lag = abs(float(years[i] - years[j]))
                estimate = error_correlation(panel, se, lag=lag, overlap=least, stretch=True)
                found = estimate.lower if cautious else estimate.rho
            else:
                found = max(float(given), least)
            rho[i, j] = rho[j, i] = found
    return rho, "estimated" if given is None else "given"
