import ast
import doctest
import importlib
import re
import sys
from pathlib import Path

import pytest
from sklearn.ensemble import RandomForestClassifier

import skactive
from skactive.testing import all_strategies, check_strategy

ROOT = Path(__file__).parents[1]
DOC = ROOT / "doc"
EXAMPLE = DOC / "examples" / "spread_ratio.py"
FOLDERS = (DOC, DOC / "strategies", DOC / "results")
PAGES = sorted(page for folder in FOLDERS for page in folder.glob("*.rst"))


def children(page):
    """Pages that the toctrees of a page name, in order."""
    found = []
    for block in re.findall(r"\.\. toctree::\n((?:[ ]+.*\n|\n)+)", page.read_text()):
        names = [line.strip() for line in block.splitlines()]
        names = [name for name in names if name and not name.startswith(":")]
        found += [page.parent / f"{name}.rst" for name in names]
    return found


def reached(page=DOC / "index.rst"):
    """The page and all below it."""
    return {page}.union(*map(reached, children(page)))


def public_names():
    """Names in ``__all__`` of every public module, read without importing it."""
    for path in sorted((ROOT / "skactive").rglob("*.py")):
        place = path.relative_to(ROOT).with_suffix("").parts
        if any(part.startswith("_") for part in place if part != "__init__"):
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
                yield from ast.literal_eval(node.value)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOC)))
def test_code_on_the_page_runs(page):
    if "import torch" in page.read_text():
        pytest.importorskip("skorch")
    if "import dask" in page.read_text():
        pytest.importorskip("dask.array")
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testfile(str(page), module_relative=False, optionflags=flags)
    assert result.failed == 0
    assert (result.attempted > 0) == (">>>" in page.read_text())


def test_every_page_is_reached_from_the_index():
    assert reached() == set(PAGES)


def test_every_public_name_is_in_the_api():
    listed = {line.strip() for line in (DOC / "api.rst").read_text().splitlines()}
    assert sorted(set(public_names()) - listed) == []


def test_drawing_is_what_its_script_draws(monkeypatch):
    monkeypatch.syspath_prepend(DOC)
    drawing = importlib.import_module("straight_line").drawing()
    assert (DOC / "_static" / "straight_line.svg").read_text() == drawing


def test_displays_can_be_drawn_again(monkeypatch, tmp_path):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("matplotlib")
    monkeypatch.syspath_prepend(DOC)
    displays = importlib.import_module("displays")
    monkeypatch.setattr(displays, "STATIC", tmp_path)
    curves = pd.read_csv(DOC / "_static" / "digits_curves.csv")
    displays.draw_curves(curves)
    displays.draw_comparison(curves)
    displays.draw_queries()
    drawn = {path.name for path in tmp_path.iterdir()}
    assert drawn == {"learning_curves.png", "comparison.png", "query.png"}
    assert all((DOC / "_static" / name).exists() for name in drawn)


@pytest.fixture
def example(monkeypatch):
    """The modules of the strategy that the documentation adds, and of its test."""
    monkeypatch.syspath_prepend(EXAMPLE.parent)
    names = EXAMPLE.stem, f"test_{EXAMPLE.stem}"
    yield [importlib.import_module(name) for name in names]
    for name in names:
        del sys.modules[name]


def test_new_strategy_takes_less_than_sixty_lines():
    assert len(EXAMPLE.read_text().splitlines()) < 60


def test_new_strategy_is_shown_with_its_test():
    page = (DOC / "add_a_strategy.rst").read_text()
    for shown in (EXAMPLE, EXAMPLE.with_name(f"test_{EXAMPLE.name}")):
        assert f".. literalinclude:: {shown.relative_to(DOC)}" in page


def test_new_strategy_is_new(example):
    module, _ = example
    assert module.SpreadRatio.__name__ not in {cls.__name__ for cls in all_strategies()}
    assert issubclass(module.SpreadRatio, skactive.QueryStrategy)


def test_new_strategy_passes_its_own_test(example):
    _, module = example
    tests = [f for name, f in vars(module).items() if name.startswith("test_")]
    assert len(tests) == 3
    for test in tests:
        test()


def test_new_strategy_keeps_the_contract_on_every_backend(example):
    pytest.importorskip("torch")
    strategy = example[0].SpreadRatio(RandomForestClassifier(20), random_state=0)
    check_strategy(strategy, devices=("numpy", "cpu"))
