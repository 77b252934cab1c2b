"""Write docs/validation/bad-inputs.md: what may be wrong with an input, what happens, which tests show it.

python tools/build_catalogue.py

A test belongs to an item by its name: test_c37_... shows what happens to item 37 of group C. The
name goes on in words, and those words are what the page says.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "validation" / "bad-inputs.md"
NAMED = re.compile(r"test_([a-ht])(\d\d)_(\w+)")
GROUPS = {
    "A": "Codes and joins",
    "B": "Values",
    "C": "Geometry",
    "D": "Coordinate systems",
    "E": "Files and formats",
    "F": "Options",
    "G": "Network",
    "H": "Malice and size",
    "T": "Statistical traps",
}
ITEMS = {
    "A": """duplicate code; blank code; code as a number; leading zeros; stray characters; look-alike
    letters; unknown code; retired code; mixed vintages; another level; another code system; ITL 2021
    and 2025; an authority in several ITL 3 areas; names in place of codes; a part of the country;
    areas without a row; nothing in common; column or metric twice""",
    "B": """markers of suppression; "NA" as text; thousands and signs; decimal comma; endless figures;
    percent and proportion; rates outside their bounds; impossible negatives; zeros under a logarithm;
    figures that do not differ; weights that are none; people of another year; uncertain figures;
    kinds of period; encodings and stray rows; ranks that are none; nullable types""",
    "C": """no shape; crossing outline; coordinates that are none; other kinds of shape; gaps and
    slivers; borders without a common vertex; overlaps and split areas; corners that touch; degree of
    generalisation; points that coincide; islands""",
    "D": """no system; a wrong label; swapped axes; degrees; web Mercator and Irish Grid""",
    "E": """not what its name says; shapefile with a part missing; several layers; folders and names of
    files; names of columns; full disk; kill; two writers; a file that is open""",
    "F": """unknown choice or keyword; number out of range; contradiction; order of rows; inputs changed""",
    "G": """faults of a service; a layer that is not whole; a layer that was revised""",
    "H": """formulas; markup in pages; markup in pictures; entities; bombs; paths in archives; addresses
    and virtual files; paths in names; code in data; size; quotes in names; triggers and views""",
    "T": """islands; ties and no spread; missing figures; order and alignment; logarithms of zero; bounded
    rates; suppressed as nought; vintages joined silently; residence and workplace; units and prices;
    counties beside districts; many tests; p of nought; seeds and workers; conventions; degrees; tiers
    that do not nest; direction of ranks; several nations in one ranking; smoothed series""",
}
HEAD = """# What may be wrong with an input

Eighty faults and twenty statistical traps, what this package does about each, and the tests that
show it. Nothing is dropped, recoded or guessed silently: what cannot be read is an error that says
what, where, why and what to do; what was repaired or left out is a warning in the result and in every
output. Built from the names of the tests by `python tools/build_catalogue.py`.
"""


def numbered() -> dict[str, str]:
    """Return "A01" to title; numbers of A to H run on."""
    found: dict[str, str] = {}
    for group, text in ITEMS.items():
        titles = [" ".join(title.split()) for title in text.split(";")]
        start = 1 if group == "T" else len(found) + 1
        found |= {f"{group}{start + at:02d}": title for at, title in enumerate(titles)}
    return found


def shown_by() -> dict[str, list[tuple[str, str]]]:
    """Return item to (path, name) of the tests that carry its number."""
    found = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match = NAMED.fullmatch(node.name) if isinstance(node, ast.FunctionDef) else None
            if match:
                key = f"{match[1].upper()}{match[2]}"
                found[key].append((path.relative_to(ROOT).as_posix(), match[3]))
    return found


def page() -> str:
    """Return the page."""
    tests, lines = shown_by(), [HEAD]
    for group, title in GROUPS.items():
        lines += [f"## {title}", "", "| item | what is wrong | what happens |", "|---|---|---|"]
        for key, words in numbered().items():
            if key.startswith(group):
                said = [
                    f"[{name.replace('_', ' ')}](../../{path})" for path, name in tests.get(key, ())
                ]
                lines.append(f"| {key} | {words} | {'; '.join(said) or '**no test**'} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
