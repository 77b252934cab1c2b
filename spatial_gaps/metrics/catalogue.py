"""What is known of published indicators: direction, scale, basis, weight. Never guessed.

The facts are in catalogue.csv beside this file, one row per indicator; an indicator is found by its
key or by the title it is published under.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

OGL = "Licensed under the Open Government Licence v3.0."


@dataclass(frozen=True)
class Known:
    """Facts about one indicator; see `Metric` for the words, `noun` is what a sentence calls it."""

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


def _plain(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", title.lower()).strip()


def slug(title: str) -> str:
    """Return a title as a key: lower case letters and digits, underscores between."""
    return _plain(title).replace(" ", "_")[:60] or "metric"


@cache
def _catalogue() -> dict[str, Known]:
    text = (resources.files("spatial_gaps.metrics") / "catalogue.csv").read_text(encoding="utf-8")
    rows = [Known(**row) for row in csv.DictReader(text.splitlines())]
    found = {_plain(known.key): known for known in rows}
    return found | {_plain(known.title): known for known in rows if known.title}


def find_known(title: str) -> Known | None:
    """Return what is known of an indicator by its published title or key, else None.

    Examples
    --------
    >>> find_known("Gross median weekly pay").higher_is, find_known("Number of rainbows")
    ('better', None)
    """
    return _catalogue().get(_plain(title))
