"""Say what a series is: its title, unit, direction and the rest, as stated in the file or known."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spatial_gaps.metrics.catalogue import Known, facts, find_known, slug
from spatial_gaps.metrics.choosing import Series
from spatial_gaps.metrics.columns import INDICATOR, Columns, series_of
from spatial_gaps.metrics.periods import MONTH, YEAR
from spatial_gaps.metrics.publications import find_publication
from spatial_gaps.metrics.sidecar import Sidecar, read_sidecar
from spatial_gaps.metrics.tables import Table
from spatial_gaps.metrics.units import BASED, SHARES, parse_unit
from spatial_gaps.records import Notice

# Headings that say in what the figures are, or which statistic, and not what is measured.
UNITS = {
    "£": "£", "pounds": "£", "%": "%", "per cent": "%", "percent": "%", "percentage": "%",
    "index": "index", "indices": "index", "hours": "hours", "jobs": "jobs", "number": "",
}  # fmt: skip
STATISTIC = re.compile(
    r"column [a-z]+|median|mean|(?:\d+-year )?average|(?:percentiles? )?\d+|annual percentage change.*"
)
NUMBERED = re.compile(r"^(?:table|figure) [a-z]{0,3}\d[\w.]*\s*[:–-]?\s*", re.I)
TAIL = re.compile(
    rf"[,;]?\s*(?:year ending |in )?(?:(?:\d+ )?{MONTH} (?:(?:to|-) {MONTH} )?)?"
    rf"{YEAR}(?:\s?(?:-|–|to)\s?{YEAR})?$",
    re.I,
)
BRACKETED = re.compile(r"\s*\((£[^()]*|%)\)")


@dataclass(frozen=True)
class Description:
    """What is known of a series before its figures are read."""

    printed: str
    known: Known | None
    unit: str
    source: str
    vintage: int
    period: str
    notices: tuple[Notice, ...]

    def facts(self, sign: str, higher_is: str | None) -> dict[str, Any]:
        """Return them as arguments of `Metric`, given the sign that the numbers carry."""
        stated = self.unit or sign
        if self.known is None:
            found: dict[str, Any] = {
                "statistic": "",
                "scale": "ratio",
                "basis": "",
                "default_weight": "people",
            }
            found |= {"licence": "", "unit": stated, "source": self.source}
        else:
            found = facts(self.known)
            kinds = parse_unit(stated).kind, parse_unit(self.known.unit).kind
            # A proportion under the title of a percentage stays one: no figure is rescaled unasked.
            rebased = _rebased(stated, self.known.unit)
            if rebased or (kinds[0] != kinds[1] and set(kinds) <= set(SHARES)):
                found["unit"] = stated
        return found | {
            "key": self.known.key if self.known else slug(self.printed),
            "title": self._title(),
            "higher_is": higher_is or found.get("higher_is"),
            "vintage": self.vintage,
        }

    def _title(self) -> str:
        """Return a title for readers: the known one, else words instead of a key."""
        text = (self.known.title or self.known.noun) if self.known else self.printed
        text = text.replace("_", " ")
        return text[:1].upper() + text[1:]


def describe(
    series: Series, columns: Columns, path: str | os.PathLike[str] | pd.DataFrame
) -> Description:
    """Find out what a series is.

    Parameters
    ----------
    series : Series
        As chosen.
    columns : Columns
        What each column is.
    path : path or DataFrame
        Where it was read from; a file of metadata beside it is used.
    """
    table = series.table
    beside = read_sidecar(path)
    publication = find_publication(_text(series), series.shown)
    titles = _titles(series, beside)
    known = find_known(publication.key) if publication else None
    if known is None:
        known = next((found for title in titles if (found := find_known(title))), None)
    printed, headed = _printed(series, titles)
    above = table.facts.get("unit", "") or table.facts.get("units", "")
    stated = _constant(series, columns.unit) or above or headed
    notices = beside.notices
    if known is not None:
        notices = (*notices, *_unit_differs(stated, known))
    return Description(
        printed=printed,
        known=known,
        unit=stated or beside.unit,
        source=_constant(series, columns.source) or beside.source or table.sheet.file,
        vintage=_vintage(series),
        period=publication.period if publication else "",
        notices=notices,
    )


def _text(series: Series) -> str:
    """Return the sheet's name, titles, facts and headings, in which a publication is recognised."""
    table = series.table
    return " ".join([table.sheet.name, *table.title, *table.facts.values(), *table.labels])


def _titles(series: Series, beside: Sidecar) -> list[str]:
    """Return texts that may name the series, the closest first."""
    table = series.table
    texts = [series.indicator, *series.indicator.split(" | ")] if series.indicator else []
    texts += [
        _constant(series, at)
        for at, label in enumerate(table.labels)
        if label.lower().strip() in INDICATOR
    ]
    texts.append(series.label)
    # What stands above all columns names the one series of a table, not one of several.
    if len(series_of(table)) == 1:
        texts += [table.facts.get(name, "") for name in INDICATOR]
        texts += [*table.title, beside.title]
        texts += [Path(table.sheet.file).stem.replace("-", " ")]
    named = [" ".join(text.split()) for text in texts if text.strip()]
    plain = [text for text in named if text.lower() not in ("value", "observation", "obs_value")]
    fallback = [*table.title, Path(table.sheet.file).stem.replace("-", " ")]
    return plain or fallback


def _printed(series: Series, titles: list[str]) -> tuple[str, str]:
    """Return the title of a series as printed, and the unit that headings and title state.

    A heading such as "Pounds" or "Mean" does not say what is measured: the title of the table does,
    or the heading that spans it and its neighbours.
    """
    table, own = series.table, series.label
    title, unit = _title_above(table)
    heads = table.heads[min(series.values.values())] if len(series.values) == 1 else (own,)
    if series.indicator or not title or not heads:
        return titles[0], ""
    last = heads[-1].lower()
    if last in UNITS:
        return ": ".join([*heads[:-1], title]), _based(table, UNITS[last] or unit)
    if STATISTIC.fullmatch(own.lower()):
        return f"{own}: {title}", "%" if "change" in own.lower() else unit
    alone = not own or (len(series_of(table)) == 1 and len(own.split()) == 1)
    if alone and titles[0] in (own, *table.title):
        return title, _based(table, unit)
    return titles[0], ""


def _title_above(table: Table) -> tuple[str, str]:
    """Return what stands above a table without its number, areas and years, and the unit in it."""
    whole = NUMBERED.sub("", table.title[0]) if table.title else ""
    text = TAIL.sub("", BRACKETED.sub("", whole.split(";")[0]))
    unit = BRACKETED.search(whole)
    return text.strip(" -–:,"), unit[1] if unit else ""


def _based(table: Table, unit: str) -> str:
    """Return an index with what it is 100 for, where a line above the table says so."""
    lines = [line for line in table.title if BASED.fullmatch(line.lower())]
    return f"index {lines[0]}" if unit in ("", "index") and lines else unit


def _constant(series: Series, at: int) -> str:
    """Return what a column says in its first filled row, "" if it does not say one thing only."""
    if at < 0:
        return ""
    said = {text.strip() for text in series.rows[at].unique()} - {""}
    return said.pop() if len(said) == 1 else ""


def _unit_differs(stated: str, known: Known) -> tuple[Notice, ...]:
    """Note a unit in the file that is not the one the catalogue has."""
    one, other = parse_unit(stated), parse_unit(known.unit)
    alike = (one.kind, one.per) == (other.kind, other.per) and not _rebased(stated, known.unit)
    if not stated or one.kind == "other" or alike:
        return ()
    message = f"the file states the unit '{stated}', the catalogue '{known.unit}' for {known.key}"
    return (Notice("unit-stated", message),)


def _rebased(stated: str, usual: str) -> bool:
    """Say if both are indices and 100 stands for something else."""
    one, other = parse_unit(stated), parse_unit(usual)
    return one.kind == other.kind == "index" and one.base not in ("", other.base)


def _vintage(series: Series) -> int:
    """Return the year of the codes where the file states one, else 0."""
    table = series.table
    years = set(re.findall(r"\b20[0-4]\d\b", table.facts.get("geography", "")))
    head = table.labels[table.code]
    years = years or set(re.findall(r"\((20[0-4]\d)\)", head))
    short = re.fullmatch(r"[a-z]+(\d\d)cd", head.lower().strip())
    if not years and short:
        return 2000 + int(short[1])
    return int(years.pop()) if len(years) == 1 else 0
