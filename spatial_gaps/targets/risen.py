"""How many places have risen for certain? Four answers, because one would mislead."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import (
    Array,
    as_floats,
    check_choice,
    check_direction,
    check_share,
    check_unique,
)
from spatial_gaps.errors import InputError
from spatial_gaps.measure.cohort import Cohort, follow
from spatial_gaps.measure.common_errors import ErrorCorrelation, correlations
from spatial_gaps.measure.multiple import adjust

POWER = 0.8
# Share of the error rate that pays for estimating the correlation of errors (benchmarks/risen.py).
FOR_CORRELATION = 0.1
VERDICTS = ("risen", "fallen", "not certain")


@dataclass(frozen=True)
class Risen:
    """How many areas have become better, for certain or not.

    Attributes
    ----------
    n : int
        How many areas have figures in every period compared.
    risen : int
        Areas whose published figure is better.
    at_least : int
        Simultaneous lower confidence bound on the number that truly became better.
    shown : tuple of str
        Areas named: each of them became better, all of that together at the confidence.
    fallen : tuple of str
        Areas shown to have become worse, in the same sense.
    everywhere : bool
        Whether all areas are shown to have become better: each by its own test.
    detectable : float
        How much every area alike has to rise, in the median of their units, so that `everywhere`
        is said in 80 % of cases.
    table : DataFrame
        Indexed by code: first, last, change (above 0 is better), expected (by the area's own earlier
        trend; 0 unless asked for), se, z, p_risen, p_fallen (one-sided, adjusted by Holm), verdict
        ("risen", "fallen", "not certain").
    sensitivity : DataFrame
        Indexed by the error correlation that is assumed, 0 and the one used: at_least, shown, fallen.
    rho, rho_source
        Correlation of the errors of the first and the last period, and where it comes from.
    alpha : float
        One less the confidence.
    base, last, before : str
        The periods compared, and the one from which the earlier trend starts, or "".
    left_out, imputed : tuple of str
        Areas without a figure in some period, and without a published standard error.
    """

    n: int
    risen: int
    at_least: int
    shown: tuple[str, ...]
    fallen: tuple[str, ...]
    everywhere: bool
    detectable: float
    table: pd.DataFrame
    sensitivity: pd.DataFrame
    rho: float
    rho_source: str
    alpha: float
    base: str
    last: str
    before: str
    left_out: tuple[str, ...]
    imputed: tuple[str, ...]

    def __str__(self) -> str:
        better = "become better faster than before" if self.before else "become better"
        fallen = f"{len(self.fallen)} areas are" if self.fallen else "no area is"
        if len(self.fallen) == 1:
            fallen = "1 area is"
        worse = "slowed down" if self.before else "become worse"
        head = f"From {self.base} to {self.last} {fallen} shown to have {worse}"
        text = (
            f"{head}; at least {self.at_least} of {self.n} have {better}, "
            f"{len(self.shown)} of them by name ({1 - self.alpha:.0%} confidence for all at once; "
            f"{self.risen} by published figures)."
        )
        if self.everywhere:
            return f"{text} Every area's own test says so."
        return (
            f"{text} That all have cannot be shown: each would have to rise by about "
            f"{self.detectable:.3g}."
        )


def risen_everywhere(
    panel: pd.DataFrame,
    se: pd.DataFrame,
    *,
    higher_is: str | None,
    base: str | int | None = None,
    against_trend: bool = False,
    correlation: float | ErrorCorrelation | None = None,
    overlap: float = 0.0,
    alpha: float = 0.05,
) -> Risen:
    """Say in how many areas things have become better since the base period, and where for certain.

    ``z_i = change_i / sqrt(se_i0^2 + se_i1^2 - 2 rho se_i0 se_i1)``, one-sided. Names are given by
    Holm's procedure. The number is bounded by closed testing with Simes' test: n less the size of the
    largest set of areas of which it cannot be shown that any has risen.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures indexed by code; the last column is compared with the base. Prices of different years
        need `deflate` first.
    se : DataFrame, shape (areas, periods)
        Standard errors; missing ones take the median coefficient of variation.
    higher_is : {"better", "worse"}
        Direction; required.
    base : str or int, optional
        The first column unless given.
    against_trend : bool
        Ask whether an area has grown faster since the base than from the first column to the base;
        needs a base that is not the first.
    correlation : float or ErrorCorrelation, optional
        Of one area's errors in two periods; estimated for each pair unless given, and then its
        lower 95 % limit is taken.
    overlap : float
        Share of the windows of base and last period in common: the least correlation.
    alpha : float
        One less the confidence; a tenth of it pays for estimating the correlation.

    Returns
    -------
    Risen
        ``str()`` gives the headline.

    Raises
    ------
    InputError
        If it is no panel, standard errors are missing, or options contradict each other.
    StatisticUndefined
        If fewer than three areas have figures, or no correlation can be estimated.

    See Also
    --------
    levelling : Whether the gap closed.

    Notes
    -----
    "Risen in every area" by each area's own test (an intersection-union test) can practically never
    be said: with n areas alike each has to rise by ``z(1 - alpha) + z(.8^(1/n))`` standard errors, 4.9
    of them for 361, to be found in 80 % of cases. Errors of different areas are taken as independent
    or positively dependent. A correlation taken too low makes everything cautious.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure.
    Goeman & Solari (2011), Multiple testing for exploratory research (closed testing).
    Goeman et al. (2019), Simultaneous control of all false discovery proportions (Simes).
    Berger (1982), Multiparameter hypothesis testing (intersection-union).

    Examples
    --------
    >>> pay = pd.DataFrame({"2015": [10.0] * 4, "2025": [20.0, 20.0, 20.0, 11.0]}, index=list("abcd"))
    >>> found = risen_everywhere(pay, pay * 0 + 1.0, higher_is="better", correlation=0.0)
    >>> found.risen, found.at_least, found.shown, found.everywhere
    (4, 3, ('a', 'b', 'c'), False)
    """
    sign = 1.0 if check_direction(higher_is) == "better" else -1.0
    alpha = check_share(alpha, "alpha")
    if not isinstance(se, pd.DataFrame):
        raise InputError("what is certain cannot be said without standard errors")
    columns = _columns(panel, base, against_trend)
    cohort = follow(panel[columns], se, least=3)
    rho, source = correlations(panel, se, cohort.years, correlation, overlap, cautious=True)
    times = _times(cohort.years)
    change, assumed = sign * (cohort.y @ times), float(rho[-2, -1])
    error = _error(cohort, rho, times)
    level = alpha * (1 - FOR_CORRELATION) if correlation is None else alpha
    table = _table(cohort, change, error, sign, level)
    # That errors do not go together is assumed, not estimated.
    cases = {0.0: (_error(cohort, np.eye(len(columns)), times), alpha), assumed: (error, level)}
    named = {verdict: tuple(table.index[table["verdict"] == verdict]) for verdict in VERDICTS}
    detectable = NormalDist().inv_cdf(1 - level) + NormalDist().inv_cdf(POWER ** (1 / len(change)))
    return Risen(
        n=len(change),
        risen=int((change > 0).sum()),
        at_least=least_risen(_below(-change / error), level),
        shown=named["risen"],
        fallen=named["fallen"],
        everywhere=bool(_below(-change / error).max() <= level),
        detectable=float(detectable * np.median(error)),
        table=table,
        sensitivity=_sensitivity(change, cases),
        rho=assumed,
        rho_source=source,
        alpha=alpha,
        base=cohort.periods[-2],
        last=cohort.periods[-1],
        before=cohort.periods[0] if against_trend else "",
        left_out=cohort.left_out,
        imputed=cohort.imputed,
    )


def least_risen(p: Array, alpha: float) -> int:
    """Return the lower confidence bound on how many null hypotheses are false, by closed testing.

    A set is rejected where its j-th smallest p is at most ``j alpha / size`` for some j (Simes); the
    bound is their number less the size of the largest set that is not.

    Parameters
    ----------
    p : ndarray, shape (n,)
        One per hypothesis.
    alpha : float
        One less the confidence.

    Returns
    -------
    int
        0 to n.

    Examples
    --------
    >>> least_risen(np.array([0.001, 0.01, 0.2, 0.9]), 0.05)
    2
    """
    n, ordered = len(p), np.sort(p)
    small = ordered < alpha
    if n and ordered[-1] <= alpha:
        return n
    if not small.any():
        return 0
    # The set of the k largest p escapes if k (1 - p_(i) / alpha) < n - i for every i.
    room = (n - np.arange(1, n + 1)[small]) / (1 - ordered[small] / alpha)
    return n - min(n, int(np.ceil(room.min())) - 1)


def _columns(panel: pd.DataFrame, base: str | int | None, against_trend: bool) -> list[Any]:
    """Return the columns compared: maybe the one before, the base, the last."""
    if not isinstance(panel, pd.DataFrame) or panel.shape[1] < 2:
        raise InputError(
            "change needs a panel of at least two periods",
            hint="Give a DataFrame, areas by periods, as panel() returns it.",
        )
    labels = [str(column) for column in panel.columns]
    check_choice(labels[0] if base is None else str(base), labels[:-1], "base period", "the panel")
    at = 0 if base is None else labels.index(str(base))
    if against_trend and at == 0:
        raise InputError(
            "growth before the base needs an earlier period",
            hint=f"Say base=, one of {', '.join(labels[1:-1]) or 'which there is none'}.",
        )
    return list(panel.columns[[*([0] if against_trend else []), at, -1]])


def _times(years: Array) -> Array:
    """Return the factors of the periods: the change since the base, maybe less the earlier trend."""
    if len(years) == 2:
        return np.array([-1.0, 1.0])
    pace = (years[2] - years[1]) / (years[1] - years[0])
    return np.array([pace, -1 - pace, 1.0])


def _error(cohort: Cohort, rho: Array, times: Array) -> Array:
    """Return the standard error of each area's change."""
    weighted = times * (np.zeros_like(cohort.y) if cohort.se is None else cohort.se)
    error = np.sqrt(np.maximum(np.einsum("it,tu,iu->i", weighted, rho, weighted), 0.0))
    # A change without any error is certain; one of nought is none.
    return np.asarray(np.maximum(error, np.finfo(float).tiny))


def _below(z: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))


def _table(cohort: Cohort, change: Array, error: Array, sign: float, alpha: float) -> pd.DataFrame:
    """Return what is known of each area."""
    first, last = cohort.y[:, -2], cohort.y[:, -1]
    z = change / error
    risen, fallen = adjust(_below(-z), "holm"), adjust(_below(z), "holm")
    total = sign * (last - first)
    return pd.DataFrame(
        {
            "first": first,
            "last": last,
            "change": total,
            "expected": total - change,
            "se": error,
            "z": z,
            "p_risen": risen,
            "p_fallen": fallen,
            "verdict": np.select([risen <= alpha, fallen <= alpha], VERDICTS[:2], VERDICTS[2]),
        },
        index=cohort.codes,
    )


def _sensitivity(change: Array, cases: dict[float, tuple[Array, float]]) -> pd.DataFrame:
    """Return the counts under each correlation of errors, each with its own alpha."""
    rows = {}
    for rho, (error, alpha) in cases.items():
        up, down = _below(-change / error), _below(change / error)
        shown, fallen = ((adjust(p, "holm") <= alpha).sum() for p in (up, down))
        rows[rho] = {"at_least": least_risen(up, alpha), "shown": int(shown), "fallen": int(fallen)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("rho")


def deflate(panel: pd.DataFrame, deflator: pd.Series[Any], *, base: str | int) -> pd.DataFrame:
    """Put figures in current prices at the prices of one period.

    ``y_t deflator_base / deflator_t``, for figures and standard errors alike.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures, or their standard errors.
    deflator : Series
        Price index by period; no series of prices is packaged, because which one fits is a choice.
    base : str or int
        The period whose prices are kept.

    Returns
    -------
    DataFrame
        Like `panel`.

    Raises
    ------
    InputError
        If the deflator lacks a period or is not positive.

    Examples
    --------
    >>> pay = pd.DataFrame({"2015": [100.0], "2025": [150.0]}, index=["a"])
    >>> deflate(pay, pd.Series({2015: 80.0, 2025: 120.0}), base=2015).loc["a"].to_dict()
    {'2015': 100.0, '2025': 100.0}
    """
    prices = pd.Series(as_floats(deflator, "the deflator"), deflator.index.astype(str))
    check_unique(prices.index, "the deflator")
    wanted = [*panel.columns.astype(str), str(base)]
    bad = [period for period in wanted if not prices.get(period, np.nan) > 0]
    if bad:
        raise InputError(
            "the deflator needs a positive value for every period",
            offenders=list(dict.fromkeys(bad)),
            hint="Give a price index by period, such as CPIH or the GDP deflator.",
        )
    factor = prices[str(base)] / prices[wanted[:-1]].to_numpy()
    return panel * factor
