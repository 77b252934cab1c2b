"""The dumbbell chart: the widest differences first, dots where the figures are, the rest counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D

from spatial_gaps import draw_dumbbell, save_figure
from spatial_gaps.errors import JoinError, StatisticUndefined
from spatial_gaps.show.style import written

ONE = pd.Series([10.0, 50.0, 30.0, np.nan], index=list("abcd"))
OTHER = pd.Series([20.0, 20.0, 30.0, 5.0], index=list("abcd"))
LOOK = {"labels": ("jobs", "homes"), "title": "They differ.", "source": "ONS"}


def test_rows_are_in_the_order_of_their_differences_and_dots_where_figures_are(tmp_path):
    figure = draw_dumbbell(ONE, OTHER, **LOOK)
    assert written(figure, "name").split("\n") == ["b", "a", "c"]
    dots = {
        name: [line.get_xdata()[0] for line in figure.findobj(Line2D) if line.get_gid() == name]
        for name in ("first", "second")
    }
    x = np.array([*dots["first"], *dots["second"]], dtype=float)
    figures = np.array([50.0, 10, 30, 20, 20, 30])
    assert np.corrcoef(x, figures)[0, 1] == pytest.approx(1.0)
    assert "1 lack a figure" in written(figure, "key")
    shuffled = draw_dumbbell(ONE[::-1], OTHER.sample(frac=1, random_state=1), **LOOK)
    paths = [save_figure(each, tmp_path / f"{n}.png") for n, each in enumerate((figure, shuffled))]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_only_so_many_are_drawn_and_the_rest_is_counted():
    many = pd.Series(np.arange(40.0), index=[f"c{n:02}" for n in range(40)])
    figure = draw_dumbbell(many, many * 0, most=10, names=many.map(str), **LOOK)
    assert len(written(figure, "name").split("\n")) == 10
    assert "30 more areas" in written(figure, "key")


def test_what_is_refused():
    with pytest.raises(JoinError, match="d"):
        draw_dumbbell(ONE, OTHER.drop("d"), **LOOK)
    with pytest.raises(StatisticUndefined, match="both figures"):
        draw_dumbbell(ONE * np.nan, OTHER, **LOOK)
