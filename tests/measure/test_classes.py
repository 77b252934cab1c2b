"""Class limits: Fisher-Jenks against every way to cut, a centre; palettes checked by computation."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spatial_gaps import class_breaks
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.classes import (
    BETTER,
    CLUSTER_COLOURS,
    NO_DATA,
    RAMP,
    RATING_COLOURS,
    UNSURE_CHANGE,
    VERDICT_COLOURS,
    WORSE,
    class_of,
    diverging_breaks,
)

# Machado, Oliveira & Fernandes (2009), deuteranopia, on linear light.
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(colour):
    """Return the linear light of a colour such as #c3ddc5 (IEC 61966-2-1)."""
    light = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)


def lab(light):
    """Return CIE L*a*b* of linear light."""
    xyz = TO_XYZ @ np.clip(light, 0, 1) / WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def lightness(colour):
    return lab(linear(colour))[0]


def apart(one, other):
    """Return how far two colours are apart for who does not see green (Delta E 1976)."""
    return float(
        np.linalg.norm(lab(DEUTERANOPIA @ linear(one)) - lab(DEUTERANOPIA @ linear(other)))
    )


def test_the_conversion_is_that_of_published_values():
    """Pure red is L* 53.24, a* 80.09, b* 67.20; white is 100, 0, 0."""
    assert lab(linear("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert lab(linear("#ffffff")) == pytest.approx([100, 0, 0], abs=0.02)


@pytest.mark.parametrize("ramp", [RAMP, BETTER, WORSE], ids=["ramp", "better", "worse"])
def test_ramps_are_told_apart_in_grey_and_without_green(ramp):
    steps = -np.diff([lightness(colour) for colour in ramp])
    assert (steps > 8).all(), steps
    assert min(apart(*pair) for pair in pairwise(ramp)) > 8


def test_better_and_worse_are_told_apart_without_green_and_from_what_is_unsure():
    for one, other in zip(BETTER, WORSE, strict=True):
        assert apart(one, other) > 20
    assert min(apart(colour, UNSURE_CHANGE) for colour in (*BETTER, *WORSE)) > 10


@pytest.mark.parametrize(
    "colours", [VERDICT_COLOURS, CLUSTER_COLOURS, RATING_COLOURS], ids=["pockets", "lisa", "rating"]
)
def test_verdicts_are_told_apart_without_green(colours):
    """White is left out: it is for what has a pattern, or no bar. Two meanings may share a colour."""
    distinct = sorted(set(colours.values()) - {NO_DATA})
    least = min(apart(*pair) for pair in combinations(distinct, 2))
    assert least > 8, least


def within(groups):
    return sum(((group - group.mean()) ** 2).sum() for group in groups)


numbers = st.lists(st.integers(0, 60).map(float), min_size=4, max_size=9).filter(
    lambda values: len(set(values)) >= 4
)


@given(values=numbers, k=st.integers(2, 3), shift=st.integers(-50, 50))
@example(values=[0.0, 1.0, 2.0, 50.0], k=2, shift=50)
@settings(max_examples=25, deadline=None)
def test_jenks_has_the_least_squares_of_all_ways_to_cut(values, k, shift):
    values = np.array(values) + shift
    found = class_of(values, class_breaks(values, "jenks", k))
    groups = [values[found == number] for number in range(k)]
    assert all(len(group) for group in groups)
    ordered = np.sort(values)
    cuts = combinations(range(1, len(values)), k - 1)
    least = min(within(np.split(ordered, list(cut))) for cut in cuts)
    assert within(groups) == pytest.approx(least, rel=1e-9, abs=1e-9)


def test_jenks_of_the_shared_example_and_of_few_values():
    """1, 2, 3 and 10, 11 and 50: three clumps, cut between them with as few digits as can be."""
    found = class_breaks([1.0, 2.0, 3.0, 10.0, 11.0, 50.0], "jenks", 3)
    assert found.edges == (1.0, 10.0, 30.0, 50.0)
    assert class_of([3.0, 10.0, 11.0, 50.0], found).tolist() == [0, 1, 1, 2]
    assert class_breaks([4.0, 4.0, 9.0], "jenks", 3).edges == (4.0, 6.0, 9.0)
    assert len(class_breaks([4.0, 4.0], "jenks", 3).colours) == 1


@pytest.mark.filterwarnings("ignore:Numba not installed")
def test_jenks_cuts_where_mapclassify_does():
    """The peer's limits are the highest value of each class."""
    from mapclassify import FisherJenks

    rng = np.random.default_rng(0)
    for k in range(2, 6):
        values = rng.lognormal(6, 0.3, 60 * k)
        ours = class_of(values, class_breaks(values, "jenks", k))
        tops = FisherJenks(values, k=k).bins
        assert [values[ours == number].max() for number in range(k)] == pytest.approx(list(tops))


def test_jenks_of_many_values_is_the_same_every_time():
    values = np.random.default_rng(3).lognormal(6, 0.2, 20_000)
    one, two = (class_breaks(order, "jenks") for order in (values, values[::-1]))
    assert one == two
    assert np.bincount(class_of(values, one), minlength=5).min() > 0


@given(
    values=st.lists(st.floats(-100, 100), min_size=1, max_size=20),
    centre=st.floats(-50, 50),
    direction=st.sampled_from(["better", "worse"]),
)
@settings(max_examples=50, deadline=None)
def test_diverging_classes_change_colour_at_the_centre(values, centre, direction):
    found = diverging_breaks(values, centre=centre, higher_is=direction)
    up, down = (BETTER, WORSE) if direction == "better" else (WORSE, BETTER)
    number = class_of(np.array(values), found)
    for value, place in zip(values, number, strict=True):
        if value > centre + 1e-6:
            assert found.colours[place] in up
        if value < centre - 1e-6:
            assert found.colours[place] in down


def test_what_is_refused():
    with pytest.raises(InputError, match="class scheme"):
        class_breaks([1.0, 2.0], "natural")
    with pytest.raises(InputError, match="centre"):
        diverging_breaks([1.0], centre=float("nan"), higher_is="better")
    with pytest.raises(StatisticUndefined):
        diverging_breaks(pd.Series([np.nan]), centre=1.0, higher_is="better")
