"""A small study: two made-up metrics on ITL 3 areas, one of them in two periods."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import spatial_gaps as sg

STUDY = """\
title = "A small study"
levels = ["itl3"]
periods = "all"

[[metrics]]
file = "jobs.csv"
value = "jobs"
higher_is = "better"

[[metrics]]
file = "crime.csv"
value = "crime"
period = "2020"
higher_is = "worse"
"""


def figures(seed: int, name: str, periods: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return figures of every ITL 3 area that fall from south to north, in each period."""
    areas = sg.cartogram("itl3", 2021)
    south = -areas.geometry.centroid.y.rank(pct=True)
    noise = np.random.default_rng(seed)
    tables = [
        pd.DataFrame({"code": areas.index, name: (50 + 10 * south + noise.normal(0, 3, len(areas))).round(2)})
        .assign(**({"period": period} if period else {}))
        for period in periods or ("",)
    ]  # fmt: skip
    return pd.concat(tables)


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    """The study and its files, in a folder of their own."""
    folder = tmp_path / "work"
    folder.mkdir()
    figures(0, "jobs", ("2019", "2021")).to_csv(folder / "jobs.csv", index=False)
    figures(1, "crime").to_csv(folder / "crime.csv", index=False)
    path = folder / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    return path
