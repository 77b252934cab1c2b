"""Zipped workbooks, looked through before they are opened: damage, bombs, and cells too far apart.

The reader of workbooks makes room for every cell between the first and the last one at once, and
for as many texts as a header promises; where the memory does not reach, it ends the whole process.
So that is worked out here from the bytes that really come out, not from what headers say.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from spatial_gaps.errors import InputError

MEMBERS = 10_000
UNPACKED, RATIO, FREE = 2**30, 400, 50 * 2**20  # bytes, bytes per byte, bytes whatever the ratio
CHUNK = 1 << 20
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
CELLS = 20_000_000  # of a book; a full sheet of .xls has 16.8 million
SPARSE, DENSE = 5_000_000, 0.01  # a larger sheet has to have content in one cell of a hundred
TEXT = 2**28  # bytes of all texts, each counted in every cell that shows it
ROOMY = 1 << 22
TEXTS = "xl/sharedstrings.xml"
# The address of a cell with content: r="AB12" in a tag that does not end in "/>".
# Possessive quantifiers, which would be shorter, match wrongly before Python 3.11.5.
ADDRESS = re.compile(
    rb"""\sr\s*=\s*["']([A-Za-z]+)(\d+)["']"""
    rb"""(?![^<>"'/]*(?:(?:"[^<>"]*"|'[^<>']*'|/(?!>))[^<>"'/]*)*/>)"""
)
BARE_CELL = re.compile(rb"<(?:[\w.-]+:)?c(?=[\s>/])(?![^<]*?\sr\s*=)")
ROW = re.compile(rb"<(?:[\w.-]+:)?row\b([^<>]*)")
NUMBERED = re.compile(rb"""\sr\s*=\s*["'](\d+)""")
SHARED = re.compile(
    rb"""\st\s*=\s*["']s["'][^<]*?>(?:(?!</(?:[\w.-]+:)?c>).)*?<(?:[\w.-]+:)?v[^<>]*>\s*(\d+)""",
    re.S,
)
OPEN_TAG = re.compile(
    rb"""<table:(table|table-row|(?:covered-)?table-cell)(?=[\s/>])"""
    rb"""([^<>"']*(?:(?:"[^"]*"|'[^']*')[^<>"']*)*)>"""
)
REPEATED = re.compile(rb"""table:number-(?:rows|columns)-repeated\s*=\s*["'](\d+)""")
SPACES = re.compile(rb"""text:c\s*=\s*["'](\d+)""")


def check_zip(content: bytes, path: Path) -> None:
    """Unpack every member once, and measure how much would come of it.

    Parameters
    ----------
    content : bytes
        Of a file that starts as a zip does.
    path : Path
        Named in errors.

    Raises
    ------
    InputError
        If it is damaged, cut off, locked or binary (.xlsb), or if it unpacks to more bytes, cells
        or text than it may; damage is named by its byte.
    """
    member, total, cells = None, 0, 0
    texts: list[int] = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check_names(members, path)
            # The texts of .xlsx first, since the cells that show them are counted after.
            for member in sorted(members, key=lambda each: each.filename.lower() != TEXTS):
                part = _unpacked(archive, member, total, len(content), path)
                total += len(part)
                _check_entities(part, member.filename, path)
                if member.filename.lower() == TEXTS:
                    texts = _shared_texts(part)
                elif member.filename == "content.xml" or b"sheetData" in part:  # whatever its name
                    cells += _check_extent(part, texts, cells, member.filename, path)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        where = (
            f"from byte {max(member.header_offset, 0)}, in {member.filename}"
            if member
            else f"at byte {len(content)}, its end"
        )
        raise InputError(
            f"the workbook is damaged or cut off {where} ({len(content)} bytes in all): {error}",
            file=path,
            hint="Download the file again.",
        ) from None
    except RuntimeError:
        raise locked(path) from None


def locked(path: Path) -> InputError:
    """Return the error for a workbook that asks for a password."""
    return InputError(
        "the workbook is locked with a password",
        file=path,
        hint="Open it, and save it without the password.",
    )


def check_sparse(cells: int, extent: int, what: str, path: Path) -> None:
    """Raise `InputError` if so many cells are spread over an area that is not worth its memory.

    Parameters
    ----------
    cells, extent : int
        Cells with content, and all from the first to the last.
    what : str
        Of which sheet.
    path : Path
        Named in errors.
    """
    if extent > CELLS or (extent > SPARSE and cells < DENSE * extent):
        raise InputError(
            f"cells of {what} stand in row and column so far out that {extent:,} have to be read "
            f"for {cells:,} with content",
            file=path,
            hint="Delete what stands far out, or save the part that you need as CSV.",
        )


def _check_names(members: list[zipfile.ZipInfo], path: Path) -> None:
    if len(members) > MEMBERS:
        raise InputError(
            f"the zip holds {len(members):,} files, more than {MEMBERS:,}",
            file=path,
            hint="Unpack it, and give the file inside.",
        )
    for member in members:
        if member.compress_type not in PACKED:
            raise ValueError(f"{member.filename} is packed as no workbook is")
    if any(member.filename.lower() == "xl/workbook.bin" for member in members):
        raise InputError(
            "this is a binary workbook (.xlsb)", file=path, hint="Save it as .xlsx or CSV."
        )


def _check_entities(part: bytes, name: str, path: Path) -> None:
    if name.lower().endswith((".xml", ".rels")) and b"<!ENTITY" in part:
        raise InputError(
            f"{name} in the workbook declares entities, of which bombs are made and of which no "
            "workbook has need",
            file=path,
            hint="Open it in a spreadsheet that you trust, and save it as CSV.",
        )


def _unpacked(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, before: int, size: int, path: Path
) -> bytes:
    """Return what comes out of a member, whatever its header says of it."""
    told, member.file_size = member.file_size, 2 * UNPACKED  # else it is read as far as it says
    kept, count = io.BytesIO(), 0
    with archive.open(member) as source:
        while block := source.read(CHUNK):
            count += kept.write(block)
            if before + count > min(UNPACKED, max(FREE, RATIO * size)):
                raise InputError(
                    f"the workbook unpacks to more than it may, as a zip bomb does "
                    f"({before + count:,} bytes out of {size:,}, in {member.filename})",
                    file=path,
                    hint="Save the sheet that you need as CSV.",
                )
    if count != told:
        raise ValueError(f"{count} bytes came out where its header says {told}")
    return kept.getvalue()


def _check_extent(xml: bytes, texts: list[int], before: int, name: str, path: Path) -> int:
    """Return how many cells a sheet takes up, or raise `InputError` if they are too many."""
    if name == "content.xml":
        cells, extent, text = _ods_extent(xml)
    else:
        cells, extent = _xlsx_extent(xml)
        text = _shown(xml, texts, cells)
    check_sparse(cells, extent, name, path)
    check_sparse(before + cells, before + extent, "all sheets", path)
    if text > TEXT:
        raise InputError(
            f"the texts of {name} are {text:,} bytes long, each counted wherever it is shown",
            file=path,
            hint="Save the part that you need as CSV.",
        )
    return extent


def _shared_texts(xml: bytes) -> list[int]:
    """Return how long each text of an .xlsx is; the list is made as long as its header says."""
    told = re.search(rb"""uniqueCount\s*=\s*["'](\d+)""", xml[:ROOMY])
    if told and int(told[1]) > len(xml):
        raise ValueError(f"it says that it holds {int(told[1]):,} texts in {len(xml):,} bytes")
    return [len(text) for text in re.split(rb"<(?:[\w.-]+:)?si\b", xml)[1:]]


def _shown(xml: bytes, texts: list[int], cells: int) -> int:
    """Return how many bytes the shared texts take where they are shown, or 0 if it is surely few."""
    if max(texts, default=0) * cells <= TEXT:
        return 0
    return sum(texts[at] for found in SHARED.findall(xml) if (at := int(found)) < len(texts))


def _xlsx_extent(xml: bytes) -> tuple[int, int]:
    """Return how many cells have content, and how many there are from A1 to the last."""
    found = ADDRESS.findall(xml)
    cells, last, width = len(found), _largest(row for _, row in found), 0
    if found:
        width = max(_position(letters) for letters in {letters.upper() for letters, _ in found})
    if BARE_CELL.search(xml):
        # Cells without an address stand right of the one before, rows without one below.
        rows = ROW.findall(xml)
        bare = [len(BARE_CELL.findall(row)) for row in ROW.split(xml)[2::2]]
        cells, width = cells + sum(bare), width + max(bare, default=0)
        numbered = _largest(at[1] for row in rows if (at := NUMBERED.search(row)))
        last = max(last, numbered) + len(rows)
    return cells, last * width


def _largest(numbers: Iterable[bytes]) -> int:
    return max(map(int, numbers), default=0)


def _position(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _ods_extent(xml: bytes) -> tuple[int, int, int]:
    """Return cells with content, all up to the last of each sheet, and the bytes of their texts."""
    cells = extent = text = 0
    rows = waiting = width = repeat = at = 0
    filled = False
    parts = OPEN_TAG.split(xml)
    for kind, says, inside in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        times = int(found[1]) if b"repeated" in says and (found := REPEATED.search(says)) else 1
        if kind.endswith(b"cell"):
            at += times
            if b"office:" in says or b"formula" in says:
                cells, filled, width = cells + 1, True, max(width, at)
                spaces = sum(map(int, SPACES.findall(inside))) if b"text:c" in inside else 0
                text += (len(inside) + spaces) * times * repeat
            continue
        # Empty rows count once a filled one follows.
        rows, waiting = (rows + waiting, 0) if filled else (rows, waiting)
        at, filled, repeat, waiting = 0, False, times, waiting + times
        if kind == b"table":
            extent, rows, width, waiting = extent + rows * width, 0, 0, 0
    return cells, extent + (rows + waiting * filled) * width, text
