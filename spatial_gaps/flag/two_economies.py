"""Two economies in one place: what its jobs pay or produce is high, what its residents have is low."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, align, check_values, random_stream
from spatial_gaps.errors import InputError
from spatial_gaps.flag.economy_sentences import economy_sentences
from spatial_gaps.flag.economy_sides import Side, chances, is_noisy, place_side
from spatial_gaps.flag.pockets import CONFIRMED, LIKELY, WATCH
from spatial_gaps.flag.sentences import Wording
from spatial_gaps.measure.common_errors import ErrorCorrelation
from spatial_gaps.measure.ridits import ridits


def two_economies(
    workplace: pd.Series,
    residence: pd.Series,
    *,
    workplace_higher_is: str | None,
    residence_higher_is: str | None,
    workplace_se: pd.Series | None = None,
    residence_se: pd.Series | None = None,
    workplace_benchmark: float | None = None,
    residence_benchmark: float | None = None,
    workplace_benchmark_se: float = 0.0,
    residence_benchmark_se: float = 0.0,
    error_correlation: float | ErrorCorrelation = 0.0,
    weights: pd.Series | None = None,
    same_unit: bool = False,
    workplace_wording: Wording | None = None,
    residence_wording: Wording | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Find areas whose jobs pay or produce much while those who live there have little.

    ``p_two = P(true workplace figure is high, and true resident figure is low)``.

    Parameters
    ----------
    workplace : Series, shape (n,)
        Pay or productivity where the jobs are, indexed by code.
    residence : Series
        Pay, income deprivation ... of those who live there, for at least the same codes.
    workplace_higher_is, residence_higher_is : {"better", "worse"}
        Which end of each is well off; required. Income deprivation is "worse".
    workplace_se, residence_se : Series, optional
        Standard errors; missing ones take the median coefficient of variation. A side without any
        is taken as exact, and no verdict exceeds "likely".
    workplace_benchmark, residence_benchmark : float, optional
        Published national figures: high is better, low is worse than them. Without one, high is the
        best-off and low the worst-off fifth of people, found anew in every draw.
    workplace_benchmark_se, residence_benchmark_se : float
        Standard errors of the national figures.
    error_correlation : float or ErrorCorrelation
        Correlation of an area's two errors, as the figures are published. Two tables of one survey
        share the jobs of people who live where they work, so that it is above 0. See Notes.
    weights : Series, shape (n,), optional
        People per area; areas count equally without.
    same_unit : bool
        Whether both sides are in one unit, so that their gap makes sense.
    workplace_wording, residence_wording : Wording, optional
        Names, noun, unit and nation of each side, for the sentences.
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        On the index of `workplace`. Verdict: verdict ("confirmed" p_two >= .9, "likely" >= .5,
        "watch" >= .2, "no", "not assessable"), reason (why not assessable: no figure, or a
        coefficient of variation over 20 %, on either side), is_two (confirmed or likely), p_two,
        p_high, p_low. Figures: workplace, workplace_se, workplace_benchmark (the national figure, or
        where the fifth begins), residence, residence_se, residence_benchmark, se_imputed (on
        either side), apart (high and low by point estimates), gap (workplace less residence) and
        gap_se if `same_unit`, rank_gap (percentile by workplace minus percentile by residence,
        among people, the best-off highest: -1 to 1), people, sentence.

    Raises
    ------
    InputError
        If a direction is missing, something is no Series by code, a standard error is negative, or
        the correlation is not between -1 and 1.
    JoinError, WeightsError, StatisticUndefined
        If another Series lacks an area of `workplace`, weights are not positive, or fewer than
        three areas have both figures.

    Notes
    -----
    True values are taken to be bivariate normal over areas and are shrunk together
    (`measure.paired_posterior`). Where the sides go together, as pay does, an area high in one and
    low in the other owes that to error more often than each side shows by itself. Only areas with
    both figures count. Places far out, such as the City of London, are pulled in too far.

    A positive `error_correlation` means that the two errors seldom have opposed signs: a wide gap
    is more likely true, and `gap_se` falls. It also means that less of what the sides have in
    common over areas is true. docs/how-to/two-economies.md shows the effect on pay; simulations of
    both (tests/flag/test_two_economies.py) found that of areas given p_two a share p_two are so.

    Examples
    --------
    Area c has well-paid jobs and poor people:

    >>> jobs = pd.Series([500.0, 520, 900, 610], index=list("abcd"))
    >>> homes = pd.Series([510.0, 530, 480, 640], index=list("abcd"))
    >>> found = two_economies(jobs, homes, workplace_higher_is="better",
    ...     residence_higher_is="better", workplace_benchmark=600.0, residence_benchmark=600.0)
    >>> found["verdict"].tolist(), found["apart"].tolist()
    (['no', 'no', 'likely', 'no'], [False, False, True, False])
    """
    rho = float(error_correlation)
    if not -1 < rho < 1:
        raise InputError("an error correlation has to lie between -1 and 1", value=rho)
    if not isinstance(workplace, pd.Series):
        raise InputError("workplace has to be a Series indexed by area code")
    _, given = align(workplace.sort_index(), residence, workplace_se, residence_se, weights,
                     names=("residence", "workplace_se", "residence_se", "weights"))  # fmt: skip
    here = given[0].notna() & given[1].notna()
    kept: list[Any] = [series if series is None else series[here] for series in given]
    jobs, homes, jobs_se, homes_se, people = kept
    codes, _, share, _ = check_values(jobs, people, least=3)
    high = place_side(
        jobs, jobs_se, workplace_higher_is, "better", workplace_benchmark, workplace_benchmark_se
    )
    low = place_side(
        homes, homes_se, residence_higher_is, "worse", residence_benchmark, residence_benchmark_se
    )
    table = _columns(high, low, share, rho, same_unit).set_axis(codes)
    rng = random_stream(seed)
    table["p_high"], table["p_low"], table["p_two"] = chances(high, low, share, rho, rng)
    table["reason"] = _reasons(high, low)
    table = _complete(table, given)
    exact = not (high.known_se and low.known_se)
    table["verdict"] = _verdict(table["p_two"].to_numpy(), table["reason"].to_numpy(), exact)
    table["is_two"] = table["verdict"].isin(["confirmed", "likely"])
    table.loc[table["verdict"] == "not assessable", "p_two"] = np.nan
    wordings = (
        workplace_wording or Wording(noun="the figure by workplace"),
        residence_wording or Wording(noun="the figure of residents"),
    )
    table["sentence"] = economy_sentences(table, wordings, (high, low), exact)
    return table.reindex(workplace.index)


def _columns(
    high: Side, low: Side, share: Array, error_correlation: float, same_unit: bool
) -> pd.DataFrame:
    """Return what comes from the published figures alone, in their own direction."""
    lines = [side.lines(side.found[None, :], share, None)[0, 0] for side in (high, low)]
    jobs, homes = high.turn * high.found, low.turn * low.found
    variance = high.se**2 + low.se**2 - 2 * error_correlation * high.se * low.se
    known = same_unit and high.known_se and low.known_se
    return pd.DataFrame(
        {
            "workplace": jobs,
            "workplace_se": high.se if high.known_se else np.nan,
            "workplace_benchmark": high.turn * lines[0],
            "residence": homes,
            "residence_se": low.se if low.known_se else np.nan,
            "residence_benchmark": low.turn * lines[1],
            "se_imputed": high.imputed | low.imputed,
            "apart": high.beyond(high.found, lines[0]) & low.beyond(low.found, lines[1]),
            "gap": jobs - homes if same_unit else np.nan,
            "gap_se": np.sqrt(np.maximum(variance, 0.0)) if known else np.nan,
            # Low at home is turned: its place counts from the other end.
            "rank_gap": ridits(high.found, share) + ridits(low.found, share) - 1,
        }
    )


def _reasons(high: Side, low: Side) -> np.ndarray:
    """Return why an area with both figures cannot be assessed, "" where it can."""
    texts = [
        "its coefficient of variation by workplace is over 20 %",
        "its coefficient of variation of residents is over 20 %",
    ]
    return np.select([is_noisy(high), is_noisy(low)], texts, "").astype(object)


def _complete(table: pd.DataFrame, given: list[pd.Series]) -> pd.DataFrame:
    """Bring back the areas that lack a figure, with the one they have and the reason."""
    jobs, homes, _, _, people = given
    full = table.reindex(jobs.index)
    full["workplace"], full["residence"] = jobs.astype(float), homes.astype(float)
    lacking = np.select(
        [jobs.isna() & homes.isna(), jobs.isna(), homes.isna()],
        ["it has no figure", "it has no figure by workplace", "it has no figure of residents"],
        "",
    )
    full["reason"] = full["reason"].where(lacking == "", lacking)
    for column in ("se_imputed", "apart"):
        full[column] = full[column].eq(True)
    full["people"] = np.nan if people is None else people.astype(float)
    return full


def _verdict(p: Array, reason: np.ndarray, exact: bool) -> np.ndarray:
    """Turn probabilities into the verdicts of pockets; figures taken as exact confirm nothing."""
    verdict = np.select(
        [p >= CONFIRMED, p >= LIKELY, p >= WATCH], ["confirmed", "likely", "watch"], "no"
    ).astype(object)
    if exact:
        verdict[verdict == "confirmed"] = "likely"
    verdict[reason != ""] = "not assessable"
    return verdict
