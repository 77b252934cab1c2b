"""Join figures to areas: every area and every row of the file accounted for, nothing lost."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pandas as pd

from spatial_gaps.checks import check_unique, words
from spatial_gaps.errors import InputError, JoinError, SpatialGapsWarning, first_of
from spatial_gaps.geography.codes import clean_codes
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.levels import level_of, noun_of
from spatial_gaps.geography.register import COMPLETE, LATEST, in_force, register
from spatial_gaps.geography.successors import explain_unknown, retired
from spatial_gaps.geography.vintages import detect_vintage
from spatial_gaps.join_audit import REFUSED, JoinAudit
from spatial_gaps.measure.uncertainty import UNRELIABLE, cv_band
from spatial_gaps.records import Metric, Notice

DEFAULT_VINTAGE = 2023
MOST_UNKNOWN = 0.05
NATIONS = {"E": "England", "W": "Wales", "S": "Scotland", "N": "Northern Ireland"}
ITL_NATIONS = {"TLL": "W", "TLM": "S", "TLN": "N"}
COVERAGES = {
    "EWSN": "United Kingdom",
    "EWS": "Great Britain",
    "EW": "England and Wales",
    "E": "England",
}
EMPTY = ["code", "name", "reason"]
NO_ROW = "no row"
REPLACED = f"{NO_ROW}; the file has what it replaced"
SAMPLE = 3
EXPLAINED = 100  # a file with more unknown codes is refused anyway, and each takes milliseconds


def audit_join(areas: pd.DataFrame, metric: Metric, *, period: str | int) -> JoinAudit:
    """Account for every area and for every row of one period, without joining anything.

    Parameters
    ----------
    areas : DataFrame or GeoDataFrame, n rows
        Indexed by code, of one level and vintage. Levels without a register (wards, LSOAs, data
        zones, constituencies ...) are matched by code alone.
    metric : Metric
        As read.
    period : str or int
        Which period.

    Returns
    -------
    JoinAudit
        Its text explains it in plain words; its `refusals` say whether `join_metrics` takes it.

    Raises
    ------
    InputError
        If the metric has no such period.
    JoinError
        If the areas' codes repeat or fit no vintage.
    """
    check_unique(areas.index, "areas")
    level, year = _level_and_year(areas.index)
    rows = metric.at(period)
    inside = rows.index.isin(areas.index)
    wrong, gone, outside, lost = _left_aside(rows[~inside].reset_index(), level, year)
    figures = rows.index[inside & rows["value"].notna()]
    twice = _doubled(gone, rows.index[rows["value"].notna()])
    of_uk, of_areas = _people(areas.index, figures, year)
    audit = JoinAudit(
        level=level,
        vintage=year,
        period=str(period),
        n_areas=len(areas),
        matched=int(inside.sum()),
        missing=_missing(areas, rows, gone),
        retired=gone.reset_index(drop=True),
        duplicated=twice,
        wrong_level=wrong[EMPTY].reset_index(drop=True),
        unknown=lost[EMPTY].reset_index(drop=True),
        coverage=coverage_of(figures),
        notices=(
            *metric.notices,
            *_without_se(rows[inside]),
            *_unreliable(rows[inside]),
            *_noted("outside", outside, "belong to other areas of this level than given"),
            *_noted("retired-codes", gone, f"have codes not in force in {year}"),
            *_twice(twice),
            *_noted("unknown-codes", lost, "have codes that no register knows"),
        ),
        coverage_share=of_uk,
        people_share=of_areas,
    )
    refused = [
        Notice(f"{REFUSED}{kind}", f"refused unless strict=False: {error}")
        for kind, error in _refusals(audit, metric, MOST_UNKNOWN)
    ]
    return replace(audit, notices=(*audit.notices, *refused))


def _level_and_year(codes: pd.Index) -> tuple[str, int]:
    """Return level and vintage of areas; year 0 for levels of which there is no register."""
    plain, _ = clean_codes(pd.Series(codes, dtype=object))
    main = str(level_of(plain).mode().iloc[0]) if len(plain) else ""
    if main and main not in COMPLETE:
        return main, 0
    found = detect_vintage(codes)
    # Codes that never changed fit many years: the default one where it is among them.
    return found.level, found.fitting(DEFAULT_VINTAGE)


def _left_aside(
    other: pd.DataFrame, level: str, year: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Sort the rows that match no area: of another level, not in force, not asked for, unknown."""
    if not year:
        own, unknown = other["level"] == level, other["level"] == ""
        wrong = other[~own & ~unknown].assign(reason=lambda rows: "level " + rows["level"])
        lost = other[unknown].assign(reason="of no known level")
        return wrong, retired([], DEFAULT_VINTAGE).assign(reason=""), other[own], lost
    ever = in_force(level)
    real = other["code"].isin(ever.index)
    now = other["code"].isin(ever.index[ever[year]])
    odd = ~real & ~other["level"].isin(["", level])
    wrong = other[odd].copy()
    wrong["reason"] = "level " + wrong["level"] + f", not {level}"
    gone = retired(list(other["code"][real & ~now]), year)
    gone["reason"] = [
        f"replaced by {new} on {date}" if new else f"not in force in {year}"
        for new, date in zip(gone["replaced_by"], gone["date"], strict=True)
    ]
    lost = other[~real & ~odd].copy()
    said = [explain_unknown(code) for code in lost["code"][:EXPLAINED]]
    said += [""] * (len(lost) - len(said))
    noun = noun_of(level)[0]
    lost["reason"] = [f"no {noun} has this code" + (f"; {text}" if text else "") for text in said]
    return wrong, gone, other[now], lost


def _missing(areas: pd.DataFrame, rows: pd.DataFrame, gone: pd.DataFrame) -> pd.DataFrame:
    """List the areas without a figure, each with its reason."""
    joined = rows.reindex(areas.index)
    lacking = joined.index[joined["value"].isna()]
    came_from: dict[str, list[str]] = {}
    for old, new in zip(gone["code"], gone["replaced_by"], strict=True):
        for code in new.split():
            came_from.setdefault(code, []).append(old)
    later = retired(lacking.difference(rows.index), LATEST).set_index("code")["replaced_by"]
    reasons = []
    for code in lacking:
        after = [new for new in later.get(code, "").split() if new in rows.index]
        if code in rows.index:
            reasons.append(rows.at[code, "status"])
        elif code in came_from:
            reasons.append(f"{REPLACED} ({words(came_from[code])})")
        elif after:
            reasons.append(f"{NO_ROW}; the file has what replaced it ({words(after)})")
        else:
            reasons.append(f"{NO_ROW} in the file")
    names = areas["name"].reindex(lacking) if "name" in areas else joined["name"].reindex(lacking)
    return pd.DataFrame({"code": lacking, "name": names.to_numpy(), "reason": reasons})


@cache
def _successions() -> dict[str, set[str]]:
    """Return every later code that people of a code went to, directly or by steps."""
    changes = table("recodes")
    changes = changes[changes["old"] != changes["new"]]
    step = changes.groupby("old")["new"].agg(set).to_dict()
    later: dict[str, set[str]] = {}
    for code in step:
        reached: set[str] = set()
        todo = [code]
        while todo:
            new = step.get(todo.pop(), set()) - reached
            reached |= new
            todo += new
        later[str(code)] = reached
    return later


def _doubled(gone: pd.DataFrame, figures: pd.Index) -> pd.DataFrame:
    """List the rows of codes not in force whose successor or predecessor has a figure too."""
    later = _successions()
    there = sorted(figures)
    rows = []
    for code, name in gone[["code", "name"]].itertuples(index=False):
        others = [
            each for each in there if each in later.get(code, ()) or code in later.get(each, ())
        ]
        if others and code in figures:
            rows.append((code, name, f"the same people have a row as {words(others)}"))
    return pd.DataFrame(rows, columns=EMPTY)


def _twice(rows: pd.DataFrame) -> tuple[Notice, ...]:
    """Note rows whose people are in the file a second time."""
    if rows.empty:
        return ()
    message = (
        f"{len(rows)} of these codes stand beside their successor or predecessor, so that adding up "
        f"the file counts the same people twice: {first_of(list(rows['code']))}"
    )
    return (Notice("doubled-codes", message, tuple(rows["code"])),)


def _people(codes: pd.Index, figures: pd.Index, year: int) -> tuple[float, float]:
    """Return which share of the UK's people, and of the areas', live in areas with a figure."""
    if not year:
        return float("nan"), float("nan")
    known = register()
    everyone = known.loc[known["level"] == "country", "population"].sum()
    covered = known["population"].reindex(figures).sum()
    return covered / everyone, covered / known["population"].reindex(codes).sum()


def coverage_of(codes: pd.Index) -> str:
    """Name the nations that have at least one figure."""
    letters = {
        ITL_NATIONS.get(code[:3], "E") if code.startswith("TL") else code[0] for code in codes
    }
    found = "".join(letter for letter in "EWSN" if letter in letters)
    return COVERAGES.get(found) or words([NATIONS[letter] for letter in found]) or "none"


def _noted(kind: str, rows: pd.DataFrame, what: str) -> tuple[Notice, ...]:
    """Note rows that are left aside, with the reason of each if there is one."""
    if rows.empty:
        return ()
    said = rows["code"] + ": " + rows["reason"] if "reason" in rows else rows["code"]
    message = f"{len(rows)} rows {what}, and are left aside: {first_of(list(said))}"
    return (Notice(kind, message, tuple(rows["code"])),)


def _without_se(rows: pd.DataFrame) -> tuple[Notice, ...]:
    """Note areas that have a figure but no standard error, where others have one."""
    bare = rows.index[rows["value"].notna() & rows["se"].isna()]
    if not len(bare) or len(bare) == rows["value"].notna().sum():
        return ()
    message = (
        f"{len(bare)} areas have a figure without limits; where a standard error is needed it is "
        "imputed with the median coefficient of variation of the other areas"
    )
    return (Notice("se-imputed", message, tuple(bare)),)


def _unreliable(rows: pd.DataFrame) -> tuple[Notice, ...]:
    """Note the figures whose coefficient of variation is over 20 %."""
    bands = cv_band(rows["value"], rows["se"])
    weak = rows[bands == UNRELIABLE]
    if weak.empty:
        return ()
    said = [f"{code} {name}".strip() for code, name in weak["name"].items()]
    message = f"{len(weak)} figures are unreliable by the ONS rule (CV over 20 %): {first_of(said)}"
    return (Notice("unreliable", message, tuple(weak.index)),)


def _refusals(
    audit: JoinAudit, metric: Metric, most_unknown: float
) -> Iterator[tuple[str, JoinError]]:
    """Go through what speaks against a join, each with a short key."""
    codes = metric.at(audit.period).index
    if audit.matched == 0:
        problem = JoinError(
            f"no code of the file belongs to the {audit.n_areas} areas ({audit.level} "
            f"{audit.vintage}): the file has {words(codes[:SAMPLE].tolist())}, the areas have "
            f"{words(audit.missing['code'][:SAMPLE].tolist())}",
            file=metric.file,
            hint=_own_words(codes, audit),
        )
        yield "no-match", problem
        return
    if len(audit.missing) == audit.n_areas:
        why = [f"{n} {reason}" for reason, n in audit.missing["reason"].value_counts().items()]
        none = f"none of the {audit.n_areas} areas has a figure in {audit.period}: {first_of(why)}"
        hint = "Choose another period or series of the file."
        yield "no-figure", JoinError(none, file=metric.file, hint=hint)
        return
    own = codes[~codes.isin(audit.wrong_level["code"])]
    if len(audit.unknown) > most_unknown * len(own):
        problem = JoinError(
            f"{len(audit.unknown)} of {len(own)} codes are unknown to the register, more than "
            f"{most_unknown:.0%}",
            file=metric.file,
            offenders=[f"{row.code} ({row.reason})" for row in audit.unknown.itertuples()],
            hint="Correct the codes, or give boundaries with these codes (--boundaries FILE).",
        )
        yield "unknown", problem
    yield from _other_vintage(audit, metric, own)


def _own_words(codes: pd.Index, audit: JoinAudit) -> str:
    """Return what the codes of a file are, if they are those of no area."""
    if not any(letter.isdigit() for code in codes for letter in code):
        return (
            "These look like names, which are matched only when asked: "
            f'names=("{audit.level}", {audit.vintage}), or --match name.'
        )
    try:
        return f"The file has {detect_vintage(codes)}: give these areas (--level, --vintage)."
    except InputError as error:
        return str(error)


def _other_vintage(
    audit: JoinAudit, metric: Metric, codes: pd.Index
) -> Iterator[tuple[str, JoinError]]:
    """Say if areas would be left blank because the file is of other years."""
    reasons = audit.missing["reason"].astype(str)
    blank = audit.missing[reasons.str.startswith(NO_ROW)]
    # Nothing is lost with a row whose people have another one.
    lost = audit.retired[~audit.retired["code"].isin(audit.duplicated["code"])]
    if blank.empty or lost.empty:
        return
    try:
        own = detect_vintage(codes)
        fits = own.fitting(audit.vintage) == audit.vintage
        if fits and not reasons.str.startswith(REPLACED).any():
            return
        old = detect_vintage(audit.retired["code"]) if fits else own
        problem = f"the file has codes of {old.first_year}"
    except InputError as mixed:
        problem = mixed.problem
    error = JoinError(
        f"{problem}, the areas are those of {audit.vintage}: {len(blank)} areas would be left blank",
        file=metric.file,
        offenders=[f"{row.code} {row.name}" for row in blank.itertuples(index=False)],
        hint="Use the areas of the file's own year (--vintage), or recode the file.",
    )
    yield "vintage", error


def join_metrics(
    areas: pd.DataFrame,
    *metrics: Metric,
    period: str | int,
    strict: bool = True,
    most_unknown: float = MOST_UNKNOWN,
) -> pd.DataFrame:
    """Put the figures of one period beside the areas.

    Parameters
    ----------
    areas : DataFrame or GeoDataFrame, n rows
        Indexed by code, of one level and vintage; not changed.
    *metrics : Metric
        One or more.
    period : str or int
        Which period.
    strict : bool
        Refuse a join that would lose much. Otherwise join what can be joined, and warn of what
        would have been refused: `audit_join` lists every row that is left aside either way.
    most_unknown : float
        Largest share, 0 to 1, of the file's codes of this level that no register may know; they
        are left aside, and `audit_join` lists them.

    Returns
    -------
    DataFrame or GeoDataFrame, n rows
        `areas` with value, se, lower, upper, status; with several metrics each column starts with
        the metric's key and an underscore. Areas without a figure keep their row, with the reason
        in status.

    Raises
    ------
    JoinError
        If the areas' codes repeat or fit no vintage; and, if `strict`, if nothing matches, no area
        has a figure, more than 5 % of the codes are unknown, or areas would be left blank because
        the file is of another vintage, or of several; the areas are named.
    InputError
        If two metrics have the same key, or there is no such period.

    Warns
    -----
    SpatialGapsWarning
        If not `strict`, of each thing that would have been refused.
    """
    keys = [metric.key for metric in metrics]
    if len(set(keys)) < len(keys):
        raise InputError("two metrics have the same name", offenders=keys)
    joined = areas.copy()
    for metric in metrics:
        audit = audit_join(areas, metric, period=period)
        for _, error in _refusals(audit, metric, most_unknown):
            if strict:
                raise error
            warnings.warn(f"joined all the same: {error}", SpatialGapsWarning, stacklevel=2)
        prefix = f"{metric.key}_" if len(metrics) > 1 else ""
        rows = metric.at(period).reindex(areas.index)
        for column in ("value", "se", "lower", "upper", "status"):
            joined[prefix + column] = rows[column]
        reasons = audit.missing.set_index("code")["reason"]
        status = joined[prefix + "status"].fillna("")
        joined[prefix + "status"] = [reasons.get(code, status[code]) for code in areas.index]
    return joined
