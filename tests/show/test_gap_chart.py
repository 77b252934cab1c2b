"""The gap through time: both lines and the interval where the figures are, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from spatial_gaps import draw_gap, save_figure
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.show.style import written

GAPS = pd.DataFrame(
    {"value": [0.03, 0.02, 0.025], "corrected": [0.02, 0.01, np.nan],
     "lower": [0.015, 0.008, np.nan], "upper": [0.026, 0.013, np.nan]},
    index=["2015", "2016", "2018"],
)  # fmt: skip


def test_lines_and_interval_are_where_the_figures_are(tmp_path):
    figure = draw_gap(GAPS, title="It fell.", source="ONS")
    published, true = (line for line in figure.findobj(Line2D) if line.get_gid() == "area")
    up = published.get_ydata()
    assert (up[0] - up[1]) / (up[2] - up[1]) == pytest.approx(2.0)
    assert np.isnan(true.get_ydata()).tolist() == [False, False, True]
    corners = next(p for p in figure.findobj(Polygon) if p.get_gid() == "interval").get_xy()
    assert len(np.unique(corners, axis=0)) == 4
    assert sorted(written(figure, "value").split("\n")) == ["0.010", "0.025"]
    paths = [save_figure(figure, tmp_path / f"{name}.png") for name in ("one", "two")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_without_errors_there_is_one_line():
    figure = draw_gap(GAPS[["value"]])
    assert written(figure, "name") == "as published"


def test_what_is_refused():
    with pytest.raises(InputError, match="column value"):
        draw_gap(GAPS.drop(columns="value"))
    with pytest.raises(InputError, match="two periods"):
        draw_gap(GAPS[:1])
    with pytest.raises(StatisticUndefined, match="no period"):
        draw_gap(GAPS * np.nan)
