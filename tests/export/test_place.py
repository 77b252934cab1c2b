"""The page of a place: what it says, that it is safe, and that nothing of others is lost."""

from __future__ import annotations

from html.parser import HTMLParser

import pandas as pd
import pytest

from spatial_gaps import find_place, place_report
from spatial_gaps.errors import InputError, OutputError
from spatial_gaps.export.place import place_rows, write_place
from spatial_gaps.flag.place_table import place_sentences, place_table


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_the_page_has_the_finding_the_map_and_every_area(pay, tmp_path):
    place = find_place("Norfolk")
    table = place_table(pay, place)
    page = Tags()
    page.feed(place_report(pay, "Norfolk", tmp_path / "p.html").read_text("utf-8"))
    for sentence in place_sentences(pay, place, table):
        assert sentence in page.text
    heads, rows = place_rows(table, pay)
    assert all(cell in page.text for row in rows for cell in row)
    assert all(len(row) == len(heads) for row in rows)
    fills = [attrs["fill"] for tag, attrs in page.tags if tag == "path" and "fill" in attrs]
    assert len([fill for fill in fills if fill not in ("#ececec",)]) >= 7
    assert not {"script", "img", "link"} & {tag for tag, _ in page.tags}
    assert "Open Government Licence" in page.text


def test_names_are_escaped_and_bytes_are_the_same_twice(pay, tmp_path):
    from dataclasses import replace

    names = pay.areas["name"].copy()
    names["E07000144"] = '<script>alert(1)</script>"'
    spoilt = replace(pay, areas=pay.areas.assign(name=names))
    one, two = (place_report(spoilt, "Norfolk", tmp_path / f"{n}.html") for n in "ab")
    assert one.read_bytes() == two.read_bytes()
    assert "<script" not in one.read_text("utf-8")
    sheets = [place_report(pay, "Norfolk", tmp_path / f"{n}.pdf") for n in "ab"]
    assert sheets[0].read_bytes() == sheets[1].read_bytes()


def test_a_run_gets_map_table_and_pages(pay, tmp_path):
    for name in ("maps", "tables"):
        (tmp_path / name).mkdir()
    write_place(tmp_path, pay, find_place("Norfolk"))
    table = pd.read_csv(tmp_path / "tables/focus.csv", index_col=0)
    assert len(table) == 7
    assert {"maps/focus.png", "place.html", "place.pdf"} <= {
        str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()
    }


def test_what_is_refused(pay, tmp_path):
    with pytest.raises(InputError, match=r"\.html or \.pdf"):
        place_report(pay, "Norfolk", tmp_path / "p.docx")
    with pytest.raises(InputError, match="no place called"):
        place_report(pay, "Nowhere", tmp_path / "p.html")
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    with pytest.raises(OutputError, match="no page of spatial_gaps"):
        place_report(pay, "Norfolk", tmp_path / "mine.html")
    assert (tmp_path / "mine.html").read_text() == "<p>mine</p>"
