"""Every public function says what it takes, gives and raises, as numpydoc wants it."""

from __future__ import annotations

import inspect

import pytest

import spatial_gaps

ASKED = {"GL03", "GL07", "GL08", "PR01", "PR02", "PR03", "PR10", "RT01", "RT03", "SS03"}
FUNCTIONS = [
    name for name in spatial_gaps.__all__ if inspect.isfunction(getattr(spatial_gaps, name))
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstring_is_complete(name):
    validate = pytest.importorskip("numpydoc.validate", reason="numpydoc is not installed").validate
    function = getattr(spatial_gaps, name)
    found = validate(f"{function.__module__}.{function.__name__}")["errors"]
    assert not [error for error in found if error[0] in ASKED]
