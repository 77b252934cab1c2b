"""The page on pay 2021 says what `assess` and `find_pockets` find, and its three cards add up."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from scipy.special import ndtr

import spatial_gaps as sg

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation" / "pay-2021.md"
ROW = re.compile(r"^\| [^|]+ \(`(\w+)`\) \| (.+) \|$", re.M)


@pytest.fixture(scope="module")
def result():
    pay = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
    return sg.assess(sg.cartogram("lad", vintage=2023), pay, period=2021)


def down(p: float) -> str:
    return f"{math.floor(p * 100) / 100:.2f}"


def test_the_table_is_what_is_found(result):
    areas, regions, uk = result.areas, result.regions, result.benchmark
    both = sg.find_pockets(
        areas["value"], areas["itl1"], higher_is="better", weights=areas["weight"], se=areas["se"],
        parent_values=regions["value"], parent_se=regions["se"], benchmark=uk.value,
        benchmark_se=uk.se, graph=sg.neighbours(sg.areas("lad", 2023), islands="link"),
    )  # fmt: skip
    rows = dict(ROW.findall(PAGE.read_text(encoding="utf-8")))
    pockets = result.pockets
    assert set(rows) == set(pockets.index[pockets["below"]])
    assert len(rows) == 33
    for code, text in rows.items():
        one, other = pockets.loc[code], both.loc[code]
        sentence = one["sentence"].split(": ", 1)[1]
        assert text.split(" | ") == [
            f"{one['value']:.1f}", f"{one['se']:.1f}", down(one["p_pocket"]), one["verdict"],
            down(other["p_pocket"]), other["verdict"], sentence,
        ]  # fmt: skip
    beside = both.index[both["is_pocket"] & ~pockets["below"]]
    assert set(areas["name"][beside]) == {
        "South Norfolk",
        "Worthing",
        "Norwich",
        "Folkestone and Hythe",
    }


@pytest.mark.parametrize(
    ("code", "chance"), [("E07000145", 0.91), ("E07000224", 0.99), ("E06000043", 0.58)]
)
def test_cards_add_up_by_another_way(result, code, chance):
    """Empirical Bayes by hand: the spread inside the region by moments, the rest by two normals."""
    areas, regions, uk = result.areas, result.regions, result.benchmark
    here = areas[(areas["itl1"] == areas["itl1"][code]) & areas["se"].notna()]
    spread = here["value"].var(ddof=1) - (here["se"] ** 2).mean()
    weight = 1 / (spread + here["se"] ** 2)
    middle = (weight * here["value"]).sum() / weight.sum()
    keep = spread / (spread + here["se"][code] ** 2)
    estimate = middle + keep * (here["value"][code] - middle)
    error = math.sqrt(keep * here["se"][code] ** 2 + uk.se**2)
    region = regions.loc[areas["itl1"][code]]
    affluent = ndtr((region["value"] - uk.value) / math.hypot(region["se"], uk.se))
    by_hand = ndtr((uk.value - estimate) / error) * affluent
    row = result.pockets.loc[code]
    assert by_hand == pytest.approx(row["p_pocket"], abs=0.02)
    assert row["p_pocket"] == pytest.approx(chance, abs=0.01)
    limits = result.areas.loc[code]
    assert row["se"] == pytest.approx(
        (limits["upper"] - limits["lower"]) / (2 * 1.959964), rel=1e-4
    )
