"""The scorecard as a picture: every mission once, verdicts with the colours of the page."""

from __future__ import annotations

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from spatial_gaps import draw_scorecard, read_metric, sample_path, save_figure, scorecard
from spatial_gaps.errors import InputError
from spatial_gaps.measure.classes import RATING_COLOURS
from spatial_gaps.show.scorecard_sheet import verdicts_in


@pytest.fixture(scope="module")
def missions():
    return scorecard([read_metric(sample_path("gross-median-weekly-pay"))]).missions


def test_every_mission_is_written_once_and_its_verdicts_have_their_colours(missions, tmp_path):
    figure = draw_scorecard(missions, title="One page.", source="ONS")
    texts = " ".join(text.get_text() for text in figure.findobj(Text))
    for number, area in missions["focus_area"].items():
        assert texts.count(f"{number}. {area.split()[0]}") == 1
    bars = [to_hex(patch.get_facecolor()) for patch in figure.findobj(Rectangle)]
    wanted = [
        RATING_COLOURS[verdict]
        for column in ("target", "gap")
        for text in missions[column]
        for verdict in verdicts_in(text)
    ]
    assert all(bars.count(colour) == wanted.count(colour) for colour in set(wanted) - {"#ffffff"})
    paths = [save_figure(figure, tmp_path / f"{name}.png") for name in ("one", "two")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_page_is_as_high_as_its_rows(missions):
    short = draw_scorecard(missions.head(3)).get_size_inches()[1]
    assert draw_scorecard(missions).get_size_inches()[1] > short + 1
    long = missions.assign(target=" ".join(["word"] * 400))
    assert draw_scorecard(long).get_size_inches()[1] < 25


def test_what_is_refused(missions):
    with pytest.raises(InputError, match="target"):
        draw_scorecard(missions.drop(columns="target"))
    with pytest.raises(InputError, match="rows"):
        draw_scorecard(missions.head(0))
