"""The papers' numbers beside ours: how they are counted, and that pages have them."""

import importlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pd = pytest.importorskip("pandas")

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "doc" / "results").glob("*.rst"))


@pytest.fixture(autouse=True)
def scripts_on_path(monkeypatch):
    for folder in ("benchmarks", "benchmarks/papers"):
        monkeypatch.syspath_prepend(ROOT / folder)


@pytest.fixture
def tables():
    return importlib.import_module("published_tables")


@pytest.fixture
def published():
    return importlib.import_module("_published")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_the_numbers_of_the_tables(tables, page):
    text = page.read_text()
    assert tables.rewritten(text) == text


def test_numbers_of_tables_stand_on_a_page(tables):
    found = [
        m["name"] for page in PAGES for m in tables.MARKS.finditer(page.read_text())
    ]
    assert len(found) == len(set(found)) > 0


def test_a_table_goes_between_its_marks(tables, monkeypatch):
    monkeypatch.setattr(tables, "written", "table of {}".format)
    marks = "a\n\n.. numbers of {}: written by it\n\n{}.. end of numbers\n\nb\n"
    empty = marks.format("x", "") + marks.format("y", "")
    new = marks.format("x", "table of x\n\n") + marks.format("y", "table of y\n\n")
    assert tables.rewritten(empty) == tables.rewritten(new) == new


def curve(n_labels, *scores):
    return SimpleNamespace(
        n_labels=np.array(n_labels), scores={"accuracy": np.array(scores)}
    )


def test_labels_are_counted_from_where_the_paper_does(published):
    curves = {"A": curve([10, 11, 12], [0.1, 0.8, 0.9], [0.8, 0.7, 0.8])}
    paper = {"A": {0.8: 48}}
    all_of_them = published.labels_to(curves, (0.8, 0.9), paper)
    # the paper has no column for a target of which it has no number
    assert all_of_them.columns.tolist() == ["0.8", "0.8, paper", "0.9"]
    assert all_of_them.loc["A"].tolist() == ["10/10/11", "48", "12/12/>12"]
    acquired = published.labels_to(curves, (0.8,), paper, less=10)
    assert acquired.loc["A", "0.8"] == "0/0/1"


def test_table_2_of_deimos_counts_acquisitions():
    script = importlib.import_module("deimos_7_vs_9")
    rows = {"strategy": "BALD", "n_labels": [10, 33], "accuracy": [0.5, 0.951]}
    times = {"fit_time": 0.0, "query_time": 0.0, "round": [0, 1]}
    frame = pd.DataFrame({**rows, **times, "split": 0})
    shown = script.beside(frame, script.Settings())
    # 33 labels, of which the paper does not count the first 10
    assert shown.loc["BALD", "0.95"] == "23/23/23"
    assert shown.loc["BALD", "0.95, paper"] == "23"


def test_scores_have_the_interval_of_student(published):
    curves = {"A": curve([5, 10], [0.5, 0.7], [0.5, 0.8], [0.5, 0.9])}
    shown = published.scores_at(curves, (10,), {})
    # 0.8 and t(0.975, 2) = 4.303 standard errors of 0.1 / sqrt(3)
    assert shown.loc["A", "10"] == "0.800 [0.552 to 1.048]"
    assert published.at_the_end(curves).loc["A", "accuracy"] == shown.loc["A", "10"]
    assert published.mean_of([0.25]) == "0.250"


def test_cells_with_commas_are_quoted(tables):
    table = pd.DataFrame({"x, paper": ["1", ""]}, index=["A(a=1, b=2)", "B"])
    assert tables.csv_rows(table) == [
        'Strategy, "X, paper"',
        '"A(a=1, b=2)", 1',
        "B,",
    ]


def table_of_two(gain, n_splits=8):
    rows = [
        {"strategy": name, "split": i, "n_labels": n, "copies": 3, **scores}
        for name, shift in (("BALD", gain), ("RandomSampling", 0.0))
        for i in range(n_splits)
        for n in (5, 10)
        for scores in [{"accuracy": 0.5 + shift + i / 100, "net_accuracy": 0.25}]
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("gain", "n_splits", "verdict"),
    [(0.1, 8, "wins"), (-0.1, 8, "loses"), (0.1, 5, "too few runs")],
)
def test_differences_to_random_by_copies(published, gain, n_splits, verdict):
    shown = published.differences(table_of_two(gain, n_splits), "copies").loc["BALD"]
    assert shown["against random"] == verdict
    assert shown["copies"] == 3
    assert shown["area minus random"] == f"{gain:+.4f}"
    assert shown["runs won"] == f"{n_splits if gain > 0 else 0} of {n_splits}"
    middle = 0.5 + gain + (n_splits - 1) / 200
    assert shown["at the end"].startswith(f"{middle:.3f} [")
    assert shown["net alone"] == "0.250 [0.250 to 0.250]"
