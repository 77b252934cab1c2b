"""Every statement of a card, by hand on one small table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.flag.evidence import NEEDED, evidence
from spatial_gaps.flag.pockets import find_pockets
from spatial_gaps.flag.sentences import Wording

CODES = [f"a{i:02d}" for i in range(12)]
REGION = pd.Series(["rich"] * 6 + ["poor"] * 6, index=CODES, name="itl1")
VALUES = pd.Series([600.0, 610, 590, 605, 595, 450, 450, 440, 460, 455, 445, 560], index=CODES)
SE = pd.Series(20.0, index=CODES)
PARENTS = pd.Series({"rich": 580.0, "poor": 450.0})
RING = pd.Series(
    1.0,
    index=pd.MultiIndex.from_tuples(
        sorted((CODES[i], CODES[(i + step) % 12]) for i in range(12) for step in (-1, 1)),
        names=["focal", "neighbor"],
    ),
)
WORDING = Wording(
    pd.Series({"a05": "Arun", "a06": "Barrow"}),
    pd.Series({"rich": "South East"}),
    "pay",
    "£",
    "the UK",
)


def table(**options):
    given = {"se": SE, "benchmark": 500.0, "parent_values": PARENTS, "graph": RING,
             "shrinkage": "region", "wording": WORDING, "weights": pd.Series(1e5, index=CODES)}  # fmt: skip
    return find_pockets(VALUES, REGION, higher_is="better", **(given | options))


def card(pockets, code="a05", **options):
    return evidence(pockets, code, higher_is="better", wording=WORDING, **options)


def test_the_card_of_a_pocket():
    pockets = table()
    found = card(pockets, graph=RING, sources=["ONS, OGL v3"])
    assert str(found) == pockets.loc["a05", "sentence"]
    assert found.figures.index.tolist() == ["published", "estimate", "South East", "the UK"]
    # 450 plus and minus 1.96 times 20.
    assert found.figures.loc["published", ["lower", "upper"]].tolist() == pytest.approx(
        [450 - 39.1993, 450 + 39.1993], abs=1e-3
    )
    assert "its published figure is below the line" in found.agrees
    assert "the 95 % interval of its figure lies wholly below the line" in found.agrees
    # Contrast -150 over the root of 400 + 400 / 5.
    assert "6.8 standard errors below the mean of the other areas of the South East" in found.agrees
    assert "no average of a larger area shows it" in found.agrees
    # a06 has 450 too, and a07 beyond it 440: a05 is no sink alone.
    assert any(text.startswith("local Moran") for text in found.differs)
    assert found.neighbours["value"].tolist() == [450, 595]
    assert found.neighbours["name"].tolist() == ["Barrow", "a04"]
    for word in (
        "Arun (a05, 100,000 people)",
        "Speaks for it",
        "Sources",
        "Barrow £450",
        "ONS, OGL v3",
    ):
        assert word in found.text


def test_the_line_that_would_change_the_verdict_is_where_the_probability_crosses():
    pockets = table()
    row = pockets.loc["a05"]
    changes = card(pockets).changes
    assert [text.split()[0] for text in changes] == ["confirmed", "likely", "watch"]
    lines = [float(text.split("£")[1]) for text in changes]
    assert lines == sorted(lines, reverse=True)
    # The median of the estimate, as good as all of the parent's probability being 1.
    assert lines[1] == pytest.approx(row["estimate"], abs=1)
    near = table(threshold=lines[0] + 0.0).loc["a05", "p_pocket"]
    assert near == pytest.approx(0.9, abs=0.03)


def test_what_is_not_known_is_said():
    imputed = table(se=SE.where(SE.index != "a05"))
    assert any("not published" in text for text in card(imputed).quality)
    bare = card(table(se=None))
    assert bare.changes == ()
    assert any("no sampling error" in text for text in bare.quality)
    derived = card(table(parent_values=None))
    assert any("no published figure" in text for text in derived.quality)
    assert not any(text.startswith("confirmed") for text in derived.changes)
    lost = find_pockets(VALUES.where(VALUES.index != "a05"), REGION, higher_is="better", se=SE)
    empty = card(lost)
    assert (empty.agrees, empty.differs, empty.changes) == ((), (), ())
    assert empty.quality == ("not assessable, because it has no figure",)
    assert "no figure was published" in empty.text


def test_stability_becomes_tests():
    shares = pd.DataFrame(
        {"stability_tier": [0.75], "stability_line": [0.25], "redrawn": [0.9], "p": [0.1]},
        index=["a05"],
    )
    found = card(table(), stability=shares)
    assert "other tier: the same in 75% of the choices" in found.agrees
    assert "other line: the same in 25% of the choices" in found.differs
    assert "regions drawn anew: a pocket on 90% of the maps" in found.agrees


def test_turned_round_the_card_says_the_same():
    mirrored = find_pockets(
        1000 - VALUES, REGION, higher_is="worse", se=SE, benchmark=500.0, graph=RING,
        parent_values=1000 - PARENTS, shrinkage="region", wording=WORDING,
    )  # fmt: skip
    other = evidence(mirrored, "a05", higher_is="worse", wording=WORDING)
    mine = card(table())
    assert len(other.agrees) == len(mine.agrees)
    assert [text.replace("above", "below") for text in other.agrees[:3]] == list(mine.agrees[:3])
    lines = [float(text.split("£")[1]) for text in other.changes]
    np.testing.assert_allclose(
        1000 - np.array(lines), [float(t.split("£")[1]) for t in mine.changes], atol=1.01
    )


def test_nonsense_is_refused():
    with pytest.raises(InputError, match="no area 'zz'"):
        card(table(), "zz")
    other = pd.DataFrame({"stability_tier": [0.5]}, index=["zz"])
    with pytest.raises(InputError, match="no area 'a05' in the table of stability"):
        card(table(), stability=other)


def test_a_table_without_a_needed_column_is_refused_and_names_it():
    # Without a graph find_pockets returns fewer columns: what the card needs is among them.
    bare = table(graph=None)
    assert card(bare).verdict == bare.loc["a05", "verdict"]
    for column in NEEDED:
        with pytest.raises(InputError, match=f"lacks.*'{column}'"):
            card(bare.drop(columns=column))
    # Without the others only their tests are left out.
    fewer = card(bare[sorted(NEEDED)])
    left_out = set(card(bare).agrees) - set(fewer.agrees)
    assert left_out
    assert all("standard errors below" in text for text in left_out)
    assert fewer.differs == card(bare).differs
