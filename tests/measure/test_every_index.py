"""Every index of `gap_indices`: equal to its definition in plain loops, and lawful."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from spatial_gaps.measure.gaps import gap_indices
from spatial_gaps.measure.indices import INDICES

ABSOLUTE = {
    "mean": 1, "difference": 1, "gini_mean_difference": 1, "gini_absolute": 1, "mdm": 1,
    "bgv": 2, "bgsd": 1,
}  # fmt: skip
areas = st.lists(st.tuples(st.floats(1, 1e4), st.floats(0.1, 1e3)), min_size=3, max_size=20).map(
    lambda pairs: (np.array([y for y, _ in pairs]), np.array([w for _, w in pairs]))
)


def tail(y, n, share):
    """Return the mean of the first areas that hold a share of the people."""
    left, total = share, 0.0
    for value, people in zip(y, n, strict=True):
        part = min(people, left)
        total += part * value
        left -= part
    return total / share


def define(name, y, w):
    """Compute an index as a textbook prints it, one area after the other."""
    n = [people / math.fsum(w) for people in w]
    mu = math.fsum(a * b for a, b in zip(n, y, strict=True))
    s = [a * b / mu for a, b in zip(n, y, strict=True)]
    rows = list(zip(n, y, s, strict=True))
    apart = math.fsum(a * b * abs(c - d) for a, c, _ in rows for b, d, _ in rows)
    far = math.fsum(a * abs(b - mu) for a, b, _ in rows)
    variance = math.fsum(a * (b - mu) ** 2 for a, b, _ in rows)
    ordered = sorted(zip(y, n, strict=True))
    low = tail(*zip(*ordered, strict=True), 0.2)
    high = tail(*zip(*ordered[::-1], strict=True), 0.2)
    match name:
        case "mean":
            return mu
        case "share_ratio":
            return high / low
        case "difference":
            return high - low
        case "gini":
            return apart / (2 * mu)
        case "gini_mean_difference":
            return apart
        case "gini_absolute":
            return apart / 2
        case "theil":
            return math.fsum(c * math.log(c / a) for a, _, c in rows)
        case "mld":
            return math.fsum(a * math.log(a / c) for a, _, c in rows)
        case "ge_2":
            return (math.fsum(a * (b / mu) ** 2 for a, b, _ in rows) - 1) / 2
        case "atkinson_0.5":
            return 1 - math.fsum(a * (b / mu) ** 0.5 for a, b, _ in rows) ** 2
        case "atkinson_1":
            return 1 - math.exp(math.fsum(a * math.log(b) for a, b, _ in rows)) / mu
        case "atkinson_2":
            return 1 - 1 / math.fsum(a * mu / b for a, b, _ in rows)
        case "weighted_cv":
            return math.sqrt(variance) / mu
        case "hoover":
            return math.fsum(abs(c - a) for a, _, c in rows) / 2
        case "mdm":
            return far
        case "idis":
            return 100 * far / mu
        case "bgv":
            return variance
        case "bgsd":
            return math.sqrt(variance)
    raise AssertionError(name)


def measure(name, y, w):
    return float(INDICES[name].kernel(y, w / w.sum()))


@pytest.mark.parametrize("name", INDICES)
@given(drawn=areas)
@settings(max_examples=40, deadline=None)
def test_it_is_its_definition(name, drawn):
    y, w = drawn
    loose = 1e-6 * y.max() if name in ABSOLUTE else 1e-9
    assert measure(name, y, w) == pytest.approx(define(name, y, w), rel=1e-9, abs=loose * 1e-3)


@pytest.mark.parametrize("name", INDICES)
@given(drawn=areas, scale=st.floats(0.01, 100), order=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_unit_order_and_replication(name, drawn, scale, order):
    y, w = drawn
    value = measure(name, y, w)
    near = {"rel": 1e-6, "abs": 1e-9 * scale ** ABSOLUTE.get(name, 0) * y.max() ** 2}
    near["abs"] = near["abs"] if name in ABSOLUTE else 1e-7
    shuffled = order.sample(range(len(y)), len(y))
    assert measure(name, y[shuffled], w[shuffled]) == pytest.approx(value, **near)
    assert measure(name, np.tile(y, 2), np.tile(w, 2)) == pytest.approx(value, **near)
    grown = measure(name, y * scale, w * 7)
    assert grown == pytest.approx(value * scale ** ABSOLUTE.get(name, 0), **near)


@pytest.mark.parametrize("name", [name for name in ABSOLUTE if name != "mean"])
@given(drawn=areas, move=st.floats(-1e4, 1e4))
@settings(max_examples=40, deadline=None)
def test_absolute_indices_do_not_feel_a_move_of_all(name, drawn, move):
    y, w = drawn
    value = measure(name, y, w)
    assert measure(name, y + move, w) == pytest.approx(value, rel=1e-6, abs=1e-4)


@pytest.mark.parametrize("name", [name for name in INDICES if name != "mean"])
@given(drawn=areas, part=st.floats(0.05, 0.45))
@settings(max_examples=40, deadline=None)
def test_a_transfer_between_people_of_the_ends_narrows(name, drawn, part):
    y, w = drawn
    rich, poor = y.argmax(), y.argmin()
    assume(y[rich] > y[poor])
    # What the rich area gives is shared among the people of the poor one.
    people = min(w[rich], w[poor])
    amount = part * people * (y[rich] - y[poor])
    moved = y.copy()
    moved[rich] -= amount / w[rich]
    moved[poor] += amount / w[poor]
    assert measure(name, moved, w) <= measure(name, y, w) * (1 + 1e-9) + 1e-7


@pytest.mark.parametrize("name", [name for name in INDICES if name != "mean"])
@given(value=st.floats(0.01, 1e6), w=st.lists(st.floats(0.1, 1e3), min_size=2, max_size=9))
@settings(max_examples=20, deadline=None)
def test_no_gap_where_all_are_alike(name, value, w):
    found = measure(name, np.full(len(w), value), np.array(w))
    nothing = 1.0 if name == "share_ratio" else 0.0
    assert found == pytest.approx(nothing, abs=1e-6 * (value if name in ABSOLUTE else 1.0))


@given(drawn=areas, names=st.permutations(range(20)))
@settings(max_examples=20, deadline=None)
def test_codes_are_but_names(drawn, names):
    y, w = drawn
    codes = [f"E{number:02d}" for number in names[: len(y)]]
    se = pd.Series(y / 50, codes)
    first = gap_indices(pd.Series(y, codes), pd.Series(w, codes), se)
    other = gap_indices(pd.Series(y, codes), pd.Series(w, codes)[::-1], se[::-1])
    pd.testing.assert_frame_equal(first, other)


@pytest.mark.parametrize("name", INDICES)
def test_t05_figures_outside_the_domain_are_refused_and_the_reason_counts_them(name):
    table = gap_indices([-1.0, 0.0, 5.0, 9.0], [1.0, 2.0, 3.0, 4.0])
    lowest = {">0": "2 values are zero or negative", ">=0": "1 values are negative"}
    expected = lowest.get(INDICES[name].domain)
    if expected is None:
        assert np.isfinite(table.loc[name, "value"])
    else:
        assert np.isnan(table.loc[name, "value"])
        assert expected in table.loc[name, "note"]
