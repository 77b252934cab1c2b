"""Maps of change and small multiples: every area once per map, one scale, grey where nothing is sure."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

from spatial_gaps import assess, cartogram, read_metric, sample_path
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.measure.classes import (
    BETTER,
    UNSURE_CHANGE,
    WORSE,
    change_breaks,
    class_breaks,
    class_of,
)
from spatial_gaps.show.change_map import draw_change
from spatial_gaps.show.saving import save_figure
from spatial_gaps.show.small_multiples import draw_small_multiples, evenly

CAPTION = {"title": "A finding", "subtitle": "Pay, 2023", "source": "ONS. OGL v3.0"}


@pytest.fixture(scope="module")
def since():
    pay = read_metric(sample_path("gross-median-weekly-pay"))
    return assess(cartogram(), pay, period=2023, since=2015)


def painted(axes) -> Counter[str]:
    """Count areas by colour, "hatched" or "dotted"."""
    counted: Counter[str] = Counter()
    for artist in axes.collections:
        if isinstance(artist, PathCollection) and artist.get_gid() == "areas":
            faces = [to_hex(face) for face in artist.get_facecolors()]
            faces = faces * len(artist.get_paths()) if len(faces) == 1 else faces
            kind = {"/": "hatched", ".": "dotted"}.get((artist.get_hatch() or " ")[0])
            counted.update(kind or face for face in faces)
    return counted


def words(figure):
    return " ".join(artist.get_text() for artist in figure.findobj(Text))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=30),
    st.sampled_from(["better", "worse"]),
)
def test_classes_mirror_around_nothing_and_hold_every_change(changes, direction):
    breaks = change_breaks(changes, higher_is=direction)
    edges = np.array(breaks.edges)
    if max(np.abs(changes)) == 0:
        assert breaks.colours == (UNSURE_CHANGE,)
        return
    assert 0 in edges or (edges > 0).all() or (edges < 0).all()
    up, down = (BETTER, WORSE) if direction == "better" else (WORSE, BETTER)
    for low, high, colour in zip(edges[:-1], edges[1:], breaks.colours, strict=True):
        assert low < high
        assert colour in (down if high <= 0 else up)
    # What lies inside has its mirror image on the other side, if that side is there at all.
    for edge in edges[(edges != 0) & (-edges >= edges[0]) & (-edges <= edges[-1])]:
        assert -edge in edges
    classes = class_of(np.array(changes), breaks)
    assert ((classes >= 0) & (classes < len(breaks.colours))).all()
    signs = np.array(["up" if breaks.colours[k] in up else "down" for k in classes])
    assert (signs == np.where(np.array(changes) >= 0, "up", "down")).all()


def test_no_change_at_all_is_refused():
    with pytest.raises(StatisticUndefined, match="no area has a change"):
        change_breaks([np.nan], higher_is="better")


def test_the_map_of_change_draws_every_area_once_and_the_unsure_grey(since):
    figure = draw_change(since.areas, since.trend, unit="£", higher_is="better", **CAPTION)
    counted = painted(figure.axes[0])
    verdict, change = since.trend["verdict"], since.trend["change"]
    assert counted.total() == 361
    assert counted[UNSURE_CHANGE] == (verdict == "within sampling error").sum()
    assert counted["hatched"] == change.isna().sum()
    assert counted["dotted"] == ((verdict == "not assessable") & change.notna()).sum()
    assert sum(counted[colour] for colour in BETTER) == (verdict == "better").sum()
    assert not any(counted[colour] for colour in WORSE)
    assert "Within sampling error" in words(figure)


def test_without_errors_changes_are_shown_and_the_key_says_so(since):
    bare = since.trend.assign(verdict="not assessable")
    figure = draw_change(since.areas, bare, unit="£", higher_is="worse", **CAPTION)
    counted = painted(figure.axes[0])
    assert sum(counted[colour] for colour in WORSE) == bare["change"].notna().sum()
    assert "No errors are published" in " ".join(words(figure).split())


def test_small_multiples_have_one_scale_and_one_key(since):
    panel = since.comparison.figures
    figure = draw_small_multiples(since.areas, panel, unit="£", higher_is="better", **CAPTION)
    breaks = class_breaks(panel.to_numpy().ravel(), higher_is="better", unit="£")
    assert len(figure.axes) == panel.shape[1] == 9
    for period, axes in zip(panel, figure.axes, strict=True):
        counted = painted(axes)
        assert counted.total() == 361
        assert counted["hatched"] == panel[period].isna().sum()
        classes = pd.Series(class_of(panel[period], breaks)).value_counts()
        for number, colour in enumerate(breaks.colours):
            assert counted[colour] == classes.get(number, 0)
    assert all(words(figure).count(label) == 1 for label in breaks.labels)
    scales = {round(float(np.diff(axes.get_xlim())[0]), 6) for axes in figure.axes}
    assert len(scales) == 1


@given(st.integers(1, 60))
def test_at_most_nine_periods_evenly_chosen(count):
    chosen = evenly(list(range(count)))
    assert len(chosen) == min(count, 9)
    assert (chosen[0], chosen[-1]) == (0, count - 1)
    steps = np.diff(chosen)
    assert not len(steps) or steps.max() - steps.min() <= 1


def test_same_bytes_whatever_the_order_of_the_rows(since, tmp_path):
    mixed = since.areas.sample(frac=1, random_state=1)
    for number, (areas, order) in enumerate(
        ((since.areas, slice(None)), (mixed, slice(None, None, -1)))
    ):
        change = draw_change(areas, since.trend[order], unit="£", higher_is="better", **CAPTION)
        years = draw_small_multiples(
            areas, since.comparison.figures[order], unit="£", higher_is="better", **CAPTION
        )
        save_figure(change, tmp_path / f"change{number}.png")
        save_figure(years, tmp_path / f"years{number}.png")
    for name in ("change", "years"):
        one, other = (tmp_path / f"{name}{number}.png" for number in (0, 1))
        assert one.read_bytes() == other.read_bytes()


def test_what_is_refused(since):
    with pytest.raises(InputError, match=r"lack columns.*verdict"):
        draw_change(since.areas, since.trend[["change"]], higher_is="better", **CAPTION)
    with pytest.raises(JoinError, match="lack areas"):
        draw_change(since.areas, since.trend.iloc[1:], higher_is="better", **CAPTION)
    with pytest.raises(InputError, match="need a panel"):
        draw_small_multiples(since.areas, pd.DataFrame(), higher_is="better", **CAPTION)
    with pytest.raises(JoinError, match="lack areas"):
        draw_small_multiples(
            since.areas, since.comparison.figures.iloc[1:], higher_is="better", **CAPTION
        )
