"""The first page of a study's atlas: what was found, metric by metric, and what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from spatial_gaps.export.pages import fill_page

_STYLE = """
.atlas td, .atlas th { font-size: .9rem; vertical-align: top; }
.atlas td:nth-child(n+4) { text-align: right; white-space: nowrap; }
.wide { overflow-x: auto; }
@media print { .wide { overflow: visible; } }
"""


def render_atlas(
    title: str,
    finding: str,
    rows: Sequence[Mapping[str, Any]],
    failures: Sequence[tuple[str, str]],
    sources: Sequence[str],
    files: Sequence[tuple[str, str]],
) -> str:
    """Return the page as text.

    Parameters
    ----------
    title, finding : str
        Of the study; the sentence that is read first.
    rows : sequence of mapping
        One for each metric and kind of area: title, areas, period, finding, gap, hidden, moran,
        pockets, page (address, or "").
    failures : sequence of (str, str)
        Task and reason.
    sources : sequence of str
        Sources with their licences.
    files : sequence of (str, str)
        Address of each other file, and what it is.
    """
    style = (resources.files("spatial_gaps.export") / "templates" / "report.css").read_text("utf-8")
    return fill_page(
        "atlas",
        style + _STYLE,
        title=title,
        finding=finding,
        rows=rows,
        failures=failures,
        sources=sources,
        files=files,
    )
