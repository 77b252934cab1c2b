"""Many layers into one GeoPackage: a few at a time, put together by SQLite.

GDAL opens a file for every layer that it adds, and opening takes longer the more layers a file
holds: 278 layers one by one took four times as long as in files of their own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from spatial_gaps.export.layer import Layer
from spatial_gaps.export.layer_file import write_layer

# One assessment has fewer.
MOST = 24
SHADOWS = ("_rowid", "_node", "_parent")


def write_layers(made: Path, layers: Sequence[Layer]) -> None:
    """Add layers and tables to a GeoPackage, in their order.

    Parameters
    ----------
    made : path
        File to make; others of like names come and go beside it.
    layers : sequence of Layer
        Views are not among them.

    Raises
    ------
    InputError
        If text cannot be held.
    OSError
        If GDAL or SQLite fails; the file's name is for the caller to add.
    """
    part = made.with_name(f"part-{made.name}")
    for start in range(0, len(layers), MOST):
        target = part if start else made
        for layer in layers[start : start + MOST]:
            write_layer(target, layer)
        if start:
            _merge(made, part)
            part.unlink()


def _merge(made: Path, part: Path) -> None:
    """Copy all that a part holds, indices and triggers too, into the file."""
    with closing(sqlite3.connect(made, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("ATTACH ? AS part", (str(part),))
        database.execute("BEGIN")
        there = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        entries = database.execute(
            "SELECT type, name, sql FROM part.sqlite_master WHERE sql NOT NULL ORDER BY rowid"
        ).fetchall()
        trees = [name for _, name, sql in entries if sql.startswith("CREATE VIRTUAL")]
        shadows = {tree + end for tree in trees for end in SHADOWS}
        for kind, name, sql in entries:
            if kind != "table" or name == "sqlite_sequence":
                continue
            quoted = name.replace('"', '""')
            if name in shadows:  # came with its tree, as that of no rows
                database.execute(f'DELETE FROM "{quoted}"')
            elif name not in there:
                database.execute(sql)
            if name not in trees:
                lacking = f'EXCEPT SELECT * FROM main."{quoted}"' if name in there else ""
                database.execute(
                    f'INSERT INTO main."{quoted}" SELECT * FROM part."{quoted}" {lacking}'
                )
        # Not before the rows: triggers count them, in functions that only GDAL has.
        for kind, name, sql in entries:
            if kind in ("trigger", "index") and name not in there:
                database.execute(sql)
        database.execute("COMMIT")
