"""The command `missions`: a line for each, any subset of files, errors without a traceback."""

from __future__ import annotations

import json

from click.testing import CliRunner

from spatial_gaps import sample_path
from spatial_gaps.cli import main


def run(*arguments):
    return CliRunner().invoke(main, ["missions", *map(str, arguments)])


def lines_of(text):
    return [line for line in text.splitlines() if line[:3].strip().rstrip(".").isdigit()]


def test_without_a_file_the_packaged_series_is_scored(tmp_path):
    done = run("--out", tmp_path / "card")
    assert done.exit_code == 0, done.output
    assert len(lines_of(done.stdout)) == 12
    assert "packaged series of weekly pay" in done.stderr
    assert (tmp_path / "card/scorecard.html").exists()
    assert (tmp_path / "card/scorecard.png").exists()


def test_a_folder_of_series_is_read_and_what_is_none_is_said(shared, tmp_path):
    folder = tmp_path / "series"
    folder.mkdir()
    for name in ("healthy_life_expectancy", "ks2_expected_standard", "gdhi_per_head"):
        (folder / f"{name}.csv").write_bytes(
            (shared / f"data/metrics/tidy/{name}.csv").read_bytes()
        )
    (folder / "empty.csv").write_text("")
    done = run(folder, "--out", tmp_path / "card")
    assert done.exit_code == 0, done.output
    lines = lines_of(done.stdout)
    assert "unrealistic" in lines[4]
    assert "no data" not in lines[6]
    assert "empty.csv is left out" in done.stderr
    assert "1 files of series measure no headline metric" in done.stderr


def test_the_table_as_json_has_what_is_printed(tmp_path):
    done = run(
        sample_path("gross-median-weekly-pay"), "--format", "json", "--since", "2015",
        "--out", tmp_path,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert list(told["missions"]) == [str(number) for number in range(1, 13)]
    assert "since 2015" in told["missions"]["1"]["gap"]


def test_errors_say_what_to_do(tmp_path):
    for arguments, words in (
        (["nowhere.csv"], "nowhere.csv"),
        ([tmp_path], "no publication in this folder"),
        (["--as-of", "2022"], "as_of has to be"),
    ):
        done = run(*arguments, "--out", tmp_path / "card")
        assert done.exit_code == 2, done.output
        assert words in done.stderr
        assert "Traceback" not in done.output
