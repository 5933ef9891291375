"""Warm starts: fits that start from the model of the round before; layer 6."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.pipeline import Pipeline

from skactive.samplers import BootstrapSampler, PosteriorSampler
from skactive.samplers._base import is_frozen, unwrap
from skactive.samplers._warm_start import adds_members, continued, parameters_of

__all__ = ["check_warm_start", "going_on"]


def check_warm_start(strategy: Any) -> None:
    """Raise ``ValueError`` if the model of a strategy does not support a warm start.

    Parameters
    ----------
    strategy : estimator
        A strategy, or a pipeline that ends in one.
    """
    owner = _owner_of_model(strategy)
    model = owner.estimator
    if model is None or is_frozen(model):
        return
    final, kind = unwrap(model)[1], type(unwrap(model)[1]).__name__
    if "warm_start" not in parameters_of(final):
        raise ValueError(
            "warm_start=True needs a model with a parameter 'warm_start', but "
            f"{kind} has none"
        )
    if isinstance(owner, BootstrapSampler):
        raise ValueError(
            "warm_start=True cannot be used with BootstrapSampler, which fits new "
            "clones"
        )
    if adds_members(final):
        raise ValueError(
            f"warm_start=True cannot be used with {kind}: it would keep its present "
            "members, and learn nothing from new labels"
        )


@contextmanager
def going_on(strategy: Any, before: Any = None) -> Iterator[None]:
    """Let the fit of a strategy start from the model of another one, within a block.

    Parameters
    ----------
    strategy : estimator
        Strategy that is fitted within the block; it is changed.
    before : estimator, default=None
        The same strategy, fitted in the round before; it is not changed.

    Yields
    ------
    None
        While the model is in place.
    """
    owner = _owner_of_model(strategy)
    model = owner.estimator
    if model is None or is_frozen(model):
        yield
        return
    if before is None:
        unwrap(model)[1].set_params(warm_start=True)
        yield
        return
    # cloning this model returns itself, fitted, so the fit starts from it
    model = owner.estimator = continued(_last(before).estimator_)
    try:
        yield
    finally:
        del model.__sklearn_clone__


def _last(strategy):
    return strategy.steps[-1][1] if isinstance(strategy, Pipeline) else strategy


def _owner_of_model(strategy):
    """The strategy, or the sampler inside it, whose ``estimator`` is the model."""
    owner = _last(strategy)
    if isinstance(owner.estimator, PosteriorSampler):
        owner = owner.estimator
    return owner
