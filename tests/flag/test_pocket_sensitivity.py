"""Settings equal `find_pockets` one by one; maps drawn anew are connected."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.flag.pocket_sensitivity import pocket_sensitivity
from spatial_gaps.flag.pockets import find_pockets
from spatial_gaps.flag.pockets_redrawn import pockets_redrawn
from spatial_gaps.locate.redrawing import redraw_regions
from spatial_gaps.locate.weights import Links

SIDE = 8
ROW, COLUMN = np.divmod(np.arange(SIDE**2), SIDE)
CODES = pd.Index([f"x{i:02d}" for i in range(SIDE**2)])
FOCAL, OTHER = np.nonzero(abs(ROW[:, None] - ROW) + abs(COLUMN[:, None] - COLUMN) == 1)
GRAPH = pd.Series(
    1.0, index=pd.MultiIndex.from_arrays([CODES[FOCAL], CODES[OTHER]], names=["focal", "neighbor"])
)
HALVES = pd.Series(np.where(COLUMN < 4, "west", "east"), index=CODES, name="halves")
QUARTERS = pd.Series(
    np.char.add(np.where(COLUMN < 4, "w", "e"), np.where(ROW < 4, "n", "s")),
    index=CODES,
    name="quarters",
)
VALUES = pd.Series(
    np.where(COLUMN < 4, 110.0, 104.0) + np.random.default_rng(0).normal(0, 0.5, SIDE**2),
    index=CODES,
)
VALUES["x09"] = 100.0
SE = pd.Series(0.6, index=CODES)
LINES = {"seven": {"benchmark": 107.0}, "bottom": {"bottom_share": 0.1}}


def test_every_setting_is_what_find_pockets_finds():
    result = pocket_sensitivity(
        VALUES, [HALVES, QUARTERS], higher_is="better", lines=LINES, se=SE,
        graphs={"rook": GRAPH}, errors=(1.0, 1.5), draws=4000,
    )  # fmt: skip
    assert len(result.settings) == 8
    assert result.settings.iloc[0][["line", "tier", "errors"]].tolist() == ["seven", "halves", 1.0]
    row = result.settings
    for line, tier, factor in (("seven", HALVES, 1.0), ("bottom", QUARTERS, 1.5)):
        table = find_pockets(
            VALUES, tier, higher_is="better", se=SE * factor, graph=GRAPH, **LINES[line]
        )
        mine = row[(row["line"] == line) & (row["tier"] == tier.name) & (row["errors"] == factor)]
        assert mine["n_pockets"].item() == (table["p_pocket"] >= 0.5).sum()
        assert mine["expected"].item() == pytest.approx(table["p_pocket"].sum(), abs=0.05)
    assert "8 settings" in str(result)


def test_stability_is_a_share_of_one_dimension():
    result = pocket_sensitivity(VALUES, [HALVES, QUARTERS], higher_is="better", lines=LINES, se=SE)
    areas = result.areas
    assert areas.loc["x09", "always"]
    assert areas.loc["x09", ["stability_line", "stability_tier", "stability_errors"]].eq(1).all()
    assert areas["stability_line"].isin([0.5, 1.0]).all()
    assert (areas["least"] <= areas["p"]).all()
    assert (areas["p"] <= areas["most"]).all()
    lost = VALUES.copy()
    lost["x09"] = np.nan
    gone = pocket_sensitivity(lost, [HALVES], higher_is="better", lines=LINES, se=SE).areas
    assert gone.loc["x09"].drop("always").isna().all()
    assert not gone.loc["x09", "always"]


def test_nonsense_is_refused():
    with pytest.raises(InputError, match="at least one line"):
        pocket_sensitivity(VALUES, [HALVES], higher_is="better", lines={})
    with pytest.raises(InputError, match="a line has no"):
        pocket_sensitivity(VALUES, [HALVES], higher_is="better", lines={"x": {"treshold": 1.0}})
    with pytest.raises(InputError, match="positive"):
        pocket_sensitivity(VALUES, [HALVES], higher_is="better", lines=LINES, se=SE, errors=(0.0,))


def test_random_regions_are_connected_and_as_many_as_asked():
    links = Links(SIDE**2, FOCAL, OTHER, np.ones(len(FOCAL)))
    maps = list(redraw_regions(links, 5, 20, 3))
    for region in maps:
        assert len(np.unique(region)) == 5
        for number in np.unique(region):
            left, seen = set(np.flatnonzero(region == number)), set()
            queue = [min(left)]
            while queue:
                area = queue.pop()
                seen.add(area)
                queue += [o for o in OTHER[FOCAL == area] if o in left and o not in seen]
            assert seen == left
    assert len({tuple(region) for region in maps}) == 20
    again = list(redraw_regions(links, 5, 20, 3))
    np.testing.assert_array_equal(maps, again)


def test_a_pocket_deep_in_the_west_stays_one_when_regions_are_redrawn():
    table = find_pockets(VALUES, HALVES, higher_is="better", se=SE, benchmark=107.0, graph=GRAPH)
    result = pockets_redrawn(table, GRAPH, higher_is="better", regions=6, redraws=100)
    assert result.loc["x09", "redrawn"] > 0.8
    assert result["own"].sum() == 1
    # The eastern areas are poor, and hidden only where a map puts them with the west.
    east = result["redrawn"][COLUMN >= 4]
    assert 0 < east.max() < 0.6
    assert east[COLUMN[COLUMN >= 4] == 7].mean() < east[COLUMN[COLUMN >= 4] == 4].mean()
    with pytest.raises(InputError, match="lacks"):
        pockets_redrawn(table.drop(columns="estimate"), GRAPH, higher_is="better")
