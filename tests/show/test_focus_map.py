"""The map of one place: its areas in the classes of all, neighbours grey, names that do not touch."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

from spatial_gaps import class_breaks, draw_focus, draw_place, find_place, save_figure
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.measure.classes import class_of
from spatial_gaps.show.focus_map import AROUND
from spatial_gaps.show.style import written

PLACE = find_place("Essex")


def fills(figure):
    found = Counter()
    for each in figure.axes[0].collections:
        if isinstance(each, PathCollection) and each.get_gid() == "areas":
            faces = [to_hex(face) for face in each.get_facecolors()]
            found.update(faces * len(each.get_paths()) if len(faces) == 1 else faces)
    return found


def test_the_place_has_the_classes_of_all_areas_and_neighbours_are_grey(pay, tmp_path):
    figure = draw_focus(pay.areas, PLACE.areas, unit="£", higher_is="better", title="Essex")
    breaks = class_breaks(pay.areas["value"], higher_is="better", unit="£")
    numbers = class_of(pay.areas.loc[list(PLACE.areas), "value"], breaks)
    wanted = Counter(breaks.colours[number] for number in numbers)
    found = fills(figure)
    assert found.pop(AROUND) > 3
    assert found == wanted
    assert sorted(written(figure, "name").split("\n")) == sorted(
        pay.areas.loc[list(PLACE.areas), "name"]
    )
    paths = [save_figure(figure, tmp_path / f"{name}.png") for name in ("one", "two")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_editable_svg_keeps_names_as_text_with_their_rims(pay, tmp_path):
    figure = draw_focus(pay.areas, PLACE.areas, higher_is="better", title="A & B <i>")
    kept = save_figure(figure, tmp_path / "kept.svg", editable=True)
    again = save_figure(figure, tmp_path / "again.svg", editable=True)
    texts = {each.text for each in ElementTree.parse(kept).iter() if each.tag.endswith("}text")}
    assert {"A & B <i>", *pay.areas.loc[list(PLACE.areas), "name"]} <= texts
    assert 'g[id="name"] text {paint-order: stroke' in kept.read_text("utf-8")
    assert kept.read_bytes() == again.read_bytes()
    # Rims are back, and outlines are what is written unless asked otherwise.
    assert "<text" not in save_figure(figure, tmp_path / "plain.svg").read_text("utf-8")
    assert all(each.get_path_effects() for each in figure.findobj(Text) if each.get_gid() == "name")


def test_names_do_not_touch_and_can_be_left_out(pay):
    county = find_place("South East")
    figure = draw_focus(pay.areas, county.areas, higher_is="better")
    spots = [each for each in figure.findobj(Text) if each.get_gid() == "name"]
    places = sorted(each.get_position()[::-1] for each in spots)
    assert all(abs(a[0] - b[0]) > 0.1 or abs(a[1] - b[1]) > 0.15 for a, b in pairwise(places))
    bare = draw_focus(pay.areas, county.areas, higher_is="better", labels=False)
    assert written(bare, "name") == ""


def test_the_sheet_for_a_committee_is_a4_with_its_table(pay, tmp_path):
    rows = [["Harlow", "£477", "1 of 2"], ["Tendring", "£468", "2 of 2"]]
    figure = draw_place(
        pay.areas, PLACE.areas, rows, heads=["Area", "Figure", "Rank among all"],
        sentences=["One.", "Two."], breaks=class_breaks(pay.areas["value"]), title="Essex",
    )  # fmt: skip
    assert tuple(figure.get_size_inches()) == (8.27, 11.69)
    cells = written(figure, "cell").split("\n")
    assert all(cell in cells for row in rows for cell in row)
    assert save_figure(figure, tmp_path / "sheet.pdf").read_bytes()[:4] == b"%PDF"


def test_what_is_refused(pay):
    with pytest.raises(JoinError, match="E99"):
        draw_focus(pay.areas, ["E99"], higher_is="better")
    with pytest.raises(InputError, match="no such column"):
        draw_focus(pay.areas, PLACE.areas, "nonsense", higher_is="better")
    with pytest.raises(InputError, match="no area"):
        draw_focus(pay.areas, [], higher_is="better")
