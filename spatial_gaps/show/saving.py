"""Figures as files: whole or not at all, and the same bytes every time."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.text import Text

from spatial_gaps.checks import check_choice, check_count
from spatial_gaps.errors import InputError, OutputError
from spatial_gaps.show.style import written

FORMATS = ("png", "svg", "pdf")
MOST_PIXELS = 250_000_000
# matplotlib's own style sheet, to which the rims of editable text are added.
_SHEET = b'<style type="text/css">'
_EDITABLE: Any = {"svg.fonttype": "none", "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"]}
# What would change the bytes from one machine or user to the next.
_FIXED: Any = {
    "svg.hashsalt": "spatial_gaps",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "path.sketch": None,
    "path.effects": [],
    "savefig.bbox": None,
    "savefig.transparent": False,
    "text.usetex": False,
    "hatch.linewidth": 0.7,
    "agg.path.chunksize": 0,
}


def _metadata(figure: Figure, kind: str) -> dict[str, Any]:
    """Title and attribution travel inside the file; dates and software do not."""
    title, source = (written(figure, gid).replace("\n", " ") for gid in ("title", "source"))
    if kind == "png":
        return {"Software": None, "Title": title, "Copyright": source}
    if kind == "svg":
        return {"Date": None, "Creator": None, "Title": title, "Rights": source}
    dateless = {"Creator": None, "Producer": None, "CreationDate": None}
    return {**dateless, "Title": title, "Subject": source}


@contextmanager
def _rims_as_css(figure: Figure, wanted: bool) -> Iterator[bytes]:
    """Take the white rims off all text while it is written, and return the rule that draws them.

    A rim makes outlines of the text that it is around.
    """
    rimmed = [text for text in figure.findobj(Text) if text.get_path_effects()] if wanted else []
    effects = [text.get_path_effects() for text in rimmed]
    names = sorted({str(text.get_gid()) for text in rimmed})
    groups = ", ".join(f'g[id="{name}"] text' for name in names)
    look = "paint-order: stroke; stroke: #fff; stroke-width: 2.2px"
    for text in rimmed:
        text.set_path_effects([])
    try:
        yield f"{groups} {{{look}}}".encode() if names else b""
    finally:
        for text, before in zip(rimmed, effects, strict=True):
            text.set_path_effects(before)


def save_figure(
    figure: Figure, path: str | os.PathLike[str], dpi: int = 150, *, editable: bool = False
) -> Path:
    """Write a figure as PNG, SVG or PDF: whole or not at all, with the same bytes every time.

    Parameters
    ----------
    figure : Figure
        From one of the ``draw_`` functions, or any other figure.
    path : path
        The suffix says the format; a file that is there is replaced.
    dpi : int
        Pixels per inch of a PNG, 10 to 1,200; 150 makes a figure of 8 inches 1,200 pixels wide.
    editable : bool
        Keep the text of an SVG as text, which a drawing programme can correct, in place of outlines,
        which look the same everywhere: the reader's own font then stands in for one not installed.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    InputError
        If the suffix is none of ``.png``, ``.svg`` and ``.pdf``, or the picture is too large.
    OutputError
        If the file cannot be written, or is a link.
    """
    target = Path(path)
    kind = target.suffix.lower().removeprefix(".")
    check_choice(kind, FORMATS, "figure format", ascii(str(target)))
    wide, high = figure.get_size_inches() * check_count(dpi, "dpi", 10, 1200)
    if wide * high > MOST_PIXELS:
        size = f"{wide:,.0f} x {high:,.0f}"
        raise InputError("these are too many pixels", value=size, hint="Take a lower dpi.")
    if target.is_symlink() or "\0" in str(path):
        raise OutputError("is a link, or no name that a file can have", file=ascii(str(path)))
    partial = target.with_name(f".{secrets.token_hex(8)}.partial")
    extra: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if kind == "png" else {}
    fixed = _FIXED | (_EDITABLE if editable else {})
    try:
        with mpl.rc_context(fixed), _rims_as_css(figure, editable and kind == "svg") as rims:
            with partial.open("wb") as stream:
                figure.savefig(
                    stream, format=kind, dpi=dpi, facecolor="white", edgecolor="none",
                    metadata=_metadata(figure, kind), **extra,
                )  # fmt: skip
            if rims:
                partial.write_bytes(partial.read_bytes().replace(_SHEET, _SHEET + rims, 1))
        os.replace(partial, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"the figure cannot be written: {reason}",
            file=target,
            hint="Check that the folder exists, is writable and has space.",
        ) from error
    finally:
        with suppress(OSError):
            partial.unlink()
    return target
