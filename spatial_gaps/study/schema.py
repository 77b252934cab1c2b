"""The study file: what may stand in it, and what is wrong with one, with key and line."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from spatial_gaps.checks import words
from spatial_gaps.errors import InputError
from spatial_gaps.geography.groups import GROUPS

MAPPED = ("lad", "utla", "itl3", "itl2")
SMALL = ("msoa", "lsoa", "intermediate_zone", "data_zone", "super_data_zone", "soa")
LEVELS = (*SMALL, *MAPPED, "itl1")
QUESTIONS = ("gaps", "where", "pockets", "missions")
# The scorecard of missions is for metrics that measure them.
USUAL_QUESTIONS = QUESTIONS[:3]
OUTPUTS = ("tables", "geopackage", "pages")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,39}")
_HEADER = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*=""")

# Key: kind, and what it may be if that is a list of words.
_STUDY = {
    "title": "text",
    "metrics": "tables",
    "levels": LEVELS,
    "periods": "periods",
    "questions": QUESTIONS,
    "outputs": OUTPUTS,
    "areas": "table",
    "weights": "file",
    "group": "text",
    "islands": "text",
    "since": "text",
    "seed": "number",
}
_METRIC = {
    "file": "file", "name": "text", "indicator": "text", "sheet": "text", "table": "number",
    "value": "text", "code": "text", "cv": "file", "codes": "file", "higher_is": "text",
    "basis": "text", "period": "text", "periods": "periods", "levels": LEVELS,
    "parents": "table", "weights": "file", "boundaries": "file", "comparable": "truth",
}  # fmt: skip
_PARENTS = {"file": "file", "code": "text", "parent": "text"}
_AREAS = {"boundaries": "file", "vintage": "number"}
_CHOICES = {
    "islands": ("keep", "link", "nearest"),
    "higher_is": ("better", "worse"),
    "basis": ("residence", "workplace"),
}
_AS_GIVEN = (
    "file", "cv", "codes", "higher_is", "basis", "period", "weights", "boundaries", "comparable",
)  # fmt: skip
READING = ("indicator", "sheet", "table", "value", "code")


@dataclass(frozen=True)
class Parents:
    """In which authorities small areas lie: a CSV, and the names of its columns."""

    file: Path
    code: str
    parent: str


@dataclass(frozen=True)
class StudyMetric:
    """One metric of a study: which file, how it is read, and what of it is wanted.

    Attributes
    ----------
    name : str
        Short and unique: names of pages, layers and rows begin with it.
    file : Path
        What to read.
    reading : mapping
        Options of `read_metric`: indicator, sheet, table, value, code.
    cv, codes : Path or None
        The publisher's workbook of coefficients of variation; an edited list of codes.
    higher_is, basis, period : str
        What the file does not say; "" where it does.
    levels, periods : tuple of str
        Kinds of area, and periods or "all" or "latest".
    parents : Parents or None
        Authorities of small areas.
    weights, boundaries : Path or None
        People and shapes of its areas; those of the study without.
    comparable : bool
        Whether small areas of several nations stand in one ranking.
    """

    name: str
    file: Path
    reading: Mapping[str, Any] = field(default_factory=dict)
    cv: Path | None = None
    codes: Path | None = None
    higher_is: str = ""
    basis: str = ""
    period: str = ""
    levels: tuple[str, ...] = ()
    periods: tuple[str, ...] = ("all",)
    parents: Parents | None = None
    weights: Path | None = None
    boundaries: Path | None = None
    comparable: bool = False

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Every file that goes in."""
        parents = None if self.parents is None else self.parents.file
        return tuple(path for path in (self.file, self.cv, self.codes, parents) if path is not None)

    @property
    def options(self) -> dict[str, Any]:
        """How it is read: everything but where files lie, and which areas and periods are wanted."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.parents is not None:
            found["parents"] = (self.parents.code, self.parents.parent)
        return {
            name: "a file" if isinstance(value, Path) else value
            for name, value in found.items() if name not in ("levels", "periods")
        }  # fmt: skip


@dataclass(frozen=True)
class Study:
    """What a study.toml asks for; it holds no results.

    Attributes
    ----------
    title : str
        Heading of the atlas.
    file : Path
        The study file.
    metrics : tuple of StudyMetric
        In the order of the file.
    questions, outputs : tuple of str
        Of gaps, where, pockets, missions; of tables, geopackage, pages.
    boundaries, vintages : mapping
        Of a level: file of its shapes (hexagons without), year of its codes (found without).
    weights : Path or None
        People per area; the packaged population without.
    group, islands, since : str
        As for `assess`; "" where not asked for.
    seed : int
        One seed, one answer.
    """

    title: str
    file: Path
    metrics: tuple[StudyMetric, ...]
    questions: tuple[str, ...] = USUAL_QUESTIONS
    outputs: tuple[str, ...] = OUTPUTS
    boundaries: Mapping[str, Path] = field(default_factory=dict)
    vintages: Mapping[str, int] = field(default_factory=dict)
    weights: Path | None = None
    group: str = ""
    islands: str = "keep"
    since: str = ""
    seed: int = 0


def read_study(path: str | os.PathLike[str]) -> Study:
    """Read a study file and check all of it, before any work.

    Parameters
    ----------
    path : path
        A .toml, as `spatial-gaps study init` writes one.

    Returns
    -------
    Study
        What it asks for.

    Raises
    ------
    InputError
        If the file is missing or no TOML, a key is unknown, missing or of the wrong kind, a value is
        not one of those that are possible, two metrics have one name, or a path does not exist or
        leads out of the study's folder; with the line.
    """
    file = Path(path)
    try:
        text = file.read_bytes().decode("utf-8-sig")
        content = tomllib.loads(text)
    except OSError as error:
        raise InputError(
            "the study cannot be read", file=file, hint="spatial-gaps study init writes one."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError("a study has to be UTF-8 text", file=file) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"is no TOML: {error}", file=file) from error
    return _Reader(file, text).study(content)


class _Reader:
    """Takes a parsed file apart; knows on which line a key stands."""

    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        self.lines: dict[tuple[str, str], int] = {}
        where, seen = "", 0
        for number, line in enumerate(text.splitlines(), 1):
            if header := _HEADER.match(line):
                where = header[1]
                if line.lstrip().startswith("[["):
                    where, seen = f"{where} {seen}", seen + 1
                self.lines[where, ""] = number
            elif key := _KEY.match(line):
                self.lines.setdefault((where, key[1]), number)

    def error(self, problem: str, where: str, key: str = "", hint: str | None = None) -> InputError:
        line = self.lines.get((where, key)) or self.lines.get((where, ""))
        place = f"'{key}'" if key else "the study" if not where else f"[{where.split()[0]}]"
        return InputError(f"{place} {problem}", file=self.file, row=line, hint=hint)

    def study(self, content: Mapping[str, Any]) -> Study:
        found = self.take(content, _STUDY, "")
        if not found.get("metrics"):
            raise self.error("has no metric", "", hint="Add [[metrics]] with file = ...")
        levels = found.get("levels", ("lad",))
        periods = found.get("periods", ("latest",))
        metrics = tuple(
            self.metric(table, f"metrics {k}", levels, periods)
            for k, table in enumerate(found["metrics"])
        )
        names = [metric.name.lower() for metric in metrics]
        for k, name in enumerate(names):
            if name in names[:k]:
                raise self.error(
                    f"'{metrics[k].name}' is the name of two metrics", f"metrics {k}", "",
                    hint="Give one of them another: name = ...",
                )  # fmt: skip
        areas = self.areas(found.get("areas", {}))
        if found.get("group") and found["group"] not in GROUPS:
            raise self.error(f"is none of {words(tuple(GROUPS))}", "", "group")
        return Study(
            title=found.get("title", self.file.stem),
            file=self.file,
            metrics=metrics,
            questions=found.get("questions", USUAL_QUESTIONS),
            outputs=found.get("outputs", OUTPUTS),
            boundaries={key: each["boundaries"] for key, each in areas.items() if "boundaries" in each},
            vintages={key: each["vintage"] for key, each in areas.items() if "vintage" in each},
            **{key: found[key] for key in ("weights", "group", "islands", "since", "seed") if key in found},
        )  # fmt: skip

    def metric(
        self,
        table: Mapping[str, Any],
        where: str,
        levels: tuple[str, ...],
        periods: tuple[str, ...],
    ) -> StudyMetric:
        found = self.take(table, _METRIC, where)
        if "file" not in found:
            raise self.error("has no file", where, hint="file = ... is what is read.")
        name = found.get("name", re.sub(r"\W+", "_", found["file"].stem)[:40])
        if not _NAME.fullmatch(name):
            raise self.error(
                "has to be of letters, digits and underscores, at most 40", where, "name"
            )
        return StudyMetric(
            name=name,
            reading={key: found[key] for key in READING if key in found},
            levels=found.get("levels", levels),
            periods=found.get("periods", periods),
            **{key: found[key] for key in _AS_GIVEN if key in found},
            parents=self.parents(found.get("parents"), where),
        )

    def parents(self, table: Mapping[str, Any] | None, where: str) -> Parents | None:
        if table is None:
            return None
        # Keys of the table on one line have that line, not those of the metric's keys of such names.
        inside = f"{where} parents"
        self.lines[inside, ""] = self.lines.get((where, "parents"), 0)
        found = self.take(table, _PARENTS, inside)
        if lacking := [key for key in _PARENTS if key not in found]:
            raise self.error(
                f"has no {words(lacking)}", where, "parents",
                'Such as {file = "lookup.csv", code = "LSOA21CD", parent = "LAD24CD"}.',
            )  # fmt: skip
        return Parents(**found)

    def areas(self, table: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        found = {}
        for level, each in table.items():
            if level not in (*SMALL, *MAPPED):
                raise self.error(
                    f"has shapes only for {words((*SMALL, *MAPPED))}", f"areas.{level}"
                )
            if not isinstance(each, Mapping):
                raise self.error("has to be a table", "areas", level, f"Write [areas.{level}].")
            found[level] = self.take(each, _AREAS, f"areas.{level}")
        return found

    def take(
        self, table: Mapping[str, Any], schema: Mapping[str, Any], where: str
    ) -> dict[str, Any]:
        """Return the entries of a table, each of the kind that the schema says."""
        for key in table:
            if key not in schema:
                near = difflib.get_close_matches(key, schema, 1)
                raise self.error(
                    "is no key of a study", where, key,
                    f"Did you mean '{near[0]}'?" if near else f"Known are {words(tuple(schema))}.",
                )  # fmt: skip
        return {key: self.value(table[key], schema[key], where, key) for key in table}

    def value(self, value: Any, kind: Any, where: str, key: str) -> Any:
        """Return one entry, checked."""
        if isinstance(kind, tuple):
            return self.choices(value, kind, where, key)
        expected: Any = {
            "text": str, "number": int, "table": dict, "tables": list, "file": str, "periods": (str, list),
            "truth": bool,
        }[kind]  # fmt: skip
        if not isinstance(value, expected) or isinstance(value, bool) != (kind == "truth"):
            said = {
                "number": "a whole number", "tables": "[[metrics]]", "table": "a table",
                "truth": "true or false",
            }  # fmt: skip
            raise self.error(
                f"has to be {said.get(kind, 'text in quotes')}, not {value!r}", where, key
            )
        if kind == "file":
            return self.path(value, where, key)
        if kind == "tables" and not all(isinstance(each, dict) for each in value):
            raise self.error("has to be [[metrics]]", where, key)
        if kind == "periods":
            return self.periods(value, where, key)
        if key in _CHOICES and value not in _CHOICES[key]:
            raise self.error(f"is none of {words(_CHOICES[key])}: {value!r}", where, key)
        if kind == "number" and value < 0:
            raise self.error(f"has to be 0 or more, not {value}", where, key)
        return value

    def choices(self, value: Any, known: tuple[str, ...], where: str, key: str) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not listed or set(map(str, listed)) - set(known):
            raise self.error(f"has to be a list of {words(known)}, not {value!r}", where, key)
        return tuple(each for each in known if each in listed)

    def periods(self, value: Any, where: str, key: str) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else value
        if not listed or not all(isinstance(each, str) for each in listed):
            raise self.error("has to be 'all', 'latest' or a list of periods in quotes", where, key)
        if len(set(listed)) < len(listed):
            raise self.error("names a period twice", where, key)
        return tuple(listed)

    def path(self, value: str, where: str, key: str) -> Path:
        """Return a path inside the study's folder, of a file that is there."""
        windows = PureWindowsPath(value)
        outside = windows.drive or windows.root or PurePosixPath(value).is_absolute()
        if outside or os.path.normpath(value).split(os.sep)[0] == os.pardir or not value.strip():
            raise self.error(
                f"has to be a path inside the study's folder, not {value!r}", where, key,
                "So that the folder can be moved and the study still runs.",
            )  # fmt: skip
        found = self.file.parent / value
        if "\0" in value or not found.is_file():
            raise self.error(f"names a file that is not there: {value}", where, key)
        return found
