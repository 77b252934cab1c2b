"""The Lorenz curve: corners by hand, the Gini's area, what is left out and refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.lines import Line2D

from spatial_gaps import draw_lorenz, gini, save_figure
from spatial_gaps.errors import StatisticUndefined, WeightsError
from spatial_gaps.show.lorenz_chart import lorenz_points
from spatial_gaps.show.style import written

VALUES = pd.Series([40.0, 10.0, 20.0, np.nan], index=list("abcd"))


def test_corners_are_those_of_hand_arithmetic():
    """10 of one, 20 of two and 40 of one person: shares 1/4, 3/4, 1 of people have 1/9, 5/9, 1."""
    people, total = lorenz_points(np.array([40.0, 10.0, 20.0]), np.array([1.0, 1.0, 2.0]))
    assert people.tolist() == [0, 0.25, 0.75, 1]
    assert total == pytest.approx([0, 10 / 90, 50 / 90, 1])


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 10)), min_size=2, max_size=30))
def test_the_shaded_part_is_half_the_gini(rows):
    values, weights = (np.array(each) for each in zip(*rows, strict=True))
    if not (values * weights).sum() > 1e-6:
        return
    people, total = lorenz_points(values, weights)
    shaded = 0.5 - (np.diff(people) * (total[1:] + total[:-1])).sum() / 2
    index = pd.RangeIndex(len(values))
    assert 2 * shaded == pytest.approx(
        gini(pd.Series(values, index), pd.Series(weights, index)), abs=1e-9
    )


def test_the_curve_is_drawn_and_the_key_says_what_it_is(tmp_path):
    figure = draw_lorenz(VALUES, title="Uneven.", source="ONS")
    curve = next(line for line in figure.findobj(Line2D) if line.get_gid() == "lorenz")
    x, y = curve.get_data()
    assert len(x) == 4
    assert (y[1] - y[0]) / (y[3] - y[0]) == pytest.approx(10 / 70)
    assert (x[1] - x[0]) / (x[3] - x[0]) == pytest.approx(1 / 3)
    assert "Gini 0.286" in written(figure, "key")  # 2 (3*40 + 2*20 + 10) / (3*70) - 4/3
    assert "1 areas without a figure" in written(figure, "key").replace("\n", " ")
    paths = [save_figure(figure, tmp_path / f"{name}.png") for name in ("one", "two")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_what_is_refused():
    with pytest.raises(StatisticUndefined, match="not negative"):
        draw_lorenz(VALUES - 20)
    with pytest.raises(StatisticUndefined, match="nought"):
        draw_lorenz(VALUES * 0)
    with pytest.raises(WeightsError):
        draw_lorenz(VALUES, VALUES * 0)
