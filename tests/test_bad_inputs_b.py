"""Group B of the bad inputs, values: nothing is coerced, guessed or lost, and an error names its place.

Items 24 to 26 and 34 are in tests/metrics/test_guards.py, 31 in test_joining.py and test_reading.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xlsxwriter

import spatial_gaps as sg
from spatial_gaps.errors import (
    InputError,
    JoinError,
    SpatialGapsWarning,
    StatisticUndefined,
    WeightsError,
)
from spatial_gaps.export.geopackage import write_geopackage
from spatial_gaps.measure.inequality import atkinson, mld, theil
from spatial_gaps.metrics.guards import check_values
from spatial_gaps.metrics.panels import panel

Write = Callable[..., Path]
# The markers of the list of bad inputs, and what the reason has to say of each.
MARKERS = {
    "..": "not available", "x": "suppressed", "[x]": "not available", "[c]": "confidential",
    "[u]": "unreliable", "u": "unreliable", "~": "threshold", ":": "not available", "-": "nil",
    "*": "suppressed", "#": "suppressed", "!": "unreliable",
}  # fmt: skip
HEAD = "code,name,period,value"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file: bytes or text as it is, or one row per value under HEAD."""

    def write_(content: object, name: str = "mine.csv") -> Path:
        if isinstance(content, list):
            rows = [f"E{6000001 + at:08d},A,2021,{value}" for at, value in enumerate(content)]
            content = "\n".join([HEAD, *rows]) + "\n"
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else str(content).encode())
        return path

    return write_


def values(path: Path, **options: object) -> list[float]:
    return sg.read_metric(path, **options).table["value"].tolist()


class TestMarkers:
    @pytest.mark.parametrize("marker", MARKERS)
    def test_b19_a_marker_is_a_missing_figure_with_its_reason(self, write, marker):
        table = sg.read_metric(write([5, marker, f" {marker.upper()}\u00a0", ""])).table
        assert table["value"].isna().tolist() == [False, True, True, True]
        assert table["status"][0] == ""
        for said in table["status"][1:3]:
            assert MARKERS[marker] in said
            assert f"marked {marker}" in said
        assert table["status"][3] == "blank in the file, no reason given"

    @pytest.mark.parametrize("text", ["5**x", "n.a.", "NaN", "suppressed", "<5", "#REF!", "--"])
    def test_b19_unknown_text_is_an_error_that_lists_the_markers(self, write, text):
        with pytest.raises(InputError) as caught:
            sg.read_metric(write([5, text]))
        said = str(caught.value)
        assert f"mine.csv, row 3, column 'value', value '{text}'" in said
        assert "Known markers: x [x] u [u]" in said
        assert "Correct the cell, or name another column (value=)" in said

    def test_b19_the_marker_of_a_column_of_its_own_counts(self, write):
        path = write("code,period,value,status\nE06000001,2021,,x\nE06000002,2021,5,p\n")
        table = sg.read_metric(path).table
        assert "marked x" in table["status"][0]
        assert table[["status", "note"]].to_numpy()[1].tolist() == ["", "p"]

    def test_b20_na_as_a_code_or_name_stays_text(self, write):
        path = write(f"{HEAD}\nNA,Namibia,2021,1\nE06000001,NA,2021,NA\nnan,None,2021,3\n")
        table = sg.read_metric(path).table
        assert table["code"].tolist() == ["NA", "E06000001", "NAN"]
        assert table["name"].tolist() == ["Namibia", "NA", "None"]
        assert "marked na" in table["status"][1]
        assert np.isnan(table["value"][1])


class TestNumbers:
    def test_b21_separators_currency_and_footnotes_are_read(self, write):
        path = write(['"1,234"', "5*", "£3", '"£1,204,567"', " 67.1 [note 2]", "-2.5", "+1"])
        table = sg.read_metric(path).table
        assert table["value"].tolist() == [1234, 5, 3, 1204567, 67.1, -2.5, 1]
        assert table["note"].tolist() == ["", "*", "", "", "[note 2]", "", ""]

    def test_b21_percent_signs_are_the_unit(self, write):
        metric = sg.read_metric(write(["45.2%", "3 %", "x"]))
        assert metric.unit == "%"
        assert metric.table["value"].tolist()[:2] == [45.2, 3]
        with pytest.raises(InputError, match=r"row 3, .*'45.2%': some numbers .* a percent sign"):
            sg.read_metric(write([0.45, "45.2%"]))

    @pytest.mark.parametrize(
        "text", ['"1,2"', '"12,34,567"', '"1,2345"', "$5", "1.2.3", "(5)", "5-"]
    )
    def test_b21_what_is_no_plain_number_is_an_error_with_its_row(self, write, text):
        with pytest.raises(InputError, match=r"mine\.csv, row 2, column 'value'.*Correct the cell"):
            sg.read_metric(write([text, 1]))

    def test_b22_a_decimal_comma_is_refused_unless_declared(self, write):
        path = write("code;period;value\nE06000001;2021;1.204,5\nE06000002;2021;12,5\n")
        with pytest.raises(InputError, match=r"row 2, .*'1\.204,5'.*decimal commas.*decimal=','"):
            values(path)
        assert values(path, decimal=",") == [1204.5, 12.5]

    def test_b22_markers_and_errors_are_as_printed_with_a_decimal_comma(self, write):
        path = write("code;period;value\nE06000001;2021;..\nE06000002;2021;.\nE06000003;2021;1,5\n")
        table = sg.read_metric(path, decimal=",").table
        assert [text[-3:-1] for text in table["status"]] == ["..", " .", ""]
        with pytest.raises(InputError, match=r"row 2, column 'value', value '1\.5'"):
            values(write("code;period;value\nE06000001;2021;1.5\n"), decimal=",")
        with pytest.raises(InputError, match=r"no decimal mark ';' in mine\.csv"):
            values(path, decimal=";")

    @pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u2009"])
    def test_b22_spaces_between_thousands(self, write, space):
        assert values(write([f"1{space}204{space}567", f"12{space}345.5"])) == [1204567, 12345.5]
        with pytest.raises(InputError, match="row 2, column 'value'"):
            values(write([f"1{space}20"]))

    @pytest.mark.parametrize(
        "text", ["inf", "-inf", "Infinity", "1e308", "-1e308", "1e999", "1e16"]
    )
    def test_b23_infinite_and_endless_figures_are_refused(self, write, text):
        with pytest.raises(InputError, match=rf"mine\.csv, row 3, column 'value', value '{text}'"):
            sg.read_metric(write([1, text]))

    @pytest.mark.parametrize("number", [np.inf, -np.inf, 1e308])
    def test_b23_also_in_a_frame_and_in_limits(self, write, number):
        frame = pd.DataFrame({"code": ["E06000001"], "period": ["2021"], "value": [number]})
        with pytest.raises(InputError, match="the frame, row 2, column 'value'"):
            sg.read_metric(frame)
        path = write(f"code,period,value,lower,upper\nE06000001,2021,5,4,{number}\n")
        with pytest.raises(InputError, match=r"mine\.csv, row 2, column 'upper'"):
            sg.read_metric(path)

    def test_b23_the_largest_figures_there_are_pass(self, write):
        assert values(write([2.5e12, 999_999_999_999_999])) == [2.5e12, 999_999_999_999_999]


@pytest.fixture(scope="module")
def lad() -> gpd.GeoDataFrame:
    return sg.cartogram("lad", 2023)


@pytest.fixture
def of_uk(write, lad) -> Callable[..., sg.Metric]:
    """A metric of all authorities: one figure each."""

    def of_uk_(figures: object, period: str = "2021", name: str = "mine.csv") -> sg.Metric:
        rows = [
            f"{code},A,{period},{figure}" for code, figure in zip(lad.index, figures, strict=True)
        ]
        return sg.read_metric(write("\n".join([HEAD, *rows]), name), higher_is="better")

    return of_uk_


class TestStatistics:
    def test_b27_a_zero_leaves_log_measures_undefined_with_the_reason(self, of_uk, lad):
        metric = of_uk([0, *range(1, 361)])
        result = sg.assess(lad, metric, period=2021)
        for name in ("mld", "atkinson_1", "atkinson_2", "share_ratio"):
            assert np.isnan(result.indices.loc[name, "value"])
            assert result.indices.loc[name, "note"] == "undefined: 1 values are zero or negative"
        # No small constant is added: 0 ln 0 is 0, so two areas of which one has all give ln 2.
        assert theil([0.0, 2.0]) == pytest.approx(np.log(2))
        pair = pd.Series([0.0, 2.0], index=["E06000001", "E06000002"])
        for refused in (mld, atkinson):
            with pytest.raises(StatisticUndefined, match=r"positive: E06000001 0\. No constant"):
                refused(pair)

    @pytest.mark.parametrize("figures", [[5] * 361, [0] * 361, [0.3, *[0.1 * 3] * 360]])
    def test_b28_equal_figures_have_no_p_and_no_pockets(self, of_uk, lad, figures):
        result = sg.assess(lad, of_uk(figures), period=2021)
        assert result.moran.status == "constant: all areas have the same figure"
        assert np.isnan(result.moran.p)
        assert result.clusters["p"].isna().all()
        assert set(result.clusters["cluster"]) == {"undefined", "no neighbours"}
        assert not result.pockets["is_pocket"].any()
        assert result.decomposition.total == 0
        assert result.decomposition.parts["share"].isna().all()

    def test_b28_one_figure_or_two_are_too_few(self, of_uk, lad):
        with pytest.raises(
            StatisticUndefined, match="only 1 values are left, at least 2 are needed"
        ):
            sg.assess(lad, of_uk([5, *["x"] * 360]), period=2021)
        result = sg.assess(lad, of_uk([5, 6, *["x"] * 359]), period=2021)
        assert "at least 3 are needed" in result.moran.status
        assert np.isnan(result.moran.p)

    def test_b28_no_figure_at_all_is_said_with_the_reasons(self, of_uk, lad):
        metric = of_uk([*["x"] * 360, ""])
        said = (
            r"mine\.csv: none of the 361 areas has a figure in 2021: 360 not available or "
            r"suppressed by the publisher \(marked x\), 1 blank in the file.*Choose another period"
        )
        with pytest.raises(JoinError, match=said):
            sg.assess(lad, metric, period=2021)
        audit = sg.audit_join(lad, metric, period=2021)
        assert any("none of the 361" in str(notice) for notice in audit.refusals)
        with pytest.warns(SpatialGapsWarning, match="joined all the same: .*none of the 361"):
            joined = sg.join_metrics(lad, metric, period=2021, strict=False)
        assert joined["value"].isna().all()

    @pytest.mark.parametrize("weight", ["0", "-1"])
    def test_b29_weights_that_are_not_positive_name_the_area(self, of_uk, lad, weight):
        pay = of_uk(range(100, 461))
        weights = of_uk([1000, weight, *[1000] * 359], name="people.csv")
        said = rf"weights have to be positive numbers: E06000002 {weight}\. Give a weight"
        with pytest.raises(WeightsError, match=said):
            sg.assess(lad, pay, period=2021, weights=weights)

    def test_b29_missing_and_endless_weights_and_all_zero(self, of_uk, lad):
        pay = of_uk(range(100, 461))
        whole = pd.Series(1000.0, index=lad.index)
        with pytest.raises(WeightsError, match="1 areas have a value but no weight: E06000003 nan"):
            sg.assess(lad, pay, period=2021, weights=whole.mask(whole.index == "E06000003"))
        with pytest.raises(WeightsError, match=r"positive numbers: E06000001 0.*361 in all"):
            sg.assess(lad, pay, period=2021, weights=whole * 0)
        with pytest.raises(InputError, match="weights are infinite: E06000003"):
            sg.assess(lad, pay, period=2021, weights=whole.mask(whole.index == "E06000003", np.inf))
        with pytest.raises(InputError, match=r"weights hold text .*: E06000001 'many'"):
            sg.assess(lad, pay, period=2021, weights=pd.Series("many", index=lad.index))

    def test_b29_weights_need_not_sum_to_anything(self):
        figures = pd.Series([1.0, 3.0], index=["a", "b"])
        for scale in (1e-9, 1.0, 1e9):
            weights = pd.Series([1.0, 3.0], index=["a", "b"]) * scale
            # Mean 2.5: the sum over areas of share times relative figure times its logarithm.
            assert theil(figures, weights) == pytest.approx(
                0.25 * 0.4 * np.log(0.4) + 0.75 * 1.2 * np.log(1.2)
            )

    def test_b30_people_of_another_year_are_noted(self, of_uk, lad):
        pay = of_uk(range(100, 461))
        people = of_uk(range(1000, 1361), period="2019", name="people.csv")
        result = sg.assess(lad, pay, period=2021, weights=people)
        said = {notice.kind: str(notice) for notice in result.notices}
        assert said["weights-year"] == "weighted by People of 2019, for figures of 2021"

    def test_b30_people_of_another_vintage_leave_areas_without_a_weight(self, of_uk, lad, write):
        pay = of_uk(range(100, 461))
        old = [f"{code},A,2021,1000" for code in sg.areas("lad", 2019).index]
        people = sg.read_metric(write("\n".join([HEAD, *old]), "people.csv"))
        # Of the 361 areas these came after 2019, by their entries in the register.
        came = sorted(set(lad.index) - set(sg.areas("lad", 2019).index))
        assert {"E06000060", "E06000063", "E06000066"} <= set(came)
        said = f"{len(came)} areas have a value but no weight: {came[0]} nan"
        with pytest.raises(WeightsError, match=said):
            sg.assess(lad, pay, period=2021, weights=people)


def dated(*periods: str) -> str:
    rows = [f"E{6000001 + at:08d},2021,{at}" for at in range(len(periods))]
    rows = [row.replace("2021", period) for row, period in zip(rows, periods, strict=True)]
    return "\n".join(["code,period,value", *rows]) + "\n"


class TestPeriods:
    def test_b32_mixed_periods_are_kept_apart_and_make_no_panel(self, write):
        metric = sg.read_metric(write(dated("2021/22", "2011-2013", "2023-04")))
        assert metric.periods == ("2011-2013", "2021/22", "2023-04")
        with pytest.raises(
            InputError, match=r"are of 3 kinds, which do not make one panel.*mixed="
        ):
            panel(metric)
        with pytest.raises(InputError, match=r"mine\.csv.*There are: 2011-2013, 2021/22, 2023-04"):
            metric.at(2021)

    @pytest.mark.parametrize("periods", [("2010-11",), ("2010-11", "2021/22"), ("2021", "2003-05")])
    def test_b32_what_may_be_a_month_or_years_is_an_error_with_its_row(self, write, periods):
        row = 2 + next(at for at, text in enumerate(periods) if len(text) == 7 and "-" in text)
        said = (
            rf"mine\.csv, row {row}, column 'period', .*may be a month or a span of years\. Write"
        )
        with pytest.raises(InputError, match=said):
            sg.read_metric(write(dated(*periods)))

    @pytest.mark.parametrize(
        ("printed", "plain"),
        [
            (["2009-10", "2010-11", "2011-12"], ["2009/10", "2010/11", "2011/12"]),
            (["2009-11", "2010-12", "2011-13"], ["2009-2011", "2010-2012", "2011-2013"]),
            (["2010-10", "2010-11", "2010-12"], ["2010-10", "2010-11", "2010-12"]),
            (["2011-11", "2013-01"], ["2011-11", "2013-01"]),
        ],
    )
    def test_b32_spans_are_told_from_months_by_what_stands_beside_them(self, write, printed, plain):
        assert sg.read_metric(write(dated(*printed))).table["period"].tolist() == plain
        if len({(int(text[5:]) - int(text[2:4])) for text in printed}) == 1:
            head = ",".join(["code", *printed])
            wide = sg.read_metric(write(f"{head}\nE06000001,1,2,3\nE06000002,4,5,6\n"))
            assert wide.table["period"].tolist() == plain * 2

    def test_b32_the_one_period_can_be_given(self, write):
        path = write("code,value\nE06000001,1\n")
        assert sg.read_metric(path, period="2010/11").periods == ("2010/11",)
        assert sg.read_metric(path, period="2010-11").periods == ("2010-11",)

    def test_b32_no_period_is_an_error_with_its_row(self, write):
        with pytest.raises(
            InputError, match=r"mine\.csv, row 3, column 'period', value 'soon': this"
        ):
            sg.read_metric(write(dated("2021", "soon")))

    def test_b32_an_area_without_some_period_is_warned_of(self, write):
        text = "code,period,value\nE06000001,2020,1\nE06000001,2021,2\nE06000002,2021,3\n"
        with pytest.warns(SpatialGapsWarning, match=r"1 of 2 areas have no figure.*E06000002"):
            figures = panel(sg.read_metric(write(text)))
        assert np.isnan(figures.loc["E06000002", "2020"])


ROWS = "E06000001,Hartlepool,2021,1.5\nW06000001,Ynys Môn,2021,2.5\n"


class TestTexts:
    @pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_b33_encodings_are_told_apart_and_noted(self, write, coding):
        metric = sg.read_metric(write(f"{HEAD}\n{ROWS}".encode(coding)))
        assert metric.table["name"].tolist() == ["Hartlepool", "Ynys Môn"]
        said = [str(notice) for notice in metric.notices if notice.kind == "encoding"]
        assert said == {
            "utf-16": ["the file is UTF-16 text"],
            "cp1252": ["the text is not UTF-8 (first in row 3) and was read as Windows-1252"],
        }.get(coding, [])

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (f"{HEAD}\n{ROWS}".encode("utf-16-le"), "row 1: byte 1 is NUL: .*UTF-16 .*Save it as CSV"),
            (f"{HEAD}\n{ROWS}".encode("utf-32"), "row 1: byte 2 is NUL: the file is UTF-32"),
            (f"{HEAD}\nE06000001,A,2021,1\0\n".encode(), "row 2: byte 41 is NUL"),
            (f"{HEAD}\nE06000001,\xc3\x81,2021,1\n".encode("latin-1") + b"\x81", "row 3: byte .*UTF-8"),
            (f"{HEAD}\n{ROWS}E06000003,C,2021\n".encode(), r"row 4: .* 3 fields .* has 4.*cut off"),
            (f"{HEAD}\nE06000003,C,2021,1,,\n{ROWS}".encode(), "row 2: .* 6 fields where .* has 4"),
            (f'{HEAD}\nE06000003,"C,2021,1\n{ROWS}'.encode(), "row 2: the quotation marks from here"),
            (f'{HEAD}\nE06000003,"{"C" * 200_000}",2021,1\n{ROWS}'.encode(), "row 2: .* limit"),
        ],
    )  # fmt: skip
    def test_b33_what_is_not_text_in_rows_is_an_error_with_its_row(self, write, content, said):
        with pytest.raises(InputError, match=rf"mine\.csv, {said}"):
            sg.read_metric(write(content))

    def test_b33_titles_above_and_notes_below_are_left_aside(self, write):
        above = "Pay of residents,,,\nUnit:,GBP,,\n,,,\n"
        path = write(f"{above}Area code,Area,Year,Pay\n{ROWS},,,\nSource: ONS,,,\n")
        metric = sg.read_metric(path)
        assert metric.table["value"].tolist() == [1.5, 2.5]
        assert metric.table["row"].tolist() == [5, 6]

    def test_b33_a_row_of_headings_over_others(self, write):
        text = (
            "Code,Name,Male,Male,Female\n,,2020,2021,2021\nE06000001,A,1,2,3\nE06000002,B,4,5,6\n"
        )
        metric = sg.read_metric(write(text))
        assert metric.table["value"].tolist() == [1, 2, 4, 5]
        assert metric.periods == ("2020", "2021")
        assert any("Female 2021" in str(notice) for notice in metric.notices)
        assert values(write(text), value="Female 2021") == [3, 6]

    @pytest.mark.parametrize("place", ["first", "last"])
    def test_b33_a_total_without_a_code_is_said_to_be_left_out(self, write, place):
        rows = ["E06000001,A,1", "E06000002,B,2"]
        rows.insert(0 if place == "first" else 2, ",Total,3")
        metric = sg.read_metric(write("\n".join(["Title,,", "Area code,Area,Rate", *rows]) + "\n"))
        assert metric.table["value"].tolist() == [1, 2]
        row = 3 if place == "first" else 5
        assert any(f"row {row} 'Total'" in str(notice) for notice in metric.notices)

    def test_b33_a_row_moved_to_the_right_is_not_lost(self, write):
        text = "Title,,\nArea code,Area,Rate\nE06000001,A,1\n,E06000002,B,2\nE06000003,C,3\n"
        with pytest.raises(InputError, match=r"mine\.csv, row 4: this row has 4 fields.*has 3"):
            sg.read_metric(write(text))

    def test_b33_the_same_in_a_workbook(self, tmp_path):
        path = tmp_path / "mine.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Pay")
            rows = [["Title"], [], ["Area code", "Area", "Pay"]]
            rows += [[f"E{6000001 + at:08d}", "Ynys Môn", 1.5] for at in range(9)]
            rows += [["", "Total", 3], ["W06000001", "B", "abc"], [], ["Source: ONS"]]
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
        with pytest.raises(InputError, match=r"mine\.xlsx, row 14, column 'Pay', value 'abc'"):
            sg.read_metric(path)


class TestTypes:
    @pytest.mark.parametrize("shapes", [True, False])
    def test_b35_nullable_types_come_back_as_declared(self, tmp_path, shapes):
        whole = [2**53 + 1, None, -3]
        frame = pd.DataFrame(
            {
                "people": pd.array(whole, dtype="Int64"), "decile": pd.array([1, None, 10], "Int8"),
                "below": pd.array([True, None, False], dtype="boolean"), "sure": [True, False, True],
                "share": pd.array([0.5, None, 1.5], dtype="Float64"),
            }
        )  # fmt: skip
        if shapes:
            points = [shapely.Point(1, 2)] * 3
            frame = gpd.GeoDataFrame(frame, geometry=points, crs=27700)
        before = frame.copy(deep=True)
        path = write_geopackage(tmp_path / "a.gpkg", {"a": frame})
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))
        with closing(sqlite3.connect(path)) as database:
            declared = {row[1]: row[2] for row in database.execute("PRAGMA table_info(a)")}
            rows = database.execute("SELECT people, decile, below, sure, share FROM a").fetchall()
        assert (declared["people"], declared["below"]) == ("INTEGER", "BOOLEAN")
        assert (declared["sure"], declared["share"]) == ("BOOLEAN", "REAL")
        assert rows == [
            (2**53 + 1, 1, 1, 1, 0.5), (None, None, None, 0, None), (-3, 10, 0, 1, 1.5),
        ]  # fmt: skip

    def test_b35_nullable_figures_are_read_from_a_frame(self):
        frame = pd.DataFrame(
            {
                "code": ["E06000001", "E06000002"],
                "period": pd.array([2021, 2021], dtype="Int64"),
                "value": pd.array([5, None], dtype="Int64"),
            }
        )
        table = sg.read_metric(frame).table
        assert table["period"].tolist() == ["2021", "2021"]
        assert table["value"][0] == 5
        assert np.isnan(table["value"][1])
        yes = frame.assign(value=pd.array([True, None], dtype="boolean"))
        with pytest.raises(InputError, match="the frame, row 2, column 'value', value 'True'"):
            sg.read_metric(yes)
        assert check_values(sg.read_metric(frame)) == ()
