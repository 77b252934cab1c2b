"""Say what each column of a table is: code, name, period, figure, limits, marker, note.

Columns are known by their headings, the way publishers print them; where several columns hold
figures, years in the headings make one wide table of them, and anything else is a choice that is
left to the user, with the choices listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from spatial_gaps.errors import InputError
from spatial_gaps.metrics.markers import reason_of
from spatial_gaps.metrics.periods import split_period
from spatial_gaps.metrics.tables import Table, plain

# Columns that say which indicator a row is of.
INDICATOR = ("indicator", "metric", "measure", "variable")
# Headings under which publishers print the same thing; the first pattern that fits is taken.
ROLES = {
    "period": r"(?:time )?period|year|date|time|quarter|month|date_name|reference period|"
    r"(?:academic|financial|calendar) year|time_period",
    "value": r"observation|obs_value|value|obsvalue|v4_\d",
    "status": r"(?:obs(?:ervation)?[ _])?status|marker|shorthand|obs_status_name|data marking",
    "note": r"notes?|footnotes?|data accuracy|quality",
    "unit": r"units?|unit of measure|unit_measure",
    "source": r"source",
    "se": r".*\bstandard error.*|se|s\.e\.|std(?:\.|_)? ?err(?:or)?",
    "cv": r".*coefficients? of variation.*|cv(?: ?\(?%\)?)?",
}
ERRORS = ("lower", "upper", "se", "cv")
LIMIT = re.compile(
    r"(?:^|[ _(-])(?:lci|uci|lcl|ucl|l95|u95)"
    r"|\b(?:lower|upper)(?=\b|_).*(?:\bci|conf|limit|bound|interval|9\d)"
    r"|^(?:lower|upper)$|(?:lower|upper)_(?:ci|95)|\bci\b.*(?:lower|upper)"
)
DIMENSION = re.compile(
    r"indicator|metric|measure|variable|sex|gender|age|age group|age band|"
    r"(?!geography|date|obs|measures)[a-z_]+_name|industry|category|sub_?measure"
)
NAME = re.compile(
    r".*\bname\b.*|[a-z]+\d{0,2}nm|areanm|area|description|areas?_name|.*_name|"
    r"geography(?:_name)?|local authority(?: district)?|region|country|place"
)
CODE = re.compile(
    r"areacd|(?:area|geography|lad|la|ltla|utla|ons|gss|itl\d?|region|local authority|lsoa|msoa)"
    r"[ _]?code|code|[a-z]+\d{2}cd|.*\bcode\b(?: \(\d{4}\))?"
)
LEVEL = re.compile(r"(9[05](?:\.\d)?|99(?:\.\d)?) ?%?")


@dataclass(frozen=True)
class Columns:
    """Positions of the columns of one series in a `Table`; -1 where there is none.

    `values` maps the period in the heading to the column, or "" to the one column of a tidy
    table; `headings` are the labels of all columns, `left` those of columns of figures that belong
    to no period.
    """

    label: str
    values: dict[str, int]
    headings: tuple[str, ...]
    names: tuple[int, ...] = ()
    period: int = -1
    lower: int = -1
    upper: int = -1
    se: int = -1
    cv: int = -1
    status: int = -1
    notes: tuple[int, ...] = ()
    unit: int = -1
    source: int = -1
    level: float = 95.0
    left: tuple[str, ...] = ()


def role_of(label: str) -> str:
    """Return what the heading of a column says that it is: lower, upper, a key of ROLES, or ""."""
    text = " ".join(label.lower().split())
    if LIMIT.search(text.replace("95%", "95")):
        return "lower" if re.search(r"low|lci|lcl|l95", text) else "upper"
    return next((role for role, pattern in ROLES.items() if re.fullmatch(pattern, text)), "")


def dimensions(table: Table) -> list[int]:
    """Return the columns that split a tidy table into several series."""
    found, names = [], name_columns(table)
    for at, label in enumerate(table.labels):
        plainly = label.lower().strip()
        if at == table.code or at in table.coded or not DIMENSION.fullmatch(plainly):
            continue
        texts = table.rows.iloc[:, at]
        # Its own name, or that of something that it belongs to, splits nothing.
        of_area = at in names or (plainly.endswith("_name") and _one_per_area(table, texts))
        if texts.nunique() > 1 and not of_area:
            found.append(at)
    return found


def _one_per_area(table: Table, texts: pd.Series) -> bool:
    pairs = pd.DataFrame({"code": table.rows.iloc[:, table.code], "text": texts}).drop_duplicates()
    return not pairs["code"].duplicated().any()


def series_of(table: Table) -> dict[str, dict[str, int]]:
    """Return the series of figures that a table holds: label to columns by period.

    Columns whose headings differ by a year only are one series; every other column of figures is
    one of its own, under the period "".
    """
    roles = [role_of(label) for label in table.labels]
    named = [at for at in range(len(roles)) if roles[at] == "value"]
    if named:
        return {table.labels[at]: {"": at} for at in named}
    plainly = [
        at
        for at in table.figures
        if not roles[at] and not DIMENSION.fullmatch(table.labels[at].lower().strip())
    ]
    split = {at: split_period(table.labels[at]) for at in plainly}
    wide: dict[str, dict[str, int]] = {}
    for at, (period, rest) in split.items():
        if period is not None and period not in wide.get(rest, {}):
            wide.setdefault(rest, {})[period] = at
    series = {rest: columns for rest, columns in wide.items() if len(columns) > 1}
    used = {at for columns in series.values() for at in columns.values()}
    return series | {table.labels[at]: {"": at} for at in plainly if at not in used}


def pick_series(table: Table, given: str | None, where: str) -> tuple[str, dict[str, int]]:
    """Return the one series that is meant: the only one, or the one that is named.

    Raises
    ------
    InputError
        If several fit; all of them are listed.
    """
    series = series_of(table)
    if given is not None:
        if given in series:
            return given, series[given]
        wanted = plain(given)
        exact = [label for label in series if plain(label) == wanted and (wanted or not label)]
        if len(exact) == 1:
            return exact[0], series[exact[0]]
        found = table.find(given)
        if len(found) == 1:
            label = next((name for name, at in series.items() if found[0] in at.values()), "")
            if len(series.get(label, {})) > 1:
                return label, series[label]
            return table.labels[found[0]], {"": found[0]}
        several = "several columns" if found else "no column"
        raise _choices(f"'{given}' is {several} of figures", series, where)
    wide = [label for label, columns in series.items() if len(columns) > 1]
    if len(wide) == 1:
        return wide[0], series[wide[0]]
    if len(series) == 1:
        return next(iter(series.items()))
    if not series:
        raise InputError("no column of figures was found", file=where, hint="Name it with value=.")
    raise _choices("several columns hold figures and none was named", series, where)


def _choices(problem: str, series: dict[str, dict[str, int]], where: str) -> InputError:
    listed = [f'"{label}"' for label in series if label]
    return InputError(problem, file=where, hint="Name one with value= (--value)", choices=listed)


def columns_of(table: Table, label: str, values: dict[str, int]) -> Columns:
    """Return all columns that belong to a series, limits and markers with it."""
    roles = {at: role_of(text) for at, text in enumerate(table.labels)}
    first = min(values.values())
    everything = [at for columns in series_of(table).values() for at in columns.values()]
    after = [at for at in sorted(everything) if at > first]
    end = after[0] if after and len(values) == 1 else len(roles)

    def beside(role: str) -> int:
        """The nearest column of a role to the right; if none, one that all series share."""
        fitting = [at for at, found in roles.items() if found == role]
        if not fitting or (len(values) > 1 and role in ERRORS):
            return -1
        fitting = [at for at in fitting if _level(table.labels[at]) == 95.0] or fitting
        right = [at for at in fitting if first < at < end]
        shared = role not in ERRORS or len(everything) == 1
        return right[0] if right else fitting[0] if shared else -1

    lower = beside("lower")
    unused = set(everything) - set(values.values())
    unused |= {at for at, found in roles.items() if found in ERRORS}
    return Columns(
        label=label,
        values=values,
        headings=table.labels,
        names=name_columns(table),
        **{
            role: beside(role)
            for role in ("period", "upper", "se", "cv", "status", "unit", "source")
        },
        lower=lower,
        notes=tuple(at for at, found in roles.items() if found == "note"),
        level=_level(table.labels[lower]) if lower >= 0 else 95.0,
        left=tuple(table.labels[at] for at in sorted(unused)) if len(values) > 1 else (),
    )


def _level(label: str) -> float:
    """Return the confidence level that a heading names, in percent; 95 where it names none."""
    found = LEVEL.search(label)
    return float(found[1]) if found else 95.0


def name_columns(table: Table) -> tuple[int, ...]:
    """Return the columns that hold names: right of the codes up to the figures, else left of them.

    Several columns stand side by side where a publisher gives each tier one of its own.
    """
    figures, roles = set(table.figures), [role_of(label) for label in table.labels]
    found = []
    for at in range(table.code + 1, len(roles)):
        if at in figures or at in table.coded or roles[at]:
            break
        if _holds_words(table, at):
            found.append(at)
    if len(found) > 1 and _one_each(table, found):
        return tuple(found)
    left = [
        at
        for at in range(table.code - 1, -1, -1)
        if at not in table.coded and not roles[at] and not _is_dimension(table, at)
    ]
    named = [at for at in (*found, *left) if NAME.fullmatch(table.labels[at].lower().strip())]
    return tuple(named[:1] or found[:1] or left[:1])


def _holds_words(table: Table, at: int) -> bool:
    headed = bool(table.heads[at]) or at == table.code + 1
    # The first word settles it, in columns of millions of rows too.
    return headed and not _is_dimension(table, at) and any(map(str.strip, table.rows.iloc[:, at]))


def _is_dimension(table: Table, at: int) -> bool:
    """Say if the heading is that of indicators, ages and the like, not that of names of areas."""
    label = table.labels[at].lower().strip()
    of_people = re.fullmatch(r"(?:c_)?(?:sex|gender|age)_name", label)
    return bool(DIMENSION.fullmatch(label)) and (bool(of_people) or not NAME.fullmatch(label))


def _one_each(table: Table, columns: list[int]) -> bool:
    """Say if most rows have a word in exactly one of the columns, as a hierarchy has."""
    rows = table.rows.iloc[:, columns].iloc[:400]
    words = rows.map(lambda text: bool(text.strip()) and not reason_of(text)).sum(axis=1)
    return bool((words == 1).mean() > 0.9)
