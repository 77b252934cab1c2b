"""Sentences on change: every count said once, the unit of points, and what none means."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.records import Comparison, Estimate
from spatial_gaps.targets.change_words import change_sentences

NOUNS = ("local authority", "local authorities")
WITHIN, UNKNOWN = "within sampling error", "not assessable"


def comparison(verdicts, relative=None, *, nation=None, unit="£", change=None) -> Comparison:
    size = len(verdicts)
    table = pd.DataFrame(
        {
            "change": np.zeros(size) if change is None else change,
            "verdict": verdicts,
            "relative_verdict": relative or [UNKNOWN] * size,
        }
    )
    return Comparison(
        table=table,
        first="2015",
        last="2023",
        years=8.0,
        figures=pd.DataFrame(),
        rho=0.0,
        rho_source="given",
        overlap=0.0,
        breaks=(),
        nation=None if nation is None else Estimate("", *nation, 0.0, "published"),
        left_out=pd.DataFrame(),
        unit=unit,
    )


@pytest.mark.parametrize(
    ("direction", "said"), [("better", "in 3 of 6"), ("worse", "in 1 of 6")], ids=str
)
def test_rises_are_counted_whichever_way_is_up(direction, said):
    found = comparison(["better"] * 3 + ["worse"] + [WITHIN] * 2 + [UNKNOWN])
    (sentence,) = change_sentences(found, "pay", NOUNS, direction)
    assert f"pay rose beyond sampling error {said} local authorities" in sentence
    assert sentence.endswith("in 2 the change is within sampling error.")


def test_none_is_said_once():
    (sentence,) = change_sentences(comparison([WITHIN] * 4), "pay", NOUNS, "better")
    assert sentence == (
        "From 2015 to 2023 pay changed beyond sampling error in none of 4 local authorities."
    )


@pytest.mark.parametrize(
    ("nation", "unit", "said"),
    [
        (
            ("United Kingdom", 149.8),
            "£",
            "Against the UK, whose own figure rose by £150, 1 gained and",
        ),
        (
            ("Great Britain", -2.2),
            "%",
            "Against Great Britain, whose own figure fell by 2.20 points, 1",
        ),
        (
            ("England", 0.0),
            "years",
            "Against England, whose own figure did not change, 1 gained and no",
        ),
    ],
)
def test_the_nation_has_a_sentence_of_its_own(nation, unit, said):
    found = comparison([WITHIN, "better"], ["gained", WITHIN], nation=nation, unit=unit)
    _, sentence = change_sentences(found, "it", NOUNS, "better")
    assert sentence.startswith(said)
    assert sentence.endswith("none lost beyond sampling error.")


def test_without_errors_figures_are_counted_and_said_to_be_only_that():
    found = comparison(
        [UNKNOWN] * 4, change=[1.0, 2.0, -1.0, np.nan], nation=("United Kingdom", 5.0)
    )
    first, second = change_sentences(found, "pay", NOUNS, "better")
    assert "rose in 2 of 3 local authorities and fell in 1 by the published figures" in first
    assert second == "The figure of the UK itself rose by £5."
    (nothing,) = change_sentences(comparison([UNKNOWN], change=[np.nan]), "pay", NOUNS, "better")
    assert (
        nothing == "From 2015 to 2023 no change of pay can be told: no area has a figure in both."
    )
