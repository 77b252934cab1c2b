"""The picture of settings shows each count once, and frames the first."""

from __future__ import annotations

import pandas as pd
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.show.sensitivity_chart import draw_sensitivity
from spatial_gaps.show.style import written

SETTINGS = pd.DataFrame(
    {
        "line": ["UK figure", "UK figure", "bottom fifth", "bottom fifth"],
        "tier": ["itl1", "itl3", "itl1", "itl3"],
        "weights": ["queen"] * 4,
        "errors": [1.0] * 4,
        "n_pockets": [27, 3, 2, 0],
        "kept": [1.0, 2 / 27, 2 / 27, 0.0],
    }
)


def texts(figure):
    return [artist.get_text() for artist in figure.texts if artist.get_text()] + [
        artist.get_text() for artist in figure.get_children() if hasattr(artist, "get_text")
    ]


def test_every_count_is_there_and_single_choices_are_not_named():
    figure = draw_sensitivity(SETTINGS, title="It depends on the tier.", source="ONS, OGL v3")
    words = texts(figure)
    for text in ("27", "3  (7% of them)", "0  (0% of them)", "inside ITL 3 areas", "bottom fifth"):
        assert text in words
    assert not any("queen" in word or "errors" in word for word in words)
    assert "It depends on the tier." in written(figure, "title")
    frames = [
        cell for cell in figure.get_children() if cell.get_gid() == "cell" and cell.get_linewidth()
    ]
    assert len(frames) == 1


def test_two_dimensions_share_an_axis():
    both = pd.concat([SETTINGS, SETTINGS.assign(errors=1.4)])
    assert "UK figure, errors × 1.4" in texts(draw_sensitivity(both, title="x"))


def test_other_tables_are_refused():
    with pytest.raises(InputError, match="kept"):
        draw_sensitivity(SETTINGS.drop(columns="kept"))
    with pytest.raises(InputError, match="rows"):
        draw_sensitivity(SETTINGS.iloc[:0])
