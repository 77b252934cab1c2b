"""check and its way of mending a spreadsheet by hand: propose, edit, pass back."""

from __future__ import annotations

import csv

import pytest
from click.testing import CliRunner

from spatial_gaps import areas, sample_path
from spatial_gaps.cli import main
from spatial_gaps.metrics import reading

PAY = sample_path("gross-median-weekly-pay")
needs_printed_areas = pytest.mark.skipif(
    not hasattr(reading, "printed_areas"), reason="metrics.reading has no printed_areas yet"
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    return lambda *words: runner.invoke(main, [str(word) for word in words], prog_name="sg")


@pytest.fixture
def broken(tmp_path):
    """A file of 2023 with a former code, a name in place of a code, a typing error and a note."""
    codes = list(areas("lad", 2023).index)
    for old, new in {
        "E07000242": "E07000097",
        "E08000035": "Leeds",
        "E06000047": "E0600047",
        "E06000002": "Middlesborough",
    }.items():
        codes[codes.index(old)] = new
    rows = [f"{code},2021,{figure}\n" for figure, code in enumerate([*codes, "Not Classified"])]
    path = tmp_path / "broken.csv"
    path.write_text("code,period,value\n" + "".join(rows), encoding="utf-8")
    return path


def test_check_says_whom_the_figures_cover_and_who_is_there_twice(shared, run):
    result = run("check", shared / "data/metrics/tidy/first_time_buyer_mortgages.csv")
    assert result.exit_code == 0, result.output
    assert "2 of them for people who have another row too" in result.stdout
    assert "of those of the United Kingdom (mid-2021)" in result.stdout


def test_choices_stand_on_lines_of_their_own(shared, run):
    path = shared / "data/metrics/tidy/child_relative_poverty.csv"
    result = run("check", path)
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert lines[0].startswith("Error: child_relative_poverty.csv")
    assert lines[1] == "Name one with indicator= (--indicator):"
    assert lines[2:] == ['  "child_poverty_bhc"', '  "child_poverty_ahc"']


def test_all_sheets_that_fit_are_listed_with_what_they_are_about(shared, run):
    """The indicators workbook has 54 sheets: four of text and fifty of figures."""
    raw = shared / "data/metrics/raw"
    result = run("check", raw / "subnational_indicators_ninth_release_2024.xlsx")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert lines[1] == "Name one with sheet= (--sheet):"
    assert len(lines) == 2 + 50
    assert '  "Weekly pay" (Gross median weekly pay)' in lines


def test_a_file_without_a_period_is_of_the_one_that_is_named(run, tmp_path):
    rows = "".join(f"{code},{n}\n" for n, code in enumerate(areas("lad", 2023).index))
    (tmp_path / "mine.csv").write_text("code,value\n" + rows)
    open_ended = run("check", "mine.csv")
    assert open_ended.exit_code == 0, open_ended.stderr
    assert "361 figures, no period stated" in open_ended.stdout
    named = run("check", "mine.csv", "--period", 2021)
    assert named.exit_code == 0, named.stderr
    assert "361 figures, 2021\n" in named.stdout


def test_many_offenders_are_counted(run, tmp_path):
    codes = [f"X{number:08d}" for number in range(30)]
    rows = "".join(f"{code},2021,1\n" for code in [*areas("lad", 2023).index, *codes])
    (tmp_path / "mine.csv").write_text("code,period,value\n" + rows)
    result = run("assess", "mine.csv", "--period", 2021, "--higher-is", "better")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert "  and 20 more (30 in all)" in lines
    assert sum(line.startswith("  X0000") for line in lines) == 10


def test_a_list_of_codes_with_a_mistake_is_refused_before_the_file_is_read(run, tmp_path):
    (tmp_path / "fixes.csv").write_text("given,code\nLeeds,E99999999\n")
    result = run("check", "nothing.csv", "--codes", "fixes.csv")
    assert result.exit_code == 2
    assert "row 2 'E99999999' for 'Leeds'" in result.stderr


def test_files_that_no_run_wrote_are_replaced_only_when_asked(run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.html").write_text("mine")
    refused = run("assess", PAY, "--period", 2021, "--out", "out")
    assert refused.exit_code == 2
    assert "report.html" in refused.stderr
    assert (tmp_path / "out" / "report.html").read_text() == "mine"
    done = run("assess", PAY, "--period", 2021, "--out", "out", "--overwrite")
    assert done.exit_code == 0, done.stderr
    assert "South East" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@needs_printed_areas
def test_a_file_is_mended_by_proposals_that_are_edited_and_passed_back(run, broken, tmp_path):
    refused = run("assess", broken, "--period", 2021, "--higher-is", "better")
    assert refused.exit_code == 2
    assert "--suggest fixes.csv" in run("check", broken).stdout
    asked = run("check", broken, "--vintage", 2023, "--suggest", "fixes.csv")
    assert asked.exit_code == 0, asked.stderr
    assert "5 texts of broken.csv are no codes in force." in asked.stdout
    assert "2 certain" in asked.stdout
    assert '--codes "fixes.csv"' in asked.stdout
    with (tmp_path / "fixes.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = {row["given"]: row for row in csv.DictReader(stream)}
    assert {given: row["code"] for given, row in rows.items()} == {
        "E07000097": "E07000242",
        "Leeds": "E08000035",
        "E0600047": "E06000047",
        "Middlesborough": "E06000002",
        "Not Classified": "",
    }
    again = run("check", broken, "--suggest", "fixes.csv")
    assert again.exit_code == 2
    assert "may hold your edits" in again.stderr
    mended = run("check", broken, "--codes", "fixes.csv")
    assert mended.exit_code == 0, mended.stderr
    assert "361 have a figure, 0 have none" in mended.stdout
    whole = run("assess", broken, "--period", 2021, "--higher-is", "better",
                "--codes", "fixes.csv", "--out", "out")  # fmt: skip
    assert whole.exit_code == 0, whole.stderr
    assert "fixes.csv" in (tmp_path / "out" / "run.json").read_text(encoding="utf-8")


@needs_printed_areas
def test_a_file_of_good_codes_gets_no_list(run, tmp_path):
    result = run("check", PAY, "--suggest", "fixes.csv")
    assert result.exit_code == 0, result.stderr
    assert "nothing to propose" in result.stdout
    assert not (tmp_path / "fixes.csv").exists()


def test_figures_that_look_odd_are_listed_before_anything_is_refused(shared, run, tmp_path):
    """South Yorkshire's rate is 2.4 times that of the edition before; police forces join nothing."""
    tidy = (shared / "data/metrics/tidy/homicide_rate.csv").read_text(encoding="utf-8")
    earlier = tmp_path / "earlier.csv"
    old = "South Yorkshire,police_force,2020/21-2022/23,"
    before, after = tidy.split(old)
    earlier.write_text(before + old + "13.2" + after[after.index(",") :], encoding="utf-8")
    result = run("check", shared / "data/metrics/tidy/homicide_rate.csv", "--earlier", earlier)
    assert "E23000011 South Yorkshire, 2020/21-2022/23: 31.3 against 13.2" in result.stdout
    assert result.exit_code == 2
    assert "no figure for local authorities" in result.stderr
