"""Metadata that ONS "Explore local statistics" publishes as a JSON file beside each CSV."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spatial_gaps.records import Notice

LARGEST = 2**20


@dataclass(frozen=True)
class Sidecar:
    """What the file of metadata says; "" where there is none."""

    title: str = ""
    unit: str = ""
    source: str = ""
    notices: tuple[Notice, ...] = ()


def read_sidecar(path: str | os.PathLike[str] | pd.DataFrame) -> Sidecar:
    """Return what the JSON beside a CSV says of it; empty where there is none of that kind.

    Parameters
    ----------
    path : path or DataFrame
        Of the figures; FILE.json is looked for beside FILE.csv.

    Notes
    -----
    A file of another kind with that name is no error: it may be anything.
    """
    if isinstance(path, pd.DataFrame):
        return Sidecar()
    beside = Path(path).with_suffix(".json")
    if beside == Path(path) or not beside.is_file() or beside.stat().st_size > LARGEST:
        return Sidecar()
    try:
        found = json.loads(beside.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError, RecursionError):
        return Sidecar()
    blocks = found.values() if isinstance(found, dict) else ()
    facts = next((block for block in blocks if isinstance(block, dict) and "label" in block), {})
    said = {name: value for name, value in facts.items() if isinstance(value, str)}
    links = re.compile(r"\[([^\]]*)\]\([^)]*\)")
    caveats = " ".join(links.sub(r"\1", said.get("caveats", "")).split())
    message = f"the publisher's caveats ({beside.name}): {caveats}"
    return Sidecar(
        title=said.get("label", ""),
        unit=said.get("suffix", "") or said.get("prefix", "") or said.get("subText", ""),
        source=" and ".join(said.get("sourceOrg", "").split("|")),
        notices=(Notice("caveats", message),) if caveats else (),
    )
