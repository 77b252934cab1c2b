"""Join figures to areas: every area and every row of the file accounted for, nothing lost."""

from __future__ import annotations

import pandas as pd

from spatial_gaps.checks import check_unique, words
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.geography.levels import find_level
from spatial_gaps.geography.register import areas as register
from spatial_gaps.geography.register import detect_vintage, retired, suggest
from spatial_gaps.records import JoinAudit, Metric, Notice

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


def audit_join(areas: pd.DataFrame, metric: Metric, *, period: str | int) -> JoinAudit:
    """Account for every area and for every row of one period, without joining anything.

    Parameters
    ----------
    areas : DataFrame or GeoDataFrame, n rows
        Indexed by code, of one level and vintage.
    metric : Metric
        As read.
    period : str or int
        Which period.

    Returns
    -------
    JoinAudit
        Its text explains it in plain words.

    Raises
    ------
    InputError
        If the metric has no such period.
    JoinError
        If the areas' codes repeat or fit no vintage.
    """
    check_unique(areas.index, "areas")
    vintage = detect_vintage(areas.index)
    # Codes that never changed fit many years: the default one where it is among them.
    year = vintage.fitting(DEFAULT_VINTAGE)
    rows = metric.at(period)
    inside = rows.index.isin(areas.index)
    other = rows[~inside].reset_index()
    title = find_level(vintage.level).title
    wrong = other[(other["level"] != vintage.level) & (other["level"] != "")].copy()
    wrong["reason"] = "level " + wrong["level"] + f", not {vintage.level}"
    same = other[other["level"] == vintage.level]
    gone = retired(list(same["code"]), year)
    gone = gone[gone["code"].isin(same["code"])].copy()
    gone["reason"] = [
        f"replaced by {new} on {date}" if new else f"not in force in {year}"
        for new, date in zip(gone["replaced_by"], gone["date"], strict=True)
    ]
    gone["name"] = gone["name"].where(gone["name"] != "", gone["code"].map(rows["name"]))
    lost = other[~other["code"].isin([*wrong["code"], *gone["code"]])]
    elsewhere = lost["code"].isin(register(vintage.level, year).index)
    outside, lost = lost[elsewhere], lost[~elsewhere]
    lost = lost.copy()
    lost["reason"] = [f"no {title} has this code{_near(code)}" for code in lost["code"]]
    missing = _missing(areas, rows, gone)
    figures = rows.index[inside & rows["value"].notna()]
    return JoinAudit(
        level=vintage.level,
        vintage=year,
        period=str(period),
        n_areas=len(areas),
        matched=int(inside.sum()),
        missing=missing,
        retired=gone.reset_index(drop=True),
        duplicated=pd.DataFrame(columns=EMPTY),
        wrong_level=wrong[EMPTY].reset_index(drop=True),
        unknown=lost[EMPTY].reset_index(drop=True),
        coverage=_coverage(figures),
        notices=(*metric.notices, *_without_se(rows[inside]), *_outside(outside, title)),
    )


def _near(code: str) -> str:
    near = suggest(code)
    return f"; did you mean {near}?" if near else ""


def _missing(areas: pd.DataFrame, rows: pd.DataFrame, gone: pd.DataFrame) -> pd.DataFrame:
    """List the areas without a figure, each with its reason."""
    joined = rows.reindex(areas.index)
    lacking = joined.index[joined["value"].isna()]
    reasons = []
    for code in lacking:
        old = gone.loc[
            gone["replaced_by"].str.split(" ").map(lambda new, code=code: code in new), "code"
        ]
        if code in rows.index:
            reasons.append(rows.at[code, "status"])
        elif len(old):
            reasons.append(f"no row; the file has what it replaced ({words(list(old))})")
        else:
            reasons.append("no row in the file")
    names = areas["name"].reindex(lacking) if "name" in areas else joined["name"].reindex(lacking)
    return pd.DataFrame({"code": lacking, "name": names.to_numpy(), "reason": reasons})


def _coverage(codes: pd.Index) -> str:
    """Name the nations that have at least one figure."""
    letters = {
        ITL_NATIONS.get(code[:3], "E") if code.startswith("TL") else code[0] for code in codes
    }
    found = "".join(letter for letter in "EWSN" if letter in letters)
    return COVERAGES.get(found) or words([NATIONS[letter] for letter in found]) or "none"


def _outside(rows: pd.DataFrame, title: str) -> tuple[Notice, ...]:
    """Note rows of real areas of this level that are not among those asked for."""
    if rows.empty:
        return ()
    message = f"{len(rows)} rows belong to other areas ({title}) than the ones given; left aside"
    return (Notice("outside", message, tuple(rows["code"])),)


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


def check_audit(audit: JoinAudit, metric: Metric) -> None:
    """Raise `JoinError` if the join would lose too much: wrong vintage, unknown codes, no match."""
    file = metric.file
    if audit.matched == 0:
        raise JoinError(
            f"no code of the file belongs to the {audit.n_areas} areas ({audit.level} {audit.vintage})",
            file=file,
            offenders=[*audit.wrong_level["code"], *audit.unknown["code"], *audit.retired["code"]],
            hint="Check --level and --vintage, or that the code column is the right one.",
        )
    if len(audit.unknown) > MOST_UNKNOWN * audit.n_areas:
        raise JoinError(
            f"more than {MOST_UNKNOWN:.0%} of the codes are unknown to the register",
            file=file,
            offenders=[f"{row.code} ({row.reason})" for row in audit.unknown.itertuples()],
            hint="Correct the codes, or give boundaries with these codes (--boundaries FILE).",
        )
    replaced = (
        audit.missing["reason"].astype(str).str.startswith("no row; the file has what it replaced")
    )
    if replaced.any():
        own = detect_vintage(list(audit.retired["code"]))
        raise JoinError(
            f"the file has codes of {own.first_year}, the areas are those of {audit.vintage}: "
            f"{int(replaced.sum())} areas would be left blank",
            file=file,
            offenders=[
                f"{row.code} {row.name}" for row in audit.missing[replaced].itertuples(index=False)
            ],
            hint="Use the areas of the file's own year (--vintage).",
        )


def join_metrics(areas: pd.DataFrame, *metrics: Metric, period: str | int) -> pd.DataFrame:
    """Put the figures of one period beside the areas.

    Parameters
    ----------
    areas : DataFrame or GeoDataFrame, n rows
        Indexed by code, of one level and vintage; not changed.
    *metrics : Metric
        One or more.
    period : str or int
        Which period.

    Returns
    -------
    DataFrame or GeoDataFrame, n rows
        `areas` with value, se, lower, upper, status; with several metrics each column starts with
        the metric's key and an underscore. Areas without a figure keep their row, with the reason
        in status.

    Raises
    ------
    JoinError
        If nothing matches, more than 5 % of the codes are unknown, or the file is of another
        vintage; the areas are named.
    InputError
        If two metrics have the same key.
    """
    keys = [metric.key for metric in metrics]
    if len(set(keys)) < len(keys):
        raise InputError("two metrics have the same name", offenders=keys)
    joined = areas.copy()
    for metric in metrics:
        audit = audit_join(areas, metric, period=period)
        check_audit(audit, metric)
        prefix = f"{metric.key}_" if len(metrics) > 1 else ""
        rows = metric.at(period).reindex(areas.index)
        for column in ("value", "se", "lower", "upper", "status"):
            joined[prefix + column] = rows[column]
        reasons = audit.missing.set_index("code")["reason"]
        status = joined[prefix + "status"].fillna("")
        joined[prefix + "status"] = [reasons.get(code, status[code]) for code in areas.index]
    return joined
