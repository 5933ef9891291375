import re
import tomllib
from pathlib import Path

import pytest

from skactive.testing import all_strategies
from tests.test_docs import reached

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.rst").read_text()
STRATEGIES = all_strategies()

INSTALL = "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e "
COMMANDS = [
    INSTALL + '".[plot]" && .venv/bin/python benchmarks/quick_start.py',
    INSTALL + '".[all]" && .venv/bin/python -m pytest -n 2',
]


def blocks(opening):
    """Dedented blocks after lines that start with the given words."""
    found = re.findall(rf"^.*{opening}\n\n((?:    .*\n|\n)+)", README, re.MULTILINE)
    return [re.sub("^    ", "", block, flags=re.MULTILINE).rstrip() for block in found]


def snake(name):
    """The name of a strategy's page: ical_pointwise for ICALPointwise."""
    words = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
    return re.sub(words, "_", name).lower()


def table_lines():
    """Name of each strategy in the table, and the target of its link."""
    table = README.partition(".. csv-table::")[2]
    return re.findall(r"^   `(\w+) <(.+?)>`_ (?:\|[^|]+){5}$", table, re.MULTILINE)


def test_opens_with_the_two_commands():
    assert blocks("::")[:2] == COMMANDS
    before = README[: README.index(COMMANDS[0])]
    assert "\n---" not in before  # no section comes first


def test_commands_name_what_there_is():
    for path in re.findall(r"\b[\w/]+\.(?:txt|py)\b", " ".join(COMMANDS)):
        assert (ROOT / path).is_file(), path
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {"torch", "plot", "all"} <= set(project["optional-dependencies"])


def snippets():
    """The Python code of the page, one snippet per block."""
    parts = re.split(r"^\.\. code-block:: python\n\n", README, flags=re.MULTILINE)[1:]
    found = [re.match(r"(?:    .*\n|\n)+", part)[0] for part in parts]
    return [re.sub("^    ", "", block, flags=re.MULTILINE).rstrip() for block in found]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("code", snippets())
def test_snippets_run_alone_and_print(code, tmp_path, monkeypatch, capsys):
    if "annotation" in code:
        pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.rst", "exec"), {})
    assert capsys.readouterr().out


def test_links_lead_somewhere():
    links = re.findall(r"<([\w./]+)>`_", README)
    assert links
    for link in links:
        assert (ROOT / link).is_file(), link


def test_is_valid(capsys):
    core = pytest.importorskip("docutils.core")
    options = {"report_level": 2, "halt_level": 2, "file_insertion_enabled": False}
    core.publish_string(README, writer="html5", settings_overrides=options)
    assert not capsys.readouterr().err


@pytest.mark.parametrize("cls", STRATEGIES)
def test_every_strategy_has_a_line_a_page_and_a_test(cls):
    page = f"doc/strategies/{snake(cls.__name__)}.rst"
    module = cls.__module__.rpartition(".")[2]
    assert table_lines().count((cls.__name__, page)) == 1
    assert ROOT / page in reached()
    assert f"skactive.{cls.__name__}`" in (ROOT / page).read_text()
    assert (ROOT / f"tests/strategies/test{module}.py").is_file()


def test_table_has_no_other_lines():
    names = [name for name, _ in table_lines()]
    assert sorted(names) == sorted(cls.__name__ for cls in STRATEGIES)


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("ICALPointwise", "ical_pointwise"),
        ("MeanSD", "mean_sd"),
        ("KMeansCoreSet", "k_means_core_set"),
        ("BADGE", "badge"),
    ],
)
def test_names_of_pages(name, page):
    assert snake(name) == page
