"""A stored project whose file has another name now: which files it reads, and the new name in it."""

from __future__ import annotations

import html
import io
import re
import zipfile

# How a layer is found beside the project, as text or as an attribute of the XML.
_SOURCE = re.compile(r"\./([^|<>\"]+)\|layername=")


def project_files(content: bytes) -> set[str]:
    """Return the names of the files beside itself in which a zipped project finds layers.

    Raises
    ------
    ValueError
        If it is no zipped project.
    """
    return {
        html.unescape(name)
        for entry, held in _entries(content)
        if entry.filename.endswith(".qgs")
        for name in _SOURCE.findall(held.decode("utf-8"))
    }


def renamed_project(content: bytes, old: str, new: str) -> bytes:
    """Return a zipped project whose layers lie in a GeoPackage of another name.

    Parameters
    ----------
    content : bytes
        As `project_qgz` returns it, or as QGIS stored it.
    old, new : str
        Names of the file, without their folders.

    Raises
    ------
    ValueError
        If it is no zipped project.
    """

    def source(found: re.Match[str]) -> str:
        same = html.unescape(found[1]) == old
        return f"./{html.escape(new)}|layername=" if same else found[0]

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as after:
        for entry, held in _entries(content):
            if entry.filename.endswith(".qgs"):
                held = _SOURCE.sub(source, held.decode("utf-8")).encode("utf-8")
            after.writestr(entry, held)
    return packed.getvalue()


def _entries(content: bytes) -> list[tuple[zipfile.ZipInfo, bytes]]:
    """Return what is in a zip file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return [(entry, packed.read(entry)) for entry in packed.infolist()]
    except zipfile.BadZipFile as error:
        raise ValueError(f"a project in it is no zip file: {error}") from error
