"""The plan of a study: independent tasks, each with a key that changes when its answer could."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from spatial_gaps.errors import InputError, SpatialGapsError
from spatial_gaps.flag.small_areas import NATIONS
from spatial_gaps.geography.levels import noun_of
from spatial_gaps.metrics.panels import months_of
from spatial_gaps.metrics.tiling import rows_of_level
from spatial_gaps.study.reading import read_one, stamp_of
from spatial_gaps.study.schema import MAPPED, SMALL, USUAL_QUESTIONS, Study, StudyMetric

if TYPE_CHECKING:
    from spatial_gaps.records import Metric

# Whose releases change figures in their last places.
_LIBRARIES = ("numpy", "scipy", "pandas", "shapely", "geopandas", "pyogrio", "matplotlib")
# The regions of a metric are what it publishes under their ITL 1 or their E12, W92 ... codes.
_REGIONS = ("itl1", "region")
FEWEST_REGIONS = 5


@dataclass(frozen=True)
class Task:
    """One metric, in one period, for one kind of area.

    Attributes
    ----------
    metric : StudyMetric
        What to read, and how.
    level, nation, period : str
        What is assessed; "" where nations stand together.
    is_latest : bool
        Whether it is the last period of its metric and level, which gets a page and a map.
    boundaries : Path or None
        File of shapes; hexagons without.
    vintage : int or None
        Year of the codes; found without.
    weights : Path or None
        File of people per area.
    group, islands, since : str
        As for `assess`.
    seed : int
        As for `assess`.
    questions, outputs : tuple of str
        As of the study.
    key : str
        Changes with every input, option and version that the answer depends on.
    """

    metric: StudyMetric
    level: str
    nation: str
    period: str
    is_latest: bool
    boundaries: Path | None
    vintage: int | None
    weights: Path | None
    group: str
    islands: str
    since: str
    seed: int
    questions: tuple[str, ...]
    outputs: tuple[str, ...]
    key: str = ""

    @property
    def name(self) -> str:
        """Metric, level and period in words."""
        return f"{self.metric.name}, {self.noun}, {self.period}"

    @property
    def noun(self) -> str:
        """What its areas are called."""
        return noun_of(self.level)[1] + (f" of {self.nation}" if self.nation else "")

    @property
    def kind(self) -> str:
        """Level, and the nation where each stands apart: what tables call it."""
        return "_".join([self.level, *self.nation.lower().split()])

    @property
    def page(self) -> str:
        """Name of its page and of its layers."""
        return f"{self.metric.name}_{self.kind}"

    @property
    def has_shapes(self) -> bool:
        """Whether its areas can be drawn: small ones have no hexagons."""
        return self.level in MAPPED or (self.level in SMALL and self.boundaries is not None)

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Every file that goes in."""
        others = (self.boundaries, self.weights)
        return (*self.metric.inputs, *(path for path in others if path is not None))


def plan_study(study: Study) -> tuple[Task, ...]:
    """Return the tasks of a study: metrics in its order, levels from fine to coarse, then periods.

    Parameters
    ----------
    study : Study
        As `read_study` returns it.

    Returns
    -------
    tuple of Task
        Independent of each other; tasks of equal keys have equal answers.

    Raises
    ------
    InputError
        If a metric cannot be read, has no figures for any level of the study, or lacks a period.
    """
    tasks: list[Task] = []
    if not _asked(study):
        return ()
    for metric in study.metrics:
        try:
            tasks += _tasks_of(study, metric, read_one(metric))
        except SpatialGapsError as error:
            raise InputError(
                f"metric '{metric.name}': {error.problem}", file=study.file,
                offenders=error.offenders, hint=error.hint, choices=error.choices,
            ) from error  # fmt: skip
    return tuple(tasks)


def _asked(study: Study) -> tuple[str, ...]:
    """Return the questions that are about one metric in one period."""
    return tuple(each for each in study.questions if each in USUAL_QUESTIONS)


def _tasks_of(study: Study, wanted: StudyMetric, metric: Metric) -> list[Task]:
    tasks = []
    for level in wanted.levels:
        for nation in _nations(wanted, metric, level):
            periods = _periods(wanted, metric, level, nation)
            tasks += [
                _task(study, wanted, level, nation, period, is_latest=period == periods[-1])
                for period in periods
            ]
    if not tasks:
        raise InputError(
            "has no figures for any of these levels", offenders=wanted.levels,
            hint=f"It has them for: {', '.join(sorted(metric.table['level'].unique()))}.",
        )  # fmt: skip
    return tasks


def own_rows(metric: Metric, level: str, nation: str = "") -> pd.DataFrame:
    """Return the rows of a metric that are of a level, and in a nation if one is named."""
    rows = metric.table
    coded = rows.set_index("code")
    own = coded["level"].isin(_REGIONS) if level == "itl1" else rows_of_level(coded, level)
    if nation:
        own &= _nation_of(coded.index) == nation
    return rows[own.to_numpy()]


def _nation_of(codes: pd.Index[Any]) -> pd.Series[Any]:
    return pd.Series(codes.str[0].map(NATIONS), index=codes)


def _nations(wanted: StudyMetric, metric: Metric, level: str) -> list[str]:
    """Return the nations to be assessed apart; one without a name where all stand together."""
    if level not in SMALL:
        return [""]
    rows = own_rows(metric, level)
    if not rows.empty and wanted.parents is None:
        raise InputError(
            f"figures of {noun_of(level)[1]} need the authorities that they lie in",
            hint='parents = {file = "lookup.csv", code = "LSOA21CD", parent = "LAD24CD"}',
        )
    found = sorted(_nation_of(pd.Index(rows["code"].unique())).unique())
    return [""] if wanted.comparable or len(found) < 2 else found


def _periods(wanted: StudyMetric, metric: Metric, level: str, nation: str) -> list[str]:
    """Return the periods for which a metric has figures of a level, as far as they are wanted."""
    rows = own_rows(metric, level, nation)
    counts = rows.loc[rows["value"].notna(), "period"].value_counts()
    least = FEWEST_REGIONS if level == "itl1" else 1
    there = sorted(
        counts.index[counts >= least], key=lambda each: (_order(each, metric.period_type), each)
    )
    if wanted.periods == ("all",):
        return there
    if wanted.periods == ("latest",):
        return there[-1:]
    lacking = [period for period in wanted.periods if period not in metric.periods]
    if lacking:
        raise InputError(
            "has no figures for these periods", offenders=lacking,
            hint=f"It has {', '.join(metric.periods)}.",
        )  # fmt: skip
    return [period for period in there if period in wanted.periods]


def _order(period: str, kind: str) -> int:
    try:
        return months_of(period, kind).stop
    except InputError:
        return 0


def _task(
    study: Study, metric: StudyMetric, level: str, nation: str, period: str, *, is_latest: bool
) -> Task:
    task = Task(
        metric=metric,
        level=level,
        nation=nation,
        period=period,
        is_latest=is_latest,
        boundaries=metric.boundaries or study.boundaries.get(level),
        vintage=study.vintages.get(level),
        weights=metric.weights or study.weights,
        group=study.group,
        islands=study.islands,
        since=study.since,
        seed=study.seed,
        questions=_asked(study),
        outputs=study.outputs,
    )
    return _with_key(task)


def _with_key(task: Task) -> Task:
    """Return the task with the key of everything that its answer depends on."""
    content = {field.name: getattr(task, field.name) for field in fields(task)}
    # Where files lie does not matter, what is in them does.
    content["metric"] = task.metric.options
    content |= {"boundaries": bool(task.boundaries), "weights": bool(task.weights)}
    content["inputs"] = [digest_of(path) for path in task.inputs]
    content["made_with"] = made_with()
    text = json.dumps(content, sort_keys=True, default=str)
    return replace(task, key=hashlib.sha256(text.encode()).hexdigest()[:32])


def digest_of(path: Path) -> str:
    """Return the sha256 of a file, reckoned once for each time that it was changed."""
    return _digest(path, stamp_of(path))


@lru_cache(maxsize=1000)
def _digest(path: Path, stamp: tuple[int, int]) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@cache
def made_with() -> str:
    """Return what stands for all code and facts: another release gives other answers."""
    digest = hashlib.sha256()
    for room in ("spatial_gaps", "spatial_gaps._boundaries"):
        for path in _files(resources.files(room)):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest() + " ".join(f"{name} {version(name)}" for name in _LIBRARIES)


def _files(folder: Any) -> Sequence[Any]:
    """Return code and tables below a folder of the package, in order."""
    found: list[Any] = []
    for entry in sorted(folder.iterdir(), key=lambda each: str(each.name)):
        if entry.is_dir():
            found += _files(entry)
        elif entry.name.endswith((".py", ".csv", ".j2", ".js", ".css")):
            found.append(entry)
    return found
