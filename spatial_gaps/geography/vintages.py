"""Which level and which years a list of codes belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pandas as pd

from spatial_gaps.errors import InputError
from spatial_gaps.geography.codes import clean_codes
from spatial_gaps.geography.levels import find_level, level_of
from spatial_gaps.geography.register import COMPLETE, in_force, register
from spatial_gaps.geography.successors import explain_unknown, retired
from spatial_gaps.records import Vintage

MOST_RETIRED = 0.05


def detect_vintage(codes: Iterable[str]) -> Vintage:
    """Find the level and the years that a list of codes fits.

    Parameters
    ----------
    codes : iterable of str
        Repeats do not count; white space and lower case are repaired, and counted in `notices`.

    Returns
    -------
    Vintage
        With the latest run of years in which most of the codes were in force. A few codes
        (up to 5 %) that had ended before are listed as `retired`, and as `doubled` where their
        successor is listed too; codes of other levels as `wrong_level`.

    Raises
    ------
    InputError
        If no code is in the register, the codes mix vintages, or one holds a look-alike character.

    Notes
    -----
    Counties beside authorities that lie in none, without districts, are upper-tier authorities.

    Examples
    --------
    >>> str(detect_vintage(["E06000063", "E08000016"]))
    '2 codes of level lad, vintage 2023-2024'
    """
    given: Any = codes.tolist() if isinstance(codes, pd.Index | pd.Series) else codes
    return _detect(tuple(given))


@lru_cache(maxsize=256)
def _detect(codes: tuple[str, ...]) -> Vintage:
    """Find level and years; an assessment asks many times for the same codes."""
    plain, notices = clean_codes(pd.Series(codes, dtype=str))
    unique = pd.Index(plain.unique())
    keys = level_of(unique)
    key = _main_level(keys)
    years = in_force(key)
    wrong = ~unique.isin(years.index) & ~keys.isin([key, ""]).to_numpy()
    known = years[years.index.isin(unique)]
    if known.empty:
        raise _unknown(unique, f"no {find_level(key).title.lower()} has such codes")
    first, last = _best_run(known)
    left = known.index[~known[first]]
    starts = register()["first"]
    ended = left[starts[left] <= f"{first}-12-31"]
    if len(ended) < len(left) or len(left) > MOST_RETIRED * len(known):
        raise _mixed(key, known, first)
    successors = retired(ended, first).set_index("code")["replaced_by"]
    doubled = [code for code in ended if unique.isin(successors[code].split()).any()]
    return Vintage(
        level=key,
        first_year=first,
        last_year=last,
        matched=int(known[first].sum()),
        unknown=tuple(unique[~unique.isin(known.index) & ~wrong]),
        retired=tuple(ended),
        wrong_level=tuple(unique[wrong]),
        doubled=tuple(doubled),
        notices=notices,
    )


def vintage_hint(codes: Iterable[str]) -> str:
    """Return what to do about codes that do not fit, as a sentence; "" if nothing can be said."""
    try:
        own = detect_vintage(codes)
    except InputError as error:
        return str(error)
    return f"The codes are those of {own.level} {own.year}: use vintage={own.year}."


def _main_level(keys: pd.Series[Any]) -> str:
    """Return the level of most codes that the register holds, or raise `InputError`."""
    counted = keys[keys.isin(list(COMPLETE))].value_counts(sort=False)
    if counted.empty:
        other = sorted(set(keys) - {""})
        if other:
            titles = " and ".join(find_level(key).plural for key in other)
            raise InputError(
                f"the codes are those of {titles}, of which no register is packaged",
                offenders=list(keys.index[:3]),
                hint="Join them on boundaries of your own (read_boundaries).",
            )
        raise _unknown(keys.index, "none of the codes belongs to a level in the register")
    key = str(counted.idxmax())
    districts = keys.index.str.startswith("E07").any()
    return "utla" if key == "lad" and "county" in counted.index and not districts else key


def _unknown(codes: pd.Index[Any], message: str) -> InputError:
    said = {code: explain_unknown(code) for code in codes[:10]}
    texts = [f"{code} ({said[code]})" if said.get(code) else str(code) for code in codes]
    return InputError(message, offenders=texts, hint=f"The register holds {', '.join(COMPLETE)}.")


def _best_run(known: pd.DataFrame) -> tuple[int, int]:
    """Return the latest run of years with the same, largest number of codes in force."""
    counts = known.sum()
    last = int(counts[counts == counts.max()].index[-1])
    same = known.eq(known[last], axis=0).all()
    first = last
    while first - 1 in counts.index and same[first - 1]:
        first -= 1
    return first, last


def _mixed(key: str, known: pd.DataFrame, first: int) -> InputError:
    """Say how many codes fit the best years, and how many of the others fit which."""
    title = key.upper()
    parts: list[str] = []
    named: list[str] = []
    left = known
    while len(left):
        start, end = _best_run(left)
        fit = left.index[left[start]]
        years = f"{start}" if start == end else f"{start}-{end}"
        parts.append(f"{len(fit)} {'codes fit' if not parts else 'only'} {title} {years}")
        named += list(fit) if len(parts) > 1 else []
        left = left.drop(fit)
    return InputError(
        f"the codes mix vintages: {', '.join(parts)}",
        offenders=named,
        hint="Keep the rows of one vintage; where each period has its own, take one period.",
    )
