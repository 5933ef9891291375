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
# table, page, columns
SHOWN = [
    ("digits_forest", "digits", "ON_PAGE"),
    ("digits_cnn", "digits", "ON_PAGE"),
    ("uci_forest", "regression", "ON_PAGE"),
    ("uci_deimos", "regression", "ALL_TESTS"),
]


@pytest.fixture
def every(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks" / "papers")
    return importlib.import_module("_every")


@pytest.mark.parametrize(("name", "page", "columns"), SHOWN)
def test_a_page_says_what_its_table_says(every, name, page, columns):
    text = (DOC / "results" / f"{page}.rst").read_text()
    frame = pd.read_csv(RESULTS / f"{name}.csv")
    for curves in every.problems(frame).values():
        for row in every.as_rst(every.against_random(curves), getattr(every, columns)):
            assert row in text


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
