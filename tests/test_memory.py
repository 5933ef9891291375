"""Bytes per point: pages and queries agree with ``doc/bytes_per_point.csv``."""

import csv
import gc
import importlib
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from sklearn import config_context
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

import skactive
from skactive._utils import array
from skactive.testing import all_strategies
from tests.test_readme import README, snake

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "doc" / "bytes_per_point.csv").read_text(encoding="utf-8")
STATED = {name: rest for name, *rest in csv.reader(TABLE.splitlines())}
STATED.pop("Strategy")


def in_short(name):
    """What the table of README.rst says of a strategy."""
    classes, values, besides = STATED[name]
    besides = f"; {besides}" if besides else ""
    if classes and values and classes != values:
        return f"{classes} (regression: {values}){besides}"
    return f"{classes or values}{besides}"


def test_every_strategy_is_stated_in_the_order_of_the_readme():
    names = [cls.__name__ for cls in all_strategies()]
    assert list(STATED) == sorted(names, key=lambda name: README.index(f"`{name} <"))


@pytest.mark.parametrize("name", STATED)
def test_the_readme_says_so(name):
    line = re.search(rf"^   `{name} <.*$", README, re.MULTILINE)[0]
    assert line.split(" | ")[4] == in_short(name)


@pytest.mark.parametrize("name", STATED)
def test_the_page_says_so(name):
    page = (ROOT / "doc" / "strategies" / f"{snake(name)}.rst").read_text()
    text = " ".join(page.replace("\\ :sup:`2`", "²").split())
    text = re.search(r"\* Memory: (.*?)(?= \* | Measured results)", text)[1]
    classes, values, _ = STATED[name]
    usual = (classes or values).partition(", or ")[0]
    assert text.startswith(f"{usual} bytes per point")
    for formula in {*classes.split(", or "), *values.split(", or ")} - {""}:
        assert re.search(rf"(?<!\w){re.escape(formula)}(?!\w)", text), formula


def test_the_page_of_large_pools_shows_the_table():
    page = (ROOT / "doc" / "large_pools.rst").read_text()
    assert "   :file: bytes_per_point.csv\n" in page


def bytes_of(formula, **letters):
    """A number from a formula such as ``8 (c + d)`` or ``8 d + 24 c²``."""
    text = re.sub(r"(?<=[\w)]) (?=[\w(])", " * ", formula.replace("²", " ** 2"))
    return eval(text, {"__builtins__": {}}, letters)


def test_formulas_are_read():
    assert bytes_of("8 k (c + 1) + k", k=3, c=2) == 75
    assert bytes_of("8 d + 24 c²", d=2, c=3) == 232


K, C, D, R = 12, 4, 30, 40
BESIDE = 128  # bounds, masks and orders, as the page of large pools says
BLOCK = 128  # of 16 steps: pools are too small for one of 256 MiB
CLUSTERED = 24 * R * 0.1  # of the share of the points that is clustered
REFERENCE, CONDENSED = {"n_reference": R}, {"n_condense": R}
PARAMETERS = {
    "EPIG": REFERENCE,
    "CoreLog": REFERENCE,
    "CoreMSE": REFERENCE,
    "MaxHerding": REFERENCE,
    "UncertaintyHerding": REFERENCE,
    "ICAL": CONDENSED,
    "ICALPointwise": CONDENSED,
    "HybridICAL": CONDENSED,
    "MostLikely": {"target": 1},
}
IN_ADDITION = {
    ("ICAL", "classification"): BLOCK,
    ("ICAL", "regression"): BLOCK,
    ("HybridICAL", "classification"): BLOCK,
    ("CoreLog", "classification"): CLUSTERED,
    ("CoreMSE", "classification"): CLUSTERED,
}
# these are for pools of thousands of points, or refit the model for each
SMALL_POOLS = ["RobustCoreSet", "ProbabilisticCoreSet", "ExpectedErrorReduction"]


def queried_bytes(strategy, n, working_memory):
    """Largest memory during a query from `n` points."""
    X_pool = np.random.default_rng(1).standard_normal((n, D))
    # joblib leaves cycles when a forest predicts, for each chunk: they are freed soon
    usual = gc.get_threshold()
    gc.set_threshold(50)
    tracemalloc.start()
    try:
        with config_context(working_memory=working_memory):
            strategy.query(X_pool, n=2)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*usual)


def fitted(name, task):
    X = np.random.default_rng(0).standard_normal((80, D))
    kind = RandomForestClassifier if task == "classification" else RandomForestRegressor
    y = np.arange(80) % C if task == "classification" else X[:, 0]
    model = kind(K, max_depth=3, random_state=0)
    parameters = PARAMETERS.get(name, {})
    return getattr(skactive, name)(model, random_state=0, **parameters).fit(X, y)


CASES = [
    (name, task, place)
    for name, stated in STATED.items()
    if name not in SMALL_POOLS
    for task, formulas in zip(("classification", "regression"), stated, strict=False)
    for place in range(len(formulas.split(", or ")) if formulas else 0)
]


@pytest.mark.slow
@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.0.0",
    reason="what is stated is that of current versions; older ones take a little more",
)
@pytest.mark.parametrize(("name", "task", "place"), CASES)
def test_a_query_needs_what_is_stated(name, task, place, monkeypatch):
    # between two sizes of the pool, what chunks and matrices of features need cancels
    monkeypatch.setattr(array, "MAX_CHUNK_BYTES", 2**15)
    formula = STATED[name][task == "regression"].split(", or ")[place]
    letters = {"k": K, "d": D, "r": R, "w": 1, "c": C if task != "regression" else 1}
    stated = bytes_of(formula, **letters) + IN_ADDITION.get((name, task), 0)
    strategy, memory = fitted(name, task), 2**-5 if place else 1024
    queried_bytes(strategy, 100, memory)  # imports, caches
    small, large = (queried_bytes(strategy, n, memory) for n in (2000, 4000))
    assert (large - small) / 2000 <= stated + BESIDE


def test_the_benchmark_asserts_no_more_than_is_stated(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks" / "speed")
    script = importlib.import_module("bench_memory")
    letters = {"k": script.K, "d": script.D, "r": 200, "w": 1}
    for case, (name, task, _, _, allowed) in script.CASES.items():
        # the last figure: what is stored if the memory allows it is added by the script
        formula = STATED[name][task == "regression"].split(", or ")
        c = script.C if task == "classification" else 1
        block = IN_ADDITION.get((name, task), 0)
        stated = {bytes_of(one, c=c, **letters) + block for one in formula}
        assert allowed <= max(stated), case
