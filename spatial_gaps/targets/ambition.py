"""Was the target ambitious? The chance that it is met if things go on as they did.

A target that the trend meets anyway asks for little; one that it hardly ever meets is a wish. How
sure one can be depends on how far past forecasts were off, and on the model: so models that
disagree are shown side by side, and a verdict needs them to agree.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import align
from spatial_gaps.errors import InputError
from spatial_gaps.targets.ambition_record import Ambition
from spatial_gaps.targets.forecasting import MODELS
from spatial_gaps.targets.history import History
from spatial_gaps.targets.judging import PARTS, RATED, Question, question
from spatial_gaps.targets.working_scale import Bounds

# No area has this code.
OWN = "\0"


def ambition(
    values: pd.Series[Any],
    target: float | str,
    *,
    target_year: int,
    higher_is: str | None = None,
    scale: str,
    bounds: Bounds | None = None,
    se: pd.Series[Any] | None = None,
    areas: pd.DataFrame | None = None,
    base: str | int | None = None,
    as_of: str | None = None,
    lag: int | None = None,
    period_type: str = "",
    breaks: Sequence[str | int] = (),
    provisional: Sequence[str | int] = (),
    thresholds: tuple[float, float] = (0.2, 0.8),
    source: str = "",
) -> Ambition:
    """Rate the ambition of a target for one place by whether its own trend would meet it.

    Parameters
    ----------
    values : Series, shape (periods,)
        Figures indexed by period, such as "2018/19", "2011-2013" or 2019; nan where there is none.
    target : float or str
        The figure to be reached, or against the base period: "rise" or "fall", "+5" (units), "+13 %".
    target_year : int
        It is met if the last period of its kind that ends by the end of this year meets it.
    higher_is : {"better", "worse"}
        Which way is better; never guessed.
    scale : {"ratio", "bounded", "interval"}
        What trends are drawn on: logarithm, logit between the bounds, the figures as they are.
    bounds : tuple of float, optional
        Of a bounded scale: (0, 100) for percentages.
    se : Series, shape (periods,), optional
        Standard errors: no interval is narrower than that of the last figure.
    areas : DataFrame, shape (areas, periods), optional
        The same measure for areas (the regions of a nation), whose past errors are pooled with its
        own. Without them the interval rests on the few figures of the place itself.
    base : str or int, optional
        Period that a relative target is relative to.
    as_of : str, optional
        Month, such as "2022-03": only what was published before it.
    lag : int, optional
        Months from the end of a period to its publication; needed with `as_of`.
    period_type : str
        What a period stands for, as in `Metric.period_type`.
    breaks : sequence, optional
        Periods in which the series starts anew; figures before the last break do not count.
    provisional : sequence, optional
        Periods whose figures are provisional: they count, and the rating without them is told.
    thresholds : tuple of float
        Chances below which a target is unrealistic, and above which of low ambition.
    source : str
        Where the figures are from.

    Returns
    -------
    Ambition
        See there; ``str()`` is a sentence.

    Raises
    ------
    InputError
        If the direction is missing, a period, the target or an option is not understood, or no whole
        year is left until the target year.
    StatisticUndefined
        If no figure was known by `as_of`, or a ratio scale has figures that are not positive.

    See Also
    --------
    ambition_by : The same for every area of a panel.
    interim_path : What such a target asks for on the way.

    Notes
    -----
    Rated are the damped trend and the random walk with drift. The straight line is shown and never
    rates: its intervals hold least of all (docs/validation/forecast-coverage.md). With fewer than five
    figures since the last break nothing is rated; what the models say is shown for information.

    References
    ----------
    Institute for Government (2022), Will the levelling up missions help reduce regional inequality?
    Gardner & McKenzie (1985), Forecasting trends in time series, Management Science 31(10).

    Examples
    --------
    Pupils at the expected standard at the end of primary school, in percent, with three figures to go
    by in 2022. The straight line, taken at its word, makes 90 % by 2030 look likely, where a damped
    trend does not come near; three figures decide nothing:

    >>> pupils = pd.Series({2016: 52.0, 2017: 62.0, 2019: 65.0})
    >>> found = ambition(
    ...     pupils, 90, target_year=2030, higher_is="better", scale="bounded", bounds=(0, 100)
    ... )
    >>> found.rating, found.reason
    ('not assessable', '3 figures, at least 5 are needed')
    >>> found.models["forecast"].round().to_dict()
    {'damped': 76.0, 'drift': 93.0, 'line': 92.0}
    >>> found.models["p_naive"].round(2).to_dict()
    {'damped': 0.08, 'drift': 0.8, 'line': 0.81}
    """
    if not isinstance(values, pd.Series):
        raise InputError(
            "one series is needed, figures by period", hint="For areas by periods use ambition_by."
        )
    if areas is not None and not isinstance(areas, pd.DataFrame):
        raise InputError("areas have to be a panel, areas by periods")
    figures = _as_row(values)
    panel = figures if areas is None else pd.concat([_labelled(areas), figures])
    asked = question(
        figures,
        target,
        target_year=target_year,
        higher_is=higher_is,
        scale=scale,
        bounds=bounds,
        base=base,
        as_of=as_of,
        lag=lag,
        period_type=period_type,
        breaks=breaks,
        provisional=provisional,
        thresholds=thresholds,
    )
    errors = None
    if se is not None:
        align(values, se, names=["se"])
        errors = _as_row(se).reindex(panel.index, columns=panel.columns)
    table, history = replace(asked, whole=areas is not None).rate(panel, errors)
    return _answer(asked, table.loc[OWN].to_dict(), history, source)


def _answer(asked: Question, row: dict[Hashable, Any], history: History, source: str) -> Ambition:
    """Return the record of the place itself from its row."""
    models = pd.DataFrame(
        {part: [row[f"{part}_{model}"] for model in MODELS] for part in PARTS},
        index=pd.Index(MODELS, name="model"),
    ).astype(float)
    models["rated"] = [model in RATED for model in MODELS]
    known = ~np.isnan(history.y[history.codes.get_loc(OWN)])
    counted = [period for period, here in zip(history.periods, known, strict=True) if here]
    last = str(row["last"])
    doubtful = last if last in asked.provisional else ""
    return Ambition(
        rating=str(row["rating"]),
        reason=str(row["reason"]),
        models=models,
        goal=float(row["goal"]),
        target=asked.target,
        target_year=asked.target_year,
        higher_is=asked.higher_is,
        spread=float(np.ptp(models["forecast"])),
        horizon=float(row["horizon"]),
        n=int(row["n"]),
        first=counted[0] if counted else "",
        last=last,
        beyond_evidence=bool(row["beyond_evidence"]),
        errors=str(row["errors"]),
        scale=asked.working.scale,
        as_of=asked.as_of or "",
        unpublished=history.unpublished,
        before_break=history.before_break,
        provisional=doubtful,
        without_provisional=str(row["without_provisional"]) if doubtful else "",
        thresholds=asked.thresholds,
        source=source,
    )


def _as_row(values: pd.Series[Any]) -> pd.DataFrame:
    """Return the figures of the place itself as a panel of one row."""
    return _labelled(values.rename(OWN).to_frame().T.infer_objects())


def _labelled(panel: pd.DataFrame) -> pd.DataFrame:
    """Return a panel with its periods as text."""
    return panel.set_axis(panel.columns.astype(str), axis=1)


def ambition_by(
    panel: pd.DataFrame,
    target: float | str,
    *,
    target_year: int,
    higher_is: str | None = None,
    scale: str,
    bounds: Bounds | None = None,
    se: pd.DataFrame | None = None,
    base: str | int | None = None,
    as_of: str | None = None,
    lag: int | None = None,
    period_type: str = "",
    breaks: Sequence[str | int] = (),
    provisional: Sequence[str | int] = (),
    thresholds: tuple[float, float] = (0.2, 0.8),
) -> pd.DataFrame:
    """Rate the ambition of one target for every area of a panel.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures indexed by code, as `panel` returns them; nan where there is none. Past errors of all
        areas are pooled.
    target : float or str
        As for `ambition`; against the base period each area has a goal of its own.
    target_year : int
        As for `ambition`.
    higher_is : {"better", "worse"}
        Which way is better; never guessed.
    scale : {"ratio", "bounded", "interval"}
        What trends are drawn on.
    bounds : tuple of float, optional
        Of a bounded scale.
    se : DataFrame, shape (areas, periods), optional
        Standard errors in the unit of the figures.
    base : str or int, optional
        Period that a relative target is relative to.
    as_of : str, optional
        Month: only what was published before it.
    lag : int, optional
        Months from the end of a period to its publication; needed with `as_of`.
    period_type : str
        What a period stands for, as in `Metric.period_type`.
    breaks : sequence, optional
        Periods in which the series starts anew.
    provisional : sequence, optional
        Periods whose figures are provisional.
    thresholds : tuple of float
        Chances that part the ratings.

    Returns
    -------
    DataFrame
        Indexed as the panel: rating, reason, goal, target_year, horizon, n, last, beyond_evidence,
        errors, without_provisional, and forecast, lower, upper, p and p_naive of each model, such as
        ``p_damped``.

    Raises
    ------
    InputError, JoinError, StatisticUndefined
        As for `ambition`; if codes repeat, or `se` lacks areas or periods.

    See Also
    --------
    ambition : One place, in a sentence.

    Examples
    --------
    >>> steady = [50.0, 51.0, 52.0, 53.0, 54.0, 55.0]
    >>> panel = pd.DataFrame([steady], index=["a"], columns=range(2016, 2022))
    >>> table = ambition_by(panel, "+3", base=2021, target_year=2024, higher_is="better", scale="interval")
    >>> table[["goal", "horizon", "forecast_drift", "forecast_line"]].round(6).loc["a"].tolist()
    [58.0, 3.0, 58.0, 58.0]
    """
    if not isinstance(panel, pd.DataFrame):
        raise InputError("a panel is needed, areas by periods", hint="For one series use ambition.")
    asked = question(
        panel,
        target,
        target_year=target_year,
        higher_is=higher_is,
        scale=scale,
        bounds=bounds,
        base=base,
        as_of=as_of,
        lag=lag,
        period_type=period_type,
        breaks=breaks,
        provisional=provisional,
        thresholds=thresholds,
    )
    return asked.rate(panel, se)[0]
