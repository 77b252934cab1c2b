"""The levelling chart: its lines are the figures, its intervals the tests', and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

from spatial_gaps import draw_levelling, levelling, save_figure
from spatial_gaps.errors import InputError
from spatial_gaps.show.style import written

RNG = np.random.default_rng(4)
START = RNG.normal(500, 60, 60)
PANEL = pd.DataFrame(
    {"2015": START, "2019": START * 0.9 + 90, "2023": START * 0.8 + 180},
    index=[f"E{number:08}" for number in range(60)],
)
FOUND = levelling(PANEL, PANEL * 0 + 4, higher_is="better", correlation=0.0, replicates=0)


def test_names_levels_and_gaps_are_written():
    figure = draw_levelling(
        FOUND.periods, FOUND.groups, base="2015", unit="£", title="It closed.", source="ONS"
    )
    assert sorted(written(figure, "name").split("\n")) == [
        "best-off places", "everyone else", "same places", "top of each year", "worst-off places",
    ]  # fmt: skip
    assert written(figure, "title") == "It closed."
    lines = [each for each in figure.findobj(Line2D) if each.get_gid() == "area"]
    assert len(lines) == 5
    # The gap of the same places narrows through all periods, and so does its line.
    for line in lines[3:4]:
        assert (np.diff(line.get_ydata()) < 0).all()


def test_on_a_ratio_scale_levels_are_figures_and_the_gap_per_cent():
    found = levelling(
        PANEL, PANEL * 0 + 4, higher_is="better", scale="ratio", correlation=0.0, replicates=0
    )
    figure = draw_levelling(found.periods, found.groups, base="2015", scale="ratio", unit="£")
    values = written(figure, "value").split("\n")
    top = float(np.exp(found.periods["top"].iloc[-1]))
    gap = 100 * float(np.expm1(found.periods["gap"].iloc[-1]))
    assert any(f"{top:,.0f}" in value for value in values)
    assert any(value.startswith(f"{gap:.1f}"[:3]) and value.endswith("%") for value in values)


def test_without_errors_it_says_that_luck_cannot_be_told(tmp_path):
    found = levelling(PANEL, higher_is="better", replicates=0)
    figure = draw_levelling(found.periods, found.groups, base="2015")
    texts = [text.get_text() for text in figure.findobj(Text)]
    assert any("Not assessable" in text for text in texts)
    paths = [save_figure(figure, tmp_path / f"{name}.png") for name in ("one", "two")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_what_is_refused():
    with pytest.raises(InputError, match="bottom"):
        draw_levelling(FOUND.periods.drop(columns="bottom"), FOUND.groups, base="2015")
    with pytest.raises(InputError, match="second row"):
        draw_levelling(FOUND.periods[:1], FOUND.groups, base="2015")
    with pytest.raises(InputError, match="base period"):
        draw_levelling(FOUND.periods, FOUND.groups, base="2016")
