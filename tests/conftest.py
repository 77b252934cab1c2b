"""Fixtures that more than one room uses."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real UK layers, figures and reference values; not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with real UK data is not here")
    return SHARED


@pytest.fixture(scope="session")
def pay():
    """The packaged weekly pay of 2021, assessed on the hexagon map."""
    from spatial_gaps import assess, cartogram, read_metric, sample_path

    return assess(cartogram(), read_metric(sample_path("gross-median-weekly-pay")), period=2021)
