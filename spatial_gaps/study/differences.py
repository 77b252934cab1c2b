"""What changed from one run to another: inputs, versions, figures, flags."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spatial_gaps.checks import counted
from spatial_gaps.errors import InputError
from spatial_gaps.study.working import KEYS

RECORDS = ("study.json", "run.json")
# Rows of these have no key of their own: they are there or not.
_WHOLE = ("audit", "warnings", "failures")
# What a reader asks for first.
_FLAGS = ("verdict", "cluster")
_SHOWN = 5
COLUMNS = ("table", "row", "column", "first", "second")


@dataclass(frozen=True)
class Differences:
    """What changed.

    Attributes
    ----------
    lines : tuple of str
        In words, the most important first.
    changes : DataFrame
        One row per change: table, row (its key), column, first, second; a row that is only in one
        of them has the column "" and "there" on its side.
    """

    lines: tuple[str, ...]
    changes: pd.DataFrame


def compare_runs(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> Differences:
    """Compare two folders that `run`, `write_folder` or the command line wrote.

    Parameters
    ----------
    first, second : path
        Folders with study.json or run.json and tables.

    Returns
    -------
    Differences
        In words and as a table. Numbers are compared as they are written.

    Raises
    ------
    InputError
        If a folder is none of a run, or one is a study and the other is not.
    """
    one, two = Path(first), Path(second)
    records = [_record(folder) for folder in (one, two)]
    if records[0][0] != records[1][0]:
        raise InputError("one of the folders is a study and the other is not", file=two)
    changes = [
        change
        for name in sorted(
            {path.stem for folder in (one, two) for path in folder.glob("tables/*.csv")}
        )
        for change in _changes(name, _table(one, name), _table(two, name))
    ]
    table = pd.DataFrame(changes, columns=list(COLUMNS))
    lines = [
        *_record_lines("Inputs", *(record.get("inputs", {}) for _, record in records)),
        *_record_lines("Versions", *(record.get("versions", {}) for _, record in records)),
        *_record_lines("Options", *(record.get("options", {}) for _, record in records)),
        *_table_lines(table, one),
    ]
    return Differences(tuple(lines) or ("Nothing changed.",), table)


def _record(folder: Path) -> tuple[str, dict[str, Any]]:
    for name in RECORDS:
        try:
            return name, dict(json.loads((folder / name).read_bytes()))
        except OSError:
            continue
        except (ValueError, TypeError) as error:
            raise InputError(
                f"the record of the run is damaged: {error}", file=folder / name
            ) from error
    raise InputError(
        "is no folder of a run: there is neither study.json nor run.json in it", file=folder
    )


def _table(folder: Path, name: str) -> pd.DataFrame:
    """Return a table as text, indexed by what its rows are about."""
    path = folder / "tables" / f"{name}.csv"
    if not path.is_file():
        return pd.DataFrame()
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    columns = [str(column) for column in frame]
    own = [column for column in columns if column not in KEYS]
    keys = [column for column in columns if column in KEYS]
    keys += [*own] if name in _WHOLE else [] if name == "summary" else own[:1]
    labels = frame[keys].agg(", ".join, axis=1) if len(frame) else pd.Series(dtype=str)
    # Two rows of one key stay apart.
    again = labels.groupby(labels).cumcount()
    labels = labels.where(again == 0, labels + " #" + (again + 1).astype(str))
    return frame.drop(columns=keys).set_index(labels)


def _changes(
    name: str, one: pd.DataFrame, two: pd.DataFrame
) -> list[tuple[str, str, str, str, str]]:
    gone = [(name, str(row), "", "there", "") for row in one.index.difference(two.index)]
    new = [(name, str(row), "", "", "there") for row in two.index.difference(one.index)]
    rows = one.index.intersection(two.index)
    columns = one.columns.intersection(two.columns)
    before, after = (
        frame.reindex(index=rows, columns=columns).to_numpy(dtype=object) for frame in (one, two)
    )
    changed = [
        (name, str(rows[i]), str(columns[j]), str(before[i, j]), str(after[i, j]))
        for i, j in zip(*(before != after).nonzero(), strict=True)
    ]
    return gone + new + changed


def _record_lines(title: str, one: Mapping[str, Any], two: Mapping[str, Any]) -> list[str]:
    said = [f"{name} is gone" for name in one if name not in two]
    said += [f"{name} is new" for name in two if name not in one]
    for name in one:
        if name in two and one[name] != two[name]:
            short = all(
                len(str(each)) <= 40 and title != "Inputs" for each in (one[name], two[name])
            )
            said.append(f"{name} {one[name]} -> {two[name]}" if short else f"{name} changed")
    return [f"{title}: {'; '.join(said)}."] if said else []


def _table_lines(changes: pd.DataFrame, folder: Path) -> list[str]:
    """Return flags, then figures, then rows that came and went, table by table."""
    names = _names(folder)
    lines = []
    flags = changes[changes["column"].isin(_FLAGS) & (changes["table"] == "areas")]
    for column, rows in flags.groupby("column", sort=True):
        told = [
            f"{names.get(row['row'], row['row'])} {row['first'] or 'none'} -> {row['second'] or 'none'}"
            for row in rows.head(_SHOWN).to_dict("records")
        ]
        more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        lines.append(f"Flags: {column} of {counted(len(rows), 'area')}: {'; '.join(told)}{more}.")
    rest = changes[~changes.index.isin(flags.index)]
    for name, rows in rest.groupby("table", sort=True):
        new, gone = (rows["second"] == "there").sum(), (rows["first"] == "there").sum()
        cells = rows[rows["column"] != ""]
        parts = (
            [f"{counted(len(cells), 'figure')} in {', '.join(sorted(set(cells['column'])))}"]
            if len(cells)
            else []
        )
        parts += [f"{counted(int(new), 'new row')}"] if new else []
        parts += [f"{counted(int(gone), 'row')} gone"] if gone else []
        lines.append(f"{name}: {'; '.join(parts)}.{_largest(cells, names)}")
    return lines


def _largest(cells: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return the figure that changed most against what it was."""
    values = cells[cells["column"].isin(("value", "gap"))]
    before, after = (pd.to_numeric(values[side], errors="coerce") for side in ("first", "second"))
    size = ((after - before) / before.abs()).abs().fillna(-1)
    if not (size >= 0).any():
        return ""
    row = values.iloc[int(size.to_numpy().argmax())]
    return f" The largest: {names.get(row['row'], row['row'])}, {row['first']} -> {row['second']}."


def _names(folder: Path) -> dict[str, str]:
    """Return the name of every area by the key of its row."""
    areas = _table(folder, "areas")
    if "name" not in areas:
        return {}
    return {
        str(row): ", ".join([*str(row).split(", ")[:-1], name])
        for row, name in areas["name"].items()
    }
