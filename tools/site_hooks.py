"""What mkdocs does not do by itself: pages from outside docs/, the reference, and links to code.

The files of docs/ are read on the site and in the repository, so their links are those of the
repository. A link that leaves docs/ is led to a copy of the file on the site.
"""

from __future__ import annotations

import ast
import os
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
# Path in the repository to page of the site.
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "SECURITY.md": "SECURITY.md",
    "boundaries/README.md": "boundaries.md",
    "docs/decisions": "decisions/index.md",
    "examples": "gallery.md",
}
BACK = {page: path for path, page in PAGES.items() if path.endswith(".md")}
ROOMS = ("geography", "metrics", "measure", "locate", "flag", "targets", "show", "export", "study")
LINK = re.compile(r"(?<=\]\()([^)\s#]+)(#[^)\s]*)?(?=\))")


def public_names() -> dict[str, list[tuple[str, str]]]:
    """Return room to (module, name) of what `import spatial_gaps` offers."""
    source = ast.parse((ROOT / "spatial_gaps" / "__init__.py").read_text("utf-8"))
    rooms: dict[str, list[tuple[str, str]]] = {room: [] for room in (*ROOMS, "records")}
    for node in ast.walk(source):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("spatial_gaps."):
            room = str(node.module).split(".")[1]
            room = room if room in rooms else "records"
            rooms[room] += [(str(node.module), each.name) for each in node.names]
    return rooms


def reference(room: str, names: list[tuple[str, str]]) -> str:
    """Return the page of a room."""
    parts = [f"# {room.capitalize()}" if room in ROOMS else "# Records and errors"]
    parts += [f"::: {module}.{name}" for module, name in sorted(names, key=lambda each: each[1])]
    return "\n\n".join(parts) + "\n"


def decisions() -> str:
    """Return the list of decisions."""
    lines = ["# Decisions", "", "What the next person would question, ten lines each.", ""]
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        title = path.read_text("utf-8").splitlines()[0].lstrip("# ")
        lines.append(f"* [{title}]({path.name})")
    return "\n".join(lines) + "\n"


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are not in docs/, and copies of files that pages link to."""
    made = {f"api/{room}.md": reference(room, names) for room, names in public_names().items()}
    made["decisions/index.md"] = decisions()
    made |= {page: (ROOT / path).read_text("utf-8") for path, page in PAGES.items() if page in BACK}
    for page, text in made.items():
        files.append(File.generated(config, page, content=text))
    texts = {file.src_uri: file.content_string for file in files.documentation_pages()}
    for page, text in texts.items():
        for target in LINK.findall(text):
            path = outside(page, target[0])
            if path and path not in PAGES and not path.startswith("docs/"):
                address = f"source/{path}"
                if files.get_file_from_path(address) is None:
                    copied = (ROOT / path).read_text("utf-8")
                    files.append(File.generated(config, address, content=copied))
    return files


def outside(page: str, link: str) -> str:
    """Return the path in the repository that a link leads to, "" if it stays in docs/ or the web."""
    if re.match(r"[a-z]+:", link):
        return ""
    here = BACK.get(page, f"docs/{page}")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(here), link))
    inside = path.startswith("docs/") and path not in PAGES and here.startswith("docs/")
    return "" if inside else path


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Lead links out of docs/ to their place on the site."""
    uri = page.file.src_uri

    def led(match: re.Match[str]) -> str:
        path = outside(uri, match[1])
        if not path:
            return match[0]
        target = PAGES.get(path, path.removeprefix("docs/"))
        if path not in PAGES and not path.startswith("docs/"):
            target = f"source/{path}"
        return os.path.relpath(target, posixpath.dirname(uri) or ".") + (match[2] or "")

    return LINK.sub(led, markdown)
