"""Official boundaries from their service, once; from then on from the cache, without a network."""

from __future__ import annotations

import json
import os
import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spatial_gaps.errors import DownloadError, SpatialGapsError, SpatialGapsWarning
from spatial_gaps.geography.boundaries import read_boundaries
from spatial_gaps.geography.services import (
    OfficialLayer,
    Progress,
    find_layer,
    open_layer,
    read_layer,
)

if TYPE_CHECKING:
    import geopandas as gpd

CACHE = "SPATIAL_GAPS_CACHE"
PORTAL = "https://geoportal.statistics.gov.uk"
# To be raised when files of before cannot be read any more: the old ones are then left alone.
FORMAT = "boundaries-v1"


def fetch_boundaries(
    level: str,
    vintage: int = 2023,
    resolution: str = "BUC",
    *,
    refresh: bool = False,
    progress: Progress | None = None,
) -> gpd.GeoDataFrame:
    """Fetch the official boundaries of one level, and keep them for the next time.

    Parameters
    ----------
    level : str
        lad, itl1, itl2 or itl3.
    vintage : int
        Year of the codes. ITL areas of 2021 were in force to the end of 2024.
    resolution : str
        "BUC", generalised to 500 m and clipped to the coast, is what maps of the country need;
        "BSC" (200 m) and "BGC" (20 m) exist for some levels and years.
    refresh : bool
        Download again, even if the layer is in the cache.
    progress : callable, optional
        Called with the number of areas so far and in all while a layer is downloaded.

    Returns
    -------
    GeoDataFrame
        As `read_boundaries`: EPSG:27700, indexed by code, sorted: name and geometry.

    Raises
    ------
    InputError
        If there is no such level, vintage or resolution.
    DownloadError
        If the layer cannot be downloaded whole, with its address, where it would have been kept and
        what to do; or if the file in the cache is not the one that was downloaded.

    Warns
    -----
    SpatialGapsWarning
        If the layer has a new service, or is not the same as when it was downloaded before; and as
        `read_boundaries`.

    Notes
    -----
    The number of areas has to be the one that the service counts and the register knows, and the
    layer has to pass the checks of `read_boundaries` before it is put into the cache. Beside the
    file is a record of its address, date and sha256, and the latter is checked at every use.

    The services give GeoJSON in WGS84. Without the grid OSTN15 its way back to EPSG:27700 moves
    Northern Ireland by about 50 m and Great Britain by about a metre.

    The environment variable SPATIAL_GAPS_CACHE names another folder for the cache, and
    SPATIAL_GAPS_SERVICE a mirror of the services.
    """
    layer = find_layer(level, vintage, resolution)
    path = cache_path(layer)
    record = None if refresh else record_of(layer)
    if record is None:
        try:
            record = _download(layer, path, progress)
        except DownloadError as error:
            raise DownloadError(
                error.problem,
                file=error.file,
                offenders=error.offenders,
                hint=f"{error.hint or 'Try again later.'} Nothing was written to {path}. You can also "
                f"download {layer.level} {layer.vintage} {layer.resolution} by hand from {PORTAL} and "
                "use that file: read_boundaries, or --boundaries FILE.",
            ) from error
    _check_unchanged(layer, path, record)
    with warnings.catch_warnings():
        # Said in the notes above, and no news about a layer that always comes like this.
        warnings.filterwarnings("ignore", ".* reprojected from WGS 84", SpatialGapsWarning)
        return read_boundaries(layer.level, path, vintage)


def cache_folder() -> Path:
    """Return the folder of downloaded layers; it need not be there yet."""
    import pooch

    chosen = os.environ.get(CACHE)
    folder = Path(chosen).expanduser().absolute() if chosen else pooch.os_cache("spatial-gaps")
    return Path(folder) / FORMAT


def cache_path(layer: OfficialLayer) -> Path:
    """Return the file in the cache that a layer has or would have."""
    name = f"{layer.level}-{layer.vintage}-{layer.resolution.lower()}.geojson"
    return cache_folder() / name


def record_of(layer: OfficialLayer) -> dict[str, Any] | None:
    """Return what was recorded when a layer was downloaded; None if it is not in the cache."""
    path = cache_path(layer)
    try:
        record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    whole = isinstance(record, dict) and {"url", "retrieved", "sha256"} <= set(record)
    return record if whole and path.is_file() else None


def _download(layer: OfficialLayer, path: Path, progress: Progress | None) -> dict[str, Any]:
    """Put a layer and its record into the cache, and return the record."""
    import pooch
    import requests

    before = record_of(layer)
    with _in_cache(path) as made, requests.Session() as session:
        service, url = open_layer(session, layer)
        collection = read_layer(session, url, layer.count, progress)
        made.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8", newline="\n")
        _check_layer(layer, made, url)
        record = {
            "level": layer.level,
            "vintage": layer.vintage,
            "resolution": layer.resolution,
            "count": layer.count,
            "url": url,
            "retrieved": datetime.now(UTC).isoformat(timespec="seconds"),
            "sha256": pooch.file_hash(str(made), alg="sha256"),
            "source": layer.source,
            "licence": layer.licence,
            "attribution": layer.attribution,
        }
    with _in_cache(path.with_suffix(".json")) as made:
        made.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if service != layer.services[0]:
        _warn(f"{url}: was taken, because the service {layer.services[0]} is not there any more.")
    if before and before["sha256"] != record["sha256"]:
        _warn(
            f"{url}: the layer is not the one that was downloaded on {before['retrieved']}: its "
            f"sha256 was {before['sha256']}, and is {record['sha256']}."
        )
    return record


def _warn(message: str) -> None:
    """Warn the caller of `fetch_boundaries`."""
    warnings.warn(message, SpatialGapsWarning, stacklevel=4)


def _check_layer(layer: OfficialLayer, path: Path, url: str) -> None:
    """Raise `DownloadError` unless what was downloaded is the layer that was wanted."""
    try:
        with warnings.catch_warnings():
            # They come again, and with the right name of the file, when the layer is used.
            warnings.simplefilter("ignore", SpatialGapsWarning)
            read_boundaries(layer.level, path, layer.vintage)
    except SpatialGapsError as error:
        raise DownloadError(
            f"what came is not {layer.level} {layer.vintage}: {error.problem}",
            file=url,
            offenders=error.offenders,
        ) from error


def _check_unchanged(layer: OfficialLayer, path: Path, record: dict[str, Any]) -> None:
    import pooch

    found = pooch.file_hash(str(path), alg="sha256")
    if found != record["sha256"]:
        raise DownloadError(
            f"the file is not the one that was downloaded from {record['url']} on "
            f"{record['retrieved']}: its sha256 was {record['sha256']}, and is {found}",
            file=path,
            hint="Download it again: refresh=True, or spatial-gaps boundaries fetch "
            f"{layer.level} {layer.vintage} --resolution {layer.resolution} --refresh.",
        )


@contextmanager
def _in_cache(path: Path) -> Iterator[Path]:
    """Give a name to write to, and put that file in the place of `path` once it is complete."""
    made = path.with_name(f".{os.getpid()}-{secrets.token_hex(4)}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made.touch()
        yield made
        os.replace(made, path)
    except OSError as error:
        raise DownloadError(
            f"the cache cannot be written: {error.strerror or error}",
            file=path,
            hint=f"Set {CACHE} to a folder that you may write to.",
        ) from error
    finally:
        if path.parent.is_dir():
            made.unlink(missing_ok=True)
