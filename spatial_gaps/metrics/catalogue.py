"""What is known of published indicators: direction, scale, basis, weight. Never guessed.

An indicator is found by its title as published, or by its key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OGL = "Licensed under the Open Government Licence v3.0."
ONS = "Office for National Statistics"


@dataclass(frozen=True)
class Known:
    """Facts about one indicator; see `Metric` for the words."""

    key: str
    titles: tuple[str, ...]
    unit: str
    higher_is: str
    statistic: str
    scale: str
    basis: str = ""
    default_weight: str = "people"
    source: str = ONS
    noun: str = ""


_ASHE = "ONS, Annual Survey of Hours and Earnings; NISRA"
_APS = "ONS, Annual Population Survey"
KNOWN = (
    Known(
        "earnings_weekly_median_residence",
        ("Gross median weekly pay",),
        "£",
        "better",
        "median",
        "ratio",
        "residence",
        "employees",
        _ASHE,
        "median weekly pay",
    ),
    Known(
        "earnings_weekly_median_workplace",
        (),
        "£",
        "better",
        "median",
        "ratio",
        "workplace",
        "employee jobs",
        _ASHE,
        "median weekly pay",
    ),
    Known(
        "earnings_annual_median_workplace",
        (),
        "£",
        "better",
        "median",
        "ratio",
        "workplace",
        "employee jobs",
        _ASHE,
        "median annual pay",
    ),
    Known(
        "employment_rate_16_64",
        ("Employment rate",),
        "%",
        "better",
        "rate",
        "bounded",
        "residence",
        "people aged 16 to 64",
        _APS,
        "employment rate",
    ),
    Known(
        "economic_inactivity_16_64",
        ("Economic inactivity",),
        "%",
        "worse",
        "rate",
        "bounded",
        "residence",
        "people aged 16 to 64",
        _APS,
        "rate of economic inactivity",
    ),
    Known(
        "claimant_count_rate",
        ("Claimant count",),
        "%",
        "worse",
        "rate",
        "bounded",
        "residence",
        "people aged 16 to 64",
        noun="claimant rate",
    ),
    Known(
        "modelled_unemployment_rate",
        ("Modelled unemployment",),
        "%",
        "worse",
        "rate",
        "bounded",
        "residence",
        "economically active people",
        _APS,
        "unemployment rate",
    ),
    Known(
        "gdhi_per_head",
        ("Gross disposable household income per head",),
        "£",
        "better",
        "mean",
        "ratio",
        "residence",
        noun="disposable income per head",
    ),
    Known(
        "gva_per_hour_smoothed",
        (),
        "£",
        "better",
        "mean",
        "ratio",
        "workplace",
        "hours worked",
        noun="output per hour",
    ),
    Known(
        "gva_per_hour_unsmoothed",
        (),
        "£",
        "better",
        "mean",
        "ratio",
        "workplace",
        "hours worked",
        noun="output per hour",
    ),
    Known(
        "healthy_life_expectancy_female",
        (),
        "years",
        "better",
        "mean",
        "interval",
        "residence",
        noun="healthy life expectancy of women",
    ),
    Known(
        "healthy_life_expectancy_male",
        (),
        "years",
        "better",
        "mean",
        "interval",
        "residence",
        noun="healthy life expectancy of men",
    ),
    Known(
        "wellbeing_life_satisfaction",
        ("Life satisfaction",),
        "score 0-10",
        "better",
        "mean",
        "interval",
        "residence",
        source=_APS,
        noun="life satisfaction",
    ),
    Known(
        "wellbeing_worthwhile",
        ("Worthwhile",),
        "score 0-10",
        "better",
        "mean",
        "interval",
        "residence",
        source=_APS,
        noun="feeling that life is worthwhile",
    ),
    Known(
        "wellbeing_happiness",
        ("Happiness",),
        "score 0-10",
        "better",
        "mean",
        "interval",
        "residence",
        source=_APS,
        noun="happiness",
    ),
    Known(
        "wellbeing_anxiety",
        ("Anxiety",),
        "score 0-10",
        "worse",
        "mean",
        "interval",
        "residence",
        source=_APS,
        noun="anxiety",
    ),
    Known(
        "ks2_expected_standard",
        ("Pupils at expected standards by end of primary school",),
        "%",
        "better",
        "rate",
        "bounded",
        "residence",
        "pupils",
        "Department for Education",
        "share of pupils at the expected standard",
    ),
    Known(
        "homicide_rate",
        ("Homicide offences",),
        "per million people",
        "worse",
        "rate",
        "ratio",
        noun="homicide rate",
    ),
    Known(
        "child_relative_poverty",
        ("Children in relative low income families",),
        "%",
        "worse",
        "rate",
        "bounded",
        "residence",
        "children",
        "Department for Work and Pensions",
        "share of children in relative poverty",
    ),
    Known(
        "income_deprivation_rate",
        (),
        "proportion",
        "worse",
        "rate",
        "bounded",
        "residence",
        noun="rate of income deprivation",
    ),
    Known(
        "gigabit_broadband",
        ("Gigabit capable broadband",),
        "%",
        "better",
        "rate",
        "bounded",
        default_weight="premises",
        source="Ofcom",
        noun="share of premises with gigabit broadband",
    ),
)


def _plain(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", title.lower()).strip()


def slug(title: str) -> str:
    """Return a title as a key: lower case letters and digits, underscores between."""
    return _plain(title).replace(" ", "_")[:60] or "metric"


def find_known(title: str) -> Known | None:
    """Return what is known of an indicator by its published title or key, else None."""
    wanted = _plain(title)
    for known in KNOWN:
        if wanted in {_plain(known.key), *(_plain(name) for name in known.titles)}:
            return known
    return None
