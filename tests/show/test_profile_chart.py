"""The profile of one authority: tenths by hand, bars as high as their shares, what is refused."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from spatial_gaps import draw_profile, save_figure
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.show.profile_chart import tenth_counts
from spatial_gaps.show.style import written

VALUES = pd.Series(range(1, 21), index=[f"s{n:02}" for n in range(20)], dtype=float)
OWNER = pd.Series(["a"] * 5 + ["b"] * 15, VALUES.index)


def test_counts_are_those_of_hand_arithmetic():
    """1 to 5 of 20: two in the lowest tenth, two in the next, one in the third."""
    assert tenth_counts(VALUES, OWNER, "a", "better").tolist() == [2, 2, 1, 0, 0, 0, 0, 0, 0, 0]
    assert tenth_counts(VALUES, OWNER, "a", "worse").tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 2, 2]
    shuffled = VALUES.sample(frac=1, random_state=3)
    assert tenth_counts(shuffled, OWNER, "a", "better").sum() == 5


def test_bars_are_as_high_as_their_shares(tmp_path):
    figure = draw_profile(VALUES, OWNER, "a", higher_is="better", title="Low.", source="ONS")
    bars = [patch.get_height() for patch in figure.findobj(Rectangle) if patch.get_gid() == "bar"]
    assert [bar / bars[2] for bar in bars] == pytest.approx([2, 2, 1, 0, 0, 0, 0, 0, 0, 0])
    assert written(figure, "value").split("\n")[:3] == ["40% (2)", "40% (2)", "20% (1)"]
    paths = [save_figure(figure, tmp_path / f"{name}.png") for name in ("one", "two")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_what_is_refused():
    with pytest.raises(InputError, match="never guessed"):
        draw_profile(VALUES, OWNER, "a", higher_is=None)
    with pytest.raises(InputError, match="no small area"):
        draw_profile(VALUES, OWNER, "z", higher_is="better")
    with pytest.raises(JoinError, match="s00"):
        draw_profile(VALUES, OWNER.drop("s00"), "a", higher_is="better")
    with pytest.raises(StatisticUndefined, match="ten"):
        draw_profile(VALUES[:9], OWNER, "a", higher_is="better")
