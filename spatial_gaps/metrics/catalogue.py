"""What is known of published indicators: direction, scale, basis, prices, bounds. Never guessed.

The facts are in catalogue.csv beside this file, one row per indicator; an indicator is found by its
key or by a title it is published under.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

OGL = "Licensed under the Open Government Licence v3.0."
BETWEEN = " | "


@dataclass(frozen=True)
class Known:
    """Facts about one indicator, as text; see `Metric` for the words.

    `noun` is what a sentence calls it; `aliases` are other published titles, with " | " between;
    `lowest` and `highest` are bounds that no real figure leaves; `mission` are numbers of missions
    with spaces between, `headline` is the headline metric of a mission that the series measures.
    An empty field says that there is nothing to say; for `higher_is` that neither way is better.
    """

    key: str
    title: str
    unit: str
    higher_is: str
    statistic: str
    scale: str
    basis: str
    default_weight: str
    source: str
    noun: str
    aliases: str
    price_basis: str
    denominator: str
    smoothing: str
    period_type: str
    breaks: str
    lowest: str
    highest: str
    mission: str
    headline: str

    @property
    def titles(self) -> tuple[str, ...]:
        """Every text by which the indicator is found: its key, its title and its aliases."""
        texts = (self.key, self.title, *self.aliases.split(BETWEEN))
        return tuple(text for text in texts if text)

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest figure there can be; infinite where nothing is known."""
        return float(self.lowest or "-inf"), float(self.highest or "inf")


def _plain(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", title.lower()).strip()


def slug(title: str) -> str:
    """Return a title as a key: lower case letters and digits, underscores between."""
    return _plain(title).replace(" ", "_")[:60] or "metric"


@cache
def _rows() -> tuple[Known, ...]:
    text = (resources.files("spatial_gaps.metrics") / "catalogue.csv").read_text(encoding="utf-8")
    return tuple(Known(**row) for row in csv.DictReader(text.splitlines()))


@cache
def _catalogue() -> dict[str, Known]:
    return {_plain(title): known for known in _rows() for title in known.titles}


def find_known(title: str) -> Known | None:
    """Return what is known of an indicator by a published title or its key, else None.

    Examples
    --------
    >>> find_known("Gross median weekly pay").higher_is, find_known("Number of rainbows")
    ('better', None)
    >>> find_known("Average life satisfaction rating").key
    'wellbeing_life_satisfaction'
    """
    return _catalogue().get(_plain(title))


def facts(known: Known) -> dict[str, Any]:
    """Return what is known of an indicator as keyword arguments of `Metric`.

    Examples
    --------
    >>> pay = facts(find_known("earnings_weekly_median_workplace"))
    >>> pay["basis"], pay["price_basis"], pay["breaks"]
    ('workplace', 'current', ())
    """
    taken = (
        "unit statistic scale basis default_weight source price_basis denominator smoothing "
        "period_type"
    )
    return {name: getattr(known, name) for name in taken.split()} | {
        "higher_is": known.higher_is or None,
        "licence": OGL,
        "breaks": tuple(known.breaks.split()),
    }


def catalogue() -> pd.DataFrame:
    """Return what is known of every indicator.

    Returns
    -------
    DataFrame, shape (indicators, 19)
        Indexed by key: title, unit, higher_is, statistic, scale, basis, default_weight, source,
        noun, aliases, price_basis, denominator, smoothing, period_type, breaks, lowest, highest,
        mission, headline. All text, "" where there is nothing to say, but `lowest` and `highest`,
        which are numbers, missing where there is no bound. A copy: changing it changes nothing.

    See Also
    --------
    read_metric : Takes these facts over for the series that it recognises.

    Examples
    --------
    >>> known = catalogue()
    >>> known.loc["homicide_rate", ["unit", "higher_is"]].tolist()
    ['per million people', 'worse']
    >>> sorted(known.query("headline == 'GVA per hour worked'").index)
    ['gva_per_hour_smoothed', 'gva_per_hour_unsmoothed']
    """
    import pandas as pd

    names = [field.name for field in fields(Known)]
    rows = [[getattr(known, name) for name in names] for known in _rows()]
    frame = pd.DataFrame(rows, columns=names).set_index("key")
    return frame.assign(
        lowest=pd.to_numeric(frame["lowest"]), highest=pd.to_numeric(frame["highest"])
    )
