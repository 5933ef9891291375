"""check_sampler: draws are functions that do not depend on the other rows; layer 7."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import n_rows, take_rows
from skactive.samplers import as_sampler
from skactive.testing._compare import close, is_float_array, raises
from skactive.testing._digest import digest
from skactive.testing._global_state import same_global_state
from skactive.testing._named import named
from skactive.testing._public import make_data

__all__ = ["SAMPLER_CHECKS", "check_sampler"]


def check_sampler(sampler: Any, *, data: tuple | None = None) -> None:
    """Check that a sampler satisfies the contract of `PosteriorSampler`.

    Parameters
    ----------
    sampler : PosteriorSampler or object
        The sampler, not fitted; it is not changed. Objects with ``fit`` and ``draw``,
        and all models that `skactive.samplers.as_sampler` accepts, are wrapped first.
    data : tuple (X, y, X_pool), default=None
        Data to fit on and draw at; by default `make_data` for the sampler's task.

    Raises
    ------
    AssertionError
        If a check fails or an exception is raised; the message names the check.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive.samplers import EnsembleSampler
    >>> from skactive.testing import check_sampler
    >>> check_sampler(EnsembleSampler(RandomForestClassifier(random_state=0)))
    """
    sampler, data = check_task(sampler, data)
    fitted = check_fit(sampler, *data)
    for check in SAMPLER_CHECKS:
        check(fitted, *data)


@named
def check_task(sampler, data):
    """It can be wrapped in a sampler, which declares its task."""
    sampler = as_sampler(sampler)
    task = sampler.task
    assert task in ("classification", "regression"), f"task is {task!r}"
    return sampler, make_data(task) if data is None else data


@named
def check_fit(sampler, X, y, X_pool):
    """``fit`` returns the sampler, and changes neither parameters nor arrays."""
    sampler = clone(sampler)
    X, y = copy.deepcopy((X, y))  # writable copies, to detect changes
    before, given = digest(sampler.get_params(deep=False)), digest((X, y))
    assert sampler.fit(X, y) is sampler, "fit does not return the sampler"
    after = digest(sampler.get_params(deep=False))
    assert before == after, "fit changed a parameter, or fitted the caller's estimator"
    assert digest((X, y)) == given, "fit changed X or y"
    return sampler


@named
def check_draws(sampler, X, y, X_pool):
    """Draws have shape (n, k, c) as the sampler declares, and are probabilities."""
    p_nkc = _draw(sampler, copy.deepcopy(X_pool))  # another check is for writes
    expected = (n_rows(X_pool), sampler.n_draws_, sampler.n_outputs_)
    assert p_nkc.shape == expected, f"draws have shape {p_nkc.shape}, not {expected}"
    assert np.isfinite(p_nkc).all(), "a draw is not finite"
    if sampler.task == "classification":
        assert len(sampler.classes_) == sampler.n_outputs_, "c is not that of classes_"
        assert (p_nkc >= 0).all(), "a probability is negative"
        close(1, p_nkc.sum(axis=-1), "probabilities do not sum to one")


@named
def check_untouched(sampler, X, y, X_pool):
    """Drawing changes neither points, nor model, nor global state."""
    X_pool = copy.deepcopy(X_pool)
    before, model = digest(X_pool), digest(sampler.estimator_)
    with same_global_state(1):
        functions = sampler.functions(np.random.default_rng(0))
        sampler.evaluate(functions, X_pool)
        sampler.embed(X_pool)
    assert digest(X_pool) == before, "the points were changed"
    assert digest(sampler.estimator_) == model, "the fitted model was changed"


@named
def check_functions(sampler, X, y, X_pool):
    """A draw is one function, also if evaluated again or from an equal generator."""
    functions = sampler.functions(np.random.default_rng(0))
    at_pool = to_numpy(sampler.evaluate(functions, X_pool))
    again = to_numpy(sampler.evaluate(functions, X_pool))
    _close(at_pool, again, "a second evaluation")
    _close(at_pool, _draw(sampler, X_pool), "an equal generator")


@named
def check_pointwise(sampler, X, y, X_pool):
    """Draws at a row do not depend on other rows, their order, chunks or duplicates."""
    functions = sampler.functions(np.random.default_rng(0))
    at_pool = to_numpy(sampler.evaluate(functions, X_pool))
    rows = np.random.default_rng(1).permutation(n_rows(X_pool))
    some, one = take_rows(X_pool, rows), take_rows(X_pool, slice(3, 4))
    _close(at_pool[rows], to_numpy(functions(some)), "another order of rows")
    _close(at_pool[3:4], to_numpy(functions(one)), "a row on its own")
    if isinstance(X_pool, np.ndarray):
        content = X_pool.reshape(len(X_pool), -1)
        same = np.flatnonzero((content == content[-1]).all(axis=1))
        _close(at_pool[same], at_pool[[-1] * len(same)], "equal rows of the pool")
    with sklearn.config_context(working_memory=1e-3):
        _close(at_pool, to_numpy(sampler.evaluate(functions, X_pool)), "small chunks")
    if sampler.is_pointwise:
        few = take_rows(X_pool, slice(5, 9))
        _close(at_pool[5:9], _draw(sampler, few), "equal functions of a few rows")


@named
def check_disagreement(sampler, X, y, X_pool):
    """The k functions are not all the same."""
    p_nkc = _draw(sampler, X_pool)
    assert sampler.n_draws_ == 1 or np.ptp(p_nkc, axis=1).max() > 0, (
        f"all {sampler.n_draws_} functions are the same"
    )


@named
def check_generator(sampler, X, y, X_pool):
    """Another generator, or the same one used again, gives different functions."""
    rng = np.random.default_rng(0)
    seeds = [sampler.functions(rng) for _ in range(2)]
    seeds.append(sampler.functions(np.random.default_rng(1)))
    first, *others = (to_numpy(sampler.evaluate(f, X_pool)) for f in seeds)
    for other, what in zip(others, ("the next call", "another seed"), strict=True):
        same = np.allclose(first, other)
        if sampler.uses_rng:
            assert not same, f"{what} gives the same functions: the generator is unused"
        else:
            assert same, f"{what} gives different functions, but uses_rng is False"


@named
def check_reduction(sampler, X, y, X_pool):
    """``then`` reduces the draws chunk by chunk, in order."""
    means = _draw(sampler, X_pool).mean(axis=1)
    with sklearn.config_context(working_memory=1e-3):
        reduced = sampler.draw(X_pool, 0, then=lambda p_nkc: p_nkc.mean(1))
    close(means, reduced, "other draws for `then`", rtol=1e-5, atol=1e-7)


@named
def check_frozen(sampler, X, y, X_pool):
    """A frozen model is not trained again, and draws as ``when_frozen`` declares."""
    kinds = ("draws", "predictions", "refused")
    assert sampler.when_frozen in kinds, f"when_frozen is {sampler.when_frozen!r}"
    if not hasattr(sampler.estimator_, "get_params"):
        return
    again = clone(sampler).set_params(estimator=FrozenEstimator(sampler.estimator_))
    if sampler.when_frozen == "refused":
        raises(ValueError, "a frozen model", again.fit, X, y)
        return
    again.fit(X[::2], y[::2])
    if sampler.when_frozen == "predictions":
        predictions = (s.estimator_.predict(X_pool) for s in (sampler, again))
        np.testing.assert_array_equal(*predictions, "a frozen model was trained")
        return
    _close(_draw(sampler, X_pool), _draw(again, X_pool), "a frozen model")


@named
def check_embedding(sampler, X, y, X_pool):
    """``embed`` returns one row per point, which does not depend on other points."""
    features = sampler.embed(X_pool)
    n = n_rows(features)
    assert n == n_rows(X_pool), f"embed gives {n} rows for {n_rows(X_pool)} points"
    if is_float_array(features):
        few = sampler.embed(take_rows(X_pool, slice(3, 5)))
        close(features[3:5], few, "different features beside other points")


SAMPLER_CHECKS: tuple[Callable[..., Any], ...] = (
    check_draws,
    check_untouched,
    check_functions,
    check_pointwise,
    check_disagreement,
    check_generator,
    check_reduction,
    check_frozen,
    check_embedding,
)


def _draw(sampler, X):
    return to_numpy(sampler.draw(X, rng=0))


def _close(expected, actual, what):
    close(expected, actual, f"different draws for {what}")
