"""Counts are sums of what `find_pockets` says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.flag.pocket_counts import pocket_counts

TABLE = pd.DataFrame(
    {
        "verdict": ["confirmed", "likely", "watch", "no", "not assessable"],
        "p_pocket": [0.95, 0.6, 0.3, 0.05, np.nan],
        "below": [True, True, True, False, True],
        "is_pocket": [True, True, False, False, False],
        "people": [1e5, 2e5, 3e5, 4e5, 5e5],
    }
)


def test_counts_by_hand():
    counts = pocket_counts(TABLE)
    assert (counts.assessed, counts.below, counts.confirmed, counts.likely, counts.watch) == (
        4, 4, 1, 1, 1,
    )  # fmt: skip
    assert counts.expected == pytest.approx(1.9)
    assert counts.expected_false == pytest.approx(0.45)
    assert counts.expected_missed == pytest.approx(0.35)
    assert (counts.people_below, counts.people_pockets) == (11e5, 3e5)
    assert "about 0.5 are expected to be false" in str(counts) or "0.4" in str(counts)


def test_unknown_people_stay_unknown_and_other_tables_are_refused():
    assert np.isnan(pocket_counts(TABLE.assign(people=np.nan)).people_pockets)
    with pytest.raises(InputError, match="verdict"):
        pocket_counts(TABLE.drop(columns="verdict"))
