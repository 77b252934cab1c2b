"""Every kind of map and chart, small, against a picture of it that somebody has looked at.

After a change of looks: `python -m pytest tests/show/test_images.py --basetemp=DIR` fails and leaves
what is drawn now in DIR; look at it, and copy it over tests/images/.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

import spatial_gaps as sg
from spatial_gaps.records import Estimate

BASELINES = Path(__file__).parents[1] / "images"
# Root mean square over all channels, of 255: fonts and edges differ a little between versions.
TOLERANCE = 6.0
CAPTION = {"title": "A finding", "subtitle": "Made up, 2021", "source": "made-up figures"}


@pytest.fixture(scope="module")
def town():
    """A made-up country of 24 squares in two regions, with figures, errors and clusters."""
    rng = np.random.default_rng(7)
    codes = [f"E07{n:06}" for n in range(24)]
    boxes = [shapely.box(n % 6, n // 6, n % 6 + 1, n // 6 + 1) for n in range(24)]
    region = np.where(np.arange(24) % 6 < 3, "TLC", "TLD")
    values = pd.Series(100 + 4.0 * np.arange(24) + rng.normal(0, 8, 24), codes)
    values.iloc[20] = np.nan
    areas = gpd.GeoDataFrame(
        {"name": [f"Town {n}" for n in range(24)], "itl1": region, "value": values.to_numpy()},
        geometry=[shapely.transform(box, lambda xy: 400_000 + 10_000 * xy) for box in boxes],
        index=pd.Index(codes, name="code"), crs=27700,
    )  # fmt: skip
    areas["itl1_name"] = np.where(region == "TLC", "North East", "North West")
    areas["se"] = np.where(areas["value"].isna(), np.nan, 6.0)
    areas["lower"], areas["upper"] = areas["value"] - 12, areas["value"] + 12
    return areas


def clusters(town):
    labels = ["high-high", "low-low", "low-high", "high-low", "not significant", "no neighbours"]
    found = pd.Series([labels[n % 6] for n in range(24)], town.index)
    found.iloc[20] = "undefined"
    return found


def levels(town):
    first = pd.DataFrame({"2015": town["value"], "2023": 0.8 * town["value"] + 60}).dropna()
    return sg.levelling(first, first * 0 + 3, higher_is="better", correlation=0.0, replicates=0)


def kinds(town):
    """Return every picture by name."""
    value, region = town["value"], town["itl1"]
    known = town.dropna(subset="value")
    panel = pd.DataFrame({"2015": value, "2019": value + 5, "2023": value + 20})
    moved = panel[["2015"]].assign(**{"2023": 0.7 * value + 45})
    split = sg.decompose(known["value"], [known["itl1"].rename("itl1")], se=known["se"])
    found = levels(town)
    regions = pd.DataFrame(
        {"name": ["North East", "North West"], "value": [140.0, 150.0]}, index=["TLC", "TLD"]
    )
    pockets = pd.DataFrame(
        {"verdict": "no", "p_pocket": 0.0, "is_pocket": False, "parent": region,
         "parent_name": town["itl1_name"], "parent_value": 145.0, "contrast": 0.0, "below": False},
        index=town.index,
    )  # fmt: skip
    gaps = pd.DataFrame(
        {"value": [3.0, 2.5, 2.0], "corrected": [2.0, 1.6, 1.2], "lower": [1.5, 1.1, 0.8],
         "upper": [2.5, 2.1, 1.7]}, index=["2015", "2019", "2023"],
    )  # fmt: skip
    card = sg.scorecard([]).missions.head(4)
    graph = sg.neighbours(known)
    found_pockets = sg.find_pockets(
        value,
        region,
        higher_is="better",
        se=town["se"],
        benchmark=150.0,
        parent_values=pd.Series({"TLC": 155.0, "TLD": 148.0}),
    ).assign(parent_name=town["itl1_name"])
    line = Estimate("", "Nation", 145.0, 1.0, "published")
    return {
        "map": lambda: sg.draw_map(town, higher_is="better", limits=("lower", "upper"), **CAPTION),
        "clusters": lambda: sg.draw_clusters(town, clusters(town), **CAPTION),
        "bivariate": lambda: sg.draw_bivariate(town, "value", "se", titles=("Pay", "Error"), **CAPTION),
        "focus": lambda: sg.draw_focus(town, list(town.index[:4]), higher_is="better", **CAPTION),
        "years": lambda: sg.draw_small_multiples(town, panel, higher_is="better", **CAPTION),
        "beeswarm": lambda: sg.draw_beeswarm(
            town, regions, line, pockets=pockets, higher_is="better", **CAPTION
        ),
        "trend": lambda: sg.draw_trend(panel.head(5), names=town["name"], **CAPTION),
        "levelling": lambda: sg.draw_levelling(found.periods, found.groups, base="2015", **CAPTION),
        "lorenz": lambda: sg.draw_lorenz(value, **CAPTION),
        "decomposition": lambda: sg.draw_decomposition(split, **CAPTION),
        "dumbbell": lambda: sg.draw_dumbbell(
            value, value[::-1].set_axis(value.index), labels=("jobs", "homes"), most=8, **CAPTION
        ),
        "gap": lambda: sg.draw_gap(gaps, **CAPTION),
        "ranks": lambda: sg.draw_ranks(
            value, value[::-1].set_axis(value.index), higher_is="better", periods=("2015", "2023"), **CAPTION
        ),
        "scorecard": lambda: sg.draw_scorecard(card, **CAPTION),
        "profile": lambda: sg.draw_profile(value, region, "TLC", higher_is="better", **CAPTION),
        "pockets": lambda: sg.draw_pockets(town, found_pockets, higher_is="better", **CAPTION),
        "moran": lambda: sg.draw_moran(known["value"], graph, clusters(town).to_frame("cluster"), **CAPTION),
        "change": lambda: sg.draw_change(
            town, sg.trend(moved, moved * 0 + 3, higher_is="better", correlation=0.0),
            breaks=sg.change_breaks(moved["2023"] - moved["2015"], higher_is="better"),
            higher_is="better", **CAPTION,
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def pictures(town):
    return kinds(town)


NAMES = (
    "map", "clusters", "bivariate", "focus", "years", "beeswarm", "trend", "levelling", "lorenz",
    "decomposition", "dumbbell", "gap", "ranks", "scorecard", "profile", "pockets", "moran", "change",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_it_looks_as_it_did_when_it_was_looked_at(name, pictures, tmp_path):
    drawn = sg.save_figure(pictures[name](), tmp_path / f"{name}.png", dpi=45)
    baseline = BASELINES / f"{name}.png"
    assert baseline.exists(), f"look at {drawn} and copy it to {baseline}"
    now, then = (
        np.asarray(Image.open(path).convert("RGB"), dtype=float) for path in (drawn, baseline)
    )
    assert now.shape == then.shape
    apart = float(np.sqrt(((now - then) ** 2).mean()))
    if apart > TOLERANCE:
        shutil.copy(baseline, tmp_path / f"{name}-then.png")
    assert apart <= TOLERANCE


def test_the_comparison_finds_what_it_is_for(town, tmp_path):
    """Turned round, the map has other colours, and is far beyond the tolerance."""
    drawn = sg.save_figure(
        sg.draw_map(town, higher_is="worse", limits=("lower", "upper"), **CAPTION),
        tmp_path / "map.png", dpi=45,
    )  # fmt: skip
    now, then = (
        np.asarray(Image.open(path).convert("RGB"), dtype=float)
        for path in (drawn, BASELINES / "map.png")
    )
    assert float(np.sqrt(((now - then) ** 2).mean())) > 2 * TOLERANCE
