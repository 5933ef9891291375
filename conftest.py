import importlib.abc
import os
import sys

import pytest

# Several test processes (-n) share the cores: one thread each. Set before NumPy and
# torch are imported, which read it once.
if "PYTEST_XDIST_WORKER" in os.environ:
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


class _NoTorch(importlib.abc.MetaPathFinder):
    """Make torch and skorch un-importable, as where they are not installed."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "skorch", "gpytorch"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


if os.environ.get("SKACTIVE_TEST_NO_TORCH") == "1":
    sys.meta_path.insert(0, _NoTorch())

collect_ignore = []
try:
    import gpytorch
except ModuleNotFoundError:
    gpytorch = None
    collect_ignore.append("tests/processes.py")
try:
    import torch
except ModuleNotFoundError:
    torch = None
    collect_ignore += ["skactive/nn.py", "tests/nets.py"]
else:
    torch.set_num_threads(1)  # small nets, and the suite may run in several processes


def pytest_collection_modifyitems(items):
    packages = {"dropout": torch, "laplace": torch, "gpytorch": gpytorch}
    absent = [part for part, package in packages.items() if package is None]
    skip = pytest.mark.skip(reason="torch or gpytorch is not installed")
    for item in items:
        name = item.nodeid.lower()
        if isinstance(item, pytest.DoctestItem) and any(p in name for p in absent):
            item.add_marker(skip)


@pytest.fixture(params=["numpy", "torch"])
def as_array(request):
    """Convert a NumPy array to the backend under test: one test runs on every one."""
    if request.param == "numpy":
        return lambda a: a
    torch = pytest.importorskip("torch")
    return torch.as_tensor
