"""The rank chart: ranks by hand, the largest moves named, names apart, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

from spatial_gaps import draw_ranks, save_figure
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.show.style import written

BEFORE = pd.Series([10.0, 20.0, 30.0, 40.0, np.nan], index=list("abcde"))
AFTER = pd.Series([45.0, 20.0, 30.0, 40.0, 50.0], index=list("abcde"))
LOOK = {"higher_is": "better", "periods": ("2015", "2023"), "title": "a rose."}


def test_ranks_are_written_and_lines_go_where_they_are(tmp_path):
    """a rises from 4 to 1 of four; e lacks the first figure."""
    figure = draw_ranks(BEFORE, AFTER, highlight=["a", "d"], **LOOK)
    assert sorted(written(figure, "name").split("\n")) == ["1  a", "2  d", "a  4", "d  1"]
    lines = [line for line in figure.findobj(Line2D) if line.get_gid() == "area"]
    assert len(lines) == 4
    first = lines[0].get_ydata()
    assert first[1] > first[0]
    shuffled = draw_ranks(
        BEFORE[::-1], AFTER.sample(frac=1, random_state=2), highlight=["a", "d"], **LOOK
    )
    paths = [save_figure(each, tmp_path / f"{n}.png") for n, each in enumerate((figure, shuffled))]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_names_do_not_touch_where_many_end_together():
    rng = np.random.default_rng(1)
    many = pd.Series(rng.normal(size=300), index=[f"c{n:03}" for n in range(300)])
    figure = draw_ranks(
        many, many[::-1].set_axis(many.index), highlight=list(many.index[:12]), **LOOK
    )
    sides = {}
    for text in figure.findobj(Text):
        if text.get_gid() == "name":
            sides.setdefault(text.get_ha(), []).append(text.get_position()[1])
    for heights in sides.values():
        assert min(np.diff(sorted(heights))) > 0.15


def test_what_is_refused():
    with pytest.raises(InputError, match="never guessed"):
        draw_ranks(BEFORE, AFTER, **(LOOK | {"higher_is": None}))
    with pytest.raises(InputError, match=r"highlight.*e"):
        draw_ranks(BEFORE, AFTER, highlight=["e"], **LOOK)
    with pytest.raises(JoinError):
        draw_ranks(BEFORE, AFTER.drop("a"), **LOOK)
    with pytest.raises(StatisticUndefined, match="fewer than two"):
        draw_ranks(BEFORE * np.nan, AFTER, **LOOK)
