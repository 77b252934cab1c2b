"""Run every example and make docs/gallery.md of their questions, findings and pictures.

python tools/build_gallery.py [NAME ...]

Pictures go to docs/gallery/, 900 pixels wide and with few colours, so that the page stays light.
Maps on real boundaries need ../shared beside the repository.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
WIDTH, COLOURS = 900, 128
HEAD = """# Gallery

Each picture is made by one script of [examples](../examples/), which prints the finding beneath it.
Rebuilt by `python tools/build_gallery.py`.
"""


def run(script: Path) -> str:
    """Run an example, keep its picture, and return its part of the page."""
    with tempfile.TemporaryDirectory() as folder:
        said = subprocess.run(
            [sys.executable, str(script)],
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        ).stdout
        picture = Image.open(Path(folder, f"{script.stem}.png")).convert("RGB")
        high = round(picture.height * WIDTH / picture.width)
        small = picture.resize((WIDTH, high), Image.Resampling.LANCZOS)
        few = small.quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(ROOT / "docs" / "gallery" / f"{script.stem}.png", optimize=True)
    question = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))).split("\n")[0]
    finding = said.strip().split("\n")[0]
    name = script.stem
    return (
        f"\n## {question}\n\n![{finding}](gallery/{name}.png)\n\n{finding}\n\n"
        f"[examples/{name}.py](../examples/{name}.py)\n"
    )


def main(names: list[str]) -> None:
    """Rebuild the page; with names, only the pictures and words of these."""
    (ROOT / "docs" / "gallery").mkdir(exist_ok=True)
    page = ROOT / "docs" / "gallery.md"
    old = page.read_text(encoding="utf-8").split("\n## ") if page.exists() else []
    kept = {part.rstrip().rsplit("/", 1)[-1].removesuffix(".py)"): part for part in old[1:]}
    parts = []
    for script in sorted((ROOT / "examples").glob("[0-9]*.py")):
        known = kept.get(script.stem)
        if names and script.stem not in names and known:
            parts.append(f"\n## {known.rstrip()}\n")
        else:
            print(script.stem, flush=True)
            parts.append(run(script))
    page.write_text(HEAD + "".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
