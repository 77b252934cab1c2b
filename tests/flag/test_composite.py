"""A composite by hand, and what may not change it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.flag.composite import composite_score

PAY = [400.0, 500, 600, 700, 800, 450]
JOBLESS = [9.0, 4, 6, 2, 1, np.nan]
VALUES = pd.DataFrame({"pay": PAY, "jobless": JOBLESS}, index=list("abcdef"))
WAYS = {"pay": "better", "jobless": "worse"}


def test_scores_by_hand():
    found = composite_score(VALUES, higher_is=WAYS, weights={"pay": 3, "jobless": 1})
    pay = (np.array(PAY[:5]) - 600) / np.std(PAY[:5])
    jobless = -(np.array(JOBLESS[:5]) - 4.4) / np.std(JOBLESS[:5])
    np.testing.assert_allclose(found.scores["score"][:5], 0.75 * pay + 0.25 * jobless)
    assert np.isnan(found.scores.loc["f", "score"])
    assert found.weights.to_dict() == {"pay": 0.75, "jobless": 0.25}
    np.testing.assert_allclose(found.contributions.sum(axis=1)[:5], found.scores["score"][:5])
    assert found.variants.index.tolist() == ["without pay", "without jobless", "equal weights"]
    # a is last by both; b and c change places by joblessness alone.
    assert found.scores.loc["a", ["rank", "best_rank", "worst_rank"]].tolist() == [1, 1, 1]
    assert found.scores.loc["c", ["best_rank", "worst_rank"]].tolist() == [3, 2]
    assert found.scores["always_bottom"].tolist() == [True, False, False, False, False, False]
    assert found.variants.loc["without jobless", "rank_correlation"] == pytest.approx(1)


def test_errors_travel():
    se = pd.DataFrame({"pay": [20.0] * 6}, index=list("abcdef"))
    found = composite_score(VALUES, higher_is=WAYS, se=se)
    assert found.scores.loc["a", "se"] == pytest.approx(0.5 * 20 / np.std(PAY[:5]))


def test_unit_order_and_direction_change_nothing():
    one = composite_score(VALUES, higher_is=WAYS).scores
    turned = VALUES.assign(pay=-VALUES["pay"] * 7 + 3)
    other = composite_score(turned, higher_is={"pay": "worse", "jobless": "worse"}).scores
    pd.testing.assert_frame_equal(one, other)
    mixed = composite_score(VALUES.sample(frac=1, random_state=0), higher_is=WAYS).scores
    pd.testing.assert_frame_equal(mixed.loc[one.index], one)


def test_nonsense_is_refused():
    with pytest.raises(InputError, match="two metrics"):
        composite_score(VALUES[["pay"]], higher_is=WAYS)
    with pytest.raises(InputError, match="never guessed"):
        composite_score(VALUES, higher_is={"pay": "better"})
    with pytest.raises(InputError, match="one weight for each"):
        composite_score(VALUES, higher_is=WAYS, weights={"pay": 1.0})
    with pytest.raises(InputError, match="positive"):
        composite_score(VALUES, higher_is=WAYS, weights={"pay": 1.0, "jobless": 0.0})
    with pytest.raises(StatisticUndefined, match="all the same"):
        composite_score(VALUES.assign(pay=1.0), higher_is=WAYS)
    with pytest.raises(StatisticUndefined, match="fewer than five"):
        composite_score(VALUES[:4], higher_is=WAYS)
