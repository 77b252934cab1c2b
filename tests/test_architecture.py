"""The house: floors, third-party fences, sizes and names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import spatial_gaps

PACKAGE = Path(spatial_gaps.__file__).parent
FLOORS = {
    "errors": 0, "checks": 0, "records": 0, "assessment": 0, "join_audit": 0,
    "geography": 1, "measure": 1, "samples": 1,
    "metrics": 2, "locate": 2,
    "show": 3, "targets": 3, "flag": 3,
    "export": 4, "recipe": 5, "cli_reading": 5, "study": 6, "__init__": 7, "cli": 7,
    "cli_boundaries": 7, "cli_geopackage": 7, "cli_map": 7, "cli_missions": 7, "cli_study": 7,
}  # fmt: skip
FENCES = {
    "libpysal": {"locate"}, "mapclassify": set(), "esda": {"locate"}, "giddy": {"locate"},
    "scipy": {"locate", "flag", "measure", "targets"},
    "matplotlib": {"show"}, "jinja2": {"export"}, "sqlite3": {"export"},
    "click": {
        "cli", "cli_boundaries", "cli_geopackage", "cli_map", "cli_missions", "cli_reading", "cli_study",
    },
    "pyogrio": {"geography", "export"}, "pooch": {"geography"}, "requests": {"geography"},
    "joblib": {"study"}, "distributed": {"study"},
    "rapidfuzz": {"metrics"}, "python_calamine": {"metrics"}, "xlsxwriter": {"export"},
}  # fmt: skip
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports_of(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            found.append(node.module)
        elif isinstance(node, ast.Import):
            found += [name.name for name in node.names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down_and_keep_the_fences(path):
    room = room_of(path)
    for name in imports_of(path):
        top, *rest = name.split(".")
        if top == "spatial_gaps" and rest:
            other = rest[0]
            same_floor_ok = other == room or FLOORS[room] == 0 or room in ("__init__", "cli")
            assert FLOORS[other] < FLOORS[room] or same_floor_ok, f"{room} imports {other}"
        elif top in FENCES:
            assert room in FENCES[top], f"{path.name} imports {top}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_are_short_and_functions_do_one_thing(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert length <= 45, f"{path.name}: {node.name} has {length} lines"


def test_no_room_has_the_name_of_a_public_name():
    rooms = {room_of(path) for path in MODULES}
    assert not rooms & set(spatial_gaps.__all__)


def test_every_public_name_exists_and_is_documented():
    for name in spatial_gaps.__all__:
        thing = getattr(spatial_gaps, name)
        assert name == "__version__" or thing.__doc__, name
    assert set(spatial_gaps.__all__) <= set(dir(spatial_gaps))
    with pytest.raises(AttributeError, match="no attribute 'moron'"):
        _ = spatial_gaps.moron
