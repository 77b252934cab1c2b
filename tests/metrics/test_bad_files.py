"""Groups E and H of the bad inputs for files of figures: refused by name, within time and memory.

Workbooks are made here by hand, byte by byte where it has to be, so that each holds one fault only.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import socket
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

import spatial_gaps as sg
from spatial_gaps.errors import InputError
from spatial_gaps.metrics import zip_limits

ROWS = [["code", "value"], *([f"E{6000001 + at:08d}", at + 0.5] for at in range(6))]
FIGURES = [at + 0.5 for at in range(6)]
SHEET = "xl/worksheets/sheet1.xml"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="links in a zip are those of POSIX")
LINUX = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the memory of a process is told by Linux"
)
MEGABYTES = 400  # of which Python, numpy and pandas take about 80
SECONDS = 10.0


def xlsx(rows: list[list[object]] = ROWS, *sheets: str) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        for name in sheets or ("Sheet1",):
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return stream.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def changed(part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return the good workbook with one part changed."""
    parts = parts_of(xlsx())
    before = parts[part]
    parts[part] = change(before)
    assert parts[part] != before
    return zipped(parts)


URN = "urn:oasis:names:tc:opendocument:xmlns"
CELL = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'
NUMBER = '<table:table-cell office:value-type="float" office:value="{1}"{0}/>'


def ods(extra: str = "", before: str = "") -> bytes:
    """Return the rows as .ods with more rows, or a declaration before the document."""
    cells = [
        [CELL.format("", a), (CELL if b == "value" else NUMBER).format("", b)] for a, b in ROWS
    ]
    rows = "".join(f"<table:table-row>{a}{b}</table:table-row>" for a, b in cells)
    spaces = " ".join(f'xmlns:{name}="{URN}:{name}:1.0"' for name in ("office", "table", "text"))
    body = f'<table:table table:name="Sheet1">{rows}{extra}</table:table>'
    content = (
        f'<?xml version="1.0"?>{before}<office:document-content {spaces}><office:body>'
        f"<office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    )
    parts = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{URN}:manifest:1.0"/>'.encode(),
        "content.xml": content.encode(),
    }
    return zipped(parts)


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def xls(extra: bytes = b"", extent: tuple[int, int, int, int] = (0, 7, 0, 2)) -> bytes:
    """Return the rows as a workbook of Excel 97, with more records in its sheet."""
    start = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    named = b"\x06\x00Sheet1"
    sheet = start + record(0x0200, struct.pack("<IIHHH", *extent, 0))
    for row, cells in enumerate(ROWS):
        for column, cell in enumerate(cells):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(cell, float):
                sheet += record(0x0203, place + struct.pack("<d", cell))
            else:
                text = str(cell).encode("latin-1")
                sheet += record(0x0204, place + struct.pack("<HB", len(text), 0) + text)
    sheet += extra + record(0x000A, b"")
    begins = len(start) + 4 + 6 + len(named) + 4
    listed = record(0x0085, struct.pack("<IBB", begins, 0, 0) + named)
    stream = (start + listed + record(0x000A, b"") + sheet).ljust(4096, b"\0")
    stream += b"\0" * (-len(stream) % 512)
    count = len(stream) // 512
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, count + 2), 0xFFFFFFFE]
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))

    def entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
        text = name.encode("utf-16-le")
        none = 0xFFFFFFFF
        head = text.ljust(64, b"\0") + struct.pack(
            "<HBBIII", len(text) + 2, kind, 1, none, none, child
        )
        return head + bytes(36) + struct.pack("<IQ", first, size)

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)
    folder += entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096,
                          0xFFFFFFFE, 0, 0xFFFFFFFE, 0)  # fmt: skip
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return header + table + folder.ljust(512, b"\0") + stream


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_(content: bytes | str, name: str = "file.xlsx") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_


def refused(path: Path, said: str, **options: object) -> str:
    """Check that a file is refused by name and in time, and return with what words."""
    start = time.perf_counter()
    with pytest.raises(InputError, match=said) as caught:
        sg.read_metric(path, **options)
    assert path.name in str(caught.value)
    assert time.perf_counter() - start < SECONDS
    return str(caught.value)


def memory_of(*paths: Path) -> float:
    """Refuse files in a process of its own, and return the megabytes that this took."""
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))\n"
        "from spatial_gaps import read_metric\n"
        "from spatial_gaps.errors import InputError\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n        read_metric(path)\n        sys.exit(path)\n"
        "    except InputError:\n        pass\n"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, paths)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    return int(done.stdout) / 1024


@pytest.mark.parametrize(("make", "end"), [(xlsx, "xlsx"), (ods, "ods"), (xls, "xls")])
def test_the_workbooks_made_here_are_good_but_for_their_fault(write, make, end):
    assert sg.read_metric(write(make(), f"file.{end}")).table["value"].tolist() == FIGURES


class TestKinds:
    @pytest.mark.parametrize("end", ["csv", "xlsx", "xls", "ods"])
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "the file is empty"),
            (b"\r\n <!DOCTYPE html><html>Not found", "this is a web page, not a CSV.*Download"),
            (b"\xef\xbb\xbf<html>Sign in", "this is a web page"),
            (b"SQLite format 3\x00" + bytes(100), "this is a database or GeoPackage.*Give a .csv"),
            (b"%PDF-1.7", "this is a PDF"),
            (b"\x1f\x8b\x08\x00", "this is a gzip file"),
            (b"PAR1" + bytes(20), "this is a Parquet file"),
            (b"PK\x03\x04" + bytes(40), r"damaged or cut off at byte 44, its end \(44 bytes in all\)"),
            (b"\xd0\xcf\x11\xe0" + bytes(600), "damaged or cut off .604 bytes.* at byte 30"),
        ],
    )  # fmt: skip
    def test_e52_what_the_first_bytes_are_decides_not_the_name(self, write, content, said, end):
        refused(write(content, f"file.{end}"), said)

    def test_e52_a_workbook_is_read_whatever_it_is_called(self, write):
        for number, content in enumerate([xlsx(), ods(), xls()]):
            found = sg.read_metric(write(content, f"{number}.csv"))
            assert found.table["value"].tolist() == FIGURES

    @pytest.mark.parametrize("make", [xlsx, ods, xls])
    def test_e52_a_workbook_cut_off_anywhere_is_refused_with_the_byte(self, write, make):
        content = make()
        for cut in range(8, len(content) - 512, 97):
            refused(write(content[:cut], "file.x"), r"damaged or cut off.*(byte|sector) \d+")

    def test_e52_another_zip_is_no_workbook(self, write):
        refused(
            write(zipped({"a.csv": b"code,value\n"}), "a.zip"), "zip is no workbook.*unpack the"
        )
        word = zipped({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<Types/>"})
        refused(write(word, "a.docx"), "this zip is no workbook that can be read")
        refused(write(zipped({"xl/workbook.bin": b"\0"}), "a.xlsb"), r"binary workbook \(\.xlsb\)")

    def test_e52_a_folder_and_nothing_at_all(self, tmp_path):
        refused(tmp_path / "none.csv", "no such file.*Check the spelling")
        refused(tmp_path, "this is not a file")

    def test_e54_several_sheets_are_listed_and_one_can_be_named(self, write):
        path = write(xlsx(ROWS, "Men", "Women"))
        refused(path, r'several sheets .* none was named.*sheet= \(--sheet\): "Men"; "Women"')
        assert sg.read_metric(path, sheet=" women").table["value"].tolist() == FIGURES
        refused(path, r"no sheet 'Womem' in .*Did you mean 'Women'\? There are: Men", sheet="Womem")

    def test_e54_a_workbook_without_a_table_names_its_sheets(self, write):
        path = write(xlsx([["Contents"], ["Notes"]], "Cover", "Notes"))
        refused(
            path, "no table of areas was found.*in sheets Cover, Notes. Name the column of codes"
        )
        refused(path, "in the sheet 'Cover'", sheet="Cover")

    def test_e54_several_tables_on_a_sheet_are_listed_by_line(self, write):
        heads = ["Area code", "Area", "Rate"]
        block = [heads, *(["E0600000" + str(at), "A", at] for at in (1, 2, 3))]
        path = write(xlsx([["Table 1"], *block, [], ["Table 2"], *block]))
        refused(path, r"holds 2 tables .* none was named.*1: Table 1 \(from line 3\)")
        assert sg.read_metric(path, table=2).table["row"].tolist() == [9, 10, 11]
        refused(path, "no table '3'", table=3)

    @pytest.mark.parametrize("name", ["two words.csv", "Ynys Môn & 50% #1.csv", "日本.csv", "-rf"])
    def test_e55_any_name_of_a_file_will_do(self, write, name):
        path = write("code,value\nE06000001,1\n", name)
        assert sg.read_metric(path).table["value"].tolist() == [1]

    def test_e56_headings_that_differ_only_in_case_are_a_choice(self, write):
        path = write("code,Value,value\nE06000001,1,2\n", "file.csv")
        refused(path, r'several columns .* none was named.*"Value"; "value"')
        assert sg.read_metric(path, value="value").table["value"].tolist() == [2]
        assert sg.read_metric(path, value="Value").table["value"].tolist() == [1]


BOMB = '<!DOCTYPE x [<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {chr(98 + at)} "{("&" + chr(97 + at) + ";") * 10}">' for at in range(9)
) + "]>"  # fmt: skip


class TestEntities:
    @pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml"])
    @pytest.mark.parametrize("kind", ["bomb", "quadratic", "file", "address"])
    def test_h72_entities_in_a_workbook_are_refused(self, write, part, kind, tmp_path):
        secret = tmp_path / "secret.txt"
        secret.write_text("the secret")
        declared = {
            "bomb": BOMB,
            "quadratic": f'<!DOCTYPE x [<!ENTITY j "{"j" * 10**6}">]>',
            "file": f'<!DOCTYPE x [<!ENTITY j SYSTEM "{secret.as_uri()}">]>',
            "address": '<!DOCTYPE x [<!ENTITY % j SYSTEM "http://127.0.0.1:9/x"> %j;]>',
        }[kind]

        def change(xml: bytes) -> bytes:
            xml = re.sub(rb"(<\?xml[^>]*>\s*)", lambda m: m[1] + declared.encode(), xml, count=1)
            return xml.replace(b"<t>code</t>", b"<t>" + b"&j;" * 1000 + b"</t>")

        path = write(changed(part, change))
        text = refused(
            path, rf"{re.escape(part)} in the workbook declares entities.*save it as CSV"
        )
        assert "the secret" not in text

    @pytest.mark.parametrize(
        "declared", [BOMB, '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>']
    )
    def test_h72_entities_in_an_ods_are_refused(self, write, declared):
        row = f"<table:table-row>{CELL.format('', '&j;')}{CELL.format('', 'x')}</table:table-row>"
        refused(write(ods(row, declared)), "content.xml in the workbook declares entities")

    def test_h72_a_document_type_alone_is_not_fetched(self, write, monkeypatch):
        def connect(*_: object) -> None:
            pytest.fail("no connection may be opened")

        monkeypatch.setattr(socket.socket, "connect", connect)
        path = write(ods(before='<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'))
        assert sg.read_metric(path).table["value"].tolist() == FIGURES

    def test_h72_entities_that_are_not_declared_are_no_text_of_others(self, write):
        path = write(changed("xl/sharedStrings.xml", lambda xml: xml.replace(b"code", b"c&j;d")))
        refused(path, "no workbook that can be read|cannot be read")


def with_sizes(content: bytes, name: str, told: int) -> bytes:
    """Return a zip whose list of members says another size of one of them."""
    at = content.index(b"PK\x01\x02")
    while content[at + 46 : at + 46 + len(name)] != name.encode():
        at = content.index(b"PK\x01\x02", at + 4)
    return content[: at + 24] + struct.pack("<I", told) + content[at + 28 :]


class TestBombs:
    def test_h73_a_big_member_is_stopped_by_what_comes_out(self, write):
        # As in the list: 100 MB out of 97 kB.
        content = changed(SHEET, lambda xml: xml + b" " * 100_000_000)
        assert len(content) < 110_000
        path = write(content)
        refused(path, rf"unpacks to more than it may, as a zip bomb does.*{SHEET}.*as CSV")

    def test_h73_no_part_is_too_far_aside_to_count(self, write):
        parts = parts_of(xlsx())
        parts |= {f"docProps/{at}.xml": b" " * 9_000_000 for at in range(7)}
        refused(write(zipped(parts)), "zip bomb.*docProps")

    @pytest.mark.parametrize("told", [40, 2**31])
    def test_h73_a_header_that_lies_does_not_help(self, write, told):
        grown = changed(SHEET, lambda xml: xml + b" " * 100_000_000)
        refused(write(with_sizes(grown, SHEET, told)), f"zip bomb.*{SHEET}")
        small = with_sizes(xlsx(), SHEET, told)
        said = f"damaged or cut off from byte \\d+, in {SHEET}.*where its header says {told}"
        refused(write(small), said)

    def test_h73_a_header_with_the_sum_of_the_part_it_admits_does_not_help(self, write):
        # Read only as far as the size says, the first bytes fit their checksum.
        parts = parts_of(changed(SHEET, lambda xml: xml + b" " * 100_000_000))
        content = bytearray(zipped(parts))
        at = content.index(b"PK\x01\x02")
        while content[at + 46 : at + 46 + len(SHEET)] != SHEET.encode():
            at = content.index(b"PK\x01\x02", at + 4)
        struct.pack_into("<I", content, at + 16, zip_limits.zlib.crc32(parts[SHEET][:40]))
        refused(write(with_sizes(bytes(content), SHEET, 40)), f"zip bomb.*{SHEET}|damaged.*{SHEET}")

    def test_h73_many_members_and_zips_in_zips(self, write):
        many = parts_of(xlsx()) | {f"{at}.txt": b"" for at in range(10_001)}
        refused(write(zipped(many)), r"the zip holds 10,01\d files, more than 10,000.*Unpack it")
        nested = xlsx()
        for _ in range(5):
            nested = zipped({"a.xlsx": nested})
        refused(write(nested), "this zip is no workbook that can be read.*the file inside")

    def test_h73_members_that_share_their_bytes_are_refused(self, write):
        content = bytearray(xlsx())
        at = content.index(b"PK\x01\x02")
        after = content.index(b"PK\x01\x02", at + 4)
        content[after + 42 : after + 46] = content[at + 42 : at + 46]
        refused(write(bytes(content)), "damaged or cut off from byte 0")

    @pytest.mark.parametrize(
        "address", [b'<c r="XFD1048576"', b"<c s='1' r='XFD1048576'", b'<c\nr = "xfd1048576" t="n"',
                    b'<c r="B99999999"', b'<c t="/>" r="ZZZ9999"']
    )  # fmt: skip
    def test_h73_cells_far_apart_are_not_given_the_memory_between(self, write, address):
        path = write(changed(SHEET, lambda xml: xml.replace(b'<c r="B7"', address)))
        refused(
            path, f"cells of {SHEET} stand in row and column so far out.*Delete what stands far"
        )

    def test_h73_styles_far_out_and_a_note_at_the_side_do_no_harm(self, write):
        style = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
        path = write(changed(SHEET, lambda xml: xml.replace(b"</sheetData>", style)))
        assert sg.read_metric(path).table["value"].tolist() == FIGURES
        note = b'<row r="500"><c r="AZ500"><v>1</v></c></row></sheetData>'
        path = write(changed(SHEET, lambda xml: xml.replace(b"</sheetData>", note)))
        assert sg.read_metric(path).table["value"].tolist() == FIGURES

    def test_h73_cells_without_an_address_are_counted(self, write):
        wide = b'<row r="1048576">' + b"<c><v>1</v></c>" * 2000 + b"</row></sheetData>"
        refused(
            write(changed(SHEET, lambda xml: xml.replace(b"</sheetData>", wide))), "so far out that"
        )

    def test_h73_a_list_of_texts_is_not_made_as_long_as_it_says(self, write):
        part = "xl/sharedStrings.xml"
        path = write(
            changed(part, lambda xml: xml.replace(b'uniqueCount="', b'uniqueCount="999999'))
        )
        refused(path, rf"damaged .*in {part}.*it says that it holds 9,999,99\d texts in")

    def test_h73_one_long_text_in_many_cells_is_counted_each_time(self, write):
        cell = b'<row><c r="C{}" t="s"><v>1</v></c></row>'
        many = b"".join(cell.replace(b"{}", str(at).encode()) for at in range(20, 3020))
        parts = parts_of(xlsx())
        parts[SHEET] = parts[SHEET].replace(b"</sheetData>", many + b"</sheetData>")
        texts = parts["xl/sharedStrings.xml"]
        parts["xl/sharedStrings.xml"] = texts.replace(b">value<", b">" + b"v" * 100_000 + b"<")
        refused(write(zipped(parts)), rf"the texts of {SHEET} are 300,\d+,\d+ bytes long")

    @pytest.mark.parametrize(
        "row",
        [
            "<table:table-row table:number-rows-repeated='1000000'>"
            + NUMBER.format(' table:number-columns-repeated="16384"', 1) + "</table:table-row>",
            '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
            '<table:table-row><table:table-cell table:number-columns-repeated="1000"/>'
            + NUMBER.format("", 1) + "</table:table-row>",
            '<table:table-row><table:table-cell office:value-type="string"><text:p>a'
            '<text:s text:c="4000000000"/></text:p></table:table-cell></table:table-row>',
        ],
    )  # fmt: skip
    def test_h73_repeats_in_an_ods_are_not_written_out(self, write, row):
        path = write(ods(row), "file.ods")
        refused(path, r"content\.xml (stand in row|are 4,000)|of content.xml.* so far out")

    def test_h73_blank_rows_at_the_end_of_an_ods_do_no_harm(self, write):
        blank = '<table:table-cell table:number-columns-repeated="16384"/>'
        row = f'<table:table-row table:number-rows-repeated="1048569">{blank}</table:table-row>'
        assert sg.read_metric(write(ods(row), "a.ods")).table["value"].tolist() == FIGURES

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (xls(extent=(0, 2**31, 0, 26)), "a sheet of rows 0 to 2147483648 .* is promised, at byte"),
            (xls(extent=(9, 2, 0, 2)), "a sheet of rows 9 to 2 .* is promised, at byte"),
            (xls(record(0x0203, struct.pack("<HHHd", 65535, 65535, 0, 1.0))), "so far out that"),
            (xls(struct.pack("<HH", 0x0203, 9000)), "record at byte .* is longer than any can be"),
            (xls(struct.pack("<HH", 0x0203, 8000)), "it ends inside the record at byte"),
            (xls(record(0x020B, struct.pack("<5I", 0, 0, 7, 0, 77))), "no rows end at byte 77"),
            (xls()[:512] + struct.pack("<I", 1) * 128 + xls()[1024:], "leads nowhere, at sector 1"),
            (xls()[:44] + b"\xff\xff\xff\x0f" + xls()[48:], "more sectors than it has, at byte 44"),
            (xls()[:68] + b"\x00\x00\x00\x00" + xls()[72:], "damaged or cut off"),
        ],
    )  # fmt: skip
    def test_h73_an_old_workbook_is_not_given_what_it_promises(self, write, content, said):
        path = write(content, "file.xls")
        refused(path, said)

    @LINUX
    def test_h73_refusing_them_takes_no_memory(self, write):
        row = "<table:table-row table:number-rows-repeated='1000000'>{}</table:table-row>"
        wide = NUMBER.format(' table:number-columns-repeated="16384"', 1)
        bombs = [
            changed(SHEET, lambda xml: xml + b" " * 100_000_000),
            changed(SHEET, lambda xml: xml.replace(b'<c r="B7"', b'<c r="XFD1048576"')),
            ods(row.format(wide)),
            ods(f"<table:table-row>{CELL.format('', '&j;' * 9)}</table:table-row>", BOMB),
            xls(extent=(0, 2**31, 0, 26)),
            xls(record(0x0203, struct.pack("<HHHd", 65535, 65535, 0, 1.0))),
        ]
        paths = [write(content, f"{at}.x") for at, content in enumerate(bombs)]
        assert memory_of(*paths) < MEGABYTES

    def test_h73_texts_promised_in_an_old_workbook(self, write):
        promise = record(0x00FC, struct.pack("<II", 0, 2**31 - 1))
        content = xls()
        at = content.index(record(0x000A, b""))
        whole = content[:at] + promise + content[at : len(content) - len(promise)]
        refused(write(whole, "a.xls"), r"2,147,483,647 texts are promised at byte \d+")


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "../../evil.txt",
            "/abs/evil.txt",
            "..\\..\\evil.txt",
            "C:\\evil.txt",
            "xl/../../evil.txt",
        ],
    )
    def test_h74_members_of_a_workbook_are_never_paths(self, tmp_path, name):
        folder = tmp_path / "deep" / "deeper"
        folder.mkdir(parents=True)
        path = folder / "file.xlsx"
        path.write_bytes(zipped(parts_of(xlsx()) | {name: b"evil"}))
        before = sorted(tmp_path.rglob("*"))
        assert sg.read_metric(path).table["value"].tolist() == FIGURES
        assert sorted(tmp_path.rglob("*")) == before

    @POSIX
    def test_h74_a_link_in_a_workbook_leads_nowhere(self, write, tmp_path):
        secret = tmp_path / "secret.xml"
        secret.write_bytes(parts_of(xlsx())[SHEET])
        link = zipfile.ZipInfo(SHEET)
        link.create_system, link.external_attr = 3, 0o120777 << 16
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name, content in parts_of(xlsx()).items():
                archive.writestr(
                    link if name == SHEET else name, str(secret) if name == SHEET else content
                )
        refused(write(stream.getvalue()), "the sheet 'Sheet1' cannot be read|no workbook that")

    @pytest.mark.parametrize(
        "address",
        ["http://127.0.0.1:9/a.csv", "https://example.org/a.csv", "ftp://x/a.csv", "s3://bucket/a.csv",
         "file:///etc/passwd", "/vsicurl/http://127.0.0.1:9/a.csv", "/vsizip/a.zip/a.csv", "PG:dbname=x",
         "GPKG:a.gpkg:a", '{"type": "FeatureCollection"}', "<OGRVRTDataSource></OGRVRTDataSource>",
         " data:text/csv,code"],
    )  # fmt: skip
    def test_h75_only_local_files_are_opened(self, write, address, monkeypatch):
        monkeypatch.setattr(
            socket.socket, "connect", lambda *_: pytest.fail("a connection was opened")
        )
        with pytest.raises(InputError, match=r"only local files are read.*Download the file first"):
            sg.read_metric(address)
        good = write("code,value\nE06000001,1\n", "file.csv")
        with pytest.raises(InputError, match="only local files are read"):
            sg.read_metric(good, cv=address)

    def test_h75_a_virtual_file_is_no_table(self, write):
        other = write("code,value\nE06000001,1\n", "other.csv")
        virtual = f"<OGRVRTDataSource><SrcDataSource>{other}</SrcDataSource></OGRVRTDataSource>"
        for name in ("file.vrt", "file.csv"):
            refused(write(virtual, name), "there is a header but no row, or nothing at all")

    def test_h75_formulas_and_links_in_a_workbook_are_neither_run_nor_followed(
        self, write, monkeypatch
    ):
        monkeypatch.setattr(
            socket.socket, "connect", lambda *_: pytest.fail("a connection was opened")
        )
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            for at, (code, value) in enumerate(ROWS):
                sheet.write(at, 0, code)
                if at:
                    sheet.write_formula(at, 1, '=WEBSERVICE("http://127.0.0.1:9/")', value=value)
            sheet.write(0, 1, "value")
            sheet.write_url(0, 3, "http://127.0.0.1:9/", string="source")
        assert sg.read_metric(write(stream.getvalue())).table["value"].tolist() == FIGURES

    @pytest.mark.parametrize(
        "name", ["../../x", "/etc/passwd", "CON", "a\\b", "x'; DROP TABLE a; --"]
    )
    def test_h76_a_name_in_a_file_becomes_no_path(self, write, tmp_path, name):
        rows = [f'"{name}",{code},2021,{value}' for code, value in ROWS[1:]]
        path = write("\n".join(["indicator,code,period,value", *rows]), "file.csv")
        before = sorted(tmp_path.rglob("*"))
        metric = sg.read_metric(path, indicator=name)
        assert metric.title.casefold() == name.casefold()
        assert re.fullmatch(r"[a-z0-9_]+", metric.key)
        assert sorted(tmp_path.rglob("*")) == before
        with pytest.raises(InputError, match="no sheet"):
            sg.read_metric(write(xlsx()), sheet=name)

    def test_h76_a_file_of_metadata_is_looked_for_beside_the_figures_only(self, write, tmp_path):
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "file.json").write_text('{"x": {"label": "not mine"}}')
        inside = tmp_path / "inside"
        inside.mkdir()
        path = inside / "file.csv"
        path.write_text("code,value\nE06000001,1\n")
        assert sg.read_metric(inside / ".." / "inside" / "file.csv").title == "File"
        path.with_suffix(".json").write_text('{"x": {"label": "../../mine", "suffix": ["%"]}}')
        metric = sg.read_metric(path)
        assert (metric.unit, metric.key) == ("", "mine")


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.folder),)


class TestCode:
    @pytest.mark.parametrize("end", ["csv", "xlsx", "json", "pkl"])
    def test_h77_a_pickle_is_never_loaded(self, write, tmp_path, end):
        content = pickle.dumps(Payload(tmp_path / "made"), protocol=2)
        refused(write(content, f"file.{end}"), r"byte 4 .*|byte \d+ is NUL|not UTF-8")
        assert not (tmp_path / "made").exists()

    @pytest.mark.parametrize(
        "text",
        ["__import__('os').mkdir('made')", "!!python/object/apply:os.mkdir [made]", "=1+1", "@A1"],
    )
    def test_h77_text_is_never_run(self, write, tmp_path, monkeypatch, text):
        monkeypatch.chdir(tmp_path)
        path = write(f'code,name,period,value\nE06000001,"{text}",2021,1\n', "file.csv")
        path.with_suffix(".json").write_text(json.dumps({"x": {"label": text, "caveats": text}}))
        metric = sg.read_metric(path)
        assert metric.table["name"].tolist() == [text]
        refused(write(f'code,value\nE06000001,"{text}"\n', "other.csv"), "row 2, column 'value'")
        assert not (tmp_path / "made").exists()

    @pytest.mark.parametrize(
        "name", ["it's; DROP TABLE a; --", 'a"b', "a') OR 1=1 --", "a]b`c", "%s"]
    )
    def test_h79_names_of_sheets_and_columns_are_found_as_they_are(self, write, name):
        quoted = name.replace('"', '""')
        path = write(f'code,period,"{quoted}",other\nE06000001,2021,1,2\n', "file.csv")
        metric = sg.read_metric(path, value=name)
        assert metric.table["value"].tolist() == [1]
        areas = pd.DataFrame({"name": ["A"]}, index=pd.Index(["E06000001"], name="code"))
        other = sg.read_metric(path, value="other")
        joined = sg.join_metrics(areas, metric, other, period=2021)
        assert all(re.fullmatch(r"[a-z0-9_]+", column) for column in joined.columns)
        sheet = name.replace("]", "").strip("'")
        book = write(xlsx(ROWS, "Notes " + sheet[:5], sheet))
        assert sg.read_metric(book, sheet=sheet).table["value"].tolist() == FIGURES
