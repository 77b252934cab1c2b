"""The bivariate map: every area once, in the colour of both its thirds, counted in the key."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from spatial_gaps import cartogram, draw_bivariate, draw_map, save_figure
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.classes import BIVARIATE, class_breaks
from spatial_gaps.show.style import written


@pytest.fixture(scope="module")
def areas():
    rng = np.random.default_rng(5)
    hexes = cartogram("lad", 2023)
    hexes = hexes.assign(a=rng.normal(size=len(hexes)), b=rng.normal(size=len(hexes)))
    hexes.loc[hexes.index[:7], "b"] = np.nan
    return hexes


def faces(figure):
    found = Counter()
    for each in figure.axes[0].collections:
        if isinstance(each, PathCollection) and each.get_gid() == "areas":
            colours = [to_hex(face) for face in each.get_facecolors()]
            count = len(each.get_paths())
            colours = colours * count if len(colours) == 1 else colours
            found.update("hatched" if each.get_hatch() else colour for colour in colours)
    return found


def test_every_area_has_the_colour_of_both_thirds(areas, tmp_path):
    figure = draw_bivariate(areas, "a", "b", titles=("Pay", "Error"), source="ONS")
    known = areas.dropna(subset="b")
    low, high = (known[each].quantile([1 / 3, 2 / 3]).to_numpy() for each in ("a", "b"))
    wanted = Counter(
        BIVARIATE[int((row.a >= low).sum())][int((row.b >= high).sum())]
        for row in known.itertuples()
    )
    wanted["hatched"] = 7
    assert faces(figure) == wanted
    counts = list(map(int, written(figure, "count").split("\n")))
    assert sum(counts) == len(known)
    paths = [save_figure(figure, tmp_path / f"{name}.png") for name in ("one", "two")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_areas_that_could_be_in_three_classes_are_dotted(areas):
    breaks = class_breaks(areas["a"], higher_is="better")
    widths = np.where(np.arange(len(areas)) < 20, 9.0, 0.0)
    ends = areas.assign(low=areas["a"] - widths, high=areas["a"] + widths)
    figure = draw_map(ends, "a", breaks=breaks, limits=("low", "high"))
    assert faces(figure)["hatched"] == 20
    assert "three classes or more" in " ".join(
        text.get_text() for text in figure.findobj(match=lambda each: hasattr(each, "get_text"))
    )
    with pytest.raises(InputError, match="no such column"):
        draw_map(areas, "a", breaks=breaks, limits=("low", "high"))


def test_what_is_refused(areas):
    with pytest.raises(InputError, match=r"no such columns.*c"):
        draw_bivariate(areas, "a", "c", titles=("Pay", "Error"))
    with pytest.raises(StatisticUndefined, match="both"):
        draw_bivariate(areas.assign(b=np.nan), "a", "b", titles=("Pay", "Error"))
