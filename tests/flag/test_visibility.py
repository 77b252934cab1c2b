"""Whom averages hide: by hand, and in expectation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.flag.visibility import hidden_people

CODES = list("abcdefgh")
PAY = pd.Series([400.0, 600, 700, 650, 400, 410, 420, 590], index=CODES)
PEOPLE = pd.Series([10.0, 20, 30, 40, 50, 60, 70, 80], index=CODES)
COARSE = pd.Series(list("nnnnssss"), index=CODES, name="itl1")
FINE = pd.Series(["n1", "n1", "n2", "n2", "s1", "s1", "s2", "s2"], index=CODES, name="itl3")


def test_shares_by_hand():
    table = hidden_people(PAY, [COARSE, FINE], higher_is="better", weights=PEOPLE, benchmark=500.0)
    # Deprived: a, e, f and g, 190 people. North 640, south 474: only a's ten are hidden. Of the
    # halves n1 is 533, s1 405 and s2 511: a and g, 80 people.
    assert table["hidden_share"].to_dict() == pytest.approx({"itl1": 10 / 190, "itl3": 80 / 190})
    assert table["people_hidden"].tolist() == pytest.approx([10, 80])
    assert table["areas_hidden"].tolist() == [1, 2]
    assert table["lower"].isna().all()
    published = hidden_people(
        PAY, [COARSE], higher_is="better", weights=PEOPLE, benchmark=500.0,
        tier_values={"itl1": pd.Series({"n": 490.0, "s": 510.0})},
    )  # fmt: skip
    assert published.loc["itl1", ["raw_share", "source"]].tolist() == [180 / 190, "published"]


def test_noise_gives_an_interval_that_holds_the_truth():
    rng = np.random.default_rng(1)
    codes = [f"x{i:03d}" for i in range(120)]
    side = pd.Series(np.repeat(list("abcdef"), 20), index=codes, name="side")
    inside = 0
    for seed in range(30):
        true = np.repeat(rng.normal(0, 1, 6), 20) + rng.normal(0, 1, 120)
        noisy = pd.Series(true + 0.7 * rng.standard_normal(120), index=codes)
        row = hidden_people(
            noisy,
            [side],
            higher_is="better",
            se=pd.Series(0.7, index=codes),
            benchmark=0.0,
            seed=seed,
        ).iloc[0]
        group = true.reshape(6, 20).mean(axis=1).repeat(20)
        share = ((true < 0) & (group >= 0)).sum() / (true < 0).sum()
        inside += row["lower"] <= share <= row["upper"]
    assert inside >= 25


def test_nonsense_is_refused():
    with pytest.raises(InputError, match="no tier"):
        hidden_people(PAY, [], higher_is="better")
    with pytest.raises(InputError, match="name no tier"):
        hidden_people(PAY, [COARSE], higher_is="better", tier_values={"itl2": PAY})
