"""The results in the documentation: that they are what the CSVs say."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RESULTS, DOC = ROOT / "benchmarks" / "results", ROOT / "doc"
PAGES = sorted((DOC / "results").glob("*.rst"))
TABLES = sorted(RESULTS.glob("*.csv"))


@pytest.mark.parametrize("table", TABLES, ids=lambda p: p.stem)
def test_a_table_says_what_it_was_made_by(table):
    made_by = json.loads(table.with_suffix(".json").read_text())
    assert made_by["settings"]["scale"] in ("quick", "paper")
    assert (ROOT / "benchmarks" / "experiments" / f"{table.stem}.py").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_names_scripts_that_exist(page):
    named = re.findall(r"benchmarks/\w+/\w+\.py", page.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []
