"""tables.xlsx as a reader gets it: notes first, a table per sheet, text that stays text."""

from __future__ import annotations

import re
import zipfile

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError, OutputError
from spatial_gaps.export.summary import source_of, tables_of
from spatial_gaps.export.workbook import sheet_names, write_workbook

pytest.importorskip("xlsxwriter")
LICENCE = "Licensed under the Open Government Licence v3.0."
AREAS = pd.DataFrame(
    {
        "name": ["Hartlepool", "City of London", "Leeds"],
        "value": [489.3, np.nan, 512.0],
        "status": ["", "unreliable: too few cases (marked u)", ""],
        "people": [92_600, 8_600, 809_000],
        "is_pocket": [True, False, False],
    },
    index=pd.Index(["E06000001", "E09000001", "E08000035"], name="code"),
)


def written(path, tables, notes=("Weekly pay",)):
    write_workbook(path, tables, notes, "ONS, Annual Survey of Hours and Earnings", LICENCE)
    return path


def sheets(path):
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def parts(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_notes_come_first_with_title_source_licence_and_what_columns_mean(tmp_path):
    path = written(tmp_path / "t.xlsx", {"areas": AREAS}, ["Weekly pay", "London hides none."])
    found = sheets(path)
    assert list(found) == ["Notes", "areas"]
    lines = [row[0] for row in found["Notes"]]
    assert lines[:4] == [
        "Weekly pay",
        "London hides none.",
        "Source: ONS, Annual Survey of Hours and Earnings",
        "Licence: Open Government Licence v3.0.",
    ]
    assert "areas: 3 rows" in lines
    assert "status: Reason why the figure is missing; empty beside a figure" in lines
    assert "value: The figure" in lines


def test_numbers_are_numbers_and_a_blank_stands_beside_its_reason(tmp_path):
    found = sheets(written(tmp_path / "t.xlsx", {"areas": AREAS}))["areas"]
    assert found == [
        ["code", "name", "value", "status", "people", "is_pocket"],
        ["E06000001", "Hartlepool", 489.3, "", 92_600, True],
        ["E09000001", "City of London", "", "unreliable: too few cases (marked u)", 8_600, False],
        ["E08000035", "Leeds", 512, "", 809_000, False],
    ]


def test_sheets_are_as_accessible_spreadsheets_are_made(tmp_path):
    inside = parts(written(tmp_path / "t.xlsx", {"areas": AREAS, "none": AREAS.head(0)}))
    text = "".join(inside.values())
    assert "mergeCell" not in text
    tables = sorted(name for name in inside if name.startswith("xl/tables/"))
    assert len(tables) == 2
    assert 'ref="A1:F4"' in inside[tables[0]]
    assert 'state="frozen"' in inside["xl/worksheets/sheet2.xml"]
    assert 'formatCode="#,##0"' in text or 'numFmtId="3"' in inside["xl/styles.xml"]


def test_h69_text_stays_text_and_negative_numbers_stay_numbers(tmp_path):
    risky = ["=1+1", "+1", "-5", "@SUM(A1)", "\tx", "\rx", "=cmd|' /C calc'!A0", "\x00x"]
    frame = pd.DataFrame({"=heading": risky, "number": [-5.5] * len(risky)})
    path = written(tmp_path / "t.xlsx", {"=sheet": frame}, ["=title", *risky])
    inside = parts(path)
    assert not [name for name in inside if re.search(r"<f[ >]", inside[name])]
    found = sheets(path)["=sheet"]
    assert found[0] == ["=heading", "number"]
    assert [row[0] for row in found[1:6]] == risky[:5]
    assert [row[1] for row in found[1:]] == [-5.5] * len(risky)
    assert 'quotePrefix="1"' in inside["xl/styles.xml"]
    assert "<hyperlink " not in "".join(inside.values())


def test_equal_tables_give_equal_bytes_at_any_time(tmp_path, monkeypatch):
    first = written(tmp_path / "a.xlsx", {"areas": AREAS}).read_bytes()
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert written(tmp_path / "b.xlsx", {"areas": AREAS}).read_bytes() == first


def test_sheet_names_are_legal_and_unique():
    names = ["Notes", "history", "a" * 40, "a" * 40, "x/y:z[1]", "'quoted'", "", "\x01", "Ärea"]
    found = sheet_names(names)
    assert found == [
        "Notes 2", "history 2", "a" * 31, "a" * 29 + " 2", "x y z 1", "quoted", "Table", "Table 2",
        "Ärea",
    ]  # fmt: skip


def test_a_table_that_no_sheet_can_hold_is_refused_and_nothing_is_left(tmp_path):
    path = tmp_path / "t.xlsx"
    with pytest.raises(InputError, match=r"'areas' has headings.*the same apart from case: value"):
        written(path, {"areas": pd.DataFrame([[1, 2]], columns=["value", "Value"])})
    with pytest.raises(InputError, match="1048576 rows"):
        written(path, {"long": pd.DataFrame({"value": np.zeros(1_048_576)})})
    with pytest.raises(OutputError, match="no such folder"):
        written(tmp_path / "missing" / "t.xlsx", {"areas": AREAS})
    assert not list(tmp_path.iterdir())


def test_long_text_odd_text_and_odd_numbers_are_written(tmp_path):
    frame = pd.DataFrame(
        {
            # As object: with pyarrow pandas cannot hold half a character as text.
            "text": pd.Series(
                ["x" * 40_000, "half a character \ud800", None, "line\nbreak", "\x07bell"],
                dtype=object,
            ),
            "number": [np.inf, np.int64(3), pd.NA, 1e308, -0.25],
            "when": [pd.Timestamp("2021-04-01"), pd.NaT, None, None, None],
        }
    )
    found = sheets(written(tmp_path / "t.xlsx", {"odd": frame}))["odd"]
    assert len(found[1][0]) == 32_767
    assert found[1][0].endswith("(cut here, the CSV has all of it)")
    assert found[2][0] == "half a character ?"
    assert [row[1] for row in found[1:]] == ["inf", 3, "", 1e308, -0.25]
    assert found[1][2] == "2021-04-01T00:00:00"
    assert (found[3][0], found[4][0]) == ("", "line\nbreak")


def test_the_tables_of_an_assessment_come_back_as_they_were(pay, tmp_path):
    tables = tables_of(pay)
    notes = [pay.metric.title, *pay.finding, *(notice.message for notice in pay.notices)]
    path = tmp_path / "tables.xlsx"
    write_workbook(path, tables, notes, source_of(pay), pay.metric.licence)
    found = sheets(path)
    assert list(found) == ["Notes", *tables]
    header, *rows = found["areas"]
    back = pd.DataFrame(rows, columns=header).set_index("code")
    assert pd.to_numeric(back["value"]).to_dict() == pytest.approx(
        pay.areas["value"].to_dict(), nan_ok=True, abs=0
    )
    assert back["status"].tolist() == pay.areas["status"].tolist()
    lines = [row[0] for row in found["Notes"]]
    assert lines[1] == pay.headline
    assert not [line for line in lines if line.startswith("Source: Source")]
