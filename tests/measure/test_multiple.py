"""p values adjusted for their number."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps.errors import InputError
from spatial_gaps.measure.multiple import CORRECTIONS, adjust

P = np.array([0.01, 0.04, 0.03, 0.005])


def test_t12_corrections_for_many_tests_by_hand():
    # Sorted .005 .01 .03 .04 times 4/rank: .02 .02 .04 .04.
    np.testing.assert_allclose(adjust(P, "fdr"), [0.02, 0.04, 0.04, 0.02])
    np.testing.assert_allclose(adjust(P, "bonferroni"), [0.04, 0.16, 0.12, 0.02])
    # Sorted times 4, 3, 2, 1: .02 .03 .06 .04, never falling.
    np.testing.assert_allclose(adjust(P, "holm"), [0.03, 0.06, 0.06, 0.02])
    assert adjust(P, "none") is P
    with pytest.raises(InputError, match="correction"):
        adjust(P, "sidak")


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=30))
def test_corrections_are_in_order_of_their_severity_and_keep_the_order_of_p(values):
    p = np.array(values)
    found = {name: adjust(p, name) for name in CORRECTIONS}
    chain = [found[name] for name in ("none", "fdr", "holm", "bonferroni")]
    for milder, harder in pairwise(chain):
        assert (milder <= harder + 1e-12).all()
    for adjusted in chain:
        assert ((adjusted > 0) & (adjusted <= 1)).all()
        assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= -1e-12).all()
