"""The results in the documentation: that they are what the CSVs say."""

import importlib
import json
import re
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
pd = pytest.importorskip("pandas")

ROOT = Path(__file__).parents[1]
RESULTS, DOC = ROOT / "benchmarks" / "results", ROOT / "doc"
PAGES = sorted((DOC / "results").glob("*.rst"))
TABLES = sorted(RESULTS.glob("*.csv"))
# table, page, columns
SHOWN = [
    ("digits_forest", "digits", "ON_PAGE"),
    ("digits_cnn", "digits", "ON_PAGE"),
    ("uci_forest", "regression", "ON_PAGE"),
    ("uci_deimos", "regression", "ALL_TESTS"),
]


@pytest.fixture
def every(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks" / "experiments")
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
    assert (ROOT / "benchmarks" / "experiments" / f"{table.stem}.py").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_names_scripts_that_exist(page):
    named = re.findall(r"benchmarks/\w+/\w+\.py", page.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []
