"""The tables of a GeoPackage that have no geometry: what was measured, counted and assumed."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from spatial_gaps.export.layer import Layer, make_layer
from spatial_gaps.measure.wording import format_value

if TYPE_CHECKING:
    import pandas as pd

    from spatial_gaps.assessment import Assessment


def result_tables(assessment: Assessment, prefix: str = "") -> list[Layer]:
    """Return indices, decomposition, masking, audit, warnings and run, with a prefix to their names."""
    import pandas as pd

    parts = assessment.decomposition.parts.rename_axis("tier").reset_index()
    parts.insert(0, "index", assessment.decomposition.index)
    notices = [(note.kind, note.message, " ".join(note.codes)) for note in assessment.notices]
    tables = {
        "indices": (
            "Inequality indices", "One row per index with its 95% interval.",
            assessment.indices.rename_axis("name").reset_index(),
        ),
        "decomposition": (
            "Where inequality lives", "Parts of the index, outermost tier first; they add up.", parts,
        ),
        "masking": (
            "What averages hide", "Share of the differences that each tier's averages hide.",
            assessment.masking.rename_axis("tier").reset_index(),
        ),
        "audit": (
            "Join audit", "Every area without a figure and every row that was left out, and why.",
            _audit(assessment),
        ),
        "warnings": (
            "Warnings", "What was repaired, left out or assumed.",
            pd.DataFrame(notices, columns=["kind", "message", "codes"], dtype=str),
        ),
        "run": ("About this run", "What was assessed, from what and how.", _run(assessment)),
    }  # fmt: skip
    return [
        make_layer(assessment, f"{prefix}{name}", title, frame, about, group="Tables")
        for name, (title, about, frame) in tables.items()
    ]


def _audit(assessment: Assessment) -> pd.DataFrame:
    import pandas as pd

    kinds = ("missing", "retired", "duplicated", "wrong_level", "unknown")
    columns = ["kind", "code", "name", "reason"]
    frames = [getattr(assessment.audit, kind).assign(kind=kind) for kind in kinds]
    rows = [frame.reindex(columns=columns) for frame in frames if len(frame)]
    empty = pd.DataFrame(columns=columns, dtype=str)
    return pd.concat(rows, ignore_index=True).astype(str) if rows else empty


def _run(assessment: Assessment) -> pd.DataFrame:
    """Return everything that a reader needs to know about the run, as key and value."""
    import pandas as pd

    metric, benchmark = assessment.metric, assessment.benchmark
    facts: dict[str, Any] = {
        "finding": assessment.summary(),
        "metric": metric.title,
        "unit": metric.unit,
        "source": metric.source,
        "licence": metric.licence,
        "level": assessment.level,
        "vintage": assessment.vintage,
        "period": assessment.period,
        "layout": assessment.layout,
        "coverage": assessment.audit.coverage,
        "benchmark": f"{benchmark.name}: {format_value(benchmark.value, metric.unit)} ({benchmark.source})",
        "moran": str(assessment.moran),
        "options": json.dumps(dict(assessment.options), sort_keys=True, default=str),
        "made_with": f"spatial_gaps {version('spatial-gaps')}",
    }
    return pd.DataFrame({"key": list(facts), "value": [str(fact) for fact in facts.values()]})
