"""Steps of the figure between neighbours, and the lines along which neighbours meet."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps.errors import InputError
from spatial_gaps.locate.border_steps import border_steps
from spatial_gaps.locate.borders import border_lines

CODES = list("abcd")


def ring() -> pd.Series:
    """Return a - b - c - d - a, each link both ways."""
    pairs = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")]
    both = pairs + [pair[::-1] for pair in pairs]
    return pd.Series(1.0, index=pd.MultiIndex.from_tuples(both, names=["focal", "neighbor"]))


def test_steps_by_hand() -> None:
    values = pd.Series([10.0, 4.0, 4.0, np.nan], index=CODES)
    se = pd.Series([3.0, 4.0, np.nan, 1.0], index=CODES)
    found = border_steps(values, ring(), higher_is="better", se=se)
    assert found[["better", "worse", "step"]].to_numpy().tolist() == [
        ["a", "b", 6.0],
        ["b", "c", 0.0],
    ]
    # 6 / sqrt(3² + 4²); the only pair with a z, so that its p stays as it is.
    assert found["z"].tolist()[0] == pytest.approx(1.2)
    assert found["p_adjusted"].tolist()[0] == pytest.approx(math.erfc(1.2 / math.sqrt(2)))
    assert found.loc[1, ["z", "p_adjusted"]].isna().all()


def test_lower_is_better_turns_every_pair_around() -> None:
    values = pd.Series([10.0, 4.0, 5.0, 1.0], index=CODES)
    up, down = (border_steps(values, ring(), higher_is=each) for each in ("better", "worse"))
    assert up["better"].tolist() == down["worse"].tolist() == ["a", "a", "c", "c"]
    assert up["worse"].tolist() == down["better"].tolist() == ["b", "d", "b", "d"]
    assert up["step"].tolist() == down["step"].tolist() == [6.0, 9.0, 1.0, 4.0]


def test_p_are_corrected_over_all_pairs() -> None:
    values = pd.Series([0.0, 2.0, 4.5, 1.0], index=CODES)
    found = border_steps(values, ring(), higher_is="better", se=pd.Series(0.5**0.5, index=CODES))
    single = np.array([math.erfc(z / math.sqrt(2)) for z in found["z"]])
    assert found["z"].tolist() == pytest.approx([2.0, 1.0, 2.5, 3.5])
    # Benjamini and Hochberg by hand: p times 4 over its rank, never above that of a larger p.
    rank = [3, 4, 2, 1]
    scaled = single * 4 / np.array(rank)
    assert found["p_adjusted"].tolist() == pytest.approx(scaled.tolist())


@given(
    st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=2, max_size=8),
    st.data(),
    st.sampled_from(["better", "worse"]),
)
def test_every_pair_with_two_figures_once(
    figures: list[float], data: st.DataObject, higher_is: str
) -> None:
    codes = [f"E{k}" for k in range(len(figures))]
    links = data.draw(
        st.lists(
            st.tuples(st.sampled_from(codes), st.sampled_from(codes)), max_size=20, unique=True
        )
    )
    graph = pd.Series(1.0, index=pd.MultiIndex.from_tuples(links, names=["focal", "neighbor"])) if (
        links
    ) else pd.Series(dtype=float, index=pd.MultiIndex.from_arrays([[], []]))  # fmt: skip
    values = pd.Series(figures, index=codes)
    found = border_steps(values, graph, higher_is=higher_is)
    wanted = {
        frozenset(pair) for pair in links
        if pair[0] != pair[1] and values[list(pair)].notna().all()
    }  # fmt: skip
    pairs = [frozenset(pair) for pair in found[["better", "worse"]].to_numpy().tolist()]
    assert (len(pairs), set(pairs)) == (len(wanted), wanted)
    sign = 1 if higher_is == "better" else -1
    assert (found["step"] >= 0).all()
    differences = sign * (values[found["better"]].to_numpy() - values[found["worse"]].to_numpy())
    assert found["step"].tolist() == differences.tolist()


def test_mistakes_are_said() -> None:
    values = pd.Series([10.0, 4.0, 5.0], index=CODES[:3])
    with pytest.raises(InputError, match="the graph is of other areas"):
        border_steps(values, ring(), higher_is="better")
    with pytest.raises(InputError):
        border_steps(values, ring(), higher_is="up")


def test_lines_by_hand() -> None:
    west, east, north_east = (shapely.box(x, y, x + 1, y + 1) for x, y in ((0, 0), (1, 0), (1, 1)))
    far = shapely.box(4, 0, 5, 1)
    shapes = np.array([west, east, north_east, far])
    lines = border_lines(shapes, np.array([[0, 1], [0, 2], [1, 3]]))
    assert lines[0].equals(shapely.LineString([(1, 0), (1, 1)]))
    # They meet at a corner: between points inside; apart: across the water.
    assert lines[1].equals(shapely.LineString([(0.5, 0.5), (1.5, 1.5)]))
    assert lines[2].length == pytest.approx(2)
    assert len(border_lines(shapes, np.empty((0, 2), dtype=int))) == 0


def meeting(shapes: np.ndarray) -> np.ndarray:
    """Return the pairs of shapes whose borders have a line in common, by shapely."""
    tree = shapely.STRtree(shapes)
    pairs = tree.query(shapes, predicate="intersects").T
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    common = shapely.length(shapely.intersection(*shapely.boundary(shapes[pairs]).T))
    return np.column_stack([pairs, common])[common > 0]


@pytest.mark.parametrize("seed", range(5))
def test_lines_are_as_long_as_shapely_finds_borders(seed: int) -> None:
    spread = np.random.default_rng(seed).random((60, 2)) * 1000
    cells = shapely.voronoi_polygons(shapely.multipoints(spread))
    shapes = np.array(shapely.get_parts(cells))
    found = meeting(shapes)
    lines = border_lines(shapes, found[:, :2].astype(int))
    assert len(lines) > 100
    assert shapely.length(lines).tolist() == pytest.approx(found[:, 2].tolist(), rel=1e-9)
    mine = shapely.boundary(shapes[found[:, 0].astype(int)])
    assert shapely.covers(shapely.buffer(mine, 1e-6), lines).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*vertices were moved")
def test_real_borders_are_as_long_as_shapely_finds_them(shared: Path) -> None:
    import spatial_gaps as sg

    areas = sg.read_boundaries(
        "itl3", shared / "data/boundaries/itl3_2021_uk_buc_snapped.gpkg", 2021
    )
    shapes = areas.geometry.to_numpy()
    found = meeting(shapes)
    lines = border_lines(shapes, found[:, :2].astype(int))
    assert len(lines) > 350
    assert shapely.length(lines).tolist() == pytest.approx(found[:, 2].tolist(), rel=1e-6)
