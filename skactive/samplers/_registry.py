"""Which sampler draws from which model; layer 3."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

__all__ = ["add", "find", "register_sampler", "unregister_sampler"]

Factory = Callable[[Any], Any]


class Entry(NamedTuple):
    """A kind of model, and what wraps it."""

    kind: Any  # the type that was registered, or a sampler of ours
    accepts: Callable[[Any], bool]
    factory: Factory
    functions_only: bool


# the latest last; those of this package are the first
ENTRIES: list[Entry] = []


def register_sampler(
    type: type, factory: Factory, *, functions_only: bool = False
) -> None:
    """Make models of a type, and of its subclasses, known to `as_sampler`.

    Of several registered types that fit a model, the one registered last is taken, and
    any of them before what this package would do. Call it in the module that defines
    the models: a worker process imports that module with them.

    Parameters
    ----------
    type : type
        Class of the models.
    factory : callable
        ``factory(estimator) -> PosteriorSampler``, not fitted: a subclass of
        `PosteriorSampler` does. `estimator` is the whole model, where one of `type`
        stands at the end of a ``Pipeline`` or within a ``FrozenEstimator``.
    functions_only : bool, default=False
        Whether to use the sampler only where functions are needed. For a mean alone
        the model's own ``predict`` or ``predict_proba`` is then used: exact, and free.

    See Also
    --------
    unregister_sampler : Forget a type.

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
    # one entry a type: registered again, it moves to the end
    ENTRIES[:] = [entry for entry in ENTRIES if entry.kind is not kind]
    add(kind, lambda final: isinstance(final, kind), factory, functions_only)


def unregister_sampler(type: type) -> None:
    """Forget a type that was registered.

    Parameters
    ----------
    type : type
        As it was given to `register_sampler`.

    Raises
    ------
    ValueError
        If it is not registered.

    See Also
    --------
    register_sampler : Make a type known.

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
    """Enter what a predicate of models tells, rather than their type."""
    ENTRIES.append(Entry(kind, accepts, factory, functions_only))


def find(final: Any, needs: str | None) -> Factory | None:
    """Find what wraps a model, out of its pipelines; None if nothing does."""
    for entry in reversed(ENTRIES):
        useful = needs == "functions" or not entry.functions_only
        if useful and entry.accepts(final):
            return entry.factory
    return None


def _checked(kind):
    if not isinstance(kind, type):
        raise TypeError(f"{kind!r} is not a class: register the type of your models")
    if issubclass(kind, Pipeline | FrozenEstimator | list | tuple):
        raise TypeError(
            f"{kind.__name__} holds the model; register the type of the model itself"
        )
    return kind
