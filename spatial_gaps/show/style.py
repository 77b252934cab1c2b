"""One look for every figure: fonts, title block, source line, and files with the same bytes twice.

Only matplotlib's objects are used (`Figure` on an Agg canvas): no pyplot, no window, no change of
`rcParams`. All positions are inches from the lower left corner, so that a layout is known before
anything is drawn and one rendering is enough.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypedDict

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from spatial_gaps.checks import check_choice
from spatial_gaps.errors import InputError
from spatial_gaps.measure.classes import INK

WIDTH = 8.0
MARGIN = 0.4
QUIET = "#595959"
RULE = "#b5b5b5"
TITLE, SUBTITLE, BODY, SMALL = 14.5, 10.0, 8.5, 7.5
LEADING = 1.28
LONGEST = 600


class Caption(TypedDict, total=False):
    """What is written around a picture.

    Attributes
    ----------
    title : str
        The finding, in one sentence.
    subtitle : str
        Measure, geography and period.
    source : str
        Source and licence, as they have to be printed.
    """

    title: str
    subtitle: str
    source: str


@dataclass(frozen=True)
class Sheet:
    """A figure with its title and source written, and the room left between them, in inches."""

    figure: Figure
    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge of the room."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """Upper edge of the room."""
        return self.bottom + self.height


@lru_cache(maxsize=8)
def font(size: float, bold: bool = False) -> FontProperties:
    """Return the DejaVu Sans that matplotlib ships, by file: the same on every machine."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return FontProperties(fname=str(Path(mpl.get_data_path(), "fonts", "ttf", name)), size=size)


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    regular, bold = (get_font(str(font(BODY, weight).get_file())) for weight in (False, True))
    return frozenset(regular.get_charmap()) & frozenset(bold.get_charmap())


def plain(text: object, longest: int = LONGEST) -> str:
    """Return text that can be drawn: one line, no control characters, no glyph the font lacks.

    Parameters
    ----------
    text : object
        Anything; names and titles come from files and may hold anything.
    longest : int
        Characters kept; what is cut off ends in an ellipsis.

    Returns
    -------
    str
        Without line breaks and text direction marks; unknown glyphs become U+FFFD.

    Examples
    --------
    >>> plain("Bristol,\\x00 City\\nof"), plain("abcdef", 4)
    ('Bristol, City of', 'abc…')
    """
    known = _glyphs()
    kept: list[str] = []
    for letter in unicodedata.normalize("NFC", str(text)[: 2 * longest + 2]):
        kind = unicodedata.category(letter)
        if kind in ("Cc", "Zs", "Zl", "Zp"):
            kept.append(" ")
        elif kind != "Cf":
            kept.append(letter if ord(letter) in known else "\ufffd")
    line = " ".join("".join(kept).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return how wide a line of text is, in inches, with the 3 % that hinting may add."""
    width, _, _ = text_to_path.get_text_width_height_descent(text, font(size, bold), ismath=False)
    return float(width) / 72 * 1.03


def shorten(text: object, width: float, size: float, bold: bool = False) -> str:
    """Return the text on one line, cut with an ellipsis where it is wider than `width` inches."""
    line = plain(text, 200)
    if text_width(line, size, bold) <= width:
        return line
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        fits = text_width(f"{line[:middle].rstrip()}…", size, bold) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return f"{line[:low].rstrip()}…"


def wrap(text: object, width: float, size: float, bold: bool = False, most: int = 4) -> list[str]:
    """Break text into lines no wider than `width` inches, at most `most` of them.

    A word that is wider than a line is broken anywhere; what does not fit ends in an ellipsis.
    """
    words = plain(text).split(" ")
    lines: list[str] = []
    line = ""
    while words:
        word = words.pop(0)
        joined = f"{line} {word}".strip()
        if text_width(joined, size, bold) <= width:
            line = joined
        elif line:
            lines.append(line)
            line = ""
            words.insert(0, word)
        else:
            cut = max(1, len(shorten(word, width, size, bold)) - 1)
            lines.append(word[:cut])
            words.insert(0, word[cut:])
    lines = [*lines, line] if line else lines
    if len(lines) > most:
        last = lines[most - 1]
        while last and text_width(f"{last}…", size, bold) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], f"{last.rstrip()}…"]
    return lines


def write(
    figure: Figure,
    place: tuple[float, float],
    text: str,
    *,
    size: float = BODY,
    bold: bool = False,
    **look: Any,
) -> Text:
    """Write one line of ready text at a place in inches; a dollar sign is only a dollar sign.

    Parameters
    ----------
    figure : Figure
        Where to write.
    place : tuple of float
        Inches from the left and from the bottom.
    text : str
        Text that `plain`, `shorten` or `wrap` has returned.
    size : float
        Points.
    bold : bool
        Weight.
    **look
        Further properties of `matplotlib.text.Text`; `halo=True` draws a white rim.

    Returns
    -------
    Text
        The artist, already part of the figure.
    """
    halo = look.pop("halo", False)
    settings: dict[str, Any] = {"color": INK, "ha": "left", "va": "baseline"} | look
    artist = Text(
        *place,
        text,
        fontproperties=font(size, bold),
        parse_math=False,
        usetex=False,
        transform=figure.dpi_scale_trans,
        **settings,
    )
    artist.set_zorder(settings.get("zorder", 10))
    if halo:
        artist.set_path_effects([withStroke(linewidth=2.2, foreground="white")])
    figure.add_artist(artist)
    return artist


def write_lines(
    figure: Figure, place: tuple[float, float], lines: list[str], *, size: float, **look: Any
) -> float:
    """Write lines downwards from their upper edge; return where the next one would start."""
    left, top = place
    step = size * LEADING / 72
    for number, line in enumerate(lines):
        write(figure, (left, top - number * step - size * 0.95 / 72), line, size=size, **look)
    return top - len(lines) * step


def rule(
    figure: Figure, start: tuple[float, float], end: tuple[float, float], **look: Any
) -> Line2D:
    """Draw a straight line between two places in inches."""
    settings: dict[str, Any] = {"color": RULE, "linewidth": 0.6, "solid_capstyle": "butt"} | look
    line = Line2D(
        [start[0], end[0]], [start[1], end[1]], transform=figure.dpi_scale_trans, **settings
    )
    figure.add_artist(line)
    return line


def check_caption(caption: Mapping[str, object]) -> None:
    """Raise `InputError` for a keyword that no caption has, naming the nearest one."""
    for word in caption:
        check_choice(word, Caption.__annotations__, "caption keyword")


def check_size(size: tuple[float, float] | None) -> None:
    """Raise `InputError` unless a size is two numbers of inches that a page can have."""
    if size is None:
        return
    numbers = isinstance(size, (tuple, list)) and all(isinstance(n, (int, float)) for n in size)
    if not numbers or len(size) != 2 or not all(4 <= n <= 40 for n in size):
        raise InputError(
            "the size of a figure is its width and height in inches, 4 to 40 each", value=size
        )


def new_sheet(caption: Caption, body: float, size: tuple[float, float] | None = None) -> Sheet:
    """Make a figure, write title, subtitle and source, and say what room is left.

    Parameters
    ----------
    caption : Caption
        Title, subtitle and source; a missing source is printed as "not stated".
    body : float
        Height in inches that the picture wants; the figure becomes as high as it takes.
    size : tuple of float, optional
        Width and height in inches, instead of 8 by what it takes.

    Returns
    -------
    Sheet
        The figure and the room between subtitle and source line.
    """
    check_caption(caption)
    check_size(size)
    width = WIDTH if size is None else float(size[0])
    inner = width - 2 * MARGIN
    title = wrap(caption.get("title", ""), inner, TITLE, bold=True, most=4)
    subtitle = wrap(caption.get("subtitle", ""), inner, SUBTITLE, most=3)
    said = plain(caption.get("source", "")) or "not stated"
    source = wrap(said if said.startswith("Source") else f"Source: {said}", inner, SMALL, most=5)
    head = (len(title) * TITLE + len(subtitle) * SUBTITLE) * LEADING / 72 + 0.06
    foot = len(source) * SMALL * LEADING / 72 + 0.1
    height = MARGIN * 2 + head + foot + 0.3 + body if size is None else float(size[1])
    figure = Figure(figsize=(width, height), dpi=150, facecolor="white", edgecolor="none")
    FigureCanvasAgg(figure)
    below = write_lines(
        figure, (MARGIN, height - MARGIN), title, size=TITLE, bold=True, gid="title"
    )
    below = write_lines(
        figure, (MARGIN, below - 0.06), subtitle, size=SUBTITLE, color=QUIET, gid="subtitle"
    )
    bottom = MARGIN * 0.7
    rule(figure, (MARGIN, bottom + foot), (width - MARGIN, bottom + foot))
    write_lines(
        figure, (MARGIN, bottom + foot - 0.07), source, size=SMALL, color=QUIET, gid="source"
    )
    floor = bottom + foot + 0.15
    room = below - 0.15 - floor
    if room < 1:
        raise InputError("the figure is too low for its title and source", value=size)
    return Sheet(figure, MARGIN, floor, inner, room)


def written(figure: Figure, gid: str) -> str:
    """Return what is written under a name ("title", "subtitle", "source", "key"), line by line."""
    lines = [artist.get_text() for artist in figure.findobj(Text) if artist.get_gid() == gid]
    return "\n".join(lines)
