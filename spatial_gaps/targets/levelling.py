"""Did a gap close, and by levelling up or down?"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, check_choice, check_count, check_direction, check_share
from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.measure.cohort import Cohort, follow
from spatial_gaps.measure.common_errors import ErrorCorrelation, correlations
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.targets.closing import closing_tests, group_share, members_of, true_variance
from spatial_gaps.targets.closing_power import closing_power
from spatial_gaps.targets.levelling_record import NOT_ASSESSABLE, Levelling

NO_POWER = pd.DataFrame(columns=["size", "found", "bound"], dtype=float)


class _Held(NamedTuple):
    """Base, last and maybe an earlier period, as the tests take them: higher is better."""

    x: Array
    s: Array
    n: Array
    rho: Array
    years: Array


def levelling(
    panel: pd.DataFrame,
    se: pd.DataFrame | None = None,
    weights: pd.Series[Any] | pd.DataFrame | None = None,
    *,
    higher_is: str | None,
    base: str | int | None = None,
    share: float = 0.1,
    scale: str = "interval",
    unit: str = "",
    correlation: float | ErrorCorrelation | None = None,
    overlap: float = 0.0,
    replicates: int = 200,
    seed: int = 0,
) -> Levelling:
    """Say whether the gap between the best-off places and the rest closed, and who moved.

    ``gap = top - rest`` (rest - top where higher is worse), so that exactly
    ``change of gap = change of top - change of rest``, each of them growth of the same places,
    ``sum_i (share_i0 + share_i1)/2 (y_i1 - y_i0)``, plus composition,
    ``sum_i (y_i0 + y_i1)/2 (share_i1 - share_i0)``. Top are the places that hold the best-off tenth
    of people in the base period, rest is everyone else, bottom the worst-off tenth.

    Parameters
    ----------
    panel : DataFrame, shape (areas, periods)
        Figures indexed by code; the last column is compared with the base. Areas without a figure in
        some column are left out, and named.
    se : DataFrame, optional
        Standard errors; without them nothing is said about what is certain.
    weights : Series or DataFrame, optional
        People per area, of one year or of each period; equal unless given.
    higher_is : {"better", "worse"}
        Direction; required.
    base : str or int, optional
        The period of the baseline; the first unless given. From the first column to it runs the
        earlier trend of the top.
    share : float
        Share of people at the top and at the bottom.
    scale : {"interval", "ratio", "bounded"}
        On a ratio scale logarithms are compared, so that a gap is a ratio; else the figures.
    unit : str
        For the sentence, such as "£" or "%".
    correlation : float or ErrorCorrelation, optional
        Of one area's errors in two periods; estimated from the panel for each pair unless given.
    overlap : float
        Share of the windows of base and last period that is in common: the least correlation.
    replicates : int
        Simulated panels behind `power`; 0 for none.
    seed : int
        Seed of these.

    Returns
    -------
    Levelling
        ``str()`` says it in a few sentences.

    Raises
    ------
    InputError
        If it is no panel, the base is not in it or is its last column, or an option is out of range.
    StatisticUndefined
        If a figure on a ratio scale is not positive, or fewer than ten areas have figures throughout.

    See Also
    --------
    convergence : Spread over all periods, and the speed at which gaps halve.
    risen_everywhere : How many places have risen for certain.

    Notes
    -----
    Two nulls have to be told from closing: that no area changes, when the gap between places chosen
    by their figures closes by the luck that these had; and that places swap while the distribution
    stays. "closing" therefore needs the places to fall behind their prediction
    ``E[x1|x0] = m + (tau^2 + rho se0 se1) / (tau^2 + se0^2) (x0 - m)``, and the noise-corrected
    variance to shrink over paired areas, both at z < -1.96. In simulation with real errors it is
    said falsely in at most 4 % under either null (docs/validation/closing.md).

    References
    ----------
    Davis (1976), The effect of regression to the mean in epidemiologic and clinical studies.
    Quah (1993), Galton's fallacy and tests of the convergence hypothesis.

    Examples
    --------
    The best of ten equal towns stays at 20, the others rise from 10 to 12:

    >>> towns = pd.DataFrame({"2015": [10.0] * 9 + [20.0], "2025": [12.0] * 9 + [20.0]})
    >>> found = levelling(towns.set_index(pd.Index(list("abcdefghij"))), higher_is="better")
    >>> found.groups.loc[["top", "rest", "gap"], "change"].round(9).to_dict()
    {'top': 0.0, 'rest': 2.0, 'gap': -2.0}
    """
    sign = 1.0 if check_direction(higher_is) == "better" else -1.0
    check_choice(scale, ("interval", "ratio", "bounded"), "scale")
    share = check_share(share, "the share at the top")
    replicates = check_count(replicates, "replicates", 0)
    cohort = follow(panel, se, weights, least=10)
    at = _base_of(cohort, base)
    order = [at, len(cohort.periods) - 1, *([0] if at else [])]
    y, s = _on_scale(cohort, scale)
    members = members_of(sign * y[:, at], cohort.n[:, at], share)
    groups = _groups(y, cohort.n, order[:2], members, sign)
    rho, source = _rho(panel, se, cohort.years[order], correlation, overlap)
    held = _Held(sign * y[:, order], s[:, order], cohort.n[:, order], rho, cohort.years[order])
    reason = _noise(held, cohort, order, source)
    tests = _tests(held, members, reason)
    _add_truth(groups, tests, sign)
    power = NO_POWER
    if replicates and not reason:
        power = closing_power(*held, share=share, replicates=replicates, seed=seed)
    return Levelling(
        **_verdict(tests, reason),
        reason=reason,
        groups=groups,
        tests=tests,
        periods=_periods(y, cohort, members, share, sign),
        members=pd.DataFrame(dict(zip(("top", "bottom"), members, strict=True)), cohort.codes),
        power=power,
        rho=float(rho[0, 1]),
        rho_source=source,
        base=cohort.periods[at],
        last=cohort.periods[-1],
        before=cohort.periods[0] if at else "",
        scale=scale,
        higher_is="better" if sign > 0 else "worse",
        unit=unit,
        share=share,
        n=len(cohort.codes),
        left_out=cohort.left_out,
        imputed=cohort.imputed,
    )


def _base_of(cohort: Cohort, base: str | int | None) -> int:
    """Return the place of the base period."""
    if base is None:
        return 0
    check_choice(str(base), cohort.periods[:-1], "base period", "the panel, its last period aside")
    return cohort.periods.index(str(base))


def _on_scale(cohort: Cohort, scale: str) -> tuple[Array, Array]:
    """Return figures and standard errors, as logarithms on a ratio scale; nan without errors."""
    se = np.full_like(cohort.y, np.nan) if cohort.se is None else cohort.se
    if scale != "ratio":
        return cohort.y, se
    bad = (cohort.y <= 0).any(axis=1)
    if bad.any():
        raise StatisticUndefined(
            "ratios exist only where every figure is positive",
            offenders=[str(code) for code in cohort.codes[np.flatnonzero(bad)]],
            hint='Say scale="interval" to compare differences.',
        )
    return np.log(cohort.y), se / cohort.y


def _rho(
    panel: pd.DataFrame,
    se: pd.DataFrame | None,
    years: Array,
    given: float | ErrorCorrelation | None,
    overlap: float,
) -> tuple[Array, str]:
    """Return the correlations of errors, nan without any, and where they come from."""
    if se is None:
        return np.full((len(years), len(years)), np.nan), ""
    in_time = np.argsort(years)
    rho, source = correlations(panel, se, years[in_time], given, overlap)
    back = np.argsort(in_time)
    return rho[np.ix_(back, back)], source


def _noise(held: _Held, cohort: Cohort, order: list[int], source: str) -> str:
    """Say why nothing can be said, or return an empty text."""
    if not source:
        return "no standard errors were given"
    for place, period in enumerate(order[:2]):
        if true_variance(held.x[:, place], held.s[:, place], held.n[:, place])[0] <= 0:
            return (
                f"in {cohort.periods[period]} published figures differ no more than sampling "
                "error makes them"
            )
    return ""


def _tests(held: _Held, members: tuple[Array, Array], reason: str) -> pd.DataFrame:
    """Return estimate, 95 % interval and z of every test; empty where there is none."""
    columns = ["value", "lower", "upper", "z"]
    if reason:
        return pd.DataFrame(columns=columns, dtype=float)
    found = closing_tests(held.x, held.s, held.n, held.rho, members, held.years)
    rows = {
        name: (float(value), value - Z95 * se, value + Z95 * se, value / se if se > 0 else np.nan)
        for name, (value, se) in found.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("test")


def _groups(
    y: Array, n: Array, ends: list[int], members: tuple[Array, Array], sign: float
) -> pd.DataFrame:
    """Split the change of every group's mean, and of the gap, into growth and composition."""
    top, bottom = members
    rows = {}
    for name, member in (("top", top), ("rest", 1 - top), ("bottom", bottom)):
        shares = group_share(member[:, None].T, n[:, ends].T)
        figures = y[:, ends].T
        before, after = (shares * figures).sum(-1)
        growth = float((shares.mean(0) * np.diff(figures, axis=0)[0]).sum())
        composition = float((figures.mean(0) * np.diff(shares, axis=0)[0]).sum())
        rows[name] = [before, after, after - before, growth, composition]
    rows["gap"] = list(sign * (np.array(rows["top"]) - rows["rest"]))
    columns = ["before", "after", "change", "growth", "composition"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("group")
    return table.loc[["top", "rest", "gap", "bottom"]]


def _add_truth(groups: pd.DataFrame, tests: pd.DataFrame, sign: float) -> None:
    """Add what is left of growth without the luck of the chosen, with its interval."""
    columns = ["true_change", "lower", "upper"]
    groups[["regression", *columns]] = np.nan
    for name, test in (("top", "top"), ("rest", "rest"), ("gap", "same places")):
        if test in tests.index:
            way = 1.0 if name == "gap" else sign
            ends = way * tests.loc[test, ["value", "lower", "upper"]].to_numpy()
            groups.loc[name, columns] = ends[[0, 1, 2]] if way > 0 else ends[[0, 2, 1]]
    groups["regression"] = groups["growth"] - groups["true_change"]


def _periods(
    y: Array, cohort: Cohort, members: tuple[Array, Array], share: float, sign: float
) -> pd.DataFrame:
    """Return the means of the fixed groups in every period, and the gap of those on top in each."""
    rows = []
    for figures, n in zip(y.T, cohort.n.T, strict=True):
        top, rest, bottom = (
            float(group_share(member, n) @ figures)
            for member in (members[0], 1 - members[0], members[1])
        )
        best, _ = members_of(sign * figures, n, share)
        anew = sign * float((group_share(best, n) - group_share(1 - best, n)) @ figures)
        rows.append([top, rest, bottom, sign * (top - rest), anew])
    index = pd.Index(cohort.periods, name="period")
    return pd.DataFrame(rows, index, columns=["top", "rest", "bottom", "gap", "gap_anew"])


def _verdict(tests: pd.DataFrame, reason: str) -> dict[str, str]:
    """Return the verdicts on the gap, on who moved, and on the bottom."""
    if reason:
        return {"closing": NOT_ASSESSABLE, "how": "", "bottom": NOT_ASSESSABLE}
    z = tests["z"].fillna(0.0)
    both = [
        "down" if z[test] < -Z95 and z["distribution"] < -Z95
        else "up" if z[test] > Z95 and z["distribution"] > Z95 else ""
        for test in ("same places", "bottom")
    ]  # fmt: skip
    how = "widened" if both[0] == "up" else ""
    if both[0] == "down":
        how = (
            "levelled down" if z["top"] < -Z95
            else "stalled top" if z.get("trend", 0.0) < -Z95
            else "levelled up" if z["rest"] > Z95 else "cause not clear"
        )  # fmt: skip
    return {
        "closing": {"down": "closing", "up": "widening", "": "no clear change"}[both[0]],
        "how": how,
        "bottom": {"down": "catching up", "up": "falling behind", "": "no clear change"}[both[1]],
    }
