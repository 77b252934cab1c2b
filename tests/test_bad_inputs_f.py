"""Group F of the bad inputs, options and API: what is misspelt, contradictory or out of order is refused.

Item 62 is in tests/locate/test_neighbours.py too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import spatial_gaps as sg
from spatial_gaps.errors import InputError, SpatialGapsError

FUNCTIONS = [
    name for name in sg.__all__ if inspect.isfunction(getattr(sg, name)) and name != "__version__"
]
# Every code twice, so that a wrong order cannot give the right answer.
VALUES = pd.Series([400.0, 100.0, 300.0, 200.0], index=["d", "a", "c", "b"])
PEOPLE = pd.Series([1.0, 2.0, 3.0, 4.0], index=["a", "b", "c", "d"])
REGION = pd.Series(["N", "N", "S", "S"], index=["a", "b", "c", "d"])
LINE = pd.Series(
    1.0,
    index=pd.MultiIndex.from_tuples(
        [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")],
        names=["focal", "neighbor"],
    ),
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_f61_a_misspelt_keyword_is_refused(name: str) -> None:
    function = getattr(sg, name)
    parameters = inspect.signature(function).parameters.values()
    keywords = [each for each in parameters if each.kind is inspect.Parameter.VAR_KEYWORD]
    if keywords:  # pictures, whose captions are checked by name below
        assert [each.annotation for each in keywords] == ["Unpack[Caption]"]
        return
    with pytest.raises(TypeError, match="wieghts"):
        function(wieghts=1)


@pytest.mark.parametrize("name", ["draw_map", "draw_lorenz"])
def test_f61_a_misspelt_caption_is_refused_with_the_nearest(name: str) -> None:
    drawn = {
        "draw_map": (sg.cartogram("itl3", 2021).assign(value=1.0),),
        "draw_lorenz": (VALUES,),
    }
    with pytest.raises(InputError, match=r"'titel'\. Did you mean 'title'"):
        getattr(sg, name)(*drawn[name], titel="Pay")


@pytest.mark.parametrize(
    ("call", "listed"),
    [
        (lambda: sg.class_breaks(VALUES, "quantile"), ("quantiles", "jenks", "equal", "user")),
        (lambda: sg.gap(VALUES, higher_is="bad"), ("better", "worse")),
        (lambda: sg.moran(VALUES, LINE, policy="remove"), ("drop", "adjust", "keep")),
        (lambda: sg.moran(VALUES, LINE, transform="rows"), ("row", "binary", "given")),
        (
            lambda: sg.local_moran(VALUES, LINE, correction="bh"),
            ("fdr", "holm", "bonferroni", "none"),
        ),
        (lambda: sg.decompose(VALUES, [REGION], index="gini"), ("theil", "mld", "variance")),
        (lambda: sg.cartogram("parish"), ("lad", "itl3")),
        (lambda: sg.cartogram("lad", 2010), ("2023",)),
        (lambda: sg.neighbours(sg.cartogram(), "queens"), ("queen", "rook", "nearest", "distance")),
        (lambda: sg.sample_path("pay"), ("gross-median-weekly-pay",)),
    ],
)
def test_f61_an_unknown_choice_lists_those_there_are(
    call: Callable[[], object], listed: tuple[str, ...]
) -> None:
    with pytest.raises(InputError) as caught:
        call()
    for each in listed:
        assert each in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: sg.moran(VALUES, LINE, permutations=-1),
        lambda: sg.moran(VALUES, LINE, permutations=10**9),
        lambda: sg.moran(VALUES, LINE, seed="0"),
        lambda: sg.moran(VALUES, LINE, seed=-1),
        lambda: sg.local_moran(VALUES, LINE, alpha=0),
        lambda: sg.local_moran(VALUES, LINE, alpha=1.5),
        lambda: sg.moran(VALUES, LINE, workers=0),
        lambda: sg.class_breaks(VALUES, k=0),
        lambda: sg.share_ratio(VALUES, PEOPLE, share=1.5),
        lambda: sg.atkinson(VALUES, epsilon=-1),
        lambda: sg.gap(VALUES, higher_is="better", se=PEOPLE, seed=1.5),
        lambda: sg.ranks(VALUES, PEOPLE, higher_is="better", seed="0"),
        lambda: sg.decompose(VALUES, [REGION], permutations=9, seed=-1),
        lambda: sg.find_pockets(VALUES, REGION, higher_is="better", se=PEOPLE, seed=None),
        lambda: sg.neighbours(sg.cartogram("itl3", 2021), "nearest", k=0),
        lambda: sg.neighbours(sg.cartogram("itl3", 2021), "nearest", k=10_000),
        lambda: sg.neighbours(sg.cartogram("itl3", 2021), "distance", distance=-1.0),
    ],
)
def test_f62_numbers_out_of_range_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(InputError):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: sg.find_pockets(
            VALUES, REGION, higher_is="better", threshold=150.0, bottom_share=0.2
        ),
        lambda: sg.find_pockets(
            VALUES, REGION, higher_is="better", threshold=150.0, median_share=0.6
        ),
        lambda: sg.neighbours(sg.cartogram("itl3", 2021), "queen", k=3),
        lambda: sg.neighbours(sg.cartogram("itl3", 2021), "nearest", k=3, distance=1000.0),
        lambda: sg.class_breaks(VALUES, "user"),
        lambda: sg.decompose(VALUES, [REGION], index="theil", order=2.0),
        lambda: sg.slope_index(VALUES, higher_is="better", link="linear", bounds=(0.0, 500.0)),
    ],
)
def test_f63_options_that_contradict_each_other_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(SpatialGapsError):
        call()


class TestAlignment:
    """a 100, b 200, c 300, d 400 with 1, 2, 3, 4 people: the mean is 300, by position it were 220."""

    def test_f64_another_order_of_rows_is_put_in_order_by_code(self) -> None:
        # Gini over people: sum of w_i w_j |x_i - x_j| over 2 mean W^2, by hand.
        x, w = np.array([100.0, 200, 300, 400]), np.array([1.0, 2, 3, 4])
        expected = (np.outer(w, w) * np.abs(np.subtract.outer(x, x))).sum() / (2 * 300 * 100)
        assert sg.gini(VALUES, PEOPLE) == pytest.approx(expected, rel=1e-12)

    def test_f64_a_line_of_figures_has_its_known_moran(self) -> None:
        """Row-standardised lags of -1.5, -.5, .5, 1.5: -.5, -.5, .5, .5; I = 2 / 5."""
        assert sg.moran(VALUES, LINE, permutations=0).I == pytest.approx(2 / 5, rel=1e-12)

    @pytest.mark.parametrize(
        "people",
        [
            pd.Series([1.0, 2.0, 3.0, 4.0], index=["a", "b", "c", "x"]),
            pd.Series([1.0, 2.0, 3.0, 4.0]),
            pd.Series([1.0, 2.0, 3.0, 4.0, 5.0], index=["a", "a", "b", "c", "d"]),
            PEOPLE.head(3),
        ],
        ids=["other codes", "no codes", "a code twice", "one too few"],
    )
    def test_f64_what_cannot_be_put_in_order_is_refused(self, people: pd.Series) -> None:
        with pytest.raises(SpatialGapsError):
            sg.gini(VALUES, people)

    @pytest.mark.parametrize(
        "people",
        [np.arange(1.0, 4.0), np.ones((4, 1)), np.asmatrix([1.0, 2.0, 3.0, 4.0]), "1234"],
        ids=["too short", "a table", "a matrix", "text"],
    )
    def test_f64_arrays_of_another_shape_are_refused(self, people: Any) -> None:
        with pytest.raises(SpatialGapsError):
            sg.gini(VALUES.to_numpy(), people)

    def test_f64_what_is_masked_is_missing(self) -> None:
        masked = np.ma.masked_array([100.0, 300.0, -999.0], mask=[False, False, True])
        assert sg.gini(masked) == pytest.approx(0.25)


def copies(given: dict[str, Any]) -> dict[str, Any]:
    return {
        name: each.copy(deep=True) if isinstance(each, pd.DataFrame | pd.Series) else each
        for name, each in given.items()
    }


def same(before: Any, after: Any) -> None:
    if isinstance(before, gpd.GeoDataFrame):
        assert before.geometry.to_wkb().equals(after.geometry.to_wkb())
        before, after = before.drop(columns="geometry"), after.drop(columns="geometry")
    if isinstance(before, pd.DataFrame):
        pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(after), check_exact=True)
    elif isinstance(before, pd.Series):
        pd.testing.assert_series_equal(before, after, check_exact=True)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("gini", {"values": VALUES, "weights": PEOPLE}),
        ("gap", {"values": VALUES, "weights": PEOPLE, "higher_is": "better"}),
        ("gap_indices", {"values": VALUES, "weights": PEOPLE, "se": PEOPLE, "higher_is": "better"}),
        ("moran", {"values": VALUES, "graph": LINE}),
        ("geary", {"values": VALUES, "graph": LINE}),
        ("local_moran", {"values": VALUES, "graph": LINE, "permutations": 999}),
        ("local_geary", {"values": VALUES, "graph": LINE, "permutations": 999}),
        ("spatial_gini", {"values": VALUES, "graph": LINE}),
        ("find_pockets", {"values": VALUES, "region": REGION, "higher_is": "better", "se": PEOPLE}),
        ("class_breaks", {"values": VALUES}),
        ("ranks", {"values": VALUES, "se": PEOPLE, "higher_is": "better"}),
        ("masking", {"values": VALUES, "regions": [REGION]}),
    ],
)
def test_f65_what_is_given_is_left_as_it_was(name: str, given: dict[str, Any]) -> None:
    before = copies(given)
    getattr(sg, name)(**given)
    for each, kept in before.items():
        same(kept, given[each])


def test_f65_an_assessment_leaves_areas_and_metric_as_they_were() -> None:
    areas = sg.cartogram("itl3", 2021)
    table = pd.DataFrame({"code": areas.index, "jobs": np.arange(len(areas)) + 1.0})
    metric = sg.read_metric(table, period="2021", higher_is="better")
    before = copies({"areas": areas, "metric": metric.table, "given": table})
    sg.assess(areas, metric, period="2021")
    for kept, now in zip(before.values(), (areas, metric.table, table), strict=True):
        same(kept, now)
