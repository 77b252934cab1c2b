"""Reading a report back: with a plain parser, and in a real browser without network."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "input", "br", "img", "link", "hr"}
PROBE = """
const result = {errors: []};
const fill = (id) => getComputedStyle(document.getElementById(id)).fill;
const press = (key) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
try {
  const paths = [...document.querySelectorAll("#areas path")];
  const card = document.getElementById("card");
  result.paths = paths.length;
  result.stops = paths.filter((path) => path.getAttribute("tabindex") === "0").length;
  paths[0].focus();
  result.first = card.querySelector("h3").textContent;
  result.label = paths[0].getAttribute("aria-label");
  press("ArrowRight");
  result.second = card.querySelector("h3").textContent;
  result.stops_after = paths.filter((path) => path.getAttribute("tabindex") === "0").length;
  paths[1].dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
  result.hovered = card.textContent;
  result.lens = document.getElementById("lens").getAttribute("d") === paths[1].getAttribute("d");
  const last = paths[paths.length - 1];
  result.fills = {value: fill(last.id)};
  for (const view of ["pockets", "clusters"]) {
    document.getElementById("view-" + view).checked = true;
    result.fills[view] = fill(last.id);
  }
  const table = document.querySelector("table.sortable:not(#all)");
  const heads = [...table.tHead.rows[0].cells];
  const column = heads.findIndex((head) => head.textContent === "Value");
  const shown = () => [...table.tBodies].map((body) => body.rows[0].cells[column].textContent);
  heads[column].querySelector("button").click();
  result.rising = shown();
  heads[column].querySelector("button").click();
  result.falling = shown();
  result.sorted = heads[column].getAttribute("aria-sort");
  const place = document.getElementById("place");
  place.value = result.first.slice(0, 6);
  place.dispatchEvent(new Event("change"));
  result.found = card.querySelector("h3").textContent;
  result.wide = document.documentElement.scrollWidth - innerWidth;
  result.loaded = performance.getEntriesByType("resource").length;
} catch (error) { result.errors.push(String(error)); }
document.body.dataset.probe = JSON.stringify(result);
"""


@dataclass
class Node:
    """One element: tag, attributes, its own and its children's text."""

    tag: str
    attributes: dict[str, str]
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def all(self, tag: str = "", **wanted: str) -> list[Node]:
        """Return every element below, in order, of this tag and with these attributes."""
        found = []
        for child in self.children:
            fits = tag in ("", child.tag)
            if fits and all(child.attributes.get(key) == text for key, text in wanted.items()):
                found.append(child)
            found += child.all(tag, **wanted)
        return found

    def one(self, tag: str = "", **wanted: str) -> Node:
        (node,) = self.all(tag, **wanted)
        return node


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Node("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"repeated attribute in <{tag}>"
        node = Node(tag, {name: text or "" for name, text in attrs}, self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: text or "" for name, text in attrs}, self.here)
        self.here.children.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        node: Node | None = self.here
        while node is not None:
            node.pieces.append(data)
            node = node.parent


def read_page(text: str) -> Node:
    """Parse a page whose every element is closed, and return its root."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.here is reader.root, f"<{reader.here.tag}> is never closed"
    return reader.root


def find_chromium() -> str | None:
    """Return the browser's path, or None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return next((found for found in map(shutil.which, names) if found), None)


def with_probe(page: str, probe: str = PROBE) -> str:
    """Add a script that uses the page as a reader does, and let the page's policy allow it."""
    digest = base64.b64encode(hashlib.sha256(probe.encode()).digest()).decode()
    allowed = page.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    start, end = allowed.rsplit("</body>", 1)
    return f"{start}<script>{probe}</script></body>{end}"


def browse(
    browser: str, file: Path, folder: Path, width: int = 1280, more: tuple[str, ...] = ()
) -> tuple[str, str]:
    """Open a file in a headless browser that reaches no network, with more options if given.

    Returns
    -------
    tuple of str
        The page after its scripts ran, and what the browser logged.
    """
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage", f"--user-data-dir={folder / 'profile'}",
        "--proxy-server=127.0.0.1:9", "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--window-size={width},1200", "--enable-logging=stderr", *more, "--dump-dom",
        file.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, done.stderr


def probed(dom: str) -> dict[str, object]:
    """Return what the script of `with_probe` saw."""
    body = read_page(dom).one("body")
    return dict(json.loads(body.attributes["data-probe"]))
