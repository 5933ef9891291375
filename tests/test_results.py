"""The results in the documentation are those in the CSV files."""

import csv
import importlib
import json
import re
from pathlib import Path

import pytest

from skactive.testing import all_strategies

pytest.importorskip("matplotlib")
pd = pytest.importorskip("pandas")

ROOT = Path(__file__).parents[1]
RESULTS, DOC = ROOT / "benchmarks" / "results", ROOT / "doc"
PAGES = sorted((DOC / "results").glob("*.rst"))
MEASURED = {"growth", "memory"}  # tables of benchmarks, not of experiments
TABLES = sorted(path for path in RESULTS.glob("*.csv") if path.stem not in MEASURED)


@pytest.fixture
def tables(monkeypatch):
    for folder in ("benchmarks", "benchmarks/papers"):
        monkeypatch.syspath_prepend(ROOT / folder)
    return importlib.import_module("result_tables")


def test_the_pages_say_what_the_tables_say(tables):
    assert tables.stale() == []


def marked_tables():
    """Tables that the pages have marks for, as they stand there."""
    marks = re.compile(r"^\.\. table of (\w+): [^\n]*\n\n(.*?)\.\. end", re.M | re.S)
    return [found for page in PAGES for found in marks.findall(page.read_text())]


def test_every_table_stands_on_one_page(tables):
    assert sorted(name for name, _ in marked_tables()) == sorted(tables.TABLES)


@pytest.mark.parametrize(("name", "table"), marked_tables())
def test_the_verdict_comes_second_and_there_are_no_p_values(name, table):
    header, *rows = re.findall(r"^   (?!:class)(?::header: )?(.+)$", table, re.M)
    assert header.split(", ")[:2] == ["Strategy", "Against random"]
    assert not re.search(r"\bp\b|Holm", header)
    cells = csv.reader(rows, skipinitialspace=True)
    verdicts = {row[1] for row in cells if not row[0].startswith("**")}
    assert verdicts <= {"wins", "loses", "not significant", "too few runs"}


@pytest.mark.parametrize("page", ["", ".. table of moons\n\n.. end of table\n"])
def test_a_page_without_marks_is_an_error(tables, page):
    with pytest.raises(ValueError, match="one pair of marks"):
        tables.replaced(page, "moons", "new")


def test_a_table_goes_between_its_marks(tables):
    mark = ".. table of moons: written by benchmarks/result_tables.py"
    page = f"Head\n\n{mark}\n\n.. end of table\n\nTail\n"
    once = tables.replaced(page, "moons", r"new \1")
    assert once == f"Head\n\n{mark}\n\nnew \\1\n\n.. end of table\n\nTail\n"
    assert tables.replaced(once, "moons", r"new \1") == once


@pytest.mark.parametrize(
    ("p", "gain", "runs", "verdict"),
    [
        (0.049, 1, 12, "wins"),
        (0.049, -1, 12, "loses"),
        (0.05, 1, 12, "not significant"),
        (0.05, 1, 4, "too few runs"),  # least p 2 / 2 ** 4, whatever the curves
    ],
)
def test_verdicts_by_hand(tables, p, gain, runs, verdict):
    row = {"p Holm": p, "gain": gain, "least p": 2 / 2**runs}
    assert importlib.import_module("_every").verdict(row) == verdict


def test_equal_strategies_stand_in_the_order_of_their_names(tables):
    names = [f"S{i:02}" for i in range(40)]
    gain = [0.5, *(0.25 + i % 3 * 1e-16 for i in range(38)), 0.75]
    frame = pd.DataFrame({"gain": gain}, index=names).iloc[::-1]
    found = importlib.import_module("_every").best_first(frame)
    assert list(found.index) == [names[-1], *names[:-1]]


def test_the_page_of_models_says_what_its_table_says(monkeypatch):
    pytest.importorskip("torch")
    pytest.importorskip("skorch")
    monkeypatch.syspath_prepend(ROOT / "benchmarks" / "papers")
    script = importlib.import_module("laplace")
    rows = script.as_rst(pd.read_csv(RESULTS / "laplace.csv"))
    assert len(rows) == 18
    frame = pd.read_csv(RESULTS / "laplace_prior.csv", dtype={"labels": str})
    script = importlib.import_module("laplace_prior")
    values = script.is_value(frame)
    of_priors = script.as_rst(frame[~values]), script.as_rst(frame[values])
    assert [len(part) for part in of_priors] == [15, 9]
    rows += [row for part in of_priors for row in part]
    text = (DOC / "models.rst").read_text()
    assert [row for row in rows if f"   {row}\n" not in text] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda p: p.stem)
def test_a_table_says_what_it_was_made_by(table):
    made_by = json.loads(table.with_suffix(".json").read_text())
    assert made_by["settings"]["scale"] in ("quick", "paper")
    assert (ROOT / "benchmarks" / "papers" / f"{table.stem}.py").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_names_scripts_that_exist(page):
    named = re.findall(r"benchmarks/\w+/\w+\.py", page.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.fixture
def growth(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks" / "speed")
    script = importlib.import_module("growth_figure")
    return script, script.read(RESULTS / "growth.csv")


def test_the_page_of_performance_says_what_its_table_says(growth):
    script, series = growth
    assert set(series) == {cls.__name__ for cls in all_strategies()}
    text = (DOC / "performance.rst").read_text()
    for cost in ("seconds", "bytes"):
        rows = script.as_rst(series, cost)
        assert [row for row in rows if f"   {row}\n" not in text] == []


def test_growth_is_told_as_far_as_it_was_measured(growth):
    rows = [{"factor": f, "seconds": s} for f, s in (("1", "0.5"), ("2", "2.25"))]
    whole = [{"factor": "1", "seconds": ".5"}, {"factor": "8", "seconds": "4"}]
    by_letter = {"n": rows, "k": whole, "c": rows, "b": whole}
    told = growth[0].told(by_letter, "seconds")
    assert list(told) == ["500.0", "4.5 at 2", "8.0", "4.5 at 2", "8.0"]


def test_the_page_of_large_pools_says_what_its_table_says(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks" / "speed")
    script = importlib.import_module("bench_memory")
    with (RESULTS / "memory.csv").open() as file:
        rows = list(csv.DictReader(file))
    text = (DOC / "large_pools.rst").read_text()
    assert [row for row in script.as_rst(rows) if f"   {row}\n" not in text] == []


def test_the_page_of_performance_names_scripts_and_figures_that_exist():
    text = (DOC / "performance.rst").read_text()
    for name in re.findall(r"\b(?:bench_\w+|growth_figure)\.py", text):
        assert (ROOT / "benchmarks" / "speed" / name).exists(), name
    for path in re.findall(r"_static/\S+", text):
        assert (DOC / path).exists(), path
