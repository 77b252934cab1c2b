"""Every index of every metric, level and period of a panel in one pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array, as_floats, check_choice, check_direction, check_unique
from spatial_gaps.errors import InputError, WeightsError
from spatial_gaps.measure.extremes import EXTREMES, TOP, extremes_of, refusal_of
from spatial_gaps.measure.gaps import _refusal, gap_indices
from spatial_gaps.measure.indices import INDICES
from spatial_gaps.measure.inequality import weigh

Key = str | tuple[str, str]
# Figures computed at once: bounds the memory where areas are many.
BLOCK = 2**21
ENDS = ("corrected", "lower", "upper")
NAMES = [*INDICES, *EXTREMES]


class _Stack(NamedTuple):
    """Panels of one level on top of each other: rows are (metric, period), columns areas."""

    rows: list[tuple[str, str]]
    codes: pd.Index
    y: Array
    n: Array


class _Kind(NamedTuple):
    """What has to be known of a metric: scale, and which end is well off."""

    scale: str
    higher_is: str | None


def gap_panel(
    panels: Mapping[Key, pd.DataFrame],
    *,
    weights: pd.Series | pd.DataFrame | Mapping[str, pd.Series | pd.DataFrame] | None = None,
    se: Mapping[Key, pd.DataFrame] | None = None,
    higher_is: str | Mapping[str, str | None] | None = None,
    scale: str | Mapping[str, str] = "ratio",
    seed: int = 0,
) -> pd.DataFrame:
    """Compute every index for each metric, level and period of a panel.

    Parameters
    ----------
    panels : dict of DataFrame
        Areas by periods, as `panel` gives them, under the name of the metric or under (metric,
        level). In each period the areas without a figure are left out, as by `gap_indices`.
    weights : Series, DataFrame or dict of these by metric, optional
        People by code (codes of all levels together), or codes by periods; equal unless given.
    se : dict of DataFrame, optional
        Standard errors, under keys of `panels`. Only with them come `corrected`, `lower` and
        `upper`, at the time that `gap_indices` takes for each period.
    higher_is : {"better", "worse"} or dict of these by metric, optional
        Which end is well off; only the measures against the best area need it.
    scale : {"ratio", "bounded", "interval"} or dict of these by metric
        Relative indices are refused on an interval scale.
    seed : int
        Seed of the intervals' draws.

    Returns
    -------
    DataFrame
        One row per metric, level ("" unless given), period and index, with n (areas with a
        figure), value, corrected, lower, upper, reliability, and note: "" or why there is no value.

    Raises
    ------
    InputError
        If a frame holds text or infinities, or weights or scales do not cover a metric or period.
    WeightsError
        If an area with a figure has no positive weight.
    JoinError
        If a frame names an area or a period twice.

    See Also
    --------
    gap_indices : One period, with the meaning of each index.

    Notes
    -----
    Residents against workers: ``gap_panel({"by home": panel(home), "by work": panel(work)})``.

    Examples
    --------
    >>> pay = pd.DataFrame({"2020": [1.0, 3.0, 5.0], "2021": [2.0, np.nan, 2.0]}, index=list("abc"))
    >>> table = gap_panel({"pay": pay}).query("index == 'hoover'")
    >>> table[["metric", "period", "n", "value"]].round(6).values.tolist()
    [['pay', '2020', 3, 0.222222], ['pay', '2021', 2, 0.0]]
    """
    frames, errors = _keyed(panels), _keyed(se or {})
    strange = [key for key in errors if key not in frames]
    if not frames:
        raise InputError("no panel was given")
    if strange:
        raise InputError("se has panels that are not in panels", offenders=strange)
    kinds = {
        metric: _Kind(_of(scale, metric, "scale"), _of(higher_is, metric, "higher_is"))
        for metric, _ in frames
    }
    for kind in kinds.values():
        check_choice(kind.scale, ("ratio", "bounded", "interval"), "scale")
        if kind.higher_is is not None:
            check_direction(kind.higher_is)
    tables = {}
    for level in dict.fromkeys(level for _, level in frames):
        held = {metric: frame for (metric, at), frame in frames.items() if at == level}
        stack = _stack(held, weights)
        counts, values, notes = _compute(stack, [kinds[metric] for metric, _ in stack.rows])
        at_level = {metric: frame for (metric, at), frame in errors.items() if at == level}
        columns = {"n": np.repeat(counts, len(NAMES)), "value": values.ravel()}
        columns |= _intervals(stack, notes, at_level, kinds, seed)
        labels = pd.MultiIndex.from_tuples(
            [(metric, level, period, index) for metric, period in stack.rows for index in NAMES],
            names=["metric", "level", "period", "index"],
        )
        tables[level] = pd.DataFrame(columns | {"note": notes.ravel()}, index=labels).reset_index()
    parts = [tables[level][tables[level]["metric"] == metric] for metric, level in frames]
    return pd.concat(parts, ignore_index=True)


def _keyed(panels: Mapping[Key, pd.DataFrame]) -> dict[tuple[str, str], pd.DataFrame]:
    """Return the panels under (metric, level), periods as text."""
    found = {}
    for key, frame in panels.items():
        name = key if isinstance(key, tuple) else (key, "")
        if not isinstance(frame, pd.DataFrame):
            raise InputError(f"the panel {name[0]!r} has to be a DataFrame of areas by periods")
        check_unique(frame.index, f"the areas of {name[0]!r}")
        found[name] = frame.set_axis(frame.columns.map(str), axis=1)
        check_unique(found[name].columns, f"the periods of {name[0]!r}")
    return found


def _of(given: Any, metric: str, what: str) -> Any:
    """Return what is given for one metric."""
    if not isinstance(given, Mapping):
        return given
    if metric not in given:
        raise InputError(f"{what} has nothing for the metric {metric!r}", offenders=list(given))
    return given[metric]


def _stack(held: Mapping[str, pd.DataFrame], weights: Any) -> _Stack:
    """Return the panels of one level with the shares of the weight, nan and 0 where none is known."""
    codes = pd.Index([code for frame in held.values() for code in frame.index]).unique()
    rows, figures, people = [], [], []
    for metric, frame in held.items():
        weight = _of(weights, metric, "weights")
        if isinstance(weight, pd.DataFrame):
            weight = weight.set_axis(weight.columns.map(str), axis=1)
            lacking = frame.columns.difference(weight.columns)
            if len(lacking):
                raise InputError(f"weights lack periods of {metric!r}", offenders=list(lacking))
            people += [_people(weight[period], codes) for period in frame.columns]
        else:
            people += [_people(weight, codes)] * frame.shape[1]
        rows += [(metric, period) for period in frame.columns]
        placed = frame.reindex(codes)
        figures += [
            as_floats(placed[period], f"figures of {metric!r} in {period}") for period in placed
        ]
    y, p = np.array(figures), np.array(people)
    present = ~np.isnan(y)
    bad = [(*rows[row], codes[area]) for row, area in np.argwhere(present & ~(p > 0))]
    if bad:
        raise WeightsError(
            "areas with a figure have no positive weight",
            offenders=[f"{code} ({metric} {period})" for metric, period, code in bad],
            hint="Give a weight for every area that has a figure, or leave weights out.",
        )
    p = np.where(present, p, 0.0)
    sums = p.sum(axis=1, keepdims=True)
    return _Stack(rows, codes, y, p / np.where(sums > 0, sums, 1.0))


def _people(weight: pd.Series | None, codes: pd.Index) -> Array:
    if weight is None:
        return np.ones(len(codes))
    if not isinstance(weight, pd.Series):
        raise InputError("weights have to be indexed by area code")
    check_unique(weight.index, "weights")
    return as_floats(weight.reindex(codes), "weights")


def _compute(stack: _Stack, kinds: list[_Kind]) -> tuple[np.ndarray, Array, np.ndarray]:
    """Return areas with a figure per row, and per row and index the value and why there is none.

    A missing area weighs nothing and stands at the mean, where no kernel can leave its domain.
    """
    present = ~np.isnan(stack.y)
    counts, mean = present.sum(axis=1), weigh(np.where(present, stack.y, 0.0), stack.n)
    filled = np.where(present, stack.y, mean[:, None])
    notes = np.full((len(counts), len(NAMES)), "", dtype=object)
    odd = (filled.min(axis=1) <= 0) | (mean <= 0)
    # Of positive figures, only their number matters.
    plain: dict[tuple[int, _Kind], list[str]] = {}
    for row, (count, kind) in enumerate(zip(counts.tolist(), kinds, strict=True)):
        if count < 2:
            notes[row] = f"undefined: only {count} values are left, at least 2 are needed"
        elif odd[row]:
            here = present[row]
            notes[row] = _refusals(stack.y[row, here], stack.n[row, here], kind)
        else:
            if (count, kind) not in plain:
                plain[count, kind] = _refusals(np.ones(count), np.full(count, 1 / count), kind)
            notes[row] = plain[count, kind]
    values = np.full(notes.shape, np.nan)
    step = max(1, BLOCK // filled.shape[1])
    for start in range(0, len(filled), step):
        some = slice(start, start + step)
        values[some] = _kernels(filled[some], stack.n[some], notes[some] == "", kinds[some])
    return counts, values, notes


def _refusals(y: Array, n: Array, kind: _Kind) -> list[str]:
    """Return for every index why it does not apply, or ""."""
    smooth = [_refusal(y, n, index, kind.scale) for index in INDICES.values()]
    return smooth + [refusal_of(name, y, n, TOP, kind.higher_is, kind.scale) for name in EXTREMES]


def _kernels(y: Array, n: Array, defined: np.ndarray, kinds: list[_Kind]) -> Array:
    """Return every index of every row, nan where it is not defined."""
    values = np.full(defined.shape, np.nan)
    for column, index in enumerate(INDICES.values()):
        rows = defined[:, column]
        values[rows, column] = np.clip(index.kernel(y[rows], n[rows]), index.floor, index.ceiling)
    for higher_is in dict.fromkeys(kind.higher_is for kind in kinds):
        rows = np.array([kind.higher_is == higher_is for kind in kinds]) & defined.any(axis=1)
        for name, found in extremes_of(y[rows], n[rows], TOP, higher_is).items():
            values[rows, NAMES.index(name)] = found
    return np.where(defined, values, np.nan)


def _intervals(
    stack: _Stack,
    notes: np.ndarray,
    errors: Mapping[str, pd.DataFrame],
    kinds: Mapping[str, _Kind],
    seed: int,
) -> dict[str, np.ndarray]:
    """Return corrected, lower, upper and reliability, row by row as `gap_indices` finds them."""
    rows, codes, y, n = stack
    ends = np.full((len(rows), len(NAMES), len(ENDS)), np.nan)
    reliability = np.where(notes == "", "", "not assessable").astype(object)
    for row, (metric, period) in enumerate(rows):
        here = ~np.isnan(y[row])
        if metric not in errors or here.sum() < 2:
            continue
        se = errors[metric]
        if period not in se.columns:
            raise InputError(f"se of {metric!r} lacks a period", value=period)
        figures, shares = (pd.Series(part[row, here], index=codes[here]) for part in (y, n))
        kind = kinds[metric]
        found = gap_indices(
            figures, shares, se[period], higher_is=kind.higher_is, scale=kind.scale, seed=seed
        ).loc[NAMES]
        ends[row] = found[list(ENDS)].to_numpy()
        reliability[row] = found["reliability"]
    columns = {name: ends[..., place].ravel() for place, name in enumerate(ENDS)}
    return {**columns, "reliability": reliability.ravel()}
