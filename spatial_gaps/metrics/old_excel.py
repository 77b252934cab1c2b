"""Workbooks of Excel 97 (.xls), looked through before they are opened: no checksum guards them.

One wrong bit can promise a sheet of more cells than any memory holds, or a chain of sectors without
end; the reader of workbooks makes room for them, or follows, and ends the whole process. Here the
same chains and records are walked, which names the byte that is wrong.

The formats: [MS-CFB] for the sectors, [MS-XLS] 2.3 for the records.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from spatial_gaps.errors import InputError
from spatial_gaps.metrics.zip_limits import CELLS, check_sparse

HEADER, SECTORS = 512, {9: 512, 12: 4096}
MINI, MINI_CUTOFF = 64, 4096
LAST, FREE = 0xFFFFFFFE, 0xFFFFFFFF
STREAMS = ("Workbook", "Book")
END, PASSWORD, SHEET, TEXTS, EXTENT, MULTIPLE = 0x000A, 0x002F, 0x0085, 0x00FC, 0x0200, 0x00BD
START, INDEX, BLOCK = 0x0809, 0x020B, 0x00D7
LONGEST = 8224  # bytes of a record
# Records that start with the row and column of a cell.
CELL = {0x0006, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E, MULTIPLE}
SHORTEST_TEXT = 3


def check_old_excel(content: bytes, path: Path) -> None:
    """Walk through a workbook of Excel 97 as its reader will.

    Parameters
    ----------
    content : bytes
        Of a file that starts as old Office files do.
    path : Path
        Named in errors.

    Raises
    ------
    InputError
        If it is damaged or cut off, with the byte; or if its cells are too many.
    """
    try:
        stream = _Sectors(content).stream()
        starts = _globals(stream)
        total = cells = 0
        for number, start in enumerate(starts, start=1):
            found, extent = _cells(stream, start)
            cells, total = cells + found, total + extent
            check_sparse(found, extent, f"sheet {number}", path)
            check_sparse(cells, total, "all sheets", path)
    except (struct.error, ValueError) as error:
        short = f"it ends where more has to follow, at byte {len(content)}"
        why = error if isinstance(error, ValueError) else short
        raise InputError(
            f"the workbook is damaged or cut off ({len(content)} bytes in all): {why}",
            file=path,
            hint="Download the file again, or save it as .xlsx or CSV.",
        ) from None


class _Sectors:
    """The sectors of a file and the chains they form."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        shift, mini = struct.unpack_from("<HH", content, 30)
        if shift not in SECTORS or mini != 6:
            raise ValueError(f"its sectors are of an impossible size (2^{shift}), at byte 30")
        self.size = SECTORS[shift]
        self.count = -(-(len(content) - self.size) // self.size)
        fats, self.root, _, _, self.mini_start, minis, more, _ = struct.unpack_from(
            "<8I", content, 44
        )
        if fats > self.count or minis > self.count:
            raise ValueError("it promises more sectors than it has, at byte 44")
        ids = list(struct.unpack_from("<109I", content, 76))
        seen = 0
        while more < LAST:
            *part, more = struct.unpack(f"<{self.size // 4}I", self._sector(more))
            ids += part
            seen += 1
            if seen > self.count:
                raise ValueError("its list of sectors runs in a circle, from byte 68")
        table = b"".join(self._sector(at) for at in ids if at != FREE)
        self.next = struct.unpack(f"<{len(table) // 4}I", table)

    def _sector(self, at: int) -> bytes:
        start = (at + 1) * self.size
        part = self.content[start : start + self.size]
        if not part:
            raise ValueError(f"it ends before byte {start}, where sector {at} should be")
        if len(part) % 4:
            raise ValueError(f"it ends inside sector {at}, which starts at byte {start}")
        return part.ljust(self.size, b"\0")

    def _chain(self, at: int) -> bytes:
        parts: list[bytes] = []
        while at != LAST:
            if len(parts) > self.count or at >= len(self.next):
                raise ValueError(f"a chain of sectors leads nowhere, at sector {at}")
            parts.append(self._sector(at))
            at = self.next[at]
        return b"".join(parts)

    def stream(self) -> bytes:
        """Return the stream of records, "" if there is none."""
        folder = self._chain(self.root)
        entries: dict[str, tuple[int, int]] = {}
        for at in range(0, len(folder), 128):
            name = folder[at : at + 64].decode("utf-16-le", "replace").split("\0")[0]
            start = struct.unpack_from("<I", folder, at + 116)[0]
            length = struct.unpack_from("<I" if self.size == HEADER else "<Q", folder, at + 120)[0]
            entries.setdefault(name if at else "", (start, length))
        small = self._chain(entries[""][0]) if entries else b""
        next_small = self._chain(self.mini_start)
        found = next((entries[name] for name in STREAMS if name in entries), None)
        if found is None:
            return b""
        start, length = found
        if length > len(self.content) or entries[""][1] > len(self.content):
            size = len(self.content)
            raise ValueError(
                f"{length:,} bytes of records are promised, and it ends at byte {size}"
            )
        if length >= MINI_CUTOFF:
            return self._chain(start)[:length]
        follow = struct.unpack(f"<{len(next_small) // 4}I", next_small)
        parts: list[bytes] = []
        while start != LAST:
            if start >= len(follow) or len(parts) > len(follow):
                raise ValueError(f"a chain of small sectors leads nowhere, at sector {start}")
            parts.append(small[start * MINI : (start + 1) * MINI])
            start = follow[start]
        return b"".join(parts)[:length]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Go through records up to the one that ends them: where each starts, its kind and size."""
    while at < len(stream):
        if at + 4 > len(stream):
            raise ValueError(f"it ends inside the record at byte {at} of its records")
        kind, size = struct.unpack_from("<HH", stream, at)
        if size > LONGEST:
            raise ValueError(f"the record at byte {at} of its records is longer than any can be")
        if at + 4 + size > len(stream):
            raise ValueError(f"it ends inside the record at byte {at} of its records")
        if kind == END:
            return
        yield at, kind, size
        at += 4 + size


def _globals(stream: bytes) -> list[int]:
    """Return where each sheet starts; the list of texts is made as long as its record says."""
    starts = []
    for at, kind, size in _records(stream, 0):
        if kind == PASSWORD and any(stream[at + 4 : at + 6]):
            return []
        if kind == SHEET and size >= 4:
            starts.append(struct.unpack_from("<I", stream, at + 4)[0])
        if kind == TEXTS and size >= 8:
            count = struct.unpack_from("<I", stream, at + 8)[0]
            if count > len(stream) / SHORTEST_TEXT:
                raise ValueError(f"{count:,} texts are promised at byte {at} of its records")
    start = struct.pack("<H", START)
    wrong = [at for at in starts if stream[at : at + 2] != start]
    if wrong:
        raise ValueError(f"no sheet starts at byte {wrong[0]} of its records, where one should")
    return starts


def _cells(stream: bytes, start: int) -> tuple[int, int]:
    """Return how many cells a sheet has, and how many there are from the first to the last."""
    cells = rows = columns = 0
    listed: set[int] = set()
    for at, kind, size in _records(stream, start):
        if kind == INDEX and size >= 16:
            listed.update(struct.unpack_from(f"<{size // 4 - 4}I", stream, at + 20))
        elif kind == BLOCK:
            listed.discard(at)
        elif kind == EXTENT:
            _check_promise(stream, at, size)
        elif kind in CELL and size >= 6:
            row, column = struct.unpack_from("<HH", stream, at + 4)
            count = (size - 6) // 6 if kind == MULTIPLE else 1
            cells, rows, columns = cells + count, max(rows, row + 1), max(columns, column + count)
    if any(listed):
        raise ValueError(f"no rows end at byte {max(listed)} of its records, where they should")
    return cells, rows * columns


def _check_promise(stream: bytes, at: int, size: int) -> None:
    """Raise `ValueError` if a sheet says that it is larger than any can be, or ends before it starts."""
    layout = {10: "<HHHH", 14: "<IIHH"}.get(size)
    if layout is None:
        raise ValueError(f"the size of a sheet has {size} bytes, at byte {at} of its records")
    top, bottom, left, right = struct.unpack_from(layout, stream, at + 4)
    rows, columns = bottom - top, right - left
    empty = not bottom or not right
    if not empty and (rows < 0 or columns < 0 or rows * columns > CELLS):
        raise ValueError(
            f"a sheet of rows {top} to {bottom} and columns {left} to {right} is promised, "
            f"at byte {at} of its records"
        )
