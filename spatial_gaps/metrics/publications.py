"""Publications whose tables are recognised by their titles and headings.

One row of publications.csv per series: `matches` is searched in the sheet's name, the titles and
the headings, `series` has to be the whole label of the column (or what wide columns share); `key` is
that of the catalogue, "" where it has none; `period` is given where the sheet prints none.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Publication:
    """One row of publications.csv."""

    publication: str
    matches: str
    series: str
    key: str
    period: str


@cache
def publications() -> tuple[Publication, ...]:
    """Return every publication that is recognised, in the order in which they are tried."""
    path = resources.files("spatial_gaps.metrics") / "publications.csv"
    return tuple(
        Publication(**row) for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    )


def find_publication(text: str, label: str) -> Publication | None:
    """Return the publication that a table is of, or None.

    Parameters
    ----------
    text : str
        The sheet's name, the titles above the table and its headings.
    label : str
        The series that is read.

    Examples
    --------
    >>> find_publication("All Table 8.1a Weekly pay - Gross (£) - For all employee jobs", "Median").key
    'earnings_weekly_median_residence'
    """
    for row in publications():
        if re.fullmatch(row.series, label, re.I) and re.search(row.matches, text):
            return row
    return None
