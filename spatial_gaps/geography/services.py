"""Official boundary layers: which services publish them, and how to get one from its service.

The services are ArcGIS feature services. They answer a wrong question with HTTP 200 and an error in
the body, give at most so many areas at a time, and are issued anew under other names; so nothing
that comes from them is taken as whole before it is counted.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from spatial_gaps.checks import check_choice
from spatial_gaps.errors import DownloadError
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.levels import find_level
from spatial_gaps.geography.register import areas

if TYPE_CHECKING:
    import pandas as pd
    import requests

# Set to an address that answers like .../arcgis/rest/services, to ask a mirror instead.
MIRROR = "SPATIAL_GAPS_SERVICE"

CONNECT, READ, DEADLINE = 10.0, 30.0, 120.0  # seconds: to connect, without a byte, for an answer
TRIES, PAUSE, LONGEST_PAUSE = 4, 0.5, 60.0  # the pause in seconds doubles from try to try
PAGE = 100  # areas per answer: small enough to show progress and to repeat
MAY_PASS = (408, 429, 500, 502, 503, 504)
NOT_THERE = (400, 401, 403, 404, 410, 498, 499)  # in the body, too: 499 is asked of hidden services

Answer = dict[str, Any]
Kind = TypeVar("Kind")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class OfficialLayer:
    """A published layer; `services` are the names that it has had, in the order to try them."""

    level: str
    vintage: int
    resolution: str
    count: int
    address: str
    services: tuple[str, ...]
    source: str
    licence: str

    @property
    def attribution(self) -> str:
        """Return the lines that every map made from the layer has to carry."""
        return (
            "Source: Office for National Statistics licensed under the Open Government Licence "
            f"v.3.0.\nContains OS data © Crown copyright and database right {self.vintage}."
        )


@cache
def official_layers() -> tuple[OfficialLayer, ...]:
    """Return every layer that the package knows a service for, by level, vintage and resolution."""
    rows = table("sources").query("kind == 'layer'")
    groups = rows.groupby(["level", "vintage", "resolution"])
    return tuple(_layer_of(group) for _, group in groups)


def _layer_of(rows: pd.DataFrame) -> OfficialLayer:
    """Return the layer that the rows of its services describe."""
    first = rows.iloc[0]
    return OfficialLayer(
        level=first["level"],
        vintage=int(first["vintage"]),
        resolution=first["resolution"],
        count=int(first["count"]),
        address=first["address"],
        services=tuple(rows["service"]),
        source=first["source"],
        licence=first["licence"],
    )


def find_layer(level: str, vintage: int, resolution: str) -> OfficialLayer:
    """Return the layer of a level with the codes of a year.

    Parameters
    ----------
    level : str
        Such as "lad" or "ITL 3".
    vintage : int
        Year; it is in the layer of an earlier year if the codes have not changed since.
    resolution : str
        Such as "BUC"; case does not count.

    Returns
    -------
    OfficialLayer
        The latest that fits.

    Raises
    ------
    InputError
        If there is none; the message lists what there is.

    Examples
    --------
    >>> find_layer("ITL 1", 2023, "buc").vintage
    2021
    """
    key, listed = find_level(level).key, official_layers()
    check_choice(key, dict.fromkeys(layer.level for layer in listed), "level", "official layers")
    offered = list(dict.fromkeys(layer.vintage for layer in listed if layer.level == key))
    codes = areas(key, vintage).index
    fitting = [y for y in offered if y <= int(vintage) and areas(key, y).index.equals(codes)]
    if not fitting:
        check_choice(vintage, offered, "vintage", f"the official layers of level {key}")
    found = [layer for layer in listed if (layer.level, layer.vintage) == (key, max(fitting))]
    wanted = str(resolution).upper()
    place = f"the official layers of {key} {max(fitting)}"
    check_choice(wanted, [layer.resolution for layer in found], "resolution", place)
    return next(layer for layer in found if layer.resolution == wanted)


class _MayPass(Exception):
    """A failure that may be over in a moment; `pause` is what the service asks for, in seconds."""

    def __init__(self, problem: str, pause: float | None = None) -> None:
        super().__init__(problem)
        self.pause = pause


class _NotThere(DownloadError):
    """The service says that there is no such thing."""


def open_layer(session: requests.Session, layer: OfficialLayer) -> tuple[str, str]:
    """Return the first service that is there, and the address of its layer."""
    base = os.environ.get(MIRROR) or layer.address
    for service in layer.services:
        root = f"{base.rstrip('/')}/{service}/FeatureServer"
        try:
            listed = _need(ask(session, root, f="json"), "layers", list, root)
        except _NotThere:
            continue
        if not listed:
            raise DownloadError("the service has no layer", file=root)
        return service, f"{root}/{_need(listed[0], 'id', int, root)}"
    raise DownloadError(
        "no service of this layer is there any more",
        file=base,
        offenders=layer.services,
        hint="A later release of spatial_gaps may know its new name.",
    )


def read_layer(
    session: requests.Session, url: str, expected: int, progress: Progress | None = None
) -> Answer:
    """Return all areas of a layer as GeoJSON.

    Parameters
    ----------
    session : requests.Session
        Connection to use.
    url : str
        Address of the layer, ending in its number.
    expected : int
        How many areas the register knows.
    progress : callable, optional
        Called with the number of areas so far and in all, after every page.

    Returns
    -------
    dict
        A feature collection in WGS84, which is what the services give as GeoJSON.

    Raises
    ------
    DownloadError
        If the service fails, or does not hold and give exactly as many areas as expected.
    """
    about = ask(session, url, f="json")
    number = _need(about, "objectIdField", str, url)
    size = min(PAGE, _need(about, "maxRecordCount", int, url))
    query = f"{url}/query"
    counted = ask(session, query, where="1=1", returnCountOnly="true", f="json")
    _check_count(_need(counted, "count", int, query), expected, "holds", query)
    found: list[Any] = []
    page: Answer = {}
    more = True
    while more:
        page = ask(
            session,
            query,
            where="1=1",
            outFields="*",
            orderByFields=number,
            resultOffset=len(found),
            resultRecordCount=size,
            f="geojson",
        )
        part = _need(page, "features", list, query)
        found += part
        # A page may be shorter than asked, so only the count and the flag say whether it was the last.
        more = bool(part) and len(found) <= expected and (len(found) < expected or _cut_off(page))
        if progress is not None:
            progress(len(found), expected)
    _check_count(len(found), expected, "gave", query)
    system = {"crs": page["crs"]} if "crs" in page else {}
    return {"type": "FeatureCollection", **system, "features": found}


def _cut_off(page: Answer) -> bool:
    """Return whether there is more: GeoJSON has the flag among its properties, JSON at the top."""
    inside = page.get("properties")
    return bool(page.get("exceededTransferLimit") or (inside or {}).get("exceededTransferLimit"))


def _check_count(found: int, expected: int, verb: str, url: str) -> None:
    if found != expected:
        problem = f"the service {verb} {found} areas, but the register has {expected}"
        raise DownloadError(problem, file=url)


def _need(answer: Any, name: str, kind: type[Kind], url: str) -> Kind:
    """Return a member of an answer, or raise `DownloadError` if it is not there."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, kind):
        raise DownloadError(f"the answer has no '{name}', so this is no feature service", file=url)
    return value


def ask(session: requests.Session, url: str, **query: object) -> Answer:
    """Return the JSON object that a service answers; try again, a few times, what may pass."""
    address = f"{url}?{urlencode(query)}"
    tries = 0
    while True:
        tries += 1
        try:
            return _read_answer(_get(session, address), address)
        except _MayPass as failure:
            pause = PAUSE * 2 ** (tries - 1) if failure.pause is None else failure.pause
            if tries == TRIES or pause > LONGEST_PAUSE:
                asked = f", and asks to wait {pause:.0f} s" if failure.pause else ""
                problem = f"{failure}{asked} ({tries} {'try' if tries == 1 else 'tries'})"
                raise DownloadError(problem, file=address) from failure
            time.sleep(pause)


def _get(session: requests.Session, address: str) -> requests.Response:
    """Return the whole response, however slowly it comes, or give up at the deadline.

    Time-outs of the connection count from byte to byte, so that a trickle never ends: the thread
    that reads it is left behind.
    """
    import requests

    outcome: list[requests.Response | requests.RequestException] = []

    def read() -> None:
        try:
            outcome.append(session.get(address, timeout=(CONNECT, READ)))
        except requests.RequestException as error:
            outcome.append(error)

    thread = Thread(target=read, daemon=True)
    thread.start()
    thread.join(DEADLINE)
    if not outcome:
        raise DownloadError(f"the answer was not complete after {DEADLINE:g} s", file=address)
    if isinstance(outcome[0], requests.RequestException):
        raise _failure(outcome[0], address) from outcome[0]
    return outcome[0]


def _failure(error: requests.RequestException, address: str) -> Exception:
    """Return what went wrong on the way, in words."""
    import requests

    if isinstance(error, requests.exceptions.SSLError):
        reason = getattr(error.args[0], "reason", error) if error.args else error
        return DownloadError(
            f"no secure connection (TLS) could be made: {reason}",
            file=address,
            hint="Check the date of this computer and the certificates of your network's proxy.",
        )
    if isinstance(error, requests.Timeout):
        return _MayPass(f"the service did not answer within {READ:g} s")
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return _MayPass("the connection broke off in the middle of the answer")
    if isinstance(error, requests.ConnectionError):
        return _MayPass("there is no connection to the service: offline, or blocked on the way")
    return DownloadError(f"the service cannot be asked: {error}", file=address)


def _read_answer(response: requests.Response, address: str) -> Answer:
    """Return the JSON object of a response, unless it is an error in any of its disguises."""
    status = f"the service answered {response.status_code} {response.reason}"
    if response.status_code in MAY_PASS:
        raise _MayPass(status, _asked_pause(response.headers.get("Retry-After", "")))
    if response.status_code in NOT_THERE:
        raise _NotThere(status, file=address)
    if not response.ok:
        raise DownloadError(status, file=address)
    if response.content.lstrip()[:1] == b"<":
        raise DownloadError(
            "a web page came instead of data",
            file=address,
            hint="It may be the log-in page of your network (captive portal): open a browser.",
        )
    try:
        answer = json.loads(response.content)
    except ValueError:
        raise _MayPass("the answer is cut short, or no JSON") from None
    if not isinstance(answer, dict):
        raise DownloadError("the answer is no JSON object", file=address)
    if "error" in answer:
        raise _reported(answer["error"], address)
    return answer


def _reported(error: Any, address: str) -> Exception:
    """Return the error that a body with HTTP 200 reports."""
    said = error if isinstance(error, dict) else {"message": error}
    code, details = said.get("code"), said.get("details") or []
    parts = [said.get("message"), *(details if isinstance(details, list) else [details])]
    text = ", ".join(dict.fromkeys(str(part) for part in parts if part))
    problem = f"the service answered with error {code}: {text}"
    if code in MAY_PASS:
        return _MayPass(problem)
    return (_NotThere if code in NOT_THERE else DownloadError)(problem, file=address)


def _asked_pause(text: str) -> float | None:
    """Return the seconds of a header Retry-After, which holds seconds or a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
