"""Start-up is what users feel: the import is lazy, help is fast, nothing compiles."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest


def best_of(count: int, *command: str) -> float:
    times = []
    for _ in range(count):
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


def test_import_loads_nothing_heavy():
    code = (
        "import sys, spatial_gaps; "
        "print([m for m in ('numpy', 'pandas', 'geopandas', 'matplotlib', 'libpysal') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert result.stdout.strip() == "[]"


def test_default_path_loads_neither_libpysal_nor_numba():
    code = (
        "import sys\n"
        "from spatial_gaps import assess, cartogram, read_metric, sample_path\n"
        "assess(cartogram(), read_metric(sample_path('gross-median-weekly-pay')), period=2021)\n"
        "print([m for m in ('libpysal', 'numba', 'mapclassify', 'scipy.stats') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.slow
def test_import_takes_under_a_tenth_of_a_second():
    bare = best_of(5, "-c", "pass")
    assert best_of(5, "-c", "import spatial_gaps") - bare < 0.1


@pytest.mark.slow
def test_help_takes_under_half_a_second():
    assert best_of(5, "-m", "spatial_gaps.cli", "--help") < 0.5
