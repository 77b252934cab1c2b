"""Damaged and rewritten files: read as they were, or refused with the place; nothing else, ever.

A seeded generator changes published files and made-up ones. What only writes the same cells in another
way (encoding, line ends, delimiter, quotes, order, notes above) has to read the same. What damages
them may read only if every row that was not touched is as it was, and no row is gone unsaid.
"""

from __future__ import annotations

import csv
import io
import random
import re
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import SpatialGapsError
from spatial_gaps.metrics.reading import read_metric
from spatial_gaps.records import Metric

CELLS = ["code", "period", "name", "value", "lower", "upper", "se", "status", "note"]
CODED = re.compile(r"(?:^|[,;\t|])\s*([EWSNK]\d{8})\s*(?:$|[,;\t|])")
PLACED = re.compile(r"\b(?:rows?|lines?|byte|sector) \d")
SLOWEST = 10.0  # seconds for one file, on a busy machine
# What is said of a file as a whole has no row, and why.
WHOLE = {
    r"the file is empty": "it has none",
    r"this is (?:a|an) .*, not a CSV|this JSON is no JSON-stat 2": "what it starts with decides",
    r"there is a header but no row": "it has no other",
    r"no table of areas was found .* in sheets? ": "every row was looked at; the sheets are named",
    r"several (?:columns|indicators|sheets) |there is no (?:sheet|indicator) ": "all are listed",
    r"no column of figures was found": "every heading was looked at",
    r"this (?:zip is|is an old Office file, but) no workbook": "its reader does not say where",
    r"cells of .* stand in row and column so far out": "the extent of a sheet, which is named",
    r"the sheet '.*' cannot be read": "its reader does not say where; the sheet is named",
}


@dataclass(frozen=True)
class Source:
    """A file, how to read it, and the line of its headings if it is text."""

    name: str
    content: bytes
    options: dict[str, Any] = field(default_factory=dict)
    head: int = 0

    @property
    def text(self) -> str:
        return self.content.decode("utf-8-sig")

    @property
    def rows(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.text, newline="")))

    def row_at(self, byte: int) -> int:
        """Return the row that a byte belongs to; line ends between quotation marks end no row."""
        before = self.content[:byte].decode("utf-8", "ignore")
        return re.sub(r'"[^"]*(?:"|$)', "", before).count("\n") + 1


@dataclass(frozen=True)
class Mutant:
    """A changed file: if its cells are the `same`, `dropped` rows aside; else which bytes are not."""

    kind: str
    content: bytes
    same: bool = False
    dropped: frozenset[int] = frozenset()
    touched: tuple[int, int] = (0, 0)  # bytes of the source


# Sources ------------------------------------------------------------------------------------------

CODES = [f"E0600{n:04d}" for n in range(1, 41)]
NAMES = ["Bristol, City of", "Ynys Môn", 'The "Wrekin"', "Bath", "Stoke-on-Trent", "King’s Lynn"]


def made_up_rows() -> list[list[str]]:
    """Return code, name, value, lower and upper of forty authorities, with markers."""
    rows = []
    for at, code in enumerate(CODES):
        value = 50 + (at * 37 % 41) / 7
        shown = [f"{number:.3f}" for number in (value, value - 2.5, value + 2.5)]
        if at % 9 == 4:
            shown = ["[x]", "", ""]
        rows.append([code, f"{NAMES[at % len(NAMES)]} {at}", *shown])
    return rows


def as_csv(rows: list[list[str]], delimiter: str = ",", **options: Any) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n", **options).writerows(rows)
    return stream.getvalue()


def made_up_workbook(rows: list[list[str]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Rates")
        for down, row in enumerate(rows):
            for right, cell in enumerate(row):
                sheet.write(down, right, float(cell) if re.fullmatch(r"\d+\.\d+", cell) else cell)
    return stream.getvalue()


def made_up_ods(rows: list[list[str]]) -> bytes:
    def cell(text: str) -> str:
        plain = text.replace("&", "&amp;").replace("<", "&lt;")
        kind = f'float" office:value="{text}' if re.fullmatch(r"\d+\.\d+", text) else "string"
        return f'<table:table-cell office:value-type="{kind}"><text:p>{plain}</text:p></table:table-cell>'

    urn = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{name}="{urn}:{name}:1.0"' for name in ("office", "table", "text"))
    lines = [f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows]
    body = f'<table:table table:name="Rates">{"".join(lines)}</table:table>'
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{urn}:manifest:1.0"/>',
        "content.xml": f"<office:document-content {spaces}><office:body><office:spreadsheet>{body}"
        "</office:spreadsheet></office:body></office:document-content>",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()


def made_up() -> list[Source]:
    """Return one small file of each layout."""
    rows = made_up_rows()
    tidy = [["code", "name", "period", "value", "lower", "upper"]]
    tidy += [[code, name, "2021", *rest] for code, name, *rest in rows]
    above = [["Smoking rates"], ["Unit:", "percent"], ["Period:", "2021"], []]
    titled = [*above, ["Area Code", "Area", "Rate %", "Lower CI 95%", "Upper CI 95%"], *rows]
    titled += [[], ["Source: made up"]]
    wide = [["code", "name", "2019", "2020", "2021"], *rows]
    return [
        Source("tidy.csv", as_csv(tidy).encode(), head=1),
        Source("titled.csv", as_csv(titled).encode(), head=5),
        Source("wide.csv", as_csv(wide).encode("utf-8-sig"), head=1),
        Source("titled.xlsx", made_up_workbook(titled)),
        Source("titled.ods", made_up_ods(titled)),
    ]


def published(shared: Path) -> list[Source]:
    """Return a varied choice of small published files; large ones stand last."""
    raw = shared / "data/metrics/raw"
    first = raw / "subnational_indicators_first_release_2022"
    names = ("Weekly pay", "Anxiety", "Employment rate", "Female HLE", "GVA per hour", "Smokers")
    texts = [(first / f"{name}-Table 1.csv", {}) for name in names]
    texts += [
        (raw / "explore_local_statistics/homicide-offences.csv", {}),
        (raw / "income_deprivation_lad19.csv", {"value": "income"}),
    ]
    books = [
        (raw / "earnings_bulletin_2024_figure6.xlsx", {}),
        (raw / "population_estimates_by_local_authority_1998_2023.xlsx", {}),
        (raw / "ashe_table8_1a_weekly_gross_2023_prov.xls", {"sheet": "All", "value": "Median"}),
        (raw / "labourproductivitylocalauthorities_2004_2022.xls", {"sheet": "A3"}),
        (
            raw / "statutory_homelessness_detailed_la_202212.ods",
            {"sheet": "A1", "value": "Total initial assessments1,2"},
        ),
    ]
    found = []
    for path, options in [*texts, *books]:
        content = path.read_bytes()
        source = Source(path.name, content, options)
        if path.suffix == ".csv":
            head = next(at for at, row in enumerate(source.rows) if CODED.search(",".join(row)))
            source = Source(path.name, content, options, head)
        found.append(source)
    return found


# Mutations ----------------------------------------------------------------------------------------


def rewritten(rng: random.Random, source: Source) -> Mutant:
    """The same cells in another encoding, with other line ends, delimiters or quotes."""
    text, rows = source.text, source.rows
    kind = rng.choice(
        ["utf-8-sig", "utf-16", "utf-16-be", "cp1252", "latin-1", "crlf", "lf", "cr", ";", "\t", "|",
         "quoted", "end"]
    )  # fmt: skip
    content = text.encode()
    if kind == "latin-1":
        content = text.replace("’", "'").encode(kind)
    elif kind == "cp1252" or kind.startswith("utf"):
        content = (("\ufeff" if kind.endswith("be") else "") + text).encode(kind)
    elif kind in ("crlf", "lf", "cr"):
        ends = {"crlf": "\r\n", "lf": "\n", "cr": "\r"}[kind]
        content = re.sub(r"\r\n|\r|\n", ends, text).encode()
    elif kind in (";", "\t", "|"):
        content = as_csv(rows, kind).encode()
    elif kind == "quoted":
        content = as_csv(rows, quoting=csv.QUOTE_ALL).encode()
    elif kind == "end":
        content = (text.rstrip("\r\n") + rng.choice(["", "\n", "\n\n\n", "\r\n"])).encode()
    return Mutant(f"rewritten: {kind!r}", content, same=True)


def reordered(rng: random.Random, source: Source) -> Mutant:
    """The rows of areas in another order, or fewer of them."""
    rows = source.rows
    places = [at for at, row in enumerate(rows) if CODED.search(",".join(row))]
    if rng.random() < 0.5:
        moved = rng.sample(places, len(places))
        whole = list(rows)
        for at, other in zip(places, moved, strict=True):
            whole[at] = rows[other]
        return Mutant("reordered", as_csv(whole).encode(), same=True)
    gone = frozenset(rng.sample(places, rng.randint(1, len(places) // 2)))
    kept = [row for at, row in enumerate(rows) if at not in gone]
    return Mutant("rows dropped", as_csv(kept).encode(), True, frozenset(at + 1 for at in gone))


def noted(rng: random.Random, source: Source) -> Mutant:
    """Notes and blank lines above it."""
    above = rng.choice(
        [["", ""], ["A note on this file"], ["A note", "", "another, with a comma"], [",,,"],
         ["Contents", "", ""], ["This worksheet contains one table."]]
    )  # fmt: skip
    above = [f'"{line}"' if line.strip(",") else line for line in above]
    return Mutant("notes above", "\n".join([*above, source.text]).encode(), same=True)


def repacked(rng: random.Random, source: Source) -> Mutant:
    """The same members of a zip, stored, in another order, or with a comment."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
        names = archive.namelist()
        if rng.random() < 0.5 and "mimetype" not in names:
            rng.shuffle(names)
        pressed = rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
        with zipfile.ZipFile(stream, "w", pressed) as copy:
            for name in names:
                copy.writestr(name, archive.read(name))
            copy.comment = b"a comment" * rng.randint(0, 3)
    return Mutant("repacked", stream.getvalue(), same=True)


def truncated(rng: random.Random, source: Source) -> Mutant:
    cut = rng.randrange(len(source.content))
    return Mutant("truncated", source.content[:cut], touched=(cut, len(source.content)))


def flipped(rng: random.Random, source: Source) -> Mutant:
    content, first = bytearray(source.content), rng.randrange(len(source.content))
    last = min(len(content), first + rng.choice([1, 1, 1, 50, 2000]))
    for _ in range(rng.choice([1, 1, 2, 8])):
        content[rng.randrange(first, last)] ^= 1 << rng.randrange(8)
    return Mutant("bits flipped", bytes(content), touched=(first, last))


def deleted(rng: random.Random, source: Source) -> Mutant:
    first = rng.randrange(len(source.content))
    last = min(first + rng.choice([1, 1, 2, 8, 40, 400]), len(source.content))
    whole = source.content[:first] + source.content[last:]
    return Mutant("bytes deleted", whole, touched=(first, last))


def inserted(rng: random.Random, source: Source) -> Mutant:
    at = rng.randrange(len(source.content))
    new = rng.choice(
        [rng.randbytes(rng.choice([1, 2, 10])), b'"', b",", b"\n", b"\x00", b"  ", b"\xc2\xa0", b"-",
         source.content[at : at + rng.choice([5, 60, 500])]]
    )  # fmt: skip
    whole = source.content[:at] + new + source.content[at:]
    return Mutant("bytes inserted", whole, touched=(at, at + 1))


def unmarked(rng: random.Random, source: Source) -> Mutant:
    """Encodings that cannot be told for certain."""
    coding = rng.choice(["utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037"])
    content = source.text.encode(coding, "replace")
    return Mutant(f"encoded: {coding}", content, touched=(0, len(source.content)))


Mutation = Callable[[random.Random, Source], Mutant]
ANY: list[Mutation] = [truncated, flipped, flipped, deleted, inserted]
OF_TEXT: list[Mutation] = [rewritten, rewritten, reordered, noted, unmarked]


def mutants(sources: list[Source], count: int, seed: int) -> Iterator[tuple[Source, Mutant]]:
    """Go through so many mutants, the sources in turn."""
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        source = sources[number % len(sources)]
        own = [] if source.name.endswith("xls") else OF_TEXT if source.head else [repacked]
        yield source, rng.choice([*ANY, *own])(rng, source)


# Judging ------------------------------------------------------------------------------------------


def cells(metric: Metric) -> pd.DataFrame:
    table = metric.table[CELLS].sort_values(["code", "period"], kind="stable")
    return table.reset_index(drop=True)


def check_refusal(text: str, name: str) -> None:
    """An error names the file and a row or byte, unless it is about the whole of it."""
    assert name in text
    assert PLACED.search(text) or any(re.search(kind, text) for kind in WHOLE), text


def check_same(base: Metric, mutant: Mutant, metric: Metric) -> None:
    kept = base.table[~base.table["row"].isin(mutant.dropped)]
    expected = kept[CELLS].sort_values(["code", "period"], kind="stable").reset_index(drop=True)
    found = cells(metric)
    if "latin-1" in mutant.kind:  # which has no typographic apostrophe
        expected["name"] = expected["name"].str.replace("’", "'")
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def check_text(source: Source, base: Metric, mutant: Mutant, metric: Metric) -> None:
    """No row is gone unsaid, and what was not touched is as it was."""
    said = " ".join(notice.message for notice in metric.notices)
    text = mutant.content.decode("utf-8", "replace")
    lines = re.split(r"\r\n|\r|\n", text)[source.head :]
    coded = Counter(match[1] for line in lines if (match := CODED.search(line)))
    read = Counter(metric.table["code"])
    gone = {code: number for code, number in coded.items() if read[code] < number}
    assert not gone or "left out" in said, gone
    first, last = (source.row_at(byte) for byte in mutant.touched)
    if first > source.head and mutant.kind != "truncated":
        # A row may go with its line, or with its code; the latter is said.
        full = [
            sum(bool(line.strip(",;\t| \r")) for line in part.split("\n"))
            for part in (source.text, text)
        ]
        fewer = full[0] - full[1]
        each = len(base.table) // base.table["row"].nunique()
        assert len(base.table) - len(metric.table) <= max(fewer, 0) * each or "left out" in said
    own, now = (rows[~rows["row"].between(first, last)] for rows in (base.table, metric.table))
    if first > source.head:
        lost = set(keyed(own, CELLS)) - set(keyed(metric.table, CELLS))
    else:  # under other headings a column may be another one, and said to be left aside
        lost = set(own["code"]) - set(metric.table["code"])
        lost |= set(keyed(now, ["code", "value"])) - set(keyed(base.table, ["code", "value"]))
    assert not lost, sorted(map(str, lost))[:3]


def check_unguarded(base: Metric, metric: Metric) -> None:
    """No checksum guards an .xls: a wrong bit may be a wrong figure, but not more than a row's."""
    said = " ".join(notice.message for notice in metric.notices)
    each = len(base.table) // base.table["row"].nunique()
    changed = set(keyed(base.table, CELLS)) - set(keyed(metric.table, CELLS))
    assert len(changed) <= 8 * each  # of up to eight bits
    assert len(metric.table) >= len(base.table) - 8 * each
    assert len(metric.table) == len(base.table) or "left out" in said


def keyed(table: pd.DataFrame, columns: list[str]) -> list[tuple[object, ...]]:
    """Return rows as tuples that compare equal where figures are missing in both."""
    plain = table[columns].astype(object).where(table[columns].notna(), None)
    return list(plain.itertuples(index=False, name=None))


def judge(sources: list[Source], count: int, seed: int, folder: Path) -> dict[str, Any]:
    """Read so many mutants, check each outcome, and count."""
    bases = {}
    for source in sources:
        path = folder / source.name
        path.write_bytes(source.content)
        bases[source.name] = read_metric(path, **source.options)
    counted: Counter[str] = Counter()
    slowest = (0.0, "")
    for source, mutant in mutants(sources, count, seed):
        path, base = folder / source.name, bases[source.name]
        path.write_bytes(mutant.content)
        start = time.perf_counter()
        try:
            metric = read_metric(path, **source.options)
        except SpatialGapsError as error:
            if mutant.same:
                pytest.fail(f"{source.name}, {mutant.kind}: {error}")
            check_refusal(str(error), source.name)
            metric = None
        took = time.perf_counter() - start
        slowest = max(slowest, (took, f"{source.name}, {mutant.kind}"))
        assert took < SLOWEST, slowest
        outcome = "refused"
        if metric is not None:
            outcome = "equal" if cells(metric).equals(cells(base)) else "differs"
            if mutant.same:
                check_same(base, mutant, metric)
            elif source.head:
                check_text(source, base, mutant, metric)
            elif source.name.endswith(".xls"):
                check_unguarded(base, metric)
            else:
                assert outcome == "equal", "a checksum guards every cell"
        counted[outcome] += 1
        counted[f"{mutant.kind.split(':')[0]}, {outcome}"] += 1
    return {"slowest": slowest, **counted}


# Tests --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", made_up(), ids=lambda source: source.name)
def test_the_files_that_are_mutated_read_as_they_were_made_up(tmp_path, source):
    path = tmp_path / source.name
    path.write_bytes(source.content)
    found = read_metric(path, **source.options).table
    rows = made_up_rows()
    columns = ["value", "lower", "upper"]
    if source.name == "wide.csv":
        found = found.pivot(index="code", columns="period", values="value").reset_index()
        columns = ["2019", "2020", "2021"]
        rows = [row for row in rows if row[2] != "[x]"]
        found = found[found["2019"].notna()]
    assert found["code"].tolist() == [row[0] for row in rows]
    printed = [[np.nan if cell in ("[x]", "") else float(cell) for cell in row[2:]] for row in rows]
    np.testing.assert_array_equal(found[columns].to_numpy(float), printed)
    if "name" in found:
        assert found["name"].tolist() == [row[1] for row in rows]


def test_mutants_of_made_up_files(tmp_path):
    counted = judge(made_up(), 150, seed=1, folder=tmp_path)
    assert counted["equal"] >= 0.2 * 150
    assert counted["refused"] >= 0.2 * 150  # else nothing was damaged


def test_mutants_of_published_files(shared, tmp_path):
    texts = [source for source in published(shared) if source.head]
    counted = judge(texts, 40, seed=2, folder=tmp_path)
    assert counted["equal"] >= 0.2 * 40


@pytest.mark.long
def test_a_thousand_mutants(shared, tmp_path, capsys):
    count = 1000
    counted = judge([*made_up(), *published(shared)], count, seed=3, folder=tmp_path)
    took, which = counted.pop("slowest")
    with capsys.disabled():
        print(f"\n{count} mutants, the slowest took {took:.2f} s ({which}):")  # noqa: T201
        for kind, number in sorted(counted.items()):
            print(f"  {number:5} {kind}")  # noqa: T201
    assert sum(counted[outcome] for outcome in ("equal", "differs", "refused")) == count
    assert counted["equal"] >= 0.2 * count
    assert counted["refused"] >= 0.2 * count


PIECES = [
    "E06000001", "E06000002", "W06000001", "TLC11", "K02000001", "code", "name", "value", "period",
    "area code", "indicator", "status", "lower", "upper", "se", "cv", "2021", "2021/22", "2010-11",
    "2020-2022", "2021-04-21", "1", "-2.5", "1,204", "45.2%", "£3", "5*", "x", "[x]", "..", ":", "na",
    "inf", "nan", "1e308", "", " ", '"', '""', "'", ",", ";", "\t", "|", "\r", "\n", "Unit:", "Date:",
    "Table 1", "\ufeff", "\u00a0", "\u2028", "\x1f", "=1+1", "{", "<html", "PK",
]  # fmt: skip
cell = st.one_of(st.sampled_from(PIECES), st.text(max_size=6))
text_files = st.tuples(
    st.lists(st.lists(cell, max_size=6), max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
).map(lambda made: "\n".join(map(made[1].join, made[0])).encode(made[2], "replace"))
FUZZED = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FUZZED
@given(content=st.one_of(text_files, st.binary(max_size=200)))
def test_any_bytes_are_a_metric_or_an_error_that_names_the_file(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    try:
        metric = read_metric(path)
    except SpatialGapsError as error:
        check_refusal(str(error), "any.csv")
    else:
        assert not metric.table.duplicated(["code", "period"]).any()
        assert np.isfinite(metric.table["value"].dropna()).all()
        assert (metric.table["value"].notna() == (metric.table["status"] == "")).all()
