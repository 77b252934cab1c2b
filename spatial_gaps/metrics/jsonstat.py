"""JSON-stat 2, the format of many statistical services, as rows and columns of text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.errors import InputError

LARGEST = 20_000_000  # cells of the cube
ROLES = {"geo": "code", "time": "period", "metric": "indicator"}


def jsonstat_cells(content: bytes, path: Path) -> pd.DataFrame:
    """Return a data set as a tidy table of text, its headings in the first line.

    Parameters
    ----------
    content : bytes
        A JSON-stat 2.0 response of class "dataset".
    path : Path
        Named in errors.

    Returns
    -------
    DataFrame, shape (cells + 1, columns)
        Indexed from 1: code and name of the dimension in the role of places, period, indicator,
        one column for each other dimension, value, status.

    Raises
    ------
    InputError
        If it is no such data set, or its parts do not fit together.

    Notes
    -----
    The format: https://json-stat.org/full/.
    """
    try:
        found = json.loads(content.decode("utf-8-sig"))
        cube = _Cube(found)
    except UnicodeDecodeError as error:
        raise _wrong(path, f"byte {error.start} is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise _wrong(path, f"{error.msg} at byte {error.pos}", error.lineno) from None
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _wrong(path, str(error) or type(error).__name__) from None
    return cube.cells()


def _wrong(path: Path, why: str, row: int | None = None) -> InputError:
    return InputError(
        f"this JSON is no JSON-stat 2 data set: {why}",
        file=path,
        row=row,
        hint="Ask the service for JSON-stat 2 or CSV.",
    )


class _Cube:
    """The parts of a data set, checked against each other."""

    def __init__(self, found: Any) -> None:
        if found.get("class") != "dataset" or not str(found.get("version", "2")).startswith("2"):
            raise ValueError("its class is not 'dataset', or its version not 2")
        self.sizes = [int(size) for size in found["size"]]
        cells = prod(self.sizes)
        if not 0 < cells <= LARGEST:
            raise ValueError(f"it has {cells:,} cells")
        self.names = [str(name) for name in found["id"]]
        role = found.get("role", {})
        self.roles = {str(name): ROLES[key] for key in ROLES for name in role.get(key, ())}
        self.labels = [
            _categories(found["dimension"][name]["category"], size)
            for name, size in zip(self.names, self.sizes, strict=True)
        ]
        self.values = _spread(found["value"], cells)
        status = found.get("status", {})
        self.status = [status] * cells if isinstance(status, str) else _spread(status, cells)

    def cells(self) -> pd.DataFrame:
        """Return one row per cell, the last dimension running fastest."""
        columns: list[np.ndarray] = []
        places = np.unravel_index(np.arange(prod(self.sizes)), self.sizes)
        for name, labels, at in zip(self.names, self.labels, places, strict=True):
            role = self.roles.get(name, "code" if name.lower() in ("geo", "geography") else "")
            keys, texts = (np.array(part, dtype=object)[at] for part in zip(*labels, strict=True))
            if role == "code":
                columns += [np.append("code", keys), np.append("name", texts)]
            elif role == "period":
                columns.append(np.append("period", keys))
            else:
                columns.append(np.append(role or f"{name.lower()}_name", texts))
        columns += [
            np.append(head, part)
            for head, part in (("value", self.values), ("status", self.status))
        ]
        frame = pd.DataFrame(dict(enumerate(columns)), dtype=object)
        return frame.set_axis(range(1, len(frame) + 1))


def _categories(category: Mapping[str, Any], size: int) -> list[tuple[str, str]]:
    """Return key and label of each category, in their order."""
    label = category.get("label", {})
    index = category.get("index", list(label))
    keys = sorted(index, key=index.__getitem__) if isinstance(index, Mapping) else list(index)
    if len(keys) != size:
        raise ValueError(f"a dimension of size {size} lists {len(keys)} categories")
    return [(str(key), str(label.get(key, key))) for key in keys]


def _spread(given: Mapping[str, Any] | Sequence[Any], cells: int) -> list[str]:
    """Return one text per cell out of a list, or out of a mapping from positions."""
    if isinstance(given, Mapping):
        whole: list[Any] = [None] * cells
        for position, value in given.items():
            whole[int(position)] = value
    else:
        whole = list(given)
    if len(whole) != cells:
        raise ValueError(f"it has {len(whole)} entries for {cells} cells")
    return [
        "" if value is None else repr(value) if isinstance(value, float) else str(value)
        for value in whole
    ]
