"""The tables of a GeoPackage that GDAL does not fill: styles, metadata, column descriptions."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from spatial_gaps.export.layer import Layer
from spatial_gaps.export.qgis_project import metadata_xml, style_qml
from spatial_gaps.export.qgis_rename import project_files, renamed_project

QGIS_METADATA = "http://mrcc.com/qgis.dtd"
# How a file says that this package wrote it, and which layers.
OUR_METADATA = "urn:spatial-gaps:layers"
EXTRAS = ("layer_styles", "qgis_projects")

_LAYER_STYLES = """
CREATE TABLE layer_styles (
 id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
 f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
 f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
 useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
 update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))
"""
_METADATA = """
CREATE TABLE gpkg_metadata (
 id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL,
 md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL,
 mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '')
"""
_METADATA_REFERENCE = """
CREATE TABLE gpkg_metadata_reference (
 reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
 timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
 md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
 CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
 CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id))
"""
_DATA_COLUMNS = """
CREATE TABLE gpkg_data_columns (
 table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
 mime_type TEXT, constraint_name TEXT,
 CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
 CONSTRAINT gdc_tn UNIQUE (table_name, name))
"""
_DATA_COLUMN_CONSTRAINTS = """
CREATE TABLE gpkg_data_column_constraints (
 constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
 min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
 CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))
"""
_EXTENSIONS = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
 table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
 scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))
"""
_DEFINITIONS = {
    "gpkg_metadata": "http://www.geopackage.org/spec121/#extension_metadata",
    "gpkg_schema": "http://www.geopackage.org/spec121/#extension_schema",
}


def describe(database: sqlite3.Connection, layers: Sequence[Layer], stamp: str) -> None:
    """Write styles, metadata and column descriptions of the layers that have any.

    Parameters
    ----------
    database : Connection
        To a GeoPackage that holds the layers.
    layers : sequence of Layer
        As written.
    stamp : str
        Date of every entry.
    """
    if any(layer.styles for layer in layers):
        _write_styles(database, layers, stamp)
    if any(layer.fields for layer in layers):
        _write_fields(database, layers)
    _create_metadata(database)
    for layer in layers:
        if layer.licence or layer.rights:
            _add_metadata(
                database, QGIS_METADATA, "text/xml", metadata_xml(layer), layer.name, stamp
            )


def _write_styles(database: sqlite3.Connection, layers: Sequence[Layer], stamp: str) -> None:
    database.execute(_LAYER_STYLES)
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)"
        " VALUES ('layer_styles', 'attributes', 'layer_styles', 'Styles for QGIS', ?, 0)",
        (stamp,),
    )
    rows: list[tuple[Any, ...]] = []
    for layer in layers:
        for number, style in enumerate(layer.styles):
            # Schema '' and not NULL, and no two times alike: else QGIS overlooks or repeats styles.
            hours, seconds = divmod(len(rows), 3600)
            moment = f"{stamp[:11]}{hours:02d}:{seconds // 60:02d}:{seconds % 60:02d}.000Z"
            shape = "geom" if layer.is_spatial else ""
            rows.append(
                ("", "", layer.name, shape, style.name, style_qml(layer, style), "",
                 int(number == 0), style.about, "", "", moment)
            )  # fmt: skip
    database.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,"
        " styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def _write_fields(database: sqlite3.Connection, layers: Sequence[Layer]) -> None:
    database.execute(_DATA_COLUMNS)
    database.execute(_DATA_COLUMN_CONSTRAINTS)
    _extend(database, "gpkg_schema", ("gpkg_data_columns", "gpkg_data_column_constraints"))
    database.executemany(
        "INSERT INTO gpkg_data_columns (table_name, column_name, name, title, description)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            (layer.name, column, alias, alias, about)
            for layer in layers
            for column, (alias, about) in layer.fields.items()
        ],
    )


def _extend(database: sqlite3.Connection, extension: str, tables: Sequence[str]) -> None:
    """Register tables of an extension of the standard."""
    database.execute(_EXTENSIONS)
    database.executemany(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, 'read-write')",
        [(table, extension, _DEFINITIONS[extension]) for table in tables],
    )


def _create_metadata(database: sqlite3.Connection) -> None:
    database.execute(_METADATA)
    database.execute(_METADATA_REFERENCE)
    _extend(database, "gpkg_metadata", ("gpkg_metadata", "gpkg_metadata_reference"))


def _add_metadata(
    database: sqlite3.Connection, standard: str, kind: str, text: str, table: str | None, stamp: str
) -> None:
    """Add metadata about a table, or about the whole file."""
    entry = database.execute(
        "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata)"
        " VALUES ('dataset', ?, ?, ?)",
        (standard, kind, text),
    )
    database.execute(
        "INSERT INTO gpkg_metadata_reference (reference_scope, table_name, timestamp, md_file_id)"
        " VALUES (?, ?, ?, ?)",
        ("geopackage" if table is None else "table", table, stamp, entry.lastrowid),
    )


def store_project(database: sqlite3.Connection, file_name: str, project: bytes, stamp: str) -> None:
    """Put a zipped project into the file, under the file's own name."""
    described = {"last_modified_time": stamp, "last_modified_user": "spatial_gaps"}
    database.execute(
        "CREATE TABLE qgis_projects(name TEXT PRIMARY KEY, metadata BLOB, content BLOB)"
    )
    database.execute(
        "INSERT INTO qgis_projects VALUES (?, ?, ?)",
        (_stem(file_name), json.dumps(described), project.hex()),
    )


def rename_projects(database: sqlite3.Connection, file_name: str) -> None:
    """Let the stored projects find their layers in a file of this name.

    Parameters
    ----------
    database : Connection
        To the GeoPackage; one of its projects still has the name that the file had.
    file_name : str
        Its name now.

    Raises
    ------
    ValueError, sqlite3.Error
        If there is no project, or none of its layers lies in the file.
    """
    projects = dict(database.execute("SELECT name, content FROM qgis_projects"))
    packed = {name: bytes.fromhex(content) for name, content in projects.items()}
    named = {name: project_files(content) for name, content in packed.items()}
    # QGIS may have stored others since, of any name.
    old = [
        file for name, files in named.items() for file in files if _stem(file) == name
    ]  # fmt: skip
    if not old:
        raise ValueError("none of its projects has the name of the file that its layers lie in")
    for name, content in packed.items():
        if old[0] in named[name]:
            database.execute(
                "UPDATE qgis_projects SET name = ?, content = ? WHERE name = ?",
                (
                    _stem(file_name) if name == _stem(old[0]) else name,
                    renamed_project(content, old[0], file_name).hex(),
                    name,
                ),
            )


def _stem(file_name: str) -> str:
    return file_name.rpartition(".")[0]


def mark(database: sqlite3.Connection, layers: Sequence[Layer], stamp: str) -> None:
    """Note in the file which layers were written, so that a later run may replace it."""
    text = json.dumps({"layers": [layer.name for layer in layers]})
    _add_metadata(database, OUR_METADATA, "application/json", text, None, stamp)


def written_layers(database: sqlite3.Connection) -> tuple[bool, str]:
    """Return whether every layer of a GeoPackage is ours, and the layers that are not, in words.

    Parameters
    ----------
    database : Connection
        To any SQLite file.
    """
    tables = {
        name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if not {"gpkg_contents", "gpkg_metadata"} <= tables:
        return False, "its contents"
    found = database.execute(
        "SELECT metadata FROM gpkg_metadata WHERE md_standard_uri = ?", (OUR_METADATA,)
    ).fetchone()
    ours = _listed(found[0]) if found else set()
    present = {name for (name,) in database.execute("SELECT table_name FROM gpkg_contents")}
    others = sorted(present - ours - set(EXTRAS))
    return bool(found) and not others, ", ".join(others)


def _listed(text: object) -> set[object]:
    """Return the names in our mark, none from one that somebody has altered."""
    try:
        return set(json.loads(str(text))["layers"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return set()
