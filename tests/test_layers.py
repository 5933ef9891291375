"""Check the layers: imports point down, and torch stays optional.

A checker reads the syntax tree of every file; bad sources at the end show that it sees.
"""

import ast
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "skactive"

# From the bottom up. A file, or a folder with all its files, may import what stands in
# the lines above its own, and what stands before it in its own line.
LAYERS = (
    ("_utils", "datasets"),  # 0
    ("information", "beta_information", "kernels", "selection", "distributed"),  # 1
    ("objectives",),  # 2
    ("samplers",),  # 3
    ("base",),  # 4
    ("strategies", "pipeline", "__init__", "metrics", "stopping", "pools"),  # 5
    ("model_selection", "annotation"),  # 6
    ("plotting", "testing", "__main__"),  # 7
)
LAYER = {part: i for i, parts in enumerate(LAYERS) for part in parts}
PLACE = {part: i for parts in LAYERS for i, part in enumerate(parts)}

# What every installation has; all else is optional, and imported where it is used.
REQUIRED = {"array_api_compat", "joblib", "numpy", "scipy", "sklearn", "tqdm"}
TORCH = {"skorch", "torch"}
TORCH_FILES = {
    "annotation/_cli_cnn.py",
    "samplers/dropout/_checks.py",
    "samplers/dropout/_draws.py",
    "samplers/gaussian_process/_sampler.py",
}
TORCH_FUNCTIONS = {
    ("_utils/array.py", "to_tensor"),
    ("_utils/torch.py", "check_device"),
}
TORCH_AT_TOP = "nn.py"  # layers that users put in their nets; imported by nobody
PRIVATE_NAMES = "_utils/scikit_learn.py"


def faults(path, source):
    """Faults in the imports of the file `path`, relative to the package."""
    return list(_faults(path, ast.parse(source)))


def _faults(path, tree):
    part = path.split("/")[0].removesuffix(".py")
    if path != TORCH_AT_TOP and part not in LAYER:
        yield (
            f"{path} has no layer: give {part!r} its place in LAYERS of "
            "tests/test_layers.py, and in the tree of the design"
        )
        return
    for name, line, functions in _imports(tree):
        where = f"{path}:{line} imports {name}"
        root = name.split(".")[0]
        if root == "":
            yield f"{where}: relative imports are not used here"
        elif root == "skactive":
            yield from _upward(path, part, name, where)
        elif root == "sklearn" and path != PRIVATE_NAMES and _is_private(name):
            yield f"{where}: private names of scikit-learn go through {PRIVATE_NAMES}"
        elif root in TORCH and not _may_import_torch(path, functions):
            yield f"{where}: torch is imported only inside functions of {TORCH_FILES}"
        elif root not in REQUIRED | TORCH | sys.stdlib_module_names and not functions:
            yield f"{where}: it is optional; import it in the function that uses it"
    for name, line in _attributes_of_sklearn(tree):
        if path != PRIVATE_NAMES and _is_private(name):
            yield f"{path}:{line} uses {name}: a private name of scikit-learn"
    for line in _dynamic_imports(tree):
        yield f"{path}:{line} imports by name at run time, which this test cannot see"


def _upward(path, part, name, where):
    target, *names = [*name.split(".")[1:], "__init__"]
    if target not in LAYER and f"{target}.py" != TORCH_AT_TOP and names == ["__init__"]:
        target = "__init__"  # a name that the package exports
    if f"{target}.py" == TORCH_AT_TOP:
        yield f"{where}: {TORCH_AT_TOP} needs torch and is imported by nobody"
    elif path == TORCH_AT_TOP or target not in LAYER:
        yield f"{where}, which has no layer here"
    elif part == target:  # within one folder
        if part == "strategies" and path != "strategies/__init__.py":
            yield f"{where}: strategies never import each other; share a layer below"
    elif LAYER[target] > LAYER[part]:
        yield f"{where}: layer {LAYER[part]} may not import layer {LAYER[target]}"
    elif LAYER[target] == LAYER[part] and PLACE[target] > PLACE[part]:
        yield f"{where}: in layer {LAYER[part]}, {part!r} stands before {target!r}"


def _imports(tree):
    """Yield (dotted name, line, names of the functions around it) of each import."""
    for node, functions in _with_functions(tree, ()):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, functions
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                yield f"{module}.{alias.name}", node.lineno, functions


def _with_functions(node, functions):
    """Walk a tree; yield each node with the names of the functions around it."""
    for child in ast.iter_child_nodes(node):
        yield child, functions
        inner = functions
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = (*functions, child.name)
        yield from _with_functions(child, inner)


def _may_import_torch(path, functions):
    if path == TORCH_AT_TOP:
        return True
    allowed = path in TORCH_FILES or (path, functions[-1:]) in {
        (file, (function,)) for file, function in TORCH_FUNCTIONS
    }
    return bool(functions) and allowed


def _is_private(name):
    return any(p.startswith("_") and not p.endswith("__") for p in name.split("."))


def _attributes_of_sklearn(tree):
    """Yield dotted names that start with a name imported from scikit-learn."""
    bound = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound[alias.asname or alias.name.split(".")[0]] = alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                bound[alias.asname or alias.name] = name
    bound = {n: full for n, full in bound.items() if full.split(".")[0] == "sklearn"}
    for node in ast.walk(tree):
        names, leaf = [], node
        while isinstance(leaf, ast.Attribute):
            names.append(leaf.attr)
            leaf = leaf.value
        if names and isinstance(leaf, ast.Name) and leaf.id in bound:
            yield ".".join([leaf.id, *reversed(names)]), node.lineno


def _dynamic_imports(tree):
    for node in ast.walk(tree):
        name = getattr(node, "id", None) or getattr(node, "attr", None)
        if name in ("__import__", "import_module"):
            yield node.lineno


FILES = sorted(p.relative_to(PACKAGE).as_posix() for p in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES)
def test_imports_point_down(path):
    assert faults(path, (PACKAGE / path).read_text(encoding="utf-8")) == []


def test_all_files_are_found():
    assert {"__init__.py", "_utils/array.py", "samplers/_base.py", "nn.py"} <= set(
        FILES
    )


BAD = {
    "a kernel uses a strategy": (
        "kernels.py",
        "from skactive.strategies import BALD",
        "layer 1 may not import layer 5",
    ),
    "the package itself": (
        "samplers/_base.py",
        "import skactive",
        "layer 3 may not import layer 5",
    ),
    "a name of the package": (
        "strategies/_ical.py",
        "from skactive import BALD",
        "'strategies' stands before '__init__'",
    ),
    "in a function": (
        "selection/_search.py",
        "def f():\n    from skactive.base import QueryStrategy",
        "layer 1 may not import layer 4",
    ),
    "a cycle in a layer": (
        "information/_draws.py",
        "from skactive.kernels import dhsic",
        "'information' stands before 'kernels'",
    ),
    "a strategy uses another": (
        "strategies/_ical.py",
        "from skactive.strategies._bald import BALD",
        "strategies never import each other",
    ),
    "by way of the folder": (
        "strategies/_ical.py",
        "from skactive.strategies import BALD",
        "strategies never import each other",
    ),
    "relative": ("base/_strategy.py", "from . import _labelled", "relative imports"),
    "relative, of a module": (
        "base/_strategy.py",
        "from ._labelled import f",
        "relative",
    ),
    "torch at the top": ("samplers/dropout/_draws.py", "import torch", "only inside"),
    "torch in a class body": (
        "samplers/dropout/_draws.py",
        "class A:\n    import torch.nn",
        "only inside",
    ),
    "torch in a kernel": (
        "kernels.py",
        "def f():\n    import torch",
        "only inside functions",
    ),
    "skorch elsewhere": (
        "samplers/_ensemble.py",
        "def f():\n    from skorch.utils import to_tensor",
        "only inside functions",
    ),
    "torch in another function": (
        "_utils/array.py",
        "def to_numpy(array):\n    import torch",
        "only inside functions",
    ),
    "nn imported": (
        "samplers/dropout/_draws.py",
        "def f():\n    from skactive.nn import ConsistentDropout",
        "imported by nobody",
    ),
    "nn imported from the package": (
        "samplers/dropout/_draws.py",
        "def f():\n    from skactive import nn",
        "imported by nobody",
    ),
    "a private name": (
        "base/_strategy.py",
        "from sklearn.utils import _safe_indexing",
        "go through _utils/scikit_learn.py",
    ),
    "a private module": (
        "base/_strategy.py",
        "from sklearn.utils._param_validation import Interval",
        "go through _utils/scikit_learn.py",
    ),
    "a private attribute": (
        "base/_strategy.py",
        "import sklearn.utils\nf = sklearn.utils._safe_indexing",
        "a private name of scikit-learn",
    ),
    "a private attribute of a module": (
        "base/_strategy.py",
        "from sklearn import utils as u\nf = u._safe_indexing",
        "a private name of scikit-learn",
    ),
    "optional at the top": (
        "plotting/_style.py",
        "import matplotlib.pyplot as plt",
        "it is optional",
    ),
    "by name": (
        "base/_strategy.py",
        "import importlib\ntorch = importlib.import_module('torch')",
        "at run time",
    ),
    "by built-in": ("base/_strategy.py", "torch = __import__('torch')", "at run time"),
    "an unknown file": ("helpers.py", "", "give 'helpers' its place in LAYERS"),
    "an unknown folder": ("models/_a.py", "", "give 'models' its place in LAYERS"),
    "an unknown target": (
        "base/_strategy.py",
        "from skactive.helpers import f",
        "which has no layer",
    ),
}

GOOD = {
    "down": ("base/_strategy.py", "from skactive._utils.array import to_numpy"),
    "down, in a function": (
        "base/_strategy.py",
        "def f():\n    from skactive import _utils",
    ),
    "the public names": ("testing.py", "import skactive\nfrom skactive import ICAL"),
    "next to it": ("objectives/_a.py", "from skactive.kernels import dhsic"),
    "in the folder": ("samplers/_a.py", "from skactive.samplers._unwrap import unwrap"),
    "a folder's own names": (
        "strategies/__init__.py",
        "from skactive.strategies._ical import ICAL",
    ),
    "torch where it is at work": (
        "samplers/dropout/_draws.py",
        "class A:\n    def f(self):\n        import torch",
    ),
    "torch to convert": ("_utils/array.py", "def to_tensor(array):\n    import torch"),
    "torch in nn": ("nn.py", "import torch"),
    "a private name, in its file": (
        "_utils/scikit_learn.py",
        "from sklearn.utils import _safe_indexing as take_rows",
    ),
    "a dunder": ("base/_strategy.py", "import sklearn\nv = sklearn.__version__"),
    "a public attribute": (
        "base/_strategy.py",
        "import sklearn\nf = sklearn.utils.shuffle",
    ),
    "optional in a function": ("plotting/_style.py", "def f():\n    import pandas"),
}


@pytest.mark.parametrize(("path", "source", "complaint"), BAD.values(), ids=BAD)
def test_checker_sees(path, source, complaint):
    assert any(complaint in fault for fault in faults(path, source))


@pytest.mark.parametrize(("path", "source"), GOOD.values(), ids=GOOD)
def test_checker_allows(path, source):
    assert faults(path, source) == []


def _run(code):
    """Run `code` in a new interpreter."""
    env = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    script = textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


NOT_INSTALLED = """
    import sys

    class Finder:
        def find_spec(self, name, path=None, target=None):
            optional = "gpytorch", "torch", "skorch", "matplotlib", "pandas"
            if name.partition(".")[0] in optional:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    sys.meta_path.insert(0, Finder())
"""
IMPORT_ALL = """
    import importlib, pkgutil, sys
    import skactive

    for module in pkgutil.walk_packages(skactive.__path__, "skactive."):
        if module.name != "skactive.nn":
            importlib.import_module(module.name)
    found = {"gpytorch", "torch", "skorch", "matplotlib"} & set(sys.modules)
    assert not found, f"importing skactive imports {found}"
"""
QUERY = """
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier

    X = np.arange(40.0).reshape(20, 2)
    strategy = skactive.BALD(RandomForestClassifier(10), random_state=0)
    assert strategy.fit(X, np.arange(20) % 3).query(X, 3).shape == (3,)
    assert "torch" not in sys.modules
"""


@pytest.mark.parametrize("prelude", ["", NOT_INSTALLED], ids=["all installed", "none"])
def test_import_and_query_need_nothing_optional(prelude):
    done = _run(f"{prelude}\n{IMPORT_ALL}\n{QUERY}")
    assert done.returncode == 0, done.stderr


def test_torch_is_really_blocked():
    done = _run(f"{NOT_INSTALLED}\n    import torch")
    assert "No module named 'torch'" in done.stderr
