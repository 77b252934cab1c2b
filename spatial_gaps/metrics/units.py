"""Units as publishers print them, and the two conversions between them that are safe."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from spatial_gaps.errors import InputError
from spatial_gaps.records import Metric, Notice

SIZES = {"hundred thousand": 1e5, "thousand": 1e3, "million": 1e6, "billion": 1e9}
SHARES = {"percent": 100.0, "proportion": 1.0}
SCALED = ["value", "lower", "upper", "se"]
SYNONYMS = {"population": "people", "persons": "people", "stock": "dwellings"}
MONEY = re.compile(r"£|\bgbp|\bpounds?\b|\bsterling\b")
MULTIPLE = re.compile(r"\b(thousand|million|billion)\b|£(m|bn|k)\b|\b(?:gbp)(m|bn)\b")
EARNED = re.compile(r"\b(week|hour|year|month|annual|head|job)(?:ly)?\b")
RATE = re.compile(rf"\bper ([1-9][\d,]*(?: 000)*|{'|'.join(SIZES)})\b(?:\s+of\b)?([^()]*)")
BASED = re.compile(r"\b([a-z]+|\d{4})\s*=\s*100(?:\.0)?\b")
SCORED = re.compile(r"\b0\b[^\d]*?(?:-|–|to|and)\s*(\d+)\b")
FIRST = {  # the first that is found decides, so the particular stand before the general
    "index": re.compile(r"=\s*100\b|\bind(?:ex|ices)\b"),
    "percent": re.compile(r"%|\bper ?cent(?:age)?s?\b(?! points?)"),
    "rate": RATE,
    "money": MONEY,
    "score": re.compile(r"\bscored?\b|\baverage rank\b|\blocal concentration\b|^mean \(where 0"),
    "rank": re.compile(r"^(?:\w+ )*(?:rank|decile|quintile)$"),
    "proportion": re.compile(r"^proportion\b|^fraction\b|^share\b"),
    "years": re.compile(r"^(?:.*\()?years?\)?$"),
    "ratio": re.compile(r"^ratio\b"),
    "count": re.compile(
        r"^(?:count|number)\b|^(?:people|persons|population|households|dwellings|jobs|homes)$"
    ),
}


@dataclass(frozen=True)
class Unit:
    """What figures are in.

    Attributes
    ----------
    kind : str
        money, percent, proportion, rate, years, index, score, count, rank, ratio or other.
    per : float
        For a rate how many it is per; for money how many pounds are one, 1,000,000 for £ million.
    base : str
        What a rate, percentage or sum is of ("people", "week"), what an index is 100 for ("2019",
        "uk"), the range of a score ("0-10"); "" where the text does not say it.
    """

    kind: str
    per: float = 1.0
    base: str = ""


def parse_unit(text: str) -> Unit:
    """Return the unit that a printed text means.

    Parameters
    ----------
    text : str
        As printed, such as "%", "GBP per week" or "Rate per 1,000,000 population".

    Returns
    -------
    Unit
        Kind "other" where the text is none of the usual ones; its base is the text.

    Examples
    --------
    >>> parse_unit("Rate per 1,000,000 population")
    Unit(kind='rate', per=1000000.0, base='people')
    >>> parse_unit("£ million"), parse_unit("Percentage").kind, parse_unit("index 2019=100").base
    (Unit(kind='money', per=1000000.0, base=''), 'percent', '2019')
    """
    plain = " ".join(text.lower().replace("_", " ").split())
    kind = next((kind for kind, pattern in FIRST.items() if pattern.search(plain)), "other")
    if kind == "rate":
        size, of = RATE.search(plain).groups()  # type: ignore[union-attr]
        return Unit(kind, SIZES.get(size) or float(re.sub("[ ,]", "", size)), _noun(of))
    if kind == "money":
        return Unit(kind, _multiple(plain), _earned(plain))
    if kind in SHARES:
        found = re.search(r"\bof (?:the )?(.+)", plain)
        return Unit(kind, base=_noun(found[1]) if found else "")
    if kind == "index":
        based = BASED.search(plain)
        return Unit(kind, base=based[1] if based else "")
    if kind == "score":
        scored = SCORED.search(plain)
        return Unit(kind, base=f"0-{scored[1]}" if scored else plain.replace("score", "").strip())
    if kind == "rank":
        return Unit(kind, base=plain.split()[-1].replace("rank", ""))
    if kind == "count":
        return Unit(kind, base=_noun(re.sub(r"^(?:count|number)(?: of)? ?", "", plain)))
    return Unit(kind, base=re.sub(r".* in (minutes)$", r"\1", plain) if kind == "other" else "")


def _noun(text: str) -> str:
    """Return what is counted: the last of "at-risk population" or "dwelling stock" by its usual word."""
    words = re.sub(r"\(.*|[^\w\s-]", "", text).split()
    if words and words[-1] in SYNONYMS:
        words[-1] = SYNONYMS[words[-1]]
    return " ".join(words).replace("dwelling dwellings", "dwellings")


def _multiple(plain: str) -> float:
    found = MULTIPLE.search(plain)
    if found is None:
        return 1.0
    short = {"k": "thousand", "m": "million", "bn": "billion"}
    word = next(group for group in found.groups() if group)
    return SIZES[short.get(word, word)]


def _earned(plain: str) -> str:
    found = EARNED.search(plain)
    return "" if found is None else found[1].replace("annual", "year")


def unit_of(metric: Metric) -> Unit:
    """Return the unit of a metric, with what it is per taken from `denominator` if that says it."""
    unit = parse_unit(metric.unit)
    if unit.kind not in ("money", "rate", *SHARES):
        return unit
    base = _noun(re.sub(r"^[\d,]+ ", "", metric.denominator.lower()))
    return dataclasses.replace(unit, base=base) if base else unit


def bases_differ(one: Unit, other: Unit) -> bool:
    """Say if two units are of different things; one that does not say of what is of any."""
    return bool(one.base and other.base) and one.base != other.base


def factor_between(given: Unit, wanted: Unit) -> float | None:
    """Return by what to multiply figures in one unit to have them in another; None if nothing does."""
    if bases_differ(given, wanted):
        return None
    if given.kind in SHARES and wanted.kind in SHARES:
        return SHARES[wanted.kind] / SHARES[given.kind]
    if given.kind == wanted.kind == "rate":
        return wanted.per / given.per
    return None


def convert_unit(metric: Metric, to: str) -> Metric:
    """Express a metric in another unit: percent or proportion, or a rate per another number.

    Parameters
    ----------
    metric : Metric
        In percent, as a proportion, or a rate per so many.
    to : str
        The unit wanted, such as "%", "proportion" or "per 1,000 people".

    Returns
    -------
    Metric
        Figures, limits and standard errors multiplied alike; a notice says by what.

    Raises
    ------
    InputError
        For any other pair of units, and for rates of something else.

    Examples
    --------
    >>> from spatial_gaps import read_metric, sample_path
    >>> convert_unit(read_metric(sample_path("gross-median-weekly-pay")), "%")
    Traceback (most recent call last):
    ...
    spatial_gaps.errors.InputError: ... cannot be converted from '£' to '%'. ...
    """
    given, wanted = unit_of(metric), parse_unit(to)
    factor = factor_between(given, wanted)
    if factor is None:
        raise InputError(
            f"'{metric.title}' cannot be converted from '{metric.unit}' to '{to}'",
            hint="Only percent and proportion, and rates per different numbers of the same, convert.",
        )
    table = metric.table.assign(**{name: metric.table[name] * factor for name in SCALED})
    message = f"figures of '{metric.title}' were converted from '{metric.unit}' to '{to}' (times {factor:g})"
    changed = {"unit": to, "table": table, "notices": (*metric.notices, Notice("unit", message))}
    if wanted.kind == "rate":
        changed["denominator"] = f"{wanted.per:,.0f} {given.base or wanted.base}".strip()
    return dataclasses.replace(metric, **changed)  # type: ignore[arg-type]
