"""Study files: what is read, and twenty ways to get one wrong, each told with its line."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from spatial_gaps.cli import main
from spatial_gaps.errors import InputError
from spatial_gaps.study.schema import Parents, read_study

GOOD = """\
title = "T"
levels = ["itl3", "lad"]
seed = 3

[areas.lad]
boundaries = "lad.gpkg"
vintage = 2023

[[metrics]]
file = "pay.csv"
indicator = "x"

[[metrics]]
file = "sub/jobs.csv"
name = "jobs"
periods = ["2021"]
levels = ["itl1"]
higher_is = "worse"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that studies name."""
    (tmp_path / "sub").mkdir()
    for name in ("pay.csv", "sub/jobs.csv", "lad.gpkg"):
        (tmp_path / name).write_text("code,value\n")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_study_is_what_its_file_says(folder: Path) -> None:
    study = read_study(write(folder, GOOD))
    assert (study.title, study.seed, study.islands) == ("T", 3, "keep")
    pay, jobs = study.metrics
    assert (pay.name, pay.levels, pay.periods) == ("pay", ("lad", "itl3"), ("latest",))
    assert pay.reading == {"indicator": "x"}
    assert (jobs.levels, jobs.periods, jobs.higher_is) == (("itl1",), ("2021",), "worse")
    assert jobs.file == folder / "sub/jobs.csv"
    assert (study.boundaries, study.vintages) == ({"lad": folder / "lad.gpkg"}, {"lad": 2023})
    assert study.questions == ("gaps", "where", "pockets")


def test_small_areas_say_where_they_lie(folder: Path) -> None:
    (folder / "lookup.csv").write_text("a,b\n")
    study = read_study(
        write(
            folder,
            METRIC + 'levels = ["lsoa"]\ncomparable = true\nweights = "sub/jobs.csv"\n'
            'parents = {file = "lookup.csv", code = "a", parent = "b"}\n',
        )
    )
    (metric,) = study.metrics
    assert metric.parents == Parents(folder / "lookup.csv", "a", "b")
    assert (metric.levels, metric.comparable) == (("lsoa",), True)
    assert metric.inputs == (folder / "pay.csv", folder / "lookup.csv")
    assert metric.weights == folder / "sub/jobs.csv"


def test_the_example_is_a_good_study(folder: Path) -> None:
    path = folder / "new.toml"
    done = CliRunner().invoke(main, ["study", "init", str(path)])
    assert done.exit_code == 0, done.output
    assert read_study(path).title == "Pay and jobs of local places"
    again = CliRunner().invoke(main, ["study", "init", str(path)])
    assert again.exit_code == 2
    assert "is there already" in again.output


METRIC = '[[metrics]]\nfile = "pay.csv"\n'
KINDS = "msoa, lsoa, intermediate_zone, data_zone, super_data_zone, soa, lad, utla, itl3"
BAD = [
    (METRIC + "comparable = 1\n", 3, "'comparable' has to be true or false, not 1"),
    (METRIC + 'parents = "pay.csv"\n', 3, "'parents' has to be a table"),
    (METRIC + 'parents = {file = "pay.csv", code = "a"}\n', 3, "'parents' has no parent"),
    (METRIC + 'parents = {file = "no.csv", code = "a", parent = "b"}\n', 3, "not there: no.csv"),
    (METRIC + 'parents = {files = "pay.csv"}\n', 3, "Did you mean 'file'?"),
    ('titel = "x"\n' + METRIC, 1, "'titel' is no key of a study. Did you mean 'title'?"),
    (METRIC + "perids = 1\n", 3, "Did you mean 'periods'?"),
    ('[areas.lad]\nshapes = "lad.gpkg"\n' + METRIC, 2, "'shapes' is no key of a study"),
    ("title = 5\n" + METRIC, 1, "'title' has to be text in quotes, not 5"),
    ('seed = "1"\n' + METRIC, 1, "'seed' has to be a whole number, not '1'"),
    ("seed = true\n" + METRIC, 1, "'seed' has to be a whole number, not True"),
    ("seed = -1\n" + METRIC, 1, "'seed' has to be 0 or more, not -1"),
    ('levels = ["lad", "county"]\n' + METRIC, 1, f"'levels' has to be a list of {KINDS}"),
    ("levels = []\n" + METRIC, 1, "'levels' has to be a list of"),
    (
        'questions = "pocket"\n' + METRIC, 1,
        "'questions' has to be a list of gaps, where, pockets and missions",
    ),
    ("periods = [2021]\n" + METRIC, 1, "'all', 'latest' or a list of periods in quotes"),
    ('periods = ["2021", "2021"]\n' + METRIC, 1, "'periods' names a period twice"),
    ('islands = "drop"\n' + METRIC, 1, "'islands' is none of keep, link and nearest"),
    ('group = "rich"\n' + METRIC, 1, "'group' is none of greater_south_east"),
    ('title = "x"\n', None, "the study has no metric. Add [[metrics]]"),
    ('[[metrics]]\nname = "pay"\n', 1, "[metrics] has no file"),
    (METRIC + 'name = "a/b"\n', 3, "'name' has to be of letters, digits and underscores"),
    (METRIC + METRIC, 3, "'pay' is the name of two metrics"),
    ('[[metrics]]\n\nfile = "lost.csv"\n', 3, "'file' names a file that is not there: lost.csv"),
    ('[[metrics]]\nfile = "../pay.csv"\n', 2, "has to be a path inside the study's folder"),
    ('[[metrics]]\nfile = "sub/../../pay.csv"\n', 2, "inside the study's folder"),
    ('[[metrics]]\nfile = "/etc/passwd"\n', 2, "inside the study's folder"),
    ('[[metrics]]\nfile = "C:\\\\pay.csv"\n', 2, "inside the study's folder"),
    ("[[metrics]]\nfile = ''\n", 2, "inside the study's folder"),
    ("[areas.itl1]\nvintage = 2021\n" + METRIC, 1, f"has shapes only for {KINDS} and itl2"),
    ("[areas]\nlad = 2021\n" + METRIC, 2, "'lad' has to be a table. Write [areas.lad]."),
    ("metrics = 3\n", 1, "'metrics' has to be [[metrics]]"),
    ("metrics = [3]\n", 1, "'metrics' has to be [[metrics]]"),
    ("title = \n", None, "is no TOML: Invalid value (at line 1, column 9)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "said"), BAD)
def test_what_is_wrong_is_told_with_its_line(
    folder: Path, text: str, line: int | None, said: str
) -> None:
    path = write(folder, text)
    with pytest.raises(InputError) as error:
        read_study(path)
    assert said in str(error.value)
    assert str(error.value).startswith(str(path))
    if line is not None:
        assert error.value.row == line
    done = CliRunner().invoke(main, ["run", str(path), "--out", str(folder / "out")])
    assert done.exit_code == 2
    assert not (folder / "out").exists()


def test_a_study_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="spatial-gaps study init writes one"):
        read_study(tmp_path / "none.toml")
    (tmp_path / "a.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(InputError, match="has to be UTF-8"):
        read_study(tmp_path / "a.toml")
    (tmp_path / "b.toml").write_text(textwrap.dedent(GOOD), encoding="utf-8-sig")
    with pytest.raises(InputError, match="not there"):
        read_study(tmp_path / "b.toml")
