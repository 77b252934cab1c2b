"""The command `map`, and `assess --focus`: a picture with its words, a place first."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from spatial_gaps import sample_path
from spatial_gaps.cli import main

PAY = str(sample_path("gross-median-weekly-pay"))


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_a_map_has_its_alt_text_and_caption(tmp_path):
    out = tmp_path / "map.svg"
    done = run("map", PAY, "--period", 2021, "--out", out, "--credit", "Made here.")
    assert done.exit_code == 0, done.output
    assert out.read_text("utf-8").lstrip().startswith("<?xml")
    words = out.with_suffix(".txt").read_text("utf-8")
    assert "The lowest is £386 in" in words
    assert "8 have no figure" in words
    assert words.rstrip().endswith("Made here.")


@pytest.mark.parametrize("scheme", ["quantiles", "jenks", "equal", "diverging"])
def test_every_scheme_draws_a_place_on_a_page(scheme, tmp_path):
    out = tmp_path / "map.png"
    done = run("map", PAY, "--period", 2021, "--focus", "Essex", "--scheme", scheme,
               "--size", "half-page", "--dpi", 60, "--out", out)  # fmt: skip
    assert done.exit_code == 0, done.output
    assert out.stat().st_size > 10_000
    assert "Map of Essex" in out.with_suffix(".txt").read_text("utf-8")


@pytest.mark.slow
def test_assess_with_a_focus_says_the_place_first_and_leaves_the_rest_as_it_is(tmp_path):
    plain, near = tmp_path / "plain", tmp_path / "near"
    for out, more in ((plain, ()), (near, ("--focus", "Norfolk"))):
        done = run("assess", PAY, "--period", 2021, "--out", out, *more)
        assert done.exit_code == 0, done.output
    assert done.stdout.lstrip().startswith("In Norfolk median weekly pay runs from £397")
    assert str(near / "place.html") in done.stdout
    for path in plain.rglob("*"):
        if path.is_file():
            assert (near / path.relative_to(plain)).read_bytes() == path.read_bytes(), path
    assert (near / "maps/focus.png").exists()


def test_errors_exit_2_before_anything_is_written(tmp_path):
    for command in ("map", "assess"):
        done = run(command, PAY, "--period", 2021, "--focus", "Esex", "--out", tmp_path / "x.png")
        assert done.exit_code == 2
        assert "Essex" in done.stderr
    assert list(tmp_path.iterdir()) == []
