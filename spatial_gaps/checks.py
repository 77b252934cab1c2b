"""The only validation and the only alignment: every function checks at its door, here.

Inside the door values are float arrays in the order of their codes, and trusted.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spatial_gaps.errors import (
    InputError,
    JoinError,
    StatisticUndefined,
    WeightsError,
)

if TYPE_CHECKING:
    import os

Array = np.ndarray[Any, np.dtype[np.float64]]


def check_choice(given: object, allowed: Iterable[object], what: str, where: str = "") -> None:
    """Raise `InputError` unless `given` is one of `allowed`, naming them and the nearest one."""
    choices = [str(choice) for choice in allowed]
    if str(given) in choices:
        return
    near = difflib.get_close_matches(str(given), choices, n=1)
    place = f" in {where}" if where else ""
    hint = f"Did you mean '{near[0]}'? " if near else ""
    raise InputError(
        f"there is no {what} '{given}'{place}", hint=f"{hint}There are: {', '.join(choices)}."
    )


def check_direction(higher_is: str | None) -> str:
    """Return `higher_is`, or raise `InputError`: the direction is never guessed."""
    if higher_is is None:
        raise InputError(
            "it is not known whether higher is better or worse, and it is never guessed",
            hint='Say higher_is="better" or "worse" (--higher-is on the command line).',
        )
    check_choice(higher_is, ("better", "worse"), "direction")
    return higher_is


def check_count(given: object, what: str, least: int, most: int | None = None) -> int:
    """Return `given` as an int between `least` and `most`, or raise `InputError`."""
    whole = isinstance(given, (int, np.integer)) and not isinstance(given, bool)
    number = int(str(given)) if whole else least - 1
    if number < least or (most is not None and number > most):
        upper = "" if most is None else f" and at most {most}"
        raise InputError(f"{what} has to be a whole number of at least {least}{upper}", value=given)
    return number


def random_stream(seed: int, *more: int) -> np.random.Generator:
    """Return random numbers of a seed, or of one of its streams; raise `InputError` if it is none."""
    check_count(seed, "the seed", 0)
    return np.random.default_rng([seed, *more] if more else seed)


def check_share(given: float, what: str) -> float:
    """Return `given` if it lies strictly between 0 and 1, or raise `InputError`."""
    if not isinstance(given, (int, float)) or not 0 < given < 1:
        raise InputError(f"{what} has to lie between 0 and 1, both excluded", value=given)
    return float(given)


def check_file(path: str | os.PathLike[str]) -> None:
    """Raise `InputError` unless `path` is an existing, non-empty local file."""
    from pathlib import Path

    text = str(path)
    # Path turns "https://" into "https:/"; a single letter before the colon is a Windows drive.
    if re.match(r"[<{]|/vsi|[A-Za-z][A-Za-z0-9+.]+:", text.strip()):
        raise InputError(
            "only local files are read, no addresses or connection strings",
            file=text,
            hint="Download the file first and give its path.",
        )
    if not Path(path).exists():
        raise InputError("there is no such file", file=text, hint="Check the spelling and folder.")
    if not Path(path).is_file():
        raise InputError("this is not a file", file=text, hint="Give the file, not its folder.")
    if Path(path).stat().st_size == 0:
        raise InputError("the file is empty", file=text, hint="Download it again.")


def check_unique(codes: pd.Index[Any], what: str) -> None:
    """Raise `JoinError` naming the codes that stand in `codes` more than once."""
    if codes.is_unique:
        return
    raise JoinError(
        f"{what} have codes that occur more than once",
        offenders=[str(code) for code in codes[codes.duplicated()].unique()],
        hint="Every area may stand there once; filter to one level and period.",
    )


def align(
    values: pd.Series[Any] | Sequence[float] | Array, *others: Any, names: Sequence[str] = ()
) -> tuple[pd.Index[Any], list[Any]]:
    """Put everything on the index of `values`, by code and never silently by position.

    Parameters
    ----------
    values : Series or array, shape (n,)
        Leads. An array gets the index 0..n-1.
    *others : Series, array or None
        Series are reindexed by code and have to hold every code of `values`; arrays have to be as
        long as `values`, and may stand beside a Series of values only if `values` is an array too.
    names : sequence of str
        What each of `others` is called in an error.

    Returns
    -------
    index : Index, shape (n,)
        Codes, in the order of `values`.
    aligned : list of Series or None
        `values` first, then each of `others`.

    Raises
    ------
    JoinError
        If codes repeat, or one of `others` lacks codes that `values` has.
    InputError
        If an array stands where a Series is needed, or a length differs.
    """
    lead = values if isinstance(values, pd.Series) else _as_series(values)
    check_unique(lead.index, "values")
    aligned: list[Any] = [lead]
    for position, other in enumerate(others):
        name = names[position] if position < len(names) else f"argument {position + 2}"
        if other is None:
            aligned.append(None)
        elif isinstance(other, pd.Series):
            check_unique(other.index, name)
            lacking = lead.index.difference(other.index)
            if len(lacking):
                raise JoinError(
                    f"{name} lacks areas that values has",
                    offenders=[str(code) for code in lacking],
                    hint=f"Give {name} for the same codes.",
                )
            aligned.append(other.reindex(lead.index))
        elif isinstance(values, pd.Series):
            raise InputError(
                f"{name} has no area codes while values has",
                hint=f"Give {name} as a Series indexed by code, so that nothing is matched by position.",
            )
        elif len(other) != len(lead):
            raise InputError(f"{name} has {len(other)} entries, values has {len(lead)}")
        else:
            aligned.append(_as_series(other).set_axis(lead.index))
    return lead.index, aligned


def _as_series(values: Any) -> pd.Series[Any]:
    """Return an array or list as a Series; masked entries are missing, not what lies under the mask."""
    if np.ma.isMaskedArray(values):
        values = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
    array = np.asarray(values)
    if array.ndim != 1:
        raise InputError(f"one figure per area is needed, not an array of {array.ndim} dimensions")
    return pd.Series(array)


def as_floats(series: pd.Series[Any], what: str) -> Array:
    """Return a float array; raise `InputError` for text and infinities, naming the areas."""
    try:
        array = series.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        texts = [f"{code} {item!r}" for code, item in series.items() if isinstance(item, str)]
        raise InputError(f"{what} hold text where numbers belong", offenders=texts) from None
    endless = np.isinf(array)
    if endless.any():
        raise InputError(f"{what} are infinite", offenders=list(series.index[endless]))
    return array


def check_values(
    values: pd.Series[Any] | Sequence[float] | Array,
    weights: pd.Series[Any] | Array | None = None,
    se: pd.Series[Any] | Array | None = None,
    *,
    least: int = 2,
) -> tuple[pd.Index[Any], Array, Array, Array | None]:
    """Check and align values, weights and standard errors, and leave out areas without a value.

    Parameters
    ----------
    values : Series or array, shape (n,)
        Missing values are left out (the caller counts them in the audit).
    weights : Series or array, shape (n,), optional
        Positive numbers, in any unit; equal weights unless given.
    se : Series or array, shape (n,), optional
        Standard errors, not negative; missing ones stay missing.
    least : int
        Fewest values that will do.

    Returns
    -------
    index : Index, shape (m,)
        Codes of the areas with a value.
    y, shares : ndarray, shape (m,)
        Values, and weights scaled to sum to 1.
    se : ndarray, shape (m,), or None
        Standard errors.

    Raises
    ------
    WeightsError
        If a weight of an area with a value is missing, zero or negative.
    StatisticUndefined
        If fewer than `least` values are left.
    """
    index, (lead, weight, error) = align(values, weights, se, names=("weights", "se"))
    y = as_floats(lead, "values")
    keep = ~np.isnan(y)
    if keep.sum() < least:
        raise StatisticUndefined(
            f"only {int(keep.sum())} values are left, at least {least} are needed"
        )
    p = np.ones(len(y)) if weight is None else as_floats(weight, "weights")
    bad = keep & ~(p > 0)
    if bad.any():
        lacking = index[bad & np.isnan(p)]
        raise WeightsError(
            f"{len(lacking)} areas have a value but no weight"
            if len(lacking)
            else "weights have to be positive numbers",
            offenders=[f"{code} {value:g}" for code, value in zip(index[bad], p[bad], strict=True)],
            hint="Give a weight for every area that has a value, or leave weights out.",
        )
    errors = None if error is None else as_floats(error, "standard errors")
    if errors is not None and (errors < 0).any():
        raise InputError("standard errors are negative", offenders=list(index[errors < 0]))
    shares = p[keep] / math.fsum(p[keep])
    return index[keep], y[keep], shares, None if errors is None else errors[keep]


def check_region(
    region: pd.Series[Any], index: pd.Index[Any], what: str = "region"
) -> pd.Series[Any]:
    """Return the share of each area in each of its parents, as a Series on (code, parent).

    Parameters
    ----------
    region : Series
        Labels indexed by code, or shares indexed by (code, parent) as `parent_shares` gives them.
    index : Index
        Codes that need a parent.
    what : str
        Name used in an error.

    Returns
    -------
    Series
        Float shares on a MultiIndex (code, parent), in the order of `index`, sum 1 per code.

    Raises
    ------
    JoinError
        If a code has no parent, or its shares do not sum to 1.
    """
    if not isinstance(region, pd.Series):
        raise InputError(f"{what} has to be a Series indexed by area code")
    if isinstance(region.index, pd.MultiIndex):
        shares = region.astype(float).rename_axis(["code", "parent"])
    else:
        check_unique(region.index, what)
        labels = region.dropna()
        pairs = pd.MultiIndex.from_arrays(
            [labels.index, labels.to_numpy()], names=["code", "parent"]
        )
        shares = pd.Series(1.0, index=pairs)
    codes = shares.index.get_level_values("code")
    lacking = index.difference(codes)
    if len(lacking):
        raise JoinError(f"{what} gives no parent", offenders=list(lacking))
    shares = shares[codes.isin(index)]
    position: dict[Hashable, int] = {code: i for i, code in enumerate(index)}
    order = np.argsort(
        [position[code] for code in shares.index.get_level_values("code")], kind="stable"
    )
    shares = shares.iloc[order]
    sums = shares.groupby(level="code", sort=False).sum()
    off = sums[(sums - 1).abs() > 1e-6]
    if len(off):
        raise JoinError(
            f"the shares of {what} do not sum to 1",
            offenders=[f"{code} {share:.4g}" for code, share in off.items()],
        )
    return shares


def main_parent(region: pd.Series[Any], index: pd.Index[Any]) -> pd.DataFrame:
    """Return the parent with the largest share of each area, and that share.

    Parameters
    ----------
    region : Series
        As for `check_region`.
    index : Index
        Codes that need a parent.

    Returns
    -------
    DataFrame
        parent and share, indexed by `index`.
    """
    shares = check_region(region, index).rename("share").reset_index()
    shares = shares.sort_values("share", ascending=False, kind="stable")
    return shares.drop_duplicates("code").set_index("code").reindex(index)


def words(items: Sequence[object]) -> str:
    """Join items as a sentence does: "a, b and c"."""
    texts = [str(item) for item in items]
    return (
        texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else ""
    )


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 area", "2 areas"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
