"""Map and hexagons side by side: every area once on each, in one set of classes."""

from __future__ import annotations

from collections import Counter

import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from spatial_gaps import cartogram, class_breaks, draw_beside, read_boundaries, save_figure
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.measure.classes import class_of


def fills(axes):
    found = Counter()
    for each in axes.collections:
        if isinstance(each, PathCollection) and each.get_gid() == "areas":
            faces = [to_hex(face) for face in each.get_facecolors()]
            count = len(each.get_paths())
            faces = faces * count if len(faces) == 1 else faces
            found.update("hatched" if each.get_hatch() else face for face in faces)
    return found


def test_every_area_is_drawn_once_on_each_side_in_its_class(shared, pay, tmp_path):
    real = read_boundaries("lad", shared / "data/boundaries/lad_2023_uk_buc.gpkg", vintage=2023)
    areas = real.join(pay.areas[["value", "itl1"]])
    hexes = cartogram("lad", 2023)
    figure = draw_beside(areas, hexes, unit="£", higher_is="better", title="Pay", source="ONS")
    breaks = class_breaks(areas["value"], higher_is="better", unit="£")
    wanted = Counter(
        "hatched" if n < 0 else breaks.colours[n] for n in class_of(areas["value"], breaks)
    )
    assert [fills(axes) for axes in figure.axes] == [wanted, wanted]
    paths = [save_figure(figure, tmp_path / f"{name}.png", dpi=50) for name in ("one", "two")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_what_is_refused(pay):
    hexes = cartogram("lad", 2023)
    with pytest.raises(JoinError, match="E06000001"):
        draw_beside(pay.areas, hexes.drop("E06000001"), higher_is="better")
    with pytest.raises(InputError, match="no such column"):
        draw_beside(pay.areas, hexes, "nonsense", higher_is="better")
