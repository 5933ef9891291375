"""Checks that chunks, row order, library and dtype do not affect a query; layer 7."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sklearn

from skactive._utils.array import move, namespace, to_numpy
from skactive.testing._compare import close, equal, is_float_array, same_batch
from skactive.testing._named import named
from skactive.testing._query import objective, with_sampler
from skactive.testing._set_function import check_set_function

__all__ = ["INVARIANCE_CHECKS", "check_backends", "usual_devices"]


@named
def check_chunks(strategy, X, y, X_pool):
    """Batches and scores do not depend on ``working_memory``."""
    batch, scores = strategy.query(X_pool, 5, return_scores=True)
    with sklearn.config_context(working_memory=1e-3):
        small, small_scores = strategy.query(X_pool, 5, return_scores=True)
    equal(batch, small, "a small working_memory")
    close(scores, small_scores, "different scores for small chunks", rtol=1e-5, atol=0)


@named
def check_row_order(strategy, X, y, X_pool):
    """Batches do not depend on the order of rows, unless the strategy is random."""
    asking = _without_chance_of_functions(strategy)
    if _uses_chance(asking, X_pool):
        return  # random numbers are assigned by position
    order = np.random.default_rng(0).permutation(len(X_pool))
    scores = asking.score_samples(X_pool)
    error = 1e-5 * np.abs(scores[np.isfinite(scores)]).max(initial=0.0)
    moved = asking.score_samples(X_pool[order])
    close(scores[order], moved, "scores depend on the order of rows", 1e-5, error)
    batch = asking.query(X_pool, 5, return_scores=True)
    picks, gains = asking.query(X_pool[order], 5, return_scores=True)
    content = np.unique(to_numpy(X_pool), axis=0, return_inverse=True)[1].ravel()
    same_batch(batch, (order[picks], gains), content, "another order of rows", 1e-5)


def _without_chance_of_functions(strategy):
    """Copy the strategy, with functions that are the same for every generator."""
    if strategy.sampler_ is None:
        return strategy

    def fixed(sampler, rng):
        return sampler.functions(np.random.default_rng(0))

    return with_sampler(strategy, fixed)


def _uses_chance(strategy, X_pool):
    """Whether the seed affects the result even if the functions are fixed."""
    seen = set()
    for seed in range(3):
        asking = copy.copy(strategy)
        asking.random_state = seed
        batch, scores = asking.query(X_pool, 5), asking.score_samples(X_pool)
        seen.add((batch.tobytes(), scores.tobytes()))
    return len(seen) > 1


@named
def check_dtypes(strategy, X, y, X_pool):
    """Draws and features in float32 give the same result as if stored in float64."""
    if strategy.sampler_ is None:
        return
    single, double = (_cast(strategy, dtypes) for dtypes in (("32",), ("32", "64")))
    scores = double.score_samples(X_pool)
    error = 1e-4 * np.abs(scores[np.isfinite(scores)]).max(initial=0.0)
    close(scores, single.score_samples(X_pool), "float32 draws", 1e-4, error)
    pair = (asking.query(X_pool, 5, return_scores=True) for asking in (double, single))
    same_batch(*pair, np.arange(len(X_pool)), "float32 draws", 1e-4)


def _cast(strategy, dtypes):
    """Copy the strategy, with draws and features cast to each dtype in turn."""

    def cast(values):
        if not is_float_array(values):
            return values
        for bits in dtypes:
            values = namespace(values).astype(values, _float(values, bits))
        return values

    def functions(sampler, rng):
        own = sampler.functions(rng)
        return lambda X: cast(own(X))

    return with_sampler(strategy, functions, lambda sampler, X: cast(sampler.embed(X)))


def _float(values, bits):
    xp = namespace(values)
    return {"32": xp.float32, "64": xp.float64}[bits]


@named
def check_backends(strategy, X, y, X_pool, devices: Sequence | None = None):
    """Draws and features on any device give the same batch, and the same gains."""
    devices = usual_devices() if devices is None else devices
    if strategy.sampler_ is None or len(devices) < 2:
        return
    moved = [_moved(strategy, device) for device in devices]
    batches = [asking.query(X_pool, 8, return_scores=True) for asking in moved]
    functions = [objective(asking, X_pool) for asking in moved]
    for device, batch, f in zip(devices, batches, functions, strict=True):
        equal(batches[0][0], batch[0], f"device={device!r}")
        error = 1e-4 * np.abs(batch[1][np.isfinite(batch[1])]).max(initial=0.0)
        close(batches[0][1], batch[1], f"scores for device={device!r}", 1e-4, error)
        check_set_function(functions[0], twin=f)


def usual_devices() -> tuple[str, ...]:
    """NumPy, and tensors on the CPU if PyTorch is installed."""
    try:
        move(np.zeros(1), "cpu")
    except ModuleNotFoundError:
        return ("numpy",)
    return ("numpy", "cpu")


def _moved(strategy, device):
    def embed(sampler, X):
        features = sampler.embed(X)
        return move(features, device) if is_float_array(features) else features

    return with_sampler(strategy, embed=embed, device=device)


@named
def check_distributed(strategy, X, y, X_pool):
    """A pool that is a dask array gives the same batch as in memory."""
    sampler = strategy.sampler_
    # partitions cannot be drawn jointly
    joint = sampler is not None and not sampler.is_pointwise
    if joint or not strategy.distributed or not isinstance(X_pool, np.ndarray):
        return
    try:
        import dask.array
    except ModuleNotFoundError:
        return
    blocks = (max(1, len(X_pool) // 3), *X_pool.shape[1:])
    pool = dask.array.from_array(X_pool, chunks=blocks)
    batch = strategy.query(X_pool, 5, return_scores=True)
    same = strategy.query(pool, 5, return_scores=True)
    same_batch(batch, same, np.arange(len(X_pool)), "a dask array", 1e-5)


INVARIANCE_CHECKS: tuple[Callable[..., Any], ...] = (
    check_chunks,
    check_row_order,
    check_dtypes,
    check_distributed,
)
