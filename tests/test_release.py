"""What a release says of itself: one version, one address."""

import re
import tomllib
from pathlib import Path

import skactive

ROOT = Path(__file__).parents[1]
URLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]
ADDRESS = re.compile(r"https?://(?:github\.com/|)skactive[\w./-]*")


def released():
    """Version and date of the newest release in CHANGES.md."""
    changes = (ROOT / "CHANGES.md").read_text()
    return re.search(r"^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)$", changes, re.M)


def citation(key):
    return re.search(rf"^{key}: (.+)$", (ROOT / "CITATION.cff").read_text(), re.M)[1]


def test_the_version_is_that_of_the_changes_and_of_the_citation():
    version, date = released().groups()
    if "## Unreleased" not in (ROOT / "CHANGES.md").read_text():
        assert skactive.__version__ == version
    assert (citation("version"), citation("date-released")) == (version, date)


def test_changes_that_are_not_released_have_something_under_their_heading():
    changes = (ROOT / "CHANGES.md").read_text()
    if "## Unreleased" in changes:
        assert re.search(r"## Unreleased\n(?:\n|### .*\n)*- ", changes)


def test_the_address_stands_in_the_metadata_and_the_citation_alone():
    files = [*ROOT.glob("*.*"), *ROOT.glob(".github/**/*.*"), *ROOT.glob("doc/*.*")]
    for folder in ("skactive", "doc/strategies", "doc/results", "doc/tutorials"):
        files += (ROOT / folder).rglob("*.*")
    texts = [path for path in files if path.suffix in (".py", ".rst", ".md", ".yml")]
    named = [path.name for path in texts if ADDRESS.search(path.read_text())]
    assert named == []
    assert citation("repository-code") == URLS["Source"]
