"""No error is swallowed: ruff's BLE001 is on without exemption, and nothing catches everything."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import spatial_gaps

PACKAGE = Path(spatial_gaps.__file__).parent
EVERYTHING = {"Exception", "BaseException"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def catch_alls(tree: ast.AST) -> list[int]:
    """Return the lines on which everything is caught, or could be: bare, by name, or suppressed.

    What tidies up and ends by raising the same again catches nothing.
    """
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            last = node.body[-1]
            if isinstance(last, ast.Raise) and last.exc is None:
                continue
            caught = None if node.type is None else names(node.type)
            found += [node.lineno] if caught is None or caught & EVERYTHING else []
        elif isinstance(node, ast.Call) and names(node.func) & {"suppress"}:
            found += [node.lineno] if set().union(*map(names, node.args)) & EVERYTHING else []
    return found


def names(node: ast.AST) -> set[str]:
    """Return every name in an expression, of modules and their members alike."""
    plain = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return plain | {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_catches_everything_and_no_line_is_exempt(path):
    text = path.read_text(encoding="utf-8")
    assert not catch_alls(ast.parse(text))
    exempt = re.findall(r"#\s*(?:ruff:\s*)?noqa(?!: [A-Z]+\d+).*|#.*noqa.*BLE.*", text)
    assert not exempt


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    x\nexcept {}:\n    pass", "try:\n    x\nexcept builtins.{} as e:\n    pass",
        "try:\n    x\nexcept (ValueError, {}) as e:\n    raise y from e",
        "try:\n    x\nexcept* {}:\n    pass", "with suppress({}):\n    x",
        "with contextlib.suppress(KeyError, {}):\n    x",
    ],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(code):
    for name in EVERYTHING:
        assert catch_alls(ast.parse(code.format(name)))
    assert not catch_alls(ast.parse(code.format("OSError")))
    assert catch_alls(ast.parse("try:\n    x\nexcept:\n    pass"))
    assert not catch_alls(ast.parse("try:\n    x\nexcept BaseException:\n    tidy()\n    raise"))


def test_the_rule_is_on_everywhere():
    path = PACKAGE.parent / "pyproject.toml"
    if not path.is_file():
        pytest.skip("the package is installed without its project file")
    rules = tomllib.loads(path.read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert "BLE" in rules["select"]
    spared = [*rules["ignore"], *rules.get("extend-ignore", ())]
    spared += [code for codes in rules["per-file-ignores"].values() for code in codes]
    assert not [code for code in spared if code.startswith("BLE") or code == "ALL"]
