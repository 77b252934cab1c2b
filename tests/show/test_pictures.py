"""Maps and charts: every area once, the colours of its class, title and source, the same bytes."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import EllipseCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

from spatial_gaps import moran, neighbours
from spatial_gaps.errors import (
    CRSError,
    InputError,
    JoinError,
    OutputError,
    SpatialGapsWarning,
    StatisticUndefined,
)
from spatial_gaps.measure.classes import (
    CLUSTER_COLOURS,
    POCKET,
    VERDICT_COLOURS,
    class_breaks,
    class_of,
)
from spatial_gaps.show.charts import draw_beeswarm
from spatial_gaps.show.maps import draw_clusters, draw_map
from spatial_gaps.show.moran_plot import draw_moran
from spatial_gaps.show.pocket_map import draw_pockets
from spatial_gaps.show.saving import save_figure

CAPTION = {"title": "A finding", "subtitle": "Pay, 2021", "source": "ONS. OGL v3.0"}


def painted(figure):
    """Return the collections of areas: their number of paths and their colours."""
    found = [
        artist
        for artist in figure.axes[0].collections
        if isinstance(artist, PathCollection) and artist.get_gid() == "areas"
    ]
    colours = Counter()
    for collection in found:
        faces = [to_hex(face) for face in collection.get_facecolors()]
        repeated = faces * len(collection.get_paths()) if len(faces) == 1 else faces
        colours.update(("hatched" if collection.get_hatch() else face) for face in repeated)
    return sum(len(collection.get_paths()) for collection in found), colours


def words(figure):
    return " ".join(artist.get_text() for artist in figure.findobj(Text))


def draw(kind, pay, **changes):
    areas = changes.pop("areas", pay.areas)
    if kind == "map":
        return draw_map(areas, unit="£", higher_is="better", **(CAPTION | changes))
    if kind == "clusters":
        return draw_clusters(areas, pay.clusters, **(CAPTION | changes))
    if kind == "pockets":
        return draw_pockets(areas, pay.pockets, unit="£", higher_is="better", **(CAPTION | changes))
    return draw_beeswarm(
        areas, pay.regions, pay.benchmark, pockets=pay.pockets, higher_is="better", unit="£",
        **(CAPTION | changes),
    )  # fmt: skip


MAPS = ("map", "clusters", "pockets")
ALL = (*MAPS, "beeswarm")


@pytest.mark.parametrize("kind", MAPS)
def test_every_area_is_drawn_exactly_once(kind, pay):
    assert painted(draw(kind, pay))[0] == 361


def test_colours_are_those_of_the_classes(pay):
    values = pay.areas["value"]
    breaks = class_breaks(values, higher_is="better", unit="£")
    expected = Counter(
        "hatched" if number < 0 else breaks.colours[number] for number in class_of(values, breaks)
    )
    figure = draw("map", pay)
    assert painted(figure)[1] == expected
    for label in breaks.labels:
        assert label in words(figure)
    assert "No data" in words(figure)


def test_clusters_keep_their_colours_and_all_stand_in_the_key(pay):
    figure = draw("clusters", pay)
    counts = pay.clusters["cluster"].value_counts()
    colours = painted(figure)[1]
    for label in ("high-high", "low-low", "high-low", "not significant"):
        assert colours[CLUSTER_COLOURS[label]] == counts.get(label, 0)
    for text in ("High among high", "Low among low", "Low among high", "High among low"):
        assert text in words(figure)


def test_pockets_are_filled_outlined_and_numbered(pay):
    figure = draw("pockets", pay)
    counts = pay.pockets["verdict"].value_counts()
    for verdict in ("confirmed", "likely", "watch"):
        assert painted(figure)[1][VERDICT_COLOURS[verdict]] == counts[verdict]
    numbers = [text.get_text() for text in figure.findobj(Text) if text.get_gid() == "number"]
    assert sorted(map(int, numbers)) == list(range(1, int(pay.pockets["is_pocket"].sum()) + 1))
    assert "Great Yarmouth" in words(figure)


@pytest.mark.parametrize("kind", MAPS)
def test_no_border_is_cut_off_at_the_frame(kind, pay):
    for collection in draw(kind, pay).axes[0].collections:
        assert not collection.get_clip_on()


def test_lines_of_the_key_never_touch_and_regions_stand_apart(pay):
    figure = draw("pockets", pay)
    key = [text for text in figure.findobj(Text) if text.get_gid() == "key"]
    heights = np.unique(np.round([text.get_position()[1] for text in key], 4))
    assert np.diff(heights).min() >= 7.5 / 72
    place = {text.get_text(): text.get_position()[1] for text in key}
    assert place["Luton"] - place["South East"] > 1.4 * (place["Harlow"] - place["Mid Suffolk"])


def test_a_long_list_of_pockets_ends_in_how_many_more(pay):
    pockets = pay.pockets.assign(
        is_pocket=pay.pockets["below"]
        | pay.pockets["verdict"].isin(["watch", "likely", "confirmed"])
    )
    figure = draw_pockets(pay.areas, pockets, unit="£", higher_is="better", **CAPTION)
    numbers = [text for text in figure.findobj(Text) if text.get_gid() == "number"]
    assert f"and {pockets['is_pocket'].sum() - len(numbers)} more" in words(figure)
    assert min(text.get_position()[1] for text in figure.findobj(Text) if text.get_text()) > 0.2


def test_beeswarm_has_a_dot_per_figure_and_none_overlaps(pay):
    figure = draw("beeswarm", pay)
    swarms = figure.findobj(EllipseCollection)
    assert sum(len(swarm.get_offsets()) for swarm in swarms) == pay.audit.n_values
    filled = sum(sum(to_hex(face) == POCKET for face in swarm.get_facecolors()) for swarm in swarms)
    assert filled == pay.pockets["is_pocket"].sum()
    for swarm in swarms:
        points = np.asarray(swarm.get_offsets())
        apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
        assert apart[~np.eye(len(points), dtype=bool)].min() >= 0.08


@pytest.mark.parametrize("kind", ALL)
def test_title_subtitle_and_source_are_there_whatever_they_hold(kind, pay, tmp_path):
    figure = draw(kind, pay)
    for text in ("A finding", "Pay, 2021", "OGL v3.0"):
        assert text in words(figure)
    hostile = r"$\frac area$ <script> " + "x" * 10_000 + "\x00\u202e"
    bad = draw(kind, pay, title=hostile, subtitle=hostile, source=hostile)
    save_figure(bad, tmp_path / "bad.png", dpi=40)
    assert r"$\frac area$ <script>" in words(bad)


@pytest.mark.parametrize("kind", ALL)
def test_the_same_bytes_twice_and_for_shuffled_rows(kind, pay, tmp_path):
    mixed = pay.areas.sample(frac=1, random_state=3)
    for suffix in ("png", "svg"):
        first = save_figure(draw(kind, pay), tmp_path / f"a.{suffix}", dpi=40)
        other = save_figure(draw(kind, pay, areas=mixed), tmp_path / f"b.{suffix}", dpi=40)
        assert first.read_bytes() == other.read_bytes()


def test_inset_areas_are_drawn_once_on_real_boundaries(shared, pay):
    from spatial_gaps import read_boundaries

    shapes = read_boundaries("lad", shared / "data/boundaries/lad_2023_uk_buc.gpkg")
    areas = gpd.GeoDataFrame(
        pay.areas.drop(columns=["geometry", "q", "r"]), geometry=shapes.geometry
    )
    figure = draw("map", pay, areas=areas)
    assert painted(figure)[0] == 361
    assert "London" in words(figure)
    assert "Shetland" in words(figure)


def test_nothing_to_show_is_hatched_and_bad_input_is_said(pay):
    empty = pay.areas.assign(value=np.nan)
    assert painted(draw("map", pay, areas=empty))[1] == {"hatched": 361}
    with pytest.raises(StatisticUndefined, match="nothing to draw"):
        draw("beeswarm", pay, areas=empty)
    with pytest.raises(InputError, match="no such column"):
        draw_map(pay.areas, "nonsense", higher_is="better")
    with pytest.raises(InputError, match="never guessed"):
        draw_map(pay.areas)
    with pytest.raises(JoinError, match="E06000001"):
        draw_clusters(pay.areas, pay.clusters.drop("E06000001"))


def test_figures_are_saved_whole_or_not_at_all(pay, tmp_path):
    figure = draw("map", pay)
    with pytest.raises(InputError, match="png, svg, pdf"):
        save_figure(figure, tmp_path / "map.bmp")
    with pytest.raises(OutputError, match="folder exists"):
        save_figure(figure, tmp_path / "nowhere" / "map.png")
    assert not list(tmp_path.iterdir())


def test_drawing_changes_no_global_setting(pay, tmp_path):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    save_figure(draw("map", pay), tmp_path / "map.svg")
    assert dict(mpl.rcParams) == before


def test_sizes_and_coordinates_that_cannot_be_drawn_are_said(pay):
    for size in ("big", (8,), (0, 6), (8, float("nan"))):
        with pytest.raises(InputError, match="4 to 40"):
            draw("map", pay, size=size)
    with pytest.raises(CRSError, match="degrees"):
        draw("map", pay, areas=pay.areas.to_crs(4326))
    with pytest.raises(InputError, match="itl1"):
        draw("beeswarm", pay, areas=pay.areas.drop(columns="itl1"))


def test_beeswarm_shows_a_benchmark_that_no_area_is_near(pay, tmp_path):
    far = replace(pay.benchmark, name="日本 $x$\x00", value=5000.0)
    figure = draw_beeswarm(
        pay.areas, pay.regions, far, pockets=pay.pockets, higher_is="better", unit="£", **CAPTION
    )
    label = next(text for text in figure.findobj(Text) if text.get_gid() == "benchmark")
    assert 0 < label.get_position()[0] < figure.get_size_inches()[0]
    save_figure(figure, tmp_path / "far.png", dpi=40)


def test_moran_plot_has_every_area_once_and_the_slope_is_i(pay, tmp_path):
    values, graph = pay.areas["value"], pay_graph(pay)
    figure = draw_moran(values, graph, pay.clusters, unit="£", **CAPTION)
    dots = [each for each in figure.findobj(EllipseCollection) if each.get_gid()]
    shown = pay.clusters["cluster"].isin(["no neighbours", "undefined"])
    assert sum(len(each.get_offsets()) for each in dots) == (~shown).sum()
    found = moran(values, graph, permutations=0)
    slope = next(text for text in figure.findobj(Text) if text.get_gid() == "moran")
    assert slope.get_text() == f"slope: Moran's I {found.I:.2f}"
    assert f"{shown.sum()} without a figure or neighbour" in words(figure)
    width, height = figure.get_size_inches()
    for each in (some for some in dots if len(some.get_offsets())):
        places = each.get_offsets()
        assert (places.min(axis=0) > 0).all()
        assert (places.max(axis=0) < (width, height)).all()
    first, second = (tmp_path / name for name in ("one.png", "two.png"))
    save_figure(figure, first)
    save_figure(draw_moran(values[::-1], graph, pay.clusters, unit="£", **CAPTION), second)
    assert first.read_bytes() == second.read_bytes()
    with pytest.raises(StatisticUndefined, match="constant"):
        draw_moran(values * 0 + 1, graph, pay.clusters, **CAPTION)
    with pytest.raises(JoinError, match="clusters"):
        draw_moran(values, graph, pay.clusters.iloc[5:], **CAPTION)


def pay_graph(pay):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpatialGapsWarning)
        return neighbours(pay.areas)


LAYERS = [
    *(("lad", year, f"lad_{year}_uk_buc") for year in range(2019, 2026)),
    ("itl3", 2021, "itl3_2021_uk_buc"),
    ("itl3", 2025, "itl3_2025_uk_buc"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("level", "vintage", "name"), LAYERS)
def test_every_area_of_every_vintage_is_drawn_exactly_once_and_coloured(
    level, vintage, name, shared
):
    from spatial_gaps import parents, read_boundaries

    path = shared / f"data/boundaries/{name}.gpkg"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpatialGapsWarning)
        areas = read_boundaries(level, path, vintage=vintage)
        region = parents(areas.index, "itl1", vintage)
    values = pd.Series(np.random.default_rng(0).normal(size=len(areas)), areas.index)
    values.iloc[::50] = np.nan
    figure = draw_map(areas.assign(itl1=region, value=values), higher_is="better", **CAPTION)
    breaks = class_breaks(values, higher_is="better")
    expected = Counter(
        "hatched" if number < 0 else breaks.colours[number] for number in class_of(values, breaks)
    )
    assert painted(figure) == (len(areas), expected)
    # Of ITL 3 in 2025 the isles are a part of the Highlands and Islands.
    isles = () if (level, vintage) == ("itl3", 2025) else ("Shetland", "Orkney")
    for inset in ("London", *isles):
        assert inset in words(figure)
