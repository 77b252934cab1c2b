"""The command `map`, and `assess --focus`: a picture with its words, a place first."""

from __future__ import annotations

import json

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
def test_assess_with_a_focus_says_the_place_first_and_measures_the_same(tmp_path):
    plain, near = tmp_path / "plain", tmp_path / "near"
    for out, more in ((plain, ()), (near, ("--focus", "Norfolk"))):
        done = run("assess", PAY, "--period", 2021, "--out", out, *more)
        assert done.exit_code == 0, done.output
    assert done.stdout.lstrip().startswith("In Norfolk median weekly pay runs from £397")
    assert str(near / "place.html") in done.stdout
    opens_on_the_place = {"report.html", "assessment.gpkg", "run.json"}
    for path in plain.rglob("*"):
        if path.is_file() and path.name not in opens_on_the_place:
            assert (near / path.relative_to(plain)).read_bytes() == path.read_bytes(), path
    assert (near / "maps/focus.png").exists()
    page = (near / "report.html").read_text("utf-8")
    assert '<h1 id="headline">In Norfolk median weekly pay runs from £397' in page
    assert json.loads((near / "run.json").read_text("utf-8"))["place"]["code"] == "E10000020"
    # A later run of the whole leaves nothing of the place, which would be read as its own.
    done = run("assess", PAY, "--period", 2021, "--out", near)
    assert "Taking away place.html" in done.stderr
    for path in near.rglob("*"):
        if path.is_file():
            assert (plain / path.relative_to(near)).read_bytes() == path.read_bytes(), path
    assert (near / "place.pdf").exists() is False


def test_borders_are_as_fine_as_can_be_seen_at_the_scale():
    """Teeth of 40 m along every border are gone from a map of the whole, and stay close by."""
    import numpy as np
    import shapely

    from spatial_gaps import cartogram
    from spatial_gaps.export.picture import _to_scale

    hexes = cartogram().iloc[:40]
    step = hexes.geometry.iloc[0].length / 600

    def toothed(points):
        # A tooth depends on the place alone, so that neighbours share it.
        return points + 0.3 * step * np.sin(points[:, ::-1] / step * 40)

    fine = hexes.set_geometry(
        shapely.transform(hexes.geometry.segmentize(step).to_numpy(), toothed)
    )
    whole, near = _to_scale(fine, fine, (3.0, 4.0)), _to_scale(fine, fine.iloc[:1], (8.0, 8.0))
    counts = [shapely.get_num_coordinates(each).sum() for each in (fine.geometry, near, whole)]
    assert counts[0] >= counts[1] > 10 * counts[2]
    assert whole.area.sum() == pytest.approx(fine.area.sum(), rel=1e-3)
    assert not whole.is_empty.any()


def test_errors_exit_2_before_anything_is_written(tmp_path):
    for command in ("map", "assess"):
        done = run(command, PAY, "--period", 2021, "--focus", "Esex", "--out", tmp_path / "x.png")
        assert done.exit_code == 2
        assert "Essex" in done.stderr
    assert list(tmp_path.iterdir()) == []
