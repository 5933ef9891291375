import sys
import warnings
from pathlib import Path

import pytest

from skactive._utils import warnings as module
from skactive._utils.warnings import warn_caller


def compiled(source, path):
    """What a file of that path would define."""
    names = {"warn_caller": warn_caller}
    exec(compile(source, path, "exec"), names)
    return names


def at_depth(depth, path):
    source = f"""
def deep(depth):
    if depth == 0:
        warn_caller("take care", FutureWarning)
    else:
        deep(depth - 1)
def top():
    deep({depth})
"""
    return compiled(source, path)["top"]


@pytest.mark.parametrize("depth", [0, 1, 7])
def test_the_callers_line_is_named_whatever_the_depth(depth):
    inside = at_depth(depth, f"{module.PACKAGE}/strategies/_deep.py")
    with pytest.warns(FutureWarning, match="take care") as caught:
        inside()
    line = sys._getframe().f_lineno - 1
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)


def test_a_folder_that_begins_with_the_same_letters_is_not_ours():
    beside = at_depth(0, f"{module.PACKAGE}_tools/script.py")
    with pytest.warns(FutureWarning) as caught:
        beside()
    assert Path(caught[0].filename).name == "script.py"


def test_called_from_outside_it_names_that_line():
    with pytest.warns(UserWarning, match="care") as caught:
        warn_caller("care")
    assert caught[0].filename == __file__


def test_each_line_of_a_caller_is_told_once():
    inside = at_depth(3, f"{module.PACKAGE}/_deep.py")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(2):
            inside()
        inside()
    assert len(caught) == 2
