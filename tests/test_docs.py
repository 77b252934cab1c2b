"""What the documents say is true: the tutorial runs, tables list what is known, links lead somewhere."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner

import spatial_gaps as sg
from spatial_gaps.cli import main
from spatial_gaps.metrics import catalogue, markers, publications

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
TUTORIAL = DOCS / "tutorials" / "published-spreadsheet.md"
ADDING = DOCS / "how-to" / "add-a-publication.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)
ASHE = {
    "8.1": "ashe_table8_1{}_weekly_gross_2023_prov",
    "7.1": "ashe_table7_1{}_weekly_gross_2024_prov",
}
CV = {"8.1b": ASHE["8.1"].format("b") + "_cv.xls", "7.1b": ASHE["7.1"].format("b") + "_cv.xlsx"}
FIRST, LOCAL = "subnational_indicators_first_release_2022", "explore_local_statistics"
# The start of each row of docs/publications.md, and the file or files it is about: where nothing
# has to be given, one file for each key.
FILES = {
    "Annual Survey of Hours and Earnings (ASHE), table 8.1a": [ASHE["8.1"].format("a") + ".xls"],
    "ASHE, table 7.1a": [ASHE["7.1"].format("a") + ".xlsx"],
    "Subregional productivity, ITL": ["labourproductivityitls_2004_2022.xls"],
    "Subregional productivity, local": ["labourproductivitylocalauthorities_2004_2022.xls"],
    "House price": ["house_price_to_workplace_earnings_ratio_2024.xlsx"],
    "Population estimates by local": ["population_estimates_by_local_authority_1998_2023.xlsx"],
    "Population estimates, extract": ["population_mid2021_nomis.csv"],
    "English indices of deprivation 2019, File 1,": ["iod2019_file1_imd_lsoa.xlsx"],
    "English indices of deprivation 2019 and": ["iod2025_file10_lad_summaries.xlsx"],
    "Exploring local income deprivation, local": ["income_deprivation_lad19.csv"],
    "Exploring local income deprivation, small": ["income_deprivation_lsoa11.csv"],
    "Explore local statistics": [
        f"{LOCAL}/first-time-buyer-mortgage-sales.csv",
        f"{LOCAL}/gross-median-weekly-pay.csv",
        f"{LOCAL}/homicide-offences.csv",
        f"{LOCAL}/pupils-at-expected-standards-by-end-of-primary-school.csv",
    ],
    "Subnational indicators, ninth": ["subnational_indicators_ninth_release_2024.xlsx"],
    "Subnational indicators, first": [
        f"{FIRST}/Employment rate-Table 1.csv",
        f"{FIRST}/Female HLE-Table 1.csv",
        f"{FIRST}/Smokers-Table 1.csv",
    ],
    "ASHE, jobs below": ["ashe_lwf_table7_below_living_wage_2022_prov.xls"],
    "Earnings bulletin": ["earnings_bulletin_2024_figure6.xlsx"],
    "Statutory homelessness": ["statutory_homelessness_detailed_la_202212.ods"],
}


def blocks(page: Path, language: str) -> list[str]:
    return [
        text for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language
    ]


def listed() -> list[list[str]]:
    """Return the rows of the tables of docs/publications.md: publication, give, key, remark."""
    lines = (DOCS / "publications.md").read_text(encoding="utf-8").splitlines()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line[:1] == "|"
    ]
    rows = [row for row in rows if row[0] not in ("publication", "---")]
    return [row if len(row) == 4 else [*row[:2], "", row[2]] for row in rows]


def spans(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_tutorial_has_ten_lines_that_draw_its_map_and_print_what_it_shows(
    shared, tmp_path, monkeypatch, capsys
):
    raw = shared / "data/metrics/raw"
    shutil.copy(raw / FILES["Annual Survey of Hours and Earnings (ASHE), table 8.1a"][0],
                tmp_path / "table-8-1a-2023.xls")  # fmt: skip
    shutil.copy(raw / CV["8.1b"], tmp_path / "table-8-1b-2023-cv.xls")
    monkeypatch.chdir(tmp_path)
    code = "".join(blocks(TUTORIAL, "python"))
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    exec(compile(code, str(TUTORIAL), "exec"), {})
    assert (tmp_path / "pay-2023.png").stat().st_size > 100_000
    said = capsys.readouterr().out
    for line in "".join(blocks(TUTORIAL, "sh")).splitlines():
        result = CliRunner().invoke(main, shlex.split(line)[1:])
        assert result.exit_code == (0 if "--value" in line else 2), result.output
        said += result.output
    shown = [line for text in blocks(TUTORIAL, "text") for line in text.splitlines()]
    assert [line for line in shown if line not in said.splitlines()] == []


@pytest.mark.parametrize(
    ("name", "pictures"),
    [
        ("clusters", ["moran-plot.png", "cluster-map.png"]),
        ("hidden-pockets", ["pocket-settings.png"]),
        ("was-the-target-ambitious", ["levelling.png"]),
        ("../regression-to-the-mean", ["lucky-top.png", "errors-together.png"]),
        ("../how-to/my-place", []),
        ("study", []),
        ("../how-to/records", []),
    ],
)
def test_tutorials_print_what_they_show(name, pictures, tmp_path, monkeypatch, capsys):
    page = DOCS / "tutorials" / f"{name}.md"
    monkeypatch.chdir(tmp_path)
    if name.endswith("records"):
        pytest.importorskip("pyarrow")
    for text in blocks(page, "toml"):
        Path("study.toml").write_text(text, encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sg.SpatialGapsWarning)
        exec(compile("".join(blocks(page, "python")), str(page), "exec"), {})
    said = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    shown = [line.rstrip() for text in blocks(page, "text") for line in text.splitlines()]
    assert shown == said
    for picture in pictures:
        assert (tmp_path / picture).stat().st_size > 50_000


@pytest.mark.parametrize(
    "name",
    [
        "inside-authorities",
        pytest.param("several-metrics-and-years", marks=pytest.mark.slow),
        "what-a-target-misses",
        "rate-a-target",
    ],
)
def test_a_page_prints_what_it_shows(name, shared, monkeypatch, capsys):
    page = DOCS / "how-to" / f"{name}.md"
    monkeypatch.chdir(shared / "data" / "metrics" / "tidy")
    exec(compile("".join(blocks(page, "python")), str(page), "exec"), {})
    said = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    shown = [line.rstrip() for text in blocks(page, "text") for line in text.splitlines()]
    assert shown == said


@pytest.mark.parametrize("row", listed(), ids=lambda row: row[0][:40])
def test_publications_read_as_the_table_says(row, shared):
    publication, given, key, _ = row
    start = max((each for each in FILES if publication.startswith(each)), key=len)
    choices, keys = spans(given), spans(key)
    files = FILES[start] * max(len(choices), 1)
    for file, choice, wanted in zip(
        files, choices or [""] * len(files), keys or [""] * len(files), strict=True
    ):
        named = dict(re.findall(r'(\w+)="([^"]*)"', choice))
        raw = shared / "data/metrics/raw"
        if "cv" in named:
            named["cv"] = raw / CV[named["cv"]]
        metric = sg.read_metric(raw / file, **named)
        assert metric.table["value"].notna().any()
        if wanted:
            assert metric.key == wanted
        else:
            assert metric.key not in sg.catalogue().index
            assert metric.higher_is is None


def test_every_publication_that_is_recognised_is_in_the_table():
    told = " ".join(row[2] + row[3] for row in listed())
    keys = {row.key for row in publications.publications() if row.key}
    assert len(keys) > 20
    lacking = {key for key in keys if f"`{key}`" not in told and not key.startswith("iod_")}
    assert lacking == set()
    assert "`iod_...`" in told
    assert len(listed()) == len(FILES)


def test_every_marker_is_listed():
    text = (DOCS / "publications.md").read_text(encoding="utf-8")
    assert [marker for marker in markers.REASONS if f"`{marker}`" not in text] == []


def test_the_example_of_how_to_add_a_publication_works(shared, tmp_path, monkeypatch):
    known, recognised = (list(csv.DictReader(text.splitlines())) for text in blocks(ADDING, "csv"))
    row = publications.Publication(**recognised[0])
    facts = catalogue.Known(**known[0])
    assert facts.key not in sg.catalogue().index, "the example has become real: choose another one"
    every = (*publications.publications(), row)
    monkeypatch.setattr(publications, "publications", lambda: every)
    titles = {**catalogue._catalogue(), catalogue._plain(facts.key): facts}
    monkeypatch.setattr(catalogue, "_catalogue", lambda: titles)
    space: dict[str, object] = {}
    exec("".join(blocks(ADDING, "python")), space)
    space["test_jobs_below_the_living_wage"](tmp_path)
    raw = shared / "data/metrics/raw" / FILES["ASHE, jobs below"][0]
    metric = sg.read_metric(raw, value="Per cent")
    assert (metric.key, metric.basis) == ("jobs_below_living_wage", "workplace")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page):
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    targets = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    local = [link for link in targets if link and not link.startswith("http")]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_gallery_shows_every_example():
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    scripts = sorted((ROOT / "examples").glob("[0-9]*.py"))
    assert len(scripts) >= 8
    for script in scripts:
        question = script.read_text(encoding="utf-8").removeprefix('"""').split("\n")[0]
        assert f"## {question}\n" in page
        assert f"](gallery/{script.stem}.png)" in page
        assert (DOCS / "gallery" / f"{script.stem}.png").stat().st_size < 200_000
