"""The folder that a run leaves behind: map, GeoPackage, report, tables, summary, record of the run.

Everything is made in a hidden folder beside the target and moved into place file by file, so that a
failure leaves what was there before.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from spatial_gaps.errors import OutputError
from spatial_gaps.export.files import check_folder
from spatial_gaps.export.geopackage import write_geopackage
from spatial_gaps.export.report import write_report
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.records import Assessment

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
    columns = [
        "code",
        "name",
        "parent",
        "verdict",
        "p_pocket",
        "value",
        "upper",
        "parent_value",
        "rank_gap",
        "people",
    ]
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
        "masking": assessment.masking.rename(columns=masked).to_dict("index"),
        "moran": {
            name: getattr(moran, name)
            for name in ("I", "corrected", "expected", "p", "permutations", "seed", "n", "policy")
        },
        "clusters": assessment.clusters["cluster"].value_counts().sort_index().to_dict(),
        "pockets": found[columns].to_dict("records"),
        "pocket_counts": {
            "below": int(pockets["below"].sum()),
            "likely": int((pockets["verdict"] == "likely").sum()),
            "confirmed": int((pockets["verdict"] == "confirmed").sum()),
        },
        "regions": assessment.regions[
            ["name", "value", "source", "n", "below", "likely", "confirmed"]
        ].to_dict("index"),
    }
    return dict(_plain(content))


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


def write_folder(
    folder: str | os.PathLike[str],
    assessment: Assessment,
    *,
    inputs: Iterable[Path] = (),
    say: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write everything that a run leaves behind.

    Parameters
    ----------
    folder : path
        Made if it is not there; files of the same names in it are replaced.
    assessment : Assessment
        As `assess` returns it.
    inputs : iterable of Path
        Files that went in; their sha256 is recorded in run.json.
    say : callable
        Told of each step.

    Returns
    -------
    list of Path
        What was written: assessment.gpkg, report.html, summary.json, run.json, tables/*.csv,
        maps/*.png.

    Raises
    ------
    OutputError
        If the folder cannot be written, or a file in it is open elsewhere.
    """
    target = Path(folder)
    check_folder(target)
    run = run_record(assessment, inputs)
    made = Path(tempfile.mkdtemp(prefix=".spatial-gaps-", dir=target))
    try:
        say("Drawing maps")
        _write_maps(made / "maps", assessment)
        say("Writing tables, report and GeoPackage")
        _write_tables(made / "tables", assessment)
        write_report(made / "report.html", assessment)
        write_geopackage(made / "assessment.gpkg", assessment)
        _write_json(made / "summary.json", summary_of(assessment))
        _write_json(made / "run.json", run)
        return _move_into_place(made, target)
    except OSError as error:
        raise OutputError(
            f"could not be written: {error.strerror or error}",
            file=target,
            hint="Close files of this folder that are open elsewhere, check the space left, and run again.",
        ) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _move_into_place(made: Path, target: Path) -> list[Path]:
    moved = []
    for source in sorted(path for path in made.rglob("*") if path.is_file()):
        place = target / source.relative_to(made)
        place.parent.mkdir(exist_ok=True)
        os.replace(source, place)
        moved.append(place)
    return moved


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


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def tables_of(assessment: Assessment) -> dict[str, pd.DataFrame]:
    """Return the tables of the folder by name; each has its index as first column."""
    audit = assessment.audit
    frames = {
        "missing": audit.missing,
        "retired": audit.retired,
        "wrong_level": audit.wrong_level,
        "unknown": audit.unknown,
        "duplicated": audit.duplicated,
    }
    rows = [frame.assign(kind=kind) for kind, frame in frames.items() if len(frame)]
    columns = ["kind", "code", "name", "reason"]
    accounted = pd.concat(rows)[columns] if rows else pd.DataFrame(columns=columns)
    flat = pd.DataFrame(assessment.areas.drop(columns="geometry"))
    kept = [
        "verdict",
        "p_pocket",
        "rank_gap",
        "contrast",
        "z_contrast",
        "z_outlier",
        "below",
        "visible_at",
    ]
    flat = flat.join(assessment.pockets[kept]).join(
        assessment.clusters[["p", "p_adjusted", "cluster"]]
    )
    pockets = assessment.pockets[assessment.pockets["is_pocket"]].copy()
    pockets.insert(0, "name", assessment.areas["name"].reindex(pockets.index))
    return {
        "areas": flat.rename_axis("code"),
        "pockets": pockets.sort_values("p_pocket", ascending=False, kind="stable").rename_axis(
            "code"
        ),
        "regions": assessment.regions.rename_axis("itl1"),
        "indices": assessment.indices,
        "decomposition": assessment.decomposition.parts,
        "masking": assessment.masking,
        "clusters": assessment.clusters.rename_axis("code"),
        "audit": accounted.set_index("kind"),
        "warnings": pd.DataFrame(
            [
                (notice.kind, notice.message, " ".join(notice.codes))
                for notice in assessment.notices
            ],
            columns=["kind", "message", "codes"],
        ).set_index("kind"),
    }


def _write_maps(folder: Path, assessment: Assessment) -> None:
    """Draw the pockets, the figures, the clusters and every place by region."""
    from spatial_gaps.show.charts import draw_beeswarm
    from spatial_gaps.show.maps import draw_clusters, draw_map
    from spatial_gaps.show.pocket_map import draw_pockets
    from spatial_gaps.show.style import save_figure

    folder.mkdir()
    metric, areas = assessment.metric, assessment.areas
    caption = {"subtitle": subtitle_of(assessment), "source": source_of(assessment)}
    measure = {"unit": metric.unit, "higher_is": assessment.options["higher_is"]}
    where, who, clusters = assessment.finding[2], assessment.headline, assessment.finding[4]
    figures = {
        "pockets": draw_pockets(areas, assessment.pockets, title=who, **measure, **caption),
        "values": draw_map(areas, title=where, **measure, **caption),
        "clusters": draw_clusters(areas, assessment.clusters, title=clusters, **caption),
        "regions": draw_beeswarm(
            areas, assessment.regions, assessment.benchmark, pockets=assessment.pockets,
            title=who, **measure, **caption,
        ),
    }  # fmt: skip
    for name, figure in figures.items():
        save_figure(figure, folder / f"{name}.png")


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


def _write_tables(folder: Path, assessment: Assessment) -> None:
    folder.mkdir()
    for name, table in tables_of(assessment).items():
        safe = table.apply(_harmless) if len(table) else table
        safe.to_csv(folder / f"{name}.csv", lineterminator="\n", encoding="utf-8")


def _harmless(column: pd.Series) -> pd.Series:
    """Keep a spreadsheet from running text as a formula (OWASP: a quote before = + - @ tab CR)."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column
    return column.map(
        lambda cell: (
            f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
        )
    )
