"""Every strategy on pools that Hypothesis thinks up: tiny, tied, repeated, extreme.

``SKACTIVE_EXAMPLES=10000 pytest tests/test_properties.py`` is the long run.
"""

import os
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone

import skactive
from skactive import testing
from skactive._utils.scikit_learn import StrOptions
from tests.draws import Table

try:
    import torch
except ModuleNotFoundError:
    torch = None

IN_CI = 40
EXAMPLES = int(os.environ.get("SKACTIVE_EXAMPLES", IN_CI))
LABELS = [
    np.arange(4),
    np.array([-3, 0, 7, 100]),
    np.array(["", "a", "b b", "ü"]),
    np.array([0.0, 1.0, 2.0, 5.0]),
    np.array(["no", "yes"], dtype=object).repeat(2) + np.array(["", "!"] * 2, object),
]


@st.composite
def tables(draw, task):
    """Draw a table of n pool points and some labelled ones."""
    n, labelled = draw(st.integers(1, 8)), draw(st.integers(1, 4))
    k, c = draw(st.sampled_from([1, 2, 3, 6])), draw(st.integers(1, 4))
    m = n + labelled
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))  # shrinks towards 0
    levels = draw(st.sampled_from([1, 2, 4, 1000]))  # few: ties, zeros and ones
    values = rng.integers(levels + 1, size=(m, k, c)).astype(float)
    if task == "classification":
        values[..., 0] += values.sum(axis=-1) == 0
        values /= values.sum(axis=-1, keepdims=True)
    else:
        values *= draw(st.sampled_from([1.0, 1e-6, 1e6]))
    features = rng.integers(draw(st.sampled_from([1, 2, 50])), size=(m, 3)) / 7
    same = draw(st.lists(st.integers(0, m - 1), max_size=m))  # copies of point 0
    values[same], features[same] = values[0], features[0]
    classes = np.sort(draw(st.sampled_from(LABELS))[:c])
    table = Table(task, values.astype(dtype), features.astype(dtype), classes)
    X_pool, X = np.split(np.arange(m)[:, None], [n])
    if task == "classification":
        y = classes[rng.integers(c, size=labelled)]
    else:
        y = rng.normal(size=(labelled, c))
    return table, X, y, X_pool


@st.composite
def queries(draw, n_pool):
    """Draw candidates, in each of their forms, and a batch size they allow."""
    chosen = draw(st.lists(st.integers(0, n_pool - 1), unique=True, min_size=1))
    form = draw(st.sampled_from(["all", "rows", "mask"]))
    candidates = np.array(chosen) if form == "rows" else None
    if form == "mask":
        candidates = np.isin(np.arange(n_pool), chosen)
    most = n_pool if form == "all" else len(chosen)
    return draw(st.one_of(st.just(most), st.integers(1, most))), candidates


def options(cls, task):
    """Values of the parameters that have a few to choose from."""
    choices = {}
    for name, constraints in cls._parameter_constraints.items():
        constraints = [] if constraints == "no_validation" else constraints
        for constraint in constraints:
            if isinstance(constraint, StrOptions):
                # "precomputed" asks for features of a certain kind, "exact" for few
                # picks: it raises where labellings are more than may be counted
                names = constraint.options - {"precomputed", "exact"}
                if task == "regression":  # half precision is for probabilities
                    names -= {"float16"}
                choices[name] = st.sampled_from(sorted(names))
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
        derandomize=EXAMPLES == IN_CI,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def check(data):
        table, X, y, X_pool = data.draw(tables(task))
        n, candidates = data.draw(queries(len(X_pool)))
        seed = data.draw(st.integers(0, 3))
        strategy = cls(table, random_state=seed, **data.draw(options(cls, task)))
        check_batch(strategy, X, y, X_pool, n, candidates)

    check()


def check_batch(strategy, X, y, X_pool, n, candidates):
    """The invariants of a batch."""
    table = strategy.estimator
    arrays = [X, y, X_pool, table.draws_nkc, table.features_nd]
    for array in arrays:
        array.flags.writeable = False  # a write raises
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("error", RuntimeWarning)
        strategy.fit(X, y)
        indices, scores = strategy.query(
            X_pool, n, candidates=candidates, return_scores=True
        )
        again = strategy.query(X_pool, n, candidates=candidates)
        alone = strategy.score_samples(X_pool)
        other = clone(strategy)
        other.estimator.library = "numpy" if torch is None else "torch"
        elsewhere = other.fit(X, y).query(X_pool, n, candidates=candidates)

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
    np.testing.assert_array_equal(again, indices)
    np.testing.assert_array_equal(elsewhere, indices)
