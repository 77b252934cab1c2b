"""The assessment as plain numbers, tables and lines: what the files of a run say."""

from __future__ import annotations

import hashlib
import math
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from spatial_gaps.assessment import Assessment
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.records import Comparison
from spatial_gaps.targets.trend import RELATIVE_VERDICTS, VERDICTS

POCKET_COLUMNS = [
    "code", "name", "parent", "verdict", "p_pocket", "value", "upper", "parent_value", "rank_gap",
    "people",
]  # fmt: skip
AREA_COLUMNS = [
    "verdict", "p_pocket", "rank_gap", "contrast", "z_contrast", "z_outlier", "below", "visible_at",
]  # fmt: skip
PACKAGES = ("spatial-gaps", "numpy", "pandas", "geopandas", "shapely", "pyogrio", "matplotlib")


def summary_of(assessment: Assessment) -> dict[str, Any]:
    """Return the assessment as plain numbers and words, the content of summary.json.

    Parameters
    ----------
    assessment : Assessment
        As `assess` returns it.

    Returns
    -------
    dict
        Keys as in docs/words.md; a number that does not exist is None.
    """
    pockets, moran = assessment.pockets, assessment.moran
    named = pockets.rename_axis(None).assign(name=assessment.areas["name"], code=pockets.index)
    found = named[named["is_pocket"]].sort_values(["p_pocket", "code"], ascending=[False, True])
    masked = {"hidden_share": "corrected", "raw_share": "raw", "raw_theil_share": "raw_theil"}
    content = {
        "metric": assessment.metric.key,
        "title": assessment.metric.title,
        "level": assessment.level,
        "vintage": assessment.vintage,
        "period": assessment.period,
        "n_areas": assessment.audit.n_areas,
        "n_values": assessment.audit.n_values,
        "finding": list(assessment.finding),
        "benchmark": {"value": assessment.benchmark.value, "source": assessment.benchmark.source},
        "audit": assessment.audit.counts(),
        "indices": assessment.indices[["value", "corrected", "lower", "upper"]].to_dict("index"),
        "decomposition": assessment.decomposition.parts["share"].to_dict(),
        "masking": assessment.masking[list(masked)].rename(columns=masked).to_dict("index"),
        "moran": {
            name: getattr(moran, name)
            for name in ("I", "corrected", "expected", "p", "permutations", "seed", "n", "policy")
        },
        "clusters": assessment.clusters["cluster"].value_counts().sort_index().to_dict(),
        "pockets": found[POCKET_COLUMNS].to_dict("records"),
        "pocket_counts": {
            "below": int(pockets["below"].sum()),
            "likely": int((pockets["verdict"] == "likely").sum()),
            "confirmed": int((pockets["verdict"] == "confirmed").sum()),
        },
        "regions": assessment.regions[
            ["name", "value", "source", "n", "below", "likely", "confirmed"]
        ].to_dict("index"),
    }
    if assessment.comparison is not None:
        content["trend"] = _trend_summary(assessment.comparison)
    return dict(_plain(content))


def _trend_summary(compared: Comparison) -> dict[str, Any]:
    """Return what was compared, and how many areas have which verdict."""
    return {
        "first": compared.first,
        "last": compared.last,
        "years": compared.years,
        **{key.replace(" ", "_"): compared.count(key) for key in VERDICTS},
        "against_nation": {
            key.replace(" ", "_"): compared.count(key, "relative_verdict")
            for key in RELATIVE_VERDICTS
        },
        "nation_change": None if compared.nation is None else compared.nation.value,
        "rho": compared.rho,
        "rho_source": compared.rho_source,
        "overlap": compared.overlap,
        "breaks": list(compared.breaks),
        "left_out": compared.left_out.to_dict("records"),
    }


def _plain(item: Any) -> Any:
    """Turn numpy numbers into plain ones, and what is not a number into None."""
    if isinstance(item, Mapping):
        return {str(key): _plain(value) for key, value in item.items()}
    if isinstance(item, (list, tuple)):
        return [_plain(value) for value in item]
    if hasattr(item, "item"):
        item = item.item()
    return None if isinstance(item, float) and not math.isfinite(item) else item


def sha256_of(path: Path) -> str:
    """Return the hexadecimal sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run_record(assessment: Assessment, inputs: Iterable[Path] = ()) -> dict[str, Any]:
    """Return versions, options, seed, warnings and the sha256 of every input, for run.json."""
    return {
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "options": dict(assessment.options),
        "metric": assessment.metric.key,
        "source": assessment.metric.source,
        "licence": assessment.metric.licence,
        "period": assessment.period,
        "layout": assessment.layout,
        "inputs": {path.name: sha256_of(path) for path in inputs},
        "warnings": [
            {"kind": notice.kind, "message": notice.message, "codes": list(notice.codes)}
            for notice in assessment.notices
        ],
    }


def tables_of(assessment: Assessment) -> dict[str, pd.DataFrame]:
    """Return the tables of the folder by name; each has its index as first column."""
    flat = pd.DataFrame(assessment.areas.drop(columns="geometry"))
    flat = flat.join(assessment.pockets[AREA_COLUMNS])
    flat = flat.join(assessment.clusters[["p", "p_adjusted", "cluster"]])
    pockets = assessment.pockets[assessment.pockets["is_pocket"]].copy()
    pockets.insert(0, "name", assessment.areas["name"].reindex(pockets.index))
    pockets = pockets.sort_values("p_pocket", ascending=False, kind="stable")
    notices = [(each.kind, each.message, " ".join(each.codes)) for each in assessment.notices]
    compared = assessment.comparison
    return {
        "areas": flat.rename_axis("code"),
        "pockets": pockets.rename_axis("code"),
        "regions": assessment.regions.rename_axis(assessment.decomposition.parts.index[0]),
        "indices": assessment.indices,
        "decomposition": assessment.decomposition.parts,
        "masking": assessment.masking,
        "clusters": assessment.clusters.rename_axis("code"),
        "audit": _accounted(assessment).set_index("kind"),
        "warnings": pd.DataFrame(notices, columns=["kind", "message", "codes"]).set_index("kind"),
    } | ({} if compared is None else {"trend": _trend_table(assessment, compared)})


def _trend_table(assessment: Assessment, compared: Comparison) -> pd.DataFrame:
    """Return the change of every area with its name, and the reason why there is no verdict."""
    reasons = compared.left_out.set_index("code")["reason"]
    table = compared.table.rename_axis("code")
    table.insert(0, "name", assessment.areas["name"].reindex(table.index))
    return table.assign(reason=reasons.reindex(table.index).fillna(""))


def _accounted(assessment: Assessment) -> pd.DataFrame:
    """Return what the audit says of areas and rows as one table: kind, code, name, reason."""
    kinds = ("missing", "retired", "wrong_level", "unknown", "duplicated")
    frames = [getattr(assessment.audit, kind).assign(kind=kind) for kind in kinds]
    columns = ["kind", "code", "name", "reason"]
    held = [frame[columns] for frame in frames if len(frame)]
    return pd.concat(held) if held else pd.DataFrame(columns=columns)


def subtitle_of(assessment: Assessment) -> str:
    """Return measure, geography and period, as every map and page prints them."""
    plural = noun_of(assessment.level)[1]
    measure = f"{assessment.metric.title} ({assessment.metric.unit})"
    return f"{measure}, {plural} as of {assessment.vintage}, {assessment.audit.coverage}, {assessment.period}"


def source_of(assessment: Assessment) -> str:
    """Return the source and licence line of every map."""
    shapes = (
        "Contains OS data © Crown copyright and database right."
        if assessment.layout == "boundaries"
        else "Hexagon layout: spatial_gaps."
    )
    return f"Source: {assessment.metric.source}. {assessment.metric.licence} {shapes}".replace(
        "  ", " "
    )
