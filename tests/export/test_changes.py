"""--since through to the files: what is written, that it agrees, and that nothing else changes."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from spatial_gaps import assess, cartogram, read_metric, sample_path, write_folder
from spatial_gaps.cli import main
from spatial_gaps.export.changes import breaks_of_change, change_style
from spatial_gaps.measure.classes import UNSURE_CHANGE

PAY = str(sample_path("gross-median-weekly-pay"))


def run(*arguments: str):
    return CliRunner().invoke(main, ["assess", *arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("since") / "run"
    result = run(PAY, "--period", "2023", "--since", "2015", "--out", str(out))
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "From 2015 to 2023 median weekly pay rose beyond sampling error in" in said
    return out


@pytest.fixture(scope="module")
def since():
    return assess(cartogram(), read_metric(PAY), period=2023, since=2015)


def test_summary_and_table_agree_with_the_record(folder, since):
    summary = json.loads((folder / "summary.json").read_text("utf-8"))["trend"]
    table = pd.read_csv(folder / "tables" / "trend.csv", index_col="code")
    assert (summary["first"], summary["last"], summary["years"]) == ("2015", "2023", 8.0)
    for verdict in ("better", "worse", "within sampling error", "not assessable"):
        count = summary[verdict.replace(" ", "_")]
        assert count == since.comparison.count(verdict) == (table["verdict"] == verdict).sum()
    assert summary["rho"] == since.comparison.rho
    assert np.allclose(table["change"], since.trend["change"], equal_nan=True)
    lacking = table.loc[table["verdict"] == "not assessable", "reason"]
    assert lacking.notna().all()
    assert len(lacking) == len(summary["left_out"])
    assert json.loads((folder / "run.json").read_text("utf-8"))["options"]["since"] == "2015"


def test_maps_are_there_and_of_moderate_size(folder):
    for name in ("change.png", "years.png"):
        assert 20_000 < (folder / "maps" / name).stat().st_size < 900_000


def test_report_has_a_section_that_starts_with_the_sentence(folder, since):
    page = (folder / "report.html").read_text("utf-8")
    section = re.search(r'<h2 id="change-title">Since 2015</h2>\s*<p>(.*?)</p>', page)
    assert section is not None
    assert section[1] == since.finding[6]
    assert page.count("<tr>") > 361
    assert 'id="view-change"' in page
    rows = re.findall(r"<path id=\"m\d+\" class=\"([^\"]*)\"", page)
    unsure = sum("cu" in marks.split() for marks in rows)
    assert unsure == since.comparison.count("within sampling error")


def test_geopackage_has_the_columns_and_a_style_of_the_same_classes(folder, since):
    layer = gpd.read_file(folder / "assessment.gpkg", layer="areas").set_index("code")
    assert np.allclose(layer["change"], since.trend["change"], equal_nan=True)
    assert (layer["change_verdict"] == since.trend["verdict"]).all()
    assert np.allclose(layer["lower"], since.areas["lower"], equal_nan=True)
    with sqlite3.connect(folder / "assessment.gpkg") as database:
        styles = dict(
            database.execute(
                "SELECT styleName, styleQML FROM layer_styles WHERE f_table_name = 'areas'"
            )
        )
    breaks = breaks_of_change(since.comparison, "better")
    for label in (*breaks.labels, "Within sampling error", "No data"):
        assert label in styles["Change since 2015"]
    rules = re.findall(r'<rule [^>]*label="([^"]*)"', styles["Figures"])
    assert rules
    assert "Within sampling error" not in rules


def test_rules_of_the_style_take_every_area_once(folder, since):
    """Conditions of QGIS are SQL: the file itself says which areas each of them takes."""
    rules = change_style(since.comparison, "better").rules
    taken: list[str] = []
    with sqlite3.connect(folder / "assessment.gpkg") as database:
        for rule in rules[:-1]:
            rows = database.execute(f"SELECT code FROM areas WHERE {rule.condition}").fetchall()
            taken += [code for (code,) in rows]
            if rule.fill == UNSURE_CHANGE and not rule.hatched:
                assert len(rows) == since.comparison.count("within sampling error")
    assert sorted(taken) == sorted(since.trend.index[since.trend["change"].notna()])


def test_without_since_nothing_is_added(tmp_path):
    """The files are those of a record that never had a comparison, and name nothing of it."""
    plain = assess(cartogram(), read_metric(PAY), period=2023)
    assert plain.comparison is None
    assert plain.trend is None
    assert "since" not in plain.options
    written = write_folder(tmp_path / "plain", plain)
    names = {path.name for path in written}
    assert not names & {"trend.csv", "change.png", "years.png"}
    page = (tmp_path / "plain" / "report.html").read_text("utf-8")
    assert "change" not in re.sub(r"<script>.*?</script>", "", page, flags=re.S).replace(
        "would change", ""
    )
    assert "trend" not in json.loads((tmp_path / "plain" / "summary.json").read_text("utf-8"))


def test_what_since_adds_leaves_the_other_files_as_they_are(folder, tmp_path):
    plain = tmp_path / "plain"
    assert run(PAY, "--period", "2023", "--out", str(plain)).exit_code == 0
    same = [
        "maps/pockets.png", "maps/values.png", "maps/clusters.png", "maps/regions.png",
        "tables/areas.csv", "tables/pockets.csv", "tables/indices.csv", "tables/masking.csv",
        "tables/decomposition.csv", "tables/clusters.csv", "tables/regions.csv", "tables/audit.csv",
    ]  # fmt: skip
    for name in same:
        one, other = (
            hashlib.sha256((where / name).read_bytes()).hexdigest() for where in (folder, plain)
        )
        assert one == other, name


@pytest.mark.parametrize(
    ("since", "said"),
    [("2030", "has no period '2030'"), ("2023", "not before '2023'"), ("x", "not a period")],
)
def test_a_wrong_since_is_explained_and_leaves_nothing(since, said, tmp_path):
    out = tmp_path / "run"
    result = run(PAY, "--period", "2023", "--since", since, "--out", str(out))
    assert result.exit_code == 2
    assert said in result.output
    assert not out.exists()


def test_healthy_life_expectancy_end_to_end(shared, tmp_path):
    file = shared / "data/metrics/tidy/healthy_life_expectancy.csv"
    out = tmp_path / "run"
    result = run(
        str(file), "--indicator", "healthy_life_expectancy_male", "--period", "2020-2022",
        "--since", "2015", "--out", str(out), "--format", "json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    trend = json.loads((out / "summary.json").read_text("utf-8"))["trend"]
    assert (trend["first"], trend["last"]) == ("2015-2017", "2020-2022")
    assert trend["within_sampling_error"] > 200
    assert trend["nation_change"] < 0
