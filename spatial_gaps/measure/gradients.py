"""Social gradients: how figures change from the least to the most advantaged places.

Places stand in the order of another measure, say income deprivation, and fill the line from 0 to 1
by their people. Sampling error does not inflate these indices as it inflates measures of spread:
they are linear in the figures, or nearly, so that the interval is about the published value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.inequality import Values
from spatial_gaps.measure.ridits import Bounds, Ranked, Ranking, check_bounds, fit_line, rank_areas

CORRECTIONS = ("erreygers", "wagstaff")


@dataclass(frozen=True)
class Slope:
    """What the fitted line says of its two ends; a bigger `value` is a wider gap.

    Attributes
    ----------
    index : {"slope", "relative"}
        Which of the two `value` is: difference or ratio of the ends.
    value, lower, upper : float
        To the disadvantage of the least advantaged where positive ("slope"), or above 1
        ("relative"), whichever direction is good; limits of 95 %, nan without standard errors.
    bottom, top : float
        Fitted figures at the least and at the most advantaged end. Publications that give the sign
        of the slope and not of the gap print ``top - bottom`` and ``top / bottom``.
    link : {"linear", "log", "logit"}
        The line that was fitted.
    ranking : str
        By what the areas are ranked.
    n : int
        How many areas.
    higher_is : {"better", "worse"}
        The direction of the figures.
    weighted : bool
        Whether areas count by weight.
    """

    index: str
    value: float
    lower: float
    upper: float
    bottom: float
    top: float
    link: str
    ranking: str
    n: int
    higher_is: str
    weighted: bool

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        what, fair = ("gap", 0.0) if self.index == "slope" else ("ratio", 1.0)
        return (
            f"A {self.link} fit over {self.n} areas in the order of {self.ranking} goes from "
            f"{self.bottom:,.4g} at the least advantaged end to {self.top:,.4g} at the most "
            f"advantaged, a {what} of {_finding(self.value, self.lower, self.upper, fair)}."
        )


@dataclass(frozen=True)
class Concentration:
    """Whether a good is concentrated among the advantaged; a bigger `value` is a wider gap.

    Attributes
    ----------
    index : {"relative", "absolute", "erreygers", "wagstaff"}
        Which index `value` is.
    value, lower, upper : float
        Positive where what is good is concentrated among the advantaged, or what is bad among the
        disadvantaged; limits of 95 %, nan without standard errors. Publications that give the sign
        of the concentration and not of the gap have the other sign where higher is worse.
    mean : float
        Weighted mean of the figures.
    ranking : str
        By what the areas are ranked.
    n : int
        How many areas.
    higher_is : {"better", "worse"}
        The direction of the figures.
    weighted : bool
        Whether areas count by weight.
    """

    index: str
    value: float
    lower: float
    upper: float
    mean: float
    ranking: str
    n: int
    higher_is: str
    weighted: bool

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        title = self.index.capitalize() if self.index in CORRECTIONS else self.index
        return (
            f"Over {self.n} areas in the order of {self.ranking}, the {title} concentration index "
            f"is {_finding(self.value, self.lower, self.upper, 0.0)}."
        )


def _finding(value: float, lower: float, upper: float, fair: float) -> str:
    """Say how large a gap is and at whose cost; `fair` is the value of no gap: 0, or 1 of a ratio."""
    whose = "to the disadvantage" if value > fair else "in favour"
    if value < fair:
        turned = (-value, -upper, -lower) if fair == 0 else (1 / value, 1 / upper, 1 / lower)
        value, lower, upper = turned
    size = f"{value:.3g}{' to 1' if fair else ''}"
    if abs(value - fair) > 1e-12:
        size = f"{size} {whose} of the less advantaged"
    return size if np.isnan(lower) else f"{size} (95 % interval {lower:.3g} to {upper:.3g})"


def slope_index(
    values: Values,
    ranking: Ranking | None = None,
    *,
    higher_is: str | None,
    ranking_higher_is: str | None = None,
    weights: pd.Series | Array | None = None,
    se: pd.Series | Array | None = None,
    link: str = "linear",
    bounds: Bounds | None = None,
) -> Slope:
    """Measure the slope index of inequality (SII): the difference between the ends of the ranking.

    Areas fill the line from 0 (least advantaged) to 1 by their people; ``x_i`` is the middle of an
    area's stretch, and areas of equal rank share the middle of theirs. A line is fitted to the
    figures on x, weighted by people, and ``SII = fitted(1) - fitted(0)``, turned so that bigger is
    worse. Linear: least squares, ``sum_i n_i (x_i - 1/2) y_i / sum_i n_i (x_i - 1/2)^2``. Log and
    logit: quasi-likelihood (Poisson and binomial) with that link.

    Parameters
    ----------
    values : Series or array, shape (n,)
        One figure per area; missing ones are left out.
    ranking : Series or array, shape (n,)
        Another measure that puts the areas in social order, such as income deprivation or deciles
        of it, comparable over all of them (ranks of one nation's index are not those of another).
    higher_is : {"better", "worse"}
        Which end of the figures is well off; required.
    ranking_higher_is : {"better", "worse"}
        Which end of the ranking is advantaged: "worse" for a deprivation rate, "better" for deciles
        that count from the most deprived; required.
    weights : Series or array, shape (n,), optional
        People per area; equal unless given.
    se : Series or array, shape (n,), optional
        Standard errors of the figures, taken as independent; missing ones take the median
        coefficient of variation. With them come `lower` and `upper`: exact for the linear fit, by
        the delta method for the others. They are about the true figures of these same areas.
    link : {"linear", "log", "logit"}
        "log" for rates, "logit" for proportions: fits that cannot leave the possible.
    bounds : (float, float), optional
        Least and greatest possible figure; required by the logit link and only there.

    Returns
    -------
    Slope
        With the fitted ends.

    Raises
    ------
    InputError
        If a direction, the ranking or the bounds are missing, or the areas are ranked by the
        figures themselves.
    StatisticUndefined
        If a figure is outside the link's domain, all areas share one rank, or no line fits.

    Notes
    -----
    The log and logit fits are those of WHO's healthequal (a generalised linear model), which exist
    for zeros and keep the mean; it has logit only. OHID's PHEindicatormethods by default fits the
    straight line; its ``transform = TRUE`` is the straight line through the logarithms (logits) of
    the figures: give those as `values`, and of logarithms the RII is ``exp(top - bottom)``.
    No index of areas says how people inside them differ.

    References
    ----------
    Low & Low (2004), Measuring the gap: quantifying and comparing local health inequalities.
    Moreno-Betancur et al. (2015), Relative index of inequality and slope index of inequality.

    Examples
    --------
    >>> result = slope_index([70.0, 75.0, 80.0], [1, 2, 3], higher_is="better",
    ...                      ranking_higher_is="better")
    >>> print(f"{result.bottom:.1f} {result.top:.1f} {result.value:.1f}")
    67.5 82.5 15.0
    """
    ranked = rank_areas(values, ranking, higher_is, ranking_higher_is, weights, se)
    ends, gradients = fit_line(ranked, link, bounds)
    value = float(ends[1] - ends[0])
    return _slope("slope", ranked, ends, link, value, gradients[1] - gradients[0])


def relative_index(
    values: Values,
    ranking: Ranking | None = None,
    *,
    higher_is: str | None,
    ranking_higher_is: str | None = None,
    weights: pd.Series | Array | None = None,
    se: pd.Series | Array | None = None,
    link: str = "linear",
    bounds: Bounds | None = None,
) -> Slope:
    """Measure the relative index of inequality (RII): the ratio of the ends of the ranking.

    ``RII = fitted(1) / fitted(0)`` where higher is better and ``fitted(0) / fitted(1)`` where it is
    worse, so that above 1 is to the disadvantage of the least advantaged. (Others call the slope
    over the mean by the same name.)

    Parameters
    ----------
    values, ranking, higher_is, ranking_higher_is, weights, se, link, bounds
        As for `slope_index`; the limits come from the delta method on the logarithm.

    Returns
    -------
    Slope
        With the fitted ends.

    Raises
    ------
    InputError
        As `slope_index`.
    StatisticUndefined
        As `slope_index`, and if an end of the line is not positive.

    References
    ----------
    Moreno-Betancur et al. (2015), Relative index of inequality and slope index of inequality.

    Examples
    --------
    >>> result = relative_index([10.0, 20.0, 30.0], [5, 9, 40], higher_is="better",
    ...                         ranking_higher_is="better")
    >>> print(f"{result.bottom:.1f} {result.top:.1f} {result.value:.1f}")
    5.0 35.0 7.0
    """
    ranked = rank_areas(values, ranking, higher_is, ranking_higher_is, weights, se)
    ends, gradients = fit_line(ranked, link, bounds)
    if (ends <= 0).any():
        raise StatisticUndefined(
            f"the ratio does not exist: the {link} fit goes from {ends[0]:.4g} to {ends[1]:.4g}",
            hint='Use link="log" for rates or link="logit" for proportions, or slope_index.',
        )
    value = float(np.log(ends[1] / ends[0]))
    of_logs = gradients / ends[:, None]
    return _slope("relative", ranked, ends, link, value, of_logs[1] - of_logs[0])


def _slope(
    index: str, ranked: Ranked, ends: Array, link: str, value: float, gradient: Array
) -> Slope:
    """Put the record together; the ratio comes as a logarithm."""
    found = [ranked.sign * value, *ranked.limits(value, gradient)]
    value, lower, upper = np.exp(found).tolist() if index == "relative" else found
    return Slope(
        index=index,
        value=value,
        lower=lower,
        upper=upper,
        bottom=float(ends[0]),
        top=float(ends[1]),
        link=link,
        ranking=ranked.name,
        n=len(ranked.y),
        higher_is=ranked.higher_is,
        weighted=ranked.weighted,
    )


def concentration_index(
    values: Values,
    ranking: Ranking | None,
    *,
    higher_is: str | None,
    ranking_higher_is: str | None = None,
    weights: pd.Series | Array | None = None,
    se: pd.Series | Array | None = None,
    correction: str | None = None,
    bounds: Bounds | None = None,
    absolute: bool = False,
) -> Concentration:
    """Measure the concentration index: whether what is good lies with the advantaged.

    With x as in `slope_index`, ``ACI = sum_i n_i (2 x_i - 1) y_i`` and ``RCI = ACI / mu``, turned
    so that bigger is worse. Erreygers: ``4 ACI / (max - min)``; Wagstaff:
    ``ACI (max - min) / ((max - mu) (mu - min))``.

    Parameters
    ----------
    values, ranking, higher_is, ranking_higher_is, weights
        As for `slope_index`.
    se : Series or array, shape (n,), optional
        As for `slope_index`; limits are exact for the absolute index and Erreygers', by the delta
        method for the others.
    correction : {"erreygers", "wagstaff"}, optional
        For bounded figures such as percentages, whose relative index is another for a rate and for
        its complement.
    bounds : (float, float), optional
        Least and greatest possible figure; required by a correction and only there.
    absolute : bool
        The absolute index, in the unit of the figures, instead of the relative one.

    Returns
    -------
    Concentration
        Relative and corrected indices lie between -1 and 1.

    Raises
    ------
    InputError
        As `slope_index`, or if options contradict each other.
    StatisticUndefined
        If the relative index meets a negative figure or a mean of zero, a figure is outside the
        bounds, the mean is at a bound of Wagstaff's, or all areas share one rank.

    References
    ----------
    Kakwani, Wagstaff & van Doorslaer (1997), Socioeconomic inequalities in health. Wagstaff (2005),
    The bounds of the concentration index. Erreygers (2009), Correcting the concentration index.

    Examples
    --------
    >>> round(concentration_index([1.0, 3.0], [1, 2], higher_is="better",
    ...                           ranking_higher_is="better").value, 6)
    0.25
    """
    if correction is not None:
        check_choice(correction, CORRECTIONS, "correction")
        if absolute:
            raise InputError(
                "a corrected index is not an absolute one", hint="Leave out one of the two."
            )
    low, high = check_bounds(bounds, correction is not None, "a correction")
    ranked = rank_areas(values, ranking, higher_is, ranking_higher_is, weights, se)
    mean, moment = ranked.sums
    index = correction or ("absolute" if absolute else "relative")
    floor = 0.0 if index == "relative" else low
    ranked.check_domain(f"the {index} concentration index", floor, high)
    room = (high - mean) * (mean - low)
    if (index == "relative" and mean <= 0) or (index == "wagstaff" and room <= 0):
        raise StatisticUndefined(f"the {index} index does not exist where the mean is {mean:g}")
    # What the moment is multiplied with, and the relative change of that by the mean.
    factor, change = 2.0, 0.0
    if index == "relative":
        factor, change = 2 / mean, -1 / mean
    elif index == "erreygers":
        factor = 8 / (high - low)
    elif index == "wagstaff":
        factor, change = 2 * (high - low) / room, (2 * mean - low - high) / room
    value = float(factor * moment)
    lower, upper = ranked.limits(value, np.array([value * change, factor]))
    return Concentration(
        index=index,
        value=ranked.sign * value,
        lower=lower,
        upper=upper,
        mean=float(mean),
        ranking=ranked.name,
        n=len(ranked.y),
        higher_is=ranked.higher_is,
        weighted=ranked.weighted,
    )
