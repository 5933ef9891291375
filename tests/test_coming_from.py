"""The page for users of other libraries names functions that exist."""

import importlib
import re
from pathlib import Path

import pytest

import skactive

PAGE = Path(__file__).parents[1] / "doc" / "coming_from.rst"
NAMES = sorted(set(re.findall(r"`(skactive\.[\w.]+)`", PAGE.read_text())))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_exists(name):
    module, _, attribute = name.rpartition(".")
    assert attribute in importlib.import_module(module).__all__


def test_most_strategies_are_named():
    named = {name.removeprefix("skactive.") for name in NAMES}
    assert len(named & set(skactive.__all__)) >= 20


def test_every_row_says_something():
    rows = re.findall(r"^   ``\w+``.*$", PAGE.read_text(), flags=re.M)
    assert len(rows) >= 40
    for row in rows:
        theirs, ours = row.split(" | ")
        assert theirs.strip()
        assert "skactive." in ours or "none" in ours or "query(" in ours, row
