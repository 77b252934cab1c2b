"""One run from file to folder per family of real figures: pay, rates, scores, years, index-free money."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import spatial_gaps as sg

FAMILIES = [
    ("tidy/employment_rate_16_64.csv", "2023", [], "Great Britain"),
    ("tidy/claimant_count_rate.csv", "2023", [], "United Kingdom"),
    ("tidy/healthy_life_expectancy.csv", "2020-2022",
     ["--indicator", "healthy_life_expectancy_male", "--boundaries", "lad_2025_uk_buc.gpkg"],
     "United Kingdom"),
    ("tidy/wellbeing_anxiety.csv", "2022/23", [], "United Kingdom"),
    ("tidy/gdhi_per_head.csv", "2021", [], "United Kingdom"),
    ("tidy/gva_per_hour_lad.csv", "2022", ["--indicator", "gva_per_hour_smoothed"], "United Kingdom"),
    ("tidy/earnings_weekly_median_workplace_ashe7_2024.csv", "2024", [], "Great Britain"),
    ("tidy/modelled_unemployment_rate.csv", "2023", ["--islands", "link"], "Great Britain"),
    ("tidy/house_price_to_workplace_earnings_ratio.csv", "2021", ["--higher-is", "worse"],
     "England and Wales"),
    ("tidy/qualifications_level3_plus.csv", "2023", ["--higher-is", "better"], "Great Britain"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("file", "period", "options", "coverage"), FAMILIES)
def test_family(shared, tmp_path, file, period, options, coverage):
    path = shared / "data/metrics" / file
    shapes = shared / "data/boundaries"
    options = [str(shapes / word) if word.endswith(".gpkg") else word for word in options]
    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", "spatial_gaps.cli", "assess", str(path),
         "--period", period, "--out", "out", *options],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    summary = json.loads((tmp_path / "out/summary.json").read_text("utf-8"))
    assert summary["audit"]["coverage"] == coverage
    assert summary["n_values"] + summary["audit"]["missing"] == summary["n_areas"]
    assert -1 < summary["moran"]["I"] < 1.2
    shares = summary["decomposition"].values()
    assert sum(share for share in shares if share is not None) == pytest.approx(1)
    counts = summary["pocket_counts"]
    assert counts["likely"] + counts["confirmed"] == len(summary["pockets"])
    for name in ("report.html", "assessment.gpkg", "maps/pockets.png"):
        assert (tmp_path / "out" / name).stat().st_size > 10_000, name


@pytest.mark.parametrize(
    ("codes", "values", "words"),
    [
        ("S12", "range", "No average of an affluent region hides"),
        ("W06", "range", "No average of an affluent region hides"),
        ("E0", "constant", "All local authorities have the same figure"),
        ("E0", "negative", "differences between local authorities lie inside regions"),
    ],
)
def test_odd_files_end_in_a_true_sentence(tmp_path, codes, values, words):
    from spatial_gaps import areas, assess, cartogram, read_metric

    known = [code for code in areas("lad", 2023).index if code.startswith(codes)]
    figures = {"range": range(100, 1000), "constant": [5] * 999, "negative": range(-50, 900)}[
        values
    ]
    rows = [f"{code},2021,{figure}" for code, figure in zip(known, figures, strict=False)]
    (tmp_path / "odd.csv").write_text("code,period,value\n" + "\n".join(rows) + "\n")
    metric = read_metric(tmp_path / "odd.csv", higher_is="better")
    result = assess(cartogram(), metric, period=2021)
    assert words in result.summary()
    assert "nan" not in result.summary().lower()
    assert not result.pockets["below"].any() or values == "negative"
    assert (result.indices["value"].drop("mean").dropna() >= 0).all()


def run(path, tmp_path, *options):
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "spatial_gaps.cli", *options],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "options", "level", "areas", "tiers"),
    [
        ("healthy_life_expectancy", ["2020-2022", "--indicator", "healthy_life_expectancy_male"],
         "utla", 218, {"itl1", "within"}),
        ("gva_per_hour_itl", ["2022", "--indicator", "gva_per_hour_smoothed"],
         "itl3", 179, {"itl1", "itl2", "within"}),
        ("gdhi_per_head", ["2021", "--level", "itl3"], "itl3", 182, {"itl1", "itl2", "within"}),
        ("gdhi_per_head", ["2021", "--group", "urban_rural"], "lad", 361, {"urban_rural", "within"}),
        ("wellbeing_anxiety", ["2022/23", "--group", "own.csv"], "lad", 374, {"own", "within"}),
        ("gigabit_broadband", ["2026-01", "--higher-is", "better"], "lad", 361,
         {"itl1", "itl3", "within"}),
    ],
)  # fmt: skip
def test_level_and_groups_are_found_or_taken(shared, tmp_path, file, options, level, areas, tiers):
    own = [f"{code},{code[:3]}" for code in sg.areas("lad", 2021).index]
    (tmp_path / "own.csv").write_text("\n".join(["code,group", *own]) + "\n", encoding="utf-8")
    path = shared / f"data/metrics/tidy/{file}.csv"
    result = run(path, tmp_path, "assess", str(path), "--out", "out", "--period", *options)
    assert result.returncode == 0, result.stderr
    summary = json.loads((tmp_path / "out/summary.json").read_text("utf-8"))
    assert (summary["level"], summary["n_areas"]) == (level, areas)
    assert set(summary["decomposition"]) == tiers


def test_a_level_that_would_lose_people_is_refused(shared, tmp_path):
    path = shared / "data/metrics/tidy/healthy_life_expectancy.csv"
    options = ["--period", "2020-2022", "--indicator", "healthy_life_expectancy_male"]
    result = run(path, tmp_path, "assess", str(path), *options, "--level", "lad", "--out", "out")
    assert result.returncode == 2
    assert "E10000003 Cambridgeshire" in result.stderr
    assert "--level auto" in result.stderr
    assert not (tmp_path / "out").exists()
