"""JSON-stat 2, against the examples of its specification and by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest

from spatial_gaps import read_metric
from spatial_gaps.errors import InputError

CUBE = {
    "version": "2.0",
    "class": "dataset",
    "id": ["geography", "sex", "time"],
    "size": [2, 2, 2],
    "role": {"geo": ["geography"], "time": ["time"]},
    "dimension": {
        "geography": {
            "category": {
                "index": {"E06000002": 1, "E06000001": 0},
                "label": {"E06000001": "Hartlepool", "E06000002": "Middlesbrough"},
            }
        },
        "sex": {"category": {"index": ["m", "f"], "label": {"m": "Male", "f": "Female"}}},
        "time": {"category": {"index": ["2021", "2022"]}},
    },
    # The last dimension runs fastest: Hartlepool men 2021, 2022, Hartlepool women 2021, ...
    "value": [1, 2, 3, 4.5, 5, None, 7, 8],
    "status": {"5": "x"},
}


@pytest.fixture
def write(tmp_path):
    def write_(cube: object):
        path = tmp_path / "cube.json"
        path.write_text(cube if isinstance(cube, str) else json.dumps(cube), encoding="utf-8")
        return path

    return write_


def test_a_cube_is_read_with_its_order_labels_and_markers(write):
    path = write(CUBE)
    with pytest.raises(InputError, match=r"cube.json: the file holds several.*Male.*Female"):
        read_metric(path)
    women = read_metric(path, indicator="Female")
    assert women.at(2021)["value"].to_dict() == {"E06000001": 3, "E06000002": 7}
    assert women.at(2022)["value"].to_dict() == {"E06000001": 4.5, "E06000002": 8}
    assert women.at(2021)["name"].tolist() == ["Hartlepool", "Middlesbrough"]
    men = read_metric(path, indicator="Male").at(2022)
    assert np.isnan(men.loc["E06000002", "value"])
    assert "marked x" in men.loc["E06000002", "status"]


def test_values_by_position_are_the_same_as_a_list(write):
    sparse = {str(at): value for at, value in enumerate(CUBE["value"]) if value is not None}
    one = read_metric(write(CUBE), indicator="Male").table
    other = read_metric(write(CUBE | {"value": sparse}), indicator="Male").table
    assert one.equals(other)


@pytest.mark.parametrize(
    ("cube", "words"),
    [
        ('{"class": "dataset"', "row 1: .*at byte 19"),
        ("{}", "class is not 'dataset'"),
        (CUBE | {"class": "collection"}, "class is not 'dataset'"),
        (CUBE | {"size": [2, 2, 3]}, "size 3 lists 2"),
        (CUBE | {"value": [1, 2]}, "2 entries for 8 cells"),
        (CUBE | {"value": {"900": 1}}, "JSON-stat"),
        (CUBE | {"size": [10**9, 2, 2]}, "4,000,000,000 cells"),
        (CUBE | {"id": ["geography"]}, "JSON-stat"),
        ("[" * 100_000, "no column holds area codes|no row"),
        ('{"a":' * 100_000, "JSON-stat"),
    ],
)
def test_what_is_no_data_set_is_refused(write, cube, words):
    with pytest.raises(InputError, match=words) as caught:
        read_metric(write(cube))
    assert "cube.json" in str(caught.value)
