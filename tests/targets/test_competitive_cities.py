"""Competitive cities: the definition, regions without one, and real output per hour."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps import areas, competitive_cities, parents, read_metric
from spatial_gaps.errors import InputError, JoinError

SIZE = pd.Series([900.0, 500, 300, np.nan, 400], index=list("abcde"))
OUTPUT = pd.Series([50.0, 30, 60, 70, 40], index=list("abcde"))
REGION = pd.Series(["south", "north", "north", "west", "east"], index=list("abcde"))


def test_definition_and_regions_by_hand():
    found = competitive_cities(SIZE, OUTPUT, min_size=400, min_productivity=40, region=REGION)
    # A threshold that is met is met.
    assert found.table.index[found.table["competitive"]].tolist() == ["a", "e"]
    assert found.without == ("north", "west")
    assert found.unknown == ("d",)
    assert found.regions["nearest"].to_dict() == {"east": "", "north": "c", "south": "", "west": ""}
    assert str(found).endswith("2 of 4 regions have none: north and west.")


def test_higher_thresholds_leave_fewer():
    counts = [
        competitive_cities(SIZE, OUTPUT, min_size=size, min_productivity=40)
        .table["competitive"]
        .sum()
        for size in (100, 400, 500, 1000)
    ]
    assert counts == [3, 2, 1, 0]
    assert competitive_cities(SIZE, OUTPUT, min_size=1, min_productivity=1).regions.empty


def test_order_changes_nothing():
    given = {"min_size": 400, "min_productivity": 40}
    one = competitive_cities(SIZE, OUTPUT, region=REGION, **given)
    other = competitive_cities(SIZE[::-1], OUTPUT, region=REGION[::-1], **given)
    pd.testing.assert_frame_equal(one.table, other.table[::-1])
    pd.testing.assert_frame_equal(one.regions, other.regions)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="finite"):
        competitive_cities(SIZE, OUTPUT, min_size=float("inf"), min_productivity=1)
    with pytest.raises(JoinError):
        competitive_cities(SIZE, OUTPUT[:3], min_size=1, min_productivity=1)
    with pytest.raises(JoinError):
        competitive_cities(SIZE, OUTPUT, min_size=1, min_productivity=1, region=REGION[:3])


def test_on_real_itl3_areas(shared):
    """README of the data: of ITL 3 areas in 2022 Tower Hamlets has the highest output, £69.40."""
    metric = read_metric(
        shared / "data/metrics/tidy/gva_per_hour_itl.csv", indicator="gva_per_hour_unsmoothed"
    )
    people = areas("itl3", 2021)["population"]
    output = metric.at(2022, "itl3")["value"].reindex(people.index)
    region = parents(people.index, "itl1", 2021)
    found = competitive_cities(people, output, min_size=0, min_productivity=69.4, region=region)
    assert found.table.index[found.table["competitive"]].tolist() == [output.idxmax()]
    assert found.regions.loc["TLI", "competitive"] == 1
    assert len(found.without) == 11
