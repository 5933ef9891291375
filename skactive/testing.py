"""Checks that every strategy and every sampler passes, yours too.

Layer 5. Each check is a function that raises ``AssertionError`` with what it found;
`check_strategy` and `check_sampler` run them all.
"""

import copy
import pickle

import numpy as np
import sklearn
from sklearn.base import clone, is_regressor
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

import skactive
from skactive._utils.array import to_numpy
from skactive.base import QueryStrategy
from skactive.samplers import (
    PosteriorSampler,
    as_sampler,
)

__all__ = [
    "all_samplers",
    "all_strategies",
    "check_sampler",
    "check_strategy",
    "make_data",
]


def all_strategies():
    """List the public strategies, new ones as soon as they are exported.

    Returns
    -------
    list of type
        The subclasses of `skactive.base.QueryStrategy` in ``skactive.__all__``.

    Examples
    --------
    >>> from skactive.testing import all_strategies
    >>> "ICAL" in [cls.__name__ for cls in all_strategies()]
    True
    """
    return _public(skactive, QueryStrategy)


def all_samplers():
    """List the public samplers, new ones as soon as they are exported.

    Returns
    -------
    list of type
        The subclasses of `PosteriorSampler` in ``skactive.samplers.__all__``.

    Examples
    --------
    >>> from skactive.testing import all_samplers
    >>> "EnsembleSampler" in [cls.__name__ for cls in all_samplers()]
    True
    """
    return _public(skactive.samplers, PosteriorSampler)


def _public(module, base):
    """The concrete subclasses of `base` that `module` exports; aliases once."""
    found = {getattr(module, name): None for name in module.__all__}
    classes = [cls for cls in found if isinstance(cls, type) and issubclass(cls, base)]
    return [cls for cls in classes if not cls.__abstractmethods__]


def make_data(task, *, n=30, n_pool=60, random_state=0):
    """Make small labelled and unlabelled sets, with duplicates in the pool.

    Parameters
    ----------
    task : {"classification", "regression"}
        What is to be learnt; classification has three classes.
    n : int, default=30
        Number of labelled points.
    n_pool : int, default=60
        Number of unlabelled points; the last two repeat the first two.
    random_state : int, default=0
        Seed.

    Returns
    -------
    X, y, X_pool : ndarrays of shape (n, 6), (n,) and (n_pool, 6)
        Read-only float32 features and labels, so that a write shows.

    Examples
    --------
    >>> from skactive.testing import make_data
    >>> X, y, X_pool = make_data("classification")
    >>> X.shape, y.shape, X_pool.shape
    ((30, 6), (30,), (60, 6))
    """
    shape = {"n_samples": n + n_pool, "n_features": 6, "random_state": random_state}
    if task == "regression":
        X, y = make_regression(noise=5.0, **shape)
        y = (y / y.std()).astype(np.float32)
    else:
        X, y = make_classification(
            n_classes=3, n_informative=4, class_sep=0.7, flip_y=0.1, **shape
        )
    X = X.astype(np.float32)
    X[-2:] = X[n : n + 2]
    parts = X[:n].copy(), y[:n].copy(), X[n:].copy()
    for part in parts:
        part.flags.writeable = False
    return parts


def check_strategy(strategy, *, data=None, devices=(None,)):
    """Check that a strategy keeps the contract of `skactive.base.QueryStrategy`.

    Parameters
    ----------
    strategy : QueryStrategy
        Not fitted, with an estimator and an integer ``random_state``; it stays as it
        is.
    data : tuple (X, y, X_pool), default=None
        What to fit on and query; `make_data` for the estimator's task by default. The
        pool needs ten points or more.
    devices : sequence, default=(None,)
        Devices of the draws, as a sampler takes them, that must all give one batch:
        ``("numpy", "cpu")`` compares NumPy and PyTorch.

    Raises
    ------
    AssertionError
        Naming the check that failed.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import ICAL
    >>> from skactive.testing import check_strategy
    >>> check_strategy(ICAL(RandomForestClassifier(20), random_state=0))
    """
    if data is None:
        data = make_data("regression" if is_regressor(strategy) else "classification")
    for check in STRATEGY_CHECKS:
        check(clone(strategy), *data)
    check_devices(strategy, *data, devices=devices)


def check_parameters(strategy, X, y, X_pool):
    """Constructor and ``fit`` leave parameters alone; ``fit`` returns itself."""
    before = {name: id(value) for name, value in strategy.get_params(False).items()}
    _raises(NotFittedError, "query before fit", strategy.query, X_pool)
    assert strategy.fit(X, y) is strategy, "fit does not return the strategy"
    check_is_fitted(strategy)
    assert hasattr(strategy, "sampler_"), "fit sets no sampler_"
    assert hasattr(strategy, "estimator_"), "fit sets no estimator_"
    after = {name: id(value) for name, value in strategy.get_params(False).items()}
    assert before == after, "fit or query changed a parameter"


def check_batches(strategy, X, y, X_pool):
    """Batches of every size: intp, unique, in range, with scores that are numbers."""
    strategy.fit(X, y)
    for n in (1, 5, len(X_pool)):
        indices, scores = strategy.query(X_pool, n, return_scores=True)
        _check_indices(indices, n, np.arange(len(X_pool)))
        assert isinstance(scores, np.ndarray), "scores are not on the host"
        assert scores.shape == (n,), f"{scores.shape} scores for {n} picks"
        assert not np.isnan(scores).any(), "a score is NaN"
    assert len(strategy.query(X_pool)) == 1, "n is not 1 by default"
    _check_indices(strategy.query(X_pool[:1]), 1, np.arange(1))


def check_candidates(strategy, X, y, X_pool):
    """Candidates as a mask, as indices, in any order: only they are picked."""
    strategy.fit(X, y)
    rows = np.arange(1, len(X_pool), 3)
    mask = np.zeros(len(X_pool), dtype=bool)
    mask[rows] = True
    by_rows = strategy.query(X_pool, 4, candidates=rows)
    _check_indices(by_rows, 4, rows)
    for same in (mask, rows[::-1]):
        _equal(by_rows, strategy.query(X_pool, 4, candidates=same), "candidates")
    everything = strategy.query(X_pool, 4, candidates=np.arange(len(X_pool)))
    _equal(strategy.query(X_pool, 4), everything, "all points as candidates")
    _check_indices(strategy.query(X_pool, len(rows), candidates=mask), len(rows), rows)


def check_repeats(strategy, X, y, X_pool):
    """One seed, one batch: asked again, fitted again, cloned, pickled."""
    batch = strategy.fit(X, y).query(X_pool, 5)
    _equal(batch, strategy.query(X_pool, 5), "a second query")
    _equal(batch, clone(strategy).fit(X, y).query(X_pool, 5), "a clone")
    _equal(batch, pickle.loads(pickle.dumps(strategy)).query(X_pool, 5), "a pickle")
    _equal(batch, strategy.fit(X, y).query(X_pool, 5), "a second fit")


def check_chunks(strategy, X, y, X_pool):
    """Any ``working_memory`` gives the same batch and scores."""
    strategy.fit(X, y)
    batch, scores = strategy.query(X_pool, 5, return_scores=True)
    with sklearn.config_context(working_memory=1e-3):
        small, small_scores = strategy.query(X_pool, 5, return_scores=True)
    _equal(batch, small, "a small working_memory")
    np.testing.assert_allclose(small_scores, scores, rtol=1e-5)


def check_scores(strategy, X, y, X_pool):
    """``score_samples`` gives every point's worth on its own, the same each time."""
    scores = strategy.fit(X, y).score_samples(X_pool)
    assert isinstance(scores, np.ndarray), "scores are not on the host"
    assert scores.shape == (len(X_pool),), f"{scores.shape} for {len(X_pool)} points"
    assert not np.isnan(scores).any(), "a score is NaN"
    np.testing.assert_array_equal(strategy.score_samples(X_pool), scores)


def check_inputs_untouched(strategy, X, y, X_pool):
    """Nothing of the caller's changes: arrays, candidates, the estimator."""
    estimator = copy.deepcopy(strategy.estimator)
    candidates = np.arange(len(X_pool))[::-1].copy()
    given = [X, y, X_pool, candidates]
    copies = [np.copy(array) for array in given]
    strategy.fit(X, y).query(X_pool, 3, candidates=candidates)
    strategy.score_samples(X_pool)
    for array, before in zip(given, copies, strict=True):
        np.testing.assert_array_equal(array, before)
    assert repr(estimator) == repr(strategy.estimator), "the estimator was changed"


def check_errors(strategy, X, y, X_pool):
    """Bad sizes and candidates are refused."""
    strategy.fit(X, y)
    n_pool = len(X_pool)
    for n in (0, -1, n_pool + 1):
        _raises(ValueError, f"n={n}", strategy.query, X_pool, n)
    _raises(TypeError, "n=1.5", strategy.query, X_pool, 1.5)
    _raises(ValueError, "an empty pool", strategy.query, X_pool[:0])
    for bad in ([n_pool], [-1], [0, 0], [], np.zeros(n_pool, bool), np.ones(3, bool)):
        _raises(ValueError, f"candidates={bad}", strategy.query, X_pool, candidates=bad)
    _raises(ValueError, "2 of 1 candidates", strategy.query, X_pool, 2, candidates=[0])


STRATEGY_CHECKS = (
    check_parameters,
    check_batches,
    check_candidates,
    check_repeats,
    check_chunks,
    check_scores,
    check_inputs_untouched,
    check_errors,
)


def check_devices(strategy, X, y, X_pool, devices=(None,)):
    """One seed gives one batch on every device."""
    if strategy.estimator is None:
        return
    sampler = as_sampler(strategy.estimator, strategy.needs)
    batches = {}
    for device in devices:
        moved = clone(sampler).set_params(device=device)
        asking = clone(strategy).set_params(estimator=moved).fit(X, y)
        batches[device] = asking.query(X_pool, 8)
    for batch in batches.values():
        _equal(batches[devices[0]], batch, f"one of the devices {batches}")


def check_sampler(sampler, *, data=None):
    """Check that a sampler keeps the contract of `PosteriorSampler`: draws functions.

    Parameters
    ----------
    sampler : PosteriorSampler
        Not fitted; it stays as it is.
    data : tuple (X, y, X_pool), default=None
        What to fit on and draw at; `make_data` for the sampler's task by default.

    Raises
    ------
    AssertionError
        Naming the check that failed.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive.samplers import EnsembleSampler
    >>> from skactive.testing import check_sampler
    >>> check_sampler(EnsembleSampler(RandomForestClassifier(random_state=0)))
    """
    X, y, X_pool = make_data(sampler.task) if data is None else data
    fitted = clone(sampler)
    assert fitted.fit(X, y) is fitted, "fit does not return the sampler"
    for check in SAMPLER_CHECKS:
        check(fitted, X, y, X_pool)


def check_draws(sampler, X, y, X_pool):
    """Draws have the shape (n, k, c) that the sampler says, and are probabilities."""
    p_nkc = _draw(sampler, X_pool)
    assert p_nkc.shape == (len(X_pool), sampler.n_draws_, sampler.n_outputs_)
    assert np.isfinite(p_nkc).all(), "a draw is not finite"
    if sampler.task == "classification":
        assert len(sampler.classes_) == sampler.n_outputs_, "c is not that of classes_"
        assert (p_nkc >= 0).all(), "a probability is negative"
        np.testing.assert_allclose(p_nkc.sum(axis=-1), 1, rtol=1e-4)


def check_functions(sampler, X, y, X_pool):
    """A draw is one function: any rows, in any order, in any chunks, again."""
    functions = sampler.functions(np.random.default_rng(0))
    at_pool = to_numpy(sampler.evaluate(functions, X_pool))
    _close(at_pool, to_numpy(sampler.evaluate(functions, X_pool)), "asked again")
    _close(at_pool, _draw(sampler, X_pool), "an equal generator")
    rows = np.random.default_rng(1).permutation(len(X_pool))
    _close(at_pool[rows], to_numpy(functions(X_pool[rows])), "another order of rows")
    _close(at_pool[3:4], to_numpy(functions(X_pool[3:4])), "a row on its own")
    _close(at_pool[-2:], at_pool[:2], "equal rows of the pool")
    with sklearn.config_context(working_memory=1e-3):
        _close(at_pool, to_numpy(sampler.evaluate(functions, X_pool)), "small chunks")


def check_reduction(sampler, X, y, X_pool):
    """``then`` reduces the draws chunk by chunk, in order."""
    means = _draw(sampler, X_pool).mean(axis=1)
    with sklearn.config_context(working_memory=1e-3):
        reduced = sampler.draw(X_pool, 0, then=lambda p_nkc: p_nkc.mean(1))
    np.testing.assert_allclose(to_numpy(reduced), means, rtol=1e-5, atol=1e-7)


def check_frozen(sampler, X, y, X_pool):
    """A frozen model is not trained again, and draws what ``when_frozen`` says."""
    if not hasattr(sampler.estimator_, "get_params"):
        return
    again = clone(sampler).set_params(estimator=FrozenEstimator(sampler.estimator_))
    if sampler.when_frozen == "refused":
        _raises(ValueError, "a frozen model", again.fit, X, y)
        return
    again.fit(X[::2], y[::2])
    if sampler.when_frozen == "predictions":
        predictions = (s.estimator_.predict(X_pool) for s in (sampler, again))
        np.testing.assert_array_equal(*predictions, "a frozen model was trained")
        return
    _close(_draw(sampler, X_pool), _draw(again, X_pool), "a frozen model")


def check_embedding(sampler, X, y, X_pool):
    """``embed`` gives one row a point."""
    features = sampler.embed(X_pool)
    assert len(features) == len(X_pool), "embed does not give one row a point"


SAMPLER_CHECKS = (
    check_draws,
    check_functions,
    check_reduction,
    check_frozen,
    check_embedding,
)


def _draw(sampler, X):
    return to_numpy(sampler.draw(X, rng=0))


def _close(expected, actual, what):
    np.testing.assert_allclose(
        actual, expected, rtol=1e-4, atol=1e-6, err_msg=f"other draws for {what}"
    )


def _equal(expected, actual, what):
    assert np.array_equal(expected, actual), (
        f"another batch for {what}: {actual} instead of {expected}"
    )


def _check_indices(indices, n, allowed):
    assert isinstance(indices, np.ndarray), "indices are not on the host"
    assert indices.dtype == np.intp, f"indices are {indices.dtype}, not intp"
    assert indices.shape == (n,), f"{indices.shape} indices, {n} were asked for"
    assert len(np.unique(indices)) == n, f"an index is repeated: {indices}"
    assert np.isin(indices, allowed).all(), f"an index is not allowed: {indices}"


def _raises(error, what, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except error:
        return
    raise AssertionError(f"{what} does not raise {error.__name__}")
