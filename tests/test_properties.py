"""Every strategy on pools made by Hypothesis: tiny, tied, repeated or extreme.

``SKACTIVE_EXAMPLES=10000 pytest tests/test_properties.py`` is the long run.
"""

import contextlib
import os
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sklearn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.base import clone

import skactive
from skactive import testing
from skactive._utils.scikit_learn import StrOptions
from skactive.base import PointwiseStrategy
from tests.draws import Table

try:
    import torch
except ModuleNotFoundError:
    torch = None

EXAMPLES = int(os.environ.get("SKACTIVE_EXAMPLES", 20))
MOST_REPEATABLE = 100  # with more, each run has other examples
LABELS = [
    np.arange(4),
    np.array([-3, 0, 7, 100]),
    np.array(["", "a", "b b", "ü"]),
    np.array([0.0, 1.0, 2.0, 5.0]),
    np.array(["no", "yes"], dtype=object).repeat(2) + np.array(["", "!"] * 2, object),
]
FLOATS = [np.float64, np.float32, np.float16]
# what takes the square or the cube of the classes would take minutes of 1,000
MOST_CLASSES = {"BAIT": 10, "CoreLog": 50, "CoreMSE": 50, "DEIMOS": 30, "EPIG": 50}
MOST_CLASSES["ExpectedErrorReduction"] = 10  # a fit for each


@st.composite
def sizes(draw, most_classes):
    """Draw n points, k draws and c outputs: mostly few, or many of one of them."""
    n, k, c = draw(st.integers(1, 8)), draw(st.sampled_from([1, 2, 3, 6])), None
    kind = draw(st.sampled_from(["few", "few", "few", "points", "draws", "classes"]))
    if kind == "points":
        n = draw(st.integers(9, 50))
    elif kind == "draws":
        k = draw(st.sampled_from([50, 200]))
    elif kind == "classes":
        c = draw(st.sampled_from([10, 100, 1000]))
        return min(n, 4), k, min(c, most_classes)
    return n, k, draw(st.integers(1, 4))


def probabilities(draw, rng, shape):
    """Draw class probabilities that are difficult in some way."""
    kind = draw(st.sampled_from(["levels", "levels", "certain", "near"]))
    if kind == "levels":  # few: ties, zeros and ones
        levels = draw(st.sampled_from([1, 2, 4, 1000]))
        values = rng.integers(levels + 1, size=shape).astype(float)
        values[..., 0] += values.sum(axis=-1) == 0
        return values / values.sum(axis=-1, keepdims=True)
    if kind == "certain":  # down to 1e-300
        return softmax(draw(st.sampled_from([10, 300])) * rng.normal(size=shape), -1)
    apart = draw(st.sampled_from([1e-8, 1e-5, 1e-3]))  # the draws, in their logits
    middle = rng.normal(size=(shape[0], 1, shape[2]))
    return softmax(middle + apart * rng.normal(size=shape), -1)


def made_denormal(draw, rng, values):
    """Replace some zeros by the smallest subnormal numbers."""
    if draw(st.booleans()):
        least = np.finfo(values.dtype).smallest_subnormal
        some = (values == 0) & (rng.random(values.shape) < 0.5)
        values[some] = least * rng.integers(1, 4, size=int(some.sum()))
    return values


def predicted_values(draw, rng, shape):
    """Draw predictions of a regression, distinct or tied, in units of any size."""
    levels = draw(st.sampled_from([1, 2, 4, 1000]))
    values = rng.integers(levels + 1, size=shape).astype(float)
    return values * draw(st.sampled_from([1.0, 1e-6, 1e6]))


@st.composite
def tables(draw, cls, task, params):
    """Draw a table of n pool points and some labelled ones."""
    most_classes = MOST_CLASSES.get(cls.__name__, 1000)
    if params.get("dependence") == "mutual_information":
        most_classes = MOST_CLASSES["EPIG"]
    n, k, c = draw(sizes(most_classes))
    k = max(k, 2) if cls.needs == "functions" else k  # one cannot disagree with itself
    labelled = draw(st.integers(1, 4))
    m = n + labelled
    dtype, of_features = draw(st.sampled_from(FLOATS)), draw(st.sampled_from(FLOATS))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))  # shrinks towards 0
    if task == "classification":
        values = probabilities(draw, rng, (m, k, c)).astype(dtype)
        values = made_denormal(draw, rng, values)
    else:
        dtype = np.float32 if dtype == np.float16 else dtype  # holds no 1e6
        c = min(c, 4)
        values = predicted_values(draw, rng, (m, k, c)).astype(dtype)
    features = rng.integers(draw(st.sampled_from([1, 2, 50])), size=(m, 3)) / 7
    features = features.astype(of_features)
    same = draw(st.lists(st.integers(0, m - 1), max_size=m))  # copies of point 0
    values[same], features[same] = values[0], features[0]
    classes = np.arange(c) if c > 4 else np.sort(draw(st.sampled_from(LABELS))[:c])
    layout = draw(st.sampled_from(["C", "F", "gaps"]))
    table = Table(task, values, features, classes, layout=layout)
    X_pool, X = np.split(np.arange(m)[:, None], [n])
    if task == "classification":
        y = classes[rng.integers(c, size=labelled)]
    else:
        y = rng.normal(size=(labelled, c))
    return table, X, y, X_pool


@st.composite
def queries(draw, n_pool, n_outputs):
    """Draw candidates, in each of their forms, and a batch size they allow."""
    chosen = draw(st.lists(st.integers(0, n_pool - 1), unique=True, min_size=1))
    form = draw(st.sampled_from(["all", "rows", "mask"]))
    candidates = np.array(chosen) if form == "rows" else None
    if form == "mask":
        candidates = np.isin(np.arange(n_pool), chosen)
    most = n_pool if form == "all" else len(chosen)
    most = min(most, 8 if n_outputs < 100 else 3)  # of 1,000 joint labellings each
    return draw(st.one_of(st.just(most), st.integers(1, most))), candidates


def options(cls, task):
    """Draw values of the parameters that are choices from a list."""
    choices = {}
    for name, constraints in cls._parameter_constraints.items():
        constraints = [] if constraints == "no_validation" else constraints
        for constraint in constraints:
            if isinstance(constraint, StrOptions):
                # "precomputed" asks for features of a certain kind, "exact" for few
                # picks, and "logit" probabilities that are not 0: it raises for others
                names = constraint.options - {"precomputed", "exact", "logit"}
                if task == "regression":  # half precision is for probabilities
                    names -= {"float16"}
                choices[name] = st.sampled_from(sorted(names))
            elif name == "sample_only":  # refuses batches larger than the sample
                continue
            elif isinstance(constraint, str) and constraint == "boolean":
                choices[name] = st.booleans()
    return st.fixed_dictionaries({}, optional=choices)


CASES = [
    pytest.param(cls, task, id=f"{cls.__name__}-{task}")
    for cls in testing.all_strategies()
    for task in cls.tasks
]


@pytest.mark.parametrize(("cls", "task"), CASES)
def test_any_pool(cls, task):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=EXAMPLES <= MOST_REPEATABLE,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def check(data):
        params = data.draw(options(cls, task))
        table, X, y, X_pool = data.draw(tables(cls, task, params))
        n, candidates = data.draw(queries(len(X_pool), table.draws_nkc.shape[-1]))
        seed = data.draw(st.integers(0, 3))
        strategy = cls(table, random_state=seed, **params)
        check_batch(strategy, X, y, X_pool, n, candidates)

    check()


def check_batch(strategy, X, y, X_pool, n, candidates):
    """Check the invariants of a batch."""
    table = strategy.estimator
    arrays = [X, y, X_pool, table.draws_nkc, table.features_nd]
    for array in arrays:
        array.flags.writeable = False  # a write raises
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("error", RuntimeWarning)
        strategy.fit(X, y)

        def query(_):
            return strategy.query(X_pool, n, candidates=candidates)

        indices, scores = strategy.query(
            X_pool, n, candidates=candidates, return_scores=True
        )
        again = in_threads(strategy, query)
        alone = strategy.score_samples(X_pool)
        elsewhere = otherwise(strategy).fit(X, y)
        with small_chunks(strategy):
            elsewhere = elsewhere.query(X_pool, n, candidates=candidates)

    assert indices.dtype == np.intp
    assert indices.shape == scores.shape == (n,)
    allowed = np.arange(len(X_pool))
    allowed = allowed if candidates is None else allowed[candidates]
    assert np.isin(indices, allowed).all()
    assert len(set(indices.tolist())) == n
    assert not np.isnan(scores).any()
    if not isinstance(strategy, getattr(skactive, "BalancedEntropy", ())):
        assert (scores < np.inf).all()  # its reciprocal of 0 is the top priority
    assert alone.shape == (len(X_pool),)
    assert not np.isnan(alone).any()
    assert alone.dtype == np.float64
    for others in again:
        np.testing.assert_array_equal(others, indices)
    np.testing.assert_array_equal(elsewhere, indices)


def in_threads(strategy, query):
    """What two threads get that query at once; one, where features are checked.

    scikit-learn's check of arrays sets the warning filters, which threads share.
    """
    plain = isinstance(strategy, PointwiseStrategy) or strategy.needs == "functions"
    if not plain:
        return [query(0)]
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(query, range(2)))


def otherwise(strategy):
    """The same strategy with draws as torch tensors in another memory layout."""
    other = clone(strategy)
    other.estimator.library = "numpy" if torch is None else "torch"
    other.estimator.layout = "F" if strategy.estimator.layout == "C" else "C"
    return other


@contextlib.contextmanager
def small_chunks(strategy):
    """With little working memory, draws are evaluated on demand, row by row."""
    # with less, BAIT refuses, and pairs of labels at two points take minutes
    more = {"BAIT": 1024, "EPIG": 2e-3, "ICAL": 2e-3}
    memory = more.get(type(strategy).__name__, 1e-4)
    with sklearn.config_context(working_memory=memory):
        yield
