"""The trend chart: every line, every name once and apart, gaps, marked areas, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.lines import Line2D
from matplotlib.text import Text

from spatial_gaps import draw_trend, save_figure
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.show.lines import _apart
from spatial_gaps.show.style import written

PANEL = pd.DataFrame(
    {"2019": [10.0, 11, 30], "2020": [12.0, np.nan, 31], "2022": [14.0, 14.1, 33]},
    index=["TLC", "TLD", "TLI"],
)
NAMES = pd.Series({"TLC": "North East", "TLD": "North West", "TLI": "London"})


def lines_of(figure):
    return [line for line in figure.findobj(Line2D) if line.get_gid() == "area"]


def test_names_figures_and_periods_are_written_once():
    figure = draw_trend(
        PANEL, names=NAMES, highlight=["TLI"], unit="£", title="It rose.", source="ONS"
    )
    assert sorted(written(figure, "name").split("\n")) == ["London", "North East", "North West"]
    assert sorted(written(figure, "value").split("\n")) == ["£14.00", "£14.10", "£33.00"]
    assert set(written(figure, "period").split("\n")) == {"2019", "2020", "2022"}
    spots = sorted(
        text.get_position()[1] for text in figure.findobj(Text) if text.get_gid() == "name"
    )
    assert min(np.diff(spots)) > 0.15
    assert len(lines_of(figure)) == 3


def test_years_are_as_far_apart_as_they_are_and_gaps_stay_gaps():
    across, up = (lines_of(draw_trend(PANEL))[1].get_data()[side] for side in (0, 1))
    assert (across[2] - across[1]) / (across[1] - across[0]) == pytest.approx(2.0)
    assert np.isnan(up).tolist() == [False, True, False]
    # Figures that stand alone between gaps are dots.
    dots = [line for line in draw_trend(PANEL).findobj(Line2D) if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in dots] == [2]


def test_with_many_areas_only_the_marked_ones_are_named(tmp_path):
    many = pd.DataFrame(
        np.random.default_rng(0).normal(100, 10, (361, 5)),
        index=[f"E{number:08}" for number in range(361)],
        columns=[str(year) for year in range(2015, 2020)],
    )
    figure = draw_trend(many, highlight=[many.index[3]], nation=many.index[9], line=100)
    assert sorted(written(figure, "name").split("\n")) == [many.index[3], many.index[9]]
    assert len(lines_of(figure)) == 361
    path = save_figure(figure, tmp_path / "trend.png")
    again = draw_trend(many[::-1], highlight=[many.index[3]], nation=many.index[9], line=100)
    other = save_figure(again, tmp_path / "again.png")
    assert path.read_bytes() == other.read_bytes()


@given(st.lists(st.floats(0, 5), max_size=20))
def test_names_keep_their_order_and_distance(wanted):
    wanted = sorted(wanted)
    spots = _apart(wanted, 0.0, 5.0)
    assert (np.diff(spots) >= 0.1549).all()
    assert all(-1e-9 <= spot <= 5 + 1e-9 for spot in spots)
    if len(wanted) > 1 and min(np.diff(wanted)) >= 0.155:
        assert np.allclose(spots, wanted)


def test_flat_and_exact_figures_can_be_drawn():
    assert lines_of(draw_trend(PANEL * 0 + 5))


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="two periods"):
        draw_trend(PANEL[["2019"]])
    with pytest.raises(InputError, match="in time order"):
        draw_trend(PANEL[["2022", "2019"]])
    with pytest.raises(InputError, match="TLX"):
        draw_trend(PANEL, highlight=["TLX"])
    with pytest.raises(InputError, match="at most 4"):
        draw_trend(pd.concat([PANEL, PANEL.add_prefix("", axis=0).rename(lambda c: c + "1")]),
                   highlight=["TLC", "TLD", "TLI", "TLC1", "TLD1"])  # fmt: skip
    with pytest.raises(JoinError, match="more than once"):
        draw_trend(pd.concat([PANEL, PANEL]))
    with pytest.raises(StatisticUndefined):
        draw_trend(PANEL * np.nan)
    with pytest.raises(InputError, match="caption"):
        draw_trend(PANEL, titel="x")
