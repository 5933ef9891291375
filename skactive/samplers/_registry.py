"""Registry of samplers by type of model; layer 3."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

__all__ = ["add", "find", "register_sampler", "unregister_sampler"]

Factory = Callable[[Any], Any]


class Entry(NamedTuple):
    """Kind of model and the sampler that wraps it."""

    kind: Any  # a registered type, or one of our samplers
    accepts: Callable[[Any], bool]
    factory: Factory
    functions_only: bool


# in order of registration; those of this package come first
ENTRIES: list[Entry] = []


def register_sampler(
    type: type, factory: Factory, *, functions_only: bool = False
) -> None:
    """Register a sampler for models of a type and its subclasses.

    `as_sampler` then wraps such models in it. If several registered types match a
    model, the one registered last wins, and all take precedence over the samplers of
    this package. Call this function in the module that defines the models, so that
    worker processes register them too when they import it.

    Parameters
    ----------
    type : type
        Class of the models.
    factory : callable
        ``factory(estimator)`` returns a `PosteriorSampler` that is not fitted; a
        subclass of `PosteriorSampler` will do. `estimator` is the whole model: a
        ``Pipeline`` or ``FrozenEstimator`` that contains one of type `type` is passed
        on as it is.
    functions_only : bool, default=False
        Whether to use the sampler only where functions are needed. Where a mean is
        enough, the model's own ``predict`` or ``predict_proba`` is used instead, which
        is exact and cheap.

    See Also
    --------
    unregister_sampler : Remove a type from the registry.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import PoissonRegressor
    >>> from skactive.samplers import PosteriorSampler, as_sampler
    >>> from skactive.samplers import register_sampler, unregister_sampler
    >>> class RateSampler(PosteriorSampler):
    ...     def functions(self, rng):
    ...         coef_d = self.estimator_.coef_
    ...         w_kd = rng.normal(coef_d, 0.1, (self.n_draws_, len(coef_d)))
    ...         return lambda X: np.exp(X @ w_kd.T)[:, :, None]
    >>> register_sampler(PoissonRegressor, RateSampler)
    >>> as_sampler(PoissonRegressor())
    RateSampler(estimator=PoissonRegressor())
    >>> unregister_sampler(PoissonRegressor)
    """
    kind = _checked(type)
    if not callable(factory):
        raise TypeError(
            f"the factory for {kind.__name__} must be callable, not {factory!r}"
        )
    # a type that is registered again moves to the end
    ENTRIES[:] = [entry for entry in ENTRIES if entry.kind is not kind]
    add(kind, lambda final: isinstance(final, kind), factory, functions_only)


def unregister_sampler(type: type) -> None:
    """Remove a type from the registry of `as_sampler`.

    Parameters
    ----------
    type : type
        Class that was passed to `register_sampler`.

    Raises
    ------
    ValueError
        If the class is not registered.

    See Also
    --------
    register_sampler : Register a sampler for a type.

    Examples
    --------
    >>> from sklearn.linear_model import PoissonRegressor
    >>> from skactive.samplers import unregister_sampler
    >>> unregister_sampler(PoissonRegressor)
    Traceback (most recent call last):
        ...
    ValueError: no sampler is registered for PoissonRegressor
    """
    kept = [entry for entry in ENTRIES if entry.kind is not _checked(type)]
    if len(kept) == len(ENTRIES):
        raise ValueError(f"no sampler is registered for {type.__name__}")
    ENTRIES[:] = kept


def add(kind, accepts, factory, functions_only=False):
    """Add an entry for models that satisfy a predicate."""
    ENTRIES.append(Entry(kind, accepts, factory, functions_only))


def find(final: Any, needs: str | None) -> Factory | None:
    """Find the factory for a model outside its pipelines; None if there is none."""
    for entry in reversed(ENTRIES):
        useful = needs == "functions" or not entry.functions_only
        if useful and entry.accepts(final):
            return entry.factory
    return None


def _checked(kind):
    if not isinstance(kind, type):
        raise TypeError(
            f"type={kind!r} is not a class; register the type of your models"
        )
    if issubclass(kind, Pipeline | FrozenEstimator | list | tuple):
        raise TypeError(
            f"{kind.__name__} is a container of models; register the type of the model "
            "itself"
        )
    return kind
