"""What was run by hand was run with this version, and all of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import spatial_gaps as sg

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("by-hand",)


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_of_this_version(name: str) -> None:
    text = (ROOT / "docs" / "validation" / f"{name}.md").read_text("utf-8")
    versions = re.findall(r"spatial_gaps (\d+\.\d+\.\d+)", text)
    assert versions, "the page does not say which version it is of"
    assert set(versions) == {sg.__version__}, "run it again and commit what it writes"


def test_every_long_test_was_run_and_passed() -> None:
    marked = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(each) == "pytest.mark.long" for each in node.decorator_list)
    }
    page = (ROOT / "docs" / "validation" / "by-hand.md").read_text("utf-8")
    rows = re.findall(r"^\| \[(\w+)\].*\| (passed|.* not passed) \|", page, re.M)
    assert {name for name, _ in rows} == marked, "make long"
    assert {outcome for _, outcome in rows} == {"passed"}
