import ast
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline as plain_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import BALD, CoreSet, Entropy
from skactive._utils import warnings as module
from skactive._utils.warnings import warn_caller
from skactive.base import QueryStrategy
from skactive.pipeline import make_pipeline
from skactive.selection import Scores
from skactive.testing import make_data


def compiled(source, path):
    """The names that the source defines in a file of that path."""
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


# Every warning of the package, and the ways that lead to it

PACKAGE = Path(module.PACKAGE)
OWN = "_utils/warnings.py"


def plain_warnings(source):
    """Lines that call ``warnings.warn``, or ``warn`` imported from it."""
    tree = ast.parse(source)
    bound = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "warnings"
        for alias in node.names
        if alias.name in ("warn", "warn_explicit")
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in bound or name in ("warnings.warn", "warnings.warn_explicit"):
                yield node.lineno


@pytest.mark.parametrize(
    "path", sorted(p.relative_to(PACKAGE).as_posix() for p in PACKAGE.rglob("*.py"))
)
def test_all_warnings_go_through_warn_caller(path):
    lines = list(plain_warnings((PACKAGE / path).read_text(encoding="utf-8")))
    assert len(lines) == (1 if path == OWN else 0), f"{path}: lines {lines}"


def test_plain_warnings_are_found():
    source = """
import warnings
from warnings import warn as tell
def f():
    warnings.warn("a", stacklevel=2)
    tell("b")
    warn_caller("c")
"""
    assert list(plain_warnings(source)) == [5, 6]


X, y, X_POOL = make_data("classification")
ONE_CLASS = np.zeros(len(X), dtype=int)
FOREST = RandomForestClassifier(5, min_samples_leaf=3)


def warned(call, match):
    """The warning of a call, which must name this file."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    (found, *_) = [w for w in caught if match in str(w.message)]
    return Path(found.filename), found.lineno


WAYS = {
    "fit": (lambda: BALD(FOREST).fit(X, ONE_CLASS), "of one class"),
    "query": (
        lambda: CoreSet().fit(X).query(np.ones((4, 6)), 2),
        "all candidates have the same gain",
    ),
    "a pipeline's fit": (
        lambda: make_pipeline(StandardScaler(), BALD(FOREST)).fit(X, ONE_CLASS),
        "of one class",
    ),
    "scikit-learn's pipeline": (
        lambda: plain_pipeline(StandardScaler(), BALD(FOREST)).fit(X, ONE_CLASS),
        "of one class",
    ),
    "a pipeline's query": (
        lambda: (
            make_pipeline(StandardScaler(), CoreSet()).fit(X).query(X_POOL[[0, 0, 0]])
        ),
        "all candidates have the same gain",
    ),
    "a grid search": (
        lambda: GridSearchCV(Entropy(FOREST), {"random_state": [0]}, cv=2).fit(
            X, ONE_CLASS
        ),
        "of one class",
    ),
    "a cross-validation": (
        lambda: cross_val_score(Entropy(FOREST), X, ONE_CLASS, cv=2),
        "of one class",
    ),
}


@pytest.mark.parametrize(("call", "match"), WAYS.values(), ids=WAYS)
def test_the_line_named_is_the_callers(call, match):
    file, line = warned(call, match)
    assert file == Path(__file__)
    first = call.__code__.co_firstlineno
    assert first <= line <= first + 3


def test_scores_that_warn_name_the_callers_line():
    source = "def objective(n):\n    warn_caller('take care')\n    return n"
    objective = compiled(source, f"{module.PACKAGE}/strategies/_deep.py")["objective"]

    class Warning_(QueryStrategy):
        needs = None

        def _objective(self, X_pool, rng):
            return Scores(np.arange(float(len(X_pool))))

        def _rng(self):
            objective(1)
            return super()._rng()

    # a strategy of the user's is the user's own code
    file, _ = warned(lambda: Warning_().fit(X, y).score_samples(X_POOL), "care")
    assert file == Path(__file__)
