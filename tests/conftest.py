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
