"""The report in a real browser without network: hover, keyboard, switch, sort, narrow screens."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import pytest

from spatial_gaps.export.report import render_report, write_report
from spatial_gaps.measure.classes import CLUSTER_COLOURS, VERDICT_COLOURS, class_breaks, class_of
from spatial_gaps.measure.wording import format_value


def _beside(name: str) -> ModuleType:
    """Load a module of this folder: in this import mode pytest does not put it on the path."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    # Dataclasses look their own module up by name.
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check, made = _beside("report_check"), _beside("report_made")
make, HOSTILE = made.make, made.HOSTILE


@pytest.fixture
def areas() -> gpd.GeoDataFrame:
    """A grid of 4 x 4 squares of 10 km in two regions."""
    return made.grid()


@pytest.fixture(scope="module")
def browser() -> str:
    found = check.find_chromium()
    if found is None:
        pytest.skip("chromium is not installed (apt-get install --no-install-recommends chromium)")
    return str(found)


def _rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[k : k + 2], 16)) for k in (1, 3, 5))})"


@pytest.mark.slow
def test_browser_shows_the_page_finished_without_network(
    areas: gpd.GeoDataFrame, browser: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    write_report(file, make(areas))
    dom, log = check.browse(browser, file, tmp_path)
    page = check.read_page(dom)
    assert page.one("html").attributes["data-ready"] == "16"
    assert len(page.one("g", id="areas").all("path")) == 16
    assert "Refused" not in log
    assert "Uncaught" not in log


@pytest.mark.slow
def test_browser_hover_keyboard_switch_and_sort(
    areas: gpd.GeoDataFrame, browser: str, tmp_path: Path
) -> None:
    names = list(areas["name"])
    names[5] = HOSTILE[0]
    assessment = make(areas.assign(name=names))
    file = tmp_path / "probe.html"
    file.write_text(check.with_probe(render_report(assessment)), encoding="utf-8")
    dom, log = check.browse(browser, file, tmp_path)
    seen = check.probed(dom)
    assert seen["errors"] == []
    assert "Refused" not in log
    assert seen["paths"] == 16
    assert seen["stops"] == seen["stops_after"] == 1
    drawn = check.read_page(render_report(assessment)).one("g", id="areas").all("path")
    first = int(drawn[0].attributes["id"][1:])
    assert seen["first"] == names[first]
    assert seen["second"] == names[first + 1]
    pocket = assessment.pockets.iloc[first]
    assert pocket["sentence"] in str(seen["label"])
    hovered = assessment.areas.iloc[int(drawn[1].attributes["id"][1:])]
    for part in (hovered["name"], hovered["itl1_name"], format_value(hovered["value"], "£")):
        assert part in str(seen["hovered"])
    assert seen["lens"] is True
    last = assessment.areas.index[int(drawn[-1].attributes["id"][1:])]
    breaks = class_breaks(assessment.areas["value"], unit="£")
    k = int(class_of(assessment.areas.loc[[last], "value"], breaks)[0])
    assert seen["fills"] == {
        "value": _rgb(breaks.colours[k]),
        "pockets": _rgb(VERDICT_COLOURS[assessment.pockets.at[last, "verdict"]]),
        "clusters": _rgb(CLUSTER_COLOURS[assessment.clusters.at[last, "cluster"]]),
    }
    rising = [float(text.strip("£")) for text in seen["rising"]]  # type: ignore[attr-defined]
    assert rising == sorted(rising)
    assert seen["falling"] == list(seen["rising"])[::-1]  # type: ignore[call-overload]
    assert seen["sorted"] == "descending"
    assert seen["found"] == names[first]
    assert seen["loaded"] == 0


@pytest.mark.slow
def test_browser_page_fits_a_phone(areas: gpd.GeoDataFrame, browser: str, tmp_path: Path) -> None:
    assessment = make(areas.assign(name=HOSTILE * 2))
    file = tmp_path / "phone.html"
    file.write_text(check.with_probe(render_report(assessment)), encoding="utf-8")
    dom, _ = check.browse(browser, file, tmp_path, width=390)
    seen = check.probed(dom)
    assert seen["errors"] == []
    assert seen["wide"] <= 0  # type: ignore[operator]
