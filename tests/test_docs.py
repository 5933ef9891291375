import ast
import doctest
import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest

import skactive
from skactive.testing import all_strategies

ROOT = Path(__file__).parents[1]
DOC = ROOT / "doc"
EXAMPLES = ("largest_spread", "spread_ratio", "lcmd")
FOLDERS = (DOC, DOC / "strategies", DOC / "results")
PAGES = sorted(page for folder in FOLDERS for page in folder.glob("*.rst"))
OF_STRATEGIES = [p for p in PAGES if p.parent.stem == "strategies"]
OF_STRATEGIES = [p for p in OF_STRATEGIES if p.stem not in ("index", "pointwise")]
HEADINGS = ["Objective", "What it selects", "Parameters", "Cost", "Measured results"]
HEADINGS += ["When to use it", "When not to use it", "References"]


def children(page):
    """Pages listed in the toctrees of a page, in order."""
    found = []
    for block in re.findall(r"\.\. toctree::\n((?:[ ]+.*\n|\n)+)", page.read_text()):
        names = [line.strip() for line in block.splitlines()]
        names = [name for name in names if name and not name.startswith(":")]
        names = [name for name in names if not name.startswith("auto_tutorials")]
        found += [page.parent / f"{name}.rst" for name in names]
    return found


def reached(page=DOC / "index.rst"):
    """The page and all pages below it."""
    return {page}.union(*map(reached, children(page)))


def public_names():
    """Names in ``__all__`` of every public module, by module, without importing it."""
    found = {}
    for path in sorted((ROOT / "skactive").rglob("*.py")):
        place = path.relative_to(ROOT).with_suffix("").parts
        place = [part for part in place if part != "__init__"]
        if any(part.startswith("_") for part in place):
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
                found[".".join(place)] = set(ast.literal_eval(node.value))
    return found


def api_entries():
    """Modules and names that the reference lists, in order."""
    module = None
    for line in (DOC / "api.rst").read_text().splitlines():
        if line.startswith(".. currentmodule:: "):
            module = line.split()[-1]
        elif re.fullmatch(r"   \w+", line):
            yield module, line.strip()


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


@pytest.mark.parametrize("page", OF_STRATEGIES, ids=lambda p: p.stem)
def test_pages_of_strategies_have_the_same_headings_in_the_same_order(page):
    text = page.read_text()
    found = re.findall(r"^(.+)\n-{3,}$", text, flags=re.MULTILINE)
    without_source = page.stem == "random_sampling"
    expected = HEADINGS[:-1] if without_source else HEADINGS
    assert [heading for heading in found if heading in HEADINGS] == expected
    after = text.partition("Measured results\n")[2].partition("When to use it\n")[0]
    assert ".. written by benchmarks/survey/report.py" in after


def test_every_public_name_stands_once_in_the_reference():
    public = public_names()
    entries = list(api_entries())
    assert all(name in public[module] for module, name in entries)
    listed = [name for _, name in entries]
    assert sorted(listed) == sorted(set().union(*public.values()))


def test_every_section_of_the_reference_says_what_it_is():
    lines = (DOC / "api.rst").read_text().splitlines()
    rules = [i for i, line in enumerate(lines) if re.fullmatch(r"([=~-])\1+", line)]
    assert len(rules) > 20
    for i in rules:
        assert lines[i - 1].strip()
        assert re.match(r"[A-Zs].*", lines[i + 2]), lines[i - 1]  # a sentence


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


@pytest.fixture(params=EXAMPLES)
def example(request, monkeypatch):
    """The modules of a strategy that the documentation adds, and of its test."""
    monkeypatch.syspath_prepend(DOC / "examples")
    names = request.param, f"test_{request.param}"
    yield [importlib.import_module(name) for name in names]
    for name in names:
        del sys.modules[name]


def strategy_of(module):
    """The only strategy that a module defines."""
    (cls,) = (
        cls
        for cls in vars(module).values()
        if inspect.isclass(cls)
        and issubclass(cls, skactive.QueryStrategy)
        and cls.__module__ == module.__name__
    )
    return cls


@pytest.mark.parametrize(
    ("name", "lines"), [("largest_spread", 20), ("spread_ratio", 60), ("lcmd", 80)]
)
def test_new_strategies_are_short(name, lines):
    path = DOC / "examples" / f"{name}.py"
    assert len(path.read_text().splitlines()) < lines


def test_new_strategies_are_shown():
    page = (DOC / "add_a_strategy.rst").read_text()
    for shown in (*EXAMPLES, "test_spread_ratio"):
        assert f".. literalinclude:: examples/{shown}.py" in page


def test_no_private_module_of_ours_is_named_on_the_page():
    page = (DOC / "add_a_strategy.rst").read_text()
    shown = [(DOC / "examples" / f"{name}.py").read_text() for name in EXAMPLES]
    for text in (page, *shown):
        assert not re.findall(r"skactive(?:\.\w+)*\._\w+", text)


def test_new_strategy_is_new(example):
    new = strategy_of(example[0])
    assert new.__name__ not in {cls.__name__ for cls in all_strategies()}


def test_new_strategy_passes_its_own_test(example):
    _, module = example
    tests = [f for name, f in vars(module).items() if name.startswith("test_")]
    assert len(tests) >= 2
    assert "test_contract" in vars(module)
    for test in tests:
        test()
