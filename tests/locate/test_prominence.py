"""How deep a sink is, by hand and against a plain search over ridges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.locate.prominence import sink_depth
from spatial_gaps.locate.weights import Links


def chain(n: int) -> Links:
    left = np.arange(n - 1)
    pairs = sorted([*zip(left, left + 1, strict=True), *zip(left + 1, left, strict=True)])
    focal, other = np.array(pairs, int).reshape(-1, 2).T
    return Links(n, focal, other, np.ones(len(focal)))


def test_depths_along_a_valley():
    # Sinks 3, 1 and 2; the ridges between them are 5 and 9.
    depth = sink_depth(np.array([3.0, 5, 1, 9, 2]), chain(5))
    np.testing.assert_array_equal(depth, [2.0, 0, 8, 0, 7])


def test_an_area_alone_is_no_sink():
    assert sink_depth(
        np.array([4.0]), Links(1, np.array([], int), np.array([], int), np.array([]))
    )[0] == pytest.approx(0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=2, max_size=12, unique=True))
def test_equals_the_lowest_ridge_on_any_way_to_a_lower_area(heights):
    y, n = np.array(heights, float), len(heights)
    depth = sink_depth(y, chain(n))
    for area in range(n):
        passes = [
            y[min(area, other) : max(area, other) + 1].max()
            for other in range(n)
            if y[other] < y[area]
        ]
        near = [y[at] for at in (area - 1, area + 1) if 0 <= at < n]
        expected = (min(passes) if passes else y.max()) - y[area]
        assert depth[area] == (expected if min(near) > y[area] else 0)
