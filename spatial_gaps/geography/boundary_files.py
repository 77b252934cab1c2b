"""Opening boundary files: only local ones, of a known kind, whose bytes are what the name says."""

from __future__ import annotations

import errno
import os
import re
import stat
import warnings
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from spatial_gaps.checks import check_file
from spatial_gaps.errors import CRSError, InputError

if TYPE_CHECKING:
    import geopandas as gpd

# Suffix: what the file is, and how its bytes start.
FORMATS = {
    ".gpkg": ("GeoPackage", (b"SQLite format 3\x00",)),
    ".geojson": ("GeoJSON", (b"{",)),
    ".json": ("GeoJSON", (b"{",)),
    ".shp": ("shapefile", (b"\x00\x00\x27\x0a",)),
    ".parquet": ("GeoParquet", (b"PAR1",)),
    ".geoparquet": ("GeoParquet", (b"PAR1",)),
}
SIDECARS = (".shx", ".dbf")
SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
# Real layers shrink to a third or a tenth; blank columns of a small .dbf to less, hence FREE_BYTES.
MOST_ENTRIES, MOST_BYTES, MOST_RATIO, FREE_BYTES = 1_000, 2_000_000_000, 100, 20_000_000
# GDAL looks every field up among all others: 100,000 of them take it a minute, 2,000 no time.
MOST_COLUMNS = 2_000
# A string of JSON, and the colon that makes it a name. It matches at every quote, hence in one pass.
STRING = re.compile(rb'"((?:[^"\\]|\\.)*+)(?:"(\s*+:)?|\\?\Z)', re.DOTALL)
CHUNK = 1 << 20
FilePath = str | os.PathLike[str]


def read_layer(path: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read one layer of a local file, or of a file inside a zip, as it is.

    Parameters
    ----------
    path : Path
        GeoPackage, GeoJSON, shapefile or GeoParquet, or a zip that holds one of them.
    layer : str, optional
        Which layer of a GeoPackage, or which file of a zip (its name without the suffix).

    Returns
    -------
    GeoDataFrame
        Every column and row of the layer.

    Raises
    ------
    InputError
        If the path is an address or a connection string, the file is missing, of an unknown kind,
        damaged or incomplete, has several layers, or is a zip that unpacks to too much.
    CRSError
        If a shapefile has no .prj.

    Notes
    -----
    GDAL opens much more than these formats by itself: addresses, virtual files that name other
    files, JSON that holds commands. Hence the path, the suffix and the bytes are checked first.
    """
    check_file(path)
    if path.suffix.lower() != ".zip":
        return _read_known(path, layer, path)
    with TemporaryDirectory() as folder:
        member, inner = _unpack(path, layer, Path(folder))
        return _read_known(member, inner, path)


def _read_known(path: Path, layer: str | None, shown: FilePath) -> gpd.GeoDataFrame:
    """Check the bytes of a file and read it; `shown` is the name that errors give it."""
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise InputError(
            f"boundaries are not read from files of type '{suffix}'",
            file=shown,
            hint=f"Convert it to one of {', '.join(FORMATS)}.",
        )
    if path.stat().st_size > MOST_BYTES:
        raise InputError(
            f"the file has {path.stat().st_size:,} bytes, and at most {MOST_BYTES:,} are read",
            file=shown,
            hint="Take a generalised layer, or cut the file down to the areas needed.",
        )
    kind, starts = FORMATS[suffix]
    with path.open("rb") as stream:
        head = stream.read(256)
    if not head.startswith(starts) and not _unmarked(head).startswith(starts):
        first = head[:12].decode("ascii", "replace").strip()
        raise InputError(
            f"this is not a {kind}: its first bytes are {first!r}",
            file=shown,
            hint="Download it again: an error page may have been saved in its place.",
        )
    if kind == "GeoJSON":
        _check_collection(path, shown)
    if kind == "shapefile":
        _check_sidecars(path, shown)
    if kind == "GeoParquet":
        return _read_parquet(path, layer, shown)
    return _read_vector(path, kind, layer, shown)


def _unmarked(head: bytes) -> bytes:
    """Take the byte order mark and leading blanks off."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _check_collection(path: Path, shown: FilePath) -> None:
    """Refuse JSON of other kinds: GDAL runs the command that a "gdal_streamed_alg" holds."""
    content = path.read_bytes()
    if b'"FeatureCollection"' not in content or b"gdal_streamed_alg" in content:
        raise InputError(
            "this JSON is not a FeatureCollection, which GeoJSON boundaries have to be",
            file=shown,
            hint="Export the layer as GeoJSON or GeoPackage.",
        )
    names: set[bytes] = set()
    for found in STRING.finditer(content):
        if found[2]:
            names.add(found[1])
        if len(names) > MOST_COLUMNS:
            raise InputError(
                f"the file has more than {MOST_COLUMNS:,} columns, which no boundaries do",
                file=shown,
                hint="Keep the columns with code and name.",
            )


def _check_sidecars(path: Path, shown: FilePath) -> None:
    def lacks(end: str) -> bool:
        return not any(path.with_suffix(form).exists() for form in (end, end.upper()))

    lacking = [end for end in SIDECARS if lacks(end)]
    if lacking:
        raise InputError(
            f"a shapefile needs its {' and '.join(lacking)} beside it",
            file=shown,
            hint="Copy all its files, or use a GeoPackage.",
        )
    if lacks(".prj"):
        raise CRSError(
            "the shapefile has no .prj, so it is not known which coordinate system it is in",
            file=shown,
            hint="Copy the .prj that came with it, or save the layer anew with its coordinate system.",
        )


def _damaged(kind: str, shown: FilePath) -> InputError:
    return InputError(
        f"this {kind} cannot be read, it may be cut short or damaged",
        file=shown,
        hint="Download or copy it again.",
    )


def _read_parquet(path: Path, layer: str | None, shown: FilePath) -> gpd.GeoDataFrame:
    import geopandas as gpd
    from shapely.errors import ShapelyError

    if layer is not None:
        raise InputError("a GeoParquet file has no layers", file=shown, hint="Leave layer out.")
    try:
        return gpd.read_parquet(path)
    except ImportError:
        raise InputError(
            "GeoParquet needs the package pyarrow",
            file=shown,
            hint="Install pyarrow, or convert the file to GeoPackage.",
        ) from None
    except (
        OSError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, ShapelyError,
    ) as error:  # fmt: skip
        # A damaged description of the columns fails anywhere in the reader.
        if "geo metadata" in str(error):
            raise InputError(
                "this Parquet file holds a table without shapes",
                file=shown,
                hint="Save it as GeoParquet, or give the file with the boundaries.",
            ) from None
        raise _damaged("GeoParquet", shown) from error


def _read_vector(path: Path, kind: str, layer: str | None, shown: FilePath) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pyogrio
    from shapely.errors import ShapelyError

    # An absolute path cannot be taken for the name of a driver.
    place = path.absolute()
    if is_misread(place):
        raise InputError(
            "paths with '!', ';', two slashes in front or control characters are not read",
            file=ascii(str(shown)),
            hint="Rename the file or folder.",
        )
    try:
        with warnings.catch_warnings(action="ignore"):  # of layers that are not read
            listed = pyogrio.list_layers(place)
        drawn = [str(name) for name, shape in listed if shape is not None]
        queries = _queries(place) if kind == "GeoPackage" else set()
        if layer in queries:
            raise InputError(
                f"'{layer}' is a view, which can run anything: only tables are read", file=shown,
                hint="Save it as a layer of its own, in QGIS by Export > Save Features As.",
            )  # fmt: skip
        drawn = [name for name in drawn if name not in queries]
        if layer is not None and layer not in drawn:
            raise InputError(f"there is no layer '{layer}'", file=shown, offenders=drawn)
        if layer is None and len(drawn) != 1:
            raise InputError(
                f"the file has {len(drawn)} layers with shapes, and one has to be chosen",
                file=shown,
                offenders=drawn,
                hint='Say layer="NAME".' if drawn else "Give the file with the boundaries.",
            )
        # Undefined coordinates are looked for later, where their areas can be named.
        with np.errstate(invalid="ignore"):
            return gpd.read_file(place, layer=layer or drawn[0], engine="pyogrio")
    except (RuntimeError, ValueError, ShapelyError, UnboundLocalError) as error:
        # The errors of pyogrio are RuntimeErrors; the last is its slip over a damaged .prj.
        raise _damaged(kind, shown) from error


def is_misread(place: Path) -> bool:
    """Return whether pyogrio would take the path for an address, and open or write another file.

    It takes "!" for the end of an archive's name and leaves ";", a first part after "//" and tabs
    out.
    """
    return re.search(r"[!;\x00-\x1f]|^//", str(place)) is not None


def _queries(place: Path) -> set[str]:
    """Return the names in a GeoPackage that are no tables with rows: views, virtual tables."""
    import pyogrio

    sql = "SELECT name FROM sqlite_master WHERE type = 'view' OR rootpage = 0"
    return set(pyogrio.read_dataframe(place, sql=sql)["name"])


def _unpack(path: Path, layer: str | None, folder: Path) -> tuple[Path, str | None]:
    """Copy one boundary file of a zip into a folder, under names of our own.

    The limits hold for the bytes as they come out: a header can say anything.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            main, members = _choose(archive.infolist(), layer, path)
            size, total = path.stat().st_size, 0
            for member in members:
                target = folder / f"layer{PurePosixPath(member.filename).suffix.lower()}"
                with archive.open(member) as source, target.open("wb") as sink:
                    while block := source.read(CHUNK):
                        total += len(block)
                        _check_total(total, size, path)
                        sink.write(block)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        locked = isinstance(error, RuntimeError) and "encrypted" in str(error)
        if locked:
            raise InputError(
                "the zip is locked with a password", file=path, hint="Unpack it yourself."
            ) from None
        raise _damaged("zip", path) from error
    except OSError as error:
        # A damaged directory leads to places before the start of the file.
        if error.errno != errno.EINVAL:
            raise
        raise _damaged("zip", path) from error
    inner = None if layer == PurePosixPath(main).stem else layer
    return folder / f"layer{PurePosixPath(main).suffix.lower()}", inner


def _check_total(total: int, size: int, path: Path) -> None:
    if total > MOST_BYTES or (total > FREE_BYTES and total > MOST_RATIO * size):
        raise InputError(
            f"the zip of {size:,} bytes unpacks to more than {min(total, MOST_BYTES):,}, "
            "which no boundaries do",
            file=path,
            hint="Do not trust this file. If you do, unpack it yourself and give the layer.",
        )


def _choose(
    entries: list[zipfile.ZipInfo], layer: str | None, path: Path
) -> tuple[str, list[zipfile.ZipInfo]]:
    """Return the name of the one boundary file in a zip, and the entries it consists of."""
    if len(entries) > MOST_ENTRIES:
        raise InputError(
            f"the zip holds {len(entries):,} files, at most {MOST_ENTRIES:,} are looked through",
            file=path,
            hint="Unpack it yourself and give the layer.",
        )
    # Folders of resource forks, which one system adds, repeat every name.
    names = {
        entry.filename: PurePosixPath(entry.filename)
        for entry in entries
        if not entry.is_dir() and not PurePosixPath(entry.filename).name.startswith("._")
    }
    found = [name for name, parts in names.items() if parts.suffix.lower() in FORMATS]
    wanted = found if len(found) == 1 else [name for name in found if names[name].stem == layer]
    if len(wanted) != 1:
        raise InputError(
            f"the zip holds {len(found)} boundary files, and one is needed",
            file=path,
            offenders=found,
            hint='Say layer="NAME", without the suffix.'
            if found
            else f"Any of {', '.join(FORMATS)}.",
        )
    main = names[wanted[0]]
    ends = SHAPEFILE if main.suffix.lower() == ".shp" else (main.suffix.lower(),)
    same = {name for name, parts in names.items() if parts.with_suffix("") == main.with_suffix("")}
    members = [
        entry
        for entry in entries
        if entry.filename in same and PurePosixPath(entry.filename).suffix.lower() in ends
    ]
    linked = [entry.filename for entry in members if stat.S_ISLNK(entry.external_attr >> 16)]
    if linked:
        raise InputError(
            "the zip holds links in place of files", file=path, offenders=linked,
            hint="Make the zip again with the files themselves.",
        )  # fmt: skip
    return wanted[0], members
