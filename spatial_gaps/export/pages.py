"""Pages: a template of the package filled in, with a security policy that lets in nothing else."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

# How a file says that it is a page of ours.
MARK = '<meta name="generator" content="spatial_gaps">'


def fill_page(template: str, style: str, script: str = "", **content: Any) -> str:
    """Return a page as text: one file, everything escaped, style and script let in by their hashes.

    Parameters
    ----------
    template : str
        Name of a packaged template, without its endings.
    style, script : str
        What the page runs and looks by; no other is let in.
    **content
        What the template prints.

    Returns
    -------
    str
        The same content gives the same text.
    """
    folder = resources.files("spatial_gaps.export") / "templates"
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    source = (folder / f"{template}.html.j2").read_text("utf-8")
    page = environment.from_string(source).render(
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        mark=Markup(MARK),
        **content,
    )
    # Half of a surrogate pair in a name cannot be encoded; a question mark can.
    return page.encode("utf-8", "replace").decode("utf-8")


def _hash(text: str) -> str:
    """Return the hash by which the page's security policy lets in this text and no other."""
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def is_foreign(target: Path) -> bool:
    """Return whether a file is there that has content and does not say that it is ours."""
    if not target.exists():
        return False
    with target.open("rb") as stream:
        head = stream.read(4096)
    return bool(head) and MARK.encode() not in head
