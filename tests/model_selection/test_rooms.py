"""The folders of `model_selection` import only from folders below them."""

import ast
from pathlib import Path

import pytest

import skactive.model_selection

FOLDER = Path(skactive.model_selection.__file__).parent
ROOMS = ["curves", "search", "comparison"]


def rooms_imported(source):
    """Folders that a source file imports from."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            package, *names = node.module.split(".")
            if package == "skactive" and names[:1] == ["model_selection"]:
                yield from names[1:2] or [alias.name for alias in node.names]


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_from_those_before_them(room):
    allowed = ROOMS[: ROOMS.index(room) + 1]
    for path in (FOLDER / room).glob("*.py"):
        assert set(rooms_imported(path.read_text())) <= set(allowed), path


def test_the_check_sees():
    source = "from skactive.model_selection.search._run import f"
    assert list(rooms_imported(source)) == ["search"]
    assert list(rooms_imported("from skactive.model_selection import a")) == ["a"]
