"""A local server that answers as ArcGIS feature services do, and fails as they and networks do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ROOT = "/arcgis/rest/services"
PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Welcome</body></html>"
CRS84 = {"type": "name", "properties": {"name": "EPSG:4326"}}


@dataclass
class Layer:
    """A layer of a service: GeoJSON features in WGS84, and what the service says of itself."""

    features: list[dict[str, Any]]
    number: int = 0
    most: int = 2000
    claims: int | None = None  # what it counts, if that is not the truth
    pages: bool = True  # False: takes no notice of resultOffset
    flag_inside: bool = True  # exceededTransferLimit among the properties, or at the top

    @property
    def object_id(self) -> str:
        names = self.features[0]["properties"]
        return next(name for name in ("FID", "OBJECTID", "ObjectId") if name in names)

    def about(self) -> dict[str, Any]:
        fields = [{"name": self.object_id, "type": "esriFieldTypeOID"}]
        others = [name for name in self.features[0]["properties"] if name != self.object_id]
        fields += [{"name": name, "type": "esriFieldTypeString"} for name in others]
        return {
            "currentVersion": 12,
            "id": self.number,
            "type": "Feature Layer",
            "geometryType": "esriGeometryPolygon",
            "objectIdField": self.object_id,
            "maxRecordCount": self.most,
            "supportedQueryFormats": "JSON, geoJSON, PBF",
            "advancedQueryCapabilities": {"supportsPagination": True},
            "fields": fields,
        }

    def answer(self, query: dict[str, str]) -> dict[str, Any]:
        if "where" not in query:
            return refusal(400, "Cannot perform query. Invalid query parameters.", "'where' needed")
        if query.get("returnCountOnly") == "true":
            return {"count": len(self.features) if self.claims is None else self.claims}
        order = query.get("orderByFields", self.object_id)
        if order not in self.features[0]["properties"]:
            detail = f"'Invalid field: {order}' parameter is invalid"
            return refusal(400, "Cannot perform query. Invalid query parameters.", detail)
        rows = sorted(self.features, key=lambda feature: feature["properties"][order])
        start = int(query.get("resultOffset", 0)) if self.pages else 0
        stop = start + min(self.most, int(query.get("resultRecordCount", self.most)))
        page: dict[str, Any] = {"type": "FeatureCollection", "crs": CRS84}
        if stop < len(rows):
            flag = {"exceededTransferLimit": True}
            page |= {"properties": flag} if self.flag_inside else flag
        return page | {"features": rows[start:stop]}


def refusal(code: int, message: str, *details: str) -> dict[str, Any]:
    """An error as it comes with HTTP 200."""
    return {"error": {"code": code, "message": message, "details": list(details)}}


Response = Callable[["_Handler"], None]


@dataclass
class Fault:
    """Answer in this way, instead of properly, so many requests of one kind (or of any)."""

    respond: Response
    kind: str = ""
    times: int = 1_000_000


def status(code: int, body: bytes = b"", **headers: str) -> Response:
    """A plain answer; `Retry_After` becomes the header Retry-After."""
    return lambda handler: handler.send(body, code, headers)


def body(text: bytes | dict[str, Any], length: int | None = None) -> Response:
    """HTTP 200 with this body, and perhaps another length in the header."""
    content = text if isinstance(text, bytes) else json.dumps(text).encode()
    headers = {} if length is None else {"Content_Length": str(length)}
    return lambda handler: handler.send(content, 200, headers)


def trickle(handler: _Handler) -> None:
    """Send a byte now and then and never come to an end."""
    handler.send(b"{", 200, {"Content_Length": "1000000"})
    with suppress(OSError):
        while not handler.fake.over.wait(0.02):
            handler.wfile.write(b" ")
            handler.wfile.flush()


def silence(handler: _Handler) -> None:
    """Take the request and say nothing."""
    handler.fake.over.wait(20)


@dataclass
class FakeService:
    """The server; `asked` is the kind and the query of every request so far."""

    layers: dict[str, Layer]
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    delay: float = 0.0

    def __enter__(self) -> FakeService:
        handler = type("Handler", (_Handler,), {"fake": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.address = f"http://127.0.0.1:{self.server.server_port}{ROOT}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.asked]


class _Handler(BaseHTTPRequestHandler):
    fake: FakeService

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        service, _, rest = parts.path.removeprefix(f"{ROOT}/").partition("/FeatureServer")
        number, _, verb = rest.strip("/").partition("/")
        kind = "service" if not number else "layer" if not verb else "page"
        kind = "count" if kind == "page" and "returnCountOnly" in query else kind
        self.fake.asked.append((kind, query))
        time.sleep(self.fake.delay)
        for fault in self.fake.faults:
            if fault.times > 0 and fault.kind in ("", kind):
                fault.times -= 1
                return fault.respond(self)
        if query.get("f") not in ("json", "geojson"):
            return self.send(PAGE, 200, {"Content_Type": "text/html"})
        return self.send(json.dumps(self.answer(service, number, verb, query)).encode(), 200, {})

    def answer(self, service: str, number: str, verb: str, query: dict[str, str]) -> dict[str, Any]:
        layer = self.fake.layers.get(service)
        if layer is None or number not in ("", str(layer.number)):
            return refusal(400, "Invalid URL", "Invalid URL")
        if verb == "query":
            return layer.answer(query)
        if number:
            return layer.about()
        listed = {"id": layer.number, "name": service, "type": "Feature Layer"}
        return {"currentVersion": 12, "maxRecordCount": 2000, "layers": [listed], "tables": []}

    def send(self, content: bytes, code: int, headers: dict[str, str]) -> None:
        given = {"Content_Type": "application/json", "Content_Length": str(len(content))} | headers
        self.send_response(code)
        for name, value in given.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Keep the terminal quiet."""
