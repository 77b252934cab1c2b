"""Hidden pockets: planted ones are found, verdicts mean what they say, evidence by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.flag.pockets import find_pockets
from spatial_gaps.flag.sentences import Wording, with_the

CODES = [f"a{i:02d}" for i in range(12)]
REGION = pd.Series(["rich"] * 6 + ["poor"] * 6, index=CODES, name="itl1")
VALUES = pd.Series([600.0, 610, 590, 605, 595, 450, 450, 440, 460, 455, 445, 560], index=CODES)
PARENTS = pd.Series({"rich": 580.0, "poor": 450.0})


def found(**options):
    given = {
        "higher_is": "better", "se": pd.Series(5.0, index=CODES), "parent_values": PARENTS,
        "parent_se": pd.Series({"rich": 2.0, "poor": 2.0}), "benchmark": 500.0, "benchmark_se": 1.0,
    }  # fmt: skip
    return find_pockets(VALUES, REGION, **(given | options))


def test_the_planted_pocket_is_the_only_one():
    table = found()
    assert table.index[table["is_pocket"]].tolist() == ["a05"]
    row = table.loc["a05"]
    assert (row["verdict"], row["parent_source"], row["parent"]) == (
        "confirmed",
        "published",
        "rich",
    )
    assert row["p_pocket"] > 0.99
    assert row["contrast"] == pytest.approx(450 - 600)
    # Var of the mean of five others: 5 * 25 / 25 = 5.
    assert row["z_contrast"] == pytest.approx(-150 / np.sqrt(25 + 5))
    assert abs(row["z_outlier"]) < abs(row["z_contrast"])
    assert table["below"].sum() == 1


def test_direction_turns_everything_round():
    mirrored = find_pockets(
        1000 - VALUES,
        REGION,
        higher_is="worse",
        se=pd.Series(5.0, index=CODES),
        parent_values=1000 - PARENTS,
        parent_se=pd.Series({"rich": 2.0, "poor": 2.0}),
        benchmark=500.0,
        benchmark_se=1.0,
    )
    same = found()
    assert (mirrored["verdict"] == same["verdict"]).all()
    np.testing.assert_allclose(mirrored["p_pocket"], same["p_pocket"])
    np.testing.assert_allclose(mirrored["rank_gap"], same["rank_gap"])
    np.testing.assert_allclose(mirrored["contrast"], -same["contrast"])
    with pytest.raises(InputError, match="never guessed"):
        found(higher_is=None)


def test_noise_lowers_the_probability_until_no_verdict_is_given():
    ps = [found(se=pd.Series(se, index=CODES)).loc["a05", "p_pocket"] for se in (5.0, 30.0, 60.0)]
    assert ps[0] > ps[1] > ps[2]
    blurred = found(se=pd.Series(5.0, index=CODES).where(VALUES.index != "a05", 100.0))
    assert blurred.loc["a05", "verdict"] == "not assessable"
    assert np.isnan(blurred.loc["a05", "p_pocket"])


def test_without_published_parents_or_errors_nothing_exceeds_likely():
    derived = found(parent_values=None, parent_se=None)
    assert derived.loc["a05", ["verdict", "parent_source"]].tolist() == ["likely", "derived"]
    # The mean of all six, not of the five others: without its poor place a region looks richer.
    assert derived.loc["a05", "parent_value"] == pytest.approx(575)
    assert derived.loc["a00", "parent_value"] == pytest.approx(570)
    exact = found(se=None)
    assert exact.loc["a05", "verdict"] == "likely"
    assert exact["se"].isna().all()


def test_an_area_without_a_figure_is_kept_with_its_reason():
    gone = VALUES.copy()
    gone["a05"] = np.nan
    table = find_pockets(gone, REGION, higher_is="better", benchmark=500.0, parent_values=PARENTS)
    assert list(table.index) == CODES
    assert table.loc["a05", "verdict"] == "not assessable"
    assert "no figure" in table.loc["a05", "sentence"]
    assert not table.loc["a05", "below"]


def test_a_parent_of_few_areas_is_not_assessable():
    region = REGION.where(~REGION.index.isin(["a04", "a05"]), "tiny")
    table = find_pockets(
        VALUES,
        region,
        higher_is="better",
        se=pd.Series(5.0, index=CODES),
        benchmark=500.0,
        parent_values=pd.Series({"rich": 580.0, "poor": 450.0, "tiny": 580.0}),
    )
    assert (table.loc[["a04", "a05"], "verdict"] == "not assessable").all()


def test_rank_gap_and_visible_at_by_hand():
    weights = pd.Series(1.0, index=CODES)
    inner = pd.Series(["r1"] * 3 + ["r2"] * 3 + ["p"] * 6, index=CODES, name="itl3")
    table = found(weights=weights, tiers=[inner])
    # 450 stands twice with two below it: mid position 3 of 12; the parent's 580 has seven below.
    assert table.loc["a05", "rank_gap"] == pytest.approx(7 / 12 - 3 / 12)
    assert table.loc["a05", "visible_at"] == "area"
    assert table.loc["a06", "visible_at"] == "itl1"
    lower = VALUES.where(~VALUES.index.isin(["a03", "a04"]), 480.0)
    visible = find_pockets(
        lower, REGION, higher_is="better", benchmark=500.0, parent_values=PARENTS, tiers=[inner]
    )
    assert visible.loc["a05", "visible_at"] == "itl3"
    assert visible.loc["a00", "visible_at"] == ""


def test_bottom_fifth_is_the_line_without_a_benchmark():
    table = found(benchmark=None, benchmark_se=None)
    # Twelve equal areas: the smallest value with at least a fifth of them at or below is the third.
    assert table["benchmark"].iloc[0] == pytest.approx(450.0)
    assert table.loc["a05", "p_pocket"] > 0.2


def test_rows_may_come_in_any_order_and_one_seed_is_one_answer():
    mixed = VALUES.sample(frac=1, random_state=1)
    options = {"higher_is": "better", "se": pd.Series(20.0, index=CODES), "benchmark": 500.0,
               "parent_values": PARENTS}  # fmt: skip
    one = find_pockets(VALUES, REGION, **options, seed=3)
    other = find_pockets(mixed, REGION, **options, seed=3).reindex(CODES)
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(one, find_pockets(VALUES, REGION, **options, seed=3))


def test_an_area_without_a_parent_is_named():
    with pytest.raises(JoinError, match="a11"):
        find_pockets(VALUES, REGION.drop("a11"), higher_is="better")


def test_sentences_name_area_parent_figures_and_chance():
    wording = Wording(
        names=pd.Series({"a05": "Arun"}),
        parents=pd.Series({"rich": "South East"}),
        noun="median weekly pay",
        unit="£",
        nation="the UK",
    )
    text = found(wording=wording).loc["a05", "sentence"]
    assert text == (
        "Arun: median weekly pay £450 is below the UK's £500, while the South East at £580 is above "
        "it; a confirmed pocket (probability over 99%). No average of a larger area shows it."
    )
    assert with_the("London") == "London"


def test_inputs_are_not_changed():
    values, region = VALUES.copy(), REGION.copy()
    found()
    pd.testing.assert_series_equal(values, VALUES)
    pd.testing.assert_series_equal(region, REGION)


@pytest.mark.slow
def test_probabilities_are_calibrated_on_planted_truth():
    """Of areas given probability p, about a share p truly are pockets."""
    rng = np.random.default_rng(8)
    chances, truths = [], []
    codes = [f"x{i}" for i in range(120)]
    region = pd.Series(np.repeat(list("abcd"), 30), index=codes)
    for seed in range(40):
        centre = rng.normal(520, 25, 4)
        true = np.repeat(centre, 30) + rng.normal(0, 40, 120)
        se = rng.uniform(15, 45, 120)
        table = find_pockets(
            pd.Series(true + se * rng.standard_normal(120), index=codes),
            region,
            higher_is="better",
            se=pd.Series(se, index=codes),
            benchmark=505.0,
            benchmark_se=1.0,
            parent_values=pd.Series(centre, index=list("abcd")),
            parent_se=pd.Series(4.0, index=list("abcd")),
            seed=seed,
        )
        chances.append(table["p_pocket"].to_numpy())
        truths.append((true < 505) & (np.repeat(centre, 30) > 505))
    chance, truth = np.concatenate(chances), np.concatenate(truths)
    held = ~np.isnan(chance)
    chance, truth = chance[held], truth[held]
    for low, high in ((0.2, 0.5), (0.5, 0.9), (0.9, 1.01)):
        band = (chance >= low) & (chance < high)
        assert band.sum() > 50
        assert truth[band].mean() == pytest.approx(chance[band].mean(), abs=0.06)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"parent_values": {"rich": 1.0}}, "parent_values has to be a Series"),
        ({"benchmark": float("nan")}, "benchmark has to be a number"),
        ({"benchmark_se": -3.0}, "zero or more"),
    ],
)
def test_nonsense_is_refused_in_words(options, words):
    with pytest.raises(InputError, match=words):
        found(**options)
    with pytest.raises(InputError, match="Series indexed by area code"):
        find_pockets(VALUES.to_numpy(), REGION, higher_is="better")


def test_a_region_below_the_line_hides_nothing_without_a_published_figure():
    # Without a11 the poor region's others average 442; with it, no more than 470: below 500 anyway.
    lifted = VALUES.where(VALUES.index != "a06", 100.0)
    table = find_pockets(lifted, REGION, higher_is="better", benchmark=460.0)
    others = lifted[6:].drop("a06").mean()
    assert others > 460 > lifted[6:].mean()
    assert not table.loc["a06", "below"]
